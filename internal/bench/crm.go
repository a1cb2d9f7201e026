package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"syncd/internal/crmapi/emulator"
)

// crm is an emulated CRM on the loopback address that keeps its own time.
type crm struct {
	*emulator.Server
	url  string
	http *http.Server
	page time.Duration // what answering a list takes, besides the work

	mu       sync.Mutex
	open     int // requests being worked on
	since    time.Time
	busy     time.Duration
	requests int
}

// startCRM starts a CRM in which every field is switched on.
func startCRM(ctx context.Context, perRecord time.Duration) (*crm, error) {
	c := &crm{Server: emulator.New(emulator.Options{AllFields: true, PerRecord: perRecord, HistoryBytes: -1})}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c.url = "http://" + l.Addr().String()
	c.http = &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = c.http.Serve(l) }() // ends with stop; a failure shows in the run
	return c, nil
}

func (c *crm) stop() {
	_ = c.http.Close() // nobody is connected any more
	c.Server.Close()
}

// ServeHTTP answers a request and counts the time in which at least one was
// being worked on.
func (c *crm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	if c.open == 0 {
		c.since = time.Now()
	}
	c.open++
	c.requests++
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open--; c.open == 0 {
			c.busy += time.Since(c.since)
		}
	}()
	if c.page > 0 && strings.HasSuffix(r.URL.Path, "/list") {
		pause := time.NewTimer(c.page)
		defer pause.Stop()
		<-pause.C
	}
	c.Server.ServeHTTP(w, r)
}

// work is what a CRM did since the last look.
type work struct {
	busy     time.Duration
	requests int
	writes   int
}

// takeWork tells what the CRM did and begins anew.
func (c *crm) takeWork() work {
	c.mu.Lock()
	w := work{busy: c.busy, requests: c.requests}
	c.busy, c.requests = 0, 0
	c.mu.Unlock()
	for _, e := range c.History() {
		if e.Write {
			w.writes++
		}
	}
	c.ForgetHistory()
	return w
}
