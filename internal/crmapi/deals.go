package crmapi

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// DealAPI is one of the CRM's interfaces for deals, invoices and payments.
type DealAPI string

// The interfaces: today's, with the methods deal and invoice, and the old one,
// with the method contract.
const (
	DealsV3 DealAPI = "v3"
	DealsV1 DealAPI = "v1"
)

// FieldAddress is the key of a deal's address.
const FieldAddress = "adres" //nolint:misspell // the API's name

// The actions of deals, as they stand in the path of v3.
const (
	actDealFields     = "deal/fields"
	actDealSteps      = "deal/steplist"
	actDealDirections = "deal/direction"
	actDealTypes      = "deal/type"
	actDealStatuses   = "deal/statusclose"
	actDealList       = "deal/list"
	actDealInfo       = "deal/info"
	actDealAdd        = "deal/add"
	actDealUpdate     = "deal/update"
	actDealStep       = "deal/change.step"
	actDealClose      = "deal/close"
	actDealDelete     = "deal/delete"
)

// DealQuery selects deals. The zero value is every deal that the login sees.
type DealQuery struct {
	Above int64 // only deals above this did; 0 = none
	// ChangedFrom and ChangedTo bound the day of the last change, "YYYY-MM-DD",
	// both included; a time of day is cut off, because the CRM keeps days alone. A
	// deal that nobody changed yet has no such day. ChangedFrom needs ChangedTo.
	ChangedFrom, ChangedTo string
	CLID                   int64 // of this client; 0 = of all
	Invoices               bool  // ask for the invoices too, whose Plan may be missing
}

// InvoiceQuery selects invoices. The zero value is every invoice of every deal
// that the login sees.
type InvoiceQuery struct {
	From, To string // days of creation, both included; "" = no bound
	// PaidFrom and PaidTo bound the day of payment, both included. Payments whose
	// day the server lost (DealTraits.LosesPaidOn) are in no such window.
	PaidFrom, PaidTo string
}

// dealReader reads deals from one of the CRM's interfaces. Its ids and queries
// are checked.
type dealReader interface {
	fields(ctx context.Context) ([]FieldCaption, error)
	guides(ctx context.Context) (DealGuides, error)
	all(ctx context.Context, q DealQuery) iter.Seq2[DealObject, error]
	byDID(ctx context.Context, did int64) (DealObject, error)
	byUID(ctx context.Context, uid string) (DealObject, error)
}

// dealWriter writes deals. What it is given is checked (dealcheck.go); g holds
// the CRM's lists when something refers to one of them.
type dealWriter interface {
	add(ctx context.Context, in *DealInput, g *DealGuides) (did int64, err error)
	update(ctx context.Context, was *DealObject, in *DealInput, g *DealGuides) error
	changeStep(ctx context.Context, did int64, step, reason string) error
	close(ctx context.Context, did int64, in *CloseInput, g *DealGuides) error
	remove(ctx context.Context, did int64) error
}

// invoiceWire reads and writes invoices; what it is given is checked.
type invoiceWire interface {
	invoicesOf(ctx context.Context, did int64) ([]InvoiceObject, error)
	invoices(ctx context.Context, q InvoiceQuery) iter.Seq2[InvoiceObject, error]
	invoice(ctx context.Context, id int64) (InvoiceObject, error)
	addInvoice(ctx context.Context, in *InvoiceInput) (id int64, number string, err error)
	pay(ctx context.Context, in *PaymentInput) error
}

// dealWire is one of the CRM's interfaces.
type dealWire interface {
	dealReader
	dealWriter
	invoiceWire
	newest(ctx context.Context) ([]DealObject, error)
	traits() DealTraits
}

// Deals reads and writes the deals, invoices and payments of one CRM. It may be
// used by several goroutines.
type Deals struct {
	api  DealAPI
	wire dealWire

	mu    sync.Mutex
	known *DealGuides // as read last; nil = not yet
}

// Deals returns the deals as one of the CRM's interfaces serves them; "" is
// DealsV3. Nothing is sent.
func (c *Client) Deals(api DealAPI) *Deals {
	if api == DealsV1 {
		return &Deals{api: api, wire: contractWire(c)}
	}
	return &Deals{api: DealsV3, wire: &dealV3{c: c}}
}

// ProbeDeals finds out which interface serves the deals of this CRM: DealsV3 when
// deal/fields answers as it should, DealsV1 when the CRM says that it knows no
// such method, or says nothing at all where it answers otherwise: so it does about
// scripts that it lacks. Any other answer, and none, is an error: it tells
// nothing.
func (c *Client) ProbeDeals(ctx context.Context) (DealAPI, error) {
	_, err := c.Deals(DealsV3).Fields(ctx)
	switch there, err := c.serves(ctx, err); {
	case err != nil:
		return "", err
	case there:
		return DealsV3, nil
	}
	return DealsV1, nil
}

// serves tells from the error of a first request whether this CRM serves what was
// asked for.
func (c *Client) serves(ctx context.Context, err error) (bool, error) {
	var e *Error
	switch {
	case err == nil:
		return true, nil
	case !errors.As(err, &e):
		return false, err
	case e.Code == 402 || e.Code == 404 || e.HTTPStatus == 404:
		return false, nil
	case e.Class == ClassProtocol && errors.Is(err, ErrEmpty):
		_, err := c.Fields(ctx)
		return false, err
	}
	return false, err
}

// API returns the interface that is asked.
func (d *Deals) API() DealAPI { return d.api }

// Traits tells what the interface cannot do.
func (d *Deals) Traits() DealTraits { return d.wire.traits() }

// Fields returns the fields of deals that are active in the CRM. Others are
// dropped on every write.
func (d *Deals) Fields(ctx context.Context) ([]FieldCaption, error) { return d.wire.fields(ctx) }

// Guides reads the CRM's lists that deals refer to.
func (d *Deals) Guides(ctx context.Context) (DealGuides, error) {
	g, err := d.wire.guides(ctx)
	if err != nil {
		return DealGuides{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known = &g
	return g, nil
}

// All returns the deals of q, each did once, newest did first but for
// stragglers: every deal that q selected from the first request to the last is
// returned, or the sequence ends with an error (ErrUnsteady when deals vanish
// faster than they can be read). Lines are not known.
//
// An error of ClassUnreadable concerns one record (the object then carries at
// most its did), and the sequence goes on; any other is the last, and means that
// what was returned proves nothing about what is missing.
func (d *Deals) All(ctx context.Context, q DealQuery) iter.Seq2[DealObject, error] {
	if err := checkDealQuery(&q); err != nil {
		return func(yield func(DealObject, error) bool) { yield(DealObject{}, refusal(actDealList, err)) }
	}
	return d.wire.all(ctx, q)
}

// ByDID returns all that the interface tells of a deal, its lines and invoices
// too. ClassInvisible: not there, or not visible to the login.
func (d *Deals) ByDID(ctx context.Context, did int64) (DealObject, error) {
	if did <= 0 {
		return DealObject{}, refusal(actDealInfo, errNoDID)
	}
	return d.wire.byDID(ctx, did)
}

// ByUID is ByDID for a deal with this uid as the CRM compares it: without case,
// cut at MaxUID. uids are not unique there; of several, one is answered. The
// caller compares UID itself. ClassNotFound: none that the login sees.
func (d *Deals) ByUID(ctx context.Context, uid string) (DealObject, error) {
	if err := checkUID(uid); err != nil {
		return DealObject{}, refusal(actDealInfo, err)
	}
	return d.wire.byUID(ctx, uid)
}

// Newest returns the deals with the highest dids, newest first: at least 100 of
// them if there are so many. Records that cannot be read are left out.
func (d *Deals) Newest(ctx context.Context) ([]DealObject, error) { return d.wire.newest(ctx) }

// Add creates a deal and returns its did. Titles of stages, directions and types
// must be the CRM's own: ClassRefused with ErrNoSuchTitle otherwise. The CRM may
// put a prefix before the title, and looks for no deal that is there already: an
// error that is in doubt must be cleared up by ByUID and Newest before anything
// is added again.
func (d *Deals) Add(ctx context.Context, in DealInput) (did int64, err error) {
	if err := checkDealInput(&in, true); err != nil {
		return 0, refusal(actDealAdd, err)
	}
	in = in.asKept()
	g, err := d.guidesFor(ctx, actDealAdd, &in, "")
	if err != nil {
		return 0, err
	}
	return d.wire.add(ctx, &in, g)
}

// Update writes what in sets to the deal that was, and nothing else: what the
// server would spoil is sent along as it was. The stage and the closing have
// calls of their own. UID only fills an empty one. Sends nothing when in sets
// nothing. A specification that the interface cannot write is refused.
//
// What no answer tells cannot be sent along: v3 takes the contact off a deal unless
// was.Person has it from elsewhere, and all contacts unless was.Contacts, of ByDID and
// ByUID, has them. It makes the client the payer of a deal without
// one, when the client changes, and counts the sums of a deal with a specification
// anew.
func (d *Deals) Update(ctx context.Context, was DealObject, in DealInput) error {
	if was.DID <= 0 {
		return refusal(actDealUpdate, errNoDID)
	}
	if err := checkDealInput(&in, false); err != nil {
		return refusal(actDealUpdate, err)
	}
	if in.SetLines && d.Traits().FixedLines {
		return refusal(actDealUpdate, errFixedLines)
	}
	if was.UID != "" {
		in.UID = ""
	}
	if in.Empty() {
		return nil
	}
	in = in.asKept()
	g, err := d.guidesFor(ctx, actDealUpdate, &in, "")
	if err != nil {
		return err
	}
	return d.wire.update(ctx, &was, &in, g)
}

// ChangeStep moves a deal to the stage with this number ("40"); reason may be "".
// A deal that is there already stays, without an error.
func (d *Deals) ChangeStep(ctx context.Context, did int64, step, reason string) error {
	if did <= 0 {
		return refusal(actDealStep, errNoDID)
	}
	in := DealInput{Fields: []FieldInput{{Key: "step", Text: step}}}
	if _, err := d.guidesFor(ctx, actDealStep, &in, ""); err != nil {
		return err
	}
	return d.wire.changeStep(ctx, did, in.Fields[0].Text, reason)
}

// Close closes an open deal. A status that is none of the CRM's is refused here
// (ErrNoSuchTitle): the server would close the deal without one. Refused by the
// CRM with code 407: the deal is closed.
func (d *Deals) Close(ctx context.Context, did int64, in CloseInput) error {
	if did <= 0 {
		return refusal(actDealClose, errNoDID)
	}
	if err := checkClose(&in); err != nil {
		return refusal(actDealClose, err)
	}
	in.Fact, in.Margin = twoPlaces(in.Fact), twoPlaces(in.Margin)
	g, err := d.guidesFor(ctx, actDealClose, &DealInput{}, in.Status)
	if err != nil {
		return err
	}
	return d.wire.close(ctx, did, &in, g)
}

// Delete removes a deal for good. ClassHasDeals: refused because of its invoices.
// ClassInvisible: not there, or not visible to the login.
func (d *Deals) Delete(ctx context.Context, did int64) error {
	if did <= 0 {
		return refusal(actDealDelete, errNoDID)
	}
	return d.wire.remove(ctx, did)
}

// InvoicesOf returns the plan of payments of a deal, in the order of the ids.
// ClassInvisible: no such deal that the login sees.
func (d *Deals) InvoicesOf(ctx context.Context, did int64) ([]InvoiceObject, error) {
	if did <= 0 {
		return nil, refusal(actInvoiceList, errNoDID)
	}
	return d.wire.invoicesOf(ctx, did)
}

// Invoices returns the invoices of q, each id once, in no order. Errors are those
// of All; one of ClassUnreadable concerns one deal, or one invoice, of which the
// object carries what is known: DID, ID, both, or none.
func (d *Deals) Invoices(ctx context.Context, q InvoiceQuery) iter.Seq2[InvoiceObject, error] {
	if err := checkInvoiceQuery(&q); err != nil {
		return func(yield func(InvoiceObject, error) bool) { yield(InvoiceObject{}, refusal(actInvoiceList, err)) }
	}
	return d.wire.invoices(ctx, q)
}

// Invoice returns one line of the plan of payments. ClassNotFound: there is none
// with this id.
func (d *Deals) Invoice(ctx context.Context, id int64) (InvoiceObject, error) {
	if id <= 0 {
		return InvoiceObject{}, refusal(actInvoiceInfo, errNoInvoiceID)
	}
	return d.wire.invoice(ctx, id)
}

// AddInvoice adds an invoice and returns its id, and its number as the CRM
// keeps it. The CRM compares neither the number with others nor the sum with
// what is left of the deal, and adds again what is added again: an error that is
// in doubt must be cleared up by InvoicesOf.
func (d *Deals) AddInvoice(ctx context.Context, in InvoiceInput) (id int64, number string, err error) {
	if err := checkInvoiceInput(&in); err != nil {
		return 0, "", refusal(actInvoiceAdd, err)
	}
	return d.wire.addInvoice(ctx, &in)
}

// Pay marks an open line of the plan of payments as paid, all of it or a part,
// with exactly one request that can move money. The CRM takes a line that is
// paid already, and more than the line holds: the caller has just read that
// neither is so. An error that is in doubt is never sent again.
func (d *Deals) Pay(ctx context.Context, in PaymentInput) error {
	if err := checkPayment(&in); err != nil {
		return refusal(actInvoiceDo, err)
	}
	return d.wire.pay(ctx, &in)
}

// Payable is the error with which Pay would refuse a payment that it does not send:
// of a part over v1, which finds the line by its number too (ErrSameNumber,
// ClassNotFound). Nothing is written.
func (d *Deals) Payable(ctx context.Context, in PaymentInput) error {
	if err := checkPayment(&in); err != nil {
		return refusal(actInvoiceDo, err)
	}
	if v, ok := d.wire.(*contractV1); ok && !in.Whole {
		return v.alone(ctx, &in)
	}
	return nil
}
