package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/source"
	"syncd/internal/state"
)

// settleAt is how many records one transaction of the preparation settles.
const settleAt = 50_000

// preparation fills the state of an installation as a first load would have
// left it, with the same reader, mapping and state, but no CRM in between: each
// record of the export is linked to the clid of its place. Into the CRM go only
// the clients that the passes will ask for.
type preparation struct {
	in    *installation
	m     *mapping.Mapping
	job   *state.Job
	run   int64
	every int // each so many-th client is put into the CRM, and the last
	total int
	n     int
	done  []engine.Settlement
	crm   []emulator.Client
}

// prepare fills the state of an installation from its export of total rows.
func (in *installation) prepare(ctx context.Context, total, every int) error {
	m, err := mapping.Load(in.file("clients.yaml"))
	if err != nil {
		return err
	}
	db, err := state.Open(ctx, in.file("state.db"), state.Options{Clock: time.Now, Fold: reconcile.FoldUID, Create: true})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // the run that follows would find anything amiss
	job, err := db.Job(ctx, state.JobKey{Name: "clients", CRM: "main", Entity: "client"})
	if err != nil {
		return err
	}
	p := &preparation{in: in, m: m, job: job.WithSchema(m.Schema(), m.CanonSource), every: every, total: total}
	return p.fill(ctx)
}

func (p *preparation) fill(ctx context.Context) error {
	var err error
	if p.run, err = p.job.Start(ctx, time.Now()); err != nil {
		return err
	}
	moscow, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		return err
	}
	csv := endpoint.NewCSV(endpoint.CSVConfig{
		Path: p.in.file("clients.csv"), Shown: "clients.csv", Full: true, Options: source.CSVOptions{},
		Zones: mapping.Zones{Source: moscow, Account: moscow},
	}, p.m, nil)
	if _, err := csv.Read(ctx, engine.Known{}, func(batch []engine.Incoming) error { return p.take(ctx, batch) }); err != nil {
		return err
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	if p.n != p.total {
		return fmt.Errorf("prepare: %d records in %d rows", p.n, p.total)
	}
	mark := engine.MirrorMark{TopCLID: int64(p.n), FullAt: time.Now()}
	if err := p.job.SaveMirror(ctx, mark, false, nil, func(func(reconcile.Entry) error) error { return nil }); err != nil {
		return err
	}
	if _, err := p.job.Found(ctx, p.run, engine.Findings{Complete: true, Mapping: p.m.Fingerprint(), Rows: int64(p.n)}); err != nil {
		return err
	}
	if err := p.job.Finish(ctx, p.run, &engine.Report{
		Run: p.run, Job: "clients", Status: engine.RunDone, Finished: time.Now(),
		Rows: engine.Rows{Read: int64(p.n), Records: int64(p.n)},
	}); err != nil {
		return err
	}
	return p.in.crm.Seed(p.crm...)
}

func (p *preparation) take(ctx context.Context, batch []engine.Incoming) error {
	for i := range batch {
		in := &batch[i]
		if in.Kind == engine.InSkipped {
			continue // the header
		}
		if in.Kind != engine.InRecord || len(in.Problems) > 0 {
			return fmt.Errorf("prepare: line %d is no clean record", in.Origin.Line)
		}
		p.n++
		p.done = append(p.done, p.settlement(in))
		if p.n%p.every == 0 || p.n == p.total {
			p.crm = append(p.crm, client(p.m.Schema(), in.Record, int64(p.n)))
		}
		if len(p.done) == settleAt {
			if err := p.settle(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// settlement is what the engine stores of a confirmed add whose client reads
// back as it was sent.
func (p *preparation) settlement(in *engine.Incoming) engine.Settlement {
	rec, schema := in.Record, p.m.Schema()
	clid := int64(p.n)
	title := rec.Get(schema, "title").Text
	return engine.Settlement{
		UID: rec.UID, Clear: true,
		Link: &engine.Link{
			UID: rec.UID, Key: rec.Key, CLID: clid, Title: strings.Clone(title),
			Base: record.Store(schema, clone(rec.Values)), Source: in.Source, Origin: in.Origin,
		},
		Mirror: &reconcile.Entry{CLID: clid, UID: rec.UID, Keys: endpoint.Keys(p.m)(clone(rec.Values))},
	}
}

// clone copies values out of the memory that the reader uses again.
func clone(values []record.Value) []record.Value {
	out := slices.Clone(values)
	for i := range out {
		out[i].Text, out[i].Canon = strings.Clone(out[i].Text), strings.Clone(out[i].Canon)
	}
	return out
}

func (p *preparation) settle(ctx context.Context) error {
	if err := p.job.Settle(ctx, p.run, p.done); err != nil {
		return err
	}
	p.done = p.done[:0]
	p.in.b.say("prepare the state: %d of %d records", p.n, p.total)
	return nil
}

// client is a record as a client that the CRM has had for long.
func client(schema *record.Schema, rec *record.Record, clid int64) emulator.Client {
	cl := emulator.Client{CLID: clid, UID: rec.UID, Fields: map[string]string{}, Recv: map[string]string{}}
	values := clone(rec.Values)
	for name, text := range maps.All(record.Store(schema, values)) {
		if text == nil || *text == "" {
			continue
		}
		switch slot, isRecv := strings.CutPrefix(name, "recv."); {
		case isRecv:
			cl.Recv[slot] = *text
		case name == "title":
			cl.Title = *text
		case name == "date_create":
			cl.Created = *text
		default:
			cl.Fields[name] = *text
		}
	}
	return cl
}
