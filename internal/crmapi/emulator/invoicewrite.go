package emulator

import (
	"math/big"
	"strconv"
	"strings"
)

// invoiceKinds are the short names of kinds of invoices.
var invoiceKinds = strings.NewReplacer(
	"ispeka", "По спецификации", "ioffer", "Счет-договор", "icontract", "По договору",
	"ipre", "Предварительная оплата", "iafter", "Окончательная оплата",
)

// addInvoice adds an invoice, and pays it when it is an express one. A deal
// without a specification kills the script; the sum is not checked against what
// is left of the deal, nor the number against other invoices.
func (c *call) addInvoice(express bool) (answer, error) {
	p := c.req.params
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	d, err := c.dealOfInvoice("")
	if err != nil {
		return answer{}, err
	}
	if d == nil {
		return answer{value: c.s.d.failure(403, strings.TrimSuffix(dealNotFound, "."))}, nil
	}
	billed := money(0)
	for _, r := range c.s.db.invoicesOf(d.DID) {
		billed += r.Sum
	}
	if billed >= d.Sum {
		return answer{value: c.s.d.failure(406, "Уже выставлены все возможные счета")}, nil
	}
	tax, err := c.taxLeft(d, billed)
	if err != nil {
		return answer{}, err
	}
	r, err := c.newInvoice(d, tax, express)
	if err != nil {
		return answer{}, err
	}
	c.s.db.putInvoice(r)
	c.invoiceAdded(r)
	var messages []string
	if express || c.s.d.invoiceDate && given(p.get("do")) {
		if err := c.beginPart(nil); err != nil {
			return answer{}, err
		}
		on := c.paidOn("date.do")
		paid := c.s.db.pay(r, r.Sum, &on, true)
		c.invoicePaid(paid, false)
		if express {
			messages = append(messages, "Внесена оплата "+r.Sum.shown()+" "+currency)
			if title := accountTitle(r.Account); title != "" {
				messages = append(messages, "На р/с "+title+" внесена оплата в размере "+r.Sum.shown()+" "+currency)
			}
		}
	}
	messages = append(messages, "Счет добавлен в платежи")
	if c.newStep(d) {
		messages = append(messages, "")
	}
	c.s.db.note(nil)
	return answer{value: object{
		{"result", "Успешно;" + strings.Join(messages, "<br>")},
		{"data", object{{"id", r.ID}, {"invoice", r.Number}}},
	}}, nil
}

// taxLeft is the tax on what the specification has left to bill.
func (c *call) taxLeft(d *dealRow, billed money) (money, error) {
	all, tax := new(big.Rat), new(big.Rat)
	for _, l := range productLines(d.Lines) {
		sum := new(big.Rat).SetFrac(times(l.Price, l.Quantity, l.Factor), big.NewInt(100))
		all.Add(all, sum)
		// the tax is inside of the price
		tax.Add(tax, new(big.Rat).Mul(sum, big.NewRat(int64(l.VAT), 10000+int64(l.VAT))))
	}
	if all.Sign() == 0 {
		if c.s.d.invoiceTax {
			return 0, nil
		}
		return 0, &fatal{class: "DivisionByZeroError", message: "Division by zero", file: "/srv/crm/developer/v3/methods/invoice.php", line: "121"}
	}
	left := new(big.Rat).Sub(all, big.NewRat(int64(billed), 1))
	left.Mul(left, tax).Quo(left, all)
	return rounded(new(big.Int).Quo(new(big.Int).Mul(left.Num(), big.NewInt(100)), left.Denom())), nil
}

func (c *call) newInvoice(d *dealRow, tax money, express bool) (*invoiceRow, error) {
	p := c.req.params
	values := map[string]string{}
	for _, name := range []string{"date", "date.plan", "invoice", "contract", "tip", "do", "date.do"} {
		s, err := text(p.get(name), "strip_tags")
		if err != nil {
			return nil, err
		}
		values[name] = untag(s)
	}
	if values["date"] == "" {
		values["date"] = c.s.today()
	}
	if values["date.plan"] == "" {
		values["date.plan"] = c.s.daysOn(5)
	}
	if values["tip"] == "" {
		values["tip"] = "Счет-договор"
	}
	r := &invoiceRow{
		DID: d.DID, CLID: d.CLID, Person: d.Person, At: c.invoiceTime(values["date"]), Plan: databaseDay(values["date.plan"]),
		Sum: d.Sum, VAT: tax, Owner: d.Owner, DealHead: d.Owner, Do: "no", Account: integer(p.get("rs")), ViaAPI: true,
	}
	if id := integer(p.get("iduser")); id > 0 {
		r.Owner = id
	}
	if r.Account <= 0 && d.Company == companyID {
		r.Account = mainAccount
	}
	for name, into := range map[string]*money{"summa": &r.Sum, "nds": &r.VAT} {
		if !given(p.get(name)) {
			continue
		}
		m, err := preFormatOf(p.get(name))
		if err != nil {
			return nil, err
		}
		*into = m
	}
	if values["do"] != "" && !express { // stored as it is, so that "yes" is not paid
		r.Do, r.PaidOn = values["do"], databaseDay(values["date.do"])
	}
	number := values["invoice"]
	if number == "auto" {
		number = c.s.db.nextInvoice()
	}
	if number != "" {
		number = storable(number, 20)
		r.Number = &number
	}
	if s := storable(values["contract"], 40); s != "" {
		r.Contract = &s
	}
	kind := storable(invoiceKinds.Replace(values["tip"]), 255)
	r.Type = &kind
	return r, nil
}

func (s *store) nextInvoice() string {
	s.invoiceNumber++
	return strconv.FormatInt(s.invoiceNumber, 10)
}

// newStep moves the deal to the stage that the request names beside an invoice
// or a payment; its message gets lost on the way.
func (c *call) newStep(d *dealRow) bool {
	title := cast(c.req.params.get("newstep"))
	if title == "" || title == "0" {
		return false
	}
	to := c.s.db.dealGuides.stepByTitle(title)
	if to == 0 || to == d.Step {
		return false
	}
	c.moveDeal(c.s.db.ledger.deal(d.DID), to)
	return true
}

// payInvoice marks an invoice as paid: the first line of a number, paid or not.
// More than the invoice is taken as well, less makes a line of the rest, and the
// date that came with the request is lost.
func (c *call) payInvoice() (answer, error) {
	p := c.req.params
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r, err := c.invoiceToPay()
	if err != nil {
		return answer{}, err
	}
	if r == nil {
		return answer{value: c.s.d.failure(403, "Счет по ID или Номеру не найден")}, nil
	}
	sum := r.Sum
	if m, err := preFormatOf(p.get("summa")); err != nil {
		return answer{}, err
	} else if m > 0 {
		sum = m
	}
	if c.s.d.invoiceChecked && sum > r.Sum {
		return answer{value: c.s.d.failure(405, "Сумма превышает сумму счета")}, nil
	}
	var on *string
	if c.s.d.invoiceDate {
		day := c.paidOn("date.do")
		on = &day
	}
	messages := []string{"Внесена оплата по графику " + sum.shown() + " " + currency}
	c.invoicePaid(c.s.db.pay(r, sum, on, true), r.paid())
	var rest *invoiceRow
	if left := r.Sum - sum; left > 0 {
		if err := c.beginPart(nil); err != nil {
			return answer{}, err
		}
		rest = c.restOf(r, left)
		c.s.db.split(r, rest)
		messages = append(messages, "Поступившая оплата отличается от планируемой.<br>Добавлен дополнительный платеж "+left.shown()+" "+currency)
	}
	if title := accountTitle(r.Account); title != "" {
		messages = append(messages, "На р/с "+title+" внесена оплата в размере "+sum.shown()+" "+currency)
	}
	if d := c.s.db.ledger.deal(r.DID); d != nil && c.newStep(d) {
		messages = append(messages, "")
	}
	c.s.db.note(nil)
	o := object{{"result", "Успешно"}, {"data", strings.Join(messages, "<br>")}}
	if rest != nil {
		o = append(o, member{"newdata", rest.ID})
	}
	return answer{value: o}, nil
}

func (c *call) restOf(r *invoiceRow, left money) *invoiceRow {
	rest := &invoiceRow{
		DID: r.DID, Person: r.Person, At: r.At, Plan: r.Plan, Sum: left, Owner: r.Owner, Do: "no", Number: r.Number,
		Account: r.Account, Type: r.Type, ViaAPI: r.ViaAPI,
	}
	if d := c.s.db.ledger.deal(r.DID); d != nil {
		rest.CLID, rest.Person, rest.Owner = d.Payer, d.Person, d.Owner
	}
	return rest
}

func (c *call) invoiceToPay() (*invoiceRow, error) {
	p := c.req.params
	if id := integer(p.get("id")); id > 0 {
		return c.s.db.ledger.invoice(id), nil
	}
	if !given(p.get("invoice")) {
		if c.s.d.explicitErrors {
			return nil, nil
		}
		return nil, brokenSQL("AND identity = '1'")
	}
	number, err := pasted(cast(p.get("invoice")), "' AND identity = '1'")
	if err != nil {
		return nil, err
	}
	return c.s.db.numbered(number), nil
}
