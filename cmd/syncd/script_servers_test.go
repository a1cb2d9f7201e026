package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"syncd/internal/source"
	"syncd/internal/sqltest"
)

// TestScriptsOnServers runs testdata/servers/*.txtar: what a job does with a real
// PostgreSQL ($PG_DSN) and a real MariaDB ($MY_DSN), each database fresh. Beside
// the commands of TestScripts they may say:
//
//	database DRIVER FILE       runs the statements of a file, each ending in ";" and a line end
//	query DRIVER STATEMENT     its rows are the output, columns joined with |
func TestScriptsOnServers(t *testing.T) {
	whole(t)
	t.Parallel()
	base, err := filepath.Abs(baseFolder)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/servers",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("BASE", base)
			env.Setenv("PG_DSN", sqltest.Postgres(t))
			env.Setenv("MY_DSN", sqltest.MySQL(t))
			return setupCRM(env)
		},
		Cmds: crmCommands(map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "database": changeDatabase, "query": queryDatabase,
		}),
	})
}

// serverOf opens the script's database of a driver.
func serverOf(ts *testscript.TestScript, driver string) *sql.DB {
	dsn := map[string]string{"postgres": ts.Getenv("PG_DSN"), "mysql": ts.Getenv("MY_DSN")}[driver]
	db, err := source.OpenSQL(context.Background(), source.Driver(driver), dsn)
	ts.Check(err)
	return db
}

func changeDatabase(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: database DRIVER FILE")
	}
	db := serverOf(ts, args[0])
	defer func() { _ = db.Close() }()
	for _, statement := range strings.Split(ts.ReadFile(args[1]), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		_, err := db.ExecContext(context.Background(), statement)
		ts.Check(err)
	}
}

func queryDatabase(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: query DRIVER STATEMENT")
	}
	db := serverOf(ts, args[0])
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(context.Background(), args[1])
	ts.Check(err)
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	ts.Check(err)
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		ts.Check(rows.Scan(into...))
		texts := make([]string, len(cells))
		for i, c := range cells {
			if texts[i] = c.String; !c.Valid {
				texts[i] = "NULL"
			}
		}
		_, err := fmt.Fprintln(ts.Stdout(), strings.Join(texts, "|"))
		ts.Check(err)
	}
	ts.Check(rows.Err())
}
