package sample

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Example returns examples/1c/clients.csv: some 340 counterparties in
// windows-1251 with ";" and CRLF, below two title lines and a blank one, with
// every defect that [Cases] lists. It is the same at every call.
func Example() ([]byte, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	raw, _, err := b.render("20.11.2026 23:05:12")
	return raw, err
}

// ExampleEdited returns examples/1c/clients-edited.csv: the same export a day
// later, with the changes of [Edits], two new rows, and another ДатаИзменения
// in every fifth row. Nothing is removed.
func ExampleEdited() ([]byte, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	if err := b.edit(); err != nil {
		return nil, err
	}
	raw, _, err := b.render("21.11.2026 23:05:09")
	return raw, err
}

// File is one committed example.
type File struct {
	Name    string // base name in examples/1c
	Content []byte
}

// Files returns every file of examples/1c.
func Files() ([]File, error) {
	clients, err := Example()
	if err != nil {
		return nil, err
	}
	edited, err := ExampleEdited()
	if err != nil {
		return nil, err
	}
	seed, err := SeedJSON()
	if err != nil {
		return nil, err
	}
	deals, err := dealFiles()
	if err != nil {
		return nil, err
	}
	return append([]File{{"clients.csv", clients}, {"clients-edited.csv", edited}, {"crm-seed.json", seed}}, deals...), nil
}

// line is one row of the example before it is written.
type line struct {
	cells
	// asWritten replaces the text of cells that a careless exporter spells in
	// its own way; the others are quoted where they must be.
	asWritten map[column]string
	remark    *remark
}

// remark is the part of a Case that is known before lines are counted.
type remark struct {
	name    string
	outcome Outcome
	reason  string
	why     string
	meets   string
}

// book is the example under construction.
type book struct {
	maker *maker
	lines []line
}

const (
	exampleSeed  = 11
	ordinaryRows = 296
	// Special rows take their numbers from here, so that they share nothing
	// with the ordinary ones.
	firstSpecial = 5000
	firstNew     = 9000
)

// newBook puts the special rows between ordinary ones, seven rows apart.
func newBook() (*book, error) {
	lex, err := newLexicon()
	if err != nil {
		return nil, err
	}
	b := &book{maker: &maker{lex: lex, seed: exampleSeed}}
	special, err := b.specials()
	if err != nil {
		return nil, err
	}
	for n := range ordinaryRows {
		if n%6 == 0 && len(special) > 0 {
			b.lines = append(b.lines, special[0]...)
			special = special[1:]
		}
		c, err := b.counterparty(uint64(n))
		if err != nil {
			return nil, err
		}
		b.lines = append(b.lines, line{cells: c})
	}
	for _, rest := range special {
		b.lines = append(b.lines, rest...)
	}
	return b, nil
}

// counterparty returns generated row n as text.
func (b *book) counterparty(n uint64) (cells, error) {
	var r row
	b.maker.fill(&r, n, alteration{})
	var out cells
	decoder := charmap.Windows1251.NewDecoder()
	for c := range columnCount {
		text, err := decoder.Bytes(r.cell(c))
		if err != nil {
			return out, fmt.Errorf("decode generated cell: %w", err)
		}
		out[c] = string(text)
	}
	return out, nil
}

// render writes the whole file and counts the physical lines of every case.
func (b *book) render(moment string) ([]byte, []Case, error) {
	var text bytes.Buffer
	lines := 0
	put := func(s string) (first, last int) {
		first = lines + 1
		lines += strings.Count(s, "\n") + 1
		text.WriteString(s)
		text.WriteString("\r\n")
		return first, lines
	}
	put("Список контрагентов (учебная база, все данные вымышлены)")
	put("Сформирован: " + moment)
	put("")
	put(strings.Join(Columns(), ";") + ";")
	var cases []Case
	rows := 0
	for _, l := range b.lines {
		first, last := put(l.spell())
		if l.cells[colIsGroup] != "Да" {
			rows++
		}
		if r := l.remark; r != nil {
			cases = append(cases, Case{
				Name: r.name, GUID: l.cells[colRef], Line: first, LastLine: last,
				Outcome: r.outcome, Reason: r.reason, Why: r.why, Meets: r.meets,
			})
		}
	}
	put(fmt.Sprintf("Итого;%d%s", rows, strings.Repeat(";", int(columnCount)-1)))
	raw, err := charmap.Windows1251.NewEncoder().Bytes(text.Bytes())
	if err != nil {
		return nil, nil, fmt.Errorf("encode example in windows-1251: %w", err)
	}
	return raw, cases, nil
}

// spell joins the cells; like the header, every row ends with a delimiter.
func (l line) spell() string {
	var out []byte
	for c := range columnCount {
		if spelt, ok := l.asWritten[c]; ok {
			out = append(out, spelt...)
		} else {
			out = appendQuoted(out, []byte(l.cells[c]))
		}
		out = append(out, ';')
	}
	return string(out)
}
