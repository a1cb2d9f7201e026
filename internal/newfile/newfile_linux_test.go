package newfile_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"syncd/internal/newfile"
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// names are the files of a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func TestWriteReplacesTheFileAndItsMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, w := range []struct {
		perm    os.FileMode
		content string
	}{{0o640, "old"}, {0o600, "new"}, {0o664, ""}} {
		if err := newfile.Write(path, w.perm, []byte(w.content)); err != nil {
			t.Fatal(err)
		}
		fi, err := os.Stat(path)
		if err != nil || fi.Mode().Perm() != w.perm || read(t, path) != w.content {
			t.Errorf("mode %v, content %q, %v; want %v, %q", fi.Mode(), read(t, path), err, w.perm, w.content)
		}
	}
	if got := names(t, dir); got != "a" {
		t.Errorf("left: %s", got)
	}
}

func TestUntilTheRenameTheOldFileStands(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	if err := newfile.Write(path, 0o600, []byte("old")); err != nil {
		t.Fatal(err)
	}
	var steps []string
	f, err := newfile.Create(path, newfile.Options{Step: func(s string) {
		steps = append(steps, s+" "+read(t, path))
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Drop()
	if _, err := f.Write([]byte("n")); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("ew")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"created old", "written old", "synced old", "renamed new", "durable new"}; !slices.Equal(steps, want) {
		t.Errorf("steps %q, want %q", steps, want)
	}
	if err := f.Commit(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a second Commit: %v", err)
	}
	f.Drop()
	if got := read(t, path); got != "new" {
		t.Errorf("Drop after Commit: %q", got)
	}
}

func TestAFailureLeavesTheOldFileAndNoRest(t *testing.T) {
	t.Parallel()
	t.Run("the place is a folder", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		if err := os.MkdirAll(filepath.Join(path, "b"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := newfile.Write(path, 0o600, []byte("new")); err == nil {
			t.Error("no error")
		}
		if got := names(t, dir); got != "a" {
			t.Errorf("left: %s", got)
		}
	})
	t.Run("it was dropped", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		if err := newfile.Write(path, 0o600, []byte("old")); err != nil {
			t.Fatal(err)
		}
		f, err := newfile.Create(path, newfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		f.Drop()
		if got := names(t, dir); got != "a" || read(t, path) != "old" {
			t.Errorf("left: %s, %q", got, read(t, path))
		}
	})
	t.Run("there is no folder", func(t *testing.T) {
		t.Parallel()
		err := newfile.Write(filepath.Join(t.TempDir(), "none", "a"), 0o600, nil)
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	})
}

func TestAFullDiskLeavesTheOldFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=0700"); err != nil {
		t.Skipf("NOT TESTED: it needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "a")
	if err := newfile.Write(path, 0o600, []byte("old")); err != nil {
		t.Fatal(err)
	}
	if err := newfile.Write(path, 0o600, make([]byte, 1<<20)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	if got := names(t, dir); got != "a" || read(t, path) != "old" {
		t.Errorf("left: %s, %q", got, read(t, path))
	}
}

func TestANamedTemporaryReplacesItsLeftover(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".a.part"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := newfile.Create(filepath.Join(dir, "a"), newfile.Options{Temp: ".a.part", Perm: 0o640})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != ".a.part" || read(t, filepath.Join(dir, ".a.part")) != "" {
		t.Errorf("begun: %s", got)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "a" {
		t.Errorf("left: %s", got)
	}
}

// killedIn names the folder in which this program shall begin a file and die.
const killedIn = "NEWFILE_KILLED_IN"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedIn); dir != "" {
		f, err := newfile.Create(filepath.Join(dir, "a"), newfile.Options{})
		if err == nil {
			_, _ = f.Write([]byte("half"))
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestTheNextWriteRemovesWhatAKilledProcessLeft(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "[a-b]*") // not a pattern
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), killedIn+"="+dir)
	if err := cmd.Run(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the process ended by itself: %v", err)
	}
	if got := names(t, dir); !strings.HasPrefix(got, ".syncd-") {
		t.Fatalf("nothing was left: %q", got)
	}
	others := []string{".syncd-plan-1", "syncd-1.tmp", "b"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// a link by that name is no file of ours
	if err := os.Symlink("b", filepath.Join(dir, ".syncd-link.tmp")); err != nil {
		t.Fatal(err)
	}
	// one that is in the making stays
	f, err := newfile.Create(filepath.Join(dir, "a"), newfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := newfile.Write(filepath.Join(dir, "a"), 0o600, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Errorf("a file in the making was taken away: %v", err)
	}
	if got := names(t, dir); got != ".syncd-link.tmp .syncd-plan-1 a b syncd-1.tmp" {
		t.Errorf("left: %s", got)
	}
}

func TestManyWritersOfOneFileLeaveOneWholeFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	const writers, times, size = 4, 25, 10_000
	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() {
			content := []byte(strings.Repeat(string(rune('a'+n)), size))
			for range times {
				if err := newfile.Write(path, 0o600, content); err != nil {
					t.Error(err)
				}
				got, err := os.ReadFile(path)
				if err != nil || len(got) != size || strings.Trim(string(got), string(got[0])) != "" {
					t.Errorf("read %d bytes, %v", len(got), err)
				}
			}
		})
	}
	wg.Wait()
	if got := names(t, dir); got != "a" {
		t.Errorf("left: %s", got)
	}
}
