package crmapi_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

func TestAContactsLife(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			ctx := t.Context()
			fields, err := m.p.Fields(ctx)
			if err != nil || !slices.ContainsFunc(fields, func(f crmapi.FieldCaption) bool { return f.Key == "ptitle" && f.Caption == "Должность" }) {
				t.Fatalf("%+v, %v", fields, err)
			}
			pid, err := m.p.Add(ctx, crmapi.PersonInput{CLID: 1, Fields: []crmapi.FieldInput{
				field("person", "Иванов"), field("tel", "+7 342 200"), field("mob", ""), field("mail", "i@x.ru"),
			}})
			must(t, err)
			was, err := m.p.ByPID(ctx, pid)
			must(t, err)
			if was.CLID != 1 || was.UserID != 1 || was.User != emulator.DefaultLogin || was.Created == "" || was.Edited != "" || was.Fields["tel"] != set("+7 342 200") || was.Fields["mob"].S != "" {
				t.Errorf("%+v", was)
			}
			for o, err := range m.p.All(ctx, crmapi.PersonQuery{CLID: 1}) {
				must(t, err)
				was.Fields["clientpath"], o.Fields["clientpath"] = crmapi.Text{}, crmapi.Text{}
				if diff := cmp.Diff(was, o); diff != "" {
					t.Errorf("the list: %s", diff)
				}
			}
			must(t, m.p.Update(ctx, was, crmapi.PersonInput{Fields: []crmapi.FieldInput{field("mob", "+7 999")}}))
			p := m.em.Persons()[0]
			if p.Name != "Иванов" || p.Fields["tel"] != "+7 342 200" || p.Fields["mob"] != "+7 999" || p.Owner != emulator.DefaultLogin || p.CLID != 1 {
				t.Errorf("%+v", p)
			}
			must(t, m.em.SeedDeal(emulator.Deal{DID: 1, CLID: 1, Title: "Т", Person: pid}))
			if err := m.p.Delete(ctx, pid); class(err) != crmapi.ClassHasDeals {
				t.Errorf("the contact of a deal: %v", err)
			}
			must(t, m.em.DeleteDeal(1))
			must(t, m.p.Delete(ctx, pid))
			if _, err := m.p.ByPID(ctx, pid); class(err) != crmapi.ClassNotFound {
				t.Errorf("a contact that is gone: %v", err)
			}
			if err := m.p.Delete(ctx, pid); o.AsDocumented != (class(err) == crmapi.ClassNotFound) || !o.AsDocumented && err != nil {
				t.Errorf("deleted again: %v", err)
			}
		})
	}
}

// Of any contact, read either way, any update moves what it was asked to move, and
// nothing else.
func TestUpdateOfAContactMovesWhatItWasAsked(t *testing.T) {
	t.Parallel()
	texts := []string{"ptitle", "tel", "fax", "mob", "mail", "rol", "input1", "input10"}
	for name, o := range dialects() {
		o.Logins = []emulator.Login{
			{ID: 1, Login: emulator.DefaultLogin, Active: true, Boss: true}, {ID: 2, Login: "second@example.org", Active: true, Head: 1},
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			last := int64(0)
			rapid.Check(t, func(rt *rapid.T) {
				last++
				seed := emulator.Person{
					PID: last, CLID: int64(rapid.IntRange(0, 2).Draw(rt, "clid")), Name: "Имя " + strconv.FormatInt(last, 10), Fields: map[string]string{"social": "блог;сайт"},
					Owner: rapid.SampledFrom([]string{emulator.DefaultLogin, "second@example.org"}).Draw(rt, "owner"),
				}
				for _, key := range texts {
					if v := rapid.SampledFrom([]string{"", "было", "+7 1"}).Draw(rt, key); v != "" {
						seed.Fields[key] = v
					}
				}
				if err := m.em.SeedPerson(seed); err != nil {
					rt.Fatal(err)
				}
				was, err := m.p.ByPID(t.Context(), last)
				if rapid.Bool().Draw(rt, "from the list") {
					for o, bad := range m.p.All(t.Context(), crmapi.PersonQuery{Above: last - 1}) {
						was, err = o, bad
					}
				}
				if err != nil || was.PID != last {
					rt.Fatal(was, err)
				}
				want := personOf(m, last)
				var in crmapi.PersonInput
				for _, key := range rapid.SliceOfDistinct(rapid.SampledFrom(append(texts, "person")), rapid.ID).Draw(rt, "changed") {
					v := rapid.SampledFrom([]string{"стало", "8-800"}).Draw(rt, "value")
					in.Fields = append(in.Fields, field(key, v))
					if key == "person" {
						want.Name = v
					} else {
						want.Fields[key] = v
					}
				}
				if rapid.Bool().Draw(rt, "another client") {
					in.CLID, want.CLID = 2, 2
				}
				if rapid.Bool().Draw(rt, "another owner") {
					in.User, want.Owner = "second@example.org", "second@example.org"
				}
				if err := m.p.Update(t.Context(), was, in); err != nil {
					rt.Fatal(err)
				}
				if diff := cmp.Diff(want, personOf(m, last)); diff != "" {
					rt.Fatal(diff)
				}
				_ = m.em.DeletePerson(last)
			})
		})
	}
}

// personOf is a contact without what no update is asked for, empty taken for null.
func personOf(m dealCRM, pid int64) emulator.Person {
	for _, p := range m.em.Persons() {
		if p.PID == pid {
			p.Edited = ""
			for key, v := range p.Fields {
				if v == "" {
					delete(p.Fields, key)
				}
			}
			return p
		}
	}
	return emulator.Person{}
}

func TestContactsWhileTheCRMChanges(t *testing.T) {
	t.Parallel()
	for at := 2; at <= 7; at++ {
		t.Run(fmt.Sprint("before request ", at), func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, emulator.Options{})
			for pid := int64(1); pid <= 430; pid++ {
				must(t, m.em.SeedPerson(emulator.Person{PID: pid, CLID: 1, Name: "Имя"}))
			}
			m.em.OnRequest(func(a emulator.Arrival) {
				if a.Seq == at {
					must(t, m.em.DeletePerson(425))
				}
			})
			var got []int64
			for o, err := range m.p.All(t.Context(), crmapi.PersonQuery{Above: 10}) {
				must(t, err)
				if o.PID != 425 {
					got = append(got, o.PID)
				}
			}
			if got = sorted(got); len(got) != 419 || got[0] != 11 || len(slices.Compact(got)) != 419 {
				t.Errorf("%d of 419", len(got))
			}
		})
	}
}

func TestWritesOfContactsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newDealCRM(t, emulator.Options{})
	was := crmapi.PersonObject{PID: 1, UserID: 1}
	update := func(in crmapi.PersonInput) error { return m.p.Update(t.Context(), was, in) }
	for name, err := range map[string]error{
		"without a name":  second(m.p.Add(t.Context(), crmapi.PersonInput{CLID: 1, Fields: []crmapi.FieldInput{field("tel", "1")}})),
		"an empty name":   update(crmapi.PersonInput{Fields: []crmapi.FieldInput{field("person", " ")}}),
		"the id":          update(crmapi.PersonInput{Fields: []crmapi.FieldInput{field("pid", "2")}}),
		"a field twice":   update(crmapi.PersonInput{Fields: []crmapi.FieldInput{field("tel", "1"), field("tel", "2")}}),
		"no such owner":   update(crmapi.PersonInput{User: "nobody@example.org"}),
		"nobody":          m.p.Update(t.Context(), crmapi.PersonObject{}, crmapi.PersonInput{CLID: 1}),
		"deletes nobody":  m.p.Delete(t.Context(), 0),
		"changes nothing": nil,
	} {
		if name == "changes nothing" {
			err = update(crmapi.PersonInput{})
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if class(err) != crmapi.ClassRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, ev := range m.em.History() {
		if ev.Write {
			t.Errorf("sent: %s", ev.Action)
		}
	}
}
