package endpoint_test

import (
	"errors"
	"testing"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
)

func man(name string) *engine.Op {
	return add("man-"+name, map[string]string{"client": "1", "person": name, "tel": "+7 342 200-00-01"})
}

func TestA_contact_is_met_by_its_client_and_name(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.must(s.SeedPerson(
		emulator.Person{PID: 3, CLID: seller, Name: "Иванов  Пётр"}, emulator.Person{PID: 4, CLID: other, Name: "Сидоров Иван"},
		emulator.Person{PID: 5, CLID: seller, Name: "Близнец"}, emulator.Person{PID: 6, CLID: seller, Name: "Близнец"},
	))
	if answer, err := send(t, s.persons, man("иванов петр")); err != nil || !answer.Existing || answer.CLID != 3 {
		t.Errorf("the same name, spelled otherwise: %+v, %v", answer, err)
	}
	if answer, err := send(t, s.persons, man("Сидоров Иван")); err != nil || answer.Existing || answer.CLID == 0 {
		t.Errorf("of another client: %+v, %v", answer, err)
	}
	_, err := send(t, s.persons, man("Близнец"))
	var w *engine.WriteError
	if !errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != engine.RefusedTwice {
		t.Errorf("one of two: %v", err)
	}
	if _, err := s.persons.Find(t.Context(), sought(man("Близнец"))); !errors.Is(err, engine.ErrUnsure) {
		t.Errorf("which of two: %v", err)
	}
	for name, op := range map[string]*engine.Op{
		"of no client": add("x", map[string]string{"person": "Кто"}), "without a name": add("x", map[string]string{"client": "1"}),
	} {
		if _, err := send(t, s.persons, op); fate(t, err) != engine.FateRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.writes() != "person/add" {
		t.Errorf("sent %s", s.writes())
	}
	s.books()
}

// Somebody typed the contact in while our add was lost: what was sent is not in theirs.
func TestA_contact_that_lacks_what_was_sent_is_somebody_elses(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.must(s.SeedPerson(
		emulator.Person{PID: 3, CLID: seller, Name: "Иванов"}, emulator.Person{PID: 4, CLID: seller, Name: "Петров", Fields: map[string]string{"tel": "73422000002"}},
		emulator.Person{PID: 5, CLID: seller, Name: "Сидоров", Fields: map[string]string{"tel": "73422000001", "mail": "s@example.ru"}},
	))
	for name, want := range map[string]int64{"Иванов": 0, "Петров": 0, "Сидоров": 5} {
		seen, err := s.persons.Find(t.Context(), sought(man(name)))
		if seen.Entry.CLID != want || (want == 0) != errors.Is(err, engine.ErrNotFound) {
			t.Errorf("%s: found %d, %v", name, seen.Entry.CLID, err)
		}
	}
}

func TestAn_update_of_a_contact_leaves_the_rest_as_it_is(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.must(s.SeedPerson(emulator.Person{PID: 3, CLID: seller, Name: "Иванов", Fields: map[string]string{
		"tel": "111", "mail": "a@example.ru", "ptitle": "Директор", "input1": "1970-01-01",
	}}))
	s.must(s.persons.Update(t.Context(), change(3, nil, map[string]string{"mail": "b@example.ru", "ptitle": ""})))
	p := s.PersonsOf(seller)[0]
	if p.Name != "Иванов" || p.Fields["mail"] != "b@example.ru" || p.Fields["tel"] != "111" || p.Fields["ptitle"] != "" ||
		p.Fields["input1"] != "1970-01-01" || p.Owner == "-" {
		t.Errorf("got %+v", p)
	}
	if err := s.persons.Update(t.Context(), &engine.Op{Kind: engine.OpLink, CLID: 3}); err != nil || s.writes() != "person/update" {
		t.Errorf("a link of what is equal: %v, sent %s", err, s.writes())
	}
	if err := s.persons.Update(t.Context(), change(99, nil, map[string]string{"mail": "b@example.ru"})); fate(t, err) != engine.FateGone {
		t.Errorf("a contact that is gone: %v", err)
	}
}

func TestA_contact_of_a_deal_is_not_deleted(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.must(s.SeedPerson(emulator.Person{PID: 3, CLID: seller, Name: "Иванов"}, emulator.Person{PID: 4, CLID: seller, Name: "Петров"}))
	s.must(s.EditDeal(order, "pid", "3"))
	if err := s.persons.Delete(t.Context(), 3); fate(t, err) != engine.FateHasDeals {
		t.Errorf("got %v", err)
	}
	s.must(s.persons.Delete(t.Context(), 4))
	if len(s.PersonsOf(seller)) != 1 {
		t.Error("it is there still")
	}
}

func TestA_scan_of_contacts_sees_edits_that_the_CRM_cannot_filter(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.must(s.SeedPerson(emulator.Person{PID: 3, CLID: seller, Name: "Иванов"}, emulator.Person{PID: 4, CLID: seller, Name: "Петров"}))
	count := func(q engine.ScanQuery) (n int) {
		s.must(s.persons.Scan(t.Context(), q, func(engine.Observed) error { n++; return nil }))
		return n
	}
	if n := count(engine.ScanQuery{Above: 3}); n != 1 {
		t.Errorf("above the first: %d", n)
	}
	if n := count(engine.ScanQuery{Above: 3, Changed: today(), Values: true}); n != 2 {
		t.Errorf("with values: %d", n)
	}
}
