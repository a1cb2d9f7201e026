package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"syncd/internal/engine"
)

// quoted is a row of the same cells in other bytes.
func quoted(row string) string { return `"` + strings.ReplaceAll(row, ";", `";"`) + `"` }

// A row is known again by its bytes or by its mapped cells, and either way it is
// what it was: nothing is written, and what changes afterwards is seen.
func TestA_row_in_other_bytes_is_the_same_record(t *testing.T) {
	w := newWorld(t)
	one, two := row("1", "Ромашка", "84950000101"), row("2", "Верба", "84950000102")
	w.export(one, two)
	w.outcome(w.mustRun(), "2 created")
	w.outcome(w.mustRun(), "2 unchanged") // known by the bytes
	for _, rows := range [][]string{
		{quoted(one), quoted(two)}, // mapped, because new records have no hash of their cells yet
		{one, two},                 // known by the cells
		{quoted(two), one},         // in another order, one by each
		{two, quoted(one)},
	} {
		w.export(rows...)
		w.outcome(w.mustRun(), "2 unchanged")
	}
	w.settled()
	w.export(quoted(row("1", "Ромашка", "84950000109")), two)
	w.outcome(w.mustRun(), "1 unchanged, 1 updated")
	w.export(one, quoted(two)) // the old cells do not stand for the new record
	w.outcome(w.mustRun(), "1 unchanged, 1 updated")
	w.settled()
	w.sound()
}

// A record that was written with other values is not known by what it was
// before, even when the run that wrote it could not store its hashes.
func TestOld_cells_do_not_hide_a_changed_record(t *testing.T) {
	w := newWorld(t)
	before, after := row("1", "Ромашка", "84950000101"), row("1", "Ромашка", "84950000109")
	w.export(before)
	w.mustRun()
	w.export(quoted(before)) // its cells are learned
	w.mustRun()
	w.export(after)
	w.outcome(w.mustRun(), "1 updated")
	w.export(before)
	w.outcome(w.mustRun(), "1 updated")
	w.export(quoted(after))
	w.outcome(w.mustRun(), "1 updated")
	w.settled()
}

// A row with a warning is looked at in every run, however its bytes change.
func TestA_warning_stays_listed(t *testing.T) {
	w := newWorld(t)
	doubtful := "1;Ромашка;;;;7707083890;;Нет" // a wrong check digit
	for i, r := range []string{doubtful, doubtful, quoted(doubtful), doubtful, quoted(doubtful)} {
		w.export(r)
		if rep := w.mustRun(); rep.Warnings != 1 {
			t.Errorf("run %d: %d warnings, want 1", i+1, rep.Warnings)
		}
	}
}

// The second row of a key is found out, whichever of the two was known by what.
func TestTwins_are_found_among_known_rows(t *testing.T) {
	w := newWorld(t)
	one := row("1", "Ромашка", "84950000101")
	w.export(one)
	w.mustRun()
	w.export(quoted(one))
	w.mustRun()
	for _, rows := range [][]string{{one, quoted(one)}, {quoted(one), one}, {one, one}, {quoted(one), quoted(one)}} {
		w.export(rows...)
		rep := w.mustRun()
		w.outcome(rep, "1 unchanged")
		if rep.Rows.Twins != 1 {
			t.Errorf("%q: %d twins, want 1", rows, rep.Rows.Twins)
		}
	}
	other := row("1", "Ромашка", "84950000109")
	for i, rows := range [][]string{{quoted(one), other}, {other, one}} {
		w.export(rows...)
		if rep := w.mustRun(); rep.Of(engine.Held) != 1 {
			t.Errorf("case %d: a key with two contents: %s", i, fmt.Sprint(rep.Outcomes))
		}
	}
}

// What a person decided about a record is carried out although its row is known.
func TestA_choice_wins_over_a_known_row(t *testing.T) {
	w := newWorld(t)
	one := row("1", "Ромашка", "84950000101")
	for _, r := range []string{one, quoted(one)} { // bytes and cells are learned
		w.export(r)
		w.mustRun()
	}
	w.export(one, row("1", "Ромашка", "84950000109"))
	w.outcome(w.mustRun(), "1 held")
	w.export(one)
	if err := w.job.Resolve(t.Context(), "1", engine.Choice{Take: "ignore"}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []string{quoted(one), one} {
		w.export(r)
		w.outcome(w.mustRun(), "1 out-of-scope")
	}
}
