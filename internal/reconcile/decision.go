package reconcile

import (
	"slices"

	"syncd/internal/record"
)

// Action is what happens to the record as a whole.
type Action uint8

// The actions.
const (
	Nothing   Action = iota // unchanged, or only bases settle
	Add                     // create it in the CRM
	Update                  // write fields to the CRM (and perhaps to the source)
	WriteBack               // write fields to the source side only
	Link                    // join an existing CRM record: write the uid unless it stands there already, then the fields of ToCRM
	Remove                  // delete it in the CRM
	Close                   // both sides gone: the link closes
	Bury                    // gone in the CRM: remember a tombstone
	Hold                    // a person decides
	Ignore                  // out of scope, absent and kept, trashed, tombstone: nothing to do, said once
)

// Rule names the row of the decision table (or the field policy) that decided,
// in a stable spelling that plans, views and `show` print.
type Rule string

// Reason names why a record is held, in the spelling that people type
// (`holds --reason match-taken`).
type Reason string

// The reasons for a hold.
const (
	ReasonConflict        Reason = "conflict"
	ReasonMatchTaken      Reason = "match-taken"
	ReasonMatchDiffers    Reason = "match-differs"
	ReasonMatchAmbiguous  Reason = "match-ambiguous"
	ReasonMatchWeak       Reason = "match-weak"
	ReasonMaybeSame       Reason = "maybe-same"
	ReasonHidden          Reason = "hidden"
	ReasonDuplicateKey    Reason = "duplicate-key"
	ReasonUnreadable      Reason = "unreadable"
	ReasonNotTaken        Reason = "not-taken"
	ReasonNoBase          Reason = "no-base"
	ReasonTrashed         Reason = "trashed"
	ReasonUIDTwice        Reason = "uid-twice"
	ReasonCRMGone         Reason = "crm-gone"
	ReasonAbsentButEdited Reason = "absent-but-edited"
	ReasonNoClient        Reason = "no-client"
	ReasonNoDeal          Reason = "no-deal"
	ReasonNoInvoice       Reason = "no-invoice"
	ReasonUnchangeable    Reason = "unchangeable" // the CRM's API cannot change what the source changed
	ReasonDealClosed      Reason = "deal-closed"
	ReasonPaymentGone     Reason = "payment-gone"   // left the source; the CRM cannot take a payment back
	ReasonPaymentUnsure   Reason = "payment-unsure" // somebody may have paid while our own answer was lost
	ReasonUndecided       Reason = "undecided"      // left open in an adoption
	ReasonUnwritable      Reason = "unwritable"     // the source side cannot take the CRM's value
)

// Change is one field's step on one side.
type Change struct {
	Field int          // schema position
	From  record.Value // what that side holds (its base when it was not read)
	To    record.Value
	Rule  Rule
	Lost  record.Value // the other side's value that this change overrides; Absent when none
}

// Kept is a difference that the rules leave standing.
type Kept struct {
	Field       int
	Source, CRM record.Value
	Rule        Rule
}

// LeaveCRM is the decision of a person that the CRM stays as it is where d would have
// changed it: what the source has counts as settled, until a side moves again.
func (d Decision) LeaveCRM() Decision {
	left := d
	left.ToCRM, left.Action, left.Rule = nil, Nothing, RuleChosenCRM
	left.Settled, left.Kept = slices.Clone(d.Settled), slices.Clone(d.Kept)
	for _, c := range d.ToCRM {
		left.Settled = append(left.Settled, c.Field)
		left.Kept = append(left.Kept, Kept{Field: c.Field, Source: c.To, CRM: c.From, Rule: RuleChosenCRM})
	}
	if len(d.ToSource) > 0 {
		left.Action = WriteBack
	}
	return left
}

// Decision is the outcome of Decide or Meet for one record. Slices are in
// schema order; nil means none. A Hold carries no changes and settles nothing:
// the record waits as a whole.
type Decision struct {
	Action   Action
	Rule     Rule
	ToCRM    []Change
	ToSource []Change
	Settled  []int  // fields whose bases move to what both sides hold now, without a write to the CRM (see Fold)
	Kept     []Kept // left alone, with the reason
	Reason   Reason // with Hold
	Disputed []int  // fields a hold is about
	// NeedsCRM is true when the decision rests on CRM values that were not
	// read: read the record and decide again before acting on it. An Update
	// decided unread does not set it; the write protocol re-reads its record
	// anyway and decides again with CRMPresent.
	NeedsCRM bool
}
