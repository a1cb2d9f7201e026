package main

import (
	"slices"

	"syncd/internal/config"
	"syncd/internal/mapping"
)

// A deal job is carried out as several jobs, the deals and then the parts of its
// mapping: orders, orders.invoices, orders.payments; a client job may have contacts.
// The parts stand among the jobs of the configuration from here on, so that every
// command works by their names.

// composite is a mapping that may have parts.
type composite interface {
	Parts() []string
	Part(name string) *mapping.Mapping
	SourceName() string
}

// derive adds the jobs of the parts of each mapping. A mapping that cannot be loaded
// has none: its job says why.
func derive(cfg *config.Config) {
	for _, job := range cfg.JobNames() {
		m, err := mapping.Load(string(cfg.Jobs[job].Mapping))
		if err != nil {
			continue
		}
		last := job
		for _, part := range partsOf(m) {
			after := job
			if part == config.PartPayments { // the invoices that they pay come before
				after = last
			}
			last = cfg.Derive(job, part, sourceOf(partOf(m, part)), after)
		}
	}
}

func partsOf(m *mapping.Mapping) []string {
	if c, ok := any(m).(composite); ok {
		return c.Parts()
	}
	return nil
}

func partOf(m *mapping.Mapping, part string) *mapping.Mapping {
	if c, ok := any(m).(composite); ok {
		return c.Part(part)
	}
	return nil
}

func sourceOf(m *mapping.Mapping) string {
	if c, ok := any(m).(composite); ok {
		return c.SourceName()
	}
	return ""
}

// ownJobs are the jobs that the file has, sorted.
func (in *installation) ownJobs() []string {
	return slices.DeleteFunc(in.cfg.JobNames(), func(name string) bool { return in.cfg.Jobs[name].Of != "" })
}

// withParts puts the parts of each job behind it, each once.
func (in *installation) withParts(names []string) []string {
	out := make([]string, 0, len(names))
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, name := range names {
		add(name)
		for _, part := range in.inOrder(in.cfg.JobNames()) {
			if in.cfg.Jobs[part].Of == name {
				add(part)
			}
		}
	}
	return out
}

// withoutParts are the jobs without the parts of other jobs among them.
func (in *installation) withoutParts(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(names, in.cfg.Jobs[name].Of) })
}

// startsItself reports whether the service runs a job without being asked. A part
// goes with its job.
func startsItself(cfg *config.Config, name string) bool {
	j := cfg.Jobs[name]
	if j != nil && j.Of != "" {
		j = cfg.Jobs[j.Of]
	}
	return j != nil && (j.Schedule != "" || j.Watch > 0 || len(j.After) > 0)
}
