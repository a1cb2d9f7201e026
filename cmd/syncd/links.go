package main

import (
	"context"

	"syncd/internal/endpoint"
	"syncd/internal/mapping"
	"syncd/internal/state"
)

// links answers which records of other jobs those of a job refer to, by what the
// state has settled, and in a plan by what the plans before it will have settled. It
// belongs to one run.
type links struct {
	in   *installation
	job  string
	refs map[string]*state.References // by job
}

var _ endpoint.Links = (*links)(nil)

// links are those of a job; nil for one that refers to none.
func (in *installation) links(job string, m *mapping.Mapping) endpoint.Links {
	if len(m.References()) == 0 {
		return nil
	}
	return &links{in: in, job: job, refs: map[string]*state.References{}}
}

// to are the records of the job that the mapping knows by this name; nil when there
// is no such job.
func (l *links) to(ctx context.Context, name string) (*state.References, error) {
	name = l.in.meant(l.job, name)
	if r := l.refs[name]; r != nil || l.in.cfg.Jobs[name] == nil {
		return r, nil
	}
	m, err := l.in.mapping(name)
	if err != nil {
		return nil, err
	}
	s, err := l.in.stateOf(ctx, name)
	if err != nil {
		return nil, err
	}
	field, fold := "", func(text string) string { return text }
	if i := m.Schema().Index(fieldInvoice); i >= 0 {
		field, fold = fieldInvoice, func(text string) string { return m.CanonSource(i, text) }
	}
	l.refs[name] = s.References(field, fold)
	return l.refs[name], nil
}

// fieldInvoice is the number of an invoice, by which payments refer to it.
const fieldInvoice = "invoice"

// Linked implements endpoint.Links.
func (l *links) Linked(ctx context.Context, job, uid string) (endpoint.Target, error) {
	t, err := l.target(ctx, job, func(r *state.References) (state.Referred, error) { return r.Linked(ctx, uid) })
	return l.in.ahead.linked(l.in.meant(l.job, job), uid, t), err
}

// Numbered implements endpoint.Links.
func (l *links) Numbered(ctx context.Context, job, number string) (endpoint.Target, error) {
	t, err := l.target(ctx, job, func(r *state.References) (state.Referred, error) { return r.Numbered(ctx, number) })
	return l.in.ahead.numbered(l.in.meant(l.job, job), number, t), err
}

// KeyOf implements endpoint.Links.
func (l *links) KeyOf(ctx context.Context, job string, id int64) (endpoint.Target, error) {
	return l.target(ctx, job, func(r *state.References) (state.Referred, error) { return r.Of(ctx, id) })
}

func (l *links) target(ctx context.Context, job string, look func(*state.References) (state.Referred, error)) (endpoint.Target, error) {
	r, err := l.to(ctx, job)
	if err != nil || r == nil {
		return endpoint.Target{Why: state.RefUnknown}, err
	}
	t, err := look(r)
	if err != nil {
		return endpoint.Target{}, l.in.app.stateFault(err)
	}
	return endpoint.Target{CRMID: t.CRMID, UID: t.UID, Key: t.Key, Title: t.Title, Why: t.Why}, nil
}
