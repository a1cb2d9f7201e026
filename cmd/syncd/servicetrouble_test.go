package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/config"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/daemon"
	"syncd/internal/state"
)

const nightly = `
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: mapping.yaml, schedule: "0 3 * * *"}
`

// service composes the service of an installation; the test has it serve.
func (l *serviceLife) service(a *app) *service {
	l.Helper()
	cfg, err := a.config()
	if err != nil {
		l.Fatal(err)
	}
	s, err := a.newService(l.Context(), cfg, serviceOptions{})
	if err != nil {
		l.Fatal(err)
	}
	return s
}

// A clock that was ahead when people asked must not have the job run until it is right.
func TestARequestFromTheFutureIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, nightly)
		l.begin()
		time.Sleep(time.Minute)
		ahead := func() time.Time { return time.Now().Add(2 * time.Hour) }
		db, err := state.Open(t.Context(), filepath.Join(l.dir, "state.db"), state.Options{Clock: ahead})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.AskRun(t.Context(), "clients"); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		l.end()
		if n := len(l.runs()); n != 1 {
			t.Errorf("%d runs for one request", n)
		}
	})
}

// Whoever asks the state whether the service lives must not take an idle one for dead.
func TestAnIdleServiceSaysThatItLives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, nightly)
		l.begin()
		for range 10 {
			time.Sleep(17 * time.Minute)
			l.ask(func(ctx context.Context, db *state.DB) {
				if s, err := db.Service(ctx); err != nil || time.Since(s.Seen) > 6*time.Minute {
					t.Errorf("seen %s ago, %v", time.Since(s.Seen), err)
				}
			})
		}
		l.end()
	})
}

// metricsNow are the lines of the metrics that stand for a job now.
func (l *serviceLife) metricsNow() string {
	l.Helper()
	time.Sleep(10 * time.Second) // an answer of the state serves for a moment
	w := httptest.NewRecorder()
	l.own.metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	return w.Body.String()
}

func (l *serviceLife) expectMetrics(when string, want ...string) {
	l.Helper()
	got := l.metricsNow()
	for _, line := range want {
		if !strings.Contains(got, line+"\n") {
			l.Errorf("%s: %s is not there", when, line)
		}
	}
}

// A guard that turns an export away is a halt for whoever watches, until the next good
// export; so is a key that the CRM refuses, until it lets a run in. A run that is on,
// or was cut off, says nothing of either.
func TestAnExportTurnedAwayAndAKeyRefusedStandUntilARunGetsThrough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter)
		var key atomic.Value // a string
		key.Store(emulator.DefaultKey)
		l.tune = func(a *app) { a.getenv = func(string) string { return fmt.Sprint(key.Load()) } }
		l.begin()
		time.Sleep(16 * time.Minute)
		const quiet, shrunk = `syncd_halted{job="clients",reason="max_shrink"} 0`, `syncd_halted{job="clients",reason="max_shrink"} 1`
		const let, refused = `syncd_crm_refuses_key{job="clients"} 0`, `syncd_crm_refuses_key{job="clients"} 1`
		const notReady = `syncd_run_last_result{job="clients",result="source-not-ready"} 1`
		l.expectMetrics("at first", quiet, let)
		rows := l.rows
		l.rows = map[string][2]string{"k0001": rows["k0001"], "k0002": rows["k0002"]}
		l.export()
		time.Sleep(16 * time.Minute)
		l.expectMetrics("too few rows", shrunk, notReady)
		l.beginARun()
		l.expectMetrics("a run is on", shrunk, notReady)
		in := l.own.current()
		line, err := in.statusLine(t.Context())
		if err != nil || !strings.HasPrefix(line, "needs you: halted 1, held 0") {
			t.Errorf("%s, %v", line, err)
		}
		p, err := in.page(t.Context(), time.Now())
		if err != nil || len(p.Jobs) != 1 || len(p.Jobs[0].Halts) != 1 || p.Jobs[0].Halts[0].Command != "syncd resume clients --allow max_shrink=18" {
			t.Errorf("%+v, %v", p, err)
		}
		l.rows = rows
		l.export()
		time.Sleep(16 * time.Minute)
		l.expectMetrics("whole again", quiet, let)
		key.Store("wrong")
		time.Sleep(20 * time.Minute)
		l.expectMetrics("another key", quiet, refused)
		l.beginARun()
		l.expectMetrics("a run with it is on", refused)
		key.Store(emulator.DefaultKey)
		time.Sleep(2 * time.Hour)
		l.expectMetrics("the key again", let)
		l.end()
	})
}

// beginARun records that a run began, as one that is on has it.
func (l *serviceLife) beginARun() {
	l.Helper()
	j, err := l.own.db.Job(l.Context(), l.own.current().jobKey("clients"))
	if err == nil {
		_, err = j.Start(l.Context(), time.Now())
	}
	if err != nil {
		l.Fatal(err)
	}
}

// What is on record is what people are told of: a run that cannot begin has to be.
func TestARunThatCannotBeginIsOnRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter)
		l.begin()
		time.Sleep(50 * time.Minute)
		n := len(l.runs())
		l.write("mapping.yaml", "version: 1\nentity: client\nnonsense")
		time.Sleep(30 * time.Minute)
		l.end()
		runs := l.runs()
		if len(runs) != n+2 {
			t.Fatalf("%d runs, want %d", len(runs), n+2)
		}
		if last := runs[n]; last.Status != "failed" || !strings.Contains(last.Err, "SYNC-0203") {
			t.Errorf("%s: %s", last.Status, last.Err)
		}
	})
}

// stuckWriter hangs at lines that hold a text, until released.
type stuckWriter struct {
	io.Writer
	at      string
	release chan struct{}
}

func (w stuckWriter) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(w.at)) {
		<-w.release
	}
	return len(p), nil
}

func lateNames(s *service) (names []string) {
	for _, p := range s.pulse.Late() {
		names = append(names, p.Part)
	}
	return names
}

func TestTheWatchdogHearsOfASchedulerThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter)
		a := l.app()
		stuck := stuckWriter{at: `"msg":"failed"`, release: make(chan struct{})}
		a.err = stuck
		s := l.service(a)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.serve(ctx, nil) }()
		time.Sleep(20 * time.Minute)
		if late := lateNames(s); len(late) > 0 {
			t.Errorf("late though all is well: %s", late)
		}
		l.write("mapping.yaml", "nonsense")
		time.Sleep(40 * time.Minute)
		if late := lateNames(s); len(late) != 1 || late[0] != daemon.PartScheduler {
			t.Errorf("late: %s", late)
		}
		close(stuck.release)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.close()
	})
}

func TestTheWatchdogHearsOfAChoreThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, nightly)
		s := l.service(l.app())
		defer s.close()
		chore := s.chore(t.Context(), s.current(), state.TaskBackup, "0 4 * * *", func(context.Context) error {
			time.Sleep(2 * time.Hour) // a large state, a slow disk
			if late := lateNames(s); len(late) > 0 {
				t.Errorf("late: %s", late)
			}
			time.Sleep(2 * time.Hour)
			if late := lateNames(s); len(late) != 1 || late[0] != state.TaskBackup {
				t.Errorf("late: %s", late)
			}
			return nil
		})
		if err := chore.Do(t.Context()); err != nil || len(s.pulse.Late()) > 0 {
			t.Error(err, s.pulse.Late())
		}
	})
}

// A run that waits for its file to come to rest is no run that hangs.
func TestAFileMayTakeItsTimeToSettle(t *testing.T) {
	t.Parallel()
	cfg := &config.Config{
		CRM:     map[string]*config.CRM{"main": {}},
		Sources: map[string]*config.Source{"clients": {CSV: &config.CSV{Settle: config.Duration(time.Hour)}}},
	}
	if got := patienceOf(cfg, &config.Job{CRM: "main", Source: "clients"}); got < time.Hour+leastPatience {
		t.Errorf("%s", got)
	}
}

// A part that hangs, such as a page on a share that is gone, must not keep the service
// from stopping.
func TestTheServiceStopsThoughAPartHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, "report: clients.csv/page.html\n"+nightly)
		a := l.app()
		stuck := stuckWriter{at: `"part":"page"`, release: make(chan struct{})}
		a.err = stuck
		s := l.service(a)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.serve(ctx, nil) }()
		time.Sleep(time.Minute)
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("it hangs")
		}
		close(stuck.release)
		synctest.Wait()
		s.close()
	})
}

func TestAPanicBesideTheRunsIsContained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, "report: page.html\n"+nightly)
		s := l.service(l.app())
		defer s.close()
		secret := "ivan@example.org"
		s.app.getenv = func(string) string { panic(secret) }
		if _, err := s.reloadable(); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("reload: %v", err)
		}
		s.in.cfg.Jobs["none"] = nil
		s.nextMoment(time.Now())
		s.attend(t.Context(), true, s.asked.sign)
		if n := strings.Count(l.log.String(), `"msg":"panic"`); n != 3 || strings.Contains(l.log.String(), secret) {
			t.Errorf("%d panics told: %s", n, l.log.String())
		}
	})
}

// A state that was put in place of the open one, or whose disk failed, is opened anew:
// by whoever starts the service again.
func TestTheServiceEndsWhenItsStateIsLost(t *testing.T) {
	t.Parallel()
	for what, lose := range map[string]func(t *testing.T, path string){
		"replaced": func(t *testing.T, path string) {
			t.Helper()
			b, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path+".old", b, 0o600)
			}
			if err == nil {
				err = os.Rename(path+".old", path)
			}
			if err != nil {
				t.Fatal(err)
			}
		},
		"removed": func(t *testing.T, path string) {
			t.Helper()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
		"unwritable": breakFile,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := live(t, everyQuarter)
				l.begin()
				time.Sleep(20 * time.Minute)
				lose(t, filepath.Join(l.dir, "state.db"))
				select {
				case err := <-l.ended:
					if err == nil || exitFor(err) != exitFailure {
						t.Errorf("ended with %v", err)
					}
				case <-time.After(time.Hour):
					t.Error("it goes on")
					l.end()
				}
				l.stop()
			})
		})
	}
}

// breakFile has this process write to the log of a database in vain: its file
// descriptors can only read from now on.
func breakFile(t *testing.T, path string) {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range list {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err != nil || to != path+"-wal" {
			continue
		}
		var fd int
		for _, c := range e.Name() {
			fd = fd*10 + int(c-'0')
		}
		f, err := os.Open(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Dup3(int(f.Fd()), fd, syscall.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		n++
	}
	if n == 0 {
		t.Fatal("the log is not open")
	}
}

// A start that takes long, for a large state is copied before it is migrated, is not
// killed and begun anew for ever.
func TestSystemdIsAskedForTimeWhileTheServiceStarts(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	t.Setenv("NOTIFY_SOCKET", socket)
	s := &service{systemd: daemon.NewSystemd(os.Getenv, nil)}
	enough := s.askForTime(30 * time.Millisecond)
	buf := make([]byte, 100)
	for range 3 {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil || string(buf[:n]) != "EXTEND_TIMEOUT_USEC=30000" {
			t.Fatalf("%q, %v", buf[:n], err)
		}
	}
	enough()
}
