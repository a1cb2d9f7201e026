package state_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

func found(t *testing.T, j *state.Job, f engine.Findings) (run int64) {
	t.Helper()
	run = start(t, j)
	if _, err := j.Found(t.Context(), run, f); err != nil {
		t.Fatal(err)
	}
	finish(t, j, run, engine.RunPartial)
	return run
}

func holds(t *testing.T, db *state.DB) []state.StandingHold {
	t.Helper()
	h, err := db.Holds(t.Context(), state.HoldFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func rejects(t *testing.T, db *state.DB) []state.StandingReject {
	t.Helper()
	r, err := db.Rejects(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestA_report_comes_back_as_it_was_written(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	rep := engine.Report{
		Run: run, Job: "clients", Source: "clients.csv", Status: engine.RunHalted, Started: noon, Finished: noon.Add(1500e6),
		Rows:     engine.Rows{Read: 1, Records: 2, Rejected: 3, Skipped: 4, Twins: 5, Scope: 6, Lines: 7, Backlog: 8},
		Requests: 9, Writes: 10, NewHolds: 11, NewReject: 12, Warnings: 13, Err: "halted",
		Halt: &engine.Halt{Guard: "max_update", Found: 104, Limit: 50, Detail: "d"},
	}
	for o := engine.Unchanged; o < engine.Outcomes; o++ {
		rep.Outcomes[o] = int64(100 + o)
	}
	if err := j.Halt(t.Context(), run, *rep.Halt); err != nil {
		t.Fatal(err)
	}
	if err := j.Finish(t.Context(), run, &rep); err != nil {
		t.Fatal(err)
	}
	got, err := db.Runs(t.Context(), "clients", 1)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]engine.Report{rep}, got); d != "" {
		t.Error(d)
	}
	// the view's columns carry the outcomes' names; and there is one for each outcome,
	// or the round trip above had failed
	view := shell(t, db.File(), `SELECT unchanged, created, updated, merged, written_back, deleted, held, rejected,
		waiting, in_doubt, failed, out_of_scope, absent, seconds FROM v_runs`)
	if want := fmt.Sprintf("%d|%d|%d|%d|%d|%d|%d|%d|%d|%d|%d|%d|%d|1.5\n", 100+engine.Unchanged, 100+engine.Created, 100+engine.Updated,
		100+engine.Merged, 100+engine.WrittenBack, 100+engine.Deleted, 100+engine.Held, 100+engine.Rejected, 100+engine.Waiting,
		100+engine.InDoubt, 100+engine.Failed, 100+engine.OutOfScope, 100+engine.Absent); view != want {
		t.Errorf("v_runs: %q, want %q", view, want)
	}
}

func TestA_run_that_was_killed_is_named_so_by_the_next(t *testing.T) {
	db, j := fresh(t)
	killed := start(t, j)
	if next := start(t, j); next <= killed {
		t.Errorf("run %d after %d", next, killed)
	}
	runs, err := db.Runs(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 || runs[0].Status != engine.RunRunning || runs[1].Status != engine.RunInterrupted || runs[1].Err != "killed" {
		t.Errorf("got %+v", runs)
	}
	if s := standing(t, j); s.Runs != 0 {
		t.Errorf("%d finished runs, want none", s.Runs)
	}
}

func TestHolds_of_pass_1_close_when_they_are_not_made_anew(t *testing.T) {
	db, j := fresh(t)
	conflict := engine.Hold{
		UID: "a", Key: "A", Title: "Альфа", Reason: reconcile.ReasonConflict, CLID: 5,
		Origin: record.Origin{File: "f.csv", Line: 7, LastLine: 8}, Source: record.FingerprintOf("a"),
		Fields: []engine.HeldField{{Field: "phone", Base: text("1"), Source: text("2"), CRM: nil}},
	}
	twice := engine.Hold{
		UID: "b", Reason: reconcile.ReasonDuplicateKey, Origin: record.Origin{File: "f.csv", Line: 2},
		Other: &record.Origin{File: "f.csv", Line: 9, LastLine: 9}, OtherOwner: "x/y",
	}
	first := found(t, j, engine.Findings{Holds: []engine.Hold{conflict, twice}, Complete: true})
	if d := cmp.Diff(map[string]engine.Hold{"a": conflict, "b": twice}, standing(t, j).Holds); d != "" {
		t.Error(d)
	}
	conflict.Origin.Line = 70
	second := found(t, j, engine.Findings{Holds: []engine.Hold{conflict}}) // cut off: b stays
	got := holds(t, db)
	if len(got) != 2 || got[0].FirstRun != first || got[0].LastRun != second || got[0].RunsSeen != 2 || got[0].Origin.Line != 70 {
		t.Errorf("after a cut-off run: %+v", got)
	}
	found(t, j, engine.Findings{Holds: []engine.Hold{conflict}, Complete: true})
	if got := holds(t, db); len(got) != 1 || got[0].UID != "a" || got[0].RunsSeen != 3 {
		t.Errorf("after a complete run: %+v", got)
	}
	// another reason is another hold
	conflict.Reason = reconcile.ReasonTrashed
	fourth := found(t, j, engine.Findings{Holds: []engine.Hold{conflict}, Complete: true})
	if got := holds(t, db); len(got) != 1 || got[0].FirstRun != fourth || got[0].Reason != reconcile.ReasonTrashed {
		t.Errorf("after another reason: %+v", got)
	}
}

func TestA_hold_made_by_the_CRMs_answer_stays_until_it_is_cleared(t *testing.T) {
	db, j := fresh(t)
	sticky := engine.Hold{UID: "a", Reason: reconcile.ReasonHidden, Sticky: true, CLID: 77}
	settle(t, j, start(t, j), engine.Settlement{UID: "a", Hold: &sticky})
	found(t, j, engine.Findings{Complete: true})
	other := engine.Hold{UID: "a", Reason: reconcile.ReasonMaybeSame}
	found(t, j, engine.Findings{Holds: []engine.Hold{other}, Complete: true})
	if got := standing(t, j).Holds["a"]; got.Reason != reconcile.ReasonHidden || !got.Sticky {
		t.Fatalf("the sticky hold is gone: %+v", got)
	}
	// the record changed, and is only like a client now: it may be added
	other.Source = record.FingerprintOf("changed")
	found(t, j, engine.Findings{Holds: []engine.Hold{other}, Complete: true})
	if got := standing(t, j).Holds["a"]; got.Reason != reconcile.ReasonMaybeSame || got.Sticky {
		t.Fatalf("the record that changed is held as before: %+v", got)
	}
	settle(t, j, start(t, j), engine.Settlement{UID: "a", Clear: true})
	if got := holds(t, db); len(got) != 0 {
		t.Errorf("after clearing: %+v", got)
	}
}

func TestRejects_keep_the_run_in_which_they_began_though_their_line_moves(t *testing.T) {
	db, j := fresh(t)
	bad := engine.Reject{
		File: "f.csv", Line: 7, LastLine: 8, Key: "k", UID: "u", Column: "ИНН", Field: "recv.castInn", Code: "SYNC-0301",
		Rule: "inn", Value: "123", Row: record.FingerprintOf("row"), Source: record.FingerprintOf("s"),
	}
	warn := bad
	warn.Warning = true
	first := found(t, j, engine.Findings{Rejects: []engine.Reject{bad, warn, warn}, Complete: true})
	bad.Line, bad.LastLine = 17, 18
	fresh := engine.Reject{File: "f.csv", Line: 1, Code: "SYNC-0302"}
	second := found(t, j, engine.Findings{Rejects: []engine.Reject{bad, fresh}, Complete: true})
	want := []state.StandingReject{
		{Reject: fresh, Job: "clients", FirstRun: second, LastRun: second, RunsSeen: 1},
		{Reject: bad, Job: "clients", FirstRun: first, LastRun: second, RunsSeen: 2},
	}
	if d := cmp.Diff(want, rejects(t, db)); d != "" {
		t.Error(d)
	}
	found(t, j, engine.Findings{}) // cut off: what is not named stays
	if got := rejects(t, db); len(got) != 2 {
		t.Errorf("a cut-off run closed rejects: %d left, want 2", len(got))
	}
	found(t, j, engine.Findings{Complete: true})
	if got := rejects(t, db); len(got) != 0 {
		t.Errorf("%d rejects left, want none", len(got))
	}
}

func TestA_refusal_by_the_CRM_outlives_runs_until_it_is_cleared(t *testing.T) {
	db, j := fresh(t)
	no := engine.Reject{UID: "u", Key: "k", Code: "crm-405", Rule: "refused", Refused: true, Source: record.FingerprintOf("s")}
	settle(t, j, start(t, j), engine.Settlement{UID: "u", Reject: &no})
	found(t, j, engine.Findings{Complete: true})
	no.Code = "crm-407"
	settle(t, j, start(t, j), engine.Settlement{UID: "u", Reject: &no})
	if d := cmp.Diff(map[string]engine.Reject{"u": no}, standing(t, j).Refused); d != "" {
		t.Error(d)
	}
	if got := rejects(t, db); len(got) != 1 || got[0].RunsSeen != 2 || got[0].FirstRun != 1 {
		t.Errorf("got %+v, want one refusal seen twice", got)
	}
	settle(t, j, start(t, j), engine.Settlement{UID: "u", Clear: true})
	if got := standing(t, j).Refused; len(got) != 0 {
		t.Errorf("after clearing: %v", got)
	}
}

func TestHalts_and_allowances(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	for _, found := range []int64{100, 104} { // one guard halts once
		if err := j.Halt(t.Context(), run, engine.Halt{Guard: "max_update", Found: found, Limit: 50}); err != nil {
			t.Fatal(err)
		}
	}
	finish(t, j, run, engine.RunHalted)
	if d := cmp.Diff([]engine.Halt{{Guard: "max_update", Found: 104, Limit: 50}}, standing(t, j).Halts); d != "" {
		t.Error(d)
	}
	mapping := record.FingerprintOf("mapping")
	ended, err := j.Resume(t.Context(), map[string]int64{"max_update": 104, "max_delete": 3}, mapping)
	if err != nil || len(ended) != 1 {
		t.Fatalf("resume: %v, %v", ended, err)
	}
	if _, err := j.Resume(t.Context(), map[string]int64{"max_update": 105}, record.Fingerprint{}); err != nil {
		t.Fatal(err)
	}
	s := standing(t, j)
	if d := cmp.Diff(map[string]int64{"max_update": 105, "max_delete": 3}, s.Allow); d != "" || len(s.Halts) != 0 || s.Mapping != mapping {
		t.Errorf("after resume: halts %v mapping %v %s", s.Halts, s.Mapping, d)
	}
	// a run that found nothing to read has not used it; one that was cut short neither
	finish(t, j, start(t, j), engine.RunDone)
	run = start(t, j)
	if _, err := j.Found(t.Context(), run, engine.Findings{Rows: 12, Complete: true}); err != nil {
		t.Fatal(err)
	}
	finish(t, j, run, engine.RunInterrupted)
	if got := standing(t, j).Allow; len(got) != 2 {
		t.Errorf("allowances ended early: %v", got)
	}
	run = start(t, j)
	if _, err := j.Found(t.Context(), run, engine.Findings{Mapping: record.FingerprintOf("next"), Complete: true}); err != nil {
		t.Fatal(err)
	}
	finish(t, j, run, engine.RunPartial)
	s = standing(t, j)
	if len(s.Allow) != 0 || s.Mapping != record.FingerprintOf("next") || s.LastRows != 12 || s.Runs != 1 {
		t.Errorf("after a run: %+v", s)
	}
	all, err := db.Halts(t.Context(), "clients")
	if err != nil || len(all) != 1 || all[0].Resumed.IsZero() {
		t.Errorf("the halt's history: %+v %v", all, err)
	}
}

func TestChoices_wait_until_they_are_carried_out(t *testing.T) {
	_, j := fresh(t)
	run := start(t, j)
	h := engine.Hold{UID: "a", Reason: reconcile.ReasonConflict, Fields: []engine.HeldField{{Field: "phone"}, {Field: "title"}}}
	settle(t, j, run, engine.Settlement{UID: "a", Hold: &h},
		engine.Settlement{UID: "r", Reject: &engine.Reject{UID: "r", Refused: true}})
	resolve := func(uid string, c engine.Choice) error { return j.Resolve(t.Context(), uid, c) }

	var unknown *state.UnknownRecordError
	if err := resolve("nobody", engine.Choice{Take: "crm"}); !errors.As(err, &unknown) {
		t.Errorf("nothing waits: %v", err)
	}
	var field *state.UnknownFieldError
	if err := resolve("a", engine.Choice{Field: "mail", Take: "crm"}); !errors.As(err, &field) || len(field.Fields) != 2 {
		t.Errorf("not in dispute: %v", err)
	}
	for _, c := range []engine.Choice{
		{Field: "phone", Take: "crm"}, {Field: "title", Take: "source"}, {Field: "phone", Set: text("79160000000")},
	} {
		if err := resolve("a", c); err != nil {
			t.Fatal(err)
		}
	}
	if err := resolve("r", engine.Choice{Take: "retry"}); err != nil {
		t.Fatal(err)
	}
	seen := []engine.HeldField{{Field: "phone"}, {Field: "title"}}
	want := map[string][]engine.Choice{
		"a": {
			{ID: 2, UID: "a", Field: "title", Take: "source", Seen: seen},
			{ID: 3, UID: "a", Field: "phone", Set: text("79160000000"), Seen: seen},
		},
		"r": {{ID: 4, UID: "r", Take: "retry"}},
	}
	if d := cmp.Diff(want, standing(t, j).Choices); d != "" {
		t.Error(d)
	}
	// one for all fields replaces those for single ones
	if err := resolve("a", engine.Choice{Take: "crm"}); err != nil {
		t.Fatal(err)
	}
	got := standing(t, j).Choices["a"]
	if len(got) != 1 || got[0].Field != "" || got[0].Take != "crm" {
		t.Fatalf("got %+v", got)
	}
	settle(t, j, run, engine.Settlement{UID: "a", Clear: true, Used: []int64{got[0].ID}})
	if got := standing(t, j).Choices; len(got["a"]) != 0 || len(got["r"]) != 1 {
		t.Errorf("after its use: %+v", got)
	}
}

func TestWaiting_records_are_kept_by_field_name(t *testing.T) {
	db, plain := fresh(t)
	canon := func(_ int, text string) string { return "canon " + text }
	old := plain.WithSchema(record.NewSchema([]record.Field{{Name: "title"}, {Name: "phone"}, {Name: "mail"}}), canon)
	rec := record.Record{
		UID: "u", Key: "k", CLID: 4, Deleted: true, Origin: record.Origin{File: "f", Line: 1, LastLine: 2},
		Values: []record.Value{record.Of("Т", "т"), {State: record.Null}, {State: record.Empty}},
	}
	if err := plain.SaveBacklog(t.Context(), []record.Record{rec}, ""); !errors.Is(err, state.ErrNoSchema) {
		t.Errorf("without schema: %v", err)
	}
	if err := old.SaveBacklog(t.Context(), []record.Record{{UID: "gone"}}, ""); err != nil {
		t.Fatal(err)
	}
	if err := old.SaveBacklog(t.Context(), []record.Record{rec}, ""); err != nil {
		t.Fatal(err)
	}
	// the mapping changed its order meanwhile, and lost a field
	now := job(t, db, clients).WithSchema(record.NewSchema([]record.Field{{Name: "phone"}, {Name: "title"}, {Name: "new"}}), canon)
	rec.Values = []record.Value{{State: record.Null}, record.Of("Т", "canon Т"), {}}
	if d := cmp.Diff([]record.Record{rec}, standing(t, now).Backlog); d != "" {
		t.Error(d)
	}
	if _, err := plain.Standing(t.Context()); !errors.Is(err, state.ErrNoSchema) {
		t.Errorf("a waiting record would be lost without a word: %v", err)
	}
	run := start(t, now)
	settle(t, now, run, engine.Settlement{UID: "u", Clear: true, Hold: &engine.Hold{UID: "u", Reason: reconcile.ReasonHidden}})
	if got := standing(t, now).Backlog; len(got) != 1 {
		t.Errorf("a held record left the backlog")
	}
	settle(t, now, run, engine.Settlement{UID: "u", Clear: true})
	if got := standing(t, now).Backlog; len(got) != 0 {
		t.Errorf("a settled record is still waiting")
	}
}

func TestFiles_are_read_once(t *testing.T) {
	_, j := fresh(t)
	f := engine.SnapshotFile{Path: "in/1.csv", Size: 9, ModTime: noon, Hash: record.FingerprintOf("1")}
	for range 2 {
		if err := j.MarkFilesRead(t.Context(), 1, []engine.SnapshotFile{f}); err != nil {
			t.Fatal(err)
		}
	}
	again := f
	again.Hash = record.FingerprintOf("2")
	for file, want := range map[*engine.SnapshotFile]bool{&f: true, &again: false} {
		if got, err := j.FileRead(t.Context(), *file); err != nil || got != want {
			t.Errorf("%v: %v %v, want %v", file.Hash, got, err, want)
		}
	}
}

// A delta names no row twice: what it corrected stands no more, and the rest stays.
func TestA_corrected_row_of_a_delta_is_no_reject_any_more(t *testing.T) {
	db, j := fresh(t)
	bad := func(uid string, line int) engine.Reject {
		return engine.Reject{File: "f.csv", Line: line, LastLine: line, UID: uid, Key: uid, Code: "required", Row: record.FingerprintOf(uid)}
	}
	keyless := bad("", 9)
	found(t, j, engine.Findings{Rejects: []engine.Reject{bad("a", 2), bad("b", 3), keyless}})
	run := found(t, j, engine.Findings{}) // the next delta, which has a
	must(t, j.Settle(t.Context(), run, []engine.Settlement{{UID: "a", Clear: true}}))
	left := rejects(t, db)
	if len(left) != 2 || left[0].UID == "a" || left[1].UID == "a" {
		t.Errorf("left: %+v", left)
	}
}
