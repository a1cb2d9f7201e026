package engine

import (
	"context"
	"errors"
	"fmt"

	"syncd/internal/reconcile"
)

// reasonTaken names the hold about a client that another record owns.
const reasonTaken = reconcile.ReasonMatchTaken

// One page of the newest clients proves what was added: it shows newestPage of
// them, and others add clients too, so verifyAt is how many may wait for it.
const (
	newestPage = 200
	verifyAt   = 160
)

// adder sends a run's adds in growing batches: the first insert alone, read
// back at once (the canary), then more and more while all goes well.
type adder struct {
	*run
	size     int     // of the next batch
	proven   bool    // the canary was read back as it was sent
	altered  bool    // a uid came back in another spelling
	unproven []*task // sent and answered "created", not read back yet
}

// grow is the next batch size: 1, 5, 25, … up to the configured one.
func (a *adder) grow() { a.size = min(a.size*5, a.cfg.Batch) }

// deliverAdds sends every add. Records that died in a batch before go alone.
func (r *run) deliverAdds(ctx context.Context) error {
	a := &adder{run: r, size: 1}
	var alone []*task
	batch := make([]*task, 0, r.cfg.Batch)
	for _, i := range r.spool.positions(OpAdd) {
		t, err := r.task(i)
		if err != nil {
			return err
		}
		if r.standing.Attempts[t.UID] > 0 {
			t.Solo = true
			alone = append(alone, t)
			continue
		}
		if r.movedSincePlan(t) || r.mustWait(t) {
			continue
		}
		if err := r.mayWrite(ctx, len(batch)+1); err != nil {
			if ferr := a.finish(ctx, batch); ferr != nil {
				return ferr
			}
			return err
		}
		batch = append(batch, t)
		if len(batch) < a.size {
			continue
		}
		if err := a.send(ctx, batch); err != nil {
			return a.ending(ctx, err)
		}
		batch = batch[:0]
	}
	if err := a.finish(ctx, batch); err != nil {
		return err
	}
	for _, t := range alone {
		if r.mustWait(t) {
			continue
		}
		if err := r.mayWrite(ctx, 1); err != nil {
			return err
		}
		if err := a.sendAlone(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// finish sends the last batch and proves what is not proven yet. Interrupted,
// it sends nothing more and proves all the same.
func (a *adder) finish(ctx context.Context, batch []*task) error {
	if len(batch) > 0 && ctx.Err() == nil {
		if err := a.send(ctx, batch); err != nil {
			return a.ending(ctx, err)
		}
	}
	return a.verify(context.WithoutCancel(ctx))
}

// ending proves what can be proven before a delivery ends with an error. What
// can't stays sent, and the next run finds it so.
func (a *adder) ending(ctx context.Context, err error) error {
	if len(a.unproven) == 0 {
		return err
	}
	return errors.Join(err, a.verify(context.WithoutCancel(ctx)))
}

func (a *adder) sendAlone(ctx context.Context, t *task) error {
	if err := a.send(ctx, []*task{t}); err != nil {
		return a.ending(ctx, err)
	}
	return a.verify(ctx)
}

// send makes the intent durable, sends one batch and books the answers.
func (a *adder) send(ctx context.Context, batch []*task) error {
	if len(a.unproven) > 0 && len(a.unproven)+len(batch) > newestPage { // one page would not show them all
		if err := a.verify(ctx); err != nil {
			return err
		}
	}
	ops := make([]*Op, len(batch))
	for i, t := range batch {
		t.AboveCLID, t.SentAt, t.Pos = a.top, a.cfg.Now(), i
		t.Attempt = a.standing.Attempts[t.UID] + 1
		ops[i] = t.Op
	}
	if a.Grounds != nil {
		if err := a.Grounds.Ground(ctx, ops); err != nil {
			return &CRMError{Err: err}
		}
	}
	a.cfg.Step("before-intent")
	if err := a.Journal.Begin(ctx, a.id, ops); err != nil {
		return err
	}
	a.cfg.Step("intent-durable")
	a.writes += len(batch)
	answers, err := a.Writer.Add(ctx, ops)
	a.cfg.Step("answered")
	if err == nil && len(answers) != len(ops) {
		err = &WriteError{Code: "answer-length", Err: fmt.Errorf("%d answers to %d records", len(answers), len(ops))}
	}
	if err != nil {
		return a.unanswered(ctx, batch, writeError(err))
	}
	a.unknown = 0
	return a.answered(ctx, batch, answers)
}

// unanswered books a batch whose answer says nothing of its records.
func (a *adder) unanswered(ctx context.Context, batch []*task, w *WriteError) error {
	switch w.Fate {
	case FateNotSent, FateAuth:
		return a.unsent(ctx, batch, w)
	case FateRefused, FateGone, FateHasDeals:
		if len(batch) == 1 {
			return a.refuse(ctx, batch[0], w)
		}
		return a.unsent(ctx, batch, w)
	case FateUnknown:
	}
	a.size = 1 // begin anew, carefully
	rest, err := a.lookUp(context.WithoutCancel(ctx), batch)
	if err != nil {
		// even looking fails: all of it is in doubt, and the CRM is down
		return errors.Join(a.doubt(context.WithoutCancel(ctx), rest, w, nil), &CRMError{Err: w}, err)
	}
	var suspect *task
	if len(rest) > 0 {
		suspect = rest[0] // the first that is not there, in the order of the request
	}
	if err := a.doubt(context.WithoutCancel(ctx), rest, w, suspect); err != nil {
		return err
	}
	return a.lost(ctx, w)
}

// answered books a well-formed answer. Only an answer of nothing but "created"
// may wait for its proof; any other is proven at once, by uid, because the
// place of an answer in the list proves nothing.
func (a *adder) answered(ctx context.Context, batch []*task, answers []AddAnswer) error {
	plain := true
	for i, t := range batch {
		if answers[i].Err != nil || answers[i].Existing || answers[i].CLID == 0 {
			plain = false
		}
		t.CLID = answers[i].CLID
		a.top = max(a.top, t.CLID)
	}
	if err := a.noteClaims(ctx, batch, answers); err != nil {
		return err
	}
	a.unproven = append(a.unproven, batch...)
	if plain && a.proven && !a.cfg.Nameless { // without a uid each is proven before the next is sent
		a.grow()
		if len(a.unproven) < verifyAt {
			return nil
		}
		return a.verify(ctx)
	}
	claims := make(map[*task]AddAnswer, len(batch))
	for i, t := range batch {
		claims[t] = answers[i]
	}
	return a.prove(ctx, claims)
}

// verify reads back what was answered "created".
func (a *adder) verify(ctx context.Context) error {
	if len(a.unproven) == 0 {
		return nil
	}
	return a.prove(ctx, nil)
}

// prove reads back every unproven record. One that is not there is what its
// answer claims, or in doubt.
func (a *adder) prove(ctx context.Context, claims map[*task]AddAnswer) error {
	tasks, told := a.toProve(claims)
	a.unproven = nil
	rest, err := a.lookUp(context.WithoutCancel(ctx), tasks)
	if err != nil {
		for _, t := range append(rest, told...) { // they stay sent: the next run looks again
			a.end(t.ord, InDoubt)
		}
		return err
	}
	a.cfg.Step("proven")
	rest = append(rest, told...)
	if a.altered {
		for _, t := range rest { // they stay sent
			a.end(t.ord, InDoubt)
		}
		return a.halt(ctx, Halt{Guard: GuardCanary, Found: tasks[0].CLID})
	}
	if len(rest) == 0 {
		a.proven = true
		a.grow()
		return nil
	}
	for i, t := range rest {
		if err := a.missing(ctx, t, claims[t]); err != nil {
			for _, t := range rest[i+1:] {
				a.end(t.ord, InDoubt)
			}
			return err
		}
	}
	return nil
}

// missing books a record that is not to be found although it was answered.
func (a *adder) missing(ctx context.Context, t *task, c AddAnswer) error {
	keep := context.WithoutCancel(ctx)
	switch {
	case c.Existing:
		// not sent to the end: the meeting decides, with an op of its own
		t.Status, t.Code = OpSuperseded, "existing"
		if err := a.settle(keep, Settlement{UID: t.UID, Op: t.Op, Used: a.triedChoices(t.UID, takeAdd)}); err != nil {
			return err
		}
		if c.CLID == 0 {
			return a.holdTask(keep, t, Hold{Reason: reconcile.ReasonHidden})
		}
		if err := ctx.Err(); err != nil {
			a.done(t, Waiting)
			return err
		}
		t.Op = linkInstead(t.Op, c.CLID)
		return a.deliverLink(ctx, t)
	case c.Err != nil && c.Err.Fate == FateRefused:
		return a.refuse(keep, t, c.Err)
	case c.Err != nil && c.Err.Fate == FateNotSent:
		// what it leaned on moved before it was sent: the next run looks again
		t.Status, t.Code, t.Text = OpSuperseded, c.Err.Code, c.Err.Text
		if err := a.settle(keep, Settlement{UID: t.UID, Op: t.Op}); err != nil {
			return err
		}
		a.done(t, Waiting)
		return nil
	case c.Err != nil:
		return a.doubt(keep, []*task{t}, c.Err, t)
	}
	return a.rewritten(ctx, t)
}

// rewritten: "created" was answered and the uid is not there. When the client
// of the answer carries another uid, this CRM does not keep uids as they are,
// and nothing more may be added.
func (a *adder) rewritten(ctx context.Context, t *task) error {
	w := &WriteError{Code: "not-read-back", Err: errNothing}
	seen, err := a.CRM.Read(ctx, t.CLID)
	cut := err == nil && seen.Entry.UID != "" && a.titleSame(t, seen)
	if derr := a.doubt(ctx, []*task{t}, w, t); derr != nil {
		return derr
	}
	if cut {
		return a.halt(ctx, Halt{Guard: GuardCanary, Found: t.CLID})
	}
	return nil
}

// titleSame reports whether a client has the title that was sent.
func (a *adder) titleSame(t *task, seen Observed) bool {
	f := a.cfg.Policy.Schema.Index("title")
	if f < 0 || f >= len(seen.Values) {
		return false
	}
	return seen.Values[f].Canon == a.cfg.CanonSource(f, t.Title)
}
