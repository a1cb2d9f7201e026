// Package engine carries out one run of one job: it reads the source to its
// end, decides, checks the guards, delivers to the CRM and to the source, and
// folds the outcomes back. A plan is the first half of it, an adoption (Adopt) its
// first meeting with a CRM that is full already.
//
// It declares the ports it needs (ports.go) and knows nothing of CSV, SQL, HTTP,
// YAML or SQLite; it prints and logs nothing. The write protocol (intent before
// request, in doubt, proof of absence) lives here: deliver.go, adds.go, updates.go,
// deletes.go, recover.go; and so does the way back, offers.go and watch.go. An
// Engine belongs to one goroutine at a time; ports say what they allow.
package engine
