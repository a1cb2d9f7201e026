package endpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
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
	api  *crmapi.Deals
	m    *mapping.Mapping
	zone *time.Location
	team team

	ahead map[int64][]crmapi.InvoiceObject // by deal: what a plan bills before
}

// NewInvoices returns the CRM side of a job of invoices. m is a part of a mapping
// of deals.
//
// zone is the CRM account's; nil = UTC.
func NewInvoices(clients *crmapi.Client, api *crmapi.Deals, m *mapping.Mapping, zone *time.Location) *Invoices {
	if zone == nil {
		zone = time.UTC
	}
	return &Invoices{api: api, m: m, zone: zone, team: team{api: clients}}
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

// invoicesIn joins the lines of the plan of payments to invoices, by ascending id.
//
// Lines of one deal, number and day are one invoice as long as all but the last
// are paid: a payment of a part leaves exactly one open line behind it, with the
// number and the day of the first. A line after an open one, or of another day,
// begins another invoice of the same number. It sorts the lines.
func invoicesIn(lines []crmapi.InvoiceObject) []invoiceLines {
	type name struct {
		did    int64
		number string
	}
	slices.SortFunc(lines, func(a, b crmapi.InvoiceObject) int { return cmp.Compare(a.ID, b.ID) })
	var out []invoiceLines
	last := map[name]int{}
	for _, line := range lines {
		n := name{line.DID, reconcile.FoldUID(line.Number)}
		if i, ok := last[n]; ok && line.Number != "" {
			before := out[i][len(out[i])-1]
			if before.Paid && before.Date == line.Date {
				out[i] = append(out[i], line)
				continue
			}
		}
		last[n] = len(out)
		out = append(out, invoiceLines{line})
	}
	return out
}

// observed is an invoice with all values.
func (v *Invoices) observed(l invoiceLines) engine.Observed {
	first := l[0]
	fields := map[string]crmapi.Text{
		refDeal: idText(first.DID), refInvoice: some(first.Number), "summa": some(amountText(l.sum())),
		"date": some(first.Date), "date_plan": some(first.Plan), "contract": some(first.Contract), "tip": some(first.Type),
		"nds": some(l.vat()), "rs": idText(first.Account),
	}
	values := v.m.FromFields(fields, nil)
	return engine.Observed{Entry: naturalEntry(v.m, l.id(), values), Title: first.Number, Values: values}
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

// invoiceWith is the invoice that a line of the plan of payments belongs to.
func invoiceWith(ctx context.Context, api *crmapi.Deals, id int64) (invoiceLines, error) {
	line, err := api.Invoice(ctx, id)
	if err != nil {
		return nil, notShown("invoice", id, err)
	}
	lines, err := api.InvoicesOf(ctx, line.DID)
	if err != nil {
		return nil, notShown("deal", line.DID, err)
	}
	for _, l := range invoicesIn(lines) {
		for _, part := range l {
			if part.ID == id {
				return l, nil
			}
		}
	}
	return nil, fmt.Errorf("invoice %d: %w", id, engine.ErrNotVisible) // removed between the two answers
}

// Read implements engine.CRM.
func (v *Invoices) Read(ctx context.Context, id int64) (engine.Observed, error) {
	l, err := invoiceWith(ctx, v.api, id)
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
	switch same := v.numbered(lines, values); len(same) {
	case 0:
		return engine.Observed{}, fmt.Errorf("deal %d: %w", did, engine.ErrNotFound)
	case 1:
		return v.observed(same[0]), nil
	}
	return engine.Observed{}, fmt.Errorf("deal %d has several invoices of this number: %w", did, engine.ErrUnsure)
}

// numbered are the invoices among the lines that have the deal and the number of a
// record's values.
func (v *Invoices) numbered(lines []crmapi.InvoiceObject, values []record.Value) []invoiceLines {
	key := v.m.NaturalKey(values)
	var same []invoiceLines
	for _, l := range invoicesIn(lines) {
		if key != "" && v.observed(l).Entry.Keys.Natural == key {
			same = append(same, l)
		}
	}
	return same
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
	switch same := v.numbered(deal.Invoices, values); len(same) {
	case 0:
	case 1:
		return in, same[0].id(), nil
	default:
		return in, 0, refuse(engine.RefusedTwice, in.Number)
	}
	return in, 0, v.billable(deal, in)
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
