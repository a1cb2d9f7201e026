package mapping

import (
	"errors"

	"syncd/internal/record"
)

// RefBy says what a reference names a record by.
type RefBy string

// What records are named by.
const (
	RefUID    RefBy = "id"     // the key of the record, made a uid
	RefNumber RefBy = "number" // the number of an invoice
)

// Reference is a field that names a record of another job.
type Reference struct {
	Field  int          // schema position
	Name   string       // client, payer, deal or invoice
	Column string       // of the source, as the mapping spells it
	Job    string       // whose records are meant; "" = the job that this is a part of, of payments its invoices
	By     RefBy        // what the column names them by
	Encode IdentitySpec // how a key becomes their uid; zero but for the column with RefNumber
}

// RefValue is the key that a row has in a reference.
type RefValue struct {
	Field int    // schema position
	Key   string // as the source spells it: personal data
}

// References lists the mapping's references in schema order.
func (m *Mapping) References() []Reference {
	var out []Reference
	for i := range m.fields {
		if f := &m.fields[i]; f.role == roleReference {
			out = append(out, Reference{i, f.name, f.columns[0], f.ref.job, f.ref.by, f.ref.identity})
		}
	}
	return out
}

// reference makes the value of a reference: what the record that is meant is
// known by. field is its schema position.
func (b *Binding) reference(f *field, position int, cells []string) (record.Value, bool) {
	raw, there := b.cell(cells, f.slots[0])
	if !there {
		return record.Value{}, true
	}
	key := trimBlank(raw)
	if isNullWord(key) || isMissingObject(key) || key == "0" {
		return b.nothing(f, cells), true
	}
	text := key
	if f.ref.by == RefUID {
		uid, err := EncodeUID(key, f.ref.identity)
		var ke *KeyError
		switch {
		case errors.As(err, &ke) && ke.Code == CodeKeyEmpty:
			return record.Value{State: record.Empty}, true
		case errors.As(err, &ke):
			return b.refuse(f, ke.Code, f.typeRule, raw)
		}
		text = uid
	}
	b.refs = append(b.refs, RefValue{position, key})
	return record.Of(text, text), true
}
