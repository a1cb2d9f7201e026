package state_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"testing"

	"syncd/internal/engine"
)

// Readers, in this program and in the shell, look on while batches of ten are
// written; each sees whole batches only.
func TestReaders_see_whole_batches_while_a_run_writes(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	reader := func(look func() (int, error)) {
		group.Go(func() {
			last := 0
			for ctx.Err() == nil {
				n, err := look()
				if err != nil {
					t.Error(err)
					return
				}
				if n%10 != 0 || n < last {
					t.Errorf("a reader saw %d links after %d", n, last)
				}
				last = n
			}
		})
	}
	reader(func() (n int, err error) {
		err = j.Seen(t.Context(), func(engine.Seen) error { n++; return nil })
		return n, err
	})
	reader(func() (int, error) {
		s, err := j.Standing(t.Context())
		return int(s.Links), err
	})
	reader(func() (int, error) {
		s := shell(t, db.File(), `SELECT count(*) FROM v_records WHERE status = 'synced'`)
		return strconv.Atoi(strings.TrimSpace(s))
	})
	for n := 1; n <= 150; n += 10 {
		confirmed(t, j, run, n, n+9)
	}
	stop()
	group.Wait()
	if got := len(seen(t, j)); got != 150 {
		t.Errorf("%d links, want 150", got)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}
