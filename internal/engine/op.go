package engine

import (
	"time"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// OpKind is what an op does to one record of the CRM.
type OpKind string

// The kinds of ops.
const (
	OpAdd    OpKind = "add"
	OpUpdate OpKind = "update"
	OpLink   OpKind = "link" // write our uid into an existing client, with the fields of Changes
	OpDelete OpKind = "delete"
	// OpWriteBack takes fields to the source side and writes nothing to the CRM;
	// it is never in the journal.
	OpWriteBack OpKind = "write-back"
)

// OpStatus is how far an op got. It is durable from OpSent on.
type OpStatus string

// The statuses. Planned ops live in the run's spool only.
const (
	OpPlanned    OpStatus = "planned"
	OpSent       OpStatus = "sent"       // durable before the request leaves
	OpInDoubt    OpStatus = "in_doubt"   // the answer was lost or is no proof
	OpConfirmed  OpStatus = "confirmed"  // read back from the CRM
	OpFailed     OpStatus = "failed"     // refused before anything happened
	OpSuperseded OpStatus = "superseded" // proven not to have happened, or with CodeUnsure left to a person; planned anew
)

// CodeChosenAdd is Op.Code of an add that a person asked for although the CRM may
// have the record: what looks like it there is not met.
const CodeChosenAdd = "chosen-add"

// FieldChange is one field of an op, by name, in the texts that are stored.
// From and To are nil for null or absent.
type FieldChange struct {
	Field string         `json:"field"`
	From  *string        `json:"from"`
	To    *string        `json:"to"`
	Rule  reconcile.Rule `json:"rule"`
	Lost  *string        `json:"lost,omitempty"` // the other side's value that this overrode
}

// Op is one intended write.
type Op struct {
	ID     int64 // 0 until the journal gave one
	Run    int64
	Batch  int64 // ops of one request share it
	Pos    int   // position in the request, from 0
	Kind   OpKind
	Status OpStatus

	UID, Key, Title string
	CLID            int64 // the target; for an add 0, after an answer the claimed id
	Origin          record.Origin
	Changes         []FieldChange         // updates and links: field by field; adds: nil (Set says it)
	Back            []FieldChange         // what goes to the source side besides; planned ops only
	Left            reconcile.SourceState // what the source shows of the record; planned ops only. 0 = as an add or a link needs it
	Set             record.Stored         // the source's values that the base becomes once confirmed
	Source          record.Fingerprint
	Row             record.Fingerprint // raw row; zero when unknown

	SentAt    time.Time // wall clock at the intent
	AboveCLID int64     // adds: the highest clid seen before sending
	Ground    string    // adds: what the CRM showed before sending, in the words of the Grounds port
	Attempt   int       // 1 for the first
	Solo      bool      // sent alone, or suspected of having killed its batch
	Claimed   bool      // links: the CRM itself named CLID as existing
	Code      string    // class of the last trouble, "" if none
	Text      string    // the CRM's words, redacted
}

// Link is a settled pair.
type Link struct {
	ID        int64 // 0 = new
	UID, Key  string
	CLID      int64
	Title     string
	Base      record.Stored // source side, as last settled
	CRMBase   record.Stored // only the fields where the CRM's text differs from Base
	Pending   record.Stored // offered to the source side and not seen there yet
	Source    record.Fingerprint
	Gone      bool  // tombstone: the client was confirmed gone
	Missing   int64 // the run in which the CRM was first proven not to show the client; 0 = it shows it
	Origin    record.Origin
	SettledAt time.Time
}

// Seen is the narrow memory of one link, enough to know that a record did not change.
type Seen struct {
	Link   int64
	UID    record.Fingerprint // of the folded uid
	Source record.Fingerprint
	Absent int64 // the number of the snapshot (Standing.SnapshotNo) that lacked it first; 0 = it was there
}

// SeenRow says that a raw row with this hash, or one whose mapped cells have
// that hash, yields the settled record of Link.
type SeenRow struct {
	Row   record.Fingerprint
	Cells record.Fingerprint
	Link  int64
}

// Hold is a record that waits for a person.
type Hold struct {
	UID, Key, Title string
	Reason          reconcile.Reason
	CLID            int64 // the CRM record in question; 0 = none
	Origin          record.Origin
	Other           *record.Origin // the twin of a duplicate key
	OtherOwner      string         // job/uid that owns CLID already; match-ambiguous: those that fit it too, or the numbers of all that fit (CLID is 0 then)
	Fields          []HeldField
	Source          record.Fingerprint // of the source record: a changed record is looked at anew
	Sticky          bool               // made from the CRM's answer to an add: never sent again by itself
	Outdated        []int64            // choices (Choice.ID) that were made about other values: they end
}

// HeldField is one field a hold is about, with what each side has.
type HeldField struct {
	Field  string  `json:"field"`
	Base   *string `json:"base,omitempty"`
	Source *string `json:"source,omitempty"`
	CRM    *string `json:"crm,omitempty"`

	Rule   reconcile.Rule `json:"rule,omitempty"`   // that left it to a person; "" = the hold's reason says it all
	Column string         `json:"column,omitempty"` // of the source, where one cannot take the value
	Why    string         `json:"why,omitempty"`    // why it cannot; holds no value
}

// Reject is a row that cannot be a record, or a record that the CRM refuses.
type Reject struct {
	File           string
	Line, LastLine int
	UID, Key       string // "" when not readable
	Title          string // "" when not known
	Column, Field  string
	Code           string // stable code of the problem
	Rule           string
	Value          string // the cell; shown to the operator only, never logged
	Row            record.Fingerprint
	Warning        bool // the record went on; shown beside the rejects
	// Refused: the CRM said no. Not sent again until Source differs.
	Refused bool
	Source  record.Fingerprint
}

// Halt is a guard that stopped the job, kept until someone resumes it.
type Halt struct {
	Guard        string
	Found, Limit int64
	Of           int64 // what Limit is a share of, or what was there before; 0 = does not apply
	Detail       string
}

// Choice is what a person decided with `resolve`.
type Choice struct {
	ID    int64
	UID   string
	Field string      // "" = every field in dispute
	Take  string      // source | crm | link | add | ignore | retry
	Set   *string     // with --set
	CLID  int64       // with link: which client; 0 = the hold's
	Seen  []HeldField // what the hold showed when the choice was made
}
