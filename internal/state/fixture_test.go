package state_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/state"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

var clients = state.JobKey{Name: "clients", CRM: "main", Entity: "client"}

// place is where a test's state lies: in a folder of its own, on the disk.
func place(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "var", "state.db")
}

// memory is a folder whose files lie in memory, where the system has one: for tests
// whose subject is not what a disk does.
func memory(t testing.TB) string {
	t.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "state"); err == nil { //nolint:usetesting // t.TempDir is on the disk
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

// leftOut leaves a long test to the run without the race detector: `make test` makes
// both, the one with -race being short. More than one goroutine is not its subject.
func leftOut(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("LEFT OUT with -short: the run without the race detector has it (see `make test`)")
	}
}

// fewer is n, or less of it in a short run.
func fewer(t *testing.T, n, short int) int {
	t.Helper()
	if testing.Short() {
		t.Logf("LEFT OUT with -short: %d of %d; the run without the race detector has them (see `make test`)", n-short, n)
		return short
	}
	return n
}

// blank is a state in which nothing happened, as Open makes it: making it takes
// longer than most tests.
var blank = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "state")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "state.db")
	db, err := state.Open(context.Background(), path, state.Options{Create: true, Clock: clock})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// open opens a state for writing; where none is, a blank one. How Open makes it is
// the subject of tests that call it themselves.
func open(t testing.TB, path string) *state.DB {
	t.Helper()
	o := state.Options{Clock: clock}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		b, err := blank()
		must(t, err)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, b, 0o600))
		o.SkipCheck = true
	}
	db, err := state.Open(t.Context(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func job(t testing.TB, db *state.DB, key state.JobKey) *state.Job {
	t.Helper()
	j, err := db.Job(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// fresh is a job in a new state.
func fresh(t testing.TB) (*state.DB, *state.Job) {
	t.Helper()
	db := open(t, filepath.Join(memory(t), "state.db"))
	return db, job(t, db, clients)
}

func start(t testing.TB, j *state.Job) int64 {
	t.Helper()
	run, err := j.Start(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func finish(t testing.TB, j *state.Job, run int64, status engine.RunStatus) {
	t.Helper()
	if err := j.Finish(t.Context(), run, &engine.Report{Run: run, Status: status, Started: noon, Finished: noon}); err != nil {
		t.Fatal(err)
	}
}

func text(s string) *string { return &s }

func stored(pairs ...string) record.Stored {
	s := record.Stored{}
	for i := 0; i < len(pairs); i += 2 {
		s[pairs[i]] = text(pairs[i+1])
	}
	return s
}

// addOp is an add as the engine would begin it.
func addOp(n int) *engine.Op {
	uid := fmt.Sprintf("uid-%06d", n)
	return &engine.Op{
		Kind: engine.OpAdd, UID: uid, Key: "key-" + uid, Title: "Клиент " + uid, Attempt: 1, AboveCLID: 7,
		Origin: record.Origin{File: "in/clients.csv", Line: n + 1, LastLine: n + 2},
		Set:    stored("title", "Клиент "+uid, "phone", "79160000000"),
		Source: record.FingerprintOf("source " + uid), Row: record.FingerprintOf("row " + uid),
	}
}

// linkOf is the link that a confirmed add makes.
func linkOf(op *engine.Op, clid int64) *engine.Link {
	return &engine.Link{
		UID: op.UID, Key: op.Key, CLID: clid, Title: op.Title, Base: op.Set, Source: op.Source,
		Origin: op.Origin, SettledAt: noon,
	}
}

func begin(t testing.TB, j *state.Job, run int64, ops ...*engine.Op) {
	t.Helper()
	if err := j.Begin(t.Context(), run, ops); err != nil {
		t.Fatal(err)
	}
}

func settle(t testing.TB, j *state.Job, run int64, done ...engine.Settlement) {
	t.Helper()
	if err := j.Settle(t.Context(), run, done); err != nil {
		t.Fatal(err)
	}
}

// confirmed begins and settles adds 1…n with clids 1001…
func confirmed(t testing.TB, j *state.Job, run int64, from, to int) []*engine.Link {
	t.Helper()
	var ops []*engine.Op
	for n := from; n <= to; n++ {
		op := addOp(n)
		op.Pos = n - from
		ops = append(ops, op)
	}
	begin(t, j, run, ops...)
	var done []engine.Settlement
	var links []*engine.Link
	for i, op := range ops {
		op.Status, op.CLID = engine.OpConfirmed, int64(1000+from+i)
		l := linkOf(op, op.CLID)
		links = append(links, l)
		done = append(done, engine.Settlement{Op: op, UID: op.UID, Link: l, Clear: true})
	}
	settle(t, j, run, done...)
	return links
}

func standing(t testing.TB, j *state.Job) engine.Standing {
	t.Helper()
	s, err := j.Standing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func seen(t testing.TB, j *state.Job) []engine.Seen {
	t.Helper()
	var out []engine.Seen
	if err := j.Seen(t.Context(), func(s engine.Seen) error { out = append(out, s); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}
