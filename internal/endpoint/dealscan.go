package endpoint

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
)

// Scan implements engine.CRM. The deals above a did come first, newest first but
// for stragglers, then the older ones.
//
// The CRM dates the edit of a card, and neither a move to another stage nor a
// closing: where values are wanted, every older deal is read.
func (d *Deals) Scan(ctx context.Context, scan engine.ScanQuery, yield func(engine.Observed) error) error {
	older := scan.Above != 0 && !scan.Changed.IsZero()
	q := crmapi.DealQuery{Above: scan.Above}
	if older && scan.Values {
		q.Above = 0
	}
	unread := map[string]bool{}
	if err := d.scan(ctx, q, scan.Values, unread, yield); err != nil {
		return err
	}
	if !older || scan.Values {
		return partly(unread)
	}
	q.Above = 0
	q.ChangedFrom, q.ChangedTo = daysSince(scan.Changed, d.zone)
	err := d.scan(ctx, q, false, unread, func(o engine.Observed) error {
		if o.Entry.CLID > scan.Above {
			return nil // the scan by number had it
		}
		return yield(o)
	})
	if err != nil {
		return fmt.Errorf("read the deals that were edited: %w", err)
	}
	return partly(unread)
}

// partly is what a scan ends with that could not read these: "deal 12".
func partly(unread map[string]bool) error {
	if len(unread) == 0 {
		return nil
	}
	return &engine.UnreadError{What: slices.Sorted(maps.Keys(unread))}
}

// daysSince are the days from the one before a time, because clocks differ, to one
// that lies ahead, because servers ignore one bound alone.
func daysSince(since time.Time, zone *time.Location) (from, to string) {
	day := since.In(zone)
	return day.AddDate(0, 0, -1).Format(time.DateOnly), day.AddDate(1, 0, 0).Format(time.DateOnly)
}

// scan yields the deals of q, and puts those that cannot be read among unread.
func (d *Deals) scan(ctx context.Context, q crmapi.DealQuery, values bool, unread map[string]bool, yield func(engine.Observed) error) error {
	for o, err := range d.api.All(ctx, q) {
		bad := isClass(err, crmapi.ClassUnreadable)
		if err != nil && !bad {
			return err
		}
		if o.DID == 0 {
			continue // not even its number is known
		}
		if bad {
			unread[fmt.Sprint("deal ", o.DID)] = true
		}
		seen := engine.Observed{Entry: d.entry(&o), Title: o.Fields["title"].S}
		if values && !bad {
			if seen, err = d.observed(ctx, &o); err != nil {
				return err
			}
		}
		if err := yield(seen); err != nil {
			return err
		}
	}
	return nil
}
