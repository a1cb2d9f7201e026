package mapping

// FieldType is the `type` of a field.
type FieldType string

// The types.
const (
	TypeText        FieldType = "text"
	TypePhones      FieldType = "phones"
	TypeEmails      FieldType = "emails"
	TypeURL         FieldType = "url"
	TypeINN         FieldType = "inn"
	TypeKPP         FieldType = "kpp"
	TypeOGRN        FieldType = "ogrn"
	TypeOKPO        FieldType = "okpo"
	TypeBIK         FieldType = "bik"
	TypeAccount     FieldType = "account"
	TypeCorrAccount FieldType = "corr_account"
	TypeInt         FieldType = "int"
	TypeDecimal     FieldType = "decimal"
	TypeBool        FieldType = "bool"
	TypeDate        FieldType = "date"
	TypeDatetime    FieldType = "datetime"
	TypeGUID        FieldType = "guid"
)

// Types lists every field type, for messages and schemas.
func Types() []FieldType {
	return []FieldType{
		TypeText, TypePhones, TypeEmails, TypeURL, TypeINN, TypeKPP, TypeOGRN, TypeOKPO, TypeBIK,
		TypeAccount, TypeCorrAccount, TypeInt, TypeDecimal, TypeBool, TypeDate, TypeDatetime, TypeGUID,
	}
}

// Encoding says how a key becomes a uid.
type Encoding string

// The encodings.
const (
	EncodeRaw  Encoding = "raw"
	EncodeGUID Encoding = "guid"
	EncodeHash Encoding = "hash"
)

// HexOrder is the byte order of a bare 32-hex GUID: as in 1C's database and its
// ref= links, or as in the canonical 36-character form.
type HexOrder string

// The byte orders. The zero value refuses bare hex: the two cannot be told
// apart by looks.
const (
	HexDB        HexOrder = "db"
	HexCanonical HexOrder = "canonical"
)

// IdentitySpec is the mapping's `uid`.
type IdentitySpec struct {
	Column string
	Encode Encoding
	Hex    HexOrder
	Prefix string // at most 4 characters
}

type unmappedPolicy string

const (
	unmappedReject unmappedPolicy = "reject"
	unmappedEmpty  unmappedPolicy = "empty"
	unmappedPass   unmappedPolicy = "pass"
)

const (
	wordReject = "reject"
	wordWarn   = "warn"
	wordCut    = "cut"
)

// place is a position in the mapping file, with the path of what stands there.
type place struct {
	line, column int
	path         string
}

type valuePair struct{ from, to string }

// fieldRole tells the fields apart that are not made of cells alone.
type fieldRole uint8

const (
	rolePlain fieldRole = iota
	roleReference
	roleClose // blank while the condition of `close` does not hold
	roleLines // the lines of a deal in one text, made of several rows
)

// refSpec is what a reference says besides its column.
type refSpec struct {
	job      string // the job of the records referred to; "" = the one that this is a part of
	by       RefBy
	identity IdentitySpec // of their keys; not with RefNumber
}

// fieldSpec is one field as the file says it, defaults filled in. Exactly one
// of columns, constant (hasConst) and expr is set, but for the lines of a deal.
type fieldSpec struct {
	entity string // what has the field: one of the entities, or entityLine
	role   fieldRole
	ref    *refSpec // of a reference
	name   string   // schema name: "title", "recv.castInn"
	at     place

	columns  []string
	join     string
	constant string
	hasConst bool
	expr     string
	exprAt   place

	typ       FieldType
	values    []valuePair
	hasValues bool
	unmapped  unmappedPolicy
	fallback  string // `default`
	required  bool
	limit     int  // characters; 0 = the server's
	cut       bool // max_length: cut
	strict    bool // check: reject
	lenient   bool // check: warn, said expressly
	owner     string
	addOnly   bool
	clear     bool
	excel     bool // the column went through a spreadsheet
	known     bool // dictionary: known
	format    string
	form      backForm // format, read
}

type exprSpec struct {
	text string
	at   place
}

// sumPolicy is the `check_sum` of lines.
type sumPolicy string

const (
	sumReject sumPolicy = "reject"
	sumWarn   sumPolicy = "warn"
	sumOff    sumPolicy = "off"
)

// linesSpec is the `lines` of a deal.
type linesSpec struct {
	source   string       // "" = the rows of the deal itself
	of       IdentitySpec // of another source: the deal's key there
	addOnly  bool
	checkSum sumPolicy
	fields   []fieldSpec // in the order of lineFields
}

// spec is a mapping file, or a part of it, read and checked, not compiled.
type spec struct {
	entity      string
	part        string // the section of a part; "" for the file itself
	source      string // of a part; "" = its job's
	merge       bool   // `rows: merge`
	uid         IdentitySpec
	uidAt       place
	clid        string
	skip        []string
	where       exprSpec
	deletedWhen exprSpec
	closeWhen   exprSpec
	fields      []fieldSpec
	lines       *linesSpec
	parts       []spec
}

// path is where a key of the spec stands in the file.
func (s *spec) path(key string) string { return join(s.part, key) }
