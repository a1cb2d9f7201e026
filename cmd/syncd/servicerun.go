package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"go.uber.org/zap"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/daemon"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/metrics"
	"syncd/internal/state"
)

// The part of the pulse that a run beats.
const runPart = "run"

// leastPatience is how long a run may be silent before the watchdog takes it for
// hung: longer than the CRM's client tries a request.
const leastPatience = 20 * time.Minute

// Run is one run of a job, to its end. It implements daemon.Work.
func (s *service) Run(ctx context.Context, job string, cause daemon.Cause) error {
	in := s.current().forRun(s)
	j := in.cfg.Jobs[job]
	if j == nil {
		return nil // a reload took it out while it waited
	}
	lock, err := state.Lock(string(in.cfg.State))
	var held *state.HeldError
	if errors.As(err, &held) {
		if !s.waits {
			s.metrics.Skipped(metrics.SkipBusy)
		}
		s.waits = true
		return fmt.Errorf("%w: %w", daemon.ErrBusy, held)
	}
	if err != nil {
		err = s.app.unusableState(string(in.cfg.State), err)
		in.teller.note(err, s.now())
		s.noteChange()
		return s.classified(err)
	}
	defer func() { _ = lock.Release() }()
	s.waits = false
	if err := s.lost(); err != nil {
		return s.classified(err)
	}
	asked := s.askedUntil(ctx, in, job)
	done := s.pulse.Watch(runPart, patienceOf(in.cfg, j))
	defer done()
	s.metrics.RunBegan(job)
	in.log.Info("run is due", zap.String(logJob, job), zap.String("cause", string(cause)))
	err = s.carryOut(ctx, in, job)
	in.teller.note(err, s.now())
	if err == nil || !errors.Is(err, context.Canceled) {
		if eerr := s.db.EndRequest(context.WithoutCancel(ctx), job, asked); eerr != nil {
			in.log.Error("a request was not ended", zap.String(logJob, job), zap.Error(eerr))
		}
		s.asked.sign.forget()
	}
	s.noteChange()
	return s.classified(err)
}

// askedUntil is the time of the last request that a run which begins now carries out:
// of those that are there, also one by a clock that was ahead. Else it would be
// asked for after each run until the clock has caught up.
func (s *service) askedUntil(ctx context.Context, in *installation, job string) time.Time {
	until := s.now()
	list, err := s.db.RunRequests(ctx)
	if err != nil {
		in.log.Error("requests could not be read", zap.String(logJob, job), zap.Error(err))
	}
	for _, r := range list {
		if r.Job == job && r.At.After(until) {
			until = r.At
		}
	}
	return until
}

// carryOut is the run itself. A panic in it is noted in the state before the
// scheduler contains it.
func (s *service) carryOut(ctx context.Context, in *installation, job string) error {
	t := &stageTimes{now: s.now, first: s.now()}
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		stack := debug.Stack()
		if known, ok := p.(*endpoint.PanicError); ok {
			stack = known.Stack
		}
		err := fault(exitFailure, nil, message.ServicePanic, message.S("job", job), message.S("cause", panicText(p)))
		in.log.Error("panic", zap.String(logJob, job), zap.ByteString("stack", stack))
		s.metrics.Panic(job)
		s.metrics.RunEnded(job, string(engine.RunFailed), t.took(), t.stages())
		if nerr := in.noteFailed(ctx, job, err); nerr != nil {
			in.log.Error("the failed run was not recorded", zap.String(logJob, job), zap.Error(nerr))
		}
		s.noteChange()
		panic(p)
	}()
	if err := in.tellRestored(ctx); err != nil {
		return err
	}
	before := s.lastRun(ctx, job)
	r, err := in.carryOut(ctx, job, &runFlags{}, func(e engine.Event) {
		s.pulse.Beat(runPart)
		t.observe(e)
	})
	status := engine.RunFailed
	if r != nil {
		status = r.Status
	}
	s.metrics.RunEnded(job, string(status), t.took(), t.stages())
	if err != nil && r == nil && ctx.Err() == nil && s.lastRun(ctx, job) == before {
		// It could not so much as begin: a mapping, a secret. Unless it is on record,
		// people are not told.
		if nerr := in.noteFailed(ctx, job, err); nerr != nil {
			in.log.Error("the failed run was not recorded", zap.String(logJob, job), zap.Error(nerr))
		}
	}
	return err
}

// lastRun is the number of a job's last run on record; 0 when there is none, or nobody
// knows.
func (s *service) lastRun(ctx context.Context, job string) int64 {
	runs, err := s.db.Runs(ctx, job, 1)
	if err != nil || len(runs) == 0 {
		return 0
	}
	return runs[0].Run
}

// panicText tells what was panicked with, without what may be somebody's data: only
// the runtime's own errors are known to have none.
func panicText(p any) string {
	if known, ok := p.(*endpoint.PanicError); ok {
		p = known.Value
	}
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a %T", p)
}

// stageTimes is how long each stage of a run took.
type stageTimes struct {
	now         func() time.Time
	first, last time.Time // begin of the run, of the stage
	stage       engine.Stage
	spent       map[string]time.Duration
}

func (t *stageTimes) took() time.Duration { return t.now().Sub(t.first) }

func (t *stageTimes) observe(e engine.Event) {
	if e.Stage != t.stage {
		t.close()
		t.stage, t.last = e.Stage, t.now()
	}
}

// close ends the stage that is on.
func (t *stageTimes) close() {
	if t.stage == "" {
		return
	}
	if t.spent == nil {
		t.spent = map[string]time.Duration{}
	}
	t.spent[string(t.stage)] += t.now().Sub(t.last)
	t.stage = ""
}

// stages is what each took, now that the run ended.
func (t *stageTimes) stages() map[string]time.Duration {
	t.close()
	return t.spent
}

// perRecord is what the client gives a write for each of its records.
const perRecord = 6 * time.Second

// patienceOf is how long a run of a job may show no progress.
func patienceOf(cfg *config.Config, j *config.Job) time.Duration {
	patience := leastPatience
	if sql := cfg.Sources[j.Source].SQL; sql != nil { // a query says nothing until its first row
		patience = max(patience, sql.Timeout.Std()+time.Minute)
	}
	if csv := cfg.Sources[j.Source].CSV; csv != nil { // it waits for the file to come to rest
		patience += csv.Settle.Std()
	}
	c := cfg.CRM[j.CRM]
	return max(patience, 2*(c.Timeout.Std()+time.Duration(c.Batch)*perRecord))
}

// forRun is a copy for one run: what it caches is its own, and its requests count.
func (in *installation) forRun(s *service) *installation {
	own := *in
	app := *s.app
	app.told = nil
	own.app = &app
	own.plains = nil
	own.watch = func(x crmapi.Exchange) {
		s.pulse.Beat(runPart)
		s.metrics.Exchange(x.Action, exchangeClass(x), x.Write, x.Duration)
	}
	return &own
}

func exchangeClass(x crmapi.Exchange) string {
	if x.Class == 0 || x.Probe {
		return "ok"
	}
	return x.Class.String()
}

// classified tells the scheduler, which logs it, what kind of end an error is.
func (s *service) classified(err error) error {
	if err == nil {
		return nil
	}
	code := exitFor(err)
	return &runEnd{err: err, text: oneLine(s.app.wording(err)), away: code == exitCRM, notReady: code == exitSource, passes: passing(string(codeOf(err)))}
}

// runEnd is a run's error as people are told it, with what the scheduler wants to
// know of it.
type runEnd struct {
	err                    error
	text                   string
	away, notReady, passes bool
}

func (e *runEnd) Error() string { return e.text }
func (e *runEnd) Unwrap() error { return e.err }

// Temporary says that the CRM could not be reached, or refused the key.
func (e *runEnd) Temporary() bool { return e.away }

// NotReady says that the source was not there, or not whole.
func (e *runEnd) NotReady() bool { return e.notReady }

// Passes says that nobody need do anything: an export is just being written.
func (e *runEnd) Passes() bool { return e.passes }

// Requests lists the jobs that people asked to run early. It is called every few
// seconds, and reads the state only when somebody may have written to it.
func (s *service) Requests(ctx context.Context) ([]daemon.Request, error) {
	if !s.asked.sign.changed(s.now()) {
		return s.asked.list, nil
	}
	list, err := s.db.RunRequests(ctx)
	if err != nil {
		s.asked.sign.forget()
		return nil, err
	}
	out := make([]daemon.Request, 0, len(list))
	for _, r := range list {
		out = append(out, daemon.Request{Job: r.Job, At: r.At})
	}
	s.asked.list = out
	return out, nil
}

// Planned stores what is to run next, for people to see.
func (s *service) Planned(ctx context.Context, list []daemon.Planned) error {
	out := make([]state.PlannedRun, 0, len(list))
	for _, p := range list {
		for range p.Skipped - s.skipped[p.Job] {
			s.metrics.Skipped(metrics.SkipOverlap)
		}
		s.skipped[p.Job] = p.Skipped
		out = append(out, state.PlannedRun{Job: p.Job, Schedule: p.Schedule, Next: p.Next, Skipped: p.Skipped})
	}
	return s.db.SavePlanned(ctx, out)
}
