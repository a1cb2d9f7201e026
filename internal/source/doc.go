// Package source reads and writes the tabular side of a job, raw: CSV files as
// accounting systems really write them, file settling, and the typed CSV files
// that people mark and hand back. It yields rows and cells; what a cell means
// (numbers, dates, keys, policies) is none of its business, and it knows
// nothing of records, the CRM or the state.
//
// The reader keeps one law: every physical line of a file ends in exactly one
// row of exactly one status, and one bad row never changes its neighbours.
//
// A CSVReader belongs to one goroutine. A Batch belongs to one goroutine at a
// time, but different batches of one reader may be decoded (Batch.Cells) in
// parallel while the reader splits the next one.
package source
