package engine

import (
	"context"
	"errors"

	"syncd/internal/reconcile"
)

// Plan is what a run would do now.
type Plan struct {
	Report  *Report
	Holds   []Hold
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
	defer r.closeSpool()
	if err := r.readSource(ctx); err != nil {
		return p, err
	}
	source, plan := r.breaches()
	p.Halts = append(p.Halts, haltsOf(append(source, plan...))...)
	p.Holds, p.Rejects = r.find.Holds, r.find.Rejects
	if err := r.planned(ctx, yield); err != nil {
		return p, err
	}
	r.report.Finished = e.cfg.Now()
	return p, r.tally()
}

// planned hands out the ops as they would be carried out.
func (r *run) planned(ctx context.Context, yield func(*Op, *Hold) error) error {
	for i := range r.spool.at {
		if r.spool.at[i].drop {
			continue
		}
		t, err := r.task(i)
		if err != nil {
			return err
		}
		hold, err := r.foresee(ctx, t)
		if err != nil {
			return err
		}
		if err := yield(t.Op, hold); err != nil {
			return err
		}
	}
	return nil
}

// foresee says what an op would come to, and ends its record accordingly.
func (r *run) foresee(ctx context.Context, t *task) (*Hold, error) {
	switch t.Kind {
	case OpAdd:
		r.end(t.ord, Created)
		return nil, nil
	case OpUpdate:
		r.end(t.ord, Updated)
		return nil, nil
	case OpDelete:
		r.end(t.ord, Deleted)
		return nil, nil
	case OpLink:
	}
	seen, err := r.CRM.Read(ctx, t.CLID)
	if errors.Is(err, ErrNotVisible) {
		r.end(t.ord, Held)
		return &Hold{UID: t.UID, Key: t.Key, Title: t.Title, Reason: reconcile.ReasonHidden, CLID: t.CLID}, nil
	}
	if err != nil {
		return nil, &CRMError{Err: err}
	}
	owners, err := r.Ledger.Owners(ctx, []int64{t.CLID})
	if err != nil {
		return nil, err
	}
	d, s := r.decideMeeting(t.Op, seen, owners[t.CLID])
	if d.Action != reconcile.Link {
		h := r.heldMeeting(t, d, s, owners[t.CLID])
		h.UID, h.Key, h.Title, h.Origin = t.UID, t.Key, t.Title, t.Origin
		r.end(t.ord, Held)
		return &h, nil
	}
	t.Changes = r.fieldChanges(d.ToCRM)
	r.end(t.ord, Merged)
	return nil, nil
}
