package daemon

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"
)

// statusRunes bounds the status line: `systemctl status` shows one line of it.
const statusRunes = 200

// Systemd tells the service manager where the service stands (sd_notify). Outside
// of systemd all of it does nothing. A socket that does not answer never stops
// the service: the first failure of a row is logged.
//
// It is safe for concurrent use.
type Systemd struct {
	on  bool
	log *zap.Logger

	mu   sync.Mutex
	deaf bool // the last message was not taken
}

// NewSystemd returns the notifier of this process. getenv says whether there is a
// service manager at all (NOTIFY_SOCKET); its address is then taken from the
// process's own environment. A nil log is silent.
func NewSystemd(getenv func(string) string, log *zap.Logger) *Systemd {
	if log == nil {
		log = zap.NewNop()
	}
	return &Systemd{on: getenv("NOTIFY_SOCKET") != "", log: log}
}

// Running reports whether a service manager listens.
func (s *Systemd) Running() bool { return s.on }

// Ready says that the start, or a reload, is finished.
func (s *Systemd) Ready() { s.send(sd.SdNotifyReady) }

// Status shows one line in `systemctl status`: line breaks become spaces, and it
// is cut to 200 runes. It must hold no personal data: every user may read it.
func (s *Systemd) Status(text string) { s.send("STATUS=" + statusLine(text)) }

// Stopping says that the service is on its way out.
func (s *Systemd) Stopping() { s.send(sd.SdNotifyStopping) }

// Reloading says that a reload has begun; Ready must follow, whatever comes of
// it. With Type=notify-reload (systemd 253 and later) the time in the message
// tells this reload from an earlier one; older versions ignore it.
func (s *Systemd) Reloading() {
	s.send(sd.SdNotifyReloading + "\n" + strings.TrimSuffix(sd.SdNotifyMonotonicUsec(), "\n"))
}

// Alive pings the watchdog.
func (s *Systemd) Alive() { s.send(sd.SdNotifyWatchdog) }

// Extend asks for at least d more before the start or stop in progress times out;
// it has to be repeated before d has passed. d is rounded up to microseconds.
func (s *Systemd) Extend(d time.Duration) {
	if d <= 0 {
		return
	}
	usec := (d + time.Microsecond - 1) / time.Microsecond
	s.send("EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(int64(usec), 10))
}

// WatchdogInterval is how long the service manager waits for Alive before it
// kills the service; 0 = there is no watchdog, or it watches another process
// (WATCHDOG_PID). A value that cannot be read is logged and means none.
func (s *Systemd) WatchdogInterval() time.Duration {
	if !s.on {
		return 0
	}
	d, err := sd.SdWatchdogEnabled(false)
	if err != nil {
		s.log.Warn("the watchdog of systemd is not used", zap.Error(err))
		return 0
	}
	return d
}

func (s *Systemd) send(state string) {
	if !s.on {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Under the lock, so that messages arrive in the order in which they were said.
	sent, err := sd.SdNotify(false, state)
	if err == nil && !sent {
		err = os.ErrNotExist
	}
	if err != nil && !s.deaf {
		s.log.Warn("systemd does not take messages", zap.Error(err))
	}
	s.deaf = err != nil
}

func statusLine(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " ")
	if r := []rune(text); len(r) > statusRunes {
		return string(r[:statusRunes-1]) + "…"
	}
	return text
}
