package engine

import "time"

// Outcome is where a record ends a run; each ends in exactly one.
type Outcome uint8

// The outcomes. The zero value is none of them.
const (
	none Outcome = iota // not ended
	Unchanged
	Created
	Updated
	Merged // linked to a client that was there already
	WrittenBack
	Deleted
	Held
	Rejected
	Waiting // planned, and not reached: --limit, an interrupt, or a halt
	InDoubt
	Failed
	OutOfScope
	Absent
	Outcomes // one more than the last
)

var outcomeNames = [Outcomes]string{
	"none", "unchanged", "created", "updated", "merged", "written-back", "deleted", "held",
	"rejected", "waiting", "in-doubt", "failed", "out-of-scope", "absent",
}

func (o Outcome) String() string {
	if o < Outcomes {
		return outcomeNames[o]
	}
	return "unknown"
}

// RunStatus is how a run ended.
type RunStatus string

// The statuses of a run. A run found "running" without its lock was killed.
const (
	RunRunning     RunStatus = "running"
	RunDone        RunStatus = "done"
	RunPartial     RunStatus = "partial" // records newly rejected or held, or writes failed
	RunHalted      RunStatus = "halted"
	RunNotReady    RunStatus = "source-not-ready"
	RunUnreachable RunStatus = "crm-unreachable"
	RunInterrupted RunStatus = "interrupted"
	RunFailed      RunStatus = "failed"
)

// Rows accounts for every row of the source; the bins add up to Read.
type Rows struct {
	Read     int64 // rows delivered, and backlog records apart from them
	Records  int64 // in a record
	Rejected int64
	Skipped  int64 // blank, title, totals, trailer, out of scope, identical twin
	Twins    int64 // of Skipped: identical twins
	Scope    int64 // of Skipped: out of scope
	Lines    int64 // physical lines, 0 for SQL
	Backlog  int64 // records that came from earlier, unsettled files
}

// Report is what a run did. It holds counts and names, never values.
type Report struct {
	Run    int64
	Job    string
	Source string
	// SourceTime is when the newest file that was read was written, or the query read;
	// zero = nothing was read.
	SourceTime time.Time
	Status     RunStatus
	Started    time.Time
	Finished   time.Time
	Rows       Rows
	Outcomes   [Outcomes]int64
	Requests   int64 // to the CRM
	Writes     int64 // of them, writes
	NewHolds   int64
	NewReject  int64
	Warnings   int64
	Moved      int64 // of a plan that was carried out: records that would come to another op now
	Unplanned  int64 // records that the plan does not name
	// Incomplete says why the source does not prove that it was read whole; ""
	// when it does. Its rows count, absence does not.
	Incomplete string
	// Delivered names what was handed to the source side: files, or a table. It is
	// not kept in the state, whose offers name them.
	Delivered []string
	Halt      *Halt
	// TurnedAway are the guards over the export that ended the run. They leave no halt
	// behind: the next good export clears them.
	TurnedAway []Halt
	Code       string // with a failed run: the stable code of its error, "" = none
	Err        string // with a failed run: one line, redacted
}

// Of returns the count of one outcome.
func (r *Report) Of(o Outcome) int64 { return r.Outcomes[o] }

// Total is the number of records that the run accounted for.
func (r *Report) Total() int64 {
	var n int64
	for _, c := range r.Outcomes {
		n += c
	}
	return n
}
