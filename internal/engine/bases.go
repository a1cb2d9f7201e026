package engine

import (
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// situation is what is known of a linked record before the CRM is read.
func (r *run) situation(link *Link, now []record.Value, state reconcile.SourceState) reconcile.Situation {
	schema := r.cfg.Policy.Schema
	s := reconcile.Situation{
		Link: reconcile.Linked, Source: state, SourceNow: now,
		SourceBase: record.Restore(schema, link.Base, r.cfg.CanonSource),
		CRMBase:    r.crmBase(link),
		Pending:    r.pending(link),
	}
	if link.Gone {
		s.Link = reconcile.Tombstone
	}
	return s
}

// pending are the values on their way to the source side. Where a person wants a
// forgotten offer to go out again, there are none.
func (r *run) pending(link *Link) []record.Value {
	if r.offersAnew(link.UID) {
		return nil
	}
	return record.Restore(r.cfg.Policy.Schema, link.Pending, r.cfg.CanonCRM)
}

// crmBase is what the CRM held when the link was last settled: the source's
// value, except where the state keeps the CRM's own.
func (r *run) crmBase(link *Link) []record.Value {
	schema := r.cfg.Policy.Schema
	merged := make(record.Stored, len(link.Base))
	for k, v := range link.Base {
		merged[k] = v
	}
	for k, v := range link.CRMBase {
		merged[k] = v
	}
	return record.Restore(schema, merged, r.cfg.CanonCRM)
}

// bases are the values that a link's two sides are settled on.
type bases struct{ source, crm, pending []record.Value }

// folded is what a decision comes to once it was carried out; readBack is what
// the CRM shows then, nil when nothing was written or read.
func (r *run) folded(s reconcile.Situation, d reconcile.Decision, readBack []record.Value) bases {
	b := reconcile.Fold(r.cfg.Policy, s, d, readBack)
	return bases{source: b.Source, crm: b.CRM, pending: b.Pending}
}

// asSent is what an op comes to whose decision is not at hand: what was sent,
// and what the CRM shows. It is exact for adds, and for ops of a run that died.
func (r *run) asSent(op *Op, seen []record.Value) bases {
	b := bases{source: record.Restore(r.cfg.Policy.Schema, op.Set, r.cfg.CanonSource), crm: seen}
	for f := range b.source {
		if r.cfg.Policy.Schema.Field(f).Unsent { // when it goes one day, the two sides meet in it
			b.source[f] = record.Value{}
		}
	}
	return b
}

// recovered is what an op of an earlier run comes to, long after it was sent,
// and whether all of its record is settled by it. People may have edited the
// client since: an edit that became a base would be overwritten unseen by the
// next change of the source. So only what the op wrote, and the CRM shows, moves
// the CRM's base. A first meeting takes what it meets; where the job writes back,
// what differs is decided anew, for what was to go to the source side died with
// the run. What a client that is locked shows no longer was equal on both sides, or
// the op would have written it.
func (r *run) recovered(op *Op, old *Link, seen Observed) (b bases, whole bool) {
	b = r.asSent(op, append([]record.Value(nil), seen.Values...))
	if op.Kind == OpLink {
		return b, r.cfg.Policy.Direction == reconcile.Push || !forget(b)
	}
	if old == nil {
		made := r.made(b)
		left := r.leaveLater(b)
		for f := range b.crm {
			if b.crm[f].State != record.Absent && !b.crm[f].Same(at0(b.source, f)) && !made[f] {
				b.crm[f] = at0(b.source, f)
			}
		}
		return b, !left
	}
	schema := r.cfg.Policy.Schema
	b.pending = record.Restore(schema, old.Pending, r.cfg.CanonCRM)
	wrote := make([]bool, schema.Len())
	for _, c := range op.Changes {
		if f := schema.Index(c.Field); f >= 0 {
			wrote[f] = true
		}
	}
	source, crm := record.Restore(schema, old.Base, r.cfg.CanonSource), r.crmBase(old)
	whole = true
	for f := range wrote {
		if wrote[f] {
			b.pending[f] = record.Value{}
			whole = whole && b.source[f].Same(at0(b.crm, f)) // else a person gave a value that is for the source side, too
			continue
		}
		if seen.Locked != "" && at0(seen.Values, f).State == record.Absent {
			continue
		}
		whole = whole && b.source[f].Same(source[f])
		b.source[f], b.crm[f] = source[f], crm[f]
	}
	return b, whole
}

// made are the fields in which the CRM shows what it makes of an add by itself.
func (r *run) made(b bases) map[int]bool {
	out := map[int]bool{}
	if r.cfg.Made == nil {
		return out
	}
	for f := range b.crm {
		out[f] = r.cfg.Made(f, b.source, b.crm)
	}
	return out
}

// leaveLater leaves the fields unsettled that an add does not write, or may not have
// written to the end, and that the CRM therefore lacks, and tells whether there are
// any. Both sides count as having held nothing: the source has moved since, and what
// the CRM shows in their place was moved by somebody else, or by an add that was cut
// off.
func (r *run) leaveLater(b bases) (left bool) {
	schema := r.cfg.Policy.Schema
	for f := range b.source {
		if schema.Field(f).Later && !b.source[f].Blank() && !at0(b.crm, f).Same(b.source[f]) {
			nothing := record.Value{State: record.Null}
			b.source[f], b.crm[f] = nothing, nothing
			left = true
		}
	}
	return left
}

// forget leaves the fields unsettled in which the two sides differ, and tells
// whether there are any.
func forget(b bases) (differ bool) {
	for f := range b.source {
		if now := at0(b.crm, f); now.State != record.Absent && !now.Same(b.source[f]) {
			b.source[f], b.crm[f] = record.Value{}, record.Value{}
			differ = true
		}
	}
	return differ
}

// settledLink is the link after both sides were settled.
func (r *run) settledLink(old *Link, b bases) *Link {
	schema := r.cfg.Policy.Schema
	next := *old
	next.Base, next.CRMBase = record.Stored{}, record.Stored{}
	for k, v := range old.Base { // a removed field's base sleeps
		if schema.Index(k) < 0 {
			next.Base[k] = v
		}
	}
	for k, v := range old.CRMBase {
		if schema.Index(k) < 0 {
			next.CRMBase[k] = v
		}
	}
	for k, v := range record.Store(schema, b.source) {
		next.Base[k] = v
	}
	for i, v := range b.crm {
		name := schema.Field(i).Name
		base, ok := next.Base[name]
		if v.State == record.Absent {
			continue // an inactive field is never a difference
		}
		if !ok || !equalText(base, v) {
			next.CRMBase[name] = textOf(v)
		}
	}
	next.Pending = record.Store(schema, b.pending)
	next.SettledAt = r.cfg.Now()
	return &next
}

// name puts what an op knows of its record into a link.
func (l *Link) name(op *Op) {
	l.UID, l.Key, l.Title = op.UID, op.Key, op.Title
	l.Source, l.Origin = op.Source, op.Origin
}

func textOf(v record.Value) *string {
	if v.State == record.Null || v.State == record.Absent {
		return nil
	}
	t := v.Text
	return &t
}

// equalText reports whether a stored text is what a value holds. The kinds of
// nothing count as one here: the CRM turns "" into null and back.
func equalText(stored *string, v record.Value) bool {
	if stored == nil || *stored == "" {
		return v.Blank()
	}
	return v.State == record.Filled && v.Text == *stored
}
