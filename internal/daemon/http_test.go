package daemon_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"syncd/internal/daemon"
	"syncd/internal/message"
)

// serveHTTP serves until the test ends, on a port of the system's choice.
func serveHTTP(t *testing.T, cfg daemon.HTTPConfig) (s *daemon.HTTPServer, addr string) {
	t.Helper()
	here := goleak.IgnoreCurrent()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	s = daemon.NewHTTPServer(cfg)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		<-ended
		goleak.VerifyNone(t, here)
	})
	return s, httpAddr(t, s, "")
}

// httpAddr waits until the server listens somewhere else than at not.
func httpAddr(t *testing.T, s *daemon.HTTPServer, not string) string {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if addr, _ := s.Listening(); addr != "" && addr != not {
			return addr
		}
	}
	t.Fatal("it does not listen")
	return ""
}

// ask sends one request on a connection of its own.
func ask(t *testing.T, addr, method, path, host string, header ...string) (int, http.Header, string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	lines := append([]string{method + " " + path + " HTTP/1.1", "Host: " + host, "Connection: close"}, header...)
	if _, err := io.WriteString(conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// lateClock makes everybody late who was watched before it was moved.
type lateClock struct{ at time.Time }

func (c *lateClock) now() time.Time { return c.at }

func TestHealthAndReadinessAreTold(t *testing.T) {
	clock := &lateClock{at: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	hanging := daemon.NewPulse(clock.now)
	hanging.Watch("scheduler", time.Minute)
	clock.at = clock.at.Add(time.Hour)
	calm := daemon.NewPulse(clock.now)
	state := daemon.HealthNote{Name: "state", Text: "the state cannot be written", Next: "syncd state verify"}
	reload := daemon.HealthNote{Name: "reload", Text: "the last reload was refused"}

	for _, c := range []struct {
		name          string
		pulse         *daemon.Pulse
		health        daemon.Health
		healthz, redy int
		text          string // of /readyz
		problems      string // the names
	}{
		{"all is well", calm, daemon.Health{Version: "v1"}, 200, 200, "ready\n", ""},
		{"hanging", hanging, daemon.Health{}, 503, 503, "not ready\nlate: scheduler has shown no progress since 2026-11-22T09:00:00Z; syncd status\n", "late"},
		{
			"the state is unusable: alive, and of no use", calm,
			daemon.Health{Unready: []daemon.HealthNote{state}},
			200, 503,
			"not ready\nstate: the state cannot be written; syncd state verify\n", "state",
		},
		{"stopping", calm, daemon.Health{Stopping: true}, 200, 503, "not ready\nstopping: the service is stopping\n", "stopping"},
		{
			"a refused reload is shown and keeps nothing from running", calm,
			daemon.Health{Notes: []daemon.HealthNote{reload}},
			200, 200,
			"ready\nreload: the last reload was refused\n", "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, addr := serveHTTP(t, daemon.HTTPConfig{Pulse: c.pulse, Health: func(context.Context) daemon.Health { return c.health }})
			if code, _, _ := ask(t, addr, "GET", "/healthz", addr); code != c.healthz {
				t.Errorf("/healthz: %d", code)
			}
			code, h, text := ask(t, addr, "GET", "/readyz", addr)
			if code != c.redy || text != c.text || h.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("/readyz: %d %q (%s)", code, text, h.Get("Content-Type"))
			}
			code, h, body := ask(t, addr, "GET", "/readyz", addr, "Accept: text/html;q=0.5, application/json")
			var v struct {
				OK       bool
				Version  string
				Problems []daemon.HealthNote
				Notes    []daemon.HealthNote
			}
			if err := json.Unmarshal([]byte(body), &v); err != nil || h.Get("Content-Type") != "application/json" {
				t.Fatalf("%v: %s", err, body)
			}
			names := make([]string, 0, 1)
			for _, p := range v.Problems {
				names = append(names, p.Name)
			}
			if code != c.redy || v.OK != (code == 200) || v.Version != c.health.Version ||
				strings.Join(names, " ") != c.problems || len(v.Notes) != len(c.health.Notes) {
				t.Errorf("%d %s", code, body)
			}
		})
	}
}

func TestAHealthThatHangsIsNotReadyAndCostsOneGoroutine(t *testing.T) {
	asked := make(chan struct{}, 10)
	_, addr := serveHTTP(t, daemon.HTTPConfig{Health: func(ctx context.Context) daemon.Health {
		asked <- struct{}{}
		<-ctx.Done() // the requests below give up long before its deadline
		return daemon.Health{}
	}})
	for range 3 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(conn, "GET /readyz HTTP/1.1\r\nHost: %s\r\n\r\n", addr)
		<-asked
		if code, _, _ := ask(t, addr, "GET", "/healthz", addr); code != 200 {
			t.Errorf("/healthz waits for it: %d", code)
		}
		_ = conn.Close() // ends the request, and with it the question
	}
}

func TestOnlyLookingIsAllowedAndOnlyUnderAnOwnName(t *testing.T) {
	_, addr := serveHTTP(t, daemon.HTTPConfig{Metrics: http.NotFoundHandler()})
	_, port, _ := net.SplitHostPort(addr)
	for _, c := range []struct {
		method, path, host string
		want               int
	}{
		{"GET", "/healthz", addr, 200},
		{"HEAD", "/healthz", addr, 200},
		{"GET", "/healthz", "localhost", 200},
		{"GET", "/healthz", "LOCALHOST:" + port, 200},
		{"GET", "/healthz", "[::1]:" + port, 200},
		{"GET", "/healthz", "[::1]", 200},
		{"GET", "/healthz", "127.0.0.1:19999", 200}, // a forwarded port
		{"GET", "/healthz", "evil.example:" + port, 421},
		{"GET", "/metrics", "evil.example", 421},
		{"GET", "/", "127.0.0.1.evil.example", 421},
		{"GET", "/healthz", "localhost.evil.example:" + port, 421},
		{"GET", "/healthz", "", 421},
		{"POST", "/healthz", addr, 405},
		{"DELETE", "/", addr, 405},
		{"OPTIONS", "/readyz", addr, 405},
		{"GET", "/debug/pprof/", addr, 404},
		{"GET", "/debug/vars", addr, 404},
		{"GET", "/nothing", addr, 404},
	} {
		code, h, _ := ask(t, addr, c.method, c.path, c.host)
		if code != c.want {
			t.Errorf("%s %s of %q: %d, want %d", c.method, c.path, c.host, code, c.want)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s %s of %q: headers %v", c.method, c.path, c.host, h)
		}
	}
	_, _, list := ask(t, addr, "GET", "/", addr)
	for _, page := range []string{"/healthz", "/readyz", "/metrics"} {
		if !strings.Contains(list, page) {
			t.Errorf("the list lacks %s: %q", page, list)
		}
	}
}

func TestAnotherAddressIsTakenAtOnceAndTheOldOneGivenUp(t *testing.T) {
	s, first := serveHTTP(t, daemon.HTTPConfig{})
	s.Move("127.0.0.1:0") // the same: nothing changes
	if code, _, _ := ask(t, first, "GET", "/healthz", first); code != 200 {
		t.Fatal(code)
	}
	s.Move("localhost:0")
	second := httpAddr(t, s, first)
	if code, _, _ := ask(t, second, "GET", "/healthz", second); code != 200 {
		t.Error(code)
	}
	if conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", first); err == nil {
		_ = conn.Close()
		t.Error("the old address still answers")
	}
	s.Move("")
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		if addr, err := s.Listening(); addr == "" && err == nil {
			break
		} else if time.Now().After(end) {
			t.Fatalf("still at %s (%v)", addr, err)
		}
	}
}

func TestARequestInFlightIsAnsweredBeforeTheEnd(t *testing.T) {
	here := goleak.IgnoreCurrent()
	in, out := make(chan struct{}), make(chan struct{})
	s := daemon.NewHTTPServer(daemon.HTTPConfig{
		Listen: "127.0.0.1:0",
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(in)
			<-out
			_, _ = io.WriteString(w, "whole")
		}),
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Serve(ctx) }()
	addr := httpAddr(t, s, "")
	go func() { <-in; stop(); close(out) }()
	if code, _, body := ask(t, addr, "GET", "/metrics", addr); code != 200 || body != "whole" {
		t.Errorf("%d %q", code, body)
	}
	<-ended
	if addr, err := s.Listening(); addr != "" || err != nil {
		t.Errorf("%q, %v", addr, err)
	}
	goleak.VerifyNone(t, here)
}

// The connections beyond the limit are not refused: they wait for their turn.
func TestWhoHoldsConnectionsOpenDoesNotEatAllDescriptors(t *testing.T) {
	s, addr := serveHTTP(t, daemon.HTTPConfig{})
	silent := make([]net.Conn, 0, 64)
	for range cap(silent) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		silent = append(silent, conn)
	}
	late, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = late.Close() }()
	_, _ = fmt.Fprintf(late, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", addr)
	_ = late.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := late.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("it was served though all places are taken")
	}
	for _, conn := range silent {
		_ = conn.Close()
	}
	_ = late.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := late.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	s.Move("") // full or not, it ends
}

// The kernel's own word for a taken port, said in both languages.
func TestATakenPortIsSaid(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	addr := taken.Listener.Addr().String()
	said := make(chan string, 10)
	s := daemon.NewHTTPServer(daemon.HTTPConfig{Listen: addr, Say: func(c message.Code, args ...message.Arg) {
		said <- message.Text(message.Russian, c, args...)
	}})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Serve(ctx) }()
	text := <-said
	if !strings.Contains(text, addr) || !strings.Contains(text, "address already in use") {
		t.Error(text)
	}
	if at, err := s.Listening(); at != "" || err == nil {
		t.Errorf("listening at %q, %v", at, err)
	}
	stop()
	<-ended
}
