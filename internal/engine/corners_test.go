package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// A clock that was ahead and was set back makes a write in doubt wait anew, not
// until the wrong day comes.
func TestA_clock_that_was_ahead_leaves_nothing_in_doubt_for_ever(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	if err := w.crm.Faults(emulator.Fault{
		Action: "add.list", Nth: 1, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop,
	}); err != nil {
		t.Fatal(err)
	}
	const wrong = 365 * 24 * time.Hour
	w.later(wrong)
	w.outcome(w.mustRun(), "1 in-doubt")
	w.later(-wrong)
	w.outcome(w.mustRun(), "1 in-doubt")
	w.later(settle / 2)
	w.outcome(w.mustRun(), "1 in-doubt")
	w.later(settle)
	w.outcome(w.mustRun(), "1 created")
	w.once("a")
}

// The CRM compares uids without case, so does a link.
func TestA_client_with_our_uid_in_another_case(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.crm.Seed(emulator.Client{UID: "A-1", Title: "Ромашка"}); err != nil {
		t.Fatal(err)
	}
	w.export(row("a-1", "Ромашка", "84950000001"))
	w.outcome(w.mustRun(), "1 merged")
	w.settled()
	w.export(row("a-1", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 updated")
	w.settled()
}

// Two clients carry the uid of an add in doubt: nobody can say which is ours.
func TestAn_add_in_doubt_that_is_there_twice_is_held(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	if err := w.crm.Faults(emulator.Fault{
		Action: "add.list", Nth: 1, Times: 1, Phase: emulator.PhaseLate, Kind: emulator.KindDrop,
	}); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 in-doubt")
	w.crm.ReleaseLate()
	if err := w.crm.Seed(emulator.Client{UID: "a", Title: "Ромашка (копия)"}); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	w.outcome(w.mustRun(), "1 held")
	if got := w.holds()["a"]; got != reconcile.ReasonUIDTwice {
		t.Errorf("held for %q", got)
	}
	if ops, err := w.job.Open(noCancel{}); err != nil || len(ops) != 0 {
		t.Errorf("%d ops are open, %v", len(ops), err)
	}
	before := w.writes()
	w.export(row("a", "Ромашка", "84950000009"))
	w.outcome(w.mustRun(), "1 held")
	if w.writes() != before {
		t.Error("one of the two was written to")
	}
}

// The same, found at the read-back of the add itself.
func TestAn_add_that_is_there_twice_at_its_read_back_is_held(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.step = w.onceAt("answered", func() {
		if err := w.crm.Seed(emulator.Client{UID: "a", Title: "Ромашка (копия)"}); err != nil {
			t.Error(err)
		}
	})
	w.outcome(w.mustRun(), "1 held")
	w.step = nil
	for range 3 {
		w.later(settle)
		w.outcome(w.mustRun(), "1 held")
	}
	if ops, err := w.job.Open(noCancel{}); err != nil || len(ops) != 0 {
		t.Errorf("%d ops are open, %v", len(ops), err)
	}
	if got := w.holds()["a"]; got != reconcile.ReasonUIDTwice {
		t.Errorf("held for %q", got)
	}
}

// A choice about a record that came right by itself is over.
func TestA_choice_ends_with_what_it_was_about(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	if err := w.crm.Seed(emulator.Client{UID: "a", Title: "Ромашка (копия)"}); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 held")
	if err := w.job.Resolve(noCancel{}, "a", choice("retry")); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.crm.ByUID("a") {
		if c.Title == "Ромашка (копия)" {
			if err := w.crm.Delete(c.CLID); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.export(row("a", "Ромашка", "84950000001"))
	w.outcome(w.mustRun(), "1 unchanged")
	s, err := w.job.Standing(noCancel{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Choices) != 0 || len(s.Holds) != 0 {
		t.Errorf("choices %v and holds %v still stand", s.Choices, s.Holds)
	}
}

// A record that left the scope waits for nobody.
func TestA_hold_ends_when_its_record_leaves_the_scope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", ""))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000004"), row("b", "Лютик", ""))
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	w.export("a;Ромашка;84950000004;;;;;Да", row("b", "Лютик", ""))
	w.outcome(w.mustRun(), "1 unchanged, 1 out-of-scope")
	if len(w.holds()) != 0 {
		t.Errorf("still held: %v", w.holds())
	}
	w.export(row("a", "Ромашка", "84950000004"), row("b", "Лютик", ""))
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
}

// A match must be one to one within the whole snapshot, whichever of its rows
// a run was asked for.
func TestOnly_does_not_make_an_ambiguous_match_a_sole_one(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const inn = "7707083893"
	if err := w.crm.Seed(emulator.Client{Title: "Ромашка (старая)", Recv: map[string]string{"castInn": inn}}); err != nil {
		t.Fatal(err)
	}
	w.export("a;Ромашка;;;;"+inn+";;Нет", "b;Ромашка вторая;;;;"+inn+";;Нет")
	r, err := w.engine().Run(noCancel{}, engine.Options{Only: map[string]bool{"a": true}})
	if err != nil {
		t.Fatal(err)
	}
	w.outcome(r, "1 held, 1 waiting")
	w.outcome(w.mustRun(), "2 held")
}

// A known row that is the second of its key, and the first was not asked for.
func TestOnly_beside_two_rows_of_one_key(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", ""))
	w.mustRun()
	w.export(row("a", "Ромашка", "84950000002"), row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000003"))
	r, err := w.engine().Run(noCancel{}, engine.Options{Only: map[string]bool{"b": true}})
	if err != nil {
		t.Fatal(err)
	}
	w.outcome(r, "1 updated, 1 held")
}

// The first row of two settled its record without a write; more than a chunk of
// changed records comes before the second, which is known by its bytes.
func TestA_known_row_far_behind_another_of_its_key(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tune = func(c *engine.Config) { c.Limits.MaxUpdate, c.Chunk = reconcile.Off(), 5 }
	first := "k000;Имя;84950000001;почта@example.ru;;;;Нет"
	rows, next := []string{first}, []string{row("k000", "Имя", "84950000001")} // a cell that went blank settles
	for i := 1; i <= 5; i++ {
		rows = append(rows, row(fmt.Sprintf("k%03d", i), fmt.Sprintf("Клиент %d", i), ""))
		next = append(next, row(fmt.Sprintf("k%03d", i), fmt.Sprintf("Клиент %d", i), fmt.Sprintf("8495001%04d", i)))
	}
	w.export(rows...)
	w.mustRun()
	w.export(append(next, first)...)
	w.outcome(w.mustRun(), "5 updated, 1 held")
}

// A CRM that was put back from its backup is noticed also when it was read since
// the clients that it lost were added; what a person accepted halts nothing again.
func TestA_CRM_put_back_from_its_backup_halts_the_job(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	backup := w.crm.Snapshot()
	w.export(append(w.rows, row("c", "Мята", ""), row("d", "Мак", ""), row("e", "Лён", ""))...)
	w.mustRun()
	w.mustRun()
	w.crm.Restore(backup)
	_, err := w.run()
	var halt *engine.HaltError
	if !errors.As(err, &halt) || halt.Halts[0].Guard != engine.GuardCRMRewound {
		t.Fatalf("the run ended with %v", err)
	}
	if _, err := w.job.Resume(noCancel{}, map[string]int64{engine.GuardCRMRewound: 0}, record.Fingerprint{}); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	w.settled()
	mark, err := w.job.MirrorMark(noCancel{})
	if err != nil || mark.TopCLID != w.client("b").CLID {
		t.Errorf("clients above %d count as known, want %d (%v)", mark.TopCLID, w.client("b").CLID, err)
	}
}

// "Try again" is said once and tried once.
func TestA_retry_is_tried_once(t *testing.T) {
	t.Parallel()
	t.Run("of a client that is hidden", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.export(row("a", "Ромашка", "84950000001"))
		if err := w.crm.Seed(emulator.Client{Title: "Ромашка", Owner: "-", Fields: map[string]string{"phone": "84950000001"}}); err != nil {
			t.Fatal(err)
		}
		w.outcome(w.mustRun(), "1 held")
		w.settled()
		if err := w.job.Resolve(noCancel{}, "a", choice("retry")); err != nil {
			t.Fatal(err)
		}
		w.outcome(w.mustRun(), "1 held")
		w.settled()
	})
	t.Run("of a record that the CRM refused", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.export(row("a", "Ромашка", "84950000001"))
		w.mustRun()
		no := &refusing{}
		w.writer = func(engine.Writer) engine.Writer { return no }
		w.export(row("a", "Ромашка", "84950000002"))
		w.outcome(w.mustRun(), "1 rejected")
		if err := w.job.Resolve(noCancel{}, "a", choice("retry")); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			w.outcome(w.mustRun(), "1 rejected")
		}
		if no.asked != 2 {
			t.Errorf("the CRM was asked %d times", no.asked)
		}
	})
	t.Run("of a client that is gone", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", ""))
		w.mustRun()
		if err := w.crm.Delete(w.client("a").CLID); err != nil {
			t.Fatal(err)
		}
		w.export(row("a", "Ромашка", "84950000009"), row("b", "Лютик", ""))
		w.outcome(w.mustRun(), "1 unchanged, 1 held")
		if err := w.job.Resolve(noCancel{}, "a", choice("retry")); err != nil {
			t.Fatal(err)
		}
		w.outcome(w.mustRun(), "1 unchanged, 1 held")
		if s, err := w.job.Standing(noCancel{}); err != nil || len(s.Choices) != 0 {
			t.Errorf("choices still stand: %v, %v", s.Choices, err)
		}
	})
}

// What the CRM refused is sent again when the mapping changed: it may have been
// the mapping's fault.
func TestA_refusal_ends_with_its_mapping(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	no := &refusing{}
	w.writer = func(engine.Writer) engine.Writer { return no }
	w.export(row("a", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 rejected")
	other := record.FingerprintOf("another mapping")
	w.tune = func(c *engine.Config) { c.Mapping = other }
	if _, err := w.job.Resume(noCancel{}, nil, other); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.outcome(w.mustRun(), "1 rejected")
	}
	if no.asked != 2 {
		t.Errorf("the CRM was asked %d times", no.asked)
	}
}

// One mapping is accepted, not whatever it becomes before the next run.
func TestAn_accepted_mapping_is_no_word_for_another(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	accepted, other := record.FingerprintOf("accepted"), record.FingerprintOf("another")
	if _, err := w.job.Resume(noCancel{}, map[string]int64{engine.GuardMappingChanged: 0}, accepted); err != nil {
		t.Fatal(err)
	}
	w.tune = func(c *engine.Config) { c.Mapping = other }
	_, err := w.run()
	var halt *engine.HaltError
	if !errors.As(err, &halt) || halt.Halts[0].Guard != engine.GuardMappingChanged {
		t.Fatalf("the run ended with %v", err)
	}
}

// The CRM answers a question about a client without a title with nothing that can
// be read. It is there all the same, and no other record waits for it.
func TestA_client_that_the_CRM_cannot_show_blocks_itself_alone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "title", ""); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000011"), row("b", "Лютик", "84950000012"))
	w.outcome(w.mustRun(), "1 updated, 1 held")
	if got := w.holds()["a"]; got != reconcile.ReasonHidden {
		t.Errorf("held for %q", got)
	}
	w.settled()
}

// … and is not added a second time.
func TestA_match_that_the_CRM_cannot_show_is_not_added(t *testing.T) {
	t.Parallel()
	const inn = "7707083893"
	w := newWorld(t)
	if err := w.crm.Seed(emulator.Client{Title: "Старая", Recv: map[string]string{"castInn": inn}}); err != nil {
		t.Fatal(err)
	}
	if err := w.crm.Edit(w.crm.Clients()[0].CLID, "title", ""); err != nil {
		t.Fatal(err)
	}
	w.export("a;Ромашка;;;;" + inn + ";;Нет")
	w.outcome(w.mustRun(), "1 held")
	w.settled()
}

// deaf is a CRM that answers every update with success and does nothing.
type deaf struct {
	engine.Writer
	asked int
}

func (d *deaf) Update(context.Context, *engine.Op) error { d.asked++; return nil }

// An update that was answered with success and not carried out is told, and not
// sent again by itself.
func TestAn_update_without_effect_is_not_taken_for_done(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	d := &deaf{}
	w.writer = func(engine.Writer) engine.Writer { return d }
	w.export(row("a", "Ромашка", "84950000002"))
	for range 3 {
		w.outcome(w.mustRun(), "1 rejected")
	}
	if d.asked != 1 {
		t.Errorf("the CRM was asked %d times", d.asked)
	}
	list, err := w.db.Rejects(noCancel{}, "clients")
	if err != nil || len(list) != 1 || list[0].Rule != "not-applied" || list[0].Field != "phone" {
		t.Errorf("rejects %+v, %v", list, err)
	}
	w.writer = nil
	w.export(row("a", "Ромашка", "84950000003"))
	w.outcome(w.mustRun(), "1 updated")
	w.settled()
}

// A hold that stands is new once, also when its record is held for a second reason.
func TestA_standing_hold_is_not_new_again(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", ""))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000004"), row("b", "Лютик", ""))
	if r := w.mustRun(); r.NewHolds != 1 {
		t.Errorf("%d new holds, want 1", r.NewHolds)
	}
	w.export(append(w.rows, row("a", "Ромашка", "84950000005"))...)
	for range 2 {
		if r := w.mustRun(); r.NewHolds != 0 || r.Status != engine.RunDone {
			t.Errorf("%d new holds, %s", r.NewHolds, r.Status)
		}
	}
}

// A plan reads the clients that it would write to: a conflict shows before the run.
func TestA_plan_foresees_a_conflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"), row("c", "Мята", "84950000005"))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
		t.Fatal(err)
	}
	if err := w.crm.Edit(w.client("c").CLID, "phone", "84950000006"); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000009"), row("b", "Лютик", "84950000008"), row("c", "Мята", "84950000006"))
	holds := map[string]reconcile.Reason{}
	var planned []string
	p, err := w.engine().Plan(noCancel{}, engine.Options{}, func(op *engine.Op, h *engine.Hold) error {
		if h != nil {
			holds[op.UID] = h.Reason
			return nil
		}
		planned = append(planned, op.UID)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.outcome(p.Report, "1 unchanged, 1 updated, 1 held")
	if holds["a"] != reconcile.ReasonConflict || len(holds) != 1 || len(planned) != 1 || planned[0] != "b" {
		t.Errorf("planned %v, holds %v", planned, holds)
	}
	w.outcome(w.mustRun(), "1 unchanged, 1 updated, 1 held")
}

// A row whose key cannot be read may be any record's: what seems to be gone beside
// it is not, and its hold stands.
func TestNothing_vanishes_beside_a_row_without_a_key(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tune = func(c *engine.Config) { c.Limits.MaxShrink = reconcile.Off() }
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000009"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	w.export(row("", "Ромашка", "84950000009"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	if got := w.holds()["a"]; got != reconcile.ReasonConflict {
		t.Errorf("the hold became %q", got)
	}
	w.export(row("b", "Лютик", "84950000002"))
	w.mustRun()
	if len(w.holds()) != 0 {
		t.Errorf("gone beyond doubt, and still held: %v", w.holds())
	}
}
