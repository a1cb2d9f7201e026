package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// heldRecords are the held records of a job, parted by what they wait for: each of
// them is counted once.
type heldRecords struct {
	undecided map[reconcile.Reason]int64 // wait for a person
	decided   int64                      // somebody decided; the next run carries it out
	awaiting  map[reconcile.Reason]int64 // wait for another record, and release themselves
}

func heldOf(s *state.JobStatus) heldRecords {
	h := heldRecords{undecided: map[reconcile.Reason]int64{}, awaiting: map[reconcile.Reason]int64{}}
	for reason, n := range s.HeldBy {
		into := h.undecided
		if slices.Contains(awaitReasons(), reason) {
			into = h.awaiting
		}
		h.decided += s.Decided[reason]
		if left := n - s.Decided[reason]; left > 0 {
			into[reason] = left
		}
	}
	return h
}

// decisions counts the records that wait for a person.
func (h *heldRecords) decisions() int64 { return total(h.undecided) }

func total(by map[reconcile.Reason]int64) (n int64) {
	for _, of := range by {
		n += of
	}
	return n
}

// commonest counts held records by reason, the commonest first.
func commonest(by map[reconcile.Reason]int64) string {
	reasons := slices.SortedFunc(maps.Keys(by), func(a, b reconcile.Reason) int {
		return cmp.Or(cmp.Compare(by[b], by[a]), cmp.Compare(a, b))
	})
	const shown = 3
	parts := make([]string, 0, shown+1)
	for _, r := range reasons[:min(len(reasons), shown)] {
		parts = append(parts, fmt.Sprintf("%s %d", r, by[r]))
	}
	if len(reasons) > shown {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// heldTroubles tells of the records that a job holds, a line for each thing they wait for.
func heldTroubles(j *jobStanding, oldest string, line func(command string, p phrase, args ...any)) {
	held := heldOf(&j.JobStatus)
	switch n := held.decisions(); {
	case n > 0 && n == j.Held:
		line("syncd holds "+j.name, phrase{"held %d (%s), the oldest %s", "ждут решения: %d (%s), старейшая %s"}, n, commonest(held.undecided), oldest)
	case n > 0:
		line("syncd holds "+j.name, phrase{"held %d (%s)", "ждут решения: %d (%s)"}, n, commonest(held.undecided))
	}
	if held.decided > 0 {
		line("syncd run "+j.name, phrase{"decided, not carried out yet %d", "решено, ждёт запуска: %d"}, held.decided)
	}
	if n := total(held.awaiting); n > 0 {
		line("syncd holds "+j.name, phrase{"wait for another record %d (%s)", "ждут другой записи: %d (%s)"}, n, commonest(held.awaiting))
	}
}
