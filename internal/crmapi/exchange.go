package crmapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// ErrLate is the cause when a deadline of this package passed before the answer
// was there.
var ErrLate = errors.New("the deadline passed")

var (
	errWhole    = fmt.Errorf("no complete answer: %w", ErrLate)
	errHeader   = fmt.Errorf("the answer did not begin: %w", ErrLate)
	errIdle     = fmt.Errorf("the answer stalled: %w", ErrLate)
	errTooLarge = errors.New("the answer is larger than allowed")
)

// flight is the one place that knows whether a request may have left.
//
// The proof is that nobody ever took its body and no connection was ever handed
// to it: net/http announces the connection (GotConn) before it writes the first
// byte of a request, and a transport that announces nothing has to read the body
// to send it. A reused connection counts as "may have left" even if it turns out
// to be dead: what the dead end received before cannot be known.
type flight struct {
	body *bytes.Reader
	left atomic.Bool
}

func (f *flight) Read(p []byte) (int, error) {
	f.left.Store(true)
	return f.body.Read(p)
}

func (f *flight) Close() error { return nil }

// attempt sends r once and lets judge read the answer.
func (c *Client) attempt(ctx context.Context, r request, n int, judge func(reply, *Exchange) error) error {
	if c.limiter != nil {
		if err := c.limiter.Wait(ctx); err != nil {
			cause := ctx.Err()
			if cause == nil { // the caller's deadline comes before the call's turn
				cause = context.DeadlineExceeded
			}
			return &callError{action: r.action, cause: cause}
		}
	}
	if ctx.Err() != nil {
		return notSent(ctx, r.action)
	}
	x := Exchange{
		Action: r.action, Write: r.write, Records: r.records, Attempt: n, Probe: r.probe, Start: c.cfg.Now(), Sent: len(r.body),
	}
	err := c.exchange(ctx, r, &x, judge)
	x.Duration = c.cfg.Now().Sub(x.Start)
	var e *Error
	if errors.As(err, &e) {
		x.Class, x.Code = e.Class, e.Code
	}
	x.Canceled = isCallError(err)
	if c.cfg.Observe != nil {
		c.cfg.Observe(x)
	}
	return err
}

func (c *Client) exchange(parent context.Context, r request, x *Exchange, judge func(reply, *Exchange) error) error {
	whole := c.cfg.Timeout
	if r.write {
		whole += time.Duration(r.records) * c.cfg.PerRecord
	}
	to := c.address(r)
	f := &flight{body: bytes.NewReader(to.body)}
	ctx := parent
	if r.write {
		ctx = context.WithoutCancel(parent)
	}
	ctx, stop := context.WithTimeoutCause(ctx, whole, errWhole)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if r.write {
		// A write that may have left is waited for, as long as its deadline lets: who
		// gives up would lose the answer, not the write.
		defer context.AfterFunc(parent, func() {
			if !f.left.Load() {
				cancel(context.Cause(parent))
			}
		})()
	}
	req, err := newRequest(ctx, to, f)
	if err != nil {
		return refusal(r.action, err)
	}
	transport, begin := c.reads, c.cfg.Header
	if r.write {
		transport, begin = c.writes, whole
	}
	timer := time.AfterFunc(begin, func() { cancel(errHeader) })
	resp, err := transport.RoundTrip(req)
	timer.Stop()
	if err != nil {
		return c.lost(parent, ctx, r, f, 0, err)
	}
	defer func() { _ = resp.Body.Close() }()
	x.HTTPStatus = resp.StatusCode
	if err := c.status(r, resp); err != nil {
		return err
	}
	body, err := c.readBody(resp.Body, cancel)
	x.Received = len(body)
	if err != nil {
		return c.lost(parent, ctx, r, f, resp.StatusCode, err)
	}
	return judge(reply{status: resp.StatusCode, body: body}, x)
}

// addressed is a request as it goes over the wire, the key in it.
type addressed struct {
	method, url string
	header      http.Header
	body        []byte
}

// address is the only place where the key is added to a request.
func (c *Client) address(r request) addressed {
	if r.v1 {
		return c.addressV1(r)
	}
	return addressed{method: http.MethodPost, url: c.base + "v3/" + r.action, body: r.body, header: http.Header{
		"Content-Type": {"application/json"}, // byte for byte: a charset sends the server into another mode
		"Apikey":       {c.key.Reveal()},
		"Login":        {c.login},
		"Accept":       {"application/json"},
		"User-Agent":   {"syncd"},
	}}
}

// newRequest is the only place where a request is made: POST for reads too (the
// server ignores the verb, proxies and net/http do not), no query but where it was
// asked for, and no GetBody, without which net/http cannot send a body twice. A GET
// has a body for the same reason: one of no bytes.
func newRequest(ctx context.Context, to addressed, f *flight) (*http.Request, error) {
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { f.left.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, to.method, to.url, f)
	if err != nil {
		return nil, errors.New("request cannot be built")
	}
	req.ContentLength = int64(len(to.body))
	req.Header = to.header
	return req, nil
}

// lost is the error of a request that was not answered to the end.
func (c *Client) lost(parent, ctx context.Context, r request, f *flight, status int, err error) error {
	left := f.left.Load() || status != 0
	if parent.Err() != nil && (!left || !r.write) {
		return notSent(parent, r.action)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	e := &Error{Class: ClassUnknown, Action: r.action, HTTPStatus: status, Err: c.clean(err)}
	switch {
	case !left:
		e.Class = ClassTransport
	case !r.write && errors.Is(err, errTooLarge):
		e.Class = ClassProtocol
	}
	return e
}

// clean keeps the cause's identity while no key can show in its text.
func (c *Client) clean(err error) error {
	var u *url.Error
	if errors.As(err, &u) { // its text holds the whole URL
		err = u.Err
	}
	if text := err.Error(); c.redact(text) != text {
		return errors.New(c.redact(text))
	}
	return err
}

// status judges the HTTP status; the CRM itself always says 200.
func (c *Client) status(r request, resp *http.Response) error {
	code := resp.StatusCode
	e := &Error{Class: ClassUnknown, Action: r.action, HTTPStatus: code}
	switch {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		e.Class = ClassRedirect
		host := "nowhere"
		if u, err := resp.Location(); err == nil && u.Host != "" { // a relative one is on this host
			host = c.redact(u.Scheme + "://" + u.Host)
		}
		e.Text = host
		e.Err = fmt.Errorf("redirect to %s, not followed", host)
		return e
	case r.write:
		return e // a proxy's 502, or the CRM's own 500, may follow a commit
	case code == http.StatusUnauthorized:
		e.Class = ClassAuth
	case code != http.StatusTooManyRequests && code < 500:
		e.Class = ClassProtocol
	}
	if wait := c.retryAfter(resp.Header.Get("Retry-After")); wait > 0 && e.Class == ClassUnknown {
		return &laterError{err: e, after: &backoff.RetryAfterError{Duration: wait}}
	}
	return e
}

// laterError carries the server's wish when to try again to the retry loop.
type laterError struct {
	err   *Error
	after *backoff.RetryAfterError
}

func (e *laterError) Error() string   { return e.err.Error() }
func (e *laterError) Unwrap() []error { return []error{e.err, e.after} }

func (c *Client) retryAfter(v string) time.Duration {
	if s, err := strconv.Atoi(v); err == nil {
		return time.Duration(min(max(s, 0), int(2*maxRetrying/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return t.Sub(c.cfg.Now())
	}
	return 0
}

// readBody reads at most MaxBody bytes as they come out of decompression; each
// read that brings nothing for Idle ends the request.
func (c *Client) readBody(body io.Reader, cancel context.CancelCauseFunc) ([]byte, error) {
	timer := time.AfterFunc(c.cfg.Idle, func() { cancel(errIdle) })
	defer timer.Stop()
	var buf bytes.Buffer
	chunk := make([]byte, 32<<10)
	for {
		n, err := body.Read(chunk)
		buf.Write(chunk[:n])
		if int64(buf.Len()) > c.cfg.MaxBody {
			return nil, errTooLarge
		}
		if errors.Is(err, io.EOF) {
			return buf.Bytes(), nil
		}
		if err != nil {
			return buf.Bytes(), err
		}
		if n > 0 {
			timer.Reset(c.cfg.Idle)
		}
	}
}
