// Package crmapi is the HTTP client of the SalesMan CRM: of its API v3, and of v1 for
// the servers that have no other (Client, Traits). Deals with their invoices and
// payments are reached through either (Deals), contacts through v3 alone (Persons).
//
// It speaks the wire as real servers do, not only as their documentation says:
// HTTP status 200 for everything, PHP errors instead of JSON, ids as numbers or
// text, one error code with several meanings. What a caller gets is typed:
// objects with the differences between the actions taken out, and one *Error
// with one Class.
//
// The rule that everything else serves: a write is either known not to have
// happened, or known to have happened, or its outcome is unknown, and the three
// are never mixed up. A write leaves at most once; nothing here, and nothing in
// net/http below, sends it again after its first byte may have left.
//
// The package must not know records, mappings, the state or why something is
// written. Its error strings carry neither the API key nor values of fields;
// the CRM's own words, which quote them, are in Error.Text.
//
// A Client is safe for concurrent use. Writes of one Client go out one at a
// time: a write that is still running in the CRM bounds what can arrive late.
package crmapi
