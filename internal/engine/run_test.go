package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// The everyday life of a job: what a run does with what it finds.
func TestA_first_run_creates_and_the_next_writes_nothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", `ООО "Ромашка"`, "8 (495) 000-00-01"), row("b", "Лютик", ""), row("c", "Василёк", ""))
	w.outcome(w.mustRun(), "3 created")
	w.once("a", "b", "c")
	if got := w.client("a").Title; got != "Ромашка, ООО" {
		t.Errorf("the CRM spells the title %q", got)
	}
	w.outcome(w.mustRun(), "3 unchanged")
	w.settled()
	w.sound()
}

func TestOnly_the_changed_fields_are_sent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	w.crm.ForgetHistory()
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000009"))
	w.outcome(w.mustRun(), "1 unchanged, 1 updated")
	var bodies []string
	for _, e := range w.crm.History() {
		if e.Write {
			bodies = append(bodies, e.Body)
		}
	}
	want := fmt.Sprintf(`{"clid":%d,"phone":["84950000009"]}`, w.client("b").CLID)
	if len(bodies) != 1 || bodies[0] != want {
		t.Errorf("sent %q, want %q", bodies, want)
	}
	w.settled()
}

func TestAn_edit_in_the_CRM_survives_an_update_of_other_fields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "address", "по словам клиента"); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 updated")
	if c := w.client("a"); c.Fields["address"] != "по словам клиента" || c.Fields["phone"] != "84950000002" {
		t.Errorf("the CRM has %+v", c.Fields)
	}
	w.settled()
}

func TestBoth_sides_changed_one_field(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		conflicts reconcile.Take
		outcome   string
		phone     string
		hold      reconcile.Reason
	}{
		{reconcile.TakeHold, "1 held", "84950000003", reconcile.ReasonConflict},
		{reconcile.TakeSource, "1 updated", "84950000002", ""},
		{reconcile.TakeCRM, "1 unchanged", "84950000003", ""},
	} {
		t.Run(fmt.Sprint(tt.conflicts), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tune = func(c *engine.Config) { c.Policy.Conflicts = tt.conflicts }
			w.export(row("a", "Ромашка", "84950000001"))
			w.mustRun()
			if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
				t.Fatal(err)
			}
			w.export(row("a", "Ромашка", "84950000002"))
			w.outcome(w.mustRun(), tt.outcome)
			if got := w.client("a").Fields["phone"]; got != tt.phone {
				t.Errorf("the CRM has the phone %s, want %s", got, tt.phone)
			}
			if got := w.holds()["a"]; got != tt.hold {
				t.Errorf("hold %q, want %q", got, tt.hold)
			}
			w.settled()
		})
	}
}

func TestA_blank_cell_clears_only_where_the_mapping_says_so(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export("a;Ромашка;84950000001;;Тихая 1;;;Нет")
	w.mustRun()
	w.export("a;Ромашка;;;;;;Нет")
	w.outcome(w.mustRun(), "1 updated")
	if c := w.client("a"); c.Fields["phone"] != "84950000001" || c.Fields["address"] != "" {
		t.Errorf("the CRM has %+v", c.Fields)
	}
	w.settled()
}

// First meetings: the client is in the CRM already.
func TestFirst_meetings(t *testing.T) {
	t.Parallel()
	const inn, otherINN = "7707083893", "7702070139"
	for name, tt := range map[string]struct {
		there   emulator.Client
		row     string
		outcome string
		hold    reconcile.Reason
	}{
		"equal ИНН and КПП: linked": {
			emulator.Client{Title: "Ромашка (старая)", Recv: map[string]string{"castInn": inn, "castKpp": "770701001"}},
			"a;Ромашка;84950000001;;;" + inn + ";770701001;Нет", "1 merged", "",
		},
		"equal ИНН, another КПП: a branch, perhaps the same": {
			emulator.Client{Title: "Ромашка филиал", Recv: map[string]string{"castInn": inn, "castKpp": "770702002"}},
			"a;Ромашка;84950000001;;;" + inn + ";770701001;Нет", "1 held", reconcile.ReasonMaybeSame,
		},
		"an equal phone alone: a person decides": {
			emulator.Client{Title: "Кто-то", Fields: map[string]string{"phone": "+7 495 000-00-01"}},
			row("a", "Ромашка", "84950000001"), "1 held", reconcile.ReasonMaybeSame,
		},
		"in the trash": {
			emulator.Client{Title: "Ромашка", Trash: true, Recv: map[string]string{"castInn": inn}},
			"a;Ромашка;84950000001;;;" + inn + ";;Нет", "1 held", reconcile.ReasonTrashed,
		},
		"carries our uid: our own earlier add": {
			emulator.Client{UID: "a", Title: "Ромашка", Fields: map[string]string{"phone": "84950000001"}},
			row("a", "Ромашка", "84950000001"), "1 merged", "",
		},
		"carries our uid, values differ and no base": {
			emulator.Client{UID: "a", Title: "Ромашка", Fields: map[string]string{"phone": "84950000009"}},
			row("a", "Ромашка", "84950000001"), "1 held", reconcile.ReasonNoBase,
		},
		"belongs to another record's uid": {
			emulator.Client{UID: "z", Title: "Другая", Recv: map[string]string{"castInn": otherINN}},
			"a;Ромашка;84950000001;;;" + otherINN + ";;Нет", "1 created", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.crm.Seed(tt.there); err != nil {
				t.Fatal(err)
			}
			w.export(tt.row)
			w.outcome(w.mustRun(), tt.outcome)
			if got := w.holds()["a"]; got != tt.hold {
				t.Errorf("hold %q, want %q", got, tt.hold)
			}
			w.settled()
			w.sound()
		})
	}
}

// The CRM's own "existing client": somebody entered it after the CRM was read.
func TestThe_server_says_existing_client(t *testing.T) {
	t.Parallel()
	const inn, otherINN = "7707083893", "7702070139"
	for name, tt := range map[string]struct {
		there   emulator.Client
		outcome string
		hold    reconcile.Reason
	}{
		"the same company": {
			emulator.Client{Title: "Ромашка", Fields: map[string]string{"phone": "84950000001"}, Recv: map[string]string{"castInn": inn}},
			"1 merged", "",
		},
		"another company of the same name and phone": {
			emulator.Client{Title: "Ромашка", Fields: map[string]string{"phone": "84950000001"}, Recv: map[string]string{"castInn": otherINN}},
			"1 held", reconcile.ReasonMatchDiffers,
		},
		"owned by nobody, so invisible": {
			emulator.Client{Title: "Ромашка", Owner: "-", Fields: map[string]string{"phone": "84950000001"}},
			"1 held", reconcile.ReasonHidden,
		},
		"another uid": {
			emulator.Client{UID: "other", Title: "Ромашка", Fields: map[string]string{"phone": "84950000001"}, Recv: map[string]string{"castInn": inn}},
			"1 held", reconcile.ReasonMatchTaken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export("a;Ромашка;84950000001;;;" + inn + ";;Нет")
			w.step = w.onceAt("findings-saved", func() {
				if err := w.crm.Seed(tt.there); err != nil {
					t.Error(err)
				}
			})
			w.outcome(w.mustRun(), tt.outcome)
			w.step = nil
			if got := w.holds()["a"]; got != tt.hold {
				t.Errorf("hold %q, want %q", got, tt.hold)
			}
			w.settled()
			w.sound()
		})
	}
}

// onceAt is a step function that does something the first time a step comes.
func (w *world) onceAt(step string, do func()) func(string) {
	done := false
	return func(name string) {
		if name == step && !done {
			done = true
			do()
		}
	}
}

func TestTwo_rows_of_one_key(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rows    []string
		outcome string
		held    bool
	}{
		"different":                      {[]string{row("a", "Ромашка", "84950000001"), row("b", "Лютик", ""), row("a", "Ромашка", "84950000002")}, "1 created, 1 held", true},
		"identical":                      {[]string{row("a", "Ромашка", "84950000001"), row("b", "Лютик", ""), row("a", "Ромашка", "84950000001")}, "2 created", false},
		"keys that differ by case alone": {[]string{row("a", "Ромашка", "84950000001"), row("A", "Другая", "84950000002")}, "1 held", true},
		"three":                          {[]string{row("a", "Ромашка", "84950000001"), row("a", "Ромашка", "84950000002"), row("a", "Ромашка", "84950000003")}, "1 held", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export(tt.rows...)
			w.outcome(w.mustRun(), tt.outcome)
			held := false
			for _, reason := range w.holds() {
				held = held || reason == reconcile.ReasonDuplicateKey
			}
			if held != tt.held {
				t.Errorf("holds %v", w.holds())
			}
			w.settled()
		})
	}
}

func TestA_second_row_of_a_settled_record_holds_it_whatever_the_order(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string][]string{
		"known row first": {row("a", "Ромашка", "84950000001"), row("a", "Ромашка", "84950000002")},
		"known row last":  {row("a", "Ромашка", "84950000002"), row("a", "Ромашка", "84950000001")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export(row("a", "Ромашка", "84950000001"))
			w.mustRun()
			w.export(rows...)
			w.outcome(w.mustRun(), "1 held")
			if w.holds()["a"] != reconcile.ReasonDuplicateKey {
				t.Errorf("holds %v", w.holds())
			}
			if got := w.client("a").Fields["phone"]; got != "84950000001" {
				t.Errorf("the CRM's phone is %s", got)
			}
			w.settled()
			// the accountant removes one of the two: the record goes on
			w.export(row("a", "Ромашка", "84950000002"))
			w.outcome(w.mustRun(), "1 updated")
			if len(w.holds()) != 0 {
				t.Errorf("still held: %v", w.holds())
			}
		})
	}
}

// Guards stand between reading and writing.
func TestGuards_stop_before_anything_is_written(t *testing.T) {
	t.Parallel()
	var many, few, edited []string
	for i := range 60 {
		many = append(many, row(fmt.Sprintf("k%02d", i), fmt.Sprintf("Клиент %d", i), ""))
		edited = append(edited, row(fmt.Sprintf("k%02d", i), fmt.Sprintf("Клиент %d новый", i), ""))
	}
	few = many[:6]
	for name, tt := range map[string]struct {
		next    []string
		guard   string
		passing bool
	}{
		"90 % of the rows gone": {few, "max_shrink", true},
		"no row at all":         {nil, "min_rows", true},
		"most records changed":  {edited, "max_update", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export(many...)
			w.mustRun()
			before := w.writes()
			w.export(tt.next...)
			_, err := w.run()
			var halt *engine.HaltError
			if !errors.As(err, &halt) || halt.Halts[0].Guard != tt.guard || halt.Passing != tt.passing {
				t.Fatalf("the run ended with %v", err)
			}
			if w.writes() != before {
				t.Error("something was written all the same")
			}
			if !tt.passing {
				if _, err := w.run(); !errors.As(err, &halt) {
					t.Errorf("a halted job ran: %v", err)
				}
				if _, err := w.job.Resume(noCancel{}, map[string]int64{tt.guard: 60}, w.m.Fingerprint()); err != nil {
					t.Fatal(err)
				}
				w.outcome(w.mustRun(), "60 updated")
			}
			w.export(many...)
			if tt.passing {
				w.outcome(w.mustRun(), "60 unchanged")
			}
		})
	}
}

func TestA_lost_state_adds_nothing_twice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", ""), row("c", "Василёк", ""))
	w.mustRun()
	before := len(w.crm.Clients())
	w.loseState()
	w.outcome(w.mustRun(), "3 merged")
	if n := len(w.crm.Clients()); n != before {
		t.Errorf("the CRM has %d clients, had %d", n, before)
	}
	w.settled()
	w.sound()
}

// A client that somebody deleted in the CRM is not added again by itself.
func TestA_client_deleted_in_the_CRM(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	if err := w.crm.Delete(w.client("a").CLID); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "2 unchanged")
	w.export(row("a", "Ромашка", "84950000009"), row("b", "Лютик", "84950000002"))
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	if got := w.holds()["a"]; got != reconcile.ReasonCRMGone {
		t.Fatalf("held for %q", got)
	}
	w.settled()
	if err := w.job.Resolve(noCancel{}, "a", choice("add")); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 unchanged, 1 created")
	w.once("a", "b")
	w.settled()
	w.sound()
}

// Another way of making uids would make every record look new.
func TestThe_way_of_making_uids_is_frozen_once_links_exist(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.identity = "column: Ключ, encode: raw"
	w.export(row("a", "Ромашка", ""))
	w.mustRun()
	before := w.writes()
	w.identity = "column: Ключ, encode: hash"
	_, err := w.run()
	var frozen *engine.FrozenError
	if !errors.As(err, &frozen) || frozen.Was != "column: Ключ, encode: raw" || frozen.Links != 1 {
		t.Fatalf("the run ended with %v", err)
	}
	if w.writes() != before {
		t.Error("something was written all the same")
	}
}

// A first run against a CRM full of clients that nobody matched yet is held
// back: most of its adds would be duplicates.
func TestA_first_run_into_a_filled_CRM_waits_for_a_word(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var there []emulator.Client
	var rows []string
	for i := range 60 {
		there = append(there, emulator.Client{Title: fmt.Sprintf("Старый клиент %d", i)})
		rows = append(rows, row(fmt.Sprintf("k%02d", i), fmt.Sprintf("Новый клиент %d", i), ""))
	}
	if err := w.crm.Seed(there...); err != nil {
		t.Fatal(err)
	}
	w.export(rows...)
	_, err := w.run()
	var halt *engine.HaltError
	if !errors.As(err, &halt) || halt.Halts[0].Guard != "max_create" || halt.Halts[0].Found != 60 {
		t.Fatalf("the run ended with %v", err)
	}
	if _, err := w.job.Resume(noCancel{}, map[string]int64{"max_create": 60}, w.m.Fingerprint()); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "60 created")
}

// Somebody copied a card in the CRM: two clients carry one uid.
func TestA_card_copied_in_the_CRM_stops_writes_to_both(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	if err := w.crm.Seed(emulator.Client{UID: "a", Title: "Ромашка (копия)"}); err != nil {
		t.Fatal(err)
	}
	before := w.writes()
	w.export(row("a", "Ромашка", "84950000009"), row("b", "Лютик", "84950000002"))
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	if got := w.holds()["a"]; got != reconcile.ReasonUIDTwice {
		t.Errorf("held for %q", got)
	}
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	if w.writes() != before {
		t.Error("one of the two was written to")
	}
	for _, c := range w.crm.ByUID("a") {
		if c.Title == "Ромашка (копия)" {
			if err := w.crm.Delete(c.CLID); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.tune = func(c *engine.Config) { c.FullScanEvery = time.Nanosecond }
	w.later(time.Hour)
	w.outcome(w.mustRun(), "1 unchanged, 1 updated")
}

// The CRM gave the number of a linked client to another one, as after a restore
// from a backup: nobody's record is overwritten.
func TestAnother_client_under_a_linked_number_is_not_written_to(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.mustRun()
	clid := w.client("a").CLID
	if err := w.crm.Delete(clid); err != nil {
		t.Fatal(err)
	}
	if err := w.crm.Seed(emulator.Client{CLID: clid, Title: "Чужой", Fields: map[string]string{"phone": "84950000077"}}); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000009"), row("b", "Лютик", "84950000002"))
	w.outcome(w.mustRun(), "1 unchanged, 1 held")
	if c, _ := w.crm.Client(clid); c.Fields["phone"] != "84950000077" {
		t.Errorf("the stranger now has the phone %s", c.Fields["phone"])
	}
}

// What a hold was about is gone from the export: so is the hold.
func TestA_hold_ends_with_its_record(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"), row("c", "Мята", ""), row("d", "Мак", ""), row("e", "Лён", ""), row("f", "Рожь", ""))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
		t.Fatal(err)
	}
	w.export(append([]string{row("a", "Ромашка", "84950000004")}, w.rows[1:]...)...)
	w.mustRun()
	if len(w.holds()) != 1 {
		t.Fatalf("holds: %v", w.holds())
	}
	w.export(w.rows[1:]...)
	w.outcome(w.mustRun(), "5 unchanged, 1 absent")
	if len(w.holds()) != 0 {
		t.Errorf("still held: %v", w.holds())
	}
}

// A client that is known already is edited in the CRM: later runs see it before
// they add one that is the same.
func TestAn_edit_in_the_CRM_is_seen_before_an_add(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.crm.Seed(emulator.Client{Title: "Завод", Created: "2020-01-01 10:00:00"}); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", ""))
	w.outcome(w.mustRun(), "1 created")
	w.later(time.Hour)
	there := w.crm.Clients()[0].CLID
	for field, value := range map[string]string{"castInn": "7707083893", "address": "ул. Новая, 1"} {
		if err := w.crm.Edit(there, field, value); err != nil {
			t.Fatal(err)
		}
	}
	w.later(time.Hour)
	w.export(row("a", "Ромашка", ""), "b;Завод имени Лютика;84950000002;;;7707083893;;Нет")
	w.outcome(w.mustRun(), "1 unchanged, 1 merged")
	if n := len(w.crm.Clients()); n != 2 {
		t.Errorf("the CRM has %d clients", n)
	}
	w.settled()
}
