package mapping_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"syncd/internal/mapping"
)

func suggested(t testing.TB, in mapping.SuggestInput) (*mapping.Mapping, string, []string) {
	t.Helper()
	text, notes := mapping.Suggest(in)
	m, err := mapping.Parse("made.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m, text, notes
}

// has holds that each line stands in a text, blanks aside.
func has(t testing.TB, text string, lines ...string) {
	t.Helper()
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	var have []string
	for l := range strings.Lines(text) {
		have = append(have, squeeze(l))
	}
	for _, l := range lines {
		if !slices.Contains(have, squeeze(l)) {
			t.Errorf("lacks the line %q in\n%s", l, text)
			return
		}
	}
}

const (
	guid1 = "9d5c422d-8c4c-11db-a9b0-00055d49b45e"
	guid2 = "a7a30aaf-321b-11dd-8d3a-000d8843cd1b"
)

func TestSuggest_for_exports_of_1C(t *testing.T) {
	t.Run("a query to the catalogue, УТ 11", func(t *testing.T) {
		header := strings.Split("Ссылка;Код;Наименование;НаименованиеПолное;ЮрФизЛицо;ИНН;КПП;ОГРН;КодПоОКПО;БИК;Банк;РасчетныйСчет;КоррСчет;Телефон;МобильныйТелефон;"+
			"ЭлектроннаяПочта;Сайт;ЮридическийАдрес;ФактическийАдрес;Регион;Менеджер;Комментарий;ДатаСоздания;ЭтоГруппа;ПометкаУдаления;ДатаИзменения", ";")
		row := func(guid, kind, date string) []string {
			cells := make([]string, len(header))
			for name, cell := range map[string]string{"Ссылка": guid, "Код": "00-000001", "Наименование": "Ромашка", "ЮрФизЛицо": kind, "ДатаСоздания": date, "ЭтоГруппа": "Нет", "БИК": "044525411", "Менеджер": "Верба В.В."} {
				cells[slices.Index(header, name)] = cell
			}
			return cells
		}
		in := mapping.SuggestInput{Source: "clients.csv", Header: header, Samples: [][]string{row(guid1, "ЮрЛицо", "25.02.2016 9:05:00"), row(guid2, "ИП", ""), row("", "", "")}}
		m, text, notes := suggested(t, in)
		has(t, text,
			"uid: {column: Ссылка, encode: guid}",
			"skip: [ЭтоГруппа, ПометкаУдаления]",
			"title: {column: Наименование, required: true}",
			"type: {column: ЮрФизЛицо, values: {ЮрЛицо: client, ИП: client}, unmapped: reject, default: client}",
			"phone: {columns: [Телефон, МобильныйТелефон], type: phones}",
			"mail_url: {column: ЭлектроннаяПочта, type: emails}",
			"site_url: {column: Сайт, type: url}",
			"address: {column: ФактическийАдрес}",
			"date_create: {column: ДатаСоздания, type: datetime, when: add}",
			"# territory: {column: Регион, dictionary: create}",
			"# des: {column: Комментарий, owner: crm}",
			"# user: {column: Менеджер, values: {Иванов И.И.: ivanov@example.ru}, unmapped: empty, when: add}",
			"castUrName: {column: НаименованиеПолное}",
			"castInn: {column: ИНН, type: inn}",
			"castKpp: {column: КПП, type: kpp}",
			"castBankBik: {column: БИК, type: bik}",
			"castBankRs: {column: РасчетныйСчет, type: account}",
			"castBankKs: {column: КоррСчет, type: corr_account}",
			"castUrAddr: {column: ЮридическийАдрес}",
			"# Код", "# ДатаИзменения")
		if len(notes) > 0 {
			t.Errorf("%q", notes)
		}
		bindsAll(t, m, in, text)
		// the shipped mapping for this export and the one that is made agree on what goes where
		shipped, err := mapping.Load("../../mappings/1c-clients.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for i := range shipped.Schema().Len() {
			name := shipped.Schema().Field(i).Name
			if j := m.Schema().Index(name); j < 0 || m.SourceOf(j) != shipped.SourceOf(i) {
				t.Errorf("%s is not made of %s", name, shipped.SourceOf(i))
			}
		}
	})
	t.Run("a list with captions, БП 3", func(t *testing.T) {
		in := mapping.SuggestInput{
			Header: []string{"Наименование в программе", "Код", "Вид контрагента", "Полное наименование", "ИНН/КПП", "Рег. номер", "Телефон", "E-mail", "Адрес эл. почты", "Основной банковский счет", "Юр. адрес", "Группа"},
			Samples: [][]string{
				{"Ромашка ООО", "00-00000001", "Юридическое лицо", "ООО \"Ромашка\"", "7843316106/784301001", "", "", "", "", "", "", "Покупатели"},
				{"Верба", "ЦБ021361", "Некая артель", "", "7707083893", "", "", "", "", "", "", ""},
			},
		}
		m, text, notes := suggested(t, in)
		has(t, text,
			"uid: {column: Код, encode: raw}",
			"title: {column: Наименование в программе, required: true}",
			"type: {column: Вид контрагента, values: {Юридическое лицо: client}, unmapped: reject, default: client}",
			"mail_url: {columns: ['E-mail', 'Адрес эл. почты'], type: emails}",
			"castInn: {column: 'ИНН/КПП', type: inn}",
			"castKpp: {column: 'ИНН/КПП', type: kpp}",
			"castUrAddr: {column: 'Юр. адрес'}",
			"# Группа", "# Рег. номер")
		if len(notes) != 1 || !strings.Contains(notes[0], "Некая артель") {
			t.Errorf("%q", notes)
		}
		bindsAll(t, m, in, text)
	})
	t.Run("a spreadsheet", func(t *testing.T) {
		in := mapping.SuggestInput{
			English: true,
			Header:  []string{"№ п/п", "Клиент", "Тел.", "Email", "Город", "ИНН", "БИК", "", "Примечание", "Примечание"},
			Samples: [][]string{
				{"1", "Ромашка", "8 495 123-45-67", "a@b.ru", "Пермь", "7707083893", "44525411", "", "", ""},
				{"2", "Верба", "", "", "Пермь", "7843316106", "044525225", "", "", ""},
			},
		}
		m, text, notes := suggested(t, in)
		has(t, text, "uid: {column: ИНН, encode: hash}", "# № п/п", "title: {column: Клиент, required: true}", "phone: {column: 'Тел.', type: phones}",
			"mail_url: {column: Email, type: emails}", "# territory: {column: Город, dictionary: create}", "castBankBik: {column: БИК, type: bik, excel: true}", "# Примечание")
		if all := strings.Join(notes, "\n"); len(notes) != 3 || !strings.Contains(all, "no key was recognized") || !strings.Contains(all, "leading zeros") || !strings.Contains(all, `"Примечание"`) {
			t.Errorf("%q", notes)
		}
		bindsAll(t, m, in, text)
	})
}

// bindsAll holds that what was made fits the header it was made for, and that
// every column stands in the file.
func bindsAll(t testing.TB, m *mapping.Mapping, in mapping.SuggestInput, text string) {
	t.Helper()
	if _, err := m.Bind(in.Header, mapping.Zones{}); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	for _, h := range in.Header {
		if !strings.Contains(text, h) {
			t.Errorf("column %q stands nowhere", h)
		}
	}
}

func TestSuggest_chooses_the_key(t *testing.T) {
	for _, c := range []struct {
		name   string
		header []string
		rows   [][]string
		uid    string
		note   string
	}{
		{"a GUID", []string{"Код", "Ссылка", "Имя"}, [][]string{{"1", guid1, "А"}}, "{column: Ссылка, encode: guid}", ""},
		{"no rows", []string{"Код", "GUID", "Имя"}, nil, "{column: GUID, encode: guid}", ""},
		{"a code without rows", []string{"Код", "Имя"}, nil, "{column: Код, encode: hash}", "пуст"},
		{"a link", []string{"Ссылка", "Имя"}, [][]string{{"e1cib/data/Справочник.Контрагенты?ref=a9b000055d49b45e11db8c4c9d5c422d", "А"}}, "{column: Ссылка, encode: guid}", ""},
		{"32 digits", []string{"_IDRRef", "Имя"}, [][]string{{"a9b000055d49b45e11db8c4c9d5c422d", "А"}}, "{column: _IDRRef, encode: guid, hex: db}", "hex: db"},
		{"a presentation", []string{"Ссылка", "Код", "Имя"}, [][]string{{"Ромашка ООО", "1", "А"}, {"Верба и К", "2", "Б"}}, "{column: Код, encode: raw}", "представление"},
		{"a presentation twice", []string{"Ссылка", "Код", "Имя"}, [][]string{{"Ромашка", "1", "А"}, {"Ромашка", "2", "Б"}}, "{column: Код, encode: raw}", "повторяются"},
		{"codes that differ in case", []string{"Код", "Имя"}, [][]string{{"а1", "А"}, {"А1", "Б"}}, "{column: Код, encode: hash}", ""},
		{"long codes", []string{"Код", "Имя"}, [][]string{{strings.Repeat("1", 31), "А"}}, "{column: Код, encode: hash}", ""},
		{"a GUID under any name", []string{"Идент. объекта", "Имя"}, [][]string{{guid1, "А"}, {guid2, "Б"}}, "{column: 'Идент. объекта', encode: guid}", ""},
		{"numbers of lines", []string{"N", "Имя"}, [][]string{{"1", "А"}, {"2", "Б"}}, "{column: Ссылка, encode: guid}", "не нашлось"},
		{"nothing", []string{"Имя", "Прочее"}, nil, "{column: Ссылка, encode: guid}", "не нашлось"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, text, notes := suggested(t, mapping.SuggestInput{Header: c.header, Samples: c.rows})
			has(t, text, "uid: "+c.uid)
			if all := strings.Join(notes, "\n"); (c.note == "") != (all == "") || !strings.Contains(all, c.note) {
				t.Errorf("notes %q, want %q", all, c.note)
			}
		})
	}
}

func TestSuggest_knows_the_CRM(t *testing.T) {
	_, text, notes := suggested(t, mapping.SuggestInput{
		Header:  []string{"Ссылка", "Имя", "Регион", "Отдел", "Менеджер", "Факс"},
		Samples: [][]string{{guid1, "А", "Пермь", "Опт", "Верба В.В.", ""}, {guid2, "Б", "Пермь", "Опт", "Липа Л.Л.", ""}},
		Fields:  []mapping.KnownField{{Key: "territory", Caption: "Территория"}, {Key: "input3", Caption: "Отдел"}},
		Users:   []mapping.KnownUser{{Login: "verba@example.ru", Title: "Верба В.В."}},
	})
	has(t, text, "territory: {column: Регион, dictionary: create}", "input3: {column: Отдел}", "# fax: {column: Факс}",
		"user: {column: Менеджер, values: {'Верба В.В.': 'verba@example.ru'}, unmapped: empty, when: add}")
	if len(notes) != 1 || strings.Contains(strings.Join(notes, ""), "Липа") {
		t.Errorf("%q", notes)
	}
}

// Whatever the header is, what is made can be read and fits the header, and the
// lines that stand commented out work once the sign is taken away.
func TestSuggest_always_makes_a_mapping(t *testing.T) {
	known := []string{"Ссылка", "Код", "Наименование", "Имя", "Тел.", "Телефон", "E-mail", "ИНН", "ИНН/КПП", "КПП", "ЭтоГруппа", "Адрес", "ФактическийАдрес", "Менеджер", "ЮрФизЛицо", "Номер", "Дата", "Регион"}
	name := rapid.OneOf(rapid.SampledFrom(known), rapid.String(), rapid.StringMatching(`[ #'":,\[\]{}&*!|>%@\-?а-яA-Z\n]{0,6}`), rapid.SampledFrom([]string{"null", "yes", "Да", "1", "1.5", "~", "- a", "<<", "=", "\u2028", "a\x00b"}))
	cell := rapid.OneOf(rapid.SampledFrom([]string{"", guid1, guid2, "1", "Да", "ЮрЛицо", "Ф.Л.", "x: y", null}), rapid.String())
	comment := regexp.MustCompile(`(?m)^(\s+)# (\w+:\s+\{)`)
	rapid.Check(t, func(t *rapid.T) {
		in := mapping.SuggestInput{Source: name.Draw(t, "source"), Header: rapid.SliceOfN(name, 0, 12).Draw(t, "header"), English: rapid.Bool().Draw(t, "english")}
		in.Samples = rapid.SliceOfN(rapid.SliceOfN(cell, 0, 12), 0, 3).Draw(t, "samples")
		text, notes := mapping.Suggest(in)
		m, err := mapping.Parse("made.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if all := strings.Join(notes, "\n"); !strings.Contains(all, "не нашлось") && !strings.Contains(all, "no column can") && !strings.Contains(all, "no column holds") {
			if _, err := m.Bind(in.Header, mapping.Zones{}); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
		}
		for line := range strings.Lines(text) {
			if !comment.MatchString(line) {
				continue
			}
			body := comment.ReplaceAllString(line, "$1$2")
			section := "fields:\n  title: {column: Имя}\n"
			if key := strings.TrimSpace(body); strings.HasPrefix(key, "cast") {
				section += "recv:\n"
			} else if strings.HasPrefix(key, "title:") {
				section = "fields:\n"
			}
			if _, err := mapping.Parse("line.yaml", []byte(head+section+body)); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
		}
	})
}
