package main

import (
	"slices"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// A person who is told «it is another one» must be told by what.
func TestOnlyWhatDisagreesIsNamedAsDisproof(t *testing.T) {
	t.Parallel()
	s := func(v string) *string { return &v }
	got := disproof([]engine.HeldField{
		{Field: "date_create", Source: s("2020-01-01"), CRM: s("2026-01-01")},
		{Field: "recv.castInn", Source: s("9970000187"), CRM: s("9970000910")},
		{Field: "recv.castKpp", Source: s("990201001"), CRM: s("")},
		{Field: "recv.castOgrn", Source: s("1109900050039"), CRM: s("")},
	})
	if !slices.Equal(got, []string{"recv.castInn"}) {
		t.Errorf("%v", got)
	}
	if got := disproof([]engine.HeldField{{Field: "recv.castInn", Source: s("9970000187")}}); len(got) != 1 {
		t.Errorf("the CRM's side was not read: %v", got)
	}
}

// A command that asked the CRM again would tell of all its fields as if they were
// what the hold is about.
func TestABlankSideThatTheRunReadIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	s := func(v string) *string { return &v }
	exportOnly := []engine.HeldField{{Field: "phone", Source: s("+79000000001")}}
	for reason, want := range map[reconcile.Reason]bool{
		reconcile.ReasonConflict: true, reconcile.ReasonUnchangeable: true, reconcile.ReasonUnwritable: true,
		reconcile.ReasonMatchWeak: false, reconcile.ReasonMatchTaken: false,
	} {
		if got := crmRead(&engine.Hold{Reason: reason, Fields: exportOnly}); got != want {
			t.Errorf("%s: read %v, want %v", reason, got, want)
		}
	}
	both := []engine.HeldField{{Field: "phone", CRM: s("+79000000002")}}
	if !crmRead(&engine.Hold{Reason: reconcile.ReasonMatchWeak, Fields: both}) {
		t.Error("a hold that shows the CRM's side was read")
	}
}
