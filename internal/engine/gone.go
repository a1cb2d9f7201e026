package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// A linked client that the CRM does not show is gone only when the CRM itself
// says so twice: neither its number nor our uid is found, in two runs, for a
// login that is proven to see every client.

// fate is what became of a linked client that was not seen.
type fate uint8

const (
	fateUnknown fate = iota // the login may simply not see it
	fateThere               // it is there
	fateMoved               // another client carries our uid now: cards were merged
	fateGone                // proven gone by this look
)

// lookFor finds out what became of a link's client.
func (r *run) lookFor(ctx context.Context, link *Link) (fate, Observed, error) {
	seen, err := r.CRM.Read(ctx, link.CLID)
	switch {
	case err == nil && r.carries(seen, link.UID):
		return fateThere, seen, nil
	case errors.Is(err, ErrUnreadable):
		return fateUnknown, seen, nil
	case err != nil && !errors.Is(err, ErrNotVisible):
		return fateUnknown, seen, &CRMError{Err: err}
	}
	r.watch.reused[link.CLID] = err == nil
	seen, err = r.CRM.Find(ctx, Sought{UID: link.UID, CLID: link.CLID, Set: link.Base})
	switch {
	case err == nil && seen.Entry.CLID == link.CLID:
		return fateThere, seen, nil
	case err == nil:
		return fateMoved, seen, nil
	case errors.Is(err, ErrUnreadable):
		return fateUnknown, seen, nil
	case !errors.Is(err, ErrNotFound):
		return fateUnknown, seen, &CRMError{Err: err}
	}
	sees, err := r.seesAll(ctx)
	if err != nil {
		return fateUnknown, seen, &CRMError{Err: err}
	}
	if !sees {
		return fateUnknown, seen, nil
	}
	return fateGone, seen, nil
}

// findGone looks for the linked clients that a scan of all did not show, and for
// those that were missing before.
func (r *run) findGone(ctx context.Context) error {
	if r.dry || !r.whole && len(r.standing.Missing)+len(r.watch.misplaced) == 0 {
		return nil
	}
	missing := map[string]Link{}
	uids := slices.Sorted(maps.Keys(r.standing.Missing))
	before, err := r.Ledger.Links(ctx, uids)
	if err != nil {
		return err
	}
	for uid, l := range before {
		missing[uid] = l
	}
	for _, l := range r.watch.misplaced {
		missing[l.UID] = l
	}
	if r.whole {
		if err := r.Mirror.Unseen(ctx, func(l Link) error {
			missing[l.UID] = l
			return nil
		}); err != nil {
			return err
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(missing)) {
		if _, open := r.open[r.cfg.FoldUID(uid)]; open {
			continue
		}
		link := missing[uid]
		if err := r.judge(ctx, &link); err != nil {
			return err
		}
	}
	return nil
}

// judge looks for one missing client and stores what was found.
func (r *run) judge(ctx context.Context, link *Link) error {
	fate, seen, err := r.lookFor(ctx, link)
	if err != nil {
		return err
	}
	next := *link
	switch fate {
	case fateUnknown:
		return nil
	case fateThere:
		r.mirror.Put(seen.Entry)
		if link.Missing == 0 {
			return nil
		}
		next.Missing = 0
		if err := r.compareLinked(ctx, &seen, &next); err != nil {
			return err
		}
	case fateMoved:
		return r.follow(ctx, link, seen)
	case fateGone:
		if link.Missing != 0 && link.Missing < r.id {
			r.watch.gone[r.uidPrint(link.UID)] = true
			return nil
		}
		next.Missing = r.id
	}
	return r.Journal.Settle(ctx, r.id, []Settlement{{UID: link.UID, Link: &next}})
}

// follow moves a link to the client that carries its uid now.
func (r *run) follow(ctx context.Context, link *Link, seen Observed) error {
	next := *link
	next.CLID, next.Missing, next.Gone = seen.Entry.CLID, 0, false
	err := r.Journal.Settle(ctx, r.id, []Settlement{{
		UID: link.UID, Link: &next, Mirror: &seen.Entry,
		Changes: []FieldChange{{Field: "clid", From: clidText(link.CLID), To: clidText(next.CLID), Rule: reconcile.RuleMoved}},
	}})
	if errors.Is(err, ErrClaimed) {
		return nil // another record owns it: the next write to this one is held
	}
	if err != nil {
		return err
	}
	r.cfg.Step("link-moved")
	*link = next
	r.mirror.Put(seen.Entry)
	return r.compareLinked(ctx, &seen, &next)
}

// isGone reports whether two runs proved that a record's client is gone.
func (r *run) isGone(uid string) bool { return r.watch.gone[r.uidPrint(uid)] }

// bury settles a link whose client is gone: nothing is added again by itself.
func (r *run) bury(link *Link, b bases) *Link {
	next := r.settledLink(link, b)
	next.Gone, next.Missing = true, 0
	next.Pending = record.Stored{}
	return next
}

// goneEntry is what the index keeps of a link's lost client: nothing, unless its
// number is another client's now, whose entry stays.
func (r *run) goneEntry(link *Link) *reconcile.Entry {
	if r.watch.reused[link.CLID] {
		return nil
	}
	return entryGone(link.CLID)
}

func clidText(clid int64) *string {
	s := strconv.FormatInt(clid, 10)
	return &s
}
