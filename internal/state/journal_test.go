package state_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

func TestBegun_ops_survive_a_reopening_with_all_they_carry(t *testing.T) {
	path := place(t)
	db := open(t, path)
	j := job(t, db, clients)
	run := start(t, j)
	add, update := addOp(1), addOp(2)
	update.Kind, update.CLID, update.Pos, update.Solo, update.Claimed = engine.OpUpdate, 55, 1, true, true
	update.Changes = []engine.FieldChange{
		{Field: "phone", From: text("1"), To: nil, Rule: "source-changed", Lost: text("2")},
	}
	begin(t, j, run, add, update)
	if add.ID == 0 || update.ID <= add.ID || add.Batch != update.Batch || add.Status != engine.OpSent || !add.SentAt.Equal(noon) {
		t.Fatalf("not filled in: %+v %+v", add, update)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	again := job(t, open(t, path), clients)
	ops, err := again.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]*engine.Op{add, update}, ops); d != "" {
		t.Error(d)
	}
	if err := again.Begin(t.Context(), run, []*engine.Op{addOp(3), addOp(1)}); !errors.As(err, new(*state.OpenOpError)) {
		t.Errorf("a second write for an open uid: %v, want *OpenOpError", err)
	}
	if ops, _ = again.Open(t.Context()); len(ops) != 2 {
		t.Errorf("a refused batch left something behind: %d ops, want 2", len(ops))
	}
}

func TestOne_open_op_a_uid_as_the_CRM_compares_uids(t *testing.T) {
	_, j := fresh(t)
	run := start(t, j)
	a, b := addOp(1), addOp(2)
	a.UID, b.UID = "Ёлка", "елка "
	begin(t, j, run, a)
	if err := j.Begin(t.Context(), run, []*engine.Op{b}); !errors.As(err, new(*state.OpenOpError)) {
		t.Errorf("got %v, want *OpenOpError", err)
	}
}

func TestOp_ids_are_never_given_twice(t *testing.T) {
	_, j := fresh(t)
	run := start(t, j)
	confirmed(t, j, run, 1, 3)
	op := addOp(4)
	begin(t, j, run, op)
	if op.ID != 4 || op.Batch != 4 {
		t.Errorf("id %d batch %d, want 4 and 4", op.ID, op.Batch)
	}
}

func TestA_confirmed_add_becomes_a_link(t *testing.T) {
	_, j := fresh(t)
	run := start(t, j)
	want := confirmed(t, j, run, 1, 2)
	if want[0].ID == 0 || want[1].ID <= want[0].ID {
		t.Fatalf("link ids not filled in: %d, %d", want[0].ID, want[1].ID)
	}
	got, err := j.Links(t.Context(), []string{"uid-000001", "UID-000002 ", "uid-000003"})
	if err != nil {
		t.Fatal(err)
	}
	// an empty crm base comes back as an empty map, and so does what is on its way
	want[0].CRMBase, want[1].CRMBase = record.Stored{}, record.Stored{}
	want[0].Pending, want[1].Pending = record.Stored{}, record.Stored{}
	if d := cmp.Diff(map[string]engine.Link{"uid-000001": *want[0], "UID-000002 ": *want[1]}, got); d != "" {
		t.Error(d)
	}
	if ops, _ := j.Open(t.Context()); len(ops) != 0 {
		t.Errorf("%d ops still open", len(ops))
	}
	if d := cmp.Diff([]engine.Seen{
		{Link: want[0].ID, UID: record.FingerprintOf("uid-000001"), Source: want[0].Source},
		{Link: want[1].ID, UID: record.FingerprintOf("uid-000002"), Source: want[1].Source},
	}, seen(t, j)); d != "" {
		t.Error(d)
	}
	holders, err := j.Holders(t.Context(), []int64{1001, 1002, 1003})
	if err != nil {
		t.Fatal(err)
	}
	owners := map[int64]string{}
	for clid, h := range holders {
		owners[clid] = h.Owner
		if h.Link == nil || h.Link.CLID != clid {
			t.Errorf("client %d: no link of its own", clid)
		}
	}
	if d := cmp.Diff(map[int64]string{1001: "clients/uid-000001", 1002: "clients/uid-000002"}, owners); d != "" {
		t.Error(d)
	}
}

func TestSettling_is_all_or_nothing(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	confirmed(t, j, run, 1, 1)
	other := job(t, db, state.JobKey{Name: "second", CRM: "main", Entity: "client"})
	op1, op2 := addOp(2), addOp(3)
	begin(t, other, run, op1, op2)
	op1.Status, op2.Status = engine.OpConfirmed, engine.OpConfirmed
	err := other.Settle(t.Context(), run, []engine.Settlement{
		{Op: op1, UID: op1.UID, Link: linkOf(op1, 2002), Mirror: &reconcile.Entry{CLID: 2002}},
		{Op: op2, UID: op2.UID, Link: linkOf(op2, 1001)},
	})
	var taken *state.TakenError
	if !errors.As(err, &taken) {
		t.Fatalf("got %v, want *TakenError", err)
	}
	if !errors.Is(err, engine.ErrClaimed) {
		t.Error("the engine cannot tell that somebody else has the client")
	}
	if d := cmp.Diff(&state.TakenError{UID: op2.UID, CLID: 1001, Owner: "clients/uid-000001"}, taken); d != "" {
		t.Error(d)
	}
	ops, _ := other.Open(t.Context())
	links, _ := other.Links(t.Context(), []string{op1.UID})
	if len(ops) != 2 || len(links) != 0 {
		t.Errorf("half of it was stored: %d ops open, %d links; want 2 and 0", len(ops), len(links))
	}
}

func TestA_uid_belongs_to_one_job_of_a_CRM_and_entity(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	confirmed(t, j, run, 1, 1)
	l := linkOf(addOp(1), 5000)
	second := job(t, db, state.JobKey{Name: "second", CRM: "main", Entity: "client"})
	err := second.Settle(t.Context(), run, []engine.Settlement{{UID: l.UID, Link: l}})
	var taken *state.UIDTakenError
	if !errors.As(err, &taken) || taken.Owner != "clients/uid-000001" {
		t.Errorf("got %v, want *UIDTakenError naming the owner", err)
	}
	// another CRM is another space
	settle(t, job(t, db, state.JobKey{Name: "second", CRM: "test", Entity: "client"}), run, engine.Settlement{UID: l.UID, Link: l})
}

func TestAn_op_ends_once(t *testing.T) {
	_, j := fresh(t)
	run := start(t, j)
	op := addOp(1)
	begin(t, j, run, op)
	op.Status, op.Code, op.Text = engine.OpInDoubt, "timeout", "no answer"
	settle(t, j, run, engine.Settlement{Op: op, UID: op.UID})
	ops, _ := j.Open(t.Context())
	if len(ops) != 1 || ops[0].Status != engine.OpInDoubt || ops[0].Code != "timeout" {
		t.Fatalf("in doubt is not stored: %+v", ops)
	}
	op.Status = engine.OpSuperseded
	settle(t, j, run, engine.Settlement{Op: op, UID: op.UID})
	if err := j.Settle(t.Context(), run, []engine.Settlement{{Op: op}}); !errors.As(err, new(*state.StaleOpError)) {
		t.Errorf("a second end: %v, want *StaleOpError", err)
	}
}

func TestAttempts_count_adds_that_never_happened_until_one_is_confirmed(t *testing.T) {
	_, j := fresh(t)
	run := start(t, j)
	end := func(kind engine.OpKind, s engine.OpStatus, solo bool) map[string]int {
		op := addOp(1)
		op.Kind, op.Solo = kind, solo
		begin(t, j, run, op)
		op.Status = s
		settle(t, j, run, engine.Settlement{Op: op, UID: op.UID})
		return standing(t, j).Attempts
	}
	end(engine.OpAdd, engine.OpSuperseded, true)
	end(engine.OpAdd, engine.OpSuperseded, false)   // it was another record that killed the batch
	end(engine.OpUpdate, engine.OpSuperseded, true) // no add
	if got := end(engine.OpAdd, engine.OpSuperseded, true)["uid-000001"]; got != 2 {
		t.Errorf("attempts %d, want 2", got)
	}
	if got := end(engine.OpAdd, engine.OpConfirmed, false); len(got) != 0 {
		t.Errorf("attempts after the confirmation: %v, want none", got)
	}
}

func TestSettling_a_link_again_keeps_its_id_and_moves_its_bases(t *testing.T) {
	_, j := fresh(t)
	run := start(t, j)
	first := *confirmed(t, j, run, 1, 1)[0]
	next := first
	next.ID = 0 // the engine need not know it
	next.Base, next.CRMBase = stored("title", "Новое"), stored("title", "Новое, ООО")
	next.Source, next.Gone, next.Missing, next.Pending = record.FingerprintOf("moved"), true, 7, record.Stored{}
	settle(t, j, run, engine.Settlement{UID: next.UID, Link: &next})
	if next.ID != first.ID {
		t.Errorf("id %d, want %d", next.ID, first.ID)
	}
	got, err := j.Links(t.Context(), []string{next.UID})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(next, got[next.UID]); d != "" {
		t.Error(d)
	}
	if s := seen(t, j); len(s) != 1 || s[0].Source != next.Source {
		t.Errorf("the narrow memory did not move: %v", s)
	}
}
