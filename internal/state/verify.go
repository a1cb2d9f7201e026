package state

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"syncd/internal/record"
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

// law is something that holds in every sound state, beyond the form of the file:
// the query counts what breaks it.
type law struct {
	since int // the schema from which on it can be asked
	query string
	cause string // with the count
}

// laws are read in order: the first that is broken is told.
var laws = []law{
	// without its hashes a run would take its record for a new one
	{
		1, `SELECT count(*) FROM link l WHERE NOT EXISTS (SELECT 1 FROM fingerprint f WHERE f.link = l.id AND f.job = l.job)`,
		"%d links have lost their hashes",
	},
	{
		1, `SELECT count(*) FROM link l JOIN fingerprint f ON f.link = l.id WHERE f.target <> l.target`,
		"%d links have hashes of another CRM",
	},
	{
		3, `SELECT count(*) FROM (SELECT 1 FROM link NOT INDEXED WHERE crm_id <> 0 AND gone = 0 GROUP BY target, crm_id HAVING count(*) > 1)`,
		"%d records of the CRM are linked more than once",
	},
	// a base that nobody can read would have its record compared with nothing
	{
		1, `SELECT count(*) FROM link WHERE CASE WHEN json_valid(base) THEN json_type(base) <> 'object' ELSE 1 END
		OR crm_base IS NOT NULL AND CASE WHEN json_valid(crm_base) THEN json_type(crm_base) <> 'object' ELSE 1 END`,
		"%d links have bases that cannot be read",
	},
	{
		1, `SELECT count(*) FROM job j WHERE links <> (SELECT count(*) FROM link l WHERE l.job = j.id)`,
		"%d jobs count their links wrongly",
	},
	{
		3, `SELECT count(*) FROM offer o JOIN link l ON l.id = o.link WHERE o.job <> l.job`,
		"%d offers belong to a link of another job",
	},
}

// Verify checks every page, index and reference of the file, and the laws of a
// state: each link has its hashes, and those of its uid; no two links share a record
// of the CRM; every base can be read; nothing belongs to what is not there. On a
// large file it takes seconds. A *DamagedError says what is wrong.
func (d *DB) Verify(ctx context.Context) error {
	if err := check(ctx, d.read, d.file, "integrity_check"); err != nil {
		return err
	}
	return d.view(ctx, func(tx *sql.Tx) error {
		var orphans bool
		if err := each(ctx, tx, func(*sql.Rows) error { orphans = true; return nil }, `PRAGMA foreign_key_check`); err != nil {
			return err
		}
		if orphans {
			return &DamagedError{File: d.file, Cause: "rows refer to rows that are missing"}
		}
		var schema int
		if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&schema); err != nil {
			return err
		}
		for _, l := range laws {
			if schema < l.since {
				continue
			}
			var n int64
			if err := tx.QueryRowContext(ctx, l.query).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				return &DamagedError{File: d.file, Cause: fmt.Sprintf(l.cause, n)}
			}
		}
		return d.verifyUIDs(ctx, tx)
	})
}

// verifyUIDs compares each uid with the hash by which its link is found.
func (d *DB) verifyUIDs(ctx context.Context, tx *sql.Tx) error {
	var wrong int64
	err := each(ctx, tx, func(r *sql.Rows) error {
		var uid string
		var hash []byte
		if err := r.Scan(&uid, &hash); err != nil {
			return err
		}
		if want := record.FingerprintOf(d.options.Fold(uid)); !bytes.Equal(hash, want[:]) {
			wrong++
		}
		return nil
	}, `SELECT l.uid, f.uid FROM link l JOIN fingerprint f ON f.link = l.id`)
	if err == nil && wrong > 0 {
		err = &DamagedError{File: d.file, Cause: fmt.Sprintf("%d links have hashes of another uid", wrong)}
	}
	return err
}

// Census counts what a state holds.
type Census struct {
	Schema  int
	Bytes   int64 // of the file
	Free    int64 // of them
	LastRun int64 // 0 = none
	LastEnd time.Time
	Jobs    int64
	Links   int64 // Gone apart
	Gone    int64 // links whose record of the CRM is gone
	Open    int64 // writes on their way or in doubt
	Holds   int64
	Rejects int64 // warnings apart
	Backlog int64
	Pending int64 // values on their way to the source
	Changes int64 // rows of the audit
	Runs    int64
}

// Census counts what the state holds, for a person who compares two copies.
func (d *DB) Census(ctx context.Context) (c Census, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		var end sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT user_version, page_count * page_size, freelist_count * page_size,
				(SELECT coalesce(max(id), 0) FROM run), (SELECT max(finished_at) FROM run),
				(SELECT count(*) FROM job), (SELECT count(*) FROM link WHERE gone = 0), (SELECT count(*) FROM link WHERE gone = 1),
				(SELECT count(*) FROM op), (SELECT count(*) FROM hold WHERE closed_at IS NULL),
				(SELECT count(*) FROM reject WHERE warning = 0), (SELECT count(*) FROM backlog),
				(SELECT count(*) FROM audit), (SELECT count(*) FROM run)
			FROM pragma_user_version, pragma_page_count, pragma_page_size, pragma_freelist_count`).
			Scan(&c.Schema, &c.Bytes, &c.Free, &c.LastRun, &end, &c.Jobs, &c.Links, &c.Gone, &c.Open, &c.Holds,
				&c.Rejects, &c.Backlog, &c.Changes, &c.Runs); err != nil {
			return err
		}
		c.LastEnd = fromMillis(end)
		if c.Schema < schemaOffers {
			return nil
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM offer WHERE ended_at IS NULL`).Scan(&c.Pending)
	})
	return c, err
}

// schemaOffers is the first schema that keeps what is on its way to the source.
const schemaOffers = 3
