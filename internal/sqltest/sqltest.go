package sqltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing" //nolint:depguard // servers for the tests of several packages; lint keeps it out of the program
)

// The servers of this test binary: one process of each kind serves all its
// tests, and only TestMain knows when they are over.
var (
	postgresServer = &shared{kind: postgres()}
	mysqlServer    = &shared{kind: mysql()}
	guarded        atomic.Bool // somebody will stop them
)

// Runner is what TestMain runs: *testing.M, or a wrapper of it.
type Runner interface{ Run() int }

// Main runs the tests, stops the servers that they started and ends the
// process. It is the whole of a TestMain.
func Main(m Runner) { os.Exit(Wrap(m).Run()) } //nolint:forbidigo // it is the end of a test binary's main

// Wrap is m with the servers stopped after its Run, to be handed to another
// wrapper.
func Wrap(m Runner) Runner { return wrapped{m} }

type wrapped struct{ m Runner }

// Run runs the tests and stops the servers; a server that cannot be stopped is
// a failure.
func (w wrapped) Run() (code int) {
	guarded.Store(true)
	defer func() {
		if err := errors.Join(postgresServer.stop(), mysqlServer.stop()); err != nil {
			fmt.Fprintln(os.Stderr, "sqltest:", err)
			code = max(code, 1)
		}
	}()
	return w.m.Run()
}

// Postgres returns the DSN (a postgres:// URL over TCP) of a fresh, empty
// database in PostgreSQL. The user may do anything.
func Postgres(t testing.TB) string { t.Helper(); return fresh(t, postgresServer) }

// MySQL returns the DSN (of github.com/go-sql-driver/mysql, over TCP) of a
// fresh, empty database in MariaDB, utf8mb4, which goes with the test. The user
// may do anything.
func MySQL(t testing.TB) string { t.Helper(); return fresh(t, mysqlServer) }

func fresh(t testing.TB, s *shared) string {
	t.Helper()
	if !guarded.Load() {
		t.Fatal("sqltest: nobody would stop the server: the package needs func TestMain(m *testing.M) { sqltest.Main(m) }")
	}
	dsn, drop, err := s.database(context.WithoutCancel(t.Context()))
	var missing *notInstalled
	switch {
	case err == nil:
		t.Cleanup(drop)
		return dsn
	case errors.As(err, &missing) && !required():
		t.Skipf("\n*** SKIPPED: this test proves nothing here ***\n%v", err)
	default:
		t.Fatal("sqltest:", err)
	}
	return ""
}

// required reports whether a missing server is a failure.
func required() bool {
	return os.Getenv("CI") != "" || os.Getenv("SYNCD_TEST_SERVERS") == "required" //nolint:forbidigo // how tests are told; the program never runs this
}
