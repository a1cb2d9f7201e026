package engine

import (
	"context"
	"errors"
	"fmt"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// planDelete spools the removal of a client.
func (r *run) planDelete(c *changed, in *Incoming, link *Link) error {
	if old, ok := r.standing.Refused[link.UID]; ok && old.Source == r.refusedAs(c.source) && r.chosen(link.UID, takeRetry, takeSource) == nil {
		r.end(c.ord, Rejected) // the CRM said no, "it has deals", and keeps it
		return nil
	}
	return r.plan(c.ord, in, &Op{Kind: OpDelete, CLID: link.CLID, Left: c.state})
}

func (r *run) deliverDeletes(ctx context.Context) error {
	return r.each(ctx, OpDelete, r.deliverDelete)
}

// deliverDelete looks at the client once more, decides with what it holds now,
// removes it, and looks whether it went.
func (r *run) deliverDelete(ctx context.Context, t *task) error {
	link, d, err := r.decideDelete(ctx, t)
	if err != nil || d == nil {
		return err
	}
	t.link, t.decision = link, d
	switch d.Action {
	case reconcile.Remove:
		return r.deleteOne(ctx, t)
	case reconcile.Hold:
		return r.holdTask(ctx, t, r.heldLinked(&record.Record{UID: t.UID, Key: t.Key}, link, *d, t.saw))
	case reconcile.Ignore, reconcile.Nothing:
		r.done(t, Absent)
		return nil
	}
	return fmt.Errorf("uid %s: action %d cannot follow from a record that left", t.UID, d.Action)
}

// decideDelete decides with the client as it is now. A nil decision means that
// the task ended: the client is not there to be removed.
func (r *run) decideDelete(ctx context.Context, t *task) (*Link, *reconcile.Decision, error) {
	links, err := r.Ledger.Links(ctx, []string{t.UID})
	if err != nil {
		return nil, nil, err
	}
	link, ok := links[t.UID]
	if !ok {
		return nil, nil, fmt.Errorf("uid %s: the link went away during the run", t.UID)
	}
	seen, err := r.CRM.Read(ctx, link.CLID)
	switch {
	case errors.Is(err, ErrNotVisible):
		r.done(t, Absent) // it is not there, or not for us: a scan of all finds out
		return &link, nil, nil
	case err != nil:
		return &link, nil, &CRMError{Err: err}
	case !r.carries(seen, t.UID) && r.dry:
		r.end(t.ord, Held)
		return &link, nil, nil
	case !r.carries(seen, t.UID):
		return &link, nil, r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonMatchTaken, CLID: link.CLID})
	}
	s := r.situation(&link, record.Restore(r.cfg.Policy.Schema, t.Set, r.cfg.CanonSource), t.Left)
	s.CRM, s.CRMNow, s.Choices = reconcile.CRMPresent, seen.Values, r.choicesOf(t.UID)
	if seen.Entry.Trash {
		s.CRM = reconcile.CRMTrashed
	}
	t.saw = s
	d := reconcile.Decide(r.policy(t.Left), s)
	return &link, &d, nil
}

func (r *run) deleteOne(ctx context.Context, t *task) error {
	if r.movedSincePlan(t) {
		return nil
	}
	t.SentAt, t.Attempt, t.Run, t.CLID = r.cfg.Now(), 1, r.id, t.link.CLID
	r.cfg.Step("before-intent")
	if err := r.Journal.Begin(ctx, r.id, []*Op{t.Op}); err != nil {
		return err
	}
	r.cfg.Step("intent-durable")
	r.writes++
	err := r.Writer.Delete(ctx, t.CLID)
	r.cfg.Step("answered")
	keep := context.WithoutCancel(ctx)
	if err == nil {
		r.unknown = 0
		return r.deleteShown(keep, t)
	}
	w := writeError(err)
	switch w.Fate {
	case FateNotSent, FateAuth:
		return r.unsent(ctx, []*task{t}, w)
	case FateHasDeals, FateRefused:
		return r.refuse(keep, t, w)
	case FateGone:
		return r.deleteShown(keep, t)
	case FateUnknown:
	}
	if _, rerr := r.CRM.Read(keep, t.CLID); errors.Is(rerr, ErrNotVisible) && !errors.Is(rerr, ErrUnreadable) {
		return r.deleted(keep, t)
	}
	if err := r.doubt(keep, []*task{t}, w, nil); err != nil {
		return err
	}
	return r.lost(ctx, w)
}

// deleteShown believes a removal when the CRM does not show the client any more.
func (r *run) deleteShown(ctx context.Context, t *task) error {
	seen, err := r.CRM.Read(ctx, t.CLID)
	r.cfg.Step("proven")
	switch {
	case err == nil && seen.Entry.Trash:
		return r.deleted(ctx, t)
	case err == nil:
		return r.refuse(ctx, t, &WriteError{Fate: FateRefused, Code: codeNotApplied})
	case errors.Is(err, ErrNotVisible) && !errors.Is(err, ErrUnreadable):
		return r.deleted(ctx, t)
	}
	return r.doubt(ctx, []*task{t}, &WriteError{Code: "not-read-back", Err: err}, nil)
}

// deleted closes the link of a client that was removed.
func (r *run) deleted(ctx context.Context, t *task) error {
	t.Status, t.Code, t.Text = OpConfirmed, "", ""
	if err := r.settle(ctx, r.closing(t.Op, t.link)); err != nil {
		return err
	}
	r.index.links[t.ord] = 0
	r.done(t, Deleted)
	return nil
}

// closing is the settlement of a removal; link is nil when it closed before.
func (r *run) closing(op *Op, link *Link) Settlement {
	r.mirror.Put(*entryGone(op.CLID))
	s := Settlement{UID: op.UID, Op: op, Clear: true, Mirror: entryGone(op.CLID), Used: r.usedChoices(op.UID)}
	if link != nil {
		s.Link, s.Close, s.Edit = link, true, link.CLID
	}
	return s
}
