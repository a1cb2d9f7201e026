package state_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func TestWhat_a_channel_was_told_is_kept_with_its_end(t *testing.T) {
	db, _ := ticking(t)
	keep := func(list ...state.Notice) { t.Helper(); must(t, db.KeepNotices(t.Context(), list)) }
	a := state.Notice{Channel: "mail", Job: "clients", Occasion: "fail", Cause: "a", Since: noon, Told: noon.Add(time.Minute)}
	b := a
	b.Cause = "b"
	keep(a)
	a.Ended = noon.Add(time.Hour)
	keep(a, b)
	moved := a
	moved.Ended = noon.Add(2 * time.Hour)
	keep(moved) // came back and was not told again
	again := a
	again.Ended, again.Told = time.Time{}, noon.Add(4*time.Hour)
	keep(again)
	keep()
	got, err := db.Told(t.Context(), 0)
	must(t, err)
	for i := range got {
		got[i].Since, got[i].Told, got[i].Ended = got[i].Since.UTC(), got[i].Told.UTC(), got[i].Ended.UTC()
	}
	if d := cmp.Diff([]state.Notice{again, b, moved}, got); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
}

func TestRecords_wait_by_reason_until_somebody_decides(t *testing.T) {
	db, now := ticking(t)
	j := job(t, db, state.JobKey{Name: "clients", CRM: "main", Entity: "client"})
	hold := func(uid string, reason reconcile.Reason) engine.Hold { return engine.Hold{UID: uid, Reason: reason} }
	run := start(t, j)
	_, err := j.Found(t.Context(), run, engine.Findings{Holds: []engine.Hold{hold("a", "conflict"), hold("b", "conflict"), hold("c", "no-client")}})
	must(t, err)
	*now = noon.Add(time.Hour)
	_, err = j.Found(t.Context(), run, engine.Findings{Holds: []engine.Hold{hold("d", "conflict"), hold("e", "hidden")}})
	must(t, err)
	must(t, j.Resolve(t.Context(), "d", engine.Choice{Take: "crm"}))
	got, err := db.Waiting(t.Context(), j.Key(), reconcile.ReasonNoClient)
	must(t, err)
	if len(got) != 2 || got[0].N != 2 || !got[0].Newest.Equal(noon) || got[1].Reason != "hidden" || !got[1].Oldest.Equal(noon.Add(time.Hour)) {
		t.Errorf("waiting: %+v", got)
	}
	if other, err := db.Waiting(t.Context(), state.JobKey{Name: "clients", CRM: "old", Entity: "client"}); err != nil || len(other) > 0 {
		t.Errorf("of another CRM: %v, %v", other, err)
	}
}

func TestThe_row_of_equal_outcomes_began_with_its_first_run(t *testing.T) {
	db, now := ticking(t)
	j := job(t, db, state.JobKey{Name: "clients", CRM: "main", Entity: "client"})
	for i, s := range []engine.RunStatus{
		engine.RunUnreachable, engine.RunDone, engine.RunFailed, engine.RunUnreachable, engine.RunInterrupted, engine.RunUnreachable, engine.RunRunning,
	} {
		*now = noon.Add(time.Duration(i) * time.Hour)
		run, err := j.Start(t.Context(), *now)
		must(t, err)
		if s != engine.RunRunning {
			must(t, j.Finish(t.Context(), run, &engine.Report{Run: run, Status: s, Started: *now, Finished: *now, Err: "e" + string(s)}))
		}
	}
	o, err := db.Outcome(t.Context(), j.Key())
	must(t, err)
	if o.Status != engine.RunUnreachable || o.Err != "ecrm-unreachable" || !o.Since.Equal(noon.Add(3*time.Hour)) || o.Run != 6 {
		t.Errorf("outcome: %+v", o)
	}
	if o, err := db.Outcome(t.Context(), state.JobKey{Name: "never"}); err != nil || o.Run != 0 {
		t.Errorf("of a job that never ran: %+v, %v", o, err)
	}
}

// It is asked for at every look of the service and at every scrape: the history of a
// job that runs every quarter of an hour must not slow it down.
func TestThe_outcome_of_a_long_history_is_found_at_once(t *testing.T) {
	db, _ := ticking(t)
	j := job(t, db, state.JobKey{Name: "clients", CRM: "main", Entity: "client"})
	start(t, j)
	state.Exec(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
		INSERT INTO run (job, status, started_at, error) SELECT (SELECT id FROM job), CASE i % 2 WHEN 0 THEN 'done' ELSE 'failed' END, i, 'e' FROM n`)
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second) // it takes a few milliseconds
	defer stop()
	o, err := db.Outcome(ctx, j.Key())
	must(t, err)
	if o.Status != engine.RunDone || o.Since.UnixMilli() != 9000 {
		t.Errorf("outcome: %+v", o)
	}
}
