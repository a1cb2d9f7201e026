package daemon

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// People who settle holds do so in bursts: a run starts when they have paused, or
// when the first of them has waited long enough.
const (
	askedPause = 10 * time.Second
	askedLong  = time.Minute
)

// asked is what people asked of a job, and when that was first seen here: a clock
// that was set makes nobody wait for it.
type asked struct {
	oldest, newest             instant
	oldestSeenAt, newestSeenAt instant
}

func (a *asked) shift(d time.Duration) {
	a.oldestSeenAt, a.newestSeenAt = shifted(a.oldestSeenAt, d), shifted(a.newestSeenAt, d)
}

// ready is when a run may start; zero = nobody asked.
func (a *asked) ready() instant {
	if a.newest.IsZero() {
		return time.Time{}
	}
	pause := earlier(a.newest, a.newestSeenAt).Add(askedPause)
	return earlier(pause, earlier(a.oldest, a.oldestSeenAt).Add(askedLong))
}

func earlier(a, b instant) instant {
	if b.Before(a) {
		return b
	}
	return a
}

// note takes what is asked now; requests are those of one job that are not served.
func (a *asked) note(requests []instant, now instant) {
	if len(requests) == 0 {
		*a = asked{}
		return
	}
	oldest, newest := requests[0], requests[0]
	for _, r := range requests {
		if r.Before(oldest) {
			oldest = r
		}
		if r.After(newest) {
			newest = r
		}
	}
	if a.newest.IsZero() {
		a.oldestSeenAt = now
	}
	if !newest.Equal(a.newest) {
		a.newestSeenAt = now
	}
	a.oldest, a.newest = oldest, newest
}

// collectRequests looks at what people asked for, and queues the jobs whose burst
// is over. A job that runs is left to its end.
func (l *loop) collectRequests(ctx context.Context, now instant) {
	if !now.Before(l.requestsAt) || l.burstOver(now) {
		l.requestsAt = now.Add(l.cfg.Tick)
		l.readRequests(ctx, now)
	}
	for _, u := range l.order {
		if ready := u.asked.ready(); !ready.IsZero() && !ready.After(now) && !l.runs(u) && !l.queued(u) {
			u.asked = asked{}
			l.enqueue(u, CauseRequest, now)
		}
	}
}

// burstOver reports whether a run would start now, so that the newest request has
// to be known.
func (l *loop) burstOver(now instant) bool {
	for _, u := range l.jobs {
		if ready := u.asked.ready(); !ready.IsZero() && !ready.After(now) && !l.runs(u) && !l.queued(u) {
			return true
		}
	}
	return false
}

func (l *loop) readRequests(ctx context.Context, now instant) {
	list, err := l.work.Requests(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		if !l.deaf {
			l.cfg.Log.Warn("requests could not be read", zap.Error(err))
		}
		l.deaf = true
		return
	}
	l.deaf = false
	open := map[string][]instant{}
	for _, r := range list {
		open[r.Job] = append(open[r.Job], r.At.Round(0))
	}
	for _, u := range l.jobs {
		var unserved []instant
		for _, at := range open[u.name()] {
			if at.After(u.last) {
				unserved = append(unserved, at)
			}
		}
		u.asked.note(unserved, now)
		delete(open, u.name())
	}
	for job := range open {
		if !l.strangers[job] {
			l.cfg.Log.Warn("a run was asked of a job that is not in the configuration", zap.String(keyJob, job))
		}
		l.strangers[job] = true
	}
}
