// Package endpoint makes the two sides of a job into the engine's ports: a
// source of rows (CSV, SQL) and a mapping become engine.Source, the CRM's client
// and a mapping become engine.CRM and engine.Writer, a writer of files or of a
// table and a mapping become engine.Outbox.
//
// It moves values between the packages it joins and classifies errors once; it
// decides nothing and stores nothing. It must not know reconcile's rules beyond
// its plain types, nor SQLite as the state, nor configuration.
//
// A source reads in goroutines of its own, all ended when its reading returns. A
// source, a Writer and a CSVOut belong to one goroutine at a time.
package endpoint
