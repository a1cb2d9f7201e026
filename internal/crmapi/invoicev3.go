package crmapi

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"time"
)

// The actions of invoices, as they stand in the path of v3.
const (
	actInvoiceList = "invoice/list"
	actInvoiceInfo = "invoice/info"
	actInvoiceAdd  = "invoice/add"
	actInvoiceDo   = "invoice/do"
)

// fewInvoices is how many invoices of a window are asked for one by one; of more,
// the list of deals tells all at once.
const fewInvoices = 200

// invoicesOf reads the block of a deal in the list: the one place that tells all
// lines and which of them are paid.
func (v *dealV3) invoicesOf(ctx context.Context, did int64) ([]InvoiceObject, error) {
	o, err := v.row(ctx, did, 0, false)
	if err != nil {
		return nil, err
	}
	return v.completed(ctx, did, o.CLID, o.Invoices)
}

// completed adds to the block of a deal what it lacks: the deal, the client and
// the planned day of payment.
func (v *dealV3) completed(ctx context.Context, did, clid int64, block []InvoiceObject) ([]InvoiceObject, error) {
	if len(block) == 0 {
		return nil, nil
	}
	rows, _, err := v.invoiceRows(ctx, invoiceFilter{did: did})
	if err != nil {
		return nil, err
	}
	out := slices.Clone(block)
	for i := range out {
		if out[i], err = v.complete(ctx, out[i], did, clid, rows); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b InvoiceObject) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// complete takes the planned day from the list, or else from the invoice's card.
func (v *dealV3) complete(ctx context.Context, in InvoiceObject, did, clid int64, rows map[int64]listedInvoice) (InvoiceObject, error) {
	in.DID, in.CLID = did, clid
	if row, ok := rows[in.ID]; ok && !row.unread {
		in.Plan, in.CLID = row.plan, row.clid
		return in, nil
	}
	card, err := v.invoice(ctx, in.ID)
	if isClass(err, ClassNotFound) { // gone since; the block is one moment's answer
		return in, nil
	}
	in.Plan = card.Plan
	return in, err
}

// invoice reads a card. Of an invoice that is not there today's server shows one
// full of nulls.
func (v *dealV3) invoice(ctx context.Context, id int64) (InvoiceObject, error) {
	o := newObject(nil)
	o.num("id", id)
	env, _, err := v.c.read(ctx, actInvoiceInfo, o.end())
	if err != nil {
		return InvoiceObject{}, err
	}
	if len(env.data) == 0 || env.data[0] != '{' {
		return InvoiceObject{}, protocol(actInvoiceInfo, errShape)
	}
	in, err := decodeInvoice(env.data)
	switch {
	case errors.Is(err, errNoInvoice):
		return InvoiceObject{}, &Error{Class: ClassNotFound, Action: actInvoiceInfo, HTTPStatus: 200, Err: err}
	case err != nil:
		return InvoiceObject{}, &Error{Class: ClassUnreadable, Action: actInvoiceInfo, HTTPStatus: 200, Err: err}
	case in.ID != id:
		return InvoiceObject{}, protocol(actInvoiceInfo, errors.New("answer is about another invoice"))
	}
	return in, nil
}

// invoiceFilter selects rows of v3's invoice/list.
type invoiceFilter struct {
	InvoiceQuery

	did int64
}

// encode asks for a page, from 0; the server counts from 1. A lower bound alone is
// ignored by it, and a day means its midnight: the upper bound is the day after.
func (f *invoiceFilter) encode(page int) []byte {
	o := newObject(nil)
	o.num("offset", int64(page)+1)
	o.str("order", "dateCreate")
	if f.did != 0 {
		o.num("did", f.did)
	}
	window := func(name, from, to string) {
		if from == "" && to == "" {
			return
		}
		o.str(name+"Start", cmp.Or(from, "1970-01-01"))
		o.str(name+"End", dayAfter(cmp.Or(to, "2999-12-30")))
	}
	window("dateCreate", f.From, f.To)
	window("dateFact", f.PaidFrom, f.PaidTo)
	return o.end()
}

func dayAfter(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}

// holds reports whether an invoice is in the window.
func (q *InvoiceQuery) holds(in *InvoiceObject) bool {
	within := func(day, from, to string) bool {
		return from == "" && to == "" || day != "" && day >= from && (to == "" || day <= to)
	}
	return within(in.Date, q.From, q.To) && within(in.PaidOn, q.PaidFrom, q.PaidTo)
}

// listedInvoice is what is kept of a row of the list: what no other answer about
// many invoices tells. That it is paid the list says of every one.
type listedInvoice struct {
	plan   string // day
	clid   int64
	unread bool // the row cannot be read
}

// invoiceRows reads the list of invoices until a round shows all that the round
// before it showed: then none that was there all the time can have slipped between
// two pages of both. The list is sorted by a day that people change, so that single
// answers prove nothing; what is one page is one moment. anonymous says that some rows
// that cannot be read showed not even their id.
func (v *dealV3) invoiceRows(ctx context.Context, f invoiceFilter) (out map[int64]listedInvoice, anonymous bool, err error) {
	out = map[int64]listedInvoice{}
	var last idSet
	for range maxRounds {
		seen := make(idSet)
		pages, unnamed, err := v.invoiceRound(ctx, &f, seen, out)
		if err != nil {
			return nil, false, err
		}
		anonymous = anonymous || unnamed
		if pages == 1 || last != nil && seen.holds(last) {
			return out, anonymous, nil
		}
		last = seen
	}
	return nil, false, &Error{Class: ClassUnknown, Action: actInvoiceList, HTTPStatus: 200, Err: ErrUnsteady}
}

func (v *dealV3) invoiceRound(
	ctx context.Context, f *invoiceFilter, seen idSet, out map[int64]listedInvoice,
) (pages int, anonymous bool, err error) {
	rows := 0
	for n := range maxPages {
		page, err := readRows(ctx, v.c, actInvoiceList, f.encode(n), decodeInvoice, func(in *InvoiceObject) int64 { return in.ID })
		if err != nil {
			return 0, false, err
		}
		rows += page.rows
		fresh := 0
		for i := range page.good {
			if in := page.good[i]; seen.add(in.ID) {
				fresh++
				out[in.ID] = listedInvoice{plan: in.Plan, clid: in.CLID}
			}
		}
		for _, bad := range page.bad {
			anonymous = anonymous || bad.id == 0
			if bad.id != 0 && seen.add(bad.id) {
				fresh++
				out[bad.id] = listedInvoice{unread: true}
			}
		}
		if page.rows == 0 || page.total > 0 && rows >= page.total && n+1 >= page.pages {
			return n + 1, anonymous, nil
		}
		if fresh == 0 && n > maxRounds {
			return 0, false, protocol(actInvoiceList, errRepeats)
		}
	}
	return 0, false, protocol(actInvoiceList, errManyPages)
}

func (v *dealV3) invoices(ctx context.Context, q InvoiceQuery) iter.Seq2[InvoiceObject, error] {
	return func(yield func(InvoiceObject, error) bool) {
		rows, anonymous, err := v.invoiceRows(ctx, invoiceFilter{InvoiceQuery: q})
		switch {
		case err != nil:
			yield(InvoiceObject{}, err)
		case len(rows) <= fewInvoices && q != (InvoiceQuery{}) && !anonymous: // whose card it is nobody knows
			v.oneByOne(ctx, q, rows, yield)
		default:
			v.byDeals(ctx, q, rows, yield)
		}
	}
}

// oneByOne reads the card of each invoice: the list does not tell which are paid.
func (v *dealV3) oneByOne(
	ctx context.Context, q InvoiceQuery, rows map[int64]listedInvoice, yield func(InvoiceObject, error) bool,
) {
	ids := make([]int64, 0, len(rows))
	for id := range rows {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		in, err := v.invoice(ctx, id)
		switch {
		case isClass(err, ClassNotFound): // gone since
		case isClass(err, ClassUnreadable):
			if !yield(InvoiceObject{ID: id}, err) {
				return
			}
		case err != nil:
			yield(InvoiceObject{}, err)
			return
		case q.holds(&in) && !yield(in, nil):
			return
		}
	}
}

// byDeals reads the blocks of all deals: 200 deals with an answer, and certain. What
// cannot be read is told with all that is known of it.
func (v *dealV3) byDeals(
	ctx context.Context, q InvoiceQuery, rows map[int64]listedInvoice, yield func(InvoiceObject, error) bool,
) {
	given := make(idSet)
	for o, err := range v.all(ctx, DealQuery{Invoices: true}) {
		if err != nil {
			if !yield(InvoiceObject{DID: o.DID}, err) {
				return
			}
			continue
		}
		for _, in := range o.Invoices {
			if !given.add(in.ID) || !q.holds(&in) {
				continue
			}
			in, err := v.complete(ctx, in, o.DID, o.CLID, rows)
			if err != nil && !isClass(err, ClassUnreadable) {
				yield(InvoiceObject{}, err)
				return
			}
			if err != nil {
				in = InvoiceObject{ID: in.ID, DID: o.DID}
			}
			if !yield(in, err) {
				return
			}
		}
	}
}
