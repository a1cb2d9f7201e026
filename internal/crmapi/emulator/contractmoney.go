package emulator

import (
	"slices"
	"strconv"
	"strings"
)

// The invoices and payments of v1. None of these is safe to repeat.

// addInvoiceV1 adds an invoice to a deal, whoever may see it. Nothing looks for
// an invoice of the same number.
func (c *call) addInvoiceV1() (answer, error) {
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	d, err := c.dealOfInvoice("")
	if err != nil {
		return answer{}, err
	}
	if d == nil {
		return answer{value: errorV1(403, strings.TrimSuffix(dealNotFound, "."))}, nil
	}
	r, err := c.newInvoiceV1(d)
	if err != nil {
		return answer{}, err
	}
	c.s.db.putInvoice(r)
	c.invoiceAdded(r)
	message := "Счет добавлен в платежи"
	if cast(c.req.params.get("do")) == "yes" {
		if err := c.beginPart(nil); err != nil {
			return answer{}, err
		}
		on := c.paidOn("date_do")
		c.invoicePaid(c.s.db.pay(r, r.Sum, &on, true), false)
		message += ", Счет отмечен оплаченным"
	}
	c.s.db.note(nil)
	return answer{value: object{{"result", message}, {"data", object{{"id", r.ID}, {"invoice", r.Number}}}}}, nil
}

// dealOfInvoice finds the deal of a new invoice: by did, and by uid only without
// one, whoever owns it.
func (c *call) dealOfInvoice(tail string) (*dealRow, error) {
	p := c.req.params
	switch {
	case integer(p.get("did")) > 0:
		return c.s.db.ledger.deal(integer(p.get("did"))), nil
	case given(p.get("uid")):
		s, err := text(p.get("uid"), "strip_tags")
		if err != nil {
			return nil, err
		}
		return c.s.db.dealByUID(untag(s)), nil
	case c.s.d.explicitErrors:
		return nil, nil
	default:
		return nil, brokenSQL("and identity = '1'" + tail)
	}
}

func (c *call) newInvoiceV1(d *dealRow) (*invoiceRow, error) {
	p := c.req.params
	values := map[string]string{}
	for _, name := range []string{"date", "date_plan", "invoice", "contract", "rs", "tip", "summa", "nds"} {
		s, err := pasted(cast(p.get(name)), "'")
		if err != nil {
			return nil, err
		}
		values[name] = s
	}
	plan := values["date_plan"]
	if plan == "" {
		plan = c.s.today()
	}
	r := &invoiceRow{
		DID: d.DID, Person: d.Person, Owner: d.Owner, Do: "no", At: c.invoiceTime(values["date"]), Plan: databaseDay(plan),
		Sum: preFormat(values["summa"]), VAT: preFormat(values["nds"]), Account: leadingInt(values["rs"]), ViaAPI: true,
	}
	if values["summa"] == "" {
		r.Sum = d.Sum
	}
	if accountTitle(r.Account) == "" {
		r.Account = mainAccount
	}
	number := values["invoice"]
	if number == "" {
		number = c.s.db.nextInvoiceV1()
	}
	number = storable(number, 20)
	contract, kind := storable(values["contract"], 40), storable(values["tip"], 255)
	r.Number, r.Contract, r.Type = &number, &contract, &kind
	return r, nil
}

// nextInvoiceV1 makes a number. Its counter is set from the wrong column, so the
// same number comes again and again.
func (s *store) nextInvoiceV1() string {
	n := s.invoiceNumber + 1
	s.invoiceNumber = 2
	return strconv.FormatInt(n, 10)
}

// invoiceTime is the day of an invoice with the time of now. No day makes the
// zero time, where the documents say nothing.
func (c *call) invoiceTime(day string) string {
	now := c.s.now()
	if day == "" && c.s.d.v1Documented {
		day = c.s.today()
	}
	at := databaseDate(day)
	if strings.HasPrefix(at, "0000") {
		return at
	}
	return at[:len("2006-01-02")] + now[len("2006-01-02"):len("2006-01-02 15:04")] + ":00"
}

// paidOn is the day of a payment, today when the parameter is empty.
func (c *call) paidOn(name string) string {
	if s := cast(c.req.params.get(name)); s != "" {
		return orEmpty(databaseDay(s))
	}
	return c.s.today()
}

// payV1 marks an invoice as paid, once more if it was paid before. A number
// means the first line that carries it.
func (c *call) payV1() (answer, error) {
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r, err := c.invoiceV1(func(*invoiceRow) bool { return true })
	if err != nil {
		return answer{}, err
	}
	if r == nil {
		return answer{value: errorV1(403, "Счет по номеру не найден")}, nil
	}
	on := c.paidOn("date_do")
	c.invoicePaid(c.s.db.pay(r, r.Sum, &on, true), r.paid())
	c.s.db.note(nil)
	return answer{value: object{{"result", "Успешно."}, {"data", "Счет отмечен оплаченным"}}}, nil
}

// invoiceV1 is the first line of the plan that has the number or the id and that
// f takes. An empty number is a number like any.
func (c *call) invoiceV1(f func(*invoiceRow) bool) (*invoiceRow, error) {
	p := c.req.params
	number, err := pasted(cast(p.get("invoice")), "'")
	if err != nil {
		return nil, err
	}
	id, err := pasted(cast(p.get("id")), "'")
	if err != nil {
		return nil, err
	}
	ids := c.s.db.byNumber[foldKey(number)]
	if c.s.d.v1Documented && number == "" {
		ids = nil
	}
	if n := leadingInt(id); n > 0 {
		ids = slices.Sorted(slices.Values(append([]int64{n}, ids...)))
	}
	for _, n := range ids {
		if r := c.s.db.ledger.invoice(n); r != nil && f(r) {
			return r, nil
		}
	}
	return nil, nil
}

// payPartV1 pays an open line in full or in part. The rest becomes a line of its
// own, under the number that the request named.
func (c *call) payPartV1() (answer, error) {
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r, err := c.invoiceV1(func(r *invoiceRow) bool { return !r.paid() })
	if err != nil {
		return answer{}, err
	}
	sum := preFormat(cast(c.req.params.get("summa")))
	switch {
	case r == nil:
		return answer{value: errorV1(403, "Счет по номеру не найден")}, nil
	case sum > r.Sum, sum <= 0 && c.s.d.invoiceChecked:
		return answer{value: errorV1(405, "Сумма превышает сумму счета")}, nil
	}
	on := c.paidOn("date_do")
	message := "Внесена оплата по графику " + sum.shown() + " " + currency
	if title := accountTitle(r.Account); title != "" {
		message += ", На р/с " + title + " внесена оплата в размере " + sum.shown() + " " + currency
	}
	c.invoicePaid(c.s.db.pay(r, sum, &on, true), false)
	if left := r.Sum - sum; left > 0 {
		if err := c.beginPart(nil); err != nil {
			return answer{}, err
		}
		number := storable(cast(c.req.params.get("invoice")), 20)
		c.s.db.split(r, &invoiceRow{
			DID: r.DID, CLID: r.CLID, Person: r.Person, At: r.At, Plan: r.Plan, Sum: left, Owner: r.Owner, Do: "no",
			Number: &number, Contract: r.Contract, Account: r.Account, ViaAPI: r.ViaAPI,
		})
		message += ", Поступившая оплата отличается от планируемой. Добавлен дополнительный платеж " + left.shown() + " " + currency
	}
	c.s.db.note(nil)
	return answer{value: object{{"result", "Успешно."}, {"data", message}}}, nil
}
