package newfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Options say how a file is made.
type Options struct {
	Perm os.FileMode // of the file, whatever the umask; 0 = 0600
	// Temp is the file's name until it is whole; empty = a new one. One that is
	// named is neither locked nor removed as a leftover: who names it has one writer
	// at a time, and cleans up after its own crashes.
	Temp string
	// Step is called with the name of each step that just ended: created, written,
	// synced, renamed, durable; nil = nobody asks. For tests of crashes.
	Step func(name string)
}

// File is a file in the making. It is for one goroutine.
type File struct {
	tmp  *os.File
	path string
	perm os.FileMode
	step func(string)
	over bool
}

// Write puts content into the file at path, whole or not at all; perm is its mode.
// When the error is nil, the file is durable.
func Write(path string, perm os.FileMode, content []byte) error {
	f, err := Create(path, Options{Perm: perm})
	if err != nil {
		return err
	}
	defer f.Drop()
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Commit()
}

// Create begins a file that shall stand at path. Its folder must be there. End it
// by Commit or Drop.
func Create(path string, o Options) (*File, error) {
	const private = 0o600
	f := &File{path: path, perm: o.Perm, step: o.Step}
	if f.perm == 0 {
		f.perm = private
	}
	if f.step == nil {
		f.step = func(string) {}
	}
	var err error
	if o.Temp != "" {
		f.tmp, err = createNamed(filepath.Join(filepath.Dir(path), o.Temp), f.perm)
	} else {
		sweep(filepath.Dir(path))
		f.tmp, err = createLocked(filepath.Dir(path))
	}
	if err != nil {
		return nil, err
	}
	f.step("created")
	return f, nil
}

func createNamed(path string, perm os.FileMode) (*os.File, error) {
	_ = os.Remove(path) // of a crash; what keeps it keeps the new one from being made
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, perm)
}

// Write adds content. After an error only Drop makes sense.
func (f *File) Write(content []byte) (int, error) { return f.tmp.Write(content) }

// Commit makes the file durable and puts it in its place. After an error before
// that nothing of it is left; one of making its name durable leaves the new file.
func (f *File) Commit() error {
	if f.over {
		return fmt.Errorf("commit %s: %w", f.path, os.ErrClosed)
	}
	if err := f.place(); err != nil {
		f.Drop()
		return err
	}
	// the file is whole under its name: an error from here on takes nothing back
	if err := syncFolder(filepath.Dir(f.path)); err != nil {
		return err
	}
	f.step("durable")
	return nil
}

func (f *File) place() error {
	// our own new file: a refusal means a file system without modes
	if err := f.tmp.Chmod(f.perm); err != nil && !noSuchThing(err) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	f.step("written")
	if err := f.tmp.Sync(); err != nil {
		return err
	}
	f.step("synced")
	// a share may tell only at closing that it is full; the lock lives on in a copy,
	// so that nobody takes the file for a leftover before it has its name
	if held, err := syscall.Dup(int(f.tmp.Fd())); err == nil {
		syscall.CloseOnExec(held)
		defer func() { _ = syscall.Close(held) }()
	}
	if err := f.tmp.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.tmp.Name(), f.path); err != nil {
		return err
	}
	f.over = true
	f.step("renamed")
	return nil
}

// Drop throws away a file that was not committed; otherwise it does nothing.
func (f *File) Drop() {
	if f.over {
		return
	}
	f.over = true
	_ = f.tmp.Close() // it goes anyway
	_ = os.Remove(f.tmp.Name())
}

// syncFolder makes a rename durable. A folder that may not be listed cannot be
// synced: then the file system decides when the name is.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	defer func() { _ = d.Close() }() // it was only read
	if err := d.Sync(); err != nil && !noSuchThing(err) {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// noSuchThing reports that the file system has no modes of files, no syncing of
// folders, or no locks: network shares and foreign file systems do without.
func noSuchThing(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) ||
		errors.Is(err, syscall.ENOTTY)
}
