package reconcile

import "syncd/internal/record"

// Evidence is what is known about two records that may be the same client.
type Evidence struct {
	Source   Keys
	CRM      Entry
	LinkedTo string // the uid or the other job that owns the clid; "" = nobody
	SameUID  bool   // the CRM's record carries our uid
	Trash    bool   // the CRM's record is in the trash (CRM.Trash says it too)
	Forced   bool   // a person said that they are the same
	Named    bool   // the source's record carries the clid
	Unsure   bool   // the CRM's record cannot be told apart from another
	// Offered are the values that went to the source side before there was a link,
	// by schema position: a side that still holds one did not move. nil = none.
	Offered []record.Value
}

// Meet decides the first meeting of a source record and a CRM record: whether
// they are the same client, and then, field by field, what each side gives the
// other. It never gives away a record that belongs to somebody else, not even
// when a person says so.
func Meet(p Policy, s Situation, e Evidence) Decision {
	switch s.CRM {
	case CRMPresent:
	case CRMTrashed:
		return hold(Decision{}, ReasonTrashed, RuleTrashed)
	case CRMTwice:
		return hold(Decision{}, ReasonUIDTwice, RuleUIDTwice)
	case CRMHidden, CRMNone, CRMGone:
		// The CRM claims that it exists, and does not show it.
		return hold(Decision{}, ReasonHidden, RuleHidden)
	case CRMUnread:
		return Decision{Action: Nothing, Rule: RuleUnknownInCRM, NeedsCRM: true}
	}
	if s.Source != SourcePresent || s.CRM != CRMPresent {
		return Decision{Action: Ignore, Rule: RuleUndecided}
	}
	if e.Trash || e.CRM.Trash {
		return hold(Decision{}, ReasonTrashed, RuleTrashed)
	}
	if e.LinkedTo != "" || e.CRM.UID != "" && !e.SameUID {
		return hold(Decision{}, ReasonMatchTaken, RuleMatchTaken)
	}
	if e.Unsure {
		return hold(Decision{}, ReasonMatchAmbiguous, RuleMatchUnsure)
	}
	if e.SameUID {
		d := relink(p, s)
		if d.Action == Link {
			d.Rule = RuleSameUID
		}
		return d
	}
	rule, reason := e.Compare()
	if e.Forced {
		rule, reason = RuleForced, ""
	}
	if reason != "" {
		return hold(Decision{}, reason, rule)
	}
	m := merger{p: p, s: s.withoutBases(), before: e.Offered}
	return m.join(firstMet(p.OnMatch), ReasonConflict, RuleOnMatch, rule)
}

// Compare weighs the keys alone: the rule that links, and "", or the rule and
// the reason that hold. A title proves nothing; another ИНН, or another КПП,
// disproves everything.
func (e Evidence) Compare() (Rule, Reason) {
	a, b := e.Source, e.CRM.Keys
	if a.Natural != "" && a.Natural == b.Natural {
		return RuleMatchNatural, ""
	}
	if differ(a.INN, b.INN) || differ(a.KPP, b.KPP) {
		return RuleMatchDiffers, ReasonMatchDiffers
	}
	switch {
	case a.INN != "" && b.INN != "" && !a.INNDoubtful && !b.INNDoubtful:
		return RuleMatchINN, ""
	case share(a.Phones, b.Phones):
		return RuleMatchPhone, ""
	case share(a.Mails, b.Mails):
		return RuleMatchMail, ""
	case e.Named && a.Title != "" && a.Title == b.Title:
		return RuleMatchCLID, "" // made from what was written back, with nothing but a name
	case e.Named && a.Party != "" && a.Party == b.Party:
		return RuleMatchCLID, "" // a deal goes by another title in each of the two
	}
	if e.Named {
		return RuleCLIDWeak, ReasonMatchWeak
	}
	return RuleMatchWeak, ReasonMatchWeak
}

// differ reports that both are known and not equal.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

// share reports whether the lists have a value in common. They are short.
func share(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y && x != "" {
				return true
			}
		}
	}
	return false
}
