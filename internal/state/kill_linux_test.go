package state_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"syncd/internal/engine"
	"syncd/internal/state"
)

// TestMain lets the test's program be the victim of tests that need a process.
// propertyChecks is how many histories a property goes through by default: SQLite is
// slow under the race detector. -rapid.checks=N looks further.
const propertyChecks = "12"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", propertyChecks); err != nil {
			panic(err)
		}
	}
	if path := os.Getenv("STATE_TEST_VICTIM"); path != "" {
		fmt.Fprintln(os.Stderr, victim(path))
		os.Exit(1)
	}
	if path := os.Getenv("STATE_TEST_BAD_DISK"); path != "" {
		if err := onBadDisk(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// victim begins and settles batches of five for ever, offers a value of each to
// the source and hands them over, and says aloud what was acknowledged.
func victim(path string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db, err := state.Open(ctx, path, state.Options{Create: true, Clock: time.Now})
	if err != nil {
		return err
	}
	j, err := db.Job(ctx, clients)
	if err != nil {
		return err
	}
	have, err := j.Standing(ctx)
	if err != nil {
		return err
	}
	open, err := j.Open(ctx)
	if err != nil {
		return err
	}
	if err := handOver(ctx, j, ""); err != nil { // what the one before began
		return err
	}
	for n := int(have.Links) + 1; ; n += 5 {
		ops := open // of the one killed before: they are settled first
		if len(ops) == 0 {
			for i := range 5 {
				ops = append(ops, addOp(n+i))
			}
			if err := j.Begin(ctx, 1, ops); err != nil {
				return err
			}
		}
		open = nil
		fmt.Fprintln(os.Stdout, "begun", n)
		var done []engine.Settlement
		for i, op := range ops {
			op.Status, op.CLID = engine.OpConfirmed, int64(n+i)
			done = append(done, engine.Settlement{Op: op, UID: op.UID, Link: linkOf(op, op.CLID)})
		}
		if err := j.Settle(ctx, 1, done); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, "settled", n)
		for i := range done {
			done[i] = engine.Settlement{UID: done[i].UID, Link: done[i].Link}
			done[i].Link.Pending = stored("phone", "1", "title", "x")
		}
		if err := j.Settle(ctx, 1, done); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, "offered", n)
		if err := handOver(ctx, j, fmt.Sprintf("%d.csv", n)); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout, "arrived", n)
	}
}

func handOver(ctx context.Context, j *state.Job, name string) error {
	names, err := j.Offers().Begin(ctx, 1, name)
	for _, name := range names {
		if err == nil {
			err = j.Offers().End(ctx, 1, name, nil)
		}
	}
	return err
}

// However often and whenever the process is killed, also in its very first
// moments: what it called begun is there, what it called settled is linked, what
// it offered is on its way or arrived, no batch is there by half, and it goes on
// without help.
func TestA_killed_process_loses_nothing_that_it_acknowledged(t *testing.T) {
	path := place(t)
	said := map[string]int{}
	for round := range fewer(t, 16, 5) {
		v := exec.CommandContext(t.Context(), os.Args[0])
		v.Env = append(os.Environ(), "STATE_TEST_VICTIM="+path)
		v.Stderr = os.Stderr
		out, err := v.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Start(); err != nil {
			t.Fatal(err)
		}
		lines, heard := bufio.NewScanner(out), 0
		for heard < round && lines.Scan() { // in the first round: at once
			heard++
			note(lines.Text(), said)
		}
		if err := v.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it said before it died counts
			note(lines.Text(), said)
		}
		_ = v.Wait() // killed: that is the point
		inspect(t, path, said)
	}
	if said["settled"] == 0 || said["arrived"] == 0 {
		t.Error("nothing was ever settled, or handed over")
	}
}

// note remembers the last record of the batch of which something was said.
func note(line string, said map[string]int) {
	var word string
	var n int
	if _, err := fmt.Sscanf(line, "%s %d", &word, &n); err == nil {
		said[word] = n + 4
	}
}

func inspect(t *testing.T, path string, said map[string]int) {
	t.Helper()
	db, err := state.OpenReadOnly(t.Context(), path, state.Options{})
	if os.IsNotExist(statError(path)) && said["settled"] == 0 {
		return // killed before it made the file
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	j := job(t, db, clients)
	ops, err := j.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	links := len(seen(t, j))
	if links < said["settled"] || links+len(ops) < said["begun"] || links%5 != 0 || len(ops)%5 != 0 {
		t.Errorf("acknowledged: %v; found: %d links and %d open ops", said, links, len(ops))
	}
	deliveries, err := j.Offers().Begin(t.Context(), 1, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range deliveries {
		if rows := rowsOf(t, j, name); len(rows) == 0 || len(rows)%5 != 0 || len(rows[0].Fields) != 2 {
			t.Errorf("delivery %s holds %d rows of batches of 5", name, len(rows))
		}
	}
	pending, err := db.Pending(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	out, last := 0, 0
	for _, p := range pending {
		if p.State == "out" {
			out++
			last = max(last, int(p.CLID))
		}
	}
	if len(pending)%10 != 0 || out%10 != 0 || len(deliveries) > 1 || last < said["arrived"] {
		t.Errorf("acknowledged: %v; found: %d values on their way, %d arrived up to %d, deliveries %v", said, len(pending), out, last, deliveries)
	}
}

func statError(path string) error {
	_, err := os.Stat(path)
	return err
}
