package daemon_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"syncd/internal/daemon"
)

// bench is a scheduler in a bubble of fake time, which begins on Saturday,
// 1 January 2000, 00:00 UTC, with a Work that writes down what it is asked to do.
type bench struct {
	t    *testing.T
	s    *daemon.Scheduler
	cfg  daemon.Config
	logs *observer.ObservedLogs

	mu       sync.Mutex
	offset   time.Duration // of the wall clock from real time
	runs     []string      // "00:15:00 clients schedule"
	active   int
	takes    map[string]time.Duration
	does     func(ctx context.Context, job string, n int) error // n = the job's runs before
	count    map[string]int
	requests []daemon.Request
	deaf     error
	planned  []daemon.Planned
	tells    int
	beats    int
	stop     context.CancelFunc
	done     chan error
}

func inBubble(t *testing.T, test func(b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zapcore.DebugLevel)
		b := &bench{t: t, logs: logs, takes: map[string]time.Duration{}, count: map[string]int{}}
		b.cfg = daemon.Config{Now: b.now, Log: zap.New(core), Pulse: b, Chance: func() float64 { return 0.5 }}
		test(b)
		if b.stop != nil {
			b.end()
		}
	})
}

func (b *bench) Beat(part string) {
	if part != "scheduler" {
		b.t.Errorf("%q beats", part)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.beats++
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Round(0).Add(b.offset).UTC()
}

// setClock moves the wall clock.
func (b *bench) setClock(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.offset += d
}

func (b *bench) Run(ctx context.Context, job string, cause daemon.Cause) error {
	line := fmt.Sprintf("%s %s %s", b.now().Format("15:04:05"), job, cause)
	b.mu.Lock()
	b.active++
	if b.active > 1 {
		b.t.Errorf("two runs at once: %s", line)
	}
	b.runs = append(b.runs, line)
	n, take, does := b.count[job], b.takes[job], b.does
	b.count[job]++
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.active--
	}()
	wait(ctx, take)
	if does != nil {
		return does(ctx, job, n)
	}
	return ctx.Err()
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (b *bench) Requests(context.Context) ([]daemon.Request, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.requests), b.deaf
}

func (b *bench) ask(job string) {
	at := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.requests = append(b.requests, daemon.Request{Job: job, At: at})
}

func (b *bench) Planned(_ context.Context, list []daemon.Planned) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.planned = slices.Clone(list)
	b.tells++
	return nil
}

// read reads one of the bench's fields beside the scheduler.
func read[T any](b *bench, field *T) T {
	b.mu.Lock()
	defer b.mu.Unlock()
	return *field
}

// ranOf counts the runs of a job.
func (b *bench) ranOf(job string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count[job]
}

// serve sets the scheduler going.
func (b *bench) serve(p daemon.Plan) {
	b.t.Helper()
	b.s = daemon.New(b.cfg, b)
	ctx, stop := context.WithCancel(context.Background())
	b.stop, b.done = stop, make(chan error, 1)
	go func() { b.done <- b.s.Serve(ctx, p) }()
	synctest.Wait()
}

// end stops it and waits.
func (b *bench) end() {
	b.t.Helper()
	b.stop()
	b.stop = nil
	if err := <-b.done; err != nil {
		b.t.Errorf("serve: %v", err)
	}
}

// pass lets time go by.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// want compares what was run since the last call.
func (b *bench) want(runs ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := cmp.Diff(runs, b.runs); d != "" && len(runs)+len(b.runs) > 0 {
		b.t.Errorf("runs, wanted (-) and got (+):\n%s", d)
	}
	b.runs = nil
}

func (b *bench) job(name string) daemon.UnitStatus {
	b.t.Helper()
	for _, u := range b.s.Snapshot().Jobs {
		if u.Name == name {
			return u
		}
	}
	b.t.Fatalf("no job %q", name)
	return daemon.UnitStatus{}
}

// logged counts the log's entries with this text.
func (b *bench) logged(text string) int {
	n := 0
	for _, e := range b.logs.All() {
		if strings.Contains(e.Message, text) {
			n++
		}
	}
	return n
}

// every makes a job with a schedule.
func every(t *testing.T, name, spec string) daemon.Job {
	t.Helper()
	s, err := daemon.ParseSchedule(spec, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return daemon.Job{Name: name, Schedule: s, Spec: spec}
}

func jobs(list ...daemon.Job) daemon.Plan { return daemon.Plan{Jobs: list} }

// clockAt is a time of the bubble's first day.
func clockAt(text string) time.Time {
	x, err := time.Parse("2006-01-02 15:04:05", "2000-01-01 "+text)
	if err != nil {
		panic(err)
	}
	return x
}
