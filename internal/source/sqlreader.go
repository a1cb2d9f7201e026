package source

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zeebo/xxh3"
)

// sqlHashVersion changes when the same cells come to mean something else.
const sqlHashVersion = "source/sql/1"

// cellEnd ends every cell of a raw row; it is in no UTF-8 text.
const cellEnd = 0xFF

// SQLReader reads the rows of one query to their end, inside one read-only
// transaction. Nothing of it counts before NextBatch answered io.EOF: any other
// error means that rows are missing. It belongs to one goroutine; its batches may
// be used in others.
type SQLReader struct {
	o      SQLOptions
	limits Limits
	ses    *session
	rows   *sql.Rows
	header Header
	cols   []sqlColumn
	seed   uint64

	values []any  // what Scan fills
	into   []any  // pointers to values
	cursor int    // column; -1 = none
	tie    string // of cursors to this query
	last   mark   // the largest seen, or where the last delta ended
	n      int    // rows read
	blank  int    // of them, without anything in them
	done   bool
}

// OpenQuery connects, begins the transaction and runs the query; NextBatch reads.
// Errors are *SQLError.
func OpenQuery(ctx context.Context, o SQLOptions) (*SQLReader, error) {
	r := &SQLReader{o: o, limits: o.Limits.orDefaults(), cursor: -1}
	if err := r.open(ctx); err != nil {
		e := *r.explain(ctx, err)
		if r.ses != nil {
			_ = r.Close(ctx) // the first error is the one to tell
		}
		return nil, &e
	}
	return r, nil
}

func (r *SQLReader) explain(ctx context.Context, err error) *SQLError {
	where := ""
	if r.ses != nil {
		where = r.ses.where
	}
	e := *explainSQL(ctx, r.o.Driver, where, err)
	e.Name = r.o.Name
	if e.Where == "" {
		e.Where = where
	}
	return &e
}

func (r *SQLReader) open(ctx context.Context) error {
	o := &r.o
	if strings.TrimSpace(o.text()) == "" {
		return &SQLError{Driver: o.Driver, Reason: SQLBadQuery, Detail: "the query is empty"}
	}
	if o.marked() && o.Cursor == "" {
		return &SQLError{Driver: o.Driver, Reason: SQLBadQuery, Detail: "the query asks for " + CursorMark + ", and no column is its cursor"}
	}
	var err error
	if r.ses, err = openSession(ctx, o); err != nil {
		return err
	}
	var cols []sqlColumn
	if o.Cursor != "" || o.Driver == SQLite {
		if cols, err = r.ses.columns(ctx, o); err != nil {
			return err
		}
	}
	if r.cursor, err = cursorColumn(o, cols); err != nil {
		return err
	}
	since, err := r.since(cols)
	if err != nil {
		return err
	}
	st := o.build(cols, r.cursor, since)
	r.rows, err = r.ses.querier().QueryContext(ctx, st.text, st.args...) //nolint:rowserrcheck // end checks
	if err != nil {
		return err
	}
	if o.Driver != SQLite { // whose types are those of the query inside
		if cols, err = resultColumns(o, r.rows); err != nil {
			return err
		}
	}
	r.ready(cols)
	return nil
}

// since is where this delta begins; the zero mark for the beginning of all.
func (r *SQLReader) since(cols []sqlColumn) (mark, error) {
	if r.cursor < 0 {
		return mark{}, nil
	}
	r.tie = cursorTie(&r.o, r.ses.where)
	m := loadCursor(r.o.Since, r.tie)
	if m.kind == markNone {
		return m, nil
	}
	c := &cols[r.cursor]
	if !c.stored && c.markKind() != m.kind {
		// another type now: what it was compared with is gone
		r.header.Warnings = append(r.header.Warnings, Warning{Code: CursorRestarted, Column: r.cursor + 1, Name: c.name})
		return mark{}, nil
	}
	r.last = m
	from, ok := m.back(r.o.Overlap)
	if !ok {
		return m, &SQLError{
			Driver: r.o.Driver, Reason: SQLBadQuery, Column: c.name,
			Detail: fmt.Sprintf("the overlap does not fit a cursor of type %s", m.kind),
		}
	}
	return from, nil
}

// ready makes the header and the room for rows.
func (r *SQLReader) ready(cols []sqlColumn) {
	raw := make([]string, len(cols))
	for i := range cols {
		raw[i] = cols[i].name
	}
	names, warnings := uniqueNames(raw)
	r.cols = cols
	if r.cursor >= 0 && len(r.o.Wanted) == 0 {
		cols[r.cursor].needed = false // a row's version need not be a cell
	}
	r.header = Header{Names: names, Encoding: "utf-8", Warnings: append(warnings, r.header.Warnings...)}
	if r.ses.loose {
		r.header.Warnings = append(r.header.Warnings, Warning{Code: NotOneSnapshot})
	}
	r.header.index()
	h := xxh3.New()
	for _, part := range [][]byte{[]byte(sqlHashVersion), r.header.binding(), r.o.Salt} {
		_, _ = fmt.Fprintf(h, "%d:", len(part)) // a hash takes every write
		_, _ = h.Write(part)
	}
	r.seed = h.Sum64()
	r.values, r.into = make([]any, len(cols)), make([]any, len(cols))
	for i := range r.values {
		r.into[i] = &r.values[i]
	}
}

// Header is what the query's columns are called; it has no line and no delimiter.
func (r *SQLReader) Header() Header { return r.header }

// Rows is the number of rows so far, without those that hold nothing.
func (r *SQLReader) Rows() int { return r.n - r.blank }

// Cursor is where this delta ended, for the Since of the next one; valid when
// NextBatch answered io.EOF. Empty = the query has no cursor, or no row had one.
func (r *SQLReader) Cursor() string {
	if r.cursor < 0 || !r.done {
		return ""
	}
	return storeCursor(r.last, r.tie)
}

// Close ends the transaction and the connection. It may be called twice.
func (r *SQLReader) Close(ctx context.Context) error {
	if r.ses == nil {
		return nil
	}
	if r.rows != nil {
		_ = r.rows.Close() // its error was Err's, or comes of giving up
	}
	r.ses.close(ctx)
	r.ses = nil
	return nil
}

// sqlBatchRows bounds a batch of short rows.
const sqlBatchRows = 1024

// NextBatch fills b with the next rows; io.EOF when all were read. Any other
// error is an *SQLError, and the whole reading is void.
func (r *SQLReader) NextBatch(ctx context.Context, b *SQLBatch) error {
	b.Release()
	for !r.done && len(b.Rows) < sqlBatchRows && len(b.buf) < blockSize {
		if !r.rows.Next() {
			if err := r.end(); err != nil {
				return r.explain(ctx, err)
			}
			break
		}
		if err := r.rows.Scan(r.into...); err != nil {
			return r.explain(ctx, err)
		}
		if err := r.enter(b); err != nil {
			return r.explain(ctx, err)
		}
	}
	if len(b.Rows) == 0 {
		return io.EOF
	}
	return nil
}

// end makes sure that there was an end, and no more than one result.
func (r *SQLReader) end() error {
	err := r.rows.Err()
	if err == nil {
		more := r.rows.NextResultSet()
		if err = r.rows.Err(); err == nil && more {
			err = &SQLError{Driver: r.o.Driver, Reason: SQLBadQuery, Detail: "more than one result; it must be one SELECT"}
		}
	}
	if err != nil {
		return r.namingColumn(err)
	}
	r.done = true
	return nil
}

// namingColumn finds the column in an error of a driver that only counts it.
func (r *SQLReader) namingColumn(err error) error {
	var i int
	if _, scanErr := fmt.Sscanf(err.Error(), "convert field %d failed", &i); scanErr != nil || i < 0 || i >= len(r.cols) {
		return err
	}
	return r.columnError(i, "a value of type "+r.cols[i].typ+" cannot be read; cast it in the query", err)
}

func (r *SQLReader) columnError(i int, why string, err error) error {
	return &SQLError{Driver: r.o.Driver, Reason: SQLBadColumn, Column: r.header.Names[i], Detail: why, Err: err}
}

// enter adds the scanned row to the batch.
func (r *SQLReader) enter(b *SQLBatch) error {
	r.n++
	row := Row{Status: Data, Line: r.n, LastLine: r.n, start: len(b.buf)}
	for i := range r.cols {
		if i == r.cursor {
			r.advance(r.values[i])
		}
		start := len(b.buf)
		var err error
		if b.buf, err = r.cols[i].text(b.buf, r.values[i]); err != nil {
			return r.columnError(i, err.Error(), nil)
		}
		r.check(b, &row, i, start)
		b.buf = append(b.buf, cellEnd)
	}
	row.end = len(b.buf)
	if row.Status == Data && blankRow(b.buf[row.start:row.end]) {
		row.Status = Blank
		r.blank++
	}
	if size := row.end - row.start; size > r.limits.Row && row.Reason.Code == OK {
		row.Status, row.Reason = Rejected, Reason{Code: RowTooLong, Want: r.limits.Row, Got: size}
	}
	if row.Status == Data {
		row.Hash = xxh3.Hash128Seed(b.buf[row.start:row.end], r.seed).Bytes()
		if r.o.Known != nil && r.o.Known(row.Hash) {
			row.Status = Known
		}
	}
	b.Rows = append(b.Rows, row)
	return nil
}

// blankRow reports whether a raw row holds nothing, as a blank line of a file.
func blankRow(raw []byte) bool {
	for _, c := range raw {
		if c != cellEnd && c != Null[0] && c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return false
		}
	}
	return true
}

// check looks for what no cell may hold; the first fault is the row's.
func (r *SQLReader) check(b *SQLBatch, row *Row, i, start int) {
	cell := b.buf[start:]
	var why Reason
	switch {
	case r.isNull(i):
		return
	case len(cell) > r.limits.Cell:
		why = Reason{Code: CellTooLong, Column: i + 1, Want: r.limits.Cell, Got: len(cell)}
		b.buf = append(b.buf[:start], bytes.ToValidUTF8(cell[:r.limits.Cell], nil)...)
	case !utf8.Valid(cell):
		why = Reason{Code: Undecodable, Column: i + 1}
		b.buf = append(b.buf[:start], bytes.ToValidUTF8(slices.Clone(cell), []byte("\uFFFD"))...)
	case bytes.IndexByte(cell, 0) >= 0:
		why = Reason{Code: NULByte, Column: i + 1}
		b.buf = append(b.buf[:start], bytes.ReplaceAll(cell, []byte{0}, []byte("\uFFFD"))...)
	default:
		return
	}
	if row.Reason.Code == OK {
		row.Status, row.Reason = Rejected, why
	}
}

// isNull reports whether the value is a NULL, or what stands for one.
func (r *SQLReader) isNull(i int) bool {
	ref, isBytes := r.values[i].([]byte)
	return r.values[i] == nil || isBytes && r.cols[i].kindOfBytes() == binaryKind && isEmptyRef(ref)
}

// advance moves the cursor.
func (r *SQLReader) advance(value any) {
	m := r.cols[r.cursor].markOf(value)
	switch {
	case m.kind == markNone || m.ahead(r.o.Now, r.o.YearOffset):
	case m.compare(r.last) > 0:
		r.last = m
	}
}
