package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/daemon"
)

func TestAJobRunsByItsSchedule(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.serve(jobs(every(t, "clients", "*/15 * * * *")))
		b.pass(31 * time.Minute)
		b.want("00:15:00 clients schedule", "00:30:00 clients schedule")
	})
}

func TestATimeThatComesWhileTheJobRunsIsSkippedAndCounted(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["clients"] = 35 * time.Minute
		b.serve(jobs(every(t, "clients", "*/15 * * * *")))
		b.pass(61 * time.Minute)
		b.want("00:15:00 clients schedule", "01:00:00 clients schedule")
		if s := b.job("clients"); s.Skipped != 2 || s.Running != clockAt("01:00:00") {
			t.Errorf("got %+v", s)
		}
		if read(b, &b.planned)[0].Skipped != 2 {
			t.Errorf("told %+v", read(b, &b.planned))
		}
	})
}

func TestATimeThatComesWhileTheJobIsQueuedIsOneRun(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["slow"] = 40 * time.Minute
		b.serve(jobs(every(t, "slow", "10 0 * * *"), every(t, "clients", "*/15 * * * *")))
		b.pass(55 * time.Minute)
		b.want("00:10:00 slow schedule", "00:50:00 clients schedule")
		if s := b.job("clients"); s.Skipped != 0 {
			t.Errorf("got %+v", s)
		}
	})
}

func TestJobsThatAreDueTogetherGoInTheOrderOfAfter(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		orders, clients := every(t, "orders", "0 * * * *"), every(t, "clients", "*/30 * * * *")
		orders.After = []string{"clients"}
		clients.Jitter = 10 * time.Minute // the one that follows waits for it
		b.serve(jobs(orders, clients))
		b.pass(70 * time.Minute)
		b.want("00:35:00 clients schedule", "01:05:00 clients schedule", "01:05:00 orders schedule")
	})
}

func TestAJobFollowsTheRunsOfItsPredecessorsOnceForAllThatAreQueued(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		for _, j := range []string{"a", "b", "c", "d"} {
			b.takes[j] = time.Minute
		}
		b.does = func(_ context.Context, job string, _ int) error { return fmt.Errorf("%s failed", job) }
		c := daemon.Job{Name: "c", After: []string{"b", "a"}}
		d := daemon.Job{Name: "d", After: []string{"a", "c"}}
		b.serve(jobs(d, c, every(t, "b", "30 * * * *"), every(t, "a", "0,30 * * * *")))
		b.pass(65 * time.Minute)
		b.want("00:30:00 b schedule", "00:31:00 a schedule", "00:32:00 c after", "00:33:00 d after",
			"01:00:00 a schedule", "01:01:00 c after", "01:02:00 d after")
	})
}

// Two jobs that fill the whole day must not keep the third from its turn.
func TestAJobThatFollowsIsNotStarvedByBusyPredecessors(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["a"], b.takes["b"] = 3*time.Minute, 3*time.Minute
		b.serve(jobs(every(t, "a", "* * * * *"), every(t, "b", "* * * * *"), daemon.Job{Name: "c", After: []string{"a", "b"}}))
		b.pass(30 * time.Minute)
		if b.ranOf("c") < 3 {
			t.Errorf("ran %d times", b.ranOf("c"))
		}
	})
}

func TestJitterDelaysAndNeverPassesTheNextTime(t *testing.T) {
	for name, c := range map[string]struct {
		jitter time.Duration
		chance float64
		want   []string
	}{
		"half of it":                        {time.Minute, 0.5, []string{"00:15:30 clients schedule", "00:30:30 clients schedule"}},
		"none by chance":                    {time.Minute, 0, []string{"00:15:00 clients schedule", "00:30:00 clients schedule"}},
		"longer than the schedule's period": {10 * time.Hour, 0.999, []string{"00:29:59 clients schedule", "00:44:59 clients schedule"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				t := b.t
				j := every(t, "clients", "*/15 * * * *")
				j.Jitter = c.jitter
				b.cfg.Chance = func() float64 { return c.chance }
				b.serve(jobs(j))
				b.pass(45*time.Minute - time.Nanosecond)
				b.want(c.want...)
			})
		})
	}
}

func TestMissedTimesAreCaughtUpOnceAtStart(t *testing.T) {
	for name, c := range map[string]struct {
		spec string
		last time.Duration // before the start; 0 = never
		want []string
	}{
		"never ran: waits":                        {"*/15 * * * *", 0, []string{"00:15:00 clients schedule"}},
		"nothing missed":                          {"0 12 * * *", time.Hour, nil},
		"many missed: one run":                    {"*/15 * * * *", 30 * 24 * time.Hour, []string{"00:00:00 clients missed", "00:15:00 clients schedule"}},
		"@every counts from the last run":         {"@every 15m", 10 * time.Minute, []string{"00:05:00 clients schedule", "00:20:00 clients schedule"}},
		"@every that was missed":                  {"@every 15m", 2 * time.Hour, []string{"00:00:00 clients missed", "00:15:00 clients schedule"}},
		"a last run in the future proves nothing": {"*/15 * * * *", -1000 * time.Hour, []string{"00:15:00 clients schedule"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				t := b.t
				j := every(t, "clients", c.spec)
				if c.last != 0 {
					j.Last = b.now().Add(-c.last)
				}
				b.serve(jobs(j))
				b.pass(22 * time.Minute)
				b.want(c.want...)
			})
		})
	}
}

func TestAJobThatFollowsIsCaughtUpWhenTheServiceWasStoppedBetween(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		clients, orders := every(t, "clients", "0 12 * * *"), daemon.Job{Name: "orders", After: []string{"clients"}}
		clients.Last, orders.Last = b.now().Add(-time.Hour), b.now().Add(-25*time.Hour)
		b.serve(jobs(orders, clients))
		b.pass(time.Minute)
		b.want("00:00:00 orders missed")
	})
}

func TestAJobThatFollowsRunsOnceWhenItsPredecessorIsCaughtUpToo(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		clients, orders := every(t, "clients", "0 12 * * *"), daemon.Job{Name: "orders", After: []string{"clients"}}
		clients.Last, orders.Last = b.now().Add(-24*time.Hour), b.now().Add(-25*time.Hour)
		b.serve(jobs(orders, clients))
		b.pass(time.Minute)
		b.want("00:00:00 clients missed", "00:00:00 orders missed")
	})
}

func TestTheClockIsSet(t *testing.T) {
	for name, c := range map[string]struct {
		spec string
		by   time.Duration
		want []string // within two hours of real time
	}{
		"forward over many times: one run": {"*/15 * * * *", 5*time.Hour + 2*time.Minute, []string{
			"05:22:00 clients missed", "05:30:00 clients schedule", "05:45:00 clients schedule", "06:00:00 clients schedule", "06:15:00 clients schedule",
			"06:30:00 clients schedule", "06:45:00 clients schedule", "07:00:00 clients schedule", "07:15:00 clients schedule",
		}},
		"forward over the daily time":           {"30 4 * * *", 5 * time.Hour, []string{"05:20:00 clients missed"}},
		"@every, forward":                       {"@every 1h", 5 * time.Hour, []string{"05:20:00 clients missed", "06:20:05 clients schedule"}},
		"@every, back: neither storm nor stall": {"@every 1h", -50 * 24 * time.Hour, []string{"01:00:05 clients schedule", "02:00:05 clients schedule"}},
		"back by days: no stall": {"*/30 * * * *", -50 * 24 * time.Hour, []string{
			"00:30:00 clients schedule", "01:00:00 clients schedule", "01:30:00 clients schedule", "02:00:00 clients schedule",
		}},
		"back by seconds, over the time that was just taken: not again": {"20 0 * * *", -10 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				t := b.t
				b.serve(jobs(every(t, "clients", c.spec)))
				b.pass(20*time.Minute - time.Nanosecond)
				b.pass(time.Nanosecond)
				b.mu.Lock()
				b.runs = nil
				b.mu.Unlock()
				b.setClock(c.by)
				b.pass(time.Nanosecond)
				b.pass(2 * time.Hour)
				got := read(b, &b.runs)
				if len(got) > 0 && len(c.want) > 0 && got[0][:6] == c.want[0][:6] {
					got[0] = c.want[0][:8] + got[0][8:] // it is seen within a tick, not at once
				}
				b.want(c.want...)
			})
		})
	}
}

type pid int

func (p pid) Error() string { return "locked" }
func (p pid) LockedBy() int { return int(p) }
func (p pid) Unwrap() error { return daemon.ErrBusy }

func TestAnotherProcessHoldsTheLock(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		free := clockAt("00:16:00")
		b.does = func(context.Context, string, int) error {
			if b.now().Before(free) {
				return fmt.Errorf("lock: %w", pid(4711))
			}
			return nil
		}
		other := every(t, "other", "15 * * * *")
		chore := daemon.Chore{Name: "backup", Schedule: other.Schedule, Do: func(context.Context) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.runs = append(b.runs, "chore")
			return nil
		}}
		b.serve(daemon.Plan{Jobs: []daemon.Job{every(t, "clients", "*/15 * * * *"), other}, Chores: []daemon.Chore{chore}})
		b.pass(15*time.Minute + 12*time.Second)
		b.want("00:15:00 clients schedule", "00:15:05 clients schedule", "00:15:10 clients schedule")
		if s := b.job("clients"); !s.Queued || !s.Last.IsZero() {
			t.Errorf("got %+v", s)
		}
		b.pass(time.Minute)
		b.mu.Lock()
		b.runs = b.runs[len(b.runs)-3:]
		b.mu.Unlock()
		b.want("00:16:00 clients schedule", "00:16:00 other schedule", "chore")
		if n := b.logged("another process"); n != 1 {
			t.Errorf("said %d times", n)
		}
		if f := b.logs.FilterMessageSnippet("another process").All()[0].ContextMap(); f["pid"] != int64(4711) {
			t.Errorf("logged %v", f)
		}
	})
}

func TestAPanicIsContained(t *testing.T) {
	for name, boom := range map[string]func(){
		"by a program's error":   func() { _ = strings.Split("x", "y")[1] },
		"with a text":            func() { panic("Ромашка") },
		"the goroutine is ended": runtime.Goexit,
		"with an error":          func() { panic(errors.New("Ромашка")) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				t := b.t
				b.does = func(_ context.Context, job string, n int) error {
					if job == "clients" && n == 0 {
						boom()
					}
					return nil
				}
				b.serve(jobs(every(t, "clients", "*/15 * * * *"), daemon.Job{Name: "orders", After: []string{"clients"}}))
				b.pass(31 * time.Minute)
				b.want("00:15:00 clients schedule", "00:15:00 orders after", "00:30:00 clients schedule", "00:30:00 orders after")
				if s := b.job("clients"); s.Panics != 1 {
					t.Errorf("got %+v", s)
				}
				e := b.logs.FilterMessage("panicked").All()
				if len(e) != 1 || e[0].ContextMap()["stack"] == "" {
					t.Fatalf("logged %v", e)
				}
				if text := fmt.Sprint(e[0].ContextMap()["error"]); text == "" || strings.Contains(text, "Ромашка") {
					t.Errorf("logged %q", text)
				}
			})
		})
	}
}

type temporary struct{}

func (temporary) Error() string   { return "the CRM is away" }
func (temporary) Temporary() bool { return true }

func TestAFailureThatPassesIsTriedAgainOnlyWhenTheNextTimeIsFar(t *testing.T) {
	for name, c := range map[string]struct {
		spec  string
		fails int
		err   error
		want  []string
	}{
		"soon due again: no retry": {"0 * * * *", 9, temporary{}, []string{"01:00:00 clients schedule", "02:00:00 clients schedule", "03:00:00 clients schedule", "04:00:00 clients schedule"}},
		"daily: growing pauses":    {"0 1 * * *", 9, fmt.Errorf("run: %w", temporary{}), []string{"01:00:00 clients schedule", "01:15:00 clients retry", "01:45:00 clients retry", "02:45:00 clients retry", "03:45:00 clients retry"}},
		"until it gets through":    {"0 1 * * *", 2, temporary{}, []string{"01:00:00 clients schedule", "01:15:00 clients retry", "01:45:00 clients retry"}},
		"another failure: none":    {"0 1 * * *", 9, errors.New("no"), []string{"01:00:00 clients schedule"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				t := b.t
				b.does = func(_ context.Context, _ string, n int) error {
					if n < c.fails {
						return c.err
					}
					return nil
				}
				b.serve(jobs(every(t, "clients", c.spec)))
				b.pass(4*time.Hour + 30*time.Minute)
				b.want(c.want...)
			})
		})
	}
}

func TestTheNextFailureThatPassesBeginsWithTheShortPause(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.does = func(_ context.Context, _ string, n int) error {
			if n == 2 { // the second retry gets through
				return nil
			}
			return temporary{}
		}
		b.serve(jobs(every(b.t, "clients", "0 1,7 * * *")))
		b.pass(7*time.Hour + 16*time.Minute)
		b.want("01:00:00 clients schedule", "01:15:00 clients retry", "01:45:00 clients retry", "07:00:00 clients schedule", "07:15:00 clients retry")
	})
}

func TestEveryCountsFromTheLastRunWhateverStartedIt(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.serve(jobs(every(b.t, "clients", "@every 15m")))
		b.pass(10 * time.Minute)
		b.ask("clients")
		b.pass(20 * time.Minute)
		b.want("00:10:10 clients request", "00:25:10 clients schedule")
	})
}

func TestRequestsAreGathered(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.serve(jobs(every(t, "clients", "0 12 * * *"), every(t, "orders", "0 12 * * *")))
		b.pass(time.Second)
		b.ask("orders")
		b.ask("nobody")
		for range 20 { // somebody settles holds for a while
			b.ask("clients")
			b.pass(4 * time.Second)
		}
		b.pass(20 * time.Second)
		b.want("00:00:11 orders request", "00:01:01 clients request", "00:01:27 clients request")
		b.pass(time.Hour)
		b.want() // what is still listed was served
		if n := b.logged("not in the configuration"); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
}

func TestARequestForAJobThatRunsWaitsForItsEnd(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["clients"] = 10 * time.Minute
		b.serve(jobs(every(t, "clients", "1 0 * * *")))
		b.pass(2 * time.Minute)
		b.ask("clients")
		b.pass(20 * time.Minute)
		b.want("00:01:00 clients schedule", "00:11:00 clients request")
	})
}

func TestRequestsThatCannotBeReadAreSaidOnce(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.deaf = errors.New("database is locked")
		b.serve(jobs(every(t, "clients", "*/15 * * * *")))
		b.pass(16 * time.Minute)
		b.want("00:15:00 clients schedule")
		if n := b.logged("requests could not be read"); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
}

func TestChoresGoBehindTheJobsThatWait(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["a"], b.takes["b"] = 10*time.Minute, 10*time.Minute
		spec := every(t, "", "30 * * * *")
		ran := []string{}
		chore := daemon.Chore{Name: "backup", Schedule: spec.Schedule, Spec: spec.Spec, Last: b.now().Add(-3 * time.Hour), Do: func(context.Context) error {
			ran = append(ran, b.now().Format("15:04"))
			if len(ran) == 2 {
				panic("no")
			}
			return errors.New("disk full")
		}}
		b.serve(daemon.Plan{Jobs: []daemon.Job{every(t, "a", "30 * * * *"), every(t, "b", "35 * * * *")}, Chores: []daemon.Chore{chore}})
		b.pass(115 * time.Minute)
		if want := "[00:00 00:50 01:50]"; fmt.Sprint(ran) != want {
			t.Errorf("got %v, want %s", ran, want)
		}
		if s := b.s.Snapshot().Chores[0]; s.Panics != 1 || s.Name != "backup" {
			t.Errorf("got %+v", s)
		}
		if b.logged("failed") != 2 {
			t.Error("not logged")
		}
	})
}

func TestStopCancelsTheRunInFlightWaitsForItAndStartsNothing(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["clients"] = time.Hour
		b.does = func(context.Context, string, int) error {
			time.Sleep(40 * time.Second) // it comes to rest
			return context.Canceled
		}
		b.serve(jobs(every(t, "clients", "15 * * * *"), every(t, "orders", "15 * * * *")))
		b.pass(20 * time.Minute)
		b.mu.Lock()
		b.beats = 0
		b.mu.Unlock()
		b.stop()
		b.stop = nil
		b.pass(39 * time.Second)
		if len(b.done) != 0 || read(b, &b.beats) < 7 {
			t.Errorf("it did not wait, or hung: %d beats", read(b, &b.beats))
		}
		b.pass(2 * time.Second)
		if err := <-b.done; err != nil {
			t.Error(err)
		}
		b.pass(time.Hour)
		b.want("00:15:00 clients schedule")
	})
}

func TestANewPlanTakesEffectWhenNothingRuns(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["clients"] = 10 * time.Minute
		b.serve(jobs(every(t, "clients", "5 * * * *"), every(t, "old", "6 * * * *"), every(t, "kept", "20 * * * *")))
		b.pass(7 * time.Minute)
		kept := every(t, "kept", "20 * * * *")
		kept.Last = b.now().Add(-100 * time.Hour) // no news: it is in the plan already
		if err := b.s.Replace(jobs(every(t, "new", "8 * * * *"), every(t, "clients", "*/20 * * * *"), kept)); err != nil {
			t.Fatal(err)
		}
		b.pass(7 * time.Minute)
		b.want("00:05:00 clients schedule")
		if s := b.job("old"); !s.Queued {
			t.Errorf("got %+v", s)
		}
		b.pass(55 * time.Minute)
		b.want("00:20:00 clients schedule", "00:30:00 kept schedule", "00:40:00 clients schedule", "01:00:00 clients schedule")
		b.pass(time.Hour - 2*time.Minute)
		b.want("01:10:00 new schedule", "01:20:00 clients schedule", "01:30:00 kept schedule", "01:40:00 clients schedule", "02:00:00 clients schedule")
		if err := b.s.Replace(jobs(daemon.Job{Name: "x", After: []string{"y"}})); err == nil {
			t.Error("a plan that does not hold together was taken")
		}
	})
}

// What a reload takes out while it runs ends its run; its times are nobody's any more. One
// that comes back before that goes on.
func TestAJobThatIsTakenOutWhileItRunsSkipsNothing(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["old"] = 4 * time.Hour
		old, kept := every(t, "old", "*/15 * * * *"), every(t, "kept", "5 0 * * *")
		b.serve(jobs(old, kept))
		b.pass(31 * time.Minute)
		if err := b.s.Replace(jobs(kept)); err != nil {
			t.Fatal(err)
		}
		b.pass(2 * time.Hour)
		if s := b.job("old"); s.Skipped != 1 || s.Running != clockAt("00:15:00") {
			t.Errorf("got %+v", s)
		}
		if err := b.s.Replace(jobs(old, kept)); err != nil {
			t.Fatal(err)
		}
		b.pass(time.Minute)
		if s := b.job("old"); s.Skipped != 2 || s.Next != clockAt("02:45:00") {
			t.Errorf("it came back: %+v", s)
		}
	})
}

func TestPlansThatDoNotHoldTogether(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]daemon.Plan{
		"a name twice":       jobs(daemon.Job{Name: "a"}, daemon.Job{Name: "a"}),
		"no name":            jobs(daemon.Job{}),
		"after nobody":       jobs(daemon.Job{Name: "a", After: []string{"b"}}),
		"after itself":       jobs(daemon.Job{Name: "a", After: []string{"b"}}, daemon.Job{Name: "b", After: []string{"c"}}, daemon.Job{Name: "c", After: []string{"a"}}),
		"a chore of nothing": {Chores: []daemon.Chore{{Name: "a"}}},
	} {
		if err := daemon.New(daemon.Config{Now: time.Now}, nil).Serve(t.Context(), p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWhatIsPlannedIsToldWhenItChanged(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		p := jobs(every(t, "clients", "0 * * * *"), daemon.Job{Name: "orders", After: []string{"clients"}})
		p.Zone = zone(t, "Europe/Moscow")
		b.serve(p)
		if got := fmt.Sprint(read(b, &b.planned)[0].Next, read(b, &b.planned)[1].Next.IsZero()); got != "2000-01-01 04:00:00 +0300 MSK true" || read(b, &b.planned)[0].Schedule != "0 * * * *" {
			t.Errorf("told %v", got)
		}
		b.pass(59 * time.Minute)
		if read(b, &b.tells) != 1 {
			t.Errorf("told %d times, nothing changed", read(b, &b.tells))
		}
		b.pass(2 * time.Minute)
		if got := read(b, &b.planned)[0].Next; !got.Equal(clockAt("02:00:00")) {
			t.Errorf("told %v", got)
		}
	})
}

func TestTheLoopBeatsAlsoBesideARun(t *testing.T) {
	inBubble(t, func(b *bench) {
		t := b.t
		b.takes["clients"] = time.Hour
		b.serve(jobs(every(t, "clients", "1 0 * * *")))
		b.pass(30 * time.Minute)
		if read(b, &b.beats) < 360 {
			t.Errorf("%d beats", read(b, &b.beats))
		}
		if s := b.s.Snapshot(); b.now().Sub(s.Beat) > 5*time.Second {
			t.Errorf("shown %v", s.Beat)
		}
		synctest.Wait()
	})
}

func TestAReloadDoesNotPostponeWhatStaysInThePlan(t *testing.T) {
	inBubble(t, func(b *bench) {
		p := jobs(every(b.t, "clients", "@every 15m"))
		b.serve(p)
		for range 3 {
			b.pass(4 * time.Minute)
			if err := b.s.Replace(p); err != nil {
				b.t.Fatal(err)
			}
		}
		b.pass(4 * time.Minute)
		b.want("00:15:00 clients schedule")
	})
}
