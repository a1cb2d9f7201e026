package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/notify"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

const noticesConfig = `version: 1
state: STATE
timezone: Europe/Moscow
lang: en
crm:
  main: {base_url: "http://127.0.0.1:9", login: boss@example.org, apikey: {env: KEY}, settle: 10m}
sources:
  clients: {csv: {path: clients.csv, snapshot: full}}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: clients.yaml}
  suppliers: {entity: client, crm: main, source: clients, mapping: suppliers.yaml}
backup: {dir: copies}
notify:
  digest: "0 9 * * *"
  webhook: {url: "HOOK"}
`

// noticed is an installation whose clock, runs and channel the test is.
type noticed struct {
	*installation
	t    *testing.T
	file string
	now  time.Time
	logs *observer.ObservedLogs

	mu     sync.Mutex
	code   int
	tried  int
	events []notify.Event
}

func newNoticed(t *testing.T) *noticed {
	t.Helper()
	n := &noticed{t: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), code: http.StatusOK, file: filepath.Join(t.TempDir(), "var", "state.db")}
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.tried++
		var e notify.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err == nil && n.code == http.StatusOK {
			n.events = append(n.events, e)
		}
		w.WriteHeader(n.code)
	}))
	t.Cleanup(hook.Close)
	text := strings.NewReplacer("STATE", n.file, "HOOK", hook.URL).Replace(noticesConfig)
	n.installation = n.again(text)
	return n
}

// again is another installation over the same state: a restart, or another process.
func (n *noticed) again(text string) *installation {
	n.t.Helper()
	cfg, err := config.Parse("syncd.yaml", []byte(text), func(string) string { return "" })
	if err != nil {
		n.t.Fatal(err)
	}
	db, err := state.Open(n.t.Context(), n.file, state.Options{Clock: func() time.Time { return n.now }, Fold: reconcile.FoldUID, Create: true})
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = db.Close() })
	core, logs := observer.New(zap.InfoLevel)
	n.logs = logs
	return &installation{
		app: &app{lang: message.English, stdio: stdio{out: &bytes.Buffer{}, err: &bytes.Buffer{}}, getenv: func(string) string { return "" }},
		cfg: cfg, db: db, log: zap.New(core), teller: &teller{},
	}
}

// ran is a run of a job that ended so.
func (n *noticed) ran(job string, status engine.RunStatus, said string) int64 {
	n.t.Helper()
	j, err := n.db.Job(n.t.Context(), n.jobKey(job))
	n.check(err)
	run, err := j.Start(n.t.Context(), n.now)
	n.check(err)
	if status != engine.RunRunning {
		n.check(j.Finish(n.t.Context(), run, &engine.Report{Run: run, Job: job, Status: status, Started: n.now, Finished: n.now, Err: said}))
	}
	return run
}

func (n *noticed) check(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// told looks after that many minutes, and returns what people got.
func (n *noticed) told(minutes int) []notify.Event {
	n.t.Helper()
	n.now = n.now.Add(time.Duration(minutes) * time.Minute)
	n.check(n.tellChanges(n.t.Context(), n.now))
	n.mu.Lock()
	defer n.mu.Unlock()
	got := n.events
	n.events = nil
	return got
}

func (n *noticed) wants(minutes int, want ...string) []notify.Event {
	n.t.Helper()
	got := n.told(minutes)
	short := make([]string, len(got))
	for i, e := range got {
		short[i] = strings.TrimSpace(strings.Join([]string{string(e.Type), e.Job, string(e.Occasion), e.Cause}, " "))
	}
	if strings.Join(short, "; ") != strings.Join(want, "; ") {
		n.t.Fatalf("told: %v\nwant: %v", short, want)
	}
	return got
}

const (
	saidDown    = "SYNC-0401: The CRM main at http://127.0.0.1:9 cannot be reached: connection refused."
	saidTimeout = "SYNC-0406: The CRM main did not answer client.list within 1m0s."
	saidKey     = "SYNC-0402: The CRM main refuses the login or the key."
)

func TestACRMThatIsDownIsOneTroubleOfAllItsJobs(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.ran("clients", engine.RunDone, "")
	n.wants(1)
	n.ran("clients", engine.RunUnreachable, saidDown)
	n.ran("suppliers", engine.RunUnreachable, saidTimeout)
	got := n.wants(1, "trouble crm.main fail crm-unreachable")
	if text := got[0].Text; !strings.Contains(text, ": clients, suppliers.") || !strings.Contains(text, saidTimeout) || got[0].Next != "syncd check --online" {
		t.Errorf("%+v", got[0])
	}
	n.ran("clients", engine.RunUnreachable, saidTimeout) // how it fails is no news
	n.wants(15)
	n.ran("clients", engine.RunRunning, "") // a run that is on, or was interrupted, is no recovery
	n.ran("suppliers", engine.RunInterrupted, "interrupted")
	n.wants(15)
	n.ran("clients", engine.RunDone, "")
	n.wants(1)
	n.ran("suppliers", engine.RunUnreachable, saidKey)
	n.wants(1, "trouble crm.main fail crm-credentials")
	n.ran("suppliers", engine.RunPartial, "")
	n.wants(1, "recovered crm.main fail crm-credentials")
	n.wants(1)
}

func TestEachFailureOfAJobIsNewsOnce(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.ran("clients", engine.RunFailed, "SYNC-0807: clients: failed: line 7 of the table.")
	first := n.wants(1, "trouble clients fail failed SYNC-0807 e8825b3e")
	n.ran("clients", engine.RunFailed, "SYNC-0807: clients: failed: line 12 of the table.")
	n.wants(15)
	n.ran("clients", engine.RunNotReady, "SYNC-0301: clients: clients.csv is not there.")
	n.wants(15, "trouble clients fail source-not-ready SYNC-0301")
	n.ran("clients", engine.RunNotReady, "SYNC-0602: clients: 36 records of 40 are gone. Nothing was sent. If it is right: syncd resume clients --allow max_shrink=36")
	got := n.wants(15, "trouble clients halt source-not-ready SYNC-0602")
	if got[0].Next != "syncd resume clients --allow max_shrink=36" {
		t.Errorf("next: %q", got[0].Next)
	}
	n.ran("clients", engine.RunDone, "")
	n.wants(15, "recovered clients halt source-not-ready SYNC-0602")
	if first[0].Host == "" || first[0].Version == "" || !first[0].At.Equal(time.Date(2026, 11, 22, 12, 1, 0, 0, time.UTC)) {
		t.Errorf("%+v", first[0])
	}
}

func TestAWriteInDoubtForTooLongIsTold(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	run := n.ran("clients", engine.RunRunning, "")
	j, err := n.db.Job(t.Context(), n.jobKey("clients"))
	n.check(err)
	n.check(j.Begin(t.Context(), run, []*engine.Op{{UID: "u-1", Kind: engine.OpAdd}}))
	db, err := sql.Open("sqlite", n.file)
	n.check(err)
	_, err = db.ExecContext(t.Context(), `UPDATE op SET status = 'in_doubt'`)
	n.check(errors.Join(err, db.Close()))
	n.wants(20)
	n.wants(1, "trouble clients fail in-doubt")
	n.wants(60)
}

func TestCopiesThatAreNotMadeAreTold(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.check(n.db.RecordUpkeep(t.Context(), state.TaskBackup, n.now, errors.New("no space left on device"), ""))
	if got := n.wants(1, "trouble state fail backup"); !strings.Contains(got[0].Text, "no space left") {
		t.Errorf("%s", got[0].Text)
	}
	n.check(n.db.RecordUpkeep(t.Context(), state.TaskBackup, n.now, nil, "copy"))
	n.wants(1, "recovered state fail backup")
	n.check(n.db.SaveService(t.Context(), state.Service{PID: 1, Started: n.now, Seen: n.now}))
	n.wants(60 * 12) // 00:02 UTC: the copy of 04:30 in Moscow is not due
	n.wants(60*5, "trouble state fail backup")
}

func TestAChannelThatIsDownIsTriedLessAndLessAndMissesNothing(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.ran("clients", engine.RunUnreachable, saidDown)
	n.code = http.StatusServiceUnavailable
	for range 240 {
		n.wants(1)
	}
	if next := n.teller.retry(); !next.After(n.now) || next.Sub(n.now) > longestPause {
		t.Errorf("tried again at %s", next)
	}
	if n.tried < 6 || n.tried > 10 { // 1, 2, 4 … 60 minutes apart
		t.Errorf("tried %d times in 4 hours", n.tried)
	}
	if n := n.logs.FilterMessageSnippet("not sent").Len(); n != 1 {
		t.Errorf("logged %d times", n)
	}
	n.code = http.StatusOK
	n.wants(60, "trouble crm.main fail crm-unreachable")
	n.wants(60)
	if next := n.teller.retry(); !next.IsZero() {
		t.Errorf("nothing is due, and tried again at %s", next)
	}
	if n := n.logs.FilterMessage("notice sent").Len(); n != 1 {
		t.Errorf("logged %d times that it works", n)
	}
}

func TestAPauseIsAsLongAsTheServerAsks(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	p := pause{}.after(now, &notify.LaterError{After: 7 * time.Hour})
	if p.until.Sub(now) != 7*time.Hour || p.after(now, errors.New("no")).until.Sub(now) != longestPause {
		t.Errorf("%+v", p)
	}
	if p := (pause{}).after(now, &notify.LaterError{After: 10_000 * time.Hour}); p.until.Sub(now) > 24*time.Hour {
		t.Errorf("a word of a server keeps it silent until %s", p.until)
	}
}

// A clock that was years ahead, and was set right, must not keep the digest away for years.
func TestTheDigestComesAfterAClockThatWasAhead(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	right := n.now
	n.now = right.AddDate(10, 0, 0)
	n.wants(0)
	n.now = right
	n.wants(1)
	n.wants(24*60, "digest")
}

func TestARestartAndASecondProcessRepeatNothing(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.ran("clients", engine.RunUnreachable, saidDown)
	text := strings.NewReplacer("STATE", n.file, "HOOK", webhookURL(n)).Replace(noticesConfig)
	others := []*installation{n.installation, n.again(text), n.again(text)}
	var wg sync.WaitGroup
	for _, in := range others {
		wg.Go(func() {
			for range 3 {
				if err := in.tellChanges(context.WithoutCancel(t.Context()), n.now); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n.wants(1, "trouble crm.main fail crm-unreachable")
	n.installation = n.again(text)
	n.wants(1)
}

func webhookURL(n *noticed) string { return n.cfg.Notify.Webhook.URL.Plain.Reveal() }

func TestWhatIsNotConfiguredAnyMoreEndsWithoutAWord(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.ran("suppliers", engine.RunFailed, "SYNC-0301: gone")
	n.wants(1, "trouble suppliers fail failed SYNC-0301")
	text := strings.NewReplacer("STATE", n.file, "HOOK", webhookURL(n), "  suppliers: {entity: client, crm: main, source: clients, mapping: suppliers.yaml}\n", "").Replace(noticesConfig)
	n.installation = n.again(text)
	n.wants(1)
	if rows, err := n.db.Notices(t.Context(), ""); err != nil || len(rows) > 0 {
		t.Errorf("stands: %+v, %v", rows, err)
	}
	n.cfg.Notify = nil
	n.ran("clients", engine.RunFailed, "SYNC-0301: gone")
	n.wants(1)
}

func TestTheDigestComesOnceAtItsTime(t *testing.T) {
	t.Parallel()
	n := newNoticed(t) // 15:00 in Moscow
	n.ran("clients", engine.RunDone, "")
	n.wants(1)
	n.wants(17*60 + 58)
	got := n.wants(1, "digest") // 09:00
	for _, part := range []string{"clients\n  last success: 2026-11-22 15:00, 18h00m ago", "in 24 hours: runs 1;", "suppliers\n  never ran", "Nothing is out of order."} {
		if !strings.Contains(got[0].Text, part) {
			t.Errorf("the digest lacks %q:\n%s", part, got[0].Text)
		}
	}
	n.wants(1)
	n.wants(3*24*60, "digest") // down for three days: one digest, not three
	n.wants(1)
}

// A disk that is full is told, and told once, though nothing can be kept of it.
func TestAStateThatTakesNothingIsToldOnce(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.ran("clients", engine.RunDone, "")
	n.wants(1)
	n.ran("clients", engine.RunUnreachable, saidDown)
	reading, err := state.OpenReadOnly(t.Context(), n.file, state.Options{Clock: func() time.Time { return n.now }, Fold: reconcile.FoldUID})
	n.check(err)
	t.Cleanup(func() { _ = reading.Close() })
	writing := n.db
	n.db = reading
	lock := n.file + ".notify.lock" // as a disk that takes nothing answers
	n.check(errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)))
	n.wants(1, "trouble crm.main fail crm-unreachable", "trouble state fail unwritable")
	n.wants(1)
	n.wants(24*60, "digest")
	n.wants(1)
	n.db = writing
	n.check(os.Remove(lock))
	n.wants(1, "recovered state fail unwritable")
	n.ran("clients", engine.RunDone, "")
	n.wants(1, "recovered crm.main fail crm-unreachable")
	if rows, err := n.db.Told(t.Context(), 0); err != nil || len(rows) != 2 {
		t.Errorf("kept: %+v, %v", rows, err)
	}
}

const saidUnready = "SYNC-0326: The ready file of clients.csv is older than the export itself: it belongs to the one before."

// An export that is being written is not ready for seconds: that is no trouble.
func TestAnExportThatIsNotReadyYetIsToldWhenItLasts(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"SYNC-0304", "SYNC-0306", "SYNC-0324", "SYNC-0326"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			n := newNoticed(t)
			n.ran("clients", engine.RunDone, "")
			n.wants(1)
			n.ran("clients", engine.RunNotReady, code+": not yet.")
			n.wants(1)
			n.ran("clients", engine.RunDone, "")
			n.wants(1)
			if next := n.teller.retry(); !next.IsZero() {
				t.Errorf("looks again at %s for nothing", next)
			}
			n.ran("clients", engine.RunNotReady, code+": not yet.")
			n.wants(29)
			if next := n.teller.retry(); next.Sub(n.now) != time.Minute {
				t.Errorf("%s, looks again at %s", n.now, next)
			}
			n.wants(1, "trouble clients fail source-not-ready "+code)
			n.ran("clients", engine.RunDone, "")
			n.wants(1, "recovered clients fail source-not-ready "+code)
		})
	}
}

func TestAnExportThatIsNotReadyWhenItIsExpectedIsToldThen(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	text := strings.NewReplacer("STATE", n.file, "HOOK", webhookURL(n), "mapping: clients.yaml}", `mapping: clients.yaml, expect_by: "15:10"}`).Replace(noticesConfig)
	n.installation = n.again(text)
	run := n.ran("clients", engine.RunDone, "") // 15:00 in Moscow
	db, err := sql.Open("sqlite", n.file)
	n.check(err)
	_, err = db.ExecContext(t.Context(), `UPDATE run SET source_time = ? WHERE id = ?`, n.now.UnixMilli(), run)
	n.check(errors.Join(err, db.Close()))
	n.ran("clients", engine.RunNotReady, saidUnready)
	n.wants(9)
	n.wants(1, "trouble clients fail source-not-ready SYNC-0326")
}

// Runs succeed again when one did, not when they fail in another way.
func TestATroubleThatChangesItsKindIsNotOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then engine.RunStatus
		said string
		want []string
		over []string
	}{
		"the CRM goes away": {engine.RunUnreachable, saidDown, []string{"trouble crm.main fail crm-unreachable"}, []string{"recovered crm.main fail crm-unreachable"}},
		"an export that a guard turns away": {
			engine.RunNotReady, "SYNC-0602: clients: gone. syncd resume clients --allow max_shrink=36",
			[]string{"trouble clients halt source-not-ready SYNC-0602"},
			[]string{"recovered clients halt source-not-ready SYNC-0602"},
		},
		"an export is being written":       {engine.RunNotReady, saidUnready, nil, []string{"recovered clients fail failed SYNC-0301"}},
		"the disk is full":                 {engine.RunFailed, "SYNC-0704: The disk is full.", []string{"trouble state fail unwritable"}, []string{"recovered state fail unwritable"}},
		"a guard that was resumed at once": {engine.RunHalted, "SYNC-0601: halted", nil, []string{"recovered clients fail failed SYNC-0301"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNoticed(t)
			n.ran("clients", engine.RunFailed, "SYNC-0301: gone")
			n.wants(1, "trouble clients fail failed SYNC-0301")
			n.ran("clients", c.then, c.said)
			n.wants(1, c.want...)
			n.wants(1)
			n.now = n.now.Add(time.Minute)
			n.ran("clients", engine.RunPartial, "")
			n.wants(1, c.over...)
			if rows, err := n.db.Notices(t.Context(), ""); err != nil || len(rows) > 0 {
				t.Errorf("stands: %+v, %v", rows, err)
			}
		})
	}
}

func TestACRMIsBackWhenARunGotThrough(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.ran("clients", engine.RunUnreachable, saidDown)
	n.wants(1, "trouble crm.main fail crm-unreachable")
	n.now = n.now.Add(time.Minute)
	n.ran("clients", engine.RunNotReady, saidUnready) // it did not ask the CRM
	n.wants(1)
	n.ran("clients", engine.RunFailed, "SYNC-0301: gone")
	n.wants(1, "trouble clients fail failed SYNC-0301")
	n.ran("clients", engine.RunUnreachable, saidDown)
	n.wants(60, "trouble crm.main fail crm-unreachable")
	n.now = n.now.Add(time.Minute)
	n.ran("suppliers", engine.RunDone, "")
	n.ran("clients", engine.RunNotReady, saidUnready)
	n.wants(1, "recovered crm.main fail crm-unreachable")
}

// A channel that takes nothing cannot say so: it is seen where people look by themselves.
func TestAChannelThatTakesNothingIsSeen(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	counted := map[string]int{}
	n.noticed = func(channel, result string) { counted[channel+" "+result]++ }
	n.app.stdio.out = &bytes.Buffer{}
	look := func() string {
		t.Helper()
		o, err := n.overview(t.Context(), n.cfg.JobNames(), n.now)
		n.check(err)
		p, err := n.page(t.Context(), n.now)
		n.check(err)
		if shown := strings.Contains(n.overviewText(o), "webhook"); shown != (len(p.Silent) > 0) {
			t.Errorf("status: %v, page: %+v", shown, p.Silent)
		}
		return n.overviewText(o)
	}
	n.ran("clients", engine.RunFailed, "SYNC-0301: gone")
	n.wants(1, "trouble clients fail failed SYNC-0301")
	if text := look(); strings.Contains(text, "webhook") {
		t.Errorf("it works:\n%s", text)
	}
	n.code = http.StatusServiceUnavailable
	n.ran("clients", engine.RunFailed, "SYNC-0302: gone")
	n.wants(1)
	since := n.when(n.now)
	n.wants(30)
	n.installation = n.again(strings.NewReplacer("STATE", n.file, "HOOK", webhookURL(n)).Replace(noticesConfig)) // a restart does not forget
	n.wants(90)
	text := look()
	for _, part := range []string{"A person is needed: webhook delivers no notices", "webhook  not delivered since " + since + ": syncd notify --test"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q:\n%s", part, text)
		}
	}
	o, err := n.overview(t.Context(), n.cfg.JobNames(), n.now)
	n.check(errors.Join(err, n.printStatusJSON(o)))
	said := n.app.stdio.out.(*bytes.Buffer).String() //nolint:forcetypeassert // made above
	if !strings.Contains(said, `"channel":"webhook","last_success":`) || !strings.Contains(said, `"failing_since":"2026-11-22T12:02:00`) {
		t.Error(said)
	}
	n.code = http.StatusOK
	n.wants(60, "trouble clients fail failed SYNC-0302")
	if text := look(); strings.Contains(text, "webhook") {
		t.Errorf("it works again:\n%s", text)
	}
	if counted["webhook sent"] != 1 || counted["webhook failed"] != 2 {
		t.Errorf("counted %v", counted)
	}
}

func TestATestThatArrivesShowsThatAChannelWorks(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.code = http.StatusServiceUnavailable
	n.ran("clients", engine.RunFailed, "SYNC-0301: gone")
	n.wants(1)
	if list, err := n.channelsHealth(t.Context()); err != nil || len(failingOf(list)) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	n.app.noteTest(t.Context(), n.cfg, n.now, []delivery{{channel: "webhook"}})
	if list, err := n.channelsHealth(t.Context()); err != nil || len(failingOf(list)) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestADigestThatIsLostIsLogged(t *testing.T) {
	t.Parallel()
	n := newNoticed(t)
	n.wants(1)
	n.code = http.StatusServiceUnavailable
	for range 3 * 24 {
		n.wants(60)
	}
	if late, lost := n.logs.FilterMessageSnippet("digest is late").Len(), n.logs.FilterMessageSnippet("digest was lost").Len(); late != 1 || lost != 2 {
		t.Errorf("late %d times, lost %d times", late, lost)
	}
	n.code = http.StatusOK
	n.wants(60, "digest")
}
