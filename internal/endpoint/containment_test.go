package endpoint

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// A panic of one goroutine is that of the one that waits for all: there it can be
// contained, and the others have ended by then.
func TestAPanicComesBackToTheOneThatWaits(t *testing.T) {
	t.Parallel()
	var c containment
	var g errgroup.Group
	ended := make(chan struct{})
	g.Go(c.of(func() error { panic("a mistake of ours") }))
	g.Go(c.of(func() error { <-ended; return nil }))
	close(ended)
	if err := g.Wait(); !errors.Is(err, errPanicked) {
		t.Fatalf("%v", err)
	}
	defer func() {
		p, ok := recover().(*PanicError)
		if !ok || p.Value != "a mistake of ours" || !strings.Contains(string(p.Stack), "containment_test.go") {
			t.Errorf("%+v", p)
		}
	}()
	c.release()
	t.Error("nothing was panicked with")
}

func TestWithoutAPanicNothingIsReleased(t *testing.T) {
	t.Parallel()
	var c containment
	want := errors.New("read error")
	if err := c.of(func() error { return want })(); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
	c.release()
}
