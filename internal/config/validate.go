package config

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

// This file holds what one key demands of another. Each check runs after its
// block was decoded, also when parts of it were wrong.

func (c *Config) check(d *decoder, _ *yaml.Node, _ string) {
	if c.Version != 0 && c.Version != supportedVersion {
		d.failAt("version", message.ConfigVersion,
			message.N("value", int64(c.Version)), message.N("want", supportedVersion))
	}
	c.checkService(d)
	owners := make(map[string]string, len(c.Jobs)) // entity, CRM and mapping → the first job
	for _, name := range sortedKeys(c.Jobs) {
		c.checkJob(d, name)
		j := c.Jobs[name]
		target := strings.Join([]string{string(j.Entity), j.CRM, string(j.Mapping)}, "\x00")
		if other, taken := owners[target]; taken && j.Mapping != "" {
			d.failAt("jobs."+name+".mapping", message.ConfigSameTarget,
				message.S("job", name), message.S("other", other))
			continue
		}
		owners[target] = name
	}
	c.checkOrder(d)
}

func (c *Config) checkJob(d *decoder, name string) {
	j, at := c.Jobs[name], "jobs."+name
	reference(d, at+".crm", j.CRM, "crm", sortedKeys(c.CRM))
	reference(d, at+".source", j.Source, "sources", sortedKeys(c.Sources))
	for i, first := range j.After {
		reference(d, at+".after["+strconv.Itoa(i)+"]", first, "jobs", sortedKeys(c.Jobs))
	}
	c.checkOutbox(d, name, at, j.WriteBack)
	c.checkSQLSink(d, name)
	c.checkDirection(d, name)
	c.checkTiming(d, name)
	c.checkParts(d, name)
	// Absence is only known where the source proves that it is whole.
	s := c.Sources[j.Source]
	if j.OnAbsent.Action != Keep && s != nil && !s.provesAbsence() {
		d.failAt(at+".on_absent", message.ConfigAbsenceUnsafe,
			message.S("value", "on_absent: "+j.OnAbsent.Action), message.S("source", j.Source))
	}
}

// checkDirection refuses a job that takes changes of the CRM and has nowhere to
// put them, and one that says what to do with changes that it does not take.
func (c *Config) checkDirection(d *decoder, name string) {
	j, at := c.Jobs[name], "jobs."+name
	if j.Direction != Push && j.WriteBack == nil {
		d.failAt(at+".direction", message.ConfigNoWriteBack, message.S("value", "direction: "+string(j.Direction)), message.S("job", name))
	}
	if j.Direction == Push {
		for _, f := range []struct {
			used       bool
			key, value string
		}{
			{j.OnCRMNew == "export", "on_crm_new", "on_crm_new: export"},
			{j.ExportOnLink, "export_on_link", "export_on_link: true"},
			{j.WriteBack != nil, "write_back", "write_back"},
		} {
			if f.used {
				d.failAt(at+"."+f.key, message.ConfigExportNeeds, message.S("value", f.value))
			}
		}
	}
}

// checkOutbox keeps a source from taking the write-back of a job, or of a part that
// the file has at this path, for exports.
func (c *Config) checkOutbox(d *decoder, name, at string, back *WriteBack) {
	if back == nil || back.CSV == nil {
		return
	}
	file := filepath.Join(string(back.CSV.Dir), name+"-20060102T150405-1.csv") // as every file of it is named
	for _, other := range sortedKeys(c.Sources) {
		s := c.Sources[other]
		if s == nil || s.CSV == nil {
			continue
		}
		if hit, _ := filepath.Match(filepath.Clean(string(s.CSV.Path)), file); hit {
			d.badAt(at+".write_back.csv.dir", string(back.CSV.Dir), "≠ sources."+other+".csv.path")
		}
	}
}

func (s *Source) provesAbsence() bool {
	if s.CSV != nil {
		return s.CSV.Snapshot == SnapshotFull && s.CSV.Complete != nil
	}
	return s.SQL != nil && s.SQL.Snapshot == SnapshotFull
}

func reference(d *decoder, path, value, section string, known []string) {
	if value == "" || contains(known, value) {
		return // a missing key is reported already
	}
	d.failAt(path, message.ConfigBadReference, message.S("value", strconv.Quote(value)),
		message.S("section", section), message.S("known", strings.Join(known, ", ")))
}

// checkOrder reports each circle of `after` once, at its first job by name.
func (c *Config) checkOrder(d *decoder) {
	const (
		unseen = iota
		onPath
		done
	)
	state := make(map[string]int, len(c.Jobs))
	var trail []string
	var visit func(name string)
	visit = func(name string) {
		state[name] = onPath
		trail = append(trail, name)
		for _, next := range c.Jobs[name].After {
			if c.Jobs[next] == nil {
				continue
			}
			switch state[next] {
			case unseen:
				visit(next)
			case onPath:
				d.failAt("jobs."+name+".after", message.ConfigAfterCycle,
					message.S("jobs", strings.Join(append(circle(trail, next), next), " → ")))
			}
		}
		trail = trail[:len(trail)-1]
		state[name] = done
	}
	for _, name := range sortedKeys(c.Jobs) {
		if state[name] == unseen {
			visit(name)
		}
	}
}

// circle is a copy of the end of the trail that begins with a name.
func circle(trail []string, from string) []string {
	for i, name := range trail {
		if name == from {
			return append([]string(nil), trail[i:]...)
		}
	}
	return nil
}

func (c *CRM) check(d *decoder, _ *yaml.Node, path string) {
	const mostRecords = 200 // the server's own page
	if c.Batch < 1 || c.Batch > mostRecords {
		d.badAt(path+".batch", strconv.Itoa(c.Batch), "1 … 200")
	}
	if t := c.Timeout.Std(); t < time.Second || t > time.Hour {
		d.badAt(path+".timeout", t.String(), "1s … 1h")
	}
	if t := c.Settle.Std(); t < time.Second || t > day {
		d.badAt(path+".settle", t.String(), "1s … 1d")
	}
	if c.Method == MethodGET && c.Dialect == DialectV3 && c.Deals != DialectV1 {
		d.badAt(path+".method", string(MethodGET), "dialect: v1 | deals: v1")
	} else if c.Method == MethodGET {
		d.warnAt(path+".method", message.ConfigKeyInURL, message.S("value", "method: get"))
	}
	if c.SeesAll && c.Dialect == DialectV3 {
		d.badAt(path+".sees_all", "true", "dialect: v1")
	}
}

func (s *Source) check(d *decoder, n *yaml.Node, path string) {
	if (s.CSV == nil) == (s.SQL == nil) {
		d.fail(n, path, message.ConfigOneOf, message.S("keys", "csv, sql"))
	}
}

func (c *CSV) check(d *decoder, _ *yaml.Node, path string) {
	if _, err := filepath.Match(string(c.Path), "x"); err != nil {
		d.badAt(path+".path", string(c.Path), "inbox/clients_*.csv")
	}
	if len(c.Columns) > 0 && !c.Header.None {
		d.failAt(path+".columns", message.ConfigNeedsKey, message.S("key", "columns"), message.S("other", "header: none"))
	}
	if c.Header.None && len(c.Columns) == 0 {
		d.failAt(path+".header", message.ConfigNeedsKey, message.S("key", "header: none"), message.S("other", "columns"))
	}
	if c.Settle.Std() > time.Hour {
		d.badAt(path+".settle", c.Settle.Std().String(), "0s … 1h")
	}
	if c.Limits.Cell > c.Limits.Row || c.Limits.Row > c.Limits.File {
		d.badAt(path+".limits", "cell, row, file", "cell ≤ row ≤ file")
	}
}

func (c *Complete) check(d *decoder, n *yaml.Node, path string) {
	set := 0
	for _, given := range []bool{c.Trailer != "", c.Manifest, c.ReadyFile} {
		if given {
			set++
		}
	}
	if set != 1 {
		d.fail(n, path, message.ConfigOneOf, message.S("keys", "trailer, manifest: true, ready_file: true"))
	}
	if c.Trailer != "" && strings.Count(c.Trailer, "{rows}") != 1 {
		d.badAt(path+".trailer", c.Trailer, `"Всего строк: {rows}"`)
	}
}

func (s *SQL) check(d *decoder, n *yaml.Node, path string) {
	if s.Snapshot == SnapshotDelta && s.Cursor == "" {
		d.fail(n, path+".cursor", message.ConfigMissingKey, message.S("key", "cursor"))
	}
	for _, c := range []struct {
		used     bool
		key, say string
	}{
		{s.Cursor != "", "cursor", "cursor"},
		{s.Overlap != (Overlap{}), "overlap", "overlap"},
		{strings.Contains(s.Query, cursorMark), "query", cursorMark},
	} {
		if c.used && s.Snapshot == SnapshotFull {
			d.failAt(path+"."+c.key, message.ConfigNeedsKey, message.S("key", c.say), message.S("other", "snapshot: delta"))
		}
	}
	// It becomes a parameter; between quotes it would be a text of these letters.
	for _, quote := range []string{"'", `"`, "`"} {
		if strings.Contains(s.Query, quote+cursorMark) || strings.Contains(s.Query, cursorMark+quote) {
			d.badAt(path+".query", quote+cursorMark+quote, cursorMark)
			break
		}
	}
	if s.YearOffset != 0 && s.YearOffset != 2000 {
		d.badAt(path+".year_offset", strconv.Itoa(s.YearOffset), "0 | 2000")
	}
	if t := s.Timeout.Std(); t < time.Second || t > day {
		d.badAt(path+".timeout", t.String(), "1s … 1d")
	}
}

// cursorMark stands in a query for where the last delta ended.
const cursorMark = "{cursor}"

func (w *WriteBack) check(d *decoder, n *yaml.Node, path string) {
	if (w.CSV == nil) == (w.SQL == nil) {
		d.fail(n, path, message.ConfigOneOf, message.S("keys", "csv, sql"))
	}
}

func (s *CSVSink) check(d *decoder, _ *yaml.Node, path string) {
	if s.Encoding == "auto" { // only a reader can find out
		d.badAt(path+".encoding", "auto", strings.Join(s.Encoding.words()[1:], " | "))
	}
	if s.Delimiter == 0 {
		d.badAt(path+".delimiter", "auto", `";" | "," | tab | "|"`)
	}
	if s.Confirm.Std() <= 0 {
		d.badAt(path+".confirm", s.Confirm.Std().String(), "3d")
	}
}

func (d *decoder) failAt(path string, code message.Code, args ...message.Arg) {
	at := d.places[path]
	d.fail(&yaml.Node{Line: at.Line, Column: at.Column}, path, code, args...)
}

func (d *decoder) badAt(path, text, want string) {
	at := d.places[path]
	d.bad(&yaml.Node{Line: at.Line, Column: at.Column}, path, text, want)
}
