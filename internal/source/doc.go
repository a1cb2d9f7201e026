// Package source reads and writes the tabular side of a job, raw: CSV files as
// accounting systems really write them, when such a file is complete (Settle,
// Proof), tables and queries of SQL databases, and the way back, files (BackWriter)
// and tables (SQLSink) of what the CRM changed. It yields and takes rows and cells;
// what a cell means (numbers, dates, keys, policies) is none of its business, and
// it knows nothing of records, the CRM or the state. Errors name places, columns
// and numbers, never cells, and never the password of a database.
//
// The reader of files keeps one law: every physical line of a file ends in exactly
// one row of exactly one status, and one bad row never changes its neighbours. The
// readers keep another: a reading that was cut is an error, never a short file or
// table.
//
// A reader, of files or of SQL, belongs to one goroutine. A Batch belongs to one
// goroutine at a time, but different batches of one reader may be decoded
// (Batch.Cells) in parallel while the reader splits the next one. A BackWriter is
// for one goroutine, an SQLSink for any number.
package source
