package state_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/state"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ticking is a state whose clock the test sets.
func ticking(t *testing.T) (*state.DB, *time.Time) {
	t.Helper()
	now := noon
	path := filepath.Join(memory(t), "state.db")
	must(t, open(t, path).Close())
	db, err := state.Open(t.Context(), path, state.Options{Clock: func() time.Time { return now }, SkipCheck: true})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db, &now
}

func TestA_request_made_during_a_run_outlives_the_run_that_ends_an_earlier_one(t *testing.T) {
	db, now := ticking(t)
	ask := func(job string) { t.Helper(); must(t, db.AskRun(t.Context(), job)) }
	requests := func() []state.RunRequest {
		t.Helper()
		list, err := db.RunRequests(t.Context())
		must(t, err)
		return list
	}
	ask("orders")
	*now = noon.Add(-time.Hour) // a clock that goes back
	ask("clients")
	first := requests()
	if len(first) != 2 || first[0].Job != "clients" || first[1].Job != "orders" || !first[1].At.Equal(noon) {
		t.Fatalf("asked: %+v, want the oldest first", first)
	}
	*now = noon.Add(-2 * time.Hour)
	ask("orders") // while its run is on
	must(t, db.EndRequest(t.Context(), "orders", first[1].At))
	must(t, db.EndRequest(t.Context(), "clients", first[0].At))
	left := requests()
	if len(left) != 1 || left[0].Job != "orders" || !left[0].At.After(first[1].At) {
		t.Errorf("left: %+v, want the second request for orders", left)
	}
	must(t, db.EndRequest(t.Context(), "orders", left[0].At))
	must(t, db.EndRequest(t.Context(), "nobody", left[0].At))
	if left := requests(); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestThe_timetable_is_replaced_whole_and_shown_with_the_jobs(t *testing.T) {
	db, _ := ticking(t)
	j := job(t, db, clients)
	run := start(t, j)
	must(t, j.Finish(t.Context(), run, &engine.Report{
		Status: engine.RunDone, Started: noon, Finished: noon, SourceTime: noon.Add(-3 * time.Hour),
	}))
	job(t, db, state.JobKey{Name: clients.Name, CRM: "older", Entity: "client"}) // of another CRM, never run
	next := noon.Add(time.Hour)
	must(t, db.SavePlanned(t.Context(), []state.PlannedRun{
		{Job: "orders"}, {Job: "clients", Schedule: "0 * * * *", Next: next, Skipped: 2}, {Job: "gone"},
	}))
	must(t, db.AskRun(t.Context(), "orders"))
	must(t, db.AskRun(t.Context(), "unknown"))
	list := []state.PlannedRun{{Job: "orders"}, {Job: "clients", Schedule: "0 * * * *", Next: next.Add(time.Hour), Skipped: 3}}
	must(t, db.SavePlanned(t.Context(), list))
	got, err := db.Planned(t.Context())
	must(t, err)
	if d := cmp.Diff([]state.PlannedRun{list[1], list[0]}, got); d != "" {
		t.Error(d)
	}
	jobs, err := db.Status(t.Context(), "clients")
	must(t, err)
	if s := jobs[0]; s.Schedule != "0 * * * *" || !s.NextRun.Equal(next.Add(time.Hour)) || s.Skipped != 3 ||
		!s.SourceTime.Equal(noon.Add(-3*time.Hour)) || !s.Asked.IsZero() {
		t.Errorf("status: %+v", s)
	}
	for query, want := range map[string]string{
		`SELECT crm, schedule, next_run, skipped, source_time FROM v_jobs ORDER BY crm`: "main|0 * * * *|2026-11-22 14:00:00|3|2026-11-22 09:00:00\nolder||||\n",
		`SELECT job, schedule, next_run, skipped, asked FROM v_planned ORDER BY job`:    "clients|0 * * * *|2026-11-22 14:00:00|3|\norders|||0|2026-11-22 12:00:00\nunknown||||2026-11-22 12:00:00\n",
		`SELECT source_time FROM v_runs`:                                                "2026-11-22 09:00:00\n",
	} {
		if got := shell(t, db.File(), query); got != want {
			t.Errorf("%s\n got %q\nwant %q", query, got, want)
		}
	}
	runs, err := db.Runs(t.Context(), "clients", 1)
	must(t, err)
	if !runs[0].SourceTime.Equal(noon.Add(-3 * time.Hour)) {
		t.Errorf("the run knows %v", runs[0].SourceTime)
	}
	commits := dataVersion(t, db)
	must(t, db.SavePlanned(t.Context(), list))
	if dataVersion(t, db) != commits {
		t.Error("what is known already was written again")
	}
}

// dataVersion changes with each commit that another connection sees.
func dataVersion(t *testing.T, db *state.DB) int64 {
	t.Helper()
	s, err := db.Sizes(t.Context())
	must(t, err)
	return s.WAL
}

func TestThe_service_row_is_one(t *testing.T) {
	db, _ := ticking(t)
	if s, err := db.Service(t.Context()); err != nil || s != (state.Service{}) {
		t.Errorf("before the first: %+v %v", s, err)
	}
	s := state.Service{PID: 7, Version: "1.0", Started: noon, Seen: noon.Add(time.Minute), Stopped: noon.Add(time.Hour)}
	must(t, db.SaveService(t.Context(), s))
	s.PID, s.Stopped = 8, time.Time{}
	s.Listening, s.Reloaded, s.Refused = "127.0.0.1:9464", noon.Add(2*time.Minute), "SYNC-0101"
	must(t, db.SaveService(t.Context(), s))
	got, err := db.Service(t.Context())
	must(t, err)
	if d := cmp.Diff(s, got); d != "" {
		t.Error(d)
	}
	if got := shell(t, db.File(), `SELECT pid, version, started, seen, stopped, listening, reloaded, refused FROM v_service`); got !=
		"8|1.0|2026-11-22 12:00:00|2026-11-22 12:01:00||127.0.0.1:9464|2026-11-22 12:02:00|SYNC-0101\n" {
		t.Errorf("the view says %q", got)
	}
}

func TestA_notice_stands_until_it_is_ended_and_is_kept_as_history(t *testing.T) {
	db, now := ticking(t)
	n := state.Notice{Channel: "mail", Job: "clients", Occasion: "halt", Cause: "max_update", Since: noon, Told: noon}
	other := n
	other.Channel = "telegram"
	must(t, db.SaveNotice(t.Context(), n))
	must(t, db.SaveNotice(t.Context(), other))
	n.Told = noon.Add(time.Hour) // a reminder
	must(t, db.SaveNotice(t.Context(), n))
	got, err := db.Notices(t.Context(), "mail")
	must(t, err)
	if d := cmp.Diff([]state.Notice{n}, got); d != "" {
		t.Error(d)
	}
	*now = noon.Add(2 * time.Hour)
	must(t, db.EndNotice(t.Context(), n))
	must(t, db.EndNotice(t.Context(), n)) // it does not stand any more
	n.Since, n.Told = *now, *now
	must(t, db.SaveNotice(t.Context(), n)) // and again
	if all, err := db.Notices(t.Context(), ""); err != nil || len(all) != 2 {
		t.Errorf("standing: %v %v", all, err)
	}
	told, err := db.Told(t.Context(), 0)
	must(t, err)
	if len(told) != 3 || !told[0].Ended.IsZero() || !told[1].Ended.Equal(*now) || told[2].Channel != "telegram" {
		t.Errorf("told, newest first: %+v", told)
	}
	if got := shell(t, db.File(), `SELECT channel, standing, told, ended FROM v_notices ORDER BY told, channel`); got !=
		"telegram|1|2026-11-22 12:00:00|\nmail|0|2026-11-22 13:00:00|2026-11-22 14:00:00\nmail|1|2026-11-22 14:00:00|\n" {
		t.Errorf("the view says %q", got)
	}
}

func TestUpkeep_that_failed_leaves_the_last_success_known(t *testing.T) {
	db, _ := ticking(t)
	if u, err := db.LastUpkeep(t.Context(), "page"); err != nil || u != (state.UpkeepResult{Task: "page"}) {
		t.Errorf("never: %+v %v", u, err)
	}
	must(t, db.RecordUpkeep(t.Context(), "page", noon, nil, "report.html"))
	must(t, db.RecordUpkeep(t.Context(), "page", noon.Add(time.Hour), errors.New("no room"), "x"))
	got, err := db.LastUpkeep(t.Context(), "page")
	must(t, err)
	want := state.UpkeepResult{Task: "page", At: noon.Add(time.Hour), Succeeded: noon, Err: "no room", Detail: "report.html"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	must(t, db.RecordUpkeep(t.Context(), "page", noon.Add(2*time.Hour), nil, ""))
	if u, err := db.LastUpkeep(t.Context(), "page"); err != nil || u.Err != "" || !u.Succeeded.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("after a success: %+v %v", u, err)
	}
}

func TestA_retired_state_is_read_and_not_run(t *testing.T) {
	path := place(t)
	db := open(t, path)
	j := job(t, db, clients)
	must(t, db.Retire(t.Context(), "/backup/copy.db"))
	retired := func(err error) bool {
		var e *state.RetiredError
		return errors.As(err, &e) && e.Copy == "/backup/copy.db" && e.At.Equal(noon)
	}
	// a service that had it open before
	if _, err := j.Start(t.Context(), noon); !retired(err) {
		t.Errorf("a run began: %v", err)
	}
	if _, err := state.Open(t.Context(), path, state.Options{Clock: clock}); !retired(err) {
		t.Errorf("opened for writing: %v", err)
	}
	reader, err := state.OpenReadOnly(t.Context(), path, state.Options{})
	must(t, err)
	defer func() { must(t, reader.Close()) }()
	if r, err := reader.Retired(t.Context()); err != nil || r.Copy != "/backup/copy.db" {
		t.Errorf("a reader is told %+v %v", r, err)
	}
	if got := shell(t, path, `SELECT retired, moved_to, schema FROM v_state`); got != "2026-11-22 12:00:00|/backup/copy.db|5\n" {
		t.Errorf("the view says %q", got)
	}
	back, err := state.Open(t.Context(), path, state.Options{Clock: clock, Retired: true})
	must(t, err)
	defer func() { must(t, back.Close()) }()
	if was, err := back.Unretire(t.Context()); err != nil || was.Copy != "/backup/copy.db" {
		t.Errorf("took back %+v %v", was, err)
	}
	start(t, j)
}
