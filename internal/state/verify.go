package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// check runs one of SQLite's own checks of the whole file.
func check(ctx context.Context, db *sql.DB, file, pragma string) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA "+pragma+"(1)").Scan(&found); err != nil {
		return classify(file, err)
	}
	if found != "ok" {
		// SQLite's words name pages and trees, never content
		return &DamagedError{File: file, Cause: strings.TrimSpace(strings.ReplaceAll(found, "\n", " "))}
	}
	return nil
}

// Verify checks every page, index and reference of the file, and that each link has
// its narrow memory: without it a run would take its record for a new one. On a
// large file it takes seconds. A *DamagedError says what is wrong.
func (d *DB) Verify(ctx context.Context) error {
	if err := check(ctx, d.read, d.file, "integrity_check"); err != nil {
		return err
	}
	rows, err := d.read.QueryContext(ctx, `PRAGMA foreign_key_check`)
	if err != nil {
		return classify(d.file, err)
	}
	defer func() { _ = rows.Close() }() // Err is looked at below
	if rows.Next() {
		return &DamagedError{File: d.file, Cause: "rows refer to rows that are missing"}
	}
	if err := rows.Err(); err != nil {
		return classify(d.file, err)
	}
	var bare int64
	if err := d.read.QueryRowContext(ctx, `SELECT count(*) FROM link l
		WHERE NOT EXISTS (SELECT 1 FROM fingerprint f WHERE f.link = l.id AND f.job = l.job)`).Scan(&bare); err != nil {
		return classify(d.file, err)
	}
	if bare > 0 {
		return &DamagedError{File: d.file, Cause: fmt.Sprintf("%d links have lost their hashes", bare)}
	}
	return nil
}
