package endpoint

import (
	"context"
	"math/big"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
)

// paymentsAhead is what the payments of a plan leave behind, so that each is judged by
// what those before it do.
type paymentsAhead struct {
	invoices map[int64]invoiceLines // as they will be
	taken    map[int64]bool         // paid lines that will be linked
}

// Foresee implements engine.Foreseer.
func (p *Payments) Foresee(ctx context.Context, op *engine.Op) (engine.AddAnswer, error) {
	if p.ahead.taken == nil {
		p.ahead = paymentsAhead{invoices: map[int64]invoiceLines{}, taken: map[int64]bool{}}
	}
	if op.Kind != engine.OpAdd {
		p.ahead.taken[op.CLID] = true
		return engine.AddAnswer{}, nil
	}
	want, l, refused := p.invoiceOf(ctx, op)
	if refused != nil {
		return foreseen(engine.AddAnswer{}, refused)
	}
	later, planned := p.ahead.invoices[want.invoice]
	if planned {
		l = later
	}
	there, line, refused := p.payable(ctx, op, want, l)
	if refused == nil && there == 0 && !planned { // else the line need not be there yet
		if err := p.api.Payable(ctx, paymentOf(line, want)); err != nil {
			if refused = notPaid(err, line.Number); refused.Code == codeMoved { // this moment: the run looks again
				refused = nil
			}
		}
	}
	switch {
	case refused != nil:
		return foreseen(engine.AddAnswer{}, refused)
	case there != 0:
		p.ahead.taken[there] = true
		return engine.AddAnswer{CLID: there, Existing: true}, nil
	}
	p.ahead.taken[line.ID] = true
	p.ahead.invoices[want.invoice] = paid(l, line.ID, want)
	return engine.AddAnswer{}, nil
}

// paid is an invoice after a payment: the line is paid with its sum, and what is left
// of it is a line of its own.
func paid(l invoiceLines, id int64, want payment) invoiceLines {
	var out invoiceLines
	rest, last := crmapi.InvoiceObject{}, int64(0)
	for _, line := range l {
		last = max(last, line.ID)
		if line.ID == id {
			rest = line
			rest.Sum = new(big.Rat).Sub(sumOf(line.Sum), want.sum).FloatString(2)
			line.Paid, line.Sum, line.PaidOn = true, amountText(want.sum), want.day
		}
		out = append(out, line)
	}
	if sumOf(rest.Sum).Sign() > 0 {
		rest.ID = last + 1
		out = append(out, rest)
	}
	return out
}
