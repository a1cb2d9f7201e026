package engine

import (
	"context"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// takeUnmet decides about the links that the source did not show: those that a
// complete snapshot lacks, and, beside a delta, those whose client was edited.
func (r *run) takeUnmet(ctx context.Context) error {
	if len(r.opts.Only) > 0 {
		return nil
	}
	switch {
	case r.snapshot.Nothing || !r.snapshot.Full:
		which := map[int]bool{}
		for _, uid := range r.watchedUIDs() {
			if ord := r.index.find(uid); ord >= 0 {
				which[ord] = true
			}
		}
		return r.askUnmet(ctx, which, reconcile.SourceNone)
	case !r.snapshot.Complete || r.unkeyed:
		r.countAbsent(nil) // nothing is proven absent
		return nil
	}
	return r.takeAbsent(ctx, r.asked())
}

// asked are the linked records that wait for a person, or for whom one decided.
func (r *run) asked() map[int]bool {
	out := map[int]bool{}
	for uid := range r.standing.Holds {
		if ord := r.index.find(r.uidPrint(uid)); ord >= 0 {
			out[ord] = true
		}
	}
	for uid := range r.standing.Choices {
		if ord := r.index.find(r.uidPrint(uid)); ord >= 0 {
			out[ord] = true
		}
	}
	return out
}

// askUnmet puts unmet links up for a decision, in the order of the links.
func (r *run) askUnmet(ctx context.Context, which map[int]bool, state reconcile.SourceState) error {
	open := make(map[record.Fingerprint]bool, len(r.open))
	for _, op := range r.open {
		open[r.uidPrint(op.UID)] = true
	}
	for ord := range r.index.loaded {
		if !which[ord] || r.index.lines[ord] != 0 || r.index.links[ord] == 0 {
			continue
		}
		if open[r.index.uids[ord]] {
			r.end(ord, InDoubt) // a write is settled first, and counted as absent afterwards
			continue
		}
		if err := r.ask(ctx, changed{ord: ord, link: r.index.links[ord], state: state}); err != nil {
			return err
		}
	}
	return nil
}

// takeAbsent tells the links that a complete snapshot lacks for the first time
// from those that two different ones lacked: only the second is a proof.
func (r *run) takeAbsent(ctx context.Context, asked map[int]bool) error {
	no := r.snapshotNo()
	r.find.SnapshotID, r.find.SnapshotNo = r.snapshot.ID, no
	decided := map[int]bool{}
	for ord := range r.index.loaded {
		first, absent := r.index.absent[ord]
		if r.index.lines[ord] != 0 {
			if absent {
				r.find.Returned = append(r.find.Returned, r.index.links[ord])
			}
			continue
		}
		if !absent {
			r.find.Vanished = append(r.find.Vanished, r.index.links[ord])
			continue
		}
		if no <= first {
			continue
		}
		// kept records are looked at once, when the proof is new
		if r.leaves() || no == first+1 || asked[ord] || r.watched(r.index.uids[ord]) {
			decided[ord] = true
		}
	}
	r.countAbsent(decided)
	return r.askUnmet(ctx, decided, reconcile.SourceAbsent)
}

// snapshotNo is the number of this snapshot: another one than the last accepted
// counts up.
func (r *run) snapshotNo() int64 {
	if r.snapshot.ID == r.standing.SnapshotID {
		return r.standing.SnapshotNo
	}
	return r.standing.SnapshotNo + 1
}

// leaves reports whether absence does something to the CRM.
func (r *run) leaves() bool {
	return r.cfg.Policy.OnAbsent != reconcile.Keep && r.snapshot.Proven
}

// policy is the job's rules as far as this snapshot allows them: only a source
// that proved to be whole may mark or delete what it lacks.
func (r *run) policy(state reconcile.SourceState) reconcile.Policy {
	p := r.cfg.Policy
	if state == reconcile.SourceAbsent && !r.snapshot.Proven && p.OnAbsent != reconcile.Ask {
		p.OnAbsent = reconcile.Keep
	}
	return p
}

// countAbsent books every link that the source did not show, but for those that
// are decided.
func (r *run) countAbsent(decided map[int]bool) {
	if !r.snapshot.Full || r.snapshot.Nothing {
		return
	}
	for ord := range r.index.loaded {
		if r.index.lines[ord] == 0 && !decided[ord] {
			r.end(ord, Absent)
		}
	}
}
