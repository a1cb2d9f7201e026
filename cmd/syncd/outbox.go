package main

import (
	"context"
	"errors"
	"strings"

	"syncd/internal/config"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/record"
	"syncd/internal/source"
)

// outbox makes what takes a job's changes from the CRM; nil for a job that writes
// nothing back.
func (in *installation) outbox(job string, m *mapping.Mapping, step func(string)) (engine.Outbox, error) {
	w := in.cfg.Jobs[job].WriteBack
	switch {
	case w == nil:
		return nil, nil
	case w.CSV != nil:
		return in.csvOutbox(job, m, w.CSV, step)
	}
	return in.sqlOutbox(job, m, w.SQL)
}

func (in *installation) csvOutbox(job string, m *mapping.Mapping, c *config.CSVSink, step func(string)) (engine.Outbox, error) {
	out, err := endpoint.NewCSVOut(endpoint.CSVOutConfig{
		Job: job, Dir: string(c.Dir), Encoding: string(c.Encoding), Delimiter: byte(c.Delimiter),
		FormulaGuard: c.FormulaGuard, Zones: in.zones(in.cfg.Jobs[job]), Step: step,
	}, m)
	if err != nil {
		return nil, fault(exitConfig, err, message.ConfigBadValue, message.S("value", "jobs."+job+".write_back.csv"),
			message.S("want", err.Error()))
	}
	return out, nil
}

// outboxFault words an error of handing over what goes to the source side; nil
// when it is none.
func (in *installation) outboxFault(job string, err error) error {
	var out *engine.OutboxError
	if !errors.As(err, &out) {
		return nil
	}
	var folder *source.FolderError
	if !errors.As(err, &folder) {
		return fault(exitFailure, err, message.WriteBackFailed, message.S("place", out.Name), message.S("cause", in.app.sqlCause(out.Err)), message.S("job", job))
	}
	dir := message.S("dir", in.shown(folder.Dir))
	switch folder.Reason {
	case source.FolderMissing:
		return fault(exitFailure, err, message.WriteBackNoFolder, dir, message.S("command", folder.Command()), message.S("job", job))
	case source.FolderFull:
		return fault(exitFailure, err, message.WriteBackFull, dir, message.S("job", job))
	case source.FolderNotWritable:
		return fault(exitFailure, err, message.WriteBackNotTaken, dir, message.S("cause", folder.Error()),
			message.S("command", folder.Command()), message.S("job", job))
	case source.FolderNoFolder, source.FolderFailed:
	}
	return fault(exitFailure, err, message.WriteBackFailed, message.S("place", folder.Dir), message.S("cause", folder.Error()), message.S("job", job))
}

// checkOutbox looks whether what the CRM changes has somewhere to go, and names
// the fields that have no way back.
func (in *installation) checkOutbox(ctx context.Context, job string, c *checkup) {
	out, err := in.outbox(job, c.m, nil)
	if err != nil {
		c.problem(err)
		return
	}
	switch out := out.(type) {
	case nil:
		return
	case *endpoint.CSVOut:
		if err := out.Check(); err != nil {
			c.problem(in.outboxFault(job, &engine.OutboxError{Name: string(in.cfg.Jobs[job].WriteBack.CSV.Dir), Err: err}))
		}
	case *endpoint.SQLOut:
		if err := out.Check(ctx); err != nil {
			c.problem(in.tableFault(job, err))
		}
	}
	var fields []string
	schema := c.m.Schema()
	for i := range schema.Len() {
		if _, oneWay := c.m.OneWay(i); oneWay && schema.Field(i).Owner != record.OwnerSource {
			fields = append(fields, schema.Field(i).Name)
		}
	}
	if len(fields) > 0 {
		c.doubt(message.WriteBackOneWay, message.S("job", job), message.S("fields", strings.Join(fields, ", ")))
	}
}
