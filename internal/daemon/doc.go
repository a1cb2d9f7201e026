// Package daemon is what keeps the service going: it starts runs by schedule, by
// the arrival of files, after other runs and because people asked for it, one at
// a time, and says how it is (systemd, health, metrics' HTTP).
//
// It must not know what a run does, where its configuration comes from or where
// anything is kept: all of that stands behind the port Work (ports.go).
//
// Concurrency: one goroutine, that of Serve, owns all of the scheduler's state
// (loop.go). Beside it there is at most one run or chore at a time, and at most
// one look at the files of each job; both report to that goroutine by channels.
package daemon
