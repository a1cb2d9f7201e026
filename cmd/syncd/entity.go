package main

import (
	"context"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

// crmEnd is the CRM as a job sees it, whatever its records are.
type crmEnd struct {
	engine.CRM
	engine.Writer
	grounds engine.Grounds // nil but for payments
	schema  *record.Schema // the mapping's, as this CRM can carry it out
	keys    func([]record.Value) reconcile.Keys
	made    func(field int, sent, seen []record.Value) bool // nil but for deals
	deals   *crmapi.Deals                                   // nil where the job has to do with none
	// active asks for the fields that the CRM has switched on, and off tells which of
	// the mapped ones are not among them; nil for what has no form.
	active func(ctx context.Context) ([]crmapi.FieldCaption, error)
	off    func(active []crmapi.FieldCaption) []string
	// unsent tells which mapped fields the CRM's API does not carry; nil: all go.
	unsent func(ctx context.Context) ([]string, error)
}

// inactive lists the mapped fields that the CRM has switched off.
func (e *crmEnd) inactive(ctx context.Context) ([]string, error) {
	if e.active == nil {
		return nil, nil
	}
	active, err := e.active(ctx)
	if err != nil {
		return nil, err
	}
	return e.off(active), nil
}

// crmEnd makes the CRM's side of a job.
func (in *installation) crmEnd(ctx context.Context, job string, m *mapping.Mapping, api *crmapi.Client, s *state.Job) (*crmEnd, error) {
	j := in.cfg.Jobs[job]
	zone := in.zones(j).Account
	switch j.Entity {
	case config.EntityClient:
		c := endpoint.NewCRM(api, m, zone)
		schema, err := c.Schema(ctx)
		if err != nil {
			return nil, in.runFault(job, &engine.CRMError{Err: err})
		}
		return &crmEnd{
			CRM: c, Writer: c, schema: schema, keys: endpoint.Keys(m), active: api.Fields, off: c.Inactive, unsent: c.Unsent,
		}, nil
	case config.EntityPerson:
		p := endpoint.NewPersons(api, m)
		return &crmEnd{
			CRM: p, Writer: p, schema: m.Schema(), keys: endpoint.NaturalKeys(m), active: api.Persons().Fields, off: p.Inactive,
		}, nil
	case config.EntityDeal, config.EntityInvoice, config.EntityPayment:
	}
	deals, err := in.deals(ctx, j.CRM, api)
	if err != nil {
		return nil, in.runFault(job, err)
	}
	switch j.Entity {
	case config.EntityInvoice:
		v := endpoint.NewInvoices(api, deals, m, endpoint.BilledIn(s), zone)
		return &crmEnd{CRM: v, Writer: v, schema: m.Schema(), keys: endpoint.NaturalKeys(m), deals: deals}, nil
	case config.EntityPayment:
		billed, err := in.billed(ctx, j)
		if err != nil {
			return nil, err
		}
		p := endpoint.NewPayments(api, deals, m, endpoint.TakenIn(s), billed, zone)
		return &crmEnd{CRM: p, Writer: p, grounds: p, schema: m.Schema(), keys: endpoint.NaturalKeys(m), deals: deals}, nil
	case config.EntityClient, config.EntityDeal, config.EntityPerson:
	}
	d := endpoint.NewDeals(api, deals, m, zone)
	return &crmEnd{CRM: d, Writer: d, schema: d.Schema(), keys: endpoint.DealKeys(m), made: d.Made, deals: deals, active: deals.Fields, off: d.Inactive}, nil
}

// billed tells of the invoices that are linked beside a job of payments; nil where
// there is no job of them.
func (in *installation) billed(ctx context.Context, j *config.Job) (endpoint.Billed, error) {
	invoices := config.PartName(j.Of, config.PartInvoices)
	if in.cfg.Jobs[invoices] == nil {
		return nil, nil
	}
	s, err := in.stateOf(ctx, invoices)
	if err != nil {
		return nil, err
	}
	return endpoint.BilledIn(s), nil
}

// deals are the deals of a CRM, through the interface that the configuration names
// or that answers.
func (in *installation) deals(ctx context.Context, crm string, api *crmapi.Client) (*crmapi.Deals, error) {
	which := crmapi.DealAPI(in.cfg.CRM[crm].Deals)
	if which == "" {
		found, err := api.ProbeDeals(ctx)
		if err != nil {
			return nil, &engine.CRMError{Err: err}
		}
		which = found
	}
	deals := api.Deals(which)
	if _, err := deals.ProbeTraits(ctx); err != nil { // what cannot be changed is held, not tried
		return nil, &engine.CRMError{Err: err}
	}
	return deals, nil
}

// anchor is what a part of a job knows its CRM by: the deals or clients of the job,
// which carry uids. nil for a job of its own.
func (in *installation) anchor(ctx context.Context, job string, api *crmapi.Client, deals *crmapi.Deals) (*engine.Anchor, error) {
	j := in.cfg.Jobs[job]
	if j.Of == "" {
		return nil, nil
	}
	m, err := in.mapping(j.Of)
	if err != nil {
		return nil, err
	}
	links, err := in.stateOf(ctx, j.Of)
	if err != nil {
		return nil, err
	}
	if deals == nil {
		return &engine.Anchor{CRM: endpoint.NewCRM(api, m, in.zones(j).Account), Links: links}, nil
	}
	return &engine.Anchor{CRM: endpoint.NewDeals(api, deals, m, in.zones(j).Account), Links: links}, nil
}

// adapt fits the rules of a run to what its records are.
func (in *installation) adapt(ctx context.Context, job string, end *crmEnd, c *engine.Config) error {
	c.Policy.Schema, c.Keys, c.Made = end.schema, end.keys, end.made
	entity := in.cfg.Jobs[job].Entity
	if entity == config.EntityClient {
		return nil
	}
	c.Batch = 1
	c.Match = reconcile.MatchOptions{SuspectTitle: entity == config.EntityDeal && c.Match.SuspectTitle}
	switch entity {
	case config.EntityDeal:
		return in.leanOn(ctx, job, c)
	case config.EntityInvoice:
		holdGone(c)
		c.Nameless, c.TitleField, c.Policy.OnMatch = true, fieldInvoice, reconcile.TakeHold
	case config.EntityPayment:
		holdGone(c)
		c.Nameless, c.TitleField, c.Policy.OnMatch = true, "summa", reconcile.TakeHold
		c.Serial = endpoint.PaidInvoice
	case config.EntityPerson:
		c.Nameless, c.TitleField = true, "person"
	case config.EntityClient:
	}
	return nil
}

// holdGone holds money that people took out of the CRM: it is not buried in silence,
// for the source goes on to show it.
func holdGone(c *engine.Config) {
	c.Leans = func(context.Context, string) (bool, error) { return true, nil }
}

// leanOn lets a run of deals know which of them were billed.
func (in *installation) leanOn(ctx context.Context, job string, c *engine.Config) error {
	invoices := config.PartName(job, config.PartInvoices)
	if in.cfg.Jobs[invoices] == nil {
		return nil
	}
	deals, err := in.stateOf(ctx, job)
	if err != nil {
		return err
	}
	billed, err := in.stateOf(ctx, invoices)
	if err != nil {
		return err
	}
	c.Leans = func(ctx context.Context, uid string) (bool, error) {
		found, err := deals.Links(ctx, []string{uid})
		if err != nil {
			return false, err
		}
		deal, linked := found[uid]
		if !linked {
			return false, nil
		}
		return billed.Refers(ctx, "deal", deal.CLID)
	}
	return nil
}
