package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// What people did in the CRM is found by comparing every client that a scan
// shows with the link that it has: its base, or what was offered to the source
// side. So neither the CRM's rewriting nor our own write looks like an edit. What
// was found is stored with the mark of the scan, and stays until it is dealt
// with: no later scan has to show it again.

// watch is what a run knows of the CRM's side before it reads the source.
type watch struct {
	edited    map[record.Fingerprint]int // by folded uid: position on the tape
	clids     map[int64]bool             // of all edits that are not dealt with
	later     map[int64]bool             // of clients that cannot be compared before a write in doubt is settled
	born      []born
	gone      map[record.Fingerprint]bool     // by folded uid: confirmed gone
	late      map[record.Fingerprint]OfferRow // by folded uid: offered long ago and not taken
	calm      map[record.Fingerprint]bool     // by folded uid: held, and the CRM was seen to agree with the source again
	misplaced []Link                          // whose number a client with another uid has now
	reused    map[int64]bool                  // clids of lost clients that another client was seen to have
	first     bool                            // the job never compared before
	known     map[int64]bool                  // what the index held before the scan; nil = numbers tell what is new
}

// born is a client that no source record belongs to.
type born struct {
	clid int64
	at   int // on the tape
}

func newWatch() watch {
	return watch{
		edited: map[record.Fingerprint]int{}, clids: map[int64]bool{},
		gone: map[record.Fingerprint]bool{}, late: map[record.Fingerprint]OfferRow{},
		calm: map[record.Fingerprint]bool{}, later: map[int64]bool{}, reused: map[int64]bool{},
	}
}

// compares reports whether a scan compares the CRM's values with the links.
func (r *run) compares(full bool) bool {
	return r.cfg.Policy.Direction != reconcile.Push || full && (r.ownsFields() || r.allowed(GuardStateRestored))
}

// ownsFields reports whether an edit of some field is set back.
func (r *run) ownsFields() bool {
	schema := r.cfg.Policy.Schema
	for i := range schema.Len() {
		if f := schema.Field(i); f.Owner == record.OwnerSource && !f.AddOnly {
			return true
		}
	}
	return false
}

// compare looks for edits among clients that a scan showed.
func (r *run) compare(ctx context.Context, seen []Observed) error {
	clids := make([]int64, len(seen))
	for i := range seen {
		clids[i] = seen[i].Entry.CLID
	}
	holders, err := r.Ledger.Holders(ctx, clids)
	if err != nil {
		return err
	}
	for i := range seen {
		h, held := holders[clids[i]]
		switch {
		case seen[i].Entry.Trash:
		case held && h.Link == nil: // another job's
		case held:
			err = r.compareLinked(ctx, &seen[i], h.Link)
		case r.cfg.Policy.ExportNew && seen[i].Entry.UID == "":
			err = r.noteBorn(&seen[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// compareLinked keeps a client whose values are not what its link expects.
func (r *run) compareLinked(ctx context.Context, seen *Observed, link *Link) error {
	if _, ok := r.open[r.cfg.FoldUID(link.UID)]; ok {
		// a write is on its way: whether this is before or after it, nobody knows
		r.watch.later[seen.Entry.CLID] = true
		return nil
	}
	if !r.carries(*seen, link.UID) {
		if !link.Gone { // somebody else's client under our number
			r.watch.misplaced = append(r.watch.misplaced, *link)
		}
		return nil
	}
	if seen.Values == nil {
		fresh, err := r.CRM.Read(ctx, seen.Entry.CLID)
		if errors.Is(err, ErrNotVisible) {
			return nil
		}
		if err != nil {
			return &CRMError{Err: err}
		}
		*seen = fresh
	}
	if link.Gone || link.Missing != 0 || r.allowed(GuardStateRestored) || r.moved(link, seen.Values) {
		return r.noteEdit(link.UID, seen)
	}
	if h, held := r.heldOffer(link.UID); held && r.agree(link, seen.Values, h.Fields) {
		r.watch.calm[r.uidPrint(link.UID)] = true
	}
	return nil
}

// agree reports whether the CRM shows the source's settled values in these fields.
// Its own base is no measure: where it won a conflict, that base is what the source
// side could not take.
func (r *run) agree(link *Link, seen []record.Value, fields []HeldField) bool {
	schema := r.cfg.Policy.Schema
	source := record.Restore(schema, link.Base, r.cfg.CanonSource)
	return !slices.ContainsFunc(fields, func(f HeldField) bool {
		i := schema.Index(f.Field)
		return i >= 0 && !at0(seen, i).Same(at0(source, i))
	})
}

func (r *run) noteEdit(uid string, seen *Observed) error {
	at, err := r.keepSeen(seen)
	r.watch.edited[r.uidPrint(uid)] = at
	r.watch.clids[seen.Entry.CLID] = true
	return err
}

// noteBorn keeps a client that was born after the job first looked.
func (r *run) noteBorn(seen *Observed) error {
	old := seen.Entry.CLID <= r.mark.Job.Since
	if r.watch.known != nil {
		old = r.watch.known[seen.Entry.CLID]
	}
	if r.watch.first || old || seen.Values == nil {
		return nil
	}
	if seen.Unplaced { // it may be no more than the rest of another
		r.watch.clids[seen.Entry.CLID] = true
		return nil
	}
	at, err := r.keepSeen(seen)
	r.watch.born = append(r.watch.born, born{seen.Entry.CLID, at})
	r.watch.clids[seen.Entry.CLID] = true
	return err
}

func (r *run) keepSeen(seen *Observed) (int, error) {
	if r.seen == nil {
		var err error
		if r.seen, err = newTape(r.cfg.TempDir); err != nil {
			return 0, err
		}
	}
	return r.seen.append(seen)
}

// moved reports whether a client differs from what its link expects, in a field
// of which that means something.
func (r *run) moved(link *Link, values []record.Value) bool {
	schema := r.cfg.Policy.Schema
	base := r.crmBase(link)
	pending := record.Restore(schema, link.Pending, r.cfg.CanonCRM)
	for i, v := range values {
		f := schema.Field(i)
		back := r.cfg.Policy.Direction != reconcile.Push && f.Owner != record.OwnerSource && !f.OneWay
		set := r.cfg.Policy.Direction != reconcile.Pull && f.Owner == record.OwnerSource && !f.AddOnly
		if !back && !set || v.State == record.Absent || base[i].State == record.Absent {
			continue
		}
		want := base[i]
		if back && pending[i].State != record.Absent {
			want = pending[i]
		}
		if !v.Same(want) {
			return true
		}
	}
	return false
}

// rereadEdits looks at the clients whose edits earlier runs saw and did not deal
// with, unless this run's scan showed them.
func (r *run) rereadEdits(ctx context.Context, shown map[int64]bool) error {
	var over []Settlement
	for _, clid := range r.unread() {
		if shown[clid] {
			continue
		}
		seen, err := r.CRM.Read(ctx, clid)
		switch {
		case errors.Is(err, ErrNotVisible):
			continue // gone or hidden: should it come back, a scan of all compares it
		case err != nil:
			return &CRMError{Err: err}
		}
		r.mirror.Put(seen.Entry)
		if err := r.compare(ctx, []Observed{seen}); err != nil {
			return err
		}
	}
	for _, clid := range r.standing.Edited {
		if !r.watch.clids[clid] && !r.watch.later[clid] {
			over = append(over, Settlement{Edit: clid}) // people took it back, or nobody sees it any more
		}
	}
	if r.dry || len(over) == 0 {
		return nil
	}
	return r.Journal.Settle(ctx, r.id, over)
}

// unread lists the clients that are to be looked at whether a scan shows them or
// not: those with edits that wait, and those that a person decided about.
func (r *run) unread() []int64 {
	list := slices.Clone(r.standing.Edited)
	for uid := range r.standing.Choices {
		if clid, born := bornCLID(uid); born {
			list = append(list, clid)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// editOf returns what the scan showed of a record's client; nil when it is as its
// link was settled, or was not looked at.
func (r *run) editOf(uid string) (*Observed, error) {
	at, ok := r.watch.edited[r.uidPrint(uid)]
	if !ok {
		return nil, nil
	}
	seen := new(Observed)
	return seen, r.seen.read(at, seen)
}

// watched reports whether the CRM's side asks for a decision about a record that
// the source leaves as it was.
func (r *run) watched(uid record.Fingerprint) bool {
	_, edited := r.watch.edited[uid]
	_, late := r.watch.late[uid]
	return edited || late || r.watch.gone[uid]
}

// watchedUIDs lists them, in an order that repeats.
func (r *run) watchedUIDs() []record.Fingerprint {
	all := make([]record.Fingerprint, 0, len(r.watch.edited)+len(r.watch.gone)+len(r.watch.late))
	for uid := range r.watch.edited {
		all = append(all, uid)
	}
	for uid := range r.watch.gone {
		all = append(all, uid)
	}
	for uid := range r.watch.late {
		all = append(all, uid)
	}
	slices.SortFunc(all, func(a, b record.Fingerprint) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

// loadLate finds the offers that the source side should have shown by now.
func (r *run) loadLate(ctx context.Context) error {
	if r.Offers == nil || r.cfg.Confirm <= 0 {
		return nil
	}
	return r.Offers.Overdue(ctx, r.cfg.Now().Add(-r.cfg.Confirm), func(row OfferRow) error {
		if row.UID != "" {
			r.watch.late[r.uidPrint(row.UID)] = row
			return nil
		}
		r.lateBorn = append(r.lateBorn, row)
		return nil
	})
}

// bornUID names a client born in the CRM where only a uid can stand.
func bornUID(clid int64) string { return "clid-" + strconv.FormatInt(clid, 10) }

// bornCLID reads what bornUID wrote.
func bornCLID(uid string) (clid int64, ok bool) {
	n, is := strings.CutPrefix(uid, "clid-")
	clid, err := strconv.ParseInt(n, 10, 64)
	return clid, is && err == nil && clid > 0
}

// since is where the window of edits begins for this job.
func (m MirrorMark) since(compares bool) time.Time {
	from := latest(m.FullAt, m.ReadAt)
	if compares && m.Job.ReadAt.Before(from) {
		from = m.Job.ReadAt
	}
	return from.Add(-scanOverlap)
}

// markCompared says in the mark how far this run compared.
func (r *run) markCompared(full bool) {
	j := &r.mark.Job
	j.Compared = true
	j.ReadAt = r.scanned
	j.TopCLID = max(j.TopCLID, r.mark.TopCLID)
	if full {
		j.FullAt, j.TopCLID = r.scanned, r.mark.TopCLID
	}
	if r.watch.first {
		j.Since = r.mark.TopCLID
	}
}

// editedClids lists the edits that are not dealt with, for storing.
func (r *run) editedClids() []int64 {
	out := make([]int64, 0, len(r.watch.clids)+len(r.watch.later))
	for clid := range r.watch.clids {
		out = append(out, clid)
	}
	for clid := range r.watch.later {
		out = append(out, clid)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var errScan = errors.New("read the CRM's clients")

// scan reads the CRM as asked, a chunk of clients at a time. unread is what it could
// not read.
func (r *run) scan(ctx context.Context, q ScanQuery, take func(*Observed)) (unread []string, err error) {
	var chunk []Observed
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		err := r.compare(ctx, chunk)
		chunk = chunk[:0]
		return err
	}
	done := int64(0)
	var broken error // of ours, not of the CRM
	err = r.CRM.Scan(ctx, q, func(seen Observed) error {
		take(&seen)
		done++
		r.cfg.Observe(Event{Stage: StageMirror, Done: done})
		if !q.Values {
			return nil
		}
		if chunk = append(chunk, seen); len(chunk) >= r.cfg.Chunk {
			broken = flush()
		}
		return broken
	})
	var partly *UnreadError
	switch {
	case broken != nil:
		return nil, broken
	case errors.As(err, &partly):
		unread = partly.What
	case err != nil:
		return nil, &CRMError{Err: fmt.Errorf("%w: %w", errScan, err)}
	}
	return unread, flush()
}
