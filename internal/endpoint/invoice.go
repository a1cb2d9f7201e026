package endpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Invoices is the invoices of the CRM's deals through a mapping. It implements
// engine.CRM and engine.Writer. It is used by one run at a time.
//
// The CRM keeps a plan of payments: an invoice is a line of it, and when a part of
// it was paid, several. Here an invoice is its lines together; its id is that of
// the first, its sum is theirs.
type Invoices struct {
	api    *crmapi.Deals
	m      *mapping.Mapping
	billed Billed
	zone   *time.Location
	team   team

	ahead map[int64][]crmapi.InvoiceObject // by deal: what a plan bills before
}

// NewInvoices returns the CRM side of a job of invoices. m is a part of a mapping
// of deals; billed tells of the invoices that are linked, nil = of none.
//
// zone is the CRM account's; nil = UTC.
func NewInvoices(clients *crmapi.Client, api *crmapi.Deals, m *mapping.Mapping, billed Billed, zone *time.Location) *Invoices {
	if zone == nil {
		zone = time.UTC
	}
	return &Invoices{api: api, m: m, billed: billed, zone: zone, team: team{api: clients}}
}

// NaturalKeys gives the match keys of a source record of invoices, payments or
// contacts, for engine.Config.
func NaturalKeys(m *mapping.Mapping) func([]record.Value) reconcile.Keys {
	return func(values []record.Value) reconcile.Keys { return reconcile.Keys{Natural: m.NaturalKey(values)} }
}

// invoiceLines are the lines of one invoice, by ascending id; never empty.
type invoiceLines []crmapi.InvoiceObject

// id is the invoice's.
func (l invoiceLines) id() int64 { return l[0].ID }

// sum is what was billed.
func (l invoiceLines) sum() *big.Rat {
	all := new(big.Rat)
	for _, line := range l {
		all.Add(all, sumOf(line.Sum))
	}
	return all
}

// observed is an invoice with all values that are sure. Which lines are its own tells
// the sum; all else stands in the first.
func (v *Invoices) observed(l bill) engine.Observed {
	first := l.invoiceLines[0]
	fields := map[string]crmapi.Text{
		refDeal: idText(first.DID), refInvoice: some(first.Number), fieldSum: some(amountText(l.sum())),
		"date": some(first.Date), "date_plan": some(first.Plan), "contract": some(first.Contract), "tip": some(first.Type),
		"nds": some(l.vat()), "rs": idText(first.Account),
	}
	if l.rivals != nil {
		delete(fields, fieldSum)
		delete(fields, "nds")
	}
	values := v.m.FromFields(fields, nil)
	return engine.Observed{
		Entry: naturalEntry(v.m, l.id(), values), Title: first.Number, Values: values, Rivals: l.rivals, Unplaced: l.rivals != nil,
	}
}

// vat is the tax of the lines that tell one; "" when none does.
func (l invoiceLines) vat() string {
	all, told := new(big.Rat), false
	for _, line := range l {
		if a, ok := amountOf(line.VAT); ok {
			all.Add(all, a)
			told = true
		}
	}
	if !told {
		return ""
	}
	return amountText(all)
}

// Read implements engine.CRM.
func (v *Invoices) Read(ctx context.Context, id int64) (engine.Observed, error) {
	l, err := invoiceWith(ctx, v.api, v.billed, id)
	if err != nil {
		return engine.Observed{}, err
	}
	if l.id() != id { // what a payment left of an invoice is none of its own
		return engine.Observed{}, fmt.Errorf("invoice %d: %w", id, engine.ErrNotVisible)
	}
	return v.observed(l), nil
}

// Find implements engine.CRM: by deal and number. Several invoices of one number
// in the deal are nobody's for sure.
func (v *Invoices) Find(ctx context.Context, s engine.Sought) (engine.Observed, error) {
	values := record.Restore(v.m.Schema(), s.Set, v.m.CanonSource)
	did := idIn(v.m.Schema(), values, refDeal)
	if did == 0 {
		return engine.Observed{}, fmt.Errorf("an invoice of no deal: %w", engine.ErrNotFound)
	}
	lines, err := v.api.InvoicesOf(ctx, did)
	switch {
	case isNotShown(err):
		return engine.Observed{}, fmt.Errorf("deal %d: %w", did, engine.ErrNotFound)
	case isClass(err, crmapi.ClassUnreadable):
		return engine.Observed{}, fmt.Errorf("deal %d: %w", did, engine.ErrUnreadable)
	case err != nil:
		return engine.Observed{}, err
	}
	same, err := v.numbered(ctx, lines, values)
	switch {
	case err != nil:
		return engine.Observed{}, err
	case len(same) == 0:
		return engine.Observed{}, fmt.Errorf("deal %d: %w", did, engine.ErrNotFound)
	case len(same) == 1 && same[0].rivals == nil:
		return v.observed(same[0]), nil
	}
	return engine.Observed{}, fmt.Errorf("deal %d has several invoices of this number: %w", did, engine.ErrUnsure)
}

// numbered are the invoices among the lines that have the deal and the number of a
// record's values.
func (v *Invoices) numbered(ctx context.Context, lines []crmapi.InvoiceObject, values []record.Value) ([]bill, error) {
	all, err := billsOf(ctx, v.billed, lines)
	key := v.m.NaturalKey(values)
	var same []bill
	for _, l := range all {
		if key != "" && v.observed(l).Entry.Keys.Natural == key {
			same = append(same, l)
		}
	}
	return same, err
}

// Newest implements engine.CRM. The CRM sorts its plan of payments by dates, and
// people date back: all of it is read.
func (v *Invoices) Newest(ctx context.Context) ([]engine.Observed, error) {
	return newestOf(func(yield func(engine.Observed) error) error {
		return v.Scan(ctx, engine.ScanQuery{Values: true}, yield)
	})
}

// newestOf is the first page of a scan.
func newestOf(scan func(yield func(engine.Observed) error) error) ([]engine.Observed, error) {
	var out []engine.Observed
	err := scan(func(o engine.Observed) error {
		if len(out) == crmapi.PageSize {
			return errFullPage
		}
		out = append(out, o)
		return nil
	})
	var partly *engine.UnreadError
	if errors.Is(err, errFullPage) || errors.As(err, &partly) {
		err = nil
	}
	return out, err
}

var errFullPage = errors.New("the page is full")

// SeesAll implements engine.CRM, by the login's role.
func (v *Invoices) SeesAll(ctx context.Context) (bool, error) { return v.team.seesAll(ctx) }

// Add implements engine.Writer. The CRM bills twice what is sent twice, and more
// than there is: the plan of payments of the deal is read before.
func (v *Invoices) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	v.ahead = nil // what was planned is done, or not
	return addEach(ctx, ops, v.add)
}

func (v *Invoices) add(ctx context.Context, op *engine.Op) (engine.AddAnswer, *engine.WriteError) {
	in, there, refused := v.addable(ctx, op)
	if refused != nil || there != 0 {
		return engine.AddAnswer{CLID: there, Existing: there != 0}, refused
	}
	id, _, err := v.api.AddInvoice(ctx, in)
	if err != nil {
		return engine.AddAnswer{}, fateOf(err)
	}
	return engine.AddAnswer{CLID: id}, nil
}

// Foresee implements engine.Foreseer.
func (v *Invoices) Foresee(ctx context.Context, op *engine.Op) (engine.AddAnswer, error) {
	if op.Kind != engine.OpAdd {
		return engine.AddAnswer{}, nil
	}
	in, there, refused := v.addable(ctx, op)
	if refused == nil && there == 0 {
		if v.ahead == nil {
			v.ahead = map[int64][]crmapi.InvoiceObject{}
		}
		before := v.ahead[in.DID]
		v.ahead[in.DID] = append(before, crmapi.InvoiceObject{
			ID: -int64(len(before)) - 1, DID: in.DID, Number: in.Number, Date: in.Date, Sum: in.Sum,
		})
	}
	return foreseen(engine.AddAnswer{CLID: there, Existing: there != 0}, refused)
}

// addable is what an add sends, or the invoice that is there already (below 0: one
// that a plan adds before), or why it is refused.
func (v *Invoices) addable(ctx context.Context, op *engine.Op) (in crmapi.InvoiceInput, there int64, refused *engine.WriteError) {
	schema := v.m.Schema()
	values := record.Restore(schema, op.Set, v.m.CanonSource)
	in = crmapi.InvoiceInput{
		DID: idIn(schema, values, refDeal), Number: textIn(schema, values, refInvoice),
		Date: textIn(schema, values, "date"), Plan: textIn(schema, values, "date_plan"), Sum: textIn(schema, values, "summa"),
		VAT: textIn(schema, values, "nds"), Contract: textIn(schema, values, "contract"), Type: textIn(schema, values, "tip"),
		Account: idIn(schema, values, "rs"),
	}
	if sum, ok := amountOf(in.Sum); in.Number == "" || !ok || sum.Sign() <= 0 {
		return in, 0, refuse(refusedNotSent, "invoice, summa")
	}
	if w := cmp.Or(unfitSum("summa", in.Sum, true), unfitSum("nds", in.VAT, false)); w != nil {
		return in, 0, w
	}
	deal, w := v.deal(ctx, in.DID)
	if w != nil {
		return in, 0, w
	}
	deal.Invoices = append(deal.Invoices, v.ahead[in.DID]...)
	same, err := v.numbered(ctx, deal.Invoices, values)
	switch {
	case err != nil:
		return in, 0, notSent(err)
	case len(same) == 0:
		return in, 0, v.billable(deal, in)
	case len(same) == 1 && same[0].rivals == nil:
		return in, same[0].id(), nil
	}
	ids := make([]int64, len(same))
	for i, l := range same {
		ids[i] = l.id()
	}
	return in, 0, refuse(engine.RefusedTwice, severalOf(in.Number, "crid", ids))
}

// deal reads the deal that is to be billed, with its plan of payments.
func (v *Invoices) deal(ctx context.Context, did int64) (*crmapi.DealObject, *engine.WriteError) {
	if did == 0 {
		return nil, refuse(engine.RefusedNoDeal, "")
	}
	deal, err := v.api.ByDID(ctx, did)
	if err == nil && !deal.InvoicesKnown {
		deal.Invoices, err = v.api.InvoicesOf(ctx, did)
	}
	switch {
	case isNotShown(err):
		return nil, refuse(engine.RefusedNoDeal, strconv.FormatInt(did, 10))
	case isClass(err, crmapi.ClassUnreadable):
		return nil, refuse(engine.RefusedUnread, fmt.Sprint("deal ", did))
	case err != nil:
		return nil, notSent(err)
	}
	return &deal, nil
}

// billable refuses what the deal cannot be billed.
func (v *Invoices) billable(deal *crmapi.DealObject, in crmapi.InvoiceInput) *engine.WriteError {
	total := new(big.Rat)
	for _, line := range deal.Lines {
		sum := new(big.Rat).Mul(sumOf(line.Price), sumOf(line.Quantity))
		if factor, ok := amountOf(line.Factor); ok {
			sum.Mul(sum, factor)
		}
		total.Add(total, sum)
	}
	if v.api.Traits().InvoiceNeedsLines && deal.LinesKnown && total.Sign() == 0 {
		return refuse(engine.RefusedLineless, strconv.FormatInt(deal.DID, 10))
	}
	left, known := amountOf(deal.Fields["kol"].S)
	if !known {
		return nil // the sum of deals is switched off: the CRM judges
	}
	for _, line := range deal.Invoices {
		left = new(big.Rat).Sub(left, sumOf(line.Sum))
	}
	if sumOf(in.Sum).Cmp(left) > 0 {
		return refuse(engine.RefusedInvoice, in.Sum+" > "+amountText(left))
	}
	return nil
}

// Update implements engine.Writer: the API changes no invoice.
func (v *Invoices) Update(_ context.Context, op *engine.Op) error { return unchangeable(op) }

// Delete implements engine.Writer: the API removes no invoice.
func (v *Invoices) Delete(context.Context, int64) error { return refuse(RefusedUnchangeable, "") }
