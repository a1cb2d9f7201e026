package source

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// BackOptions describe a folder of files for the accounting system. The zero
// values mean the documented defaults.
type BackOptions struct {
	Dir       string
	Encoding  string // default utf-8-bom; AutoEncoding is refused; UTF-16 is written with its mark
	Delimiter byte   // default ';'
	// FormulaGuard puts an apostrophe before cells that a spreadsheet would run
	// as a formula (phone numbers with a plus among them). For files that people
	// open.
	FormulaGuard bool
	Perm         os.FileMode // of the files; default 0640
	// Step is called with the name of each step of a delivery that just ended;
	// nil = nobody asks. For tests of crashes.
	Step func(name string)
}

// BackCell is one cell of the source that changed. An empty Text means that it
// became blank.
type BackCell struct{ Column, Text string }

// BackRow is one record: who it is, and the cells that changed, each column
// once.
type BackRow struct {
	Key     string // as the source spells it; empty = born on the other side
	CLID    int64  // 0 = not known
	Changed []BackCell
}

// BackFile is the content of one file.
type BackFile struct {
	// KeyColumn, CLIDColumn and ChangedColumn name the first three columns. The
	// third lists the columns that changed in its row: a blank cell of a column
	// that it does not name says nothing.
	KeyColumn, CLIDColumn, ChangedColumn string
	// Columns is the order of the others; those that no row changes are left out.
	Columns []string
	Rows    []BackRow
}

// Unwritable is a row that was left out of the file, because the encoding
// lacks a character of it.
type Unwritable struct {
	Row    int // position in BackFile.Rows
	Column string
	Rune   rune
}

// BackWriter writes such files. It is for one goroutine.
type BackWriter struct {
	o   BackOptions
	enc textEncoder
}

const defaultBackPerm = 0o640

// NewBackWriter checks the options; the folder is looked at by Check and Write.
func NewBackWriter(o BackOptions) (*BackWriter, error) {
	if o.Encoding == "" {
		o.Encoding = UTF8BOM
	}
	enc, ok := encoderOf(o.Encoding)
	if !ok {
		return nil, &FormatError{Name: o.Dir, Reason: UnknownEncoding, Detail: o.Encoding}
	}
	if o.Delimiter == 0 {
		o.Delimiter = ';'
	}
	if !strings.ContainsRune(candidateDelimiters, rune(o.Delimiter)) {
		return nil, &FormatError{Name: o.Dir, Reason: UnknownDelimiter, Detail: strconv.QuoteRune(rune(o.Delimiter))}
	}
	if o.Perm == 0 {
		o.Perm = defaultBackPerm
	}
	if o.Step == nil {
		o.Step = func(string) {}
	}
	return &BackWriter{o: o, enc: enc}, nil
}

// Encoding is what the files are written in.
func (w *BackWriter) Encoding() string { return w.o.Encoding }

// Lacks finds the first character of a text that a file cannot carry: one
// outside the encoding, a control character, or U+FFFD, the sign of damage.
func (w *BackWriter) Lacks(text string) (rune, bool) { return w.enc.lacks(text) }

// Write writes one file, a plain name without a folder, whole or not at all. A
// file of that name is replaced; the same rows give the same bytes. Rows with
// characters that the encoding lacks are left out and returned; where no row is
// left, no file is written. When the error is nil, the file is durable; it is a
// *FolderError when the folder is to blame.
func (w *BackWriter) Write(ctx context.Context, name string, f BackFile) ([]Unwritable, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	if name != filepath.Base(name) || !filepath.IsLocal(name) || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("write %s: %w", strconv.Quote(name), os.ErrInvalid)
	}
	bad := w.unwritable(&f)
	content, err := w.render(&f, bad)
	if err != nil {
		return nil, err
	}
	if err := w.Check(); err != nil {
		return nil, err
	}
	w.sweep(name)
	w.o.Step("swept")
	if len(bad) == len(f.Rows) {
		return bad, nil
	}
	return bad, w.place(name, content)
}

// unwritable lists the rows that the encoding cannot hold, each with its first
// such character.
func (w *BackWriter) unwritable(f *BackFile) []Unwritable {
	var bad []Unwritable
rows:
	for i := range f.Rows {
		row := &f.Rows[i]
		if r, lacks := w.Lacks(row.Key); lacks {
			bad = append(bad, Unwritable{Row: i, Column: f.KeyColumn, Rune: r})
			continue
		}
		for _, c := range row.Changed {
			if r, lacks := w.Lacks(c.Text); lacks {
				bad = append(bad, Unwritable{Row: i, Column: c.Column, Rune: r})
				continue rows
			}
		}
	}
	return bad
}

// render makes the bytes of the file, without the rows in bad.
func (w *BackWriter) render(f *BackFile, bad []Unwritable) ([]byte, error) {
	left := make(map[int]bool, len(bad))
	for _, b := range bad {
		left[b.Row] = true
	}
	used := map[string]bool{}
	for i := range f.Rows {
		for _, c := range f.Rows[i].Changed {
			if !left[i] {
				used[c.Column] = true
			}
		}
	}
	header := []string{f.KeyColumn, f.CLIDColumn, f.ChangedColumn}
	const fixed = 3
	at := map[string]int{}
	for _, c := range f.Columns {
		if used[c] && at[c] == 0 {
			at[c] = len(header)
			header = append(header, c)
		}
	}
	if err := w.checkHeader(header, used, at); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	buf.Write(w.enc.bom)
	w.line(&buf, header)
	cells := make([]string, len(header))
	for i := range f.Rows {
		if left[i] {
			continue
		}
		clear(cells)
		row := &f.Rows[i]
		cells[0] = w.cell(row.Key)
		if row.CLID != 0 {
			cells[1] = strconv.FormatInt(row.CLID, 10)
		}
		for _, c := range row.Changed {
			cells[at[c.Column]] = w.cell(c.Text)
		}
		cells[2] = changedNames(row, header[fixed:])
		w.line(&buf, cells)
	}
	return buf.Bytes(), nil
}

// changedNames lists the changed columns of a row in the order of the file.
func changedNames(row *BackRow, order []string) string {
	changed := make(map[string]bool, len(row.Changed))
	for _, c := range row.Changed {
		changed[c.Column] = true
	}
	var names []string
	for _, c := range order {
		if changed[c] {
			names = append(names, c)
		}
	}
	return strings.Join(names, ", ")
}

// checkHeader refuses column names that the file cannot carry.
func (w *BackWriter) checkHeader(header []string, used map[string]bool, at map[string]int) error {
	seen := make(map[string]bool, len(header))
	for _, name := range header {
		if r, lacks := w.enc.lacks(name); lacks {
			return &FormatError{Name: w.o.Dir, Reason: ColumnUnwritable, Detail: fmt.Sprintf("%s: %U", name, r)}
		}
		if name == "" || seen[FoldName(name)] {
			return &FormatError{Name: w.o.Dir, Reason: ColumnTwice, Detail: strconv.Quote(name)}
		}
		seen[FoldName(name)] = true
	}
	for name := range used {
		if at[name] == 0 {
			return &FormatError{Name: w.o.Dir, Reason: ColumnMissing, Detail: name}
		}
	}
	return nil
}

// What makes a file impossible, apart from its rows.
const (
	ColumnUnwritable Malformed = "column-unwritable" // the encoding lacks a character of a column's name
	ColumnTwice      Malformed = "column-twice"      // two columns of one name, or one without
)

// cell is a text as it goes into the file, before quoting.
func (w *BackWriter) cell(text string) string {
	// one spelling of line breaks inside cells, as the reader has it
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if w.o.FormulaGuard {
		return protect(text)
	}
	return text
}

// line appends one row, quoted after RFC 4180 where a cell needs it and nowhere
// else: most hand-written importers split at the delimiter and know no quotes.
func (w *BackWriter) line(buf *bytes.Buffer, cells []string) {
	for i, c := range cells {
		if i > 0 {
			w.text(buf, string(rune(w.o.Delimiter)))
		}
		if strings.ContainsAny(c, "\"\n") || strings.IndexByte(c, w.o.Delimiter) >= 0 || strings.TrimSpace(c) != c {
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		w.text(buf, c)
	}
	w.text(buf, "\r\n")
}

func (w *BackWriter) text(buf *bytes.Buffer, text string) {
	out := buf.AvailableBuffer()
	for _, r := range text {
		out = w.enc.append(out, r)
	}
	buf.Write(out)
}
