package state_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

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

func TestAn_older_schema_is_backed_up_and_brought_up_to_date(t *testing.T) {
	path := place(t)
	old, err := openWith(t, path, scripts(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	confirmed(t, job(t, old, clients), 1, 1, 3)
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
	_, err := openWith(t, path, scripts(t, 2, `CREATE TABLE third (a)`, `DELETE FROM link; CREATE TABLE third (a)`))
	if err == nil {
		t.Fatal("want an error")
	}
	if got := shell(t, path, `PRAGMA user_version; SELECT count(*) FROM link; SELECT count(*) FROM third`); got != "3\n3\n0\n" {
		t.Errorf("got %q: want schema 3, and nothing of schema 4", got)
	}
	db, err := openWith(t, path, scripts(t, 2, `CREATE TABLE third (a)`, `CREATE TABLE fourth (a)`))
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
