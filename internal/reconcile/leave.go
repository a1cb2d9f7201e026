package reconcile

import "syncd/internal/record"

// add creates the record in the CRM with every field that has content,
// whatever its owner and its `when`.
func add(p Policy, s Situation, rule Rule) Decision {
	if p.Direction == Pull {
		return Decision{Action: Ignore, Rule: RulePullOnly}
	}
	d := Decision{Action: Add, Rule: rule}
	m := merger{p: p, s: s}
	for i := range m.fields() {
		if v := at(s.SourceNow, i); !v.Blank() {
			d.ToCRM = append(d.ToCRM, Change{Field: i, To: v, Rule: rule})
		}
	}
	return d
}

// decideGone: a linked record that is confirmed gone in the CRM.
func decideGone(p Policy, s Situation) Decision {
	switch s.Source {
	case SourceDeleted, SourceAbsent:
		return Decision{Action: Close, Rule: RuleBothGone}
	case SourcePresent:
		return goneInCRM(p, s, Bury, RuleCRMGone)
	case SourceNone, SourceOutOfScope, SourceUnreadable:
	}
	return Decision{Action: Bury, Rule: RuleCRMGone}
}

// goneInCRM: the source still has what the CRM lost. A record that was not
// touched since stays gone, or comes back, as the job says; one that the source
// has moved on is somebody's live customer, so a person decides. Without a base
// nobody can say, and it stays gone.
func goneInCRM(p Policy, s Situation, kept Action, rule Rule) Decision {
	switch chosen(&s) {
	case TakeSource:
		return add(p, s, RuleRecreated)
	case TakeCRM:
		return Decision{Action: kept, Rule: rule, Settled: sourceMoves(p, s)}
	case TakeHold:
	}
	if moved := sourceMoves(p, s); len(moved) > 0 {
		return hold(Decision{Disputed: moved}, ReasonCRMGone, RuleCRMGone)
	}
	if p.Recreate {
		return add(p, s, RuleRecreated)
	}
	return Decision{Action: kept, Rule: rule}
}

// sourceMoves lists the fields in which the source left its base.
func sourceMoves(p Policy, s Situation) []int {
	m := merger{p: p, s: s}
	var out []int
	for i := range m.fields() {
		if f := newField(&m.p, &m.s, i); !f.neverSettled && !f.src.Same(f.sourceBase) {
			out = append(out, i)
		}
	}
	return out
}

// crmMoves lists the fields in which the CRM left its base.
func crmMoves(p Policy, s Situation) []int {
	m := merger{p: p, s: s}
	var out []int
	for i := range m.fields() {
		if f := newField(&m.p, &m.s, i); f.crmKnown && !f.neverSettled && f.crmMoved {
			out = append(out, i)
		}
	}
	return out
}

// decideLeft: a linked record that left the source (or its scope) and that the
// CRM still has. An edit that somebody made there survives; out of scope that
// matters only when the record would be deleted.
func decideLeft(p Policy, s Situation, leave Leave, kept, deleted Rule) Decision {
	outOfScope := s.Source == SourceOutOfScope
	if outOfScope && leave != Delete {
		return Decision{Action: Ignore, Rule: kept}
	}
	edited := crmMoves(p, s)
	if len(edited) > 0 {
		switch chosen(&s) {
		case TakeCRM:
			return Decision{Action: Ignore, Rule: kept, Settled: edited}
		case TakeHold:
			return hold(Decision{Disputed: edited}, ReasonAbsentButEdited, RuleAbsentButEdited)
		case TakeSource:
		}
	}
	if p.Direction == Pull {
		return Decision{Action: Ignore, Rule: kept}
	}
	switch leave {
	case Delete:
		return Decision{Action: Remove, Rule: deleted, NeedsCRM: s.CRM == CRMUnread}
	case Set:
		return setAbsent(p, s)
	case Keep:
	}
	return Decision{Action: Ignore, Rule: kept}
}

// setAbsent writes the values that mark a record as gone.
func setAbsent(p Policy, s Situation) Decision {
	m := merger{p: p, s: s}
	for i := range m.fields() {
		f := newField(&m.p, &m.s, i)
		if v := at(p.AbsentSet, i); v.State != record.Absent && !v.Same(f.crm) {
			m.write(&f, v, RuleAbsentSet, record.Value{})
		}
	}
	if len(m.d.ToCRM) == 0 {
		return Decision{Action: Ignore, Rule: RuleAbsentSet}
	}
	m.d.Action, m.d.Rule, m.d.NeedsCRM = Update, RuleAbsentSet, s.CRM == CRMUnread
	return m.d
}
