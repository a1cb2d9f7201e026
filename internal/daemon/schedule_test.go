package daemon_test

import (
	"testing"
	"time"
	_ "time/tzdata"

	"syncd/internal/daemon"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	x, err := time.Parse("2006-01-02T15:04:05Z07:00", text)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestClocksAreChanged(t *testing.T) {
	t.Parallel()
	const leap, twice = "2026-03-29T00:00:00+01:00", "2026-10-25T00:00:00+02:00"
	for name, c := range map[string]struct {
		spec, from string
		zone       string
		want       []string
	}{
		"fixed hour, leapt over: once, right after the leap": {"30 2 * * *", leap, "Europe/Berlin", []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}},
		"fixed hour, twice: once":                            {"30 2 * * *", twice, "Europe/Berlin", []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		"several times in the hour leapt over: once":         {"*/20 2 * * *", leap, "Europe/Berlin", []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"}},
		"several times in the hour that comes twice: each once": {
			"*/20 2 * * *", twice, "Europe/Berlin",
			[]string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:20:00+02:00", "2026-10-25T02:40:00+02:00", "2026-10-26T02:00:00+01:00"},
		},
		"a range of hours is fixed": {
			"30 1-3 * * *", leap, "Europe/Berlin",
			[]string{"2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00", "2026-03-30T01:30:00+02:00"},
		},
		"leapt over and due right after it: one run":  {"0 2,3 * * *", leap, "Europe/Berlin", []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"}},
		"any hour, leapt over: real time":             {"*/30 * * * *", "2026-03-29T01:00:00+01:00", "Europe/Berlin", []string{"2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"}},
		"any hour, twice: real time":                  {"0 * * * *", "2026-10-25T01:00:00+02:00", "Europe/Berlin", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"}},
		"each second hour, leapt over":                {"0 */2 * * *", leap, "Europe/Berlin", []string{"2026-03-29T04:00:00+02:00", "2026-03-29T06:00:00+02:00"}},
		"each second hour, twice":                     {"0 */2 * * *", twice, "Europe/Berlin", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T04:00:00+01:00"}},
		"@hourly":                                     {"@hourly", "2026-10-25T01:59:59+02:00", "Europe/Berlin", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"}},
		"@daily, midnight leapt over":                 {"@daily", "2018-11-03T12:00:00-03:00", "America/Sao_Paulo", []string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
		"@daily, midnight twice":                      {"@daily", "2019-02-16T12:00:00-02:00", "America/Sao_Paulo", []string{"2019-02-17T00:00:00-03:00", "2019-02-18T00:00:00-03:00"}},
		"@every goes by real time":                    {"@every 1h", "2026-03-29T01:30:00+01:00", "Europe/Berlin", []string{"2026-03-29T03:30:00+02:00", "2026-03-29T04:30:00+02:00"}},
		"a whole day is leapt over":                   {"0 9 * * *", "2011-12-29T12:00:00-10:00", "Pacific/Apia", []string{"2011-12-31T00:00:00+14:00", "2011-12-31T09:00:00+14:00"}},
		"a leap of half an hour":                      {"15 2 * * *", "2026-10-04T00:00:00+10:30", "Australia/Lord_Howe", []string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		"half an hour twice":                          {"45 1 * * *", "2026-04-05T00:00:00+11:00", "Australia/Lord_Howe", []string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"}},
		"the line's own zone":                         {"CRON_TZ=Europe/Berlin 30 2 * * *", leap, "UTC", []string{"2026-03-29T03:00:00+02:00"}},
		"weekdays, the clock's change on Sunday":      {"30 2 * * 1-5", "2026-03-27T12:00:00+01:00", "Europe/Berlin", []string{"2026-03-30T02:30:00+02:00"}},
		"the 1st or a Monday, both given":             {"0 5 1 * 1", "2026-11-22T00:00:00+01:00", "Europe/Berlin", []string{"2026-11-23T05:00:00+01:00", "2026-11-30T05:00:00+01:00", "2026-12-01T05:00:00+01:00"}},
		"asked within the second pass: not again":     {"30 2 * * *", "2026-10-25T02:10:00+01:00", "Europe/Berlin", []string{"2026-10-26T02:30:00+01:00"}},
		"Moscow's clocks stay":                        {"*/15 8-20 * * 1-5", "2026-11-20T20:31:00+03:00", "Europe/Moscow", []string{"2026-11-20T20:45:00+03:00", "2026-11-23T08:00:00+03:00"}},
		"asked with a fraction of a second before it": {"0 5 * * *", "2026-11-20T04:59:59+03:00", "Europe/Moscow", []string{"2026-11-20T05:00:00+03:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := daemon.ParseSchedule(c.spec, zone(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			now := at(t, c.from)
			for _, want := range c.want {
				next := s.Next(now)
				if !next.Equal(at(t, want)) {
					t.Fatalf("after %v: got %v, want %v", now, next, want)
				}
				now = next
			}
		})
	}
}

func TestSchedulesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"", " ", "* * * *", "61 * * * *", "@often", "@every", "CRON_TZ=UTC", "TZ=", "TZ=Nowhere/Land 0 5 * * *", "0 5 30 2 *"} {
		if _, err := daemon.ParseSchedule(spec, time.UTC); err == nil {
			t.Errorf("%q: no error", spec)
		}
	}
}
