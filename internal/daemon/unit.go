package daemon

import (
	"context"
	"time"
)

// instant is a time of the wall clock, without the monotonic reading that would
// hide its jumps.
type instant = time.Time

// late is how long after its time a run counts as missed, not as late.
const late = time.Minute

// unit is a job or a chore with what it has been through. It belongs to the loop.
type unit struct {
	job   Job
	chore func(context.Context) error // nil = a job
	known bool                        // was in a plan before

	occurrence instant // the schedule's next time; zero = none
	due        instant // the same with its jitter
	ran        instant // the schedule's last time that was taken, for small steps of the clock backwards
	fresh      bool    // due is reckoned from before the service started
	last       instant // when it last began
	cause      Cause
	skipped    int64
	panics     int64

	parents   []*unit // job.After
	ancestors []*unit // those and what comes before them

	retryAt instant // zero = no retry
	retries int
	asked   asked
	inbox   inbox
}

func (u *unit) name() string { return u.job.Name }

// follows reports whether it runs after each run of its predecessors.
func (u *unit) follows() bool {
	return u.chore == nil && u.job.Schedule == nil && !u.watches() && len(u.job.After) > 0
}

func (u *unit) watches() bool { return u.job.Look != nil && u.job.Watch > 0 }

// take gives the unit its place in a new plan.
func (u *unit) take(j Job, now instant, chance func() float64) {
	same := u.known && u.job.Spec == j.Spec && (u.job.Schedule == nil) == (j.Schedule == nil) && u.job.Jitter == j.Jitter
	old, known := u.job, u.known
	u.job, u.known = j, true
	if j.Last.After(u.last) {
		u.last = j.Last.Round(0)
	}
	if !u.watches() || old.Look == nil {
		u.inbox = inbox{looking: u.inbox.looking, began: u.inbox.began}
	}
	switch {
	case same && j.Schedule != nil && !zoneMoved(j.Schedule, now, u.occurrence):
		return
	case j.Schedule == nil:
		u.occurrence, u.due, u.fresh = time.Time{}, time.Time{}, false
	case known, u.last.IsZero(), u.last.After(now): // a clock that was ahead proves nothing missed
		u.plan(now, now, chance)
	default:
		u.plan(u.last, now, chance)
		u.fresh = !u.due.After(now)
	}
}

// zoneMoved reports whether a schedule of the same text means another time.
func zoneMoved(s Schedule, now, occurrence instant) bool {
	return !fromLast(s) && occurrence.After(now) && !s.Next(now).Equal(occurrence)
}

// plan sets the next time of the schedule after base. A time that passed long ago
// gets no jitter: it is late enough.
func (u *unit) plan(base, now instant, chance func() float64) {
	u.fresh = false
	u.occurrence = u.job.Schedule.Next(base).Round(0)
	u.due = u.occurrence
	if u.occurrence.IsZero() || u.job.Jitter <= 0 {
		return
	}
	window := u.job.Jitter
	if next := u.job.Schedule.Next(u.occurrence); !next.IsZero() {
		window = min(window, next.Sub(u.occurrence))
		if !next.After(now) {
			return
		}
	}
	u.due = u.occurrence.Add(time.Duration(chance() * float64(window)))
}

// setBack follows a clock that was set back by back: what was a moment ago and what
// is near stays as far away as it was, and the schedule is read anew.
func (u *unit) setBack(now instant, back time.Duration, chance func() float64) {
	if u.last.After(now) {
		u.last = now
	}
	if u.job.Schedule == nil {
		return
	}
	ran := u.ran
	u.ran = time.Time{}
	if fromLast(u.job.Schedule) {
		u.occurrence, u.due = u.occurrence.Add(-back), u.due.Add(-back)
		return
	}
	if next := u.job.Schedule.Next(now); back < 3*time.Hour && next.Equal(ran) {
		// The very time that was taken comes again: a correction of the clock is no
		// second night.
		u.ran = ran
		u.plan(ran, now, chance)
		return
	}
	u.plan(now, now, chance)
}

// next is when it runs by itself; zero = at no known time.
func (u *unit) next() instant {
	if !u.retryAt.IsZero() && (u.due.IsZero() || u.retryAt.Before(u.due)) {
		return u.retryAt
	}
	return u.due
}
