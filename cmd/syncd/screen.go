package main

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// screen is a terminal whose last line may be a moving one: what is written to it is
// that line, each time from its beginning. Everything else goes there past it, by
// print. It may be used by several goroutines; a nil one has no moving line.
type screen struct {
	to    io.Writer
	mu    sync.Mutex
	drawn int // how much of the last line is the moving one's, in characters
}

// Write draws the moving line.
func (s *screen) Write(frame []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = max(s.drawn, utf8.RuneCount(bytes.Trim(frame, "\r")))
	return s.to.Write(frame)
}

// print writes a text in place of the moving line, which is drawn again below it.
func (s *screen) print(to io.Writer, text string) error {
	if s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.wipe()
	}
	_, err := io.WriteString(to, text)
	return err
}

// end takes the moving line away.
func (s *screen) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wipe()
}

func (s *screen) wipe() {
	if s.drawn > 0 {
		_, _ = io.WriteString(s.to, "\r"+strings.Repeat(" ", s.drawn)+"\r") // a line that cannot be drawn is no trouble
		s.drawn = 0
	}
}
