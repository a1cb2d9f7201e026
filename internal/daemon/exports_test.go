package daemon_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"syncd/internal/daemon"
)

// accompanied is the simplest law of a companion: it is there.
func accompanied(path string) bool {
	_, err := os.Stat(path + ".ready")
	return err == nil
}

func TestAnExportWithCompanionsHasComeWhenTheyHave(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	look := daemon.Exports(filepath.Join(dir, "*"), []string{".ready"}, accompanied, func() time.Time { return now })
	sign := func() daemon.Sighting {
		t.Helper()
		s, err := look(t.Context())
		must(t, err)
		return s
	}
	write(t, filepath.Join(dir, "one.csv"), "x")
	write(t, filepath.Join(dir, "two.csv.ready"), "")
	if s := sign(); s.Sign != "" || !s.Newest.IsZero() {
		t.Errorf("an export alone, and a companion alone, have come: %+v", s)
	}
	write(t, filepath.Join(dir, "one.csv.ready"), "")
	first := sign()
	if first.Sign == "" || first.Newest.IsZero() {
		t.Fatal("a whole export has not come")
	}
	write(t, filepath.Join(dir, "two.csv"), "x")
	if both := sign(); both.Sign == first.Sign {
		t.Error("another whole export has not come")
	}
	must(t, os.Chtimes(filepath.Join(dir, "one.csv.ready"), now, now.Add(time.Hour)))
	if again := sign(); again.Sign == first.Sign {
		t.Error("a companion that was written again is no news")
	}
}

// Else nobody would hear that companions are not written any more.
func TestAnExportThatStaysAloneIsShownAfterSomeMinutes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	look := daemon.Exports(filepath.Join(dir, "*.csv"), []string{".ready"}, accompanied, func() time.Time { return now })
	write(t, filepath.Join(dir, "one.csv"), "x")
	for _, c := range []struct {
		after time.Duration
		shown bool
	}{{time.Second, false}, {9 * time.Minute, false}, {11 * time.Minute, true}} {
		now = time.Now().Add(c.after)
		s, err := look(t.Context())
		must(t, err)
		if (s.Sign != "") != c.shown {
			t.Errorf("after %v: %q", c.after, s.Sign)
		}
	}
	if _, err := daemon.Exports(filepath.Join(dir, "away", "*.csv"), []string{".ready"}, accompanied, time.Now)(t.Context()); err == nil {
		t.Error("a folder that is not there is empty")
	}
}
