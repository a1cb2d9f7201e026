// Package engine carries out one run of one job: it reads the source to its
// end, decides, checks the guards, delivers and folds the outcomes back.
//
// It declares the ports it needs and knows nothing of CSV, SQL, HTTP, YAML or
// SQLite; it prints nothing. The write protocol (intent before request, in
// doubt, proof of absence) lives here: deliver.go, adds.go, updates.go,
// recover.go. A Run is used by one goroutine; ports say what else they allow.
package engine
