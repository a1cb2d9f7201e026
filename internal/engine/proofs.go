package engine

import (
	"context"
	"errors"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// mustWait ends a task for this run whose add would hide what became of another,
// whose fate is not known.
func (r *run) mustWait(t *task) bool {
	if r.cfg.Serial == nil {
		return false
	}
	name := r.cfg.Serial(t.Set)
	if name == "" || !r.doubtful[name] {
		return false
	}
	r.done(t, Waiting)
	return true
}

// blockDoubtful blocks what an add shares whose fate is not known: of ops that the
// recovery left, and of those that a person has not decided about.
func (r *run) blockDoubtful() {
	if r.cfg.Serial == nil {
		return
	}
	for _, op := range r.open {
		r.blockSerial(op)
	}
	for uid, h := range r.standing.Holds {
		if h.Reason != reconcile.ReasonPaymentUnsure || len(r.standing.Choices[uid]) > 0 {
			continue
		}
		r.blockShared(sourceIn(h.Fields))
	}
}

// sourceIn are the source's values of a hold's fields, or of those that a person saw.
func sourceIn(fields []HeldField) record.Stored {
	set := make(record.Stored, len(fields))
	for _, f := range fields {
		set[f.Field] = f.Source
	}
	return set
}

// blockShared blocks what an add of these values shares with others.
func (r *run) blockShared(set record.Stored) {
	if name := r.cfg.Serial(set); name != "" {
		r.doubtful[name] = true
	}
}

// serialBlocked reports whether a record that is not linked yet must not be looked
// for, nor added: what looks like it may be another's, whose fate is not known.
func (r *run) serialBlocked(rec *record.Record) bool {
	if r.cfg.Serial == nil || len(r.doubtful) == 0 || len(r.standing.Choices[rec.UID]) > 0 {
		return false
	}
	name := r.cfg.Serial(record.Store(r.cfg.Policy.Schema, rec.Values))
	return name != "" && r.doubtful[name]
}

// blockSerial lets those wait that share something with an op in doubt.
func (r *run) blockSerial(op *Op) {
	if r.cfg.Serial == nil || op.Kind != OpAdd {
		return
	}
	r.blockShared(op.Set)
}

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

// noteClaims makes the numbers durable that the CRM answered for what it added, where
// nothing else tells whose a record is: gone before it was read back, it was made all
// the same.
func (a *adder) noteClaims(ctx context.Context, batch []*task, answers []AddAnswer) error {
	if !a.cfg.Nameless {
		return nil
	}
	var made []Settlement
	for i, t := range batch {
		if t.CLID != 0 && answers[i].Err == nil && !answers[i].Existing {
			made = append(made, Settlement{UID: t.UID, Op: t.Op})
		}
	}
	if len(made) == 0 {
		return nil
	}
	for _, s := range made {
		s.Op.Status = OpSent
	}
	err := a.Journal.Settle(context.WithoutCancel(ctx), a.id, made)
	a.cfg.Step("claimed")
	return err
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
	later := make([]bool, len(found))
	for i, p := range found {
		b := a.asSent(p.t.Op, append([]record.Value(nil), p.seen.Values...))
		later[i] = a.leaveLater(b)
		done[i] = a.confirmed(p.t.Op, nil, p.seen, b)
		if later[i] {
			done[i].Link.Source = record.Fingerprint{} // should this run not come to it, the next does
		}
	}
	err := a.settle(ctx, done...)
	switch {
	case errors.Is(err, ErrClaimed) && len(found) == 1:
		return a.confirm(ctx, found[0].t, found[0].seen, Created) // which holds it
	case errors.Is(err, ErrClaimed): // one of them is in another link: find it
		for i := range found {
			if err := a.confirmAll(ctx, found[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	case err != nil:
		return err
	}
	for i, p := range found {
		a.remember(p.t, done[i].Link.ID)
		a.done(p.t, Created)
		if !later[i] {
			continue
		}
		if err := a.followUp(p.t, done[i].Link.CLID); err != nil {
			return err
		}
	}
	return nil
}

// followUp plans the update that an add leaves to be done. Its record counts as
// created all the same.
func (r *run) followUp(t *task, clid int64) error {
	r.index.keep(t.ord, record.Fingerprint{}, record.Fingerprint{})
	i, err := r.spool.append(&Op{
		Run: r.id, Kind: OpUpdate, Status: OpPlanned, UID: t.UID, Key: t.Key, Title: t.Title, CLID: clid, Left: reconcile.SourcePresent,
		Origin: t.Origin, Set: t.Set, Source: t.Source, Row: t.Row,
	}, t.ord)
	if err != nil {
		return err
	}
	r.spool.at[i].follows = true
	return nil
}
