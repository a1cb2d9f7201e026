package state_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

func TestRecords_are_found_by_what_people_have_at_hand(t *testing.T) {
	db, j := lived(t, place(t))
	inn := linkOf(addOp(10), 2010)
	inn.Base = stored("title", inn.Title, "recv.castInn", "7707083893")
	settle(t, j, 1, engine.Settlement{UID: inn.UID, Link: inn})
	if _, err := j.Found(t.Context(), 1, engine.Findings{Holds: []engine.Hold{{
		UID: "held-inn", Key: "held-inn", Title: "Ждёт", Reason: reconcile.ReasonMaybeSame,
		Fields: []engine.HeldField{{Field: "phone", Source: text("79160000000")}, {Field: "recv.castInn", Source: text("7843316106")}},
	}}}); err != nil {
		t.Fatal(err)
	}
	// the export left the ИНН out since, the CRM has it
	if err := j.SaveMirror(t.Context(), engine.MirrorMark{TopCLID: 2010}, true, nil, func(yield func(reconcile.Entry) error) error {
		return yield(reconcile.Entry{CLID: 1001, UID: known, Keys: reconcile.Keys{INN: "500100732259"}})
	}); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string][]string{
		"500100732259":                         {known},
		known:                                  {known},
		"MFRGGZDFMZTWQ2LKNNWG23TPOA":           {known},
		"61626364-6566-4768-a969-6a6b6c6d6e70": {known},
		"1001":                                 {known},
		"7707083893":                           {inn.UID},
		"7843316106":                           {"held-inn"}, // not linked yet: the hold has it
		"ромашка":                              {known},      // part of «Ромашка»
		"клиент uid-0000":                      {inn.UID, "uid-000003"},
		"двойн":                                {"twice"},
		"позже":                                {"later"},
		"key-uid-000002":                       {"uid-000002"}, // refused, not linked
		"nothing of that":                      nil,
	} {
		got, err := db.Records(t.Context(), "clients", query, 0)
		if err != nil {
			t.Fatal(err)
		}
		var uids []string
		for _, r := range got {
			uids = append(uids, r.UID)
		}
		if d := cmp.Diff(want, uids, cmpopts.SortSlices(func(a, b string) bool { return a < b })); d != "" {
			t.Errorf("%s: %s", query, d)
		}
	}
	if got, err := db.Records(t.Context(), "another job", known, 0); err != nil || len(got) != 0 {
		t.Errorf("of another job: %v %v", got, err)
	}
	if got, err := db.Records(t.Context(), "", "", 2); err != nil || len(got) != 2 {
		t.Errorf("all, at most two: %v %v", got, err)
	}
}

func TestOne_record_with_all_that_is_known_of_it(t *testing.T) {
	db, j := lived(t, place(t))
	if err := j.Resolve(t.Context(), known, engine.Choice{Field: "phone", Take: "crm"}); err != nil {
		t.Fatal(err)
	}
	d, err := db.Record(t.Context(), "clients", known)
	if err != nil {
		t.Fatal(err)
	}
	if d.Status != "held" || d.Reason != "conflict" || d.CLID != 1001 || d.File != "in/clients.csv" || d.LastSynced.IsZero() {
		t.Errorf("record: %+v", d.Record)
	}
	if d.Link == nil || *d.Link.Base["phone"] != "79160000000" || d.Hold == nil || d.Hold.Chosen != "crm" || d.Refused != nil {
		t.Errorf("detail: %+v", d)
	}
	if len(d.Choices) != 1 || d.Choices[0].Field != "phone" {
		t.Errorf("choices: %+v", d.Choices)
	}
	if d, err := db.Record(t.Context(), "clients", "uid-000002"); err != nil || d.Refused == nil || d.Status != "refused" {
		t.Errorf("refused: %+v %v", d, err)
	}
	want := state.Pending{
		Job: "clients", UID: known, Key: d.Key, Title: d.Title, CLID: 1001, Field: "mail_url", Offered: text("office@example.ru"),
		Rule: "crm-changed", Delivery: "crm-clients-1.csv", State: "out", Run: 1,
	}
	if diff := cmp.Diff([]state.Pending{want}, d.Pending, cmpopts.IgnoreTypes(time.Time{})); diff != "" || d.Pending[0].Arrived.IsZero() {
		t.Errorf("on its way: %s", diff)
	}
	if d, err := db.Record(t.Context(), "clients", "clid-77"); err != nil || d.Link != nil || len(d.Pending) != 1 || d.CLID != 77 {
		t.Errorf("born in the CRM: %+v %v", d, err)
	}
	if all, err := db.Pending(t.Context(), ""); err != nil || len(all) != 2 {
		t.Errorf("all that is on its way: %v %v", all, err)
	}
	if _, err := db.Record(t.Context(), "clients", "nobody"); !errors.As(err, new(*state.UnknownRecordError)) {
		t.Errorf("nobody: %v", err)
	}
}

func TestStatus_of_jobs(t *testing.T) {
	db, j := lived(t, place(t))
	// a held record, a rejected one and one that the next run sends
	must(t, j.SaveBacklog(t.Context(), []record.Record{{UID: "twice"}, {UID: "u5"}, {UID: "later"}}, ""))
	job(t, db, state.JobKey{Name: "a new one", CRM: "main", Entity: "client"})
	got, err := db.Status(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []state.JobStatus{
		{Job: "a new one", CRM: "main", Entity: "client", HeldBy: map[reconcile.Reason]int64{}, Decided: map[reconcile.Reason]int64{}},
		{
			Job: "clients", CRM: "main", Entity: "client", LastRun: 2, LastStatus: engine.RunHalted, Links: 1, Held: 2, Rejected: 2, RejectedRecords: 2,
			HeldBy:   map[reconcile.Reason]int64{reconcile.ReasonConflict: 1, reconcile.ReasonDuplicateKey: 1},
			Decided:  map[reconcile.Reason]int64{reconcile.ReasonDuplicateKey: 1},
			Warnings: 1, OpenOps: 1, InDoubt: 1, Backlog: 3, Unsent: 1, Pending: 2, Schedule: "0 * * * *", Skipped: 1,
			Halts: []engine.Halt{{Guard: "max_update", Found: 104, Limit: 50, Detail: "104 of 200"}},
		},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreTypes(time.Time{})); d != "" {
		t.Error(d)
	}
}

func TestChanges_and_writes(t *testing.T) {
	db, _ := lived(t, place(t))
	changes, err := db.Changes(t.Context(), state.AuditFilter{UID: known})
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 4 || changes[0].Kind != "offer" || len(changes[0].Fields) != 1 {
		t.Fatalf("changes, newest first: %+v", changes)
	}
	changes = changes[1:]
	if changes[0].Kind != "settle" || changes[1].Kind != "update" || len(changes[1].Fields) != 2 ||
		*changes[1].Fields[0].Lost != "79160000002" || changes[1].Fields[1].To != nil || changes[2].Kind != "add" {
		t.Errorf("changes, newest first: %+v", changes)
	}
	for name, c := range map[string]struct {
		filter state.AuditFilter
		want   []engine.OpStatus
	}{
		"all":    {state.AuditFilter{Job: "clients"}, []engine.OpStatus{"in_doubt", "failed", "confirmed", "confirmed"}},
		"record": {state.AuditFilter{UID: "uid-000002"}, []engine.OpStatus{"failed"}},
		"run":    {state.AuditFilter{Run: 2}, nil},
		"no job": {state.AuditFilter{Job: "x"}, nil},
	} {
		ops, err := db.Ops(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []engine.OpStatus
		for _, o := range ops {
			got = append(got, o.Status)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestHolds_are_narrowed_by_job_reason_and_uid(t *testing.T) {
	db, _ := lived(t, place(t))
	for _, c := range []struct {
		filter state.HoldFilter
		want   int
	}{
		{state.HoldFilter{}, 2},
		{state.HoldFilter{Job: "clients", Reason: reconcile.ReasonConflict}, 1},
		{state.HoldFilter{UID: "twice"}, 1},
		{state.HoldFilter{Job: "x"}, 0},
	} {
		got, err := db.Holds(t.Context(), c.filter)
		if err != nil || len(got) != c.want {
			t.Errorf("%+v: %d %v, want %d", c.filter, len(got), err, c.want)
		}
	}
}

// What a confirmed record costs in the file, with a payload of 600 bytes.
func TestA_record_takes_little_space(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	const n = 500
	empty := state.Pages(t, db)
	comment := strings.Repeat("x", 360)
	for at := 0; at < n; at += 20 {
		var ops []*engine.Op
		var done []engine.Settlement
		for i := range 20 {
			op := addOp(at + i)
			op.UID = known[:20] + op.UID[4:]
			op.Key = "61626364-6566-4768-a969-6a6b6c6d6e70"
			op.Pos, op.SentAt = i, noon
			op.Set = stored("title", op.Title, "phone", "79160000000", "des", comment, "recv.castInn", "7707083893",
				"recv.castUrName", "Общество с ограниченной ответственностью «Ромашка»", "mail_url", "info@example.ru")
			if base, err := op.Set.Encode(); err != nil || len(base) < 590 || len(base) > 620 {
				t.Fatalf("the payload has %d bytes, want about 600: %v", len(base), err)
			}
			ops = append(ops, op)
		}
		begin(t, j, run, ops...)
		for i, op := range ops {
			op.Status, op.CLID = engine.OpConfirmed, int64(at+i+1)
			l := linkOf(op, op.CLID)
			l.CRMBase = stored("title", "Клиент, ООО")
			done = append(done, engine.Settlement{
				Op: op, UID: op.UID, Link: l, Clear: true,
				Mirror: &reconcile.Entry{CLID: op.CLID, UID: op.UID, Keys: reconcile.Keys{INN: "7707083893", Title: op.Title}},
			})
		}
		settle(t, j, run, done...)
	}
	var rows []engine.SeenRow
	for _, s := range seen(t, j) {
		rows = append(rows, engine.SeenRow{Link: s.Link, Row: record.FingerprintOf(string(s.UID[:]))})
	}
	if err := save(j, record.FingerprintOf("salt"), rows); err != nil {
		t.Fatal(err)
	}
	each := (state.Pages(t, db) - empty) * 4096 / n // empty tables apart
	t.Logf("%d bytes a record", each)
	if each > 1536 {
		t.Errorf("%d bytes a record, want at most 1.5 KB", each)
	}
}
