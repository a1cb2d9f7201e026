package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/sheet"
)

const adoptMapping = `
version: 1
entity: client
uid: {column: Код, encode: raw}
fields:
  title: {column: Имя}
  phone: {column: Телефон, type: phones}
recv:
  castInn: {column: ИНН, type: inn}
`

// adoption is a view of records with these keys and titles, beside clients 1…n;
// each record is proposed to be linked to the client of its number, while there
// is one, and to be added otherwise.
func adoption(t interface{ Fatal(...any) }, keys, titles []string, clients int) *adoptView {
	m, err := mapping.Parse("m.yaml", []byte(adoptMapping))
	if err != nil {
		t.Fatal(err)
	}
	v := &adoptView{
		installation: &installation{app: russianApp()}, job: "clients", parts: &jobParts{mapping: m}, byUID: map[string]*engine.AdoptRecord{},
		Adoption: &engine.Adoption{Clients: map[int64]*engine.AdoptClient{}, Owners: map[int64]string{}, Known: map[string]engine.AdoptKnown{}},
	}
	for i := range clients {
		v.Clients[int64(i+1)] = &engine.AdoptClient{Entry: reconcile.Entry{CLID: int64(i + 1)}, Title: fmt.Sprintf("Клиент %c", 'А'+i)}
	}
	for i := range keys {
		r := engine.AdoptRecord{UID: fmt.Sprintf("uid%d", i), Key: keys[i], Values: make([]record.Value, m.Schema().Len())}
		r.Values[m.Schema().Index("title")] = record.Of(titles[i], titles[i])
		r.Match = engine.AdoptMatch{Take: takeAddWord}
		if i < clients {
			r.Match = engine.AdoptMatch{Take: takeLinkWord, By: engine.AdoptByINN, CLIDs: []int64{int64(i + 1)}}
		}
		v.Records = append(v.Records, r)
	}
	return v
}

// readAdoption reads a file back as adopt --from does, up to the state.
func readAdoption(v *adoptView, path string) (*adoptMarks, error) {
	m := v.newAdoptMarks()
	rows, err := sheet.Read(path, m.needed())
	for _, r := range rows {
		m.take(rowOfSheet(r))
	}
	m.contradictions()
	return m, err
}

func (v *adoptView) write(t interface{ Fatal(...any) }, path string) {
	cells := make([][]string, len(v.Records))
	for i := range v.Records {
		cells[i] = v.cells(&v.Records[i])
	}
	if err := sheet.Write(path, 0o600, v.app.adoptColumns(), cells); err != nil {
		t.Fatal(err)
	}
}

func TestNoSpreadsheetChangesADecisionOfAnAdoption(t *testing.T) {
	t.Parallel()
	path := sheetPath(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "records")
		var keys, titles []string
		for i := range n {
			keys = append(keys, awkward().Draw(t, "key")+fmt.Sprint(i))
			titles = append(titles, awkward().Draw(t, "title")+string(rune('а'+i)))
		}
		clients := rapid.IntRange(0, n).Draw(t, "clients")
		v := adoption(t, keys, titles, clients)
		for i := range v.Records { // one more client that each may be linked to, if somebody says so
			v.Records[i].Origin.Line = i + 2
			v.Clients[int64(11+i)] = &engine.AdoptClient{Entry: reconcile.Entry{CLID: int64(11 + i)}, Title: fmt.Sprintf("Клён %c", 'А'+i)}
			if i < clients && rapid.Bool().Draw(t, "others") {
				v.Records[i].Match.CLIDs = append(v.Records[i].Match.CLIDs, int64(11+i))
			}
		}
		v.write(t, path)
		want := map[string]string{}
		harmed(t, path, func(b book) (but string) {
			for i, r := range v.Records {
				word := rapid.SampledFrom([]string{"", "добавить", "пропустить", "связать"}).Draw(t, "word")
				b[i+1][b.column("решение")] = word
				if word == "связать" && (i >= clients || rapid.Bool().Draw(t, "with another")) {
					b[i+1][b.column("clid")], b[i+1][b.column("название в CRM")] = fmt.Sprint(11+i), ""
					but = sortedApart
				}
				if word == "" {
					continue
				}
				take, _ := takeNamed(word)
				clid := ""
				if take == takeLinkWord {
					clid = b[i+1][b.column("clid")]
				}
				want[r.UID] = take + " " + clid
			}
			return but
		})
		m, err := readAdoption(v, path)
		var format *sheet.FormatError
		if errors.As(err, &format) || len(m.wrong.list) > 0 {
			return // refused, nothing is stored
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range m.list {
			if got := d.take + " " + clidText(d.clid); got != want[d.record.UID] {
				t.Fatalf("line %d decides %s, marked was %q", d.line, got, want[d.record.UID])
			}
			delete(want, d.record.UID)
		}
		if len(want) > 0 && len(m.aside.list) == 0 {
			t.Fatalf("decisions are gone without a word: %v", want)
		}
	})
}

// pushedIn is the file of an adoption with these columns first and the others
// behind, and a cell pushed into the line of a record, before a column.
func pushedIn(t *testing.T, v *adoptView, record int, before string, order ...string) string {
	t.Helper()
	path := sheetPath(t)
	v.write(t, path)
	b := opened(t, path)
	from := make([]int, 0, len(b[0]))
	for _, name := range order {
		from = append(from, b.column(name))
	}
	for i := range b[0] {
		if !slices.Contains(from, i) {
			from = append(from, i)
		}
	}
	b = b.each(func(row []string) []string {
		out := make([]string, len(row))
		for to, i := range from {
			out[to] = row[i]
		}
		return out
	})
	b[record+1] = slices.Insert(b[record+1], b.column(before), "x")
	var text strings.Builder
	w := csv.NewWriter(&text)
	if err := errors.Join(w.WriteAll(b), os.WriteFile(path, []byte(text.String()), 0o600)); err != nil {
		t.Fatal(err)
	}
	return path
}

// Spreadsheets push cells in: what was decided then stands in another column, and
// that is told with the line, whatever columns are left where they were.
func TestADecisionThatWasPushedIntoAnotherColumnIsTold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		record       int
		mark         func(*adoptView)
		before       string
		order        []string
		wrong, aside []string
	}{
		"the decision stands under «КПП», where nothing stood": {
			2, func(*adoptView) {}, "ИНН",
			[]string{"№", "ключ", "название", "ИНН", "ИНН в CRM", "решение", "КПП"},
			nil,
			[]string{"4: решение стоит не в столбце «решение»"},
		},
		"another clid that fits stands under «clid»": {
			0, func(v *adoptView) { v.Records[0].Match.CLIDs = []int64{1, 2} }, "другие clid",
			[]string{"№", "ключ", "название", "решение", "название в CRM", "совпало", "другие clid", "clid"},
			[]string{"2: столбец «другие clid» не такой, каким был записан"},
			nil,
		},
		"and what stood before it is pushed on": {
			0, func(v *adoptView) { v.Records[0].Match.CLIDs = []int64{1, 2} }, "почта",
			[]string{"№", "ключ", "название", "решение", "название в CRM", "почта", "другие clid", "clid", "телефоны"},
			[]string{"2: столбец «телефоны» не такой, каким был записан"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := adoption(t, []string{"A", "B", "C"}, []string{"Дуб", "Ива", "Бук"}, 2)
			tc.mark(v)
			m, err := readAdoption(v, pushedIn(t, v, tc.record, tc.before, tc.order...))
			if err != nil {
				t.Fatal(err)
			}
			told(t, "wrong", &m.wrong, tc.wrong)
			told(t, "aside", &m.aside, tc.aside)
		})
	}
}

// Whatever contradicts itself or what both sides have is refused at once, with
// the line; nothing is stored.
func TestContradictionsOfAnAdoption(t *testing.T) {
	t.Parallel()
	fresh := func(t *testing.T) *adoptView {
		t.Helper()
		v := adoption(t, []string{"A", "B", "C"}, []string{"Дуб", "Ива", "Бук"}, 2)
		v.Clients[3] = &engine.AdoptClient{Entry: reconcile.Entry{CLID: 3}, Title: "Клён"}
		v.Clients[4] = &engine.AdoptClient{Entry: reconcile.Entry{CLID: 4, UID: "x"}}
		v.Clients[5] = &engine.AdoptClient{Entry: reconcile.Entry{CLID: 5, Trash: true}}
		v.Owners[6] = "other/x"
		v.Clients[6] = &engine.AdoptClient{Entry: reconcile.Entry{CLID: 6}}
		v.Known["linked"], v.Known["refused"] = engine.AdoptLinked, engine.AdoptUnusable
		return v
	}
	for name, tc := range map[string]struct {
		change func(*adoptView, []adoptRow) []adoptRow
		wrong  []string // line: part of the cause
		aside  []string
	}{
		"as it was proposed": {func(_ *adoptView, r []adoptRow) []adoptRow { return r }, nil, nil},
		"two records on one client": {func(_ *adoptView, r []adoptRow) []adoptRow {
			r[1].clid, r[1].crmTitle = "1", ""
			return r
		}, []string{"2: строка 3 связывает с клиентом 1", "3: строка 2 связывает с клиентом 1"}, nil},
		"another client, chosen by hand": {func(_ *adoptView, r []adoptRow) []adoptRow {
			r[1].clid, r[1].crmTitle, r[2].word, r[2].clid = " 3 ", "", "link", "2"
			return r
		}, nil, nil},
		"another client, beside the title of the one proposed": {func(_ *adoptView, r []adoptRow) []adoptRow {
			r[1].clid = "3"
			return r
		}, []string{"3: в столбце «название в CRM» не клиент 3; если нужен именно 3"}, nil},
		"a clid, and no link": {func(_ *adoptView, r []adoptRow) []adoptRow {
			r[0].word, r[2].clid = "пропустить", "3"
			return r
		}, []string{"4: столбец «clid» заполнен, а решение — не связывать"}, nil},
		"clients that cannot be": {func(v *adoptView, r []adoptRow) []adoptRow {
			more := r[2]
			var out []adoptRow
			for i, clid := range []string{"", "abc", "1,2E+05", "99", "4", "5", "6"} {
				v.Records = append(v.Records, v.Records[2])
				one := &v.Records[len(v.Records)-1]
				one.UID = fmt.Sprint("more", i)
				more.line, more.word, more.clid, more.code = 10+i, "связать", clid, rowCode(v.rowOf(one.UID), v.stateOfRow(one))
				out = append(out, more)
			}
			return out
		}, []string{
			"10: столбец «clid» пуст", "11: столбец «clid»: это не номер", "12: столбец «clid»: таблица округлила", "13: клиента 99 CRM не показывает",
			"14: у клиента 4 uid другой записи", "15: клиент 5 в корзине", "16: клиент 6 связан с other/x",
		}, nil},
		"unknown word and key": {func(_ *adoptView, r []adoptRow) []adoptRow {
			r[0].word, r[1].code, r[2].key = "да", "bbbbbbbbbb-cccccc", "A"
			return r
		}, []string{"2: столбец «решение»: такого решения нет; возможны: связать | добавить | пропустить", "3: такой записи в выгрузке нет", "4: столбец «ключ»: не тот ключ"}, nil},
		"a row of which nothing stands where it should": {func(_ *adoptView, r []adoptRow) []adoptRow {
			return append(r, adoptRow{line: 9})
		}, nil, []string{"9: строка сдвинулась"}},
		"words of other questions": {func(_ *adoptView, r []adoptRow) []adoptRow {
			r[0].word = "crm"
			return r
		}, []string{"2: столбец «решение»"}, nil},
		"the CRM's title of another row": {func(_ *adoptView, r []adoptRow) []adoptRow {
			r[0].crmTitle = r[1].crmTitle
			return r
		}, []string{"2: столбец «название в CRM»: не то название"}, nil},
		"one record twice": {func(_ *adoptView, r []adoptRow) []adoptRow {
			again := r[0]
			again.line, again.word = 9, "добавить"
			return append(r, again)
		}, []string{"2: строка 9 решает о том же иначе", "9: строка 2 решает о том же иначе"}, nil},
		"linked meanwhile": {func(v *adoptView, r []adoptRow) []adoptRow {
			r[0].code, r[1].code = v.rowOf("linked")+"-bbbbbb", v.rowOf("refused")+"-bbbbbb"
			return r
		}, nil, []string{"2: запись уже связана", "3: запись сейчас непригодна"}},
		"changed meanwhile": {func(v *adoptView, r []adoptRow) []adoptRow {
			v.Records[2].Keys.INN = "7707083893"
			v.Clients[1].Entry.UID = "taken"
			return r
		}, nil, []string{"2: запись изменилась", "4: запись изменилась"}},
		"adding what the CRM has": {func(v *adoptView, r []adoptRow) []adoptRow {
			v.Records[0].Match.By = engine.AdoptByUID
			v.Records[2].Exists = 3
			r[0].word = "добавить"
			return r
		}, []string{"2: эта запись в CRM уже есть: её uid у клиента 1", "4: CRM её не добавляет: считает клиентом 3"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := fresh(t)
			var rows []adoptRow
			for i := range v.Records {
				c := v.cells(&v.Records[i])
				rows = append(rows, adoptRow{
					line: i + 2, code: c[adoptCode], word: c[adoptDecision], clid: c[adoptCLID], title: c[adoptTitle], crmTitle: c[adoptCRMTitle], key: c[adoptKey],
				})
			}
			rows = tc.change(v, rows)
			m := v.newAdoptMarks()
			for _, r := range rows {
				m.take(r)
			}
			m.contradictions()
			told(t, "wrong", &m.wrong, tc.wrong)
			told(t, "aside", &m.aside, tc.aside)
		})
	}
}

func told(t *testing.T, what string, f *lineFaults, want []string) {
	t.Helper()
	list := f.distinct()
	if len(list) != len(want) {
		t.Fatalf("%s: %v, want %v", what, list, want)
	}
	for i, one := range list {
		if got := fmt.Sprintf("%d: %s", one.line, one.cause); !strings.HasPrefix(got, want[i]) {
			t.Errorf("%s: %q, want %q", what, got, want[i])
		}
	}
}

func TestWhatNobodyDecidedAboutWaits(t *testing.T) {
	t.Parallel()
	v := adoption(t, []string{"A", "B", "C"}, []string{"Дуб", "Ива", "Бук"}, 1)
	m := v.newAdoptMarks()
	for i, word := range []string{"связать", ""} { // and nothing of the third
		c := v.cells(&v.Records[i])
		m.take(adoptRow{line: i + 2, code: c[adoptCode], word: word, clid: c[adoptCLID], title: c[adoptTitle], crmTitle: c[adoptCRMTitle], key: c[adoptKey]})
	}
	s := m.result()
	if !reflect.DeepEqual(s.Choices, []engine.Choice{{UID: "uid0", Take: takeLinkWord, CLID: 1}}) {
		t.Errorf("choices %+v", s.Choices)
	}
	if !slices.Equal(s.Later, []string{"uid1", "uid2"}) || m.unlisted != 1 {
		t.Errorf("later %v, %d unlisted", s.Later, m.unlisted)
	}
}
