package engine

import (
	"context"
	"errors"
	"fmt"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// deliverUpdate reads the client once more, decides with what it holds now,
// and writes what that decision says: nobody's edit since the last run is
// overwritten unseen.
func (r *run) deliverUpdate(ctx context.Context, t *task) error {
	links, err := r.Ledger.Links(ctx, []string{t.UID})
	if err != nil {
		return err
	}
	link, ok := links[t.UID]
	if !ok {
		return fmt.Errorf("uid %s: the link went away during the run", t.UID)
	}
	seen, err := r.CRM.Read(ctx, link.CLID)
	if w := unread(err); w != nil {
		return r.refuse(ctx, t, w)
	}
	if errors.Is(err, ErrNotVisible) {
		seen, err = r.updateGone(ctx, t, &link)
		if seen.Entry.CLID == 0 || err != nil {
			return err
		}
	}
	if err != nil {
		return &CRMError{Err: err}
	}
	if !r.carries(seen, t.UID) {
		// somebody else's client under our number: never written to
		return r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonMatchTaken, CLID: link.CLID})
	}
	d, s := r.decideUpdate(t, &link, seen)
	t.link, t.saw, t.decision = &link, s, &d
	t.Changes, t.Back = r.fieldChanges(d.ToCRM), r.fieldChanges(d.ToSource)
	switch d.Action {
	case reconcile.Nothing, reconcile.Update, reconcile.WriteBack:
		if seen.Locked != "" && len(t.Changes) > 0 {
			if r.chosen(t.UID, takeCRM) == nil {
				return r.holdTask(ctx, t, r.heldLocked(t, link.CLID, seen))
			}
			d = d.LeaveCRM()
			t.Changes, t.Back = nil, r.fieldChanges(d.ToSource)
		}
		t.CLID = link.CLID
		if w, err := r.fixedAhead(ctx, t, &d); err != nil {
			return err
		} else if fixed(w) {
			return r.holdTask(ctx, t, r.heldFixed(t, w))
		}
		return r.carryOut(ctx, t)
	case reconcile.Hold:
		rec := record.Record{UID: t.UID, Key: t.Key}
		h := r.heldLinked(&rec, &link, d, s)
		return r.holdTask(ctx, t, h)
	case reconcile.Ignore:
		r.done(t, OutOfScope) // in the trash: nothing is pushed
		return nil
	}
	return fmt.Errorf("uid %s: action %d cannot follow from a changed record", t.UID, d.Action)
}

// heldLocked describes a hold about a client that takes no more writes, with what was
// to be written.
func (r *run) heldLocked(t *task, clid int64, seen Observed) Hold {
	h := Hold{Reason: seen.Locked, CLID: clid, Fields: wanted(t)}
	for i := range h.Fields {
		h.Fields[i].CRM = t.Changes[i].From
	}
	return h
}

// carryOut does what was decided with the client as it is now.
func (r *run) carryOut(ctx context.Context, t *task) error {
	if len(t.Changes)+len(t.Back) > 0 {
		t.Kind = OpUpdate
		if len(t.Changes) == 0 {
			t.Kind = OpWriteBack
		}
		if r.movedSincePlan(t) {
			return nil
		}
	}
	switch {
	case len(t.Changes) > 0:
		return r.writeOne(ctx, t, Updated)
	case len(t.Back) > 0:
		return r.settleUpdate(ctx, t, WrittenBack)
	}
	return r.settleUpdate(ctx, t, Unchanged)
}

// decideUpdate decides with the client as it is now.
func (r *run) decideUpdate(t *task, link *Link, seen Observed) (reconcile.Decision, reconcile.Situation) {
	s := r.situation(link, record.Restore(r.cfg.Policy.Schema, t.Set, r.cfg.CanonSource), t.Left)
	s.CRM, s.CRMNow = reconcile.CRMPresent, seen.Values
	if seen.Entry.Trash {
		s.CRM = reconcile.CRMTrashed
	}
	s.Choices = r.choicesOf(t.UID)
	d := reconcile.Decide(r.policy(t.Left), s)
	r.standsApart(t.UID, &d)
	return d, s
}

// settleUpdate settles what needs no write to the CRM: both sides agree already,
// the rules leave the difference, or it goes to the source side.
func (r *run) settleUpdate(ctx context.Context, t *task, o Outcome) error {
	next := r.settledLink(t.link, r.bases(t, nil))
	next.Gone, next.Missing = false, 0
	next.name(t.Op)
	s := Settlement{
		UID: t.UID, Link: next, Clear: !r.unwritten(t.UID) || len(t.Back) == 0,
		Used: r.usedChoices(t.UID), Changes: r.keptChanges(*t.decision),
		Offers: t.Back, Anew: r.goesAgain(t),
	}
	if err := r.settle(ctx, s); err != nil {
		return err
	}
	r.remember(t, next.ID)
	r.done(t, o)
	return nil
}

// updateGone: the linked client is not shown. A client that carries our uid now,
// because cards were merged, takes its place and is returned; else the task ends.
func (r *run) updateGone(ctx context.Context, t *task, link *Link) (Observed, error) {
	fate, seen, err := r.lookFor(ctx, link)
	if err != nil {
		return Observed{}, err
	}
	switch fate {
	case fateThere:
		return seen, nil
	case fateMoved:
		if err := r.follow(ctx, link, seen); err != nil {
			return Observed{}, err
		}
		if link.CLID != seen.Entry.CLID { // another record owns that client
			return Observed{}, r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonCRMGone, CLID: seen.Entry.CLID, Fields: wanted(t)})
		}
		return seen, nil
	case fateGone:
		if r.chosen(t.UID, takeSource, takeAdd) != nil {
			// a person wants it back, and it is proven gone
			t.Kind, t.CLID, t.Changes, t.Back, t.decision = OpAdd, 0, nil, nil, nil
			return Observed{}, (&adder{run: r, size: 1}).sendAlone(ctx, t)
		}
		return Observed{}, r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonCRMGone, CLID: link.CLID, Fields: wanted(t)})
	case fateUnknown:
	}
	return Observed{}, r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonHidden, CLID: link.CLID})
}

// wanted are the fields that a task was to write, for the person who decides about
// its record instead.
func wanted(t *task) []HeldField {
	out := make([]HeldField, 0, len(t.Changes))
	for _, c := range t.Changes {
		out = append(out, HeldField{Field: c.Field, Source: c.To, Rule: c.Rule})
	}
	return out
}

// writeOne makes one update or link durable as intent, sends it and reads it
// back.
func (r *run) writeOne(ctx context.Context, t *task, o Outcome) error {
	t.SentAt, t.Attempt, t.Run = r.cfg.Now(), 1, r.id
	r.cfg.Step("before-intent")
	if err := r.Journal.Begin(ctx, r.id, []*Op{t.Op}); err != nil {
		return err
	}
	r.cfg.Step("intent-durable")
	r.writes++
	err := r.Writer.Update(ctx, t.Op)
	r.cfg.Step("answered")
	if err != nil {
		return r.updateFailed(ctx, t, o, writeError(err))
	}
	r.unknown = 0
	return r.readBack(context.WithoutCancel(ctx), t, o)
}

// updateFailed books an update that did not plainly succeed.
func (r *run) updateFailed(ctx context.Context, t *task, o Outcome, w *WriteError) error {
	switch w.Fate {
	case FateNotSent, FateAuth:
		return r.unsent(ctx, []*task{t}, w)
	case FateRefused, FateHasDeals:
		if fixed(w) {
			t.Status, t.Code, t.Text = OpFailed, w.Code, w.Text
			return r.holdTask(ctx, t, r.heldFixed(t, w))
		}
		return r.refuse(ctx, t, w)
	case FateGone:
		t.Status, t.Code, t.Text = OpFailed, w.Code, w.Text
		return r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonHidden, CLID: t.CLID})
	case FateUnknown:
	}
	seen, err := r.CRM.Read(context.WithoutCancel(ctx), t.CLID)
	if err == nil && r.applied(t.Op, seen) {
		return r.confirm(context.WithoutCancel(ctx), t, seen, o)
	}
	if derr := r.doubt(context.WithoutCancel(ctx), []*task{t}, w, nil); derr != nil {
		return derr
	}
	return r.lost(ctx, w)
}

// readBack proves a write by reading. A link whose uid did not take is held:
// the CRM writes a uid once only.
func (r *run) readBack(ctx context.Context, t *task, o Outcome) error {
	seen, err := r.CRM.Read(ctx, t.CLID)
	if err != nil {
		w := &WriteError{Code: "not-read-back", Err: err}
		if derr := r.doubt(ctx, []*task{t}, w, nil); derr != nil {
			return derr
		}
		return r.lost(ctx, w)
	}
	r.cfg.Step("proven")
	if t.Kind == OpLink && !r.carries(seen, t.UID) {
		t.Status, t.Code = OpFailed, "uid-not-taken"
		return r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonMatchTaken, CLID: t.CLID})
	}
	if f := r.untouched(t, seen); f != "" {
		t.Status, t.Code, t.Text = OpFailed, codeNotApplied, ""
		refusal := r.refusal(t.Op)
		refusal.Field = f
		return r.refused(ctx, t, refusal)
	}
	return r.confirm(ctx, t, seen, o)
}

// codeNotApplied marks an update that was answered with success and had no effect.
const codeNotApplied = "not-applied"

// untouched names a field that an update wrote and that stands as it did before;
// "" for none. A value that the CRM rewrote is another matter.
func (r *run) untouched(t *task, seen Observed) string {
	if t.Kind != OpUpdate {
		return ""
	}
	for _, c := range t.decision.ToCRM {
		now := at0(seen.Values, c.Field)
		if now.State != record.Absent && !now.Same(c.To) && now.Same(at0(t.saw.CRMNow, c.Field)) {
			return r.cfg.Policy.Schema.Field(c.Field).Name
		}
	}
	return ""
}
