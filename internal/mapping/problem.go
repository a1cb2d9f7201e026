package mapping

// Code names what is wrong with a cell or a row. Codes are stable: people
// filter rejects by them.
type Code string

// The codes.
const (
	CodeKeyEmpty     Code = "key-empty"     // no key, key 0, or an empty reference
	CodeKeyForm      Code = "key-form"      // the key is not what `encode` expects
	CodeKeyLong      Code = "key-long"      // raw key over 30 characters with its prefix
	CodeKeyCharacter Code = "key-character" // raw key with a quote, backslash or control character
	CodeCLIDForm     Code = "clid-form"     // the clid column holds no positive whole number
	CodeRequired     Code = "required"      // a required field is blank
	CodeUnmapped     Code = "unmapped"      // a word that `values` does not list
	CodeNotBoolean   Code = "not-boolean"
	CodeNotNumber    Code = "not-number"
	CodeNotInteger   Code = "not-integer"
	CodeNotDate      Code = "not-date"
	CodeNotGUID      Code = "not-guid"
	CodeExcelDamage  Code = "excel-damage" // 7,70708E+09: digits are lost
	CodeTooLong      Code = "too-long"
	CodeCut          Code = "cut" // too long, cut as `max_length: cut` says
	CodeForm         Code = "form"
	CodeCheckDigit   Code = "check-digit"
	CodeAllZeros     Code = "all-zeros"
	CodeRepaired     Code = "repaired"   // leading zeros put back
	CodeReplaced     Code = "replaced"   // characters the CRM cannot keep were replaced or removed
	CodeDamaged      Code = "damaged"    // U+FFFD: the text was read in a wrong encoding once
	CodeApostrophe   Code = "apostrophe" // would break the CRM's own query
	CodeNumericTitle Code = "numeric-title"
	CodeClientType   Code = "client-type"
	CodeExpression   Code = "expression"   // the expression failed on this row
	CodeOneWay       Code = "one-way"      // the field's values cannot become cells again
	CodeNotKept      Code = "not-kept"     // no cell of the source means the CRM's value
	CodeNotPositive  Code = "not-positive" // a sum of money that is not above zero
	CodeSum          Code = "sum-differs"  // the lines of a deal come to another sum than the deal's
	CodeHeadDiffers  Code = "head-differs" // rows of one record disagree about what is no line of it
)

// Problem is one finding about one cell. It carries the raw cell as a field of
// its own, never inside a text, so that callers decide about masking.
type Problem struct {
	Code    Code
	Field   string // schema name; "uid", "clid", "skip", "where" or "deleted_when" for the row's own rules
	Column  string // the source column as the mapping spells it; "" for const and expr
	Rule    string // the mapping's rule that spoke, e.g. "values" or "type: inn"
	Value   string // the raw cell: personal data
	Warning bool   // the row goes on
	// Withheld says, of a warning, that the value is not used: the field is
	// absent from the record.
	Withheld bool
}

// Kind says what a row is.
type Kind uint8

// The kinds of a row.
const (
	// InScope: a record.
	InScope Kind = iota + 1
	// OutOfScope: `skip` or `where` leaves the row out, and `deleted_when` does not
	// hold for it. UID is set when the key could be read; no value is.
	OutOfScope
	// Deleted: `deleted_when` holds, whether the row is in scope or not. Values are filled as far as they are readable.
	Deleted
	// Rejected: the row's key cannot be read.
	Rejected
	// Unreadable: the key is readable (UID is set), the row is not.
	Unreadable
)

func (k Kind) String() string {
	switch k {
	case InScope:
		return "in scope"
	case OutOfScope:
		return "out of scope"
	case Deleted:
		return "deleted"
	case Rejected:
		return "rejected"
	case Unreadable:
		return "unreadable"
	}
	return "unknown"
}

// Result is what Map made of a row.
type Result struct {
	Kind Kind
	// Rule names what put the row out of scope or marked it deleted: "skip:
	// ЭтоГруппа", "where", "deleted_when".
	Rule string
	// Problems holds what stopped the row and the warnings, in schema order. It
	// is valid until the next Map of the same Binding.
	Problems []Problem
	// Refs are the keys of the row's references that are not blank, in schema
	// order. It is valid until the next Map of the same Binding.
	Refs []RefValue
	// Line is the text of the row's line, for JoinLines; "" when the row has none, or
	// the lines come from another source.
	Line string
}

// Fatal returns the first problem that is no warning, or nil.
func (r Result) Fatal() *Problem {
	for i := range r.Problems {
		if !r.Problems[i].Warning {
			return &r.Problems[i]
		}
	}
	return nil
}
