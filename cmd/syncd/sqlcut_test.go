package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/source"
	"syncd/internal/sqltest"
)

// cutJob is a job that reads 200 rows of a server over a line that can be cut. It
// deletes what is gone, so that a reading which counts although it broke off shows.
type cutJob struct {
	*testing.T
	driver source.Driver
	dir    string
	direct *sql.DB // past the line
	line   *sqltest.Line
	crm    *emulator.Server
	env    map[string]string
}

const cutRows = 200

func newCutJob(t *testing.T, driver source.Driver, dsn string) *cutJob {
	t.Helper()
	j := &cutJob{T: t, driver: driver, dir: t.TempDir(), crm: emulator.New(emulator.Options{})}
	server := httptest.NewServer(j.crm)
	t.Cleanup(server.Close)
	t.Cleanup(j.crm.Close)
	var err error
	if j.direct, err = source.OpenSQL(t.Context(), driver, dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.direct.Close() })
	var rows []string
	for i := range cutRows {
		rows = append(rows, fmt.Sprintf("('k-%03d', 'Клиент %03d')", i, i))
	}
	for _, statement := range []string{
		"CREATE TABLE client (code varchar(20) PRIMARY KEY, name varchar(100))", "INSERT INTO client VALUES " + strings.Join(rows, ", "),
	} {
		if _, err := j.direct.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	through, line := sqltest.Cuttable(t, dsn)
	j.line, j.env = line, map[string]string{"DSN": through, "CRM_KEY": emulator.DefaultKey, "CRM_URL": server.URL}
	j.write("clients.yaml", "version: 1\nentity: client\nuid: {column: code, encode: raw}\nfields:\n  title: {column: name, required: true}\n")
	j.query("repeat('x', 2000)", "1h")
	return j
}

func (j *cutJob) write(name, text string) {
	j.Helper()
	if err := os.WriteFile(filepath.Join(j.dir, name), []byte(text), 0o600); err != nil {
		j.Fatal(err)
	}
}

// query says what the job's query has besides the two columns of the mapping.
func (j *cutJob) query(besides, timeout string) {
	j.Helper()
	j.write("syncd.yaml", `version: 1
state: state.db
timezone: Europe/Moscow
crm:
  main: {base_url: "`+j.env["CRM_URL"]+`", login: boss@example.org, apikey: {env: CRM_KEY}, timeout: 5s, rate: "off", settle: 1s}
sources:
  books:
    sql: {driver: `+string(j.driver)+`, dsn: {env: DSN}, snapshot: full, timeout: `+timeout+`, query: "SELECT code, name, `+besides+` AS filler FROM client"}
jobs:
  clients: {entity: client, crm: main, source: books, mapping: clients.yaml, on_absent: delete}
`)
}

// runs carries the job out, and expects its exit code and a text of its output.
func (j *cutJob) runs(want int, text string) {
	j.Helper()
	var out, diagnostics strings.Builder
	args := []string{"--lang", "en", "--config", filepath.Join(j.dir, "syncd.yaml"), "run"}
	code := runWith(j.Context(), args, func(name string) string { return j.env[name] },
		stdio{in: strings.NewReader(""), out: &out, err: &diagnostics}, allCommands)
	if said := out.String() + diagnostics.String(); code != want || !strings.Contains(said, text) || strings.Contains(said, j.env["DSN"]) {
		j.Errorf("exit code %d, want %d and %q:\n%s", code, want, text, said)
	}
	if n := len(j.crm.Clients()); n != cutRows {
		j.Fatalf("the CRM has %d clients", n)
	}
}

func TestA_reading_that_breaks_off_is_none(t *testing.T) {
	whole(t)
	t.Parallel()
	for driver, fresh := range map[source.Driver]func(testing.TB) string{source.Postgres: sqltest.Postgres, source.MySQL: sqltest.MySQL} {
		t.Run(string(driver), func(t *testing.T) {
			t.Parallel()
			j := newCutJob(t, driver, fresh(t))
			j.runs(exitDone, "200  created")
			before := j.line.Flown()
			j.runs(exitDone, "200  unchanged")
			whole := j.line.Flown() - before

			for range 2 { // one after the other they are no two observations
				j.line.CutAfter(whole / 2)
				j.runs(exitSource, "SYNC-0321")
				j.line.Mend()
			}
			j.query("repeat('x', 2000)", "1s")
			j.line.SilentAfter(whole / 2)
			j.runs(exitSource, "deadline exceeded")
			j.line.Mend()

			j.query(map[source.Driver]string{source.Postgres: "pg_sleep(0.02)::text", source.MySQL: "sleep(0.02)"}[driver], "1h")
			killed := make(chan error, 1)
			go func() { killed <- j.killReader(t.Context()) }()
			j.runs(exitSource, "SYNC-0321")
			if err := <-killed; err != nil {
				t.Error(err)
			}

			j.query("repeat('x', 2000)", "1h")
			j.runs(exitDone, "200  unchanged")
			j.runs(exitDone, "200  unchanged")
		})
	}
}

// killReader ends the job's session from the server's side, in mid-read.
func (j *cutJob) killReader(ctx context.Context) error {
	find, kill := "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT code%pg_sleep%'", "SELECT pg_terminate_backend(%d)"
	if j.driver == source.MySQL {
		find, kill = "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT code%sleep%'", "KILL %d"
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		var id int64
		err := j.direct.QueryRowContext(ctx, find).Scan(&id)
		switch {
		case err == nil:
			_, err = j.direct.ExecContext(ctx, fmt.Sprintf(kill, id))
			return err
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
