package reconcile

import "syncd/internal/record"

// Decide says what is to be done about one record. It looks at nothing but its
// arguments and keeps none of them; the result shares no memory that it would
// change. Every combination of states has an answer; one that contradicts
// itself is answered with the safest (nothing is written).
//
// A record that meets its CRM counterpart for the first time is Meet's: Decide
// passes it on without evidence, which holds it.
func Decide(p Policy, s Situation) Decision {
	if s.CRM > CRMTwice || s.Source > SourceUnreadable {
		return Decision{Action: Ignore, Rule: RuleUndecided}
	}
	// Several CRM records with our uid: whichever we wrote to could be the
	// wrong one, so nothing else matters.
	if s.CRM == CRMTwice {
		return hold(Decision{}, ReasonUIDTwice, RuleUIDTwice)
	}
	if s.Source == SourceUnreadable {
		return hold(Decision{}, ReasonUnreadable, RuleUnreadable)
	}
	switch s.Link {
	case Unlinked:
		return decideUnlinked(p, s)
	case LostLink:
		return decideLost(p, s)
	case Tombstone:
		return decideTombstone(p, s)
	case Linked:
		return decideLinked(p, s)
	}
	return Decision{Action: Ignore, Rule: RuleUndecided}
}

func decideUnlinked(p Policy, s Situation) Decision {
	switch s.Source {
	case SourceOutOfScope:
		return Decision{Action: Ignore, Rule: RuleOutOfScope}
	case SourceDeleted, SourceAbsent:
		return Decision{Action: Ignore, Rule: RuleNeverLinked}
	case SourceNone:
		return decideBorn(p, s)
	case SourcePresent, SourceUnreadable:
	}
	switch s.CRM {
	case CRMNone:
		return add(p, s, RuleAdd)
	case CRMPresent:
		return Meet(p, s, Evidence{})
	case CRMUnread:
		return Decision{Action: Nothing, Rule: RuleUnknownInCRM, NeedsCRM: true}
	case CRMTrashed:
		return hold(Decision{}, ReasonTrashed, RuleTrashed)
	case CRMHidden:
		return hold(Decision{}, ReasonHidden, RuleHidden)
	case CRMGone:
		return hold(Decision{}, ReasonCRMGone, RuleCRMGone)
	case CRMTwice:
	}
	return Decision{Action: Ignore, Rule: RuleUndecided}
}

// decideBorn: a CRM record that the source never had.
func decideBorn(p Policy, s Situation) Decision {
	d := Decision{Action: Ignore, Rule: RuleCRMBorn}
	if s.CRM != CRMPresent {
		d.Action, d.Rule = Nothing, RuleUnchanged
		return d
	}
	if !p.ExportNew {
		return d
	}
	m := merger{p: p, s: s}
	for i := range m.fields() {
		f := newField(&m.p, &m.s, i)
		if f.toSource && !f.crm.Blank() {
			m.offer(&f, f.crm, RuleCRMBorn, record.Value{})
		}
	}
	d.ToSource, d.Kept = m.d.ToSource, m.d.Kept
	if len(d.ToSource) > 0 {
		d.Action = WriteBack
	}
	return d
}

// decideLost: the CRM's record carries our uid, and we know nothing more.
func decideLost(p Policy, s Situation) Decision {
	switch s.CRM {
	case CRMPresent:
	case CRMUnread:
		return Decision{Action: Nothing, Rule: RuleUnknownInCRM, NeedsCRM: true}
	case CRMTrashed:
		return Decision{Action: Ignore, Rule: RuleTrashed}
	case CRMHidden:
		return hold(Decision{}, ReasonHidden, RuleHidden)
	case CRMNone, CRMGone, CRMTwice:
		// Carried and gone at once: somebody is at it right now.
		return hold(Decision{}, ReasonCRMGone, RuleCRMGone)
	}
	switch s.Source {
	case SourcePresent:
		return relink(p, s)
	case SourceOutOfScope:
		return Decision{Action: Ignore, Rule: RuleOutOfScope}
	case SourceNone, SourceDeleted, SourceAbsent, SourceUnreadable:
	}
	// Without a base nobody can say whether the record was edited: it stays.
	return Decision{Action: Ignore, Rule: RuleNeverLinked}
}

// relink joins a record to the CRM's record that carries its uid. Whatever
// bases the situation brings are not trusted.
func relink(p Policy, s Situation) Decision {
	m := merger{p: p, s: s.withoutBases()}
	return m.join(noBase(), ReasonNoBase, RuleNoBase, RuleRelinked)
}

// join decides every field by the first-meeting rule and names the result.
func (m *merger) join(how meeting, reason Reason, held, linked Rule) Decision {
	for i := range m.fields() {
		f := newField(&m.p, &m.s, i)
		if c, ok := m.choice(&f, false); ok && f.crmKnown && !f.src.Same(f.crm) {
			m.choose(&f, c)
			continue
		}
		if m.movedSince(&f) {
			continue
		}
		m.meet(&f, how)
	}
	if len(m.d.Disputed) > 0 {
		m.disputeAnswered()
		return hold(m.d, reason, held)
	}
	m.d.Action, m.d.Rule = Link, linked
	return m.d
}

// decideTombstone: the CRM's record was confirmed gone in an earlier run.
func decideTombstone(p Policy, s Situation) Decision {
	switch s.CRM {
	case CRMPresent:
		return decideLinked(p, s) // it is back
	case CRMTrashed:
		return Decision{Action: Ignore, Rule: RuleTrashed}
	case CRMHidden:
		return hold(Decision{}, ReasonHidden, RuleHidden)
	case CRMUnread, CRMNone, CRMGone, CRMTwice:
	}
	switch s.Source {
	case SourcePresent:
		return goneInCRM(p, s, Ignore, RuleTombstone)
	case SourceDeleted, SourceAbsent:
		return Decision{Action: Close, Rule: RuleBothGone}
	case SourceOutOfScope:
		return Decision{Action: Ignore, Rule: RuleOutOfScope}
	case SourceNone, SourceUnreadable:
	}
	return Decision{Action: Ignore, Rule: RuleTombstone}
}

func decideLinked(p Policy, s Situation) Decision {
	switch s.CRM {
	case CRMTrashed:
		return Decision{Action: Ignore, Rule: RuleTrashed}
	case CRMHidden:
		return hold(Decision{}, ReasonHidden, RuleHidden)
	case CRMNone:
		return Decision{Action: Ignore, Rule: RuleCRMMissing}
	case CRMGone:
		return decideGone(p, s)
	case CRMUnread, CRMPresent, CRMTwice:
	}
	switch s.Source {
	case SourcePresent, SourceNone:
		m := merger{p: p, s: s}
		m.unread()
		for i := range m.fields() {
			m.merge(i)
		}
		return m.finish()
	case SourceOutOfScope:
		return decideLeft(p, s, p.OnOutOfScope, RuleOutOfScope, RuleScopeDeleted)
	case SourceDeleted, SourceAbsent:
		return decideLeft(p, s, p.OnAbsent, RuleAbsentKept, RuleAbsentDeleted)
	case SourceUnreadable:
	}
	return Decision{Action: Ignore, Rule: RuleUndecided}
}
