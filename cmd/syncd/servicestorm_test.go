package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/notify"
	"syncd/internal/state"
)

// toldHook is a web hook beside the CRM of a life, which keeps what it is told.
type toldHook struct {
	next http.RoundTripper // to the CRM

	mu     sync.Mutex
	down   bool
	tries  int
	events []notify.Event
	bodies []string
}

// RoundTrip answers for the hook, and passes the rest on.
func (h *toldHook) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "hook.example.ru" {
		return h.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tries++
	if h.down {
		return nil, syscall.ECONNREFUSED
	}
	var e notify.Event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, err
	}
	h.events, h.bodies = append(h.events, e), append(h.bodies, string(body))
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

// said is what was told: a line for each event.
func (h *toldHook) said() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := make([]string, len(h.events))
	for i, e := range h.events {
		lines[i] = fmt.Sprint(e.Type, " ", e.Job, " ", e.Cause)
	}
	return strings.Join(lines, "\n")
}

// sent is what was told, as it arrived.
func (h *toldHook) sent() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.bodies)
}

const toldByHook = `
notify: {webhook: {url: "http://hook.example.ru/told"}}
`

// told gives a life its web hook.
func (l *serviceLife) told() *toldHook {
	h := &toldHook{}
	before := l.tune
	l.tune = func(a *app) {
		if before != nil {
			before(a)
		}
		h.next = a.transport
		a.transport = h
	}
	return h
}

// expectTold holds what was told so far, whole.
func (l *serviceLife) expectTold(h *toldHook, when string, want ...string) {
	l.Helper()
	if got := h.said(); got != strings.Join(want, "\n") {
		l.Errorf("%s the hook was told\n%s\nwant\n%s\n%s", when, got, strings.Join(want, "\n"), tail(l.log.String(), 3000))
	}
}

// scrape is a metric's value, of all its labels together.
func (l *serviceLife) scrape(name string) float64 {
	l.Helper()
	w := httptest.NewRecorder()
	l.own.metrics.Handler().ServeHTTP(w, httptest.NewRequestWithContext(l.Context(), http.MethodGet, "/metrics", http.NoBody))
	sum := 0.0
	for _, m := range regexp.MustCompile(`(?m)^`+name+`(?:\{.*\})? (\S+)$`).FindAllStringSubmatch(w.Body.String(), -1) {
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			l.Fatal(err)
		}
		sum += v
	}
	return sum
}

// endings counts the runs by how they ended.
func (l *serviceLife) endings() map[engine.RunStatus]int {
	l.Helper()
	ends := map[engine.RunStatus]int{}
	for _, r := range l.runs() {
		ends[r.Status]++
	}
	return ends
}

// A key that is revoked in mid-life: one alert for a night of runs that fail, and one
// word when it works again.
func TestARevokedKeyIsToldOnceAndSoIsItsReturn(t *testing.T) {
	whole(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter+toldByHook)
		h := l.told()
		time.Sleep(time.Minute) // not on a time of the schedule
		l.begin()
		time.Sleep(time.Hour)
		l.expectTold(h, "when all is well,")
		if err := l.crm.Faults(emulator.Fault{Kind: emulator.KindUnauth}); err != nil {
			t.Fatal(err)
		}
		l.editRow()
		l.export()
		time.Sleep(12 * time.Hour)
		l.expectTold(h, "after a night without a key", "trouble crm.main crm-credentials")
		if err := l.crm.Faults(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		l.expectTold(h, "when the key works again,", "trouble crm.main crm-credentials", "recovered crm.main crm-credentials")
		l.end()
		l.agreed()
		if ends := l.endings(); ends[engine.RunUnreachable] < 40 || ends[engine.RunDone] < 4 {
			t.Errorf("runs ended %v", ends)
		}
	})
}

// A file with the key that is taken away in mid-life, and a mapping that is spoiled: each
// run fails before it asks the CRM anything, and people are told once.
func TestWhatARunCannotBeginWithoutIsToldOnce(t *testing.T) {
	whole(t)
	t.Parallel()
	for name, spoil := range map[string]func(*serviceLife) (mend func()){
		"key": func(l *serviceLife) func() {
			if err := os.Remove(filepath.Join(l.dir, "key")); err != nil {
				l.Fatal(err)
			}
			return func() { l.write("key", emulator.DefaultKey) }
		},
		"mapping": func(l *serviceLife) func() {
			good, err := os.ReadFile(filepath.Join(l.dir, "mapping.yaml"))
			if err != nil {
				l.Fatal(err)
			}
			l.write("mapping.yaml", "version: 1\nentity: clients\n")
			return func() { l.write("mapping.yaml", string(good)) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := live(t, everyQuarter+toldByHook)
				l.rewrite("apikey: {env: CRM_KEY}", "apikey: {file: key}")
				l.write("key", emulator.DefaultKey)
				h := l.told()
				time.Sleep(time.Minute) // not on a time of the schedule
				l.begin()
				time.Sleep(time.Hour)
				asked := len(l.crm.History())
				mend := spoil(l)
				time.Sleep(3 * time.Hour)
				if n := len(l.crm.History()) - asked; n != 0 {
					t.Errorf("the CRM was asked %d times", n)
				}
				if said := h.said(); strings.Count(said, "\n") != 0 || !strings.HasPrefix(said, "trouble clients failed ") {
					t.Errorf("told:\n%s\n%s", said, h.sent())
				}
				if ends := l.endings(); ends[engine.RunFailed] != 12 {
					t.Errorf("runs ended %v", ends)
				}
				mend()
				time.Sleep(time.Hour)
				if said := h.said(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "\nrecovered clients failed") {
					t.Errorf("mended, told:\n%s", said)
				}
				l.end()
				l.agreed()
			})
		})
	}
}

// rewrite replaces text in the configuration.
func (l *serviceLife) rewrite(old, now string) {
	l.Helper()
	text, err := os.ReadFile(filepath.Join(l.dir, "syncd.yaml"))
	if err != nil || !strings.Contains(string(text), old) {
		l.Fatalf("the configuration has no %q (%v)", old, err)
	}
	l.write("syncd.yaml", strings.ReplaceAll(string(text), old, now))
}

// smallState puts the state on a disk of its own, of so many MiB.
func (l *serviceLife) smallState(size int) string {
	l.Helper()
	if !canMount() {
		l.Skip("NOT TRIED: a full disk takes root and a kernel that lets it mount a tmpfs")
	}
	dir := filepath.Join(l.dir, "small")
	if err := os.Mkdir(dir, 0o700); err != nil {
		l.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("mode=0700,size=%dm", size)); err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			l.Error(err)
		}
	})
	l.rewrite("state: state.db", "state: small/state.db")
	l.stateAt = "small/state.db"
	return dir
}

// fillDisk leaves so many bytes of a disk, and returns what it filled it with.
func (l *serviceLife) fillDisk(dir string, leave int64) (filler string) {
	l.Helper()
	free, known := state.Available(dir)
	if !known || free <= leave {
		l.Fatalf("%d bytes are free (%v)", free, known)
	}
	filler = filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, free-leave), 0o600); err != nil {
		l.Fatal(err)
	}
	return filler
}

// A disk that fills in mid-run: the service lives and says that it is not ready, people
// are told once, nothing is sent of which the state does not know, and it goes on when
// there is room.
func TestADiskThatFillsInMidRun(t *testing.T) {
	whole(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter+toldByHook)
		dir := l.smallState(24)
		h := l.told()
		time.Sleep(time.Minute) // not on a time of the schedule
		l.begin()
		time.Sleep(time.Hour)
		l.unready("")
		for range 400 {
			l.addRow()
		}
		l.export()
		filler := l.fillDisk(dir, 600<<10)
		time.Sleep(6 * time.Hour)
		l.unready("disk")
		if n := len(l.crm.Clients()); n == len(l.rows) {
			t.Fatalf("the disk was not too small: %d clients", n)
		}
		l.expectTold(h, "when the disk is full,", "trouble state unwritable")
		if bodies := h.sent(); len(bodies) != 1 || !strings.Contains(bodies[0], "SYNC-0704") {
			t.Errorf("sent: %s", bodies)
		}
		l.known()
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		l.unready("")
		l.end()
		l.agreed()
		l.expectTold(h, "when there is room again,", "trouble state unwritable", "recovered state unwritable")
		// The sign of life, tried 72 times, may find room for its few bytes now and then
		// on a disk as full as this, and is missed anew after that. The exact law is
		// TestAComplaintIsLoggedOnceALapse's.
		if n := strings.Count(l.log.String(), `"part":"state"`); n < 1 || n > 3 {
			t.Errorf("the log says %d times, beside the runs, that the state is full", n)
		}
	})
}

// What does not work is logged once, and again only after it worked, or when the
// trouble is another one; each part for itself, and nothing while the service ends.
func TestAComplaintIsLoggedOnceALapse(t *testing.T) {
	t.Parallel()
	core, logged := observer.New(zapcore.ErrorLevel)
	s := &service{
		app: &app{lang: message.English}, complaints: map[string]string{},
		in: &installation{log: zap.New(core)},
	}
	full, slow := errors.New("full"), errors.New("slow")
	stopping, stop := context.WithCancel(t.Context())
	stop()
	for i, step := range []struct {
		ctx  context.Context //nolint:containedctx // a step of the table
		part string
		err  error
		want int // lines so far
	}{
		{t.Context(), "state", full, 1},
		{t.Context(), "state", full, 1},
		{t.Context(), "page", full, 2},
		{t.Context(), "state", slow, 3},
		{t.Context(), "state", slow, 3},
		{t.Context(), "state", nil, 3},
		{t.Context(), "state", slow, 4},
		{t.Context(), "page", full, 4},
		{stopping, "mail", full, 4},
	} {
		s.complain(step.ctx, step.part, step.err)
		if got := logged.Len(); got != step.want {
			t.Fatalf("step %d: %d lines, want %d", i, got, step.want)
		}
	}
}

// A state that cannot be written any more ends the service; people hear why before.
func TestALostStateIsToldBeforeTheServiceEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter+toldByHook)
		h := l.told()
		l.begin()
		time.Sleep(20 * time.Minute)
		breakFile(t, filepath.Join(l.dir, "state.db"))
		l.addRow()
		l.export()
		if err := <-l.ended; exitFor(err) != exitFailure || !strings.HasPrefix(err.Error(), "SYNC-1309: ") {
			t.Errorf("it ended with %v", err)
		}
		l.expectTold(h, "at the end", "trouble state unwritable")
		if bodies := h.sent(); len(bodies) == 1 && !strings.Contains(bodies[0], "SYNC-1309") {
			t.Errorf("sent: %s", bodies)
		}
		l.begin() // as the service manager does
		time.Sleep(20 * time.Minute)
		l.end()
		l.agreed()
	})
}

// unready expects one thing that keeps the service from working; "" = nothing.
func (l *serviceLife) unready(want string) {
	l.Helper()
	var got []string
	for _, n := range l.own.health(l.Context()).Unready {
		got = append(got, n.Name)
	}
	if strings.Join(got, ",") != want {
		l.Errorf("unready: %v, want %q", got, want)
	}
}

// known holds that the state knows of each client that the CRM was given: as a link, or
// as a write that is not settled.
func (l *serviceLife) known() {
	l.Helper()
	l.ask(func(ctx context.Context, db *state.DB) {
		for _, c := range l.crm.Clients() {
			found, err := db.Records(ctx, "clients", c.UID, 0)
			if err != nil {
				l.Fatal(err)
			}
			if len(found) == 0 {
				l.Errorf("%s is in the CRM, and the state does not know", c.UID)
			}
		}
	})
}

// A state that another program holds, for longer than a run waits for it: that run fails,
// the next one works.
func TestAStateThatAnotherProgramHolds(t *testing.T) {
	whole(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter+toldByHook)
		h := l.told()
		time.Sleep(time.Minute) // not on a time of the schedule
		l.begin()
		time.Sleep(time.Hour)
		l.editRow()
		l.export()
		release := holdState(t, filepath.Join(l.dir, "state.db"))
		before := len(l.crm.Clients())
		time.Sleep(20 * time.Minute)
		if n := writesOf(l.crm); n > 2+before { // canary, batch
			t.Errorf("%d writes while nothing could be noted down", n)
		}
		l.expectTold(h, "while the state is held,", "trouble state unwritable")
		release()
		time.Sleep(20 * time.Minute)
		l.end()
		l.agreed()
		l.expectTold(h, "when it is free,", "trouble state unwritable", "recovered state unwritable")
		if runs := l.runs(); runs[len(runs)-1].Status != engine.RunDone {
			t.Errorf("the last run ended %s: %s", runs[len(runs)-1].Status, runs[len(runs)-1].Err)
		}
	})
}

// holdState begins a write of another program and leaves it open.
func holdState(t *testing.T, path string) (release func()) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	return func() {
		if _, err := db.ExecContext(t.Context(), `ROLLBACK`); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func writesOf(crm *emulator.Server) (n int) {
	for _, e := range crm.History() {
		if e.Write {
			n++
		}
	}
	return n
}

// set is a wall clock that can be set.
type settableClock struct{ offset atomic.Int64 }

func (c *settableClock) now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// A clock that is set a day forward, and later two days back: what was missed is caught
// up once, and the runs go on as if nothing had been.
func TestAClockThatIsSet(t *testing.T) {
	whole(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter+toldByHook)
		h := l.told()
		var wall settableClock
		l.tune = func(next func(*app)) func(*app) {
			return func(a *app) { next(a); a.now = wall.now }
		}(l.tune)
		time.Sleep(time.Minute)
		l.begin()
		for _, jump := range []time.Duration{0, 24 * time.Hour, -48 * time.Hour, 24 * time.Hour} {
			wall.offset.Add(int64(jump))
			before := len(l.runs())
			l.editRow()
			l.export()
			time.Sleep(3 * time.Hour)
			if n := len(l.runs()) - before; n < 12 || n > 13 {
				t.Errorf("%d runs in the 3 hours after the clock was set by %s, want 12 or 13", n, jump)
			}
			l.agreed()
		}
		l.expectTold(h, "by the clock")
		if n := l.scrape("syncd_clock_jump_total"); n != 3 {
			t.Errorf("%v jumps counted, want 3", n)
		}
		l.end()
		if ends := l.endings(); ends[engine.RunDone] != len(l.runs()) {
			t.Errorf("runs ended %v", ends)
		}
	})
}

// brokenPipe is a log whose reader has left.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestTheServiceOutlivesItsLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter)
		l.tune = func(a *app) { a.err = brokenPipe{} }
		time.Sleep(time.Minute) // not on a time of the schedule
		l.begin()
		time.Sleep(time.Hour)
		if n := l.scrape("syncd_log_errors_total"); n < 4 {
			t.Errorf("%v log errors counted", n)
		}
		l.end()
		l.agreed()
	})
}

// A hook that is away for a night: the log says so once, and what there was to tell is
// told when it is back.
func TestAHookThatIsAwayMissesNothing(t *testing.T) {
	whole(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter+toldByHook)
		h := l.told()
		h.down = true
		time.Sleep(time.Minute) // not on a time of the schedule
		l.begin()
		time.Sleep(time.Hour)
		l.wire.down = true
		time.Sleep(8 * time.Hour)
		h.mu.Lock()
		if h.tries < 5 || h.tries > 30 {
			t.Errorf("%d tries in eight hours", h.tries)
		}
		h.down = false
		h.mu.Unlock()
		time.Sleep(70 * time.Minute)
		l.expectTold(h, "when it is back,", "trouble crm.main crm-unreachable")
		l.end()
		if n := strings.Count(l.log.String(), "notice not sent"); n != 1 {
			t.Errorf("the log says %d times that it was away", n)
		}
	})
}

// panicking is a way to the CRM that panics with what a client is called.
type panicking struct {
	http.RoundTripper
	on *atomic.Bool
}

func (p panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.on.Load() && r.URL.Host == "127.0.0.1:1" {
		panic("Клиент номер 1 не нашёлся")
	}
	return p.RoundTripper.RoundTrip(r)
}

// A panic in a run is that run's failure, and nothing else: told once, counted, and
// nothing of a client in what is said of it.
func TestAPanicInARunIsContained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter+toldByHook)
		h := l.told()
		var on atomic.Bool
		l.tune = func(next func(*app)) func(*app) {
			return func(a *app) { next(a); a.transport = panicking{a.transport, &on} }
		}(l.tune)
		time.Sleep(time.Minute) // not on a time of the schedule
		l.begin()
		time.Sleep(time.Hour)
		on.Store(true)
		l.editRow()
		l.export()
		time.Sleep(time.Hour)
		l.unready("")
		if n := l.scrape("syncd_panics_total"); n != 4 {
			t.Errorf("%v panics counted, want 4", n)
		}
		if lock, err := state.Lock(filepath.Join(l.dir, "state.db")); err != nil {
			t.Errorf("the lock is not free: %v", err)
		} else if err := lock.Release(); err != nil {
			t.Error(err)
		}
		l.expectTold(h, "of the panic", "trouble clients failed SYNC-1308")
		for _, text := range append(h.sent(), l.log.String()) {
			if strings.Contains(text, "Клиент") {
				t.Errorf("a client is named: %s", tail(text, 2000))
			}
		}
		on.Store(false)
		time.Sleep(time.Hour)
		l.expectTold(h, "of the end", "trouble clients failed SYNC-1308", "recovered clients failed SYNC-1308")
		l.end()
		l.agreed()
		if ends := l.endings(); ends[engine.RunFailed] != 4 || ends[engine.RunRunning]+ends[engine.RunInterrupted] != 0 {
			t.Errorf("runs ended %v", ends)
		}
		for _, r := range l.runs() {
			if strings.Contains(r.Err, "Клиент") {
				t.Errorf("the run's error names a client: %s", r.Err)
			}
		}
	})
}

// onWrite runs f at each write that arrives at the CRM, while the CRM works on it.
func (l *serviceLife) onWrite(f func()) {
	l.crm.OnRequest(func(a emulator.Arrival) {
		if strings.HasPrefix(a.Action, "add") || a.Action == "update" {
			f()
		}
	})
}

// A stop in mid-batch waits for the batch: it is settled, and the rest is left for the
// next start.
func TestAStopWaitsForTheBatchInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter)
		if err := l.crm.Faults(emulator.Fault{Action: "write", Kind: emulator.KindSlow, Delay: emulator.Duration(20 * time.Second)}); err != nil {
			t.Fatal(err)
		}
		l.begin()
		stop := sync.OnceFunc(l.stop)
		var asked time.Time
		l.onWrite(func() {
			if asked.IsZero() {
				asked = time.Now()
			}
			stop()
		})
		if err := <-l.ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
		if took := time.Since(asked); took < 20*time.Second || took >= time.Minute {
			t.Errorf("it ended %s after it was asked to", took)
		}
		if n := writesOf(l.crm); n != 1 || len(l.crm.Clients()) == 0 {
			t.Errorf("%d writes, %d clients", n, len(l.crm.Clients()))
		}
		if n := l.openOps(); n != 0 {
			t.Errorf("%d writes are open", n)
		}
		l.begin()
		time.Sleep(time.Hour)
		l.end()
		l.agreed()
	})
}

// openOps is how many writes are not settled.
func (l *serviceLife) openOps() (n int64) {
	l.Helper()
	l.ask(func(ctx context.Context, db *state.DB) {
		jobs, err := db.Status(ctx, "")
		if err != nil || len(jobs) != 1 {
			l.Fatalf("%d jobs, %v", len(jobs), err)
		}
		n = jobs[0].OpenOps
	})
	return n
}

// A CRM that is slower than a stop may last: the service ends all the same, and the next
// one finds out what became of the write.
func TestAStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, "stop_timeout: 10s\n"+everyQuarter)
		if err := l.crm.Faults(emulator.Fault{Action: "write", Times: 1, Kind: emulator.KindSlow, Delay: emulator.Duration(50 * time.Second)}); err != nil {
			t.Fatal(err)
		}
		l.begin()
		var asked time.Time
		stop := sync.OnceFunc(func() { asked = time.Now(); l.stop() })
		l.onWrite(stop)
		if err := <-l.ended; err != nil {
			t.Errorf("it ended with %v", err)
		}
		if took := time.Since(asked); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("it ended %s after it was asked to", took)
		}
		if !strings.Contains(l.log.String(), "SYNC-1307") {
			t.Errorf("not said: %s", tail(l.log.String(), 1000))
		}
		if l.openOps() == 0 {
			t.Error("no write is open")
		}
		time.Sleep(5 * time.Minute) // what a process of its own would not have lived to see
		l.begin()
		time.Sleep(time.Hour)
		l.end()
		l.agreed()
		if l.openOps() != 0 {
			t.Error("a write is open still")
		}
	})
}
