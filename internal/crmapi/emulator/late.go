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
	release chan struct{}   // closed when those that wait shall go on
	waiting *sync.WaitGroup // those that this release lets go
}

func newLateCommits() *lateCommits {
	l := &lateCommits{release: make(chan struct{}), waiting: new(sync.WaitGroup)}
	l.idle.L = &l.mu
	return l
}

// start does the work after the delay, or at the next release when it is 0.
func (l *lateCommits) start(delay time.Duration, work func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open++
	release := l.release
	l.waiting.Go(func() {
		defer l.done()
		wait(delay, release)
		work()
	})
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

// releaseAll lets those that wait go on, and returns when they are done.
func (l *lateCommits) releaseAll() {
	l.mu.Lock()
	waiting := l.waiting
	if !l.closed { // else whatever starts now does not wait any more
		close(l.release)
		l.release, l.waiting = make(chan struct{}), new(sync.WaitGroup)
	}
	l.mu.Unlock()
	waiting.Wait()
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
