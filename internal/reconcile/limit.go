package reconcile

// Unit says how a limit counts.
type Unit uint8

// The units. The zero value is the guard's own default.
const (
	UnitDefault Unit = iota
	UnitNumber       // a count
	UnitPercent      // a share of what the guard watches
	UnitOff          // the guard is switched off
)

// Limit is how much a guard lets pass. The zero value is the guard's default.
type Limit struct {
	Unit Unit
	N    int64 // the count, or hundredths of a percent
}

// Number is a limit in records (or rows).
func Number(n int64) Limit { return Limit{Unit: UnitNumber, N: n} }

// Percent is a limit in hundredths of a percent: Percent(2000) is 20 %.
func Percent(hundredths int64) Limit { return Limit{Unit: UnitPercent, N: hundredths} }

// Off switches a guard off.
func Off() Limit { return Limit{Unit: UnitOff} }

const percent = 100 // hundredths

// of is the share of a whole, rounded down, for shares in hundredths of a
// percent. It does not overflow below 10^14 records.
func of(whole, hundredths int64) int64 { return whole * hundredths / (100 * percent) }

// Guard names a guard, as configuration and `resume --allow` spell it.
type Guard string

// The guards over counts.
const (
	MinRows   Guard = "min_rows"
	MaxShrink Guard = "max_shrink"
	MaxReject Guard = "max_reject"
	MaxDelete Guard = "max_delete"
	MaxUpdate Guard = "max_update"
	MaxClear  Guard = "max_clear"
	MaxCreate Guard = "max_create"
)

// Limits are a job's guards. The zero value is the defaults.
type Limits struct {
	MinRows   Limit // rows a full snapshot has at least; a number (default 1)
	MaxShrink Limit // records fewer than in the last accepted snapshot (default 20 %)
	MaxReject Limit // rejected rows (default 20 %; a share counts from 50 rows on)
	MaxDelete Limit // deletes (default: above min(max(3, 10 % of the links), 50))
	MaxUpdate Limit // updates (default 30 % of the links; a share is at least 50 and counts from 20 links on)
	MaxClear  Limit // records that lose a value (default 5 % of the links; a share is at least 10)
	MaxCreate Limit // adds (default: 50 on the first run of a job against a CRM with 50 or more clients without uid, until adopted; otherwise off)
}

// Allowances raise limits for one run: guard → the count that may pass
// (`resume JOB --allow max_delete=104`). For MinRows it is the count that is
// enough.
type Allowances map[Guard]int64

// Breach is a guard that stopped a run.
type Breach struct {
	Guard Guard
	Found int64 // what was counted
	Limit int64 // what may pass
	Of    int64 // what a share is taken of: links, rows, or the last snapshot's records
	// Percent is the configured share in hundredths of a percent; 0 when the
	// limit is a plain count.
	Percent int64
	Lines   bool // of MaxShrink: lines of the records were counted, not records
}
