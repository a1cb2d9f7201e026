package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// CursorMark stands in a query for where the last delta ended. It becomes a
// parameter of the statement, never a part of its text. The first delta binds a
// value below all others.
const CursorMark = "{cursor}"

// SQLOptions describe one reading of a query.
type SQLOptions struct {
	Driver Driver
	DSN    string // a secret: not for messages
	Name   string // how messages name the query
	Query  string // one statement; for a delta it may hold CursorMark

	// Cursor is the column that a delta goes on by; empty = all is read. Without
	// CursorMark in the query its rows are filtered from outside: those whose
	// cursor is not below the last one, and those that have none.
	Cursor string
	// Since is what SQLReader.Cursor answered for the last delta; empty, or of
	// another query, database or type, all is read.
	Since   string
	Overlap Overlap
	// Now is the time of the reading: dates far behind it never move the cursor.
	// Zero = no check.
	Now time.Time

	YearOffset int            // years that the database adds to dates: 2000 in 1C's on SQL Server
	Zone       *time.Location // in which points in time are told; nil = UTC
	Wanted     []string       // the columns that the caller needs; none = all
	Salt       []byte         // as CSVOptions.Salt
	Known      func(hash [16]byte) bool
	Limits     Limits // of cells and rows
}

// sqlTable is the subquery around the user's.
const sqlTable = "syncd_rows"

// session is a connection inside its read-only transaction.
type session struct {
	db    *sql.DB
	conn  *sql.Conn
	tx    *sql.Tx // SQL Server only
	where string
	loose bool // not one consistent snapshot
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func (s *session) querier() querier {
	if s.tx != nil {
		return s.tx
	}
	return s.conn
}

// openSession connects and begins the transaction in which everything is read
// as it stood at one moment.
func openSession(ctx context.Context, o *SQLOptions) (*session, error) {
	db, where, err := openSQL(ctx, o.Driver, o.DSN, true)
	if err != nil {
		return nil, err
	}
	s := &session{db: db, where: where}
	if s.conn, err = db.Conn(ctx); err == nil {
		err = s.begin(ctx, o)
	}
	if err != nil {
		s.close(ctx)
		return nil, explainSQL(ctx, o.Driver, where, err)
	}
	return s, nil
}

func (s *session) begin(ctx context.Context, o *SQLOptions) error {
	var steps []string
	switch o.Driver {
	case Postgres:
		if name := o.zone().String(); name != "Local" {
			// casts to text inside the query speak of the same zone as the cells;
			// a server that does not know it leaves only those to its own
			_, _ = s.conn.ExecContext(ctx, "SET TIME ZONE '"+strings.ReplaceAll(name, "'", "''")+"'")
		}
		steps = []string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"}
	case MySQL:
		// named zones need tables that most servers lack: points in time come as UTC
		steps = []string{
			"SET time_zone = '+00:00'", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
			"START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
		}
	case SQLite:
		steps = []string{"PRAGMA query_only = ON", "BEGIN"}
	case SQLServer:
		return s.beginSQLServer(ctx)
	}
	for _, step := range steps {
		if _, err := s.conn.ExecContext(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// beginSQLServer takes the snapshot where the database allows one. Else a single
// statement is all the consistency there is: that of READ_COMMITTED_SNAPSHOT
// where it is on, or else none, which the caller is told.
func (s *session) beginSQLServer(ctx context.Context) error {
	var state int
	var committed bool
	err := s.conn.QueryRowContext(ctx, "SELECT snapshot_isolation_state, is_read_committed_snapshot_on FROM sys.databases WHERE database_id = DB_ID()").
		Scan(&state, &committed)
	level := sql.LevelReadCommitted
	if err == nil && state == 1 {
		level = sql.LevelSnapshot
	}
	s.loose = level == sql.LevelReadCommitted && (err != nil || !committed)
	s.tx, err = s.conn.BeginTx(ctx, &sql.TxOptions{Isolation: level})
	return err
}

// close ends the transaction by leaving: nothing was written.
func (s *session) close(ctx context.Context) {
	if s.tx != nil {
		_ = s.tx.Rollback()
	} else if s.conn != nil && ctx.Err() == nil {
		_, _ = s.conn.ExecContext(ctx, "ROLLBACK") // the connection goes anyway
	}
	if s.conn != nil {
		_ = s.conn.Close()
	}
	_ = s.db.Close()
}

func (o *SQLOptions) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// text is the query without what ends a statement.
func (o *SQLOptions) text() string { return strings.TrimRight(o.Query, " \t\r\n;") }

func (o *SQLOptions) marked() bool { return strings.Contains(o.Query, CursorMark) }

// statement is what is sent.
type statement struct {
	text string
	args []any
}

// bind replaces the marks of the query by parameters.
func (o *SQLOptions) bind(arg any) statement {
	n := strings.Count(o.Query, CursorMark)
	if n == 0 {
		return statement{text: o.text()}
	}
	st := statement{text: strings.ReplaceAll(o.text(), CursorMark, o.Driver.Placeholder(1)), args: []any{arg}}
	for !o.Driver.Numbered() && len(st.args) < n {
		st.args = append(st.args, arg)
	}
	return st
}

// describe is a statement that has the columns of the query and no rows.
func (o *SQLOptions) describe() statement {
	st := o.bind(nil)
	st.text = "SELECT * FROM (\n" + st.text + "\n) " + sqlTable + " WHERE 1 = 0"
	if o.Driver == SQLServer && o.marked() {
		st = o.bind(nil) // it takes no ORDER BY and no WITH in a subquery; nothing is at or above NULL
	}
	return st
}

// build makes the statement that reads. since is the zero mark for all.
func (o *SQLOptions) build(cols []sqlColumn, cursor int, since mark) statement {
	var arg any
	switch {
	case since.kind != markNone:
		arg = since.arg(o.Driver)
	case cursor >= 0:
		arg = cols[cursor].leastArg(o.Driver)
	}
	st := o.bind(arg)
	filter := cursor >= 0 && since.kind != markNone && !o.marked()
	switch {
	case o.Driver == SQLite:
		st.text = asStored(st.text, len(cols))
		if filter {
			name := sqliteColumn(cursor)
			st.text += " WHERE " + name + " >= ? OR " + name + " IS NULL"
			st.args = append(st.args, arg)
		}
	case filter:
		name := sqlTable + "." + o.Driver.Quote(cols[cursor].name)
		st.text = "SELECT * FROM (\n" + st.text + "\n) " + sqlTable + " WHERE " + name + " >= " + o.Driver.Placeholder(1) +
			" OR " + name + " IS NULL"
		st.args = []any{arg}
	}
	return st
}

// asStored keeps the driver of SQLite from turning texts of columns that are
// declared as dates into times: an expression has no declared type.
func asStored(query string, columns int) string {
	names, values := make([]string, columns), make([]string, columns)
	for i := range names {
		names[i] = sqliteColumn(i)
		values[i] = "+" + names[i]
	}
	return "WITH " + sqlTable + "(" + strings.Join(names, ", ") + ") AS (\n" + query + "\n) SELECT " +
		strings.Join(values, ", ") + " FROM " + sqlTable
}

func sqliteColumn(i int) string { return "syncd_c" + strconv.Itoa(i+1) }

// resultColumns reads what a result is made of.
func resultColumns(o *SQLOptions, rows *sql.Rows) ([]sqlColumn, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	if len(types) == 0 {
		return nil, &SQLError{Driver: o.Driver, Reason: SQLBadQuery, Detail: "the statement has no result; it must be one SELECT"}
	}
	wanted := foldAll(o.Wanted)
	cols := make([]sqlColumn, len(types))
	for i, t := range types {
		cols[i] = sqlColumn{
			name: t.Name(), typ: t.DatabaseTypeName(), kind: kindOf(o.Driver, t.DatabaseTypeName()), zone: o.zone(), years: o.YearOffset,
			needed: len(o.Wanted) == 0 || wanted[FoldName(t.Name())], stored: o.Driver == SQLite,
		}
	}
	return cols, nil
}

// columns asks for the columns without reading rows.
func (s *session) columns(ctx context.Context, o *SQLOptions) ([]sqlColumn, error) {
	st := o.describe()
	rows, err := s.querier().QueryContext(ctx, st.text, st.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // Err tells
	cols, err := resultColumns(o, rows)
	for rows.Next() {
		continue // SQL Server's: a query that does not compare has rows; they are read again
	}
	return cols, errors.Join(err, rows.Err())
}

// cursorColumn finds the cursor among the columns; -1 = there is none to find.
func cursorColumn(o *SQLOptions, cols []sqlColumn) (int, error) {
	if o.Cursor == "" {
		return -1, nil
	}
	for _, same := range []func(string) bool{
		func(n string) bool { return n == o.Cursor },
		func(n string) bool { return foldOrSelf(n) == foldOrSelf(o.Cursor) },
	} {
		for i := range cols {
			if same(cols[i].name) {
				return i, nil
			}
		}
	}
	names := make([]string, len(cols))
	for i := range cols {
		names[i] = cols[i].name
	}
	return -1, &SQLError{
		Driver: o.Driver, Reason: SQLBadQuery, Column: o.Cursor,
		Detail: fmt.Sprintf("the query has no column for the cursor; it has: %s", strings.Join(names, ", ")),
	}
}
