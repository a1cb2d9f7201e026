package source

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// HeaderLine says where the column names are: HeaderAuto, HeaderNone (the
// options name the columns), or the number of a physical line, from 1.
type HeaderLine int

// The special values of a HeaderLine.
const (
	HeaderAuto HeaderLine = 0
	HeaderNone HeaderLine = -1
)

// WarningCode names what is odd about a file that can be read all the same.
type WarningCode string

// The codes of a Warning.
const (
	DuplicateColumn   WarningCode = "duplicate-column"   // Name is what the column is called instead
	NamelessColumn    WarningCode = "nameless-column"    // likewise
	EncodingMismatch  WarningCode = "encoding-mismatch"  // the byte order mark says Name, the options something else
	EncodingUncertain WarningCode = "encoding-uncertain" // no known column name confirms the choice
	DoublyEncoded     WarningCode = "doubly-encoded"     // the text was mis-decoded before it was written
	HeaderGuessed     WarningCode = "header-guessed"     // no known column name: the first line of the usual width was taken
)

// Warning is one oddity of a file as a whole. It names columns, never values.
type Warning struct {
	Code   WarningCode
	Column int // from 1; 0 = the file
	Name   string
}

// Header is what a reader found out about a file before its first row.
type Header struct {
	Names     []string // one per column, all different; see FoldName for finding one
	Line      int      // first physical line of the header row; 0 = the options named the columns
	LastLine  int
	Encoding  string
	Delimiter byte
	Warnings  []Warning

	folded map[string]int
}

// Index returns the position of a column by name, compared as FoldName does,
// or -1.
func (h Header) Index(name string) int {
	if i, ok := h.folded[foldOrSelf(cleanName(name))]; ok {
		return i
	}
	return -1
}

// headerJudge tells how many known column names a piece of text shows.
type headerJudge func(text string) int

const (
	headerWithin = 30 // lines: below titles, but not anywhere in the data
	headerSpan   = 5  // lines of one header row with line breaks in its captions
	sampleLines  = 50 // lines that the delimiter is judged by
)

const candidateDelimiters = ";\t,|"

func parseDelimiter(s string) (byte, bool) {
	switch strings.ToLower(s) {
	case "", "auto":
		return 0, true
	case "tab", "\t", `\t`:
		return '\t', true
	case "pipe":
		return '|', true
	case "semicolon":
		return ';', true
	case "comma":
		return ',', true
	}
	if len(s) == 1 && strings.Contains(candidateDelimiters, s) {
		return s[0], true
	}
	return 0, false
}

// headerFinder finds the header row and the delimiter in the decoded first
// lines of a file.
type headerFinder struct {
	delimiters string // one when it is configured
	row        HeaderLine
	columns    []string
	wanted     map[string]bool
}

func newHeaderFinder(o *CSVOptions, delimiter byte) *headerFinder {
	f := &headerFinder{delimiters: candidateDelimiters, row: o.Header, columns: o.Columns, wanted: foldAll(o.Wanted)}
	if delimiter != 0 {
		f.delimiters = string(rune(delimiter))
	}
	return f
}

// foundHeader is a header row; first is an index into the lines.
type foundHeader struct {
	first, lines int
	delimiter    byte
	cells        []string
	hits         int
}

func (f *headerFinder) judge(text string) int {
	return f.best(textLines(text)).hits
}

// best returns the row with the most known names; the first of several.
func (f *headerFinder) best(lines []string) foundHeader {
	var best foundHeader
	for i := 0; i < len(lines) && i < headerWithin; i++ {
		if f.row > 0 && i != int(f.row)-1 {
			continue
		}
		for k, d := range []byte(f.delimiters) {
			if k > 0 && strings.IndexByte(lines[i], d) < 0 {
				continue // one cell; that was judged with the first delimiter
			}
			h := headerRow(lines, i, d)
			h.hits = f.hits(h.cells)
			if h.hits > best.hits {
				best = h
			}
		}
	}
	return best
}

func (f *headerFinder) hits(cells []string) int {
	seen := make(map[string]bool, len(cells))
	n := 0
	for _, c := range cells {
		name := FoldName(c)
		if name == "" || seen[name] || !knownNames[name] && !f.wanted[name] {
			continue
		}
		seen[name] = true
		n++
	}
	return n
}

// find decides header and delimiter. name is for messages.
func (f *headerFinder) find(name string, lines []string) (foundHeader, []Warning, error) {
	if f.row == HeaderNone {
		d := f.stable(lines, len(f.columns))
		return foundHeader{delimiter: d, cells: f.columns}, nil, nil
	}
	best := f.best(lines)
	if best.hits >= 2 || best.hits == 1 && len(best.cells) == 1 {
		return best, nil, nil
	}
	if f.row > 0 {
		i := int(f.row) - 1
		if i >= len(lines) || strings.TrimSpace(lines[i]) == "" {
			return best, nil, &FormatError{Name: name, Reason: HeaderNotFound, Line: int(f.row), Detail: "no such line, or blank"}
		}
		return headerRow(lines, i, f.stable(lines[i:], 0)), nil, nil
	}
	// no known name anywhere: the first line as wide as most; the mapping
	// finds out whether its columns are there
	d := f.stable(lines, 0)
	width := usualWidth(lines, d)
	for i := 0; i < len(lines) && i < headerWithin; i++ {
		h := headerRow(lines, i, d)
		if width > 1 && len(h.cells) == width {
			return h, []Warning{{Code: HeaderGuessed}}, nil
		}
	}
	return best, nil, &FormatError{
		Name: name, Reason: HeaderNotFound,
		Detail: fmt.Sprintf("none of the first %d lines shows two known column names", headerWithin),
	}
}

// headerRow reads lines[i] as a header: strictly, also over several lines, or
// raw where its quotes are broken.
func headerRow(lines []string, i int, delimiter byte) foundHeader {
	text := lines[i]
	for n := 1; n <= headerSpan; n++ {
		if n > 1 {
			if i+n > len(lines) {
				break
			}
			text += "\n" + lines[i+n-1]
		}
		switch verdict := scanLine([]byte(text), delimiter, false); verdict.state {
		case lineClosed:
			return foundHeader{first: i, lines: n, delimiter: delimiter, cells: splitQuoted(nil, text, delimiter)}
		case lineBroken:
			return foundHeader{first: i, lines: 1, delimiter: delimiter, cells: splitRaw(nil, lines[i], delimiter)}
		case lineOpen:
		}
	}
	return foundHeader{first: i, lines: 1, delimiter: delimiter, cells: splitRaw(nil, lines[i], delimiter)}
}

// stable returns the delimiter whose count repeats in most lines; want is the
// number of cells expected, 0 = not known.
func (f *headerFinder) stable(lines []string, want int) byte {
	best, bestScore := f.delimiters[0], 0
	for _, d := range []byte(f.delimiters) {
		perWidth := map[int]int{}
		score := 0
		for _, l := range lines {
			n := strings.Count(l, string(rune(d))) + 1
			if n == 1 && want != 1 {
				continue
			}
			perWidth[n]++
			s := perWidth[n] * 100
			if n == want || n == want+1 {
				s *= 10
			}
			// of two equally stable ones the one that yields more cells
			score = max(score, s+min(n, 99))
		}
		if score > bestScore {
			best, bestScore = d, score
		}
	}
	return best
}

func usualWidth(lines []string, d byte) int {
	perWidth := map[int]int{}
	best := 0
	for _, l := range lines {
		if l == "" {
			continue
		}
		n := len(splitQuoted(nil, l, d))
		perWidth[n]++
		if best == 0 || perWidth[n] > perWidth[best] || perWidth[n] == perWidth[best] && n > best {
			best = n
		}
	}
	return best
}

// textLines cuts decoded text into physical lines, a sample of them.
func textLines(text string) []string {
	eol := lineBreak([]byte(text))
	var lines []string
	for len(lines) < sampleLines && text != "" {
		line, rest, _ := strings.Cut(text, string(rune(eol)))
		lines = append(lines, strings.TrimSuffix(line, "\r"))
		text = rest
	}
	return lines
}

// lineBreak finds the byte that ends lines: a carriage return only where there
// is no line feed at all.
func lineBreak(head []byte) byte {
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(bytes.TrimSuffix(head, []byte{'\r'}), '\r') >= 0 {
		return '\r'
	}
	return '\n'
}

// index makes the lookup of Header.Index.
func (h *Header) index() {
	h.folded = make(map[string]int, len(h.Names))
	for i, n := range h.Names {
		if f := foldOrSelf(n); f != "" {
			if _, taken := h.folded[f]; !taken {
				h.folded[f] = i
			}
		}
	}
}

// binding is what the meaning of a row's bytes depends on besides the bytes.
func (h *Header) binding() []byte {
	var b []byte
	for _, part := range append([]string{h.Encoding, string(rune(h.Delimiter))}, h.Names...) {
		b = strconv.AppendQuote(b, part)
	}
	return b
}
