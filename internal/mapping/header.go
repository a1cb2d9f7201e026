package mapping

import (
	"slices"

	"syncd/internal/record"
)

// Binding is a mapping tied to one header. It owns scratch space: use it from
// one goroutine, Clone it for another.
type Binding struct {
	m        *Mapping
	index    []int // slot → cell
	unmapped []string
	zones    Zones // both set

	problems []Problem
	refs     []RefValue
	closed   bool // the condition of `close` holds for this row
	parts    []string
	columns  []string // of the list that is being read: its entries by column
	buf      []byte
	env      *environment
	innKPP   string // the КПП found behind the slash of this row's ИНН
}

// Bind finds the mapping's columns in a header: by name, never by position.
// The error is a *MissingColumnsError that lists every column in trouble.
func (m *Mapping) Bind(header []string, zones Zones) (*Binding, error) {
	b := &Binding{m: m, index: make([]int, len(m.slots)), zones: zones.filled()}
	byFold := make(map[string][]int, len(header))
	for i, h := range header {
		f := foldColumn(h)
		byFold[f] = append(byFold[f], i)
	}
	used := make([]bool, len(header))
	var missing []MissingColumn
	for i, s := range m.slots {
		hits := byFold[foldColumn(s.column)]
		cell := pick(header, hits, s.column)
		if cell >= 0 {
			b.index[i], used[cell] = cell, true
			continue
		}
		lack := MissingColumn{Column: s.column, Field: s.usedBy, Ambiguous: len(hits) > 0}
		for _, h := range hits {
			lack.Nearest = append(lack.Nearest, header[h])
		}
		if len(hits) == 0 {
			lack.Nearest = nearest(s.column, header, 3)
		}
		missing = append(missing, lack)
	}
	if len(missing) > 0 {
		return nil, &MissingColumnsError{missing}
	}
	for i, u := range used {
		if !u {
			b.unmapped = append(b.unmapped, header[i])
		}
	}
	b.env = newEnvironment(len(m.slots))
	return b, nil
}

// pick chooses among the header names that fold alike: the only one, or the
// only one that is spelt exactly as the mapping says; else -1.
func pick(header []string, hits []int, column string) int {
	if len(hits) == 1 {
		return hits[0]
	}
	exact := -1
	for _, h := range hits {
		if header[h] == column {
			if exact >= 0 {
				return -1
			}
			exact = h
		}
	}
	return exact
}

// Clone returns a binding of the same header for another goroutine.
func (b *Binding) Clone() *Binding {
	return &Binding{m: b.m, index: b.index, unmapped: b.unmapped, zones: b.zones, env: newEnvironment(len(b.m.slots))}
}

// Unmapped lists the header's columns that nothing maps, in their order.
func (b *Binding) Unmapped() []string { return slices.Clone(b.unmapped) }

// cell returns the raw text of a slot and whether the row delivered it. An SQL
// NULL has no text.
func (b *Binding) cell(cells []string, slot int) (string, bool) {
	if i := b.index[slot]; i < len(cells) {
		if cells[i] == cellNull {
			return "", true
		}
		return cells[i], true
	}
	return "", false
}

// allNull reports that the row delivered a field's columns, and each as NULL.
func (b *Binding) allNull(f *field, cells []string) bool {
	for _, s := range f.slots {
		if i := b.index[s]; i >= len(cells) || cells[i] != cellNull {
			return false
		}
	}
	return len(f.slots) > 0
}

// reset prepares a record for a row: right length, nothing left of the last one.
func (b *Binding) reset(rec *record.Record) {
	n := len(b.m.fields)
	if cap(rec.Values) < n {
		rec.Values = make([]record.Value, n)
	}
	rec.Values = rec.Values[:n]
	clear(rec.Values)
	rec.UID, rec.Key, rec.CLID, rec.Deleted = "", "", 0, false
	b.problems, b.refs, b.closed = b.problems[:0], b.refs[:0], false
	b.innKPP = ""
}
