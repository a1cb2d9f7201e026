package daemon

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
)

// loop is one Serve: all the state of the scheduler, owned by one goroutine.
type loop struct {
	*Scheduler
	zone   *time.Location
	jobs   []*unit // in the order of the plan
	order  []*unit // the same, each behind those that it comes after
	chores []*unit

	caughtUp bool // what the last service left undone is queued

	queue   []*task
	running *task
	began   instant
	leaving map[*unit]bool // the new plan, which waits for the end of the run, has them not
	hold    instant        // nothing starts before: another process holds the lock
	ended   chan outcome

	clock    instant // of the last turn
	tellPlan bool    // what is planned changed
	untold   bool    // telling it failed, and the log says so

	requestsAt instant // when requests are looked at next
	deaf       bool    // looking at them failed, and the log says so
	strangers  map[string]bool

	seen  chan seen
	quit  chan struct{} // closed when nobody listens to looks any more
	looks sync.WaitGroup
}

func newLoop(s *Scheduler) *loop {
	return &loop{
		Scheduler: s, ended: make(chan outcome, 1), seen: make(chan seen), quit: make(chan struct{}),
		strangers: map[string]bool{},
	}
}

// units are the jobs in the order of After, then the chores.
func (l *loop) units(yield func(*unit) bool) {
	for _, u := range l.order {
		if !yield(u) {
			return
		}
	}
	for _, u := range l.chores {
		if !yield(u) {
			return
		}
	}
}

func (l *loop) field(u *unit) zap.Field {
	if u.chore != nil {
		return zap.String(keyChore, u.name())
	}
	return zap.String(keyJob, u.name())
}

func (l *loop) serve(ctx context.Context, p Plan) {
	l.clock = l.now()
	l.adopt(p, l.clock)
	var hints <-chan string
	if l.cfg.Hints != nil {
		hints = l.cfg.Hints.Changed()
	}
	for ctx.Err() == nil {
		now := l.turn(ctx)
		timer := time.NewTimer(l.pause(now))
		select {
		case <-ctx.Done():
		case o := <-l.ended:
			l.end(o)
		case s := <-l.seen:
			l.sighted(s)
		case folder, open := <-hints:
			if !open {
				hints = nil
			}
			l.hinted(folder)
		case <-l.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
	l.drain()
}

// now reads the wall clock, and follows it where it was set.
func (l *loop) now() instant { return l.cfg.Now().Round(0) }

// turn does all that is due now.
func (l *loop) turn(ctx context.Context) instant {
	now := l.now()
	l.beat()
	l.followClock(now)
	if l.running == nil {
		if p, ok := l.takePlan(); ok {
			l.adopt(p, now)
		}
	}
	l.leaving = l.leavers()
	l.collectRequests(ctx, now)
	l.collectDue(now)
	if !l.caughtUp {
		l.caughtUp = true
		l.catchUp(now)
	}
	l.collectArrivals(ctx, now)
	l.startNext(ctx, now)
	l.tellPlanned(ctx)
	l.show(now)
	return now
}

func (l *loop) beat() {
	if l.cfg.Pulse != nil {
		l.cfg.Pulse.Beat(PartScheduler)
	}
}

// followClock sees that the wall clock was set, or that the machine slept. Waits
// that are no matter of the wall clock (for a file to settle, for the lock, for a
// burst of requests) go on as if it had not been.
func (l *loop) followClock(now instant) {
	moved := now.Sub(l.clock)
	l.clock = now
	if moved >= 0 && moved <= l.cfg.Tick+late {
		return
	}
	l.cfg.Log.Info("the clock was set, or the machine slept", zap.Duration(keyMoved, moved))
	l.hold = shifted(l.hold, moved)
	l.requestsAt = now
	for u := range l.units {
		u.retryAt = shifted(u.retryAt, moved)
		u.asked.shift(moved)
		u.inbox.shift(moved, now)
		if moved < 0 {
			u.setBack(now, -moved, l.cfg.Chance)
		}
	}
	for _, t := range l.queue {
		t.at = now
	}
	l.tellPlan = true
}

func shifted(t instant, d time.Duration) instant {
	if t.IsZero() {
		return t
	}
	return t.Add(d)
}

// pause is how long nothing is due, at most a tick.
func (l *loop) pause(now instant) time.Duration {
	until := now.Add(l.cfg.Tick)
	sooner := func(t instant) {
		if !t.IsZero() && t.Before(until) {
			until = t
		}
	}
	if l.running == nil {
		sooner(l.hold)
	}
	for u := range l.units {
		if l.leaving[u] {
			continue
		}
		sooner(u.due)
		if l.runs(u) {
			continue // its other wishes wait for the end
		}
		sooner(u.retryAt)
		if !l.queued(u) {
			sooner(u.asked.ready())
		}
	}
	for _, u := range l.jobs {
		if u.watches() && !u.inbox.looking {
			sooner(u.inbox.lookAt)
		}
	}
	return max(until.Sub(now), 0)
}

// tellPlanned hands over what is planned, when that changed.
func (l *loop) tellPlanned(ctx context.Context) {
	if !l.tellPlan || ctx.Err() != nil {
		return
	}
	list := make([]Planned, 0, len(l.jobs))
	for _, u := range l.jobs {
		list = append(list, Planned{Job: u.name(), Schedule: u.job.Spec, Next: l.told(u.next()), Skipped: u.skipped})
	}
	err := l.work.Planned(ctx, list)
	l.tellPlan = err != nil
	if err != nil && !l.untold {
		l.cfg.Log.Warn("what is planned could not be told", zap.Error(err))
	}
	l.untold = err != nil
}

// told is t by the clock that people read.
func (l *loop) told(t instant) time.Time {
	if t.IsZero() || l.zone == nil {
		return t
	}
	return t.In(l.zone)
}

func (l *loop) show(now instant) {
	st := Status{Beat: now}
	for _, u := range l.jobs {
		st.Jobs = append(st.Jobs, l.statusOf(u))
	}
	for _, u := range l.chores {
		st.Chores = append(st.Chores, l.statusOf(u))
	}
	l.publish(st)
}

func (l *loop) statusOf(u *unit) UnitStatus {
	s := UnitStatus{
		Name: u.name(), Spec: u.job.Spec, Queued: l.queued(u), Next: l.told(u.next()), Last: u.last, Cause: u.cause,
		Skipped: u.skipped, Panics: u.panics, Blind: u.inbox.blind,
	}
	if l.runs(u) {
		s.Running = l.began
	}
	return s
}
