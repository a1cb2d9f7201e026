package daemon

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"syncd/internal/message"
)

const (
	listenRetry    = 30 * time.Second // between tries for an address that is taken
	httpPatience   = 5 * time.Second  // for the health, and for requests in flight at the end
	httpHeaderTime = 5 * time.Second
	httpWholeTime  = 30 * time.Second
	httpIdleTime   = time.Minute
	httpHeaderSize = 16 << 10
)

// HTTPConfig says what an HTTPServer serves.
type HTTPConfig struct {
	// Listen is the address, such as 127.0.0.1:9464; "" = none, until Move.
	Listen string
	// Pulse is what /healthz asks: 200 while no part is late.
	Pulse *Pulse
	// Health is what /readyz asks, with a deadline of 5 s; its context ends
	// then. nil = nothing but the pulse.
	Health func(context.Context) Health
	// Metrics answers /metrics; nil = there is no such page.
	Metrics http.Handler
	// Say tells people, once per lapse, that the address cannot be used, and once
	// that it can again. nil = nobody.
	Say func(message.Code, ...message.Arg)
	// Log takes what net/http has to say; nil = nobody.
	Log *zap.Logger
}

// HTTPServer answers /healthz, /readyz and /metrics on a loopback address. It
// changes nothing, whatever it is asked. An address that is taken does not stop
// the service: it is tried again every 30 s.
//
// Serve runs once; the other methods are safe beside it.
type HTTPServer struct {
	cfg    HTTPConfig
	desk   *healthDesk
	listen func(ctx context.Context, addr string) (net.Listener, error)
	moved  chan struct{} // capacity 1: wanted has changed

	mu     sync.Mutex
	wanted string
	bound  string // "" = not listening
	err    error
}

// NewHTTPServer returns a server that does not listen yet.
func NewHTTPServer(cfg HTTPConfig) *HTTPServer {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Say == nil {
		cfg.Say = func(message.Code, ...message.Arg) {}
	}
	return &HTTPServer{
		cfg: cfg, desk: newHealthDesk(cfg.Health), wanted: cfg.Listen, moved: make(chan struct{}, 1),
		listen: func(ctx context.Context, addr string) (net.Listener, error) {
			return new(net.ListenConfig).Listen(ctx, "tcp", addr)
		},
	}
}

// Listening returns the address that is listened on ("" = none at the moment) and
// why the wanted one is not, or nil.
func (s *HTTPServer) Listening() (addr string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bound, s.err
}

// Move changes the address: the old one is given up, the new one tried at once;
// "" = none. The same address again changes nothing.
func (s *HTTPServer) Move(listen string) {
	s.mu.Lock()
	changed := s.wanted != listen
	s.wanted = listen
	s.mu.Unlock()
	if changed {
		select {
		case s.moved <- struct{}{}:
		default: // told already
		}
	}
}

// Serve listens and answers until ctx ends; requests in flight then have 5 s. It
// returns when nothing of it runs any more. While the service drains it should
// still run, for /readyz to say so: end ctx last.
func (s *HTTPServer) Serve(ctx context.Context) {
	told := "" // the address that people know not to be listened on
	for ctx.Err() == nil {
		addr := s.want()
		l, err := s.open(ctx, addr)
		switch {
		case ctx.Err() != nil:
			if l != nil {
				_ = l.Close()
			}
		case err != nil:
			if told != addr {
				s.cfg.Say(message.ServiceCannotListen, message.S("address", addr), message.S("cause", err.Error()))
			}
			told = addr
		case l != nil:
			if told == addr {
				s.cfg.Say(message.ServiceListens, message.S("address", addr))
			}
			told = ""
			if err = s.answer(ctx, addr, l); err == nil {
				continue // moved, or the end
			}
		}
		s.pause(ctx, err)
	}
	s.stand("", nil)
}

func (s *HTTPServer) want() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted
}

// open listens on addr; nil and no error when there is none.
func (s *HTTPServer) open(ctx context.Context, addr string) (net.Listener, error) {
	if addr == "" {
		s.stand("", nil)
		return nil, nil
	}
	l, err := s.listen(ctx, addr)
	if err != nil {
		s.stand("", err)
		return nil, err
	}
	s.stand(l.Addr().String(), nil)
	return l, nil
}

func (s *HTTPServer) stand(bound string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bound, s.err = bound, err
}

// pause waits for a reason to try again: the time for it, another address, the
// end. Without an error there is no address to try.
func (s *HTTPServer) pause(ctx context.Context, err error) {
	var again <-chan time.Time
	if err != nil {
		t := time.NewTimer(listenRetry)
		defer t.Stop()
		again = t.C
	}
	select {
	case <-ctx.Done():
	case <-again:
	case <-s.moved:
	}
}

// complaints logs what the HTTP server has to say, each in a line of a constant text.
type complaints struct{ log *zap.Logger }

func (c complaints) Write(line []byte) (int, error) {
	c.log.Warn("the HTTP server complains", zap.String("error", strings.TrimSpace(string(line))))
	return len(line), nil
}

// answer serves one listener until it is no longer wanted. The error is why it
// ended by itself.
func (s *HTTPServer) answer(ctx context.Context, addr string, l net.Listener) error {
	errorLog := zap.NewStdLog(zap.NewNop())
	errorLog.SetOutput(complaints{s.cfg.Log})
	srv := &http.Server{
		Handler:           s.handler(addr),
		ReadHeaderTimeout: httpHeaderTime,
		ReadTimeout:       httpWholeTime,
		WriteTimeout:      httpWholeTime,
		IdleTimeout:       httpIdleTime,
		MaxHeaderBytes:    httpHeaderSize,
		ErrorLog:          errorLog,
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(limitListener(l, httpConnections)) }()
	for wanted := true; wanted; {
		select {
		case <-ctx.Done():
			wanted = false
		case <-s.moved:
			wanted = s.want() == addr // it may have been there and back
		case err := <-ended:
			s.stand("", err)
			_ = srv.Close()
			return err
		}
	}
	s.stand("", nil)
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), httpPatience)
	defer stop()
	if srv.Shutdown(last) != nil {
		_ = srv.Close()
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
