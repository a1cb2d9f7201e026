package main

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"pgregory.net/rapid"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/sheet"
	"syncd/internal/state"
)

func russianApp() *app {
	return &app{stdio: stdio{out: io.Discard, err: io.Discard}, getenv: func(string) string { return "" }, lang: message.Russian}
}

func someHolds(t *rapid.T) []state.StandingHold {
	text := func(s string) *string { return &s }
	n := rapid.IntRange(1, 6).Draw(t, "holds")
	out := make([]state.StandingHold, n)
	for i := range out {
		h := &out[i]
		h.Job, h.Reason, h.CLID = "clients", reconcile.ReasonMaybeSame, int64(100000000000+i)
		h.Key = awkward().Draw(t, "key") + rapid.SampledFrom([]string{"", "-"}).Draw(t, "dash") + fmt.Sprint(i)
		h.UID = fmt.Sprintf("uid%d", i)
		h.Title = awkward().Draw(t, "title") + string(rune('а'+i))
		h.Fields = []engine.HeldField{{Field: "title", Source: text(h.Title), CRM: text("=x")}}
		if rapid.Bool().Draw(t, "conflict") {
			h.Reason = reconcile.ReasonConflict
			h.Fields = []engine.HeldField{
				{Field: "recv.castInn", Source: text("7707083893"), CRM: text("0000000000")},
				{Field: "date_create", Source: text("2024-01-05"), CRM: text("2024-02-05")},
				{Field: "address", Source: text("+7"), CRM: nil},
			}
		}
	}
	return out
}

// innWithZero is a ИНН whose first digit a spreadsheet drops.
func innWithZero(t *rapid.T) string {
	head := fmt.Sprintf("0%08d", rapid.IntRange(1, 99999999).Draw(t, "inn"))
	for d := range 10 {
		if inn := head + fmt.Sprint(d); mapping.ValidINN(inn) {
			return inn
		}
	}
	return "7707083893" // never: each head has its digit
}

// Whatever a spreadsheet does to the file of holds, the decisions that come back
// are those that were marked, or the file or the line is refused.
func TestNoSpreadsheetChangesADecisionAboutAHold(t *testing.T) {
	t.Parallel()
	path := sheetPath(t)
	in := &installation{app: russianApp()}
	rapid.Check(t, func(t *rapid.T) {
		list := someHolds(t)
		rows := heldRows(list)
		cells := make([][]string, len(rows))
		for i, r := range rows {
			cells[i] = in.app.heldCells(&list[r.hold], r, plain{})
		}
		if err := sheet.Write(path, 0o600, in.app.heldColumns(), cells); err != nil {
			t.Fatal(err)
		}
		want := map[string]markedRow{} // by the first half of the code
		harmed(t, path, func(b book) string {
			for i, r := range rows {
				var m markedRow
				switch rapid.SampledFrom([]string{"", "take", "value"}).Draw(t, "mark") {
				case "take":
					m.take = rapid.SampledFrom(allTakes()).Draw(t, "take")
					b[i+1][b.column("решение")] = takeNames[m.take].ru
				case "value":
					if m.value = "ул. Новая"; r.field == "recv.castInn" {
						m.value = innWithZero(t)
					} else if r.field == "date_create" {
						m.value = "2025-03-04"
					}
					b[i+1][b.column("значение")] = typed(m.value)
				default:
					continue
				}
				want[r.row] = m
			}
			return ""
		})
		m, err := readMarks(in, path, list)
		var format *sheet.FormatError
		if errors.As(err, &format) {
			return // refused as a whole
		}
		if err != nil {
			t.Fatal(err)
		}
		bad := map[int]bool{}
		for _, f := range m.faults.list {
			bad[f.line] = true
		}
		for _, got := range m.list {
			marked, ok := want[got.code]
			if !bad[got.line] && (!ok || marked.take != got.take || marked.value != got.value) {
				t.Fatalf("line %d decides %+v, marked was %+v (%t)", got.line, got, marked, ok)
			}
			delete(want, got.code)
		}
		if len(want) > 0 && len(m.faults.list) == 0 {
			t.Fatalf("%d decisions are gone without a word", len(want))
		}
	})
}

// readMarks reads a file of holds as resolve --from does, up to the state.
func readMarks(in *installation, path string, list []state.StandingHold) (*marks, error) {
	m := in.newMarks(list)
	rows, err := sheet.Read(path, m.needed())
	for _, r := range rows {
		m.read(r)
	}
	return m, err
}

func TestAHoldThatChangedSinceRefusesItsLineAlone(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	conflict := func(crm string) []state.StandingHold {
		return []state.StandingHold{{Job: "clients", Hold: engine.Hold{
			UID: "a", Key: "a", Title: "А", Reason: reconcile.ReasonConflict, CLID: 7, Fields: []engine.HeldField{
				{Field: "phone", Source: text("1"), CRM: text(crm)}, {Field: "address", Source: text("2"), CRM: text("3")},
			},
		}}}
	}
	a := russianApp()
	in := &installation{app: a}
	before, after := conflict("8"), conflict("9")
	m := in.newMarks(after)
	for i, r := range heldRows(before) {
		c := a.heldCells(&before[0], r, plain{})
		m.take(heldMark{line: i + 2, code: c[heldCode], word: "crm", title: c[heldTitle], key: c[heldKey], field: c[heldField], job: c[heldJob]})
	}
	if len(m.list) != 1 || m.rows[m.list[0].code].field != "address" {
		t.Errorf("decisions %+v", m.list)
	}
	if len(m.faults.list) != 1 || m.faults.list[0].line != 2 || m.faults.list[0].cause != causeChanged.ru {
		t.Errorf("faults %+v", m.faults.list)
	}
}

func TestAMarkedLineThatIsUnclearSaysWhere(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	list := []state.StandingHold{{Job: "clients", Hold: engine.Hold{
		UID: "a", Key: "123456789012", Title: "Дуб", Reason: reconcile.ReasonConflict, Fields: []engine.HeldField{
			{Field: "recv.castInn", Source: text("7707083893"), CRM: text("")}, {Field: "date_create", Source: text("2024-01-05"), CRM: text("2024-02-05")},
		},
	}}}
	in := &installation{app: russianApp()}
	rows := heldRows(list)
	code, date := rowCode(rows[0].row, rows[0].state), rowCode(rows[1].row, rows[1].state)
	for name, tc := range map[string]struct {
		shift                         bool
		code, word, value, title, key string
		want                          string // of the fault; "" = none
	}{
		"nothing is marked":      {false, code, "", "", "Дуб", "123456789012", ""},
		"nothing, and shifted":   {true, code, "", "", "Дуб", "123456789012", causeShift.ru},
		"nothing, another key":   {false, code, "", "", "Дуб", "Дуб", fmt.Sprintf(causeKey.ru, "ключ")},
		"nothing, about nothing": {false, "?", "", "", "?", "?", ""},
		"a word":                 {false, code, "Из CRM", "", "ДУБ", "123456789012", ""},
		"a damaged code":         {false, "123", "crm", "", "Дуб", "123456789012", "код в столбце № повреждён: не понять, о какой записи речь"},
		"an unknown code":        {false, "bbbbbbbbbb-cccccc", "crm", "", "Дуб", "123456789012", "запись больше ничего не ждёт, или код в столбце № повреждён"},
		"a rounded key":          {false, code, "crm", "", "Дуб", "1,23457E+11", "столбец «ключ»: таблица округлила длинное число; задайте столбцу формат «Текстовый»"},
		"another key":            {false, code, "crm", "", "Дуб", "123456789013", fmt.Sprintf(causeKey.ru, "ключ")},
		"another field":          {false, date, "crm", "", "Дуб", "123456789012", "столбец «поле»: не то, что у кода в столбце №; возможно, часть таблицы отсортировали отдельно"},
		"another title":          {false, code, "crm", "", "Ива", "123456789012", fmt.Sprintf(causeTitle.ru, "название")},
		"an unknown word":        {false, code, "наверное", "", "Дуб", "123456789012", "столбец «решение»: такого решения нет; возможны: выгрузка | crm | пропустить"},
		"a decision and a value": {false, code, "crm", "1", "Дуб", "123456789012", "решение и значение исключают друг друга"},
		"cells behind":           {true, code, "crm", "", "Дуб", "123456789012", causeShift.ru},
		"a rounded value":        {false, code, "", "5,00101E+11", "Дуб", "123456789012", fmt.Sprintf(causeRounded.ru, "значение")},
		"no ИНН":                 {false, code, "", "77070838", "Дуб", "123456789012", "столбец «значение»: не похоже на значение поля recv.castInn, каким его ввели; задайте столбцу формат «Текстовый»"},
		"a date of two meanings": {false, date, "", "1/5/2024", "Дуб", "123456789012", "столбец «значение»: не похоже на значение поля date_create, каким его ввели; задайте столбцу формат «Текстовый»"},
		"a date as people write": {false, date, "", "05.03.2024", "Дуб", "123456789012", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := in.newMarks(list)
			field := "recv.castInn"
			if tc.code == date && name != "another field" {
				field = "date_create"
			}
			m.take(heldMark{
				line: 5, shift: tc.shift, code: tc.code, word: tc.word, value: tc.value, title: tc.title, key: tc.key, field: field, job: "clients",
			})
			got := ""
			if len(m.faults.list) > 0 {
				got = m.faults.list[0].cause
			}
			if got != tc.want || len(m.list) > 0 && got != "" {
				t.Errorf("said %q, want %q; decisions %v", got, tc.want, m.list)
			}
		})
	}
}

// What was marked and pushed into another column is told, whatever columns are left
// where they were.
func TestAMarkThatWasPushedIntoAnotherColumnRefusesItsLine(t *testing.T) {
	t.Parallel()
	list := []state.StandingHold{{Job: "clients", Hold: engine.Hold{UID: "a", Key: "a", Title: "А", Reason: reconcile.ReasonMaybeSame}}}
	in := &installation{app: russianApp()}
	row := heldRows(list)[0]
	stray := fmt.Sprintf(causeStray.ru, "решение")
	for name, tc := range map[string]struct {
		word, value string
		cells       map[int]string
		rest        []string
		want        string
	}{
		"as it was written":                   {"добавить", "", map[int]string{heldReason: "maybe-same", heldCLID: ""}, nil, ""},
		"nothing is marked":                   {"", "", map[int]string{heldReason: "maybe-same", heldCLID: ""}, []string{"позвонить"}, ""},
		"the decision under «clid»":           {"", "", map[int]string{heldCLID: "добавить"}, nil, fmt.Sprintf(causeMoved.ru, "clid")},
		"a value under «причина»":             {"", "", map[int]string{heldReason: "ул. Новая"}, nil, fmt.Sprintf(causeMoved.ru, "причина")},
		"the decision under «CRM»":            {"", "", map[int]string{heldCRM: "Добавить"}, nil, stray},
		"the decision in a column of theirs":  {"", "", nil, []string{"связать"}, stray},
		"another's cell has become the value": {"", "x", map[int]string{heldCRM: "добавить"}, nil, stray},
		"a decision and another beside it":    {"добавить", "", nil, []string{"связать"}, stray},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := in.newMarks(list)
			m.take(heldMark{
				line: 2, code: rowCode(row.row, row.state), word: tc.word, value: tc.value, title: "А", key: "a", job: "clients",
				beside: besideRow{cells: tc.cells, rest: tc.rest},
			})
			got := ""
			if len(m.faults.list) > 0 {
				got = m.faults.list[0].cause
			}
			if got != tc.want || len(m.list) > 0 && got != "" {
				t.Errorf("said %q, want %q; decisions %v", got, tc.want, m.list)
			}
		})
	}
}

func TestTwoLinesThatDifferAboutOneThingRefuseEachOther(t *testing.T) {
	t.Parallel()
	list := []state.StandingHold{{Job: "clients", Hold: engine.Hold{UID: "a", Key: "a", Title: "А", Reason: reconcile.ReasonMaybeSame}}}
	in := &installation{app: russianApp()}
	code := rowCode(heldRows(list)[0].row, heldRows(list)[0].state)
	m := in.newMarks(list)
	mark := func(line int, word string) {
		m.take(heldMark{line: line, code: code, word: word, title: "А", key: "a", job: "clients"})
	}
	mark(2, "добавить")
	mark(3, "Добавить")
	if len(m.faults.list) != 0 || len(m.list) != 1 {
		t.Errorf("the same twice: %v", m.faults.list)
	}
	mark(4, "связать")
	if len(m.faults.list) != 2 || m.faults.list[0].line != 4 || m.faults.list[1].line != 2 {
		t.Errorf("faults %v", m.faults.list)
	}
}

func TestAValueGetsBackWhatASpreadsheetTook(t *testing.T) {
	t.Parallel()
	date := "2024-01-05"
	for _, tc := range []struct {
		field, value, want string
		ok                 bool
	}{
		{"recv.castInn", "7707083893", "7707083893", true},
		{"recv.castInn", "274062111", "0274062111", true}, // check digits hold
		{"recv.castInn", "274062112", "", false},
		{"recv.castInn", "1234", "", false},
		{"recv.castKpp", "27401001", "027401001", true},
		{"recv.castKpp", "773601001", "773601001", true},
		{"recv.castKpp", "7736", "", false},
		{"date_create", "2024-03-04", "2024-03-04", true},
		{"date_create", "04.03.2024", "2024-03-04", true},
		{"date_create", "04.03.2024 9:05", "2024-03-04 09:05:00", true},
		{"date_create", "04.13.2024", "", false},
		{"date_create", "3/4/24", "", false},
		{"address", "3/4", "3/4", true},
	} {
		f := engine.HeldField{Field: tc.field}
		if tc.field == "date_create" {
			f.Source = &date
		}
		got, ok := restoreValue(f, tc.value)
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("%s %q: %q %t, want %q %t", tc.field, tc.value, got, ok, tc.want, tc.ok)
		}
	}
}
