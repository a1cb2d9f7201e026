package record

// State says what a cell or a CRM field held. The three kinds of nothing
// differ: a column that was not delivered, an SQL NULL or JSON null, and an
// empty string.
type State uint8

// The states of a Value. The zero value is Absent.
const (
	Absent State = iota // the side did not deliver the field at all
	Null                // delivered as NULL
	Empty               // delivered as an empty string
	Filled              // delivered with content
)

// Value is one field of one record on one side.
type Value struct {
	State State
	// Text is the value as the side holds it (for the source: as the mapping
	// produced it), used for storing and sending.
	Text string
	// Canon is the form used for comparison only (see mapping: phones become a
	// set of digits, titles take the server's spelling). Empty unless Filled.
	Canon string
}

// Of returns a filled value, or an empty one for an empty text.
func Of(text, canon string) Value {
	if text == "" {
		return Value{State: Empty}
	}
	return Value{State: Filled, Text: text, Canon: canon}
}

// Blank reports whether the value carries no content: absent, null or empty.
func (v Value) Blank() bool { return v.State != Filled }

// Same reports whether two values mean the same to a person: both blank, or
// equal in canonical form.
func (v Value) Same(o Value) bool {
	if v.Blank() || o.Blank() {
		return v.Blank() == o.Blank()
	}
	return v.Canon == o.Canon
}
