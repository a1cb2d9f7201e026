package sqltest

import (
	"errors"
	"io"
	"net"
	"regexp"
	"sync"
	"testing" //nolint:depguard // see sqltest.go
)

// Line is a connection to a server that a test can cut, or make hang.
type Line struct {
	target string
	listen net.Listener

	mu    sync.Mutex
	left  int64 // bytes until the cut; negative = never
	mute  bool  // instead of a cut there is silence
	ends  map[net.Conn]bool
	flown int64
	over  bool
	wait  sync.WaitGroup
}

var address = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// Cuttable returns a DSN that leads to the same database over a line of its own.
// The line ends with the test.
func Cuttable(t testing.TB, dsn string) (through string, line *Line) {
	t.Helper()
	target := address.FindString(dsn)
	if target == "" {
		t.Fatal("sqltest: not a DSN of this package")
	}
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal("sqltest:", err)
	}
	line = &Line{target: target, listen: l, left: -1, ends: make(map[net.Conn]bool)}
	line.wait.Go(line.accept)
	t.Cleanup(line.end)
	return address.ReplaceAllLiteralString(dsn, l.Addr().String()), line
}

// CutAfter cuts every connection once so many more bytes have gone through, both
// ways counted together; what comes next is refused until Mend. 0 cuts at once.
func (l *Line) CutAfter(bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left, l.mute = bytes, false
	if bytes == 0 {
		l.cut()
	}
}

// SilentAfter lets nothing through any more, either way, once so many more bytes
// have; every connection stays open, and new ones are taken, until Mend.
func (l *Line) SilentAfter(bytes int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left, l.mute = bytes, true
}

// Mend lets new connections through again; those that fell silent are cut.
func (l *Line) Mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mute {
		l.cut()
	}
	l.left, l.mute = -1, false
}

// Flown is how many bytes went through so far, both ways together.
func (l *Line) Flown() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.flown
}

func (l *Line) accept() {
	for {
		client, err := l.listen.Accept()
		if err != nil {
			return // closed
		}
		server, err := net.Dial("tcp", l.target) //nolint:noctx // a loopback address, closed with the line
		if err != nil || !l.enter(client, server) {
			closeAll(client, server)
			continue
		}
		l.wait.Go(func() { l.carry(client, server) })
		l.wait.Go(func() { l.carry(server, client) })
	}
}

func (l *Line) enter(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == 0 && !l.mute || l.over {
		return false
	}
	for _, c := range conns {
		l.ends[c] = true
	}
	return true
}

// carry copies one direction until either end closes, and closes both then.
func (l *Line) carry(from, to net.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		n = l.pass(n)
		if _, werr := to.Write(buf[:n]); werr != nil || err != nil {
			break
		}
		if l.isCut() {
			break
		}
	}
	closeAll(from, to)
}

// pass says how many of n bytes may go, and counts them.
func (l *Line) pass(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left >= 0 {
		n = int(min(int64(n), l.left))
		l.left -= int64(n)
	}
	l.flown += int64(n)
	return n
}

// isCut cuts the other connections too when the bytes are used up, unless there is
// to be silence.
func (l *Line) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left != 0 || l.mute {
		return false
	}
	l.cut()
	return true
}

func (l *Line) cut() {
	for c := range l.ends {
		closeAll(c)
	}
	clear(l.ends)
}

func (l *Line) end() {
	l.mu.Lock()
	l.over = true
	closeAll(l.listen)
	l.cut()
	l.mu.Unlock()
	l.wait.Wait()
}

// closeAll closes what is not nil; that it was closed before, or that its other
// end was faster, is no news.
func closeAll[C io.Closer](list ...C) {
	var errs []error
	for _, c := range list {
		if any(c) != nil {
			errs = append(errs, c.Close())
		}
	}
	_ = errors.Join(errs...)
}
