package mapping

import (
	"errors"
	"fmt"

	"syncd/internal/crmapi"
	"syncd/internal/record"
)

// Purpose says what an input is for.
type Purpose uint8

// The purposes.
const (
	Add Purpose = iota + 1
	Update
)

// UserLookup gives the id of an active CRM user by login; ok is false for a
// login that is unknown or not active.
type UserLookup func(login string) (iduser int64, ok bool)

// UnknownUserError says that a record's owner is no active user of the CRM. The
// CRM would store the client without an owner, and nobody would see it.
type UnknownUserError struct {
	Field int // schema position
	Login string
}

func (e *UnknownUserError) Error() string {
	return "the owner's login is not among the CRM's active users"
}

// ErrBlankTitle says that an add has no title. The CRM could not show such a
// client.
var ErrBlankTitle = errors.New("a client without a title cannot be added")

// Input makes what goes over the wire: of all fields when fields is nil, else
// of these schema positions in their order. An add leaves blank values out. An
// update sends "" for a value that is Null or Empty (it clears the field), and
// leaves Absent ones, fields of `when: add`, and a blank title, type or owner
// out. The UID of the input is left to the caller.
//
// The error is *UnknownUserError, together with an input that is complete but
// for the owner, or ErrBlankTitle.
func (m *Mapping) Input(values []record.Value, fields []int, purpose Purpose, users UserLookup) (crmapi.ClientInput, error) {
	if len(values) != len(m.fields) {
		return crmapi.ClientInput{}, fmt.Errorf("a record of %d values does not fit a mapping of %d fields", len(values), len(m.fields))
	}
	if m.spec.entity != EntityClient {
		return crmapi.ClientInput{}, fmt.Errorf("a %s is no client", m.spec.entity)
	}
	if fields == nil {
		fields = m.all
	}
	if purpose == Add && values[m.roles.title].Blank() {
		return crmapi.ClientInput{}, ErrBlankTitle
	}
	var in crmapi.ClientInput
	var unknown error
	for _, i := range fields {
		if i < 0 || i >= len(m.fields) {
			return crmapi.ClientInput{}, fmt.Errorf("field %d is outside the mapping", i)
		}
		f, v := &m.fields[i], values[i]
		switch {
		case v.State == record.Absent,
			v.Blank() && (purpose == Add || f.neverBlank()),
			f.addOnly && purpose == Update:
		case f.isOwner():
			id, ok := int64(0), false
			if users != nil {
				id, ok = users(v.Text)
			}
			switch {
			case !ok:
				unknown = &UnknownUserError{Field: i, Login: v.Text}
			case purpose == Add:
				in.User = v.Text
			default:
				in.UserID = id
			}
		case f.recv:
			in.Recv = append(in.Recv, crmapi.FieldInput{Key: f.key, Text: v.Text})
		case f.typ == TypePhones && !v.Blank():
			in.Fields = append(in.Fields, crmapi.FieldInput{Key: f.key, List: wireList(f.typ, v.Text)})
		case f.typ == TypeEmails:
			in.Fields = append(in.Fields, crmapi.FieldInput{Key: f.key, Text: sentList(f.typ, v.Text)})
		default:
			in.Fields = append(in.Fields, crmapi.FieldInput{Key: f.key, Text: v.Text})
		}
	}
	return in, unknown
}

func (f *field) isOwner() bool { return !f.recv && f.key == "user" }

// neverBlank lists what the CRM cannot have empty.
func (f *field) neverBlank() bool {
	return !f.recv && (f.key == "title" || f.key == "user" || f.key == "type" || f.key == "date_create")
}

// FromCRM makes values in schema order out of what the CRM answered. Text is as
// the CRM holds it; fields that the answer lacked are Absent, and ones never
// set are Null. dst is reused when it is large enough.
func (m *Mapping) FromCRM(obj *crmapi.ClientObject, dst []record.Value) []record.Value {
	dst = dst[:0]
	for i := range m.fields {
		dst = append(dst, m.fields[i].fromCRM(obj))
	}
	return dst
}

func (f *field) fromCRM(obj *crmapi.ClientObject) record.Value {
	switch {
	case f.recv:
		t, ok := obj.Recv[f.key]
		return f.crmValue(t, ok)
	case f.isOwner():
		// info tells no login; an owner that is not told is not a difference
		if obj.User == "" && obj.UserID != 0 {
			return record.Value{}
		}
		return f.crmValue(crmapi.Text{Set: obj.User != "", S: obj.User}, true)
	case f.key == "date_create":
		return f.crmValue(crmapi.Text{Set: true, S: obj.Created}, obj.Created != "")
	}
	t, ok := obj.Fields[f.key]
	return f.crmValue(t, ok)
}

func (f *field) crmValue(t crmapi.Text, delivered bool) record.Value {
	switch {
	case !delivered:
		return record.Value{}
	case !t.Set:
		return record.Value{State: record.Null}
	}
	canon := canonOf(f.canon, t.S)
	if canon == "" {
		return record.Value{State: record.Empty}
	}
	return record.Of(t.S, canon)
}
