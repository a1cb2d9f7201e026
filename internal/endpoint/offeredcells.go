package endpoint

import (
	"errors"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// Stable codes of engine.Undelivered that every outbox knows.
const (
	undeliveredNoInverse = "no-inverse"
	undeliveredNoKey     = "no-key"
)

// titleField is without what a new record of the source is nobody.
const titleField = "title"

// offeredCells makes the cells of the source that change with a field, or says
// why there are none that could. Its words show no value.
func offeredCells(m *mapping.Mapping, z mapping.Zones, f *engine.OfferedField) (cells []mapping.BackCell, why string) {
	at := m.Schema().Index(f.Field)
	if at < 0 {
		return nil, "the mapping has no such field any more"
	}
	value := func(text *string, none record.State) record.Value {
		if text == nil {
			return record.Value{State: none}
		}
		return record.Of(*text, m.CanonSource(at, *text))
	}
	cells, err := m.Back(at, value(f.Old, record.Absent), value(f.New, record.Empty), z)
	var no *mapping.BackError
	switch {
	case errors.As(err, &no):
		return nil, no.Text
	case err != nil:
		return nil, err.Error()
	}
	return cells, ""
}
