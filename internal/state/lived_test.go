package state_test

import (
	"testing"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

// known is the uid that docs/state.md asks about.
const known = "mfrggzdfmztwq2lknnwg23tpoa"

// lived makes a state in which a bit of everything happened, today.
func lived(t *testing.T, path string) (*state.DB, *state.Job) {
	t.Helper()
	must(t, open(t, path).Close())
	db, err := state.Open(t.Context(), path, state.Options{Clock: time.Now, SkipCheck: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	schema := record.NewSchema([]record.Field{{Name: "title"}})
	j := job(t, db, clients).WithSchema(schema, func(_ int, s string) string { return s })
	now := time.Now()

	run := start(t, j)
	add := addOp(1)
	add.UID, add.Key, add.Title = known, "61626364-6566-4768-a969-6a6b6c6d6e70", "ООО «Ромашка»"
	add.SentAt = now
	begin(t, j, run, add)
	add.Status, add.CLID = engine.OpConfirmed, 1001
	link := linkOf(add, 1001)
	link.SettledAt = now
	settle(t, j, run, engine.Settlement{Op: add, UID: known, Link: link, Clear: true})

	update := addOp(1)
	update.Kind, update.UID, update.CLID, update.SentAt = engine.OpUpdate, known, 1001, now
	update.Changes = []engine.FieldChange{
		{Field: "phone", From: text("79160000000"), To: text("79160000001"), Rule: "source-changed", Lost: text("79160000002")},
		{Field: "des", From: text("старое"), Rule: "cleared"},
	}
	begin(t, j, run, update)
	update.Status = engine.OpConfirmed
	settle(t, j, run, engine.Settlement{Op: update, UID: known, Link: link})

	settle(t, j, run, engine.Settlement{UID: known, Link: link, Changes: []engine.FieldChange{
		{Field: "site_url", From: text("crm.example"), To: text("crm.example"), Rule: "conflict-crm", Lost: text("source.example")},
	}})
	failed, doubt := addOp(2), addOp(3)
	failed.SentAt, doubt.SentAt = now, now
	begin(t, j, run, failed, doubt)
	failed.Status, failed.Code, failed.Text = engine.OpFailed, "405", "не заполнено поле"
	doubt.Status, doubt.Code = engine.OpInDoubt, "timeout"
	settle(t, j, run,
		engine.Settlement{Op: failed, UID: failed.UID, Reject: &engine.Reject{UID: failed.UID, Key: failed.Key, Code: "405", Rule: failed.Text, Refused: true}},
		engine.Settlement{Op: doubt, UID: doubt.UID})
	if _, err := j.Found(t.Context(), run, engine.Findings{Complete: true, Rows: 9, Holds: []engine.Hold{
		{
			UID: known, Key: add.Key, Title: add.Title, Reason: reconcile.ReasonConflict, CLID: 1001,
			Origin: record.Origin{File: "clients.csv", Line: 2, LastLine: 2},
			Fields: []engine.HeldField{{Field: "phone", Base: text("1"), Source: text("2"), CRM: text("3")}, {Field: "mail_url"}},
		},
		{
			UID: "twice", Key: "twice", Title: "Двойник", Reason: reconcile.ReasonDuplicateKey,
			Origin: record.Origin{File: "clients.csv", Line: 7}, Other: &record.Origin{File: "clients.csv", Line: 9},
		},
	}, Rejects: []engine.Reject{
		{File: "clients.csv", Line: 5, LastLine: 6, Key: "k5", UID: "u5", Column: "ИНН", Field: "recv.castInn", Code: "SYNC-0301", Rule: "inn", Value: "12"},
		{File: "clients.csv", Line: 8, LastLine: 8, Code: "SYNC-0302", Rule: "kpp", Warning: true},
	}}); err != nil {
		t.Fatal(err)
	}
	offer := *link
	offer.Pending = stored("mail_url", "office@example.ru")
	settle(t, j, run, engine.Settlement{UID: known, Link: &offer, Offers: []engine.FieldChange{
		{Field: "mail_url", From: text("old@example.ru"), To: text("office@example.ru"), Rule: "crm-changed"},
	}})
	began(t, j, "crm-clients-1.csv")
	ended(t, j, "crm-clients-1.csv")
	settle(t, j, run, engine.Settlement{UID: "clid-77", Born: &engine.Born{CLID: 77, Title: "ООО «Лютик»", Pending: stored("title", "ООО «Лютик»")}})
	if err := j.SaveBacklog(t.Context(), []record.Record{{UID: "later", Key: "later", Values: []record.Value{record.Of("Позже", "позже")}}}, ""); err != nil {
		t.Fatal(err)
	}
	saveMirror(t, j, engine.MirrorMark{FullAt: noon}, true)
	if err := j.Halt(t.Context(), run, engine.Halt{Guard: "max_update", Found: 104, Limit: 50, Detail: "104 of 200"}); err != nil {
		t.Fatal(err)
	}
	rep := engine.Report{Run: run, Status: engine.RunHalted, Started: now, Finished: now.Add(time.Second), Source: "clients.csv", SourceTime: now.Add(-time.Hour), Err: "halted"}
	if err := j.Finish(t.Context(), run, &rep); err != nil {
		t.Fatal(err)
	}
	// Start takes the time it is given; the fixture's is long ago or to come
	if _, err := j.Start(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if err := j.Finish(t.Context(), run+1, &rep); err != nil {
		t.Fatal(err)
	}
	must(t, j.Resolve(t.Context(), "twice", engine.Choice{Take: "ignore"}))
	served(t, db, now)
	return db, j
}

// served is what a service leaves beside its runs.
func served(t *testing.T, db *state.DB, now time.Time) {
	t.Helper()
	must(t, db.SavePlanned(t.Context(), []state.PlannedRun{
		{Job: "clients", Schedule: "0 * * * *", Next: now.Add(-10 * time.Minute), Skipped: 1},
		{Job: "orders", Schedule: "@every 5m", Next: now.Add(time.Minute)},
	}))
	must(t, db.AskRun(t.Context(), "orders"))
	must(t, db.SaveService(t.Context(), state.Service{PID: 7, Version: "1.0", Started: now, Seen: now}))
	must(t, db.SaveNotice(t.Context(), state.Notice{Channel: "mail", Job: "clients", Occasion: "halt", Cause: "max_update", Since: now, Told: now}))
	must(t, db.RecordUpkeep(t.Context(), state.TaskBackup, now, nil, "/var/backups/syncd/state-20261122T043000.db"))
}
