package config

// Words of the configuration. Each type knows its words, so that the error for
// a wrong one can list them.
type (
	Language     string // ru | en
	LogLevel     string // debug | info | warn | error
	LogFormat    string // auto | text | json
	Dialect      string // v3 | v1
	Method       string // post | get
	Snapshot     string // full | delta
	Encoding     string // auto, or the name of one
	FinalNewline string // required | optional
	AfterRead    string // keep | archive | delete
	Driver       string // postgres | mysql | sqlite | sqlserver
	Entity       string // client | deal
	Direction    string // push | pull | both
	Take         string // source | crm | hold
	MatchBy      string // inn_kpp
	Suspect      string // inn | phone | mail | title
	OnGone       string // keep | recreate
	OnScope      string // keep | delete
	OnNew        string // ignore | export
	Occasion     string // halt | hold | fail | late | recovered
)

// The words that code asks for.
const (
	DialectV3     Dialect   = "v3"
	DialectV1     Dialect   = "v1"
	MethodPOST    Method    = "post"
	MethodGET     Method    = "get"
	SnapshotFull  Snapshot  = "full"
	SnapshotDelta Snapshot  = "delta"
	EntityClient  Entity    = "client"
	EntityDeal    Entity    = "deal"
	EntityInvoice Entity    = "invoice" // of derived jobs, as the next two
	EntityPayment Entity    = "payment"
	EntityPerson  Entity    = "person"
	Push          Direction = "push"
	Pull          Direction = "pull"
	Both          Direction = "both"
	TakeSource    Take      = "source"
	TakeCRM       Take      = "crm"
	TakeHold      Take      = "hold"
	Keep                    = "keep"
	HoldAbsent              = "hold" // OnAbsent of payments that nothing is said about: a person decides
)

func (Language) words() []string  { return []string{"ru", "en"} }
func (LogLevel) words() []string  { return []string{"debug", "info", "warn", "error"} }
func (LogFormat) words() []string { return []string{"auto", "text", "json"} }
func (Dialect) words() []string   { return []string{"v3", "v1"} }
func (Method) words() []string    { return []string{"post", "get"} }
func (Snapshot) words() []string  { return []string{"full", "delta"} }
func (Encoding) words() []string {
	return []string{"auto", "utf-8", "utf-8-bom", "windows-1251", "utf-16", "utf-16le", "utf-16be", "cp866", "koi8-r"}
}
func (FinalNewline) words() []string { return []string{"required", "optional"} }
func (AfterRead) words() []string    { return []string{"keep", "archive", "delete"} }
func (Driver) words() []string       { return []string{"postgres", "mysql", "sqlite", "sqlserver"} }
func (Entity) words() []string       { return []string{"client", "deal"} }
func (Direction) words() []string    { return []string{"push", "pull", "both"} }
func (Take) words() []string         { return []string{"source", "crm", "hold"} }
func (MatchBy) words() []string      { return []string{"inn_kpp"} }
func (Suspect) words() []string      { return []string{"inn", "phone", "mail", "title"} }
func (OnGone) words() []string       { return []string{"keep", "recreate"} }
func (OnScope) words() []string      { return []string{"keep", "delete"} }
func (OnNew) words() []string        { return []string{"ignore", "export"} }
func (Occasion) words() []string     { return []string{"halt", "hold", "fail", "late", "recovered"} }
