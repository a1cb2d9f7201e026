package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// maxSolo is how often an add is tried alone, absence proven each time, before
// the record counts as refused by the CRM.
const maxSolo = 3

// recover settles what earlier runs left in doubt, by looking. An op found
// "sent" belongs to a dead process, because the lock is ours: it is in doubt.
// What cannot be proven either way stays in doubt and blocks its uid alone.
func (r *run) recover(ctx context.Context, ops []*Op) error {
	var done []Settlement
	for i, op := range ops {
		r.cfg.Observe(Event{Stage: StageRecover, Done: int64(i), Total: int64(len(ops))})
		s, err := r.recoverOp(ctx, op)
		if err != nil {
			return err
		}
		if s == nil {
			ahead := op.SentAt.After(r.scanned)
			if ahead { // the clock was set back since: the wait begins anew
				op.SentAt = r.scanned
			}
			if ahead || op.Status == OpSent {
				op.Status = OpInDoubt
				done = append(done, Settlement{UID: op.UID, Op: op})
			}
			continue
		}
		if s.Hold != nil && r.isNew(s.Hold) {
			r.report.NewHolds++
		}
		delete(r.open, r.cfg.FoldUID(op.UID))
		done = append(done, *s)
	}
	if len(done) == 0 {
		return nil
	}
	err := r.Journal.Settle(ctx, r.id, done)
	r.cfg.Step("recovered")
	if err != nil {
		return err
	}
	r.standing, err = r.Log.Standing(ctx) // attempts and refusals moved
	return err
}

// recoverOp looks what became of one op; nil means that nothing is proven yet.
func (r *run) recoverOp(ctx context.Context, op *Op) (*Settlement, error) {
	switch op.Kind {
	case OpAdd:
		return r.recoverAdd(ctx, op)
	case OpUpdate, OpLink:
		return r.recoverUpdate(ctx, op)
	case OpDelete:
		return r.recoverDelete(ctx, op)
	}
	return nil, fmt.Errorf("op %d is of unknown kind %q", op.ID, op.Kind)
}

// codeTwice marks an add whose uid several clients carry.
const codeTwice = "uid-twice"

// recoverAdd: the uid is in the CRM, or its absence is proven, or neither.
// Where several clients carry the uid, the op is over, and pass 1 holds the record.
func (r *run) recoverAdd(ctx context.Context, op *Op) (*Settlement, error) {
	there, err := r.carriers(ctx, op.UID)
	if err != nil {
		return nil, err
	}
	if len(there) > 1 {
		op.Status, op.Code, op.CLID = OpConfirmed, codeTwice, there[0]
		return &Settlement{UID: op.UID, Op: op}, nil
	}
	seen, err := r.findAdded(ctx, op)
	switch {
	case err == nil:
		return r.confirmFound(ctx, op, seen)
	case errors.Is(err, errNothing):
		return r.provenAbsent(ctx, op)
	case errors.Is(err, ErrUnreadable):
		return nil, nil
	case errors.Is(err, ErrUnsure):
		return r.unsure(op), nil
	}
	return nil, err
}

// CodeUnsure marks a superseded add of which nobody can say whether it happened, because
// somebody else may have done the same.
const CodeUnsure = "unsure"

// unsure gives an add whose fate only a person can tell to one.
func (r *run) unsure(op *Op) *Settlement {
	op.Status, op.Code = OpSuperseded, CodeUnsure
	return &Settlement{UID: op.UID, Op: op, Used: r.usedChoices(op.UID), Hold: &Hold{
		UID: op.UID, Key: op.Key, Title: op.Title, Reason: reconcile.ReasonPaymentUnsure, Origin: op.Origin,
		Source: op.Source, Sticky: true,
		Fields: r.sourceSide(record.Restore(r.cfg.Policy.Schema, op.Set, r.cfg.CanonSource), ""),
	}}
}

// errNothing: neither the mirror nor a look-up knows the uid. It is a hint;
// provenAbsent makes it a proof.
var errNothing = errors.New("no client with this uid")

// findAdded looks for the client that an add may have created.
func (r *run) findAdded(ctx context.Context, op *Op) (Observed, error) {
	if clids := r.mirror.ByUID(r.cfg.FoldUID(op.UID)); len(clids) > 0 {
		seen, err := r.CRM.Read(ctx, clids[0])
		if err == nil && r.cfg.FoldUID(seen.Entry.UID) == r.cfg.FoldUID(op.UID) {
			return seen, nil
		}
		if err != nil && !errors.Is(err, ErrNotVisible) {
			return Observed{}, &CRMError{Err: err}
		}
	}
	seen, err := r.CRM.Find(ctx, soughtBy(op))
	switch {
	case err == nil:
		return seen, nil
	case errors.Is(err, ErrNotFound):
		return Observed{}, errNothing
	case errors.Is(err, ErrUnreadable), errors.Is(err, ErrUnsure):
		return Observed{}, err
	}
	return Observed{}, &CRMError{Err: err}
}

// soughtBy is what an op's record is looked for by.
func soughtBy(op *Op) Sought {
	return Sought{UID: op.UID, CLID: op.CLID, Set: op.Set, Ground: op.Ground}
}

// provenAbsent decides whether an add that is not to be found can be believed
// not to have happened: the settle time passed before this run's scan began,
// the scan reached down to what was there before the add, the CRM itself said
// "not found", and the login is proven to see everything, or saw the ground of the
// add as it was.
func (r *run) provenAbsent(ctx context.Context, op *Op) (*Settlement, error) {
	if !r.settled(op.SentAt) {
		return nil, nil
	}
	if op.Ground == "" { // else what the add leans on was looked at, and nothing moved there
		ok, err := r.seesAll(ctx)
		if err != nil {
			return nil, &CRMError{Err: err}
		}
		if !ok {
			return nil, nil
		}
	}
	op.Status = OpSuperseded
	s := Settlement{UID: op.UID, Op: op}
	if r.cfg.Nameless && op.CLID != 0 { // the CRM said which it made: somebody has taken it out
		op.Code = "gone"
		s.Hold, s.Used = r.heldAdded(op), r.usedChoices(op.UID)
		return &s, nil
	}
	if op.Solo && r.standing.Attempts[op.UID]+1 >= maxSolo {
		op.Status = OpFailed
		s.Reject, s.Used = r.refusal(op), r.usedChoices(op.UID)
	}
	return &s, nil
}

// heldAdded is the hold about a record that was added and is there no more.
func (r *run) heldAdded(op *Op) *Hold {
	return &Hold{
		UID: op.UID, Key: op.Key, Title: op.Title, Reason: reconcile.ReasonCRMGone, CLID: op.CLID, Origin: op.Origin,
		Source: op.Source, Sticky: true,
		Fields: r.sourceSide(record.Restore(r.cfg.Policy.Schema, op.Set, r.cfg.CanonSource), ""),
	}
}

// settled reports whether a write sent at that time can no longer arrive. Where
// the clock was set back since, recover makes it wait anew.
func (r *run) settled(sent time.Time) bool {
	return !sent.After(r.scanned) && r.scanned.Sub(sent) >= r.cfg.Settle
}

// refusal describes a record that the CRM does not take.
func (r *run) refusal(op *Op) *Reject {
	return &Reject{
		File: op.Origin.File, Line: op.Origin.Line, LastLine: op.Origin.LastLine,
		UID: op.UID, Key: op.Key, Title: op.Title, Code: "crm-refused", Rule: op.Code, Value: op.Text,
		Row: op.Row, Refused: true, Source: r.refusedAs(op.Source),
	}
}

// recoverUpdate: the client shows the new values, or does not once the settle
// time passed; then the difference is planned anew from the bases.
func (r *run) recoverUpdate(ctx context.Context, op *Op) (*Settlement, error) {
	seen, err := r.CRM.Read(ctx, op.CLID)
	switch {
	case err == nil && r.applied(op, seen):
		return r.confirmFound(ctx, op, seen)
	case err == nil, errors.Is(err, ErrNotVisible):
	default:
		return nil, &CRMError{Err: err}
	}
	if !r.settled(op.SentAt) {
		return nil, nil
	}
	op.Status = OpSuperseded
	return &Settlement{UID: op.UID, Op: op}, nil
}

// recoverDelete: the client is gone for a login that sees everything, or it is
// there still once the settle time passed.
func (r *run) recoverDelete(ctx context.Context, op *Op) (*Settlement, error) {
	_, err := r.CRM.Read(ctx, op.CLID)
	switch {
	case errors.Is(err, ErrNotVisible) && !errors.Is(err, ErrUnreadable):
		op.Status = OpConfirmed
		links, err := r.Ledger.Links(ctx, []string{op.UID})
		if err != nil {
			return nil, err
		}
		var link *Link
		if l, ok := links[op.UID]; ok {
			link = &l
		}
		s := r.closing(op, link)
		return &s, nil
	case err != nil && !errors.Is(err, ErrUnreadable):
		return nil, &CRMError{Err: err}
	case !r.settled(op.SentAt):
		return nil, nil
	}
	op.Status = OpSuperseded
	return &Settlement{UID: op.UID, Op: op}, nil
}

// applied reports whether a client shows every value that an op wrote.
func (r *run) applied(op *Op, seen Observed) bool {
	if op.Kind == OpLink && !r.carries(seen, op.UID) {
		return false
	}
	for _, c := range op.Changes {
		f := r.cfg.Policy.Schema.Index(c.Field)
		if f < 0 || f >= len(seen.Values) || seen.Values[f].State == record.Absent {
			continue // the mapping or the CRM dropped the field since
		}
		want := record.Value{State: record.Null}
		if c.To != nil {
			want = record.Of(*c.To, r.cfg.CanonSource(f, *c.To))
		}
		if !want.Same(seen.Values[f]) {
			return false
		}
	}
	return true
}

// confirmFound is confirmed for an op of an earlier run.
func (r *run) confirmFound(ctx context.Context, op *Op, seen Observed) (*Settlement, error) {
	links, err := r.Ledger.Links(ctx, []string{op.UID})
	if err != nil {
		return nil, err
	}
	var old *Link
	if l, ok := links[op.UID]; ok {
		old = &l
	}
	b, whole := r.recovered(op, old, seen)
	s := r.confirmed(op, old, seen, b)
	rec := record.Record{Values: record.Restore(r.cfg.Policy.Schema, op.Set, r.cfg.CanonSource)}
	var print record.Fingerprint
	if print, r.scratch = rec.Fingerprint(r.scratch); !whole || print != op.Source {
		s.Link.Source = record.Fingerprint{} // what the op did not write is decided anew
		if !whole {
			s.Used = nil // and what a person said of it is said still
		}
	}
	return &s, nil
}

// confirmed is the settlement of an op that the CRM was seen to have carried
// out: the link with its new bases. old is the link before, nil for a new one.
func (r *run) confirmed(op *Op, old *Link, seen Observed, b bases) Settlement {
	if old == nil {
		old = &Link{}
	}
	op.Status, op.CLID, op.Code, op.Text = OpConfirmed, seen.Entry.CLID, "", ""
	link := r.settledLink(old, b)
	link.name(op)
	link.CLID, link.Gone = seen.Entry.CLID, false
	entry := seen.Entry
	r.mirror.Put(entry)
	r.top = max(r.top, entry.CLID)
	s := Settlement{UID: op.UID, Link: link, Clear: true, Mirror: &entry, Used: r.usedChoices(op.UID)}
	if op.ID != 0 { // a link that needed no write has no op
		s.Op = op
	}
	return s
}

// entryGone is the mirror entry of a client that turned out not to be there.
func entryGone(clid int64) *reconcile.Entry { return &reconcile.Entry{CLID: clid} }
