package engine_test

import (
	"context"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// awaiting lets the records of some keys refer to what is not linked.
type awaiting struct {
	engine.Source
	keys map[string]bool
}

func (a *awaiting) Read(ctx context.Context, _ engine.Known, yield func([]engine.Incoming) error) (engine.Snapshot, error) {
	return a.Source.Read(ctx, engine.Known{}, func(batch []engine.Incoming) error {
		for i := range batch {
			if in := &batch[i]; in.Record != nil && a.keys[in.Record.Key] {
				who := "4711"
				in.Waits = &engine.Awaited{Reason: reconcile.ReasonNoClient, Fields: []engine.HeldField{{Field: "client", Source: &who, Why: "unknown"}}}
			}
		}
		return yield(batch)
	})
}

func TestARecordWaitsForWhatItRefersToAndGoesByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := &awaiting{keys: map[string]bool{"b": true}}
	w.source = func(s engine.Source) engine.Source { a.Source = s; return a }
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"))
	w.outcome(w.mustRun(), "1 created, 1 held")
	if got := w.holds()["b"]; got != reconcile.ReasonNoClient {
		t.Fatalf("held %q", got)
	}
	r := w.mustRun()
	w.outcome(r, "1 unchanged, 1 held")
	if r.NewHolds != 0 {
		t.Errorf("the same hold is told as new: %d", r.NewHolds)
	}
	a.keys = nil
	w.outcome(w.mustRun(), "1 unchanged, 1 created")
	if n := len(w.holds()); n != 0 {
		t.Errorf("held: %v", w.holds())
	}

	a.keys = map[string]bool{"a": true} // what a linked record refers to went away
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	a.keys = nil
	w.outcome(w.mustRun(), "2 unchanged")
	w.settled()
}

// What waits leaves the export before it could go: nothing is left of it.
func TestARecordThatWaitsAndLeavesIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := &awaiting{keys: map[string]bool{"b": true}}
	w.source = func(s engine.Source) engine.Source { a.Source = s; return a }
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"))
	w.mustRun()
	w.export(row("a", "Ромашка", "84950000001"))
	w.tune = func(c *engine.Config) { c.Limits = reconcile.Limits{MaxShrink: reconcile.Off()} }
	w.mustRun()
	if n := len(w.holds()); n != 0 {
		t.Errorf("held: %v", w.holds())
	}
}

// Again does as Read.
func (a *awaiting) Again(_ context.Context, rec *record.Record) (*engine.Awaited, error) {
	if !a.keys[rec.Key] {
		return nil, nil
	}
	who := "4711"
	return &engine.Awaited{Reason: reconcile.ReasonNoClient, Fields: []engine.HeldField{{Field: "client", Source: &who, Why: "unknown"}}}, nil
}

// Its file is put away: what it waits for is looked at in every run all the same.
func TestARecordOfAFileReadOnceWaitsOn(t *testing.T) {
	t.Parallel()
	w := newInbox(t, false)
	a := &awaiting{keys: map[string]bool{"b": true}}
	w.source = func(s engine.Source) engine.Source { a.Source = s; return a }
	w.tune = func(c *engine.Config) { c.ReadOnce = true }
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"))
	w.outcome(w.mustRun(), "1 created, 1 held")
	w.outcome(w.mustRun(), "1 held")
	if got := w.holds()["b"]; got != reconcile.ReasonNoClient {
		t.Fatalf("held %q", got)
	}
	a.keys = nil
	w.outcome(w.mustRun(), "1 created")
	if n := len(w.holds()); n != 0 {
		t.Errorf("held: %v", w.holds())
	}
}

// locked shows clients that take no more writes.
type locked struct{ engine.CRM }

func (l locked) Read(ctx context.Context, clid int64) (engine.Observed, error) {
	o, err := l.CRM.Read(ctx, clid)
	o.Locked = reconcile.ReasonDealClosed
	return o, err
}

func TestWhatTakesNoMoreWritesIsHeldAndNothingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"))
	w.mustRun()
	w.reader = func(c engine.CRM) engine.CRM { return locked{c} }
	w.export(row("a", "Ромашка", "84950000007"), row("b", "Мята", "84950000002"))
	before := w.writes()
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	if n := w.writes() - before; n != 0 {
		t.Errorf("%d writes", n)
	}
	if got := w.holds()["a"]; got != reconcile.ReasonDealClosed {
		t.Errorf("held %q", got)
	}
	w.edit("a", "phone", "84950000007") // by hand, what the source wants
	w.outcome(w.mustRun(), "2 unchanged")
	if n := len(w.holds()); n != 0 {
		t.Errorf("held: %v", w.holds())
	}
}

func TestAMeetingWithWhatTakesNoMoreWritesIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.crm.Seed(emulator.Client{Title: "Ромашка", Recv: map[string]string{"castInn": "7843316106"}}); err != nil {
		t.Fatal(err)
	}
	w.reader = func(c engine.CRM) engine.CRM { return locked{c} }
	w.export("a;Ромашка;84950000001;;;" + "7843316106" + ";;Нет")
	w.outcome(w.mustRun(), "1 held")
	if got := w.holds()["a"]; got != reconcile.ReasonDealClosed {
		t.Errorf("held %q", got)
	}
}

// A payment that the export lost needs no proof of the source's own to be told: two
// exports that lack it are enough, and nothing is touched.
func TestWhatHasNoUndoIsHeldWhenItLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tune = func(c *engine.Config) {
		c.Policy.OnAbsent = reconcile.Ask
		c.Limits = reconcile.Limits{MaxShrink: reconcile.Off()}
	}
	all := []string{row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"), row("c", "Верба", "84950000003")}
	w.export(all...)
	w.mustRun()
	before := w.writes()
	w.export(all[:2]...)
	w.later(time.Minute)
	w.outcome(w.mustRun(), "2 unchanged, 1 absent")
	for range 3 {
		w.later(time.Minute)
		w.outcome(w.mustRun(), "2 unchanged, 1 held")
	}
	if got := w.holds()["c"]; got != reconcile.ReasonPaymentGone {
		t.Errorf("held %q", got)
	}
	w.resolve("c", choice("crm")) // it stays in the CRM, and is none of ours any more
	w.later(time.Minute)
	w.outcome(w.mustRun(), "2 unchanged, 1 absent")
	w.later(time.Minute)
	w.outcome(w.mustRun(), "2 unchanged")
	w.export(all...)
	w.later(time.Minute)
	w.outcome(w.mustRun(), "2 unchanged, 1 merged")
	w.settled()
	if n := w.writes() - before; n != 0 || len(w.holds()) != 0 {
		t.Errorf("%d writes, holds %v", n, w.holds())
	}
}

// A deal that was billed is not forgotten in silence when people delete it.
func TestWhatOthersHangOnIsNotBuriedInSilence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	leant := true
	w.tune = func(c *engine.Config) { c.Leans = func(context.Context, string) (bool, error) { return leant, nil } }
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"), row("c", "Верба", "84950000003"))
	w.mustRun()
	if err := w.crm.Delete(w.client("a").CLID); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.later(time.Minute)
		w.full()
	}
	if got := w.holds()["a"]; got != reconcile.ReasonCRMGone {
		t.Fatalf("held %q", got)
	}
	leant = false
	w.later(time.Minute)
	w.full()
	if n := len(w.holds()); n != 0 {
		t.Errorf("held: %v", w.holds())
	}
}
