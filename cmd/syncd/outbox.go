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
		FormulaGuard: c.FormulaGuard, Zones: in.zones(in.cfg.Jobs[job]), Links: in.links(job, m), Step: step,
	}, m)
	if err != nil {
		return nil, fault(exitConfig, err, message.ConfigBadValue, message.S("value", "jobs."+job+".write_back.csv"),
			message.S("want", err.Error()))
	}
	return out, nil
}

// outboxFault words an error of handing over what goes to the source side, met by
// a run; nil when it is none.
func (in *installation) outboxFault(job string, err error) error {
	return in.outboxFaultIn(job, err, "syncd run", phrase{})
}

// outboxFaultIn is outboxFault of the command that tries again, and what that
// did so far, where it was no run.
func (in *installation) outboxFaultIn(job string, err error, again string, did phrase) error {
	var out *engine.OutboxError
	if !errors.As(err, &out) {
		return nil
	}
	args := []message.Arg{message.S("job", job), message.S("again", again)}
	word := func(code message.Code, more ...message.Arg) error {
		return &faultError{exit: exitFailure, code: code, args: append(more, args...), err: err, did: did}
	}
	var folder *source.FolderError
	if !errors.As(err, &folder) {
		return word(message.WriteBackFailed, message.S("place", out.Name), message.S("cause", in.app.sqlCause(out.Err)))
	}
	dir, command := message.S("dir", in.shown(folder.Dir)), message.S("command", folder.Command())
	switch folder.Reason {
	case source.FolderMissing:
		return word(message.WriteBackNoFolder, dir, command)
	case source.FolderFull:
		return word(message.WriteBackFull, dir)
	case source.FolderNotWritable:
		return word(message.WriteBackNotTaken, dir, message.S("cause", folder.Error()), command)
	case source.FolderNoFolder, source.FolderFailed:
	}
	return word(message.WriteBackFailed, message.S("place", folder.Dir), message.S("cause", folder.Error()))
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
			c.problem(in.outboxFaultIn(job, &engine.OutboxError{Name: string(in.cfg.Jobs[job].WriteBack.CSV.Dir), Err: err},
				"syncd check", phrase{"Nothing was sent.", "Ничего не отправлено."}))
		}
	case *endpoint.SQLOut:
		if err := out.Check(ctx); err != nil {
			c.problem(in.tableFault(job, err))
		}
	}
	if j := in.cfg.Jobs[job]; j.OnCRMNew == "export" && j.Of == "" && c.m.CLIDColumn() == "" { // parts are met by what they are
		c.doubt(message.WriteBackNoCLID, message.S("job", job), message.S("mapping", c.Mapping))
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
