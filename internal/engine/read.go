package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// readSource is pass 1: every row is read, mapped and decided; nothing is sent.
func (r *run) readSource(ctx context.Context) error {
	var err error
	r.snapshot, err = r.Source.Read(ctx, r.known(), func(batch []Incoming) error {
		for i := range batch {
			if err := r.take(ctx, &batch[i]); err != nil {
				return err
			}
		}
		r.cfg.Observe(Event{Stage: StageRead, Done: r.report.Rows.Read})
		return nil
	})
	r.report.Source, r.report.Rows.Lines = r.snapshot.Name, r.snapshot.Lines
	if err != nil {
		return err
	}
	r.report.SourceTime = r.sourceTime()
	r.note(r.snapshot.Warnings)
	if !r.snapshot.Complete && !r.snapshot.Nothing {
		r.report.Incomplete = r.snapshot.Why
	}
	if err := r.takeBacklog(ctx); err != nil {
		return err
	}
	if err := r.takeUnmet(ctx); err != nil {
		return err
	}
	if err := r.decideChunk(ctx); err != nil {
		return err
	}
	if err := r.holdAmbiguous(); err != nil {
		return err
	}
	if err := r.planBorn(ctx); err != nil {
		return err
	}
	return r.keepPlanned()
}

// known is what the source may ask.
func (r *run) known() Known {
	return Known{Row: r.index.rows.question, Cells: r.index.cells.question, Cursor: r.standing.Cursor}
}

// take books one row and decides what it says.
func (r *run) take(ctx context.Context, in *Incoming) error {
	rows := &r.report.Rows
	n := int64(max(1, in.Rows))
	rows.Read += n
	if r.cfg.ReadOnce {
		r.files.enter(in.Origin.File)
	}
	if len(in.Problems) > 0 {
		r.entitle(in)
		r.note(in.Problems)
		// such a row is looked at in every run, so that its warnings stay listed
		in.Row, in.Cells = record.Fingerprint{}, record.Fingerprint{}
	}
	switch in.Kind {
	case InSkipped:
		rows.Skipped += n
		return nil
	case InKnown:
		rows.Records += n
		return r.takeKnown(in)
	case InRejected:
		rows.Rejected += n
		return r.takeRejected(ctx, in)
	case InOutOfScope:
		rows.Skipped += n
		rows.Scope += n
		return r.takeOutOfScope(ctx, in)
	case InRecord:
		rows.Records += n
		return r.takeRecord(ctx, in)
	}
	return fmt.Errorf("row of unknown kind %d", in.Kind)
}

func (r *run) note(problems []Reject) {
	for _, p := range problems {
		if p.Warning {
			r.report.Warnings++
		}
		r.find.Rejects = append(r.find.Rejects, p)
	}
}

// takeKnown: the bytes, or the mapped cells, are those of a settled row, so the
// record is unchanged.
func (r *run) takeKnown(in *Incoming) error {
	var ord int
	cells := in.Cells
	if cells.IsZero() {
		if ord = r.index.rows.find(in.Row, r.index.likely); ord >= 0 {
			cells = r.index.cells.of(ord)
		}
	} else {
		ord = r.index.cells.find(cells, r.index.likely)
	}
	if ord < 0 {
		return fmt.Errorf("line %d: the reader took a row for known that is not", in.Origin.Line)
	}
	if r.metHere(ord) {
		if _, other := r.metOther[ord]; other { // the first was not as settled, and this one is
			return r.holdTwice(ord, in, r.index.source[ord])
		}
		return r.takeTwice(ord, in, r.index.source[ord])
	}
	r.meet(ord, in)
	r.rowsChanged = r.index.keep(ord, in.Row, cells) || r.rowsChanged
	r.end(ord, Unchanged)
	return nil
}

// takeTwice: a uid is met for the second time. Equal content is a twin that
// does not count; other content holds both.
func (r *run) takeTwice(ord int, in *Incoming, source record.Fingerprint) error {
	rows := &r.report.Rows
	n := int64(max(1, in.Rows))
	if _, held := r.heldAt[ord]; !held && r.metAs(ord) == source && !in.Lines {
		rows.Records -= n
		rows.Skipped += n
		rows.Twins += n
		return nil
	}
	return r.holdTwice(ord, in, source)
}

// metAs is the fingerprint with which a uid was first met in this run.
func (r *run) metAs(ord int) record.Fingerprint {
	if f, ok := r.metOther[ord]; ok {
		return f
	}
	return r.index.source[ord]
}

// holdTwice holds a record whose key two different rows carry, and withdraws
// what the first of them had planned.
func (r *run) holdTwice(ord int, in *Incoming, source record.Fingerprint) error {
	h := Hold{
		Reason: reconcile.ReasonDuplicateKey, Source: source,
		Origin: record.Origin{File: in.Origin.File, Line: int(r.index.lines[ord])}, Other: &in.Origin,
	}
	if in.Record != nil {
		h.UID, h.Key, h.Title = in.Record.UID, in.Record.Key, r.titleOf(in.Record.Values)
	} else if err := r.nameFirst(ord, &h); err != nil {
		return err
	}
	if _, held := r.heldAt[ord]; !held {
		r.withdraw(ord)
	}
	delete(r.waiting, ord) // neither row is what the record is
	r.index.keep(ord, record.Fingerprint{}, record.Fingerprint{})
	r.rowsChanged = true
	r.hold(ord, h)
	return nil
}

// nameFirst names the record of a row that was not decoded by what the first,
// differing row of its uid planned.
func (r *run) nameFirst(ord int, h *Hold) error {
	if i, ok := r.heldAt[ord]; ok {
		first := r.find.Holds[i]
		h.UID, h.Key, h.Title = first.UID, first.Key, first.Title
		return nil
	}
	if i := r.index.ops[ord]; i > 0 {
		op, err := r.spool.read(int(i - 1))
		if err != nil {
			return err
		}
		h.UID, h.Key, h.Title = op.UID, op.Key, op.Title
		return nil
	}
	if n, ok := r.named[ord]; ok {
		h.UID, h.Key, h.Title = n.uid, n.key, n.title
		return nil
	}
	for i := range r.chunk {
		if c := &r.chunk[i]; c.ord == ord {
			h.UID, h.Key, h.Title = c.rec.UID, c.rec.Key, r.titleOf(c.rec.Values)
			return nil
		}
	}
	return fmt.Errorf("line %d: a second row of one key, and the first is not known", h.Other.Line)
}

// withdraw cancels what was planned for a record.
func (r *run) withdraw(ord int) {
	if i := r.index.ops[ord]; i > 0 {
		r.spool.at[i-1].drop = true
		return
	}
	r.chunk = slices.DeleteFunc(r.chunk, func(c changed) bool { return c.ord == ord })
}

// isNew reports whether nobody was told of a hold yet. One that the CRM's answer
// made stands on, whatever the source shows besides.
func (r *run) isNew(h *Hold) bool {
	old, ok := r.standing.Holds[h.UID]
	return !ok || old.Reason != h.Reason && (h.Sticky || !old.Sticky) || len(h.Outdated) > 0
}

// hold books a record that waits for a person; the first reason counts.
func (r *run) hold(ord int, h Hold) {
	r.end(ord, Held)
	if _, ok := r.heldAt[ord]; ok {
		return
	}
	r.heldAt[ord] = len(r.find.Holds)
	r.find.Holds = append(r.find.Holds, h)
	if r.isNew(&h) {
		r.report.NewHolds++
	}
}

// sourceTime is when what was read came to be: the newest file's time, or now for
// a query.
func (r *run) sourceTime() time.Time {
	if r.snapshot.Nothing {
		return time.Time{}
	}
	var newest time.Time
	for _, f := range r.snapshot.Files {
		if f.ModTime.After(newest) {
			newest = f.ModTime
		}
	}
	if newest.IsZero() {
		return r.cfg.Now()
	}
	return newest
}

// takeRejected books a row that cannot be a record. Where its key can be read
// and is linked, the record is held: nothing is known of what it should be.
func (r *run) takeRejected(_ context.Context, in *Incoming) error {
	if in.Record == nil || in.Record.UID == "" {
		r.unkeyed = true
		r.loose++
		return nil
	}
	ord := r.index.find(r.uidPrint(in.Record.UID))
	if ord < 0 || r.index.links[ord] == 0 {
		r.looseRecord(in.Record.UID)
		return nil
	}
	if r.metHere(ord) {
		return r.takeTwice(ord, in, record.Fingerprint{})
	}
	r.meet(ord, in)
	r.hold(ord, Hold{
		UID: in.Record.UID, Key: in.Record.Key, Reason: reconcile.ReasonUnreadable, Origin: in.Origin, Fields: faulty(in.Problems),
	})
	return nil
}

// looseRecord counts a rejected record that has no place in the index, once however
// many of its rows are rejected.
func (r *run) looseRecord(uid string) {
	print := r.uidPrint(uid)
	if _, counted := r.looseUIDs[print]; counted {
		return
	}
	if r.looseUIDs == nil {
		r.looseUIDs = map[record.Fingerprint]struct{}{}
	}
	r.looseUIDs[print] = struct{}{}
	r.loose++
}

// faulty are the fields that a row was rejected for, and why: a code, no value.
func faulty(problems []Reject) []HeldField {
	var out []HeldField
	for i := range problems {
		p := problems[i]
		if p.Warning {
			continue
		}
		f := HeldField{Field: cmp.Or(p.Field, p.Column), Column: p.Column, Why: p.Code}
		if f.Field != "" { // else the value is the whole row
			f.Source = &p.Value
		}
		out = append(out, f)
	}
	return out
}

// entitle names the record that a rejected row was to be, where others may refer to it
// by that name.
func (r *run) entitle(in *Incoming) {
	if !r.cfg.Nameless || in.Kind != InRejected || in.Record == nil {
		return
	}
	title := r.titleOf(in.Record.Values)
	for i := range in.Problems {
		in.Problems[i].Title = title
	}
}

// takeOutOfScope books a row that the mapping leaves out. The record, when it
// is linked, is present all the same: never "absent".
func (r *run) takeOutOfScope(ctx context.Context, in *Incoming) error {
	if in.Record == nil || in.Record.UID == "" {
		return nil
	}
	ord := r.index.find(r.uidPrint(in.Record.UID))
	if r.backlogged(in.Record.UID) {
		r.overtaken[r.cfg.FoldUID(in.Record.UID)] = true
	}
	if ord >= 0 {
		if r.metHere(ord) {
			return nil
		}
		r.meet(ord, in)
		r.index.keep(ord, record.Fingerprint{}, record.Fingerprint{})
		r.end(ord, OutOfScope)
		if leave := r.cfg.Policy.OnOutOfScope; (leave == reconcile.Delete || leave == reconcile.Ask) && r.index.links[ord] != 0 {
			if _, open := r.open[r.cfg.FoldUID(in.Record.UID)]; open {
				r.end(ord, InDoubt)
				return nil
			}
			return r.ask(ctx, changed{ord: ord, link: r.index.links[ord], state: reconcile.SourceOutOfScope})
		}
	}
	return r.release(ctx, in.Record.UID)
}

// release ends what stands against a record that asks for nothing any more.
func (r *run) release(ctx context.Context, uid string) error {
	_, held := r.standing.Holds[uid]
	_, refused := r.standing.Refused[uid]
	if r.dry || !held && !refused {
		return nil
	}
	return r.Journal.Settle(ctx, r.id, []Settlement{{UID: uid, Clear: true}})
}

// meet remembers where a uid was met.
func (r *run) meet(ord int, in *Incoming) {
	r.met++
	r.index.lines[ord] = uint32(max(1, in.Origin.Line))
	r.index.likely = ord + 1
	r.files.mark(ord)
}

// takeBacklog lets the records of earlier files, not settled yet, enter again.
// A complete full snapshot says all there is to say, so nothing waits beside it.
func (r *run) takeBacklog(ctx context.Context) error {
	if r.snapshot.Full && r.snapshot.Complete && !r.snapshot.Nothing {
		return nil
	}
	for i := range r.standing.Backlog {
		rec := r.standing.Backlog[i]
		if r.overtaken[r.cfg.FoldUID(rec.UID)] {
			continue // a newer file says that it is none of ours
		}
		if ord := r.index.find(r.uidPrint(rec.UID)); ord >= 0 && r.index.lines[ord] != 0 {
			continue // a newer file said more about it
		}
		in := Incoming{Kind: InRecord, Origin: rec.Origin, Record: &rec}
		if side, ok := r.Source.(Referring); ok {
			var err error
			if in.Waits, err = side.Again(ctx, &rec); err != nil {
				return err
			}
		}
		in.Source, r.scratch = rec.Fingerprint(r.scratch)
		r.report.Rows.Backlog++
		if err := r.takeRecord(ctx, &in); err != nil {
			return err
		}
	}
	return nil
}
