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

// fieldSpec is one field as the file says it, defaults filled in. Exactly one
// of columns, constant (hasConst) and expr is set.
type fieldSpec struct {
	name string // schema name: "title", "recv.castInn"
	at   place

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

// spec is a mapping file, read and checked, not compiled.
type spec struct {
	entity      string
	uid         IdentitySpec
	uidAt       place
	clid        string
	skip        []string
	where       exprSpec
	deletedWhen exprSpec
	fields      []fieldSpec
}
