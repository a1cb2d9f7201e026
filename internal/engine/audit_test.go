package engine_test

import (
	"testing"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// The loser of a conflict stays in the audit, whoever decided and whoever won.
func TestThe_losers_value_stays_in_the_audit(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		conflicts reconcile.Take
		resolve   string
		lost      string
	}{
		"source wins by rule": {conflicts: reconcile.TakeSource, lost: "84950000003"},
		"crm wins by rule":    {conflicts: reconcile.TakeCRM, lost: "84950000002"},
		"source by a person":  {resolve: "source", lost: "84950000003"},
		"crm by a person":     {resolve: "crm", lost: "84950000002"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.tune = func(c *engine.Config) { c.Policy.Conflicts = tt.conflicts }
			w.export(row("a", "Ромашка", "84950000001"))
			w.mustRun()
			if err := w.crm.Edit(w.client("a").CLID, "phone", "84950000003"); err != nil {
				t.Fatal(err)
			}
			w.export(row("a", "Ромашка", "84950000002"))
			w.mustRun()
			if tt.resolve != "" {
				if err := w.job.Resolve(noCancel{}, "a", choice(tt.resolve)); err != nil {
					t.Fatal(err)
				}
				w.mustRun()
			}
			changes, err := w.db.Changes(noCancel{}, state.AuditFilter{UID: "a"})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range changes {
				for _, f := range c.Fields {
					if f.Field == "phone" && f.Lost != nil && *f.Lost == tt.lost {
						return
					}
				}
			}
			t.Errorf("the audit does not have %s: %+v", tt.lost, changes)
		})
	}
}
