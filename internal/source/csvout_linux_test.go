package source_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"syncd/internal/source"
)

// disk puts a small file system on a new folder; flags as mount(2) has them.
func disk(t *testing.T, dir string, flags uintptr) {
	t.Helper()
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, "size=64k,mode=0700"); err != nil {
		t.Skipf("NOT TESTED: it needs the right to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}

func Test_a_full_disk_leaves_the_old_file_and_nothing_else(t *testing.T) {
	dir := t.TempDir()
	disk(t, dir, 0)
	w := backWriter(t, source.BackOptions{Dir: dir})
	if _, err := w.Write(t.Context(), backName, backFile()); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(filepath.Join(dir, backName))
	if err != nil {
		t.Fatal(err)
	}
	big := backFile()
	big.Rows[0].Changed[0].Text = strings.Repeat("9", 128<<10)
	_, err = w.Write(t.Context(), backName, big)
	var e *source.FolderError
	if !errors.As(err, &e) || e.Reason != source.FolderFull || e.Dir != dir || e.File != backName || !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("error %v", err)
	}
	if strings.Contains(err.Error(), "999") {
		t.Error("the message quotes a cell")
	}
	if got, err := os.ReadFile(filepath.Join(dir, backName)); err != nil || string(got) != string(old) {
		t.Errorf("the old file is %q, %v", got, err)
	}
	if left := names(t, dir); left != backName {
		t.Errorf("left behind: %s", left)
	}
}

func Test_a_folder_that_may_only_be_read_is_named(t *testing.T) {
	dir := t.TempDir()
	disk(t, dir, unix.MS_RDONLY)
	w := backWriter(t, source.BackOptions{Dir: dir})
	_, werr := w.Write(t.Context(), backName, backFile())
	for _, err := range []error{w.Check(), werr} {
		var e *source.FolderError
		if !errors.As(err, &e) || e.Reason != source.FolderNotWritable {
			t.Errorf("error %v", err)
		}
	}
}
