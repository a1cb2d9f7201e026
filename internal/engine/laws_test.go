package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

func manyRows(n int, phone int) (keys, rows []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("key-%02d", i))
		rows = append(rows, row(keys[i], fmt.Sprintf("Клиент %d", i), fmt.Sprintf("8495%03d%04d", phone, i)))
	}
	return keys, rows
}

// A limited run writes no more than it may; the rest waits, is counted, and
// goes on in the next run.
func TestLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	keys, rows := manyRows(12, 1)
	w.export(rows...)
	for _, want := range []string{"5 created, 7 waiting", "5 unchanged, 5 created, 2 waiting", "10 unchanged, 2 created"} {
		before := len(w.crm.Clients())
		r, err := w.engine().Run(noCancel{}, engine.Options{Limit: 5})
		if err != nil || r.Status != engine.RunDone {
			t.Fatalf("%s, %v", r.Status, err)
		}
		w.outcome(r, want)
		if n := len(w.crm.Clients()) - before; n > 5 {
			t.Errorf("%d clients were added", n)
		}
	}
	w.once(keys...)
	_, rows = manyRows(12, 2)
	w.export(rows...)
	w.crm.ForgetHistory()
	r, err := w.engine().Run(noCancel{}, engine.Options{Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	w.outcome(r, "3 updated, 9 waiting")
	if n := w.writes(); n != 3 {
		t.Errorf("%d writes", n)
	}
	w.outcome(w.mustRun(), "3 unchanged, 9 updated")
	w.settled()
	w.sound()
}

// --only touches the named records alone, by key or uid; nothing is absent,
// nothing of the others is settled or forgotten.
func TestOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, rows := manyRows(4, 1)
	w.export(rows...)
	only := engine.Options{Only: map[string]bool{"key-01": true}}
	r, err := w.engine().Run(noCancel{}, only)
	if err != nil {
		t.Fatal(err)
	}
	w.outcome(r, "1 created, 3 waiting")
	w.outcome(w.mustRun(), "1 unchanged, 3 created")
	if err := w.crm.Edit(w.client("key-02").CLID, "phone", "84957770002"); err != nil {
		t.Fatal(err)
	}
	_, rows = manyRows(4, 2)
	w.export(rows...)
	w.crm.ForgetHistory()
	if r, err = w.engine().Run(noCancel{}, only); err != nil {
		t.Fatal(err)
	}
	w.outcome(r, "1 updated, 3 waiting")
	if n := w.writes(); n != 1 {
		t.Errorf("%d writes", n)
	}
	w.outcome(w.mustRun(), "1 unchanged, 2 updated, 1 held")
	// a hold of a record that is not asked for stands
	if _, err = w.engine().Run(noCancel{}, only); err != nil {
		t.Fatal(err)
	}
	if got := w.holds()["key-02"]; got != reconcile.ReasonConflict {
		t.Errorf("the hold of another record became %q", got)
	}
	w.settled()
	w.sound()
}

// With files read once, --only and an interrupted run leave the file for the
// next run; a limited one puts the rest into the backlog.
func TestPartial_runs_over_files_read_once(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options engine.Options
		stop    string
		first   string
		backlog string
		second  string
	}{
		"limit":       {options: engine.Options{Limit: 2}, first: "2 created, 2 waiting", backlog: "key-02 key-03", second: "2 created"},
		"only":        {options: engine.Options{Only: map[string]bool{"key-02": true}}, first: "1 created, 3 waiting", second: "1 unchanged, 3 created"},
		"interrupted": {stop: "proven", first: "1 created, 3 waiting", second: "1 unchanged, 3 created"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newInbox(t, false)
			keys, rows := manyRows(4, 1)
			w.drop("in_1.csv", rows...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.stop != "" {
				w.step = w.onceAt(tt.stop, cancel)
			}
			r, err := w.engine().Run(ctx, tt.options)
			if (tt.stop != "") != errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			w.outcome(r, tt.first)
			if got := w.backlog(); got != tt.backlog {
				t.Errorf("waiting %q", got)
			}
			w.outcome(w.mustRun(), tt.second)
			w.once(keys...)
			w.settled()
			w.sound()
			if got := w.backlog(); got != "" {
				t.Errorf("waiting %q still", got)
			}
		})
	}
}

// Interrupted at any step, what was confirmed is kept, the rest waits or is
// looked up, every record has one outcome, and the next run goes on.
func TestInterrupted_at_every_step(t *testing.T) {
	whole(t)
	t.Parallel()
	var trace []string
	count := newWorld(t)
	count.step = func(name string) { trace = append(trace, name) }
	keys, rows := manyRows(9, 1)
	count.export(rows...)
	count.mustRun()
	for i, name := range trace {
		t.Run(fmt.Sprintf("%02d %s", i, name), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export(rows...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := 0
			w.step = func(string) {
				if n++; n == i+1 {
					cancel()
				}
			}
			r, err := w.engine().Run(ctx, engine.Options{})
			w.step = nil
			if err != nil && (!errors.Is(err, context.Canceled) || r.Status != engine.RunInterrupted) {
				t.Fatalf("%s: %v", r.Status, err)
			}
			there := int64(len(w.crm.Clients()))
			if got := r.Of(engine.Created); got != there {
				t.Errorf("%d are in the CRM, the report says %d created", there, got)
			}
			if err != nil && r.Total() != 0 && r.Total() != 9 {
				t.Errorf("%d records have an outcome", r.Total())
			}
			list, err := w.db.Runs(noCancel{}, "clients", 1)
			if err != nil || len(list) != 1 || list[0].Status != r.Status {
				t.Errorf("the state says of the run: %+v, %v", list, err)
			}
			w.outcome(w.mustRun(), outcomes(there, 9-there))
			w.once(keys...)
			w.settled()
			w.sound()
		})
	}
}

func outcomes(unchanged, created int64) string {
	switch {
	case unchanged == 0:
		return fmt.Sprintf("%d created", created)
	case created == 0:
		return fmt.Sprintf("%d unchanged", unchanged)
	}
	return fmt.Sprintf("%d unchanged, %d created", unchanged, created)
}

// refusing is a CRM that refuses every update.
type refusing struct {
	engine.Writer
	asked int
}

func (r *refusing) Update(context.Context, *engine.Op) error {
	r.asked++
	return &engine.WriteError{Fate: engine.FateRefused, Code: "crm-400", Err: errors.New("refused")}
}

// An update that the CRM refuses is not sent again until its row changes or
// somebody says so; when the row comes back to what it was, nothing is amiss.
func TestA_refused_update_is_not_repeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	no := &refusing{}
	w.writer = func(engine.Writer) engine.Writer { return no }
	w.export(row("a", "Ромашка", "84950000002"))
	for range 3 {
		w.outcome(w.mustRun(), "1 rejected")
	}
	if no.asked != 1 {
		t.Errorf("the CRM was asked %d times", no.asked)
	}
	w.export(row("a", "Ромашка", "84950000001"))
	w.outcome(w.mustRun(), "1 unchanged")
	if list, err := w.db.Rejects(noCancel{}, "clients"); err != nil || len(list) != 0 {
		t.Errorf("still rejected: %v, %v", list, err)
	}
	w.export(row("a", "Ромашка", "84950000003"))
	w.outcome(w.mustRun(), "1 rejected")
	w.writer = nil
	w.outcome(w.mustRun(), "1 rejected")
	if err := w.job.Resolve(noCancel{}, "a", choice("retry")); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 updated")
	w.settled()
}

// witness looks into the state at the moment a request is about to leave.
type witness struct {
	engine.Writer
	w    *world
	seen int
}

func (v *witness) intended(ops ...*engine.Op) {
	open, err := v.w.job.Open(noCancel{})
	if err != nil {
		v.w.Fatalf("open ops: %v", err)
	}
	sent := map[int64]bool{}
	for _, op := range open {
		sent[op.ID] = op.Status == engine.OpSent
	}
	for _, op := range ops {
		v.seen++
		if op.ID == 0 || !sent[op.ID] {
			v.w.Errorf("a request about %s left before its intent was stored", op.UID)
		}
	}
}

func (v *witness) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	v.intended(ops...)
	return v.Writer.Add(ctx, ops)
}

func (v *witness) Update(ctx context.Context, op *engine.Op) error {
	v.intended(op)
	return v.Writer.Update(ctx, op)
}

func TestThe_intent_is_stored_before_a_request_leaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := &witness{w: w}
	w.writer = func(in engine.Writer) engine.Writer { v.Writer = in; return v }
	for phone := range 2 {
		_, rows := manyRows(8, phone)
		w.export(rows...)
		w.mustRun()
	}
	if v.seen != 16 {
		t.Errorf("%d ops were seen", v.seen)
	}
}

// A row that is known by its bytes is believed only of a record that is settled.
func TestKnown_rows_of_records_that_are_not_settled(t *testing.T) {
	t.Parallel()
	one, two := row("a", "Ромашка", "84950000001"), row("a", "Ромашка", "84950000002")
	t.Run("a second row of one key is not known afterwards", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.export(one)
		w.mustRun()
		w.export(one, two)
		w.outcome(w.mustRun(), "1 held")
		w.outcome(w.mustRun(), "1 held")
		w.export(two)
		w.outcome(w.mustRun(), "1 updated")
	})
	t.Run("a conflict ends when the row comes back to what it was", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.export(one)
		w.mustRun()
		if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
			t.Fatal(err)
		}
		w.export(two)
		w.outcome(w.mustRun(), "1 held")
		w.export(one)
		w.outcome(w.mustRun(), "1 unchanged")
		if len(w.holds()) != 0 {
			t.Errorf("still held: %v", w.holds())
		}
	})
}
