package source

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// sinkWriting is one transaction of a sink.
type sinkWriting struct {
	tx    *sql.Tx
	table *sinkTable
	cfg   SQLSinkConfig
}

// begin makes the server strict and, in SQLite, takes the right to write at
// once: a transaction that read before could not wait for it.
func (w *sinkWriting) begin(ctx context.Context, rows []readyRow) error {
	var statements []string
	switch w.cfg.Driver {
	case MySQL: // else it cuts what is too long, and says nothing
		statements = append(statements, "SET SESSION sql_mode = CONCAT_WS(',', NULLIF(@@SESSION.sql_mode, ''), 'STRICT_ALL_TABLES')")
		if holdPoints(rows) { // not always: a DATETIME that the server stamps is in the session's zone
			statements = append(statements, "SET SESSION time_zone = '+00:00'")
		}
	case SQLite:
		key := SQLite.Quote(w.table.column(w.cfg.Key).name)
		statements = append(statements, "UPDATE "+quoteTable(SQLite, w.table.name)+" SET "+key+" = "+key+" WHERE 0")
	case Postgres, SQLServer:
	}
	for _, statement := range statements {
		if _, err := w.tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// holdPoints reports whether a row writes a point in time.
func holdPoints(rows []readyRow) bool {
	return slices.ContainsFunc(rows, func(r readyRow) bool {
		return slices.ContainsFunc(r.cells, func(c readyCell) bool { return c.column.class == classZoned })
	})
}

// place is where a row stands.
type place uint8

const (
	nowhere place = iota
	byKey
	byCLID      // without a key
	byCLIDKeyed // with another key, or with one that the row handed over does not say
)

// write writes one row, or tells why the server does not take it. An error ends
// the transaction.
func (w *sinkWriting) write(ctx context.Context, r readyRow) (*RefusedRow, error) {
	const attempts = 3 // somebody else may insert the same row after we looked
	for i := 1; ; i++ {
		if err := w.savepoint(ctx, "SAVEPOINT syncd"); err != nil {
			return nil, err
		}
		at, why, err := w.writeOnce(ctx, r)
		if err == nil {
			if why != "" {
				return &RefusedRow{Row: r.at, Column: w.cfg.CLID, Why: why}, nil
			}
			return nil, w.savepoint(ctx, "RELEASE SAVEPOINT syncd")
		}
		complaint := complaintOf(err)
		if complaint == nil {
			return nil, err
		}
		if err := w.savepoint(ctx, "ROLLBACK TO SAVEPOINT syncd"); err != nil {
			return nil, err
		}
		if complaint.why == Taken && at == nowhere && i < attempts {
			continue
		}
		if complaint.why == Taken {
			if err := w.blameRival(ctx, r, complaint); err != nil {
				return nil, err
			}
		}
		if complaint.column == "" && complaint.why == ByServer {
			if complaint.column, err = w.guilty(ctx, r); err != nil {
				return nil, err
			}
		}
		return &RefusedRow{Row: r.at, Column: complaint.column, Why: complaint.why, Detail: complaint.detail}, nil
	}
}

// savepoint: in PostgreSQL a refused statement ends the whole transaction; the
// others take back the statement alone.
func (w *sinkWriting) savepoint(ctx context.Context, statement string) error {
	if w.cfg.Driver != Postgres {
		return nil
	}
	_, err := w.tx.ExecContext(ctx, statement)
	return err
}

func (w *sinkWriting) writeOnce(ctx context.Context, r readyRow) (place, SinkRefusal, error) {
	at, err := w.locate(ctx, r)
	if err != nil {
		return at, "", err
	}
	switch {
	case at == byCLIDKeyed && r.key != nil:
		return at, TwoRows, nil
	case at == nowhere && r.key != nil && w.cfg.SameTable:
		return at, Gone, nil
	case at == nowhere:
		return at, "", w.insert(ctx, r)
	}
	return at, "", w.update(ctx, r, at)
}

// locate finds the row by its key, or else by the CRM's id, and keeps others
// from changing it until the transaction ends.
func (w *sinkWriting) locate(ctx context.Context, r readyRow) (place, error) {
	key, clid := w.table.column(w.cfg.Key), w.table.column(w.cfg.CLID)
	if r.key != nil {
		_, found, err := w.look(ctx, key, key, r.key)
		if found || err != nil {
			return byKey, err
		}
	}
	if clid == nil || r.row.CLID == 0 {
		return nowhere, nil
	}
	keyed, found, err := w.look(ctx, key, clid, w.clidValue(r))
	switch {
	case !found || err != nil:
		return nowhere, err
	case keyed:
		return byCLIDKeyed, nil
	}
	return byCLID, nil
}

func (w *sinkWriting) look(ctx context.Context, key, by *sinkColumn, value any) (keyed, found bool, err error) {
	d := w.cfg.Driver
	query := "SELECT " + d.Quote(key.name) + " IS NOT NULL FROM " + quoteTable(d, w.table.name) +
		" WHERE " + d.Quote(by.name) + " = " + d.Placeholder(1)
	if d != SQLite {
		query += " FOR UPDATE"
	}
	err = w.tx.QueryRowContext(ctx, query, value).Scan(&keyed)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	return keyed, err == nil, err
}

func (w *sinkWriting) clidValue(r readyRow) any {
	if w.cfg.Driver != Postgres && w.table.column(w.cfg.CLID).class == classInteger {
		return r.row.CLID
	}
	return strconv.FormatInt(r.row.CLID, 10)
}

func (w *sinkWriting) insert(ctx context.Context, r readyRow) error {
	d := w.cfg.Driver
	var names, marks []string
	var args []any
	for _, c := range w.identified(r, nowhere) {
		args = append(args, c.value)
		names = append(names, d.Quote(c.column.name))
		marks = append(marks, d.Placeholder(len(args)))
	}
	_, err := w.tx.ExecContext(ctx, "INSERT INTO "+quoteTable(d, w.table.name)+ //nolint:gosec // the names are quoted, and are those of the table's columns
		" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", args...)
	return err
}

func (w *sinkWriting) update(ctx context.Context, r readyRow, at place) error {
	d := w.cfg.Driver
	cells := w.identified(r, at)
	if len(cells) == 0 {
		return nil
	}
	var sets []string
	var args []any
	mark := func(v any) string {
		args = append(args, v)
		return d.Placeholder(len(args))
	}
	// First: MySQL takes the new values of the columns set before.
	if stamp := w.stamp(cells, mark); stamp != "" {
		sets = append(sets, stamp)
	}
	for _, c := range cells {
		sets = append(sets, d.Quote(c.column.name)+" = "+mark(c.value))
	}
	where, value := w.table.column(w.cfg.Key), r.key
	if at != byKey {
		where, value = w.table.column(w.cfg.CLID), w.clidValue(r)
	}
	_, err := w.tx.ExecContext(ctx, "UPDATE "+quoteTable(d, w.table.name)+" SET "+strings.Join(sets, ", ")+ //nolint:gosec // as above
		" WHERE "+d.Quote(where.name)+" = "+mark(value), args...)
	return err
}

// identified is the row's cells with what identifies it and is not there yet.
func (w *sinkWriting) identified(r readyRow, at place) []readyCell {
	cells := r.cells
	if clid := w.table.column(w.cfg.CLID); clid != nil && r.row.CLID != 0 && (at == nowhere || at == byKey) {
		cells = append(cells[:len(cells):len(cells)], readyCell{clid, w.clidValue(r)})
	}
	if r.key != nil && (at == nowhere || at == byCLID) {
		cells = append(cells[:len(cells):len(cells)], readyCell{w.table.column(w.cfg.Key), r.key})
	}
	return cells
}

// stamp sets the time of the change when something does change, so that a
// delivery that comes twice leaves one time. Where the server cannot compare,
// every delivery counts.
func (w *sinkWriting) stamp(cells []readyCell, mark func(any) string) string {
	d, c := w.cfg.Driver, w.table.column(stampColumn)
	if c == nil || c.stampsSelf {
		return ""
	}
	for _, cell := range cells {
		if cell.column == c {
			return ""
		}
	}
	var differs []string
	for _, cell := range cells {
		name := d.Quote(cell.column.name)
		switch {
		case cell.column.class == classOther:
			differs = append(differs, "1 = 1")
		case d == Postgres:
			differs = append(differs, name+" IS DISTINCT FROM "+mark(cell.value))
		case d == MySQL: // BINARY: letters of other case are a change
			differs = append(differs, "NOT (BINARY "+name+" <=> BINARY "+mark(cell.value)+")")
		default:
			differs = append(differs, name+" IS NOT "+mark(cell.value))
		}
	}
	name := d.Quote(c.name)
	return name + " = CASE WHEN " + strings.Join(differs, " OR ") + " THEN CURRENT_TIMESTAMP ELSE " + name + " END"
}

// blameRival looks whether what is taken is the CRM's id, by a row with another
// key or none.
func (w *sinkWriting) blameRival(ctx context.Context, r readyRow, c *complaint) error {
	clid, key := w.table.column(w.cfg.CLID), w.table.column(w.cfg.Key)
	if r.key == nil || r.row.CLID == 0 || clid == nil {
		return nil
	}
	d := w.cfg.Driver
	var n int
	err := w.tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+quoteTable(d, w.table.name)+" WHERE "+d.Quote(clid.name)+" = "+d.Placeholder(1)+
		" AND ("+d.Quote(key.name)+" IS NULL OR "+d.Quote(key.name)+" <> "+d.Placeholder(2)+")", w.clidValue(r), r.key).Scan(&n)
	if err == nil && n > 0 {
		c.why, c.column = TwoRows, w.cfg.CLID
	}
	return err
}

// guilty finds the cell that PostgreSQL does not take, which its error does not
// tell; "" when it is none by itself.
func (w *sinkWriting) guilty(ctx context.Context, r readyRow) (column string, err error) {
	if w.cfg.Driver != Postgres {
		return "", nil
	}
	for _, c := range r.cells {
		if err := w.savepoint(ctx, "SAVEPOINT syncd_probe"); err != nil {
			return "", err
		}
		_, err := w.tx.ExecContext(ctx, "UPDATE "+quoteTable(Postgres, w.table.name)+" SET "+ //nolint:gosec // as above
			Postgres.Quote(c.column.name)+" = "+Postgres.Placeholder(1)+" WHERE false", c.value)
		if err == nil {
			continue
		}
		if complaintOf(err) == nil {
			return "", err
		}
		return c.column.name, w.savepoint(ctx, "ROLLBACK TO SAVEPOINT syncd_probe")
	}
	return "", nil
}
