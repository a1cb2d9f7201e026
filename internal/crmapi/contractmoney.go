package crmapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// ErrSameNumber is the cause when a part of an invoice cannot be paid because other
// open lines carry its number: v1 finds the line by the number too, and would take
// whichever comes first.
var ErrSameNumber = errors.New("another open invoice carries this number")

// noNumber is longer than any number that the CRM stores, so that a payment is
// found by its id alone. Without a number it would be one of the lines without.
const noNumber = "syncd.pays.by.the.id.of.the.line"

func (v *contractV1) remember(invoices []InvoiceObject) {
	if len(invoices) == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range invoices {
		v.deals[invoices[i].ID] = invoices[i].DID
	}
}

func (v *contractV1) invoicesOf(ctx context.Context, did int64) ([]InvoiceObject, error) {
	obj, err := v.byDID(ctx, did)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(obj.Invoices, func(a, b InvoiceObject) int { return cmp.Compare(a.ID, b.ID) })
	return obj.Invoices, nil
}

// invoices reads the blocks of all deals: v1 has no list of invoices.
func (v *contractV1) invoices(ctx context.Context, q InvoiceQuery) iter.Seq2[InvoiceObject, error] {
	return func(yield func(InvoiceObject, error) bool) {
		given := make(idSet)
		for o, err := range v.walk(ctx, DealQuery{Invoices: true}, "did,clid") {
			if err != nil {
				if !yield(InvoiceObject{DID: o.DID}, err) {
					return
				}
				continue
			}
			for _, in := range o.Invoices {
				if given.add(in.ID) && q.holds(&in) && !yield(in, nil) {
					return
				}
			}
		}
	}
}

// invoice looks into the deal that the line was seen in last, or else into all.
func (v *contractV1) invoice(ctx context.Context, id int64) (InvoiceObject, error) {
	v.mu.Lock()
	did := v.deals[id]
	v.mu.Unlock()
	if did != 0 {
		list, err := v.invoicesOf(ctx, did)
		if err != nil && !isClass(err, ClassInvisible) {
			return InvoiceObject{}, err
		}
		if i := slices.IndexFunc(list, func(in InvoiceObject) bool { return in.ID == id }); i >= 0 {
			return list[i], nil
		}
	}
	var unreadable error
	for in, err := range v.invoices(ctx, InvoiceQuery{}) {
		switch {
		case isClass(err, ClassUnreadable):
			unreadable = err
		case err != nil:
			return InvoiceObject{}, err
		case in.ID == id:
			return in, nil
		}
	}
	if unreadable != nil {
		return InvoiceObject{}, unreadable // it may be in there
	}
	return InvoiceObject{}, &Error{Class: ClassNotFound, Action: actContractInfo, HTTPStatus: 200}
}

// addInvoice always sends a day: the server makes none a day of the year 0.
func (v *contractV1) addInvoice(ctx context.Context, in *InvoiceInput) (id int64, number string, err error) {
	var f form
	f.num("did", in.DID)
	f.add("invoice", in.Number) // the one parameter that is not decoded twice
	f.add("date", cmp.Or(in.Date, v.c.cfg.Now().Format(time.DateOnly)))
	f.addIf("date_plan", in.Plan)
	f.add("summa", in.Sum)
	f.addIf("nds", in.VAT)
	f.addScalarIf("contract", cleanerText.Replace(in.Contract))
	f.addScalarIf("tip", cleanerText.Replace(in.Type))
	if in.Account != 0 {
		f.num("rs", in.Account)
	}
	err = v.write(ctx, actContractInvoice, &f, 1, func(raw []byte, status int) *Error {
		var e *Error
		id, number, e = v.c.invoiceAdded(actContractInvoice, raw, status, "Счет добавлен")
		return e
	})
	if err != nil {
		return 0, "", err
	}
	v.remember([]InvoiceObject{{ID: id, DID: in.DID}})
	return id, number, nil
}

// pay always asks for the payment of a part, be it all of the line: addpaiment
// would take a line that somebody has paid since once more, addpaimentpart leaves
// paid lines alone. It finds a line by its number or its id. All of a line goes by
// the id; of a part the rest becomes a line under the number that is sent, so that
// it must be the right one, and no other open line may carry it.
func (v *contractV1) pay(ctx context.Context, in *PaymentInput) error {
	number := noNumber
	if !in.Whole {
		if err := v.alone(ctx, in); err != nil {
			return err
		}
		number = in.Number
	}
	var f form
	f.num("id", in.ID)
	f.add("invoice", number)
	f.add("summa", in.Sum)
	f.addIf("date_do", in.On)
	return v.write(ctx, actContractPay, &f, 1, func(raw []byte, status int) *Error {
		if e := v.c.told(actContractPay, raw, status, "Успешно.", "Внесена оплата"); e != nil {
			return e
		}
		env, err := parseEnvelope(raw)
		if text, _, _ := stringOf(env.data); err != nil || strings.Contains(text, "Ошибка") { // paid, but the rest was lost
			return doubtful(actContractPay, status, errOtherSuccess)
		}
		return nil
	})
}

// alone makes sure that the line that is to be paid is open and no other open one
// carries its number.
func (v *contractV1) alone(ctx context.Context, in *PaymentInput) error {
	if in.Number == "" {
		return refusal(actContractPay, errNumber)
	}
	seen, other := false, int64(0)
	for line, err := range v.invoices(ctx, InvoiceQuery{}) {
		switch {
		case err != nil:
			return unasked(actContractPay, err)
		case line.Paid:
		case line.ID == in.ID:
			if line.Number != in.Number {
				return refusal(actContractPay, errors.New("the line carries another number"))
			}
			seen = true
		case strings.EqualFold(strings.TrimSpace(line.Number), strings.TrimSpace(in.Number)):
			other = line.ID
		}
	}
	switch {
	case !seen:
		return &Error{Class: ClassNotFound, Action: actContractPay, Local: true}
	case other != 0:
		return refusal(actContractPay, fmt.Errorf("line %d: %w", other, ErrSameNumber))
	}
	return nil
}
