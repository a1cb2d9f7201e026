package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// RunLock says that this process runs jobs on a state. The kernel frees it when
// the process ends, however it ends.
type RunLock struct{ lock *flock.Flock }

// Lock takes the run lock of the state at path, in the file path+".lock", and
// writes the process id into it. It never waits: *HeldError when another has it.
// The lock file stays; deleting it by hand does no harm while no run is on.
func Lock(path string) (*RunLock, error) {
	file := path + ".lock"
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("lock state: %w", err)
	}
	l := flock.New(file, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock state: %w", err)
	}
	if !ok {
		return nil, &HeldError{File: file, PID: holder(file)}
	}
	if err := os.WriteFile(file, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock state: %w", err), l.Unlock())
	}
	return &RunLock{lock: l}, nil
}

// Release frees the lock.
func (l *RunLock) Release() error { return l.lock.Unlock() }

// Holder tells which process holds the run lock of the state at path, 0 when
// none does. For that it takes the lock for an instant, if it is free.
func Holder(path string) (pid int, err error) {
	file := path + ".lock"
	if _, err := os.Stat(file); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return 0, nil
		}
		return 0, fmt.Errorf("look at the run lock: %w", err)
	}
	l := flock.New(file, flock.SetFlag(os.O_RDONLY))
	free, err := l.TryRLock()
	if err != nil {
		return 0, fmt.Errorf("look at the run lock: %w", err)
	}
	if free {
		return 0, l.Unlock()
	}
	return holder(file), nil
}

func holder(file string) int {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return 0
	}
	return pid
}
