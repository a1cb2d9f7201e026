package reconcile

import (
	"slices"

	"syncd/internal/record"
)

// merger collects the field decisions of one record.
type merger struct {
	p Policy
	s Situation
	d Decision
	// before are the values that a first meeting knows both sides to have held.
	before []record.Value
	// settled is why fields settled without a difference: the one rule, or
	// RuleSettled for several.
	settled Rule
	// answered are the fields that one choice about all of them decided. When
	// another field is in dispute they are shown with it, for the next such choice
	// takes this one's place.
	answered []int
}

// fields is the number of fields; a policy without a schema has none.
func (m *merger) fields() int {
	if m.p.Schema == nil {
		return 0
	}
	return m.p.Schema.Len()
}

// write changes the CRM's value.
func (m *merger) write(f *field, to record.Value, rule Rule, lost record.Value) {
	m.d.ToCRM = append(m.d.ToCRM, Change{Field: f.at, From: f.crm, To: to, Rule: rule, Lost: lost})
}

// offer changes the source's value. An offer that equals the one which is
// already out is not written again.
func (m *merger) offer(f *field, to record.Value, rule Rule, lost record.Value) {
	if f.pending.State != record.Absent && f.pending.Same(to) {
		m.keep(f, RulePendingWaits)
		return
	}
	m.d.ToSource = append(m.d.ToSource, Change{Field: f.at, From: f.src, To: to, Rule: rule, Lost: lost})
}

// settle moves both bases to what the sides hold.
func (m *merger) settle(f *field, rule Rule) {
	m.d.Settled = append(m.d.Settled, f.at)
	if m.settled != "" && m.settled != rule {
		rule = RuleSettled
	}
	m.settled = rule
}

// keep lists a difference that stays and that is looked at again next time.
func (m *merger) keep(f *field, rule Rule) {
	m.d.Kept = append(m.d.Kept, Kept{Field: f.at, Source: f.src, CRM: f.crm, Rule: rule})
}

// accept lists a difference that stays for good, until a side moves again.
func (m *merger) accept(f *field, rule Rule) {
	m.settle(f, rule)
	m.keep(f, rule)
}

// dispute leaves the field to a person.
func (m *merger) dispute(f *field, rule Rule) {
	m.d.Disputed = append(m.d.Disputed, f.at)
	m.keep(f, rule)
}

// merge is the three-way merge of one field whose bases are known.
func (m *merger) merge(i int) {
	f := newField(&m.p, &m.s, i)
	if c, ok := m.choice(&f, false); ok && f.crmKnown && !f.src.Same(f.crm) {
		m.choose(&f, c)
		return
	}
	if f.neverSettled && !f.srcKnown {
		m.besideUnread(&f)
		return
	}
	if f.neverSettled {
		m.meet(&f, newlyMapped(m.p.OnMatch))
		return
	}
	if f.pending.State != record.Absent {
		m.offered(&f)
		return
	}
	wentBlank := f.srcKnown && f.src.Blank() && !f.sourceBase.Blank() && !f.Clear
	switch {
	case !f.srcMoved && !f.crmMoved && !wentBlank:
	case f.src.Same(f.crm):
		// Both moved to one value, or one side moved to where the other
		// stood: there is nothing to write, and nothing to lose.
		m.settle(&f, RuleSameChange)
	case f.srcMoved && f.crmMoved:
		m.both(&f)
	case f.crmMoved:
		m.crmEdit(&f)
	case f.srcMoved:
		m.sourceEdit(&f)
	default:
		m.accept(&f, RuleBlankKept)
	}
}

// sourceEdit: the source moved, the CRM stands at its base.
func (m *merger) sourceEdit(f *field) {
	switch {
	case f.fixed && m.s.CRM == CRMUnread:
		m.d.NeedsCRM = true // somebody may have done there by hand what we cannot
	case f.fixed:
		m.unchangeable(f)
	case f.toCRM && f.src.Blank():
		m.write(f, f.src, RuleCleared, record.Value{})
	case f.toCRM:
		m.write(f, f.src, RuleSourceChanged, record.Value{})
	case f.standing() == RuleSourceEditLeft:
		// Only the direction forbids the write: the base stays, so that a
		// later CRM edit of this field is a conflict and not a silent win.
		m.keep(f, RuleSourceEditLeft)
	default:
		m.accept(f, f.standing())
	}
}

// crmEdit: the CRM moved, the source stands at its base or went blank.
func (m *merger) crmEdit(f *field) {
	switch {
	case f.Owner == record.OwnerSource && !f.AddOnly:
		m.setBack(f)
	case f.toSource:
		m.offer(f, f.crm, RuleCRMChanged, record.Value{})
	case f.AddOnly || f.Owner == record.OwnerCRM:
		m.accept(f, f.standing())
	default:
		// The base stays: when the source moves too, it is a conflict.
		m.keep(f, RuleCRMEditLeft)
	}
}

// besideUnread: the source has delivered no value yet, for what stands in its cell is
// none. What the CRM had when the link was made is known: an edit of it goes to the
// source as any other, and waits there to be shown.
func (m *merger) besideUnread(f *field) {
	edited := f.crmKnown && f.crmBase.State != record.Absent && f.crmMoved
	if f.toSource && (edited || f.pending.State != record.Absent) {
		m.offer(f, f.crm, RuleCRMChanged, record.Value{})
	}
}

// unchangeable leaves a difference that nothing can mend in the CRM to a person.
func (m *merger) unchangeable(f *field) {
	if c, ok := m.choice(f, true); ok {
		m.choose(f, c)
		return
	}
	m.dispute(f, RuleFixed)
}

// setBack undoes a CRM edit of a field that the source owns. A blank source
// has nothing to set it back to.
func (m *merger) setBack(f *field) {
	switch {
	case f.src.Blank() && !f.clears():
		m.keep(f, RuleBlankKept)
	case f.toCRM:
		m.write(f, f.src, RuleOwnerSource, f.crm)
	default:
		m.keep(f, RuleOwnerSource)
	}
}

// both: both sides moved, to different values.
func (m *merger) both(f *field) {
	if m.s.CRM == CRMUnread {
		m.d.NeedsCRM = true
		return
	}
	switch {
	case f.AddOnly || f.Owner == record.OwnerCRM:
		m.crmWins(f, f.standing())
		return
	case f.Owner == record.OwnerSource:
		m.setBack(f)
		return
	}
	if c, ok := m.choice(f, true); ok {
		m.choose(f, c)
		return
	}
	if f.fixed && m.p.Conflicts != TakeCRM {
		m.unchangeable(f)
		return
	}
	switch m.p.Conflicts {
	case TakeSource:
		m.sourceWins(f, RuleConflictSource)
	case TakeCRM:
		m.crmWins(f, RuleConflictCRM)
	case TakeHold:
		fallthrough
	default:
		m.dispute(f, RuleConflict)
	}
}

// sourceWins puts the source's value into the CRM; the CRM's is listed as lost.
func (m *merger) sourceWins(f *field, rule Rule) {
	if f.toCRM {
		m.write(f, f.src, rule, f.crm)
		return
	}
	m.accept(f, rule)
}

// crmWins leaves the CRM's value and offers it to the source where that may be.
// The source's own value is settled, so that the next run waits for the offer
// instead of finding the same conflict again.
func (m *merger) crmWins(f *field, rule Rule) {
	if f.toSource {
		// The source has another value than the one that was offered, so an
		// equal offer is written again: nobody knows which of them came later.
		m.settle(f, rule)
		m.d.ToSource = append(m.d.ToSource, Change{Field: f.at, From: f.src, To: f.crm, Rule: rule, Lost: f.src})
		return
	}
	m.accept(f, rule)
}

// offered: the CRM's value was offered to the source and not yet seen there.
func (m *merger) offered(f *field) {
	switch {
	case f.src.Same(f.pending):
		// The source took it. When the CRM moved on meanwhile, the newer value
		// is the next offer, on top of the settled one.
		m.settle(f, RulePendingTaken)
		if !f.crm.Same(f.pending) {
			m.offer(f, f.crm, RuleCRMChanged, record.Value{})
		}
	case !f.srcMoved && f.crm.Same(f.pending):
		m.keep(f, RulePendingWaits)
	case !f.srcMoved:
		m.offer(f, f.crm, RuleCRMChanged, record.Value{})
	case f.src.Same(f.crm):
		m.settle(f, RuleSameChange)
	default:
		m.both(f)
	}
}

// unread marks a decision that leans on a person's choice, which was made
// about values that nobody has looked at now.
func (m *merger) unread() {
	if m.s.CRM == CRMUnread && len(m.s.Choices) > 0 {
		m.d.NeedsCRM = true
	}
}

// finish names the action and the rule of a merge.
func (m *merger) finish() Decision {
	d := &m.d
	switch {
	case len(d.Disputed) > 0:
		reason, rule := m.disputed()
		m.disputeAnswered()
		return hold(*d, reason, rule)
	case len(d.ToCRM) > 0:
		d.Action = Update
	case len(d.ToSource) > 0:
		d.Action = WriteBack
	default:
		d.Action = Nothing
	}
	d.Rule = m.summary()
	return *d
}

// disputed is what the fields in dispute are held for: that nothing can change
// them in the CRM, or a conflict.
func (m *merger) disputed() (Reason, Rule) {
	fixed := 0
	for _, k := range m.d.Kept {
		if k.Rule == RuleFixed && slices.Contains(m.d.Disputed, k.Field) {
			fixed++
		}
	}
	if fixed == len(m.d.Disputed) {
		return ReasonUnchangeable, RuleFixed
	}
	return ReasonConflict, RuleConflict
}

// summary is the one rule of all changes, or RuleMerged; without changes, the
// rule of the first difference left standing, or of what settled.
func (m *merger) summary() Rule {
	d := &m.d
	var rule Rule
	for _, side := range [2][]Change{d.ToCRM, d.ToSource} {
		for _, c := range side {
			if rule != "" && rule != c.Rule {
				return RuleMerged
			}
			rule = c.Rule
		}
	}
	switch {
	case rule != "":
		return rule
	case len(d.Kept) > 0:
		return d.Kept[0].Rule
	case len(d.Settled) > 0:
		return m.settled
	default:
		return RuleUnchanged
	}
}

// hold turns a decision into one that waits for a person: nothing is written
// and nothing settles, so that nothing is half done when the person looks.
func hold(d Decision, reason Reason, rule Rule) Decision {
	return Decision{
		Action: Hold, Rule: rule, Reason: reason,
		Kept: d.Kept, Disputed: d.Disputed, NeedsCRM: d.NeedsCRM,
	}
}
