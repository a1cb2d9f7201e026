package mapping

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"syncd/internal/record"
)

// Zones are the time zones of a job.
type Zones struct {
	Source  *time.Location // dates of the source without a zone; nil = UTC
	Account *time.Location // the CRM account's, in which dates are sent; nil = Source
}

// filled puts the zones that stand for nil in.
func (z Zones) filled() Zones {
	if z.Source == nil {
		z.Source = time.UTC
	}
	if z.Account == nil {
		z.Account = z.Source
	}
	return z
}

// field is a compiled fieldSpec.
type field struct {
	fieldSpec
	key      string // the API's key: name without "recv."
	recv     bool
	slots    []int // Mapping.slots positions of columns
	prog     *program
	table    map[string]string // values, by exact and by folded word
	canon    canonKind
	unclean  traits // what cleanText would touch
	quick    quickKind
	max      int  // characters; 0 = the size of the CRM's text columns
	positive bool // a sum above zero
	maxRule  string
	typeRule string
	dict     bool
	bik      int    // accounts: the schema position of their bank's БИК, or -1
	kpp      int    // ИНН: the schema position of the КПП beside it, or -1
	inn      int    // КПП: the schema position of the ИНН beside it, or -1
	combined bool   // КПП: the same column gives the ИНН
	oneWay   string // why its values cannot become cells again; "" when they can
}

// slot is one source column that the mapping needs.
type slot struct {
	column string
	usedBy string // path of the first rule that names it
}

// Mapping is a compiled mapping file. It is immutable and safe for concurrent
// use.
type Mapping struct {
	name     string
	spec     spec
	schema   *record.Schema
	all      []int // every schema position
	checked  []int // the fields that are looked at once more when the others are known
	required []int
	fields   []field
	slots    []slot
	uid      int // slot
	clid     int // slot, or -1
	skip     []skipRule
	where    *program
	deleted  *program
	print    record.Fingerprint
	warnings Errors
	roles    roles
	closing  *program   // the condition of `close`
	lines    *lineRules // nil without `lines`
	parts    []*Mapping
}

type skipRule struct {
	slot int
	rule string // "skip: ЭтоГруппа"
}

// roles are the schema positions of the fields that tell who a record is; -1
// where the mapping lacks one.
type roles struct{ inn, kpp, phone, fax, mail, title, lines, sum int }

// Load reads and compiles a mapping file. Mistakes in it come as Errors, all
// of them; anything else is an error of the file system.
func Load(path string) (*Mapping, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read mapping: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read mapping %s: %w", path, err)
	}
	return Parse(path, data)
}

// Parse compiles a mapping from the YAML of a file; name stands in messages.
// The error, if any, is Errors.
func Parse(name string, yaml []byte) (*Mapping, error) {
	s, errs := parse(name, yaml)
	if len(errs) > 0 {
		return nil, errs
	}
	m, errs := compile(name, s)
	if len(errs) > 0 {
		errs.sort()
		return nil, errs
	}
	return m, nil
}

// Name is what Parse was told, or the path that Load read.
func (m *Mapping) Name() string { return m.name }

// Entity says what the records are: one of the Entity words.
func (m *Mapping) Entity() string { return m.spec.entity }

// Fingerprint identifies what the mapping means: comments, layout and the
// order of fields do not change it, a rule does.
func (m *Mapping) Fingerprint() record.Fingerprint { return m.print }

// Schema is the mapping's fields in the order of the file.
func (m *Mapping) Schema() *record.Schema { return m.schema }

// Columns lists every source column that must be there, as the mapping spells
// them, each once.
func (m *Mapping) Columns() []string {
	out := make([]string, len(m.slots))
	for i, s := range m.slots {
		out[i] = s.column
	}
	return out
}

// KeyColumns lists the columns that make the key.
func (m *Mapping) KeyColumns() []string { return []string{m.spec.uid.Column} }

// Identity is the mapping's `uid`.
func (m *Mapping) Identity() IdentitySpec { return m.spec.uid }

// Warnings are doubts about the mapping that do not stop it.
func (m *Mapping) Warnings() []*SpecError { return slices.Clone(m.warnings) }

// Dictionary is a mapped field that the CRM keeps as a reference to one of its
// lists.
type Dictionary struct {
	Field     int    // schema position
	Name      string // territory, idcategory, clientpath or tip_cmr; of a deal direction, tip or status_close
	MayCreate bool   // `dictionary: create`: a title that the list lacks may be sent, and the CRM adds it
}

// Dictionaries lists the mapped dictionary fields in schema order.
func (m *Mapping) Dictionaries() []Dictionary {
	var out []Dictionary
	for i := range m.fields {
		if f := &m.fields[i]; f.dict {
			out = append(out, Dictionary{i, f.name, !f.known && f.entity == EntityClient})
		}
	}
	return out
}
