package daemon_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	"pgregory.net/rapid"

	"syncd/internal/daemon"
)

// field draws one field of a crontab line; star says whether it may begin with one.
func field(lo, hi int, star bool) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		kinds := []string{"n", "range", "step", "list"}
		if star {
			kinds = append(kinds, "star", "star", "each")
		}
		a, b := rapid.IntRange(lo, hi).Draw(t, "a"), rapid.IntRange(lo, hi).Draw(t, "b")
		a, b = min(a, b), max(a, b)
		switch rapid.SampledFrom(kinds).Draw(t, "kind") {
		case "range":
			return fmt.Sprintf("%d-%d", a, b)
		case "step":
			return fmt.Sprintf("%d-%d/%d", a, b, rapid.IntRange(1, 7).Draw(t, "step"))
		case "list":
			return fmt.Sprintf("%d,%d", a, b)
		case "star":
			return "*"
		case "each":
			return fmt.Sprintf("*/%d", rapid.IntRange(1, 7).Draw(t, "each"))
		default:
			return fmt.Sprint(a)
		}
	})
}

func line(t *rapid.T, starHours bool) string {
	return strings.Join([]string{
		field(0, 59, true).Draw(t, "minute"), field(0, 23, starHours).Draw(t, "hour"),
		field(1, 28, true).Draw(t, "day"), field(1, 12, true).Draw(t, "month"), field(0, 6, true).Draw(t, "weekday"),
	}, " ")
}

var changing = []string{"Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "Europe/Moscow", "Asia/Kolkata"}

// around draws a time near a change of the clocks, or any time.
func around(t *rapid.T, z *time.Location) time.Time {
	x := time.Unix(rapid.Int64Range(1262304000, 1830000000).Draw(t, "time"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).In(z)
	if _, end := x.ZoneBounds(); !end.IsZero() && rapid.Bool().Draw(t, "near a change") {
		x = end.Add(time.Duration(rapid.Int64Range(-4*3600, 4*3600).Draw(t, "seconds off")) * time.Second)
	}
	return x
}

func parse(t *rapid.T, spec string, z *time.Location) daemon.Schedule {
	s, err := daemon.ParseSchedule(spec, z)
	if err != nil {
		t.Fatalf("%q: %v", spec, err)
	}
	return s
}

func TestLawNextIsStrictlyLaterAndNothingIsPassedOver(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z, _ := time.LoadLocation(rapid.SampledFrom(changing).Draw(t, "zone"))
		spec := line(t, true)
		s, x := parse(t, spec, z), around(t, z)
		next := s.Next(x)
		if next.IsZero() {
			return
		}
		if !next.After(x) {
			t.Fatalf("%q after %v: %v", spec, x, next)
		}
		// Asked at any time between, it names the same time.
		between := x.Add(time.Duration(rapid.Float64Range(0, 0.999).Draw(t, "between") * float64(next.Sub(x))))
		if again := s.Next(between); !again.Equal(next) {
			t.Fatalf("%q after %v: %v, but after %v: %v", spec, x, next, between, again)
		}
	})
}

func TestLawFixedHoursComeOnceAtEachWallTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z, _ := time.LoadLocation(rapid.SampledFrom(changing).Draw(t, "zone"))
		spec := line(t, false)
		s, x := parse(t, spec, z), around(t, z)
		seen := map[string]time.Time{}
		for range 50 {
			if x = s.Next(x); x.IsZero() {
				return
			}
			wall := x.Format(time.DateTime)
			if before, twice := seen[wall]; twice {
				t.Fatalf("%q: at %v and at %v", spec, before, x)
			}
			seen[wall] = x
		}
	})
}

// Samoa had no 30 December 2011: what was due then comes on the 31st, beside that
// day's own.
func missesADay(zone string) bool { return zone == "Pacific/Apia" }

func TestLawEveryDayHasItsDailyRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z, _ := time.LoadLocation(rapid.SampledFrom(slices.DeleteFunc(slices.Clone(changing), missesADay)).Draw(t, "zone"))
		spec := fmt.Sprintf("%d %d * * *", rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 23).Draw(t, "hour"))
		s, x := parse(t, spec, z), around(t, z)
		x = s.Next(x)
		for range 400 {
			next := s.Next(x)
			day := time.Date(x.Year(), x.Month(), x.Day()+1, 12, 0, 0, 0, z)
			if next.YearDay() != day.YearDay() {
				t.Fatalf("%q: %v, then %v", spec, x, next)
			}
			x = next
		}
	})
}

func TestLawWithoutChangesOfTheClockItIsCron(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		z := time.FixedZone("", rapid.IntRange(-12*4, 14*4).Draw(t, "quarters")*900)
		spec := rapid.OneOf(rapid.Custom(func(t *rapid.T) string { return line(t, true) }),
			rapid.SampledFrom([]string{"@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@midnight", "@every 7m", "0 0 29 2 *", "0 12 31 * mon-fri"})).Draw(t, "line")
		plain, err := cron.ParseStandard(spec)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := plain.(*cron.SpecSchedule); ok {
			p.Location = z
		}
		s, x := parse(t, spec, z), around(t, z)
		for range 10 {
			got, want := s.Next(x), plain.Next(x)
			if !got.Equal(want) {
				t.Fatalf("%q after %v: %v, cron says %v", spec, x, got, want)
			}
			if x = got; x.IsZero() {
				return
			}
		}
	})
}
