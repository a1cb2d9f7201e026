package engine

import (
	"context"
	"errors"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// deliverLink is a first meeting: the client is read, the rules of the first
// meeting decide, and a link is made by writing our uid into it and reading it
// back.
func (r *run) deliverLink(ctx context.Context, t *task) error {
	seen, err := r.CRM.Read(ctx, t.CLID)
	if errors.Is(err, ErrNotVisible) {
		t.Claimed = t.Claimed || errors.Is(err, ErrUnreadable)
		return r.metNobody(ctx, t)
	}
	if err != nil {
		return &CRMError{Err: err}
	}
	holders, err := r.Ledger.Holders(ctx, []int64{t.CLID})
	if err != nil {
		return err
	}
	offered, err := r.offeredBorn(ctx, t.Op)
	if err != nil {
		return err
	}
	owner := r.ownerFor(t.UID, holders[t.CLID])
	d, s := r.decideMeeting(t.Op, seen, owner, offered)
	if d.Action != reconcile.Link {
		return r.holdTask(ctx, t, r.heldMeeting(t, d, s, owner, seen.Rivals))
	}
	t.Changes, t.Back, t.saw, t.decision = r.fieldChanges(d.ToCRM), r.fieldChanges(d.ToSource), s, &d
	if seen.Locked != "" && len(t.Changes) > 0 {
		return r.holdTask(ctx, t, r.heldLocked(t, t.CLID, seen))
	}
	if r.movedSincePlan(t) {
		return nil
	}
	if r.carries(seen, t.UID) && len(t.Changes) == 0 {
		return r.confirm(ctx, t, seen, Merged)
	}
	return r.writeOne(ctx, t, Merged)
}

// offeredBorn is what was offered of a client that the source itself names.
func (r *run) offeredBorn(ctx context.Context, op *Op) (record.Stored, error) {
	if r.Offers == nil || op.Code != whyCLID {
		return nil, nil
	}
	offered, err := r.Offers.Born(ctx, []int64{op.CLID})
	return offered[op.CLID], err
}

// ownerFor names the record that a client belongs to, when it is another one than
// the one that meets it.
func (r *run) ownerFor(uid string, h Holder) string {
	if h.Link != nil && r.sameUID(h.Link.UID, uid) {
		return ""
	}
	return h.Owner
}

// decideMeeting decides what the meeting of a record with a client comes to.
// owner names the record that owns the client already, "" for none; offered is
// what was offered of the client before, nil for nothing.
func (r *run) decideMeeting(op *Op, seen Observed, owner string, offered record.Stored) (reconcile.Decision, reconcile.Situation) {
	schema := r.cfg.Policy.Schema
	s := reconcile.Situation{
		Link: reconcile.Unlinked, Source: reconcile.SourcePresent, CRM: reconcile.CRMPresent,
		SourceNow: record.Restore(schema, op.Set, r.cfg.CanonSource), CRMNow: seen.Values,
		Choices: r.choicesOf(op.UID),
	}
	same := r.sameUID(seen.Entry.UID, op.UID)
	if same {
		s.Link = reconcile.LostLink
	}
	if seen.Entry.Trash {
		s.CRM = reconcile.CRMTrashed
	}
	e := reconcile.Evidence{
		Source: r.cfg.Keys(s.SourceNow), CRM: seen.Entry, LinkedTo: owner, SameUID: same,
		Unsure: seen.Rivals != nil, Trash: seen.Entry.Trash, Forced: r.chosen(op.UID, takeLink) != nil, Named: op.Code == whyCLID,
	}
	if len(offered) > 0 {
		e.Offered = record.Restore(schema, offered, r.cfg.CanonCRM)
	}
	return reconcile.Meet(r.cfg.Policy, s, e), s
}

// heldMeeting describes the hold of a meeting, with both records shown. What cannot
// be told apart from others is named with them.
func (r *run) heldMeeting(t *task, d reconcile.Decision, s reconcile.Situation, owner string, rivals []int64) Hold {
	if d.Reason == reconcile.ReasonMatchAmbiguous {
		return Hold{Reason: d.Reason, OtherOwner: numbersText(rivals), Fields: r.sourceSide(s.SourceNow, "")}
	}
	h := Hold{Reason: d.Reason, CLID: t.CLID, OtherOwner: owner, Outdated: r.outdated(t.UID, s)}
	fields := d.Disputed
	if len(fields) == 0 {
		for f := range s.SourceNow {
			if !s.SourceNow[f].Blank() || !s.SourceNow[f].Same(at0(s.CRMNow, f)) { // what is equal speaks for them, too
				fields = append(fields, f)
			}
		}
	}
	for _, f := range fields {
		h.Fields = append(h.Fields, HeldField{
			Field: r.cfg.Policy.Schema.Field(f).Name, Source: at(s.SourceNow, f), CRM: at(s.CRMNow, f), Rule: d.Rule,
		})
	}
	return h
}

func at0(values []record.Value, f int) record.Value {
	if f >= len(values) {
		return record.Value{}
	}
	return values[f]
}

// heldNamed describes a hold about a record whose client the source names, and the CRM
// does not have.
func (r *run) heldNamed(t *task) Hold {
	h := Hold{
		Reason: reconcile.ReasonCRMGone, CLID: t.CLID,
		Fields: r.sourceSide(record.Restore(r.cfg.Policy.Schema, t.Set, r.cfg.CanonSource), ""),
	}
	for i := range h.Fields {
		h.Fields[i].Rule = reconcile.RuleCLIDWeak
	}
	return h
}

// metNobody: the client that was to be met is not shown. If the CRM itself
// named it, or cannot show it, it exists and is hidden: the record is never added again by
// itself. A client that the source named is gone: people took it out of the CRM
// while its record was on the way. If only the mirror knew it, the mirror is old:
// the record is decided anew in the next run.
func (r *run) metNobody(ctx context.Context, t *task) error {
	if t.Code == whyCLID && !t.Claimed {
		return r.holdTask(ctx, t, r.heldNamed(t))
	}
	if t.Claimed {
		return r.holdTask(ctx, t, Hold{Reason: reconcile.ReasonHidden, CLID: t.CLID})
	}
	if err := r.settle(ctx, Settlement{UID: t.UID, Mirror: entryGone(t.CLID)}); err != nil {
		return err
	}
	r.done(t, Waiting)
	return nil
}
