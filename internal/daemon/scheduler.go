package daemon

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
)

// PartScheduler is the name under which the scheduler's loop beats.
const PartScheduler = "scheduler"

// Config is what a Scheduler needs beside its Work. The zero value of each field
// but Now is good.
type Config struct {
	Now    func() time.Time // the wall clock; required
	Log    *zap.Logger      // nil = silent
	Chance func() float64   // in [0, 1), for jitter; nil = real chance
	Pulse  Beater           // told "scheduler" at least every Tick; nil = nobody
	Hints  Hints            // early news of folders; nil = polling alone. Whoever opened it closes it, after Serve
	// Tick is how often the wall clock and the requests are looked at; 0 = 5 s.
	Tick time.Duration
}

// Scheduler runs jobs and chores, one at a time.
type Scheduler struct {
	cfg  Config
	work Work
	wake chan struct{}

	mu      sync.Mutex // guards the rest
	serving bool
	newPlan *Plan
	status  Status
}

// Status is how the scheduler is.
type Status struct {
	Beat   time.Time // when its loop last went round; zero = not yet
	Jobs   []UnitStatus
	Chores []UnitStatus
}

// UnitStatus is how a job or a chore is.
type UnitStatus struct {
	Name    string
	Spec    string    // the schedule's text
	Queued  bool      // waits for its turn
	Running time.Time // since when it runs; zero = it does not
	Next    time.Time // when it is due next; zero = at no known time
	Last    time.Time // when it last began; zero = never
	Cause   Cause     // why it last began; "" = not since the service started
	Skipped int64     // times that came while it was running
	Panics  int64
	Blind   time.Time // since when looking at its source fails; zero = it does not
}

// New makes a scheduler; Serve sets it going.
func New(cfg Config, w Work) *Scheduler {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Chance == nil {
		cfg.Chance = rand.Float64
	}
	if cfg.Tick <= 0 {
		cfg.Tick = 5 * time.Second
	}
	return &Scheduler{cfg: cfg, work: w, wake: make(chan struct{}, 1)}
}

// Serve runs what the plan says, until ctx ends and the run in flight, whose
// context ends with it, has ended; that is no error. An error is a plan that does
// not hold together, or a second Serve beside the first.
func (s *Scheduler) Serve(ctx context.Context, p Plan) error {
	if err := check(p); err != nil {
		return err
	}
	if !s.enter() {
		return errors.New("the scheduler is serving already")
	}
	defer s.leave()
	newLoop(s).serve(ctx, p)
	return nil
}

func (s *Scheduler) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.serving {
		return false
	}
	s.serving = true
	return true
}

func (s *Scheduler) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving = false
}

// Replace gives a new plan, which takes effect as soon as nothing runs. Jobs and
// chores with names that the old plan has go on where they are; what the new one
// has not leaves the queue. An error says that the plan does not hold together:
// the old one stays.
func (s *Scheduler) Replace(p Plan) error {
	if err := check(p); err != nil {
		return err
	}
	s.mu.Lock()
	s.newPlan = &p
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil
}

func (s *Scheduler) takePlan() (Plan, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newPlan == nil {
		return Plan{}, false
	}
	p := *s.newPlan
	s.newPlan = nil
	return p, true
}

// Snapshot is how it is now.
func (s *Scheduler) Snapshot() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Status{Beat: s.status.Beat, Jobs: slices.Clone(s.status.Jobs), Chores: slices.Clone(s.status.Chores)}
}

func (s *Scheduler) publish(st Status) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = st
}
