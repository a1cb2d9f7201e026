package config

import (
	"strconv"
	"strings"

	"syncd/internal/message"
)

// Parts says what differs in the parts of a job: a deal job carries the invoices
// and payments of its mapping out as jobs of their own, a client job the contacts.
type Parts struct {
	Invoices *Part `yaml:"invoices"`
	Payments *Part `yaml:"payments"`
	Contacts *Part `yaml:"contacts"`
}

// Part says what differs in one part of a job; what is not given is as in the job.
type Part struct {
	WriteBack *WriteBack `yaml:"write_back"` // nil: the job's, if that is files; a table has other columns
	OnCRMNew  OnNew      `yaml:"on_crm_new"` // "": the job's, where the part has a write-back
	Guards    Guards     `yaml:"guards"`     // only those that differ from the defaults
	OnAbsent  OnAbsent   `yaml:"on_absent"`  // none: keep; of payments: a person decides
	Conflicts Take       `yaml:"conflicts"`  // "": the job's
	ExpectBy  ExpectBy   `yaml:"expect_by"`  // zero: none
}

// The names of parts.
const (
	PartInvoices = "invoices"
	PartPayments = "payments"
	PartContacts = "contacts"
)

// partMark stands between a job and its part; no name in the file has it.
const partMark = "."

// PartName is the name of the job that Derive makes of a part.
func PartName(job, part string) string { return job + partMark + part }

// partOf tells what the records of a part are, and what of it the file says.
func (p *Parts) partOf(part string) (Entity, *Part) {
	if p == nil {
		p = &Parts{}
	}
	switch part {
	case PartInvoices:
		return EntityInvoice, p.Invoices
	case PartPayments:
		return EntityPayment, p.Payments
	case PartContacts:
		return EntityPerson, p.Contacts
	}
	return "", nil
}

// Derive adds the job that carries out one part of a job, and returns its name. The
// part reads this source ("" = the job's) and goes after these jobs, by no time of
// its own. What it is not told otherwise it has of the job, but for what becomes of
// records that are absent: that is decided for each part.
func (c *Config) Derive(job, part, source string, after ...string) string {
	j := *c.Jobs[job]
	entity, own := j.Parts.partOf(part)
	if own == nil {
		own = &Part{}
	}
	d := &Job{
		Entity: entity, CRM: j.CRM, Source: j.Source, Mapping: j.Mapping, Direction: j.Direction, After: after,
		CRMFullScan: j.CRMFullScan, ExpectBy: own.ExpectBy, Conflicts: j.Conflicts, OnMatch: j.OnMatch,
		OnAbsent: own.OnAbsent, OnCRMAbsent: j.OnCRMAbsent, OnOutOfScope: Keep, OnCRMNew: j.OnCRMNew,
		ExportOnLink: j.ExportOnLink, Guards: own.Guards, WriteBack: own.WriteBack, Of: job, Part: part,
	}
	if source != "" {
		d.Source = source
	}
	if entity == EntityInvoice || entity == EntityPayment { // money is never made again by itself
		d.OnCRMAbsent = Keep
	}
	if d.WriteBack == nil && j.WriteBack != nil && j.WriteBack.CSV != nil {
		d.WriteBack = j.WriteBack
	}
	if d.WriteBack == nil {
		d.Direction, d.OnCRMNew, d.ExportOnLink = Push, "ignore", false
	}
	if own.OnCRMNew != "" {
		d.OnCRMNew = own.OnCRMNew
	}
	if own.Conflicts != "" {
		d.Conflicts = own.Conflicts
	}
	if d.OnAbsent.Action == "" {
		d.OnAbsent.Action = Keep
		if entity == EntityPayment {
			d.OnAbsent.Action = HoldAbsent
		}
	}
	name := PartName(job, part)
	c.Jobs[name] = d
	c.placePart(job, part)
	return name
}

// CheckDerived is an *Errors with what is wrong with a job that Derive made, which
// only its mapping could tell: a source that is not there, or that does not prove to
// be whole where absence counts; nil when nothing is, and for a job of the file.
func (c *Config) CheckDerived(name string) error {
	j := c.Jobs[name]
	if j == nil || j.Of == "" {
		return nil
	}
	s, at := c.Sources[j.Source], "jobs."+name
	switch {
	case s == nil:
		return c.NoSource(at+".mapping", j.Source)
	case j.OnAbsent.Action != Keep && j.OnAbsent.Action != HoldAbsent && !s.provesAbsence():
		return c.wrong(at+".on_absent", message.ConfigAbsenceUnsafe,
			message.S("value", "on_absent: "+j.OnAbsent.Action), message.S("source", j.Source))
	case s.CSV != nil && s.CSV.After != Keep && c.readBefore(name): // the file would be gone before its turn
		return c.wrong("sources."+j.Source+".csv.after", message.ConfigBadValue,
			message.S("value", strconv.Quote(string(s.CSV.After))), message.S("want", Keep))
	}
	return nil
}

// readBefore reports whether the job of a part, or another part of it, reads the same
// source.
func (c *Config) readBefore(name string) bool {
	j := c.Jobs[name]
	for other, o := range c.Jobs {
		if other != name && (other == j.Of || o.Of == j.Of) && o.Source == j.Source {
			return true
		}
	}
	return false
}

// NoSource is the *Errors of a mapping, at this path, that names a source which is not
// there.
func (c *Config) NoSource(path, source string) error {
	return c.wrong(path, message.ConfigBadReference, message.S("value", strconv.Quote(source)),
		message.S("section", "sources"), message.S("known", strings.Join(sortedKeys(c.Sources), ", ")))
}

func (c *Config) wrong(path string, code message.Code, args ...message.Arg) *Errors {
	return &Errors{List: []*Error{c.ErrorAt(path, code, args...)}, Lang: string(c.Lang)}
}

// placePart lets errors about a derived job point at what the file says of it: its
// block under `parts`, or the job.
func (c *Config) placePart(job, part string) {
	at, block := "jobs."+PartName(job, part), "jobs."+job+".parts."+part
	c.places[at] = c.places["jobs."+job]
	for path, place := range c.places {
		if rest, inside := strings.CutPrefix(path, block+"."); inside {
			c.places[at+"."+rest] = place
		}
	}
	for _, key := range []string{"mapping", "crm", "source", "write_back", "direction"} {
		if place, known := c.places["jobs."+job+"."+key]; known && c.places[at+"."+key].Line == 0 {
			c.places[at+"."+key] = place
		}
	}
}

// checkParts refuses parts that a job of its kind does not have, and what the CRM
// cannot do with theirs.
func (c *Config) checkParts(d *decoder, name string) {
	j, at := c.Jobs[name], "jobs."+name+".parts"
	if j.Parts == nil {
		return
	}
	for _, p := range []struct {
		key   string
		part  *Part
		of    Entity
		stays bool // the CRM has no way to take one back
	}{
		{PartInvoices, j.Parts.Invoices, EntityDeal, true},
		{PartPayments, j.Parts.Payments, EntityDeal, true},
		{PartContacts, j.Parts.Contacts, EntityClient, false},
	} {
		if p.part == nil {
			continue
		}
		at := at + "." + p.key
		if j.Entity != "" && j.Entity != p.of {
			d.failAt(at, message.ConfigNeedsKey, message.S("key", "parts."+p.key), message.S("other", "entity: "+string(p.of)))
			continue
		}
		if p.stays && p.part.OnAbsent.Action != "" && p.part.OnAbsent.Action != Keep {
			d.badAt(at+".on_absent", p.part.OnAbsent.Action, Keep)
		}
		c.checkPartBack(d, j, p.part, at)
		c.checkOutbox(d, PartName(name, p.key), at, p.part.WriteBack)
	}
}

// checkPartBack refuses a part that takes changes of the CRM and has nowhere to put
// them.
func (c *Config) checkPartBack(d *decoder, j *Job, p *Part, at string) {
	inherits := j.WriteBack != nil && j.WriteBack.CSV != nil
	switch {
	case j.Direction == Push && p.WriteBack != nil:
		d.failAt(at+".write_back", message.ConfigExportNeeds, message.S("value", "write_back"))
	case p.OnCRMNew == "export" && (j.Direction == Push || p.WriteBack == nil && !inherits):
		d.failAt(at+".on_crm_new", message.ConfigExportNeeds, message.S("value", "on_crm_new: export"))
	}
}
