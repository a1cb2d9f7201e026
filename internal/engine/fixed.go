package engine

import (
	"context"

	"syncd/internal/reconcile"
)

// What the CRM's API cannot change may depend on what else a record has there: a deal
// that is open takes no sum of its closing. Only the writing side knows.

// fixed reports that a write was turned away because the CRM has no way to do it.
func fixed(w *WriteError) bool {
	return w != nil && w.Code == string(reconcile.ReasonUnchangeable)
}

// heldFixed describes a hold about a field that a task was to write, and that the CRM
// has no way to change.
func (r *run) heldFixed(t *task, w *WriteError) Hold {
	h := Hold{Reason: reconcile.ReasonUnchangeable, CLID: t.CLID}
	for _, c := range t.Changes {
		if c.Field == w.Text || w.Text == "" {
			h.Fields = append(h.Fields, HeldField{Field: c.Field, Source: c.To, CRM: c.From, Rule: reconcile.RuleFixed})
		}
	}
	return h
}

// fixedAhead asks about an update that was held so before whether it still is: then
// nothing is begun. A person's word leaves the CRM as it is.
func (r *run) fixedAhead(ctx context.Context, t *task, d *reconcile.Decision) (*WriteError, error) {
	if len(t.Changes) == 0 || r.standing.Holds[t.UID].Reason != reconcile.ReasonUnchangeable {
		return nil, nil
	}
	_, w, err := r.askAhead(ctx, t.Op)
	if err != nil || !fixed(w) || r.chosen(t.UID, takeCRM) == nil {
		return w, err
	}
	*d = d.LeaveCRM()
	t.Changes, t.Back = nil, r.fieldChanges(d.ToSource)
	return nil, nil
}
