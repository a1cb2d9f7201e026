package main

import (
	"strings"

	"syncd/internal/config"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/source"
)

// sqlConfig describes a query as a job reads it.
func (in *installation) sqlConfig(j *config.Job, m *mapping.Mapping, name string) (endpoint.SQLConfig, error) {
	q := in.cfg.Sources[name].SQL
	dsn, err := in.cfg.Secret(q.DSN)
	if err != nil {
		return endpoint.SQLConfig{}, err
	}
	return endpoint.SQLConfig{
		Shown: "sources." + name, Full: q.Snapshot == config.SnapshotFull, Timeout: q.Timeout.Std(),
		Options: source.SQLOptions{
			Driver: source.Driver(q.Driver), DSN: dsn.Reveal(), Query: q.Query, Cursor: q.Cursor,
			Overlap:    source.Overlap{Span: q.Overlap.Span.Std(), Count: q.Overlap.Count},
			YearOffset: q.YearOffset,
		},
		Zones: in.zones(j), Salt: in.salt(j, m), Now: in.app.clock(),
	}, nil
}

// settingsOf is where the configuration speaks of a job: of a part, among the parts of
// the job that it belongs to.
func settingsOf(job string) string {
	if of, part, ok := strings.Cut(job, "."); ok {
		return "jobs." + of + ".parts." + part
	}
	return "jobs." + job
}

// sqlOutbox makes the table that takes a job's changes from the CRM.
func (in *installation) sqlOutbox(job string, m *mapping.Mapping, t *config.SQLSink) (engine.Outbox, error) {
	out, err := in.sinkTable(job, m, t)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (in *installation) sinkTable(job string, m *mapping.Mapping, t *config.SQLSink) (*endpoint.SQLOut, error) {
	dsn, err := in.cfg.Secret(t.DSN)
	if err != nil {
		return nil, err
	}
	j := in.cfg.Jobs[job]
	return endpoint.NewSQLOut(endpoint.SQLOutConfig{
		Sink: source.SQLSinkConfig{
			Driver: source.Driver(t.Driver), DSN: dsn.Reveal(), Name: settingsOf(job) + ".write_back.sql",
			Table: t.Table, Key: t.Key, CLID: t.CLID, SameTable: t.SameTable,
		},
		Zones: in.zones(j), Links: in.links(job, m), Born: j.OnCRMNew == "export",
	}, m), nil
}
