package engine_test

import (
	"fmt"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// Every fault of an add, and what comes of it: after the settle time and a few
// clean runs each uid is in the CRM exactly once, and a further run writes
// nothing.
func TestFaults_of_adds(t *testing.T) {
	t.Parallel()
	add := func(f emulator.Fault) emulator.Fault {
		f.Action, f.Times = "add.list", 1
		if f.Nth == 0 {
			f.Nth = 2 // the batch after the canary
		}
		return f
	}
	for name, f := range map[string]emulator.Fault{
		"connection lost before":             {Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"answer lost after commit":           {Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"late commit":                        {Phase: emulator.PhaseLate, Kind: emulator.KindDrop, Delay: emulator.Duration(50 * time.Millisecond)},
		"HTML fatal in mid-batch":            {Phase: emulator.PhaseDuring, Kind: emulator.KindFatal, Record: 3},
		"HTML fatal before":                  {Phase: emulator.PhaseBefore, Kind: emulator.KindFatal},
		"code 500 after the insert":          {Phase: emulator.PhaseAfter, Kind: emulator.KindCode500, Record: 2},
		"code 500 for all":                   {Phase: emulator.PhaseAfter, Kind: emulator.KindCode500},
		"short answer":                       {Phase: emulator.PhaseAfter, Kind: emulator.KindShort},
		"long answer":                        {Phase: emulator.PhaseAfter, Kind: emulator.KindLong},
		"reordered answer":                   {Phase: emulator.PhaseAfter, Kind: emulator.KindReorder},
		"truncated JSON":                     {Phase: emulator.PhaseAfter, Kind: emulator.KindTruncated},
		"connection cut in the answer":       {Phase: emulator.PhaseAfter, Kind: emulator.KindCut},
		"PHP warning before the JSON":        {Phase: emulator.PhaseAfter, Kind: emulator.KindWarning},
		"HTML after the JSON":                {Phase: emulator.PhaseAfter, Kind: emulator.KindTrailing},
		"empty answer after commit":          {Phase: emulator.PhaseAfter, Kind: emulator.KindEmpty},
		"proxy's 502 after commit":           {Phase: emulator.PhaseAfter, Kind: emulator.KindHTTP502},
		"database down":                      {Phase: emulator.PhaseBefore, Kind: emulator.KindDBDown},
		"redirect":                           {Phase: emulator.PhaseBefore, Kind: emulator.KindRedirect},
		"the canary's answer is lost":        {Nth: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"the canary is lost before":          {Nth: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"no answer until we leave, it lands": {Phase: emulator.PhaseAfter, Kind: emulator.KindHang},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var keys, rows []string
			for i := range 9 {
				keys = append(keys, fmt.Sprintf("key-%d", i))
				rows = append(rows, row(keys[i], fmt.Sprintf("Клиент %d", i), fmt.Sprintf("8495000%04d", i)))
			}
			w.export(rows...)
			if err := w.crm.Faults(add(f)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.run(); err != nil {
				t.Logf("the run with the fault: %v", err)
			}
			for fault, n := range w.crm.FaultsFired() {
				if n == 0 {
					t.Errorf("the fault %s never struck", fault)
				}
			}
			w.crm.ReleaseLate()
			w.heals(keys)
		})
	}
}

// heals runs a few clean runs past the settle time and checks what must hold.
func (w *world) heals(keys []string) {
	w.Helper()
	for range 4 {
		w.later(settle + time.Minute)
		w.mustRun()
	}
	w.once(keys...)
	w.settled()
	w.sound()
	w.linked()
	if ops, err := w.job.Open(noCancel{}); err != nil || len(ops) != 0 {
		w.Errorf("%d ops are open, %v", len(ops), err)
	}
}

// Before the settle time has passed, nothing is sent again; the others go on.
func TestAn_add_in_doubt_blocks_its_own_uid_alone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	if err := w.crm.Faults(emulator.Fault{
		Action: "add.list", Nth: 1, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop,
	}); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 created, 1 in-doubt")
	w.later(settle / 2)
	w.outcome(w.mustRun(), "1 unchanged, 1 in-doubt")
	if n := len(w.crm.ByUID("a")); n != 0 {
		t.Fatalf("a was sent again before its first request could no longer arrive (%d in the CRM)", n)
	}
	w.later(settle)
	w.outcome(w.mustRun(), "1 unchanged, 1 created")
	w.once("a", "b")
	w.settled()
}

// A late commit arrives after we gave up, while the record is in doubt.
func TestA_late_commit_is_found_not_repeated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	if err := w.crm.Faults(emulator.Fault{
		Action: "add.list", Nth: 1, Times: 1, Phase: emulator.PhaseLate, Kind: emulator.KindDrop,
	}); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 in-doubt")
	w.later(settle / 2)
	w.crm.ReleaseLate()
	w.outcome(w.mustRun(), "1 unchanged")
	w.once("a")
	w.settled()
	w.sound()
}

// A login that does not see everything proves no absence.
func TestAbsence_is_not_proven_by_a_login_that_sees_only_its_own(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crm.SetLogin(emulator.Login{ID: 1, Login: emulator.DefaultLogin, Title: "Менеджер", Role: emulator.RoleManager, Active: true})
	w.crm.SetLogin(emulator.Login{ID: 2, Login: "other@example.org", Title: "Другой", Role: emulator.RoleManager, Active: true})
	if err := w.crm.Seed(emulator.Client{Title: "Чужой", Owner: "other@example.org"}); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000001"))
	if err := w.crm.Faults(emulator.Fault{
		Action: "add.list", Nth: 1, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop,
	}); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 in-doubt")
	w.later(2 * settle)
	w.outcome(w.mustRun(), "1 in-doubt")
}

// A record that kills every request it is in is found, tried alone and then
// refused; the others arrive.
func TestThe_poison_record_is_isolated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var keys, rows []string
	for i := range 8 {
		keys = append(keys, fmt.Sprintf("key-%d", i))
		rows = append(rows, row(keys[i], fmt.Sprintf("Клиент %d", i), ""))
	}
	w.export(rows...)
	if err := w.crm.Faults(emulator.Fault{
		Action: "add.list", UID: "key-4", Phase: emulator.PhaseDuring, Kind: emulator.KindFatal,
	}); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		w.mustRun()
		w.later(settle + time.Minute)
	}
	w.once(append(keys[:4:4], keys[5:]...)...)
	if n := len(w.crm.ByUID("key-4")); n != 0 {
		t.Errorf("the poison record is in the CRM %d times", n)
	}
	r := w.mustRun()
	w.outcome(r, "7 unchanged, 1 rejected")
	w.settled()
	// the row is corrected: it goes
	if err := w.crm.Faults(); err != nil {
		t.Fatal(err)
	}
	rows[4] = row("key-4", "Клиент исправленный", "")
	w.export(rows...)
	w.outcome(w.mustRun(), "7 unchanged, 1 created")
}

// Faults of updates: they can be sent again, and are, once nobody can say that
// the first one may still arrive.
func TestFaults_of_updates(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]emulator.Fault{
		"connection lost before":   {Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"answer lost after commit": {Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"late commit":              {Phase: emulator.PhaseLate, Kind: emulator.KindDrop},
		"HTML fatal before":        {Phase: emulator.PhaseBefore, Kind: emulator.KindFatal},
		"truncated JSON":           {Phase: emulator.PhaseAfter, Kind: emulator.KindTruncated},
		"PHP warning":              {Phase: emulator.PhaseAfter, Kind: emulator.KindWarning},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
			w.mustRun()
			f.Action, f.Nth, f.Times = "update", 1, 1
			if err := w.crm.Faults(f); err != nil {
				t.Fatal(err)
			}
			w.export(row("a", "Ромашка", "84950000008"), row("b", "Лютик", "84950000009"))
			if _, err := w.run(); err != nil {
				t.Fatal(err)
			}
			w.crm.ReleaseLate()
			w.heals([]string{"a", "b"})
			if a, b := w.client("a").Fields["phone"], w.client("b").Fields["phone"]; a != "84950000008" || b != "84950000009" {
				t.Errorf("the CRM has the phones %s and %s", a, b)
			}
		})
	}
}

// The link of a merge is written and proven like everything else.
func TestFaults_of_links(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]emulator.Fault{
		"connection lost before":   {Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"answer lost after commit": {Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"truncated JSON":           {Phase: emulator.PhaseAfter, Kind: emulator.KindTruncated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.crm.Seed(emulator.Client{Title: "Ромашка", Recv: map[string]string{"castInn": "7707083893"}}); err != nil {
				t.Fatal(err)
			}
			f.Action, f.Nth, f.Times = "update", 1, 1
			if err := w.crm.Faults(f); err != nil {
				t.Fatal(err)
			}
			w.export("a;Ромашка;84950000001;;;7707083893;;Нет")
			if _, err := w.run(); err != nil {
				t.Fatal(err)
			}
			w.heals([]string{"a"})
			if n := len(w.crm.Clients()); n != 1 {
				t.Errorf("the CRM has %d clients", n)
			}
		})
	}
}

// A CRM that is down in the middle of a load leaves at most a few in doubt.
func TestA_CRM_that_goes_down_is_left_alone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var rows, keys []string
	for i := range 40 {
		keys = append(keys, fmt.Sprintf("key-%02d", i))
		rows = append(rows, row(keys[i], fmt.Sprintf("Клиент %d", i), ""))
	}
	w.export(rows...)
	w.step = w.onceAt("proven", func() { w.crm.SetDatabaseDown(true) })
	r, err := w.run()
	if err == nil {
		t.Fatal("the run ended without an error")
	}
	if r.Of(engine.Created) == 0 || r.Of(engine.Waiting) == 0 {
		t.Errorf("outcomes %v: some should be created, and most not reached", r.Outcomes)
	}
	w.step = nil
	w.crm.SetDatabaseDown(false)
	w.heals(keys)
}

// The three holds that only a person can end, ended.
func TestResolving_a_conflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("a", "Ромашка", "84950000001"))
	w.mustRun()
	if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
		t.Fatal(err)
	}
	w.export(row("a", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 held")
	if got := w.holds()["a"]; got != reconcile.ReasonConflict {
		t.Fatalf("held for %q", got)
	}
	if err := w.job.Resolve(noCancel{}, "a", choice("source")); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "1 updated")
	if got := w.client("a").Fields["phone"]; got != "84950000002" {
		t.Errorf("the CRM has %s", got)
	}
	if len(w.holds()) != 0 {
		t.Errorf("still held: %v", w.holds())
	}
	w.settled()
}

func TestResolving_a_match(t *testing.T) {
	t.Parallel()
	for take, outcome := range map[string]string{"link": "1 merged", "add": "1 created", "ignore": "1 out-of-scope"} {
		t.Run(take, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.crm.Seed(emulator.Client{Title: "Кто-то", Fields: map[string]string{"phone": "84950000001"}}); err != nil {
				t.Fatal(err)
			}
			w.export(row("a", "Ромашка", "84950000001"))
			w.outcome(w.mustRun(), "1 held")
			if err := w.job.Resolve(noCancel{}, "a", choice(take)); err != nil {
				t.Fatal(err)
			}
			w.outcome(w.mustRun(), outcome)
			w.settled()
			w.sound()
		})
	}
}

// A person edits a client while the op that wrote it is in doubt. The edit is
// no base: when the source changes that field, a person decides.
func TestAn_edit_made_while_a_write_is_in_doubt_is_not_overwritten(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"an add": true, "an update of another field": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export(row("a", "Ромашка", "84950000001"))
			if !first {
				w.mustRun()
				w.export(row("a", "Ромашка и сын", "84950000001"))
			}
			w.step = w.onceAt("answered", func() { panic(killed{}) })
			func() {
				defer func() { _ = recover() }()
				w.mustRun()
			}()
			w.step = nil
			if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
				t.Fatal(err)
			}
			w.later(settle + time.Minute)
			w.mustRun()
			name := w.client("a").Title
			w.export(row("a", name, "84950000002"))
			w.outcome(w.mustRun(), "1 held")
			if got := w.client("a").Fields["phone"]; got != "84950000003" {
				t.Errorf("the person's phone became %s", got)
			}
		})
	}
}
