package endpoint

import (
	"context"
	"fmt"
	"slices"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
)

// Scan implements engine.CRM. The clients above a clid come first, newest first
// but for stragglers, then the older ones that were edited. list does not tell
// who is in the trash, so that is read before, within the same bounds. A server of
// an old API may have each client asked for by itself.
//
// With Values, what list cannot show is Absent, and a client that list shows in
// no readable form has none.
func (c *CRM) Scan(ctx context.Context, scan engine.ScanQuery, yield func(engine.Observed) error) error {
	q := crmapi.ListQuery{Fields: c.scanFields(scan.Values), BankInfo: true, Above: scan.Above}
	c.scanned, c.top = true, max(c.top, scan.Above)
	if err := c.scan(ctx, q, scan.Values, yield); err != nil {
		return err
	}
	if scan.Changed.IsZero() || scan.Above == 0 {
		return nil
	}
	// Both bounds are given, because servers ignore one alone; the upper one
	// lies ahead, because clocks differ. A server that ignores the window answers
	// everything, which does no harm.
	q.Above = 0
	q.ChangedFrom = scan.Changed.In(c.zone).Format(time.DateTime)
	q.ChangedTo = scan.Changed.In(c.zone).AddDate(1, 0, 0).Format(time.DateTime)
	err := c.scan(ctx, q, scan.Values, func(o engine.Observed) error {
		if o.Entry.CLID > scan.Above {
			return nil // the scan by number had it
		}
		return yield(o)
	})
	if err != nil {
		return fmt.Errorf("read the clients that were edited: %w", err)
	}
	return nil
}

// scan yields the clients of q.
func (c *CRM) scan(ctx context.Context, q crmapi.ListQuery, values bool, yield func(engine.Observed) error) error {
	t, err := c.askTraits(ctx)
	if err != nil {
		return err
	}
	trash, err := c.trash(ctx, t, q)
	if err != nil {
		return err
	}
	for o, err := range c.api.Clients(ctx, q) {
		bad := isClass(err, crmapi.ClassUnreadable)
		if err != nil && !bad {
			return err
		}
		if o.CLID == 0 {
			continue // not even its number is known
		}
		c.top = max(c.top, o.CLID)
		if !t.Directory && !bad {
			if err := c.meetOwner(ctx, &o); err != nil {
				return err
			}
		}
		seen := engine.Observed{Entry: c.entry(&o), Title: o.Fields["title"].S}
		if values && !bad {
			if seen, err = c.observed(ctx, &o); err != nil {
				return err
			}
		}
		seen.Entry.Trash = seen.Entry.Trash || trash[o.CLID]
		if err := yield(seen); err != nil {
			return err
		}
	}
	return nil
}

// trash tells who of q is in the trash.
func (c *CRM) trash(ctx context.Context, t crmapi.Traits, q crmapi.ListQuery) (map[int64]bool, error) {
	if t.Dialect == crmapi.V1 {
		return c.knownTrash(ctx)
	}
	return c.readTrash(ctx, q)
}

func (c *CRM) readTrash(ctx context.Context, q crmapi.ListQuery) (map[int64]bool, error) {
	q.Fields, q.BankInfo, q.Trash = []string{"clid"}, false, crmapi.TrashOnly
	trash := map[int64]bool{}
	for o, err := range c.api.Clients(ctx, q) {
		if err != nil && !isClass(err, crmapi.ClassUnreadable) {
			return nil, fmt.Errorf("read the trash: %w", err)
		}
		trash[o.CLID] = true
	}
	return trash, nil
}

// keyFields are the fields that first meetings look at, requisites apart.
func keyFields() []string { return []string{"title", "phone", "fax", "mail_url"} }

// scanFields are the fields of the wire that a scan asks for: those of the
// mirror, and with values every mapped one. Requisites are asked for apart.
func (c *CRM) scanFields(values bool) []string {
	fields := append([]string{"clid", "uid", "type"}, keyFields()...)
	if !values {
		return fields
	}
	for i := range c.m.Schema().Len() {
		name := apiField(c.m.Schema().Field(i).Name)
		if name != "recv" && !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	return fields
}
