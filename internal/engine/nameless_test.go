package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// nameless is the CRM's clients as if it kept no uid of them: known by their number,
// and met by their title.
type nameless struct {
	engine.CRM
	w      *world
	unsure bool // what is there may be somebody else's
}

func (n *nameless) blank(o engine.Observed, err error) (engine.Observed, error) {
	o.Entry.UID = ""
	o.Entry.Keys = reconcile.Keys{Natural: o.Entry.Keys.Title}
	return o, err
}

func (n *nameless) Scan(ctx context.Context, q engine.ScanQuery, yield func(engine.Observed) error) error {
	return n.CRM.Scan(ctx, q, func(o engine.Observed) error {
		o, _ = n.blank(o, nil)
		return yield(o)
	})
}

func (n *nameless) Read(ctx context.Context, clid int64) (engine.Observed, error) {
	return n.blank(n.CRM.Read(ctx, clid))
}

func (n *nameless) Newest(context.Context) ([]engine.Observed, error) {
	return nil, errors.New("nobody asks for uids where there are none")
}

// Find knows a client by the title that was sent.
func (n *nameless) Find(ctx context.Context, s engine.Sought) (engine.Observed, error) {
	for _, c := range slices.Backward(n.w.crm.Clients()) {
		if c.Title == *s.Set["title"] {
			if n.unsure {
				return engine.Observed{}, engine.ErrUnsure
			}
			return n.Read(ctx, c.CLID)
		}
	}
	return engine.Observed{}, engine.ErrNotFound
}

// existing answers an add of a title that the CRM has with that client, as the sides
// of invoices and contacts do, and sends no uid.
type existing struct {
	engine.Writer
	w *world
}

func (e existing) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	for _, c := range e.w.crm.Clients() {
		if c.Title == *ops[0].Set["title"] {
			return []engine.AddAnswer{{CLID: c.CLID, Existing: true}}, nil
		}
	}
	return e.Writer.Add(ctx, ops)
}

func namelessWorld(t *testing.T) (*world, *nameless) {
	t.Helper()
	w := newWorld(t)
	n := &nameless{w: w}
	w.reader = func(c engine.CRM) engine.CRM { n.CRM = c; return n }
	w.writer = func(wr engine.Writer) engine.Writer { return existing{wr, w} }
	w.tune = func(c *engine.Config) {
		c.Nameless, c.Batch, c.Policy.OnMatch = true, 1, reconcile.TakeHold
		c.Keys = func(v []record.Value) reconcile.Keys { return reconcile.Keys{Natural: w.m.MatchKeys(v).Title} }
	}
	return w, n
}

func (w *world) titles() map[string]int {
	out := map[string]int{}
	for _, c := range w.crm.Clients() {
		out[c.Title]++
	}
	return out
}

func TestWithoutAUidALinkIsKnownByItsNumberAndAMeetingByTheNaturalKey(t *testing.T) {
	t.Parallel()
	w, _ := namelessWorld(t)
	if err := w.crm.Seed(emulator.Client{Title: "Мята"}, emulator.Client{Title: "Верба", Fields: map[string]string{"phone": "84950000009"}}); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"), row("c", "Верба", "84950000003"))
	w.outcome(w.mustRun(), "1 created, 1 merged, 1 held")
	if got := w.holds()["c"]; got != reconcile.ReasonConflict { // two phones, and nobody said whose counts
		t.Errorf("c is held %q", got)
	}
	w.settled()
	w.export(row("a", "Ромашка", "84950000007"), row("b", "Мята", "84950000002"), row("c", "Верба", "84950000003"))
	w.outcome(w.mustRun(), "1 unchanged, 1 updated, 1 held")
	if got := w.titles(); len(got) != 3 || got["Ромашка"] != 1 {
		t.Errorf("the CRM has %v", got)
	}
}

// Equal payments of one invoice are several payments: what is linked to one is no
// match of another.
func TestWhatIsLinkedIsNobodysNaturalMatch(t *testing.T) {
	t.Parallel()
	w, _ := namelessWorld(t)
	w.writer = nil
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 unchanged, 1 created")
	w.settled()
}

// What was there all the time is not taken for what was just added.
func TestWhatTheCRMAnswersToExistIsMetAndNotTakenForOurOwn(t *testing.T) {
	t.Parallel()
	w, _ := namelessWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.step = func(step string) { // somebody enters it after the run looked, and before it adds
		if step != "intent-durable" {
			return
		}
		if err := w.crm.Seed(emulator.Client{Title: "Верба", Fields: map[string]string{"phone": "84950000009"}}); err != nil {
			t.Error(err)
		}
	}
	w.later(time.Hour)
	w.export(row("a", "Ромашка", "84950000001"), row("c", "Верба", "84950000003"))
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	if got := w.titles()["Верба"]; got != 1 {
		t.Errorf("the CRM has it %d times", got)
	}
}

func TestWithoutAUidEveryLostAnswerLeavesOneRecord(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]emulator.Fault{
		"before":     {Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"after":      {Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"fatal":      {Phase: emulator.PhaseAfter, Kind: emulator.KindFatal},
		"late":       {Phase: emulator.PhaseLate, Kind: emulator.KindDrop},
		"bad gate":   {Phase: emulator.PhaseAfter, Kind: emulator.KindHTTP502},
		"no records": {Phase: emulator.PhaseBefore, Kind: emulator.KindDBDown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := namelessWorld(t)
			w.export(row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"), row("c", "Верба", "84950000003"))
			f.Action, f.Nth, f.Times = "add.list", 2, 1
			if err := w.crm.Faults(f); err != nil {
				t.Fatal(err)
			}
			if _, err := w.run(); err != nil {
				t.Logf("the run with the fault: %v", err)
			}
			w.crm.ReleaseLate()
			for range 3 {
				w.later(settle + time.Minute)
				w.mustRun()
			}
			for title, n := range w.titles() {
				if n != 1 {
					t.Errorf("%s is there %d times", title, n)
				}
			}
			w.settled()
			if n := len(w.titles()); n != 3 {
				t.Errorf("%d records", n)
			}
		})
	}
}

// Nobody can say whether an add happened: a person is asked, and nothing is sent
// again by itself, not even when the record changes.
func TestAnAddThatSomebodyElseMayHaveMadeIsAPersonsToDecide(t *testing.T) {
	t.Parallel()
	for take, want := range map[string]int{"": 1, "link": 1, "add": 2, "ignore": 1, "retry": 1, "link to nothing": 1, "retry with nothing there": 1} {
		t.Run("take "+take, func(t *testing.T) {
			t.Parallel()
			w, n := namelessWorld(t)
			w.export(row("a", "Ромашка", "84950000001"))
			n.unsure = true
			w.writer = nil // what is added twice is there twice
			if err := w.crm.Faults(emulator.Fault{Action: "add.list", Nth: 1, Times: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop}); err != nil {
				t.Fatal(err)
			}
			w.outcome(w.mustRun(), "1 held")
			w.later(settle + time.Minute)
			w.export(row("a", "Ромашка", "84950000008"))
			w.outcome(w.mustRun(), "1 held")
			if got := w.holds()["a"]; got != reconcile.ReasonPaymentUnsure {
				t.Fatalf("held %q", got)
			}
			n.unsure = false
			switch take {
			case "":
			case "link to nothing", "retry with nothing there":
				if err := w.crm.Edit(w.crm.Clients()[0].CLID, "title", "Ромашка"+" "+"2"); err != nil {
					t.Fatal(err)
				}
				w.resolve("a", choice(strings.Fields(take)[0]))
				want = 0
			case "link":
				w.resolve("a", engine.Choice{Take: take, CLID: w.crm.Clients()[0].CLID})
			default:
				w.resolve("a", choice(take))
			}
			w.later(settle + time.Minute)
			w.mustRun()
			w.settled()
			if got := w.titles()["Ромашка"]; got != want {
				t.Errorf("it is there %d times, want %d", got, want)
			}
		})
	}
}

// ground counts the clients before each add, in the journal.
type ground struct{ w *world }

func (g ground) Ground(_ context.Context, ops []*engine.Op) error {
	for _, op := range ops {
		op.Ground = fmt.Sprintf("%d clients", len(g.w.crm.Clients()))
	}
	return nil
}

func TestTheGroundOfAnAddOutlivesItsRun(t *testing.T) {
	t.Parallel()
	w, _ := namelessWorld(t)
	w.grounds = ground{w}
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Мята", "84950000002"))
	if err := w.crm.Faults(emulator.Fault{Action: "add.list", Nth: 2, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	ops, err := w.job.Open(noCancel{})
	if err != nil || len(ops) != 1 || ops[0].Ground != "1 clients" {
		t.Errorf("%+v %v", ops, err)
	}
}

// adds lacks a field in every add, as the CRM's add of deals knows no closing, or
// writes another value in its place.
type adds struct {
	engine.Writer
	instead string
}

func (a adds) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	short := make([]*engine.Op, len(ops))
	for i, op := range ops {
		c := *op
		c.Set = record.Stored{}
		for k, v := range op.Set {
			if k != "address" {
				c.Set[k] = v
			} else if a.instead != "" {
				c.Set[k] = &a.instead
			}
		}
		short[i] = &c
	}
	return a.Writer.Add(ctx, short)
}

// laterWorld has an address that adds do not write.
func laterWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.writer = func(wr engine.Writer) engine.Writer { return adds{Writer: wr} }
	w.tune = func(c *engine.Config) { c.Policy.Schema = withLater(w.m, "address") }
	return w
}

func withLater(m *mapping.Mapping, name string) *record.Schema {
	var fields []record.Field
	for i := range m.Schema().Len() {
		f := m.Schema().Field(i)
		f.Later = f.Name == name
		fields = append(fields, f)
	}
	return record.NewSchema(fields)
}

func TestWhatAnAddDoesNotWriteFollowsInTheSameRun(t *testing.T) {
	t.Parallel()
	w := laterWorld(t)
	w.export("a;Ромашка;84950000001;;Тихая;;;Нет", row("b", "Мята", "84950000002"))
	w.outcome(w.mustRun(), "2 created")
	if got := w.client("a").Fields["address"]; got != "Тихая" {
		t.Errorf("the CRM has %q", got)
	}
	w.settled()
}

// claimed is a journal in which another record has the client of one that was added.
type claimed struct {
	engine.Journal
	uid string
}

func (c claimed) Settle(ctx context.Context, run int64, done []engine.Settlement) error {
	for i := range done {
		if done[i].UID == c.uid && done[i].Link != nil {
			return fmt.Errorf("%s: %w", c.uid, engine.ErrClaimed)
		}
	}
	return c.Journal.Settle(ctx, run, done)
}

func TestWhatAnAddDoesNotWriteFollowsBesideAClaimedOne(t *testing.T) {
	t.Parallel()
	w := laterWorld(t)
	w.journal = func(j engine.Journal) engine.Journal { return claimed{j, "b"} }
	w.export("a;Ромашка;84950000001;;Тихая;;;Нет", row("b", "Мята", "84950000002"), "c;Клевер;84950000003;;Громкая;;;Нет")
	w.outcome(w.mustRun(), "2 created, 1 held")
	for uid, want := range map[string]string{"a": "Тихая", "c": "Громкая"} {
		if got := w.client(uid).Fields["address"]; got != want {
			t.Errorf("%s: the CRM has %q", uid, got)
		}
	}
}

// An add that was cut off leaves a part of a specification behind. It looks like
// somebody's edit: a person is told, whatever counts when two cards meet.
func TestWhatAnAddWroteInPartIsHeldAndNotTakenForSettled(t *testing.T) {
	t.Parallel()
	for _, lost := range []bool{false, true} {
		w := laterWorld(t)
		w.writer = func(wr engine.Writer) engine.Writer { return adds{wr, "Ти"} }
		w.export("a;Ромашка;84950000001;;Тихая;;;Нет")
		if lost {
			if err := w.crm.Faults(emulator.Fault{Action: "add.list", Nth: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			_, _ = w.run()
			w.later(settle + time.Minute)
		}
		if got := w.holds()["a"]; got != reconcile.ReasonConflict {
			t.Errorf("lost %v: held %q", lost, got)
		}
		w.resolve("a", engine.Choice{Field: "address", Take: "source"})
		w.mustRun()
		if got := w.client("a").Fields["address"]; got != "Тихая" {
			t.Errorf("lost %v: the CRM has %q", lost, got)
		}
		w.settled()
	}
}

func TestWhatAnAddDoesNotWriteFollowsInTheNextRunWhenThisOneDied(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]emulator.Fault{
		"the add's answer is lost":         {Action: "add.list", Nth: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"the update's answer is lost":      {Action: "update", Nth: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"the update is lost before":        {Action: "update", Nth: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"the CRM is down after the add":    {Action: "info", Nth: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDBDown},
		"the reading of the add is lost":   {Action: "list", Nth: 3, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"and nothing at all is in the way": {Action: "delete", Nth: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := laterWorld(t)
			w.export("a;Ромашка;84950000001;;Тихая;;;Нет")
			f.Times = 3
			if err := w.crm.Faults(f); err != nil {
				t.Fatal(err)
			}
			if _, err := w.run(); err != nil {
				t.Logf("the first run: %v", err)
			}
			for range 3 {
				w.later(settle + time.Minute)
				if _, err := w.run(); err != nil {
					t.Logf("a run: %v", err)
				}
			}
			w.once("a")
			if got := w.client("a").Fields["address"]; got != "Тихая" {
				t.Errorf("the CRM has %q", got)
			}
			w.settled()
		})
	}
}
