package state

import (
	"database/sql"
	"fmt"
	"io/fs"
	"testing"
)

// SetBusyTimeout changes how long a DB waits for another program, in ms.
func SetBusyTimeout(t testing.TB, d *DB, ms int) {
	t.Helper()
	if _, err := d.write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA busy_timeout = %d", ms)); err != nil {
		t.Fatal(err)
	}
}

// LimitPages makes the file full at so many pages.
func LimitPages(t testing.TB, d *DB, pages int) {
	t.Helper()
	if _, err := d.write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
		t.Fatal(err)
	}
}

// Pages is how many pages the file has.
func Pages(t testing.TB, d *DB) (n int) {
	t.Helper()
	if err := d.write.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// WithScripts gives options with other migrations than the program's.
func WithScripts(t testing.TB, o Options, from fs.FS) Options {
	t.Helper()
	s, err := migrations(from)
	if err != nil {
		t.Fatal(err)
	}
	o.scripts = s
	return o
}

// Embedded are the program's own migrations.
func Embedded() fs.FS { return embedded }

// Exec runs a statement past the ports, to make large states quickly.
func Exec(t testing.TB, d *DB, query string) {
	t.Helper()
	if _, err := d.write.ExecContext(t.Context(), query); err != nil {
		t.Fatal(err)
	}
}

// Within runs f while a reader looks at one moment of the state.
func Within(t testing.TB, d *DB, f func()) {
	t.Helper()
	if err := d.view(t.Context(), func(tx *sql.Tx) error {
		var n int64
		err := tx.QueryRowContext(t.Context(), `SELECT count(*) FROM run`).Scan(&n)
		f()
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Rewrite makes the file anew without a look at the room.
func Rewrite(t testing.TB, d *DB) error {
	t.Helper()
	return d.rewrite(t.Context())
}
