package emulator

import (
	"cmp"
	"slices"
)

// invoiceRow is a line of the server's table of invoices, which is its plan of
// payments too: an invoice paid in parts has several lines of one number.
type invoiceRow struct {
	ID       int64   `json:"crid"`
	DID      int64   `json:"did,omitempty"`
	CLID     int64   `json:"clid,omitempty"`
	Person   int64   `json:"pid,omitempty"`
	At       string  `json:"datum"`
	Plan     *string `json:"datum_credit,omitempty"`
	Sum      money   `json:"summa_credit,omitempty"`
	VAT      money   `json:"nds_credit,omitempty"`
	Owner    int64   `json:"iduser,omitempty"`
	DealHead int64   `json:"idowner,omitempty"`
	Do       string  `json:"do"` // "on": paid
	Number   *string `json:"invoice,omitempty"`
	Contract *string `json:"invoice_chek,omitempty"`
	PaidOn   *string `json:"invoice_date,omitempty"`
	Account  int64   `json:"rs,omitempty"`
	Type     *string `json:"tip,omitempty"`
	Root     int64   `json:"root"`   // the line that was the invoice; not a column of the server
	Billed   money   `json:"billed"` // of the root, when it was added
	ViaAPI   bool    `json:"via_api,omitempty"`
}

func (i *invoiceRow) paid() bool { return i.Do == "on" }

// paymentRow is money that was told to have come in. The server adds it to the
// balance of an account.
type paymentRow struct {
	Invoice int64  `json:"crid"`
	Root    int64  `json:"root"`
	DID     int64  `json:"did,omitempty"`
	Number  string `json:"invoice,omitempty"`
	Sum     money  `json:"sum"`
	On      string `json:"on,omitempty"`
	Account int64  `json:"rs,omitempty"`
	Again   bool   `json:"again,omitempty"` // the line was paid already
	ViaAPI  bool   `json:"via_api,omitempty"`
}

// personRow is a line of the server's table of contacts.
type personRow struct {
	PID     int64      `json:"pid"`
	CLID    int64      `json:"clid,omitempty"`
	Text    personText `json:"text"`
	Owner   int64      `json:"iduser,omitempty"`
	Path    int64      `json:"clientpath,omitempty"`
	Loyalty int64      `json:"loyalty,omitempty"`
	Created string     `json:"date_create"`
	Edited  *string    `json:"date_edit,omitempty"`
	Creator int64      `json:"creator,omitempty"`
	ViaAPI  bool       `json:"via_api,omitempty"`
}

// personText holds the text columns of a contact by name; a missing one is NULL.
// It is not changed in place.
type personText map[string]string

func (t personText) get(name string) *string {
	if v, ok := t[name]; ok {
		return &v
	}
	return nil
}

// ledger holds deals, invoices, payments and contacts. Stored rows are not
// changed: changed copies take their place.
type ledger struct {
	deals    []*dealRow // ascending by did, as are the others by their ids
	invoices []*invoiceRow
	payments []paymentRow
	persons  []*personRow

	byDealUID idIndex       // dids
	byNumber  idIndex       // crids
	dealsOf   map[int64]int // deals per clid

	nextDeal, nextLine, nextInvoice, nextPerson int64

	dealNumber, invoiceNumber int64 // counters of generated titles and numbers
}

// idIndex finds rows by a text as the database compares it; ids ascend.
type idIndex map[string][]int64

func (x idIndex) add(value *string, id int64) {
	if value == nil {
		return
	}
	key := foldKey(*value)
	if at, found := slices.BinarySearch(x[key], id); !found {
		x[key] = slices.Insert(x[key], at, id)
	}
}

func (x idIndex) drop(value *string, id int64) {
	if value == nil {
		return
	}
	key := foldKey(*value)
	if at, found := slices.BinarySearch(x[key], id); found {
		x[key] = slices.Delete(x[key], at, at+1)
	}
	if len(x[key]) == 0 {
		delete(x, key)
	}
}

func newLedger() ledger {
	return ledger{
		byDealUID: idIndex{}, byNumber: idIndex{}, dealsOf: map[int64]int{},
		nextDeal: 1, nextLine: 1, nextInvoice: 1, nextPerson: 1, dealNumber: 1, invoiceNumber: 2,
	}
}

func (l *ledger) deal(did int64) *dealRow {
	at, ok := slices.BinarySearchFunc(l.deals, did, func(d *dealRow, id int64) int { return cmp.Compare(d.DID, id) })
	if !ok {
		return nil
	}
	return l.deals[at]
}

// dealByUID is the first deal that carries a uid, as the database compares.
func (l *ledger) dealByUID(uid string) *dealRow {
	dids := l.byDealUID[foldKey(uid)]
	if len(dids) == 0 {
		return nil
	}
	return l.deal(dids[0])
}

// putDeal stores a new deal, or a changed copy of one that is there.
func (l *ledger) putDeal(d *dealRow) {
	if d.DID == 0 {
		d.DID = l.nextDeal
	}
	l.nextDeal = max(l.nextDeal, d.DID+1)
	for i := range d.Lines {
		if d.Lines[i].ID == 0 {
			d.Lines[i].ID = l.nextLine
		}
		l.nextLine = max(l.nextLine, d.Lines[i].ID+1)
	}
	at, found := slices.BinarySearchFunc(l.deals, d.DID, func(d *dealRow, id int64) int { return cmp.Compare(d.DID, id) })
	if found {
		l.unindexDeal(l.deals[at])
		l.deals[at] = d
	} else {
		l.deals = slices.Insert(l.deals, at, d)
	}
	l.byDealUID.add(d.UID, d.DID)
	l.dealsOf[d.CLID]++
}

func (l *ledger) unindexDeal(d *dealRow) {
	l.byDealUID.drop(d.UID, d.DID)
	l.dealsOf[d.CLID]--
}

func (l *ledger) removeDeal(did int64) {
	if d := l.deal(did); d != nil {
		l.unindexDeal(d)
	}
	l.deals = slices.DeleteFunc(l.deals, func(d *dealRow) bool { return d.DID == did })
}

func (l *ledger) hasDeals(clid int64) bool { return l.dealsOf[clid] > 0 }

func (l *ledger) invoice(id int64) *invoiceRow {
	at, ok := slices.BinarySearchFunc(l.invoices, id, func(r *invoiceRow, id int64) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return nil
	}
	return l.invoices[at]
}

func (l *ledger) putInvoice(r *invoiceRow) {
	if r.ID == 0 {
		r.ID = l.nextInvoice
	}
	l.nextInvoice = max(l.nextInvoice, r.ID+1)
	if r.Root == 0 {
		r.Root, r.Billed = r.ID, r.Sum
	}
	at, found := slices.BinarySearchFunc(l.invoices, r.ID, func(r *invoiceRow, id int64) int { return cmp.Compare(r.ID, id) })
	if found {
		l.byNumber.drop(l.invoices[at].Number, r.ID)
		l.invoices[at] = r
	} else {
		l.invoices = slices.Insert(l.invoices, at, r)
	}
	l.byNumber.add(r.Number, r.ID)
}

func (l *ledger) removeInvoice(id int64) {
	if r := l.invoice(id); r != nil {
		l.byNumber.drop(r.Number, id)
	}
	l.invoices = slices.DeleteFunc(l.invoices, func(r *invoiceRow) bool { return r.ID == id })
}

// invoicesOf are the invoices of a deal.
func (l *ledger) invoicesOf(did int64) []*invoiceRow {
	var list []*invoiceRow
	for _, r := range l.invoices {
		if r.DID == did {
			list = append(list, r)
		}
	}
	return list
}

// numbered is the first invoice that carries a number, as the database compares.
func (l *ledger) numbered(number string) *invoiceRow {
	ids := l.byNumber[foldKey(number)]
	if len(ids) == 0 {
		return nil
	}
	return l.invoice(ids[0])
}

func (l *ledger) person(pid int64) *personRow {
	at, ok := slices.BinarySearchFunc(l.persons, pid, func(r *personRow, id int64) int { return cmp.Compare(r.PID, id) })
	if !ok {
		return nil
	}
	return l.persons[at]
}

func (l *ledger) putPerson(r *personRow) {
	if r.PID == 0 {
		r.PID = l.nextPerson
	}
	l.nextPerson = max(l.nextPerson, r.PID+1)
	at, found := slices.BinarySearchFunc(l.persons, r.PID, func(r *personRow, id int64) int { return cmp.Compare(r.PID, id) })
	if found {
		l.persons[at] = r
		return
	}
	l.persons = slices.Insert(l.persons, at, r)
}

func (l *ledger) removePerson(pid int64) {
	l.persons = slices.DeleteFunc(l.persons, func(r *personRow) bool { return r.PID == pid })
}

// detach takes the contacts off a client that goes, and tells how many.
func (l *ledger) detach(clid int64) int {
	n := 0
	for i, r := range l.persons {
		if r.CLID == clid {
			next := *r
			next.CLID = 0
			l.persons[i] = &next
			n++
		}
	}
	return n
}

// pay marks a line of the plan of payments as paid and writes the money down.
func (l *ledger) pay(r *invoiceRow, sum money, on *string, viaAPI bool) (paid *invoiceRow) {
	next := *r
	next.Do, next.Sum = "on", sum
	if on != nil {
		next.PaidOn = on
	}
	l.putInvoice(&next)
	p := paymentRow{Invoice: r.ID, Root: r.Root, DID: r.DID, Sum: sum, Account: r.Account, Again: r.paid(), ViaAPI: viaAPI}
	if r.Number != nil {
		p.Number = *r.Number
	}
	if on != nil {
		p.On = *on
	}
	l.payments = append(slices.Clip(l.payments), p)
	return &next
}

// split adds what a payment left of an invoice as a line of its own.
func (l *ledger) split(r, rest *invoiceRow) {
	rest.Root = r.Root
	l.putInvoice(rest)
}

// moveBooks gives what belongs to one client to another.
func (l *ledger) moveBooks(from, to int64) {
	for _, d := range slices.Clone(l.deals) {
		if d.CLID != from && d.Payer != from {
			continue
		}
		next := *d
		if next.CLID == from {
			next.CLID = to
		}
		if next.Payer == from {
			next.Payer = to
		}
		l.putDeal(&next)
	}
	for i, r := range l.invoices {
		if r.CLID == from {
			next := *r
			next.CLID = to
			l.invoices[i] = &next
		}
	}
	for i, r := range l.persons {
		if r.CLID == from {
			next := *r
			next.CLID = to
			l.persons[i] = &next
		}
	}
}
