package endpoint

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/record"
)

// codeMoved marks a payment that was not sent because its invoice moved since its
// ground was written down.
const codeMoved = "moved"

var errMoved = errors.New("the invoice moved before it was paid")

// Ground implements engine.Grounds. The ground of a payment whose invoice the CRM
// does not show, or in no form that can be read, is empty; its add is refused.
func (p *Payments) Ground(ctx context.Context, ops []*engine.Op) error {
	for _, op := range ops {
		want := p.wanted(record.Restore(p.m.Schema(), op.Set, p.m.CanonSource))
		op.Ground = ""
		if want.invoice == 0 {
			continue
		}
		l, err := invoiceWith(ctx, p.api, p.billed, want.invoice)
		switch {
		case errors.Is(err, engine.ErrNotVisible):
		case err != nil:
			return fmt.Errorf("read the invoice that is to be paid: %w", err)
		default:
			op.Ground = groundOf(l.invoiceLines).text()
		}
	}
	return nil
}

// Add implements engine.Writer. A payment that somebody entered by hand is met and
// not paid again; what is left to pay is never exceeded; a request that moves money
// is sent once.
func (p *Payments) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	p.ahead = paymentsAhead{} // what was planned is done, or not
	return addEach(ctx, ops, p.add)
}

func (p *Payments) add(ctx context.Context, op *engine.Op) (engine.AddAnswer, *engine.WriteError) {
	want, l, w := p.invoiceOf(ctx, op)
	switch {
	case w != nil:
		return engine.AddAnswer{}, w
	case groundOf(l).text() != op.Ground:
		return engine.AddAnswer{}, &engine.WriteError{Fate: engine.FateNotSent, Code: codeMoved, Err: errMoved}
	}
	there, line, w := p.payable(ctx, op, want, l)
	if w != nil || there != 0 {
		return engine.AddAnswer{CLID: there, Existing: there != 0}, w
	}
	if err := p.api.Pay(ctx, paymentOf(line, want)); err != nil {
		return engine.AddAnswer{}, notPaid(err, line.Number)
	}
	return engine.AddAnswer{CLID: line.ID}, nil
}

// invoiceOf is what an add is to pay, and the invoice as it is now.
func (p *Payments) invoiceOf(ctx context.Context, op *engine.Op) (payment, invoiceLines, *engine.WriteError) {
	want := p.wanted(record.Restore(p.m.Schema(), op.Set, p.m.CanonSource))
	switch {
	case want.sum.Sign() <= 0:
		return want, nil, refuse(refusedNotSent, fieldSum)
	case unfitSum(fieldSum, want.text, true) != nil:
		return want, nil, unfitSum(fieldSum, want.text, true)
	case want.invoice == 0:
		return want, nil, refuse(engine.RefusedNoInvoice, "")
	}
	l, err := invoiceWith(ctx, p.api, p.billed, want.invoice)
	switch {
	case isGone(err):
		return want, nil, refuse(engine.RefusedNoInvoice, strconv.FormatInt(want.invoice, 10))
	case errors.Is(err, engine.ErrUnreadable):
		return want, nil, refuse(engine.RefusedUnread, fmt.Sprint("invoice ", want.invoice))
	case err != nil:
		return want, nil, notSent(err)
	case l.rivals != nil: // it might be another's line that is paid, or paid already
		return want, nil, refuse(engine.RefusedTwice, l.named())
	}
	return want, l.invoiceLines, nil
}

// payable is the open line of an invoice that a payment goes to, or the paid one that
// it is already, or why it is refused.
func (p *Payments) payable(
	ctx context.Context, op *engine.Op, want payment, l invoiceLines,
) (there int64, line *crmapi.InvoiceObject, refused *engine.WriteError) {
	if op.Code != engine.CodeChosenAdd {
		var err error
		if there, err = p.entered(ctx, l, want); err != nil {
			return 0, nil, notSent(err)
		}
	}
	if there != 0 {
		return there, nil, nil
	}
	line, left := openLine(l, want)
	if line == nil {
		return 0, nil, refuse(engine.RefusedPayment, want.text+" > "+amountText(left))
	}
	return 0, line, nil
}

// paymentOf is a payment of an open line.
func paymentOf(line *crmapi.InvoiceObject, want payment) crmapi.PaymentInput {
	return crmapi.PaymentInput{
		ID: line.ID, Number: line.Number, Sum: want.text, Whole: sumOf(line.Sum).Cmp(want.sum) == 0, On: want.day,
	}
}

// notPaid is fateOf for a payment: what was found out right before it was to be sent,
// and nothing was, passes by itself.
func notPaid(err error, number string) *engine.WriteError {
	var e *crmapi.Error
	switch {
	case errors.Is(err, crmapi.ErrSameNumber):
		return refuse(engine.RefusedTwice, number)
	case errors.As(err, &e) && e.Local && e.Class == crmapi.ClassNotFound:
		return &engine.WriteError{Fate: engine.FateNotSent, Code: codeMoved, Err: errMoved}
	}
	return fateOf(err)
}

// entered is the paid line that is this payment, entered by somebody else and
// linked to no record; 0 = none. Of several the one of our day comes first, then
// one without a day.
func (p *Payments) entered(ctx context.Context, l invoiceLines, want payment) (int64, error) {
	var like []crmapi.InvoiceObject
	var ids []int64
	for _, line := range l {
		if line.Paid && sumOf(line.Sum).Cmp(want.sum) == 0 {
			like, ids = append(like, line), append(ids, line.ID)
		}
	}
	if len(like) == 0 {
		return 0, nil
	}
	taken, err := p.taken(ctx, ids)
	if err != nil {
		return 0, fmt.Errorf("ask which payments are linked: %w", err)
	}
	like = slices.DeleteFunc(like, func(line crmapi.InvoiceObject) bool { return taken[line.ID] || p.ahead.taken[line.ID] })
	for _, day := range []string{want.day, ""} {
		for _, line := range like {
			if line.PaidOn == day {
				return line.ID, nil
			}
		}
	}
	if len(like) > 0 {
		return like[0].ID, nil
	}
	return 0, nil
}

// openLine is the open line with the smallest id that can take a payment; nil when
// none can. left is what the invoice has left to pay.
func openLine(l invoiceLines, want payment) (line *crmapi.InvoiceObject, left *big.Rat) {
	left = new(big.Rat)
	for i := range l {
		if l[i].Paid {
			continue
		}
		sum := sumOf(l[i].Sum)
		left.Add(left, sum)
		if line == nil && sum.Cmp(want.sum) >= 0 {
			line = &l[i]
		}
	}
	return line, left
}
