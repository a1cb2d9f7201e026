package sample

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// DealCase is one record of [Orders], [Invoices], [Payments] or of the contacts
// worth looking at: what a first run makes of it after the clients of
// [Example] were synchronized with a CRM that holds [Seed].
type DealCase struct {
	File string // base name in examples/1c: "orders.csv"
	Name string // stable, for tests: "client-unknown"
	Key  string // the cell of the key column; "" where the row has none
	// Line and LastLine are the physical lines of the record's rows, counted
	// from 1.
	Line, LastLine int
	Outcome        Outcome
	// Reason is the hold's reason or the code of the reject; "" when nothing is
	// to be said.
	Reason string
	Why    string // one sentence in English
}

// DealCases returns the records of the deals' exports worth looking at: by
// file, in the file's order.
func DealCases() ([]DealCase, error) {
	t, err := newTrade()
	if err != nil {
		return nil, err
	}
	var out []DealCase
	for _, s := range t.sheets() {
		_, cases, err := s.render()
		if err != nil {
			return nil, err
		}
		out = append(out, cases...)
	}
	return out, nil
}

// Orders returns examples/1c/orders.csv: customers' orders, one row per line of
// an order, what belongs to the order repeated on each. Windows-1251, ";" and
// CRLF below two title lines and a blank one, as [Example] is; the clients are
// those of [Example].
func Orders() ([]byte, error) { return dealFile("orders.csv") }

// Invoices returns examples/1c/invoices.csv: invoices for the orders of
// [Orders].
func Invoices() ([]byte, error) { return dealFile("invoices.csv") }

// Payments returns examples/1c/payments.csv: payments of the invoices of
// [Invoices].
func Payments() ([]byte, error) { return dealFile("payments.csv") }

func dealFile(name string) ([]byte, error) {
	t, err := newTrade()
	if err != nil {
		return nil, err
	}
	for _, s := range t.sheets() {
		if s.file == name {
			raw, _, err := s.render()
			return raw, err
		}
	}
	return nil, fmt.Errorf("sample: no file %q", name)
}

// dealFiles are the files of examples/1c that [Files] adds for deals.
func dealFiles() ([]File, error) {
	t, err := newTrade()
	if err != nil {
		return nil, err
	}
	var out []File
	for _, s := range t.sheets() {
		raw, _, err := s.render()
		if err != nil {
			return nil, err
		}
		out = append(out, File{s.file, raw})
	}
	seed, err := DealSeedJSON()
	if err != nil {
		return nil, err
	}
	return append(out, File{"crm-seed-deals.json", seed}), nil
}

// sheet is one export before it is written.
type sheet struct {
	file, title string
	columns     []string
	entries     []entry
}

// entry is a record of a sheet: one or several rows.
type entry struct {
	key    string
	rows   [][]string
	remark *remark
}

// render writes the sheet and counts the physical lines of every case.
func (s sheet) render() ([]byte, []DealCase, error) {
	var text bytes.Buffer
	lines := 0
	put := func(row string) {
		lines++
		text.WriteString(row)
		text.WriteString("\r\n")
	}
	put(s.title + " (учебная база, все данные вымышлены)")
	put("Сформирован: 20.11.2026 23:10:47")
	put("")
	put(strings.Join(s.columns, ";"))
	var cases []DealCase
	rows := 0
	for _, e := range s.entries {
		first := lines + 1
		for _, row := range e.rows {
			if len(row) != len(s.columns) {
				return nil, nil, fmt.Errorf("sample %s: a row of %d cells", s.file, len(row))
			}
			put(joined(row))
			rows++
		}
		if r := e.remark; r != nil {
			cases = append(cases, DealCase{
				File: s.file, Name: r.name, Key: e.key, Line: first, LastLine: lines,
				Outcome: r.outcome, Reason: r.reason, Why: r.why,
			})
		}
	}
	put(fmt.Sprintf("Итого;%d%s", rows, strings.Repeat(";", len(s.columns)-2)))
	raw, err := charmap.Windows1251.NewEncoder().Bytes(text.Bytes())
	if err != nil {
		return nil, nil, fmt.Errorf("encode %s in windows-1251: %w", s.file, err)
	}
	return raw, cases, nil
}

func joined(row []string) string {
	var out []byte
	for i, cell := range row {
		if i > 0 {
			out = append(out, ';')
		}
		out = appendQuoted(out, []byte(cell))
	}
	return string(out)
}
