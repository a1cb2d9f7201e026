package config

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	"gopkg.in/yaml.v3"
)

// Cron says when something is due: five fields as in crontab(5), @daily and its
// like, or @every 10m. Empty: never by itself.
type Cron string

func (v *Cron) decode(d *decoder, n *yaml.Node, path string) {
	const want = `"*/15 8-20 * * 1-5" | "@daily" | "@every 10m"`
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	*v = Cron(text)
	if text == "" {
		return
	}
	if s := v.schedule(); s == nil || s.Next(anyDay).IsZero() { // the 30th of February never comes
		*v = ""
		d.bad(n, path, text, want)
	}
}

// anyDay is where schedules are measured from: they must read the same whenever
// a configuration is loaded.
var anyDay = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// schedule is nil when there is none, or the text is none.
func (v Cron) schedule() cron.Schedule {
	text := string(v)
	if strings.Contains(text, "TZ=") && !strings.Contains(text, " ") {
		return nil // the parser panics on a zone without a schedule
	}
	s, err := cron.ParseStandard(text)
	if err != nil {
		return nil
	}
	return s
}

// Due reports whether a time of the schedule has come since last, by the clock of
// now's zone.
func (v Cron) Due(last, now time.Time) bool {
	s := v.schedule()
	return s != nil && !s.Next(last.In(now.Location())).After(now)
}

// shortest is the least time between two of its next times; 0 when it is empty.
func (v Cron) shortest() time.Duration {
	s := v.schedule()
	if s == nil {
		return 0
	}
	const looked = 200 // more than a day of quarters of an hour
	var least time.Duration
	at := s.Next(anyDay)
	for range looked {
		next := s.Next(at)
		if next.IsZero() {
			break
		}
		if gap := next.Sub(at); least == 0 || gap < least {
			least = gap
		}
		at = next
	}
	return least
}
