package engine

import (
	"maps"
	"slices"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Files read once: several of them may come in one run, in the order of their
// names, and what the newer says of a record counts. What a run does not settle
// is kept as waiting, because its file will not be read again.

// files tells rows of one file from those of another.
type files struct {
	name string   // of the file being read
	n    uint16   // its number in this run, from 0
	met  []uint16 // by position in the index: the file in which it was met; made by the second file
}

// enter notes from which file a row comes.
func (f *files) enter(name string) {
	if name == f.name {
		return
	}
	if f.name != "" && f.n < 1<<16-1 {
		f.n++
	}
	f.name = name
}

// mark remembers that the record at a position was met in the present file.
func (f *files) mark(ord int) {
	if f.n == 0 {
		return
	}
	if ord >= len(f.met) {
		f.met = append(f.met, make([]uint16, ord+1-len(f.met))...)
	}
	f.met[ord] = f.n
}

// of is the number of the file in which a record was met.
func (f *files) of(ord int) uint16 {
	if ord < len(f.met) {
		return f.met[ord]
	}
	return 0
}

// metHere reports whether a record was met in this run already. Where that was
// in an older file, the older row is forgotten, and the record is met anew.
func (r *run) metHere(ord int) bool {
	if r.index.lines[ord] == 0 {
		return false
	}
	if r.files.of(ord) == r.files.n {
		return true
	}
	r.supersede(ord)
	return false
}

// supersede takes back all that an older file's row of a record came to.
func (r *run) supersede(ord int) {
	r.withdraw(ord)
	r.index.ops[ord] = 0
	r.index.lines[ord] = 0
	r.index.ends[ord] = none
	r.index.keep(ord, record.Fingerprint{}, record.Fingerprint{})
	r.rowsChanged = true
	r.met--
	delete(r.metOther, ord)
	delete(r.waiting, ord)
	delete(r.claims, ord)
	at, held := r.heldAt[ord]
	if !held {
		return
	}
	h := r.find.Holds[at]
	if r.isNew(&h) {
		r.report.NewHolds--
	}
	r.find.Holds = slices.Delete(r.find.Holds, at, at+1)
	delete(r.heldAt, ord)
	for o, i := range r.heldAt {
		if i > at {
			r.heldAt[o] = i - 1
		}
	}
}

// claim is what a record matches by the job's own rule.
type claim struct {
	uid   string
	clids []int64
}

func (r *run) claim(ord int, uid string, clids []int64) {
	if r.claims == nil {
		r.claims = map[int]claim{}
	}
	r.claims[ord] = claim{uid: uid, clids: clids}
}

// claimed joins the claims of all records.
func (r *run) claimed() *reconcile.Claims {
	all := new(reconcile.Claims)
	for _, c := range r.claims {
		all.Add(c.uid, c.clids...)
	}
	return all
}

// wait keeps a record for the next run, when its file is read once.
func (r *run) wait(ord int, rec *record.Record) {
	if !r.cfg.ReadOnce {
		return
	}
	if r.waiting == nil {
		r.waiting = map[int]record.Record{}
	}
	r.waiting[ord] = copyRecord(rec)
}

// waitFor keeps the record that an op was planned for. An op that no row asked for
// has no record: its values are those of the base, and next time they may be old.
func (r *run) waitFor(s *spooled, op *Op) {
	switch op.Kind {
	case OpUpdate, OpWriteBack, OpDelete:
		if op.Left != reconcile.SourcePresent && op.Left != reconcile.SourceDeleted {
			return
		}
	case OpAdd, OpLink:
	}
	if !s.born {
		r.wait(int(s.ord), r.recordOf(op))
	}
}

// backlogged reports whether a record waits since an earlier run.
func (r *run) backlogged(uid string) bool {
	if r.overtaken == nil {
		r.overtaken = make(map[string]bool, len(r.standing.Backlog))
		for i := range r.standing.Backlog {
			r.overtaken[r.cfg.FoldUID(r.standing.Backlog[i].UID)] = false
		}
	}
	_, ok := r.overtaken[r.cfg.FoldUID(uid)]
	return ok
}

// recordOf is the record that an op was planned for.
func (r *run) recordOf(op *Op) *record.Record {
	rec := &record.Record{
		UID: op.UID, Key: op.Key, Origin: op.Origin, Deleted: op.Left == reconcile.SourceDeleted,
		Values: record.Restore(r.cfg.Policy.Schema, op.Set, r.cfg.CanonSource),
	}
	if op.Code == whyCLID {
		rec.CLID = op.CLID
	}
	return rec
}

// gatherWaiting lists the records that this run did not settle, as they came.
// A client in the trash takes nothing now, and may come back.
func (r *run) gatherWaiting() ([]record.Record, error) {
	for i := range r.spool.at {
		s := &r.spool.at[i]
		switch o := r.index.ends[s.ord]; {
		case s.drop, o == Created, o == Updated, o == Merged, o == Unchanged, o == WrittenBack, o == Deleted:
			continue
		}
		op, err := r.spool.read(i)
		if err != nil {
			return nil, err
		}
		r.waitFor(s, op)
	}
	out := make([]record.Record, 0, len(r.waiting))
	for _, ord := range slices.Sorted(maps.Keys(r.waiting)) {
		out = append(out, r.waiting[ord])
	}
	return out, nil
}
