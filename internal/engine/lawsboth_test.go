package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// A delta says nothing of what it lacks, however often.
func TestA_delta_proves_no_absence(t *testing.T) {
	t.Parallel()
	w := newInbox(t, false)
	w.both(onAbsent(reconcile.Delete))
	tune := w.tune
	w.tune = func(c *engine.Config) { tune(c); c.ReadOnce = true }
	drop := func(name string, rows ...string) {
		text := w.header + "\r\n" + strings.Join(rows, "\r\n") + "\r\n"
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w.later(time.Hour)
		w.mustRun()
	}
	drop("in_1.csv", entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	for _, name := range []string{"in_2.csv", "in_3.csv", "in_4.csv"} {
		drop(name, entry("a", "Ромашка", "8495000"+name[3:4]+"001"))
	}
	w.mustRun()
	w.once("a", "b")
}

// An edit of the CRM that is held stands until it is dealt with: when the conflict
// ends by itself, the edit goes to the source side, however long ago it was made.
func TestAn_edit_in_a_conflict_outlives_its_window(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	one, other := entry("a", "Ромашка", "84950000001"), entry("a", "Ромашка", "84950000009")
	w.export(one)
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "phone", "84950000005")
	w.export(other)
	w.mustRun()
	for range 2 {
		if got := w.holds()["a"]; got != reconcile.ReasonConflict {
			t.Fatalf("held: %q", got)
		}
		w.later(48 * time.Hour)
		b.still()
	}
	w.export(one)
	w.mustRun()
	b.lies("a phone=84950000005")
	b.take()
	b.still()
}

// A client that was missing and came back is gone only when it is missing twice
// anew.
func TestA_client_that_came_back_is_missing_anew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.Recreate = true })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	seedOne(w)
	there := w.crm.Snapshot()
	look := func(want int) {
		w.later(time.Hour)
		w.full()
		if n := len(w.crm.ByUID("a")); n != want {
			t.Fatalf("a is in the CRM %d times, want %d", n, want)
		}
	}
	remove := func() {
		if err := w.crm.Delete(w.client("a").CLID); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	look(0)
	w.crm.Restore(there)
	look(1)
	remove()
	look(0)
	look(1)
	b.still()
}

// A client born in the CRM that a record already names is linked and not offered.
func TestA_born_client_that_a_record_names_is_not_offered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.ExportNew = true })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	if err := w.crm.Seed(emulator.Client{Title: "Лютик"}); err != nil {
		t.Fatal(err)
	}
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Лютик", "84950000002")+"2")
	w.outcome(w.mustRun(), "1 unchanged, 1 merged")
	b.lies()
	w.later(time.Hour)
	w.full()
	b.lies()
	b.still()
	w.once("b")
}

// What waits for a person is not overwritten by an offer that found no place before
// the conflict came up.
func TestAn_offer_that_waited_does_not_go_out_in_a_conflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "phone", "84950000005")
	w.edit("b", "phone", "84950000006")
	b.fail = errors.New("no space left on device")
	if _, err := w.run(); !errors.Is(err, b.fail) {
		t.Fatalf("the run ended with %v", err)
	}
	b.fail = nil
	w.export(entry("a", "Ромашка", "84950000009"), entry("b", "Мята", "84950000002"))
	w.mustRun()
	if got := w.holds()["a"]; got != reconcile.ReasonConflict {
		t.Fatalf("held: %q", got)
	}
	b.lies("b phone=84950000006")
	b.take()
	b.still()
	w.resolve("a", choice("crm"))
	w.mustRun()
	b.lies("a phone=84950000005")
	b.take()
	b.still()
	if n := len(w.holds()); n != 0 {
		t.Errorf("%d holds", n)
	}
}

// A conflict that shows only when a client is read again keeps what the scan saw of
// it, too.
func TestA_conflict_found_late_forgets_no_edit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	one := entry("a", "Ромашка", "84950000001", "recv.castKpp", "770701001")
	w.export(one)
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "new@example.ru")
	w.edit("a", "castKpp", "990101001") // no scan but a full one shows it
	w.export(entry("a", "Ромашка", "84950000001", "recv.castKpp", "770701009"))
	w.mustRun()
	if got := w.holds()["a"]; got != reconcile.ReasonConflict {
		t.Fatalf("held: %q", got)
	}
	w.later(48 * time.Hour)
	w.export(one)
	w.mustRun()
	if got := strings.Join(b.lying(), ", "); !strings.Contains(got, "a mail_url=new@example.ru") {
		t.Errorf("in the inbox: %q", got)
	}
}
