// Program bench measures syncd's speed and memory on a generated export and
// prints one table: each figure as it was measured, as a ratio to the yardstick
// or the machine's own limit where that is what counts, and beside its target.
//
//	go run ./internal/bench            a million rows: minutes, 3 GB of disk
//	go run ./internal/bench -quick     20,000 rows: under a minute
//
// The yardstick is encoding/csv over x/text's windows-1251 decoder, reading the
// same file. What is measured is the real program as a child process against an
// emulated CRM in this one, with every safety on: synchronous=FULL, read-back,
// guards. Only the state of a job that has been running for long is made by a
// short way of this program's own (see prepare), because a first load of a
// million records takes minutes; a real run then proves it right.
//
// It is a program with a printed table and not a test that fails on a slow
// machine: a target that is missed is told, and the exit code is still 0. Only
// a run whose outcome is wrong ends it, with exit code 1.
package main
