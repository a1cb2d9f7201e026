package endpoint

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// Taken tells which of these paid lines are linked to a record already.
type Taken func(ctx context.Context, ids []int64) (map[int64]bool, error)

// Holders is the part of engine.Ledger that tells who is linked to what.
type Holders interface {
	Holders(ctx context.Context, clids []int64) (map[int64]engine.Holder, error)
}

// TakenIn is Taken of a job's links.
func TakenIn(l Holders) Taken {
	return func(ctx context.Context, ids []int64) (map[int64]bool, error) {
		holders, err := l.Holders(ctx, ids)
		if err != nil {
			return nil, err
		}
		taken := make(map[int64]bool, len(holders))
		for id := range holders {
			taken[id] = true
		}
		return taken, nil
	}
}

// Payments is the payments of the CRM's invoices through a mapping. It implements
// engine.CRM, engine.Writer and engine.Grounds. It is used by one run at a time.
//
// A payment is a paid line of the plan of payments. Paying moves money figures and
// cannot be undone, and the CRM neither knows whose a payment is nor refuses to be
// paid twice: what the lines of the invoice were before is written down before
// anything is sent, and what they are afterwards tells what happened.
type Payments struct {
	api    *crmapi.Deals
	m      *mapping.Mapping
	taken  Taken
	billed Billed
	zone   *time.Location
	team   team
	ahead  paymentsAhead
}

// NewPayments returns the CRM side of a job of payments. m is a part of a mapping
// of deals; billed tells of the invoices that are linked, nil = of none.
//
// zone is the CRM account's; nil = UTC.
func NewPayments(
	clients *crmapi.Client, api *crmapi.Deals, m *mapping.Mapping, taken Taken, billed Billed, zone *time.Location,
) *Payments {
	if zone == nil {
		zone = time.UTC
	}
	return &Payments{api: api, m: m, taken: taken, billed: billed, zone: zone, team: team{api: clients}}
}

// PaidInvoice is what payments share, for engine.Config.Serial: what is paid of an
// invoice now tells what became of a payment only as long as no other was sent.
func PaidInvoice(set record.Stored) string {
	if id := set[refInvoice]; id != nil {
		return *id
	}
	return ""
}

// observed is a paid line of an invoice with all values that are sure.
func (p *Payments) observed(l bill, line crmapi.InvoiceObject) engine.Observed {
	fields := map[string]crmapi.Text{
		refInvoice: idText(l.id()), fieldSum: some(line.Sum), fieldPaidOn: some(line.PaidOn),
	}
	if l.rivals != nil {
		delete(fields, refInvoice)
	}
	values := p.m.FromFields(fields, nil)
	return engine.Observed{Entry: naturalEntry(p.m, line.ID, values), Title: line.Number, Values: values, Unplaced: l.rivals != nil}
}

// The names of a payment's schema.
const (
	fieldSum    = "summa"
	fieldPaidOn = "date_do"
)

// Read implements engine.CRM. A line that is not paid (any more) is no payment.
func (p *Payments) Read(ctx context.Context, id int64) (engine.Observed, error) {
	l, err := invoiceWith(ctx, p.api, p.billed, id)
	if err != nil {
		return engine.Observed{}, err
	}
	for _, line := range l.invoiceLines {
		if line.ID == id && line.Paid {
			return p.observed(l, line), nil
		}
	}
	return engine.Observed{}, fmt.Errorf("payment %d: %w", id, engine.ErrNotVisible)
}

// Find implements engine.CRM. A payment that the CRM's answer named is that line,
// as long as it is paid with our sum. Without an answer the lines of the invoice
// are compared with those before the payment was sent: exactly one that was paid
// since, with our sum and on our day or none, is ours; nothing moved is none; in
// any other case somebody else may have paid.
func (p *Payments) Find(ctx context.Context, s engine.Sought) (engine.Observed, error) {
	values := record.Restore(p.m.Schema(), s.Set, p.m.CanonSource)
	want := p.wanted(values)
	if s.CLID != 0 {
		seen, err := p.findPaid(ctx, s.CLID, want)
		if s.Ground == "" || !errors.Is(err, engine.ErrNotFound) {
			return seen, err
		}
	}
	if s.Ground == "" {
		return engine.Observed{}, fmt.Errorf("a payment of which nothing is known: %w", engine.ErrNotFound)
	}
	before, err := parseGround(s.Ground)
	if err != nil {
		return engine.Observed{}, err
	}
	l, err := invoiceWith(ctx, p.api, p.billed, want.invoice)
	switch {
	case isGone(err): // it was there before: what became of the payment nobody can tell
		return engine.Observed{}, fmt.Errorf("invoice %d is gone: %w", want.invoice, engine.ErrUnsure)
	case err != nil:
		return engine.Observed{}, err
	}
	line, fate := before.since(groundOf(l.invoiceLines), want)
	switch fate {
	case paymentMade:
		i := slices.IndexFunc(l.invoiceLines, func(o crmapi.InvoiceObject) bool { return o.ID == line })
		return p.observed(l, l.invoiceLines[i]), nil
	case paymentNone:
		return engine.Observed{}, fmt.Errorf("invoice %d: %w", want.invoice, engine.ErrNotFound)
	case paymentUnsure:
	}
	return engine.Observed{}, fmt.Errorf("invoice %d: %w", want.invoice, engine.ErrUnsure)
}

// findPaid reads a payment by its number.
func (p *Payments) findPaid(ctx context.Context, id int64, want payment) (engine.Observed, error) {
	seen, err := p.Read(ctx, id)
	switch {
	case isGone(err):
		return engine.Observed{}, fmt.Errorf("payment %d: %w", id, engine.ErrNotFound)
	case err != nil:
		return engine.Observed{}, err
	}
	if sumOf(textIn(p.m.Schema(), seen.Values, fieldSum)).Cmp(want.sum) != 0 {
		return engine.Observed{}, fmt.Errorf("payment %d: %w", id, engine.ErrNotFound)
	}
	return seen, nil
}

// Newest implements engine.CRM; see Invoices.Newest.
func (p *Payments) Newest(ctx context.Context) ([]engine.Observed, error) {
	return newestOf(func(yield func(engine.Observed) error) error {
		return p.Scan(ctx, engine.ScanQuery{Values: true}, yield)
	})
}

// SeesAll implements engine.CRM, by the login's role.
func (p *Payments) SeesAll(ctx context.Context) (bool, error) { return p.team.seesAll(ctx) }

// Scan implements engine.CRM, highest id first; see Invoices.Scan. A payment whose
// day the server lost shows by the day of its invoice.
func (p *Payments) Scan(ctx context.Context, scan engine.ScanQuery, yield func(engine.Observed) error) error {
	queries := []crmapi.InvoiceQuery{{}}
	news := scan.Above != 0 && !scan.Changed.IsZero()
	if news {
		from, to := daysSince(scan.Changed, p.zone)
		queries = []crmapi.InvoiceQuery{{PaidFrom: from, PaidTo: to}, {From: from, To: to}}
	}
	plans, err := readPlans(ctx, p.api, news, queries...)
	if err != nil {
		return err
	}
	type paidLine struct {
		of   bill
		line *crmapi.InvoiceObject
	}
	all, err := billsOf(ctx, p.billed, plans.lines)
	if err != nil {
		return err
	}
	var paid []paidLine
	for _, l := range all {
		for i := range l.invoiceLines {
			if line := &l.invoiceLines[i]; line.Paid {
				paid = append(paid, paidLine{l, line})
			}
		}
	}
	slices.SortFunc(paid, func(a, b paidLine) int { return cmp.Compare(b.line.ID, a.line.ID) })
	for _, one := range paid {
		seen := p.observed(one.of, *one.line)
		if !scan.Values {
			seen.Values = nil
		}
		if err := yield(seen); err != nil {
			return err
		}
	}
	return plans.ended()
}

// Update implements engine.Writer: the API changes no payment.
func (p *Payments) Update(_ context.Context, op *engine.Op) error { return unchangeable(op) }

// Delete implements engine.Writer: the API takes no payment back.
func (p *Payments) Delete(context.Context, int64) error { return refuse(RefusedUnchangeable, "") }
