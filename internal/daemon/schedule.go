package daemon

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// ParseSchedule reads five fields as in crontab(5), "@daily" and its like, or
// "@every 15m". Times are wall times of zone (nil = UTC), unless the text begins
// with CRON_TZ=.
//
// When the clocks are changed: a time at fixed hours that is leapt over comes
// once, right after the leap, and one that comes twice counts the first time. With
// hours that begin with a star, and with @every, real time counts.
func ParseSchedule(spec string, zone *time.Location) (Schedule, error) {
	if zone == nil {
		zone = time.UTC
	}
	text := strings.TrimSpace(spec)
	named := strings.HasPrefix(text, "TZ=") || strings.HasPrefix(text, "CRON_TZ=")
	if named && !strings.ContainsRune(text, ' ') { // the parser would panic
		return nil, fmt.Errorf("schedule %q: no fields", spec)
	}
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", spec, err)
	}
	switch s := parsed.(type) {
	case cron.ConstantDelaySchedule:
		return interval(s.Delay), nil
	case *cron.SpecSchedule:
		if named && s.Location != time.Local {
			zone = s.Location
		}
		if named {
			_, text, _ = strings.Cut(text, " ")
		}
		walls := *s
		walls.Location = time.UTC // wall times are reckoned as if they were UTC, where no clock is ever changed
		if walls.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
			return nil, fmt.Errorf("schedule %q: %w", spec, errNever)
		}
		if starHours(text) {
			return realTime{walls: &walls, zone: zone}, nil
		}
		return wallTime{walls: &walls, zone: zone}, nil
	default:
		return nil, fmt.Errorf("schedule %q: unknown kind %T", spec, parsed)
	}
}

var errNever = errors.New("there is no such day")

// starHours reports whether the hours of a crontab line are any hours, or each nth.
func starHours(text string) bool {
	if strings.HasPrefix(text, "@") {
		return strings.HasPrefix(text, "@hourly")
	}
	fields := strings.Fields(text)
	for part := range strings.SplitSeq(fields[1], ",") {
		if strings.HasPrefix(part, "*") || strings.HasPrefix(part, "?") {
			return true
		}
	}
	return false
}

// interval is "@every": it counts from the last run.
type interval time.Duration

// Next implements Schedule.
func (d interval) Next(t time.Time) time.Time {
	return cron.ConstantDelaySchedule{Delay: time.Duration(d)}.Next(t)
}

// fromLast reports whether a schedule counts from the last run.
func fromLast(s Schedule) bool {
	switch s.(type) {
	case interval, cron.ConstantDelaySchedule:
		return true
	}
	return false
}

// wallTime is a schedule at fixed hours: each of its wall times comes once.
type wallTime struct {
	walls *cron.SpecSchedule // in UTC
	zone  *time.Location
}

// Next implements Schedule. The instants of growing wall times never decrease (the
// first of two counts, and all that are leapt over come right after the leap), and the
// wall time of t itself is never after t, so the search may begin there.
func (s wallTime) Next(t time.Time) time.Time {
	t = t.In(s.zone)
	for wall := s.walls.Next(wallOf(t)); !wall.IsZero(); wall = s.walls.Next(wall) {
		if at := firstInstant(wall, s.zone); at.After(t) {
			return at
		}
	}
	return time.Time{}
}

// realTime is a schedule at any hours: it comes at each instant whose wall time
// fits, also twice at one wall time.
type realTime struct {
	walls *cron.SpecSchedule // in UTC
	zone  *time.Location
}

// Next implements Schedule. Between two changes of the clock, wall time and real
// time differ by a constant.
func (s realTime) Next(t time.Time) time.Time {
	t = t.In(s.zone)
	for {
		wall := s.walls.Next(wallOf(t))
		if wall.IsZero() {
			return time.Time{}
		}
		_, end := t.ZoneBounds()
		at := wall.Add(-offset(t)).In(s.zone)
		if end.IsZero() || at.Before(end) {
			return at
		}
		// An instant before the change, read by the clock of after it, so that a time
		// at the very change is found.
		before := wallOf(end).Add(-time.Second)
		if wall = s.walls.Next(before); wall.IsZero() {
			return time.Time{}
		}
		at = wall.Add(-offset(end)).In(s.zone)
		if _, next := end.ZoneBounds(); next.IsZero() || at.Before(next) {
			return at
		}
		t = end
	}
}

// wallOf is what the clock on the wall shows at t, as if it were UTC.
func wallOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// firstInstant is the first instant at which the clock shows wall; when it never
// does, the instant of the leap over it.
func firstInstant(wall time.Time, zone *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	start, end := at.ZoneBounds()
	switch shown := wallOf(at); {
	case shown.After(wall):
		return start
	case shown.Before(wall):
		return end
	}
	if start.IsZero() {
		return at
	}
	if earlier := wall.Add(-offset(start.Add(-time.Second))).In(zone); earlier.Before(start) {
		return earlier
	}
	return at
}
