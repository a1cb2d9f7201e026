package main

import (
	"strings"

	"syncd/internal/config"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/source"
)

// engineConfig is a job's rules in the engine's terms.
func (in *installation) engineConfig(name string, m *mapping.Mapping, t tools) engine.Config {
	j := in.cfg.Jobs[name]
	crm := in.cfg.CRM[j.CRM]
	csv := in.cfg.Sources[j.Source].CSV
	c := engine.Config{
		Job: name,
		Policy: reconcile.Policy{
			Schema: m.Schema(), Direction: reconcile.Push,
			Conflicts: takeOf(j.Conflicts), OnMatch: takeOf(j.OnMatch),
		},
		Limits: limitsOf(j.Guards), Batch: crm.Batch, Settle: crm.Settle.Std(),
		ReadOnce: strings.ContainsAny(string(csv.Path), "*?["),
		Identity: identityOf(m), Mapping: m.Fingerprint(), Salt: in.salt(j, m),
		CanonSource: m.CanonSource, CanonCRM: m.CanonCRM, FoldUID: reconcile.FoldUID, Keys: endpoint.Keys(m),
		TempDir: in.tempDir(), Now: clock(in.app.getenv), Traffic: t.traffic.counts, Observe: t.observe, Step: t.step,
	}
	for _, by := range j.Match {
		c.Match.INNKPP = c.Match.INNKPP || by == "inn_kpp"
	}
	for _, s := range j.Suspect {
		switch s {
		case "inn":
			c.Match.SuspectINN = true
		case "phone":
			c.Match.SuspectPhone = true
		case "mail":
			c.Match.SuspectMail = true
		case "title":
			c.Match.SuspectTitle = true
		}
	}
	return c
}

// identityOf spells how a mapping makes uids of keys.
func identityOf(m *mapping.Mapping) string {
	id := m.Identity()
	parts := []string{"column: " + source.FoldName(id.Column), "encode: " + string(id.Encode)}
	if id.Hex != "" {
		parts = append(parts, "hex: "+string(id.Hex))
	}
	if id.Prefix != "" {
		parts = append(parts, "prefix: "+id.Prefix)
	}
	return strings.Join(parts, ", ")
}

func takeOf(t config.Take) reconcile.Take {
	switch t {
	case config.TakeSource:
		return reconcile.TakeSource
	case config.TakeCRM:
		return reconcile.TakeCRM
	}
	return reconcile.TakeHold
}

// limitsOf turns the configured guards into limits; those not given keep their
// defaults.
func limitsOf(g config.Guards) reconcile.Limits {
	one := func(name string) reconcile.Limit {
		l, ok := g[name]
		switch {
		case !ok:
			return reconcile.Limit{}
		case l.Kind == config.LimitOff:
			return reconcile.Off()
		case l.Kind == config.LimitPercent:
			return reconcile.Percent(int64(l.Value * 100))
		}
		return reconcile.Number(int64(l.Value))
	}
	return reconcile.Limits{
		MinRows: one("min_rows"), MaxShrink: one("max_shrink"), MaxReject: one("max_reject"),
		MaxDelete: one("max_delete"), MaxUpdate: one("max_update"), MaxClear: one("max_clear"),
		MaxCreate: one("max_create"),
	}
}
