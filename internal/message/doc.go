// Package message is the one catalog of what syncd says to people: every
// message has a stable code (SYNC-0104), a Russian and an English text, and
// says what happened, what syncd did about it and what to do next.
//
// It is a leaf: it imports the standard library alone and knows nothing of
// configuration, files or the CRM. Callers hand over named arguments; they must
// not put secrets or personal data into them. The catalog is immutable and safe
// for concurrent use.
//
// Codes are grouped by area and never reused or renumbered:
//
//	01xx configuration   04xx CRM                07xx state
//	02xx mapping         05xx holds              08xx runs
//	03xx source          06xx guards             09xx usage and exit codes
package message
