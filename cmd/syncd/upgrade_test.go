package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The first command of a new version says that it changed the state, and where the
// copy lies that an older version could still open.
func TestAnUpgradeOfTheStateIsToldOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"clients.yaml": "version: 1\nentity: client\nuid: {column: Ключ, encode: raw}\nfields:\n  title: {column: Имя, required: true}\n",
		"syncd.yaml": "version: 1\nstate: state.db\ncrm:\n  main: {base_url: \"http://127.0.0.1:1\", login: a@example.org, apikey: {env: CRM_KEY}}\n" +
			"sources:\n  clients: {csv: {path: clients.csv, snapshot: full}}\n" +
			"jobs:\n  clients: {entity: client, crm: main, source: clients, mapping: clients.yaml}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	olderState(t, filepath.Join(dir, "state.db"), "0001_tables.sql", "0002_views.sql")
	for _, lang := range []string{"en", "ru"} {
		first := lang == "en"
		var out, diagnostics strings.Builder
		code := runWith(t.Context(), []string{"--lang", lang, "--config", filepath.Join(dir, "syncd.yaml"), "resume", "clients", "--allow", "max_create=5"},
			func(string) string { return "key" }, stdio{in: strings.NewReader(""), out: &out, err: &diagnostics}, allCommands)
		if code != exitDone || strings.Contains(diagnostics.String(), "SYNC-0707") != first {
			t.Errorf("exit code %d:\n%s%s", code, out.String(), diagnostics.String())
		}
		copies, err := filepath.Glob(filepath.Join(dir, "state.db.schema2-*.bak"))
		if err != nil || len(copies) != 1 || first && !strings.Contains(diagnostics.String(), copies[0]) {
			t.Errorf("copies %v, %v:\n%s", copies, err, diagnostics.String())
		}
	}
}

// olderState makes a state of the schema that the first migrations made.
func olderState(t *testing.T, path string, scripts ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range scripts {
		script, err := os.ReadFile(filepath.Join("../../internal/state/migrations", name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), string(script)); err != nil {
			t.Fatal(err)
		}
	}
	const ours = 0x73796e63 // "sync"
	mark := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", ours, len(scripts))
	if _, err := db.ExecContext(t.Context(), mark); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
}
