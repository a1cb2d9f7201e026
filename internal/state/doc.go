// Package state keeps what syncd knows between runs in one SQLite file: links
// and bases, the write-ahead log of ops, the audit, holds and rejects, the
// mirror of the CRM, offers to the source, runs and their reports; and the views
// that people read.
//
// A *Job implements the engine's ports Ledger, Journal, MirrorStore and RunLog, an
// *Offers the port Offers.
// The package decides nothing: it knows neither mappings nor the CRM, and
// values of fields are texts to it.
//
// One process writes a state at a time ([Lock] sees to that between processes,
// one writer connection within); any number of readers may look meanwhile, here
// and in other programs. A *DB and its Jobs are safe for concurrent use. The
// database file is never opened by other means than SQLite: closing such a
// handle would drop SQLite's own locks.
package state
