package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"syncd/internal/reconcile"
)

// refreshMirror reads what is new in the CRM: everything the first time and
// when it is old, else down to the last clid known, and far enough down to prove
// what the ops in doubt need. A job that takes the CRM's edits compares what it
// reads with its links.
func (r *run) refreshMirror(ctx context.Context, open []*Op) error {
	mark, err := r.Mirror.MirrorMark(ctx)
	if err != nil {
		return err
	}
	r.scanned = r.cfg.Now()
	full := r.readsWhole(mark)
	compares := r.compares(full)
	q := ScanQuery{Values: compares}
	r.mark = mark
	if full {
		r.mark.TopCLID = 0
	} else {
		q = mark.news(open, compares)
	}
	r.watch.first = compares && mark.Job.FullAt.IsZero()
	if err := r.rememberKnown(ctx, compares); err != nil {
		return err
	}
	fresh := reconcile.NewMirror()
	var entries []reconcile.Entry
	shown := map[int64]bool{}
	unread, err := r.scan(ctx, q, func(seen *Observed) {
		e := seen.Entry
		r.mark.TopCLID = max(r.mark.TopCLID, e.CLID)
		r.top = max(r.top, e.CLID)
		entries = append(entries, e)
		if e.UID != "" && !full && e.CLID > q.Above {
			r.scannedUIDs[r.cfg.FoldUID(e.UID)] = true
		}
		if compares && len(r.standing.Edited) > 0 {
			shown[e.CLID] = true
		}
		if full {
			fresh.Put(e)
		} else {
			r.mirror.Put(e)
		}
	})
	if err != nil {
		return err
	}
	r.noteUnread(unread)
	if full && len(unread) > 0 {
		if entries, err = r.keepUnshown(ctx, fresh, entries); err != nil {
			return err
		}
	}
	if full {
		r.mirror, r.mirrored, r.mark.FullAt, r.whole = fresh, true, r.scanned, true
	}
	if err := r.rereadEdits(ctx, shown); err != nil {
		return err
	}
	if len(open) > 0 { // the recovery asks it
		if _, err := r.clients(ctx); err != nil {
			return err
		}
	}
	r.top = max(r.top, r.mark.TopCLID)
	r.mark.ReadAt = r.scanned
	if compares {
		r.markCompared(full)
	}
	return r.saveMirror(ctx, full, entries)
}

// news is the scan that shows what came since this mark, down to where open adds
// would be; with compares, since this job looked last.
func (m MirrorMark) news(open []*Op, compares bool) ScanQuery {
	q := ScanQuery{Above: m.TopCLID, Changed: m.since(compares), Values: compares}
	if compares {
		q.Above = min(q.Above, m.Job.TopCLID)
	}
	for _, op := range open {
		if op.Kind == OpAdd {
			q.Above = min(q.Above, op.AboveCLID)
		}
	}
	return q
}

// rememberKnown keeps what the index held before this scan, where the numbers of
// what is new need not be higher than those of what is old: a payment has the number
// of the line that it pays.
func (r *run) rememberKnown(ctx context.Context, compares bool) error {
	if !compares || !r.cfg.Nameless || !r.cfg.Policy.ExportNew {
		return nil
	}
	r.watch.known = map[int64]bool{}
	err := r.Mirror.LoadMirror(ctx, func(e reconcile.Entry) error {
		r.watch.known[e.CLID] = true
		return nil
	})
	for _, clid := range r.standing.Edited { // not dealt with yet
		delete(r.watch.known, clid)
	}
	return err
}

// noteUnread tells of records that the CRM shows in no form that can be read.
func (r *run) noteUnread(what []string) {
	for _, w := range what {
		r.note([]Reject{{Code: RefusedUnread, Value: w, Warning: true}})
	}
}

// keepUnshown adds to what a scan of all showed what the index had besides and is
// linked to nobody: among it may be what the scan could not read. What is linked is
// looked at by itself.
func (r *run) keepUnshown(ctx context.Context, shown *reconcile.Mirror, entries []reconcile.Entry) ([]reconcile.Entry, error) {
	var rest []reconcile.Entry
	var clids []int64
	if err := r.Mirror.LoadMirror(ctx, func(e reconcile.Entry) error {
		if !shown.Has(e.CLID) {
			rest, clids = append(rest, e), append(clids, e.CLID)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("load the index of the CRM's clients: %w", err)
	}
	holders, err := r.Ledger.Holders(ctx, clids)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(rest) {
		if _, linked := holders[e.CLID]; !linked {
			shown.Put(e)
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// readsWhole reports whether this run reads the CRM to its end.
func (r *run) readsWhole(mark MirrorMark) bool {
	old := func(at time.Time) bool {
		return at.IsZero() || at.After(r.scanned) || r.scanned.Sub(at) > r.cfg.FullScanEvery
	}
	ahead := mark.ReadAt.After(r.scanned) || mark.Job.ReadAt.After(r.scanned) // the clock was set back: no window begins in time
	return ahead || r.opts.FullScan || r.allowed(GuardCRMRewound) || r.allowed(GuardCRMChanged) ||
		r.allowed(GuardStateRestored) || old(mark.FullAt) ||
		r.cfg.Policy.Direction != reconcile.Push && old(mark.Job.FullAt)
}

func (r *run) saveMirror(ctx context.Context, full bool, entries []reconcile.Entry) error {
	if r.dry {
		return nil
	}
	err := r.Mirror.SaveMirror(ctx, r.mark, full, r.editedClids(), func(yield func(reconcile.Entry) error) error {
		for _, e := range slices.Backward(entries) { // the table grows at its end
			if err := yield(e); err != nil {
				return err
			}
		}
		return nil
	})
	r.cfg.Step("mirror-saved")
	return err
}

// scanOverlap is how far before the last reading the next one begins: the clocks
// of the two machines differ, and an edit may be stored after it was dated.
const scanOverlap = time.Hour

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// clients gives the whole index of the CRM's clients. What the state has of it
// is loaded at the first use: a run that meets no new record never pays for it.
func (r *run) clients(ctx context.Context) (*reconcile.Mirror, error) {
	if r.mirrored {
		return r.mirror, nil
	}
	if err := r.Mirror.LoadMirror(ctx, func(e reconcile.Entry) error {
		if !r.mirror.Has(e.CLID) { // what this run saw itself is newer
			r.mirror.Put(e)
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("load the index of the CRM's clients: %w", err)
	}
	r.mirrored = true
	return r.mirror, nil
}

// uidTwice reports whether several clients of the CRM carry the uid of a linked
// record: somebody copied a card. Only a client that this run found new, a full
// scan, or an earlier hold can say so; the index is loaded for nothing else.
func (r *run) uidTwice(ctx context.Context, uid string) (bool, error) {
	suspect := r.mirrored || r.scannedUIDs[r.cfg.FoldUID(uid)] || r.standing.Holds[uid].Reason == reconcile.ReasonUIDTwice
	if !suspect {
		return false, nil
	}
	clids, err := r.carriers(ctx, uid)
	return len(clids) > 1, err
}

// carriers lists the clients that carry a uid. Where the index knows several it
// may be old, so they are looked at: a client that a login which sees everything
// is not shown is gone.
func (r *run) carriers(ctx context.Context, uid string) ([]int64, error) {
	clients, err := r.clients(ctx)
	if err != nil {
		return nil, err
	}
	known := clients.ByUID(r.cfg.FoldUID(uid))
	if len(known) < 2 || r.opts.Offline {
		return known, nil
	}
	sees, err := r.seesAll(ctx)
	if err != nil {
		return nil, &CRMError{Err: err}
	}
	if !sees {
		return known, nil
	}
	var there []int64
	for _, clid := range known {
		seen, err := r.CRM.Read(ctx, clid)
		switch {
		case errors.Is(err, ErrUnreadable):
			there = append(there, clid)
		case errors.Is(err, ErrNotVisible):
			r.mirror.Put(*entryGone(clid))
		case err != nil:
			return nil, &CRMError{Err: err}
		case r.cfg.FoldUID(seen.Entry.UID) != r.cfg.FoldUID(uid):
			r.mirror.Put(seen.Entry)
		default:
			there = append(there, clid)
		}
	}
	return there, nil
}

// probes is how many links are compared with the CRM before a run.
const probes = 3

// checkInstance makes sure that the CRM behind the address is the one that the
// links belong to, and that it was not set back to an older day. A link that agrees
// is proof enough, unless the two newest are gone before it.
func (r *run) checkInstance(ctx context.Context) error {
	if r.dry || r.cfg.Nameless && r.Anchor == nil {
		return nil
	}
	a := Anchor{r.CRM, r.Mirror}
	if r.Anchor != nil {
		a = *r.Anchor
	}
	links, err := a.Links.Newest(ctx, probes)
	if err != nil {
		return err
	}
	foreign, missing, there := 0, 0, int64(0)
	for _, l := range links {
		seen, err := a.CRM.Read(ctx, l.CLID)
		switch {
		case err == nil && r.sameUID(seen.Entry.UID, l.UID):
			if foreign == 0 && missing < 2 { // people delete the newest card, hardly the two newest
				return nil
			}
			return r.checkRewound(ctx, a.CRM, links[0].CLID, there, foreign > 0)
		case err == nil:
			foreign++
		case errors.Is(err, ErrUnreadable):
			there = max(there, l.CLID)
		case !errors.Is(err, ErrNotVisible):
			return &CRMError{Err: fmt.Errorf("read a linked client: %w", err)}
		default:
			missing++
		}
	}
	switch {
	case foreign > 0 && !r.allowed(GuardCRMChanged):
		return r.halt(ctx, Halt{Guard: GuardCRMChanged, Found: links[0].CLID})
	case foreign == 0 && len(links) > 0:
		return r.checkRewound(ctx, a.CRM, links[0].CLID, there, false)
	}
	return nil
}

// checkRewound looks whether the CRM gave its numbers up to the newest linked
// one, which it does not show. Numbers that it gave a second time, to other clients,
// say it by themselves. How far back a person accepted once is no news. there is the
// highest number of a client that it shows in no form that can be read, 0 for none.
func (r *run) checkRewound(ctx context.Context, crm CRM, newest, there int64, reused bool) error {
	if r.allowed(GuardCRMRewound) {
		return nil
	}
	page, err := crm.Newest(ctx)
	if err != nil {
		return &CRMError{Err: fmt.Errorf("read the newest clients: %w", err)}
	}
	top := there
	if len(page) > 0 {
		top = max(top, page[0].Entry.CLID)
	}
	accepted := r.standing.Rewound
	if !reused && top >= newest || accepted != nil && top >= *accepted {
		return nil // clients deleted by hand are no reason to stop
	}
	return r.halt(ctx, Halt{Guard: GuardCRMRewound, Found: top, Limit: newest})
}

// seesAll asks once in a run whether the login sees every client.
func (r *run) seesAll(ctx context.Context) (bool, error) {
	if r.sees == nil {
		ok, err := r.CRM.SeesAll(ctx)
		if err != nil {
			return false, err
		}
		r.sees = &ok
	}
	return *r.sees, nil
}
