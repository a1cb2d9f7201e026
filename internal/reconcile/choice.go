package reconcile

import "syncd/internal/record"

// choice finds what a person said about a field: the choice for the field
// itself, and, for a field in dispute, the choice for all disputed ones.
//
// A value for a field that may not be written to the CRM, and that the CRM does
// not hold, could never settle: it counts as not said.
func (m *merger) choice(f *field, disputed bool) (Choice, bool) {
	all := -1
	for n, c := range m.s.Choices {
		given := c.Set.State != record.Absent
		if !c.says() || given && !f.toCRM && !c.Set.Same(f.crm) {
			continue
		}
		if c.Field == f.at {
			return c, true
		}
		if c.Field == -1 && all < 0 {
			all = n
		}
	}
	if disputed && all >= 0 {
		return m.s.Choices[all], true
	}
	return Choice{}, false
}

// says reports whether the choice decides anything.
func (c Choice) says() bool {
	return c.Set.State != record.Absent || c.Take == TakeSource || c.Take == TakeCRM
}

// chosen is a person's word about the record as a whole: TakeHold when nobody
// said anything.
func chosen(s *Situation) Take {
	for _, c := range s.Choices {
		if c.Field == -1 && (c.Take == TakeSource || c.Take == TakeCRM) {
			return c.Take
		}
	}
	return TakeHold
}

// choose carries out what a person said, within what the field's policies and
// the direction allow.
func (m *merger) choose(f *field, c Choice) {
	switch {
	case c.Set.State != record.Absent:
		m.chooseValue(f, c.Set)
	case c.Take == TakeCRM:
		m.crmWins(f, RuleChosenCRM)
	case f.src.Blank() && !f.clears():
		m.keep(f, RuleBlankKept)
	default:
		m.sourceWins(f, RuleChosenSource)
	}
}

// chooseValue settles the field on a value that a person gave. Each side is
// written only where it differs and where it may be.
func (m *merger) chooseValue(f *field, v record.Value) {
	if !f.crm.Same(v) {
		m.write(f, v, RuleChosenValue, f.crm)
	} else {
		m.settle(f)
	}
	if f.toSource && !f.src.Same(v) {
		m.offer(f, v, RuleChosenValue, f.src)
	}
}
