package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"syncd/internal/daemon"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheSignOfAFolder(t *testing.T) {
	t.Parallel()
	old := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		change func(dir string) error
		news   bool
	}{
		"nothing happens":                {func(string) error { return nil }, false},
		"a file that fits comes":         {func(dir string) error { return os.WriteFile(dir+"/clients_2.csv", []byte("y"), 0o600) }, true},
		"a companion comes":              {func(dir string) error { return os.WriteFile(dir+"/clients_1.ready", nil, 0o600) }, true},
		"one that does not fit":          {func(dir string) error { return os.WriteFile(dir+"/clients.tmp", nil, 0o600) }, false},
		"a file grows":                   {func(dir string) error { return os.WriteFile(dir+"/clients_1.csv", []byte("xx"), 0o600) }, true},
		"the same size, written later":   {func(dir string) error { return os.Chtimes(dir+"/clients_1.csv", old, old.Add(1)) }, true},
		"another file behind the name":   {func(dir string) error { return replace(dir+"/clients_1.csv", old) }, true},
		"it is renamed":                  {func(dir string) error { return os.Rename(dir+"/clients_1.csv", dir+"/clients_3.csv") }, true},
		"a link comes":                   {func(dir string) error { return os.Symlink("clients_1.csv", dir+"/clients_4.csv") }, false},
		"a pipe comes":                   {func(dir string) error { return syscall.Mkfifo(dir+"/clients_5.csv", 0o600) }, false},
		"a folder with a name that fits": {func(dir string) error { return os.Mkdir(dir+"/clients_6.csv", 0o700) }, false},
		"its rights are changed":         {func(dir string) error { return os.Chmod(dir+"/clients_1.csv", 0o400) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, filepath.Join(dir, "clients_1.csv"), "x")
			must(t, os.Chtimes(filepath.Join(dir, "clients_1.csv"), old, old))
			look := daemon.Folder(filepath.Join(dir, "clients_*.csv"), filepath.Join(dir, "*.ready"), filepath.Join(dir, "clients_1.csv"))
			before, err := look(t.Context())
			must(t, err)
			must(t, c.change(dir))
			after, err := look(t.Context())
			must(t, err)
			if before.Sign == "" || (before.Sign != after.Sign) != c.news {
				t.Errorf("before %q, after %q", before.Sign, after.Sign)
			}
		})
	}
}

// replace puts another file, as old as is said, behind the name.
func replace(path string, at time.Time) error {
	return errors.Join(os.WriteFile(path+".new", []byte("x"), 0o600), os.Chtimes(path+".new", at, at), os.Rename(path+".new", path))
}

func TestAFileThatIsMovedInCameNowHoweverOldItIs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := time.Now().Add(-time.Minute)
	must(t, replace(filepath.Join(dir, "clients.csv"), start.Add(-1000*time.Hour)))
	s, err := daemon.Folder(filepath.Join(dir, "*.csv"))(t.Context())
	must(t, err)
	if !s.Newest.After(start) {
		t.Errorf("came %v", s.Newest)
	}
}

func TestAnEmptyFolderHasNoSignAndAMissingOneIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if s, err := daemon.Folder(filepath.Join(dir, "*.csv"))(t.Context()); err != nil || s.Sign != "" || !s.Newest.IsZero() {
		t.Errorf("got %v, %v", s, err)
	}
	for _, bad := range []string{filepath.Join(dir, "away", "*.csv"), filepath.Join(dir, "[")} {
		write(t, filepath.Join(dir, "x"), "")
		if s, err := daemon.Folder(bad)(t.Context()); err == nil {
			t.Errorf("%s: got %v", bad, s)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := daemon.Folder(filepath.Join(dir, "*"))(ended); err == nil {
		t.Error("it went on after its context")
	}
}

func TestPatternsOfFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "shop1"), 0o700))
	must(t, os.Mkdir(filepath.Join(dir, "shop2"), 0o700))
	write(t, filepath.Join(dir, "shop2", "a.csv"), "x")
	s, err := daemon.Folder(filepath.Join(dir, "shop*", "*.csv"))(t.Context())
	if err != nil || s.Sign == "" {
		t.Errorf("got %v, %v", s, err)
	}
	got := daemon.Folders("in/clients_*.csv", "in/clients_*.ready", "in/*/x.csv", "clients.csv")
	if want := "[in .]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTheSystemGivesHints(t *testing.T) {
	t.Parallel()
	h, err := daemon.OpenHints()
	if err != nil {
		t.Skipf("LOUD: this system gives no hints, and they are not tried: %v", err)
	}
	defer func() {
		must(t, h.Close())
		if _, open := <-h.Changed(); open {
			t.Error("still open")
		}
	}()
	dir := t.TempDir() + "/" // as it is given, it is told
	must(t, h.Watch(dir))
	must(t, h.Watch(dir))
	write(t, filepath.Join(dir, "clients.csv"), "x")
	select {
	case got := <-h.Changed():
		if got != dir {
			t.Errorf("got %q", got)
		}
	case <-time.After(5 * time.Second):
		t.Error("no hint")
	}
	away := filepath.Join(dir, "away")
	first, second := h.Watch(away), h.Watch(away)
	if first == nil || second == nil || first.Error() == second.Error() {
		t.Errorf("got %v, then %v", first, second)
	}
	must(t, os.Mkdir(away, 0o700))
	must(t, h.Watch(away))
}
