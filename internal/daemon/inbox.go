package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"
)

const (
	// hintPause gathers the hints of one change.
	hintPause = 200 * time.Millisecond
	// notReadyFirst and notReadyMost bound the waits before another try of an arrival
	// that was not ready.
	notReadyFirst = 5 * time.Second
	notReadyMost  = 5 * time.Minute
	// lookPatience is how long a look may take before the log says that it hangs.
	lookPatience = time.Minute
)

// lines are those of a sign.
type lines map[string]struct{}

func linesOf(sign string) lines {
	all := lines{}
	for line := range strings.Lines(sign) {
		all[strings.TrimSuffix(line, "\n")] = struct{}{}
	}
	return all
}

func (l lines) holds(others lines) bool {
	for line := range others {
		if _, ok := l[line]; !ok {
			return false
		}
	}
	return true
}

// inbox is what a job knows of its folder.
type inbox struct {
	lookAt  instant // when it looks next
	looking bool
	began   instant // when the look in flight began
	hung    bool    // it hangs, and the log says so
	blind   instant // since when looks fail

	judged  bool    // the first sign has been seen
	known   lines   // what lay there when the last arrival was taken
	sign    string  // what is settling
	since   instant // since when it has been the same; zero = nothing settles
	arrived bool    // settled, and waits for the end of the job's run
	before  lines   // what was known before it

	notReady string  // the arrival that was not ready
	again    instant // when it may be tried again
	pause    time.Duration
}

func (w *inbox) shift(d time.Duration, now instant) {
	w.lookAt, w.again, w.began = shifted(w.lookAt, d), shifted(w.again, d), shifted(w.began, d)
	if !w.since.IsZero() {
		w.since = now // a clock that jumps proves no rest
	}
}

// seen is what a look found.
type seen struct {
	unit     *unit
	sighting Sighting
	err      error
}

// collectArrivals starts the looks that are due, and queues what arrived while its
// job was running.
func (l *loop) collectArrivals(ctx context.Context, now instant) {
	for _, u := range l.order {
		w := &u.inbox
		if !u.watches() {
			continue
		}
		if w.arrived && !l.runs(u) {
			l.takeArrival(u, now)
		}
		if w.looking {
			if !w.hung && now.Sub(w.began) > lookPatience {
				w.hung, w.blind = true, w.began
				l.cfg.Log.Warn("the source's folder does not answer", l.field(u))
			}
			continue
		}
		if !now.Before(w.lookAt) {
			l.look(ctx, u, now)
		}
	}
}

// look looks beside the loop: a share whose server is gone holds up nobody else.
func (l *loop) look(ctx context.Context, u *unit, now instant) {
	w := &u.inbox
	w.looking, w.began, w.lookAt = true, now, now.Add(u.job.Watch)
	look, folders := u.job.Look, u.job.Folders
	l.looks.Go(func() {
		l.watchFolders(u.name(), folders)
		s, o := seen{unit: u}, outcome{}
		defer func() {
			s.err = o.err
			select {
			case l.seen <- s:
			case <-l.quit:
			}
		}()
		contain(ctx, &o, func(ctx context.Context) (err error) {
			s.sighting, err = look(ctx)
			return err
		})
	})
}

// watchFolders asks for hints anew at each look: a folder that was made again since
// is another one.
func (l *loop) watchFolders(job string, folders []string) {
	if l.cfg.Hints == nil {
		return
	}
	for _, f := range folders {
		if err := l.cfg.Hints.Watch(f); err != nil && !errors.Is(err, errToldAlready) {
			l.cfg.Log.Debug("no hints from this folder: it is looked at now and then", zap.String(keyJob, job), zap.String(keyFolder, f), zap.Error(err))
		}
	}
}

// hinted looks soon at the folder that may have changed.
func (l *loop) hinted(folder string) {
	soon := l.now().Add(hintPause)
	for _, u := range l.jobs {
		for _, f := range u.job.Folders {
			if f == folder && soon.Before(u.inbox.lookAt) {
				u.inbox.lookAt = soon
			}
		}
	}
}

// sighted judges what a look found.
func (l *loop) sighted(s seen) {
	now, u, w := l.now(), s.unit, &s.unit.inbox
	w.looking, w.hung = false, false
	if !slices.Contains(l.jobs, u) || !u.watches() {
		return // a new plan came meanwhile
	}
	if s.err != nil {
		if w.blind.IsZero() {
			w.blind = now
			l.cfg.Log.Warn("the source's folder cannot be looked at", l.field(u), zap.Error(s.err))
		}
		return
	}
	if !w.blind.IsZero() {
		w.blind = time.Time{}
		l.cfg.Log.Info("the source's folder can be looked at again", l.field(u))
	}
	found := linesOf(s.sighting.Sign)
	if !w.judged {
		w.judged = true
		if !s.sighting.Newest.After(u.last) {
			w.known = found
		}
	}
	switch {
	case w.known.holds(found):
		w.since = time.Time{}
	case w.since.IsZero() || w.sign != s.sighting.Sign:
		w.sign, w.since = s.sighting.Sign, now
		if w.notReady != w.sign {
			w.notReady, w.again, w.pause = "", time.Time{}, 0
		}
	}
	if w.since.IsZero() {
		return
	}
	if ripe := later(w.since.Add(u.job.Settle), w.again); now.Before(ripe) {
		w.lookAt = earlier(w.lookAt, ripe)
		return
	}
	if !w.arrived {
		w.before = w.known
	}
	w.known, w.since, w.arrived = found, time.Time{}, true
}

func later(a, b instant) instant {
	if a.Before(b) {
		return b
	}
	return a
}

// takeArrival queues a run for what arrived.
func (l *loop) takeArrival(u *unit, now instant) {
	w := &u.inbox
	t := l.enqueue(u, CauseArrival, now)
	if t.sign == "" {
		t.seen = w.before
	}
	t.sign = w.sign
	w.arrived, w.before = false, nil
}

// arrivalEnded forgets an arrival whose run found it not ready, so that the looks
// find it again after a pause.
func (u *unit) arrivalEnded(t *task, err error, now instant) {
	w := &u.inbox
	if t.sign == "" {
		return
	}
	var marked interface{ NotReady() bool }
	if !errors.As(err, &marked) || !marked.NotReady() {
		w.notReady, w.again, w.pause = "", time.Time{}, 0
		return
	}
	if w.arrived { // something newer waits for its run, which reads both
		w.before = t.seen
		return
	}
	w.pause = min(max(2*w.pause, u.job.Settle, notReadyFirst), notReadyMost)
	w.notReady, w.again, w.known = t.sign, now.Add(w.pause), t.seen
	w.lookAt = earlier(w.lookAt, w.again)
}
