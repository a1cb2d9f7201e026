package record

// Owner says whose value of a field counts.
type Owner uint8

// The owners. The zero value is OwnerBoth: the merge table decides.
const (
	OwnerBoth   Owner = iota
	OwnerSource       // CRM edits are set back
	OwnerCRM          // sent with an add only
)

// Field is one mapped field: its CRM name and the policies that the mapping
// gives it. Requisites are named "recv." + key, e.g. "recv.castInn".
type Field struct {
	Name    string
	Owner   Owner
	AddOnly bool // `when: add`: sent with an add, never updated
	Clear   bool // `on_empty: clear`: a blank source may clear a value that was filled before
	OneWay  bool // the source's cells cannot be made from the CRM's value: it is never written back
	Later   bool // an add does not write it: an update follows
	Unsent  bool // this CRM's API does not carry it: what either side holds means nothing, until it does
	Fixed   bool // the CRM has no way to change it once it is there: what differs is a person's
}

// Schema is the ordered set of a mapping's fields. Values of a Record stand in
// this order. It is immutable after NewSchema and safe for concurrent use.
type Schema struct {
	fields []Field
	byName map[string]int
}

// NewSchema returns a schema of the fields, in the order given. Names must be
// distinct; the mapping compiler guarantees it.
func NewSchema(fields []Field) *Schema {
	s := &Schema{fields: fields, byName: make(map[string]int, len(fields))}
	for i, f := range fields {
		s.byName[f.Name] = i
	}
	return s
}

// Len is the number of fields.
func (s *Schema) Len() int { return len(s.fields) }

// Field returns the i-th field.
func (s *Schema) Field(i int) Field { return s.fields[i] }

// Index returns the position of a field, or -1 when the mapping has none of
// that name.
func (s *Schema) Index(name string) int {
	if i, ok := s.byName[name]; ok {
		return i
	}
	return -1
}

// Origin is where a record was read: for messages and the state.
type Origin struct {
	File     string
	Line     int // first physical line, from 1; for SQL the row number
	LastLine int
}

// Record is one business record in the terms of a mapping's Schema.
type Record struct {
	UID     string // the key as the CRM stores it
	Key     string // the key as the source spells it
	CLID    int64  // the CRM's id, when the source knows it (mapping `clid:`); 0 = not known
	Deleted bool   // `deleted_when` holds
	Origin  Origin
	Values  []Value // by Schema position
}

// Get returns the value of a field by its name; Absent when the schema lacks it.
func (r *Record) Get(s *Schema, name string) Value {
	if i := s.Index(name); i >= 0 && i < len(r.Values) {
		return r.Values[i]
	}
	return Value{}
}
