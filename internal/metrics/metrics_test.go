package metrics_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"syncd/internal/metrics"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

// scrape is what Prometheus gets, without comments.
func scrape(t *testing.T, m *metrics.Metrics) (lines []string) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	body, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(body)) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

func expectLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	for _, line := range want {
		if slices.Contains(got, line) {
			continue
		}
		series, _, _ := strings.Cut(line, " ")
		if i := slices.IndexFunc(got, func(l string) bool { return strings.HasPrefix(l, series+" ") }); i >= 0 {
			t.Errorf("want %s, got %s", line, got[i])
		} else {
			t.Errorf("no %s", line)
		}
	}
}

func expectNone(t *testing.T, got []string, prefix string) {
	t.Helper()
	if i := slices.IndexFunc(got, func(l string) bool { return strings.HasPrefix(l, prefix) }); i >= 0 {
		t.Errorf("there is %s", got[i])
	}
}

func TestWhatMayHappenIsThereAsZeroBeforeItDoes(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Version: "v1.2.3", GoVersion: "go1.26", Now: clock})
	m.Jobs([]string{"clients"})
	expectLines(t, scrape(t, m),
		`syncd_build_info{goversion="go1.26",version="v1.2.3"} 1`,
		`syncd_start_timestamp_seconds 1.7953488e+09`,
		`syncd_runs_total{job="clients",result="failed"} 0`,
		`syncd_runs_total{job="clients",result="done"} 0`,
		`syncd_run_in_progress{job="clients"} 0`,
		`syncd_panics_total{job="clients"} 0`,
		`syncd_runs_skipped_total{reason="overlap"} 0`,
		`syncd_crm_requests_total{action="client/add.list",class="unknown",kind="write"} 0`,
		`syncd_crm_requests_total{action="client/list",class="auth",kind="read"} 0`,
		`syncd_config_reload_success 1`,
		`syncd_config_reloads_total{result="refused"} 0`,
		`syncd_watchdog_late_total 0`,
		`syncd_clock_jump_total 0`,
		`syncd_log_errors_total 0`,
		`syncd_state_errors_total 0`,
	)
}

func TestWhatHappensInTheProcessIsCounted(t *testing.T) {
	t.Parallel()
	at := noon
	m := metrics.New(metrics.Config{Now: func() time.Time { return at }})
	m.Jobs([]string{"clients", "orders"})
	m.RunBegan("orders")
	m.RunBegan("clients")
	m.RunEnded("clients", "done", 90*time.Second, map[string]time.Duration{"read": time.Minute, "deliver": 20 * time.Second, "news": 2 * time.Second, "more": time.Second})
	m.RunEnded("clients", "on fire", time.Second, map[string]time.Duration{"read": time.Second})
	m.RunEnded("clients", "partial", 4*time.Second, map[string]time.Duration{"read": 3 * time.Second, "a": time.Second / 4, "b": time.Second / 4})
	m.Panic("clients")
	m.Skipped(metrics.SkipBusy)
	m.Skipped("mood")
	m.Exchange("client/list", "", false, 300*time.Millisecond)
	m.Exchange("client/add.list", "unknown", true, 40*time.Second)
	m.Exchange("client/new", "new", true, time.Second)
	m.Reloaded(true)
	at = at.Add(time.Hour)
	m.Reloaded(false)
	m.WatchdogLate()
	m.ClockJump()
	m.LogError()
	m.StateError()
	got := scrape(t, m)
	expectLines(t, got,
		`syncd_run_in_progress{job="clients"} 0`,
		`syncd_run_in_progress{job="orders"} 1`,
		`syncd_runs_total{job="clients",result="done"} 1`,
		`syncd_runs_total{job="clients",result="partial"} 1`,
		`syncd_runs_total{job="clients",result="other"} 1`,
		`syncd_run_duration_seconds{job="clients"} 4`,
		`syncd_run_stage_duration_seconds{job="clients",stage="read"} 3`,
		`syncd_run_stage_duration_seconds{job="clients",stage="deliver"} 0`, // of the last run, not of an earlier one
		`syncd_run_stage_duration_seconds{job="clients",stage="other"} 0.5`,
		`syncd_panics_total{job="clients"} 1`,
		`syncd_runs_skipped_total{reason="busy"} 1`,
		`syncd_runs_skipped_total{reason="other"} 1`,
		`syncd_crm_requests_total{action="client/list",class="ok",kind="read"} 1`,
		`syncd_crm_requests_total{action="client/add.list",class="unknown",kind="write"} 1`,
		`syncd_crm_requests_total{action="other",class="other",kind="write"} 1`,
		`syncd_crm_request_duration_seconds_bucket{action="client/list",kind="read",le="0.25"} 0`,
		`syncd_crm_request_duration_seconds_bucket{action="client/list",kind="read",le="0.5"} 1`,
		`syncd_crm_request_duration_seconds_sum{action="client/add.list",kind="write"} 40`,
		`syncd_config_reload_success 0`,
		`syncd_config_reloads_total{result="ok"} 1`,
		`syncd_config_reloads_total{result="refused"} 1`,
		`syncd_config_last_reload_success_timestamp_seconds 1.7953488e+09`, // a refused one is none
		`syncd_watchdog_late_total 1`,
		`syncd_clock_jump_total 1`,
		`syncd_log_errors_total 1`,
		`syncd_state_errors_total 1`,
	)
	m.Reloaded(true)
	expectLines(t, scrape(t, m), `syncd_config_reload_success 1`)
}

func TestTheSeriesOfAJobThatIsNoMoreEnd(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Now: clock})
	m.Jobs([]string{"clients", "orders"})
	m.RunEnded("orders", "done", time.Second, nil)
	m.RunEnded("clients", "done", time.Second, nil)
	m.Jobs([]string{"clients", "goods"})
	for _, line := range scrape(t, m) {
		if strings.Contains(line, `job="orders"`) {
			t.Error(line)
		}
	}
	expectLines(t, scrape(t, m), `syncd_runs_total{job="clients",result="done"} 1`, `syncd_runs_total{job="goods",result="done"} 0`)
}

// standing is a full one.
func standing() metrics.Standing {
	return metrics.Standing{
		Jobs: []metrics.Job{
			{
				Name: "clients", Result: "partial", LastAttempt: noon.Add(-time.Hour), LastSuccess: noon.Add(-59 * time.Minute),
				Due: noon.Add(2 * time.Hour), NextRun: noon.Add(time.Minute), SourceTime: noon.Add(-2 * time.Hour), SourceDue: noon.Add(21 * time.Hour),
				RefusesKey: true, Halts: []string{"max_delete", "new-guard"}, Holds: map[string]int64{"conflict": 3, "uid-twice": 1, "new-reason": 2},
				Links: 1000, Rejected: 7, Backlog: 9, OpenOps: 5, InDoubt: 2, OldestInDoubt: noon.Add(-30 * time.Minute),
				Settle: 10 * time.Minute, Pending: 4, OldestPending: noon.Add(-24 * time.Hour),
			},
			{Name: "orders"},
			{Name: "clients", Links: 1}, // the same job on an earlier CRM
		},
		State:    metrics.StateSize{File: 4096, WAL: 512, Free: 1024},
		Disks:    []metrics.Disk{{Place: "state", Free: 1 << 30}, {Place: "state", Free: 1}, {Place: "backup", Free: 5}},
		Backup:   metrics.Backup{Scheduled: true, Last: noon},
		Channels: []metrics.Channel{{Name: "mail", FailingSince: noon.Add(-time.Hour)}, {Name: "webhook"}, {Name: "mail"}},
	}
}

func TestWhatStandsInTheStateIsToldByNameAndLabel(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Now: clock, Gather: func(context.Context) (metrics.Standing, error) { return standing(), nil }})
	got := scrape(t, m)
	expectLines(t, got,
		`syncd_run_last_success_timestamp_seconds{job="clients"} 1.79534526e+09`,
		`syncd_notify_failing_timestamp_seconds{channel="mail"} 1.7953452e+09`,
		`syncd_notify_failing_timestamp_seconds{channel="webhook"} 0`,
		`syncd_run_last_attempt_timestamp_seconds{job="clients"} 1.7953452e+09`,
		`syncd_run_last_success_timestamp_seconds{job="orders"} 0`, // never, and said so
		`syncd_run_last_attempt_timestamp_seconds{job="orders"} 0`,
		`syncd_run_last_result{job="clients",result="partial"} 1`,
		`syncd_run_last_result{job="clients",result="done"} 0`,
		`syncd_run_last_result{job="orders",result="done"} 0`,
		`syncd_run_last_result{job="orders",result="other"} 0`,
		`syncd_crm_refuses_key{job="clients"} 1`,
		`syncd_crm_refuses_key{job="orders"} 0`,
		`syncd_run_due_timestamp_seconds{job="clients"} 1.795356e+09`,
		`syncd_next_run_timestamp_seconds{job="clients"} 1.79534886e+09`,
		`syncd_source_mtime_timestamp_seconds{job="clients"} 1.7953416e+09`,
		`syncd_source_due_timestamp_seconds{job="clients"} 1.7954244e+09`,
		`syncd_halted{job="clients",reason="max_delete"} 1`,
		`syncd_halted{job="clients",reason="max_create"} 0`,
		`syncd_halted{job="clients",reason="other"} 1`,
		`syncd_halted{job="orders",reason="max_delete"} 0`,
		`syncd_halted{job="orders",reason="other"} 0`,
		`syncd_holds{job="clients",reason="conflict"} 3`,
		`syncd_holds{job="clients",reason="other"} 2`,
		`syncd_holds{job="clients",reason="not-taken"} 0`,
		`syncd_duplicates_detected{job="clients"} 1`,
		`syncd_duplicates_detected{job="orders"} 0`,
		`syncd_rejected_rows{job="clients"} 7`,
		`syncd_ops_open{job="clients"} 5`,
		`syncd_in_doubt{job="clients"} 2`,
		`syncd_in_doubt_oldest_timestamp_seconds{job="clients"} 1.795347e+09`,
		`syncd_in_doubt_oldest_timestamp_seconds{job="orders"} 0`,
		`syncd_settle_seconds{job="clients"} 600`,
		`syncd_pending{job="clients"} 4`,
		`syncd_pending_oldest_timestamp_seconds{job="clients"} 1.7952624e+09`,
		`syncd_backlog{job="clients"} 9`,
		`syncd_links{job="clients"} 1000`,
		`syncd_state_db_bytes 4096`,
		`syncd_state_wal_bytes 512`,
		`syncd_state_free_bytes 1024`,
		`syncd_disk_free_bytes{place="state"} 1.073741824e+09`,
		`syncd_disk_free_bytes{place="backup"} 5`,
		`syncd_backup_last_success_timestamp_seconds 1.7953488e+09`,
		`syncd_state_errors_total 0`,
	)
}

func TestABackupThatIsNotScheduledIsNotMissing(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Now: clock, Gather: func(context.Context) (metrics.Standing, error) { return metrics.Standing{}, nil }})
	expectNone(t, scrape(t, m), "syncd_backup_last_success")
}

func TestAStateThatCannotBeReadIsCountedAndShowsNoOldNumbers(t *testing.T) {
	t.Parallel()
	at := noon
	var failure error
	var told []error
	m := metrics.New(metrics.Config{
		Now:    func() time.Time { return at },
		Gather: func(context.Context) (metrics.Standing, error) { return standing(), failure },
		Failed: func(err error) { told = append(told, err) },
	})
	expectLines(t, scrape(t, m), `syncd_links{job="clients"} 1000`)
	failure = errors.New("the disk is gone")
	for range 3 {
		at = at.Add(5 * time.Second)
		got := scrape(t, m)
		expectNone(t, got, "syncd_links")
		expectNone(t, got, "syncd_state_db_bytes")
		expectNone(t, got, "syncd_halted")
		expectLines(t, got, `syncd_watchdog_late_total 0`) // the rest is there
	}
	expectLines(t, scrape(t, m), `syncd_state_errors_total 3`)
	if len(told) != 1 || !errors.Is(told[0], failure) {
		t.Errorf("told %v", told)
	}
	failure = nil
	at = at.Add(5 * time.Second)
	expectLines(t, scrape(t, m), `syncd_links{job="clients"} 1000`, `syncd_state_errors_total 3`)
}

func TestTheStateIsAskedAtMostEveryFiveSeconds(t *testing.T) {
	t.Parallel()
	at, asked := noon, 0
	m := metrics.New(metrics.Config{Now: func() time.Time { return at }, Gather: func(context.Context) (metrics.Standing, error) {
		asked++
		return metrics.Standing{}, nil
	}})
	for range 10 {
		scrape(t, m)
		at = at.Add(time.Second)
	}
	if asked != 2 {
		t.Errorf("asked %d times in 10 seconds", asked)
	}
}

func TestAGatheringThatHangsOrPanicsEndsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		var asked atomic.Int32
		m := metrics.New(metrics.Config{Now: time.Now, Gather: func(context.Context) (metrics.Standing, error) {
			switch asked.Add(1) {
			case 1:
				<-hang // it does not even listen to its context
			case 2:
				panic("of the state")
			}
			return standing(), nil
		}})
		began := time.Now()
		got := scrape(t, m)
		if took := time.Since(began); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		expectLines(t, got, `syncd_state_errors_total 1`)
		time.Sleep(10 * time.Second)
		expectLines(t, scrape(t, m), `syncd_state_errors_total 2`) // at once: it hangs still
		if n := asked.Load(); n != 1 {
			t.Errorf("%d questions are out", n)
		}
		close(hang)
		synctest.Wait()
		time.Sleep(10 * time.Second)
		got = scrape(t, m)
		expectNone(t, got, "syncd_links")
		expectLines(t, got, `syncd_state_errors_total 3`)
		time.Sleep(10 * time.Second)
		expectLines(t, scrape(t, m), `syncd_links{job="clients"} 1000`)
	})
}

// fullMetrics has told at least one series of everything.
func fullMetrics() *metrics.Metrics {
	m := metrics.New(metrics.Config{Now: clock, Gather: func(context.Context) (metrics.Standing, error) { return standing(), nil }})
	m.Jobs([]string{"clients"})
	m.RunEnded("clients", "done", time.Second, nil)
	m.Exchange("client/list", "", false, time.Second)
	m.Notice("mail", metrics.NoticeFailed)
	return m
}

func TestTheMetricsKeepPrometheusRules(t *testing.T) {
	t.Parallel()
	problems, err := testutil.GatherAndLint(fullMetrics().Registry())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "syncd_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// every is a schedule that comes every d.
type every time.Duration

func (e every) Next(t time.Time) time.Time { return t.Add(time.Duration(e)) }

type never struct{}

func (never) Next(time.Time) time.Time { return time.Time{} }

func TestAJobIsStaleAfterThreeTurnsOfItsSchedule(t *testing.T) {
	t.Parallel()
	if got := metrics.DueAfter(every(time.Hour), noon); !got.Equal(noon.Add(3 * time.Hour)) {
		t.Errorf("got %v", got)
	}
	if got := metrics.DueAfter(nil, noon); !got.IsZero() {
		t.Errorf("without a schedule: %v", got)
	}
	if got := metrics.DueAfter(never{}, noon); !got.IsZero() {
		t.Errorf("of one that ends: %v", got)
	}
	if got := metrics.DueAfter(every(time.Hour), time.Time{}); !got.IsZero() {
		t.Errorf("since never: %v", got)
	}
}
