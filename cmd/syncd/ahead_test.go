package main

import (
	"testing"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// What the plan of a job has found answers the references of the jobs after it, where
// the state cannot.
func TestAPlanAnswersReferencesByThePlansBeforeIt(t *testing.T) {
	t.Parallel()
	found := func(halts ...engine.Halt) ahead {
		j := &aheadJob{uids: map[string]string{}, numbers: map[string]numbered{}, fold: func(s string) string { return s }}
		for uid, number := range map[string]string{"new": "1", "first": "2", "second": "2", "same-as-linked": "3"} {
			j.made(&engine.Op{Kind: engine.OpAdd, UID: uid, Title: number})
		}
		j.made(&engine.Op{Kind: engine.OpUpdate, UID: "changed", Title: "9"})
		j.rest(&engine.Plan{
			Halts:   halts,
			Follows: []engine.Hold{{UID: "follows", Title: "4"}},
			Rejects: []engine.Reject{{UID: "bad", Title: "5"}, {UID: "refused", Title: "6", Refused: true}, {UID: "warned", Title: "7", Warning: true}},
		}, []engine.Hold{{UID: "held", Title: "8", Reason: reconcile.ReasonConflict}, {UID: "waits", Reason: reconcile.ReasonNoDeal}})
		return ahead{"orders": j}
	}
	guard := engine.Halt{Guard: "max-create"}
	for _, c := range []struct{ by, text, state, want, stopped string }{
		{"uid", "new", state.RefUnknown, endpoint.WhyPlanned, whyStopped},
		{"uid", "new", state.RefGone, endpoint.WhyPlanned, whyStopped}, // it is added again
		{"uid", "new", state.RefInDoubt, state.RefInDoubt, state.RefInDoubt},
		{"uid", "changed", "", "", ""},
		{"uid", "follows", state.RefWaits, endpoint.WhyPlanned, whyStopped},
		{"uid", "bad", state.RefUnknown, state.RefRejected, state.RefRejected},
		{"uid", "refused", state.RefUnknown, state.RefRefused, state.RefRefused},
		{"uid", "warned", state.RefUnknown, state.RefUnknown, state.RefUnknown},
		{"uid", "held", state.RefUnknown, state.RefHeld, state.RefHeld},
		{"uid", "waits", state.RefUnknown, state.RefWaits, state.RefWaits},
		{"uid", "nobody", state.RefUnknown, state.RefUnknown, state.RefUnknown},
		{"number", "1", state.RefUnknown, endpoint.WhyPlanned, whyStopped},
		{"number", "2", state.RefUnknown, state.RefAmbiguous, state.RefAmbiguous},
		{"number", "3", "", state.RefAmbiguous, state.RefAmbiguous}, // another record has it already
		{"number", "8", state.RefHeld, state.RefHeld, state.RefHeld},
		{"number", "9", "", "", ""},
	} {
		for want, a := range map[string]ahead{"run: " + c.want: found(), "halt: " + c.stopped: found(guard)} {
			was := endpoint.Target{UID: "of the state", Why: c.state}
			got := "run: "
			if a["orders"].stopped {
				got = "halt: "
			}
			if c.by == "uid" {
				got += a.linked("orders", c.text, was).Why
			} else {
				got += a.numbered("orders", c.text, was).Why
			}
			if got != want {
				t.Errorf("%s %s, %q in the state: %q, want %q", c.by, c.text, c.state, got, want)
			}
		}
	}
	if got := ahead(nil).linked("orders", "new", endpoint.Target{Why: state.RefUnknown}).Why; got != state.RefUnknown {
		t.Errorf("without plans before it: %q", got)
	}
}
