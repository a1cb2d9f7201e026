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
	lines, err := planLines(ctx, v.api, q)
	if err == nil && news {
		lines, err = wholePlans(ctx, v.api, lines)
	}
	if err != nil {
		return err
	}
	all := invoicesIn(lines)
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
	return nil
}

// planLines reads lines of the plan of payments. What cannot be read as a line
// makes the whole unreadable: an invoice that lacks one would look changed.
func planLines(ctx context.Context, api *crmapi.Deals, queries ...crmapi.InvoiceQuery) ([]crmapi.InvoiceObject, error) {
	found := map[int64]crmapi.InvoiceObject{}
	for _, q := range queries {
		for line, err := range api.Invoices(ctx, q) {
			if err != nil {
				return nil, fmt.Errorf("read the plan of payments: %w", err)
			}
			found[line.ID] = line
		}
	}
	return slices.Collect(maps.Values(found)), nil
}

// wholePlans reads the plans of payments of the deals that the lines belong to: a
// window of days need not show every line of an invoice. A deal that vanished
// meanwhile has none.
func wholePlans(ctx context.Context, api *crmapi.Deals, lines []crmapi.InvoiceObject) ([]crmapi.InvoiceObject, error) {
	deals := map[int64]bool{}
	for _, line := range lines {
		deals[line.DID] = true
	}
	var out []crmapi.InvoiceObject
	for _, did := range slices.Sorted(maps.Keys(deals)) {
		plan, err := api.InvoicesOf(ctx, did)
		if err != nil && !isNotShown(err) {
			return nil, fmt.Errorf("read a deal's plan of payments: %w", err)
		}
		out = append(out, plan...)
	}
	return out, nil
}
