package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"syncd/internal/daemon"
)

// folder is what lies at a source, as a test says.
type folder struct {
	mu     sync.Mutex
	seen   daemon.Sighting
	err    error
	looks  int
	hang   chan struct{}
	panics bool
}

func (f *folder) set(sign string, newest time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = daemon.Sighting{Sign: sign, Newest: newest}
}

func (f *folder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *folder) look(context.Context) (daemon.Sighting, error) {
	f.mu.Lock()
	f.looks++
	s, err, hang, panics := f.seen, f.err, f.hang, f.panics
	f.mu.Unlock()
	if hang != nil {
		<-hang
	}
	if panics {
		panic("no")
	}
	return s, err
}

func (f *folder) looked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.looks
}

// watching is a job that looks at f every 30 s and wants 10 s of rest.
func (f *folder) watching(name string) daemon.Job {
	return daemon.Job{Name: name, Watch: 30 * time.Second, Settle: 10 * time.Second, Look: f.look, Folders: []string{"inbox"}}
}

func TestAFileThatArrivesAndSettlesStartsARun(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		b.serve(jobs(f.watching("clients")))
		b.pass(time.Minute + time.Second)
		f.set("a1", b.now())
		b.pass(10 * time.Minute)
		b.want("00:01:40 clients arrival") // seen at 01:30, the same at 01:40
		f.set("a2", b.now())
		b.pass(14 * time.Second) // seen at 11:10
		f.set("a3", b.now())     // the writer goes on: 11:20 sees another sign, 11:30 the same
		b.pass(10 * time.Minute)
		b.want("00:11:30 clients arrival")
	})
}

func TestWhatArrivedStartsNoSecondRun(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		b.serve(jobs(f.watching("clients")))
		f.set("a\nb", b.now())
		b.pass(5 * time.Minute)
		b.want("00:00:40 clients arrival")
		f.set("b", b.now()) // the run archived the other one
		b.pass(5 * time.Minute)
		f.set("", time.Time{}) // the share is away
		b.pass(5 * time.Minute)
		f.set("b", b.now())
		b.pass(5 * time.Minute)
		b.want()
		f.set("b\nc", b.now())
		b.pass(5 * time.Minute)
		b.want("00:20:20 clients arrival")
	})
}

func TestAtStartWhatLiesThereIsNewsWhenItCameAfterTheLastRun(t *testing.T) {
	for name, c := range map[string]struct {
		newest, last time.Duration // before the start
		want         []string
	}{
		"came before the last run": {2 * time.Hour, time.Hour, nil},
		"came after it":            {time.Hour, 2 * time.Hour, []string{"00:00:10 clients arrival"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				f := &folder{}
				f.set("a", b.now().Add(-c.newest))
				j := f.watching("clients")
				j.Last = b.now().Add(-c.last)
				b.serve(jobs(j))
				b.pass(10 * time.Minute)
				b.want(c.want...)
			})
		})
	}
}

func TestAnArrivalDuringTheJobsRunWaitsForItsEnd(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		j := every(b.t, "clients", "1 0 * * *")
		w := f.watching("clients")
		j.Watch, j.Look, j.Settle = w.Watch, w.Look, w.Settle
		b.takes["clients"] = 10 * time.Minute
		b.serve(jobs(j))
		b.pass(2 * time.Minute)
		f.set("a", b.now())
		b.pass(5 * time.Minute)
		f.set("a\nb", b.now())
		b.pass(time.Hour)
		b.want("00:01:00 clients schedule", "00:11:00 clients arrival")
	})
}

func TestAnArrivalWithoutSettlingStartsAtOnce(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		j := f.watching("clients")
		j.Settle = 0
		b.serve(jobs(j))
		f.set("a", b.now())
		b.pass(10 * time.Minute)
		b.want("00:00:30 clients arrival")
	})
}

func TestALookThatFailsIsSaidOnceAndStartsNothing(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		b.serve(jobs(f.watching("clients")))
		b.pass(time.Minute)
		f.set("a", b.now())
		f.fail(errors.New("host is down"))
		b.pass(10 * time.Minute)
		b.want()
		if n := b.logged("cannot be looked at"); n != 1 {
			b.t.Errorf("said %d times", n)
		}
		if s := b.job("clients"); s.Blind != clockAt("00:01:30") && s.Blind != clockAt("00:01:00") {
			b.t.Errorf("blind since %v", s.Blind)
		}
		f.fail(nil)
		b.pass(10 * time.Minute)
		if b.logged("can be looked at again") != 1 || !b.job("clients").Blind.IsZero() {
			b.t.Error("it can, and nobody said so")
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.runs) != 1 {
			b.t.Errorf("ran %v", b.runs)
		}
		b.runs = nil
	})
}

func TestALookThatPanicsIsAFailedLook(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{panics: true}
		b.serve(jobs(f.watching("clients")))
		b.pass(10 * time.Minute)
		if b.logged("cannot be looked at") != 1 || f.looked() < 10 {
			b.t.Errorf("%d looks", f.looked())
		}
	})
}

// A share whose server is gone lets its readers hang.
func TestALookThatHangsHoldsUpNeitherOthersNorTheStop(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{hang: make(chan struct{})}
		b.serve(jobs(f.watching("clients"), every(b.t, "orders", "15 * * * *")))
		b.pass(20 * time.Minute)
		b.want("00:15:00 orders schedule")
		if f.looked() != 1 || b.logged("does not answer") != 1 || b.job("clients").Blind.IsZero() {
			b.t.Errorf("%d looks, blind since %v", f.looked(), b.job("clients").Blind)
		}
		b.end()
		if got := b.now(); !got.Equal(clockAt("00:20:05")) {
			b.t.Errorf("it stopped at %v", got)
		}
		close(f.hang)
	})
}

type notReady struct{}

func (notReady) Error() string  { return "being written" }
func (notReady) NotReady() bool { return true }

func TestAnArrivalThatIsNotReadyIsTriedAgainWithGrowingPauses(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		b.does = func(_ context.Context, _ string, n int) error {
			if n < 8 {
				return fmt.Errorf("read: %w", notReady{})
			}
			return nil
		}
		j := f.watching("clients")
		j.Watch = 10 * time.Second
		b.serve(jobs(j))
		f.set("a", b.now())
		b.pass(time.Hour)
		b.mu.Lock()
		defer b.mu.Unlock()
		var last time.Time
		var pauses []time.Duration
		for _, r := range b.runs {
			at := clockAt(r[:8])
			if !last.IsZero() {
				pauses = append(pauses, at.Sub(last))
			}
			last = at
		}
		if got, want := fmt.Sprint(pauses), "[20s 20s 40s 1m20s 2m40s 5m0s 5m0s 5m0s]"; got != want {
			b.t.Errorf("pauses %s, want %s (%v)", got, want, b.runs)
		}
		b.runs = nil
	})
}

func TestANewerFileEndsTheWaitForOneThatWasNotReady(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		b.does = func(_ context.Context, _ string, n int) error {
			if n < 6 {
				return notReady{}
			}
			return nil
		}
		b.serve(jobs(f.watching("clients")))
		f.set("a", b.now())
		b.pass(8 * time.Minute)
		b.mu.Lock()
		if len(b.runs) != 6 {
			b.t.Errorf("ran %v", b.runs)
		}
		b.runs = nil
		b.mu.Unlock()
		f.set("a\nb", b.now())
		b.pass(time.Minute)
		if len(read(b, &b.runs)) != 1 {
			b.t.Errorf("ran %v", read(b, &b.runs))
		}
		b.pass(time.Hour)
		if len(read(b, &b.runs)) != 1 {
			b.t.Errorf("ran %v", read(b, &b.runs))
		}
	})
}

func TestANewerFileThatSettledDuringTheRunIsReadOnceThoughTheFirstWasNotReady(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		b.takes["clients"] = 5 * time.Minute
		b.does = func(_ context.Context, _ string, n int) error {
			if n == 0 {
				return notReady{}
			}
			return nil
		}
		b.serve(jobs(f.watching("clients")))
		f.set("a", b.now())
		b.pass(2 * time.Minute)
		f.set("a\nb", b.now())
		b.pass(time.Hour)
		b.want("00:00:40 clients arrival", "00:05:40 clients arrival")
	})
}

// hints are those that a test gives.
type hints struct {
	changed chan string
	mu      sync.Mutex
	asked   int
}

func (h *hints) Watch(string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked++
	return errors.New("too many")
}

func (h *hints) askedTimes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.asked
}
func (h *hints) Changed() <-chan string { return h.changed }

func TestAHintMakesItLookSoon(t *testing.T) {
	inBubble(t, func(b *bench) {
		h, f := &hints{changed: make(chan string)}, &folder{}
		b.cfg.Hints = h
		j := f.watching("clients")
		j.Watch = time.Hour
		b.serve(jobs(j))
		b.pass(time.Minute)
		f.set("a", b.now())
		for range 5 {
			h.changed <- "inbox"
		}
		h.changed <- "elsewhere"
		b.pass(5 * time.Second)
		if f.looked() != 2 {
			b.t.Errorf("%d looks", f.looked())
		}
		close(h.changed)
		b.pass(10 * time.Second)
		b.want("00:01:10 clients arrival")
		if h.askedTimes() == 0 {
			b.t.Error("no hints were asked for")
		}
	})
}

func TestTheClockIsSetWhileAFileSettles(t *testing.T) {
	for name, by := range map[string]time.Duration{"forward": 3 * time.Hour, "back": -3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				f := &folder{}
				j := f.watching("clients")
				j.Settle = 2 * time.Minute
				b.serve(jobs(j))
				b.pass(15 * time.Second)
				f.set("a", b.now())
				b.pass(time.Minute) // seen at 00:30
				b.setClock(by)
				b.pass(2 * time.Minute)
				b.want()
				b.pass(15 * time.Second)
				if len(read(b, &b.runs)) != 1 {
					b.t.Errorf("ran %v", read(b, &b.runs))
				}
			})
		})
	}
}

func TestAReloadKeepsWhatIsKnownOfTheFolder(t *testing.T) {
	inBubble(t, func(b *bench) {
		f := &folder{}
		b.serve(jobs(f.watching("clients")))
		f.set("a", b.now())
		b.pass(5 * time.Minute)
		b.want("00:00:40 clients arrival")
		if err := b.s.Replace(jobs(f.watching("clients"))); err != nil {
			b.t.Fatal(err)
		}
		b.pass(5 * time.Minute)
		b.want()
	})
}
