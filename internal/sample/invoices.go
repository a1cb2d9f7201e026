package sample

import (
	"fmt"
	"slices"
	"strings"
)

// invoice is one invoice for an order.
type invoice struct {
	ref, number, date string
	orderRef, order   string
	due               string
	sum, vat          kopecks
	deleted           bool
	remark            *remark
}

// payment is money for one invoice.
type payment struct {
	ref, number, date   string
	invoiceRef, invoice string
	sum                 kopecks
	deleted             bool
	remark              *remark
}

// InvoiceColumns returns the header of [Invoices].
func InvoiceColumns() []string {
	return []string{"Ссылка", "Номер", "Дата", "ЗаказСсылка", "Заказ", "СрокОплаты", "СуммаДокумента", "СуммаНДС", "ПометкаУдаления"}
}

// PaymentColumns returns the header of [Payments]. Ключ is the reference of the
// bank document and the number of its line: one document may pay several invoices.
func PaymentColumns() []string {
	return []string{"Ключ", "Номер", "Дата", "СчетСсылка", "НомерСчета", "Сумма", "НазначениеПлатежа", "ПометкаУдаления"}
}

// makeInvoices bills every ordinary order that is agreed upon, and then what
// shows something.
func (t *trade) makeInvoices() {
	for _, o := range t.orders {
		if o.remark == nil && o.state != "НеСогласован" {
			t.invoices = append(t.invoices, t.invoice(o))
		}
	}
	var billed []order
	for _, o := range t.orders {
		if o.remark == nil && o.state == "НеСогласован" {
			billed = append(billed, o)
		}
	}
	changed := func(o order, r *remark, change func(*invoice)) {
		in := t.invoice(o)
		in.remark = r
		if change != nil {
			change(&in)
		}
		t.invoices = append(t.invoices, in)
	}
	changed(t.orderOf("client-merged"), said("deal-of-merged-client", Created, "", "an invoice for a deal whose client was in the CRM before"), nil)
	changed(t.orderOf("client-held"), said("deal-held", Held, "no-deal", "the deal waits for its client, the invoice for its deal"), nil)
	changed(billed[0], said("deal-unknown", Held, "no-deal", "no order of the export has this reference"), func(in *invoice) {
		in.orderRef, in.order = "5f0e7c52-1b1d-11f1-9d5e-0050569e0002", "Заказ клиента УТ00-000999 от 01.11.2026"
	})
	changed(billed[1], said("number-blank", Rejected, "required", "an invoice without a number: the CRM would make one up"), func(in *invoice) { in.number = "" })
	changed(billed[2], said("number-long", Rejected, "too-long", "a number of more than 20 characters: the CRM would cut it"), func(in *invoice) {
		in.number = "УТ00-000777/предоплата-50"
	})
	changed(billed[3], said("sum-zero", Rejected, "not-positive", "an invoice for nothing"), func(in *invoice) { in.sum, in.vat = 0, 0 })
	changed(billed[4], said("marked-invoice", OutOfScope, "", "marked for deletion in 1C before it was ever sent"), func(in *invoice) { in.deleted = true })
	twin := t.invoice(billed[2])
	half := billed[2].sum / 2
	twin.sum, twin.vat = half, included(half)
	twin.remark = said("same-number", Created, "", "the first of two invoices of one number for one order")
	second := t.invoice(billed[2])
	second.number, second.sum = twin.number, billed[2].sum-half
	second.vat = included(second.sum)
	second.remark = said("same-number-again", Held, "match-taken", "another invoice of the number that the deal has already: in the CRM they would be one")
	t.invoices = append(t.invoices, twin, second)
}

// included is the VAT of 22 per cent in a sum.
func included(sum kopecks) kopecks { return (sum*22 + 61) / 122 }

// invoice makes the next invoice, for the whole order.
func (t *trade) invoice(o order) invoice {
	in := invoice{ref: t.ref(), orderRef: o.ref, order: "Заказ клиента " + o.number + " от " + o.date}
	in.number = fmt.Sprintf("УТ00-%06d", 400+len(t.invoices))
	in.date = o.date[:11] + "18:00:00"
	in.due = "10" + o.ship[2:]
	in.sum, in.vat = o.sum, included(o.sum)
	return in
}

func (t *trade) invoiceSheet() sheet {
	s := sheet{file: "invoices.csv", title: "Счета на оплату", columns: InvoiceColumns()}
	for _, in := range t.invoices {
		s.entries = append(s.entries, entry{key: in.ref, remark: in.remark, rows: [][]string{{
			in.ref, in.number, in.date, in.orderRef, in.order, in.due, in.sum.String(), in.vat.String(), yesNo(in.deleted),
		}}})
	}
	return s
}

// makePayments pays invoices: most in full, some in two parts, some not at all.
func (t *trade) makePayments() {
	var plain []invoice
	for _, in := range t.invoices {
		if in.remark == nil {
			plain = append(plain, in)
		}
	}
	for i, in := range plain {
		switch i % 4 {
		case 0, 1:
			t.payments = append(t.payments, t.payment(in, in.sum, 2))
		case 2:
			first := in.sum / 3
			t.payments = append(t.payments, t.payment(in, first, 1), t.payment(in, in.sum-first, 5))
		}
	}
	free := func(n int) invoice { return plain[3+4*n] } // nobody paid these
	changed := func(in invoice, sum kopecks, r *remark, change func(*payment)) {
		p := t.payment(in, sum, 3)
		p.remark = r
		if change != nil {
			change(&p)
		}
		t.payments = append(t.payments, p)
	}
	changed(free(0), free(0).sum/2, said("part", Created, "", "half of an invoice: the rest stays open under the same number"), nil)
	changed(free(1), free(1).sum+1_00, said("above-invoice", Rejected, "payment-over", "more than the invoice: the CRM would take it without a word"), nil)
	changed(free(2), free(2).sum, said("invoice-unknown", Held, "no-invoice", "no invoice of the export has this reference or number"), func(p *payment) {
		p.invoiceRef, p.invoice = "5f0e7c52-1b1d-11f1-9d5e-0050569e0003", "УТ00-000998"
	})
	both := said("two-invoices", Created, "", "one bank document pays two invoices, a line for each")
	changed(free(3), free(3).sum, both, nil)
	changed(free(4), free(4).sum, both, func(p *payment) {
		first := t.payments[len(t.payments)-1]
		p.ref, p.number, p.date = strings.TrimSuffix(first.ref, "1")+"2", first.number, first.date
	})
	changed(free(2), 0, said("sum-zero", Rejected, "not-positive", "a payment of nothing"), nil)
	held := t.invoices[slices.IndexFunc(t.invoices, func(in invoice) bool { return in.remark != nil && in.remark.name == "deal-held" })]
	changed(held, held.sum, said("invoice-held", Held, "no-invoice", "the invoice waits for its deal, the payment for its invoice"), nil)
	changed(free(2), free(2).sum, said("marked-payment", OutOfScope, "", "marked for deletion in 1C before it was ever sent"), func(p *payment) { p.deleted = true })
}

// payment makes the next payment, some days after the invoice.
func (t *trade) payment(in invoice, sum kopecks, days int) payment {
	p := payment{ref: t.ref() + "/1", invoiceRef: in.ref, invoice: in.number, sum: sum}
	p.number = fmt.Sprintf("%08d", 1000+t.serial)
	var day int
	_, _ = fmt.Sscanf(in.date, "%d", &day)
	p.date = fmt.Sprintf("%02d.11.2026 12:00:00", min(day+days, 20))
	return p
}

func (t *trade) paymentSheet() sheet {
	s := sheet{file: "payments.csv", title: "Поступления денежных средств", columns: PaymentColumns()}
	for _, p := range t.payments {
		s.entries = append(s.entries, entry{key: p.ref, remark: p.remark, rows: [][]string{{
			p.ref, p.number, p.date, p.invoiceRef, p.invoice, p.sum.String(), "Оплата по счёту № " + p.invoice, yesNo(p.deleted),
		}}})
	}
	return s
}
