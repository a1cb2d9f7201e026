package engine_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
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

// restoreState puts an older state in the place of the present one, as the program
// finds it at its next start.
func (w *world) restoreState(backup string) {
	w.Helper()
	_ = w.db.Close()
	for _, f := range []string{"state.db-wal", "state.db-shm"} {
		_ = os.Remove(filepath.Join(w.dir, f))
	}
	b, err := os.ReadFile(backup)
	if err != nil {
		w.Fatalf("backup: %v", err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "state.db"), b, 0o600); err != nil {
		w.Fatalf("backup: %v", err)
	}
	w.openState()
	_, _, restored, err := w.db.Restored(noCancel{})
	if err != nil {
		w.Fatalf("restored: %v", err)
	}
	if !restored {
		return
	}
	if err := w.db.Mistrust(noCancel{}); err != nil {
		w.Fatalf("mistrust: %v", err)
	}
}

// An old state put back knows nothing of what both sides settled since: what they
// hold alike settles, what differs is held, and neither side gets an old value.
func TestAn_old_state_put_back_overwrites_nothing(t *testing.T) {
	t.Parallel()
	for _, both := range []bool{true, false} {
		w := newWorld(t)
		b := w.both(func(c *engine.Config) {
			if !both {
				c.Policy.Direction = reconcile.Push
			}
		})
		w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000003"))
		w.mustRun()
		backup := filepath.Join(w.dir, "backup.db")
		if err := w.db.Backup(noCancel{}, backup); err != nil {
			t.Fatal(err)
		}
		for _, a := range []string{"84950000011", "84950000021"} {
			w.later(time.Hour)
			w.export(entry("a", "Ромашка", a), entry("b", "Мята", "84950000012"), entry("c", "Лютик", "84950000003"), entry("d", "Клевер", "84950000004"))
			w.mustRun()
		}
		// the books take their word back: to the old state that looks like an edit of the CRM,
		w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000012"), entry("c", "Лютик", "84950000033"), entry("d", "Клевер", "84950000004"))
		// and this, what both sides settled on in the meantime, like an old value of it
		w.edit("c", "phone", "84950000003")
		w.edit("b", "phone", "84950000002")
		w.restoreState(backup)
		w.later(time.Hour)
		w.mustRun()
		b.lies()
		want := map[string]reconcile.Reason{"a": reconcile.ReasonNoBase, "b": reconcile.ReasonNoBase, "c": reconcile.ReasonNoBase}
		if got := w.holds(); !maps.Equal(got, want) {
			t.Errorf("held: %v; want %v", got, want)
		}
		w.once("a", "b", "c", "d")
		for uid, phone := range map[string]string{"a": "0000021", "b": "0000002", "c": "0000003", "d": "0000004"} {
			if got := w.client(uid).Fields["phone"]; !strings.HasSuffix(got, phone) {
				t.Errorf("%s has %s in the CRM", uid, got)
			}
		}
		b.still()
		for uid := range want {
			w.resolve(uid, choice("source"))
		}
		w.mustRun()
		if n := len(w.holds()); n != 0 {
			t.Errorf("%d holds", n)
		}
		b.still()
	}
}

// A client that is made anew after people deleted it, and that the CRM says to have
// under another record's name, is asked for once and not in every run.
func TestWhat_cannot_be_made_anew_is_held_and_not_tried_again(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.Recreate = true })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	seedOne(w)
	if err := w.crm.Delete(w.client("a").CLID); err != nil {
		t.Fatal(err)
	}
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Ромашка", "84950000001"))
	w.later(time.Hour)
	w.full()
	w.later(time.Hour)
	w.full()
	if got := w.holds()["a"]; got != reconcile.ReasonMatchTaken {
		t.Fatalf("held: %q", got)
	}
	b.still()
	w.once("b")
}

// A record whose client is gone meets another one instead, when a person says so
// after the CRM answered that it has one like it.
func TestA_record_whose_client_is_gone_is_linked_to_another_by_hand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", ""))
	w.mustRun()
	if err := w.crm.Delete(w.client("a").CLID); err != nil {
		t.Fatal(err)
	}
	if err := w.crm.Seed(emulator.Client{Title: "Ромашка"}); err != nil {
		t.Fatal(err)
	}
	w.export(entry("a", "Ромашка", "", "address", "Тихая"))
	w.later(time.Hour)
	w.full()
	w.resolve("a", choice("add"))
	w.later(time.Hour)
	w.full()
	for range 2 { // the CRM's answer stands, and nobody is asked twice
		if got := w.holds()["a"]; got != reconcile.ReasonMatchWeak {
			t.Fatalf("held: %q", got)
		}
		b.still()
	}
	w.resolve("a", choice("link"))
	w.mustRun()
	w.once("a")
	b.still()
	if n := len(w.holds()); n != 0 {
		t.Errorf("%d holds", n)
	}
	w.linked()
}

// What the books never took and a person does not want there is offered no more,
// also where they have nothing: the difference stands.
func TestAn_offer_to_a_blank_cell_is_withdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "new@example.ru")
	w.mustRun()
	b.empty()
	w.later(73 * time.Hour)
	w.mustRun()
	if got := w.holds()["a"]; got != reconcile.ReasonNotTaken {
		t.Fatalf("held: %q", got)
	}
	w.resolve("a", choice("source"))
	for range 3 {
		w.full()
		w.later(73 * time.Hour)
		if n := len(w.holds()); n != 0 {
			t.Errorf("%d holds", n)
		}
	}
	b.lies()
	if got := w.client("a").Fields["mail_url"]; got != "new@example.ru" {
		t.Errorf("mail in the CRM: %q", got)
	}
}
