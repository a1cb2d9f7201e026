package state_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"syncd/internal/engine"
	"syncd/internal/state"
)

// After a write of which the disk does not say whether it happened, the state
// takes no more, also when the disk is well again: the process has to open it
// anew and look. The fault is a limit on the size of files, which SQLite cannot
// tell from a failing disk; it holds for a process, so one is started.
func TestAfter_a_failing_disk_nothing_more_is_written(t *testing.T) {
	path := place(t)
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), "STATE_TEST_BAD_DISK="+path)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	db := open(t, path)
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	ops, err := job(t, db, clients).Open(t.Context())
	if err != nil || len(ops) == 0 || len(ops)%5 != 0 {
		t.Errorf("%d ops, %v: want whole batches of five", len(ops), err)
	}
}

func onBadDisk(path string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signal.Ignore(unix.SIGXFSZ)
	db, err := state.Open(ctx, path, state.Options{Create: true, Clock: time.Now})
	if err != nil {
		return err
	}
	j, err := db.Job(ctx, clients)
	if err != nil {
		return err
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	small := limit
	small.Cur = 1 << 20
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &small); err != nil {
		return err
	}
	n := 0
	batch := func() error {
		var ops []*engine.Op
		for range 5 {
			n++
			ops = append(ops, addOp(n))
		}
		return j.Begin(ctx, 1, ops)
	}
	for err == nil {
		err = batch()
	}
	var lost *state.WriteError
	if !errors.As(err, &lost) || lost.File == "" {
		return fmt.Errorf("the failing write: %T %w, want *WriteError", err, err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	if err := batch(); !errors.As(err, &lost) {
		return fmt.Errorf("a write after it: %w, want *WriteError", err)
	}
	if _, err := j.Open(ctx); err != nil {
		return fmt.Errorf("reading after it: %w", err)
	}
	return nil
}
