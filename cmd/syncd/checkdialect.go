package main

import (
	"context"
	"strings"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/message"
)

// tellDialect says what cannot be done in a CRM that speaks API v1, and what becomes
// of it, as far as the mapping asks for it.
func (in *installation) tellDialect(ctx context.Context, end *crmEnd, t crmapi.Traits, c *checkup) error {
	if t.Dialect != crmapi.V1 {
		return nil
	}
	crm, login := message.S("crm", c.CRM.Name), message.S("login", c.CRM.Login)
	if !c.CRM.SeesAll {
		c.doubt(message.V1Sight, crm, login)
	}
	if c.m.Schema().Index("user") >= 0 {
		c.doubt(message.V1Owners, crm, login)
	}
	if c.CRM.entity != config.EntityClient {
		return nil
	}
	unsent, err := end.unsent(ctx)
	if err != nil {
		return err
	}
	if len(unsent) > 0 {
		c.doubt(message.V1Requisites, crm, message.S("fields", strings.Join(unsent, ", ")))
	}
	if t.Arrays && !t.ClearRecv && filledFrom(c.m, "recv") != "" {
		c.doubt(message.V1Clearing, crm)
	}
	var known []string
	for _, d := range c.m.Dictionaries() {
		if !d.MayCreate {
			known = append(known, d.Name)
		}
	}
	if len(known) > 0 {
		c.doubt(message.V1Dictionaries, crm, message.S("fields", strings.Join(known, ", ")))
	}
	if !t.TrashFilter {
		c.doubt(message.V1Trash, crm)
	}
	if !t.ListFields || !t.UIDLookup {
		c.doubt(message.V1Slow, crm)
	}
	return nil
}

// checkContacts says that contacts go through API v3 alone, where the rest is to go
// through v1; asked, the CRM tells whether it has it. It reports whether they can go.
func (in *installation) checkContacts(ctx context.Context, name string, api *crmapi.Client, c *checkup) bool {
	j := in.cfg.Jobs[name]
	if j.Entity != config.EntityPerson || in.cfg.CRM[j.CRM].Dialect != config.DialectV1 {
		return true
	}
	if api == nil {
		c.doubt(message.V1Contacts, message.S("job", name), message.S("crm", j.CRM))
		return true
	}
	there, err := api.ProbePersons(ctx)
	switch {
	case err != nil:
		c.problem(in.runFault(name, &engine.CRMError{Err: err}))
	case !there:
		c.problem(fault(exitConfig, nil, message.V1NoContacts, message.S("job", name), message.S("crm", j.CRM), message.S("mapping", c.Mapping)))
	}
	return there
}

// tellUnsent says, once in a run, which mapped fields the CRM's API does not carry.
func (in *installation) tellUnsent(ctx context.Context, p *jobParts) error {
	if p.crm.unsent == nil {
		return nil
	}
	fields, err := p.crm.unsent(ctx)
	if err != nil {
		return in.runFault(p.name, err)
	}
	if len(fields) > 0 {
		in.app.remark(message.V1Requisites, message.S("crm", p.cfg.CRM), message.S("fields", strings.Join(fields, ", ")))
	}
	return nil
}
