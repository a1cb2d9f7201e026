package crmapi

// DealObject is a deal as the CRM shows it, whichever of its APIs was asked: ids
// are numbers, references to the CRM's lists carry titles, sums are decimal texts
// with a point ("1234.50"), days are "YYYY-MM-DD", sentinels and zero days are
// unset.
type DealObject struct {
	DID int64
	UID string // "" = never set
	// CLID is the client, Payer who pays; 0 = none.
	CLID, Payer int64
	Person      int64 // the deal's contact; 0 = none
	// Contacts are the contacts that the card of v3 shows: those that take part in the
	// deal, or else the client's main one. Of a client without a main one it shows none.
	Contacts []int64
	UserID   int64 // owner; 0 = nobody
	User     string
	Created  string // day
	Edited   string // day; "" until the first edit

	// Fields holds every other field by its API key: title, datum_plan,
	// datum_start, datum_end, content, FieldAddress, kol, marga, mcid, dog_num,
	// direction, tip (titles), step (the stage's number as text, "40"), input1….
	// A key that no answer told is missing.
	Fields map[string]Text

	Closed   bool
	Status   string // title of the status it was closed with; "" = none
	ClosedOn string
	Fact     string // kol_fact
	FactText string // des_fact

	// Lines and Invoices say nothing unless they are known.
	Lines         []DealLine
	LinesKnown    bool
	Invoices      []InvoiceObject
	InvoicesKnown bool
}

// DealLine is a line of a deal's specification (speka). Numbers are decimal texts;
// "" = not told, or not to be sent.
type DealLine struct {
	Article  string // artikul
	Title    string
	Unit     string // edizm
	Quantity string // kol
	Factor   string // dop; "" is sent as 1
	Price    string
	PriceIn  string // price_in
	VAT      string // nds, per cent
}

// DealInput is the content of an add or an update of a deal. Only what is set is
// sent; of an update the fields that the server would spoil when they are missing
// are filled in from what the deal held.
type DealInput struct {
	UID         string
	CLID, Payer int64
	User        string // owner's login, for add
	UserID      int64  // owner's id, for update
	Fields      []FieldInput
	Lines       []DealLine
	SetLines    bool // Lines replaces the specification, or empties it
}

// CloseInput closes a deal. Status is a title of the CRM's list.
type CloseInput struct {
	Status, Fact, Margin, Text string // Fact, Margin: "" = the deal's own sums
}

// InvoiceObject is a line of the CRM's plan of payments: an invoice, or, with the
// same Number, what was left of it after a payment of a part.
type InvoiceObject struct {
	ID        int64 // crid
	DID, CLID int64
	Number    string // need not be unique
	Date      string // day
	Plan      string // day; "" = none
	Sum, VAT  string // decimal texts
	Paid      bool
	PaidOn    string // day; "" = not paid, or the server lost it
	Contract  string
	Type      string
	Account   int64
}

// InvoiceInput is an invoice to add. Number must be set: the CRM would make one up.
type InvoiceInput struct {
	DID                      int64
	Number                   string
	Date, Plan               string // days; "" = the server's default
	Sum, VAT, Contract, Type string // "" = not sent
	Account                  int64  // 0 = not sent
}

// PaymentInput pays an open line of the plan of payments: all of it, or a part,
// which leaves the rest as another line of the same number.
type PaymentInput struct {
	ID     int64  // the line
	Number string // its number
	Sum    string // decimal; at most the line's own, which the caller has read
	Whole  bool   // Sum is all of the line
	On     string // day
}

// DealGuides are the CRM's lists that deals refer to.
type DealGuides struct {
	Steps      []Stage
	Directions []GuideEntry
	Types      []GuideEntry
	Statuses   []GuideEntry // of closing
}

// Stage is a stage of a deal.
type Stage struct {
	ID      int64  // 0: v1 does not tell
	Title   string // the number: "40"
	Content string // its name
}

// DealTraits tells what the deal API of a server cannot do.
type DealTraits struct {
	// FixedLines: an update does not write the specification.
	FixedLines bool
	// LosesPaidOn: the date of a payment is not kept.
	LosesPaidOn bool
	// InvoiceNeedsLines: an invoice for a deal without specification kills the
	// request before anything is written.
	InvoiceNeedsLines bool
	// DropsPerson: an update takes off the deal the contacts that no answer tells: the
	// one of a deal that is a contact's, and all where the client has no main one.
	DropsPerson bool
	// HidesUnits: a specification that was read lacks the units of its lines, so
	// that they cannot be compared.
	HidesUnits bool
	// NoUpdate: an update kills the request before anything is written; so does an
	// add with a specification, and one without is carried out, but not answered.
	// FixedLines is true, too.
	NoUpdate bool
}

// PersonObject is a contact.
type PersonObject struct {
	PID, CLID int64
	UserID    int64  // owner; 0 = nobody
	User      string // the owner's login
	Created   string // "YYYY-MM-DD HH:MM:SS"
	Edited    string // the same; "" until the first edit
	// Fields holds person (the name), ptitle, tel, fax, mob, mail, rol,
	// input1…; a key that the answer lacked is missing.
	Fields map[string]Text
}

// PersonInput is the content of an add or an update of a contact. An update sends
// every field that the contact has: the server empties what is missing.
type PersonInput struct {
	CLID   int64        // of an update 0 keeps the client
	User   string       // owner's login; "": the own one for add, the one it has for update
	Fields []FieldInput // Text only
}
