package endpoint

import (
	"context"
	"fmt"
	"os"
	"time"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/source"
)

var _ engine.Outbox = (*CSVOut)(nil)

// CSVOutConfig describes a folder that takes the CRM's changes as CSV files.
type CSVOutConfig struct {
	Job          string // begins the names of the files
	Dir          string
	Encoding     string // default utf-8-bom
	Delimiter    byte   // default ';'
	FormulaGuard bool   // for files that people open in a spreadsheet
	Perm         os.FileMode
	Zones        mapping.Zones
	Step         func(name string) // of a delivery that just ended; nil = nobody asks
}

// CSVOut writes the CRM's changes into files for the accounting system, through
// the inverse of a mapping. It implements engine.Outbox and belongs to one
// goroutine.
type CSVOut struct {
	cfg     CSVOutConfig
	m       *mapping.Mapping
	writer  *source.BackWriter
	columns source.BackFile // the names of the columns; no rows
}

// Names of the columns that a source does not have itself; the second of each
// where the first is the name of a mapped column.
var (
	clidNames    = [...]string{"КодCRM", "СсылкаCRM"}
	changedNames = [...]string{"Изменено", "ИзмененоВCRM"}
)

// NewCSVOut returns an outbox; its folder is looked at by Check and Deliver. The
// error is that of options that make no file.
func NewCSVOut(cfg CSVOutConfig, m *mapping.Mapping) (*CSVOut, error) {
	w, err := source.NewBackWriter(source.BackOptions{
		Dir: cfg.Dir, Encoding: cfg.Encoding, Delimiter: cfg.Delimiter, FormulaGuard: cfg.FormulaGuard, Perm: cfg.Perm, Step: cfg.Step,
	})
	if err != nil {
		return nil, err
	}
	o := &CSVOut{cfg: cfg, m: m, writer: w}
	o.columns = source.BackFile{
		KeyColumn: m.KeyColumn(), CLIDColumn: m.CLIDColumn(), ChangedColumn: freeName(m, changedNames), Columns: m.Columns(),
	}
	if o.columns.CLIDColumn == "" {
		o.columns.CLIDColumn = freeName(m, clidNames)
	}
	return o, nil
}

// freeName is the first name that no column of the mapping has.
func freeName(m *mapping.Mapping, names [2]string) string {
	for _, c := range m.Columns() {
		if source.FoldName(c) == source.FoldName(names[0]) {
			return names[1]
		}
	}
	return names[0]
}

// Check looks whether the folder is there and takes files: a
// *source.FolderError when it does not.
func (o *CSVOut) Check() error { return o.writer.Check() }

// Name implements engine.Outbox: the name of this run's file.
func (o *CSVOut) Name(run int64, at time.Time) string { return source.BackName(o.cfg.Job, at, run) }

// Settles implements engine.Outbox: a file is an offer, and an export shows later
// whether it was taken.
func (o *CSVOut) Settles() bool { return false }

// Deliver implements engine.Outbox. A value that no cell of the source can hold,
// or that has a character which the encoding lacks, is left out by itself; the
// other fields of its record go. Where no row is left there is no file. Any other
// error is a *source.FolderError or the context's: nothing was delivered.
func (o *CSVOut) Deliver(ctx context.Context, name string, rows []engine.OfferRow) error {
	file := o.columns
	var left []engine.Undelivered
	var of []int // row of the file → row of the delivery
	for i := range rows {
		row, bad := o.row(&rows[i])
		left = append(left, bad...)
		if len(row.Changed) > 0 {
			file.Rows, of = append(file.Rows, row), append(of, i)
		}
	}
	if len(file.Rows) > 0 {
		unwritable, err := o.writer.Write(ctx, name, file)
		if err != nil {
			return fmt.Errorf("write back: %w", err)
		}
		for _, u := range unwritable {
			r := &rows[of[u.Row]]
			left = append(left, o.lacking(r, "", u.Column, u.Rune))
		}
	}
	if len(left) > 0 {
		return &engine.UndeliveredError{Rows: left}
	}
	return nil
}

// The code of what the file's encoding lacks.
const undeliveredEncoding = "encoding"

// row makes the cells of one record, and tells what cannot be cells. A record
// that cannot be told apart, or would be new and nameless, comes back empty.
func (o *CSVOut) row(r *engine.OfferRow) (source.BackRow, []engine.Undelivered) {
	row := source.BackRow{Key: r.Key, CLID: r.CLID}
	if r.Key == "" && r.CLID == 0 {
		return row, []engine.Undelivered{{UID: r.UID, CLID: r.CLID, Code: undeliveredNoKey, Why: "neither a key nor the CRM's id is known"}}
	}
	var left []engine.Undelivered
	for i := range r.Fields {
		cells, bad := o.cells(r, &r.Fields[i])
		switch {
		case bad == nil:
			row.Changed = append(row.Changed, cells...)
		case r.Key == "" && bad.Field == titleField:
			bad.Field = ""
			return source.BackRow{}, []engine.Undelivered{*bad}
		default:
			left = append(left, *bad)
		}
	}
	return row, left
}

// cells makes the changed cells of one field; the second result says why there
// are none.
func (o *CSVOut) cells(r *engine.OfferRow, f *engine.OfferedField) ([]source.BackCell, *engine.Undelivered) {
	back, why := offeredCells(o.m, o.cfg.Zones, f)
	if why != "" {
		return nil, &engine.Undelivered{UID: r.UID, CLID: r.CLID, Field: f.Field, Code: undeliveredNoInverse, Why: why}
	}
	cells := make([]source.BackCell, len(back))
	for i, c := range back {
		if ch, lacks := o.writer.Lacks(c.Text); lacks {
			u := o.lacking(r, f.Field, c.Column, ch)
			return nil, &u
		}
		cells[i] = source.BackCell{Column: c.Column, Text: c.Text}
	}
	return cells, nil
}

// lacking tells of a character that the file cannot carry.
func (o *CSVOut) lacking(r *engine.OfferRow, field, column string, ch rune) engine.Undelivered {
	return engine.Undelivered{
		UID: r.UID, CLID: r.CLID, Field: field, Column: column, Code: undeliveredEncoding,
		Why: fmt.Sprintf("a file in %s cannot hold %U", o.writer.Encoding(), ch),
	}
}
