package mapping

import (
	"fmt"

	"syncd/internal/record"
)

// BackCell is one cell of the source that a CRM value asks for.
type BackCell struct {
	Column string // as the mapping spells it
	Text   string // "" for a blank cell
	Null   bool   // the blank is better written as NULL: the column holds no text
}

// BackError says why a CRM value cannot be written into the source's cells. The
// value itself is not in its text.
type BackError struct {
	Field string // schema name
	Code  Code   // CodeOneWay, CodeNotKept, or what a row with such a cell would be rejected or warned for
	Text  string
}

func (e *BackError) Error() string { return e.Field + ": " + e.Text }

// OneWay reports that the values of a field cannot be turned back into cells of
// the source, and why. It speaks of the transform alone, not of the field's owner
// or `when`; a reference can, though not by Back. field is a schema position.
func (m *Mapping) OneWay(field int) (why string, oneWay bool) {
	if field < 0 || field >= len(m.fields) {
		return "", false
	}
	why = m.fields[field].oneWay
	return why, why != ""
}

// KeyColumn is the column of the key.
func (m *Mapping) KeyColumn() string { return m.spec.uid.Column }

// CLIDColumn is the column of the CRM's id; "" when the mapping has none.
func (m *Mapping) CLIDColumn() string { return m.spec.clid }

// Back gives the cells that make a row mean the CRM's value `to` where it means
// old now (Absent or blank for a row that is not there yet): only the columns
// that change (and of a list whose text does not tell its columns, blank ones), in
// the order of the mapping. Both are values of this mapping, old
// with the text that Map made. A row with these cells in it maps to a value that
// is Same as to; where no cells do that, the error is a *BackError. field is a
// schema position. A reference has no cells of its own: what names the record that
// it means does. What a deal is closed with is looked at as if it were closed.
func (m *Mapping) Back(field int, old, to record.Value, z Zones) ([]BackCell, error) {
	if field < 0 || field >= len(m.fields) {
		return nil, fmt.Errorf("field %d is outside the mapping", field)
	}
	f := &m.fields[field]
	if f.oneWay != "" {
		return nil, &BackError{f.name, CodeOneWay, f.oneWay}
	}
	if f.role == roleReference {
		return nil, &BackError{f.name, CodeOneWay, "a reference is written as the key of the record that it means"}
	}
	old, to = f.meant(old), f.meant(to)
	if old.State != record.Absent && old.Same(to) {
		return nil, nil
	}
	if f.perhapsCut(old) {
		return nil, &BackError{f.name, CodeCut, "the source's text may be longer than the CRM's, which was cut"}
	}
	w := &wayBack{m: m, f: f, field: field, zones: z.filled(), old: old, to: to}
	return w.cells()
}

// meant makes the canonical form of a value anew: it may have been stored.
func (f *field) meant(v record.Value) record.Value {
	if v.Blank() {
		return v
	}
	canon := canonOf(f.canon, v.Text)
	if canon == "" {
		return record.Value{State: record.Empty}
	}
	return record.Of(v.Text, canon)
}

// wayBack looks for the cells of one value. The inverse of a transform only
// proposes texts; the one that the mapping itself reads as the value is taken.
type wayBack struct {
	m       *Mapping
	f       *field
	field   int
	zones   Zones
	old, to record.Value

	code Code // what the last text was refused for
}

// proposal is a row's cells of the field, by its columns.
type proposal struct {
	texts []string
	named []bool // the columns that are to be written
}

func (w *wayBack) cells() ([]BackCell, error) {
	for _, p := range w.proposals() {
		if !w.holds(p.texts) {
			continue
		}
		var out []BackCell
		for i, text := range p.texts {
			if p.named[i] {
				out = append(out, BackCell{Column: w.f.columns[i], Text: text, Null: text == "" && w.f.nullable()})
			}
		}
		return out, nil
	}
	switch {
	case w.f.role == roleClose && w.to.Blank():
		return nil, &BackError{w.f.name, CodeNotKept, "the deal is open in the CRM, and the export says that it is closed"}
	case w.code != "":
	case w.f.table != nil && !w.to.Blank():
		w.code = CodeUnmapped // no word of the source means it
	default:
		w.code = CodeNotKept
	}
	return nil, &BackError{w.f.name, w.code, "no cell of the source means the CRM's value"}
}

func (w *wayBack) proposals() []proposal {
	if isList(w.f.typ) {
		return w.lists()
	}
	one := func(text string) proposal { return proposal{[]string{text}, []bool{true}} }
	if w.to.Blank() {
		return []proposal{one("")}
	}
	var out []proposal
	for _, text := range w.texts() {
		out = append(out, one(text))
	}
	return out
}

// holds reports whether a row with these texts has the value.
func (w *wayBack) holds(texts []string) bool {
	b := &Binding{m: w.m, index: w.m.identityIndex(), zones: w.zones, env: newEnvironment(len(w.m.slots))}
	row := make([]string, len(w.m.slots))
	for i, s := range w.f.slots {
		row[s] = texts[i]
		if texts[i] == "" && w.f.nullable() {
			row[s] = cellNull
		}
	}
	v, ok := b.value(w.f, row)
	if ok && w.f.typ == TypeKPP {
		rec := record.Record{Values: make([]record.Value, len(w.m.fields))}
		rec.Values[w.field] = v
		ok = b.checkKPP(w.f, w.field, row, &rec)
		v = rec.Values[w.field]
	}
	switch {
	case ok && v.Blank() && w.f.required:
		w.code = CodeRequired
		return false
	case ok && v.Same(w.to) && !b.withheld(w.f.name):
		return true
	}
	for i := range b.problems {
		if p := &b.problems[i]; !p.Warning || p.Withheld || p.Code == CodeCut {
			w.code = p.Code
			break
		}
	}
	return false
}

// identityIndex is the index of a row that has the mapping's own columns.
func (m *Mapping) identityIndex() []int {
	index := make([]int, len(m.slots))
	for i := range index {
		index[i] = i
	}
	return index
}

// nullable reports that a blank of this type is no text: a column of an SQL
// table would take no ”.
func (f *field) nullable() bool {
	switch f.typ {
	case TypeInt, TypeDecimal, TypeBool, TypeDate, TypeDatetime, TypeGUID:
		return true
	}
	return false
}
