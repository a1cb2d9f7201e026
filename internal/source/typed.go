package source

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/gocarina/gocsv"
)

// WriteTyped writes rows of a struct with csv tags as a file that people open
// in a spreadsheet: UTF-8 with a byte order mark, semicolons, CR LF, and cells
// that a spreadsheet would run as a formula made harmless. The file appears
// whole or not at all: a temporary name in the same folder, synced, renamed.
// perm is the file's mode. ReadTyped gives the rows back as they were, but for
// control characters, which become "?".
func WriteTyped[T any](path string, perm os.FileMode, rows []T) error {
	var buf bytes.Buffer
	buf.Write(bomUTF8)
	w := csv.NewWriter(&buf)
	w.Comma, w.UseCRLF = ';', true
	if err := gocsv.MarshalCSV(rows, &guardedWriter{csv: w}); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return writeWhole(path, perm, buf.Bytes())
}

// Typed is what ReadTyped found.
type Typed[T any] struct {
	Rows  []T
	Lines []int // the physical line of each row, for messages
}

// ReadTyped reads such a file back, also after a spreadsheet saved it its own
// way: another encoding, delimiter or order of the columns, no final newline.
// All columns of T must be there. A row that cannot be read is an error
// (*FormatError, BadRows): these are decisions of people, and half of them is
// not what they meant.
func ReadTyped[T any](ctx context.Context, path string, limits Limits) (Typed[T], error) {
	var out Typed[T]
	columns, err := columnsOf[T]()
	if err != nil {
		return out, err
	}
	r, err := OpenCSV(ctx, CSVOptions{Path: path, Wanted: columns, FinalNewline: FinalNewlineOptional, Limits: limits, trustQuotes: true})
	if err != nil {
		return out, err
	}
	defer func() { _ = r.Close() }() // read only: there is nothing to lose
	header := r.Header()
	for _, c := range columns {
		if header.Index(c) < 0 {
			return out, &FormatError{Name: path, Reason: ColumnMissing, Line: header.Line, Detail: c}
		}
	}
	records := NewRecords(r)
	// the names as the struct spells them, in the order of the file
	records.names = slices.Clone(header.Names)
	for _, c := range columns {
		records.names[header.Index(c)] = c
	}
	if err := gocsv.UnmarshalCSV(unguarded{records}, &out.Rows); err != nil {
		return out, wrongType(path, err, records)
	}
	if bad := records.Bad(); len(bad) > 0 {
		return out, &FormatError{Name: path, Reason: BadRows, Line: bad[0].Line, Detail: bad[0].Reason.String()}
	}
	out.Lines = records.Lines()
	return out, nil
}

// wrongType tells where a cell does not convert. The error of the conversion
// quotes the cell, which may be personal, so it is not passed on.
func wrongType(path string, err error, r *Records) error {
	out := &FormatError{Name: path, Reason: BadRows, Detail: "the rows do not fit their columns"}
	var at *csv.ParseError
	if errors.As(err, &at) {
		// gocsv numbers rows from 1, the header being the first
		if i := at.Line - 2; i >= 0 && i < len(r.lines) {
			out.Line = r.lines[i]
		}
		out.Detail = fmt.Sprintf("the cell in column %d does not have the type of its column", at.Column)
	}
	return out
}

// columnsOf returns the column names of a struct as gocsv writes them.
func columnsOf[T any]() ([]string, error) {
	var c captured
	if err := gocsv.MarshalCSV([]T{}, &c); err != nil {
		return nil, fmt.Errorf("columns of a typed file: %w", err)
	}
	return c.first, nil
}

type captured struct{ first []string }

func (c *captured) Write(row []string) error {
	if c.first == nil {
		c.first = append([]string(nil), row...)
	}
	return nil
}
func (c *captured) Flush()       {}
func (c *captured) Error() error { return nil }

// guardedWriter makes cells safe for spreadsheets on their way out.
type guardedWriter struct {
	csv  *csv.Writer
	cell []string
}

func (g *guardedWriter) Write(row []string) error {
	g.cell = g.cell[:0]
	for _, c := range row {
		g.cell = append(g.cell, guard(c))
	}
	if err := g.csv.Write(g.cell); err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	return nil
}
func (g *guardedWriter) Flush()       { g.csv.Flush() }
func (g *guardedWriter) Error() error { return g.csv.Error() }

// unguarded takes the protection off again.
type unguarded struct{ *Records }

func (u unguarded) Read() ([]string, error) {
	row, err := u.Records.Read()
	for i, c := range row {
		row[i] = unguard(c)
	}
	return row, err
}

func (u unguarded) ReadAll() ([][]string, error) {
	rows, err := u.Records.ReadAll()
	for _, row := range rows {
		for i, c := range row {
			row[i] = unguard(c)
		}
	}
	return rows, err
}

// formulaStart are the first characters that make a spreadsheet calculate, or
// split the cell.
const formulaStart = "=+-@\t\r\n"

// guard makes a cell of a typed file harmless and readable.
func guard(cell string) string {
	return protect(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && r != '\r' && unicode.IsControl(r) || r == unicode.ReplacementChar {
			return '?'
		}
		return r
	}, cell))
}

// protect puts an apostrophe before a cell that would be a formula, and before
// one that would look guarded already, so that unguard is its exact inverse.
func protect(cell string) string {
	if dangerous(cell) {
		return "'" + cell
	}
	return cell
}

func unguard(cell string) string {
	if strings.HasPrefix(cell, "'") && dangerous(cell[1:]) {
		return cell[1:]
	}
	return cell
}

func dangerous(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.IndexByte(formulaStart, cell[0]) >= 0
}
