package engine

import (
	"context"
	"errors"
	"time"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Config is what a job's runs have in common.
type Config struct {
	Job    string
	Policy reconcile.Policy
	Match  reconcile.MatchOptions
	Limits reconcile.Limits
	// Batch is the largest number of records in one add request; 0 means 20.
	Batch int
	// Chunk is how many changed records are looked up in the state at once; 0
	// means 500.
	Chunk int
	// Settle is how long a lost write may still arrive; 0 means 10 minutes.
	Settle time.Duration
	// FullScanEvery is the age at which the mirror is read whole again; 0
	// means a week.
	FullScanEvery time.Duration
	// Confirm is how long an offer may stay unseen in the source before its
	// record is held; 0 means for ever.
	Confirm time.Duration
	// ReadOnce says that a row is read once (files that are put away, a delta):
	// records that are not settled by the run that read them are kept for the next.
	ReadOnce bool
	// Identity spells how keys become uids: once links exist it is frozen.
	Identity string
	// Mapping and Salt identify the translation and the way rows are hashed.
	Mapping, Salt record.Fingerprint
	// CanonSource and CanonCRM give the comparison form of stored texts.
	CanonSource, CanonCRM record.Canonicalizer
	// Nameless says that the CRM keeps no uid of this entity: a link is known by
	// its number alone, and first meetings by Keys.Natural.
	Nameless bool
	// TitleField is the field that names a record for people; "" = "title".
	TitleField string
	// Serial, when not nil, names what adds of the same name share (payments their
	// invoice): while the fate of one is not known, the others wait, for they would
	// hide what became of it. "" = nothing.
	Serial func(set record.Stored) string
	// Leans, when not nil, reports whether other records hang on this one (invoices
	// on a deal): gone from the CRM, it is held and not buried.
	Leans func(ctx context.Context, uid string) (bool, error)
	// LinesField is the field that holds lines of a second source, one in a line of its
	// text; "" = none. They are never the source's own rows, so that the rows do not
	// tell when they are cut short.
	LinesField string
	// Made, when not nil, reports whether what the CRM shows in a field is what it
	// makes of an add of these values by itself (a counter in front of the title), and
	// nobody's edit.
	Made func(field int, sent, seen []record.Value) bool
	// FoldUID gives the form in which the CRM compares uids.
	FoldUID func(string) string
	// Keys gives the match keys of a source record's values.
	Keys func([]record.Value) reconcile.Keys
	// TempDir takes the plan's nameless temporary file.
	TempDir string
	// Traffic, when not nil, counts the requests sent to the CRM so far, and the
	// writes among them.
	Traffic func() (requests, writes int64)
	// Now is the wall clock.
	Now func() time.Time
	// Observe, when not nil, is told of progress; it must return at once.
	Observe func(Event)
	// Word, when not nil, words the error of a run for the people who read its
	// report, and gives it a stable code ("" = it has none).
	Word func(error) (code, text string)
	// Step, when not nil, is called between any two side effects. The crash
	// tests end the process there.
	Step func(name string)
}

// Ports are the two sides and the state, as a run needs them.
type Ports struct {
	Source  Source
	CRM     CRM
	Writer  Writer
	Ledger  Ledger
	Journal Journal
	Mirror  MirrorStore
	Log     RunLog
	// Anchor is nil where the entity's own uids tell which CRM this is. Without it, a
	// run of a Nameless entity takes the CRM for the one that it knows.
	Anchor *Anchor
	// Grounds is nil where a uid or a natural key proves an add.
	Grounds Grounds
	// Outbox and Offers are nil for a job that writes nothing back.
	Outbox Outbox
	Offers Offers
}

// Options are what one run is asked for.
type Options struct {
	Only     map[string]bool // keys or uids; nil = all
	Limit    int             // writes at most; 0 = no limit
	FullScan bool            // read the CRM whole
	// Offline makes a plan without asking the CRM: its clients are taken to be as
	// they were settled. A run is never offline.
	Offline bool
	// Plan, when not nil, holds the digests of a plan's ops by uid: these are
	// carried out and no others.
	Plan map[string]record.Fingerprint
}

// Event is one step of progress.
type Event struct {
	Stage Stage
	Done  int64
	Total int64 // 0 = not known
}

// Stage names a part of a run.
type Stage string

// The stages, in order.
const (
	StageRecover Stage = "recover"
	StageMirror  Stage = "mirror"
	StageRead    Stage = "read"
	StagePlan    Stage = "plan"
	StageDeliver Stage = "deliver"
	StageFold    Stage = "fold"
)

// Engine runs one job. It is used by one goroutine at a time.
type Engine struct {
	cfg Config
	Ports
}

// New returns an engine. Every port must be given; defaults are filled in.
func New(cfg Config, p Ports) *Engine {
	if cfg.Batch <= 0 {
		cfg.Batch = 20
	}
	if cfg.Chunk <= 0 {
		cfg.Chunk = 500
	}
	if cfg.Settle <= 0 {
		cfg.Settle = 10 * time.Minute
	}
	if cfg.FullScanEvery <= 0 {
		cfg.FullScanEvery = 7 * 24 * time.Hour
	}
	if cfg.Observe == nil {
		cfg.Observe = func(Event) {}
	}
	if cfg.TitleField == "" {
		cfg.TitleField = "title"
	}
	if cfg.Word == nil {
		cfg.Word = func(err error) (string, string) { return "", err.Error() }
	}
	if cfg.Step == nil {
		cfg.Step = func(string) {}
	}
	return &Engine{cfg: cfg, Ports: p}
}

// HaltError says that guards stopped the job. The halts stand in the state
// until someone resumes the job, unless Passing.
type HaltError struct {
	Halts   []Halt
	Passing bool // a source guard: the next good snapshot clears it
}

func (e *HaltError) Error() string {
	if len(e.Halts) == 0 {
		return "halted"
	}
	return "halted by the guard " + e.Halts[0].Guard
}

// Halted reports whether the run counts as halted: by a guard that stands, or
// by a source that shrank too much.
func (e *HaltError) Halted() bool {
	return !e.Passing || len(e.Halts) > 0 && e.Halts[0].Guard == string(reconcile.MaxShrink)
}

// NotReady reports whether it was the source alone, in a way that the next
// snapshot may mend.
func (e *HaltError) NotReady() bool { return !e.Halted() }

// CRMError says that the CRM could not be used at all; nothing is in question
// beyond what the journal holds.
type CRMError struct{ Err error }

func (e *CRMError) Error() string { return "crm unusable: " + e.Err.Error() }

// Unreachable tells the command layer that the CRM was the obstacle.
func (e *CRMError) Unreachable() bool { return true }

// Unwrap returns the cause.
func (e *CRMError) Unwrap() error { return e.Err }

// Run carries out one run and returns its report, which is also in the state.
// The report is not nil even with an error, unless the state itself failed
// before the run began. A per-record trouble is in the report, not an error.
func (e *Engine) Run(ctx context.Context, o Options) (*Report, error) {
	standing, err := e.Log.Standing(ctx)
	if err != nil {
		return nil, err
	}
	id, err := e.Log.Start(ctx, e.cfg.Now())
	if err != nil {
		return nil, err
	}
	e.cfg.Step("run-started")
	r := e.begin(id, o, standing, false)
	err = r.do(ctx)
	r.report.Status = statusOf(r.report, err)
	if err != nil {
		r.report.Code, r.report.Err = e.cfg.Word(err)
		r.report.TurnedAway = turnedAway(err)
	}
	r.report.Finished = e.cfg.Now()
	if e.cfg.Traffic != nil {
		r.report.Requests, r.report.Writes = e.cfg.Traffic()
	}
	// the run's end is recorded even when the context is cancelled: the
	// report of an interrupted run is what explains it
	if ferr := e.Log.Finish(context.WithoutCancel(ctx), id, r.report); ferr != nil {
		err = errors.Join(err, ferr)
	}
	e.cfg.Step("run-finished")
	return r.report, err
}

// turnedAway are the guards over the export that ended a run; nil for any other end.
func turnedAway(err error) []Halt {
	var halt *HaltError
	if errors.As(err, &halt) && halt.Passing {
		return halt.Halts
	}
	return nil
}

func statusOf(r *Report, err error) RunStatus {
	var halt *HaltError
	var crm *CRMError
	switch {
	case err == nil && (r.Of(Failed)+r.Of(InDoubt)+r.NewHolds+r.NewReject > 0 || r.Incomplete != ""):
		return RunPartial
	case err == nil:
		return RunDone
	case errors.Is(err, context.Canceled):
		return RunInterrupted
	case errors.As(err, &halt) && !halt.Passing:
		return RunHalted
	case errors.As(err, &halt):
		return RunNotReady
	case errors.As(err, &crm):
		return RunUnreachable
	case isNotReady(err):
		return RunNotReady
	}
	return RunFailed
}

// isNotReady recognises the source's own word for "not now".
func isNotReady(err error) bool {
	var n interface{ NotReady() bool }
	return errors.As(err, &n) && n.NotReady()
}
