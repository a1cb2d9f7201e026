package main

import (
	"errors"

	"syncd/internal/config"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
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
		return fault(exitFailure, err, message.WriteBackFailed, message.S("place", out.Name), message.S("cause", out.Err.Error()), message.S("job", job))
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
