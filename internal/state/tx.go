package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// change runs f in one durable transaction. After an error nothing of it
// happened; only *WriteError leaves that open, and then the DB takes no more.
func (d *DB) change(ctx context.Context, f func(*changes) error) error {
	if d.write == nil {
		return ErrReadOnly
	}
	if broken := d.broken.Load(); broken != nil {
		return *broken
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return d.noted(err)
	}
	c := &changes{Tx: tx, ctx: ctx, now: d.options.Clock(), fold: d.options.Fold, files: map[string]int64{}}
	if err := f(c); err != nil {
		// a rollback that fails leaves the connection to database/sql, which
		// drops it; the transaction is over either way
		_ = tx.Rollback()
		return d.noted(err)
	}
	if err := tx.Commit(); err != nil {
		_ = tx.Rollback()
		return d.noted(err)
	}
	for _, f := range c.after {
		f()
	}
	return nil
}

// noted classifies an error, and stops all writing after one that leaves open
// what is on the disk: a second fsync would lie.
func (d *DB) noted(err error) error {
	err = classify(d.file, err)
	var lost *WriteError
	if errors.As(err, &lost) {
		d.broken.Store(&err)
	}
	return err
}

// ReadOnly reports whether the state was opened for reading.
func (d *DB) ReadOnly() bool { return d.write == nil }

// view runs f on one consistent state of the database.
func (d *DB) view(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := d.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return classify(d.file, err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return classify(d.file, f(tx))
}

// changes is a transaction that writes. It lives within one call of change.
type changes struct {
	*sql.Tx
	ctx   context.Context //nolint:containedctx // the transaction's own, and gone with it
	now   time.Time
	fold  func(string) string
	files map[string]int64
	// newLinks is how many links were added
	newLinks int64
	after    []func() // once it is durable: ids go to the caller
	stmts    map[string]*sql.Stmt
	old      old // Settle's
}

// exec runs a statement, prepared once per transaction.
func (c *changes) exec(query string, args ...any) (sql.Result, error) {
	s, err := c.query(query) //nolint:sqlclosecheck // it ends with its transaction
	if err != nil {
		return nil, err
	}
	return s.ExecContext(c.ctx, args...)
}

// query gives a statement, prepared once per transaction.
func (c *changes) query(text string) (*sql.Stmt, error) {
	s := c.stmts[text]
	if s == nil {
		var err error
		if s, err = c.PrepareContext(c.ctx, text); err != nil {
			return nil, err
		}
		if c.stmts == nil {
			c.stmts = map[string]*sql.Stmt{}
		}
		c.stmts[text] = s
	}
	return s, nil
}

// affected is exec for statements whose count of rows matters.
func (c *changes) affected(query string, args ...any) (int64, error) {
	r, err := c.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// fileID keeps a path once, however many records come from it; nil for none.
func (c *changes) fileID(path string) (any, error) {
	if path == "" {
		return nil, nil
	}
	if id, ok := c.files[path]; ok {
		return id, nil
	}
	if _, err := c.exec(`INSERT INTO origin_file (path) VALUES (?) ON CONFLICT DO NOTHING`, path); err != nil {
		return nil, err
	}
	var id int64
	if err := c.QueryRowContext(c.ctx, `SELECT id FROM origin_file WHERE path = ?`, path).Scan(&id); err != nil {
		return nil, err
	}
	c.files[path] = id
	return id, nil
}

// each runs f for every row of a query.
func each(ctx context.Context, q querier, f func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // what it could say, Err says
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func millis(t time.Time) int64 { return t.UnixMilli() }

// orMillis stores the zero time as NULL.
func orMillis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return millis(t)
}

func fromMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64)
}

// fingerprint copies a stored hash.
func fingerprint(b []byte, into *[16]byte) error {
	if len(b) != 16 {
		return fmt.Errorf("a stored hash has %d bytes, want 16", len(b))
	}
	copy(into[:], b)
	return nil
}

// orNil stores "" and 0 as NULL.
func orNil[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
