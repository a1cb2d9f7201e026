package state_test

import (
	"strings"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/state"
)

// What others may refer to is what is linked; of the rest they are told why not.
func TestARecordIsReferredToByUIDNumberAndID(t *testing.T) {
	t.Parallel()
	db, _ := fresh(t)
	j := job(t, db, state.JobKey{Name: "orders.invoices", CRM: "main", Entity: "invoice"})
	run := start(t, j)
	number := func(n int, text string) *engine.Op {
		op := addOp(n)
		op.Title, op.Set = text, stored("invoice", text)
		return op
	}
	for n, text := range map[int]string{1: "Сч-1", 2: "Сч-2", 3: "сч-2", 4: "Сч-4"} {
		op := number(n, text)
		begin(t, j, run, op)
		op.Status, op.CLID = engine.OpConfirmed, int64(100+n)
		link := linkOf(op, op.CLID)
		link.Gone = n == 4
		settle(t, j, run, engine.Settlement{Op: op, UID: op.UID, Link: link, Clear: true})
	}
	begin(t, j, run, number(5, "Сч-5"))
	_, err := j.Found(t.Context(), run, engine.Findings{
		Holds: []engine.Hold{
			{UID: "held", Title: "Сч-6", Reason: "match-ambiguous", Source: record.FingerprintOf("h")},
			{UID: "ignored", Title: "Сч-12", Reason: "no-deal", Source: record.FingerprintOf("i")},
			{UID: "waits", Title: "Сч-11", Reason: "no-deal", Source: record.FingerprintOf("w")},
		},
		Rejects: []engine.Reject{
			{UID: "rejected", Code: "required"},
			{UID: "warned", Title: "Сч-1", Code: "cut", Warning: true},
			{UID: "row", Title: "Сч-8", Code: "required"},
			{UID: "row", Title: "Сч-8", Code: "date"},
			{UID: "new-1", Title: "СЧ-9", Code: "number"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}

	for n, text := range map[int]string{6: "Сч-9", 7: "Сч-10"} { // linked, and refused by the CRM
		op := number(n, text)
		begin(t, j, run, op)
		op.Status = engine.OpFailed
		done := engine.Settlement{Op: op, UID: op.UID, Reject: &engine.Reject{UID: op.UID, Title: text, Code: "crm-refused", Refused: true}}
		if n == 6 {
			op.Status, op.CLID = engine.OpConfirmed, 106
			done = engine.Settlement{Op: op, UID: op.UID, Link: linkOf(op, op.CLID), Clear: true}
		}
		settle(t, j, run, done)
	}

	if err := j.Resolve(t.Context(), "ignored", engine.Choice{Take: "ignore"}); err != nil {
		t.Fatal(err)
	}

	refs := j.References("invoice", strings.ToLower)
	for uid, want := range map[string]state.Referred{
		"uid-000001": {CRMID: 101, UID: "uid-000001", Key: "key-uid-000001", Title: "Сч-1"},
		"uid-000004": {UID: "uid-000004", Key: "key-uid-000004", Title: "Сч-4", Why: state.RefGone},
		"uid-000005": {UID: "uid-000005", Why: state.RefInDoubt},
		"held":       {UID: "held", Why: state.RefHeld},
		"waits":      {UID: "waits", Why: state.RefWaits},
		"rejected":   {UID: "rejected", Why: state.RefRejected},
		"uid-000007": {UID: "uid-000007", Why: state.RefRefused},
		"ignored":    {UID: "ignored", Why: state.RefIgnored},
		"warned":     {UID: "warned", Why: state.RefUnknown},
		"nobody":     {UID: "nobody", Why: state.RefUnknown},
	} {
		if got, err := refs.Linked(t.Context(), uid); err != nil || got != want {
			t.Errorf("%s: %+v %v", uid, got, err)
		}
	}
	for text, want := range map[string]state.Referred{
		"СЧ-1":  {CRMID: 101, UID: "uid-000001", Key: "key-uid-000001", Title: "Сч-1"},
		"Сч-2":  {Title: "Сч-2", Why: state.RefAmbiguous},
		"Сч-4":  {Title: "Сч-4", Why: state.RefGone},
		"Сч-5":  {Title: "Сч-5", Why: state.RefInDoubt},
		"Сч-8":  {Title: "Сч-8", Why: state.RefRejected},
		"Сч-9":  {Title: "Сч-9", Why: state.RefAmbiguous}, // of two years, and the new one is turned away
		"Сч-10": {Title: "Сч-10", Why: state.RefRefused},
		"Сч-11": {Title: "Сч-11", Why: state.RefWaits},
		"Сч-6":  {Title: "Сч-6", Why: state.RefHeld},
		"Сч-7":  {Title: "Сч-7", Why: state.RefUnknown},
	} {
		if got, err := refs.Numbered(t.Context(), text); err != nil || got != want {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	if got, err := refs.Of(t.Context(), 101); err != nil || got.Key != "key-uid-000001" || got.CRMID != 101 {
		t.Errorf("by id: %+v %v", got, err)
	}
	for id, want := range map[int64]bool{101: true, 9: false} {
		op := addOp(9)
		op.Set = stored("deal", "101")
		if id == 101 {
			begin(t, j, run, op)
			op.Status, op.CLID = engine.OpConfirmed, 500
			settle(t, j, run, engine.Settlement{Op: op, UID: op.UID, Link: linkOf(op, 500), Clear: true})
		}
		if got, err := j.Refers(t.Context(), "deal", id); err != nil || got != want {
			t.Errorf("refers to %d: %v %v", id, got, err)
		}
	}
	if got, err := refs.Of(t.Context(), 104); err != nil || got.Why != state.RefUnknown {
		t.Errorf("by the id of one that is gone: %+v %v", got, err)
	}
}
