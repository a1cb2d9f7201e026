package state

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// schemaRetired is the first schema that knows of retiring.
const schemaRetired = 4

// Retirement tells when a state moved to another server, and with which copy.
type Retirement struct {
	At   time.Time // zero = it did not
	Copy string
}

// Retire marks the state as moved to another server by the backup copy: no run
// works on it here any more, so that two servers never write to one CRM. Take the
// run lock before the copy is made.
func (d *DB) Retire(ctx context.Context, backup string) error {
	return d.change(ctx, func(c *changes) error {
		_, err := c.exec(`INSERT INTO retired (id, at, copy) VALUES (1, ?, ?)
			ON CONFLICT DO UPDATE SET at = excluded.at, copy = excluded.copy`, millis(c.now), backup)
		return err
	})
}

// Unretire takes Retire back, and tells what it took back.
func (d *DB) Unretire(ctx context.Context) (was Retirement, err error) {
	err = d.change(ctx, func(c *changes) error {
		if was, err = retirement(c.ctx, c.Tx); err != nil {
			return err
		}
		_, err := c.exec(`DELETE FROM retired`)
		return err
	})
	return was, err
}

// Retired tells whether the state moved to another server.
func (d *DB) Retired(ctx context.Context) (r Retirement, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		r, err = retirement(ctx, tx)
		return err
	})
	return r, err
}

func retirement(ctx context.Context, q querier) (r Retirement, err error) {
	var at sql.NullInt64
	err = q.QueryRowContext(ctx, `SELECT at, copy FROM retired`).Scan(&at, &r.Copy)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	r.At = fromMillis(at)
	return r, err
}

func notRetired(ctx context.Context, q querier, file string) error {
	r, err := retirement(ctx, q)
	if err == nil && !r.At.IsZero() {
		err = &RetiredError{File: file, At: r.At, Copy: r.Copy}
	}
	return err
}
