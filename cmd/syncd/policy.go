package main

import (
	"strings"
	"time"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/source"
)

// engineConfig is a job's rules in the engine's terms.
func (in *installation) engineConfig(name string, m *mapping.Mapping, t tools) (engine.Config, error) {
	j := in.cfg.Jobs[name]
	crm := in.cfg.CRM[j.CRM]
	policy, err := in.rules(name, m)
	if err != nil {
		return engine.Config{}, err
	}
	c := engine.Config{
		Job: name, Policy: policy, Confirm: confirmOf(j.WriteBack),
		Limits: limitsOf(j.Guards), Batch: crm.Batch, Settle: crm.Settle.Std(),
		ReadOnce: in.readOnce(j),
		Identity: identityOf(m), Mapping: m.Fingerprint(), Salt: in.salt(j, m),
		CanonSource: m.CanonSource, CanonCRM: m.CanonCRM, FoldUID: reconcile.FoldUID,
		TempDir: in.tempDir(), Now: in.app.clock(), Traffic: t.traffic.counts, Observe: t.observe, Step: t.step,
		Word: func(err error) (string, string) {
			worded := in.runFault(name, err)
			return string(codeOf(worded)), in.app.wording(worded)
		},
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
	return c, nil
}

// rules are a job's rules of the merge.
func (in *installation) rules(name string, m *mapping.Mapping) (reconcile.Policy, error) {
	j := in.cfg.Jobs[name]
	p := reconcile.Policy{
		Schema: m.Schema(), Conflicts: takeOf(j.Conflicts), OnMatch: takeOf(j.OnMatch),
		Recreate: j.OnCRMAbsent == "recreate", ExportOnLink: j.ExportOnLink, ExportNew: j.OnCRMNew == "export",
	}
	switch j.Direction {
	case config.Pull:
		p.Direction = reconcile.Pull
	case config.Both:
		p.Direction = reconcile.Both
	case config.Push:
	}
	if j.OnOutOfScope == "delete" {
		p.OnOutOfScope = reconcile.Delete
	}
	switch j.OnAbsent.Action {
	case "delete":
		p.OnAbsent = reconcile.Delete
	case config.HoldAbsent:
		p.OnAbsent = reconcile.Ask
		if p.OnOutOfScope == reconcile.Keep { // a mark of deletion is how records leave most exports
			p.OnOutOfScope = reconcile.Ask
		}
	case "set":
		p.OnAbsent = reconcile.Set
		p.AbsentSet = make([]record.Value, m.Schema().Len())
		for field, text := range j.OnAbsent.Set {
			f := m.Schema().Index(field)
			if f < 0 {
				at := in.cfg.ErrorAt("jobs."+name+".on_absent.set."+field, message.MappingAbsentField,
					message.S("field", field), message.S("mapping", in.shown(string(j.Mapping))))
				return p, at
			}
			p.AbsentSet[f] = record.Of(text, m.CanonSource(f, text))
		}
	}
	return p, nil
}

func confirmOf(w *config.WriteBack) time.Duration {
	switch {
	case w == nil:
		return 0
	case w.CSV != nil:
		return w.CSV.Confirm.Std()
	}
	return w.SQL.Confirm.Std()
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
