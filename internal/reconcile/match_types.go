package reconcile

// Keys is the evidence by which records of the two sides are recognized as the
// same client, each in canonical form. Empty values prove nothing.
type Keys struct {
	INN, KPP string
	// INNDoubtful: its check digits do not hold. Such a ИНН may disagree with
	// another, but it proves nothing.
	INNDoubtful bool
	Phones      []string
	Mails       []string
	Title       string
	// Party is whose the record is (the client of a deal), as the CRM numbers it. It
	// proves something only of a record that the source names by the CRM's id; no
	// mirror keeps it.
	Party string
	// Natural is what names the record on both sides where the CRM keeps no uid of
	// it (the deal and the number of an invoice): it links.
	Natural string
}

// Entry is one CRM client in the mirror.
type Entry struct {
	CLID  int64
	UID   string // as the CRM stores it; "" = none
	Keys  Keys
	Trash bool
}
