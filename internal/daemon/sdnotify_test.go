package daemon_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"syncd/internal/daemon"
)

// manager listens as systemd does.
func manager(t *testing.T) (messages func() string) {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", socket)
	return func() string {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 4096)
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
}

func TestTheServiceManagerIsToldInItsOwnWords(t *testing.T) {
	next := manager(t)
	s := daemon.NewSystemd(os.Getenv, nil)
	for _, c := range []struct {
		name string
		say  func()
		want string
	}{
		{"ready", s.Ready, "READY=1"},
		{"alive", s.Alive, "WATCHDOG=1"},
		{"stopping", s.Stopping, "STOPPING=1"},
		{"a status is one line", func() { s.Status(" clients: 3 held\n\tnext 09:15 ") }, "STATUS=clients: 3 held next 09:15"},
		{"a longer time for the stop", func() { s.Extend(1500 * time.Millisecond) }, "EXTEND_TIMEOUT_USEC=1500000"},
		{"not less than was asked for", func() { s.Extend(time.Nanosecond) }, "EXTEND_TIMEOUT_USEC=1"},
	} {
		if c.say(); next() != c.want {
			t.Errorf("%s: want %q", c.name, c.want)
		}
	}
	s.Extend(0) // says nothing: the next message is the next one's
	s.Reloading()
	first, rest, _ := strings.Cut(next(), "\n")
	usec, ok := strings.CutPrefix(rest, "MONOTONIC_USEC=")
	if n, err := strconv.ParseInt(usec, 10, 64); first != "RELOADING=1" || !ok || err != nil || n <= 0 {
		t.Errorf("reloading: %q, %q", first, rest)
	}
}

func TestAStatusIsCutAtRunesNotBytes(t *testing.T) {
	next := manager(t)
	daemon.NewSystemd(os.Getenv, nil).Status(strings.Repeat("ж", 500) + "\xff")
	got := strings.TrimPrefix(next(), "STATUS=")
	if n := utf8.RuneCountInString(got); n != 200 || !utf8.ValidString(got) || !strings.HasSuffix(got, "ж…") {
		t.Errorf("%d runes: %q", n, got)
	}
}

func TestOutsideOfSystemdNothingIsSaid(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "60000000") // of whoever started us
	core, logged := observer.New(zap.DebugLevel)
	s := daemon.NewSystemd(os.Getenv, zap.New(core))
	s.Ready()
	s.Reloading()
	s.Status("x")
	if s.Running() || s.WatchdogInterval() != 0 || logged.Len() != 0 {
		t.Errorf("running %v, watchdog %v, logged %v", s.Running(), s.WatchdogInterval(), logged.All())
	}
}

func TestASocketThatIsGoneIsLoggedOnceAndStopsNothing(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	core, logged := observer.New(zap.WarnLevel)
	s := daemon.NewSystemd(os.Getenv, zap.New(core))
	for range 3 {
		s.Alive()
	}
	if logged.Len() != 1 {
		t.Errorf("logged: %v", logged.All())
	}
}

func TestTheWatchdogIsThatOfThisProcess(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		name, usec, pid string
		want            time.Duration
	}{
		{"none", "", "", 0},
		{"ours", "60000000", own, time.Minute},
		{"of nobody in particular", "2000000", "", 2 * time.Second},
		{"of another process", "60000000", "1", 0},
		{"unreadable", "soon", own, 0},
		{"negative", "-5", own, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			manager(t)
			t.Setenv("WATCHDOG_USEC", c.usec)
			t.Setenv("WATCHDOG_PID", c.pid)
			if got := daemon.NewSystemd(os.Getenv, nil).WatchdogInterval(); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
