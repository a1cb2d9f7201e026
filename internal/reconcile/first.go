package reconcile

import "syncd/internal/record"

// meeting is how two values that have no common base are brought together.
type meeting struct {
	fill   Rule // the CRM is blank
	differ Rule // both filled, different, a person decides
	take   Take // both filled and different
}

// newlyMapped is the meeting of one field of a linked record.
func newlyMapped(onMatch Take) meeting {
	return meeting{fill: RuleNewFieldFilled, differ: RuleOnMatch, take: onMatch}
}

// firstMet is the meeting of every field when a link is made.
func firstMet(onMatch Take) meeting {
	return meeting{fill: RuleFilled, differ: RuleOnMatch, take: onMatch}
}

// noBase is the meeting of a lost link: nobody can say which side moved.
func noBase() meeting {
	return meeting{fill: RuleFilled, differ: RuleNoBase, take: TakeHold}
}

// meet decides a field that has no base.
func (m *merger) meet(f *field, how meeting) {
	if !f.crmKnown {
		// Reading helps only where the value could lead to a write. A field
		// that was read and not delivered is inactive: never a difference.
		wanted := f.toCRM && !f.src.Blank() || f.toSource && m.p.ExportOnLink
		if m.s.CRM == CRMUnread && f.srcKnown && wanted {
			m.d.NeedsCRM = true
		}
		return
	}
	switch {
	case !f.srcKnown:
	case f.src.Same(f.crm):
		m.settle(f, RuleSameValue)
	case f.src.Blank():
		m.meetCRMOnly(f)
	case f.crm.Blank() && f.toCRM:
		m.write(f, f.src, how.fill, record.Value{})
	case f.crm.Blank():
		m.accept(f, f.standing())
	default:
		m.meetDifferent(f, how)
	}
}

// movedSince decides a field of which it is known what both sides held before: one
// that moved since is a change as any other.
func (m *merger) movedSince(f *field) bool {
	was := at(m.before, f.at)
	if was.State == record.Absent || !f.crmKnown || !f.srcKnown || f.src.Same(f.crm) {
		return false
	}
	switch {
	case f.toSource && f.src.Same(was):
		m.settle(f, RuleCRMChanged)
		m.offer(f, f.crm, RuleCRMChanged, record.Value{})
	case f.toCRM && f.crm.Same(was) && f.Owner == record.OwnerBoth && !f.src.Blank():
		m.write(f, f.src, RuleSourceChanged, record.Value{})
	default:
		return false
	}
	return true
}

// meetCRMOnly: the value goes to the source only when the job asks for it.
func (m *merger) meetCRMOnly(f *field) {
	if f.toSource && m.p.ExportOnLink {
		m.settle(f, RuleExportedOnLink)
		m.offer(f, f.crm, RuleExportedOnLink, record.Value{})
		return
	}
	m.accept(f, RuleCRMOnly)
}

// meetDifferent: both sides are filled and differ.
func (m *merger) meetDifferent(f *field, how meeting) {
	switch {
	case f.AddOnly || f.Owner == record.OwnerCRM:
		m.accept(f, f.standing())
		return
	case f.Owner == record.OwnerSource:
		m.sourceWins(f, RuleOwnerSource)
		return
	}
	if c, ok := m.choice(f, true); ok {
		m.choose(f, c)
		return
	}
	switch how.take {
	case TakeSource:
		if f.fixed {
			m.unchangeable(f)
			return
		}
		m.sourceWins(f, RuleOnMatchSource)
	case TakeCRM:
		// Nobody asked 1C to be changed because of a link, unless the job
		// says so: the difference is settled as it stands.
		if m.p.ExportOnLink {
			m.crmWins(f, RuleOnMatchCRM)
		} else {
			m.accept(f, RuleOnMatchCRM)
		}
	case TakeHold:
		fallthrough
	default:
		m.dispute(f, how.differ)
	}
}
