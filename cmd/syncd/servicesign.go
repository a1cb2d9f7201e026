package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"syncd/internal/daemon"
)

// stateSign tells cheaply whether anybody may have written to the state since the
// last time: by the size and time of its files. The file system's clock is coarse, so
// now and then it is taken for changed all the same.
type stateSign struct {
	path  string
	every time.Duration // at the latest

	mu   sync.Mutex
	sign string
	at   time.Time
}

// changed reports it, and remembers what it saw.
func (s *stateSign) changed(now time.Time) bool {
	sign := ""
	for _, name := range []string{s.path, s.path + "-wal"} {
		if st, err := os.Stat(name); err == nil {
			sign += fmt.Sprint(st.Size(), st.ModTime().UnixNano(), " ")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	age := now.Sub(s.at)
	if sign == s.sign && age >= 0 && age < s.every {
		return false
	}
	s.sign, s.at = sign, now
	return true
}

// seen takes what is there now for known.
func (s *stateSign) seen(now time.Time) { s.changed(now) }

// forget has the next look find a change.
func (s *stateSign) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = time.Time{}
}

// requestList is what was asked for when the state was read last.
type requestList struct {
	sign *stateSign
	list []daemon.Request
}
