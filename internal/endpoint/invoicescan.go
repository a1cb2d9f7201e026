package endpoint

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
)

// Scan implements engine.CRM, highest id first.
//
// The CRM finds lines of its plan of payments by their dates and not by their ids:
// a scan of the news reads the days since, and what was dated back by hand shows
// in a scan of all.
func (v *Invoices) Scan(ctx context.Context, scan engine.ScanQuery, yield func(engine.Observed) error) error {
	var q crmapi.InvoiceQuery
	news := scan.Above != 0 && !scan.Changed.IsZero()
	if news {
		q.From, q.To = daysSince(scan.Changed, v.zone)
	}
	plans, err := readPlans(ctx, v.api, news, q)
	if err != nil {
		return err
	}
	all, err := billsOf(ctx, v.billed, plans.lines)
	if err != nil {
		return err
	}
	slices.Reverse(all)
	for _, l := range all {
		seen := v.observed(l)
		if !scan.Values {
			seen.Values = nil
		}
		if err := yield(seen); err != nil {
			return err
		}
	}
	return plans.ended()
}

// plansOfPayments are those of the deals that could be read.
type plansOfPayments struct {
	lines  []crmapi.InvoiceObject
	unread map[string]bool // deals and invoices that could not: "deal 12"
}

// ended is what a scan ends with.
func (p *plansOfPayments) ended() error {
	return partly(p.unread)
}

// miss notes what cannot be read.
func (p *plansOfPayments) miss(line crmapi.InvoiceObject) {
	switch {
	case line.ID != 0:
		p.unread[fmt.Sprint("invoice ", line.ID)] = true
	case line.DID != 0:
		p.unread[fmt.Sprint("deal ", line.DID)] = true
	default:
		p.unread["a deal without a number"] = true
	}
}

// readPlans reads lines of the plan of payments; with whole, also the other lines of
// the deals that they belong to. A deal one line of which cannot be read is left out
// altogether: its invoices would look changed.
func readPlans(ctx context.Context, api *crmapi.Deals, whole bool, queries ...crmapi.InvoiceQuery) (*plansOfPayments, error) {
	found, spoiled := map[int64]crmapi.InvoiceObject{}, map[int64]bool{}
	p := &plansOfPayments{unread: map[string]bool{}}
	for _, q := range queries {
		for line, err := range api.Invoices(ctx, q) {
			switch {
			case isClass(err, crmapi.ClassUnreadable):
				p.miss(line)
				spoiled[line.DID] = true
			case err != nil:
				return nil, fmt.Errorf("read the plan of payments: %w", err)
			default:
				found[line.ID] = line
			}
		}
	}
	for _, line := range found {
		if !spoiled[line.DID] {
			p.lines = append(p.lines, line)
		}
	}
	if !whole {
		return p, nil
	}
	return p, p.complete(ctx, api)
}

// complete reads the plans of payments of the deals that the lines belong to: a
// window of days need not show every line of an invoice. A deal that vanished
// meanwhile has none.
func (p *plansOfPayments) complete(ctx context.Context, api *crmapi.Deals) error {
	deals := map[int64]bool{}
	for _, line := range p.lines {
		deals[line.DID] = true
	}
	p.lines = nil
	for _, did := range slices.Sorted(maps.Keys(deals)) {
		plan, err := api.InvoicesOf(ctx, did)
		switch {
		case isClass(err, crmapi.ClassUnreadable):
			p.miss(crmapi.InvoiceObject{DID: did})
		case err != nil && !isNotShown(err):
			return fmt.Errorf("read a deal's plan of payments: %w", err)
		}
		p.lines = append(p.lines, plan...)
	}
	return nil
}
