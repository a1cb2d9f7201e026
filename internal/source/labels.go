package source

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
)

// totalsWords begin the label of a totals row. The whole label is judged later;
// these only say where to look.
var totalsWords = []string{"Итог", "ИТОГ", "итог", "Всего", "ВСЕГО", "всего", "Общий итог", "Total", "TOTAL", "total"}

// totalsLabels are the whole labels, folded and without a number at their end.
var totalsLabels = map[string]bool{
	"итог": true, "итого": true, "всего": true, "общийитог": true, "итоговаясумма": true, "total": true,
	"всегострок": true, "итогострок": true, "всегозаписей": true, "итогозаписей": true,
	"всегопоотчету": true, "итогопоотчету": true, "grandtotal": true,
}

// labels recognises the rows that are no records by their first words: totals,
// and the closing line that the options name.
type labels struct {
	delimiter byte
	decoder   *decoder
	always    [256]bool // first bytes that need a closer look anyway
	begins    [256]bool // first bytes of words
	words     [][]byte  // in the encoding of the file
	trailer   trailer
	key       int // position of the key column; -1 = not known
}

func newLabels(encoding string, delimiter byte, t trailer, key int) *labels {
	l := &labels{delimiter: delimiter, decoder: newDecoder(encoding), trailer: t, key: key}
	for _, c := range []byte{delimiter, ' ', '\t', '"', '\r', 0x1A} {
		l.always[c] = true
	}
	words := totalsWords
	if t.prefix != "" {
		words = append([]string{t.prefix}, words...)
	}
	for _, w := range words {
		b, ok := encode(encoding, w)
		if !ok || len(b) == 0 {
			continue
		}
		l.begins[b[0]] = true
		l.words = append(l.words, b)
	}
	return l
}

// suspicious reports whether a line needs more than counting. It is asked for
// every line, so a first byte decides nearly always.
func (l *labels) suspicious(row []byte) bool {
	c := row[0]
	return l.always[c] || l.begins[c] && l.labelled(row)
}

func (l *labels) labelled(row []byte) bool {
	for _, w := range l.words {
		if bytes.HasPrefix(row, w) {
			return true
		}
	}
	return false
}

// classify returns Totals or Trailer for such a line and Data for any other.
func (l *labels) classify(row []byte) Status {
	for len(row) > 0 && l.always[row[0]] {
		row = row[1:]
	}
	start := row
	if len(row) == 0 || !l.begins[row[0]] || !l.labelled(row) {
		return Data
	}
	return l.judge(start)
}

func (l *labels) judge(row []byte) Status {
	text := l.decoder.lossy(row)
	if _, ok := l.trailer.match(text, l.delimiter); ok {
		return Trailer
	}
	if l.totals(text) {
		return Totals
	}
	return Data
}

// totals reports a label that is nothing but «Итого» and its like, with nothing
// but numbers beside it. A company called «Всего хорошего» is no totals row.
func (l *labels) totals(text string) bool {
	cells := splitRaw(nil, text, l.delimiter)
	label := strings.TrimRightFunc(FoldName(cells[0]), unicode.IsDigit)
	if !totalsLabels[label] && !strings.HasPrefix(label, "итогопо") && !strings.HasPrefix(label, "всегопо") {
		return false
	}
	for i, c := range cells[1:] {
		if strings.IndexFunc(c, notOfNumber) >= 0 {
			return false
		}
		if l.key == i+1 && strings.TrimSpace(c) != "" {
			return false // it has a key: a record with an odd name
		}
	}
	return true
}

func notOfNumber(r rune) bool {
	return !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune(`.,-+%'"`+"\u2212", r)
}

// trailer is the closing line that proves a file complete.
type trailer struct {
	prefix, suffix string
	counts         bool // the line carries the number of rows
}

// rowsMark stands for the number of rows in the pattern of a closing line.
const rowsMark = "{rows}"

func parseTrailer(pattern string) (trailer, bool) {
	if pattern == "" {
		return trailer{}, true
	}
	before, after, counts := strings.Cut(pattern, rowsMark)
	t := trailer{prefix: strings.TrimSpace(before), suffix: strings.TrimSpace(after), counts: counts}
	// a closing line that begins with a number could be any row
	return t, t.prefix != ""
}

// match returns the number of rows that the line declares; -1 for a pattern
// without one.
func (t trailer) match(text string, delimiter byte) (int, bool) {
	if t.prefix == "" {
		return 0, false
	}
	text = strings.Trim(text, string(rune(delimiter))+"\" \t\r\n\u00a0")
	rest, ok := strings.CutPrefix(text, t.prefix)
	if !ok {
		return 0, false
	}
	if !t.counts {
		return -1, true
	}
	rest, ok = strings.CutSuffix(rest, t.suffix)
	if !ok {
		return 0, false
	}
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == rune(delimiter) || r == '"' {
			return -1
		}
		return r
	}, rest)
	n, err := strconv.Atoi(digits)
	return n, err == nil && n >= 0
}
