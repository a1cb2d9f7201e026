package reconcile

import "syncd/internal/record"

// Direction says which way changes flow.
type Direction uint8

// The directions. The zero value is Push.
const (
	Push Direction = iota // source → CRM
	Pull                  // CRM → source
	Both
)

// Take says whose value wins, or that a person decides.
type Take uint8

// The choices. The zero value is TakeHold: the safe one.
const (
	TakeHold Take = iota
	TakeSource
	TakeCRM
)

// Leave says what becomes of a record that left its side.
type Leave uint8

// The choices. The zero value is Keep: nothing is touched.
const (
	Keep Leave = iota
	Set        // write the fields of Policy.AbsentSet
	Delete
	Ask // hold it: the CRM has no undo
)

// Policy is a job's rules. The zero value of every field is its safest choice.
type Policy struct {
	Schema       *record.Schema
	Direction    Direction
	Conflicts    Take // both sides changed one field differently
	OnMatch      Take // both sides filled and different at a first meeting
	OnAbsent     Leave
	AbsentSet    []record.Value // by schema position; Absent = leave alone
	OnOutOfScope Leave
	Recreate     bool // `on_crm_absent: recreate`
	ExportOnLink bool // values that only the CRM has go to the source when a link is made
	ExportNew    bool // `on_crm_new: export`
}
