package source

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"unicode"

	"github.com/gocarina/gocsv"

	"syncd/internal/newfile"
)

// WriteTyped writes rows of a struct with csv tags as a file that people open
// in a spreadsheet: UTF-8 with a byte order mark, semicolons, CR LF, and cells
// that a spreadsheet would run as a formula made harmless. The file appears
// whole or not at all; perm is its mode. Control characters become "?".
func WriteTyped[T any](path string, perm os.FileMode, rows []T) error {
	var buf bytes.Buffer
	buf.Write(bomUTF8)
	w := csv.NewWriter(&buf)
	w.Comma, w.UseCRLF = ';', true
	if err := gocsv.MarshalCSV(rows, &guardedWriter{csv: w}); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := newfile.Write(path, perm, buf.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

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
// one that would look guarded already: who takes one off where it was put on has
// the cell as it was.
func protect(cell string) string {
	if dangerous(cell) {
		return "'" + cell
	}
	return cell
}

func dangerous(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.IndexByte(formulaStart, cell[0]) >= 0
}
