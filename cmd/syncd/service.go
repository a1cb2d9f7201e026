package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zapio"

	"syncd/internal/config"
	"syncd/internal/daemon"
	"syncd/internal/message"
	"syncd/internal/metrics"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// service is `syncd serve`: it composes the scheduler, the systemd side, health and
// metrics with the jobs of the configuration. Its state is open as long as it runs;
// the run lock is held by each run alone, so that people may run jobs beside it.
type service struct {
	app     *app // says to the log what commands say to people
	db      *state.DB
	logger  func(*config.Config) *zap.Logger
	now     func() time.Time
	started time.Time
	life    time.Duration // how often the state is told that it lives

	systemd   *daemon.Systemd
	pulse     *daemon.Pulse
	scheduler *daemon.Scheduler
	http      *daemon.HTTPServer
	metrics   *metrics.Metrics

	changed chan struct{} // capacity 1: something happened that may be worth telling
	over    chan error    // capacity 1: why the service cannot go on
	asked   requestList
	waits   bool             // the last run found the lock taken
	skipped map[string]int64 // by job: what Planned told last

	mu       sync.Mutex
	in       *installation // of the configuration in force
	refused  string        // why the last reload was refused; "" = it was not
	reloaded time.Time     // when a reload was last answered
	stopping bool

	complaints map[string]string // by part of the service: what was logged last
}

// serviceOptions are what the world gives to a service. The zero value is good.
type serviceOptions struct {
	hints daemon.Hints  // tell early of new exports; nil = looking for them has to do
	tick  time.Duration // how often the scheduler looks; 0 = its own
	life  time.Duration // how often the state is told that it lives; 0 = liveEvery
}

// newService opens the state and composes the service. Nothing runs yet.
func (a *app) newService(ctx context.Context, cfg *config.Config, o serviceOptions) (*service, error) {
	s := &service{now: a.clock(), changed: make(chan struct{}, 1), over: make(chan error, 1), skipped: map[string]int64{}, complaints: map[string]string{}, pulse: daemon.NewPulse(time.Now)}
	s.started, s.life = s.now(), cmp.Or(o.life, liveEvery)
	s.metrics = metrics.New(metrics.Config{
		Version: versionOf(), GoVersion: runtime.Version(), Now: s.now, Gather: s.standing, Failed: s.ungathered,
	})
	s.metrics.Jobs(cfg.JobNames())
	s.logger = func(cfg *config.Config) *zap.Logger {
		return a.logTo(countedWriter{untyped(a.err), s.metrics.LogError}, cfg.Log, cfg.Timezone.Location)
	}
	log := s.logger(cfg)
	quiet := *a
	quiet.out, quiet.err, quiet.screen = io.Discard, &zapio.Writer{Log: log, Level: zapcore.WarnLevel}, nil
	s.app = &quiet
	s.systemd = daemon.NewSystemd(a.getenv, log)
	var err error
	patient := s.askForTime(startStep)
	s.db, err = a.stateToServe(ctx, cfg)
	patient()
	if err != nil {
		return nil, err
	}
	s.in = &installation{app: s.app, cfg: cfg, db: s.db, log: log, teller: &teller{}, noticed: s.metrics.Notice}
	s.in.saveMemory()
	s.asked.sign = &stateSign{path: string(cfg.State), every: requestsEvery}
	s.scheduler = daemon.New(daemon.Config{Log: log, Pulse: s.pulse, Now: s.now, Hints: o.hints, Tick: o.tick}, s)
	s.http = daemon.NewHTTPServer(daemon.HTTPConfig{
		Listen: cfg.Listen, Pulse: s.pulse, Health: s.health, Metrics: s.metrics.Handler(), Say: s.say, Log: log,
	})
	return s, nil
}

// stopSpare is what the end of the service may take beside the run's.
const stopSpare = 10 * time.Second

// startStep is for how long at a time systemd is asked to wait for the start.
const startStep = 90 * time.Second

// askForTime asks the service manager to wait for a start that takes long, until enough
// is called: a large state that an older version made is copied and checked first.
func (s *service) askForTime(step time.Duration) (enough func()) {
	done := make(chan struct{})
	var asking sync.WaitGroup
	asking.Go(func() {
		again := time.NewTicker(step / 3)
		defer again.Stop()
		for {
			s.systemd.Extend(step)
			select {
			case <-done:
				return
			case <-again.C:
			}
		}
	})
	return func() { close(done); asking.Wait() }
}

// requestsEvery is how often requests are read although nothing seems to have changed.
const requestsEvery = 10 * time.Minute

// stateToServe opens the state for a service, and makes it where it is missing. A run
// that people have on at that moment has made it already.
func (a *app) stateToServe(ctx context.Context, cfg *config.Config) (*state.DB, error) {
	path := string(cfg.State)
	o := state.Options{Clock: a.clock(), Fold: reconcile.FoldUID}
	lock, err := state.Lock(path)
	var held *state.HeldError
	switch {
	case err == nil:
		o.Create = true
		defer func() { _ = lock.Release() }()
	case !errors.As(err, &held):
		return nil, a.unusableState(path, err)
	}
	db, err := state.Open(ctx, path, o)
	if err != nil {
		return nil, a.unusableState(path, err)
	}
	if backup := db.MigrationBackup(); backup != "" {
		a.remark(message.StateMigrated, message.S("file", path), message.S("backup", backup))
	}
	return db, nil
}

// countedWriter is a writer whose failures are counted: a log that cannot be written ends
// nothing.
type countedWriter struct {
	io.Writer
	failed func()
}

func (c countedWriter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	if err != nil {
		c.failed()
	}
	return n, err
}

// close lets go of the state.
func (s *service) close() { _ = s.db.Close() }

// serve runs until the context ends and the run in flight has come to rest, or
// `stop_timeout` has passed.
func (s *service) serve(ctx context.Context, hangup <-chan os.Signal) error {
	log := s.current().log
	log.Info("service begins", zap.String("version", versionOf()), zap.Int("jobs", len(s.current().cfg.Jobs)))
	if isIdle(s.current().cfg) {
		s.say(message.ServiceIdle)
	}
	beside, stop := context.WithCancel(context.WithoutCancel(ctx))
	var parts sync.WaitGroup
	defer s.await(&parts)
	defer stop()
	defer s.pulse.Watch(daemon.PartScheduler, leastPatience)()
	parts.Go(func() { s.http.Serve(beside) })
	parts.Go(func() { s.tend(beside) })
	parts.Go(func() { s.listenForReload(beside, hangup) })
	parts.Go(func() { daemon.Guard(beside, s.systemd.WatchdogInterval(), s.systemd.Alive, s.pulse, s.lateParts) })

	ended := make(chan error, 1)
	working, rest := context.WithCancel(ctx)
	defer rest()
	go func() { ended <- s.scheduler.Serve(working, s.plan(ctx, s.current())) }()
	s.systemd.Ready()
	var failed error
	select {
	case err := <-ended:
		return err
	case failed = <-s.over:
		rest()
	case <-ctx.Done():
	}
	grace := s.current().cfg.StopTimeout.Std()
	s.stop(grace)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-ended:
		s.tellLost(ctx, failed)
		log.Info("service ended", zap.Error(failed))
		return errors.Join(failed, err)
	case <-timer.C:
		s.tellLost(ctx, failed)
		s.say(message.ServiceCutOff, message.S("wait", grace.String()))
		return failed
	}
}

// await waits for the parts to end, but not for one that hangs: a page on a share that
// is gone must not keep the service from stopping.
func (s *service) await(parts *sync.WaitGroup) {
	all := make(chan struct{})
	go func() { parts.Wait(); close(all) }()
	timer := time.NewTimer(stopSpare)
	defer timer.Stop()
	select {
	case <-all:
	case <-timer.C:
		s.current().log.Warn("a part of the service does not end, it is not waited for")
	}
}

// lost ends the service when its state cannot be worked with as it is open here:
// whoever starts it again opens it anew.
func (s *service) lost() error {
	err := s.db.Lost()
	if err == nil {
		return nil
	}
	cause := err.Error()
	var write *state.WriteError
	if errors.As(err, &write) {
		cause = write.Err.Error()
	}
	err = fault(exitFailure, err, message.ServiceStateLost, message.S("file", s.db.File()), message.S("cause", cause))
	select {
	case s.over <- err:
		s.metrics.StateError()
		s.current().log.Error("the state is lost", s.app.worded(err)...)
	default: // it ends already
	}
	return err
}

// tellLost tells people of a disk that fails, before the service ends for it. Whoever
// put another state there knows.
func (s *service) tellLost(ctx context.Context, err error) {
	var write *state.WriteError
	if !errors.As(err, &write) {
		return
	}
	in := *s.current()
	in.teller.note(err, s.now())
	s.complain(ctx, "notifications", in.tellChanges(ctx, s.now()))
}

// stop says that the service ends, within so long.
func (s *service) stop(grace time.Duration) {
	s.systemd.Stopping()
	s.systemd.Extend(grace + stopSpare)
	s.mu.Lock()
	s.stopping = true
	s.mu.Unlock()
}

// current is the installation of the configuration in force. It is not changed;
// a reload puts another one in its place.
func (s *service) current() *installation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.in
}

// say logs a message of the catalog.
func (s *service) say(code message.Code, args ...message.Arg) {
	s.current().log.Warn(logSays, zap.String(logCode, string(code)), zap.String(logText, message.Text(s.app.lang, code, args...)))
}

// ungathered logs that a scrape could not read the state.
func (s *service) ungathered(err error) {
	s.current().log.Error("metrics could not be gathered", zap.Error(err))
}

// lateParts logs who keeps the watchdog from being pinged.
func (s *service) lateParts(late []daemon.LatePart) {
	s.metrics.WatchdogLate()
	for _, p := range late {
		s.current().log.Error("no progress", zap.String(logPart, p.Part), zap.Time("since", p.Since))
	}
}

// noteChange has what follows a change done soon: notifications, the page.
func (s *service) noteChange() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// isIdle reports whether no job starts by itself.
func isIdle(cfg *config.Config) bool {
	return !slices.ContainsFunc(cfg.JobNames(), func(name string) bool { return startsItself(cfg, name) })
}
