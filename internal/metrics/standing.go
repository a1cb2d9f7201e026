package metrics

import "time"

// Standing is what the state says at one moment. The zero time is "none"
// everywhere.
type Standing struct {
	Jobs   []Job // of the configuration; a name that comes again is left out
	State  StateSize
	Disks  []Disk
	Backup Backup
	// Channels are those of the configuration, by which people are told.
	Channels []Channel
}

// Channel is a way to tell people.
type Channel struct {
	Name         string
	FailingSince time.Time // zero = it works, or had nothing to deliver
}

// Job is where one job stands.
type Job struct {
	Name        string
	Result      string    // how its last run ended, in the engine's words; "" = there was none
	LastAttempt time.Time // begin of the last run
	LastSuccess time.Time // end of the last run that got through
	Due         time.Time // when it counts as stale, see DueAfter; zero = never
	NextRun     time.Time
	SourceTime  time.Time // when what was read last was written
	SourceDue   time.Time // when a newer export has to be there; zero = none is expected

	RefusesKey bool // its last run that ended by itself ended because the CRM refuses the key or the login

	Halts []string         // the guards that keep it halted
	Holds map[string]int64 // by reason

	Links, Rejected, Backlog, OpenOps int64
	InDoubt                           int64 // of OpenOps
	OldestInDoubt                     time.Time
	Settle                            time.Duration // how long a lost write may still arrive
	Pending                           int64
	OldestPending                     time.Time
}

// StateSize is the state on the disk, in bytes.
type StateSize struct {
	File, WAL int64
	Free      int64 // of File
}

// Disk is the free space of the file system on which a place lies.
type Disk struct {
	Place string // a word for the place, not its path: state, backup, outbox
	Free  int64  // bytes that syncd may use
}

// Backup is where the scheduled backups stand.
type Backup struct {
	Scheduled bool
	Last      time.Time // the last that was done
}

// dueTurns is how often a schedule may come round without a run that gets
// through, before that is worth waking somebody.
const dueTurns = 3

// DueAfter is when a job that got through at last (or, if it never did, was first
// expected at last) counts as stale: the third turn of its schedule after that.
// So nights and weekends on which nothing is scheduled are no delay. Zero when
// there is no schedule, or it ends.
func DueAfter(schedule interface{ Next(time.Time) time.Time }, last time.Time) time.Time {
	if schedule == nil || last.IsZero() {
		return time.Time{}
	}
	for range dueTurns {
		if last = schedule.Next(last); last.IsZero() {
			return last
		}
	}
	return last
}
