package crmapi

import (
	"context"
)

// dealV3 speaks the methods deal and invoice of API v3.
type dealV3 struct{ c *Client }

// traits are those of the servers that were seen. What a server does there shows
// in no answer to a read.
func (v *dealV3) traits() DealTraits {
	return DealTraits{FixedLines: true, LosesPaidOn: true, InvoiceNeedsLines: true, DropsPerson: true}
}

func (v *dealV3) fields(ctx context.Context) ([]FieldCaption, error) {
	return v.c.captions(ctx, request{action: actDealFields, body: []byte("{}")}, "did")
}

func (v *dealV3) guides(ctx context.Context) (DealGuides, error) {
	return v.c.dealGuides(ctx, request{body: []byte("{}")}, dealLists{
		steps: dealList{actDealSteps, "idcategory"}, directions: dealList{actDealDirections, "id"},
		types: dealList{actDealTypes, "tid"}, statuses: dealList{actDealStatuses, "sid"},
	})
}

// dealPage is a request of v3's deal/list, sorted by did.
type dealPage struct {
	DealQuery

	page     int
	active   string // JSON: "yes", "no", or false, which means both to the servers that were seen
	did      int64  // deals whose did has these digits in it; 0 = all
	oldFirst bool
	idsOnly  bool
}

// The values of active. Nothing at all means the closed ones.
const (
	dealsOpen   = `"yes"`
	dealsClosed = `"no"`
	dealsBoth   = "false"
)

func (p *dealPage) encode() []byte {
	o := newObject(nil)
	o.num("offset", int64(p.page))
	o.str("order", "did")
	if p.oldFirst {
		o.str("first", "old")
	}
	o.raw("active", p.active)
	if p.idsOnly {
		o.str("fields", "did,close")
	}
	if p.Invoices {
		o.raw("invoice", "true")
	}
	o.strIf("dateChangeStart", p.ChangedFrom)
	o.strIf("dateChangeEnd", p.ChangedTo)
	if p.CLID != 0 || p.did != 0 {
		o.key("filter")
		f := newObject(o.b)
		if p.CLID != 0 {
			f.num("clid", p.CLID)
		}
		if p.did != 0 {
			f.num("did", p.did)
		}
		o.b = f.end()
	}
	return o.end()
}

func (v *dealV3) list(ctx context.Context, p dealPage) (rowsOf[DealObject], error) {
	return readRows(ctx, v.c, actDealList, p.encode(), decodeDeal, func(o *DealObject) int64 { return o.DID })
}

// readRows reads one page of a list.
func readRows[T any](
	ctx context.Context, c *Client, action string, body []byte, decode func([]byte) (T, error), id func(*T) int64,
) (rowsOf[T], error) {
	env, f, err := c.read(ctx, action, body)
	if err != nil {
		return rowsOf[T]{}, err
	}
	var rows [][]byte
	switch {
	case env.data != nil:
		rows, err = elements(env.data)
	case !hasMember(f.raw, "count"): // with no row, contacts are listed without a key "data"
		err = errShape
	}
	if err != nil {
		return rowsOf[T]{}, protocol(action, err)
	}
	page := rowsOf[T]{good: make([]T, 0, len(rows)), rows: len(rows)}
	for _, raw := range rows {
		o, err := decode(raw)
		if err != nil {
			page.bad = append(page.bad, badRow{id(&o), &Error{Class: ClassUnreadable, Action: action, Err: err}})
			continue
		}
		page.good = append(page.good, o)
	}
	_ = eachMember(f.raw, func(key, val []byte) {
		if string(key) == "count" {
			page.total = int(intOf(val))
		}
	})
	if len(env.params) > 0 && env.params[0] == '{' {
		_ = eachMember(env.params, func(key, val []byte) {
			if string(key) == "pageall" {
				page.pages = int(intOf(val))
			}
		})
	}
	return page, nil
}

func hasMember(raw []byte, name string) bool {
	found := false
	err := eachMember(raw, func(key, _ []byte) { found = found || string(key) == name })
	return err == nil && found
}
