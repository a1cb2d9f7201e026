package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

func (w *world) toward(d reconcile.Direction) {
	tune := w.tune
	w.tune = func(c *engine.Config) { tune(c); c.Policy.Direction = d }
}

func TestA_job_turned_to_both_ways_offers_the_edits_that_stand_and_overwrites_none(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.toward(reconcile.Push)
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000003"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "a@example.ru")
	w.edit("b", "phone", "74950000006")
	w.edit("c", "phone", "74950000007")
	w.mustRun()
	w.later(100 * time.Hour)
	w.export(entry("a", "Ромашка", "84950000008"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000003"))
	w.mustRun()
	w.toward(reconcile.Both)
	w.export(entry("a", "Ромашка", "84950000008"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000009"))
	w.mustRun()
	b.lies("a mail_url=a@example.ru", "b phone=74950000006")
	if got := w.holds()["c"]; got != reconcile.ReasonConflict {
		t.Errorf("c is held %q", got)
	}
	b.still()
	w.toward(reconcile.Push) // and back, with offers on their way
	w.later(100 * time.Hour)
	b.still()
	w.full()
	b.still()
	if got := w.phones("a", "b", "c"); got != "84950000008 74950000006 74950000007" {
		t.Errorf("the CRM has %s", got)
	}
	w.toward(reconcile.Both)
	w.resolve("c", choice("source"))
	w.mustRun()
	b.take()
	w.mustRun()
	b.still()
	if n := len(w.holds()); n != 0 {
		t.Errorf("holds: %v", w.holds())
	}
}

func TestA_clock_that_was_ahead_hides_no_edit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.FullScanEvery = 1000 * time.Hour })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(48 * time.Hour)
	w.mustRun() // the clock was two days ahead
	w.later(-40 * time.Hour)
	w.edit("a", "mail_url", "a@example.ru")
	w.later(3 * time.Hour)
	w.mustRun()
	b.lies("a mail_url=a@example.ru")
}

func TestThe_CRM_wins_over_a_third_value_too(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.Conflicts = reconcile.TakeCRM })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "phone", "74950000005")
	w.mustRun()
	b.take()
	w.export(entry("a", "Ромашка", "84950000009")) // taken, and changed again before any export
	w.mustRun()
	b.lies("a phone=74950000005")
	b.still()
	b.take()
	b.still()
	if got := b.cell("a", "phone"); got != "74950000005" {
		t.Errorf("the books have %s", got)
	}
}

func TestA_field_that_left_the_mapping_leaves_its_offer_unsaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "a@example.ru")
	w.edit("a", "address", "Тихая")
	w.mustRun()
	b.lies("a mail_url=a@example.ru", "a address=Тихая")
	b.empty()
	w.remap(strings.Replace(strings.Replace(worldMapping, "skip:", "clid: {column: КодCRM}\nskip:", 1), "  mail_url: {column: Почта, type: emails}\n", "", 1))
	if _, err := w.job.Resume(noCancel{}, map[string]int64{engine.GuardMappingChanged: 0}, w.m.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.mustRun()
		w.later(80 * time.Hour)
	}
	if got := w.holds()["a"]; got != reconcile.ReasonNotTaken {
		t.Errorf("held %q", got)
	}
	w.export(entry("a", "Ромашка", "84950000001", "address", "Тихая"))
	w.mustRun()
	if n := len(w.holds()); n != 0 {
		t.Errorf("holds: %v", w.holds())
	}
	b.still()
}

func TestAn_edit_after_the_word_to_delete_is_seen_first(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(onAbsent(reconcile.Delete))
	w.proven = true
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("b", "mail_url", "b@example.ru")
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Minute)
	w.mustRun()
	if got := w.holds()["b"]; got != reconcile.ReasonAbsentButEdited {
		t.Fatalf("held: %q", got)
	}
	w.resolve("b", choice("source"))
	w.edit("b", "mail_url", "later@example.ru")
	w.later(time.Minute)
	w.mustRun()
	w.once("b")
	if got := w.holds()["b"]; got != reconcile.ReasonAbsentButEdited {
		t.Fatalf("held: %q", got)
	}
	w.later(time.Minute)
	b.still()
	w.resolve("b", choice("source"))
	w.later(time.Minute)
	w.mustRun()
	if n := len(w.crm.ByUID("b")); n != 0 {
		t.Errorf("b is in the CRM %d times", n)
	}
}

func TestBoth_ways_survive_a_crash_at_every_step(t *testing.T) {
	whole(t)
	t.Parallel()
	for _, tt := range []struct {
		name    string
		settles bool
		delta   bool
	}{{"files", false, false}, {"a table", true, false}, {"a delta of a table", true, true}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for at := 1; ; at++ {
				w := newWorld(t)
				b := w.both(onAbsent(reconcile.Delete), func(c *engine.Config) { c.Policy.ExportNew = true })
				w.proven = true
				b.settles = tt.settles
				w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000003"))
				w.mustRun()
				w.later(time.Hour)
				w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
				w.mustRun()
				w.later(time.Hour)
				if tt.delta {
					w.deltas()
					w.proven = false
				}
				w.edit("a", "mail_url", "new@example.ru")
				w.edit("b", "address", "Тихая")
				if err := w.crm.Seed(emulator.Client{Title: "Осока", Fields: map[string]string{"phone": "84950000005"}}); err != nil {
					t.Fatal(err)
				}
				w.export(entry("a", "Ромашка", "84950000011"), entry("b", "Мята", "84950000002"))
				killed := w.killAt(at)
				if at%2 == 0 {
					w.later(time.Minute)
					w.killAt(1 + at%5)
				}
				w.later(20 * time.Hour)
				for range 3 {
					w.mustRun()
					w.later(time.Minute)
				}
				b.take()
				w.mustRun()
				w.later(time.Minute)
				w.mustRun()
				b.still()
				w.once("a", "b", "new4")
				if n := len(w.crm.Clients()); n != 3 && !tt.delta {
					t.Errorf("killed at step %d: %d clients", at, n)
				}
				if got := w.client("a").Fields; got["phone"] != "84950000011" || got["mail_url"] != "new@example.ru" {
					t.Errorf("killed at step %d: a is %v", at, got)
				}
				for _, want := range [][3]string{{"a", "mail_url", "new@example.ru"}, {"b", "address", "Тихая"}, {"new4", "phone", "84950000005"}} {
					if got := b.cell(want[0], want[1]); got != want[2] {
						t.Errorf("killed at step %d: the books have %v %q", at, want, got)
					}
				}
				if len(w.holds()) != 0 || w.backlog() != "" {
					t.Errorf("killed at step %d: holds %v, waiting %s", at, w.holds(), w.backlog())
				}
				if t.Failed() || !killed {
					t.Logf("%d steps", at)
					return
				}
			}
		})
	}
}

func TestAn_interrupted_run_leaves_nothing_unsaid(t *testing.T) {
	whole(t)
	t.Parallel()
	for at := 1; at < 40; at++ {
		w := newWorld(t)
		b := w.both()
		w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
		w.mustRun()
		w.later(time.Hour)
		w.edit("a", "mail_url", "a@example.ru")
		w.edit("b", "mail_url", "b@example.ru")
		w.export(entry("a", "Ромашка", "84950000009"), entry("b", "Мята", "84950000002"))
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		w.step = func(string) {
			if n++; n == at {
				cancel()
			}
		}
		_, _ = w.engine().Run(ctx, engine.Options{})
		cancel()
		w.step = nil
		w.later(20 * time.Hour)
		w.mustRun()
		w.mustRun()
		b.lies("a mail_url=a@example.ru", "b mail_url=b@example.ru")
		b.take()
		b.still()
		if n < at || t.Failed() {
			t.Logf("%d steps", at)
			return
		}
	}
}

func TestTrash_and_back_loses_no_edit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "a@example.ru")
	clid := w.client("a").CLID
	if err := w.crm.Trash(clid); err != nil {
		t.Fatal(err)
	}
	w.export(entry("a", "Ромашка", "84950000009"))
	w.mustRun()
	w.full()
	b.lies()
	b.still()
	w.later(30 * time.Hour)
	if err := w.crm.Untrash(clid); err != nil {
		t.Fatal(err)
	}
	w.full()
	b.lies("a mail_url=a@example.ru")
	if got := w.client("a").Fields["phone"]; got != "84950000009" {
		t.Errorf("phone %s", got)
	}
	b.take()
	b.still()
}
