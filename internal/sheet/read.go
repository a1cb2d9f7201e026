package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
)

// maxSize is the largest sheet that is read, in bytes: far more than a
// spreadsheet can hold.
const maxSize = 256 << 20

// headerWithin is how many rows may stand above the one with the columns.
const headerWithin = 30

// Fault says why a sheet cannot be read.
type Fault string

// The faults.
const (
	NoColumns   Fault = "no-columns"   // no row names all columns; Columns are those that were not found
	ColumnTwice Fault = "column-twice" // Columns[0] stands there twice
	BadQuotes   Fault = "bad-quotes"   // a quote that does not end, at Line
	TooLarge    Fault = "too-large"
	NotText     Fault = "not-text" // a workbook, or damaged
)

// FormatError is a file that is no sheet of these columns.
type FormatError struct {
	Path    string
	Line    int // 0 = the file as a whole
	Fault   Fault
	Columns []string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s:%d: %s %s", e.Path, e.Line, e.Fault, strings.Join(e.Columns, ", "))
}

// Row is a row of a sheet that is not empty.
type Row struct {
	Line  int  // of the file, from 1
	Shift bool // it has cells behind the last column: they may have shifted
	cells []string
	has   []bool
	rest  []string
}

// Cell is the cell of the column with this position in the columns that Read was
// given, without blanks around it; "" when the row ends before it.
func (r Row) Cell(column int) string { return r.cells[column] }

// Has reports whether the sheet has the column with this position: a spare one may
// be missing.
func (r Row) Has(column int) bool { return r.has[column] }

// Rest are the cells that are not blank and stand in none of the columns that Read
// was given.
func (r Row) Rest() []string { return r.rest }

// Read reads a sheet back. Its columns may stand in any order, among others, and
// under any of their names; it may lack spare ones. *FormatError when it is none;
// the error of the file system when it cannot be read.
func Read(path string, columns []Column) ([]Row, error) {
	raw, err := load(path)
	if err != nil {
		return nil, err
	}
	lacking := required(columns)
	for _, text := range texts(raw) {
		for _, delimiter := range ";,\t|" {
			g := &grid{path: path, columns: columns, csv: csv.NewReader(strings.NewReader(text))}
			g.csv.Comma, g.csv.FieldsPerRecord, g.csv.ReuseRecord = delimiter, -1, true
			missing, err := g.findHeader()
			if err != nil {
				return nil, err
			}
			if missing == nil {
				return g.rows()
			}
			if len(missing) < len(lacking) {
				lacking = missing
			}
		}
	}
	if bytes.HasPrefix(raw, []byte("PK")) || bytes.HasPrefix(raw, []byte("\xd0\xcf\x11\xe0")) {
		return nil, &FormatError{Path: path, Fault: NotText}
	}
	return nil, &FormatError{Path: path, Fault: NoColumns, Columns: lacking}
}

func load(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(raw) > maxSize {
		return nil, &FormatError{Path: path, Fault: TooLarge}
	}
	return raw, nil
}

// required are the names of the columns without which a file is no such sheet.
func required(columns []Column) []string {
	out := make([]string, 0, len(columns))
	for _, c := range columns {
		if !c.Spare {
			out = append(out, c.Name)
		}
	}
	return out
}

// texts gives what a file may say, the likeliest first. The names of the columns
// decide: there is a letter among them that no two encodings spell alike.
func texts(raw []byte) []string {
	var out []string
	as := func(encodings ...encoding.Encoding) []string {
		for _, e := range encodings {
			if text, err := e.NewDecoder().Bytes(raw); err == nil {
				out = append(out, lines(string(text)))
			}
		}
		return out
	}
	switch {
	case bytes.HasPrefix(raw, []byte(bom)):
		if !utf8.Valid(raw) {
			return nil
		}
		return []string{lines(string(raw[len(bom):]))}
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		return as(utf.UTF16(utf.LittleEndian, utf.ExpectBOM))
	case bytes.IndexByte(raw, 0) >= 0:
		return as(utf.UTF16(utf.LittleEndian, utf.IgnoreBOM), utf.UTF16(utf.BigEndian, utf.IgnoreBOM))
	case utf8.Valid(raw):
		return []string{lines(string(raw))}
	}
	return as(charmap.Windows1251, charmap.CodePage866, charmap.MacintoshCyrillic, charmap.KOI8R)
}

// lines makes every line end a line feed. A file without any ends its lines with
// carriage returns.
func lines(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text
}

// grid reads one file in one encoding with one delimiter.
type grid struct {
	path    string
	columns []Column
	csv     *csv.Reader
	at      []int // position in the file of each column; -1 = it has none
	width   int
}

// findHeader reads on to the row that names all columns. When there is none it
// tells the columns that the best row lacks.
func (g *grid) findHeader() (missing []string, err error) {
	missing = required(g.columns)
	for range headerWithin {
		cells, err := g.csv.Read()
		if err != nil { // also what this delimiter makes of the quotes of another
			return missing, nil //nolint:nilerr // then this is not the delimiter
		}
		lacking, twice := g.bind(cells)
		if len(lacking) == 0 && twice != "" {
			line, _ := g.csv.FieldPos(0)
			return nil, &FormatError{Path: g.path, Line: line, Fault: ColumnTwice, Columns: []string{twice}}
		}
		if len(lacking) == 0 {
			g.width = len(cells)
			return nil, nil
		}
		if len(lacking) < len(missing) {
			missing = lacking
		}
	}
	return missing, nil
}

// bind finds the columns in a row of names. A spare one that stands there twice is
// as good as missing.
func (g *grid) bind(cells []string) (lacking []string, twice string) {
	g.at = make([]int, len(g.columns))
	for i, c := range g.columns {
		at, again := find(c, cells)
		switch g.at[i] = at; {
		case c.Spare && again:
			g.at[i] = -1
		case c.Spare:
		case at < 0:
			lacking = append(lacking, c.Name)
		case again:
			twice = c.Name
		}
	}
	return lacking, twice
}

// find finds a column in a row of names; -1 when it is not there.
func find(c Column, cells []string) (at int, again bool) {
	at = -1
	for _, name := range append([]string{c.Name}, c.Also...) {
		for i, cell := range cells {
			if foldName(cell) != foldName(name) || at == i {
				continue
			}
			again = again || at >= 0
			at = i
		}
	}
	return at, again
}

// foldName leaves of a column's name what tells it from others.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '№' {
			return r
		}
		return -1
	}, strings.ReplaceAll(strings.ToLower(name), "ё", "е"))
}

func (g *grid) rows() ([]Row, error) {
	var out []Row
	for {
		cells, err := g.csv.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			line := 0
			var where *csv.ParseError
			if errors.As(err, &where) { // its text quotes nothing, but its line is all that counts
				line = where.StartLine
			}
			return nil, &FormatError{Path: g.path, Line: line, Fault: BadQuotes}
		}
		if r, ok := g.row(cells); ok {
			out = append(out, r)
		}
	}
}

func (g *grid) row(cells []string) (Row, bool) {
	line, _ := g.csv.FieldPos(0)
	r := Row{Line: line, cells: make([]string, len(g.columns)), has: make([]bool, len(g.columns))}
	filled := false
	for at, cell := range cells {
		if strings.TrimSpace(cell) == "" {
			continue
		}
		filled = true
		r.Shift = r.Shift || at >= g.width
		if !slices.Contains(g.at, at) {
			r.rest = append(r.rest, whole(cell))
		}
	}
	for i, at := range g.at {
		r.has[i] = at >= 0
		if r.has[i] && at < len(cells) {
			r.cells[i] = whole(cells[at])
		}
	}
	return r, filled
}

// whole is a cell as it was before it was written.
func whole(cell string) string {
	return unguard(strings.TrimSpace(strings.ReplaceAll(cell, "\u00a0", " ")))
}
