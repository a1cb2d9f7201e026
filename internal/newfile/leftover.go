package newfile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// The names of files in the making. No importer's *.csv sees them.
const (
	prefix  = ".syncd-"
	pattern = prefix + "*.tmp"
)

// createLocked makes a file of a new name and locks it. One that a sweep of another
// process took for a leftover before the lock was on is left to it.
func createLocked(dir string) (*os.File, error) {
	const tries = 100
	for range tries {
		f, err := os.CreateTemp(dir, pattern)
		if err != nil {
			return nil, err
		}
		if ours(f) {
			return f, nil
		}
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	return nil, &os.PathError{Op: "lock", Path: dir, Err: syscall.EWOULDBLOCK}
}

// ours locks a new file and reports that it is still there. Where there are no
// locks, no sweep can take it for a leftover.
func ours(f *os.File) bool {
	if err := lock(f); err != nil {
		return !errors.Is(err, syscall.EWOULDBLOCK)
	}
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(f.Name())
	return err == nil && os.SameFile(mine, named)
}

func lock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// sweep removes what killed processes left unfinished in a folder. It fails in
// silence: leftovers do no harm, and creating names real trouble.
func sweep(dir string) {
	found, err := filepath.Glob(filepath.Join(escaped(dir), pattern))
	if err != nil {
		return
	}
	for _, path := range found {
		removeLeftover(path)
	}
}

func removeLeftover(path string) {
	// neither a link nor a pipe is followed or waited for
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer func() { _ = f.Close() }() // nothing was written
	fi, err := f.Stat()
	if err != nil || !fi.Mode().IsRegular() || lock(f) != nil {
		return
	}
	// whoever locks after us finds the file gone; whoever renamed it before us holds
	// its lock until then, so the name is still this file's, or nobody's
	_ = os.Remove(path)
}

// escaped is a folder as part of a pattern.
func escaped(dir string) string {
	out := make([]byte, 0, len(dir))
	for i := range len(dir) {
		switch dir[i] {
		case '*', '?', '[', '\\':
			out = append(out, '\\')
		}
		out = append(out, dir[i])
	}
	return string(out)
}
