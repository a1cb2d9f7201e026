package engine

import (
	"context"
	"fmt"
	"slices"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// decideChunk looks up the bases of the changed records gathered so far and
// decides about them, presuming that the CRM is as it was settled.
func (r *run) decideChunk(ctx context.Context) error {
	if len(r.chunk) == 0 {
		return nil
	}
	uids := make([]string, len(r.chunk))
	for i := range r.chunk {
		uids[i] = r.chunk[i].rec.UID
	}
	links, err := r.Ledger.Links(ctx, uids)
	if err != nil {
		return err
	}
	var settled []Settlement
	for i := range r.chunk {
		c := &r.chunk[i]
		link, ok := links[c.rec.UID]
		if !ok {
			return fmt.Errorf("line %d: the state's index knows a link that its table lacks", c.rec.Origin.Line)
		}
		s, err := r.decideLinked(ctx, c, &link)
		if err != nil {
			return err
		}
		if s != nil {
			settled = append(settled, *s)
		}
	}
	r.chunk = r.chunk[:0]
	if len(settled) == 0 || r.dry {
		return nil
	}
	return r.Journal.Settle(ctx, r.id, settled)
}

// decideLinked decides about one changed record. A settlement is returned when
// nothing needs writing and only bases move.
func (r *run) decideLinked(ctx context.Context, c *changed, link *Link) (*Settlement, error) {
	in := Incoming{Kind: InRecord, Origin: c.rec.Origin, Record: &c.rec, Source: c.source, Row: c.row}
	s := r.situation(link, c.rec.Values, c.rec.Deleted)
	s.CRM = reconcile.CRMUnread
	twice, err := r.uidTwice(ctx, c.rec.UID)
	if err != nil {
		return nil, err
	}
	if twice {
		s.CRM = reconcile.CRMTwice
	}
	s.Choices = r.choicesOf(c.rec.UID)
	d := reconcile.Decide(r.cfg.Policy, s)
	switch d.Action {
	case reconcile.Nothing:
		if d.NeedsCRM {
			return nil, r.planUpdate(c, &in, link, d)
		}
		r.end(c.ord, Unchanged)
		r.callMet(c.ord, &c.rec)
		r.index.keep(c.ord, c.row, c.cells)
		r.index.source[c.ord] = c.source
		r.rowsChanged = true
		next := r.settledLink(link, r.folded(s, d, nil))
		next.name(&Op{
			UID: link.UID, Key: c.rec.Key, Title: r.titleOf(c.rec.Values), Source: c.source, Origin: c.rec.Origin,
		})
		return &Settlement{UID: c.rec.UID, Link: next, Clear: true, Changes: r.keptChanges(d), Used: r.usedChoices(c.rec.UID)}, nil
	case reconcile.Update:
		return nil, r.planUpdate(c, &in, link, d)
	case reconcile.Hold:
		r.wait(c.ord, &c.rec)
		h := r.heldLinked(&c.rec, link, d, s)
		h.Origin, h.Source = c.rec.Origin, c.source
		r.hold(c.ord, h)
		return nil, nil
	case reconcile.Ignore:
		r.end(c.ord, OutOfScope)
		r.callMet(c.ord, &c.rec)
		if c.rec.Deleted {
			r.end(c.ord, Absent)
		}
		return nil, r.release(ctx, c.rec.UID)
	}
	return nil, fmt.Errorf("uid %s: action %d cannot follow from a changed source record", c.rec.UID, d.Action)
}

// planUpdate spools an update of the fields that changed.
func (r *run) planUpdate(c *changed, in *Incoming, link *Link, d reconcile.Decision) error {
	if err := r.plan(c.ord, in, &Op{Kind: OpUpdate, CLID: link.CLID, Changes: r.fieldChanges(d.ToCRM)}); err != nil {
		return err
	}
	r.spool.at[r.index.ops[c.ord]-1].clears = slices.ContainsFunc(d.ToCRM, func(ch reconcile.Change) bool {
		return ch.To.Blank() && !ch.From.Blank()
	})
	return nil
}

// situation is what is known of a linked record before the CRM is read.
func (r *run) situation(link *Link, now []record.Value, deleted bool) reconcile.Situation {
	schema := r.cfg.Policy.Schema
	s := reconcile.Situation{
		Link: reconcile.Linked, Source: reconcile.SourcePresent, SourceNow: now,
		SourceBase: record.Restore(schema, link.Base, r.cfg.CanonSource),
		CRMBase:    r.crmBase(link),
	}
	if link.Gone {
		s.Link = reconcile.Tombstone
	}
	if deleted {
		s.Source = reconcile.SourceDeleted
	}
	return s
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
type bases struct{ source, crm []record.Value }

// folded is what a decision comes to once it was carried out; readBack is what
// the CRM shows then, nil when nothing was written or read.
func (r *run) folded(s reconcile.Situation, d reconcile.Decision, readBack []record.Value) bases {
	b := reconcile.Fold(r.cfg.Policy, s, d, readBack)
	return bases{source: b.Source, crm: b.CRM}
}

// asSent is what an op comes to whose decision is not at hand: what was sent,
// and what the CRM shows. It is exact for adds, and for ops of a run that died.
func (r *run) asSent(op *Op, seen []record.Value) bases {
	return bases{source: record.Restore(r.cfg.Policy.Schema, op.Set, r.cfg.CanonSource), crm: seen}
}

// recovered is what an op of an earlier run comes to, long after it was sent,
// and whether all of its record is settled by it. People may have edited the
// client since: an edit that became a base would be overwritten unseen by the
// next change of the source. So only what the op wrote, and the CRM shows, moves
// the CRM's base. A first meeting takes what it meets.
func (r *run) recovered(op *Op, old *Link, seen []record.Value) (b bases, whole bool) {
	b = r.asSent(op, append([]record.Value(nil), seen...))
	if op.Kind == OpLink {
		return b, true
	}
	if old == nil {
		for f := range b.crm {
			if b.crm[f].State != record.Absent && !b.crm[f].Same(at0(b.source, f)) {
				b.crm[f] = at0(b.source, f)
			}
		}
		return b, true
	}
	schema := r.cfg.Policy.Schema
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
			continue
		}
		whole = whole && b.source[f].Same(source[f])
		b.source[f], b.crm[f] = source[f], crm[f]
	}
	return b, whole
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

// fieldChanges puts a decision's changes into the terms that are stored.
func (r *run) fieldChanges(changes []reconcile.Change) []FieldChange {
	out := make([]FieldChange, 0, len(changes))
	for _, c := range changes {
		out = append(out, FieldChange{
			Field: r.cfg.Policy.Schema.Field(c.Field).Name,
			From:  textOf(c.From), To: textOf(c.To), Lost: textOf(c.Lost), Rule: c.Rule,
		})
	}
	return out
}

// keptChanges are the differences that a decision settles without a write
// although a value is lost by it, for the audit.
func (r *run) keptChanges(d reconcile.Decision) []FieldChange {
	var out []FieldChange
	for _, k := range d.Kept {
		if k.Rule == reconcile.RuleConflictCRM || k.Rule == reconcile.RuleChosenCRM {
			out = append(out, FieldChange{
				Field: r.cfg.Policy.Schema.Field(k.Field).Name,
				From:  textOf(k.CRM), To: textOf(k.CRM), Lost: textOf(k.Source), Rule: k.Rule,
			})
		}
	}
	return out
}

// heldLinked describes a hold about a linked record, with what each side has.
func (r *run) heldLinked(rec *record.Record, link *Link, d reconcile.Decision, s reconcile.Situation) Hold {
	h := Hold{
		UID: rec.UID, Key: rec.Key, Title: r.titleOf(s.SourceNow), Reason: d.Reason,
		CLID: link.CLID, Sticky: true,
	}
	for _, f := range d.Disputed {
		h.Fields = append(h.Fields, HeldField{
			Field: r.cfg.Policy.Schema.Field(f).Name,
			Base:  at(s.SourceBase, f), Source: at(s.SourceNow, f), CRM: at(s.CRMNow, f),
		})
	}
	return h
}

func at(values []record.Value, f int) *string {
	if f >= len(values) {
		return nil
	}
	return textOf(values[f])
}
