package engine

import (
	"context"
	"errors"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Clients born in the CRM go to the source side with their clid
// (`on_crm_new: export`). They have no link: one is made when an export brings
// the clid back. Those that were there before the job first looked are adoption's.

// planBorn spools what is to be offered of the clients that nobody's record is.
func (r *run) planBorn(ctx context.Context) error {
	r.holdLateBorn()
	if len(r.watch.born) == 0 {
		return nil
	}
	claimed := r.claimedCLIDs()
	clids := make([]int64, 0, len(r.watch.born))
	for _, b := range r.watch.born {
		clids = append(clids, b.clid)
	}
	offered, err := r.Offers.Born(ctx, clids)
	if err != nil {
		return err
	}
	ours := r.maybeOurs()
	for _, b := range r.watch.born {
		if claimed[b.clid] || r.ignored(bornUID(b.clid)) {
			continue
		}
		var seen Observed
		if err := r.seen.read(b.at, &seen); err != nil {
			return err
		}
		if ours[seen.Entry.Keys.Natural] {
			continue
		}
		d := r.decideBorn(&seen, offered[b.clid])
		if d.Action != reconcile.WriteBack {
			continue
		}
		if err := r.spoolBorn(b.clid, &seen, d); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) decideBorn(seen *Observed, offered record.Stored) reconcile.Decision {
	s := reconcile.Situation{
		Link: reconcile.Unlinked, Source: reconcile.SourceNone, CRM: reconcile.CRMPresent, CRMNow: seen.Values,
	}
	if r.chosen(bornUID(seen.Entry.CLID), takeRetry, takeCRM) == nil {
		s.Pending = record.Restore(r.cfg.Policy.Schema, offered, r.cfg.CanonCRM)
	}
	return reconcile.Decide(r.cfg.Policy, s)
}

func (r *run) spoolBorn(clid int64, seen *Observed, d reconcile.Decision) error {
	uid := bornUID(clid)
	ord := r.index.add(0, record.FingerprintOf(uid), record.Fingerprint{})
	i, err := r.spool.append(&Op{
		Run: r.id, Kind: OpWriteBack, Status: OpPlanned, UID: uid, CLID: clid, Title: seen.Title, Back: r.fieldChanges(d.ToSource),
	}, ord)
	if err != nil {
		return err
	}
	r.spool.at[i].born = true
	r.index.ops[ord] = int32(i + 1)
	return nil
}

// claimedCLIDs are the clients that this run links, or asks a person about.
func (r *run) claimedCLIDs() map[int64]bool {
	out := map[int64]bool{}
	about := func(h *Hold) {
		out[h.CLID] = true
		for _, clid := range h.NumbersOf() {
			out[clid] = true
		}
	}
	for i := range r.find.Holds {
		about(&r.find.Holds[i])
	}
	for _, h := range r.standing.Holds {
		if _, born := bornCLID(h.UID); !born || r.chosen(h.UID, takeRetry, takeCRM) == nil {
			about(&h)
		}
	}
	for _, c := range r.claims {
		for _, clid := range c.clids {
			out[clid] = true
		}
	}
	return out
}

// maybeOurs are the natural keys of records that may be in the CRM without anybody
// knowing it: what is there in their place is not offered to the source, which has it.
func (r *run) maybeOurs() map[string]bool {
	if !r.cfg.Nameless {
		return nil
	}
	out := map[string]bool{}
	note := func(set record.Stored) {
		if key := r.cfg.Keys(record.Restore(r.cfg.Policy.Schema, set, r.cfg.CanonSource)).Natural; key != "" {
			out[key] = true
		}
	}
	for _, op := range r.open {
		if op.Kind == OpAdd {
			note(op.Set)
		}
	}
	for _, h := range r.standing.Holds {
		if h.Reason == reconcile.ReasonPaymentUnsure {
			note(sourceIn(h.Fields))
		}
	}
	for _, choices := range r.standing.Choices {
		for _, c := range choices {
			if c.Take == takeIgnore { // a person may have said so because it is there
				note(sourceIn(c.Seen))
			}
		}
	}
	return out
}

// deliverBorn offers one of them, unless a record has met it in this run.
func (r *run) deliverBorn(ctx context.Context, t *task) error {
	holders, err := r.Ledger.Holders(ctx, []int64{t.CLID})
	if err != nil {
		return err
	}
	if _, taken := holders[t.CLID]; taken {
		r.spool.at[t.at].drop = true // it ends as the record that it is linked to, and is no other one
		r.done(t, none)
		return r.settle(ctx, Settlement{Edit: t.CLID})
	}
	seen, err := r.CRM.Read(ctx, t.CLID)
	switch {
	case errors.Is(err, ErrNotVisible):
		r.done(t, OutOfScope)
		return r.settle(ctx, Settlement{Edit: t.CLID})
	case err != nil:
		return &CRMError{Err: err}
	case seen.Unplaced:
		r.done(t, Waiting)
		return nil
	case seen.Entry.UID != "" || seen.Entry.Trash:
		r.done(t, OutOfScope)
		return r.settle(ctx, Settlement{Edit: t.CLID})
	}
	offered, err := r.Offers.Born(ctx, []int64{t.CLID})
	if err != nil {
		return err
	}
	d := r.decideBorn(&seen, offered[t.CLID])
	pending := record.Stored{}
	for k, v := range offered[t.CLID] {
		pending[k] = v
	}
	schema := r.cfg.Policy.Schema
	for _, c := range d.ToSource {
		pending[schema.Field(c.Field).Name] = textOf(c.To)
	}
	t.Back = r.fieldChanges(d.ToSource)
	if r.movedSincePlan(t) {
		return nil
	}
	if err := r.settle(ctx, Settlement{
		UID: t.UID, Born: &Born{CLID: t.CLID, Title: seen.Title, Pending: pending}, Offers: t.Back, Edit: t.CLID,
		Anew: r.chosen(t.UID, takeRetry, takeCRM) != nil, Used: r.usedChoices(t.UID), Clear: true,
	}); err != nil {
		return err
	}
	r.done(t, WrittenBack)
	return nil
}

// holdLateBorn holds the clients that were offered long ago and that no export
// has brought back.
func (r *run) holdLateBorn() {
	for _, row := range r.lateBorn {
		uid := bornUID(row.CLID)
		if len(r.standing.Choices[uid]) > 0 {
			continue
		}
		h := Hold{UID: uid, Title: row.Title, Reason: reconcile.ReasonNotTaken, CLID: row.CLID}
		for _, f := range row.Fields {
			h.Fields = append(h.Fields, HeldField{Field: f.Field, CRM: f.New})
		}
		r.hold(r.index.add(0, record.FingerprintOf(uid), record.Fingerprint{}), h)
	}
}
