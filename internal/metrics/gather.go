package metrics

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"syncd/internal/message"
)

const (
	gatherDeadline = 5 * time.Second
	gatherFresh    = 5 * time.Second // how long an answer serves
)

var (
	errGatherLate = errors.New("the state did not answer in time")
	errGatherBusy = errors.New("an earlier question to the state hangs")
)

// standingCollector asks for what stands in the state when it is scraped. What
// cannot be asked for is missing from the scrape: an old number would look like a
// true one.
type standingCollector struct {
	gather func(context.Context) (Standing, error)
	failed func(error)
	now    func() time.Time
	errors prometheus.Counter
	descs  map[string]*prometheus.Desc
	turn   chan struct{} // capacity 1: the question that is out

	mu    sync.Mutex // held while asking: scrapes at one time share an answer
	asked time.Time  // zero = never
	last  Standing
	err   error
}

func newStandingCollector(cfg Config, failures prometheus.Counter) *standingCollector {
	c := &standingCollector{
		gather: cfg.Gather, failed: cfg.Failed, now: cfg.Now, errors: failures,
		descs: make(map[string]*prometheus.Desc, len(inState)), turn: make(chan struct{}, 1),
	}
	if c.failed == nil {
		c.failed = func(error) {}
	}
	for _, d := range inState {
		c.descs[d.name] = d.desc()
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *standingCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
	c.errors.Describe(ch)
}

// Collect implements prometheus.Collector. The counter of failures belongs to it,
// so that a scrape that failed says so itself.
func (c *standingCollector) Collect(ch chan<- prometheus.Metric) {
	if c.gather != nil {
		if s, err := c.standing(); err == nil {
			c.emit(ch, s)
		}
	}
	c.errors.Collect(ch)
}

func (c *standingCollector) standing() (Standing, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.asked.IsZero() && c.now().Sub(c.asked) < gatherFresh {
		return c.last, c.err
	}
	well := c.err == nil
	c.last, c.err = c.ask()
	c.asked = c.now()
	if c.err != nil {
		c.errors.Inc()
		if well {
			c.failed(c.err)
		}
	}
	return c.last, c.err
}

// ask asks once. A question that hangs beyond its deadline is left behind, and no
// other is asked until it came back.
func (c *standingCollector) ask() (Standing, error) {
	select {
	case c.turn <- struct{}{}:
	default:
		return Standing{}, errGatherBusy
	}
	ctx, stop := context.WithTimeout(context.Background(), gatherDeadline) // a scrape hands over no context
	defer stop()
	type answer struct {
		s   Standing
		err error
	}
	came := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if r := recover(); r != nil { // what only looks must not end the service
				a = answer{err: fmt.Errorf("panic while gathering: %T", r)}
			}
			<-c.turn
			came <- a
		}()
		a.s, a.err = c.gather(ctx)
	}()
	select {
	case a := <-came:
		return a.s, a.err
	case <-ctx.Done():
		return Standing{}, errGatherLate
	}
}

func (c *standingCollector) emit(ch chan<- prometheus.Metric, s Standing) {
	seen := make(map[string]bool, len(s.Jobs))
	for _, j := range s.Jobs {
		if !seen[j.Name] {
			c.emitJob(ch, j)
		}
		seen[j.Name] = true
	}
	c.put(ch, stateBytes, float64(s.State.File))
	c.put(ch, walBytes, float64(s.State.WAL))
	c.put(ch, freeBytes, float64(s.State.Free))
	seen = make(map[string]bool, len(s.Disks))
	for _, d := range s.Disks {
		if !seen[d.Place] {
			c.put(ch, diskFree, float64(d.Free), d.Place)
		}
		seen[d.Place] = true
	}
	seen = make(map[string]bool, len(s.Channels))
	for _, way := range s.Channels {
		if name := known(channels, way.Name); !seen[name] {
			c.put(ch, notifyDown, seconds(way.FailingSince), name)
			seen[name] = true
		}
	}
	if s.Backup.Scheduled {
		c.put(ch, lastBackup, seconds(s.Backup.Last))
	}
}

func (c *standingCollector) emitJob(ch chan<- prometheus.Metric, j Job) {
	for _, v := range []struct {
		d definition
		v float64
	}{
		{lastSuccess, seconds(j.LastSuccess)},
		{lastAttempt, seconds(j.LastAttempt)},
		{refusesKey, truth(j.RefusesKey)},
		{dueTime, seconds(j.Due)},
		{nextRun, seconds(j.NextRun)},
		{duplicates, float64(j.Holds["uid-twice"])},
		{rejected, float64(j.Rejected)},
		{openOps, float64(j.OpenOps)},
		{inDoubt, float64(j.InDoubt)},
		{inDoubtOld, seconds(j.OldestInDoubt)},
		{settleTime, j.Settle.Seconds()},
		{pending, float64(j.Pending)},
		{pendingOld, seconds(j.OldestPending)},
		{backlog, float64(j.Backlog)},
		{links, float64(j.Links)},
		{sourceTime, seconds(j.SourceTime)},
		{sourceDue, seconds(j.SourceDue)},
	} {
		c.put(ch, v.d, v.v, j.Name)
	}
	ended := ""
	if j.Result != "" {
		ended = known(results, j.Result)
	}
	for _, r := range results {
		c.put(ch, lastResult, truth(r == ended), j.Name, r)
	}
	c.emitHalts(ch, j)
	c.emitHolds(ch, j)
}

func (c *standingCollector) emitHalts(ch chan<- prometheus.Metric, j Job) {
	guards := append(message.GuardNames(), other)
	unnamed := slices.ContainsFunc(j.Halts, func(h string) bool { return !slices.Contains(guards, h) })
	for _, g := range guards {
		c.put(ch, halted, truth(slices.Contains(j.Halts, g) || g == other && unnamed), j.Name, g)
	}
}

func (c *standingCollector) emitHolds(ch chan<- prometheus.Metric, j Job) {
	reasons := append(message.HoldReasons(), other)
	counts := make(map[string]int64, len(reasons))
	for r, n := range j.Holds {
		counts[known(reasons, r)] += n
	}
	for _, r := range reasons {
		c.put(ch, holds, float64(counts[r]), j.Name, r)
	}
}

func (c *standingCollector) put(ch chan<- prometheus.Metric, d definition, v float64, labels ...string) {
	m, err := prometheus.NewConstMetric(c.descs[d.name], prometheus.GaugeValue, v, labels...)
	if err != nil { // a label that is no UTF-8: names of jobs are checked when the configuration is read
		return
	}
	ch <- m
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
