// Package emulator is the CRM seen from its HTTP API: the behaviour of the real
// server's API v3 (clients, deals, invoices, contacts, and the guides and users
// they need) and of its API v1 (clients and deals) over an in-memory store, with
// its quirks, so that tests, the demo and integrators need no live CRM.
//
// The behaviour is the observed one; Options.AsDocumented follows the vendor's
// documentation instead, as a table of differences (dialect.go). Faults are
// injected by plan, and every request is recorded in a history that Check reads.
//
// The package knows nothing of synchronisation and must not import the client
// of the API (package crmapi), so that an error of the client cannot be
// cancelled out by the same error here.
//
// A Server is safe for concurrent use. As in the real CRM there are no
// transactions: the store is locked record by record, so the records of two
// requests at the same time interleave.
package emulator
