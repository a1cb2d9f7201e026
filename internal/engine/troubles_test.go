package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// deltas makes the world's export what changed since the last one, each row seen once.
func (w *world) deltas() {
	tune := w.tune
	w.delta = true
	w.tune = func(c *engine.Config) {
		if tune != nil {
			tune(c)
		}
		c.ReadOnce = true
	}
}

func TestA_written_back_record_of_a_delta_does_not_come_back_as_it_was(t *testing.T) {
	t.Parallel()
	for _, shown := range []bool{true, false} {
		w := newWorld(t)
		b := w.both()
		w.deltas()
		b.settles = true
		w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
		w.mustRun()
		w.later(time.Hour)
		w.edit("a", "phone", "74950000005")
		if !shown {
			w.export(entry("b", "Мята", "84950000002"))
		}
		w.mustRun()
		if got := w.backlog(); got != "" {
			t.Errorf("waiting: %s", got)
		}
		w.export(entry("b", "Мята", "84950000002"))
		w.mustRun()
		if got := w.client("a").Fields["phone"]; got != "74950000005" {
			t.Errorf("shown %v: the CRM has %s again", shown, got)
		}
		b.still()
	}
}

func TestA_client_born_in_the_CRM_is_no_record_that_waits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.ExportNew = true })
	w.deltas()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	if err := w.crm.Seed(emulator.Client{Title: "Лютик", Fields: map[string]string{"phone": "84950000005"}}); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	if got := w.backlog(); got != "" {
		t.Errorf("waiting: %s", got)
	}
	b.still()
	if n := len(w.crm.Clients()); n != 2 {
		t.Errorf("%d clients in the CRM", n)
	}
}

func TestA_record_removed_by_a_delta_is_not_added_again_from_what_waits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		tune func(*engine.Config)
		row  string
	}{
		{"marked deleted", onAbsent(reconcile.Delete), "b;Мята удалена;84950000002;;;;;Нет;"},
		{"out of scope", func(c *engine.Config) { c.Policy.OnOutOfScope = reconcile.Delete }, "b;Мята;84950000002;;;;;Да;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.both(tt.tune)
			w.deltas()
			w.remap(strings.Replace(worldMapping, "skip:", "deleted_when: 'row[\"Имя\"] contains \"удалена\"'\nclid: {column: КодCRM}\nskip:", 1))
			w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
			w.mustRun()
			w.export(tt.row)
			w.outcome(w.mustRun(), "1 deleted")
			if got := w.backlog(); got != "" {
				t.Errorf("waiting: %s", got)
			}
			w.export(entry("a", "Ромашка", "84950000001"))
			w.mustRun()
			if n := len(w.crm.ByUID("b")); n != 0 {
				t.Errorf("b is in the CRM %d times", n)
			}
			b.still()
		})
	}
}

func TestA_removal_that_waits_stays_a_removal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		tune func(*engine.Config)
		row  string
	}{
		{"marked deleted", onAbsent(reconcile.Delete), "b;Мята удалена;84950000002;;;;;Нет;"},
		{"out of scope", func(c *engine.Config) { c.Policy.OnOutOfScope = reconcile.Delete }, "b;Мята;84950000002;;;;;Да;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.both(tt.tune)
			w.deltas()
			w.remap(strings.Replace(worldMapping, "skip:", "deleted_when: 'row[\"Имя\"] contains \"удалена\"'\nclid: {column: КодCRM}\nskip:", 1))
			w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
			w.mustRun()
			w.export(entry("a", "Ромашка", "84950000009"), tt.row)
			if _, err := w.engine().Run(noCancel{}, engine.Options{Limit: 1}); err != nil {
				t.Fatal(err)
			}
			w.once("b")
			w.export(entry("a", "Ромашка", "84950000009"))
			w.mustRun()
			if n := len(w.crm.ByUID("b")); n != 0 && tt.name == "marked deleted" {
				t.Errorf("b is in the CRM %d times", n)
			}
			if n := len(w.crm.ByUID("b")); n == 1 {
				if got := w.client("b").Title; got != "Мята" {
					t.Errorf("b: %s", got)
				}
			}
		})
	}
}

func TestWhat_the_source_cannot_take_stays_held_after_its_window(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "address", "Тихая ☃")
	b.undone = []engine.Undelivered{{UID: "a", Field: "address", Column: "Адрес", Code: "encoding", Why: "U+2603"}}
	for range 4 {
		w.outcome(w.mustRun(), "1 held")
		if got := w.holds()["a"]; got != reconcile.ReasonUnwritable {
			t.Fatalf("held: %q", got)
		}
		w.later(3 * time.Hour)
	}
	b.undone = nil
	w.resolve("a", choice("retry"))
	w.mustRun()
	b.lies("a address=Тихая ☃")
}

func TestWhat_the_source_cannot_take_is_over_when_people_take_it_back(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "address", "Тихая ☃")
	b.undone = []engine.Undelivered{{UID: "a", Field: "address", Column: "Адрес", Code: "encoding", Why: "U+2603"}}
	w.outcome(w.mustRun(), "1 held")
	w.later(3 * time.Hour)
	w.edit("a", "address", "")
	w.outcome(w.mustRun(), "1 unchanged")
	if n := len(w.holds()); n != 0 {
		t.Errorf("holds: %v", w.holds())
	}
	b.still()
}

func TestA_record_with_a_write_in_doubt_is_not_removed_meanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(onAbsent(reconcile.Delete))
	w.proven = true
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.mustRun()
	w.later(time.Hour)
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Minute)
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000009"))
	if err := w.crm.Faults(emulator.Fault{Action: "update", Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 unchanged, 1 in-doubt")
	w.export(entry("a", "Ромашка", "84950000001"))
	for range 3 {
		w.later(time.Minute)
		w.mustRun()
	}
	w.once("b")
	w.later(settle)
	w.mustRun()
	w.later(time.Minute)
	w.mustRun()
	if n := len(w.crm.ByUID("b")); n != 0 {
		t.Errorf("b is in the CRM %d times", n)
	}
	b.still()
}

func TestAn_edit_beside_a_write_in_doubt_is_not_forgotten(t *testing.T) {
	whole(t)
	t.Parallel()
	for at := 1; ; at++ {
		w := newWorld(t)
		b := w.both()
		w.export(entry("a", "Ромашка", "84950000001"))
		w.mustRun()
		w.later(time.Hour)
		w.edit("a", "mail_url", "new@example.ru")
		w.export(entry("a", "Ромашка", "84950000003"))
		killed := w.killAt(at)
		w.later(20 * time.Hour) // no window shows the edit any more
		for range 3 {
			w.mustRun()
		}
		b.lies("a mail_url=new@example.ru")
		if t.Failed() || !killed {
			t.Logf("%d steps", at)
			return
		}
	}
}

// killAt ends a run at its n-th step as a crash would, and tells whether there was one.
func (w *world) killAt(at int) (killed bool) {
	n := 0
	w.step = func(string) {
		if n++; n == at {
			panic("killed")
		}
	}
	defer func() {
		w.step = nil
		killed = recover() != nil
	}()
	_, _ = w.run()
	return false
}

func TestAn_offer_that_did_not_leave_yields_to_what_the_source_says_since(t *testing.T) {
	t.Parallel()
	for _, settles := range []bool{false, true} {
		w := newWorld(t)
		b := w.both()
		b.settles = settles
		w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
		w.mustRun()
		w.later(time.Hour)
		w.edit("a", "phone", "74950000005")
		w.edit("b", "phone", "74950000006")
		b.fail = errors.New("no space left on device")
		if _, err := w.run(); err == nil {
			t.Fatal("the run ended well")
		}
		b.fail = nil
		w.later(time.Hour)
		w.export(entry("a", "Ромашка", "84950000009"), entry("b", "Мята", "84950000002"))
		w.mustRun()
		if got := w.holds()["a"]; got != reconcile.ReasonConflict {
			t.Errorf("held: %q", got)
		}
		if got := b.cell("a", "phone"); got != "84950000009" {
			t.Errorf("settles %v: the books have %s", settles, got)
		}
		if settles {
			if got := b.cell("b", "phone"); got != "74950000006" {
				t.Errorf("the books have %s", got)
			}
		} else {
			b.lies("b phone=74950000006")
		}
		b.still()
		w.resolve("a", choice("crm"))
		w.mustRun()
		b.take()
		b.still()
		if got := b.cell("a", "phone"); got != "74950000005" {
			t.Errorf("settles %v: the books have %s in the end", settles, got)
		}
	}
}

func TestA_choice_is_not_carried_out_on_values_that_nobody_saw(t *testing.T) {
	t.Parallel()
	third := "84957770000"
	for _, tt := range []struct {
		name   string
		choice engine.Choice
		crm    string // edited after the choice; "" = not
		source string
	}{
		{"the CRM's moved", engine.Choice{Take: "source"}, "74950000006", ""},
		{"the source's moved", engine.Choice{Take: "crm"}, "", "84950000008"},
		{"both moved", engine.Choice{Take: "source"}, "74950000006", "84950000008"},
		{"both moved, of one field", engine.Choice{Take: "source", Field: "phone"}, "74950000006", "84950000008"},
		{"a third value", engine.Choice{Set: &third, Field: "phone"}, "74950000006", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.both()
			w.export(entry("a", "Ромашка", "84950000001"))
			w.mustRun()
			w.later(time.Hour)
			w.edit("a", "phone", "74950000005")
			w.export(entry("a", "Ромашка", "84950000009"))
			w.mustRun()
			w.resolve("a", tt.choice)
			w.later(time.Hour)
			crm := "74950000005"
			if tt.crm != "" {
				crm = tt.crm
				w.edit("a", "phone", crm)
			}
			if tt.source != "" {
				w.export(entry("a", "Ромашка", tt.source))
			}
			w.outcome(w.mustRun(), "1 held")
			if got := w.client("a").Fields["phone"]; got != crm {
				t.Errorf("the CRM has %s", got)
			}
			b.lies()
			b.still()
			w.resolve("a", choice("crm"))
			w.mustRun()
			b.lies("a phone=" + crm)
			if n := len(w.holds()); n != 0 {
				t.Errorf("%d holds", n)
			}
		})
	}
}

func TestA_value_that_a_person_gave_reaches_both_sides_through_a_crash(t *testing.T) {
	whole(t)
	t.Parallel()
	value := "84957770000"
	for at := 1; ; at++ {
		w := newWorld(t)
		b := w.both()
		w.export(entry("a", "Ромашка", "84950000001"))
		w.mustRun()
		w.later(time.Hour)
		w.edit("a", "phone", "74950000005")
		w.export(entry("a", "Ромашка", "84950000009"))
		w.mustRun()
		w.resolve("a", engine.Choice{Field: "phone", Set: &value})
		killed := w.killAt(at)
		w.later(20 * time.Hour)
		for range 3 {
			w.mustRun()
		}
		b.take()
		b.still()
		if got := w.client("a").Fields["phone"]; got != value {
			t.Errorf("killed at step %d: the CRM has %s", at, got)
		}
		if got := b.cell("a", "phone"); got != value {
			t.Errorf("killed at step %d: the books have %s", at, got)
		}
		if t.Failed() || !killed {
			t.Logf("%d steps", at)
			return
		}
	}
}

func TestAn_edit_of_a_born_client_before_its_link_comes_back_too(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.ExportNew = true })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	if err := w.crm.Seed(emulator.Client{Title: "Лютик", Fields: map[string]string{"phone": "84950000005"}}); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	b.lies("clid 2 title=Лютик", "clid 2 phone=84950000005")
	b.take()
	if err := w.crm.Edit(2, "phone", "84950000006"); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	b.lies("new2 phone=84950000006")
	b.still()
}

func TestAn_edit_offered_at_a_first_meeting_survives_a_crash_at_every_step(t *testing.T) {
	whole(t)
	t.Parallel()
	for at := 1; ; at++ {
		w := newWorld(t)
		b := w.both(func(c *engine.Config) { c.Policy.ExportOnLink = true })
		if err := w.crm.Seed(emulator.Client{
			Title: "Ромашка", Fields: map[string]string{"phone": "84950000005", "mail_url": "a@example.ru"},
			Recv: map[string]string{"castInn": "7707083893"},
		}); err != nil {
			t.Fatal(err)
		}
		w.export(entry("a", "Ромашка", "84950000001", "recv.castInn", "7707083893"))
		killed := w.killAt(at)
		w.later(20 * time.Hour)
		for range 3 {
			w.mustRun()
		}
		w.once("a")
		b.lies("a phone=84950000005", "a mail_url=a@example.ru")
		b.take()
		b.still()
		if t.Failed() || !killed {
			t.Logf("%d steps", at)
			return
		}
	}
}
