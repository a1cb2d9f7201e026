package reconcile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"syncd/internal/record"
)

// RowBins counts the physical rows of a snapshot by what became of them. Every
// row belongs in exactly one bin.
type RowBins struct {
	Physical   int64 // all rows read
	InRecords  int64 // rows that make up records
	Rejected   int64
	Blank      int64
	Title      int64 // title lines and the header
	Totals     int64 // totals and the closing line
	OutOfScope int64 // left out before they became records
	Twin       int64 // identical to a row seen before
}

// binned is the sum of the bins.
func (b RowBins) binned() int64 {
	return b.InRecords + b.Rejected + b.Blank + b.Title + b.Totals + b.OutOfScope + b.Twin
}

// Outcome is how a record, an absent link or a changed CRM record ended a run.
type Outcome uint8

// The outcomes. The zero value is none of them.
const (
	EndedUnchanged Outcome = iota + 1
	EndedCreated
	EndedUpdated
	EndedMerged
	EndedWrittenBack
	EndedDeleted
	EndedHeld
	EndedRejected
	EndedWaiting
	EndedInDoubt
	EndedFailed
	EndedOutOfScope
	EndedAbsent
	outcomes
)

var outcomeNames = [outcomes]string{
	"", "unchanged", "created", "updated", "merged", "written back", "deleted", "held", "rejected",
	"waiting", "in doubt", "failed", "out of scope", "absent",
}

func (o Outcome) String() string {
	if o >= outcomes {
		return "unknown"
	}
	return outcomeNames[o]
}

// Outcomes is the ledger of a run: what entered it (records, absent links, and
// changed CRM records that have neither), and how each ended. Beside the counts
// it keeps a sum of hashes of the uids, so that one record ended twice does not
// make up for another that was lost. The zero value is ready; its size is
// fixed. Not safe for concurrent use.
type Outcomes struct {
	entered int64
	ended   [outcomes]int64
	balance uint64 // hashes entered minus hashes ended
}

// Enter notes that a record takes part in the run. uid is any text that is its
// own within the run (a CRM record without uid: its clid, say).
func (o *Outcomes) Enter(uid string) {
	o.entered++
	o.balance += hashUID(uid)
}

// End notes how it ended. An outcome that is none ends nothing, and Balance
// finds the record missing.
func (o *Outcomes) End(uid string, how Outcome) {
	if how == 0 || how >= outcomes {
		return
	}
	o.ended[how]++
	o.balance -= hashUID(uid)
}

// Change replaces the outcome of a record that ended already, when delivery
// turned out otherwise than planned.
func (o *Outcomes) Change(from, to Outcome) {
	if from == 0 || from >= outcomes || to == 0 || to >= outcomes {
		return
	}
	o.ended[from]--
	o.ended[to]++
}

// Entered is the number of records that took part.
func (o *Outcomes) Entered() int64 { return o.entered }

// Count is the number of records that ended so.
func (o *Outcomes) Count(how Outcome) int64 {
	if how >= outcomes {
		return 0
	}
	return o.ended[how]
}

// Ended is the number of records that ended at all.
func (o *Outcomes) Ended() int64 {
	var n int64
	for _, c := range o.ended {
		n += c
	}
	return n
}

func hashUID(uid string) uint64 {
	f := record.FingerprintOf(uid)
	return binary.LittleEndian.Uint64(f[:8])
}

// Law names one of the two laws that every run must keep.
type Law string

// The laws.
const (
	RowLaw    Law = "rows"    // every physical row is in exactly one bin
	RecordLaw Law = "records" // everything that entered ends with exactly one outcome
)

// ImbalanceError says that a run broke a law: something was lost or counted
// twice, and nothing that the run reports may be trusted.
type ImbalanceError struct {
	Law     Law
	Want    int64 // rows read, or records entered
	Counted int64 // rows binned, or outcomes given
	// Mixed is true when the numbers agree and the records do not: as many
	// were lost as were counted twice.
	Mixed bool
}

func (e *ImbalanceError) Error() string {
	if e.Mixed {
		return fmt.Sprintf("law of %s broken: %d counted, but some twice and as many not at all", e.Law, e.Counted)
	}
	diff := e.Counted - e.Want
	if diff < 0 {
		return fmt.Sprintf("law of %s broken: %d of %d unaccounted for", e.Law, -diff, e.Want)
	}
	return fmt.Sprintf("law of %s broken: %d too many counted for %d", e.Law, diff, e.Want)
}

// Balance checks both laws. The error is nil, or joins an *ImbalanceError for
// each law that was broken.
func Balance(rows RowBins, o *Outcomes) error {
	return errors.Join(balanceRows(rows), balanceRecords(o))
}

func balanceRows(b RowBins) error {
	negative := min(b.InRecords, b.Rejected, b.Blank, b.Title, b.Totals, b.OutOfScope, b.Twin) < 0
	if n := b.binned(); n != b.Physical || negative {
		return &ImbalanceError{Law: RowLaw, Want: b.Physical, Counted: n, Mixed: n == b.Physical}
	}
	return nil
}

func balanceRecords(o *Outcomes) error {
	n := o.Ended()
	if n == o.entered && o.balance == 0 && slices.Min(o.ended[:]) >= 0 {
		return nil
	}
	return &ImbalanceError{Law: RecordLaw, Want: o.entered, Counted: n, Mixed: n == o.entered}
}
