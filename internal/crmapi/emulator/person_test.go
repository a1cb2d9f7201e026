package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

func TestContacts(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	play(t, s,
		v3("person/add", `{"person":"Иванов <b>И.</b>","clid":1,"ptitle":"Директор","mob":["+7 1","+7 2"],"mail":"i@example.org","mperson":"yes"}`, `{"result":"Контакт добавлен","data":1,"error":""}`),
		v3("person/add.list", `{"persons":[{"person":"Б","clid":1},{"person":""},{"person":"В","user":"zzz"}]}`, `[{"result":"Контакт добавлен","data":2,"error":""},{"result":"","data":0,"error":""},{"result":"Контакт добавлен","data":3,"error":""}]`),
		v3("person/add.list", `{}`, `null`),
		v3("person/info", `{"pid":1,"fields":"pid,clid,person,mob,mail"}`, `{"data":{"pid":1,"clid":1,"client":"Луч, ООО","person":"Иванов И.","mob":"+7 1, +7 2","mail":"i@example.org"}}`),
		v3("person/list", `{"fields":"pid","order":"pid"}`, `{"data":[{"pid":2},{"pid":1}],"count":2}`), // nobody owns the third
		v3("person/list", `{"fields":"pid","word":"иванов"}`, `{"data":[{"pid":1}],"count":1}`),
		v3("person/list", `{"filter":{"clid":2}}`, `{"count":0}`),
		v3("person/list", `{"filter":{"zzz":2}}`, fatalBody),
		v3("client/info", `{"clid":1,"contacts":true}`, `{"data":{"clid":1,…`),
		v3("person/delete", `{"pid":2}`, `{"message":"Успешно: Контакт удален.…`),
		v3("person/delete", `{"pid":99}`, `{"message":"Успешно: Контакт удален.…`),
		v3("person/zzz", `{}`, `{"result":"Error","error":{"code":404,…`),
	)
	if p := s.PersonsOf(1); len(p) != 1 || !p[0].Main || p[0].Fields["ptitle"] != "Директор" {
		t.Errorf("%+v", p)
	}
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Person: 1}))
	play(t, s, v3("person/delete", `{"pid":1}`, `{"result":"Контакт не удален",…`))
}

func TestUpdateOfAContactEmptiesWhatIsNotSent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		documented bool
		want       emulator.Person
	}{
		{false, emulator.Person{PID: 1, CLID: 1, Owner: "-", Created: "2026-01-01 00:00:00", Edited: "2026-03-01 12:00:00", Fields: map[string]string{"tel": "", "fax": "", "mob": "2", "mail": "", "ptitle": "", "input7": ""}}},
		{true, emulator.Person{PID: 1, CLID: 1, Name: "Иванов", Owner: emulator.DefaultLogin, Created: "2026-01-01 00:00:00", Edited: "2026-03-01 12:00:00", Fields: map[string]string{"tel": "1", "mob": "2"}}},
	} {
		s := withClient(t, emulator.Options{AsDocumented: c.documented})
		must(t, s.SeedPerson(emulator.Person{CLID: 1, Name: "Иванов", Created: "2026-01-01 00:00:00", Fields: map[string]string{"tel": "1"}}))
		play(t, s, v3("person/update", `{"pid":1,"mob":"2"}`, `{"result":"Данные контакта обновлены","data":1,"error":""}`))
		if diff := cmp.Diff([]emulator.Person{c.want}, s.Persons()); diff != "" {
			t.Errorf("documented %v: %s", c.documented, diff)
		}
	}
}

func TestContactsAsDocumented(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{AsDocumented: true})
	must(t, s.SeedPerson(emulator.Person{CLID: 1, Name: "Иванов"}))
	play(t, s,
		v3("person/add", `{"person":""}`, `{"result":"Error","error":{"code":405,…`),
		v3("person/update", `{"pid":1,"person":"Иванов"}`, `{"result":"Данные корректны, но идентичны имеющимся","data":1}`),
		v3("person/update", `{"pid":9}`, `{"result":"Error","error":{"code":403,…`),
		v3("person/info", `{"pid":9}`, `{"result":"Error","error":{"code":403,…`),
		v3("person/delete", `{}`, `{"result":"Error","error":{"code":405,…`),
	)
}

func TestWhatPeopleDoToContacts(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedPerson(emulator.Person{PID: 5, CLID: 1, Name: "Иванов", Owner: "-", Main: true}))
	must(t, s.EditPerson(5, "mail", "i@example.org"))
	want := emulator.Person{PID: 5, CLID: 1, Name: "Иванов", Owner: "-", Main: true, Created: "2026-03-01 12:00:00", Edited: "2026-03-01 12:00:00", Fields: map[string]string{"mail": "i@example.org"}}
	if diff := cmp.Diff([]emulator.Person{want}, s.Persons()); diff != "" {
		t.Error(diff)
	}
	must(t, s.DeletePerson(5))
	for name, err := range map[string]error{
		"none": s.EditPerson(5, "mail", ""), "none to delete": s.DeletePerson(5), "field": s.SeedPerson(emulator.Person{Fields: map[string]string{"zzz": ""}}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
