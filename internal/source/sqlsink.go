package source

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"
)

// The reasons of a SQLError that a sink adds.
const (
	SQLNoTable   SQLProblem = "no-table"
	SQLNoColumn  SQLProblem = "no-column"     // the table lacks Column
	SQLNoUnique  SQLProblem = "no-unique-key" // two rows could have one value in Column
	SQLUnfit     SQLProblem = "unfit"         // Column, or the table, cannot be used for what it is to be
	SQLReadsOnly SQLProblem = "reads-only"    // the driver serves sources only
)

// schemaCommand prints the statements that make a sink's table.
const schemaCommand = "syncd schema --sql"

// SQLSinkConfig describes a table that takes rows.
type SQLSinkConfig struct {
	Name   string // for messages; may be empty
	Driver Driver // not SQLServer
	DSN    string
	Table  string         // may name its schema: schema.table
	Key    string         // the column of the record's key; needs a unique index
	CLID   string         // the column of the CRM's id; "" = none. The table may lack it until a row needs it
	Zone   *time.Location // of times without an offset, for columns that hold points in time; nil = UTC
	// SameTable says that the rows with a key come from this very table: one
	// that is not there any more was deleted, and is not inserted again.
	SameTable bool
}

// SinkRow is what is known of one record: only the columns named are written.
type SinkRow struct {
	Key   string // "" = born in the CRM: found by CLID, its key stays as the table has it
	CLID  int64  // 0 = not known
	Cells []SinkCell
}

// SinkCell is one value. Null is an SQL NULL, which differs from an empty Text
// wherever the column can tell them apart.
type SinkCell struct {
	Column, Text string
	Null         bool
}

// RefusedRow is a row that was not written; what it held was not written at
// all. It shows no values.
type RefusedRow struct {
	Row    int    // its position in what was handed over
	Column string // "" = not known, or the row as a whole
	Why    SinkRefusal
	Detail string // what the server says of it, where that shows no values
}

// SinkRefusal says why a row cannot be written.
type SinkRefusal string

// The reasons of a RefusedRow.
const (
	TooLong    SinkRefusal = "longer than the column takes"
	NotNumber  SinkRefusal = "not a number, and the column takes numbers"
	NotDate    SinkRefusal = "not a date of a known form, and the column takes dates"
	NotBoolean SinkRefusal = "neither yes nor no, and the column takes nothing else"
	Offset     SinkRefusal = "a time with an offset, and the column has no time zone"
	NotNull    SinkRefusal = "the column must be filled"
	Taken      SinkRefusal = "another row has the value, and the column is unique"
	TwoRows    SinkRefusal = "another row stands for the same client of the CRM: one of the two must go"
	Gone       SinkRefusal = "the row with this key is not in the table any more"
	NoCLID     SinkRefusal = "a row without a key needs a column for the CRM's id"
	ByServer   SinkRefusal = "the server refuses the value"
)

// SQLSink writes rows into a table: a row with its key is updated where it is
// and inserted where it is not, whatever other unique columns there are. All
// rows of one Write go in one transaction, so that a lost connection leaves
// all of them or none; written again they leave what one writing leaves. A
// column changed_at, if the table has one, tells when a row changed last.
//
// It connects for each call and is safe for concurrent use, by several
// processes too.
type SQLSink struct{ cfg SQLSinkConfig }

// NewSQLSink returns a sink; nothing is opened.
func NewSQLSink(cfg SQLSinkConfig) *SQLSink { return &SQLSink{cfg: cfg} }

// Check connects and makes sure that the table is fit to take these columns,
// and rows without a key when born is set. Errors are *SQLError.
func (s *SQLSink) Check(ctx context.Context, columns []string, born bool) error {
	db, where, err := s.open(ctx)
	if err != nil {
		return s.explain(ctx, where, err)
	}
	defer closeQuietly(db)
	t, err := readTable(ctx, db, s.cfg.Driver, s.cfg.Table)
	if err == nil {
		err = t.fit(s.cfg, columns, born)
	}
	return s.explain(ctx, where, err)
}

// Write returns once the rows are durable. The rows refused for what they hold
// are listed, in order, and all others were written. After an error, a *SQLError,
// either all or none of them were: the same rows must be written again.
func (s *SQLSink) Write(ctx context.Context, rows []SinkRow) ([]RefusedRow, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	db, where, err := s.open(ctx)
	if err != nil {
		return nil, s.explain(ctx, where, err)
	}
	defer closeQuietly(db)
	t, err := readTable(ctx, db, s.cfg.Driver, s.cfg.Table)
	if err == nil {
		err = t.fit(s.cfg, namedColumns(rows), false)
	}
	if err != nil {
		return nil, s.explain(ctx, where, err)
	}
	ready, refused := t.prepare(s.cfg, rows)
	// One order for everybody: two deliveries at a time do not block each other.
	slices.SortStableFunc(ready, func(a, b readyRow) int {
		return cmp.Or(cmp.Compare(a.row.Key, b.row.Key), cmp.Compare(a.row.CLID, b.row.CLID))
	})
	more, err := s.deliver(ctx, db, t, ready)
	if err != nil {
		return nil, s.explain(ctx, where, err)
	}
	refused = append(refused, more...)
	slices.SortFunc(refused, func(a, b RefusedRow) int { return cmp.Compare(a.Row, b.Row) })
	return refused, nil
}

// deliver repeats a transaction that gave way to another one.
func (s *SQLSink) deliver(ctx context.Context, db *sql.DB, t *sinkTable, rows []readyRow) ([]RefusedRow, error) {
	const attempts = 4
	for i := 1; ; i++ {
		refused, err := s.transaction(ctx, db, t, rows)
		if err == nil || i == attempts || !gaveWay(err) {
			return refused, err
		}
	}
}

func (s *SQLSink) transaction(ctx context.Context, db *sql.DB, t *sinkTable, rows []readyRow) (refused []RefusedRow, err error) {
	options := &sql.TxOptions{Isolation: sql.LevelReadCommitted} // a row inserted meanwhile must be seen
	if s.cfg.Driver == SQLite {
		options = nil
	}
	tx, err := db.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error is the one to tell; without a commit nothing stays
		}
	}()
	w := &sinkWriting{tx: tx, table: t, cfg: s.cfg}
	if err := w.begin(ctx, rows); err != nil {
		return nil, err
	}
	for _, r := range rows {
		no, err := w.write(ctx, r)
		if err != nil {
			return nil, err
		}
		if no != nil {
			refused = append(refused, *no)
		}
	}
	return refused, tx.Commit()
}

func (s *SQLSink) open(ctx context.Context) (*sql.DB, string, error) {
	if s.cfg.Driver == SQLServer {
		return nil, "", &SQLError{Driver: s.cfg.Driver, Reason: SQLReadsOnly, Detail: "write to postgres, mysql or sqlite"}
	}
	return openSQL(ctx, s.cfg.Driver, s.cfg.DSN, false)
}

// explain makes any error a *SQLError with the sink's name; nil stays nil.
func (s *SQLSink) explain(ctx context.Context, where string, err error) error {
	if err == nil {
		return nil
	}
	e := *explainSQL(ctx, s.cfg.Driver, where, err)
	e.Name, e.Where = s.cfg.Name, cmp.Or(e.Where, where)
	return &e
}

// namedColumns lists the columns that rows name, each once.
func namedColumns(rows []SinkRow) []string {
	var names []string
	seen := make(map[string]bool)
	for _, r := range rows {
		for _, c := range r.Cells {
			if !seen[c.Column] {
				seen[c.Column] = true
				names = append(names, c.Column)
			}
		}
	}
	return names
}

// quoteTable quotes a table's name and that of its schema, if it has one.
func quoteTable(d Driver, table string) string {
	schema, name := splitTable(table)
	if schema == "" {
		return d.Quote(name)
	}
	return d.Quote(schema) + "." + d.Quote(name)
}

func splitTable(table string) (schema, name string) {
	if i := strings.LastIndexByte(table, '.'); i >= 0 {
		return table[:i], table[i+1:]
	}
	return "", table
}

// closeQuietly closes a handle whose work is done or has failed already.
func closeQuietly(db *sql.DB) { _ = db.Close() }
