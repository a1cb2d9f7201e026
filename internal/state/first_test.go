package state_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func Test_the_first_of_what_waits_and_how_many_there_are(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	f := engine.Findings{Complete: true}
	for n := range 7 {
		f.Rejects = append(f.Rejects, engine.Reject{File: "clients.csv", Line: 20 - n, Code: "required", Field: "title", Rule: "required"})
	}
	f.Rejects = append(f.Rejects, engine.Reject{File: "clients.csv", Line: 3, Code: "form", Field: "recv.castInn"},
		engine.Reject{File: "clients.csv", Line: 1, Code: "form", Warning: true})
	for n := range 4 {
		f.Holds = append(f.Holds, engine.Hold{UID: fmt.Sprint("c", n), Key: "k", Reason: reconcile.ReasonConflict})
	}
	f.Holds = append(f.Holds, engine.Hold{UID: "m", Key: "k", Reason: reconcile.ReasonMaybeSame})
	if _, err := j.Found(t.Context(), run, f); err != nil {
		t.Fatal(err)
	}
	op := addOp(1)
	begin(t, j, run, op)
	op.Status = engine.OpFailed
	settle(t, j, run, engine.Settlement{Op: op, UID: op.UID, Reject: &engine.Reject{UID: op.UID, Code: "crm-refused", Rule: "405", Refused: true}})

	rows, counts, err := db.FirstRejects(t.Context(), clients.Name, 3)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]state.RejectCount{
		{Code: "required", Field: "title", Count: 7}, {Code: "crm-refused", Rule: "405", UID: "uid-000001", Count: 1}, {Code: "form", Field: "recv.castInn", Count: 1},
	}, counts); d != "" {
		t.Error(d)
	}
	var lines []int
	for _, r := range rows {
		lines = append(lines, r.Line)
	}
	if d := cmp.Diff([]int{0, 3, 14}, lines); d != "" { // the refusal has no file
		t.Error(d)
	}
	holds, err := db.FirstHolds(t.Context(), clients.Name, 2)
	if err != nil {
		t.Fatal(err)
	}
	var uids []string
	for _, h := range holds {
		uids = append(uids, h.UID)
	}
	if d := cmp.Diff([]string{"c0", "c1", "m"}, uids); d != "" {
		t.Error(d)
	}
	if rows, counts, err := db.FirstRejects(t.Context(), "another", 3); err != nil || len(rows)+len(counts) > 0 {
		t.Error(rows, counts, err)
	}
}
