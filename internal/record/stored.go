package record

import "encoding/json"

// Stored is a value as the state keeps it: its text, or null. A field that is
// missing from Stored was absent. Canonical forms are never stored, so a
// change of the program's comparison rules never looks like a change of data.
type Stored map[string]*string

// Store picks the texts of a record for keeping. Absent values are left out.
func Store(s *Schema, values []Value) Stored {
	out := make(Stored, len(values))
	for i, v := range values {
		switch v.State {
		case Absent:
		case Null:
			out[s.Field(i).Name] = nil
		default:
			t := v.Text
			out[s.Field(i).Name] = &t
		}
	}
	return out
}

// Canonicalizer gives the comparison form of a stored text of one field.
type Canonicalizer func(field int, text string) string

// Restore turns stored texts back into values of the schema; fields that the
// schema does not know any more stay behind.
func Restore(s *Schema, st Stored, canon Canonicalizer) []Value {
	out := make([]Value, s.Len())
	for i := range out {
		t, ok := st[s.Field(i).Name]
		switch {
		case !ok:
		case t == nil:
			out[i] = Value{State: Null}
		case *t == "":
			out[i] = Value{State: Empty}
		default:
			out[i] = Value{State: Filled, Text: *t, Canon: canon(i, *t)}
		}
	}
	return out
}

// Encode returns the JSON of the stored values, keys sorted.
func (s Stored) Encode() ([]byte, error) { return json.Marshal(map[string]*string(s)) }

// DecodeStored reads what Encode wrote; empty input gives an empty map.
func DecodeStored(b []byte) (Stored, error) {
	out := Stored{}
	if len(b) == 0 {
		return out, nil
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, err
	}
	return out, nil
}
