package metrics

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Why a run that was due was not begun.
const (
	SkipOverlap = "overlap" // the job was still running
	SkipBusy    = "busy"    // another process was running
)

// What comes of a message to people.
const (
	NoticeSent   = "sent"
	NoticePart   = "part" // not all of its recipients have it; it is not sent again
	NoticeFailed = "failed"
)

// Classes of answers beside those of the CRM client.
const (
	ClassOK       = "ok"       // also the class of ""
	ClassCanceled = "canceled" // the caller gave up
)

const (
	runningResult = "running"
	maxScrapes    = 4
)

// Config is what a Metrics is made of.
type Config struct {
	Version   string
	GoVersion string
	Now       func() time.Time
	// Gather reads what stands in the state, with a deadline of 5 s in its context;
	// its answer serves all scrapes of the next 5 s. An error counts as an error of
	// the state. nil = there is no state.
	Gather func(context.Context) (Standing, error)
	// Failed is told the first error of a row of failures to gather, on the
	// goroutine of the scrape. nil = nobody.
	Failed func(error)
}

// Metrics counts what happens in the process and serves it, together with what
// stands in the state. It has a registry of its own.
type Metrics struct {
	now      func() time.Time
	registry *prometheus.Registry

	runs, skipped, panics, requests, reloads, notices *prometheus.CounterVec
	running, took, stageTook                          *prometheus.GaugeVec
	latency                                           *prometheus.HistogramVec
	reloadOK, reloadTime                              prometheus.Gauge
	watchdogLate, clockJumps, logErrors               prometheus.Counter
	stateErrors                                       prometheus.Counter

	mu   sync.Mutex
	jobs []string // those of Jobs
}

// New returns metrics that know no job yet.
func New(cfg Config) *Metrics {
	m := &Metrics{
		now: cfg.Now, registry: prometheus.NewRegistry(),
		runs: counterVec(runsTotal), skipped: counterVec(runsSkipped), panics: counterVec(panicsTotal),
		requests: counterVec(requestsTotal), reloads: counterVec(reloadsTotal),
		notices: counterVec(noticesTotal),
		running: gaugeVec(runRunning), took: gaugeVec(runSeconds), stageTook: gaugeVec(stageSeconds),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: requestSeconds.name, Help: requestSeconds.help,
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120},
		}, requestSeconds.labels),
		reloadOK: gaugeOne(reloadOK), reloadTime: gaugeOne(reloadTime),
		watchdogLate: counterOne(watchdogLate), clockJumps: counterOne(clockJumps), logErrors: counterOne(logErrors),
		stateErrors: counterOne(stateErrors),
	}
	build, start := gaugeVec(buildInfo), gaugeOne(startTime)
	build.WithLabelValues(cfg.Version, cfg.GoVersion).Set(1)
	start.Set(seconds(m.now()))
	m.reloadOK.Set(1)
	m.reloadTime.Set(seconds(m.now()))
	m.registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build, start, m.runs, m.running, m.took, m.stageTook, m.skipped, m.panics, m.notices, m.requests, m.latency,
		m.reloadOK, m.reloads, m.reloadTime, m.watchdogLate, m.clockJumps, m.logErrors,
		newStandingCollector(cfg, m.stateErrors),
	)
	m.exportZeros()
	return m
}

// exportZeros makes the series that may come: a rate over the first failure needs
// the 0 before it.
func (m *Metrics) exportZeros() {
	for _, r := range skips {
		m.skipped.WithLabelValues(r)
	}
	for _, c := range channels {
		for _, r := range noticeResults {
			m.notices.WithLabelValues(c, r)
		}
	}
	for _, r := range []string{"ok", "refused"} {
		m.reloads.WithLabelValues(r)
	}
	for _, a := range actions {
		for _, c := range classes {
			m.requests.WithLabelValues(a, kindOf(slices.Contains(writes, a)), c)
		}
	}
}

// Handler serves all of it in Prometheus' formats.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling:       promhttp.ContinueOnError, // what can be told is worth more than an error page
		MaxRequestsInFlight: maxScrapes,
	})
}

// Jobs tells which jobs there are, at the start and after each reload: their
// series begin at 0, and those of the others end.
func (m *Metrics) Jobs(names []string) {
	m.forget(names)
	for _, job := range names {
		for _, r := range results {
			if r != runningResult {
				m.runs.WithLabelValues(job, r)
			}
		}
		m.panics.WithLabelValues(job)
		m.running.WithLabelValues(job)
	}
}

// forget ends the series of jobs that are not among names.
func (m *Metrics) forget(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, job := range m.jobs {
		if slices.Contains(names, job) {
			continue
		}
		by := map[string]string{"job": job}
		m.runs.DeletePartialMatch(by)
		m.panics.DeletePartialMatch(by)
		m.running.DeletePartialMatch(by)
		m.took.DeletePartialMatch(by)
		m.stageTook.DeletePartialMatch(by)
	}
	m.jobs = slices.Clone(names)
}

// RunBegan says that the job is running.
func (m *Metrics) RunBegan(job string) { m.running.WithLabelValues(job).Set(1) }

// RunEnded says that a run of the job ended, in one of the engine's statuses,
// after d, of which each of the engine's stages took its part. Stages that are
// missing took nothing. What never began is no run: see Skipped.
func (m *Metrics) RunEnded(job, result string, d time.Duration, took map[string]time.Duration) {
	m.running.WithLabelValues(job).Set(0)
	m.runs.WithLabelValues(job, known(results, result)).Inc()
	m.took.WithLabelValues(job).Set(d.Seconds())
	sums := make(map[string]time.Duration, len(stages))
	for s, t := range took {
		sums[known(stages, s)] += t
	}
	for _, s := range stages {
		m.stageTook.WithLabelValues(job, s).Set(sums[s].Seconds())
	}
}

// Panic says that a run of the job ended in a panic. RunEnded is called as well.
func (m *Metrics) Panic(job string) { m.panics.WithLabelValues(job).Inc() }

// Skipped says that a run was due and not begun, for one of the Skip reasons.
func (m *Metrics) Skipped(reason string) { m.skipped.WithLabelValues(known(skips, reason)).Inc() }

// Notice says what came of a message to people over a channel of the configuration:
// one of the Notice words.
func (m *Metrics) Notice(channel, result string) {
	m.notices.WithLabelValues(known(channels, channel), known(noticeResults, result)).Inc()
}

// Exchange says that one attempt of a request to the CRM ended, in a class of the
// CRM client ("" = ClassOK) or ClassCanceled.
func (m *Metrics) Exchange(action, class string, write bool, d time.Duration) {
	if class == "" {
		class = ClassOK
	}
	action = known(actions, action)
	m.requests.WithLabelValues(action, kindOf(write), known(classes, class)).Inc()
	m.latency.WithLabelValues(action, kindOf(write)).Observe(d.Seconds())
}

// Reloaded says that the configuration was read again, and is used, or was refused
// and the old one stays.
func (m *Metrics) Reloaded(ok bool) {
	if !ok {
		m.reloadOK.Set(0)
		m.reloads.WithLabelValues("refused").Inc()
		return
	}
	m.reloadOK.Set(1)
	m.reloadTime.Set(seconds(m.now()))
	m.reloads.WithLabelValues("ok").Inc()
}

// WatchdogLate says that a part of the service became late.
func (m *Metrics) WatchdogLate() { m.watchdogLate.Inc() }

// ClockJump says that the wall clock was set.
func (m *Metrics) ClockJump() { m.clockJumps.Inc() }

// LogError says that a log entry could not be written.
func (m *Metrics) LogError() { m.logErrors.Inc() }

// StateError says that the state could not be written. Failures to gather count
// by themselves.
func (m *Metrics) StateError() { m.stateErrors.Inc() }

func known(list []string, word string) string {
	if slices.Contains(list, word) {
		return word
	}
	return other
}

func kindOf(write bool) string {
	if write {
		return "write"
	}
	return "read"
}

// seconds is a timestamp as Prometheus has them; the zero time is 0.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

func counterVec(d definition) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: d.name, Help: d.help}, d.labels)
}

func gaugeVec(d definition) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: d.name, Help: d.help}, d.labels)
}

func counterOne(d definition) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: d.name, Help: d.help})
}

func gaugeOne(d definition) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Name: d.name, Help: d.help})
}
