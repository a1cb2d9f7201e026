package reconcile

import (
	"slices"

	"syncd/internal/record"
)

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
	said, moved := chosen(&s), sourceMoves(p, s)
	switch {
	case said == TakeHold && len(moved) > 0:
		return hold(Decision{Disputed: moved}, ReasonCRMGone, RuleCRMGone)
	case p.Direction != Pull && (said == TakeSource || said == TakeHold && p.Recreate):
		return add(p, s, RuleRecreated)
	}
	return Decision{Action: kept, Rule: rule, Settled: moved}
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

// crmMoves lists the fields in which the CRM left its base, as far as anybody
// looked: an edit that is still on offer to the source counts.
func crmMoves(p Policy, s Situation) []int {
	m := merger{p: p, s: s}
	var out []int
	for i := range m.fields() {
		if f := newField(&m.p, &m.s, i); !f.neverSettled && f.crmMoved {
			out = append(out, i)
		}
	}
	return out
}

// decideLeft: a linked record that left the source (or its scope) and that the
// CRM still has. An edit that somebody made there survives until a person has
// seen it; out of scope that matters only when the record would be deleted.
func decideLeft(p Policy, s Situation, leave Leave, kept, deleted Rule) Decision {
	outOfScope := s.Source == SourceOutOfScope
	if outOfScope && leave != Delete && leave != Ask {
		return Decision{Action: Ignore, Rule: kept}
	}
	edited := crmMoves(p, s)
	said := (&merger{p: p, s: s}).chosenOf(edited)
	if len(edited) > 0 && said == TakeHold {
		return hold(Decision{Disputed: edited}, ReasonAbsentButEdited, RuleAbsentButEdited)
	}
	if leave == Ask && p.Direction != Pull {
		if chosen(&s) == TakeCRM {
			// Whatever becomes of it there is none of ours any more: another record
			// may be the one that it belongs to then.
			return Decision{Action: Close, Rule: RuleAbsentKept}
		}
		return hold(Decision{}, ReasonPaymentGone, RuleAbsentHeld)
	}
	if p.Direction == Pull || leave != Delete && leave != Set {
		return Decision{Action: Ignore, Rule: kept, Settled: edited}
	}
	if len(edited) > 0 && said == TakeCRM {
		// Settled, the edit would be no edit any more, and the next run would
		// delete what a person just kept. So the bases stay, and so must the
		// choice: without it the record is held again.
		return Decision{Action: Ignore, Rule: kept}
	}
	if leave == Delete {
		return Decision{Action: Remove, Rule: deleted, NeedsCRM: s.CRM == CRMUnread}
	}
	return setAbsent(p, s, edited)
}

// setAbsent writes the values that mark a record as gone, and settles the edits
// that a person has seen.
func setAbsent(p Policy, s Situation, edited []int) Decision {
	m := merger{p: p, s: s}
	for i := range m.fields() {
		f := newField(&m.p, &m.s, i)
		if v := at(p.AbsentSet, i); v.State != record.Absent && !v.Same(f.crm) && !f.Unsent {
			m.write(&f, v, RuleAbsentSet, record.Value{})
		} else if slices.Contains(edited, i) {
			m.settle(&f, RuleAbsentSet)
		}
	}
	m.d.Action, m.d.Rule = Ignore, RuleAbsentSet
	if len(m.d.ToCRM) > 0 {
		m.d.Action, m.d.NeedsCRM = Update, s.CRM == CRMUnread
	}
	return m.d
}
