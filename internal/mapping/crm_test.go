package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/crmapi"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

func whole(t testing.TB) *mapping.Mapping {
	t.Helper()
	return parse(t, "fields:", "  title: {column: Имя}", "  type: {column: Вид}", "  phone: {columns: [Телефон, Моб]}", "  mail_url: {column: Почта}",
		"  date_create: {column: Создан, when: add}", "  address: {column: Адрес, on_empty: clear}", "  user: {column: Менеджер}",
		"recv:", "  castInn: {column: ИНН, type: inn}", "  castBank: {column: Банк}")
}

func users(login string) (int64, bool) {
	if login == "ivanov@example.ru" {
		return 7, true
	}
	return 0, false
}

var fullRow = map[string]string{
	"Ссылка": "1", "Имя": `ООО "Ромашка"`, "Вид": "client", "Телефон": "84951234567, 123-45-67", "Моб": "9160000001", "Почта": "a@b.ru; C@d.ru",
	"Создан": "01.02.2020", "Менеджер": "ivanov@example.ru", "ИНН": "7707083893", "Банк": `Банк "Осинка"`,
}

func TestAnAddSendsWhatHasContent(t *testing.T) {
	m := whole(t)
	rec, _ := mapRow(t, m, fullRow)
	in, err := m.Input(rec.Values, nil, mapping.Add, users)
	if err != nil {
		t.Fatal(err)
	}
	want := crmapi.ClientInput{
		User: "ivanov@example.ru",
		Fields: []crmapi.FieldInput{
			{Key: "title", Text: `ООО "Ромашка"`},
			{Key: "type", Text: "client"},
			{Key: "phone", List: []string{"84951234567", "123-45-67", "9160000001"}},
			{Key: "mail_url", Text: "a@b.ru, C@d.ru"},
			{Key: "date_create", Text: "2020-02-01 00:00:00"},
		},
		Recv: []crmapi.FieldInput{{Key: "castInn", Text: "7707083893"}, {Key: "castBank", Text: `Банк "Осинка"`}},
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
}

func TestAnUpdateSendsTheFieldsAskedForAndClearsBlankOnes(t *testing.T) {
	m := whole(t)
	row := map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Создан": "01.02.2020", "Менеджер": "ivanov@example.ru"}
	rec, _ := mapRow(t, m, row)
	s := m.Schema()
	in, err := m.Input(rec.Values, []int{s.Index("address"), s.Index("phone"), s.Index("date_create"), s.Index("user"), s.Index("type"), s.Index("recv.castBank")}, mapping.Update, users)
	if err != nil {
		t.Fatal(err)
	}
	want := crmapi.ClientInput{UserID: 7, Fields: []crmapi.FieldInput{{Key: "address"}, {Key: "phone"}}, Recv: []crmapi.FieldInput{{Key: "castBank"}}}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
}

func TestABlankTitleIsNeverSent(t *testing.T) {
	m := whole(t)
	values := make([]record.Value, m.Schema().Len())
	values[0] = record.Value{State: record.Empty}
	if _, err := m.Input(values, nil, mapping.Add, nil); !errors.Is(err, mapping.ErrBlankTitle) {
		t.Error(err)
	}
	in, err := m.Input(values, []int{0}, mapping.Update, nil)
	if err != nil || len(in.Fields) > 0 {
		t.Error(in, err)
	}
}

func TestAnAbsentValueIsNeverSent(t *testing.T) {
	m := whole(t)
	in, err := m.Input(make([]record.Value, m.Schema().Len()), nil, mapping.Update, users)
	if diff := cmp.Diff(crmapi.ClientInput{}, in); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestAnUnknownOwnerIsNamedAndLeftOut(t *testing.T) {
	m := whole(t)
	row := map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Менеджер": "petrov@example.ru"}
	rec, _ := mapRow(t, m, row)
	for _, p := range []mapping.Purpose{mapping.Add, mapping.Update} {
		in, err := m.Input(rec.Values, []int{0, m.Schema().Index("user")}, p, users)
		var unknown *mapping.UnknownUserError
		if !errors.As(err, &unknown) || unknown.Login != "petrov@example.ru" || unknown.Field != m.Schema().Index("user") {
			t.Fatalf("%v", err)
		}
		if strings.Contains(err.Error(), "petrov") {
			t.Error("the error shows the login")
		}
		if in.User != "" || in.UserID != 0 || len(in.Fields) != 1 {
			t.Errorf("%+v", in)
		}
	}
}

func TestAnInputOfAnotherMappingsRecordIsRefused(t *testing.T) {
	m := whole(t)
	if _, err := m.Input(make([]record.Value, 2), nil, mapping.Update, nil); err == nil {
		t.Error("no error")
	}
	if _, err := m.Input(make([]record.Value, m.Schema().Len()), []int{99}, mapping.Update, nil); err == nil {
		t.Error("no error")
	}
}

func TestWhatTheCRMHoldsBecomesARecord(t *testing.T) {
	m := whole(t)
	obj := &crmapi.ClientObject{
		CLID: 4, UserID: 1, User: "boss@example.org", Created: "2015-05-30 23:05:30",
		Fields: map[string]crmapi.Text{"title": {Set: true, S: "Ромашка, ООО"}, "type": {Set: true, S: "parnter"}, "phone": {}, "mail_url": {Set: true}},
		Recv:   map[string]crmapi.Text{"castInn": {Set: true, S: "7707083893"}},
	}
	got := m.FromCRM(obj, nil)
	want := []record.Value{
		{State: record.Filled, Text: "Ромашка, ООО", Canon: "Ромашка, ООО"},
		{State: record.Filled, Text: "parnter", Canon: "partner"},
		{State: record.Null},
		{State: record.Empty},
		{State: record.Filled, Text: "2015-05-30 23:05:30", Canon: "2015-05-30 23:05:30"},
		{}, // address: the answer lacked it
		{State: record.Filled, Text: "boss@example.org", Canon: "boss@example.org"},
		{State: record.Filled, Text: "7707083893", Canon: "7707083893"},
		{}, // castBank
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	again := m.FromCRM(obj, got)
	if &again[0] != &got[0] {
		t.Error("dst is not reused")
	}
	obj.User = "" // info does not tell the login
	if v := m.FromCRM(obj, nil)[m.Schema().Index("user")]; v.State != record.Absent {
		t.Errorf("%v", v)
	}
	obj.UserID = 0 // nobody owns it
	if v := m.FromCRM(obj, nil)[m.Schema().Index("user")]; v.State != record.Null {
		t.Errorf("%v", v)
	}
}

// What is sent, stored as the CRM stores it and read back means the same: the
// second run writes nothing.
func TestARecordThatWentToTheCRMComesBackTheSame(t *testing.T) {
	m := whole(t)
	words := []string{"Ромашка", "ООО", "ЗАО", "\"", "«", "»", "'", " ", "  ", ";", "<", ">", "&", "😀", "\t", "\n", "\u00a0", "№ 5", "a@b.ru", ",", "84951234567", "доб. 5", "\\"}
	cell := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 8).Draw(t, "words"), "")
	})
	rapid.Check(t, func(rt *rapid.T) {
		row := map[string]string{"Ссылка": "1", "Вид": "client", "ИНН": "7707083893", "Создан": "01.02.2020"}
		for _, column := range []string{"Имя", "Телефон", "Моб", "Почта", "Адрес", "Банк"} {
			row[column] = cell.Draw(rt, column)
		}
		rec, res := mapRow(t, m, row)
		if res.Kind != mapping.InScope {
			return
		}
		in, err := m.Input(rec.Values, nil, mapping.Add, users)
		if err != nil {
			rt.Fatal(err)
		}
		for i, v := range m.FromCRM(stored(in), nil) {
			if !v.Same(rec.Values[i]) {
				rt.Fatalf("%s: sent %q (%q), read %q (%q)", m.Schema().Field(i).Name, rec.Values[i].Text, rec.Values[i].Canon, v.Text, v.Canon)
			}
		}
	})
}

// stored is a small CRM: what its list would answer after an add of the input.
func stored(in crmapi.ClientInput) *crmapi.ClientObject {
	obj := &crmapi.ClientObject{User: in.User, Fields: map[string]crmapi.Text{}, Recv: map[string]crmapi.Text{}}
	for _, f := range in.Fields {
		text := strings.TrimSpace(f.Text)
		if f.List != nil {
			text = strings.Join(f.List, ",")
		}
		switch f.Key {
		case "title":
			for _, q := range []string{`"`, `\`, "'", "`", "«", "»", "<", ">"} {
				text = strings.ReplaceAll(text, q, "")
			}
			for _, form := range []string{"ООО", "ЗАО", "ОАО"} {
				if strings.HasPrefix(text, form) {
					text = strings.TrimSpace(strings.ReplaceAll(text, form, "") + ", " + form)
					break
				}
			}
		case "date_create":
			obj.Created = text
		default:
			text = strings.NewReplacer(`"`, "”", "«", "”", "»", "”").Replace(text)
		}
		obj.Fields[f.Key] = crmapi.Text{Set: true, S: text}
	}
	for _, f := range in.Recv {
		obj.Recv[f.Key] = crmapi.Text{Set: true, S: strings.NewReplacer(`"`, "”", "\n", "", "\t", "&acute;", "'", "").Replace(strings.TrimSpace(f.Text))}
	}
	return obj
}

func TestEvidenceOfAFirstMeeting(t *testing.T) {
	m := whole(t)
	rec, _ := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": `ООО "Ёлка"`, "Телефон": "8 (495) 123-45-67 доб. 5, 9160000001, 12345", "Почта": "B@b.ru, a@b.ru", "ИНН": "7707083893"})
	want := mapping.Keys{INN: "7707083893", INNValid: true, Phones: []string{"74951234567", "79160000001"}, Mails: []string{"a@b.ru", "b@b.ru"}, Title: "елка, ооо"}
	if diff := cmp.Diff(want, m.MatchKeys(rec.Values)); diff != "" {
		t.Error(diff)
	}
	obj := &crmapi.ClientObject{
		Fields: map[string]crmapi.Text{"title": {Set: true, S: "ЕЛКА, ООО "}, "phone": {Set: true, S: "+7(495)123-45-67,89160000001"}, "mail_url": {Set: true, S: "a@B.ru, b@b.ru"}},
		Recv:   map[string]crmapi.Text{"castInn": {Set: true, S: "7707083893"}, "castKpp": {Set: true, S: "773601001"}},
	}
	crm := m.KeysOfCRM(obj)
	want.KPP = "773601001"
	if diff := cmp.Diff(want, crm); diff != "" {
		t.Error(diff)
	}
}

func TestShiftedOrWrongRequisitesAreNoEvidence(t *testing.T) {
	m := whole(t)
	for inn, want := range map[string]mapping.Keys{
		"7707083890":  {INN: "7707083890"}, // wrong digit: it may disagree, and never proves
		"0000000000":  {},
		"773601001":   {}, // a КПП in the place of the ИНН
		" и Ко”":      {},
		"7707083893 ": {INN: "7707083893", INNValid: true},
	} {
		got := m.KeysOfCRM(&crmapi.ClientObject{Recv: map[string]crmapi.Text{"castInn": {Set: true, S: inn}, "castKpp": {Set: true, S: "5904000001"}}})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", inn, diff)
		}
	}
}
