package mapping_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

func TestWhatARowIs(t *testing.T) {
	m := parse(t, "skip: [ЭтоГруппа, Пометка]", `where: 'Регион != "Тест"'`, `deleted_when: 'row["Ед. изм."] == "нет"'`,
		"fields:", "  title: {column: Имя}", "  type: {column: Вид, values: {ЮрЛицо: client}}")
	for _, c := range []struct {
		name string
		row  map[string]string
		kind mapping.Kind
		rule string
		said string
	}{
		{"a record", map[string]string{"Ссылка": "1", "Имя": "Ромашка"}, mapping.InScope, "", ""},
		{"a group", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "ЭтоГруппа": "Да"}, mapping.OutOfScope, "skip: ЭтоГруппа", ""},
		{"a group without a key", map[string]string{"ЭтоГруппа": "Истина"}, mapping.OutOfScope, "skip: ЭтоГруппа", ""},
		{"a mark that is no boolean", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Пометка": "может быть"}, mapping.Unreadable, "", "!skip: not-boolean"},
		{"excluded by where", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Регион": "Тест"}, mapping.OutOfScope, "where", ""},
		{"deleted", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Ед. изм.": "нет"}, mapping.Deleted, "deleted_when", ""},
		{"deleted and unreadable", map[string]string{"Ссылка": "1", "Ед. изм.": "нет"}, mapping.Deleted, "deleted_when", "-title: required"},
		{"no key", map[string]string{"Имя": "Ромашка"}, mapping.Rejected, "", "!uid: key-empty"},
		{"key 0", map[string]string{"Ссылка": "0", "Имя": "Ромашка"}, mapping.Rejected, "", "!uid: key-empty"},
		{"no title", map[string]string{"Ссылка": "1", "Имя": " \u00a0"}, mapping.Unreadable, "", "!title: required"},
		{"a title of quotes only", map[string]string{"Ссылка": "1", "Имя": `""`}, mapping.Unreadable, "", "!title: required"},
		{"a title of pictures only", map[string]string{"Ссылка": "1", "Имя": "😀"}, mapping.Unreadable, "", "title: replaced, !title: required"},
		{"an unknown word", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Вид": "Госорган"}, mapping.Unreadable, "", "!type: unmapped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec, res := mapRow(t, m, c.row)
			if res.Kind != c.kind || res.Rule != c.rule || said(res) != c.said {
				t.Errorf("%s %q %q, want %s %q %q", res.Kind, res.Rule, said(res), c.kind, c.rule, c.said)
			}
			if readable := c.row["Ссылка"] == "1"; readable != (rec.UID != "") {
				t.Errorf("uid %q", rec.UID)
			}
			if rec.Deleted != (c.kind == mapping.Deleted) {
				t.Errorf("deleted is %v", rec.Deleted)
			}
		})
	}
}

// field, cell → what is sent, what is compared, what is said.
func TestFieldsByType(t *testing.T) {
	long := strings.Repeat("я", 251)
	for _, c := range []struct {
		field, body, cell string
		text, canon, said string
	}{
		{"des", "{column: X}", " Оплата\u00a0по факту ", "Оплата по факту", "Оплата по факту", ""},
		{"des", "{column: X}", "NULL", "NULL", "NULL", ""},
		{"des", "{column: X}", "<Объект не найден> (12:ab)", "", "", ""},
		{"des", "{column: X}", "a <b> c", "a [b] c", "a [b] c", "des: replaced"},
		{"des", "{column: X}", "Ура 😀 да", "Ура да", "Ура да", "des: replaced"},
		{"des", "{column: X}", "Ру\ufffdкав", "Ру\ufffdкав", "Ру\ufffdкав", "des: damaged"},
		{"address", "{columns: [X, Y], join: '; '}", "Москва", "Москва", "Москва", ""},
		{"territory", "{column: X}", `"Пермь"`, "Пермь", "пермь", ""},
		{"territory", "{column: X}", "59", "", "", "!territory: numeric-title"},
		{"territory", "{column: X, check: warn}", "59", "", "", "-territory: numeric-title"},
		{"idcategory", "{column: X}", "d'Or", "dOr", "dor", "idcategory: replaced"},
		{"type", "{column: X}", "parnter", "partner", "partner", ""},
		{"type", "{column: X}", "zzz", "", "", "!type: client-type"},
		{"type", "{column: X, values: {Юр Лицо: client}}", "ЮРЛИЦО", "client", "client", ""},
		{"type", "{column: X, values: {ЮрЛицо: client}, default: person}", "", "person", "person", ""},
		{"type", "{column: X, values: {ЮрЛицо: client}, unmapped: empty, default: person}", "ИП", "person", "person", ""},
		{"type", "{column: X, values: {ЮрЛицо: client}, unmapped: pass}", "person", "person", "person", ""},
		{"type", "{const: client}", "", "client", "client", ""},
		{"type", "{column: X, values: {Партнер: parnter}}", "Партнер", "partner", "partner", ""},
		{"input1", "{column: X}", long + "абвгд", "", "", "!input1: too-long"},
		{"recv.castKpp", "{column: X, type: kpp}", "000000000", "", "", "-recv.castKpp: all-zeros"},
		{"site_url", "{column: X}", "https://Romashka.example.ru/", "https://Romashka.example.ru/", "romashka.example.ru", ""},
		{"site_url", "{column: X}", "нет", "нет", "нет", "site_url: form"},
		{"mail_url", "{column: X}", "A@b.ru; c@d.ru, a@B.ru", "A@b.ru, c@d.ru", "a@b.ru,c@d.ru", ""},
		{"mail_url", "{column: X}", "o'brien@b.ru", "", "", "-mail_url: apostrophe"},
		{"mail_url", "{column: X}", "-", "", "", ""},
		{"phone", "{column: X}", "8 (495) 123-45-67, 9161234567", "8 (495) 123-45-67, 9161234567", "74951234567,79161234567", ""},
		{"phone", "{column: X}", "9,16123E+09", "", "", "-phone: excel-damage"},
		{"phone", "{column: X}", "нет", "", "", "-phone: form"},
		{"phone", "{column: X, max_length: {limit: 30, over: cut}}", "+7 916 123-45-67; +7 916 123-45-68", "+7 916 123-45-67", "79161234567", "phone: cut"},
		{"title", "{column: X}", `ООО "Ромашка"`, `ООО "Ромашка"`, "Ромашка, ООО", ""},
		{"title", "{column: X}", "ООО <Ромашка>", "ООО Ромашка", "Ромашка, ООО", "title: replaced"},
		{"title", "{column: X}", long, "", "", "!title: too-long"},
		{"title", "{column: X, max_length: cut}", long, long[:500], long[:500], "title: cut"},
		{"title", "{column: X}", "ООО" + long[:494], "", "", "!title: too-long"}, // 250 characters that the CRM makes 252
		{"title", "{column: X, max_length: {limit: 5, over: cut}}", "Ромашка", "Ромаш", "Ромаш", "title: cut"},
		{"input1", "{column: X, type: decimal}", "1\u00a0190,50", "1190.50", "1190.5", ""},
		{"input1", "{column: X, type: decimal}", "много", "", "", "!input1: not-number"},
		{"input1", "{column: X, type: decimal}", "NaN", "", "", ""},
		{"input1", "{column: X, type: int}", "1 190,0", "1190", "1190", ""},
		{"input1", "{column: X, type: int}", "1,5", "", "", "!input1: not-integer"},
		{"input1", "{column: X, type: bool}", "Истина", "Да", "Да", ""},
		{"input1", "{column: X, type: bool}", "как-то", "", "", "!input1: not-boolean"},
		{"input1", "{column: X, type: date}", "25.02.2016 10:00", "2016-02-25", "2016-02-25", ""},
		{"input1", "{column: X, type: date}", "31.02.2016", "", "", "!input1: not-date"},
		{"input1", "{column: X, type: date}", "01.01.0001 0:00:00", "", "", ""},
		{"input1", "{column: X, type: guid}", "9D5C422D-8C4C-11DB-A9B0-00055D49B45E", "9d5c422d-8c4c-11db-a9b0-00055d49b45e", "9d5c422d-8c4c-11db-a9b0-00055d49b45e", ""},
		{"input1", "{column: X, type: guid}", "9D5C", "", "", "!input1: not-guid"},
		{"date_create", "{column: X, when: add}", "25.02.2016 9:05:00", "2016-02-25 09:05:00", "2016-02-25 09:05:00", ""},
		{"recv.castInn", "{column: X, type: inn}", "7\u00a0707\u00a0083\u00a0893", "7707083893", "7707083893", ""},
		{"recv.castInn", "{column: X, type: inn}", "7707083890", "7707083890", "7707083890", "recv.castInn: check-digit"},
		{"recv.castInn", "{column: X, type: inn, check: reject}", "7707083890", "", "", "!recv.castInn: check-digit"},
		{"recv.castInn", "{column: X, type: inn}", "0000000000", "", "", "-recv.castInn: all-zeros"},
		{"recv.castInn", "{column: X, type: inn, check: reject}", "0000000000", "", "", "!recv.castInn: all-zeros"},
		{"recv.castInn", "{column: X, type: inn}", "7,70708E+09", "", "", "!recv.castInn: excel-damage"},
		{"recv.castInn", "{column: X, type: inn}", "'7707083893", "7707083893", "7707083893", "recv.castInn: replaced"},
		{"recv.castInn", "{column: X, type: inn}", "770708389", "770708389", "770708389", "recv.castInn: form"}, // a zero in front would not hold
		{"recv.castInn", "{column: X, type: inn}", "105001234", "0105001234", "0105001234", "recv.castInn: repaired"},
		{"recv.castInn", "{column: X, type: inn}", "KZ-1234", "KZ-1234", "KZ-1234", "recv.castInn: form"},
		{"recv.castInn", "{column: X, type: inn}", "7843316106/784301001", "7843316106", "7843316106", ""},
		{"recv.castInn", "{column: X, type: inn}", "Неопределено", "", "", ""},
		{"recv.castKpp", "{column: X, type: kpp}", "7843316106/784301001", "784301001", "784301001", ""},
		{"recv.castKpp", "{column: X, type: kpp}", "73601001", "73601001", "73601001", "recv.castKpp: form"},
		{"recv.castKpp", "{column: X, type: kpp, excel: true}", "73601001", "073601001", "073601001", "recv.castKpp: repaired"},
		{"recv.castBankBik", "{column: X, type: bik}", "44525411", "44525411", "44525411", "recv.castBankBik: form"},
		{"recv.castBankBik", "{column: X, type: bik, excel: true}", "44525411", "044525411", "044525411", "recv.castBankBik: repaired"},
		{"recv.castOgrn", "{column: X, type: ogrn}", "1027700132194", "1027700132194", "1027700132194", "recv.castOgrn: check-digit"},
		{"recv.castOkpo", "{column: X, type: okpo}", "00032537", "00032537", "00032537", ""},
		{"recv.castUrName", "{column: X}", "ООО \"Ромашка; и Ко\"\nфилиал", "ООО \"Ромашка, и Ко\" филиал", "ООО ”Ромашка, и Ко” филиал", "recv.castUrName: replaced"},
		{"recv.castUrName", "{column: X}", "Ромашка\r\nфилиал", "Ромашка филиал", "Ромашка филиал", "recv.castUrName: replaced"},
		{"recv.castUrName", "{column: X}", "О'Нил", "О’Нил", "ОНил", "recv.castUrName: replaced"},
	} {
		t.Run(c.field+" "+c.body+" "+c.cell, func(t *testing.T) {
			var m *mapping.Mapping
			if c.field == "title" {
				m = parse(t, "fields:", "  title: "+c.body)
			} else {
				m = withField(t, c.field, c.body)
			}
			v, res := one(t, m, c.field, c.cell)
			if v.Text != c.text || v.Canon != c.canon || said(res) != c.said {
				t.Errorf("%q %q %q, want %q %q %q", v.Text, v.Canon, said(res), c.text, c.canon, c.said)
			}
			i := m.Schema().Index(c.field)
			if v.State == record.Filled && m.CanonSource(i, v.Text) != v.Canon {
				t.Errorf("the text alone gives %q", m.CanonSource(i, v.Text))
			}
		})
	}
}

func TestAWithheldValueIsAbsentAndABlankCellIsEmpty(t *testing.T) {
	m := withField(t, "mail_url", "{column: X}")
	if v, _ := one(t, m, "mail_url", "o'brien@b.ru"); v.State != record.Absent {
		t.Errorf("withheld: %v", v.State)
	}
	if v, _ := one(t, m, "mail_url", ""); v.State != record.Empty {
		t.Errorf("blank: %v", v.State)
	}
}

func TestCellsThatTheRowLacksAreAbsent(t *testing.T) {
	m := withField(t, "address", "{column: Y}")
	b, err := m.Bind([]string{"Ссылка", "Имя", "Y"}, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var rec record.Record
	if res := b.Map([]string{"1", "Ромашка"}, &rec); res.Kind != mapping.InScope || rec.Values[1].State != record.Absent {
		t.Errorf("%s, %v", res.Kind, rec.Values[1].State)
	}
}

func TestAccountsAreCheckedWithTheBankOfTheSameRow(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}", "recv:", "  castBankRs: {column: Счет, type: account}", "  castBankKs: {column: Корр, type: corr_account}",
		"  castBankBik: {column: БИК, type: bik}")
	for _, c := range []struct{ rs, ks, bik, said string }{
		{"40702810117130002977", "30101810145250000411", "044525411", ""},
		{"4070 2810 1171 3000 2977", "", "044525411", ""},
		{"40702810117130002978", "", "044525411", "recv.castBankRs: check-digit"},
		{"40702810117130002977", "", "044525999", "recv.castBankRs: check-digit"},
		{"", "30101810145250000412", "044525411", "recv.castBankKs: check-digit"},
		{"40702810117130002978", "", "", ""}, // nothing to check it with
		{"4070281011713000297", "", "044525411", "recv.castBankRs: form"},
	} {
		_, res := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Счет": c.rs, "Корр": c.ks, "БИК": c.bik})
		if said(res) != c.said {
			t.Errorf("%s/%s/%s: %q, want %q", c.rs, c.ks, c.bik, said(res), c.said)
		}
	}
}

func TestTheKPPBehindASlashFillsABlankKPP(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}", "recv:", "  castInn: {column: ИНН, type: inn}", "  castKpp: {column: КПП, type: kpp}")
	rec, _ := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "ИНН": "7843316106/784301001"})
	if v := rec.Get(m.Schema(), "recv.castKpp"); v.Text != "784301001" {
		t.Errorf("КПП %q", v.Text)
	}
	rec, _ = mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "ИНН": "7843316106/784301001", "КПП": "773601001"})
	if v := rec.Get(m.Schema(), "recv.castKpp"); v.Text != "773601001" {
		t.Errorf("КПП %q", v.Text)
	}
}

// One column holds both numbers: a cell without a slash is the ИНН alone and
// must not go out as the КПП.
func TestACombinedColumnGivesTheINNAndTheKPP(t *testing.T) {
	const inn, kpp = "  castInn: {column: ИНН/КПП, type: inn}", "  castKpp: {column: ИНН/КПП, type: kpp"
	combined := []string{inn, kpp + "}"}
	for _, c := range []struct {
		name           string
		recv           []string
		both, alone    string // cells: ИНН/КПП, ИНН
		inn, kpp, said string
		state          record.State
	}{
		{"both", combined, "7843316106/784301001", "", "7843316106", "784301001", "", record.Filled},
		{"both, blanks and a backslash", combined, `7843316106 \ 784301001`, "", "7843316106", "784301001", "", record.Filled},
		{"the КПП is written first", []string{kpp + "}", inn}, "500100732259", "", "500100732259", "", "", record.Empty},
		{"a sole trader", combined, "500100732259", "", "500100732259", "", "", record.Empty},
		{"a sole trader, slash and nothing", combined, "500100732259/", "", "500100732259", "", "", record.Empty},
		{"a firm without КПП", combined, "7707083893", "", "7707083893", "", "", record.Empty},
		{"with blanks inside", combined, "7 707 083 893", "", "7707083893", "", "", record.Empty},
		{"a ИНН that lost its zero has the form of a КПП", combined, "105001234", "", "0105001234", "", "recv.castInn: repaired", record.Empty},
		{"a wrong ИНН is told once", combined, "7707083890", "", "7707083890", "", "recv.castInn: check-digit", record.Empty},
		{"a КПП alone stands where the ИНН belongs", combined, "784301001", "", "784301001", "", "recv.castInn: form, -recv.castKpp: form", record.Absent},
		{"neither", combined, "KZ-1234", "", "KZ-1234", "", "recv.castInn: form, -recv.castKpp: form", record.Absent},
		{"turned round", combined, "784301001/7843316106", "", "784301001", "", "recv.castInn: form, -recv.castKpp: form", record.Absent},
		{"blank", combined, "", "", "", "", "", record.Empty},
		{"a blank cell takes its default", []string{inn, kpp + ", default: '784301001'}"}, "-", "", "", "784301001", "", record.Filled},
		{"rejected when it is to be", []string{inn, kpp + ", check: reject}"}, "KZ-1234", "", "KZ-1234", "", "recv.castInn: form, !recv.castKpp: form", record.Absent},
		{"the КПП only", []string{kpp + "}"}, "7843316106/784301001", "", "", "784301001", "", record.Filled},
		{"the КПП only, a ИНН", []string{kpp + "}"}, "500100732259", "", "", "", "", record.Empty},
		{"the КПП only, no ИНН", []string{kpp + "}"}, "500100732250", "", "", "", "-recv.castKpp: form", record.Absent},
		{"two columns, a КПП", []string{"  castInn: {column: ИНН, type: inn}", kpp + "}"}, "784301001", "7843316106", "7843316106", "784301001", "", record.Filled},
		{"two columns, the same ИНН", []string{"  castInn: {column: ИНН, type: inn}", kpp + "}"}, "7843316106", "7843316106", "7843316106", "", "", record.Empty},
		{"two columns, another ИНН", []string{"  castInn: {column: ИНН, type: inn}", kpp + "}"}, "7707083893", "7843316106", "7843316106", "", "-recv.castKpp: form", record.Absent},
		{"the other column's slash fills it", []string{"  castInn: {column: ИНН, type: inn}", kpp + "}"}, "7843316106", "7843316106/784301001", "7843316106", "784301001", "", record.Filled},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := parse(t, append([]string{"fields:", "  title: {column: Имя}", "recv:"}, c.recv...)...)
			rec, res := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "ИНН/КПП": c.both, "ИНН": c.alone})
			if v := rec.Get(m.Schema(), "recv.castInn"); v.Text != c.inn {
				t.Errorf("ИНН %q, want %q", v.Text, c.inn)
			}
			if v := rec.Get(m.Schema(), "recv.castKpp"); v.Text != c.kpp || v.State != c.state {
				t.Errorf("КПП %q %v, want %q %v", v.Text, v.State, c.kpp, c.state)
			}
			if said(res) != c.said {
				t.Errorf("%q, want %q", said(res), c.said)
			}
		})
	}
}

func TestTheCRMsIDOfARecordBornThere(t *testing.T) {
	m := parse(t, "clid: {column: КодCRM}", "fields:", "  title: {column: Имя}")
	for cell, want := range map[string]int64{"": 0, "0": 0, "677": 677, "1\u00a0677": 1677} {
		if rec, res := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "КодCRM": cell}); rec.CLID != want || res.Kind != mapping.InScope {
			t.Errorf("%q: %d, %s", cell, rec.CLID, res.Kind)
		}
	}
	if _, res := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "КодCRM": "Ромашка"}); said(res) != "!clid: clid-form" {
		t.Errorf("a word: %q", said(res))
	}
}

func TestDatesGoOutInTheAccountsZone(t *testing.T) {
	m := withField(t, "date_create", "{column: X, when: add}")
	b, err := m.Bind([]string{"Ссылка", "Имя", "X"}, mapping.Zones{Source: time.FixedZone("YEKT", 5*3600), Account: time.FixedZone("MSK", 3*3600)})
	if err != nil {
		t.Fatal(err)
	}
	var rec record.Record
	b.Map([]string{"1", "Ромашка", "07.02.2019 1:25:00"}, &rec)
	if got := rec.Values[1].Text; got != "2019-02-06 23:25:00" {
		t.Error(got)
	}
}

func TestNothingOfARowIsLeftInTheNext(t *testing.T) {
	m := parse(t, "clid: {column: К}", `deleted_when: 'Уд == "да"'`, "fields:", "  title: {column: Имя}", "recv:", "  castInn: {column: ИНН, type: inn}", "  castKpp: {column: КПП, type: kpp}")
	header := []string{"Ссылка", "К", "Уд", "Имя", "ИНН", "КПП"}
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var rec, fresh record.Record
	b.Map([]string{"1", "5", "да", "Ромашка", "7843316106/784301001", ""}, &rec)
	second := []string{"2", "", "", "Верба", "", ""}
	got := b.Map(second, &rec)
	want := b.Clone().Map(second, &fresh)
	if fmt.Sprint(rec) != fmt.Sprint(fresh) || said(got) != said(want) || got.Kind != want.Kind {
		t.Errorf("%v %v\n%v %v", rec, got, fresh, want)
	}
}

func TestARowThatIsLeftOutCarriesNoValues(t *testing.T) {
	m := parse(t, "skip: [Группа]", "fields:", "  title: {column: Имя}")
	b, err := m.Bind([]string{"Ссылка", "Группа", "Имя"}, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var rec record.Record
	b.Map([]string{"1", "Нет", "Ромашка"}, &rec)
	if res := b.Map([]string{"2", "Да", "Покупатели"}, &rec); res.Kind != mapping.OutOfScope || rec.UID == "" || rec.Values[0].State != record.Absent {
		t.Errorf("%s %v", res.Kind, rec)
	}
}

func TestColumnsOfOneTextAreJoinedWithoutTheBlankOnes(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}", "  address: {columns: [Индекс, Город, Улица], join: ', '}")
	rec, _ := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Индекс": "995602", "Город": " ", "Улица": "ул. Тихая"})
	if v := rec.Get(m.Schema(), "address"); v.Text != "995602, ул. Тихая" {
		t.Errorf("%q", v.Text)
	}
}

func TestClonesOfABindingWorkAtTheSameTime(t *testing.T) {
	m := parse(t, `where: 'Регион != "Тест"'`, "fields:", "  title: {column: Имя}", "  address: {columns: [A, B], join: ', '}", `  des: {expr: 'Имя + "!"'}`)
	header := []string{"Ссылка", "Имя", "Регион", "A", "B"}
	first, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 4 {
		b := first.Clone()
		wg.Go(func() {
			var rec record.Record
			for i := range 200 {
				name := fmt.Sprintf("Имя-%d-%d", w, i)
				b.Map([]string{name, name, "Пермь", name, name}, &rec)
				if rec.Values[0].Text != name || rec.Values[1].Text != name+", "+name || rec.Values[2].Text != name+"!" {
					t.Errorf("%s: %v", name, rec.Values)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Whatever stands in a file, a row gets an answer: a kind, and a fatal problem
// exactly when it is no record.
func TestEveryRowGetsAnAnswer(t *testing.T) {
	m, err := mapping.Load("../../mappings/1c-clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	header := m.Columns()
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	cell := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ 0-9.,:;/+\-()Ee]{0,24}`), rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 12), func(b []byte) string { return string(b) }),
		rapid.SampledFrom([]string{"", "Да", "Нет", "9d5c422d-8c4c-11db-a9b0-00055d49b45e", "ЮрЛицо", "7707083893", "044525411"}))
	frame := map[string]string{
		"Ссылка": "9d5c422d-8c4c-11db-a9b0-00055d49b45e", "ЭтоГруппа": "Нет", "ПометкаУдаления": "", "ЮрФизЛицо": "ЮрЛицо", "ДатаСоздания": "",
		"ИНН": "7707083893", "КПП": "", "ОГРН": "", "КодПоОКПО": "", "БИК": "", "РасчетныйСчет": "", "КоррСчет": "",
	}
	var rec record.Record
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(cell, rapid.SampledFrom([]int{0, len(header)}).Draw(t, "at least"), len(header)+1).Draw(t, "cells")
		if rapid.Bool().Draw(t, "plain frame") { // so that the other cells are reached
			for i := range min(len(cells), len(header)) {
				if fixed, ok := frame[header[i]]; ok {
					cells[i] = fixed
				}
			}
		}
		res := b.Map(cells, &rec)
		switch res.Kind {
		case mapping.InScope, mapping.OutOfScope, mapping.Deleted:
			if p := res.Fatal(); p != nil {
				t.Fatalf("%s with %+v", res.Kind, p)
			}
		case mapping.Rejected, mapping.Unreadable:
			if res.Fatal() == nil || (res.Kind == mapping.Unreadable) != (rec.UID != "") {
				t.Fatalf("%s, uid %q, %q", res.Kind, rec.UID, said(res))
			}
		default:
			t.Fatalf("%d", res.Kind)
		}
		for i, v := range rec.Values {
			if v.State == record.Filled && (v.Canon == "" || m.CanonSource(i, v.Text) != v.Canon) {
				t.Fatalf("%s: %q is %q, alone %q", m.Schema().Field(i).Name, v.Text, v.Canon, m.CanonSource(i, v.Text))
			}
		}
	})
}
