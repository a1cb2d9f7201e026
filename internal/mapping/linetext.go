package mapping

import (
	"errors"
	"fmt"
	"strings"

	"syncd/internal/crmapi"
	"syncd/internal/record"
)

const (
	lineMark      = "|" // between the columns of a line; in their texts it becomes lineBar
	lineSeparator = " " + lineMark + " "
	lineBar       = "¦"
)

var errNoLines = errors.New("the mapping has no lines of another source")

// lineText makes a text fit for a column of a line.
func lineText(s string) string {
	return strings.ReplaceAll(tidy(s, false), lineMark, lineBar)
}

// JoinLines is the value of the lines of one deal: one line of text each, in the
// order given. Lines without content are left out; no lines at all are Empty.
func (m *Mapping) JoinLines(lines []string) record.Value {
	kept := make([]string, 0, len(lines))
	for _, l := range lines {
		if l != "" {
			kept = append(kept, l)
		}
	}
	text := strings.Join(kept, "\n")
	return record.Of(text, canonOfLines(text))
}

// ParseLines reads the text of a value that JoinLines or LinesOf made. An error
// says that the text is not of this mapping's lines: it does not hold the text.
func (m *Mapping) ParseLines(text string) ([]crmapi.DealLine, error) {
	if text == "" || m.lines == nil {
		return nil, nil
	}
	var out []crmapi.DealLine
	for row := range strings.SplitSeq(text, "\n") {
		parts := strings.Split(row, lineMark)
		if len(parts) != len(m.lines.fields) {
			return nil, fmt.Errorf("line %d has %d columns; the mapping has %d", len(out)+1, len(parts), len(m.lines.fields))
		}
		var line crmapi.DealLine
		for i := range m.lines.fields {
			f, part := &m.lines.fields[i], trimBlank(parts[i])
			if f.typ == TypeDecimal || f.typ == TypeInt {
				if _, _, code := parseNumber(part); part != "" && code != "" {
					return nil, fmt.Errorf("line %d: %s is no number", len(out)+1, f.key)
				}
			}
			*linePlace(&line, f.key) = part
		}
		out = append(out, line)
	}
	return out, nil
}

// LinesOf makes the value of lines as the CRM shows them: the columns that the
// mapping has, whatever others they have.
func (m *Mapping) LinesOf(lines []crmapi.DealLine) record.Value {
	if m.lines == nil {
		return record.Value{}
	}
	rows := make([]string, 0, len(lines))
	for i := range lines {
		line := lines[i]
		parts := make([]string, 0, len(m.lines.fields))
		for j := range m.lines.fields {
			parts = append(parts, m.lines.fields[j].fromLine(*linePlace(&line, m.lines.fields[j].key)))
		}
		rows = append(rows, strings.Join(parts, lineSeparator))
	}
	return m.JoinLines(rows)
}

// fromLine is a column of a line of the CRM as the text of a line has it.
func (f *field) fromLine(text string) string {
	if text == "" && f.key == "dop" {
		return "1"
	}
	if f.typ == TypeDecimal || f.typ == TypeInt {
		if _, canon, code := parseNumber(text); code == "" {
			return canon
		}
	}
	return lineText(text)
}

// linePlace is where a line keeps one of lineFields.
func linePlace(l *crmapi.DealLine, key string) *string {
	switch key {
	case "artikul":
		return &l.Article
	case "title":
		return &l.Title
	case "kol":
		return &l.Quantity
	case "edizm":
		return &l.Unit
	case "price":
		return &l.Price
	case "price_in":
		return &l.PriceIn
	case "nds":
		return &l.VAT
	}
	return &l.Factor
}

// LineNames are what people call the columns of a line, in the order of its text:
// the source's column, or the key where there is not just one.
func (m *Mapping) LineNames() []string {
	if m.lines == nil {
		return nil
	}
	out := make([]string, 0, len(m.lines.fields))
	for i := range m.lines.fields {
		f := &m.lines.fields[i]
		if len(f.columns) == 1 {
			out = append(out, f.columns[0])
			continue
		}
		out = append(out, f.key)
	}
	return out
}

// LineCells takes the text of a value of lines apart: a cell for each of LineNames.
// A line that the mapping did not make, before it was changed, is one cell.
func (m *Mapping) LineCells(text string) [][]string {
	if text == "" || m.lines == nil {
		return nil
	}
	var out [][]string
	for row := range strings.SplitSeq(text, "\n") {
		cells := strings.Split(row, lineMark)
		if len(cells) != len(m.lines.fields) {
			cells = []string{row}
		}
		for i := range cells {
			cells[i] = trimBlank(cells[i])
		}
		out = append(out, cells)
	}
	return out
}
