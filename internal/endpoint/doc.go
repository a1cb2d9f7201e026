// Package endpoint makes the two sides of a job into the engine's ports: a
// source of rows (CSV, SQL) and a mapping become engine.Source, the CRM's client
// and a mapping become engine.CRM and engine.Writer, a writer of files or of a
// table and a mapping become engine.Outbox.
//
// It moves values between the packages it joins and classifies errors once; it
// decides nothing and stores nothing. It must not know reconcile's rules beyond
// its plain types, nor SQLite as the state, nor configuration.
//
// Where a mapping says so, rows that follow each other make one record, lines come
// from a source of their own, and references become the ids that the CRM has of what
// they mean. A record of which a row cannot be read is rejected as a whole: it is
// there, and is not taken for one with less in it.
//
// A source reads in goroutines of its own, all ended when its reading returns. A
// source, a Writer and a CSVOut belong to one goroutine at a time.
package endpoint
