package main

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"syncd/internal/daemon"
	"syncd/internal/message"
)

// nextTimesShown is how many of its next times a schedule is shown with.
const nextTimesShown = 3

// planFound is when the service runs a job.
type planFound struct {
	Schedule string      `json:"schedule,omitempty"`
	Words    string      `json:"-"`
	Next     []time.Time `json:"next,omitempty"`
	Watch    string      `json:"watch,omitempty"` // the folder that is looked at
	Every    string      `json:"watch_every,omitempty"`
	After    []string    `json:"after,omitempty"`
	ExpectBy string      `json:"expect_by,omitempty"`
	Expected time.Time   `json:"next_expected,omitzero"`
	Changes  []string    `json:"clock_changes,omitempty"` // days on which the clock skips or repeats a time of the schedule
	idle     bool
	zone     string
}

// checkPlan tells when the service will run a job.
func (in *installation) checkPlan(name string, c *checkup) {
	j, zone := in.cfg.Jobs[name], in.cfg.Timezone.Location
	now := in.app.clock()().In(zone)
	p := &planFound{After: j.After, ExpectBy: j.ExpectBy.String(), Expected: j.ExpectBy.Next(now), idle: !startsItself(in.cfg, name), zone: zone.String()}
	c.Plan = p
	if j.Schedule != "" {
		p.schedule(in.app, string(j.Schedule), now)
	}
	if j.Watch == 0 {
		return
	}
	dir := filepath.Dir(string(in.cfg.Sources[j.Source].CSV.Path))
	p.Watch, p.Every = in.shown(dir), j.Watch.Std().String()
	if strings.ContainsAny(dir, "*?[") {
		return // several folders; those that are there were read above
	}
	if _, err := os.ReadDir(dir); err != nil {
		c.problem(fault(exitSource, err, message.ConfigNoReading, message.S("dir", dir), message.S("key", "jobs."+name+".watch"),
			message.S("user", userName()), message.S("cause", in.app.errnoText(err))))
	}
}

func (p *planFound) schedule(a *app, spec string, now time.Time) {
	p.Schedule, p.Words = spec, scheduleWords(a, spec)
	s, err := daemon.ParseSchedule(spec, now.Location())
	if err != nil {
		return // the configuration was loaded, so it can be read
	}
	for at := s.Next(now); !at.IsZero() && len(p.Next) < nextTimesShown; at = s.Next(at) {
		p.Next = append(p.Next, at)
	}
	p.Changes = clockChanges(a, spec, now)
}

// rows adds what was found to the table of a checkup; a nil plan adds nothing.
func (p *planFound) rows(t *table, in *installation) {
	if p == nil {
		return
	}
	say, now := in.app.say, in.app.clock()()
	name := say(phrase{"runs", "запуск"})
	row := func(text string) {
		t.row(name, text)
		name = ""
	}
	if p.idle {
		row(say(phrase{"by hand only: no schedule, watch or after", "только вручную: нет schedule, watch и after"}))
	}
	if p.Schedule != "" {
		row(p.Words)
		row(fmt.Sprintf(say(phrase{"next: %s (%s)", "ближайшие: %s (%s)"}), in.nearTimes(p.Next, now), p.zone))
	}
	for _, text := range p.Changes {
		row(text)
	}
	if p.Watch != "" {
		row(fmt.Sprintf(say(phrase{"when an export arrives in %s, looked at every %s", "когда придёт выгрузка в %s, проверка раз в %s"}), p.Watch, p.Every))
	}
	if len(p.After) > 0 {
		row(say(phrase{"after ", "после "}) + strings.Join(p.After, ", "))
	}
	if p.ExpectBy != "" {
		t.row(say(phrase{"expected", "ожидается"}), fmt.Sprintf(say(phrase{
			"a fresh export by %s, next %s; a missing one is an alert", "свежая выгрузка к %s, ближайшая %s; нет — тревога",
		}), p.ExpectBy, in.nearTimes([]time.Time{p.Expected}, now)))
	}
}

// nearTimes are times that follow each other; a date stands where it changes.
func (in *installation) nearTimes(list []time.Time, now time.Time) string {
	day := now.In(in.cfg.Timezone.Location).Format(time.DateOnly)
	parts := make([]string, 0, len(list))
	for _, at := range list {
		at = at.In(in.cfg.Timezone.Location)
		form := "15:04"
		if d := at.Format(time.DateOnly); d != day {
			day, form = d, "2006-01-02 15:04"
		}
		parts = append(parts, at.Format(form))
	}
	return orDash(strings.Join(parts, ", "))
}

// clockChanges tells of the days within a year on which the clock of the zone
// skips or repeats a time of a schedule at fixed hours.
func clockChanges(a *app, spec string, now time.Time) []string {
	if !fixedHours(spec) {
		return nil
	}
	walls, err := daemon.ParseSchedule(spec, time.UTC)
	if err != nil {
		return nil
	}
	const look = 366 * 24 * time.Hour
	var out []string
	for at := now; ; {
		_, change := at.ZoneBounds()
		if change.IsZero() || change.Sub(now) > look {
			return out
		}
		before, after := asShown(change.Add(-time.Second)).Add(time.Second), asShown(change)
		from, to := before, after // skipped
		text := phrase{"on %s the clock skips %s: that run begins right after, at %s", "%s часы перескакивают %s: этот запуск начнётся сразу после, в %s"}
		if after.Before(before) {
			from, to = after, before
			text = phrase{"on %s %s comes twice: that run begins the first time (the clock goes back to %s)", "%s время %s наступает дважды: запуск — в первый раз (часы отводят на %s)"}
		}
		if hit := walls.Next(from.Add(-time.Second)); !hit.IsZero() && hit.Before(to) {
			out = append(out, fmt.Sprintf(a.say(text), from.Format(time.DateOnly), hit.Format("15:04"), after.Format("15:04")))
		}
		at = change
	}
}

// asShown is what the clock shows, as a time in UTC.
func asShown(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// userName is the user that a command acts as.
func userName() string {
	id := strconv.Itoa(os.Geteuid())
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return id
}
