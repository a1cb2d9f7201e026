package reconcile

import "syncd/internal/record"

// field is one field of one record seen from both sides. Values that were not
// delivered are presumed; src and crm are therefore always usable.
type field struct {
	record.Field
	at                 int
	src, sourceBase    record.Value
	crm, crmBase       record.Value
	pending            record.Value // Absent when nothing was offered
	srcKnown           bool         // the source delivered src now
	crmKnown           bool         // the CRM delivered crm now
	toCRM, toSource    bool         // the direction and the field's policies allow the write
	fixed              bool         // they would, and the CRM has no way to change it
	neverSettled       bool
	srcMoved, crmMoved bool
}

// at is values[i], or Absent where nothing is known.
func at(values []record.Value, i int) record.Value {
	if i < len(values) {
		return values[i]
	}
	return record.Value{}
}

// newField lines up the i-th field of a situation.
func newField(p *Policy, s *Situation, i int) field {
	f := field{Field: p.Schema.Field(i), at: i}
	f.toCRM = p.Direction != Pull && !f.AddOnly && f.Owner != record.OwnerCRM
	f.fixed = f.toCRM && f.Fixed
	f.toCRM = f.toCRM && !f.fixed
	f.toSource = p.Direction != Push && f.Owner != record.OwnerSource && !f.OneWay

	f.sourceBase = at(s.SourceBase, i)
	f.neverSettled = f.sourceBase.State == record.Absent
	f.crmBase = f.sourceBase
	if s.CRMBase != nil {
		f.crmBase = at(s.CRMBase, i)
	}
	if f.Unsent {
		f.toCRM, f.fixed, f.toSource = false, false, false
		f.src, f.crm = f.sourceBase, f.crmBase
		return f
	}
	// An offer counts only while the job may still write back; a job turned
	// to push forgets it and the CRM's edit is left where it is.
	if f.toSource {
		f.pending = at(s.Pending, i)
	}

	f.src = f.sourceBase
	if now := at(s.SourceNow, i); s.Source == SourcePresent && now.State != record.Absent {
		f.src, f.srcKnown = now, true
	}
	// An unread CRM is presumed to hold what it held when it was last looked
	// at: the value that was offered to the source, else its base.
	f.crm = f.crmBase
	if f.pending.State != record.Absent {
		f.crm = f.pending
	}
	if now := at(s.CRMNow, i); s.CRM == CRMPresent && now.State != record.Absent {
		f.crm, f.crmKnown = now, true
	}

	// A cell that went blank says nothing unless the mapping clears: it is no
	// change, whatever it was before.
	f.srcMoved = !f.src.Same(f.sourceBase) && (!f.src.Blank() || f.Clear)
	f.crmMoved = !f.crm.Same(f.crmBase)
	return f
}

// clears reports whether a blank source may clear the CRM's value.
func (f *field) clears() bool {
	return f.Clear && f.src.Blank() && f.srcKnown && !f.sourceBase.Blank()
}

// standing is the field policy by which the CRM's value stays as it is.
func (f *field) standing() Rule {
	switch {
	case f.fixed:
		return RuleFixed
	case f.AddOnly:
		return RuleAddOnly
	case f.Owner == record.OwnerCRM:
		return RuleOwnerCRM
	default:
		return RuleSourceEditLeft
	}
}
