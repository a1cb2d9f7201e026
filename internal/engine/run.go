package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// run is the state of one run or plan.
type run struct {
	*Engine
	id       int64
	opts     Options
	dry      bool // a plan: nothing is settled, nothing is sent
	standing Standing
	report   *Report

	open        map[string]*Op    // by folded uid: sent or in doubt, unresolved
	mirror      *reconcile.Mirror // ask clients() for it
	mirrored    bool              // whether mirror holds what the state has of it
	scannedUIDs map[string]bool   // folded, of the clients that an incremental scan found
	mark        MirrorMark
	scanned     time.Time // when the scan of this run began
	whole       bool      // this run read the CRM to its end
	watch       watch
	lateBorn    []OfferRow // born in the CRM, offered long ago and not taken
	sees        *bool      // whether the login sees every client; nil = not asked
	top         int64      // highest clid seen anywhere

	index       *index
	spool       *spool
	seen        *tape         // Observed: clients that are not as their links were settled; nil = none
	claims      map[int]claim // by position in the index
	chunk       []changed     // linked records that changed, awaiting their bases
	find        Findings
	unkeyed     bool        // a row whose key cannot be read was met
	heldAt      map[int]int // ord → position in find.Holds
	loose       int64       // rejected records that are none of the index; a row without a key is one
	looseUIDs   map[record.Fingerprint]struct{}
	follows     []Hold                     // of a plan: records that wait for nothing but what the same run links before
	met         int64                      // records of the index that the source showed
	metOther    map[int]record.Fingerprint // linked records met with another content than settled
	named       map[int]name               // of linked records met with another content that leave no op and no hold
	waiting     map[int]record.Record      // not settled by pass 1, for the backlog of files read once
	overtaken   map[string]bool            // by folded uid: records of the backlog, and whether a newer row left the scope
	files       files
	scratch     []byte
	rowsChanged bool
	snapshot    Snapshot

	lines    shownLines
	doubtful map[string]bool // names (Config.Serial) of adds whose fate is not known

	writes    int // against Options.Limit
	delivered int64
	unknown   int // requests in a row whose fate is unknown
}

// begin prepares a run of an engine.
func (e *Engine) begin(id int64, o Options, s Standing, dry bool) *run {
	return &run{
		Engine: e, id: id, opts: o, dry: dry, standing: s,
		report: &Report{Run: id, Job: e.cfg.Job, Started: e.cfg.Now(), Status: RunRunning},
		open:   map[string]*Op{}, doubtful: map[string]bool{}, mirror: reconcile.NewMirror(),
		watch: newWatch(), heldAt: map[int]int{}, scannedUIDs: map[string]bool{}, metOther: map[int]record.Fingerprint{},
	}
}

// do is a run from the check of standing halts to the fold.
func (r *run) do(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	defer r.closeTapes()
	if err := r.readSource(ctx); err != nil {
		return err
	}
	if err := r.checkGuards(ctx); err != nil {
		r.endWaiting()
		return errors.Join(err, r.tally())
	}
	if err := r.settleLines(ctx); err != nil {
		return err
	}
	if err := r.saveFindings(ctx); err != nil {
		return err
	}
	err := r.deliver(ctx)
	r.endWaiting()
	var outbox *OutboxError
	if errors.As(err, &outbox) { // all else is done, and the offers wait in the state
		return errors.Join(err, r.fold(context.WithoutCancel(ctx), true), r.tally())
	}
	if err != nil {
		return errors.Join(err, r.fold(context.WithoutCancel(ctx), false), r.tally())
	}
	// all is delivered: who interrupts now waits for the last few writes
	return errors.Join(r.fold(context.WithoutCancel(ctx), true), r.tally())
}

// prepare does all that comes before the source is read: halts, recovery of
// what an earlier run left in doubt, the mirror, the index.
func (r *run) prepare(ctx context.Context) error {
	if err := r.checkStanding(ctx); err != nil {
		return err
	}
	ops, err := r.Journal.Open(ctx)
	if err != nil {
		return err
	}
	for _, op := range ops {
		r.open[r.cfg.FoldUID(op.UID)] = op
	}
	if r.opts.Offline {
		if _, err := r.clients(ctx); err != nil {
			return err
		}
	} else if err := r.refreshMirror(ctx, ops); err != nil {
		return err
	}
	if err := r.checkInstance(ctx); err != nil {
		return err
	}
	if !r.dry {
		if err := r.recover(ctx, ops); err != nil {
			return err
		}
		if err := r.findGone(ctx); err != nil {
			return err
		}
	}
	r.blockDoubtful()
	if err := r.loadLate(ctx); err != nil {
		return err
	}
	r.index, err = loadIndex(r.standing.Links,
		func(y func(Seen) error) error { return r.Ledger.Seen(ctx, y) },
		func(y func(SeenRow) error) error { return r.Ledger.Rows(ctx, r.cfg.Salt, y) })
	if err != nil {
		return err
	}
	r.forgetRows()
	r.spool, err = newSpool(r.cfg.TempDir)
	return err
}

// forgetRows makes every record that waits for something take the slow path.
func (r *run) forgetRows() {
	drop := func(uid string) {
		if ord := r.index.find(r.uidPrint(uid)); ord >= 0 {
			r.index.slow(ord)
		}
	}
	for uid := range r.standing.Holds {
		drop(uid)
	}
	for uid := range r.standing.Choices {
		drop(uid)
	}
	for uid := range r.standing.Refused {
		drop(uid)
	}
	for _, op := range r.open {
		drop(op.UID)
	}
	for _, uid := range r.watchedUIDs() {
		if ord := r.index.find(uid); ord >= 0 {
			r.index.slow(ord)
		}
	}
}

// sameUID reports whether two uids are one to the CRM.
func (r *run) sameUID(a, b string) bool { return r.cfg.FoldUID(a) == r.cfg.FoldUID(b) }

// carries reports whether a client that was read is the one that a record is linked
// to: by its uid, where the CRM keeps uids of this entity.
func (r *run) carries(seen Observed, uid string) bool {
	if r.cfg.Nameless && seen.Entry.UID == "" {
		return true
	}
	return r.sameUID(seen.Entry.UID, uid)
}

func (r *run) uidPrint(uid string) record.Fingerprint {
	return record.FingerprintOf(r.cfg.FoldUID(uid))
}

// closeTapes gives the temporary files back.
func (r *run) closeTapes() {
	if r.spool != nil {
		r.spool.tape.close()
	}
	r.seen.close()
}

// end says how a record ended the run. Said again, it corrects what was said.
func (r *run) end(ord int, o Outcome) { r.index.ends[ord] = o }

// endWaiting ends every record that was planned and not reached.
func (r *run) endWaiting() {
	for i := range r.spool.at {
		if s := &r.spool.at[i]; !s.drop && r.index.ends[s.ord] == none {
			r.end(int(s.ord), Waiting)
		}
	}
}

// fold stores what is left to store at the end of a run. A run that ended in
// the middle folds what it did; its files stay where they are.
func (r *run) fold(ctx context.Context, whole bool) error {
	r.cfg.Observe(Event{Stage: StageFold})
	if r.rowsChanged {
		if err := r.Ledger.SaveRows(ctx, r.cfg.Salt, r.index.saveRows); err != nil {
			return err
		}
		r.cfg.Step("rows-saved")
	}
	if !whole || r.snapshot.Nothing && len(r.standing.Backlog) == 0 {
		return nil
	}
	if len(r.opts.Only) > 0 {
		return nil // the other records are still to be read
	}
	if r.cfg.ReadOnce {
		if err := r.saveBacklog(ctx); err != nil {
			return err
		}
		r.cfg.Step("backlog-saved")
	}
	if r.snapshot.Nothing {
		return nil
	}
	if err := r.Source.Done(ctx, r.snapshot); err != nil {
		return fmt.Errorf("put the source away: %w", err)
	}
	r.cfg.Step("source-done")
	return nil
}

// saveBacklog keeps the records that this run did not settle, because their
// file will not be read again.
func (r *run) saveBacklog(ctx context.Context) error {
	waiting, err := r.gatherWaiting()
	if err != nil {
		return err
	}
	return r.Journal.SaveBacklog(ctx, waiting, r.snapshot.Cursor)
}
