package mapping

import (
	"slices"
	"strings"
)

// SourceOf says where the value of a field comes from, for people: its columns
// joined by " + ", «= text» of a constant, the expression, or the source of lines
// that have one. field is a schema position.
func (m *Mapping) SourceOf(field int) string {
	f := &m.fields[field]
	switch {
	case f.hasConst:
		return "= " + f.constant
	case f.expr != "":
		return f.expr
	case f.role == roleLines && m.ownLines():
		var columns []string
		for _, s := range m.lines.cells {
			columns = append(columns, m.slots[s].column)
		}
		return strings.Join(columns, " + ")
	case f.role == roleLines:
		return m.spec.lines.source
	}
	return strings.Join(f.columns, " + ")
}

// Words lists the values that the mapping itself can give a field, sorted: its
// constant, the right sides of `values` and its default. ok is false when it
// may take others too, from a column or an expression. field is a schema
// position.
func (m *Mapping) Words(field int) (words []string, ok bool) {
	f := &m.fields[field]
	add := func(word string) {
		if word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	add(f.constant)
	add(f.fallback)
	for _, v := range f.values {
		add(v.to)
	}
	slices.Sort(words)
	return words, f.hasConst || f.hasValues && f.unmapped != unmappedPass
}
