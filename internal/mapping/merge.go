package mapping

import (
	"slices"
	"strings"

	"syncd/internal/record"
)

// Merge puts the values of another row of the same record into one (`rows:
// merge`): lists unite, of every other field the first that is not blank stays.
// What is required, and what the lists come to, says CheckRecord when all rows are
// in. Texts are copied as they are: they may share memory with the row's cells.
func (m *Mapping) Merge(into, row *record.Record) {
	for i := range m.fields {
		if i >= len(into.Values) || i >= len(row.Values) {
			return
		}
		v, w := &into.Values[i], row.Values[i]
		switch {
		case w.Blank():
			if v.State == record.Absent {
				*v = w // blank says more than not delivered
			}
		case v.Blank():
			*v = w
		case isList(m.fields[i].typ):
			*v = m.fields[i].unite(*v, w)
		}
	}
}

// unite adds the entries of a list that another lacks, each in its column.
func (f *field) unite(v, w record.Value) record.Value {
	have, more := []string{v.Text}, []string{w.Text}
	if len(f.slots) > 1 {
		have, _ = f.columnTexts(v.Text)
		more, _ = f.columnTexts(w.Text)
	}
	known := f.canonsOf(sentList(f.typ, v.Text))
	for i, text := range more {
		for entry := range strings.SplitSeq(text, listSeparator) {
			canon := canonOf(f.canon, entry)
			if canon == "" || slices.Contains(known, canon) {
				continue
			}
			known = append(known, canon)
			if have[i] != "" {
				entry = have[i] + listSeparator + entry
			}
			have[i] = entry
		}
	}
	last := len(have) - 1
	for last > 0 && have[last] == "" {
		last--
	}
	text := strings.Join(have[:last+1], columnMark+" ")
	return record.Of(text, canonOf(f.canon, text))
}

// canonsOf lists the canonical forms of a list's entries.
func (f *field) canonsOf(text string) []string {
	var out []string
	for entry := range strings.SplitSeq(text, listSeparator) {
		out = append(out, canonOf(f.canon, entry))
	}
	return out
}
