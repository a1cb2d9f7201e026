package endpoint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// Stable codes of engine.Undelivered that every outbox knows.
const (
	undeliveredNoInverse = "no-inverse"
	undeliveredNoKey     = "no-key"
)

// titleField is without what a new record of the source is nobody; "" = there is no
// such field.
func titleField(m *mapping.Mapping) string {
	switch m.Entity() {
	case mapping.EntityInvoice:
		return refInvoice
	case mapping.EntityPerson:
		return fieldPerson
	case mapping.EntityPayment:
		return fieldSum
	}
	return "title"
}

// offeredCells makes the cells of the source that change with a field, or says
// why there are none that could. Its words show no value.
func offeredCells(m *mapping.Mapping, z mapping.Zones, f *engine.OfferedField) (cells []mapping.BackCell, why string) {
	at := m.Schema().Index(f.Field)
	if at < 0 {
		return nil, "the mapping has no such field any more"
	}
	if at == m.Schema().Index(mapping.FieldLines) {
		return nil, "the lines of a record are no cells of one row"
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

// offeredReference is the cell of the source that a reference becomes.
type offeredReference struct {
	column string
	id     string // of the CRM; "" = it refers to nothing
	key    string // as the source spells it; "" with an id = the source has no such record that is known
	why    string // why there is no key, for the operator
}

func isReference(m *mapping.Mapping, field string) bool {
	return slices.ContainsFunc(m.References(), func(r mapping.Reference) bool { return r.Name == field })
}

// referenceOf looks up what an offered field refers to; nil when it is no reference.
func referenceOf(ctx context.Context, m *mapping.Mapping, links Links, f *engine.OfferedField) (*offeredReference, error) {
	refs := m.References()
	i := slices.IndexFunc(refs, func(r mapping.Reference) bool { return r.Name == f.Field })
	if i < 0 {
		return nil, nil
	}
	ref := &refs[i]
	out := &offeredReference{column: ref.Column}
	if f.New == nil || *f.New == "" || *f.New == "0" {
		return out, nil
	}
	out.id = *f.New
	id, err := strconv.ParseInt(out.id, 10, 64)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: what it refers to is no id of the CRM", ref.Name)
	case links == nil:
		return nil, errNoLinks
	}
	t, err := links.KeyOf(ctx, ref.Job, id)
	if err != nil {
		return nil, fmt.Errorf("look up what %s refers to: %w", ref.Name, err)
	}
	out.key = t.Key
	if ref.By == mapping.RefNumber {
		out.key = t.Title
	}
	if out.key == "" {
		out.why = fmt.Sprintf("the source has no record that is linked to the %s %s of the CRM", ref.Name, out.id)
	}
	return out, nil
}
