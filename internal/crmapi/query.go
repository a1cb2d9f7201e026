package crmapi

// TrashFilter says which clients list returns with regard to the trash.
type TrashFilter uint8

// The filters. Servers differ in how well they obey.
const (
	TrashAny     TrashFilter = iota // no filter: both
	TrashOnly                       // only clients in the trash
	TrashWithout                    // only clients outside the trash
)

// ListQuery selects a page of clients. The zero value is the first page of all
// clients the login sees, newest clid first.
type ListQuery struct {
	Page   int      // from 0, PageSize rows each; for List alone
	Above  int64    // Clients ends above this clid; 0 = none
	Order  string   // a field of the client, for List alone; "" = "clid"; always descending
	Fields []string // nil = all active ones; clid is always asked for
	// BankInfo asks for the requisites.
	BankInfo bool
	// Bounds of the dates of change and creation, "YYYY-MM-DD" or
	// "YYYY-MM-DD HH:MM:SS" in the account's zone; a day means its midnight.
	// ChangedFrom needs ChangedTo: servers ignore it alone.
	ChangedFrom, ChangedTo string
	CreatedFrom, CreatedTo string
	UserID                 int64  // owner; 0 = all that the login sees
	Word                   string // search in title, des, phone, mail_url, site_url, address
	Trash                  TrashFilter
}

// PageSize is the number of rows of a full page of list.
const PageSize = 200

// ListPage is one page of list.
type ListPage struct {
	Clients []ClientObject // rows that could be read, in the order answered
	// Bad are the rows that could not, ClassUnreadable each.
	Bad   []*Error
	Rows  int // rows of the answer, bad ones too
	Pages int // pages of the selection as the server counts them; 0 = none or not told
}

// FieldCaption is a field that is active in the CRM, and its caption there.
type FieldCaption struct {
	Key, Caption string
}

// GuideEntry is an entry of a dictionary of the CRM.
type GuideEntry struct {
	ID    int64
	Title string
}

// User is a user of the CRM.
type User struct {
	ID     int64
	Login  string
	Title  string // name
	Email  string
	Role   string // only Me tells it; else ""
	Active bool
}

// AddOutcome says what became of one added record.
type AddOutcome uint8

// The outcomes.
const (
	AddCreated  AddOutcome = iota + 1 // AddAnswer.CLID is the new client
	AddExisting                       // AddAnswer.CLID is the client that stands in the way; 0 = not told
	AddRefused                        // not created; AddAnswer.Err says why
	AddUnknown                        // perhaps created; AddAnswer.Err says why this is not known
)

// AddAnswer is the CRM's answer for one added record. It is a claim: the proof
// is the record read back.
type AddAnswer struct {
	Outcome AddOutcome
	CLID    int64
	Err     *Error // nil only for AddCreated; ClassDuplicate for AddExisting
}

// UpdateAnswer is the answer of an update.
type UpdateAnswer struct {
	CLID      int64
	HistoryID int64 // 0 = no main field changed
	Recv      bool  // the server says it wrote the requisites (it always does when some were sent)
	Noop      bool  // nothing was written: all as it was, no requisites sent
}

// DeleteAnswer is the answer of a delete.
type DeleteAnswer struct {
	CLID    int64
	Message string // the server's account of what went with it, tags stripped
}
