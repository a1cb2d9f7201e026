package daemon

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/message"
)

// stubListener listens to nobody, until it is closed.
type stubListener struct{ closed chan struct{} }

func (l stubListener) Accept() (net.Conn, error) { <-l.closed; return nil, net.ErrClosed }
func (l stubListener) Close() error              { close(l.closed); return nil }
func (l stubListener) Addr() net.Addr            { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9464} }

func TestATakenPortIsSaidOnceAndTriedAgainUntilItIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		errTaken := errors.New("address already in use")
		var tries []time.Duration
		var said []message.Code
		var taken atomic.Bool // the passing of time synchronizes nothing
		taken.Store(true)
		began := time.Now()
		s := NewHTTPServer(HTTPConfig{
			Listen: "127.0.0.1:9464",
			Say:    func(c message.Code, _ ...message.Arg) { said = append(said, c) },
		})
		s.listen = func(context.Context, string) (net.Listener, error) {
			tries = append(tries, time.Since(began))
			if taken.Load() {
				return nil, errTaken
			}
			return stubListener{make(chan struct{})}, nil
		}
		ctx, stop := context.WithCancel(t.Context())
		go s.Serve(ctx)

		time.Sleep(65 * time.Second)
		synctest.Wait()
		if want := []time.Duration{0, 30 * time.Second, time.Minute}; !slices.Equal(tries, want) {
			t.Errorf("tried at %v", tries)
		}
		if addr, err := s.Listening(); addr != "" || !errors.Is(err, errTaken) {
			t.Errorf("%q, %v", addr, err)
		}
		taken.Store(false)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if addr, err := s.Listening(); addr != "127.0.0.1:9464" || err != nil {
			t.Errorf("%q, %v", addr, err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(tries) != 4 {
			t.Errorf("what listens is not tried again: %v", tries)
		}
		// A move to an address that is taken is tried at once, and said anew.
		taken.Store(true)
		s.Move("127.0.0.1:9999")
		synctest.Wait()
		if len(tries) != 5 {
			t.Errorf("tried %d times", len(tries))
		}
		// Nothing to listen to: nothing is tried, and nothing is wrong.
		s.Move("")
		time.Sleep(time.Hour)
		synctest.Wait()
		if addr, err := s.Listening(); addr != "" || err != nil || len(tries) != 5 {
			t.Errorf("%q, %v, %d tries", addr, err, len(tries))
		}
		stop()
		synctest.Wait()
		if want := []message.Code{message.ServiceCannotListen, message.ServiceListens, message.ServiceCannotListen}; !slices.Equal(said, want) {
			t.Errorf("said %v", said)
		}
	})
}

func TestAHealthThatDoesNotAnswerEndsWithItsDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		deaf := make(chan struct{})
		var asked atomic.Int32
		d := newHealthDesk(func(context.Context) Health { // it does not even listen to its context
			asked.Add(1)
			<-deaf
			return Health{Version: "v1"}
		})
		for range 5 {
			began := time.Now()
			if _, err := d.health(t.Context()); !errors.Is(err, errNoHealth) || time.Since(began) != httpPatience {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		}
		if n := asked.Load(); n != 1 {
			t.Errorf("%d questions hang", n)
		}
		close(deaf)
		synctest.Wait()
		if h, err := d.health(t.Context()); err != nil || h.Version != "v1" {
			t.Errorf("afterwards: %v, %v", h, err)
		}
	})
}

func TestAHealthThatPanicsIsAnAnswerNotAnEnd(t *testing.T) {
	t.Parallel()
	d := newHealthDesk(func(context.Context) Health { panic("of the state") })
	for range 2 {
		if _, err := d.health(t.Context()); !errors.Is(err, errHealthPanic) {
			t.Errorf("got %v", err)
		}
	}
}
