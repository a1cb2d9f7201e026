package crmapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"
)

// Client calls one CRM with one login. New makes it.
type Client struct {
	base     string // "https://host/developer/"
	login    string
	key      Secret
	cfg      Config // with its defaults filled in; APIKey is in key alone
	warnings []Warning
	reads    http.RoundTripper
	writes   http.RoundTripper
	limiter  *rate.Limiter // nil = off
	writing  chan struct{} // holds one token while a write is under way
	v1       *v1Known
}

// Warnings tells what the operator should know about the configuration.
func (c *Client) Warnings() []Warning { return c.warnings }

// Login is the login that the client calls with.
func (c *Client) Login() string { return c.login }

// Dialect is how the client speaks of clients.
func (c *Client) Dialect() Dialect { return c.cfg.Dialect }

// Close drops idle connections. Calls under way go on.
func (c *Client) Close() {
	for _, rt := range [...]http.RoundTripper{c.reads, c.writes} {
		if t, ok := rt.(interface{ CloseIdleConnections() }); ok {
			t.CloseIdleConnections()
		}
	}
}

// request is one call, ready to be sent any number of times.
type request struct {
	action  string
	body    []byte // JSON; of v1 the form but for login, key and action
	v1      bool
	probe   bool // see Exchange
	write   bool
	records int // of a write, for its deadline
}

// reply is an answer with a status of success, its body read to the end.
type reply struct {
	status int
	body   []byte
}

// read calls an action that changes nothing and returns its envelope.
func (c *Client) read(ctx context.Context, action string, body []byte) (envelope, found, error) {
	return c.ask(ctx, request{action: action, body: body})
}

func (c *Client) ask(ctx context.Context, r request) (envelope, found, error) {
	var (
		env envelope
		f   found
	)
	err := c.retry(ctx, r, func(rep reply, x *Exchange) error {
		var err *Error
		env, f, err = c.readReply(r.action, rep)
		x.JunkBefore, x.JunkAfter, x.Damaged = f.before, f.after, f.damaged
		if err != nil {
			return err
		}
		return nil
	})
	return env, f, err
}

// write calls an action that changes something; understand judges the answer's
// strict JSON.
func (c *Client) write(ctx context.Context, r request, understand func(raw []byte, status int) *Error) error {
	r.write = true
	select {
	case c.writing <- struct{}{}:
		defer func() { <-c.writing }()
	case <-ctx.Done():
		return notSent(ctx, r.action)
	}
	return c.retry(ctx, r, func(rep reply, _ *Exchange) error {
		raw, err := strictValue(rep.body)
		if err != nil {
			return c.unclear(r.action, rep, err)
		}
		if err := understand(raw, rep.status); err != nil {
			return err
		}
		return nil
	})
}

// unclear is the error of a write whose answer proves nothing.
func (c *Client) unclear(action string, rep reply, cause error) *Error {
	e := &Error{Class: ClassUnknown, Action: action, HTTPStatus: rep.status, Err: cause}
	if errors.Is(cause, ErrNotJSON) || errors.Is(cause, errNotOne) || errors.Is(cause, errDBDown) {
		e.Text = c.redact(string(rep.body))
	}
	return e
}

// readReply understands the answer of a read as far as its envelope.
func (c *Client) readReply(action string, rep reply) (envelope, found, *Error) {
	f, err := findValue(rep.body, mends(action))
	if err != nil {
		class := ClassProtocol
		if errors.Is(err, errTruncated) || errors.Is(err, errDBDown) {
			class = ClassUnknown // both pass: the next try may be answered
		}
		return envelope{}, f, &Error{
			Class: class, Action: action, HTTPStatus: rep.status, Err: err, Text: c.redact(string(rep.body)),
		}
	}
	raw := f.raw
	if raw[0] == '[' {
		list, err := elements(raw)
		switch {
		case err == nil && len(list) == 0: // PHP's empty answer: nothing was put into it
			return envelope{}, f, nil
		case err == nil && len(list) == 1: // documented once as [{…}]
			raw = list[0]
		}
	}
	env, err := parseEnvelope(raw)
	if err != nil {
		return env, f, &Error{Class: ClassProtocol, Action: action, HTTPStatus: rep.status, Err: err}
	}
	if env.failed {
		return env, f, c.failure(action, rep.status, &env)
	}
	return env, f, nil
}

// retry sends r until it is answered, as often as that is safe: a read when it
// was not answered, a write only when it surely did not leave.
func (c *Client) retry(ctx context.Context, r request, judge func(reply, *Exchange) error) error {
	attempt := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		attempt++
		err := c.attempt(ctx, r, attempt, judge)
		if err == nil || again(r.write, err) {
			return struct{}{}, err
		}
		return struct{}{}, backoff.Permanent(err)
	}, backoff.WithBackOff(c.pauses()), backoff.WithMaxTries(uint(c.cfg.Attempts)), backoff.WithMaxElapsedTime(maxRetrying))
	if err == nil {
		return nil
	}
	var crm *Error
	if errors.As(err, &crm) {
		return crm
	}
	var permanent *backoff.PermanentError
	if errors.As(err, &permanent) {
		err = permanent.Unwrap()
	}
	if ctx.Err() != nil && !isCallError(err) {
		return notSent(ctx, r.action)
	}
	return err
}

// maxRetrying ends the tries of one call; it is also the longest Retry-After
// that is obeyed.
const maxRetrying = 15 * time.Minute

func (c *Client) pauses() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = c.cfg.Backoff
	b.MaxInterval = max(15*time.Second, c.cfg.Backoff)
	b.Multiplier = 2
	return b
}

// again reports whether the call may be repeated after err.
func again(write bool, err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false // the caller gave up
	}
	switch e.Class {
	case ClassTransport:
		return !hopeless(e.Err)
	case ClassUnknown:
		return !write
	}
	return false
}

// callError is the caller's own end of a call that was not sent, or of a read.
type callError struct {
	action string
	cause  error
}

func (e *callError) Error() string { return fmt.Sprintf("crm %s: %v", e.action, e.cause) }
func (e *callError) Unwrap() error { return e.cause }

func isCallError(err error) bool {
	var e *callError
	return errors.As(err, &e)
}

func notSent(ctx context.Context, action string) error {
	return &callError{action: action, cause: ctx.Err()}
}
