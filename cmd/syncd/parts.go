package main

import (
	"errors"
	"slices"
	"strings"

	"syncd/internal/config"
	"syncd/internal/mapping"
	"syncd/internal/message"
)

// A deal job is carried out as several jobs, the deals and then the parts of its
// mapping: orders, orders.invoices, orders.payments; a client job may have contacts.
// The parts stand among the jobs of the configuration from here on, so that every
// command works by their names.

// derive adds the jobs of the parts of each mapping. A mapping that cannot be loaded
// has none: its job says why. The error is of the configuration: a source that the
// mapping names and that is not there, or cannot be what it is to be.
func derive(cfg *config.Config) error {
	for _, job := range cfg.JobNames() {
		m, err := mapping.Load(string(cfg.Jobs[job].Mapping))
		if err != nil {
			continue
		}
		if l := m.Lines(); l != nil && l.Source != "" && cfg.Sources[l.Source] == nil {
			return cfg.NoSource("jobs."+job+".mapping", l.Source)
		}
		last := job
		for _, part := range m.Parts() {
			after := job
			if part == config.PartPayments { // the invoices that they pay come before
				after = last
			}
			last = cfg.Derive(job, part, m.Part(part).SourceName(), after)
			if err := cfg.CheckDerived(last); err != nil {
				return err
			}
		}
	}
	return nil
}

// brokenMapping is what is wrong with the mapping of a job of its own; nil when nothing
// is, or when the file cannot be read at all.
func (in *installation) brokenMapping(name string) error {
	j := in.cfg.Jobs[name]
	if j == nil || j.Of != "" {
		return nil
	}
	var wrong *mappingFaultError
	if _, err := in.mapping(name); errors.As(err, &wrong) {
		return err
	}
	return nil
}

// brokenPart is why a part is not among the jobs: the mapping that would have it cannot
// be loaded. nil when that is not the reason.
func (in *installation) brokenPart(name string) error {
	of, part, _ := strings.Cut(name, ".")
	if in.cfg.Jobs[of] == nil || !slices.Contains([]string{config.PartInvoices, config.PartPayments, config.PartContacts}, part) {
		return nil
	}
	_, err := in.mapping(of)
	return err
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

// referredJob is the job whose records a field of a job's mapping refers to; "" when
// it refers to none.
func (in *installation) referredJob(job, field string) string {
	m := in.plain(job).m
	if m == nil {
		return ""
	}
	for _, r := range m.References() {
		if r.Name == field {
			return in.meant(job, r.Job)
		}
	}
	return ""
}

// meant is the job that a mapping of a job refers to by this name: "" is the job
// that it is a part of, of payments the invoices of that.
func (in *installation) meant(job, name string) string {
	j := in.cfg.Jobs[job]
	switch {
	case name != "":
		return name
	case j.Part == config.PartPayments:
		return config.PartName(j.Of, config.PartInvoices)
	}
	return j.Of
}

// checkReferences refuses a mapping that refers to a job which cannot hold what it
// refers to: clients of the same CRM.
func (in *installation) checkReferences(job string, m *mapping.Mapping) error {
	j := in.cfg.Jobs[job]
	for _, r := range m.References() {
		if r.Job == "" {
			continue
		}
		to := in.cfg.Jobs[r.Job]
		var cause phrase
		encoded, err := in.encodedOtherwise(r)
		if err != nil {
			return err
		}
		switch {
		case to == nil:
			cause = phrase{"there is no such job", "такого задания нет"}
		case to.Entity != config.EntityClient:
			cause = phrase{"that job is not about clients", "оно не о клиентах"}
		case to.CRM != j.CRM:
			cause = phrase{"that job is about another CRM", "оно о другой CRM"}
		case encoded != "":
			cause = phrase{
				"its mapping makes uids of keys otherwise, and no key would find its client: write here `" + encoded + "`",
				"его описание полей делает uid из ключей иначе, и ни один ключ не нашёл бы своего клиента: напишите здесь `" + encoded + "`",
			}
		default:
			continue
		}
		return fault(exitConfig, nil, message.MappingReference, message.S("field", r.Name), message.S("mapping", in.shown(string(j.Mapping))),
			message.S("other", r.Job), message.S("cause", in.app.say(cause)), message.S("known", orDash(strings.Join(in.clientJobs(j.CRM), ", "))))
	}
	return nil
}

// encodedOtherwise is how the job that a reference means makes uids of keys, when that
// is not how the reference does; "" when both agree.
func (in *installation) encodedOtherwise(r mapping.Reference) (string, error) {
	if in.cfg.Jobs[r.Job] == nil || r.By != mapping.RefUID {
		return "", nil
	}
	m, err := in.mapping(r.Job)
	if err != nil {
		return "", err
	}
	their := m.Identity()
	if their.Encode == r.Encode.Encode && their.Prefix == r.Encode.Prefix {
		return "", nil
	}
	text := "encode: " + string(their.Encode)
	if their.Prefix != "" {
		text += ", prefix: " + their.Prefix
	}
	return text, nil
}

// clientJobs are the jobs of clients of a CRM.
func (in *installation) clientJobs(crm string) []string {
	return slices.DeleteFunc(in.ownJobs(), func(name string) bool {
		j := in.cfg.Jobs[name]
		return j.Entity != config.EntityClient || j.CRM != crm
	})
}
