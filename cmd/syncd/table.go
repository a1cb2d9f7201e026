package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tableWidth is the widest line that tables print.
const tableWidth = 100

// table lays out rows in columns that count characters, not bytes, so that
// Cyrillic lines up. What is too long for its column is cut with "…": the
// whole value is in --json.
type table struct {
	heads  []string
	indent string
	rows   [][]string
	whole  []int // columns that are never cut, whatever the width: names to be typed
	places []int // columns of places in files: cut before the file's name, never the line
	wide   bool  // nothing is cut: nobody reads it on a terminal
}

// newTable makes a table with these heads; none = no line of heads.
func newTable(heads ...string) *table { return &table{heads: heads} }

// table makes a table of values: cut for people on a terminal, whole in files and
// pipes.
func (a *app) table(heads ...string) *table {
	t := newTable(heads...)
	t.wide = !a.onTerminal()
	return t
}

// row appends a row.
func (t *table) row(cells ...string) {
	for i := range cells {
		cells[i] = oneLine(cells[i])
	}
	t.rows = append(t.rows, cells)
}

// String is the table, each line ended; nothing when it has no rows.
func (t *table) String() string {
	if len(t.rows) == 0 {
		return ""
	}
	lines := t.rows
	if len(t.heads) > 0 {
		lines = append([][]string{t.heads}, lines...)
	}
	widths := t.widths(lines)
	var b strings.Builder
	for _, cells := range lines {
		line := t.indent
		for i, cell := range cells {
			if slices.Contains(t.places, i) {
				cell = cutPlace(cell, widths[i])
			} else {
				cell = cutTo(cell, widths[i])
			}
			line += cell
			if i < len(cells)-1 && widths[i] > 0 { // a column without content takes no room
				line += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// The narrowest that columns become to make room: what is left must tell something.
const (
	leastCell  = 6
	leastPlace = 24
)

// widths fits the columns into tableWidth: the widest gives way first. A table
// that cannot be made narrow enough stays wider.
func (t *table) widths(lines [][]string) []int {
	var widths []int
	total := utf8.RuneCountInString(t.indent) - 2
	for _, cells := range lines {
		for i, cell := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
				total += 2
			}
			if n := utf8.RuneCountInString(cell); n > widths[i] {
				total += n - widths[i]
				widths[i] = n
			}
		}
	}
	for ; total > tableWidth && !t.wide; total-- {
		widest := -1
		for i, w := range widths {
			least := leastCell
			if slices.Contains(t.places, i) {
				least = leastPlace
			}
			if w > least && !slices.Contains(t.whole, i) && (widest < 0 || w >= widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
	}
	return widths
}

// cutTo cuts a text to so many characters; the last one is then "…".
func cutTo(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:max(n-1, 0)]) + "…"
}

// cutPlace cuts a place such as folder/clients.csv:162 to so many characters: the
// folders go first, and the line stays whatever happens.
func cutPlace(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	if i := strings.LastIndexByte(s, '/'); i >= 0 && utf8.RuneCountInString(s[i:])+1 <= n {
		return "…" + s[i:]
	}
	r := []rune(s)
	return "…" + string(r[len(r)-max(n-1, 0):])
}

// oneLine makes a value fit to be printed: it comes from files and from the
// CRM, and must neither break a line nor steer the terminal.
func oneLine(s string) string {
	if strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, unprintable), " ")
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}
