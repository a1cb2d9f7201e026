package engine

import (
	"context"
	"errors"
	"fmt"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// maxUnknown is how many write requests in a row may end without a usable
// answer before the CRM counts as down.
const maxUnknown = 3

// errLimit ends a delivery at Options.Limit; it is no trouble.
var errLimit = errors.New("the limit of writes is reached")

// deliver is pass 2: meetings, adds, updates, each in source order, one write
// in flight. Meetings come first, so that what is in the CRM already is linked
// before anything is added.
func (r *run) deliver(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		r.deliverLinks, r.deliverAdds, r.deliverUpdates, r.deliverBacks, r.deliverDeletes, r.deliverOffers,
	} {
		err := step(ctx)
		if errors.Is(err, errLimit) {
			continue // what writes nothing to the CRM goes on
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// task is a spooled op that is being delivered.
type task struct {
	*Op
	at  int // position in the spool
	ord int

	link     *Link // before; nil = none
	saw      reconcile.Situation
	decision *reconcile.Decision // what saw came to; nil for an add
}

// bases are what the task settles on once the CRM shows it carried out.
func (r *run) bases(t *task, seen []record.Value) bases {
	if t.decision == nil {
		return r.asSent(t.Op, seen)
	}
	return r.folded(t.saw, *t.decision, seen)
}

func (r *run) task(i int) (*task, error) {
	op, err := r.spool.read(i)
	if err != nil {
		return nil, err
	}
	return &task{Op: op, at: i, ord: int(r.spool.at[i].ord)}, nil
}

// each hands the standing ops of a kind to deliver, one by one.
func (r *run) each(ctx context.Context, kind OpKind, deliver func(context.Context, *task) error) error {
	for _, i := range r.spool.positions(kind) {
		if err := r.mayWrite(ctx, 1); err != nil {
			return err
		}
		t, err := r.task(i)
		if err != nil {
			return err
		}
		if err := deliver(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) deliverLinks(ctx context.Context) error {
	return r.each(ctx, OpLink, r.deliverLink)
}

func (r *run) deliverUpdates(ctx context.Context) error {
	return r.each(ctx, OpUpdate, r.deliverUpdate)
}

// deliverBacks settles what goes to the source side alone: it becomes an offer.
func (r *run) deliverBacks(ctx context.Context) error {
	for _, i := range r.spool.positions(OpWriteBack) {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, err := r.task(i)
		if err != nil {
			return err
		}
		deliver := r.deliverUpdate
		if r.spool.at[i].born {
			deliver = r.deliverBorn
		}
		if err := deliver(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// mayWrite ends the delivery when the context or the limit of writes says so.
func (r *run) mayWrite(ctx context.Context, n int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.opts.Limit > 0 && r.writes+n > r.opts.Limit {
		return errLimit
	}
	return nil
}

// done books the outcome of a delivered op.
func (r *run) done(t *task, o Outcome) {
	if follows := r.spool.at[t.at].follows; !follows || o != Updated && o != Unchanged {
		r.end(t.ord, o) // else it was created by this run, and that is what it says
	}
	r.delivered++
	r.cfg.Observe(Event{Stage: StageDeliver, Done: r.delivered, Total: int64(len(r.spool.at))})
}

// remember books a settled record in the index, so that its row is known next time.
func (r *run) remember(t *task, link int64) {
	r.index.links[t.ord] = link
	r.index.source[t.ord] = t.Source
	r.index.keep(t.ord, t.Row, record.Fingerprint{}) // its cells are learned at the next mapping
	r.rowsChanged = true
}

// settle stores outcomes and then books what depends on their being stored.
//
// An edit of the CRM is dealt with once the link of its client settles: the
// decision was made with it.
func (r *run) settle(ctx context.Context, done ...Settlement) error {
	for i := range done {
		if l := done[i].Link; l != nil && r.watch.clids[l.CLID] {
			done[i].Edit = l.CLID
		}
	}
	if err := r.Journal.Settle(ctx, r.id, done); err != nil {
		return err
	}
	r.cfg.Step("settled")
	return nil
}

// confirm settles a task that the CRM shows carried out. A clid that another
// record owns already makes it a hold instead: no record is in two links.
func (r *run) confirm(ctx context.Context, t *task, seen Observed, o Outcome) error {
	s := r.confirmed(t.Op, t.link, seen, r.bases(t, seen.Values))
	s.Offers, s.Anew = t.Back, r.goesAgain(t)
	s.Clear = s.Clear && (!r.unwritten(t.UID) || len(t.Back) == 0)
	if t.Left == reconcile.SourceAbsent {
		s.Link.Source = record.Fingerprint{} // when the record comes back, it is news
	}
	done := []Settlement{s}
	if born := bornUID(seen.Entry.CLID); r.standing.Holds[born].UID != "" {
		done = append(done, Settlement{UID: born, Clear: true}) // it is a record now
	}
	err := r.settle(ctx, done...)
	if errors.Is(err, ErrClaimed) {
		t.Status, t.Code = OpFailed, "clid-claimed"
		return r.holdTask(ctx, t, Hold{Reason: reasonTaken, CLID: seen.Entry.CLID})
	}
	if err != nil {
		return err
	}
	r.remember(t, s.Link.ID)
	r.done(t, o)
	return nil
}

// holdTask settles a task as held for a person. What cannot be told apart in the CRM
// can be as soon as people mend it there: it is looked at anew in every run.
func (r *run) holdTask(ctx context.Context, t *task, h Hold) error {
	unsure := h.Reason == reconcile.ReasonMatchAmbiguous
	h.UID, h.Key, h.Title, h.Origin, h.Source, h.Sticky = t.UID, t.Key, t.Title, t.Origin, t.Source, !unsure
	s := Settlement{UID: t.UID, Hold: &h, Used: r.triedChoices(t.UID, takeRetry)}
	if unsure {
		s.Used = append(s.Used, r.triedChoices(t.UID, takeLink)...) // to none of them
	}
	if t.ID != 0 {
		s.Op = t.Op
	}
	if err := r.settle(ctx, s); err != nil {
		return err
	}
	if r.isNew(&h) {
		r.report.NewHolds++
	}
	r.done(t, Held)
	return nil
}

// refuse settles a task that the CRM definitely did not take.
func (r *run) refuse(ctx context.Context, t *task, w *WriteError) error {
	t.Status, t.Code, t.Text = OpFailed, w.Code, w.Text
	return r.refused(ctx, t, r.refusal(t.Op))
}

// refused settles a task whose record is not sent again by itself.
func (r *run) refused(ctx context.Context, t *task, why *Reject) error {
	s := Settlement{UID: t.UID, Reject: why, Used: r.usedChoices(t.UID)}
	if t.ID != 0 { // else nothing was begun
		s.Op = t.Op
	}
	if err := r.settle(ctx, s); err != nil {
		return err
	}
	if old, ok := r.standing.Refused[t.UID]; !ok || old.Source != why.Source || old.Rule != why.Rule ||
		r.chosen(t.UID, takeRetry) != nil {
		r.report.NewReject++
	}
	r.done(t, Rejected)
	return nil
}

// doubt settles tasks whose fate is not known. The suspect, when given, will be
// sent alone.
func (r *run) doubt(ctx context.Context, tasks []*task, w *WriteError, suspect *task) error {
	done := make([]Settlement, 0, len(tasks))
	for _, t := range tasks {
		t.Status, t.Code, t.Text = OpInDoubt, w.Code, w.Text
		t.Solo = t.Solo || t == suspect
		done = append(done, Settlement{UID: t.UID, Op: t.Op})
	}
	if err := r.settle(ctx, done...); err != nil {
		return err
	}
	for _, t := range tasks {
		r.blockSerial(t.Op)
		r.done(t, InDoubt)
	}
	return nil
}

// unsent puts tasks back whose request is proven not to have left, or to have
// been turned away at the door; the run ends, because nothing can be written.
func (r *run) unsent(ctx context.Context, tasks []*task, w *WriteError) error {
	done := make([]Settlement, 0, len(tasks))
	for _, t := range tasks {
		t.Status, t.Code, t.Text, t.Solo = OpSuperseded, w.Code, w.Text, false
		done = append(done, Settlement{UID: t.UID, Op: t.Op})
	}
	if err := r.settle(context.WithoutCancel(ctx), done...); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return &CRMError{Err: w}
}

// lost counts requests of unknown fate; after several in a row the CRM counts
// as down, and writing on would only leave more in doubt.
func (r *run) lost(ctx context.Context, w *WriteError) error {
	r.unknown++
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.unknown >= maxUnknown {
		return &CRMError{Err: fmt.Errorf("%d writes in a row without a usable answer: %w", r.unknown, w)}
	}
	return nil
}

// writeError turns any error of a writer into one with a fate.
func writeError(err error) *WriteError {
	if w := (*WriteError)(nil); errors.As(err, &w) {
		return w
	}
	return &WriteError{Fate: FateUnknown, Code: "unknown", Err: err}
}
