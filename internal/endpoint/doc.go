// Package endpoint makes the two sides of a job into the engine's ports: a
// source and a mapping become engine.Source, the CRM's client and a mapping
// become engine.CRM and engine.Writer.
//
// It moves values between the packages it joins and classifies errors once; it
// decides nothing and stores nothing. It must not know reconcile's rules beyond
// its plain types, nor SQLite, nor configuration.
package endpoint
