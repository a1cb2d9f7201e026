package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

// still fails unless a further run changes nothing on either side.
func (b *books) still() {
	b.w.Helper()
	before, lying := b.w.writes(), strings.Join(b.lying(), ", ")
	b.w.mustRun()
	if n := b.w.writes() - before; n != 0 {
		b.w.Errorf("a further run sent %d writes", n)
	}
	if now := strings.Join(b.lying(), ", "); now != lying {
		b.w.Errorf("a further run wrote back %q after %q", now, lying)
	}
}

// lies fails unless just these offers lie in the inbox.
func (b *books) lies(want ...string) {
	b.w.Helper()
	got := b.lying()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		b.w.Errorf("in the inbox: %q; want %q", got, want)
	}
}

func (w *world) edit(uid, field, value string) {
	w.Helper()
	if err := w.crm.Edit(w.client(uid).CLID, field, value); err != nil {
		w.Fatalf("edit: %v", err)
	}
}

func (w *world) resolve(uid string, c engine.Choice) {
	w.Helper()
	if err := w.job.Resolve(noCancel{}, uid, c); err != nil {
		w.Fatalf("resolve: %v", err)
	}
}

// full runs the job once and reads the CRM whole.
func (w *world) full() *engine.Report {
	w.Helper()
	r, err := w.engine().Run(noCancel{}, engine.Options{FullScan: true})
	if err != nil {
		w.Fatalf("run: %v", err)
	}
	return r
}

func TestAn_edit_of_the_CRM_comes_back_and_settles_when_an_export_shows_it(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.outcome(w.mustRun(), "2 created")
	b.still()
	w.later(time.Hour)
	w.edit("a", "mail_url", "new@example.ru")
	w.outcome(w.mustRun(), "1 unchanged, 1 written-back")
	b.lies("a mail_url=new@example.ru")
	b.still() // the offer is out: it is neither an edit nor written again
	b.take()
	w.outcome(w.mustRun(), "2 unchanged")
	b.still()
	b.lies()
	w.later(time.Hour)
	w.edit("a", "mail_url", "")
	w.mustRun()
	b.lies("a mail_url=")
	b.take()
	b.still()
	if got := w.client("a").Fields["mail_url"]; got != "" {
		t.Errorf("the CRM has %q again", got)
	}
}

func TestDisjoint_edits_both_survive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "new@example.ru")
	w.export(entry("a", "Ромашка", "84950000009"))
	w.outcome(w.mustRun(), "1 updated")
	b.lies("a mail_url=new@example.ru")
	if got := w.client("a").Fields["phone"]; !strings.Contains(got, "0000009") {
		t.Errorf("phone in the CRM: %q", got)
	}
	b.still()
	b.take()
	b.still()
}

func TestA_conflict_is_decided_as_the_job_or_a_person_says(t *testing.T) {
	t.Parallel()
	value := "84957770000"
	for _, tt := range []struct {
		name   string
		rule   reconcile.Take
		choice *engine.Choice
		crm    string // the phone's end, in the CRM
		back   []string
	}{
		{"source", reconcile.TakeSource, nil, "0000009", nil},
		{"crm", reconcile.TakeCRM, nil, "0000005", []string{"a phone=74950000005"}},
		{"a person takes the source's", reconcile.TakeHold, &engine.Choice{Take: "source"}, "0000009", nil},
		{"a person takes the CRM's", reconcile.TakeHold, &engine.Choice{Take: "crm"}, "0000005", []string{"a phone=74950000005"}},
		{"a person gives a third", reconcile.TakeHold, &engine.Choice{Field: "phone", Set: &value}, "7770000", []string{"a phone=84957770000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.both(func(c *engine.Config) { c.Policy.Conflicts = tt.rule })
			w.export(entry("a", "Ромашка", "84950000001"))
			w.mustRun()
			w.later(time.Hour)
			w.edit("a", "phone", "74950000005")
			w.export(entry("a", "Ромашка", "84950000009"))
			w.mustRun()
			if tt.choice != nil {
				if got := w.holds()["a"]; got != reconcile.ReasonConflict {
					t.Fatalf("held: %q", got)
				}
				b.still()
				w.later(24 * time.Hour) // far outside of any window of changes
				w.resolve("a", *tt.choice)
				w.mustRun()
			}
			if got := w.client("a").Fields["phone"]; !strings.HasSuffix(got, tt.crm) {
				t.Errorf("phone in the CRM: %q", got)
			}
			b.lies(tt.back...)
			b.still()
			b.take()
			b.still()
			if n := len(w.holds()); n != 0 {
				t.Errorf("%d holds stand", n)
			}
		})
	}
}

func TestWhat_the_CRM_does_not_date_shows_in_a_full_scan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001", "recv.castKpp", "770701001", "recv.castInn", "7707083893"))
	w.mustRun()
	w.later(3 * time.Hour)
	w.mustRun()
	w.later(3 * time.Hour)
	w.edit("a", "castKpp", "990101001")
	w.mustRun()
	b.lies()
	w.full()
	b.lies("a recv.castKpp=990101001")
	b.take()
	b.still()
}

func TestAn_edit_that_waits_is_not_lost_when_its_window_passes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "new@example.ru")
	keep := w.rows
	w.export("a;Ромашка;84950000001;нет адреса;;плохой инн;;может быть;") // not readable
	w.mustRun()
	if got := w.holds()["a"]; got != reconcile.ReasonUnreadable {
		t.Fatalf("held: %q", got)
	}
	w.later(48 * time.Hour)
	w.mustRun()
	w.rows = keep
	w.mustRun()
	b.lies("a mail_url=new@example.ru")
}

func TestA_field_that_the_source_owns_is_set_back_at_the_full_scan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	owned := strings.Replace(worldMapping, "phone: {column: Телефон, type: phones}", "phone: {column: Телефон, type: phones, owner: source}", 1)
	w.remap(owned)
	for _, direction := range []reconcile.Direction{reconcile.Both, reconcile.Push} {
		w.books.w.header = worldHeader
		tune := w.tune
		w.tune = func(c *engine.Config) { tune(c); c.Policy.Direction = direction }
		w.export(row("a", "Ромашка", "84950000001"))
		w.mustRun()
		w.later(time.Hour)
		w.edit("a", "phone", "74950000005")
		w.full()
		if got := w.client("a").Fields["phone"]; !strings.HasSuffix(got, "0000001") {
			t.Errorf("direction %d: phone in the CRM: %q", direction, got)
		}
		b.lies()
		b.still()
	}
}

func TestAbsence_is_proven_by_two_different_complete_snapshots(t *testing.T) {
	t.Parallel()
	gone := func(c *engine.Config) { c.Policy.OnAbsent = reconcile.Delete }
	w := newWorld(t)
	w.both(gone)
	w.proven = true
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.mustRun()
	w.later(time.Minute)
	w.export(entry("a", "Ромашка", "84950000001"))
	w.outcome(w.mustRun(), "1 unchanged, 1 absent")
	w.sameFile = true
	w.outcome(w.mustRun(), "1 unchanged, 1 absent") // the same file proves nothing more
	w.once("b")
	w.sameFile = false
	w.later(time.Minute)
	w.outcome(w.mustRun(), "1 unchanged, 1 deleted")
	if n := len(w.crm.ByUID("b")); n != 0 {
		t.Errorf("b is in the CRM %d times", n)
	}
	w.settled()
	w.later(time.Minute)
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.outcome(w.mustRun(), "1 unchanged, 1 created")
}

func TestA_record_that_left_is_kept_marked_or_deleted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		tune    func(*engine.Config)
		proven  bool
		deals   bool
		edit    bool
		outcome string
		held    reconcile.Reason
		there   int
		mail    string
	}{
		{"keep", func(*engine.Config) {}, true, false, false, "1 unchanged, 1 absent", "", 1, "b@example.ru"},
		{"delete", onAbsent(reconcile.Delete), true, false, false, "1 unchanged, 1 deleted", "", 0, ""},
		{"not proven whole", onAbsent(reconcile.Delete), false, false, false, "1 unchanged, 1 absent", "", 1, "b@example.ru"},
		{"has deals", onAbsent(reconcile.Delete), true, true, false, "1 unchanged, 1 rejected", "", 1, "b@example.ru"},
		{"edited", onAbsent(reconcile.Delete), true, false, true, "1 unchanged, 1 held", reconcile.ReasonAbsentButEdited, 1, "p@example.ru"},
		{"edited and kept", func(*engine.Config) {}, true, false, true, "1 unchanged, 1 held", reconcile.ReasonAbsentButEdited, 1, "p@example.ru"},
		{"marked", func(c *engine.Config) {
			c.Policy.OnAbsent = reconcile.Set
			c.Policy.AbsentSet = make([]record.Value, c.Policy.Schema.Len())
			c.Policy.AbsentSet[c.Policy.Schema.Index("mail_url")] = record.Of("gone@example.ru", "gone@example.ru")
		}, true, false, false, "1 unchanged, 1 updated", "", 1, "gone@example.ru"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.both(tt.tune)
			w.proven = tt.proven
			both := []string{entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002", "mail_url", "b@example.ru")}
			w.export(both...)
			w.mustRun()
			if tt.deals {
				if err := w.crm.SetHasDeals(w.client("b").CLID, true); err != nil {
					t.Fatal(err)
				}
			}
			w.later(time.Hour)
			w.export(both[0])
			w.mustRun()
			w.later(time.Hour)
			if tt.edit {
				w.edit("b", "mail_url", "p@example.ru")
			}
			w.outcome(w.mustRun(), tt.outcome)
			list := w.crm.ByUID("b")
			if len(list) != tt.there || tt.there == 1 && list[0].Fields["mail_url"] != tt.mail {
				t.Errorf("in the CRM: %+v", list)
			}
			if got := w.holds()["b"]; got != tt.held {
				t.Errorf("held: %q", got)
			}
			w.later(time.Hour)
			b.still()
			if got := w.holds()["b"]; got != tt.held {
				t.Errorf("held in the next run: %q", got)
			}
			w.later(time.Hour)
			w.export(both...)
			w.mustRun()
			w.once("b")
			if tt.name == "marked" && w.client("b").Fields["mail_url"] != "b@example.ru" {
				t.Errorf("it came back, and the CRM still has %q", w.client("b").Fields["mail_url"])
			}
		})
	}
}

func onAbsent(l reconcile.Leave) func(*engine.Config) {
	return func(c *engine.Config) { c.Policy.OnAbsent = l }
}

func TestA_client_deleted_in_the_CRM_is_a_tombstone_after_two_looks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		recreate bool
		change   bool
		first    string
		second   string
		times    int
		held     reconcile.Reason
	}{
		{"kept", false, false, "1 unchanged", "1 unchanged", 0, ""},
		{"recreated", true, false, "1 unchanged", "1 created", 1, ""},
		{"changed in the source", false, true, "1 held", "1 held", 0, reconcile.ReasonCRMGone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.both(func(c *engine.Config) { c.Policy.Recreate = tt.recreate })
			w.export(entry("a", "Ромашка", "84950000001"))
			w.mustRun()
			seedOne(w)
			if err := w.crm.Delete(w.client("a").CLID); err != nil {
				t.Fatal(err)
			}
			w.later(time.Hour)
			if tt.change {
				w.export(entry("a", "Ромашка", "84950000002"))
			}
			w.outcome(w.full(), tt.first)
			w.later(time.Hour)
			w.outcome(w.mustRun(), tt.second)
			if n := len(w.crm.ByUID("a")); n != tt.times {
				t.Errorf("%d times in the CRM", n)
			}
			if got := w.holds()["a"]; got != tt.held {
				t.Errorf("held: %q", got)
			}
			b.still()
			b.lies()
		})
	}
}

func TestA_client_that_is_merely_not_shown_is_not_gone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.both(func(c *engine.Config) { c.Policy.Recreate = true })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	seedOne(w)
	if err := w.crm.SetOwner(w.client("a").CLID, 2); err != nil {
		t.Fatal(err)
	}
	w.crm.SetLogin(emulator.Login{ID: 1, Login: emulator.DefaultLogin, Title: "Менеджер", Role: emulator.RoleManager, Active: true})
	w.crm.SetLogin(emulator.Login{ID: 2, Login: "other@example.org", Title: "Другой", Role: emulator.RoleManager, Active: true})
	for range 4 {
		w.later(time.Hour)
		w.full()
	}
	w.once("a")
}

func TestA_record_follows_its_uid_when_cards_are_merged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	if err := w.crm.Seed(emulator.Client{Title: "Ромашка на Тихой", Fields: map[string]string{"phone": "84950000007"}}); err != nil {
		t.Fatal(err)
	}
	var other int64
	for _, c := range w.crm.Clients() {
		if c.UID == "" {
			other = c.CLID
		}
	}
	old := w.client("a").CLID
	if err := w.crm.Merge(other, old); err != nil {
		t.Fatal(err)
	}
	if len(w.crm.ByUID("a")) == 0 {
		t.Skip("this CRM's merge drops the uid of the loser: nothing to follow")
	}
	w.later(time.Hour)
	w.full()
	b.lies("a title=Ромашка на Тихой", "a phone=84950000007")
	w.export(entry("a", "Ромашка", "84950000001", "mail_url", "a@example.ru"))
	w.mustRun()
	if got := w.client("a"); got.CLID != other || got.Fields["mail_url"] != "a@example.ru" {
		t.Errorf("client %d: %v", got.CLID, got.Fields)
	}
	b.still()
}

func TestClients_born_in_the_CRM_go_out_with_their_clid_and_are_linked_by_it(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.ExportNew = true })
	if err := w.crm.Seed(emulator.Client{Title: "Была до нас"}); err != nil {
		t.Fatal(err)
	}
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	b.lies()
	w.later(time.Hour)
	if err := w.crm.Seed(emulator.Client{Title: "Лютик", Fields: map[string]string{"phone": "84950000005"}}); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 unchanged, 1 written-back")
	b.lies("clid 3 title=Лютик", "clid 3 phone=84950000005")
	b.still()
	b.take()
	w.outcome(w.mustRun(), "1 unchanged, 1 merged")
	b.still()
	if n := len(w.crm.Clients()); n != 3 {
		t.Errorf("%d clients in the CRM", n)
	}
	b.lies()
	w.later(time.Hour)
	w.edit("new3", "phone", "84950000006")
	w.mustRun()
	b.lies("new3 phone=84950000006")
}

func TestAn_offer_that_is_not_taken_is_held_and_offered_again_or_withdrawn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		take string
		lies []string
		mail string
	}{
		{"crm", []string{"a mail_url=new@example.ru"}, "new@example.ru"},
		{"retry", []string{"a mail_url=new@example.ru"}, "new@example.ru"},
		{"source", nil, "old@example.ru"},
	} {
		t.Run(tt.take, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.both()
			w.export(entry("a", "Ромашка", "84950000001", "mail_url", "old@example.ru"))
			w.mustRun()
			w.later(time.Hour)
			w.edit("a", "mail_url", "new@example.ru")
			w.mustRun()
			b.empty()
			w.later(71 * time.Hour)
			w.mustRun()
			if n := len(w.holds()); n != 0 {
				t.Fatalf("%d holds before the time", n)
			}
			w.later(2 * time.Hour)
			w.outcome(w.mustRun(), "1 held")
			if got := w.holds()["a"]; got != reconcile.ReasonNotTaken {
				t.Fatalf("held: %q", got)
			}
			b.still()
			w.resolve("a", choice(tt.take))
			w.mustRun()
			b.lies(tt.lies...)
			if got := w.client("a").Fields["mail_url"]; got != tt.mail {
				t.Errorf("mail in the CRM: %q", got)
			}
			b.still()
			b.take()
			b.still()
			if n := len(w.holds()); n != 0 {
				t.Errorf("%d holds", n)
			}
		})
	}
}

func TestA_table_that_the_job_reads_settles_at_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	b.settles = true
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "new@example.ru")
	w.mustRun()
	if got := b.cell("a", "mail_url"); got != "new@example.ru" {
		t.Errorf("the table has %q", got)
	}
	b.still()
	w.later(240 * time.Hour)
	b.still()
	if n := len(w.holds()); n != 0 {
		t.Errorf("%d holds", n)
	}
}

func TestWhat_the_source_side_cannot_take_is_held(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "address", "Тихая ☃")
	w.edit("b", "address", "Громкая")
	b.undone = []engine.Undelivered{{UID: "a", Field: "address", Column: "Адрес", Code: "encoding", Why: "U+2603"}}
	w.outcome(w.mustRun(), "1 written-back, 1 held")
	b.lies("b address=Громкая")
	if got := w.holds()["a"]; got != reconcile.ReasonUnwritable {
		t.Fatalf("held: %q", got)
	}
	since := w.heldSince("a")
	for range 3 {
		w.outcome(w.mustRun(), "1 unchanged, 1 held")
		if got := w.heldSince("a"); got != since {
			t.Errorf("held since %s, before since %s", got, since)
		}
		w.later(20 * time.Hour)
	}
	b.undone = nil
	w.resolve("a", choice("crm"))
	w.mustRun()
	if n := len(w.holds()); n != 0 {
		t.Errorf("%d holds", n)
	}
	b.lies("b address=Громкая")
	b.take()
	b.still()
	w.full()
	b.lies()
}

func TestA_folder_that_fails_keeps_the_offers_for_the_next_run(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "new@example.ru")
	w.export(entry("a", "Ромашка", "84950000003"))
	b.fail = errors.New("no space left on device")
	_, err := w.run()
	var outbox *engine.OutboxError
	if !errors.As(err, &outbox) || !errors.Is(err, b.fail) {
		t.Fatalf("the run ended with %v", err)
	}
	b.fail = nil
	b.lies()
	w.mustRun()
	b.lies("a mail_url=new@example.ru")
	b.still()
	b.take()
	b.still()
}

func TestA_write_back_survives_a_crash_at_every_step(t *testing.T) {
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
		n := 0
		w.step = func(string) {
			if n++; n == at {
				panic("killed")
			}
		}
		killed := func() (killed bool) {
			defer func() { killed = recover() != nil }()
			_, _ = w.run()
			return false
		}()
		w.step = nil
		w.later(settle + time.Minute)
		w.mustRun()
		w.mustRun()
		b.lies("a mail_url=new@example.ru")
		b.take()
		b.still()
		w.once("a")
		if got := w.client("a").Fields; !strings.HasSuffix(got["phone"], "0000003") || got["mail_url"] != "new@example.ru" {
			t.Errorf("killed at step %d: %v", at, got)
		}
		if t.Failed() || !killed {
			if at < 5 {
				t.Errorf("only %d steps", at)
			}
			return
		}
	}
}

func TestA_CRM_put_back_from_its_backup_halts_and_overwrites_nothing_afterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	backup := w.crm.Snapshot()
	w.later(time.Hour)
	w.export(entry("a", "Ромашка", "84950000009"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000003"))
	w.mustRun()
	w.crm.Restore(backup)
	w.later(time.Hour)
	_, err := w.run()
	var halt *engine.HaltError
	if !errors.As(err, &halt) || halt.Halts[0].Guard != engine.GuardCRMRewound {
		t.Fatalf("the run ended with %v", err)
	}
	b.lies()
	if _, err := w.job.Resume(noCancel{}, map[string]int64{engine.GuardCRMRewound: 0}, w.m.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	b.lies() // the CRM's old phone is nobody's edit
	if got := b.cell("a", "phone"); got != "84950000009" {
		t.Errorf("the books have %q", got)
	}
	if got := w.holds()["a"]; got != reconcile.ReasonNoBase {
		t.Fatalf("a is held %q", got)
	}
	w.later(time.Hour)
	w.mustRun()
	b.lies()
	w.resolve("a", choice("source"))
	w.mustRun()
	if got := w.client("a").Fields["phone"]; !strings.HasSuffix(got, "0000009") {
		t.Errorf("phone in the CRM: %q", got)
	}
	b.lies()
}

// The numbers that a CRM put back gives a second time are other people's: the CRM
// is the same, and it was set back, however far it has come again.
func TestA_CRM_put_back_that_gave_numbers_again_halts(t *testing.T) {
	t.Parallel()
	for _, born := range []int{1, 2, 3} {
		w := newWorld(t)
		b := w.both()
		w.export(entry("a", "Ромашка", "84950000001"))
		w.mustRun()
		backup := w.crm.Snapshot()
		w.export(append(w.rows, entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000003"))...)
		w.mustRun()
		w.crm.Restore(backup)
		for range born {
			seedOne(w)
		}
		w.later(time.Hour)
		w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000022"), entry("c", "Лютик", "84950000033"))
		_, err := w.run()
		var halt *engine.HaltError
		if !errors.As(err, &halt) || halt.Halts[0].Guard != engine.GuardCRMRewound {
			t.Fatalf("with %d born since the run ended with %v", born, err)
		}
		b.lies()
		if _, err := w.job.Resume(noCancel{}, map[string]int64{engine.GuardCRMRewound: 0}, w.m.Fingerprint()); err != nil {
			t.Fatal(err)
		}
		for range 3 { // it halts nothing again
			w.later(time.Hour)
			w.mustRun()
		}
		for clid := int64(2); clid <= int64(born)+1; clid++ {
			if c, ok := w.crm.Client(clid); ok && c.Title != "Сама по себе" {
				t.Errorf("client %d is %q now", clid, c.Title)
			}
		}
		if w.holds()["b"] != reconcile.ReasonCRMGone {
			t.Errorf("with %d born since, b is held %q", born, w.holds()["b"])
		}
	}
}

// seedOne puts a client of its own into the CRM, newer than all others.
func seedOne(w *world) {
	w.Helper()
	if err := w.crm.Seed(emulator.Client{Title: "Сама по себе"}); err != nil {
		w.Fatalf("seed: %v", err)
	}
}

func TestTwo_records_on_one_clid_are_both_held(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	seedOne(w)
	w.export(entry("a", "Сама по себе", "84950000001")+"1", entry("b", "Мята", "84950000002")+"1")
	w.outcome(w.mustRun(), "2 held")
	for _, uid := range []string{"a", "b"} {
		if got := w.holds()[uid]; got != reconcile.ReasonMatchAmbiguous {
			t.Errorf("%s is held %q", uid, got)
		}
	}
	w.export(entry("a", "Сама по себе", "84950000001")+"1", entry("b", "Мята", "84950000002"))
	w.mustRun()
	w.once("a", "b")
	if c := w.client("a"); c.CLID != 1 {
		t.Errorf("a is client %d", c.CLID)
	}
	b.still()
}

func TestA_delta_says_nothing_of_what_it_lacks_and_edits_come_back_beside_it(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(onAbsent(reconcile.Delete), func(c *engine.Config) { c.Limits.MinRows = reconcile.Off() })
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
	w.mustRun()
	w.delta = true
	for range 3 {
		w.later(3 * time.Hour)
		w.export(entry("a", "Ромашка", "84950000001"))
		w.mustRun()
	}
	w.once("a", "b")
	w.later(3 * time.Hour)
	w.edit("b", "mail_url", "b@example.ru")
	w.mustRun()
	b.lies("b mail_url=b@example.ru")
	b.still()
	w.export(entry("b", "Мята", "84950000002", "mail_url", "b@example.ru"))
	w.mustRun()
	b.empty()
	b.still()
	w.later(240 * time.Hour)
	b.still()
}

func TestOut_of_scope_and_marked_records_leave_the_CRM_when_the_job_says_so(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		tune    func(*engine.Config)
		row     string
		outcome string
		there   int
	}{
		{"out of scope, kept", func(*engine.Config) {}, "b;Мята;84950000002;;;;;Да;", "1 unchanged, 1 out-of-scope", 1},
		{"out of scope, deleted", func(c *engine.Config) { c.Policy.OnOutOfScope = reconcile.Delete }, "b;Мята;84950000002;;;;;Да;", "1 unchanged, 1 deleted", 0},
		{"marked, kept", func(*engine.Config) {}, "b;Мята удалена;84950000002;;;;;Нет;", "1 unchanged, 1 absent", 1},
		{"marked, deleted on one observation", onAbsent(reconcile.Delete), "b;Мята удалена;84950000002;;;;;Нет;", "1 unchanged, 1 deleted", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.both(tt.tune)
			w.remap(strings.Replace(worldMapping, "skip:", "deleted_when: 'row[\"Имя\"] contains \"удалена\"'\nclid: {column: КодCRM}\nskip:", 1))
			w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"))
			w.mustRun()
			w.export(entry("a", "Ромашка", "84950000001"), tt.row)
			w.outcome(w.mustRun(), tt.outcome)
			if n := len(w.crm.ByUID("b")); n != tt.there {
				t.Errorf("b is in the CRM %d times", n)
			}
			b.still()
			b.still()
		})
	}
}

func TestA_plan_is_carried_out_to_the_letter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000003"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "mail_url", "a@example.ru")
	w.edit("b", "mail_url", "b@example.ru")
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"), entry("c", "Лютик", "84950000009"), entry("d", "Осока", "84950000004"))
	digests := map[string]record.Fingerprint{}
	if _, err := w.engine().Plan(noCancel{}, engine.Options{}, func(op *engine.Op, _ *engine.Hold) error {
		digests[op.UID] = engine.Digest(op)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(digests) != 4 {
		t.Fatalf("%d ops planned", len(digests))
	}
	delete(digests, "d")
	w.edit("b", "mail_url", "later@example.ru")
	r, err := w.engine().Run(noCancel{}, engine.Options{Plan: digests})
	if err != nil {
		t.Fatal(err)
	}
	w.outcome(r, "1 updated, 1 written-back, 2 waiting")
	if r.Moved != 1 || r.Unplanned != 1 {
		t.Errorf("%d moved, %d not planned", r.Moved, r.Unplanned)
	}
	b.lies("a mail_url=a@example.ru")
	w.outcome(w.mustRun(), "2 unchanged, 1 created, 1 written-back")
	b.lies("a mail_url=a@example.ru", "b mail_url=later@example.ru")
}

func TestWhat_the_source_side_cannot_take_of_a_born_client_is_held_until_it_can(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both(func(c *engine.Config) { c.Policy.ExportNew = true })
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	w.later(time.Hour)
	if err := w.crm.Seed(emulator.Client{Title: "Лютик ☃", Fields: map[string]string{"phone": "84950000005"}}); err != nil {
		t.Fatal(err)
	}
	b.undone = []engine.Undelivered{{CLID: 2, Code: "encoding", Why: "U+2603"}}
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	for range 2 {
		w.later(3 * time.Hour)
		w.mustRun()
		if got := w.holds()["clid-2"]; got != reconcile.ReasonUnwritable {
			t.Fatalf("held: %q", got)
		}
	}
	b.undone = nil
	w.resolve("clid-2", choice("retry"))
	w.mustRun()
	b.lies("clid 2 title=Лютик ☃", "clid 2 phone=84950000005")
	if n := len(w.holds()); n != 0 {
		t.Errorf("%d holds", n)
	}
	b.take()
	w.mustRun()
	b.still()
}

// heldSince tells when a record was held.
func (w *world) heldSince(uid string) time.Time {
	w.Helper()
	list, err := w.db.Holds(noCancel{}, state.HoldFilter{})
	if err != nil {
		w.Fatalf("holds: %v", err)
	}
	for _, h := range list {
		if h.UID == uid {
			return h.Since
		}
	}
	w.Fatalf("%s is not held", uid)
	return time.Time{}
}

func TestA_number_given_to_somebody_else_is_no_client_of_ours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	backup := w.crm.Snapshot()
	w.export(entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"), entry("c", "Осока", "84950000003"))
	w.mustRun()
	w.crm.Restore(backup)
	if err := w.crm.Seed(emulator.Client{Title: "Чужая", UID: "x"}, emulator.Client{Title: "Другая", UID: "y"}, emulator.Client{Title: "Третья"}); err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	_, err := w.run()
	var halt *engine.HaltError
	if !errors.As(err, &halt) {
		t.Fatalf("the run ended with %v", err)
	}
	if _, err := w.job.Resume(noCancel{}, map[string]int64{halt.Halts[0].Guard: 0}, w.m.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.later(time.Hour)
		w.full()
	}
	list, err := w.db.Records(noCancel{}, "clients", "b", 1)
	if err != nil || len(list) != 1 || list[0].Status != "gone" {
		t.Errorf("b: %+v, %v", list, err)
	}
	b.lies()
	for _, c := range w.crm.Clients() {
		if c.Title == "Чужая" && c.UID != "x" {
			t.Errorf("somebody else's client was written to: %+v", c)
		}
	}
}

// A choice about all fields replaces the one before: what that had decided must be
// shown again, or two fields would take turns for ever.
func TestA_field_that_joins_a_dispute_is_decided_with_the_others(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.both()
	w.export(entry("a", "Ромашка", "84950000001", "mail_url", "a@example.ru", "address", "Тихая 1"))
	w.mustRun()
	w.later(time.Hour)
	w.edit("a", "address", "Громкая 1")
	w.export(entry("a", "Ромашка", "84950000001", "mail_url", "a@example.ru", "address", "Тихая 2"))
	w.mustRun()
	w.resolve("a", choice("source"))
	w.edit("a", "mail_url", "crm@example.ru")
	w.export(entry("a", "Ромашка", "84950000001", "mail_url", "books@example.ru", "address", "Тихая 2"))
	w.mustRun()
	if got := w.holds()["a"]; got != reconcile.ReasonConflict {
		t.Fatalf("held: %q", got)
	}
	w.resolve("a", choice("source"))
	w.mustRun()
	if n := len(w.holds()); n != 0 {
		t.Fatalf("%d holds", n)
	}
	if c := w.client("a").Fields; c["address"] != "Тихая 2" || c["mail_url"] != "books@example.ru" {
		t.Errorf("in the CRM: %v", c)
	}
	b.still()
}

// The client that has a lost one's number now keeps its place in the index: a record
// that may be the same is never added beside it.
func TestA_number_given_again_keeps_its_new_client_in_the_index(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.both()
	w.export(entry("a", "Ромашка", "84950000001"))
	w.mustRun()
	backup := w.crm.Snapshot()
	all := []string{entry("a", "Ромашка", "84950000001"), entry("b", "Мята", "84950000002"), entry("c", "Осока", "84950000003")}
	w.export(all...)
	w.mustRun()
	w.crm.Restore(backup)
	phone := map[string]string{"phone": "84950000077"}
	if err := w.crm.Seed(emulator.Client{Title: "Чужая", Fields: phone}, emulator.Client{Title: "Другая"}, emulator.Client{Title: "Третья"}); err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	_, err := w.run()
	var halt *engine.HaltError
	if !errors.As(err, &halt) {
		t.Fatalf("the run ended with %v", err)
	}
	if _, err := w.job.Resume(noCancel{}, map[string]int64{halt.Halts[0].Guard: 0}, w.m.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	w.full()
	w.later(3 * time.Hour)
	w.mustRun() // the second look buries the link, without a scan of all
	w.later(3 * time.Hour)
	w.export(append(all, entry("d", "Новая", "84950000077"))...)
	w.mustRun()
	if got := w.holds()["d"]; got != reconcile.ReasonMaybeSame {
		t.Errorf("d is held %q and %d times in the CRM", got, len(w.crm.ByUID("d")))
	}
}
