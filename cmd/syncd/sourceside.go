package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"syncd/internal/config"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/record"
	"syncd/internal/source"
	"syncd/internal/state"
)

// sourceSide is a source as runs and check use it.
type sourceSide interface {
	engine.Source
	// Columns ties the mapping to the source's columns, and tells which of them
	// nothing maps.
	Columns(ctx context.Context) (source.Header, []string, error)
}

// source makes the source of a job.
func (in *installation) source(job string, m *mapping.Mapping, log endpoint.FileLog) (sourceSide, error) {
	j := in.cfg.Jobs[job]
	more := endpoint.Gather{Links: in.links(job, m), TempDir: in.tempDir()}
	if l := m.Lines(); l != nil && l.Source != "" {
		var err error
		if more.Lines, err = in.lineSource(j, m, l.Source); err != nil {
			return nil, err
		}
	}
	if in.cfg.Sources[j.Source].SQL != nil {
		c, err := in.sqlConfig(j, m, j.Source)
		if err != nil {
			return nil, err
		}
		c.Gather = more
		return endpoint.NewSQL(c, m), nil
	}
	c := in.csvConfig(j, m, j.Source)
	c.Gather = more
	return endpoint.NewCSV(c, m, log), nil
}

// lineSource makes the source of the lines of a job's records.
func (in *installation) lineSource(j *config.Job, m *mapping.Mapping, name string) (*endpoint.Lines, error) {
	var lines *endpoint.Lines
	var err error
	if in.cfg.Sources[name].SQL != nil {
		c, cerr := in.sqlConfig(j, m, name)
		if cerr != nil {
			return nil, cerr
		}
		lines, err = endpoint.NewSQLLines(c, m)
	} else {
		lines, err = endpoint.NewCSVLines(in.csvConfig(j, m, name), m)
	}
	if errors.Is(err, endpoint.ErrLinesNotWhole) {
		return nil, in.cfg.ErrorAt("sources."+name, message.ConfigNeedsKey, message.S("key", "lines.source: "+name), message.S("other", "snapshot: full"))
	}
	return lines, err
}

// sourceName is how messages name a job's source: its file, or its place in the
// configuration.
func (in *installation) sourceName(j *config.Job) string {
	if c := in.cfg.Sources[j.Source].CSV; c != nil {
		return in.shown(string(c.Path))
	}
	return "sources." + j.Source
}

// readOnce reports whether a row of a job's source is read once: files of a
// pattern are put away, and a delta passes.
func (in *installation) readOnce(j *config.Job) bool {
	s := in.cfg.Sources[j.Source]
	if s.SQL != nil {
		return s.SQL.Snapshot == config.SnapshotDelta
	}
	return strings.ContainsAny(string(s.CSV.Path), "*?[")
}

// csvConfig describes a source of files as a job reads it.
func (in *installation) csvConfig(j *config.Job, m *mapping.Mapping, name string) endpoint.CSVConfig {
	c := in.cfg.Sources[name].CSV
	header := source.HeaderLine(c.Header.Line)
	if c.Header.None {
		header = source.HeaderNone
	}
	delimiter := ""
	if c.Delimiter != 0 {
		delimiter = string(c.Delimiter)
	}
	o := source.CSVOptions{
		Encoding: string(c.Encoding), Delimiter: delimiter, Header: header, Columns: c.Columns,
		OverflowColumn: c.OverflowColumn, FinalNewline: source.FinalNewline(c.FinalNewline),
		Limits: source.Limits{Cell: int(c.Limits.Cell), Row: int(c.Limits.Row), File: int64(c.Limits.File)},
	}
	if c.Complete != nil {
		o.Trailer = c.Complete.Trailer
	}
	return endpoint.CSVConfig{
		Path: string(c.Path), Shown: in.shown(string(c.Path)), Show: in.shown, Once: strings.ContainsAny(string(c.Path), "*?["),
		Full: c.Snapshot == config.SnapshotFull, After: afterOf(c.After), Settle: c.Settle.Std(), Wait: wait,
		Options: o, Proof: proofOf(c), Zones: in.zones(j), Salt: in.salt(j, m),
	}
}

// proofOf names the files that come beside each export.
func proofOf(c *config.CSV) source.Proof {
	if c.Complete == nil {
		return source.Proof{}
	}
	return source.Proof{Manifest: c.Complete.Manifest, ReadyFile: c.Complete.ReadyFile}
}

func afterOf(a config.AfterRead) endpoint.After {
	switch a {
	case "archive":
		return endpoint.AfterArchive
	case "delete":
		return endpoint.AfterDelete
	}
	return endpoint.AfterKeep
}

// rowRules counts up whenever this program reads rows in another way, so that
// no row hash of an older one is believed.
const rowRules = "1"

// salt identifies all that the meaning of a raw row depends on besides its bytes.
func (in *installation) salt(j *config.Job, m *mapping.Mapping) record.Fingerprint {
	s := in.cfg.Sources[j.Source]
	z := in.zones(j)
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		version = buildOf(info).String()
	}
	return record.FingerprintOf(strings.Join([]string{
		rowRules, version, m.Fingerprint().String(), fmt.Sprint(z.Source, z.Account),
		optionsOf(s),
	}, "\x00"))
}

// optionsOf spells the options of a source that the meaning of a row depends on.
func optionsOf(s *config.Source) string {
	if c := s.CSV; c != nil {
		return fmt.Sprint(c.Encoding, c.Delimiter, c.Header, c.Columns, c.OverflowColumn)
	}
	return fmt.Sprint(s.SQL.Driver, s.SQL.Query, s.SQL.YearOffset)
}

// fileLog lets the source remember files in the job's state.
type fileLog struct{ job *state.Job }

func (f fileLog) FileRead(ctx context.Context, file engine.SnapshotFile) (bool, error) {
	return f.job.FileRead(ctx, file)
}

func (f fileLog) MarkRead(ctx context.Context, files []engine.SnapshotFile) error {
	return f.job.MarkFilesRead(ctx, 0, files)
}

func (f fileLog) AnyRead(ctx context.Context) (bool, error) { return f.job.AnyFileRead(ctx) }
