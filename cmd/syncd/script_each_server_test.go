package main

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"syncd/internal/sqltest"
)

// TestScriptsOnEachServer runs testdata/servers/each/*.txtar on PostgreSQL and on
// MariaDB: $DRIVER is the driver, $DSN leads to a fresh database, and $MOMENT,
// $BYTES and $MARK are its types for a date with time, a reference of 1C and a mark
// of 1C, which is set when it is $TRUE_MARK; $WRONG_DSN is $DSN with a
// login that the server refuses. The commands are those of TestScriptsOnServers and
// dealCommands.
func TestScriptsOnEachServer(t *testing.T) {
	whole(t)
	t.Parallel()
	base, err := filepath.Abs(baseFolder)
	if err != nil {
		t.Fatal(err)
	}
	for driver, server := range map[string]struct {
		variable, moment, bytes, mark, yes string
		fresh                              func(testing.TB) string
	}{
		"postgres": {"PG_DSN", "timestamp", "bytea", "boolean", "TRUE", sqltest.Postgres},
		"mysql":    {"MY_DSN", "datetime", "binary(16)", "binary(1)", "x'01'", sqltest.MySQL},
	} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Dir:                 "testdata/servers/each",
				RequireExplicitExec: true,
				RequireUniqueNames:  true,
				Setup: func(env *testscript.Env) error {
					dsn := server.fresh(t)
					for name, value := range map[string]string{
						"BASE": base, "DRIVER": driver, "DSN": dsn, server.variable: dsn, "MOMENT": server.moment, "BYTES": server.bytes,
						"MARK": server.mark, "TRUE_MARK": server.yes, "WRONG_DSN": login.ReplaceAllString(dsn, "${1}nobody:geheim@"),
					} {
						env.Setenv(name, value)
					}
					return setupCRM(env)
				},
				Cmds: dealCommands(crmCommands(map[string]func(*testscript.TestScript, bool, []string){
					"exits": exits, "database": changeDatabase, "query": queryDatabase,
				})),
			})
		})
	}
}

// login is who a DSN says it is, up to the "@".
var login = regexp.MustCompile(`^(postgres://)?[^/@]*@`)
