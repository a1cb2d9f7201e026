package mapping_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

// sheet is one row with its mapping bound to it.
type sheet struct {
	m      *mapping.Mapping
	b      *mapping.Binding
	header []string
	cells  []string
	zones  mapping.Zones
}

func newSheet(t testing.TB, m *mapping.Mapping, zones mapping.Zones, row map[string]string) *sheet {
	t.Helper()
	s := &sheet{m: m, header: m.Columns(), zones: zones}
	for _, h := range s.header {
		s.cells = append(s.cells, row[h])
	}
	var err error
	if s.b, err = m.Bind(s.header, zones); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sheet) value(t failer, name string) record.Value {
	t.Helper()
	var rec record.Record
	if res := s.b.Map(s.cells, &rec); res.Kind != mapping.InScope {
		t.Fatalf("%s: %s", res.Kind, said(res))
	}
	return rec.Get(s.m.Schema(), name)
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// put writes cells into the row.
func (s *sheet) put(t failer, cells []mapping.BackCell) {
	t.Helper()
	for _, c := range cells {
		i := slices.Index(s.header, c.Column)
		if i < 0 {
			t.Fatalf("no column %q", c.Column)
		}
		s.cells[i] = c.Text
		if c.Null {
			s.cells[i] = "\x00"
		}
	}
}

// crm is a value as the CRM holds it.
func crm(m *mapping.Mapping, name, text string) record.Value {
	return record.Of(text, m.CanonCRM(m.Schema().Index(name), text))
}

func backOf(cells []mapping.BackCell) string {
	var out []string
	for _, c := range cells {
		text := c.Text
		if c.Null {
			text = "NULL"
		}
		out = append(out, c.Column+"="+text)
	}
	return strings.Join(out, " ; ")
}

// row: columns of the source and their cells; to: what the CRM says now; want:
// the cells that change, or the code of the error.
func TestBack(t *testing.T) {
	const two = "{columns: [Телефон, Мобильный], type: phones}"
	utc := mapping.Zones{}
	east := mapping.Zones{Source: time.FixedZone("YEKT", 5*3600), Account: time.FixedZone("MSK", 3*3600)}
	for _, c := range []struct {
		field, body string
		row         string // "column=cell|column=cell"
		to, want    string
		zones       mapping.Zones
	}{
		{"address", "{column: X}", "X=Пермь", "Пермь, ул. Тихая", "X=Пермь, ул. Тихая", utc},
		{"address", "{column: X}", "X=Пермь", "", "X=", utc},
		{"address", "{column: X}", "X=", "", "", utc},
		{"address", "{column: X}", "X=Пермь", "Пермь ", "", utc},
		{"address", "{column: X}", "X=Дом «Заря»", "Дом ”Заря”, кв. (”б”)", "X=Дом «Заря», кв. («б»)", utc},
		{"address", "{column: X}", `X=Дом "Заря"`, "Дом ”Рассвет”", `X=Дом "Рассвет"`, utc},
		{"address", "{column: X, default: Пермь}", "X=Москва", "", "not-kept", utc},
		{"address", "{column: X, required: true}", "X=Москва", "", "required", utc},
		{"recv.castUrName", "{column: X}", `X=Общество "Ромашка"`, "Общество ”Верба”", `X=Общество "Верба"`, utc},
		{"territory", "{column: X}", "X=Пермь", "Москва", "X=Москва", utc},
		{"territory", "{column: X}", "X=Пермь", "59", "numeric-title", utc},
		{"type", "{column: X, values: {ЮрЛицо: client, ИП: client, ФизЛицо: person}}", "X=ФизЛицо", "client", "X=ЮрЛицо", utc},
		{"type", "{column: X, values: {ЮрЛицо: client, ИП: client, ФизЛицо: person}}", "X=ИП", "client", "", utc},
		{"type", "{column: X, values: {ЮрЛицо: client}, default: person}", "X=ЮрЛицо", "partner", "unmapped", utc},
		{"type", "{column: X, values: {ЮрЛицо: client}, unmapped: pass}", "X=ЮрЛицо", "partner", "X=partner", utc},
		{"input1", "{column: X, values: {client: x}, unmapped: pass}", "X=да", "client", "unmapped", utc},
		{"user", "{column: X, values: {Иванов И.И.: ivanov@example.ru}}", "X=", "ivanov@example.ru", "X=Иванов И.И.", utc},
		{"input1", "{column: X, type: decimal}", "X=1 190,50", "1200.70", "X=1200.70", utc},
		{"input1", "{column: X, type: decimal, format: ','}", "X=1 190,50", "1200.70", "X=1200,70", utc},
		{"input1", "{column: X, type: decimal}", "X=1 190,50", "1190.5", "", utc},
		{"input1", "{column: X, type: decimal}", "X=1 190,50", "", "X=NULL", utc},
		{"input1", "{column: X, type: decimal}", "X=1 190,50", "много", "not-number", utc},
		{"input1", "{column: X, type: int}", "X=5", "6.0", "X=6", utc},
		{"input1", "{column: X, type: int}", "X=5", "6.5", "not-integer", utc},
		{"input1", "{column: X, type: bool}", "X=Истина", "Нет", "X=Нет", utc},
		{"input1", "{column: X, type: bool, format: Истина/Ложь}", "X=Истина", "Нет", "X=Ложь", utc},
		{"input1", "{column: X, type: date}", "X=25.02.2016", "2016-02-26", "X=2016-02-26", east},
		{"input1", "{column: X, type: date}", "X=25.02.2016", "2016-02-26 00:00:00", "X=2016-02-26", east},
		{"input1", "{column: X, type: date, format: dd.MM.yyyy}", "X=25.02.2016", "2016-02-26 00:00:00", "X=26.02.2016", east},
		{"input1", "{column: X, type: datetime}", "X=25.02.2016 9:05:00", "2016-02-25 08:05:00", "X=2016-02-25 10:05:00", east},
		{"input1", "{column: X, type: datetime, format: 'dd.MM.yyyy H:mm:ss'}", "X=25.02.2016 9:05:00", "2016-02-25 06:05:00", "X=25.02.2016 8:05:00", east},
		{"input1", "{column: X, type: datetime, format: 'dd.MM.yyyy H:mm:ss'}", "X=", "2016-02-25", "X=25.02.2016", east},
		{"input1", "{column: X, type: date}", "X=25.02.2016", "скоро", "not-date", utc},
		{"input1", "{column: X, type: guid}", "X=", "9d5c422d-8c4c-11db-a9b0-00055d49b45e", "X=9d5c422d-8c4c-11db-a9b0-00055d49b45e", utc},
		{"recv.castInn", "{column: X, type: inn}", "X=7707083893", "7843316106", "X=7843316106", utc},
		{"recv.castInn", "{column: X, type: inn, check: reject}", "X=7707083893", "7843316100", "check-digit", utc},
		{"recv.castKpp", "{column: X, type: kpp}", "X=784301001", "773601001", "X=773601001", utc},
		{"recv.castKpp", "{column: X, type: kpp}", "X=784301001", "7843316106", "not-kept", utc},
		{"site_url", "{column: X, type: url}", "X=http://a.example.ru", "a.example.ru/", "", utc},
		{"site_url", "{column: X, type: url}", "X=http://a.example.ru", "b.example.ru", "X=b.example.ru", utc},
		{"address", "{column: X, max_length: {limit: 40, over: cut}}", "X=Пермь", "Москва", "X=Москва", utc},
		{"address", "{column: X, max_length: {limit: 40, over: cut}}", "X=" + strings.Repeat("Пермь ", 20), "Москва", "cut", utc},
		{"address", "{column: X, max_length: {limit: 40, over: cut}}", "X=Пермь", strings.Repeat("Москва", 20), "cut", utc},
		{"address", "{column: X, max_length: 10}", "X=Пермь", strings.Repeat("Москва", 20), "too-long", utc},

		{"phone", "{column: X}", "X=8 (495) 123-45-67", "74951234567", "", utc},
		{"phone", "{column: X}", "X=8 (495) 123-45-67, 89161234567", "79161234567, +7 916 000-00-01", "X=89161234567, +7 916 000-00-01", utc},
		{"phone", "{column: X}", "X=8 (495) 123-45-67 доб. 12", "74951234567 доб. 13", "X=74951234567 доб. 13", utc},
		{"phone", "{column: X}", "X=84951234567", "12", "form", utc},
		{"phone", two, "Телефон=84951234567|Мобильный=89161234567", "79161234567, 74951234567, 79160000001", "Телефон=84951234567, 79160000001", utc},
		{"phone", two, "Телефон=84951234567|Мобильный=89161234567", "74951234567", "Мобильный=", utc},
		{"phone", two, "Телефон=84951234567|Мобильный=89161234567", "79160000001, 89161234567", "Телефон=79160000001", utc},
		{"phone", two, "Телефон=84951234567|Мобильный=89161234567", "", "Телефон= ; Мобильный=", utc},
		{"phone", two, "Мобильный=89161234567", "79160000001", "Телефон=79160000001 ; Мобильный=", utc},
		{"phone", two, "Телефон=89161234567|Мобильный=8 916 123-45-67", "79160000001", "Телефон=79160000001 ; Мобильный=", utc},
		{"phone", two, "Телефон=89161234567|Мобильный=8 916 123-45-67", "79161234567", "", utc},
		{"phone", two, "Телефон=84951234567|Мобильный=доб. 12", "74951234567", "Телефон=74951234567 ; Мобильный=", utc},
		{"phone", two, "Телефон=84951234567|Мобильный=доб. 12", "74951234567 доб. 12, 79160000001", "Телефон=84951234567 доб. 12, 79160000001 ; Мобильный=", utc},
		{"mail_url", "{columns: [X, Y]}", "X=A@b.ru|Y=c@d.ru", "a@b.ru, e@f.ru", "X=A@b.ru, e@f.ru ; Y=", utc},
		{"mail_url", "{columns: [X, Y]}", "X=A@b.ru|Y=c@d.ru", "c@d.ru", "X=", utc},
		{"mail_url", "{column: X}", "X=", "o'brien@b.ru", "apostrophe", utc},
	} {
		t.Run(c.field+" "+c.row+" to "+c.to, func(t *testing.T) {
			m := withField(t, c.field, c.body)
			row := map[string]string{"Ссылка": "1", "Имя": "Ромашка"}
			for pair := range strings.SplitSeq(c.row, "|") {
				k, v, _ := strings.Cut(pair, "=")
				row[k] = v
			}
			s := newSheet(t, m, c.zones, row)
			i, to := m.Schema().Index(c.field), crm(m, c.field, c.to)
			cells, err := m.Back(i, s.value(t, c.field), to, c.zones)
			var be *mapping.BackError
			if errors.As(err, &be) {
				if string(be.Code) != c.want || be.Field != c.field || len(cells) > 0 {
					t.Fatalf("%s %s, want %q", be.Field, be.Code, c.want)
				}
				return
			}
			if err != nil || backOf(cells) != c.want {
				t.Fatalf("%q %v, want %q", backOf(cells), err, c.want)
			}
			s.put(t, cells)
			if now := s.value(t, c.field); !now.Same(to) {
				t.Errorf("the row now means %q, the CRM %q", now.Canon, to.Canon)
			}
		})
	}
}

func TestTitlesComeBackInTheSourcesOwnForm(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}")
	for _, c := range []struct{ was, crm, want string }{
		{`ООО "Ромашка"`, "Ромашка, ООО", ""}, // the CRM's own rewriting is no edit
		{`ООО "Ромашка"`, "Ромашка плюс, ООО", `Имя=ООО "Ромашка плюс"`},
		{`ООО «Ромашка»`, "Ромашка плюс, ООО", `Имя=ООО «Ромашка плюс»`},
		{"ООО Ромашка", "Ромашка плюс, ООО", "Имя=ООО Ромашка плюс"},
		{"Ромашка ООО", "Ромашка плюс, ООО", "Имя=Ромашка плюс, ООО"},
		{"Ромашка, ООО", "Ромашка плюс, ООО", "Имя=Ромашка плюс, ООО"},
		{`ООО "Ромашка"`, "Ромашка, ЗАО", `Имя=ЗАО "Ромашка"`},
		{`ООО "Ромашка"`, "Ромашка", "Имя=Ромашка"},
		{`АО "Ромашка"`, "АО Ромашка плюс", `Имя=АО "Ромашка плюс"`},
		{`АО "Ромашка"`, "ПАО Ромашка", "Имя=ПАО Ромашка"},
		{`"Ромашка"`, "Ромашка плюс", `Имя="Ромашка плюс"`},
		{"Ромашка", "Ромашка плюс", "Имя=Ромашка плюс"},
		{"Ромашка", "Верба, ООО", "Имя=Верба, ООО"},
		{`ООО "Ромашка"`, "Ромашка, ООО, ЗАО", "Имя=Ромашка, ООО, ЗАО"},
		{"ООО", "Ромашка, ООО", "Имя=Ромашка, ООО"},
		{`ООО "Ромашка"`, "", "required"},
	} {
		s := newSheet(t, m, mapping.Zones{}, map[string]string{"Ссылка": "1", "Имя": c.was})
		cells, err := m.Back(0, s.value(t, "title"), crm(m, "title", c.crm), s.zones)
		got := backOf(cells)
		if be := (*mapping.BackError)(nil); errors.As(err, &be) {
			got = string(be.Code)
		}
		if got != c.want {
			t.Errorf("%q to %q: %q, want %q", c.was, c.crm, got, c.want)
		}
	}
}

// A row that is not in the source yet is made of the CRM's values alone.
func TestARecordThatWasBornInTheCRMGetsItsCells(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}", "  phone: {columns: [Т, М]}")
	for name, want := range map[string]string{"title": "Имя=Ромашка, ООО", "phone": "Т=74951234567, 79161234567"} {
		text := map[string]string{"title": "Ромашка, ООО", "phone": "74951234567, 79161234567"}[name]
		cells, err := m.Back(m.Schema().Index(name), record.Value{}, crm(m, name, text), mapping.Zones{})
		if err != nil || backOf(cells) != want {
			t.Errorf("%s: %q %v", name, backOf(cells), err)
		}
	}
}

// Before texts told the columns of a list apart, its entries stood in one row, as
// those of the first column do now. Where one of them goes, every column is named,
// so that the row means the CRM's value whatever stood where.
func TestATextThatDoesNotTellItsColumnsNamesThemAll(t *testing.T) {
	m := withField(t, "phone", "{columns: [Т, М]}")
	i := m.Schema().Index("phone")
	for _, c := range []struct{ was, to, want string }{
		{"84951234567, 89161234567", "74951234567, 79161234567, 79160000001", "Т=84951234567, 89161234567, 79160000001"},
		{"84951234567", "79160000001", "Т=79160000001"},
		{"84951234567, 89161234567", "74951234567", "Т=84951234567"},
		{"84951234567, 89161234567", "79161234567, 74951234567", ""},
		{"1234567; 2234567; 3234567", "1234567", "Т=1234567 ; М="}, // of three columns once
	} {
		cells, err := m.Back(i, crm(m, "phone", c.was), crm(m, "phone", c.to), mapping.Zones{})
		if err != nil || backOf(cells) != c.want {
			t.Errorf("%q to %q: %q %v", c.was, c.to, backOf(cells), err)
		}
	}
}

func TestWhatHasNoWayBackSaysSo(t *testing.T) {
	m := parse(t, "clid: {column: КодCRM}", "fields:",
		"  title: {column: Имя}",
		"  type: {const: client}",
		"  des: {expr: 'Имя + Город'}",
		"  address: {columns: [Индекс, Город]}",
		"  territory: {column: Город}",
		"  input1: {column: Ссылка}",
		"  input2: {column: КодCRM}",
		"  phone: {columns: [Т], max_length: cut}",
		"  fax: {columns: [Ф], values: {нет: ''}, unmapped: pass}",
		"  input3: {columns: [Заметка]}",
		"recv:",
		"  castUrName: {column: имя}",
		"  castInn: {column: ИНН/КПП, type: inn}",
		"  castKpp: {column: ИНН/КПП, type: kpp}",
		"  castBank: {column: Банк}")
	want := map[string]string{
		"type":            "a constant has no cell",
		"des":             "an expression cannot be undone",
		"address":         "joined columns cannot be taken apart",
		"input1":          `column "Ссылка" is the key`,
		"input2":          `column "КодCRM" is the CRM's id`,
		"phone":           "max_length: cut leaves entries of the list out",
		"fax":             "values of a list cannot be undone",
		"recv.castUrName": `column "Имя" is written for title already`,
		"recv.castInn":    `column "ИНН/КПП" holds the ИНН and the КПП together`,
		"recv.castKpp":    `column "ИНН/КПП" holds the ИНН and the КПП together`,
	}
	for i := range m.Schema().Len() {
		f := m.Schema().Field(i)
		why, oneWay := m.OneWay(i)
		if why != want[f.Name] || oneWay != (why != "") || f.OneWay != oneWay {
			t.Errorf("%s: %q %v %v, want %q", f.Name, why, oneWay, f.OneWay, want[f.Name])
		}
		_, err := m.Back(i, record.Value{State: record.Empty}, crm(m, f.Name, "client"), mapping.Zones{})
		var be *mapping.BackError
		if oneWay && (!errors.As(err, &be) || be.Code != mapping.CodeOneWay || be.Field != f.Name) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	if m.KeyColumn() != "Ссылка" || m.CLIDColumn() != "КодCRM" || parse(t, "fields:", "  title: {column: Имя}").CLIDColumn() != "" {
		t.Errorf("%q %q", m.KeyColumn(), m.CLIDColumn())
	}
}

// backKind is a kind of field with what its cells and the CRM's values may be.
type backKind struct {
	field, body string
	cell, crm   *rapid.Generator[string]
}

func backKinds() []backKind {
	word := rapid.StringMatching(`[А-Яа-я]{1,6}`)
	name := rapid.Map(rapid.SliceOfN(word, 1, 3), func(w []string) string { return strings.Join(w, " ") })
	title := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(rapid.SampledFrom([]string{"%s", `ООО "%s"`, "ООО «%s»", "%s, ООО", "ЗАО %s", `АО "%s"`, `"%s"`, "%s, ОАО", "ООО %s, ЗАО"}).Draw(t, "form"), name.Draw(t, "name"))
	})
	quoted := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(rapid.SampledFrom([]string{"%s", "”%s”", "дом ”%s”", "«%s»", `"%s" (”а”)`}).Draw(t, "form"), name.Draw(t, "name"))
	})
	number := rapid.SampledFrom([]string{"84951234567", "8 (495) 123-45-68", "+7 916 123-45-67", "9161234568", "123-45-67", "+375291234567", "84951234567 доб. 12", "8 495 123-45-68 вн. 5"})
	phones := rapid.Map(rapid.SliceOfN(number, 0, 4), func(p []string) string { return strings.Join(p, "; ") })
	mails := rapid.Map(rapid.SliceOfN(rapid.StringMatching(`[A-Ca-c]@b\.ru`), 0, 4), func(p []string) string { return strings.Join(p, ", ") })
	decimal := rapid.StringMatching(`-?[1-9][0-9]{0,3}([.,][0-9]{1,3})?`)
	stamp := rapid.Map(rapid.Int64Range(0, 1<<31), func(n int64) string { return time.Unix(n, 0).UTC().Format("2006-01-02 15:04:05") })
	day := rapid.Map(rapid.Int64Range(0, 1<<31), func(n int64) string { return time.Unix(n, 0).UTC().Format("02.01.2006") })
	inn := rapid.SampledFrom([]string{"", "7707083893", "7 843 316 106", "500100732259", "526317984689"})
	return []backKind{
		{"address", "{column: X}", quoted, quoted},
		{"recv.castUrName", "{column: X}", quoted, quoted},
		{"territory", "{column: X}", name, name},
		{"title", "{column: X}", title, title},
		{"type", "{column: X, values: {ЮрЛицо: client, ИП: client, ФизЛицо: person, П: partner}}", rapid.SampledFrom([]string{"ЮрЛицо", "ИП", "физлицо", ""}), rapid.SampledFrom([]string{"client", "person", "partner", "parnter", ""})},
		{"phone", "{column: X}", phones, phones},
		{"phone", "{columns: [X, Y, Z]}", phones, phones},
		{"fax", "{columns: [Y, X]}", phones, phones},
		{"mail_url", "{column: X}", mails, mails},
		{"mail_url", "{columns: [X, Y, Z]}", mails, mails},
		{"site_url", "{column: X}", rapid.StringMatching(`(https?://)?[a-cA-C]{1,3}\.ru/?`), rapid.StringMatching(`(https?://)?[a-cA-C]{1,3}\.ru/?`)},
		{"input1", "{column: X, type: decimal}", decimal, decimal},
		{"input1", "{column: X, type: decimal, format: ','}", decimal, decimal},
		{"input1", "{column: X, type: int}", rapid.StringMatching(`[1-9][0-9]{0,3}`), rapid.StringMatching(`[1-9][0-9]{0,3}(\.0)?`)},
		{"input1", "{column: X, type: bool}", rapid.SampledFrom([]string{"Да", "Нет", "Истина", "0"}), rapid.SampledFrom([]string{"Да", "Нет", "1"})},
		{"input1", "{column: X, type: bool, format: Истина/Ложь}", rapid.SampledFrom([]string{"Да", "Нет", "Истина", "0"}), rapid.SampledFrom([]string{"Да", "Нет", "1"})},
		{"input1", "{column: X, type: date}", day, day},
		{"input1", "{column: X, type: date, format: d.MM.yyyy}", day, day},
		{"input1", "{column: X, type: datetime}", stamp, stamp},
		{"input1", "{column: X, type: datetime, format: 'dd.MM.yyyy H:mm:ss'}", day, stamp},
		{"input1", "{column: X, type: guid}", rapid.SampledFrom([]string{"", "9d5c422d-8c4c-11db-a9b0-00055d49b45e"}), rapid.StringMatching(`[1-9a-f]{8}-8c4c-11db-a9b0-00055d49b45e`)},
		{"recv.castInn", "{column: X, type: inn}", inn, inn},
		{"recv.castKpp", "{column: X, type: kpp}", rapid.SampledFrom([]string{"", "784301001"}), rapid.SampledFrom([]string{"", "773601001", "7843AB001"})},
		{"recv.castBankBik", "{column: X, type: bik}", rapid.SampledFrom([]string{"", "044525411"}), rapid.SampledFrom([]string{"", "044525225"})},
		{"recv.castBankRs", "{column: X, type: account}", rapid.SampledFrom([]string{"", "40702810117130002977"}), rapid.SampledFrom([]string{"", "4070 2810 9025 0010 9346"})},
	}
}

// For every kind of field that has a way back: with the cells put in, the row
// means what the CRM means, and what was not named stays as it was.
func TestBack_is_the_inverse_of_Map(t *testing.T) {
	zones := mapping.Zones{Source: time.FixedZone("YEKT", 5*3600), Account: time.FixedZone("MSK", 3*3600)}
	for _, k := range backKinds() {
		t.Run(k.field+" "+k.body, func(t *testing.T) {
			m := withField2(t, k.field, k.body)
			i := m.Schema().Index(k.field)
			if why, oneWay := m.OneWay(i); oneWay {
				t.Fatal(why)
			}
			rapid.Check(t, func(t *rapid.T) {
				row := map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Город": "Пермь"}
				for _, h := range []string{"X", "Y", "Z"} {
					row[h] = k.cell.Draw(t, h)
				}
				if k.field == "title" && row["X"] == "" {
					row["X"] = "Ромашка"
				}
				s := newSheetOf(t, m, zones, row)
				old, to := s.value(t, k.field), crm(m, k.field, k.crm.Draw(t, "crm"))
				was := slices.Clone(s.cells)
				cells, err := m.Back(i, old, to, zones)
				if err != nil {
					t.Fatalf("%q %q to %q: %v", was, old.Text, to.Text, err)
				}
				if old.Same(to) && len(cells) > 0 {
					t.Fatalf("%s for nothing", backOf(cells))
				}
				s.put(t, cells)
				if now := s.value(t, k.field); !now.Same(to) {
					t.Fatalf("%q with %s means %q, the CRM %q", was, backOf(cells), now.Canon, to.Canon)
				}
				for j, h := range s.header {
					if !slices.ContainsFunc(cells, func(c mapping.BackCell) bool { return c.Column == h }) && s.cells[j] != was[j] {
						t.Fatalf("column %s changed", h)
					}
				}
				if again, err := m.Back(i, s.value(t, k.field), to, zones); err != nil || len(again) > 0 {
					t.Fatalf("written, it is written again: %s %v", backOf(again), err)
				}
			})
		})
	}
}

// Whatever the CRM holds, an answer is cells that mean it or an error that names
// the field.
func TestBack_never_guesses(t *testing.T) {
	for _, k := range backKinds() {
		m := withField2(t, k.field, k.body)
		i := m.Schema().Index(k.field)
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ 0-9.,:;/|+\-()а-я"«»”']{0,24}`), k.crm)
		rapid.Check(t, func(t *rapid.T) {
			row := map[string]string{"Ссылка": "1", "Имя": "Ромашка"}
			for _, h := range []string{"X", "Y", "Z"} {
				row[h] = k.cell.Draw(t, h)
			}
			s := newSheetOf(t, m, mapping.Zones{}, row)
			to := crm(m, k.field, text.Draw(t, "crm"))
			cells, err := m.Back(i, s.value(t, k.field), to, s.zones)
			var be *mapping.BackError
			switch {
			case errors.As(err, &be):
				if be.Field != k.field || be.Code == "" || len(cells) > 0 {
					t.Fatalf("%+v", be)
				}
			case err != nil:
				t.Fatal(err)
			default:
				s.put(t, cells)
				if now := s.value(t, k.field); !now.Same(to) && to.Canon != "" {
					t.Fatalf("%s means %q, the CRM %q", backOf(cells), now.Canon, to.Canon)
				}
			}
		})
	}
}

// withField2 is withField for the title, too, beside a column that nothing of it
// reads.
func withField2(t testing.TB, name, body string) *mapping.Mapping {
	t.Helper()
	if name == "title" {
		return parse(t, "fields:", "  title: "+body, "  territory: {column: Город}")
	}
	return withField(t, name, body)
}

func newSheetOf(t *rapid.T, m *mapping.Mapping, zones mapping.Zones, row map[string]string) *sheet {
	s := &sheet{m: m, header: append(m.Columns(), "Прочее"), zones: zones}
	for _, h := range s.header {
		s.cells = append(s.cells, row[h])
	}
	var err error
	if s.b, err = m.Bind(s.header, zones); err != nil {
		t.Fatal(err)
	}
	return s
}
