package state

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strconv"
	"time"
)

// Names of what is kept in the upkeep's record.
const (
	TaskPrune  = "prune"  // old history forgotten
	TaskUpkeep = "upkeep" // pages given back, log folded in, statistics made
	TaskBackup = "backup" // Rotate
)

// upkeepEvery is how often the upkeep is done. A little less than a day, so that a
// nightly one is not put off to the next night by a few seconds.
const upkeepEvery = 23 * time.Hour

// vacuumPages is how many pages one transaction gives back to the disk: a run that
// waits for the writer waits for one of them.
const vacuumPages = 1000

// spare is the part of the file that stays free (one in spare): what a day needs is
// not fetched from the disk and given back each night.
const spare = 20

// UpkeepResult is how a task of the upkeep went.
type UpkeepResult struct {
	Task      string
	At        time.Time // of the last attempt; zero = none
	Succeeded time.Time // of the last one that succeeded; zero = none
	Err       string    // of the last attempt; "" = it succeeded
	Detail    string    // of the last one that succeeded: the file of a backup
	Bytes     int64     // of the last one that succeeded: its size
}

// RecordUpkeep stores how a task went; failure nil = it succeeded. A failure leaves
// time and detail of the last success.
func (d *DB) RecordUpkeep(ctx context.Context, task string, at time.Time, failure error, detail string) error {
	return d.change(ctx, func(c *changes) error { return c.upkeep(task, at, failure, detail, 0) })
}

func (c *changes) upkeep(task string, at time.Time, failure error, detail string, bytes int64) error {
	if failure != nil {
		_, err := c.exec(`INSERT INTO upkeep (task, at, error) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET at = excluded.at, error = excluded.error`, task, millis(at), failure.Error())
		return err
	}
	_, err := c.exec(`INSERT INTO upkeep (task, at, ok_at, detail, bytes) VALUES (?1, ?2, ?2, ?3, ?4)
		ON CONFLICT DO UPDATE SET at = excluded.at, ok_at = excluded.ok_at, error = NULL,
			detail = excluded.detail, bytes = excluded.bytes`, task, millis(at), detail, orNil(bytes))
	return err
}

// LastUpkeep tells how a task last went; zero times when it never did.
func (d *DB) LastUpkeep(ctx context.Context, task string) (UpkeepResult, error) {
	u := UpkeepResult{Task: task}
	err := d.view(ctx, func(tx *sql.Tx) error {
		var at, ok, bytes sql.NullInt64
		var failure sql.NullString
		err := tx.QueryRowContext(ctx, `SELECT at, ok_at, error, detail, bytes FROM upkeep WHERE task = ?`, task).
			Scan(&at, &ok, &failure, &u.Detail, &bytes)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		u.At, u.Succeeded, u.Err, u.Bytes = fromMillis(at), fromMillis(ok), failure.String, bytes.Int64
		return err
	})
	return u, err
}

// due tells whether a task is to be done again. A clock that was put back does not
// stop it for long.
func (d *DB) due(ctx context.Context, task string, every time.Duration) (bool, error) {
	u, err := d.LastUpkeep(ctx, task)
	age := d.options.Clock().Sub(u.Succeeded)
	return u.Succeeded.IsZero() || age >= every || age < 0, err
}

// UpkeepReport is what an upkeep did.
type UpkeepReport struct {
	Done   bool  // false: it was done less than a day ago
	Pruned int64 // rows of the audit
	Freed  int64 // bytes that went back to the disk
	Size   int64 // of the file, in bytes
}

// Upkeep puts the state in order, once a day: it forgets history from before keep
// (zero = keeps all; see Prune), gives pages that became free back to the disk,
// folds the write-ahead log into the file, and refreshes the statistics by which
// queries are planned. All of it in steps of a fraction of a second, but for a file
// that an older version made: that is rewritten once, whole, where the disk has room
// for it. Take the run lock first. Called more often it does nothing.
//
// A failure, also a full disk, leaves a whole state; what was done stays done.
func (d *DB) Upkeep(ctx context.Context, keep time.Time) (r UpkeepReport, err error) {
	if d.write == nil {
		return r, ErrReadOnly
	}
	due, err := d.due(ctx, TaskUpkeep, upkeepEvery)
	if err != nil || !due {
		return r, err
	}
	r.Done = true
	if !keep.IsZero() {
		if r.Pruned, err = d.Prune(ctx, keep); err != nil {
			return r, d.recorded(ctx, err)
		}
	}
	before, err := d.Sizes(ctx)
	if err != nil {
		return r, err
	}
	err = d.Vacuum(ctx)
	if err == nil {
		err = d.fold(ctx)
	}
	after, serr := d.Sizes(ctx)
	r.Freed, r.Size = before.File-after.File, after.File
	return r, d.recorded(ctx, errors.Join(err, serr))
}

// recorded stores how the upkeep went, and gives its error back.
func (d *DB) recorded(ctx context.Context, failure error) error {
	ctx = context.WithoutCancel(ctx)
	return errors.Join(failure, d.RecordUpkeep(ctx, TaskUpkeep, d.options.Clock(), failure, ""))
}

// Vacuum gives pages that hold nothing back to the disk, but for a reserve. A disk
// that is full meanwhile leaves the file as it was.
func (d *DB) Vacuum(ctx context.Context) error {
	if d.write == nil {
		return ErrReadOnly
	}
	var mode int64
	if err := d.write.QueryRowContext(ctx, `PRAGMA auto_vacuum`).Scan(&mode); err != nil {
		return d.noted(err)
	}
	if mode != incremental {
		s, err := d.Sizes(ctx)
		if err != nil {
			return err
		}
		if room, known := available(filepath.Dir(d.file)); known && room < 3*s.File {
			return nil // its free pages are used again; another night
		}
		return d.rewrite(ctx)
	}
	for {
		var pages, free int64
		if err := d.write.QueryRowContext(ctx, `SELECT page_count, freelist_count
			FROM pragma_page_count, pragma_freelist_count`).Scan(&pages, &free); err != nil {
			return d.noted(err)
		}
		excess := free - pages/spare
		if excess <= 0 {
			return nil
		}
		if err := d.giveBack(ctx, min(excess, vacuumPages)); err != nil {
			return d.noted(err)
		}
	}
}

// incremental is auto_vacuum's mode in which the program says when.
const incremental = 2

// giveBack is one step. The pragma works while its rows are fetched, one a page.
func (d *DB) giveBack(ctx context.Context, pages int64) error {
	return each(ctx, d.write, func(*sql.Rows) error { return nil }, `PRAGMA incremental_vacuum(`+strconv.FormatInt(pages, 10)+`)`)
}

// rewrite makes the file anew, so that from then on it can shrink in steps. While
// it is on, the log holds a second copy of the file and the temporary folder may
// hold a third.
func (d *DB) rewrite(ctx context.Context) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return d.noted(err)
	}
	_, err = conn.ExecContext(ctx, `PRAGMA auto_vacuum = INCREMENTAL; VACUUM`)
	return errors.Join(d.noted(err), conn.Close())
}

// fold brings the log into the file and empties it, if no reader is in the way, and
// lets SQLite look at its statistics.
func (d *DB) fold(ctx context.Context) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return d.noted(err)
	}
	// a reader that stays is not waited for: other writers would wait as well
	_, err = conn.ExecContext(ctx, `PRAGMA optimize; PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(TRUNCATE)`)
	_, terr := conn.ExecContext(context.WithoutCancel(ctx), `PRAGMA busy_timeout = 5000`)
	return errors.Join(d.noted(err), d.noted(terr), conn.Close())
}
