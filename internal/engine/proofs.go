package engine

import (
	"context"
	"errors"

	"syncd/internal/reconcile"
)

// toProve splits what was sent into the records that the CRM is asked for, and
// those of which the answer says that nothing was written. Where the CRM keeps no
// uid, asking would take what was there before for our own.
func (a *adder) toProve(claims map[*task]AddAnswer) (ask, told []*task) {
	for _, t := range a.unproven {
		c := claims[t]
		unwritten := c.Existing || c.Err != nil && (c.Err.Fate == FateRefused || c.Err.Fate == FateNotSent)
		if a.cfg.Nameless && unwritten {
			told = append(told, t)
			continue
		}
		ask = append(ask, t)
	}
	return ask, told
}

// newestByUID is the page of the newest clients by uid, and the uids that it shows
// twice. Where the CRM keeps no uids nothing is asked.
func (a *adder) newestByUID(ctx context.Context) (byUID map[string]Observed, twice map[string]bool, err error) {
	byUID, twice = map[string]Observed{}, map[string]bool{}
	if a.cfg.Nameless {
		return byUID, twice, nil
	}
	page, err := a.CRM.Newest(ctx)
	if err != nil {
		return nil, nil, &CRMError{Err: err}
	}
	for _, o := range page {
		a.top = max(a.top, o.Entry.CLID)
		uid := a.cfg.FoldUID(o.Entry.UID)
		if uid == "" {
			continue
		}
		if _, ok := byUID[uid]; ok {
			twice[uid] = true
		}
		byUID[uid] = o
	}
	return byUID, twice, nil
}

// lookUp finds tasks in the CRM and settles those it finds: first on the page of
// the newest clients, then one by one. It returns the rest, in order.
func (a *adder) lookUp(ctx context.Context, tasks []*task) ([]*task, error) {
	byUID, twice, err := a.newestByUID(ctx)
	if err != nil {
		return tasks, err
	}
	var found []proof
	var rest []*task
	for i, t := range tasks {
		uid := a.cfg.FoldUID(t.UID)
		seen, ok := byUID[uid]
		if !ok {
			if seen, err = a.CRM.Find(ctx, soughtBy(t.Op)); err != nil {
				if errors.Is(err, ErrUnsure) {
					if err := a.holdUnsure(ctx, t); err != nil {
						return append(rest, tasks[i+1:]...), err
					}
					continue
				}
				if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrUnreadable) {
					return append(rest, tasks[i:]...), errors.Join(&CRMError{Err: err}, a.confirmAll(ctx, found))
				}
				rest = append(rest, t)
				continue
			}
		}
		if twice[uid] {
			t.Status, t.Code, t.CLID = OpConfirmed, codeTwice, seen.Entry.CLID // it is there: nobody can say which
			if err := a.holdTask(ctx, t, Hold{Reason: reconcile.ReasonUIDTwice, CLID: seen.Entry.CLID}); err != nil {
				return append(rest, tasks[i+1:]...), err
			}
			continue
		}
		a.altered = a.altered || seen.Entry.UID != t.UID && !a.cfg.Nameless
		found = append(found, proof{t, seen})
	}
	return rest, a.confirmAll(ctx, found)
}

// holdUnsure gives an add whose fate only a person can tell to one.
func (a *adder) holdUnsure(ctx context.Context, t *task) error {
	s := a.unsure(t.Op)
	return a.holdTask(ctx, t, *s.Hold)
}

// proof is a task and the client that it became.
type proof struct {
	t    *task
	seen Observed
}

// confirmAll settles proven adds in one transaction.
func (a *adder) confirmAll(ctx context.Context, found []proof) error {
	if len(found) == 0 {
		return nil
	}
	done := make([]Settlement, len(found))
	for i, p := range found {
		done[i] = a.confirmed(p.t.Op, nil, p.seen, a.asSent(p.t.Op, p.seen.Values))
	}
	err := a.settle(ctx, done...)
	if errors.Is(err, ErrClaimed) {
		for _, p := range found { // one of them is in another link: find it
			if err := a.confirm(ctx, p.t, p.seen, Created); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return err
	}
	for i, p := range found {
		a.remember(p.t, done[i].Link.ID)
		a.done(p.t, Created)
	}
	return nil
}
