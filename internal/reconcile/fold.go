package reconcile

import (
	"slices"

	"syncd/internal/record"
)

// Bases are the values of one record that the state keeps once a decision was
// carried out, by schema position.
type Bases struct {
	Source  []record.Value
	CRM     []record.Value
	Pending []record.Value // Absent = nothing is on offer
}

// Fold gives the bases after the decision was carried out. readBack is what the
// CRM showed after the write (nil when nothing was written, or nothing was
// read: then the written values count); a field that it does not deliver
// counts as written. The situation must be the one that Decide or Meet saw.
//
//   - a field written to the CRM is settled: the source's value, and the CRM's
//     as read back; an offer for it falls;
//   - a field offered to the source moves neither base and becomes pending;
//   - a settled field takes what the sides hold; its offer stays only while the
//     CRM still holds it and the source does not, and no person withdrew it.
//
// A hold carries no changes and folds to what was there; so does a decision that only asks for the
// CRM to be read.
func Fold(p Policy, s Situation, d Decision, readBack []record.Value) Bases {
	if s.Link == Unlinked || s.Link == LostLink {
		s = s.withoutBases()
	}
	m := merger{p: p, s: s}
	n := m.fields()
	b := Bases{
		Source: make([]record.Value, n), CRM: make([]record.Value, n), Pending: make([]record.Value, n),
	}
	for i := range n {
		b.Source[i] = at(s.SourceBase, i)
		b.CRM[i] = b.Source[i]
		if s.CRMBase != nil {
			b.CRM[i] = at(s.CRMBase, i)
		}
		b.Pending[i] = at(s.Pending, i)
	}
	for _, i := range d.Settled {
		f := newField(&m.p, &m.s, i)
		b.Source[i], b.CRM[i] = f.src, f.crm
		waits := f.pending.State != record.Absent && f.crm.Same(f.pending) && !f.src.Same(f.pending)
		if !waits || d.withdrew(i) {
			b.Pending[i] = record.Value{}
		}
	}
	for _, c := range d.ToCRM {
		f := newField(&m.p, &m.s, c.Field)
		b.Source[c.Field], b.CRM[c.Field] = f.src, c.To
		if !f.srcKnown {
			// The source is gone and its record was marked in its stead: when
			// it comes back with the old value, that is a change.
			b.Source[c.Field] = c.To
		}
		if v := at(readBack, c.Field); v.State != record.Absent {
			b.CRM[c.Field] = v
		}
		b.Pending[c.Field] = record.Value{}
	}
	for _, c := range d.ToSource {
		b.Pending[c.Field] = c.To
	}
	return b
}

// withdrew reports whether a person takes the offer of a field back: the source
// stays blank, the CRM as it is.
func (d *Decision) withdrew(field int) bool {
	return slices.ContainsFunc(d.Kept, func(k Kept) bool { return k.Field == field && k.Rule == RuleChosenSource })
}
