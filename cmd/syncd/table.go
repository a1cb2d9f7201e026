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
	below  bool  // what of the last column finds no room stands in a line of its own
	flows  bool  // and is broken into lines there, not cut
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
	widths, last := t.fitted(lines)
	var b strings.Builder
	for n, cells := range lines {
		line, under := t.indent, ""
		for i, cell := range cells {
			if i == last && utf8.RuneCountInString(cell) > widths[i] {
				if n == 0 && len(t.heads) > 0 { // what stands below needs no head
					break
				}
				under = t.under(cell)
				break
			}
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
		b.WriteString(strings.TrimRight(line, " ") + "\n" + under)
	}
	return b.String()
}

// under is the line of its own, or the lines, of a last column.
func (t *table) under(cell string) string {
	indent := t.indent + "    "
	if t.flows {
		return broken(indent+cell+"\n", indent)
	}
	return indent + cutTo(cell, tableWidth-utf8.RuneCountInString(indent)) + "\n"
}

// fitted are the widths of the columns, and which of them is the last one where that
// goes below; -1 = none does.
func (t *table) fitted(lines [][]string) (widths []int, last int) {
	widths = t.widths(lines)
	if !t.below || t.wide || len(widths) < 2 {
		return widths, -1
	}
	last = len(widths) - 1
	longest := 0
	for _, cells := range lines {
		if last < len(cells) {
			longest = max(longest, utf8.RuneCountInString(cells[last]))
		}
	}
	others := make([][]string, len(lines))
	for i, cells := range lines {
		others[i] = cells[:min(last, len(cells))]
	}
	widths = t.widths(others)
	room := tableWidth - utf8.RuneCountInString(t.indent)
	for _, w := range widths {
		room -= w + 2
	}
	if room < longest {
		room += t.withoutFolders(widths, others)
	}
	return append(widths, max(room, 0)), last
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
	if total > tableWidth && !t.wide {
		total -= t.withoutFolders(widths, lines)
	}
	for ; total > tableWidth && !t.wide; total-- {
		widest := -1
		for i, w := range widths {
			least := leastCell
			if slices.Contains(t.places, i) {
				least = min(w, leastPlace)
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

// withoutFolders narrows the columns of places to what they are without their folders,
// and tells by how much.
func (t *table) withoutFolders(widths []int, lines [][]string) int {
	saved := 0
	for _, i := range t.places {
		least := 0
		for _, cells := range lines {
			if i < len(cells) {
				at := max(strings.LastIndexByte(cells[i], '/'), 0)
				n := utf8.RuneCountInString(cells[i][at:])
				if at > 0 {
					n++ // for the mark of what was left out
				}
				least = max(least, n)
			}
		}
		if i < len(widths) && widths[i] > least {
			saved += widths[i] - least
			widths[i] = least
		}
	}
	return saved
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
