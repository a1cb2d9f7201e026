package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// statusNow is when these tests look.
var statusNow = time.Date(2026, 11, 5, 14, 0, 0, 0, time.UTC)

// statusConfig is an installation of these jobs, each a block of keys.
func statusInstallation(t *testing.T, lang message.Lang, jobs map[string]string, more string) *installation {
	t.Helper()
	text := "version: 1\nstate: " + filepath.Join(t.TempDir(), "state.db") + "\ntimezone: UTC\n" + more + `
crm: {main: {base_url: "https://crm.example.ru", login: a@example.ru, apikey: {env: KEY}}}
sources: {all: {csv: {path: all.csv, snapshot: full}}}
jobs:
`
	for name, keys := range jobs {
		text += fmt.Sprintf("  %s: {entity: client, crm: main, source: all, mapping: %s.yaml%s}\n", name, name, keys)
	}
	cfg, err := config.Parse("syncd.yaml", []byte(text), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	return &installation{app: &app{lang: lang, stdio: stdio{out: &bytes.Buffer{}}}, cfg: cfg}
}

// healthy is a job whose last run changed something and left nothing behind.
func healthy(name string) jobStanding {
	r := &engine.Report{Run: 7, Rows: engine.Rows{Read: 4321}}
	r.Outcomes[engine.Created], r.Outcomes[engine.Updated] = 12, 34
	return jobStanding{name: name, last: r, JobStatus: state.JobStatus{
		LastRun: 7, LastStatus: engine.RunDone, LastStarted: statusNow.Add(-10 * time.Minute), LastSuccess: statusNow.Add(-9 * time.Minute),
		SourceTime: statusNow.Add(-time.Hour), Links: 4300, NextRun: statusNow.Add(5 * time.Minute),
	}}
}

func atWork() serviceStanding {
	return serviceStanding{pid: 4242, Service: state.Service{PID: 4242, Version: "1.4.0", Started: statusNow.Add(-50 * time.Hour), Seen: statusNow}}
}

// tenJobs is a busy installation: half of its jobs are in trouble, each in another.
func tenJobs(t *testing.T, lang message.Lang) (*installation, *overview) {
	t.Helper()
	names := map[string]string{}
	o := &overview{now: statusNow, service: atWork(), backup: state.UpkeepResult{
		At: statusNow.Add(-9 * time.Hour), Succeeded: statusNow.Add(-9 * time.Hour), Detail: "/var/lib/syncd/backup/state-20261105T043000.db",
	}}
	for i := range 10 {
		name := fmt.Sprintf("контрагенты-%d", i)
		names[name] = `, schedule: "*/15 * * * *", expect_by: "09:00 1-5"`
		o.jobs = append(o.jobs, healthy(name))
	}
	in := statusInstallation(t, lang, names, "")
	o.jobs[1].LastStatus, o.jobs[1].OldestHalt = engine.RunHalted, statusNow.Add(-26*time.Hour)
	o.jobs[1].Halts = []engine.Halt{{Guard: "max_delete", Found: 104, Limit: 50}, {Guard: "mapping-changed"}}
	o.jobs[3].Halts, o.jobs[3].OldestHalt = []engine.Halt{{Guard: "crm-rewound"}}, statusNow.Add(-time.Hour)
	o.jobs[2].LastStatus, o.jobs[2].trouble = engine.RunUnreachable, "SYNC-0401: "+strings.Repeat("long ", 60)
	o.jobs[3].late, o.jobs[3].SourceTime = statusNow.Add(-29*time.Hour), statusNow.Add(-54*time.Hour)
	o.jobs[4].Held, o.jobs[4].OldestHold = 17, statusNow.Add(-80*time.Hour)
	o.jobs[4].HeldBy = map[reconcile.Reason]int64{reconcile.ReasonConflict: 10, reconcile.ReasonNotTaken: 4, reconcile.ReasonMaybeSame: 2, reconcile.ReasonTrashed: 1}
	o.jobs[5].OpenOps, o.jobs[5].OldestOp = 3, statusNow.Add(-5*time.Minute)
	o.jobs[6].Pending, o.jobs[6].OldestPending = 8, statusNow.Add(-49*time.Hour)
	o.jobs[7].LastStatus, o.jobs[7].runner = engine.RunRunning, 99
	o.jobs[8].Rejected = 23
	o.jobs[9].JobStatus, o.jobs[9].last = state.JobStatus{NextRun: statusNow.Add(13 * time.Hour)}, nil
	return in, o
}

func TestTheStatusOfTenJobsIsOneScreen(t *testing.T) {
	t.Parallel()
	for lang, want := range map[message.Lang][]string{
		message.English: {
			"A person is needed: контрагенты-1 (halted), контрагенты-2 (CRM not reached) and 2 more\n",
			"running, PID 4242, since 2026-11-03 12:00, version 1.4.0, http://127.0.0.1:9464\n",
			"2026-11-05 05:00, 9h00m ago, /var/lib/syncd/backup/state-20261105T043000.db\n",
			"контрагенты-1: halted 26h00m ago, max_delete 104 (limit 50), mapping-changed:\n" +
				"    syncd resume контрагенты-1 --allow max_delete=104,mapping-changed\n",
			"контрагенты-3: halted 1h00m ago, crm-rewound; why, and what to do: syncd status контрагенты-3\n",
			"контрагенты-2: CRM not reached; why, and what to do: syncd status контрагенты-2\n",
			"контрагенты-3: no fresh export since 11-04 09:00 (expect_by 09:00 1-5); the last is of 11-03 08:00\n",
			"контрагенты-4: held 17 (conflict 10, not-taken 4, maybe-same 2, …), the oldest 3d:\n    syncd holds контрагенты-4\n",
			"контрагенты-5: in doubt 3, the oldest 5m: the next run looks again\n",
			"контрагенты-6: on their way to the accounting system 8, the oldest 2d\n",
			"контрагенты-7: process 99 is at work since 13:50\n",
			"контрагенты-9: never ran: syncd plan контрагенты-9\n",
			"11-06 03:00",
		},
		message.Russian: {
			"Нужен человек: контрагенты-1 (остановлено защитой), контрагенты-2 (CRM недоступна) и ещё 2\n",
			"работает, PID 4242, с 2026-11-03 12:00, версия 1.4.0, http://127.0.0.1:9464\n",
			"контрагенты-1: остановлено 26 ч 00 мин назад, max_delete 104 (предел 50), mapping-changed:\n" +
				"    syncd resume контрагенты-1 --allow max_delete=104,mapping-changed\n",
			"контрагенты-3: остановлено 1 ч 00 мин назад, crm-rewound; почему и что делать:\n    syncd status контрагенты-3\n",
			"контрагенты-3: нет свежей выгрузки с 11-04 09:00 (expect_by 09:00 1-5); последняя — от 11-03 08:00\n",
			"контрагенты-5: исход неизвестен: 3, старейшая 5 мин; проверит следующий запуск\n",
			"14:05",
		},
	} {
		in, o := tenJobs(t, lang)
		got := in.overviewText(o)
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s: %q is not in\n%s", lang, text, got)
			}
		}
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		if len(lines) > 40 {
			t.Errorf("%s: %d lines", lang, len(lines))
		}
		for _, line := range lines {
			if utf8.RuneCountInString(line) > tableWidth {
				t.Errorf("%s: %d columns: %s", lang, utf8.RuneCountInString(line), line)
			}
		}
		if strings.Contains(got, "…") && !strings.Contains(got, "2, …)") {
			t.Errorf("%s: something is cut:\n%s", lang, got)
		}
	}
}

func TestTheFirstLineSaysWhetherAPersonIsNeeded(t *testing.T) {
	t.Parallel()
	const scheduled = `, schedule: "@daily"`
	for _, c := range []struct {
		name, keys string
		change     func(*overview, *jobStanding)
		want       string
	}{
		{"all is well", scheduled, func(*overview, *jobStanding) {}, "All is well."},
		{"rejects", scheduled, func(_ *overview, j *jobStanding) { j.Rejected, j.RejectedRecords = 9, 4 }, "Nothing waits for a decision. Rejected records that somebody should put right: 4 (syncd rejects)."},
		{"everything was rejected", scheduled, func(_ *overview, j *jobStanding) {
			j.last, j.RejectedRecords = &engine.Report{}, 4
			j.last.Outcomes[engine.Rejected] = 4
		}, "A person is needed: clients (everything was rejected)."},
		{"a hold that releases itself", scheduled, func(_ *overview, j *jobStanding) {
			j.Held, j.HeldBy = 2, map[reconcile.Reason]int64{reconcile.ReasonNoClient: 2}
		}, "All is well."},
		{"holds", scheduled, func(_ *overview, j *jobStanding) {
			j.Held, j.HeldBy = 3, map[reconcile.Reason]int64{reconcile.ReasonNoClient: 2, reconcile.ReasonConflict: 1}
		}, "A person is needed: clients (1 held)."},
		{"a hold that somebody decided", scheduled, func(_ *overview, j *jobStanding) {
			j.Held, j.HeldBy = 2, map[reconcile.Reason]int64{reconcile.ReasonConflict: 2}
			j.Decided = map[reconcile.Reason]int64{reconcile.ReasonConflict: 2}
		}, "All is well."},
		{"halted and late", scheduled, func(_ *overview, j *jobStanding) {
			j.Halts, j.late = []engine.Halt{{Guard: "canary"}}, statusNow
		}, "A person is needed: clients (halted, no fresh export)."},
		{"interrupted, and the service goes on", scheduled, func(_ *overview, j *jobStanding) { j.LastStatus = engine.RunInterrupted }, "All is well."},
		{"interrupted, and nobody goes on", "", func(_ *overview, j *jobStanding) { j.LastStatus = engine.RunInterrupted }, "A person is needed: clients (interrupted)."},
		{"cut off, and nobody goes on", "", func(_ *overview, j *jobStanding) { j.LastStatus = engine.RunRunning }, "A person is needed: clients (interrupted)."},
		{"new, and the service begins it", scheduled, func(_ *overview, j *jobStanding) { j.JobStatus, j.last = state.JobStatus{}, nil }, "All is well."},
		{"new, and run by hand", "", func(_ *overview, j *jobStanding) { j.JobStatus, j.last = state.JobStatus{}, nil }, "A person is needed: clients (never ran)."},
		{"service down", scheduled, func(o *overview, _ *jobStanding) { o.service.pid = 0 }, "A person is needed: the service is not running."},
		{"no service, and none was ever", scheduled, func(o *overview, _ *jobStanding) { o.service = serviceStanding{} }, "All is well."},
		{"backup failed", scheduled, func(o *overview, _ *jobStanding) { o.backup.Err = "no space left on device" }, "A person is needed: the last copy of the state failed."},
		{"retired", scheduled, func(o *overview, _ *jobStanding) { o.retired.At, o.service.pid = statusNow, 0 }, "A person is needed: this state was moved to another server."},
	} {
		in := statusInstallation(t, message.English, map[string]string{"clients": c.keys}, "")
		o := &overview{now: statusNow, service: atWork(), jobs: []jobStanding{healthy("clients")}}
		c.change(o, &o.jobs[0])
		if got := in.firstLine(o); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheServiceTheCopyAndTheNextRunAreTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, keys, more string
		change           func(*overview, *jobStanding)
		want             []string
	}{
		{"at work", `, schedule: "@daily", watch: 30s`, "", func(_ *overview, j *jobStanding) { j.Schedule = "@daily" }, []string{
			"service  running, PID 4242", "backup   none yet: syncd state backup", "next run      2026-11-05 14:05 (@daily; when an export arrives)", "export of     2026-11-05 13:00, 1h00m ago",
		}},
		{"not reloaded", `, schedule: "@daily"`, "", func(_ *overview, j *jobStanding) { j.Schedule = "@hourly" }, []string{"systemctl reload syncd"}},
		{"by hand", "", "", func(*overview, *jobStanding) {}, []string{"next run      by hand only: syncd run clients"}},
		{"stopped", `, schedule: "@daily"`, `listen: ""`, func(o *overview, _ *jobStanding) {
			o.service.pid, o.service.Stopped = 0, statusNow.Add(-time.Hour)
		}, []string{"not running, stopped 2026-11-05 13:00: systemctl start syncd", "the service is not running (@daily); by hand: syncd run clients"}},
		{"killed", `, schedule: "@daily"`, "", func(o *overview, _ *jobStanding) { o.service.pid = 0 }, []string{"not running since about 2026-11-05 14:00, and it did not stop in order: journalctl -u syncd"}},
		{"no service", "", "", func(o *overview, _ *jobStanding) { o.service = serviceStanding{} }, []string{"never ran here: jobs run by hand; else systemctl enable --now syncd or syncd serve\n"}},
		{"late", `, expect_by: "09:00"`, "", func(_ *overview, j *jobStanding) { j.late = statusNow.Add(-5 * time.Hour) }, []string{"a fresh one was expected by 2026-11-05 09:00 (expect_by 09:00)"}},
		{"asked and skipped", "", "", func(_ *overview, j *jobStanding) { j.Asked, j.Skipped = statusNow.Add(-time.Minute), 3 }, []string{"a run was asked for 1m ago", "skipped because one was on: 3"}},
		{"copies", "", "backup: {dir: b}", func(o *overview, _ *jobStanding) {
			o.backup = state.UpkeepResult{At: statusNow, Err: "no space", Succeeded: statusNow.Add(-24 * time.Hour)}
		}, []string{"failed 2026-11-05 14:00: no space; the last good one: 2026-11-04 14:00, 24h00m ago"}},
		{"no copy yet", "", "backup: {dir: b}", func(*overview, *jobStanding) {}, []string{"none yet; by schedule: 30 4 * * *"}},
	} {
		in := statusInstallation(t, message.English, map[string]string{"clients": c.keys}, c.more)
		o := &overview{now: statusNow, service: atWork(), jobs: []jobStanding{healthy("clients")}}
		c.change(o, &o.jobs[0])
		got := in.overviewText(o)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, got)
			}
		}
	}
}

// What the service stored and locked is what is told, also of a job that never ran.
func TestAnOverviewIsGatheredFromTheState(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	in := statusInstallation(t, message.English, map[string]string{"clients": `, schedule: "@daily"`}, "")
	path := string(in.cfg.State)
	var err error
	in.db, err = state.Open(ctx, path, state.Options{Clock: func() time.Time { return statusNow }, Fold: reconcile.FoldUID, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.db.Close() }()
	lock, err := state.Lock(path + ".service")
	err = errors.Join(err,
		in.db.SaveService(ctx, state.Service{PID: 1, Version: "1.4.0", Started: statusNow, Seen: statusNow}),
		in.db.SavePlanned(ctx, []state.PlannedRun{{Job: "clients", Schedule: "@daily", Next: statusNow.Add(time.Hour), Skipped: 2}}),
		in.db.RecordUpkeep(ctx, state.TaskBackup, statusNow, nil, "b/state.db"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := in.overview(ctx, []string{"clients"}, statusNow)
	if err != nil {
		t.Fatal(err)
	}
	if o.service.pid == 0 || o.service.Version != "1.4.0" || !o.jobs[0].NextRun.Equal(statusNow.Add(time.Hour)) || o.jobs[0].Skipped != 2 || o.backup.Detail != "b/state.db" {
		t.Errorf("got %+v", o)
	}
	if err := errors.Join(lock.Release(), in.printStatusJSON(o)); err != nil {
		t.Fatal(err)
	}
	types := []string{}
	for line := range strings.Lines(in.app.out.(*bytes.Buffer).String()) { //nolint:forcetypeassert // made above
		var one struct{ Type string }
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		types = append(types, one.Type)
	}
	if !slices.Equal(types, []string{"job", "service", "backup", "summary"}) {
		t.Errorf("lines of %v", types)
	}
	if o, err = in.overview(ctx, []string{"clients"}, statusNow); err != nil || o.service.pid != 0 {
		t.Errorf("without the lock: %+v, %v", o.service, err)
	}
}

// What one job's screen says of a run that ended badly, or decided nothing.
func TestTheScreenOfOneJobNamesTheNextCommand(t *testing.T) {
	t.Parallel()
	turned := []engine.Halt{{Guard: "max_shrink", Found: 45, Limit: 5, Of: 50}}
	for _, c := range []struct {
		name   string
		change func(*jobStanding)
		want   []string
	}{
		{"the CRM is down, in words without a command", func(j *jobStanding) {
			j.LastStatus, j.trouble = engine.RunUnreachable, "SYNC-0401: no answer"
		}, []string{"SYNC-0401: no answer\n", "next: syncd check clients --online\n"}},
		{"no export", func(j *jobStanding) { j.LastStatus, j.trouble = engine.RunNotReady, "nothing there" }, []string{"next: syncd check clients --online\n"}},
		{"failed", func(j *jobStanding) { j.LastStatus, j.trouble = engine.RunFailed, "nothing works" }, []string{"next: syncd run clients\n"}},
		{"the words name one", func(j *jobStanding) {
			j.LastStatus, j.trouble = engine.RunUnreachable, "no answer: syncd check --online"
		}, []string{"no answer: syncd check --online\n"}},
		{"turned away before a run that is on", func(j *jobStanding) {
			j.LastStatus, j.runner, j.turned = engine.RunRunning, 7, turned
			j.ended.Err = "36 gone: syncd resume clients --allow max_shrink=45"
		}, []string{"the export was turned away: 36 gone: syncd resume clients --allow max_shrink=45\n"}},
		{"held, each by what it waits for", func(j *jobStanding) {
			j.Held, j.HeldBy = 6, map[reconcile.Reason]int64{reconcile.ReasonNoClient: 2, reconcile.ReasonConflict: 4}
			j.Decided = map[reconcile.Reason]int64{reconcile.ReasonConflict: 3}
		}, []string{
			"held          1: syncd holds clients\n                conflict 1\n", "decided       3, carried out by: syncd run clients\n",
			"awaiting      another record, 2 (no-client 2): syncd holds clients\n",
		}},
		{"no outcomes", func(j *jobStanding) { j.last = &engine.Report{Rows: engine.Rows{Read: 496}} }, []string{" rows 496\n"}},
		{"held outcomes", func(j *jobStanding) {
			j.last = &engine.Report{Rows: engine.Rows{Read: 2}}
			j.last.Outcomes[engine.Held] = 2
		}, []string{" rows 2; held 2\n"}},
		{"outcomes", func(*jobStanding) {}, []string{" rows 4321; created in the CRM 12, updated 34\n"}},
	} {
		in := statusInstallation(t, message.English, map[string]string{"clients": ""}, "")
		o := &overview{now: statusNow, service: atWork(), jobs: []jobStanding{healthy("clients")}}
		c.change(&o.jobs[0])
		got := in.overviewText(o)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", c.name, want, got)
			}
		}
		if n := strings.Count(got, "next: "); n > 1 || strings.Contains(got, "--online\n") && strings.Contains(got, "no answer: ") && n > 0 {
			t.Errorf("%s: told twice:\n%s", c.name, got)
		}
	}
}

// A reload took a job out whose run is on: that it is on is told until it ended.
func TestAJobThatWasTakenOutIsToldWhileItRuns(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	in := statusInstallation(t, message.English, map[string]string{"clients": ""}, "")
	path := string(in.cfg.State)
	var err error
	in.db, err = state.Open(ctx, path, state.Options{Clock: func() time.Time { return statusNow }, Fold: reconcile.FoldUID, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.db.Close() }()
	for _, name := range []string{"clients", "gone"} {
		j, err := in.db.Job(ctx, state.JobKey{Name: name, CRM: "main", Entity: "client"})
		if err == nil {
			_, err = j.Start(ctx, statusNow)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if left, err := in.removedJobs(ctx); err != nil || len(left) != 0 {
		t.Errorf("nobody is at work: %v, %v", left, err)
	}
	lock, err := state.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	left, err := in.removedJobs(ctx)
	if err := errors.Join(err, lock.Release()); err != nil {
		t.Fatal(err)
	}
	o := &overview{now: statusNow, service: atWork(), jobs: []jobStanding{healthy("clients")}, removed: left}
	want := "gone: no longer in the configuration; process "
	if got := in.overviewText(o); strings.Count(got, want) != 1 || !strings.Contains(got, "which began 14:00\n") {
		t.Errorf("%q is not there once:\n%s", want, got)
	}
	o.jobs = append(o.jobs, healthy("clients"))
	if got := in.overviewText(o); strings.Count(got, want) != 1 {
		t.Errorf("%q is not there once:\n%s", want, got)
	}
	if err := in.printStatusJSON(o); err != nil || !strings.Contains(in.app.out.(*bytes.Buffer).String(), `{"type":"removed","job":"gone","process":`) { //nolint:forcetypeassert // made above
		t.Errorf("%s, %v", in.app.out, err)
	}
}

// What goes into a pipe or a file is whole; on a terminal it fits.
func TestListsInAPipeAreNotCut(t *testing.T) {
	t.Parallel()
	in := statusInstallation(t, message.Russian, map[string]string{"clients": ""}, "")
	long := strings.Repeat("контрагенты-", 6)
	runs := []engine.Report{{Run: 12345, Job: long, Started: statusNow, Finished: statusNow.Add(time.Hour), Status: engine.RunUnreachable}}
	text := func() string { // of both commands
		out := in.runsTable(runs).String()
		var b bytes.Buffer
		in.app.out = &b
		c := &checkup{Job: "clients", lang: message.Russian, Source: &sourceFound{File: long + ".csv", Encoding: "utf-8", Delimiter: ";", Header: 1, Columns: []string{"Код"}}}
		if err := in.printCheckup(c, false); err != nil {
			t.Fatal(err)
		}
		return out + b.String()
	}
	got := text()
	for _, want := range []string{long, "2026-11-05 14:00", "CRM недоступна", "колонок 1"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "…") {
		t.Errorf("cut:\n%s", got)
	}
	in.app.out = flowing{Writer: &bytes.Buffer{}}
	if got := in.runsTable(runs).String(); !strings.Contains(got, "…") {
		t.Errorf("a terminal is not so wide:\n%s", got)
	}
	parts := []engine.Report{{Run: 3, Job: "clients.contacts", Started: statusNow, Finished: statusNow.Add(1234 * time.Millisecond), Status: engine.RunPartial}}
	got = in.runsTable(parts).String()
	for line := range strings.Lines(got) {
		if utf8.RuneCountInString(line) > tableWidth+1 || strings.Contains(line, "…") {
			t.Errorf("the names of parts and the times find room:\n%s", got)
		}
	}
}

// A run that was killed could not note down that it ended: nobody works on it.
func TestRunsTellOfOneThatWasKilled(t *testing.T) {
	t.Parallel()
	in := statusInstallation(t, message.English, map[string]string{"clients": ""}, "")
	runs := []engine.Report{{Run: 2, Status: engine.RunRunning}, {Run: 1, Status: engine.RunDone}}
	if err := in.tellCutOff(runs); err != nil || runs[0].Status != engine.RunInterrupted || runs[1].Status != engine.RunDone {
		t.Errorf("%v, %v, %v", runs[0].Status, runs[1].Status, err)
	}
}
