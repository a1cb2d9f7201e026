package crmapi

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
)

func (v *dealV3) add(ctx context.Context, in *DealInput, g *DealGuides) (did int64, err error) {
	o := newObject(nil)
	appendID(&o, "clid", in.CLID)
	appendID(&o, "payer", in.Payer)
	o.strIf("uid", in.UID)
	o.strIf("user", in.User)
	for i := range in.Fields {
		if f := &in.Fields[i]; f.Text != "" {
			appendDealField(&o, f, g)
		}
	}
	if len(in.Lines) > 0 {
		appendLines(&o, in.Lines)
	}
	r := request{action: actDealAdd, body: o.end(), records: 1 + len(in.Lines)}
	err = v.c.write(ctx, r, func(raw []byte, status int) *Error {
		env, e := v.c.dealAnswer(actDealAdd, raw, status)
		if e != nil {
			return e
		}
		if did = intOf(env.data); did <= 0 {
			return doubtful(actDealAdd, status, errNoNewID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return did, nil
}

// update sends what in sets, and beside it what the server would spoil: the margin,
// which becomes 0; the contacts, which go; the client or the payer, each of which
// takes the other's place when it comes alone. Sums are written only beside the
// title, or something else that differs; a sum of 0 never makes a difference. The
// specification is never sent: the server would not write it, but sum the deal up
// from the lines that it has.
func (v *dealV3) update(ctx context.Context, was *DealObject, in *DealInput, g *DealGuides) error {
	o := newObject(nil)
	o.num("did", was.DID)
	o.strIf("uid", in.UID)
	appendID(&o, "iduser", in.UserID)
	appendID(&o, "pid", was.Person)
	appendContacts(&o, was, in)
	if in.CLID != 0 || in.Payer != 0 {
		appendID(&o, "clid", cmp.Or(in.CLID, was.CLID))
		appendID(&o, "payer", cmp.Or(in.Payer, was.Payer))
	}
	for i := range in.Fields {
		appendDealField(&o, &in.Fields[i], g)
	}
	if !hasKey(in.Fields, "marga") {
		o.str("marga", zeroIfEmpty(was.Fields["marga"].S))
	}
	if title := was.Fields["title"].S; title != "" && wantsTitle(was, in) {
		o.str("title", title)
	}
	return v.c.write(ctx, request{action: actDealUpdate, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		return v.c.about(actDealUpdate, raw, status, was.DID)
	})
}

// wantsTitle reports whether the title must go along for the sums to be written.
// One that the server would rewrite, because it has quotes in it, only goes when
// nothing else differs.
func wantsTitle(was *DealObject, in *DealInput) bool {
	if hasKey(in.Fields, "title") || !hasKey(in.Fields, "kol") && !hasKey(in.Fields, "marga") {
		return false
	}
	title := was.Fields["title"].S
	if strings.TrimSpace(title) == title && !strings.ContainsAny(title, "\"'`«»<>\\&") {
		return true
	}
	return !slices.ContainsFunc(in.Fields, func(f FieldInput) bool {
		switch f.Key {
		case "direction", "tip", "datum_plan", "datum_start", "datum_end", "mcid":
			return f.Text != was.Fields[f.Key].S
		}
		return false // the server may make of a text what it was
	})
}

// appendContacts sends the contacts of the deal as they were; those of another client
// are none of the new one's.
func appendContacts(o *object, was *DealObject, in *DealInput) {
	if len(was.Contacts) == 0 || in.CLID != 0 && in.CLID != was.CLID {
		return
	}
	pids := make([]string, len(was.Contacts))
	for i, pid := range was.Contacts {
		pids[i] = strconv.FormatInt(pid, 10)
	}
	o.str("pid_list", strings.Join(pids, ";"))
}

func appendID(o *object, key string, id int64) {
	if id != 0 {
		o.num(key, id)
	}
}

// appendDealField sends directions and types by their ids: as text a direction
// beside a type would be looked up among the stages.
func appendDealField(o *object, f *FieldInput, g *DealGuides) {
	switch f.Key {
	case "direction":
		e, _ := titleIn(g.Directions, f.Text)
		o.num(f.Key, e.ID)
	case "tip":
		e, _ := titleIn(g.Types, f.Text)
		o.num(f.Key, e.ID)
	case "kol", "marga":
		o.str(f.Key, zeroIfEmpty(f.Text))
	default:
		o.str(f.Key, f.Text)
	}
}

// appendLines sends the specification. The server pastes articles and titles into the
// query of its price list, after it has written the deal.
func appendLines(o *object, lines []DealLine) {
	o.key("speka")
	o.b = append(o.b, '[')
	for i := range lines {
		l := &lines[i]
		if i > 0 {
			o.b = append(o.b, ',')
		}
		item := newObject(o.b)
		item.strIf("artikul", cleanerLine.Replace(l.Article))
		item.str("title", cleanerLine.Replace(l.Title))
		item.strIf("edizm", l.Unit)
		item.str("kol", zeroIfEmpty(l.Quantity))
		factor := l.Factor
		if factor == "" {
			factor = "1"
		}
		item.str("dop", factor)
		item.str("price", zeroIfEmpty(l.Price))
		item.strIf("price_in", l.PriceIn)
		item.strIf("nds", l.VAT)
		o.b = item.end()
	}
	o.b = append(o.b, ']')
}

func (v *dealV3) changeStep(ctx context.Context, did int64, step, reason string) error {
	o := newObject(nil)
	o.num("did", did)
	o.str("step", step)
	o.strIf("description", reason)
	return v.c.write(ctx, request{action: actDealStep, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		return v.c.about(actDealStep, raw, status, did)
	})
}

// close names the status by its title, as documented, unless the server's query
// could not bear it.
func (v *dealV3) close(ctx context.Context, did int64, in *CloseInput, g *DealGuides) error {
	status, _ := titleIn(g.Statuses, in.Status)
	o := newObject(nil)
	o.num("did", did)
	if unsafeSQL(status.Title) {
		o.num("sid", status.ID)
	} else {
		o.str("status_close", status.Title)
	}
	o.strIf("kol_fact", in.Fact)
	o.strIf("marga", in.Margin)
	o.strIf("des_fact", in.Text)
	return v.c.write(ctx, request{action: actDealClose, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		return v.c.told(actDealClose, raw, status, "Ok", "Сделка закрыта")
	})
}

func (v *dealV3) remove(ctx context.Context, did int64) error {
	o := newObject(nil)
	o.num("did", did)
	return v.c.write(ctx, request{action: actDealDelete, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		return v.c.about(actDealDelete, raw, status, did)
	})
}

func (v *dealV3) addInvoice(ctx context.Context, in *InvoiceInput) (id int64, number string, err error) {
	o := newObject(nil)
	o.num("did", in.DID)
	o.str("invoice", in.Number)
	o.strIf("date", in.Date)
	o.strIf("date.plan", in.Plan)
	o.str("summa", in.Sum)
	o.strIf("nds", in.VAT)
	o.strIf("contract", in.Contract)
	o.strIf("tip", in.Type)
	appendID(&o, "rs", in.Account)
	err = v.c.write(ctx, request{action: actInvoiceAdd, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		var e *Error
		id, number, e = v.c.invoiceAdded(actInvoiceAdd, raw, status, "Успешно")
		return e
	})
	if err != nil {
		return 0, "", err
	}
	return id, number, nil
}

// pay names the line by its id alone: by a number the server takes the first line
// of it, paid or not. The sum is always told, so that a line that changed since is
// not paid with another one.
func (v *dealV3) pay(ctx context.Context, in *PaymentInput) error {
	o := newObject(nil)
	o.num("id", in.ID)
	o.str("summa", in.Sum)
	o.strIf("date.do", in.On)
	return v.c.write(ctx, request{action: actInvoiceDo, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		return v.c.told(actInvoiceDo, raw, status, "Успешно", "Внесена оплата")
	})
}
