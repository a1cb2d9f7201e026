package daemon

import (
	"context"
	"errors"
	"time"
)

// Work is what the scheduler drives. Run is called one at a time; Requests and
// Planned may be called beside a run, but not beside each other.
type Work interface {
	// Run carries out one run of the job to its end. An error that is ErrBusy
	// (wrapped) says that another process holds the lock: nothing was done, and the
	// scheduler tries again. What else an error says by its methods: Temporary
	// (the CRM is away: retry, if the next time is far), NotReady (the file that
	// arrived is not complete: try again), LockedBy (the PID behind ErrBusy). The
	// scheduler logs the error; it must carry no personal data. When ctx ends, Run
	// comes to rest and returns soon.
	Run(ctx context.Context, job string, cause Cause) error
	// Requests are the jobs that people asked to run early. One that was asked
	// before the job's last run began counts as served, whether it is still listed
	// or not.
	Requests(ctx context.Context) ([]Request, error)
	// Planned tells what comes next, whenever that changed: one entry for each job.
	Planned(ctx context.Context, list []Planned) error
}

// ErrBusy says that another process holds the lock of the runs.
var ErrBusy = errors.New("another process is running")

// Cause says why a run was started.
type Cause string

// The causes.
const (
	CauseSchedule Cause = "schedule" // its time came
	CauseArrival  Cause = "arrival"  // a file came to its folder
	CauseRequest  Cause = "request"  // people asked for it
	CauseAfter    Cause = "after"    // the jobs that it follows have run
	CauseMissed   Cause = "missed"   // its time came while the service was down or the machine slept
	CauseRetry    Cause = "retry"    // the last run failed for a reason that passes
)

// Request is somebody's wish to see a job run before its time.
type Request struct {
	Job string
	At  time.Time // when it was asked
}

// Planned is what comes next for a job.
type Planned struct {
	Job      string
	Schedule string    // as it is written in the configuration; "" = none
	Next     time.Time // when it runs next; zero = at no known time
	Skipped  int64     // times that came while it was running, since the service started
}

// Schedule tells the first time after t at which something is due; zero = never.
type Schedule interface {
	Next(t time.Time) time.Time
}

// Look tells what lies at a job's source now. It may be called beside a run, and
// beside the looks of other jobs, but never twice at a time for one job.
type Look func(context.Context) (Sighting, error)

// Sighting is what a look found.
type Sighting struct {
	// Sign changes whenever a file appears or changes; "" = nothing there. It may
	// have several lines, one for each file: a sign whose lines were all there
	// before brings nothing new, so a file that leaves starts no run.
	Sign string
	// Newest is when the newest file came or was written; it decides only at the
	// start, together with Job.Last, whether what lies there is news.
	Newest time.Time
}

// Job is a job as the scheduler sees it.
type Job struct {
	Name     string
	Schedule Schedule // nil = none
	Spec     string   // the schedule's text; a changed text starts anew
	// Jitter delays each time of the schedule by chance, by less than this and
	// never past the next time; 0 = not at all.
	Jitter time.Duration
	// After names the jobs that go first when they are due together. A job with
	// After that has neither Schedule nor Watch runs after each of their runs.
	After []string

	Watch   time.Duration // how often Look looks; 0 = never
	Look    Look          // nil = nothing to look at
	Settle  time.Duration // how long what lies there must have stayed the same; 0 = one look is enough
	Folders []string      // where Look looks, for hints of the operating system; nil = polling alone

	// Last is when a run of it last began (zero = never): a time of the schedule
	// between then and now was missed. To have a run that was cut off caught up,
	// give the one before it.
	Last time.Time
}

// Chore is what the service does for itself between runs: backups, upkeep.
type Chore struct {
	Name     string
	Schedule Schedule
	Spec     string    // the schedule's text; a changed text starts anew
	Last     time.Time // when it was last begun; zero = never: waits for its schedule
	Do       func(context.Context) error
}

// Plan is all that the scheduler is to do.
type Plan struct {
	Jobs   []Job
	Chores []Chore
	Zone   *time.Location // in which times are told; nil = UTC
}

// Beater is told that a part of the service makes progress.
type Beater interface {
	Beat(part string)
}

// Hints tell early that something may have changed in a folder. They may miss
// changes and tell of none: looking decides.
type Hints interface {
	// Watch begins to watch a folder, or goes on; an error means that this folder
	// gives no hints now.
	Watch(folder string) error
	// Changed yields folders, as they were given to Watch.
	Changed() <-chan string
}
