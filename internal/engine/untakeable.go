package engine

import (
	"context"

	"syncd/internal/reconcile"
)

// Taker is an Outbox that knows before a delivery what the source side cannot hold: a
// plan asks it, so that it promises nothing that a run holds.
type Taker interface {
	// Untakeable names of the rows what Deliver would leave out, as far as it can be
	// told without writing anything.
	Untakeable(ctx context.Context, rows []OfferRow) ([]Undelivered, error)
}

// untakeable is the hold that a write-back of a linked record would come to, or nil.
func (r *run) untakeable(ctx context.Context, t *task) (*Hold, error) {
	side, ok := r.Outbox.(Taker)
	if !ok || len(t.Back) == 0 {
		return nil, nil
	}
	row := OfferRow{UID: t.UID, Key: t.Key, CLID: t.CLID, Title: t.Title}
	for _, c := range t.Back {
		row.Fields = append(row.Fields, OfferedField{Field: c.Field, Old: c.From, New: c.To, Rule: c.Rule})
	}
	left, err := side.Untakeable(ctx, []OfferRow{row})
	if len(left) == 0 || err != nil {
		return nil, err
	}
	r.end(t.ord, Held)
	h := &Hold{
		UID: t.UID, Key: t.Key, Title: t.Title, Reason: reconcile.ReasonUnwritable, CLID: t.CLID, Origin: t.Origin, Sticky: true,
	}
	for i := range left {
		h.Fields = append(h.Fields, unwritableFields(&row, &left[i])...)
	}
	return h, nil
}
