package mapping

// BackColumn is a column of the source that Back writes.
type BackColumn struct {
	Column string    // as the mapping spells it
	Type   FieldType // what every cell of it is; TypeText where it may be any text
}

// BackColumns lists the columns whose cells Back writes, each once, in the order
// of Columns. A column whose cells are words of `values`, a list, or spelled by a
// `format` of their own is TypeText, whatever the type of its field.
func (m *Mapping) BackColumns() []BackColumn {
	var out []BackColumn
	for slot, s := range m.slots {
		for i := range m.fields {
			if f := &m.fields[i]; f.oneWay == "" && f.readsSlot(slot) {
				out = append(out, BackColumn{s.column, f.cellType()})
				break // no other field writes it: oneWays saw to that
			}
		}
	}
	return out
}

func (f *field) readsSlot(slot int) bool {
	for _, s := range f.slots {
		if s == slot {
			return true
		}
	}
	return false
}

func (f *field) cellType() FieldType {
	if f.table != nil || isList(f.typ) || f.format != "" {
		return TypeText
	}
	return f.typ
}
