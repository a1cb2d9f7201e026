package crmapi

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// newest reads the first page of the list of all deals.
func (v *dealV3) newest(ctx context.Context) ([]DealObject, error) {
	page, err := v.list(ctx, dealPage{active: dealsBoth})
	if err != nil || anyOpen(page.good) {
		return page.good, err
	}
	open, err := v.list(ctx, dealPage{active: dealsOpen}) // none is open, or this server means the closed ones
	if err != nil {
		return nil, err
	}
	return newestFirst(append(open.good, page.good...)), nil
}

// newestFirst sorts deals of which some may be there twice; the first of them
// stays.
func newestFirst(deals []DealObject) []DealObject {
	slices.SortStableFunc(deals, func(a, b DealObject) int { return cmp.Compare(b.DID, a.DID) })
	return slices.CompactFunc(deals, func(a, b DealObject) bool { return a.DID == b.DID })
}

func anyOpen(deals []DealObject) bool {
	return slices.ContainsFunc(deals, func(o DealObject) bool { return !o.Closed })
}

// all walks the list of all deals. A server that takes active=false for the closed
// ones shows no open one: then open and closed deals are walked apart, the closed
// ones twice, because a deal that is closed meanwhile moves from list to list.
func (v *dealV3) all(ctx context.Context, q DealQuery) iter.Seq2[DealObject, error] {
	return func(yield func(DealObject, error) bool) {
		w := dealWalk{v: v, q: q, yield: yield, given: make(idSet)}
		if !w.pass(ctx, dealsBoth) || w.open {
			return
		}
		page, err := v.list(ctx, dealPage{DealQuery: q, active: dealsOpen})
		if err != nil {
			yield(DealObject{}, err)
			return
		}
		if page.rows > 0 && w.pass(ctx, dealsOpen) {
			w.pass(ctx, dealsClosed)
		}
	}
}

// dealWalk walks lists of deals one after the other and returns each deal once.
type dealWalk struct {
	v     *dealV3
	q     DealQuery
	yield func(DealObject, error) bool
	given idSet
	open  bool // an open deal was seen
}

// pass walks one list and tells whether to go on.
func (w *dealWalk) pass(ctx context.Context, active string) bool {
	for o, err := range w.walk(ctx, active) {
		if o.DID != 0 && !w.given.add(o.DID) || w.q.CLID != 0 && err == nil && o.CLID != w.q.CLID {
			continue // told of before, or a filter that the server does not know
		}
		if !w.yield(o, err) || err != nil && !isClass(err, ClassUnreadable) {
			return false
		}
	}
	return true
}

func (w *dealWalk) walk(ctx context.Context, active string) iter.Seq2[DealObject, error] {
	l := listing[DealObject]{
		action: actDealList,
		above:  w.q.Above,
		whole:  active == dealsBoth && w.q.ChangedFrom == "" && w.q.ChangedTo == "" && w.q.CLID == 0,
		size:   PageSize,
		page: func(ctx context.Context, n int) (rowsOf[DealObject], error) {
			page, err := w.v.list(ctx, dealPage{DealQuery: w.q, page: n, active: active})
			w.open = w.open || anyOpen(page.good)
			return page, err
		},
		ids: func(ctx context.Context, n int) (rowsOf[DealObject], error) {
			return w.v.list(ctx, dealPage{page: n, active: active, idsOnly: true})
		},
		id:   func(o *DealObject) int64 { return o.DID },
		bare: func(did int64) DealObject { return DealObject{DID: did} },
	}
	return l.walk(ctx)
}
