// Package sqltest gives tests databases on real servers: PostgreSQL and
// MariaDB processes of their own, started once per test binary in a temporary
// folder (in memory where there is room) on a free port of the loopback
// interface, and stopped at its end.
//
// A test package wraps its TestMain (Main, or Wrap beside another wrapper) and
// asks Postgres or MySQL for the DSN of a fresh, empty database. The servers are
// fast and forgetful (nothing is synced to disk). Each hangs on a pipe of the
// test binary, so that it also goes, with its folder, when the tests panic, run
// into their timeout or are killed.
//
// A server that is not installed skips the test, loudly; where CI is set, or
// SYNCD_TEST_SERVERS is "required" (`make test` sets it), it fails the test.
//
// Only tests may import this package. It knows nothing of syncd; all of it is
// safe for concurrent use.
package sqltest
