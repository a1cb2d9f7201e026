package engine

import (
	"context"
	"errors"

	"syncd/internal/reconcile"
)

// Foreseer is a Writer that knows before anything is sent what it would not send: a
// plan asks it, so that it promises nothing that a run refuses.
type Foreseer interface {
	// Foresee answers an add, the changes of an update or a link, or a removal, as the
	// Writer would, as far as it can tell without sending anything. The ops of a plan come in
	// the order of a run, and each counts on those before it: a CLID below 0 in an
	// answer is that of one of them. The error is a *WriteError.
	Foresee(ctx context.Context, op *Op) (AddAnswer, error)
}

// foreseer is the writing side, where it can be asked what it would not send; nil
// where it cannot.
func (r *run) foreseer() Foreseer {
	f, _ := r.Writer.(Foreseer)
	return f
}

// foreseeLinks tells the writing side of the meetings, which a run makes first: what
// is linked then is met by no add.
func (r *run) foreseeLinks(ctx context.Context) error {
	if r.foreseer() == nil || !r.cfg.Nameless || r.opts.Offline {
		return nil
	}
	for _, i := range r.spool.positions(OpLink) {
		t, err := r.task(i)
		if err != nil {
			return err
		}
		if _, _, err := r.refusedAhead(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// foreseeAdd says what an add would come to.
func (r *run) foreseeAdd(ctx context.Context, t *task) (*Hold, error) {
	answer, refused, err := r.refusedAhead(ctx, t)
	switch {
	case err != nil:
		return nil, err
	case refused:
		return nil, nil
	case answer.Existing && answer.CLID < 0: // it becomes another record's in this very run
		r.end(t.ord, Held)
		return &Hold{UID: t.UID, Key: t.Key, Title: t.Title, Reason: reasonTaken, Origin: t.Origin}, nil
	case answer.Existing && answer.CLID == 0:
		r.end(t.ord, Held)
		return &Hold{UID: t.UID, Key: t.Key, Title: t.Title, Reason: reconcile.ReasonHidden, Origin: t.Origin}, nil
	case answer.Existing:
		t.Op = linkInstead(t.Op, answer.CLID)
		return r.foresee(ctx, t)
	}
	r.end(t.ord, Created)
	return nil, nil
}

// linkInstead is the op of a meeting with the client that an add was answered with.
func linkInstead(op *Op, clid int64) *Op {
	return &Op{
		Run: op.Run, Kind: OpLink, UID: op.UID, Key: op.Key, Title: op.Title, CLID: clid, Claimed: true,
		Origin: op.Origin, Set: op.Set, Source: op.Source, Row: op.Row,
	}
}

// askAhead asks what a write would be answered, and why it would be refused; nil where
// it would not be.
func (r *run) askAhead(ctx context.Context, op *Op) (AddAnswer, *WriteError, error) {
	f := r.foreseer()
	if f == nil {
		return AddAnswer{}, nil, nil
	}
	answer, err := f.Foresee(ctx, op)
	if err == nil {
		return answer, nil, nil
	}
	var w *WriteError
	if !errors.As(err, &w) || w.Fate == FateNotSent || w.Fate == FateUnknown || w.Fate == FateAuth {
		return AddAnswer{}, nil, &CRMError{Err: err}
	}
	return AddAnswer{}, w, nil
}

// refusedAhead asks what a write would be answered, and books one that would be
// refused among the rejects of the plan.
func (r *run) refusedAhead(ctx context.Context, t *task) (AddAnswer, bool, error) {
	answer, w, err := r.askAhead(ctx, t.Op)
	if w == nil || err != nil {
		return answer, false, err
	}
	r.rejectAhead(t, w)
	return AddAnswer{}, true, nil
}

// rejectAhead books a write that would be refused among the rejects of the plan.
func (r *run) rejectAhead(t *task, w *WriteError) {
	op := *t.Op
	op.Code, op.Text = w.Code, w.Text
	r.find.Rejects = append(r.find.Rejects, *r.refusal(&op))
	r.end(t.ord, Rejected)
}
