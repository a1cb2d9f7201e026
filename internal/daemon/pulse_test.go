package daemon_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/daemon"
)

// pulseParts are the names only.
func pulseParts(late []daemon.LatePart) (names []string) {
	for _, l := range late {
		names = append(names, l.Part)
	}
	return names
}

func TestWhoDoesNotBeatWithinItsPatienceIsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := daemon.NewPulse(time.Now)
		began := time.Now()
		doneRun := p.Watch("run", time.Minute)
		p.Watch("scheduler", 30*time.Second)
		p.Watch("endless", 0)
		p.Beat("nobody")
		expect := func(when string, want ...string) {
			t.Helper()
			if d := cmp.Diff(want, pulseParts(p.Late())); d != "" {
				t.Errorf("%s:\n%s", when, d)
			}
		}
		time.Sleep(30 * time.Second)
		expect("at the end of its patience")
		time.Sleep(time.Nanosecond)
		expect("after it", "scheduler")
		if since := p.Late()[0].Since; !since.Equal(began) {
			t.Errorf("since %v", since)
		}
		time.Sleep(time.Minute)
		expect("both: equally long, by name", "run", "scheduler")
		p.Beat("scheduler")
		expect("one beats again", "run")
		time.Sleep(time.Hour)
		expect("the longest silent first", "run", "scheduler")
		doneRun()
		expect("a run that ended owes nothing", "scheduler")
	})
}

func TestAnOldDoneDoesNotEndANewWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := daemon.NewPulse(time.Now)
		first := p.Watch("run", time.Second)
		second := p.Watch("run", time.Second)
		first()
		time.Sleep(2 * time.Second)
		if len(p.Late()) != 1 {
			t.Error("the second run is not watched")
		}
		second()
		second()
		if len(p.Late()) != 0 {
			t.Error("it is still watched")
		}
	})
}

// setWall returns t as the clock would tell it if the wall clock had been set by d
// at that moment: what the monotonic clock says stays. There is no way to do so
// without privileges but to reach into the value.
func setWall(t *testing.T, at time.Time, d time.Duration) time.Time {
	t.Helper()
	const secondsAt = 30 // in the word that holds the wall clock, when there is a monotonic reading
	type inside struct{ wall, ext uint64 }
	(*inside)(unsafe.Pointer(&at)).wall += uint64(int64(d/time.Second)) << secondsAt
	return at
}

func TestAWallClockThatIsSetMakesNobodyLate(t *testing.T) {
	t.Parallel()
	at := time.Now()
	p := daemon.NewPulse(func() time.Time { return at })
	p.Watch("run", time.Minute)
	for _, jump := range []time.Duration{3 * time.Hour, -26 * time.Hour} {
		before := at
		at = setWall(t, before, jump)
		if moved := at.Round(0).Sub(before.Round(0)); moved != jump { // without the monotonic reading
			t.Fatalf("the wall clock moved by %v", moved)
		}
		if late := p.Late(); len(late) != 0 {
			t.Errorf("a jump by %v: %v", jump, late)
		}
	}
	at = at.Add(61 * time.Second)
	if len(p.Late()) != 1 {
		t.Error("a minute that did pass is not noticed any more")
	}
}

func TestTheWatchdogIsPingedOnlyWhileNobodyIsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := daemon.NewPulse(time.Now)
		p.Watch("scheduler", 25*time.Second)
		var pings atomic.Int32
		var mu sync.Mutex
		var late [][]string
		lapses := func() [][]string { mu.Lock(); defer mu.Unlock(); return slices.Clone(late) }
		ctx, stop := context.WithCancel(t.Context())
		go daemon.Guard(ctx, time.Minute, func() { pings.Add(1) }, p, func(l []daemon.LatePart) {
			mu.Lock()
			defer mu.Unlock()
			late = append(late, pulseParts(l))
		})
		beats := func(n int) {
			for range n {
				time.Sleep(10 * time.Second)
				p.Beat("scheduler")
			}
			synctest.Wait()
		}
		beats(9)
		if n := pings.Load(); n != 1+3 || lapses() != nil { // at once, then every half minute
			t.Errorf("in time: %d pings, late %v", n, lapses())
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := pings.Load(); n != 4 {
			t.Errorf("hanging: %d pings", n)
		}
		if d := cmp.Diff([][]string{{"scheduler"}}, lapses()); d != "" {
			t.Errorf("said once:\n%s", d)
		}
		beats(6)
		if pings.Load() <= 4 {
			t.Error("it beats again, and nobody pings")
		}
		p.Watch("run", time.Second)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if d := cmp.Diff([][]string{{"scheduler"}, {"run", "scheduler"}}, lapses()); d != "" {
			t.Errorf("a new lapse is said again:\n%s", d)
		}
		stop()
	})
}

func TestWithoutAWatchdogLatenessIsSaidAllTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := daemon.NewPulse(time.Now)
		p.Watch("scheduler", time.Second)
		said := 0
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
		defer stop()
		daemon.Guard(ctx, 0, nil, p, func([]daemon.LatePart) { said++ })
		if said != 1 {
			t.Errorf("said %d times", said)
		}
	})
}
