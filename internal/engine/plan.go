package engine

import (
	"context"
	"errors"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Plan is what a run would do now.
type Plan struct {
	Report *Report
	Holds  []Hold
	// Follows are the records that a run takes up once it has linked what they refer to
	// (Awaited.Planned): what becomes of them cannot be asked before. They end as
	// Waiting, and a Hold says what each waits for.
	Follows []Hold
	Rejects []Reject // and warnings
	// Halts are the guards that would stop the run.
	Halts []Halt
}

// Plan makes pass 1 alone: it reads both sides, sends nothing, settles nothing
// and stores nothing. Each op is handed to yield in source order, with the
// changes that it would make; an op that would end as a hold comes with it.
func (e *Engine) Plan(ctx context.Context, o Options, yield func(*Op, *Hold) error) (*Plan, error) {
	standing, err := e.Log.Standing(ctx)
	if err != nil {
		return nil, err
	}
	r := e.begin(0, o, standing, true)
	p := &Plan{Report: r.report, Halts: standing.Halts}
	if !standing.Mapping.IsZero() && standing.Mapping != e.cfg.Mapping && !r.allowed(GuardMappingChanged) {
		p.Halts = append(p.Halts, Halt{Guard: GuardMappingChanged})
	}
	if err := r.prepare(ctx); err != nil {
		return p, err
	}
	defer r.closeTapes()
	if err := r.readSource(ctx); err != nil {
		return p, err
	}
	source, plan := r.breaches()
	p.Halts = append(p.Halts, haltsOf(append(source, plan...))...)
	p.Holds, p.Follows, p.Rejects = r.find.Holds, r.follows, r.find.Rejects
	if err := r.planned(ctx, yield); err != nil {
		return p, err
	}
	p.Rejects = r.find.Rejects
	r.report.Finished = e.cfg.Now()
	return p, r.tally()
}

// planned hands out the ops as they would be carried out.
func (r *run) planned(ctx context.Context, yield func(*Op, *Hold) error) error {
	if err := r.foreseeLinks(ctx); err != nil {
		return err
	}
	for i := range r.spool.at {
		if r.spool.at[i].drop {
			continue
		}
		t, err := r.task(i)
		if err != nil {
			return err
		}
		foresee := r.foresee
		if r.opts.Offline {
			foresee = r.presume
		}
		hold, err := foresee(ctx, t)
		if err != nil {
			return err
		}
		if o := r.index.ends[t.ord]; o == Unchanged || o == OutOfScope || o == Absent || o == Rejected {
			continue // the client has it already, or lies in the trash, or it would be refused
		}
		if err := yield(t.Op, hold); err != nil {
			return err
		}
		r.cfg.Observe(Event{Stage: StagePlan, Done: int64(i + 1), Total: int64(len(r.spool.at))})
	}
	return nil
}

// foreseeUpdate reads the client, as the run will before it writes, so that a
// conflict shows in the plan.
func (r *run) foreseeUpdate(ctx context.Context, t *task) (*Hold, error) {
	held := func(h Hold) (*Hold, error) {
		h.UID, h.Key, h.Title, h.Origin = t.UID, t.Key, t.Title, t.Origin
		r.end(t.ord, Held)
		return &h, nil
	}
	links, err := r.Ledger.Links(ctx, []string{t.UID})
	if err != nil {
		return nil, err
	}
	link := links[t.UID]
	seen, err := r.CRM.Read(ctx, link.CLID)
	switch {
	case unread(err) != nil:
		r.rejectAhead(t, unread(err))
		return nil, nil
	case errors.Is(err, ErrNotVisible) || errors.Is(err, ErrUnreadable):
		return held(Hold{Reason: reconcile.ReasonHidden, CLID: link.CLID})
	case err != nil:
		return nil, &CRMError{Err: err}
	case !r.carries(seen, t.UID):
		return held(Hold{Reason: reconcile.ReasonMatchTaken, CLID: link.CLID})
	}
	d, s := r.decideUpdate(t, &link, seen)
	t.Changes, t.Back = r.fieldChanges(d.ToCRM), r.fieldChanges(d.ToSource)
	switch {
	case seen.Locked != "" && len(t.Changes) > 0 && d.Action != reconcile.Hold:
		return held(r.heldLocked(t, link.CLID, seen))
	case d.Action == reconcile.Hold:
		return held(r.heldLinked(&record.Record{UID: t.UID, Key: t.Key}, &link, d, s))
	case d.Action == reconcile.Ignore:
		r.end(t.ord, OutOfScope)
	case len(t.Changes) > 0:
		t.Kind, t.CLID = OpUpdate, link.CLID
		r.end(t.ord, Updated)
		_, w, err := r.askAhead(ctx, t.Op)
		switch {
		case fixed(w) && r.chosen(t.UID, takeCRM) == nil:
			return held(r.heldFixed(t, w))
		case w != nil:
			r.rejectAhead(t, w)
		}
		return nil, err
	case len(t.Back) > 0:
		t.Kind, t.CLID = OpWriteBack, link.CLID
		r.end(t.ord, WrittenBack)
		if h, err := r.untakeable(ctx, t); h != nil || err != nil {
			return h, err
		}
	default:
		r.end(t.ord, Unchanged)
	}
	return nil, nil
}

// whyNotRead marks an op that the CRM's values decide about, in a plan that does
// not ask for them.
const whyNotRead = "crm-not-read"

// presume says what an op would come to if the CRM is as it was settled.
func (r *run) presume(_ context.Context, t *task) (*Hold, error) {
	switch t.Kind {
	case OpAdd:
		r.end(t.ord, Created)
	case OpLink:
		r.end(t.ord, Merged)
	case OpDelete:
		r.end(t.ord, Deleted)
	case OpWriteBack:
		r.end(t.ord, WrittenBack)
	case OpUpdate:
		r.end(t.ord, Updated)
		if len(t.Changes)+len(t.Back) == 0 {
			t.Code = whyNotRead
		}
	}
	return nil, nil
}

// foresee says what an op would come to, and ends its record accordingly.
func (r *run) foresee(ctx context.Context, t *task) (*Hold, error) {
	switch t.Kind {
	case OpAdd:
		return r.foreseeAdd(ctx, t)
	case OpWriteBack:
		if r.spool.at[t.at].born {
			r.end(t.ord, WrittenBack)
			return nil, nil
		}
		return r.foreseeUpdate(ctx, t)
	case OpUpdate:
		return r.foreseeUpdate(ctx, t)
	case OpDelete:
		return r.foreseeDelete(ctx, t)
	case OpLink:
	}
	seen, err := r.CRM.Read(ctx, t.CLID)
	if errors.Is(err, ErrNotVisible) {
		r.end(t.ord, Held)
		h := Hold{Reason: reconcile.ReasonHidden, CLID: t.CLID}
		if t.Code == whyCLID && !errors.Is(err, ErrUnreadable) {
			h = r.heldNamed(t)
		}
		h.UID, h.Key, h.Title, h.Origin = t.UID, t.Key, t.Title, t.Origin
		return &h, nil
	}
	if err != nil {
		return nil, &CRMError{Err: err}
	}
	holders, err := r.Ledger.Holders(ctx, []int64{t.CLID})
	if err != nil {
		return nil, err
	}
	offered, err := r.offeredBorn(ctx, t.Op)
	if err != nil {
		return nil, err
	}
	owner := r.ownerFor(t.UID, holders[t.CLID])
	d, s := r.decideMeeting(t.Op, seen, owner, offered)
	if d.Action != reconcile.Link {
		h := r.heldMeeting(t, d, s, owner, seen.Rivals)
		h.UID, h.Key, h.Title, h.Origin = t.UID, t.Key, t.Title, t.Origin
		r.end(t.ord, Held)
		return &h, nil
	}
	t.Changes, t.Back = r.fieldChanges(d.ToCRM), r.fieldChanges(d.ToSource)
	if seen.Locked != "" && len(t.Changes) > 0 {
		h := r.heldLocked(t, t.CLID, seen)
		h.UID, h.Key, h.Title, h.Origin = t.UID, t.Key, t.Title, t.Origin
		r.end(t.ord, Held)
		return &h, nil
	}
	r.end(t.ord, Merged)
	_, _, err = r.refusedAhead(ctx, t)
	return nil, err
}

// foreseeDelete looks at the client, as the run will before it removes it.
func (r *run) foreseeDelete(ctx context.Context, t *task) (*Hold, error) {
	link, d, err := r.decideDelete(ctx, t)
	if err != nil || d == nil {
		return nil, err
	}
	switch d.Action {
	case reconcile.Remove:
		t.CLID = link.CLID
		r.end(t.ord, Deleted)
		_, _, err := r.refusedAhead(ctx, t)
		return nil, err
	case reconcile.Hold:
		h := r.heldLinked(&record.Record{UID: t.UID, Key: t.Key}, link, *d, t.saw)
		h.Title, h.Origin = t.Title, t.Origin
		r.end(t.ord, Held)
		return &h, nil
	default:
		r.end(t.ord, Absent)
	}
	return nil, nil
}
