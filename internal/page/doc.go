// Package page renders where an installation stands as one HTML file: what its jobs
// did last, what waits for a person and with which command, and an act of
// reconciliation of both sides.
//
// The file is whole by itself and does nothing by itself: no script, no picture, no
// font and no address; its policy forbids the browser to load any. It is readable
// on a phone, on paper, and without colours.
//
// The package gets plain values and knows neither the state nor a run. It cannot
// tell personal data from other text: callers hand over counts, names of jobs,
// files, columns and fields, keys, uids and messages of the catalog, and nothing
// else. Whatever they hand over comes out as text: escaped, and with its control
// characters spelled out. All functions may be called concurrently.
package page
