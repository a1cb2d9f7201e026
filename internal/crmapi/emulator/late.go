package emulator

import (
	"sync"
	"time"
)

// lateCommits are requests whose connection was given up and whose work is still
// to be done. It owns the goroutines that do it.
type lateCommits struct {
	mu      sync.Mutex
	idle    sync.Cond
	open    int
	closed  bool
	release chan struct{} // closed when those that wait shall go on
}

func newLateCommits() *lateCommits {
	l := &lateCommits{release: make(chan struct{})}
	l.idle.L = &l.mu
	return l
}

// start does the work after the delay, or at the next release when it is 0.
func (l *lateCommits) start(delay time.Duration, work func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	release := l.release
	go func() {
		defer l.done()
		wait(delay, release)
		work()
	}()
}

func wait(delay time.Duration, release <-chan struct{}) {
	if delay == 0 {
		<-release
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-release:
	}
}

func (l *lateCommits) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	l.idle.Broadcast()
}

func (l *lateCommits) releaseAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return // whatever starts now does not wait any more
	}
	close(l.release)
	l.release = make(chan struct{})
}

// close releases all, now and for good, and waits until nothing is left.
func (l *lateCommits) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.release)
	}
	for l.open > 0 {
		l.idle.Wait()
	}
}
