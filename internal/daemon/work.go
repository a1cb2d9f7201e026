package daemon

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"go.uber.org/zap"
)

const (
	// busyPause is how long the lock of another process is left alone.
	busyPause = 5 * time.Second
	// retryFar is how near the next time must be to need no retry.
	retryFar = time.Hour
	// looksPatience is how long a stop waits for looks: one that hangs in a dead
	// network share cannot be called back.
	looksPatience = 5 * time.Second
)

// retryPauses are the waits before retries; the last one goes on.
var retryPauses = [...]time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour}

// outcome is how a run or a chore ended.
type outcome struct {
	err      error
	panicked bool
	stack    []byte
}

// startNext starts what is next, unless something runs.
func (l *loop) startNext(ctx context.Context, now instant) {
	if l.running != nil || now.Before(l.hold) || ctx.Err() != nil {
		return
	}
	t := l.pick(now)
	if t == nil {
		return
	}
	u := t.unit
	l.running, l.began, l.hold = t, now, time.Time{}
	u.retryAt = time.Time{}
	if u.job.Schedule != nil && fromLast(u.job.Schedule) {
		u.plan(now, now, l.cfg.Chance)
	}
	l.tellPlan = true
	l.cfg.Log.Debug("begins", l.field(u), zap.String(keyCause, string(t.cause)))
	do := u.chore
	if do == nil {
		name, cause := u.name(), t.cause
		do = func(ctx context.Context) error { return l.work.Run(ctx, name, cause) }
	}
	go func() {
		var o outcome
		defer func() { l.ended <- o }() // also when the goroutine is ended in mid-run
		contain(ctx, &o, do)
	}()
}

// contain does it, and survives what it does to itself.
func contain(ctx context.Context, o *outcome, do func(context.Context) error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		*o = outcome{panicked: true, stack: debug.Stack(), err: panicked(recover())}
	}()
	o.err = do(ctx)
	returned = true
}

// panicked makes an error of what was panicked with. Its text may hold anything,
// also somebody's data; only the runtime's own errors are known not to.
func panicked(v any) error {
	if e, ok := v.(runtime.Error); ok {
		return fmt.Errorf("panic: %w", e)
	}
	return fmt.Errorf("panic with a %T", v)
}

// end takes note of how the run in flight ended.
func (l *loop) end(o outcome) {
	t, now := l.running, l.now()
	u := t.unit
	l.followClock(now)
	l.running = nil
	if errors.Is(o.err, ErrBusy) {
		l.wait(t, o.err, now)
		return
	}
	u.last, u.cause = l.began, t.cause
	if u.last.After(now) { // the clock was set back in mid-run
		u.last = now
	}
	l.report(t, o, now.Sub(l.began))
	if o.panicked {
		u.panics++
	}
	l.planRetry(u, o.err, now)
	u.arrivalEnded(t, o.err, now)
	l.followers(u, now)
	l.tellPlan = true
}

// wait gives the task its place back: another process holds the lock.
func (l *loop) wait(t *task, err error, now instant) {
	l.hold = now.Add(busyPause)
	if !t.busy {
		fields := []zap.Field{l.field(t.unit)}
		var holder interface{ LockedBy() int }
		if errors.As(err, &holder) {
			fields = append(fields, zap.Int(keyPID, holder.LockedBy()))
		}
		l.cfg.Log.Info("waits: another process is running", fields...)
	}
	t.busy = true
	l.queue = append([]*task{t}, l.queue...)
}

func (l *loop) report(t *task, o outcome, took time.Duration) {
	fields := []zap.Field{l.field(t.unit), zap.String(keyCause, string(t.cause)), zap.Duration(keyTook, took)}
	var passing interface{ Passes() bool }
	switch {
	case o.panicked:
		l.cfg.Log.Error("panicked", append(fields, zap.Error(o.err), zap.ByteString(keyStack, o.stack))...)
	case errors.As(o.err, &passing) && passing.Passes():
		l.cfg.Log.Warn("not yet", append(fields, zap.Error(o.err))...)
	case o.err != nil:
		l.cfg.Log.Error("failed", append(fields, zap.Error(o.err))...)
	default:
		l.cfg.Log.Debug("ended", fields...)
	}
}

// planRetry plans another try of a run that failed for a reason that passes, when
// its next time is far.
func (l *loop) planRetry(u *unit, err error, now instant) {
	if u.chore != nil {
		return
	}
	var passes interface{ Temporary() bool }
	if !errors.As(err, &passes) || !passes.Temporary() {
		u.retries = 0
		return
	}
	pause := retryPauses[min(u.retries, len(retryPauses)-1)]
	if next := nextOf(u); !next.IsZero() && next.Sub(now) <= retryFar {
		return
	}
	u.retries++
	u.retryAt = now.Add(pause)
	l.cfg.Log.Info("will be tried again", l.field(u), zap.Time(keyNext, l.told(u.retryAt)))
}

// nextOf is when the unit runs by its schedule; one that follows runs when the
// jobs before it do.
func nextOf(u *unit) instant {
	next := u.due
	if !u.follows() {
		return next
	}
	for _, a := range u.ancestors {
		if !a.due.IsZero() && (next.IsZero() || a.due.Before(next)) {
			next = a.due
		}
	}
	return next
}

// drain waits for what is in flight. It goes on beating: the run says by itself
// whether it makes progress.
func (l *loop) drain() {
	timer := time.NewTicker(l.cfg.Tick)
	defer timer.Stop()
	for l.running != nil {
		l.beat()
		l.show(l.now())
		select {
		case o := <-l.ended:
			if took := l.now().Sub(l.began); o.panicked {
				l.report(l.running, o, took)
			} else {
				l.cfg.Log.Info("came to rest", l.field(l.running.unit), zap.Duration(keyTook, took), zap.Error(o.err))
			}
			l.running = nil
		case <-l.seen:
		case <-timer.C:
		}
	}
	close(l.quit)
	l.queue = nil
	l.show(l.now())
	if !l.looksEnd() {
		l.cfg.Log.Warn("a folder does not answer: the service stops without waiting for it")
	}
}

func (l *loop) looksEnd() bool {
	all := make(chan struct{})
	go func() { l.looks.Wait(); close(all) }()
	timer := time.NewTimer(looksPatience)
	defer timer.Stop()
	select {
	case <-all:
		return true
	case <-timer.C:
		return false
	}
}
