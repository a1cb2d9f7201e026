package engine_test

import (
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// What the lives of TestBothModel brought to light, each as short as it can be
// told.

// A client that people deleted in the CRM comes back when a person says so, also
// after it was proven gone and after its tombstone was set.
func TestA_client_that_is_gone_is_added_when_a_person_wants_it(t *testing.T) {
	t.Parallel()
	for runs := range 4 {
		w := newWorld(t)
		b := w.both()
		w.export(entry("a", "Ромашка", "84950000001"))
		w.mustRun()
		seedOne(w)
		if err := w.crm.Delete(w.client("a").CLID); err != nil {
			t.Fatal(err)
		}
		for range runs {
			w.later(time.Hour)
			w.full()
		}
		w.export(entry("a", "Ромашка", "84950000002"))
		w.later(time.Hour)
		w.full()
		if got := w.holds()["a"]; got != reconcile.ReasonCRMGone {
			t.Fatalf("after %d looks it is held %q", runs, got)
		}
		w.resolve("a", choice("add"))
		w.mustRun()
		w.once("a")
		b.still()
		if n := len(w.holds()); n != 0 {
			t.Errorf("after %d looks: %d holds", runs, n)
		}
	}
}

// A client born in the CRM was offered and taken, and then people deleted it: its
// record is held, and added when a person says so. It does not wait for ever.
func TestA_client_born_in_the_CRM_and_deleted_before_it_was_linked_is_held(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.ExportNew = true })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	if err := w.crm.Seed(emulator.Client{Title: "Лютик"}, emulator.Client{Title: "Мята", Trash: true}); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	b.take()
	if err := w.crm.Delete(2); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.outcome(w.full(), "1 unchanged, 1 held")
		if got := w.holds()["new2"]; got != reconcile.ReasonCRMGone {
			t.Fatalf("held: %q", got)
		}
	}
	w.resolve("new2", choice("add"))
	w.mustRun()
	w.once("new2")
	b.still()
}
