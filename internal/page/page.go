package page

import "time"

// Page is all that the file tells. Its times are shown in their own zone.
type Page struct {
	Lang    string    // "ru"; anything else is English
	Made    time.Time // when the values were gathered
	Host    string    // the machine
	Version string    // of the program
	Service Service
	Silent  []Channel // channels of notices that deliver none
	Jobs    []Job     // in the order in which they are shown
}

// Service tells about the process that runs jobs by their schedules.
type Service struct {
	State ServiceState
	Since time.Time // running: when it started; stopped: when it ended; zero = not known
	Seen  time.Time // when it gave its last sign of life; zero = never
}

// Channel is a way to tell people that does not work.
type Channel struct {
	Name    string
	Since   time.Time
	Command string // shows why
}

// ServiceState is what is known of the service.
type ServiceState uint8

// The states of the service. The zero value says nothing on the page.
const (
	ServiceUnknown ServiceState = iota
	ServiceRunning
	ServiceStopped // it ended in order
	ServiceSilent  // it did not end, and gives no sign of life
	ServiceNever   // jobs are run by hand
)

// Mood is how good something is. Words say the same: it only colours them.
type Mood uint8

// The moods. The zero value is neither good nor bad.
const (
	Plain Mood = iota
	Good
	Warn
	Bad
)

// Job is one job.
type Job struct {
	Name     string
	Sides    string // "clients → main", as the configuration names them
	Status   Status // of the last run
	Run      int64  // its number; 0 = never ran
	Started  time.Time
	Success  time.Time // end of the last run that got through; zero = none
	Source   time.Time // when what that run read came to be; zero = not known
	Next     time.Time // when it runs by itself; zero = it does not
	Schedule string    // as the configuration has it
	Skipped  int64     // runs that fell out because the one before was not over
	Late     bool      // an export that is expected did not come
	Trouble  string    // what ended the last run, "" when it ended well
	// What stands: pairs, records and rows.
	Linked, Held, Rejected, Warnings, InDoubt, Waiting, Pending int64

	Halts   []Halt
	Holds   []HoldGroup
	Rejects Rejects
	Runs    []Run // newest first
	Act     *Act  // nil: nothing was read yet
}

// Status is a word for how a run ended, and its mood.
type Status struct {
	Text string
	Mood Mood
}

// Halt is a guard that stopped the job.
type Halt struct {
	Code, What, Done string
	Before           string // what to look at first; may be ""
	Command          string // goes on
}

// HoldGroup is the records that wait for a person for one reason.
type HoldGroup struct {
	Reason  string // its name in commands
	Meaning string
	Count   int64
	Command string // shows them, with the choices that each takes
	Records []Held
}

// Held is one record that waits.
type Held struct {
	UID    string
	CLID   int64  // in the CRM; 0 = not known
	Place  string // file and line; "" = not known
	Fields string // that the question is about, by name
	Since  time.Time
	Chosen string // what was decided and not carried out yet; "" = nothing
}

// Rejects are the rows that could not be used, and the records that the CRM refuses.
type Rejects struct {
	Total  int64
	Rows   []Reject // the first of them
	Advice []Advice // by rule, of all of them
}

// Reject is one row, or one refusal.
type Reject struct {
	Place  string // file and line
	Key    string
	Column string
	Rule   string
}

// Advice is what to do about one rule.
type Advice struct {
	Code, Rule string
	Count      int64
	What, Next string
}

// Run is one run in counts.
type Run struct {
	Number  int64
	Started time.Time
	Took    time.Duration // negative = it is not over
	Status  Status
	// Updated holds those that were written back and deleted too.
	Created, Updated, Held, Rejected, Failed int64
}

// Act counts both sides of a job. What a side has is the sum of its parts, unless
// something drifted.
type Act struct {
	Run        int64     // that read the source
	SourceAt   time.Time // when
	FullAt     time.Time // when the CRM was read whole; zero = never
	ReadAt     time.Time // when what changed there was read; zero = never
	Rows       int64     // of the source, and where they went:
	Used       int64     // became records, twins among them
	RowsReject int64
	RowsScope  int64 // left out by the mapping
	RowsEmpty  int64 // no data, or the same as another

	// The source: Records = Paired + Held + Refused + Ignored + InDoubt + Waiting + Scope + Gone + drift.
	Whole   bool // false: the source tells changes only, so that Records is not known
	Records int64
	Paired  int64
	Held    int64
	Refused int64
	Ignored int64 // left out by a person
	InDoubt int64
	Waiting int64 // not sent yet
	Scope   int64 // left alone by the direction of the job
	Gone    int64 // the client was removed in the CRM

	// The CRM: Clients = Seen + Others + Unlinked.
	Clients  int64 // the trash apart
	Trash    int64
	Seen     int64 // linked with this job
	Others   int64 // linked with other jobs
	Unlinked int64

	// The pairs: Links = Paired + Absent = Seen + Trashed + Missing + Newer + Unseen.
	Links   int64
	Absent  int64 // the export lacks them
	Trashed int64 // in the CRM's trash
	Missing int64 // looked for in the CRM and not found
	Newer   int64 // linked after the CRM was read
	Unseen  int64 // the CRM's last reading lacks them, and nobody knows why
}

// Known reports whether the CRM was ever read whole.
func (a *Act) Known() bool { return !a.FullAt.IsZero() }

// SourceDrift is how many records of the source are accounted for nowhere; below
// zero, more are accounted for than it has.
func (a *Act) SourceDrift() int64 {
	if !a.Whole {
		return 0
	}
	return a.Records - a.Paired - a.Held - a.Refused - a.Ignored - a.InDoubt - a.Waiting - a.Scope - a.Gone
}

// CRMDrift is how many pairs the CRM does not show, and nobody knows why.
func (a *Act) CRMDrift() int64 {
	if !a.Known() {
		return 0
	}
	return a.Unseen
}

// Drift is the number of records that do not add up, on both sides.
func (a *Act) Drift() int64 { return max(a.SourceDrift(), -a.SourceDrift()) + a.CRMDrift() }

// needs counts what waits for a person.
type needs struct{ halted, held, rejected, failed, late, drift, silent int64 }

func (j *Job) needs() needs {
	n := needs{held: j.Held, rejected: j.Rejected}
	switch {
	case len(j.Halts) > 0:
		n.halted = 1
	case j.Status.Mood == Bad, j.Trouble != "":
		n.failed = 1
	}
	if j.Late {
		n.late = 1
	}
	if j.Act != nil {
		n.drift = j.Act.Drift()
	}
	return n
}

// Needs reports whether anything of the job waits for a person.
func (j *Job) Needs() bool { return j.needs() != needs{} }

func (p *Page) needs() needs {
	all := needs{silent: int64(len(p.Silent))}
	for i := range p.Jobs {
		n := p.Jobs[i].needs()
		all.halted += n.halted
		all.held += n.held
		all.rejected += n.rejected
		all.failed += n.failed
		all.late += n.late
		all.drift += n.drift
	}
	return all
}
