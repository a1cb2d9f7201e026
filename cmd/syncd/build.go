package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// installation is a configuration with its state: what most commands work on.
type installation struct {
	app *app
	cfg *config.Config
	db  *state.DB
	log *zap.Logger

	watch  func(crmapi.Exchange) // told of each request to the CRM; nil = nobody
	teller *teller               // what the notices remember
	plains map[string]plain      // by job, as they are asked for: a command prints from one goroutine

	ahead ahead // what the plans of one command found so far; nil = the state alone counts

	noticed func(channel, result string) // told what came of each notice, in the words of metrics; nil = nobody
}

// access says how a command uses the state.
type access uint8

const (
	reading access = iota // takes no lock, changes nothing; the state may be missing
	writing               // a short transaction beside a run; the state must be there
	running               // holds the run lock, and makes the state when it is missing
)

// install loads the configuration and opens its state. The returned function
// closes both and frees the lock.
func (a *app) install(ctx context.Context, how access) (*installation, func(), error) {
	cfg, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	return a.installed(ctx, cfg, how)
}

// installed is install with a configuration that was loaded before.
func (a *app) installed(ctx context.Context, cfg *config.Config, how access) (*installation, func(), error) {
	in := &installation{app: a, cfg: cfg, teller: &teller{}, log: a.logger(cfg.Log, cfg.Timezone.Location)}
	path := string(cfg.State)
	err := becomeOwner(path)
	if err != nil {
		return nil, nil, a.unusableState(path, err)
	}
	o := state.Options{Clock: a.clock(), Fold: reconcile.FoldUID}
	release := func() {}
	switch how {
	case reading:
		in.db, err = state.OpenReadOnly(ctx, path, o)
		var missing *state.MissingError
		if errors.As(err, &missing) {
			in.db, err = state.Empty(ctx, o)
		}
	case writing:
		in.db, err = state.Open(ctx, path, o)
	case running:
		if err = os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, nil, a.unusableState(path, fmt.Errorf("make the folder of the state: %w", err))
		}
		lock, lerr := state.Lock(path)
		if lerr != nil {
			return nil, nil, a.unusableState(path, lerr)
		}
		release = func() { _ = lock.Release() }
		o.Create = true
		in.db, err = state.Open(ctx, path, o)
	}
	if err != nil {
		release()
		return nil, nil, a.unusableState(path, err)
	}
	if backup := in.db.MigrationBackup(); backup != "" {
		a.remark(message.StateMigrated, message.S("file", path), message.S("backup", backup))
	}
	return in, func() { _ = in.db.Close(); release() }, nil
}

// jobParts is a job put together: both sides, its state and its engine.
type jobParts struct {
	name    string
	cfg     *config.Job
	mapping *mapping.Mapping
	api     *crmapi.Client
	crm     *crmEnd
	source  sourceSide
	outbox  engine.Outbox // nil: the job writes nothing back
	state   *state.Job
	engine  *engine.Engine
}

// jobs lists the jobs that a command names with their parts, or all, jobs that
// others come after first.
func (in *installation) jobs(names []string, all bool) ([]string, error) {
	if all || len(names) == 0 && len(in.ownJobs()) == 1 {
		return in.inOrder(in.cfg.JobNames()), nil
	}
	if len(names) == 0 {
		return nil, usageError(message.UsageNoJob, message.S("known", strings.Join(in.cfg.JobNames(), ", ")))
	}
	for _, n := range names {
		if in.cfg.Jobs[n] == nil {
			if err := in.brokenPart(n); err != nil {
				return nil, err
			}
			return nil, usageError(message.UsageUnknownJob, message.S("job", n), message.S("file", in.cfg.File()),
				message.S("known", strings.Join(in.cfg.JobNames(), ", ")))
		}
	}
	return in.withParts(names), nil
}

// inOrder puts jobs behind those they come after; the configuration has
// refused circles.
func (in *installation) inOrder(names []string) []string {
	var out []string
	placed := map[string]bool{}
	var place func(name string)
	place = func(name string) {
		if placed[name] || in.cfg.Jobs[name] == nil {
			return
		}
		placed[name] = true
		for _, before := range in.cfg.Jobs[name].After {
			place(before)
		}
		out = append(out, name)
	}
	for _, n := range names {
		place(n)
	}
	return out
}

// tools are what a run needs besides the configuration.
type tools struct {
	traffic *traffic // filled in by job
	observe func(engine.Event)
	step    func(string) // nil but in crash tests
}

// traffic counts what goes to the CRM.
type traffic struct{ requests, writes atomic.Int64 }

func (t *traffic) observe(next func(crmapi.Exchange)) func(crmapi.Exchange) {
	return func(x crmapi.Exchange) {
		t.requests.Add(1)
		if x.Write {
			t.writes.Add(1)
		}
		next(x)
	}
}

func (t *traffic) counts() (requests, writes int64) { return t.requests.Load(), t.writes.Load() }

// job puts a job together.
func (in *installation) job(ctx context.Context, name string, t tools) (*jobParts, error) {
	j := in.cfg.Jobs[name]
	p := &jobParts{name: name, cfg: j}
	var err error
	if p.mapping, err = in.mapping(name); err != nil {
		return nil, err
	}
	if err := in.fitsOthers(name, p.mapping); err != nil {
		return nil, err
	}
	t.traffic = &traffic{}
	if p.api, err = in.countedClient(j.CRM, t.traffic); err != nil {
		return nil, err
	}
	p.state, err = in.db.Job(ctx, state.JobKey{Name: name, CRM: j.CRM, Entity: string(j.Entity)})
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	p.state = p.state.WithSchema(p.mapping.Schema(), p.mapping.CanonSource)
	if p.crm, err = in.crmEnd(ctx, name, p.mapping, p.api, p.state); err != nil {
		return nil, err
	}
	if p.source, err = in.source(name, p.mapping, fileLog{p.state}); err != nil {
		return nil, err
	}
	if p.outbox, err = in.outbox(name, p.mapping, t.step); err != nil {
		return nil, err
	}
	ports := engine.Ports{
		Source: p.source, CRM: p.crm, Writer: p.crm.Writer, // which may be more than one (engine.Foreseer)
		Ledger: p.state, Journal: p.state, Mirror: p.state, Log: p.state, Grounds: p.crm.grounds,
	}
	if ports.Anchor, err = in.anchor(ctx, name, p.api, p.crm.deals); err != nil {
		return nil, err
	}
	if p.outbox != nil {
		ports.Outbox, ports.Offers = p.outbox, p.state.Offers()
	}
	rules, err := in.engineConfig(name, p.mapping, t)
	if err != nil {
		return nil, err
	}
	if err := in.adapt(ctx, name, p.crm, &rules); err != nil {
		return nil, err
	}
	if l := p.mapping.Lines(); l != nil && l.Source != "" {
		rules.LinesField = mapping.FieldLines
	}
	p.engine = engine.New(rules, ports)
	return p, nil
}

// mapping loads a job's mapping; its mistakes are mistakes of the configuration.
func (in *installation) mapping(job string) (*mapping.Mapping, error) {
	j := in.cfg.Jobs[job]
	m, err := mapping.Load(string(j.Mapping))
	if err == nil && j.Of == "" && m.Entity() != string(j.Entity) {
		return nil, in.cfg.ErrorAt("jobs."+job+".entity", message.ConfigBadValue, message.S("value", string(j.Entity)),
			message.S("want", m.Entity()+" ("+in.shown(string(j.Mapping))+")"))
	}
	if err == nil && j.Part != "" {
		if m = m.Part(j.Part); m == nil { // plan --mapping, or changed this moment
			return nil, in.cfg.ErrorAt("jobs."+job+".mapping", message.ConfigMissingKey, message.S("key", j.Part))
		}
	}
	var wrong mapping.Errors
	switch {
	case errors.As(err, &wrong):
		return nil, &mappingFaultError{Errors: wrong}
	case err != nil:
		return nil, fault(exitConfig, err, message.MappingUnreadable, message.S("job", job),
			message.S("file", in.shown(string(j.Mapping))), message.S("cause", bareCause(err)))
	}
	return m, nil
}

// fitsOthers holds a job's mapping against the other jobs.
func (in *installation) fitsOthers(job string, m *mapping.Mapping) error {
	if err := in.distinctPrefix(job, m); err != nil {
		return err
	}
	return in.checkReferences(job, m)
}

// distinctPrefix refuses two jobs on one entity and CRM whose uids could meet.
func (in *installation) distinctPrefix(job string, m *mapping.Mapping) error {
	for _, other := range in.cfg.SameTarget(job) {
		o, err := in.mapping(other)
		if err != nil {
			return err
		}
		if meet(o.Identity(), m.Identity()) {
			return fault(exitConfig, nil, message.MappingPrefixShared, message.S("job", job), message.S("other", other))
		}
	}
	return nil
}

// meet reports whether two ways of making uids could make one uid of two keys.
// Raw keys have any length, so the prefix of one may be the start of the other's.
func meet(a, b mapping.IdentitySpec) bool {
	if a.Encode == mapping.EncodeRaw || b.Encode == mapping.EncodeRaw {
		return strings.HasPrefix(a.Prefix, b.Prefix) || strings.HasPrefix(b.Prefix, a.Prefix)
	}
	return a.Prefix == b.Prefix
}

// client makes the client of a CRM of the configuration.
func (in *installation) client(name string) (*crmapi.Client, error) {
	return in.countedClient(name, &traffic{})
}

// countedClient is client with its requests counted.
func (in *installation) countedClient(name string, t *traffic) (*crmapi.Client, error) {
	c := in.cfg.CRM[name]
	key, err := in.cfg.Secret(c.APIKey)
	if err != nil {
		return nil, err
	}
	rate := float64(c.Rate)
	if rate == 0 {
		rate = -1 // the configuration writes "no limit" as 0, the client as below 0
	}
	api, err := crmapi.New(crmapi.Config{
		BaseURL: string(c.BaseURL), Login: c.Login, APIKey: crmapi.NewSecret(key.Reveal()),
		Dialect: crmapi.Dialect(c.Dialect), SeesAll: c.SeesAll, FormGET: c.Method == config.MethodGET,
		CAFile: string(c.TLS.CAFile), Timeout: c.Timeout.Std(), Rate: rate,
		Observe: t.observe(in.observeExchange()), Transport: in.app.transport,
	})
	if err != nil {
		return nil, fault(exitConfig, err, message.ConfigBadValue, message.S("value", "crm."+name),
			message.S("want", err.Error()))
	}
	return api, nil
}

// observeExchange logs each request, and tells whoever watches.
func (in *installation) observeExchange() func(crmapi.Exchange) {
	log := logExchange(in.log)
	if in.watch == nil {
		return log
	}
	return func(x crmapi.Exchange) {
		log(x)
		in.watch(x)
	}
}

// shown is a path as people wrote it: relative to the configuration's folder.
func (in *installation) shown(path string) string {
	dir, err := filepath.Abs(filepath.Dir(in.cfg.File()))
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil && !strings.HasPrefix(rel, "..") {
		return rel
	}
	return path
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (in *installation) zones(j *config.Job) mapping.Zones {
	return mapping.Zones{
		Source: in.cfg.Timezone.Location, Account: in.cfg.CRM[j.CRM].Timezone.Location,
	}
}

// tempDir takes temporary files: the state's folder, or the system's when a plan
// comes before the first run.
func (in *installation) tempDir() string {
	dir := filepath.Dir(string(in.cfg.State))
	if _, err := os.Stat(dir); err != nil {
		return ""
	}
	return dir
}
