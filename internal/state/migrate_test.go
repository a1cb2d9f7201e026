package state_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

// scripts are the program's migrations up to a number, and more of the test's.
func scripts(t *testing.T, upTo int, more ...string) fstest.MapFS {
	t.Helper()
	names, err := fs.Glob(state.Embedded(), "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for _, name := range names[:upTo] {
		b, err := fs.ReadFile(state.Embedded(), name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	for i, s := range more {
		out["migrations/9"+strings.Repeat("9", i)+".sql"] = &fstest.MapFile{Data: []byte(s)}
	}
	return out
}

func openWith(t *testing.T, path string, from fs.FS) (*state.DB, error) {
	t.Helper()
	db, err := state.Open(t.Context(), path, state.WithScripts(t, state.Options{Create: true, Clock: clock}, from))
	if err == nil {
		t.Cleanup(func() { _ = db.Close() })
	}
	return db, err
}

// now is the schema of this program, pushing the one before it could write back, and
// unserved the one before there was a service.
const (
	pushing  = 2
	unserved = 3
	now      = 5
)

// older is a state of the schema upTo with a row in every table that a person
// would miss: three links of which one is a tombstone, and what waits.
func older(t *testing.T, path string, upTo int) {
	t.Helper()
	old, err := openWith(t, path, scripts(t, upTo))
	if err != nil {
		t.Fatal(err)
	}
	state.Exec(t, old, `
		INSERT INTO target VALUES (1, 'main', 'client', 1003, 1000, 2000);
		INSERT INTO job (id, name, target, mapping, identity, last_rows, links) VALUES (1, 'clients', 1, zeroblob(16), 'guid', 9, 3);
		INSERT INTO run (id, job, status, started_at, finished_at, found) VALUES (1, 1, 'done', 1000, 2000, 1);
		INSERT INTO link (id, target, job, uid, key, crm_id, title, base, crm_base, line, gone, settled_run, settled_at) VALUES
			(1, 1, 1, 'uid-000001', 'k1', 1001, 'Один', '{"title":"Один"}', '{"title":"Один, ООО"}', 2, 0, 1, 2000),
			(2, 1, 1, 'uid-000002', NULL, 1002, 'Два', '{"title":null}', NULL, 3, 0, 1, 2000),
			(3, 1, 1, 'uid-000003', NULL, 1003, 'Три', '{}', NULL, 4, 1, 1, 2000);`)
	for id, uid := range map[int]string{1: "uid-000001", 2: "uid-000002", 3: "uid-000003"} {
		state.Exec(t, old, fmt.Sprintf(`INSERT INTO fingerprint (link, job, target, uid, source) VALUES (%d, 1, 1, x'%v', zeroblob(16))`,
			id, record.FingerprintOf(reconcile.FoldUID(uid))))
	}
	state.Exec(t, old, `
		INSERT INTO hold (job, uid, key, title, reason, crm_id, file, line, last_line, other_owner, source, sticky, first_run, last_run, opened_at)
			VALUES (1, 'uid-000002', 'k2', 'Два', 'conflict', 1002, 'f.csv', 3, 3, '', zeroblob(16), 0, 1, 1, 2000);
		INSERT INTO audit (at, job, run, kind, status, uid, crm_id) VALUES (2000, 1, 1, 'add', 'confirmed', 'uid-000001', 1001);
		INSERT INTO choice (job, uid, field, take, crm_id, made_at) VALUES (1, 'uid-000002', '', 'crm', 0, 2000);
		INSERT INTO mirror VALUES (1, 1001, 'uid-000001', '', '', '', '', '', 0);`)
	if upTo >= unserved {
		state.Exec(t, old, `INSERT INTO upkeep (task, at) VALUES ('prune', 3000)`)
	}
	must(t, old.Close())
}

func TestAn_upgrade_keeps_everything(t *testing.T) {
	for _, upTo := range []int{pushing, unserved} {
		t.Run(fmt.Sprintf("from schema %d", upTo), func(t *testing.T) { upgrade(t, upTo) })
	}
}

func upgrade(t *testing.T, upTo int) {
	t.Helper()
	path := filepath.Join(memory(t), "state.db")
	older(t, path, upTo)
	// before it is brought up to date it can be copied and checked
	old, err := state.OpenReadOnly(t.Context(), path, state.Options{Older: true})
	must(t, err)
	must(t, old.Verify(t.Context()))
	if c, err := old.Census(t.Context()); err != nil || c.Schema != upTo || c.Links != 2 || c.Gone != 1 || c.Holds != 1 || c.LastRun != 1 {
		t.Errorf("before the upgrade: %+v %v", c, err)
	}
	must(t, old.Backup(t.Context(), path+".old"))
	must(t, old.Close())
	db := open(t, path)
	if got := shell(t, db.MigrationBackup(), `PRAGMA user_version`); got != fmt.Sprintln(upTo) {
		t.Errorf("the backup has schema %q", got)
	}
	pruned, err := db.LastUpkeep(t.Context(), state.TaskPrune)
	must(t, err)
	if upTo == unserved && !pruned.Succeeded.Equal(time.UnixMilli(3000)) {
		t.Errorf("the last pruning: %+v", pruned)
	}
	if got := shell(t, path, `SELECT last_run, schedule, next_run, source_time, oldest_hold FROM v_jobs`); got != "1||||1970-01-01 00:00:02\n" {
		t.Errorf("v_jobs says %q", got)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	j := job(t, db, clients)
	links, err := j.Links(t.Context(), []string{"uid-000001", "uid-000002", "uid-000003"})
	if err != nil {
		t.Fatal(err)
	}
	first := links["uid-000001"]
	first.SettledAt = time.Time{}
	if d := cmp.Diff(engine.Link{
		ID: 1, UID: "uid-000001", Key: "k1", CLID: 1001, Title: "Один",
		Base: stored("title", "Один"), CRMBase: stored("title", "Один, ООО"), Pending: record.Stored{}, Origin: record.Origin{Line: 2},
	}, first); d != "" || len(links) != 3 || !links["uid-000003"].Gone {
		t.Errorf("the links changed: %v\n%s", links, d)
	}
	for i, s := range seen(t, j) {
		if s.Link != int64(i+1) || s.Absent != 0 || s.UID.IsZero() {
			t.Errorf("the narrow memory changed: %+v", s)
		}
	}
	s := standing(t, j)
	if s.Links != 3 || s.LastRows != 9 || s.Identity != "guid" || s.Runs != 1 || len(s.Holds) != 1 || len(s.Choices) != 1 ||
		len(s.Edited)+len(s.Missing) != 0 || s.Cursor != "" || s.SnapshotNo != 0 {
		t.Errorf("what stands changed: %+v", s)
	}
	entries, m := loadMirror(t, j)
	if len(entries) != 1 || m.TopCLID != 1003 || m.ReadAt.IsZero() || m.Job != (engine.JobMark{}) {
		t.Errorf("the mirror changed: %v %+v", entries, m)
	}
	if got := shell(t, path, `SELECT uid, op FROM v_changes; SELECT uid, status FROM v_records ORDER BY uid`); got !=
		"uid-000001|add\nuid-000001|synced\nuid-000002|held\nuid-000003|gone\n" {
		t.Errorf("the views say %q", got)
	}
	// the tombstone's number is free from now on
	heir := linkOf(addOp(4), 1003)
	settle(t, j, 2, engine.Settlement{UID: heir.UID, Link: heir})
}

func TestAn_older_schema_is_backed_up_and_brought_up_to_date(t *testing.T) {
	path := place(t)
	old, err := openWith(t, path, scripts(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	state.Exec(t, old, `INSERT INTO target VALUES (1, 'main', 'client', 0, NULL, NULL); INSERT INTO job (name, target) VALUES ('clients', 1);
		INSERT INTO link (target, job, uid, crm_id, title, base, settled_at) VALUES (1, 1, 'a', 1, '', '{}', 0), (1, 1, 'b', 2, '', '{}', 0), (1, 1, 'c', 3, '', '{}', 0)`)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	var older *state.OlderError
	if _, err := state.OpenReadOnly(t.Context(), path, state.Options{}); !errors.As(err, &older) || older.Found != 1 {
		t.Errorf("reading an older schema: %v, want *OlderError", err)
	}
	db := open(t, path)
	if got := shell(t, path, `SELECT count(*) FROM v_records`); got != "3\n" {
		t.Errorf("after the migration: %q records, want 3", got)
	}
	if db.MigrationBackup() == "" {
		t.Fatal("no backup was made")
	}
	st, err := os.Stat(db.MigrationBackup())
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("backup: %v %v", st, err)
	}
	if got := shell(t, db.MigrationBackup(), `PRAGMA user_version; SELECT count(*) FROM link`); got != "1\n3\n" {
		t.Errorf("the backup holds %q, want the old schema and its 3 links", got)
	}
	if again := open(t, path); again.MigrationBackup() != "" {
		t.Error("a second opening migrated again")
	}
}

func TestA_migration_that_fails_leaves_the_schema_before_it(t *testing.T) {
	path := place(t)
	first := open(t, path)
	confirmed(t, job(t, first, clients), 1, 1, 3)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	// the first of the two is whole, the second dies half way
	_, err := openWith(t, path, scripts(t, now, `CREATE TABLE next (a)`, `DELETE FROM link; CREATE TABLE next (a)`))
	if err == nil {
		t.Fatal("want an error")
	}
	if got := shell(t, path, `PRAGMA user_version; SELECT count(*) FROM link; SELECT count(*) FROM next`); got != "6\n3\n0\n" {
		t.Errorf("got %q: want schema 6, and nothing of schema 7", got)
	}
	db, err := openWith(t, path, scripts(t, now, `CREATE TABLE next (a)`, `CREATE TABLE last (a)`))
	if err != nil {
		t.Fatalf("going on: %v", err)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(path + ".schema*"); len(left) != 2 {
		t.Errorf("backups %v, want one of each attempt", left)
	}
}
