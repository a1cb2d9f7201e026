package emulator

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// invoicePage is how many invoices a page of v3 has: the account's setting.
const invoicePage = 30

// invoice is the script of v3 for invoices.
func (c *call) invoice() (answer, error) {
	switch c.req.action {
	case "list":
		return c.listInvoices()
	case "info":
		return c.infoInvoice(), nil
	case "add":
		return c.addInvoice(false)
	case "express":
		return c.addInvoice(true)
	case "do":
		return c.payInvoice()
	case "mail", "html", "pdf", "templates":
		return c.unmodelled(), nil
	default:
		return answer{value: c.s.d.failure(402, "Неизвестный метод")}, nil
	}
}

// invoiceOrders are the columns that a list sorts by, with their names in v3.
var invoiceOrders = map[string]string{
	"datum": "datum", "date_create": "datum", "dateCreate": "datum",
	"datum_credit": "datum_credit", "date_plan": "datum_credit", "datePlan": "datum_credit",
	"invoice_date": "invoice_date", "date_fact": "invoice_date", "dateFact": "invoice_date",
	"summa_credit": "summa_credit", "summa": "summa_credit", "invoice": "invoice",
}

// listInvoices lists invoices. Pages count from 1: 0 and 1 are the same.
func (c *call) listInvoices() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	order := cast(p.get("order"))
	if order == "" {
		order = "datum"
	}
	column, ok := invoiceOrders[order]
	if !ok {
		column = "datum_credit"
	}
	tuda := "DESC"
	if cast(p.get("first")) == "old" {
		tuda = ""
	}
	rows := c.invoicesFound(p)
	slices.SortStableFunc(rows, func(a, b *invoiceRow) int {
		n := compareInvoices(column, a, b)
		if tuda == "DESC" {
			return -n
		}
		return n
	})
	page := max(integer(p.get("offset")), 1)
	from := int64(len(rows))
	if page-1 <= from/invoicePage {
		from = min(from, (page-1)*invoicePage)
	}
	list := []any{}
	for _, r := range rows[from:min(int64(len(rows)), from+invoicePage)] {
		list = append(list, c.invoiceLine(r))
	}
	return answer{value: object{{"data", list}, {"params", object{
		{"page", page},
		{"pageall", (len(rows) + invoicePage - 1) / invoicePage},
		{"ord", column},
		{"tuda", tuda},
		{"valuta", currency},
		{"count", len(rows)},
	}}, {"count", len(rows)}}}, nil
}

func compareInvoices(column string, a, b *invoiceRow) int {
	switch column {
	case "datum":
		return strings.Compare(a.At, b.At)
	case "datum_credit":
		return strings.Compare(orEmpty(a.Plan), orEmpty(b.Plan))
	case "invoice_date":
		return strings.Compare(orEmpty(a.PaidOn), orEmpty(b.PaidOn))
	case "summa_credit":
		return cmp.Compare(a.Sum, b.Sum)
	default: // by the number that the text begins with
		return cmp.Compare(leadingMoney(orEmpty(a.Number)), leadingMoney(orEmpty(b.Number)))
	}
}

func (c *call) invoicesFound(p *array) []*invoiceRow {
	db := c.s.db
	visible := db.subordinates(c.user)
	owner, clid, did := integer(p.get("iduser")), integer(p.get("clid")), integer(p.get("did"))
	word, client := fold(cast(p.get("word"))), cast(p.get("client"))
	pay, _ := p.get("pay").(*array)
	on, off := truthy(pay.get("on")), truthy(pay.get("off"))
	windows := []struct {
		name  string
		value func(*invoiceRow) *string
	}{
		{"dateCreate", func(r *invoiceRow) *string { return &r.At }},
		{"datePlan", func(r *invoiceRow) *string { return r.Plan }},
		{"dateFact", func(r *invoiceRow) *string { return r.PaidOn }},
	}
	var rows []*invoiceRow
	for _, r := range db.invoices {
		title, deal := "", ""
		if cl := db.byCLID[r.CLID]; cl != nil {
			title = cl.str(colTitle)
		}
		if d := db.ledger.deal(r.DID); d != nil {
			deal = orEmpty(d.Title)
		}
		switch {
		case owner > 0 && r.Owner != owner, owner == 0 && !visible[r.Owner]:
		case clid > 0 && r.CLID != clid, did > 0 && r.DID != did:
		case on != off && r.paid() != on:
		case client != "" && !like(fold(title), client):
		case word != "" && !strings.Contains(fold(orEmpty(r.Number)+"\n"+orEmpty(r.Contract)+"\n"+deal+"\n"+title), word):
		default:
			fits := true
			for _, w := range windows {
				fits = fits && c.inWindow(w.value(r), w.name, p)
			}
			if fits {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// inWindow compares a date with the window that the request names. A lower bound
// alone of dateCreate is compared with another parameter.
func (c *call) inWindow(v *string, name string, p *array) bool {
	start, end := cast(p.get(name+"Start")), cast(p.get(name+"End"))
	switch {
	case start == "" && end == "":
		return true
	case v == nil:
		return false
	case start != "" && end != "":
		return databaseDate(*v) >= databaseDate(start) && databaseDate(*v) <= databaseDate(end)
	case end != "":
		return databaseDate(*v) < databaseDate(end)
	}
	if name == "dateCreate" && !c.s.d.changeStart {
		start = cast(p.get("dateStart"))
	}
	return databaseDate(*v) > databaseDate(start)
}

// linesLike counts the lines of a deal's plan of payments that have the number of
// one of them, and adds them up.
func (s *store) linesLike(r *invoiceRow) (lines int, sum money) {
	for _, other := range s.invoicesOf(r.DID) {
		if foldKey(orEmpty(other.Number)) == foldKey(orEmpty(r.Number)) {
			lines++
			sum += other.Sum
		}
	}
	return lines, sum
}

// invoiceLine is a line of the list: what the CRM's own page shows.
func (c *call) invoiceLine(r *invoiceRow) object {
	db := c.s.db
	d := db.ledger.deal(r.DID)
	var client, deal, color, warning, dole, person any
	if cl := db.byCLID[r.CLID]; cl != nil {
		client = cl.str(colTitle)
	}
	if pr := db.person(r.Person); pr != nil {
		person = pr.Text.get("person")
	}
	percent := literal("0")
	shown := "0,00"
	if d != nil {
		deal = d.Title
		percent, shown = share(r.Sum, d.Sum)
	}
	if !r.paid() {
		color = "redbg-sublite"
		if d != nil && d.closed() {
			color, warning = "graybg", true
		}
	}
	parts, all := db.linesLike(r)
	if parts > 1 {
		_, dole = share(r.Sum, all)
	}
	return object{
		{"id", r.ID},
		{"crid", r.ID},
		{"date_create", r.At},
		{"date_createf", russianDay(r.At, "02.01.06")},
		{"date_plan", r.Plan},
		{"date_planf", russianDay(orEmpty(r.Plan), "02.01.2006")},
		{"date_fact", r.PaidOn},
		{"date_factf", russianDay(orEmpty(r.PaidOn), "02.01.2006")},
		{"contract", r.Contract},
		{"invoice", r.Number},
		{"summaf", r.Sum.shown()},
		{"summa", r.Sum.number()},
		{"color", color},
		{"ddo", true},
		{"warning", warning},
		{"do", true},
		{"cando", nil},
		{"view", 1},
		{"clid", r.CLID},
		{"client", client},
		{"pid", r.Person},
		{"person", person},
		{"did", r.DID},
		{"deal", deal},
		{"isclose", warning},
		{"count", strconv.Itoa(parts) + " " + partsWord(parts)},
		{"dole", dole},
		{"company", companyOf(r.Account)},
		{"mc", mcOf(r.Account)},
		{"deltaf", shown},
		{"delta", percent},
	}
}

// share is a part of a whole in percent, as a number and for people.
func share(part, whole money) (literal, string) {
	if whole <= 0 {
		return "0", "0,00"
	}
	q := new(big.Rat).SetFrac64(int64(part)*100, int64(whole))
	exact, _ := q.Float64()
	cents := new(big.Rat).Mul(q, big.NewRat(100, 1))
	n := new(big.Int).Quo(new(big.Int).Add(new(big.Int).Mul(cents.Num(), big.NewInt(2)), cents.Denom()), new(big.Int).Mul(cents.Denom(), big.NewInt(2)))
	return literal(strconv.FormatFloat(exact, 'f', -1, 64)), money(n.Int64()).shown()
}

func russianDay(s, layout string) string {
	day, _, _ := strings.Cut(s, " ")
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.Format(layout)
}

func partsWord(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return "часть"
	case n%10 >= 2 && n%10 <= 4 && (n%100 < 12 || n%100 > 14):
		return "части"
	default:
		return "частей"
	}
}

// companyOf and mcOf are the company behind an account.
func companyOf(account int64) any {
	if accountTitle(account) == "" {
		return nil
	}
	return companyTitle
}

func mcOf(account int64) int64 {
	if accountTitle(account) == "" {
		return 0
	}
	return companyID
}

// infoInvoice shows an invoice. Of one that is not there, today's server shows
// an empty one.
func (c *call) infoInvoice() answer {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if p.get("id") == nil {
		return answer{value: c.s.d.failure(405, "Отсутствуют параметры - id Счета")}
	}
	r := c.s.db.ledger.invoice(integer(p.get("id")))
	if r == nil && c.s.d.explicitErrors {
		return answer{value: c.s.d.failure(404, "Документ не найден")}
	}
	var at, do any
	if r == nil {
		r = &invoiceRow{}
	} else {
		at, do = r.At, r.Do
	}
	o := object{
		{"crid", r.ID},
		{"invoice", r.Number},
		{"datum", at},
		{"datum_credit", r.Plan},
		{"invoice_date", r.PaidOn},
		{"contractnum", r.Contract},
		{"summa", r.Sum.number()},
		{"nds", r.VAT.number()},
		{"clid", r.CLID},
		{"pid", r.Person},
		{"did", r.DID},
		{"tip", r.Type},
		{"rs", r.Account},
		{"iduser", r.Owner},
		{"do", do},
		{"suffix", ""},
		{"valuta", currency},
		{"template", []any{}},
		{"idcurrency", 0},
		{"currency", []any{}},
		{"idcourse", 0},
		{"course", []any{}},
		{"signer", nil},
	}
	if d := c.s.db.ledger.deal(r.DID); truthy(p.get("dealinfo")) && d != nil {
		o = append(o, member{"deal", c.dealCard(d, c.s.db.dealFieldNames())})
	}
	return answer{value: object{{"data", o}}}
}
