package reconcile

import "syncd/internal/record"

// LinkState says what the state knows of the pair.
type LinkState uint8

// The link states.
const (
	Unlinked LinkState = iota
	Linked
	LostLink  // no link in the state, yet the CRM's record carries our uid
	Tombstone // linked, and the CRM's record was confirmed gone in an earlier run
)

// SourceState says what the snapshot showed.
type SourceState uint8

// The source states.
const (
	SourceNone       SourceState = iota // no row in this read: born in the CRM, or (linked) not proven absent, and presumed as its base
	SourcePresent                       // a readable row in scope
	SourceOutOfScope                    // a readable row that `where` or `skip` leaves out
	SourceDeleted                       // `deleted_when` holds
	SourceAbsent                        // not in two complete, proven, different full snapshots
	SourceUnreadable                    // its key could be read, the row could not
)

// CRMState says what is known of the CRM's record.
type CRMState uint8

// The CRM states.
const (
	CRMUnread  CRMState = iota // linked and not read now: presumed to be as its base
	CRMNone                    // no record carries the uid and none matches
	CRMPresent                 // read: Situation.CRM holds its values
	CRMGone                    // confirmed gone (two runs, visibility proven)
	CRMTrashed                 // in the CRM's trash
	CRMHidden                  // exists but the login may not see it
	CRMTwice                   // several records carry our uid
)

// Choice is a person's decision about one field, made with `resolve`.
type Choice struct {
	Field int          // schema position; -1 = every field in dispute
	Take  Take         // TakeSource or TakeCRM
	Set   record.Value // when not Absent: the value to settle on, whatever the sides say
	Seen  []Seen       // what the person was shown; nil = nobody knows, and the choice holds for any values
}

// Seen is what a person was shown of one field when a choice was made. The choice
// says nothing of other values.
type Seen struct {
	Field       int
	Source, CRM record.Value
}

// Situation is all that a decision about one record depends on. Value slices
// are by schema position; a nil slice means "nothing known".
type Situation struct {
	Link       LinkState
	Source     SourceState
	CRM        CRMState
	SourceNow  []record.Value
	SourceBase []record.Value // Absent at a field = it was never settled: the first-meeting rule holds for it alone
	CRMNow     []record.Value
	CRMBase    []record.Value // nil = as SourceBase
	Pending    []record.Value // values offered to the source side and not yet seen there
	Choices    []Choice       // in the order in which they were made: the last one that fits a field wins
}

// withoutBases is the situation of two records that have no link: bases that
// were left behind by an older one say nothing.
func (s Situation) withoutBases() Situation {
	s.SourceBase, s.CRMBase, s.Pending = nil, nil, nil
	return s
}
