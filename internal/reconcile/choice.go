package reconcile

import (
	"slices"

	"syncd/internal/record"
)

// choice finds what a person said about a field: the choice for the field
// itself, and, for a field in dispute, the choice for all disputed ones.
// A choice that the field cannot carry out counts as not said.
func (m *merger) choice(f *field, disputed bool) (Choice, bool) {
	all := -1
	for n := len(m.s.Choices) - 1; n >= 0; n-- {
		c := m.s.Choices[n]
		if !c.fits(f) || !c.saw(f) {
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

// fits reports whether the choice decides anything about the field.
func (c Choice) fits(f *field) bool {
	switch {
	case c.Set.State != record.Absent:
		// A value that may not be written to the CRM and that the CRM does not
		// hold could never settle.
		return f.toCRM || c.Set.Same(f.crm)
	case c.Take == TakeSource:
		// a blank source has no value to take, but an offer to it can be withdrawn
		return !f.fixed && (!f.src.Blank() || f.clears()) || f.pending.State != record.Absent
	default:
		return c.Take == TakeCRM
	}
}

// saw reports whether the person who chose was shown what the sides hold now. A
// CRM that was not read may be presumed to: it is read before anything is done.
func (c Choice) saw(f *field) bool {
	if c.Seen == nil {
		return true
	}
	for _, s := range c.Seen {
		if s.Field == f.at {
			written := c.Set.State != record.Absent && f.crm.Same(c.Set)
			return s.Source.Same(f.src) && (!f.crmKnown || s.CRM.Same(f.crm) || written)
		}
	}
	return false
}

// chosenOf is chosen by a person who was shown what these fields hold now.
func (m *merger) chosenOf(fields []int) Take {
	for _, c := range slices.Backward(m.s.Choices) {
		if c.Field != -1 || c.Take != TakeSource && c.Take != TakeCRM {
			continue
		}
		for _, i := range fields {
			if f := newField(&m.p, &m.s, i); !c.saw(&f) {
				return TakeHold
			}
		}
		return c.Take
	}
	return TakeHold
}

// chosen is a person's word about the record as a whole: TakeHold when nobody
// said anything.
func chosen(s *Situation) Take {
	for _, c := range slices.Backward(s.Choices) {
		if c.Field == -1 && (c.Take == TakeSource || c.Take == TakeCRM) {
			return c.Take
		}
	}
	return TakeHold
}

// disputeAnswered puts the fields that a choice about all of them decided beside
// those that are in dispute.
func (m *merger) disputeAnswered() {
	m.d.Disputed = append(m.d.Disputed, m.answered...)
	slices.Sort(m.d.Disputed)
	m.d.Disputed = slices.Compact(m.d.Disputed)
}

// choose carries out what a person said, within what the field's policies and
// the direction allow.
func (m *merger) choose(f *field, c Choice) {
	if c.Field == -1 {
		m.answered = append(m.answered, f.at)
	}
	switch {
	case c.Set.State != record.Absent:
		m.chooseValue(f, c.Set)
	case c.Take == TakeCRM:
		m.crmWins(f, RuleChosenCRM)
	case f.src.Blank() && !f.clears():
		m.accept(f, RuleChosenSource)
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
		m.settle(f, RuleChosenValue)
	}
	if f.toSource && !f.src.Same(v) {
		m.offer(f, v, RuleChosenValue, f.src)
	}
}
