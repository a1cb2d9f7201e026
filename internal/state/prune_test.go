package state_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func TestHistory_is_forgotten_but_for_what_explains_the_present(t *testing.T) {
	now := noon
	db, err := state.Open(t.Context(), place(t), state.Options{Create: true, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	j := job(t, db, clients)
	runAt := func() int64 {
		run, err := j.Start(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Finish(t.Context(), run, &engine.Report{Run: run, Status: engine.RunDone, Started: now, Finished: now}); err != nil {
			t.Fatal(err)
		}
		return run
	}
	add := runAt() // 1: the adds
	links := confirmed(t, j, add, 1, 4)
	now = noon.Add(time.Hour)
	for range 2 { // 2 and 3: two of them settle anew, twice
		run := runAt()
		for _, l := range links[:2] {
			settle(t, j, run, engine.Settlement{UID: l.UID, Link: l, Changes: []engine.FieldChange{{Field: "phone"}}})
		}
	}
	held := links[1] // its history is needed
	settle(t, j, 3, engine.Settlement{UID: held.UID, Hold: &engine.Hold{UID: held.UID, Reason: reconcile.ReasonConflict}})
	offered(t, j, 3, links[2], "phone", "1")
	links[2].Pending = nil
	settle(t, j, 3, engine.Settlement{UID: links[2].UID, Link: links[2]}) // dropped
	settle(t, j, 3, engine.Settlement{UID: "clid-77", Born: &engine.Born{CLID: 77, Pending: stored("title", "x")}})
	settle(t, j, 3, engine.Settlement{UID: "clid-77", Born: &engine.Born{CLID: 77}})
	settle(t, j, 3, engine.Settlement{UID: links[3].UID, Close: true})
	runAt() // 4 did nothing
	now = noon.Add(100 * 24 * time.Hour)
	last := runAt() // 5
	settle(t, j, last, engine.Settlement{UID: links[2].UID, Link: links[2]})

	n, err := db.Prune(t.Context(), now.Add(-90*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	const audit = `SELECT uid, op, run FROM v_changes ORDER BY uid, run, op`
	want := strings.Join([]string{
		"uid-000001|settle|3",                                            // the last that settled it
		"uid-000002|add|1", "uid-000002|settle|2", "uid-000002|settle|3", // it is held
		"uid-000003|settle|5", // new
	}, "\n") + "\n"
	if got := shell(t, db.File(), audit); got != want {
		t.Errorf("left of the audit:\n%swant:\n%s", got, want)
	}
	if n != 7 {
		t.Errorf("%d rows of the audit went, want 7", n)
	}
	// 4 explains nothing; 1 to 3 do; 5 is the last
	if got := shell(t, db.File(), `SELECT group_concat(run, ' ') FROM (SELECT run FROM v_runs ORDER BY run)`); got != "1 2 3 5\n" {
		t.Errorf("left of the runs: %q", got)
	}
	if got := shell(t, db.File(), `SELECT count(*), count(link) FROM offer`); got != "1|0\n" {
		t.Errorf("left of the offers: %q, want that a born client was offered before", got)
	}
	if s := standing(t, j); len(s.Holds) != 1 || s.Links != 3 {
		t.Errorf("what stands: %+v", s)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}

	// within a day nothing more happens; after it, all of it
	settle(t, j, last, engine.Settlement{UID: held.UID, Clear: true})
	now = now.Add(time.Hour)
	if n, err := db.Prune(t.Context(), now); n != 0 || err != nil {
		t.Errorf("an hour later: %d %v", n, err)
	}
	now = now.Add(24 * time.Hour)
	if n, err := db.Prune(t.Context(), now.Add(-90*24*time.Hour)); n != 2 || err != nil {
		t.Errorf("a day later: %d %v, want the two older settlings of what was held", n, err)
	}
	if got := shell(t, db.File(), `SELECT group_concat(run, ' ') FROM (SELECT run FROM v_runs ORDER BY run)`); got != "3 5\n" {
		t.Errorf("left of the runs: %q", got)
	}
}

func TestPruning_goes_through_an_audit_of_many_parts(t *testing.T) {
	leftOut(t)
	db, j := fresh(t)
	confirmed(t, j, start(t, j), 1, 1)
	state.Exec(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)
		INSERT INTO audit (id, at, job, run, kind, status, uid, crm_id)
		SELECT i + CASE WHEN i > 20000 THEN 50000 ELSE 100 END, i, 1, 9, 'settle', 'confirmed', i, 1 FROM n`)
	n, err := db.Prune(t.Context(), time.UnixMilli(42001))
	if err != nil || n != 42000 {
		t.Errorf("%d rows went, want 42000: %v", n, err)
	}
	if got := shell(t, db.File(), `SELECT count(*), min(at) FROM audit`); got != "3001|42001\n" {
		t.Errorf("left: %q", got)
	}
}

func TestAnOlder_state_put_in_place_is_noticed(t *testing.T) {
	path := place(t)
	db := open(t, path)
	j := job(t, db, clients)
	ran := func(j *state.Job) {
		t.Helper()
		finish(t, j, start(t, j), engine.RunDone)
	}
	restored := func(db *state.DB, wantFrom, wantTo int64, want bool) {
		t.Helper()
		from, to, got, err := db.Restored(t.Context())
		if err != nil || got != want || got && (from != wantFrom || to != wantTo) {
			t.Errorf("restored %v from %d to %d, want %v %d %d: %v", got, from, to, want, wantFrom, wantTo, err)
		}
	}
	restored(db, 0, 0, false)
	ran(j)
	copied := path + ".copy"
	if err := db.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	ran(j)
	ran(j)
	restored(db, 0, 0, false)
	start(t, j) // killed: it is not finished, and says nothing
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(copied, path); err != nil {
		t.Fatal(err)
	}
	db = open(t, path)
	restored(db, 3, 1, true)
	j = job(t, db, clients)
	start(t, j)
	restored(db, 3, 1, true) // until a run ends
	finish(t, j, 2, engine.RunHalted)
	restored(db, 0, 0, false)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	db = open(t, path) // lost, and made anew
	restored(db, 2, 0, true)
	if err := os.WriteFile(path+".seen", []byte("xx"), 0o600); err != nil {
		t.Fatal(err)
	}
	restored(db, 0, 0, false)
}

func TestVerify_finds_what_refers_to_nothing(t *testing.T) {
	for name, c := range map[string]struct{ spoil, cause string }{
		"an offer without its link": {`DELETE FROM link WHERE id = 1`, "missing"},
		"an edit of no job":         {`INSERT INTO crm_edit VALUES (99, 1)`, "missing"},
		"a link without its hashes": {`DELETE FROM fingerprint WHERE link = 1`, "lost their hashes"},
		"hashes of another uid":     {`UPDATE fingerprint SET uid = zeroblob(16) WHERE link = 1`, "another uid"},
		"hashes of another CRM":     {`UPDATE fingerprint SET target = 2 WHERE link = 1`, "another CRM"},
		"a base that is no text":    {`UPDATE link SET base = 'x' WHERE id = 1`, "bases"},
		"a base that is a list":     {`UPDATE link SET crm_base = '[]' WHERE id = 1`, "bases"},
		"a client linked twice":     {`DROP INDEX link_crm_id; UPDATE link SET crm_id = 1001`, "more than once"},
		"links counted wrongly":     {`UPDATE job SET links = 7`, "count"},
		"a strange offer":           {`INSERT INTO job (id, name, target) VALUES (9, 'x', 1); UPDATE offer SET job = 9`, "another job"},
	} {
		t.Run(name, func(t *testing.T) {
			db, j := fresh(t)
			offered(t, j, 1, confirmed(t, j, 1, 1, 2)[0], "phone", "1")
			if err := db.Verify(t.Context()); err != nil {
				t.Fatal(err)
			}
			state.Exec(t, db, `PRAGMA foreign_keys = OFF`)
			state.Exec(t, db, c.spoil)
			var damaged *state.DamagedError
			if err := db.Verify(t.Context()); !errors.As(err, &damaged) || !strings.Contains(damaged.Cause, c.cause) {
				t.Errorf("got %T %v", err, err)
			}
		})
	}
}
