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
	Links        Links             // of a mapping with references
	Step         func(name string) // of a delivery that just ended; nil = nobody asks
}

// CSVOut writes the CRM's changes into files for the accounting system, through
// the inverse of a mapping. It implements engine.Outbox and belongs to one
// goroutine.
type CSVOut struct {
	cfg     CSVOutConfig
	m       *mapping.Mapping
	title   string // the field without which a born record is nobody
	writer  *source.BackWriter
	columns source.BackFile   // the names of the columns; no rows
	ids     map[string]string // a reference's column → that of the CRM's id beside it
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
	o := &CSVOut{cfg: cfg, m: m, title: titleField(m), writer: w, ids: map[string]string{}}
	o.columns = source.BackFile{
		KeyColumn: m.KeyColumn(), CLIDColumn: m.CLIDColumn(), ChangedColumn: freeName(m, changedNames), Columns: m.Columns(),
	}
	if o.columns.CLIDColumn == "" {
		o.columns.CLIDColumn = freeName(m, clidNames)
	}
	for _, ref := range m.References() {
		if o.ids[ref.Column] != "" {
			continue
		}
		id := freeName(m, [2]string{ref.Column + clidNames[0], ref.Column + clidNames[1]})
		o.ids[ref.Column] = id
		o.columns.Columns = append(o.columns.Columns, id)
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
		row, bad, err := o.row(ctx, &rows[i])
		if err != nil {
			return fmt.Errorf("write back: %w", err)
		}
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

// Untakeable implements engine.Taker: what no cell can hold.
func (o *CSVOut) Untakeable(ctx context.Context, rows []engine.OfferRow) ([]engine.Undelivered, error) {
	var left []engine.Undelivered
	for i := range rows {
		_, bad, err := o.row(ctx, &rows[i])
		if err != nil {
			return nil, fmt.Errorf("write back: %w", err)
		}
		left = append(left, bad...)
	}
	return left, nil
}

// The code of what the file's encoding lacks.
const undeliveredEncoding = "encoding"

// row makes the cells of one record, and tells what cannot be cells. A record
// that cannot be told apart, or would be new and nameless, comes back empty.
func (o *CSVOut) row(ctx context.Context, r *engine.OfferRow) (source.BackRow, []engine.Undelivered, error) {
	row := source.BackRow{Key: r.Key, CLID: r.CLID}
	if r.Key == "" && r.CLID == 0 {
		return row, []engine.Undelivered{{UID: r.UID, CLID: r.CLID, Code: undeliveredNoKey, Why: "neither a key nor the CRM's id is known"}}, nil
	}
	var left []engine.Undelivered
	for i := range r.Fields {
		cells, bad, err := o.cells(ctx, r, &r.Fields[i])
		switch {
		case err != nil:
			return row, nil, err
		case bad == nil:
			row.Changed = append(row.Changed, cells...)
		case r.Key == "" && bad.Field == o.title:
			bad.Field = ""
			return source.BackRow{}, []engine.Undelivered{*bad}, nil
		default:
			left = append(left, *bad)
		}
	}
	return row, left, nil
}

// cells makes the changed cells of one field; the second result says why there
// are none.
func (o *CSVOut) cells(ctx context.Context, r *engine.OfferRow, f *engine.OfferedField) ([]source.BackCell, *engine.Undelivered, error) {
	ref, err := referenceOf(ctx, o.m, o.cfg.Links, f)
	if err != nil {
		return nil, nil, err
	}
	var back []mapping.BackCell
	if ref != nil {
		back = o.reference(ref)
	} else {
		var why string
		if back, why = offeredCells(o.m, o.cfg.Zones, f); why != "" {
			return nil, &engine.Undelivered{UID: r.UID, CLID: r.CLID, Field: f.Field, Code: undeliveredNoInverse, Why: why}, nil
		}
	}
	cells := make([]source.BackCell, len(back))
	for i, c := range back {
		if ch, lacks := o.writer.Lacks(c.Text); lacks {
			u := o.lacking(r, f.Field, c.Column, ch)
			return nil, &u, nil
		}
		cells[i] = source.BackCell{Column: c.Column, Text: c.Text}
	}
	return cells, nil, nil
}

// reference makes the cells of a reference: the key and, beside it, the CRM's id. Of
// a record that the source does not know by a key there is the id alone: the column of
// the key is blank, and not among those that changed.
func (o *CSVOut) reference(ref *offeredReference) []mapping.BackCell {
	id := mapping.BackCell{Column: o.ids[ref.column], Text: ref.id}
	if ref.why != "" {
		return []mapping.BackCell{id}
	}
	return []mapping.BackCell{{Column: ref.column, Text: ref.key}, id}
}

// lacking tells of a character that the file cannot carry.
func (o *CSVOut) lacking(r *engine.OfferRow, field, column string, ch rune) engine.Undelivered {
	return engine.Undelivered{
		UID: r.UID, CLID: r.CLID, Field: field, Column: column, Code: undeliveredEncoding,
		Why: fmt.Sprintf("a file in %s cannot hold %U", o.writer.Encoding(), ch),
	}
}
