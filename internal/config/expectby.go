package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// ExpectBy is when an export is expected, on some or all days of the week,
// written 09:00 or 09:00 1-5. The zero value expects none.
type ExpectBy struct {
	hour, minute int
	days         uint8 // bit 0 is Sunday; 0: not given
	text         string
}

const (
	everyDay     = 1<<7 - 1
	wantExpectBy = `"09:00" | "09:00 1-5" | "09:00 mon,wed,fri"`
)

// ParseExpectBy reads a time of the day, and the days of the week as crontab(5)
// writes them: 0 to 7 (0 and 7 are Sunday), names, ranges and lists.
func ParseExpectBy(text string) (e ExpectBy, ok bool) {
	parts := strings.Fields(text)
	if len(parts) < 1 || len(parts) > 2 {
		return ExpectBy{}, false
	}
	clock, err := time.Parse("15:04", parts[0])
	if err != nil {
		return ExpectBy{}, false
	}
	e = ExpectBy{hour: clock.Hour(), minute: clock.Minute(), days: everyDay, text: strings.Join(parts, " ")}
	if len(parts) == 2 {
		if e.days, ok = parseDays(parts[1]); !ok {
			return ExpectBy{}, false
		}
	}
	return e, true
}

func parseDays(text string) (days uint8, ok bool) {
	if text == "*" {
		return everyDay, true
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, ok := weekday(from)
		last := first
		if isRange && ok {
			last, ok = weekday(to)
			if last == 0 { // fri-sun is fri-7
				last = 7
			}
		}
		if !ok || first > last {
			return 0, false
		}
		for day := first; day <= last; day++ {
			days |= 1 << (day % 7)
		}
	}
	return days, true
}

// weekday is 0 to 7.
func weekday(text string) (day int, ok bool) {
	if day = slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, strings.ToLower(text)); day >= 0 {
		return day, true
	}
	day, err := strconv.Atoi(text)
	return day, err == nil && day >= 0 && day <= 7 && len(text) == 1
}

func (e *ExpectBy) decode(d *decoder, n *yaml.Node, path string) {
	text, ok := d.scalar(n, path, wantExpectBy)
	if !ok || text == "" {
		return
	}
	parsed, ok := ParseExpectBy(text)
	if !ok {
		d.bad(n, path, text, wantExpectBy)
		return
	}
	*e = parsed
}

// IsZero reports whether no export is expected.
func (e ExpectBy) IsZero() bool { return e.days == 0 }

// String is the text of the configuration; empty for the zero value.
func (e ExpectBy) String() string { return e.text }

// Previous is the last moment up to now at which an export was expected, and the
// one before it, in now's zone. Where the clock skips the time, it is the moment
// of the change; where the time comes twice, the first. Both are zero when no
// export is expected.
func (e ExpectBy) Previous(now time.Time) (last, before time.Time) {
	for back := 0; back <= 15 && !e.IsZero(); back++ { // one day of the week comes twice in 15 days
		at := e.on(now, -back)
		if at.IsZero() || at.After(now) {
			continue
		}
		if last.IsZero() {
			last = at
			continue
		}
		return last, at
	}
	return last, before
}

// Next is the first moment after now at which an export is expected, in now's
// zone; zero when none is.
func (e ExpectBy) Next(now time.Time) time.Time {
	for ahead := 0; ahead <= 8 && !e.IsZero(); ahead++ {
		if at := e.on(now, ahead); at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// LateSince is since when an export is missing: fresh is when the newest one was
// written (zero: there was none). An export serves the first moment after it, and
// none later. Zero: none is missing, or none is expected.
func (e ExpectBy) LateSince(fresh, now time.Time) time.Time {
	last, before := e.Previous(now)
	if last.IsZero() || fresh.After(before) {
		return time.Time{}
	}
	if fresh.IsZero() {
		return last
	}
	served := e.Next(fresh.In(now.Location()).Add(-time.Nanosecond))
	return e.Next(served)
}

// on is the moment on the day that many days from now's; zero when none is
// expected on it.
func (e ExpectBy) on(now time.Time, days int) time.Time {
	year, month, day := now.Date()
	wall := time.Date(year, month, day+days, e.hour, e.minute, 0, 0, time.UTC)
	if e.days&(1<<wall.Weekday()) == 0 {
		return time.Time{}
	}
	return moment(wall, now.Location())
}

// moment is when the clocks of a zone first show what wall shows, or the change
// of the clock that skips it. time.Date does not say which of two it takes.
func moment(wall time.Time, zone *time.Location) time.Time {
	at := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, zone)
	start, end := at.ZoneBounds()
	switch shown := shows(at); {
	case shown.After(wall): // reckoned with the offset before the change: it lies behind it
		return start
	case shown.Before(wall):
		return end
	}
	if start.IsZero() {
		return at
	}
	_, offset := at.Zone()
	_, earlier := start.Add(-time.Nanosecond).Zone()
	if first := at.Add(time.Duration(offset-earlier) * time.Second); first.Before(start) && shows(first).Equal(wall) {
		return first
	}
	return at
}

// shows is what the clock on the wall shows, as a time in UTC.
func shows(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
