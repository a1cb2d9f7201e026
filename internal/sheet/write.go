package sheet

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"

	"syncd/internal/newfile"
)

// Column is a column of a sheet.
type Column struct {
	Name string   // as it is written
	Also []string // other names that it is known by when it comes back
	// Spare columns may be missing when the sheet comes back.
	Spare bool
}

// bom makes spreadsheets read UTF-8 as such.
const bom = "\ufeff"

// Write writes rows under their columns as a file that a spreadsheet opens:
// UTF-8 with a byte order mark, semicolons, CR LF. Cells that a spreadsheet would
// calculate, round or take for a date get an apostrophe in front, which Read takes
// off; line breaks become blanks. A row may be shorter than the columns. The file
// appears whole or not at all; perm is its mode.
func Write(path string, perm os.FileMode, columns []Column, rows [][]string) error {
	var buf bytes.Buffer
	buf.WriteString(bom)
	w := csv.NewWriter(&buf)
	w.Comma, w.UseCRLF = ';', true
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.Name
	}
	if err := w.Write(cells); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	for _, row := range rows {
		clear(cells)
		for i, c := range row {
			cells[i] = guard(plain(c))
		}
		if err := w.Write(cells); err != nil {
			return fmt.Errorf("write %s: %w", path, err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := newfile.Write(path, perm, buf.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// plain is a cell in one line: then a line of the file is a row of the
// spreadsheet, and messages about lines need no explanation.
func plain(cell string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r) || r == unicode.ReplacementChar || r == '\ufeff':
			return '?'
		}
		return r
	}, cell))
}

// formulaStart are the first characters that make a spreadsheet calculate.
const formulaStart = "=+-@"

// rewritten are the cells that a spreadsheet saves otherwise than it read them:
// numbers with leading zeros or of more than eleven digits, with exponents,
// fractions or in brackets, and what may be a date, a time or a truth.
var rewritten = regexp.MustCompile(`(?i)^(0\d+|\d{12,}|\(\d.*\)|[\d\s\x{a0}]*\d[.,e/:\-]\d.*|(\d{1,4}[ .\-/]?)?` + months +
	`\p{L}*([ .\-/]?\d+)?|true|false|истина|ложь)$`)

const months = `(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)`

func guard(cell string) string {
	if fragile(cell) {
		return "'" + cell
	}
	return cell
}

// unguard is the exact inverse of guard.
func unguard(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && fragile(rest) {
		return rest
	}
	return cell
}

// fragile reports whether a cell would not survive. One that looks guarded
// already counts, so that unguard takes off what guard put on and no more.
func fragile(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && (strings.IndexByte(formulaStart, cell[0]) >= 0 || rewritten.MatchString(cell))
}
