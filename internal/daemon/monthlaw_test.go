package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/daemon"
)

// history is what happened to the jobs of a simulated month. Runs last odd
// times, so that none ends at a time of a schedule.
type history struct {
	chance *rand.Rand

	mu       sync.Mutex
	serving  bool
	runs     []run
	requests []daemon.Request
	busy     bool // another process may hold the lock now and then
	wrong    []string
}

type run struct {
	job        string
	cause      daemon.Cause
	begin, end time.Time
	life       int // of the service
}

func (h *history) fault(format string, args ...any) {
	h.wrong = append(h.wrong, fmt.Sprintf(format, args...))
}

func (h *history) Requests(context.Context) ([]daemon.Request, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.requests[max(len(h.requests)-3, 0):]), nil
}

func (h *history) Planned(context.Context, []daemon.Planned) error { return nil }

// life is the history's Work in one life of the service.
type life struct {
	*history
	n int
}

func (l life) Run(ctx context.Context, job string, cause daemon.Cause) error {
	l.mu.Lock()
	if l.busy && l.chance.IntN(4) == 0 {
		l.mu.Unlock()
		return daemon.ErrBusy
	}
	if !l.serving {
		l.fault("%s begins after the stop", job)
	}
	if n := len(l.runs); n > 0 && l.runs[n-1].end.IsZero() {
		l.fault("%s begins beside %s", job, l.runs[n-1].job)
	}
	i := len(l.runs)
	l.runs = append(l.runs, run{job: job, cause: cause, begin: time.Now(), life: l.n})
	take := time.Duration(l.chance.ExpFloat64()*float64(4*time.Minute)).Truncate(time.Second) + time.Duration(1+l.chance.Int64N(int64(time.Second)))
	end := l.chance.IntN(8)
	l.mu.Unlock()
	wait(ctx, take)
	l.mu.Lock()
	l.runs[i].end = time.Now()
	l.mu.Unlock()
	switch end {
	case 0:
		return errors.New("failed")
	case 1:
		return temporary{}
	case 2:
		return notReady{}
	case 3:
		panic("no")
	}
	return ctx.Err()
}

func (h *history) last(job string) time.Time {
	for _, r := range slices.Backward(h.runs) {
		if r.job == job {
			return r.begin
		}
	}
	return time.Time{}
}

var specs = []string{"*/5 * * * *", "*/15 * * * *", "7 * * * *", "30 4 * * *", "0 9 * * 1-5", "@every 20m", "@every 7h"}

// plant draws jobs of all kinds.
func plant(t *rapid.T, f *folder) []daemon.Job {
	var list []daemon.Job
	for i := range rapid.IntRange(1, 5).Draw(t, "jobs") {
		j := daemon.Job{Name: fmt.Sprintf("j%d", i)}
		if i > 0 && rapid.Bool().Draw(t, "after") {
			j.After = []string{fmt.Sprintf("j%d", rapid.IntRange(0, i-1).Draw(t, "whom"))}
		}
		if len(j.After) == 0 || rapid.Bool().Draw(t, "scheduled") {
			j.Spec = rapid.SampledFrom(specs).Draw(t, "spec")
			j.Schedule = parse(t, j.Spec, time.UTC)
		}
		if rapid.IntRange(0, 3).Draw(t, "watches") == 0 {
			j.Watch, j.Settle, j.Look = time.Minute, 10*time.Second, f.look
		}
		list = append(list, j)
	}
	return list
}

func (h *history) draw(n int64) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.chance.Int64N(n)
}

func (h *history) serves(yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serving = yes
}

// lives lets the service live through the month, stopped and started now and then;
// skipped is what each life counted at its end.
func (h *history) lives(days int, plan []daemon.Job, f *folder) (starts, stops []time.Time, skipped []map[string]int64) {
	begin := time.Now()
	for n := 0; time.Since(begin) < time.Duration(days)*24*time.Hour; n++ {
		for i := range plan {
			plan[i].Last = h.last(plan[i].Name)
		}
		s := daemon.New(daemon.Config{Now: time.Now, Tick: time.Minute}, life{h, n})
		ctx, stop := context.WithCancel(context.Background())
		done := make(chan error, 1)
		h.serves(true)
		starts = append(starts, time.Now())
		go func() { done <- s.Serve(ctx, daemon.Plan{Jobs: plan}) }()
		for range 1 + h.draw(40) { // something happens in each of these hours
			time.Sleep(time.Duration(1 + h.draw(int64(2*time.Hour))))
			h.mu.Lock()
			if h.chance.IntN(2) == 0 {
				h.requests = append(h.requests, daemon.Request{Job: plan[h.chance.IntN(len(plan))].Name, At: time.Now()})
			}
			h.mu.Unlock()
			if h.draw(2) == 0 {
				f.set(fmt.Sprint(h.draw(1<<62)), time.Now())
			}
		}
		synctest.Wait()
		stops = append(stops, time.Now())
		h.serves(false)
		stop()
		if err := <-done; err != nil {
			h.fault("serve: %v", err)
		}
		counted := map[string]int64{}
		for _, u := range s.Snapshot().Jobs {
			counted[u.Name] = u.Skipped
		}
		skipped = append(skipped, counted)
		time.Sleep(time.Duration(h.draw(int64(10 * time.Hour))))
	}
	return starts, stops, skipped
}

// dues are the times of a crontab line in a life.
func dues(s daemon.Schedule, from, to time.Time) []time.Time {
	var list []time.Time
	for d := s.Next(from); d.Before(to); d = s.Next(d) {
		list = append(list, d)
	}
	return list
}

// answered tells what became of a due time: skipped inside a run of its own job, or
// answered by the first run after it, before which the worker must not have idled.
func (h *history) answered(job string, due, stop time.Time) (inside bool, wrong string) {
	free := due
	first := sort.Search(len(h.runs), func(i int) bool { return h.runs[i].end.After(due) })
	for _, r := range h.runs[first:] {
		if r.begin.After(due) && r.begin.After(free) {
			break // the worker idled
		}
		if r.job == job && r.begin.Before(due) && r.end.After(due) {
			return true, ""
		}
		if r.job == job && !r.begin.Before(due) {
			return false, ""
		}
		if r.end.After(free) {
			free = r.end
		}
	}
	if !free.Before(stop) {
		return false, "" // the stop came before its turn
	}
	return false, fmt.Sprintf("%s was due at %v, and the worker was free at %v", job, due, free)
}

func TestLawOfDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := &folder{}
		if wrong := live(t, 2, plant(rt, f), f, rapid.Uint64().Draw(rt, "seed")); wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

func TestLawAMonth(t *testing.T) {
	if testing.Short() {
		t.Skip("LEFT OUT with -short: the run without the race detector has it (see `make test`)")
	}
	f := &folder{}
	month := rapid.Custom(func(rt *rapid.T) []daemon.Job { return plant(rt, f) })
	for seed := range 2 {
		if wrong := live(t, 30, month.Example(seed+7), f, uint64(seed)); wrong != "" {
			t.Errorf("seed %d: %s", seed, wrong)
		}
	}
}

// live lets the plan be lived through, and tells what was wrong.
func live(t *testing.T, days int, plan []daemon.Job, f *folder, seed uint64) string {
	t.Helper()
	h := &history{chance: rand.New(rand.NewPCG(seed, 1))}
	synctest.Test(t, func(*testing.T) {
		starts, stops, skipped := h.lives(days, plan, f)
		for _, j := range plan {
			for n := range starts {
				h.judge(j, n, starts[n], stops[n], skipped[n][j.Name])
			}
		}
	})
	if len(h.wrong) == 0 {
		return ""
	}
	return fmt.Sprintf("%d runs, %d faults, the first: %s", len(h.runs), len(h.wrong), h.wrong[0])
}

// judge holds one life of a job to the laws.
func (h *history) judge(j daemon.Job, n int, start, stop time.Time, skipped int64) {
	missed, scheduled := 0, 0
	for _, r := range h.runs {
		if r.job == j.Name && r.life == n {
			switch r.cause {
			case daemon.CauseMissed:
				missed++
			case daemon.CauseSchedule:
				scheduled++
			}
		}
	}
	if missed > 1 {
		h.fault("%s was caught up %d times at one start", j.Name, missed)
	}
	if j.Schedule == nil {
		if scheduled > 0 {
			h.fault("%s has no schedule, and ran by it", j.Name)
		}
		return
	}
	if j.Spec[0] == '@' {
		return // its times depend on its runs: see the other law
	}
	list, inside := dues(j.Schedule, start, stop), int64(0)
	for _, d := range list {
		in, wrong := h.answered(j.Name, d, stop)
		if in {
			inside++
		}
		if wrong != "" {
			h.fault("%s", wrong)
		}
	}
	if inside != skipped {
		h.fault("%s: %d times came while it ran, %d were counted as skipped", j.Name, inside, skipped)
	}
	if scheduled > len(list) {
		h.fault("%s: ran %d times by a schedule that had %d times", j.Name, scheduled, len(list))
	}
}

// A clock that is set again and again makes neither a storm nor a stall.
func TestLawTheClockIsSetAgainAndAgain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		spec := rapid.SampledFrom([]string{"*/15 * * * *", "@every 15m"}).Draw(rt, "spec")
		j := daemon.Job{Name: "j", Spec: spec, Schedule: parse(rt, spec, time.UTC)}
		jumps := rapid.SliceOfN(rapid.Int64Range(-int64(100*time.Hour), int64(100*time.Hour)), 1, 6).Draw(rt, "jumps")
		h := &history{chance: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1)), serving: true, busy: rapid.Bool().Draw(rt, "busy")}
		var wrong string
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			var off time.Duration
			now := func() time.Time {
				mu.Lock()
				defer mu.Unlock()
				return time.Now().Round(0).Add(off)
			}
			s := daemon.New(daemon.Config{Now: now}, life{h, 0})
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Serve(ctx, daemon.Plan{Jobs: []daemon.Job{j}}) }()
			begin := time.Now()
			for _, d := range jumps {
				time.Sleep(100 * time.Minute)
				mu.Lock()
				off += time.Duration(d)
				mu.Unlock()
			}
			time.Sleep(100 * time.Minute)
			stop()
			if err := <-done; err != nil {
				h.fault("serve: %v", err)
			}
			free := begin
			for _, r := range h.runs {
				if gap := r.begin.Sub(free); gap > 32*time.Minute {
					wrong = fmt.Sprintf("a stall of %v before %v", gap, r.begin)
				}
				free = r.end
			}
			if most := int(time.Since(begin)/(15*time.Minute)) + 1 + 2*len(jumps); len(h.runs) > most {
				wrong = fmt.Sprintf("a storm: %d runs, at most %d are right", len(h.runs), most)
			}
		})
		if wrong != "" || len(h.wrong) > 0 {
			rt.Fatalf("%s %v", wrong, h.wrong)
		}
	})
}
