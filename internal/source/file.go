package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Identity tells one state of one file from another.
type Identity struct {
	Size     int64
	Modified time.Time
	Device   uint64
	Inode    uint64
}

// Same reports whether nothing about the file moved between two looks.
func (i Identity) Same(o Identity) bool {
	return i.Size == o.Size && i.Modified.Equal(o.Modified) && i.Device == o.Device && i.Inode == o.Inode
}

func identityOf(fi fs.FileInfo) Identity {
	id := Identity{Size: fi.Size(), Modified: fi.ModTime()}
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		id.Device, id.Inode = uint64(st.Dev), st.Ino //nolint:unconvert // Dev is int32 on some systems
	}
	return id
}

// Look returns the identity of a regular file without opening it; a
// NotReadyError when it is missing or no regular file.
func Look(path string) (Identity, error) {
	fi, err := os.Lstat(path)
	if err != nil {
		return Identity{}, notThere(path, err)
	}
	if !fi.Mode().IsRegular() {
		return Identity{}, &NotReadyError{Name: path, Reason: NotRegular}
	}
	return identityOf(fi), nil
}

// openRegular opens a regular file and nothing else: no symlink, and no pipe
// or device that would block or act on being opened.
func openRegular(path string) (*os.File, Identity, error) {
	if _, err := Look(path); err != nil {
		return nil, Identity{}, err
	}
	// the look above keeps devices from being opened at all; the flags close
	// the gap between look and open
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, Identity{}, notThere(path, err)
	}
	fi, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, Identity{}, fmt.Errorf("stat: %w", err)
	}
	if !fi.Mode().IsRegular() {
		_ = f.Close()
		return nil, Identity{}, &NotReadyError{Name: path, Reason: NotRegular}
	}
	return f, identityOf(fi), nil
}

func notThere(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return &NotReadyError{Name: path, Reason: Missing, Err: err}
	case errors.Is(err, syscall.ELOOP):
		return &NotReadyError{Name: path, Reason: NotRegular, Err: err}
	}
	for _, away := range shareAway {
		if errors.Is(err, away) {
			return &NotReadyError{Name: path, Reason: Missing, Err: err}
		}
	}
	return fmt.Errorf("open source: %w", err)
}

// shareAway are the answers of a network share whose server is gone: the file
// will be there again when the server is.
var shareAway = [...]error{
	syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT, syscall.ESTALE,
	syscall.ENOTCONN, syscall.ENODEV, syscall.ENXIO,
}

// Wait pauses for d or until ctx ends; the caller brings its clock.
type Wait func(ctx context.Context, d time.Duration) error

// Settle looks at a file twice, d apart, and returns its identity when nothing
// moved; a NotReadyError (BeingWritten) when something did. Exporters write
// line by line, so one look proves nothing. d = 0 looks once.
func Settle(ctx context.Context, path string, d time.Duration, wait Wait) (Identity, error) {
	first, err := Look(path)
	if err != nil || d <= 0 {
		return first, err
	}
	if err := wait(ctx, d); err != nil {
		return Identity{}, fmt.Errorf("wait for %s to settle: %w", path, err)
	}
	second, err := Look(path)
	if err != nil {
		return Identity{}, err
	}
	if !first.Same(second) {
		return Identity{}, &NotReadyError{Name: path, Reason: BeingWritten}
	}
	return second, nil
}

// Matches is what a path pattern found, in name order.
type Matches struct {
	Files   []string // regular files
	Ignored []string // names that match but are no regular files: say so, once
}

// Match lists the regular files of a path pattern (filepath.Match syntax in the
// last element only) in byte order of their names. A path without wildcards,
// or one that exists literally, is itself. Nothing found is a NotReadyError
// (Missing); a folder that cannot be read is an error, never an empty list.
func Match(pattern string) (Matches, error) {
	dir, base := filepath.Split(pattern)
	if strings.ContainsAny(dir, "*?[") {
		if _, err := os.Stat(dir); err != nil {
			return Matches{}, fmt.Errorf("path pattern %s: wildcards are allowed in the file name only: %w", pattern, filepath.ErrBadPattern)
		}
	}
	if _, err := Look(pattern); err == nil || !strings.ContainsAny(base, "*?[") {
		if err != nil {
			return Matches{}, err
		}
		return Matches{Files: []string{pattern}}, nil
	}
	if _, err := filepath.Match(base, ""); err != nil {
		return Matches{}, fmt.Errorf("path pattern %s: %w", pattern, err)
	}
	if dir == "" {
		dir = "."
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Matches{}, notThere(dir, err)
	}
	var m Matches
	for _, e := range entries {
		if ok, _ := filepath.Match(base, e.Name()); !ok {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if e.Type().IsRegular() {
			m.Files = append(m.Files, path)
		} else {
			m.Ignored = append(m.Ignored, path)
		}
	}
	slices.Sort(m.Files)
	slices.Sort(m.Ignored)
	if len(m.Files) == 0 {
		return m, &NotReadyError{Name: pattern, Reason: Missing}
	}
	return m, nil
}
