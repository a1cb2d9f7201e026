package config_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/config"
)

const wall = "2006-01-02 15:04 -0700"

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestWhenAnExportWasExpected(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, expect, zone, now string
		last, before, next      string
	}{
		{
			"every day, after it", "09:00", "Europe/Moscow", "2026-11-05 10:00 +0300",
			"2026-11-05 09:00 +0300", "2026-11-04 09:00 +0300", "2026-11-06 09:00 +0300",
		},
		{
			"every day, before it", "09:00", "Europe/Moscow", "2026-11-05 08:59 +0300",
			"2026-11-04 09:00 +0300", "2026-11-03 09:00 +0300", "2026-11-05 09:00 +0300",
		},
		{
			"at the very moment", "09:00", "Europe/Moscow", "2026-11-05 09:00 +0300",
			"2026-11-05 09:00 +0300", "2026-11-04 09:00 +0300", "2026-11-06 09:00 +0300",
		},
		{
			"in the zone, not in UTC", "09:00", "Asia/Vladivostok", "2026-11-05 23:30 +0000",
			"2026-11-06 09:00 +1000", "2026-11-05 09:00 +1000", "2026-11-07 09:00 +1000",
		},
		{
			"workdays, on Sunday", "09:00 1-5", "Europe/Moscow", "2026-11-08 12:00 +0300",
			"2026-11-06 09:00 +0300", "2026-11-05 09:00 +0300", "2026-11-09 09:00 +0300",
		},
		{
			"workdays, on Monday morning", "09:00 mon-fri", "Europe/Moscow", "2026-11-09 08:00 +0300",
			"2026-11-06 09:00 +0300", "2026-11-05 09:00 +0300", "2026-11-09 09:00 +0300",
		},
		{
			"Sundays as 7", "09:00 7", "Europe/Moscow", "2026-11-08 09:01 +0300",
			"2026-11-08 09:00 +0300", "2026-11-01 09:00 +0300", "2026-11-15 09:00 +0300",
		},
		{
			"a list, with Sunday at the end of a range", "9:30 tue,fri-sun", "Europe/Moscow", "2026-11-11 09:00 +0300",
			"2026-11-10 09:30 +0300", "2026-11-08 09:30 +0300", "2026-11-13 09:30 +0300",
		},
		{
			"the clock skips the time", "02:30", "Europe/Berlin", "2026-03-29 12:00 +0200",
			"2026-03-29 03:00 +0200", "2026-03-28 02:30 +0100", "2026-03-30 02:30 +0200",
		},
		{
			"the time comes twice", "02:30", "Europe/Berlin", "2026-10-25 12:00 +0100",
			"2026-10-25 02:30 +0200", "2026-10-24 02:30 +0200", "2026-10-26 02:30 +0100",
		},
		{
			"between the two", "02:30", "Europe/Berlin", "2026-10-25 02:10 +0100",
			"2026-10-25 02:30 +0200", "2026-10-24 02:30 +0200", "2026-10-26 02:30 +0100",
		},
		{
			"over the change", "09:00", "Europe/Berlin", "2026-03-30 08:00 +0200",
			"2026-03-29 09:00 +0200", "2026-03-28 09:00 +0100", "2026-03-30 09:00 +0200",
		},
		{
			"a day begins at one o'clock", "00:30", "America/Havana", "2026-03-08 12:00 -0400",
			"2026-03-08 01:00 -0400", "2026-03-07 00:30 -0500", "2026-03-09 00:30 -0400",
		},
		{
			"a day that never was", "09:00", "Pacific/Apia", "2011-12-31 12:00 +1400",
			"2011-12-31 09:00 +1400", "2011-12-31 00:00 +1400", "2012-01-01 09:00 +1400",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e, ok := config.ParseExpectBy(c.expect)
			now, err := time.Parse(wall, c.now)
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
			now = now.In(zone(t, c.zone))
			last, before := e.Previous(now)
			for _, got := range [][2]string{{last.Format(wall), c.last}, {before.Format(wall), c.before}, {e.Next(now).Format(wall), c.next}} {
				if got[0] != got[1] {
					t.Errorf("got %s, want %s", got[0], got[1])
				}
			}
		})
	}
}

func TestFormsOfExpectBy(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "9", "24:00", "09:00 8", "09:00 5-1", "09:00 1,", "09:00 mo", "09:00 1-5 6", "09:00 */2", "09:00 +1", "09:00 01"} {
		if e, ok := config.ParseExpectBy(text); ok || !e.IsZero() {
			t.Errorf("%q is taken for %+v", text, e)
		}
	}
	for _, text := range []string{"9:00", "23:59 *", "00:00 0-7", "09:00 Mon,WED", "09:00 0", "09:00 sun"} {
		if e, ok := config.ParseExpectBy(text); !ok || e.IsZero() || e.String() != text {
			t.Errorf("%q is refused", text)
		}
	}
	if last, before := (config.ExpectBy{}).Previous(time.Unix(0, 0)); !last.IsZero() || !before.IsZero() || !(config.ExpectBy{}).Next(time.Unix(0, 0)).IsZero() {
		t.Error("the zero value expects something")
	}
}

// Whatever the clock does, the moments are in order and agree with each other.
func TestMomentsOfExpectByAreInOrder(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{zone(t, "Europe/Berlin"), zone(t, "Europe/Moscow"), zone(t, "America/Havana"), zone(t, "Australia/Lord_Howe"), time.UTC}
	rapid.Check(t, func(t *rapid.T) {
		e, ok := config.ParseExpectBy(rapid.StringMatching(`([01][0-9]|2[0-3]):[0-5][0-9]( [0-7](,[0-7]){0,2})?`).Draw(t, "expect_by"))
		now := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "now"), 0).In(rapid.SampledFrom(zones).Draw(t, "zone"))
		last, before := e.Previous(now)
		next := e.Next(now)
		if !ok || !before.Before(last) || last.After(now) || !next.After(now) {
			t.Fatalf("%s < %s ≤ %s < %s", before, last, now, next)
		}
		if again, _ := e.Previous(next); !again.Equal(next) {
			t.Fatalf("at %s the last is %s", next, again)
		}
		if again, _ := e.Previous(last.Add(-time.Second)); !again.Equal(before) {
			t.Fatalf("before %s it is %s, not %s", last, again, before)
		}
	})
}

func TestSinceWhenAnExportIsMissing(t *testing.T) {
	t.Parallel()
	workdays, _ := config.ParseExpectBy("09:00 1-5")
	moscow := zone(t, "Europe/Moscow")
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, moscow) }
	for _, c := range []struct {
		name             string
		fresh, now, want time.Time
	}{
		{"of this morning", at(5, 8, 30), at(5, 9, 0), time.Time{}},
		{"of yesterday morning, before nine", at(4, 8, 30), at(5, 8, 59), time.Time{}},
		{"of yesterday morning, at nine", at(4, 8, 30), at(5, 9, 0), at(5, 9, 0)},
		{"of yesterday, after nine: it is today's", at(4, 9, 1), at(5, 12, 0), time.Time{}},
		{"of Friday morning, on Sunday", at(6, 8, 30), at(8, 12, 0), time.Time{}},
		{"of Friday morning, on Monday", at(6, 8, 30), at(9, 9, 30), at(9, 9, 0)},
		{"of two days ago", at(3, 8, 30), at(5, 10, 0), at(4, 9, 0)},
		{"of two days ago, in UTC", at(3, 8, 30).UTC(), at(5, 10, 0), at(4, 9, 0)},
		{"never", time.Time{}, at(5, 10, 0), at(5, 9, 0)},
	} {
		if got := workdays.LateSince(c.fresh, c.now); !got.Equal(c.want) {
			t.Errorf("%s: late since %s, want %s", c.name, got, c.want)
		}
	}
	if got := (config.ExpectBy{}).LateSince(time.Time{}, at(5, 10, 0)); !got.IsZero() {
		t.Errorf("nothing is expected, and late since %s", got)
	}
}
