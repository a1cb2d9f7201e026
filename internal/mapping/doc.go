// Package mapping is the only translator: a source row becomes a record, a
// record becomes what is sent to the CRM, and what the CRM answered becomes a
// record again, and what changed in the CRM becomes cells of a source row (Back),
// where that can be. What is translated, and how, stands in a YAML file that an
// integrator writes (docs/mapping.md).
//
// It knows rows as header and cells, and the CRM's objects as crmapi declares
// them. It knows nothing of files and encodings, HTTP, the state, or of what is
// to be done about a difference. It logs nothing and reads no clock.
//
// Canonical forms live here: two texts of one field mean the same exactly when
// their forms are equal, whichever side they came from. A form is stable
// (canon(canon(x)) == canon(x)) and does not see what the CRM does to a value
// on writing it.
//
// It also proposes a mapping for an export (Suggest), and lists what a mapping may
// hold for the schema of editors.
//
// A Mapping is immutable and safe for concurrent use. A Binding owns scratch
// space: one goroutine at a time, Clone for more.
package mapping
