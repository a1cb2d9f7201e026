package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/crmapi"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

func codes(problems []mapping.Problem) string { return said(mapping.Result{Problems: problems}) }

func TestSumsThatDoNotAddUpAreFound(t *testing.T) {
	for _, c := range []struct {
		name, rule string
		sum        string
		lines      []string // quantity, price
		want       string
	}{
		{"they do", "", "1190,50", []string{"2", "595,25"}, ""},
		{"two lines", "", "30", []string{"1", "10", "2", "10"}, ""},
		{"a kopeck a line", "", "20,02", []string{"1", "10", "1", "10"}, ""},
		{"more than a kopeck a line", "", "20,03", []string{"1", "10", "1", "10"}, "!kol: sum-differs"},
		{"less", "", "19,97", []string{"1", "10", "1", "10"}, "!kol: sum-differs"},
		{"a warning", "check_sum: warn, ", "100", []string{"1", "10"}, "kol: sum-differs"},
		{"not asked", "check_sum: off, ", "100", []string{"1", "10"}, ""},
		{"no lines", "", "100", nil, ""},
		{"no sum", "", "", []string{"1", "10"}, ""},
		{"more decimals than the CRM keeps", "", "1335", []string{"1,335", "1000"}, ""},
		{"not in floats", "", "0,3", []string{"1", "0,1", "1", "0,2"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := compiled(t, strings.Replace(wholeDeal, "lines: {", "lines: {"+c.rule, 1))
			rec, res := mapRow(t, m, order("СуммаДокумента", c.sum))
			if res.Kind != mapping.InScope {
				t.Fatal(said(res))
			}
			var lines []string
			for i := 0; i < len(c.lines); i += 2 {
				_, res := mapRow(t, m, order("Количество", c.lines[i], "Цена", c.lines[i+1]))
				lines = append(lines, res.Line)
			}
			rec.Values[m.Schema().Index(mapping.FieldLines)] = m.JoinLines(lines)
			if got := codes(m.CheckRecord(&rec)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestAMultiplierCountsInTheSum(t *testing.T) {
	m := compiled(t, dealHead+"fields: {title: {column: Имя}, kol: {column: Сумма}}\nlines: {title: {column: Т}, kol: {column: К}, price: {column: Ц}, dop: {column: М}}\n")
	row := map[string]string{"Заказ": orderGUID, "Контрагент": clientGUID, "Имя": "Аренда", "Сумма": "60", "Т": "Аренда", "К": "2", "Ц": "10", "М": "3"}
	rec, res := mapRow(t, m, row)
	rec.Values[m.Schema().Index(mapping.FieldLines)] = m.JoinLines([]string{res.Line})
	if got := codes(m.CheckRecord(&rec)); got != "" {
		t.Error(got, res.Line)
	}
}

func TestALineThatIsNotWholeMakesTheRowUnreadable(t *testing.T) {
	m := compiled(t, wholeDeal)
	for _, c := range []struct {
		row  map[string]string
		want string
	}{
		{order("Цена", ""), "!lines.price: required"},
		{order("Количество", "", "Цена", "дорого"), "!lines.kol: required, !lines.price: not-number"},
		{order("Номенклатура", "<Объект не найден> (12:34)"), "!lines.title: required"},
		{order("Ставка", "НДС10"), "!lines.nds: unmapped"},
		{order("Артикул", strings.Repeat("я", 101)), "!lines.artikul: too-long"},
	} {
		rec, res := mapRow(t, m, c.row)
		if res.Kind != mapping.Unreadable || said(res) != c.want || rec.UID != orderUID {
			t.Errorf("%s %s, want %s", res.Kind, said(res), c.want)
		}
		if p := res.Fatal(); p != nil && p.Column == "" {
			t.Errorf("%+v names no column", p)
		}
	}
	_, res := mapRow(t, m, order("Артикул", "", "Номенклатура", "", "Количество", "", "Цена", "", "Ставка", ""))
	if res.Kind != mapping.InScope || res.Line != "" {
		t.Errorf("an order without lines: %s %s %q", res.Kind, said(res), res.Line)
	}
}

func TestReferences(t *testing.T) {
	m := compiled(t, wholeDeal)
	for _, c := range []struct {
		row  map[string]string
		kind mapping.Kind
		said string
		refs int
	}{
		{order("Контрагент", ""), mapping.Unreadable, "!client: required", 1},
		{order("Контрагент", "00000000-0000-0000-0000-000000000000"), mapping.Unreadable, "!client: required", 1},
		{order("Контрагент", "Ромашка"), mapping.Unreadable, "!client: key-form", 1},
		{order("Плательщик", ""), mapping.InScope, "", 1},
		{order("Плательщик", "<Объект не найден> (1:2)"), mapping.InScope, "", 1},
	} {
		_, res := mapRow(t, m, c.row)
		if res.Kind != c.kind || said(res) != c.said || len(res.Refs) != c.refs {
			t.Errorf("%s %q %v", res.Kind, said(res), res.Refs)
		}
	}
}

func TestMoneyIsExactAndAboveZero(t *testing.T) {
	inv := compiled(t, wholeDeal).Part("invoices")
	for cell, want := range map[string]string{
		"1 000,00": "1000.00 = 1000", "0": "!summa: not-positive", "-5": "!summa: not-positive", "0,00": "!summa: not-positive",
		"0,005": "0.005 = 0.01", "12,344": "12.344 = 12.34", "": "!summa: required", "9007199254740993,01": "9007199254740993.01 = 9007199254740993.01",
	} {
		rec, res := mapRow(t, inv, map[string]string{"Ссылка": "1", "ЗаказСсылка": orderGUID, "Номер": "1", "Сумма": cell})
		v := rec.Get(inv.Schema(), "summa")
		got := v.Text + " = " + v.Canon
		if res.Kind != mapping.InScope {
			got = said(res)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", cell, got, want)
		}
	}
	_, res := mapRow(t, inv, map[string]string{"Ссылка": "1", "ЗаказСсылка": orderGUID, "Номер": strings.Repeat("1", 21), "Сумма": "1"})
	if said(res) != "!invoice: too-long" {
		t.Error(said(res))
	}
}

const clientWithContacts = head + `fields: {title: {column: Имя}}
contacts:
  source: contacts
  rows: merge
  of: {column: Владелец}
  id: {column: Контакт}
  person: {columns: [Имя, Фамилия]}
  tel: {expr: 'row["Вид"] == "Телефон" ? row["Представление"] : ""', type: phones}
  mail: {expr: 'row["Вид"] == "Почта" ? row["Представление"] : ""'}
  rol: {column: Роль}
`

func contact(pairs ...string) map[string]string {
	row := map[string]string{"Владелец": "c1", "Контакт": "p1", "Имя": "Анна", "Фамилия": "Ива"}
	for i := 0; i+1 < len(pairs); i += 2 {
		row[pairs[i]] = pairs[i+1]
	}
	return row
}

func TestTheRowsOfAContactMerge(t *testing.T) {
	m := compiled(t, clientWithContacts).Part(mapping.PartContacts)
	if !m.MergeRows() || m.Entity() != mapping.EntityPerson {
		t.Fatal(m.MergeRows(), m.Entity())
	}
	var whole record.Record
	for i, row := range []map[string]string{
		contact("Имя", "", "Фамилия", "", "Вид", "Телефон", "Представление", "8 (495) 000-17-01"),
		contact("Вид", "Почта", "Представление", "Anna@example.ru"),
		contact("Вид", "Телефон", "Представление", "+7 495 000 17 01; 84950001702", "Роль", "Директор"),
		contact("Вид", "Почта", "Представление", "anna@example.ru", "Роль", "Бухгалтер"),
	} {
		rec, res := mapRow(t, m, row)
		if res.Kind != mapping.InScope {
			t.Fatalf("row %d: %s", i, said(res))
		}
		if i == 0 {
			whole = rec
		} else {
			m.Merge(&whole, &rec)
		}
	}
	if got := codes(m.CheckRecord(&whole)); got != "" {
		t.Error(got)
	}
	want := []string{
		"client=" + whole.Values[0].Text, "person=Анна Ива", "tel=8 (495) 000-17-01, 84950001702", "mail=Anna@example.ru", "rol=Директор",
	}
	if diff := cmp.Diff(want, texts(m, whole)); diff != "" {
		t.Error(diff)
	}
	tel := whole.Get(m.Schema(), "tel")
	if tel.Canon != m.CanonSource(m.Schema().Index("tel"), tel.Text) || tel.Canon != "74950001701,74950001702" {
		t.Errorf("%q", tel.Canon)
	}
}

func TestAContactWithoutANameInAnyRowIsUnreadable(t *testing.T) {
	m := compiled(t, clientWithContacts).Part(mapping.PartContacts)
	rec, res := mapRow(t, m, contact("Имя", "", "Фамилия", "", "Вид", "Телефон", "Представление", "84950001701"))
	if res.Kind != mapping.InScope {
		t.Fatal(said(res))
	}
	if got := codes(m.CheckRecord(&rec)); got != "!person: required" {
		t.Error(got)
	}
	rec, _ = mapRow(t, m, contact())
	for i := range 30 {
		more, _ := mapRow(t, m, contact("Вид", "Телефон", "Представление", "+7 (495) 000-17-"+string(rune('0'+i/10))+string(rune('0'+i%10))))
		m.Merge(&rec, &more)
	}
	if got := codes(m.CheckRecord(&rec)); got != "!tel: too-long" {
		t.Error(got)
	}
}

func TestNaturalKeysAreTheSameOnBothSides(t *testing.T) {
	client, deal := compiled(t, clientWithContacts), compiled(t, wholeDeal)
	for _, c := range []struct {
		m              *mapping.Mapping
		source, crm    map[string]string // by schema name; of the source, after its reference is known
		same, hasNoKey bool
	}{
		{m: deal.Part("invoices"), source: map[string]string{"deal": "7", "invoice": "цб-00 12"}, crm: map[string]string{"deal": "7", "invoice": "ЦБ-0012"}, same: true},
		{m: deal.Part("invoices"), source: map[string]string{"deal": "7", "invoice": "12"}, crm: map[string]string{"deal": "71", "invoice": "2"}},
		{m: deal.Part("invoices"), source: map[string]string{"deal": "7", "invoice": "12"}, crm: map[string]string{"deal": "8", "invoice": "12"}},
		{m: deal.Part("invoices"), crm: map[string]string{"deal": "7"}, hasNoKey: true},
		{m: deal.Part("payments"), source: map[string]string{"invoice": "5", "summa": "10"}, crm: map[string]string{"invoice": "5", "summa": "10.00"}, same: true},
		{m: client.Part("contacts"), source: map[string]string{"client": "3", "person": "Ива  Анна"}, crm: map[string]string{"client": "3", "person": "ива анна"}, same: true},
		{m: client.Part("contacts"), source: map[string]string{"client": "3", "person": "Ива Анна"}, crm: map[string]string{"client": "3", "person": "Ива Инна"}},
		{m: deal, crm: map[string]string{"title": "Заказ"}, hasNoKey: true},
	} {
		key := func(of map[string]string) string {
			fields := map[string]crmapi.Text{}
			for k, v := range of {
				fields[k] = crmapi.Text{Set: true, S: v}
			}
			return c.m.NaturalKey(c.m.FromFields(fields, nil))
		}
		if c.hasNoKey {
			if key(c.crm) != "" {
				t.Errorf("%v has the key %q", c.crm, key(c.crm))
			}
			continue
		}
		if got := key(c.source) == key(c.crm); got != c.same || key(c.crm) == "" {
			t.Errorf("%q and %q", key(c.source), key(c.crm))
		}
	}
}

func TestValuesOfTheCRMAreComparedAsItKeepsThem(t *testing.T) {
	m := compiled(t, wholeDeal)
	rec, res := mapRow(t, m, order("СтатусЗакрытия", "Победа полная", "СуммаОплаты", "1190,504"))
	if res.Kind != mapping.InScope {
		t.Fatal(said(res))
	}
	text := func(s string) crmapi.Text { return crmapi.Text{Set: true, S: s} }
	seen := m.FromFields(map[string]crmapi.Text{
		"title": text("Заказ ЦБ-5"), "datum_plan": text("2026-03-12"), "kol": text("1190.50"), "direction": text("основное"), "step": text("40"),
		"status_close": text("Победа полная"), "kol_fact": text("1190.50"), "payer": text("0"), "client": {},
	}, nil)
	for i := range seen {
		switch name := m.Schema().Field(i).Name; name {
		case "client", "payer":
			if !seen[i].Blank() {
				t.Errorf("%s: %+v", name, seen[i])
			}
		case mapping.FieldLines:
			if seen[i].State != record.Absent {
				t.Errorf("lines that nobody told: %+v", seen[i])
			}
		default:
			if !seen[i].Same(rec.Values[i]) {
				t.Errorf("%s: %q and %q", name, seen[i].Canon, rec.Values[i].Canon)
			}
		}
	}
	if d := m.Dictionaries(); len(d) != 2 || d[0].Name != "direction" || d[1].Name != "status_close" || d[0].MayCreate {
		t.Errorf("%+v", d)
	}
}

func TestAnIdThatIsNotSetIsBlank(t *testing.T) {
	m := compiled(t, dealHead+"fields: {title: {column: Имя}, mcid: {column: Компания}, kol: {column: Сумма}}\n")
	zero := crmapi.Text{Set: true, S: "0"}
	for i, v := range m.FromFields(map[string]crmapi.Text{"client": zero, "mcid": zero, "kol": zero}, nil) {
		if name := m.Schema().Field(i).Name; v.Blank() != (name != "kol") {
			t.Errorf("%s: %+v", name, v)
		}
	}
	rec, res := mapRow(t, m, map[string]string{"Заказ": orderGUID, "Контрагент": clientGUID, "Имя": "Заказ", "Компания": "0"})
	if v := rec.Get(m.Schema(), "mcid"); v.State != record.Empty {
		t.Errorf("%+v %s", v, said(res))
	}
}

func TestCanonicalFormsOfDealsAreStable(t *testing.T) {
	m := compiled(t, wholeDeal)
	contacts := compiled(t, clientWithContacts).Part("contacts")
	word := rapid.OneOf(rapid.StringOf(rapid.RuneFrom([]rune(`ООО"«»'<>|¦ .,0123456789-ёЁ/№`+"\n\t"))), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		text := word.Draw(t, "text")
		for _, m := range []*mapping.Mapping{m, m.Part("invoices"), m.Part("payments"), contacts} {
			for i := range m.Schema().Len() {
				once := m.CanonCRM(i, text)
				if twice := m.CanonCRM(i, once); twice != once {
					t.Fatalf("%s: %q, then %q", m.Schema().Field(i).Name, once, twice)
				}
			}
		}
	})
}

// Whatever stands in the cells, what was joined is parsed again, and means the same.
func TestLinesAreParsedAsTheyWereJoined(t *testing.T) {
	m := compiled(t, wholeDeal)
	header := m.Columns()
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		var lines []string
		for range rapid.IntRange(0, 4).Draw(t, "lines") {
			row := order("Артикул", rapid.String().Draw(t, "article"), "Номенклатура", rapid.String().Draw(t, "title"), "Цена", rapid.StringMatching(`[0-9]{1,6}(,[0-9]{0,4})?`).Draw(t, "price"))
			cells := make([]string, len(header))
			for i, h := range header {
				cells[i] = row[h]
			}
			var rec record.Record
			if res := b.Map(cells, &rec); res.Kind == mapping.InScope {
				lines = append(lines, res.Line)
			}
		}
		v := m.JoinLines(lines)
		parsed, err := m.ParseLines(v.Text)
		if err != nil || len(parsed) != len(lines) {
			t.Fatalf("%d lines of %d: %v\n%q", len(parsed), len(lines), err, v.Text)
		}
		if again := m.LinesOf(parsed); !again.Same(v) {
			t.Fatalf("%q\n%q", v.Canon, again.Canon)
		}
		slices.Reverse(parsed)
		if turned := m.LinesOf(parsed); !turned.Same(v) {
			t.Fatalf("their order counts: %q\n%q", v.Canon, turned.Canon)
		}
	})
}

func TestTextsThatAreNoLinesOfTheMapping(t *testing.T) {
	m := compiled(t, wholeDeal)
	for _, text := range []string{"Труба", "А | Б | 1 | 2", "А | Б | много | 2 | 20"} {
		if lines, err := m.ParseLines(text); err == nil || strings.Contains(err.Error(), "Труба") {
			t.Errorf("%q: %v %v", text, lines, err)
		}
	}
}
