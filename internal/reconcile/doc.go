// Package reconcile is the decision: what is to be done about one record, seen
// from both sides, and whether a whole plan is safe to carry out.
//
// It is pure. It knows no context, no I/O, no clock, no logger and no
// randomness; the same input gives the same output in the same order. It
// imports record alone.
package reconcile
