package daemon

import (
	"slices"
	"time"

	"go.uber.org/zap"
)

// task is a unit that waits for its turn.
type task struct {
	unit  *unit
	cause Cause
	at    instant // the time that it stands for: those of one time go in the order of After
	busy  bool    // the lock was held when its turn came, and the log says so
	sign  string  // the arrival that it is to read; "" = none
	seen  lines   // what was known before that arrival
}

// queued reports whether the unit waits.
func (l *loop) queued(u *unit) bool { return l.waiting(u) != nil }

func (l *loop) waiting(u *unit) *task {
	for _, t := range l.queue {
		if t.unit == u {
			return t
		}
	}
	return nil
}

func (l *loop) runs(u *unit) bool { return l.running != nil && l.running.unit == u }

// enqueue puts the unit into the queue; one that waits already is waited for by
// both causes.
func (l *loop) enqueue(u *unit, cause Cause, at instant) *task {
	if t := l.waiting(u); t != nil {
		return t
	}
	t := &task{unit: u, cause: cause, at: at}
	l.queue = append(l.queue, t)
	return t
}

// collectDue queues what is due. A time that comes while its own run is on is
// skipped and counted.
func (l *loop) collectDue(now instant) {
	for u := range l.units {
		if l.leaving[u] {
			continue // its times are no longer due, and none is skipped
		}
		if !u.due.IsZero() && !u.due.After(now) {
			l.fire(u, now)
		}
		if !u.retryAt.IsZero() && !u.retryAt.After(now) && !l.runs(u) {
			u.retryAt = time.Time{}
			l.enqueue(u, CauseRetry, now)
		}
	}
}

func (l *loop) fire(u *unit, now instant) {
	cause := CauseSchedule
	if u.fresh || now.Sub(u.due) > late {
		cause = CauseMissed
	}
	u.ran = u.occurrence
	if l.runs(u) {
		u.skipped++
		l.cfg.Log.Info("skipped: still running", l.field(u), zap.Int64(keySkipped, u.skipped))
	} else {
		l.enqueue(u, cause, u.occurrence)
	}
	u.plan(now, now, l.cfg.Chance)
	l.tellPlan = true
}

// pick takes the task whose turn it is; nil = none. Jobs go before chores, jobs of
// one time in the order of After, all else in the order in which they came.
func (l *loop) pick(now instant) *task {
	chosen := -1
	for i, t := range l.queue {
		if t.unit.chore == nil && !l.mustWait(t, now) {
			chosen = i
			break
		}
	}
	if chosen < 0 {
		chosen = slices.IndexFunc(l.queue, func(t *task) bool { return t.unit.chore != nil })
		if chosen < 0 || slices.ContainsFunc(l.queue, func(t *task) bool { return t.unit.chore == nil }) {
			return nil
		}
	}
	t := l.queue[chosen]
	l.queue = slices.Delete(l.queue, chosen, chosen+1)
	return t
}

// mustWait reports whether a job that goes first at the same time waits too, be it
// for its turn or for the end of its jitter.
func (l *loop) mustWait(t *task, now instant) bool {
	for _, a := range t.unit.ancestors {
		if w := l.waiting(a); w != nil && !w.at.After(t.at) {
			return true
		}
		if !a.occurrence.IsZero() && !a.occurrence.After(t.at) && !a.occurrence.After(now) {
			return true
		}
	}
	return false
}

// followers queues the jobs that run after ended. One that comes after several waits
// in the queue for those of them that are there already, so it runs once for all.
func (l *loop) followers(ended *unit, now instant) {
	for _, u := range l.order {
		if u.follows() && slices.Contains(u.parents, ended) {
			l.enqueue(u, CauseAfter, now)
		}
	}
}

// catchUp queues the jobs whose predecessors have run since they last did: the
// service was stopped in between.
func (l *loop) catchUp(now instant) {
	for _, u := range l.order {
		if !u.follows() || u.last.IsZero() {
			continue
		}
		for _, p := range u.parents {
			if p.last.After(u.last) && !p.last.After(now) {
				l.enqueue(u, CauseMissed, now)
			}
		}
	}
}
