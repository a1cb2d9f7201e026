package crmapi_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/crmapi"
)

// piped is a transport whose server is a function on the other end of a pipe, so
// that time stands under the test's control.
func piped(h func(n int, conn net.Conn)) *http.Transport {
	var n atomic.Int64
	return &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				defer func() { _ = far.Close() }()
				req, err := http.ReadRequest(bufio.NewReader(far))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, req.Body)
				h(int(n.Add(1)), far)
			}()
			return near, nil
		},
	}
}

func say(conn net.Conn, body string) {
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func over(t http.RoundTripper) func(*crmapi.Config) {
	return func(c *crmapi.Config) { c.Transport = t }
}

const head = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"

func TestEachDeadlineEndsItsPhase(t *testing.T) {
	t.Parallel()
	silent := func(_ int, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	stalled := func(n int, conn net.Conn) { _, _ = io.WriteString(conn, head+`{"da`); silent(n, conn) }
	drops := func(_ int, conn net.Conn) {
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			_, _ = io.Copy(io.Discard, conn)
		}()
		_, _ = io.WriteString(conn, head)
		for {
			_, _ = io.WriteString(conn, " ")
			select {
			case <-closed:
				return
			case <-time.After(20 * time.Second):
			}
		}
	}
	header := func(c *crmapi.Config) { c.Header = 7 * time.Second }
	read := func(ctx context.Context, c *crmapi.Client) error {
		_, err := c.List(ctx, crmapi.ListQuery{})
		return err
	}
	write := func(ctx context.Context, c *crmapi.Client) error {
		_, err := c.AddList(ctx, []crmapi.ClientInput{titled("a"), titled("b"), titled("c")})
		return err
	}
	for name, tc := range map[string]struct {
		serve func(int, net.Conn)
		call  func(context.Context, *crmapi.Client) error
		want  time.Duration
	}{
		"read, no header":             {silent, read, 7 * time.Second},
		"read, body stalls":           {stalled, read, 30 * time.Second},
		"read, body trickles forever": {drops, read, 60 * time.Second},
		"write, no header":            {silent, write, (60 + 3*6) * time.Second},
		"write, body stalls":          {stalled, write, 30 * time.Second},
		"write, body trickles":        {drops, write, (60 + 3*6) * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := client(t, "http://crm.test", over(piped(tc.serve)), header)
				start := time.Now()
				err := tc.call(t.Context(), c)
				if got := time.Since(start); got != tc.want {
					t.Errorf("took %v, want %v", got, tc.want)
				}
				if class(err) != crmapi.ClassUnknown {
					t.Error(err)
				}
			})
		})
	}
}

func TestAHangingDialSurelySentNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		start := time.Now()
		_, err := client(t, "http://crm.test", over(tr)).Add(t.Context(), titled("a"))
		if class(err) != crmapi.ClassTransport || time.Since(start) != 66*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestTheCallerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := piped(func(_ int, conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
		c := client(t, "http://crm.test", over(tr), func(c *crmapi.Config) { c.Attempts = 5 })

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Add(ctx, titled("a"))
		if class(err) != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("before sending: %v", err)
		}

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err = c.Add(ctx, titled("a"))
		if class(err) != crmapi.ClassUnknown || !errors.Is(err, crmapi.ErrLate) || time.Since(start) != 66*time.Second {
			t.Errorf("a write after sending is waited for until its own deadline: %v after %v", err, time.Since(start))
		}

		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = c.List(ctx, crmapi.ListQuery{})
		if class(err) != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a read: %v", err)
		}
	})
}

func TestAWriteThatLeftIsAnsweredThoughTheCallerGaveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := piped(func(_ int, conn net.Conn) {
			time.Sleep(20 * time.Second)
			say(conn, `{"result":"Успешно","data":7}`)
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		got, err := client(t, "http://crm.test", over(tr)).Add(ctx, titled("a"))
		if err != nil || got.CLID != 7 || time.Since(start) != 20*time.Second {
			t.Errorf("%+v, %v after %v", got, err, time.Since(start))
		}
	})
}

func TestAWriteThatDidNotLeaveEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := client(t, "http://crm.test", over(tr)).Add(ctx, titled("a"))
		if class(err) != 0 || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestReadsAreTriedAgainAndWritesNot(t *testing.T) {
	t.Parallel()
	const page = `{"data":[{"clid":1}]}`
	for name, bad := range map[string]string{
		"hung up":    "",
		"bad status": "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
		"truncated":  "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":[",
		"cut JSON":   "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"data\":[",
		"no DB":      "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nОшибка подключения к БД: x",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var tries []int
				tr := piped(func(n int, conn net.Conn) {
					if n%3 != 0 {
						_, _ = io.WriteString(conn, bad)
						return
					}
					say(conn, page)
				})
				c := client(t, "http://crm.test", over(tr), func(c *crmapi.Config) {
					c.Attempts, c.Backoff = 4, 10*time.Second
					c.Observe = func(x crmapi.Exchange) { tries = append(tries, x.Attempt) }
				})
				start := time.Now()
				got, err := c.List(t.Context(), crmapi.ListQuery{})
				if err != nil || len(got.Clients) != 1 || fmt.Sprint(tries) != "[1 2 3]" {
					t.Errorf("%+v, %v, tries %v", got, err, tries)
				}
				if took := time.Since(start); took < 10*time.Second || took > time.Minute {
					t.Errorf("pauses of %v altogether", took)
				}
				tries = nil
				_, err = c.Add(t.Context(), titled("a"))
				if class(err) != crmapi.ClassUnknown || len(tries) != 1 {
					t.Errorf("write: %v, tries %v", err, tries)
				}
			})
		})
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := piped(func(n int, conn net.Conn) {
			if n == 1 {
				_, _ = io.WriteString(conn, "HTTP/1.1 429 Slow\r\nRetry-After: 123\r\nContent-Length: 0\r\n\r\n")
				return
			}
			say(conn, `{"data":[]}`)
		})
		c := client(t, "http://crm.test", over(tr), func(c *crmapi.Config) { c.Attempts = 2 })
		start := time.Now()
		if _, err := c.List(t.Context(), crmapi.ListQuery{}); err != nil || time.Since(start) != 123*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestAWriteThatSurelyDidNotLeaveIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		good := piped(func(_ int, conn net.Conn) { say(conn, `{"data":5}`) })
		dials := 0
		tr := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, n, a string) (net.Conn, error) {
			if dials++; dials < 3 {
				return nil, errors.New("refused")
			}
			return good.DialContext(ctx, n, a)
		}}
		c := client(t, "http://crm.test", over(tr), func(c *crmapi.Config) { c.Attempts = 3 })
		if got, err := c.Add(t.Context(), titled("a")); err != nil || got.CLID != 5 || dials != 3 {
			t.Errorf("%+v, %v, %d dials", got, err, dials)
		}
	})
}

func TestGivingUpBetweenTriesIsNotInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") })
		c := client(t, "http://crm.test", over(tr), func(c *crmapi.Config) { c.Attempts, c.Backoff = 9, time.Minute })
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := c.Add(ctx, titled("a")); class(err) != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("in the pause: %v", err)
		}
		slow := client(t, "http://crm.test", over(tr), func(c *crmapi.Config) { c.Rate = 0.001 })
		_, _ = slow.Add(t.Context(), titled("a"))
		ctx, cancel = context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := slow.Add(ctx, titled("a")); class(err) != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before its turn: %v", err)
		}
	})
}

// A transport that tells nothing of connections is judged by the body alone.
func TestAForeignTransportThatTookTheBodyMayHaveSentIt(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, tc := range map[string]struct {
		trip roundTripper
		want crmapi.Class
	}{
		"body taken": {func(r *http.Request) (*http.Response, error) { _, _ = r.Body.Read(make([]byte, 1)); return nil, broken }, crmapi.ClassUnknown},
		"connection announced": {func(r *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
			return nil, broken
		}, crmapi.ClassUnknown},
		"body not taken": {func(*http.Request) (*http.Response, error) { return nil, broken }, crmapi.ClassTransport},
	} {
		_, err := client(t, "http://crm.test", over(tc.trip)).Add(t.Context(), titled("a"))
		if class(err) != tc.want || !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTheRateIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tr := piped(func(_ int, conn net.Conn) { say(conn, `{"data":[]}`) })
		c := client(t, "http://crm.test", over(tr), func(c *crmapi.Config) { c.Rate = 2 })
		start := time.Now()
		for range 12 {
			if _, err := c.List(t.Context(), crmapi.ListQuery{}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 5*time.Second { // two at once, ten at 2/s
			t.Errorf("12 requests took %v", took)
		}
	})
}

func TestWritesGoOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int64
		tr := piped(func(_ int, conn net.Conn) {
			most.Store(max(most.Load(), now.Add(1)))
			<-time.After(time.Second)
			now.Add(-1)
			say(conn, `{"data":5}`)
		})
		c := client(t, "http://crm.test", over(tr))
		start := time.Now()
		done := make(chan error)
		for range 4 {
			go func() { _, err := c.Add(t.Context(), titled("a")); done <- err }()
		}
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if most.Load() != 1 || time.Since(start) != 4*time.Second {
			t.Errorf("%d at once, %v", most.Load(), time.Since(start))
		}
	})
}
