package state_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func actOf(t *testing.T, db *state.DB, key state.JobKey) state.Act {
	t.Helper()
	all, err := db.Acts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, ok := all[key]
	if !ok {
		t.Fatalf("no act of %v in %v", key, all)
	}
	return a
}

func Test_the_act_of_a_job_that_never_ran_is_empty(t *testing.T) {
	db, _ := fresh(t)
	if d := cmp.Diff(state.Act{}, actOf(t, db, clients)); d != "" {
		t.Error(d)
	}
}

func Test_the_act_counts_every_link_and_every_record_without_one_once(t *testing.T) {
	db, j := lived(t, place(t))
	got := actOf(t, db, clients)
	got.At = time.Time{}
	want := state.Act{
		Records: 9, Links: 1, Held: 1, Refused: 1, InDoubt: 1, Backlog: 1,
		FullAt: noon, // the one link was settled before or after, as the day is
	}
	want.Newer, want.Unseen = got.Newer, got.Unseen
	if d := cmp.Diff(want, got); d != "" || got.Newer+got.Unseen != 1 {
		t.Errorf("the fixture: %s", d)
	}
	// a record that a person left out is nobody else's
	if err := j.Resolve(t.Context(), "twice", engine.Choice{Take: "ignore"}); err != nil {
		t.Fatal(err)
	}
	if got := actOf(t, db, clients); got.Held != 1 || got.Ignored != 0 {
		t.Errorf("still held: %+v", got)
	}
	settle(t, j, 1, engine.Settlement{UID: "twice", Clear: true})
	if got := actOf(t, db, clients); got.Held != 0 || got.Ignored != 1 {
		t.Errorf("left out: %+v", got)
	}
}

func Test_the_act_tells_why_the_CRM_does_not_show_a_linked_client(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	links := confirmed(t, j, run, 1, 8) // clients 1001 to 1008
	other := job(t, db, state.JobKey{Name: "others", CRM: "main", Entity: "client"})
	theirs := linkOf(addOp(20), 2020)
	settle(t, other, start(t, other), engine.Settlement{UID: theirs.UID, Link: theirs})
	report := engine.Report{Run: run, Status: engine.RunDone, Started: noon, Finished: noon, Rows: engine.Rows{Read: 12, Records: 10, Rejected: 2}}
	report.Outcomes[engine.Waiting] = 2
	if _, err := j.Found(t.Context(), run, engine.Findings{
		Complete: true, Rows: 10, SnapshotID: "s", SnapshotNo: 3, Vanished: []int64{links[1].ID, links[2].ID},
	}); err != nil {
		t.Fatal(err)
	}
	if err := j.Finish(t.Context(), run, &report); err != nil {
		t.Fatal(err)
	}
	gone, goneToo, missing, newer := *links[2], *links[3], *links[4], *links[5]
	gone.Gone, goneToo.Gone, missing.Missing = true, true, run
	newer.SettledAt = noon.Add(time.Minute)
	for _, l := range []*engine.Link{&gone, &goneToo, &missing, &newer} {
		settle(t, j, run, engine.Settlement{UID: l.UID, Link: l})
	}
	saveMirror(t, j, engine.MirrorMark{FullAt: noon.Add(-time.Hour), ReadAt: noon.Add(time.Second)}, true,
		reconcile.Entry{CLID: 1001}, reconcile.Entry{CLID: 1002}, reconcile.Entry{CLID: 1007, Trash: true},
		reconcile.Entry{CLID: 2020}, reconcile.Entry{CLID: 5, UID: "somebody's"}, reconcile.Entry{CLID: 6, Trash: true})
	want := state.Act{
		Run: run, At: noon, Rows: report.Rows, Waiting: 2, Records: 10,
		Links:  6, // without the two that are gone
		Absent: 1, // the other one that vanished is gone
		Gone:   1, // but for the one that vanished
		FullAt: noon.Add(-time.Hour), ReadAt: noon.Add(time.Second),
		Clients: 4, Trash: 2, Others: 1,
		Trashed: 1, Missing: 1, Newer: 1, Unseen: 1, // 1007, 1005, 1006, 1008
	}
	if d := cmp.Diff(want, actOf(t, db, clients)); d != "" {
		t.Error(d)
	}
	theirAct := actOf(t, db, state.JobKey{Name: "others", CRM: "main", Entity: "client"})
	if theirAct.Links != 1 || theirAct.Others != 2 || theirAct.Unseen+theirAct.Missing+theirAct.Newer+theirAct.Trashed != 0 {
		t.Errorf("the other job's: %+v", theirAct)
	}
}

func BenchmarkActs_of_a_million(b *testing.B) {
	db := open(b, place(b))
	millionIn(b, db)
	state.Exec(b, db, `INSERT INTO mirror SELECT 1, id, uid, '7707083893', '770701001', '79160000000', 'a@example.ru', 'x', 0 FROM link`)
	state.Exec(b, db, `UPDATE target SET full_at = 1, read_at = 1`)
	b.ResetTimer()
	for b.Loop() {
		acts, err := db.Acts(b.Context())
		if err != nil || acts[clients].Clients != 1_000_000 || acts[clients].Unseen != 0 {
			b.Fatal(acts, err)
		}
	}
}
