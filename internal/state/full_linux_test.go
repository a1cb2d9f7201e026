package state_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/state"
)

// fill begins batches until the state is full, and returns how many ops were
// acknowledged.
func fill(t *testing.T, j *state.Job) (acknowledged int) {
	t.Helper()
	for {
		var ops []*engine.Op
		for i := range 20 {
			ops = append(ops, addOp(acknowledged+i))
		}
		err := j.Begin(t.Context(), 1, ops)
		var full *state.FullError
		if errors.As(err, &full) && full.File != "" {
			return acknowledged
		}
		if err != nil {
			t.Fatalf("after %d ops: %T %v, want *FullError", acknowledged, err, err)
		}
		if acknowledged += 20; acknowledged > 100_000 {
			t.Fatal("it is never full")
		}
	}
}

// whole checks that a full state holds what it acknowledged, no more and no
// less, and that it is sound.
func whole(t *testing.T, db *state.DB, acknowledged int) {
	t.Helper()
	ops, err := job(t, db, clients).Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(ops) != acknowledged || acknowledged == 0 {
		t.Errorf("%d ops, %d were acknowledged", len(ops), acknowledged)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestA_full_file_is_a_typed_error_and_keeps_what_was_acknowledged(t *testing.T) {
	path := place(t)
	db := open(t, path)
	j := job(t, db, clients)
	state.LimitPages(t, db, state.Pages(t, db)+30)
	n := fill(t, j)
	whole(t, db, n)
	state.LimitPages(t, db, 1<<30)
	begin(t, j, 1, addOp(n)) // there is space again: it goes on
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole(t, open(t, path), n+1)
}

func TestA_full_disk_is_a_typed_error_and_keeps_what_was_acknowledged(t *testing.T) {
	dir := t.TempDir()
	smallDisk(t, dir, 2<<20)
	other := filepath.Join(dir, "something else")
	if err := os.WriteFile(other, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "state.db")
	db := open(t, path)
	j := job(t, db, clients)
	n := fill(t, j)
	whole(t, db, n)
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	begin(t, j, 1, addOp(n)) // there is space again: it goes on
	whole(t, db, n+1)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	whole(t, open(t, path), n+1)
}

// The rewriting of a file that an older version made needs as much room again.
func TestA_disk_that_is_full_during_a_rewrite_leaves_the_file_as_it_was(t *testing.T) {
	leftOut(t)
	dir := t.TempDir()
	smallDisk(t, dir, 16<<20)
	db := open(t, fat(t, dir, pushing))
	before := sizes(t, db)
	other := filepath.Join(dir, "something else")
	st, err := os.Create(other)
	must(t, err)
	for err == nil {
		_, err = st.Write(make([]byte, 4096))
	}
	must(t, st.Close())
	must(t, os.Truncate(other, 13<<20-before.File))
	must(t, db.Vacuum(t.Context())) // it sees that there is no room, and lets it be
	if err := state.Rewrite(t, db); !errors.As(err, new(*state.FullError)) {
		t.Errorf("got %T %v, want *FullError", err, err)
	}
	if after := sizes(t, db); after.File != before.File {
		t.Errorf("the file: %d became %d bytes", before.File, after.File)
	}
	must(t, db.Verify(t.Context()))
	must(t, os.Remove(other))
	must(t, db.AskRun(t.Context(), "clients")) // it goes on
	must(t, state.Rewrite(t, db))
	must(t, db.Verify(t.Context()))
}

func TestNo_space_for_a_new_state(t *testing.T) {
	dir := t.TempDir()
	smallDisk(t, dir, 96<<10)
	path := filepath.Join(dir, "state.db")
	_, err := state.Open(t.Context(), path, state.Options{Create: true, Clock: clock})
	if !errors.As(err, new(*state.FullError)) {
		t.Errorf("got %T %v, want *FullError", err, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Values of fields are personal data; errors end up in logs.
func TestErrors_carry_no_values(t *testing.T) {
	_, j := fresh(t)
	op := addOp(1)
	begin(t, j, 1, op)
	twin := addOp(1)
	err := j.Begin(t.Context(), 1, []*engine.Op{twin})
	taken := linkOf(addOp(2), 1001)
	confirmed(t, j, 1, 5, 5)
	taken.CLID = 1005
	err2 := j.Settle(t.Context(), 1, []engine.Settlement{{UID: taken.UID, Link: taken}})
	for _, e := range []error{err, err2} {
		if e == nil {
			t.Fatal("want an error")
		}
		for _, value := range []string{"Клиент", "79160000000"} {
			if s := fmt.Sprintf("%v %+v", e, e); strings.Contains(s, value) {
				t.Errorf("%q names a value", s)
			}
		}
	}
}
