package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"go.uber.org/zap"

	"syncd/internal/state"
)

// tendEvery is how often the service looks whether people did something beside it;
// attendEvery is how often it looks at where the jobs stand at the latest; liveEvery is
// how often it says in the state that it lives, also when there is nothing else to say.
const (
	tendEvery   = time.Minute
	attendEvery = time.Hour
	liveEvery   = 5 * time.Minute
)

// tend does what follows runs, beside them: notifications, the page, the line that
// systemd shows, the sign of life in the state.
func (s *service) tend(ctx context.Context) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	last, seen := s.now(), time.Now()
	sign := &stateSign{path: string(s.current().cfg.State), every: attendEvery}
	lived := last
	for due, page := true, true; ; {
		switch quiet := s.now().Sub(lived).Abs(); {
		case s.lost() != nil:
		case due:
			s.attend(ctx, page, sign)
			lived = s.now()
		case quiet >= s.life:
			s.live(ctx, time.Time{})
			sign.seen(s.now())
			lived = s.now()
		}
		moment := s.nextMoment(s.now())
		select {
		case <-ctx.Done():
			s.live(context.WithoutCancel(ctx), s.now())
			return
		case <-s.changed:
			due, page = true, true
		case <-tick.C:
			now := s.now()
			s.watchClock(now.Round(0).Sub(last.Round(0)) - time.Since(seen)) //nolint:forbidigo // the passage of time, which nobody sets
			last, seen = now, time.Now()
			due, page = sign.changed(now) || !moment.IsZero() && !now.Before(moment), false
		}
	}
}

// clockSlack is by how much the wall clock may differ from the passage of time within
// a look: what time servers correct is far less.
const clockSlack = time.Minute

// watchClock says that the wall clock was set, or the machine slept: by so much it went
// on more than the time that passed.
func (s *service) watchClock(jump time.Duration) {
	if jump.Abs() > clockSlack {
		s.metrics.ClockJump()
		s.current().log.Warn("the clock was set, or the machine slept", zap.Duration("moved", jump))
	}
}

// nextMoment is when something is worth looking at for the clock's sake alone: an
// export that should be there by then, a digest, a channel that is tried again. Zero =
// never.
func (s *service) nextMoment(now time.Time) time.Time {
	defer s.contain("next moment")
	in := s.current()
	cfg := in.cfg
	now = now.In(cfg.Timezone.Location)
	var next time.Time
	sooner := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if cfg.Notify != nil {
		sooner(in.teller.retry())
	}
	for _, j := range cfg.Jobs {
		if !j.ExpectBy.IsZero() {
			sooner(j.ExpectBy.Next(now))
		}
	}
	if cfg.Notify != nil && cfg.Notify.Digest != "" {
		if digest := s.scheduled(in, string(cfg.Notify.Digest), cfg.Timezone.Location); digest != nil {
			sooner(digest.Next(now))
		}
	}
	return next
}

// attend looks once. page: the page is written, too.
// What is written to the state from the begin on is looked at again, by sign.
func (s *service) attend(ctx context.Context, page bool, sign *stateSign) {
	defer s.contain("attend")
	in := *s.current()
	in.plains = nil
	s.live(ctx, time.Time{})
	sign.seen(s.now())
	if page {
		s.complain(ctx, "page", in.writeReport(ctx))
	}
	s.complain(ctx, "notifications", in.tellChanges(ctx, s.now()))
	line, err := in.statusLine(ctx)
	if s.complain(ctx, "status", err); err == nil {
		s.systemd.Status(line)
	}
}

// contain ends a panic beside the runs: people are told less then, and runs go on.
func (s *service) contain(part string) {
	if p := recover(); p != nil {
		s.current().log.Error("panic", zap.String(logPart, part), zap.String("error", panicText(p)), zap.ByteString("stack", debug.Stack()))
	}
}

// complain logs an error that ends nothing, unless the service is being stopped. One
// that stays the same is logged once, until the part works again.
func (s *service) complain(ctx context.Context, part string, err error) {
	s.mu.Lock()
	before := s.complaints[part]
	delete(s.complaints, part)
	if err != nil {
		s.complaints[part] = err.Error()
	}
	s.mu.Unlock()
	if err != nil && ctx.Err() == nil && err.Error() != before {
		s.current().log.Error("a part of the service does not work", append(s.app.worded(err), zap.String(logPart, part))...)
	}
}

// live tells the state that the service lives; with a time, that it ended.
func (s *service) live(ctx context.Context, stopped time.Time) {
	addr, lerr := s.http.Listening()
	s.mu.Lock()
	me := state.Service{
		PID: os.Getpid(), Version: versionOf(), Started: s.started, Seen: s.now(), Stopped: stopped,
		Listening: addr, Reloaded: s.reloaded, Refused: s.refused,
	}
	s.mu.Unlock()
	if lerr != nil {
		me.Listening = ""
	}
	err := s.db.SaveService(ctx, me)
	if err != nil {
		s.metrics.StateError()
	}
	s.complain(ctx, "state", s.app.stateFault(err))
}

// statusLine is where the jobs stand, in the one line that `systemctl status` has room for.
func (in *installation) statusLine(ctx context.Context) (string, error) {
	jobs, err := in.db.Status(ctx, "")
	if err != nil {
		return "", err
	}
	var parts []string
	var held, halted int64
	for i := range jobs {
		j := &jobs[i]
		if c := in.cfg.Jobs[j.Job]; c == nil || c.CRM != j.CRM || string(c.Entity) != j.Entity {
			continue
		}
		waiting := heldOf(j)
		held += waiting.decisions()
		last, err := in.ended(ctx, j)
		if err != nil {
			return "", err
		}
		halted += int64(len(j.Halts) + len(last.Turned))
		part := j.Job + ": " + in.app.say(statusPhrase(j.LastStatus)) + " " + in.clockTime(j.LastStarted)
		if !j.NextRun.IsZero() {
			part += fmt.Sprintf(in.app.say(phrase{", next %s", ", дальше %s"}), in.clockTime(j.NextRun))
		}
		parts = append(parts, part)
	}
	if held+halted > 0 {
		needs := fmt.Sprintf(in.app.say(phrase{"needs you: halted %d, held %d", "ждут вас: остановок %d, записей %d"}), halted, held)
		parts = append([]string{needs}, parts...)
	}
	if len(parts) == 0 {
		return in.app.say(phrase{"nothing ran yet", "запусков ещё не было"}), nil
	}
	return strings.Join(parts, " · "), nil
}

// clockTime is a time of day, with the date when it is not today's.
func (in *installation) clockTime(t time.Time) string {
	zone := in.cfg.Timezone.Location
	t, now := t.In(zone), in.app.clock()().In(zone)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("02.01 15:04")
}
