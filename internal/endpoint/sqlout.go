package endpoint

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/source"
)

var _ engine.Outbox = (*SQLOut)(nil)

// SQLOutConfig describes a table that takes the CRM's changes.
type SQLOutConfig struct {
	Sink  source.SQLSinkConfig // SameTable: the job reads the rows of this very table
	Zones mapping.Zones
	Links Links // of a mapping with references
	Born  bool  // clients born in the CRM go there too
}

// SQLOut writes the CRM's changes into a table, through the inverse of a
// mapping. It implements engine.Outbox and is safe for concurrent use.
type SQLOut struct {
	cfg  SQLOutConfig
	m    *mapping.Mapping
	sink *source.SQLSink
}

// NewSQLOut returns an outbox; nothing is opened before Check or Deliver.
func NewSQLOut(cfg SQLOutConfig, m *mapping.Mapping) *SQLOut {
	if cfg.Sink.Zone == nil {
		cfg.Sink.Zone = cfg.Zones.Source
	}
	return &SQLOut{cfg: cfg, m: m, sink: source.NewSQLSink(cfg.Sink)}
}

// Check connects and makes sure that the table can take every field that has a
// way back; its error is a *source.SQLError.
func (o *SQLOut) Check(ctx context.Context) error {
	var columns []string
	for _, c := range o.columns() {
		columns = append(columns, c.Column)
	}
	return o.sink.Check(ctx, columns, o.cfg.Born)
}

// Table is the table as it should be: what `schema --sql` prints, and what an
// existing one is held against. A column is typed only where every cell that the
// mapping writes into it is of that type; all others, and the key, are text.
func (o *SQLOut) Table() source.SQLTable {
	s := o.cfg.Sink
	t := source.SQLTable{Driver: s.Driver, Name: s.Table, Key: s.Key, CLID: s.CLID}
	for _, c := range o.columns() {
		t.Columns = append(t.Columns, source.SQLColumn{Name: c.Column, Kind: kindOf(c.Type)})
	}
	return t
}

// columns are those that Deliver writes: of fields that have a way back, and of
// references.
func (o *SQLOut) columns() []mapping.BackColumn {
	out := o.m.BackColumns()
	add := func(name string, typ mapping.FieldType) {
		if name != "" && !slices.ContainsFunc(out, func(c mapping.BackColumn) bool { return c.Column == name }) {
			out = append(out, mapping.BackColumn{Column: name, Type: typ})
		}
	}
	for _, ref := range o.m.References() {
		add(ref.Column, mapping.TypeText)
		add(o.idColumn(ref.Column), mapping.TypeInt)
	}
	return out
}

// idColumn is the column beside a reference's that takes the CRM's id: what a record
// born in the CRM refers to may have been born there, too, and has no key then. "" =
// there is none.
func (o *SQLOut) idColumn(column string) string {
	s := o.cfg.Sink
	if !o.cfg.Born || s.SameTable || s.CLID == "" {
		return ""
	}
	return freeName(o.m, [2]string{column + "_" + s.CLID, column + "_crm_" + s.CLID})
}

// kindOf is text for codes, too: their zeros in front count.
func kindOf(t mapping.FieldType) source.SQLKind {
	switch t {
	case mapping.TypeInt:
		return source.KindInteger
	case mapping.TypeDecimal:
		return source.KindDecimal
	case mapping.TypeBool:
		return source.KindBoolean
	case mapping.TypeDate:
		return source.KindDate
	case mapping.TypeDatetime:
		return source.KindMoment
	}
	return source.KindText
}

// Name implements engine.Outbox: the table, for every run.
func (o *SQLOut) Name(int64, time.Time) string { return o.cfg.Sink.Table }

// Settles implements engine.Outbox.
func (o *SQLOut) Settles() bool { return o.cfg.Sink.SameTable }

// The code of what the database does not take.
const undeliveredRefused = "refused"

// outRow is what is left to write of one offer.
type outRow struct {
	offer  *engine.OfferRow
	fields []outField
}

type outField struct {
	name  string
	cells []mapping.BackCell
}

// Deliver implements engine.Outbox. All that can be written goes in one
// transaction; a field that the table does not take is left out, and its record
// written without it in one more. An error that is no *engine.UndeliveredError
// is a *source.SQLError: the same rows must be delivered again.
func (o *SQLOut) Deliver(ctx context.Context, _ string, rows []engine.OfferRow) error {
	var left []engine.Undelivered
	var waiting []outRow
	for i := range rows {
		row, bad, err := o.row(ctx, &rows[i])
		if err != nil {
			return fmt.Errorf("write back: %w", err)
		}
		left = append(left, bad...)
		if len(row.fields) > 0 {
			waiting = append(waiting, row)
		}
	}
	for len(waiting) > 0 { // each round leaves out at least one field of every row that is left
		refused, err := o.sink.Write(ctx, sinkRows(waiting))
		if err != nil {
			return fmt.Errorf("write back: %w", err)
		}
		var again []outRow
		for _, r := range refused {
			row, bad := waiting[r.Row].without(r, titleField(o.m))
			left = append(left, bad)
			if len(row.fields) > 0 {
				again = append(again, row)
			}
		}
		waiting = again
	}
	if len(left) > 0 {
		return &engine.UndeliveredError{Rows: left}
	}
	return nil
}

// Untakeable implements engine.Taker: what no cell can hold.
func (o *SQLOut) Untakeable(ctx context.Context, rows []engine.OfferRow) ([]engine.Undelivered, error) {
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

// row makes the cells of one offer, and tells which fields have none. A client
// born in the CRM does not go without its title.
func (o *SQLOut) row(ctx context.Context, r *engine.OfferRow) (outRow, []engine.Undelivered, error) {
	row := outRow{offer: r}
	var left []engine.Undelivered
	written := make(map[string]mapping.BackCell)
	var blank []engine.Undelivered
	for i := range r.Fields {
		f := &r.Fields[i]
		cells, why, err := o.cells(ctx, r, f)
		if err != nil {
			return row, nil, err
		}
		if why == "" && !agree(written, cells) {
			why = "another field wants another value in the same column"
		}
		switch {
		case why == "":
			if len(cells) > 0 {
				row.fields = append(row.fields, outField{f.Field, cells})
			}
		case r.Key == "" && isReference(o.m, f.Field):
			// its cell stays blank: the record is worth having without what it refers to
			blank = append(blank, engine.Undelivered{UID: r.UID, CLID: r.CLID, Field: f.Field, Code: undeliveredNoInverse, Why: why})
		case r.Key == "" && f.Field == titleField(o.m):
			return outRow{}, []engine.Undelivered{{UID: r.UID, CLID: r.CLID, Code: undeliveredNoInverse, Why: why}}, nil
		default:
			left = append(left, engine.Undelivered{UID: r.UID, CLID: r.CLID, Field: f.Field, Code: undeliveredNoInverse, Why: why})
		}
	}
	if len(row.fields) == 0 { // nothing else of it goes
		left = append(left, blank...)
	}
	return row, left, nil
}

// cells makes the cells of one field, or says why there are none that could be. Of
// what a record born in the CRM refers to the id goes in any case.
func (o *SQLOut) cells(ctx context.Context, r *engine.OfferRow, f *engine.OfferedField) (cells []mapping.BackCell, why string, err error) {
	ref, err := referenceOf(ctx, o.m, o.cfg.Links, f)
	switch {
	case err != nil:
		return nil, "", err
	case ref == nil:
		cells, why = offeredCells(o.m, o.cfg.Zones, f)
		return cells, why, nil
	}
	id := o.idColumn(ref.column)
	if ref.why == "" {
		cells = append(cells, mapping.BackCell{Column: ref.column, Text: ref.key, Null: ref.key == ""})
	} else if id == "" || r.Key != "" {
		return nil, ref.why, nil
	}
	if id != "" {
		cells = append(cells, mapping.BackCell{Column: id, Text: ref.id, Null: ref.id == ""})
	}
	return cells, "", nil
}

// agree notes the cells, unless one of their columns was to hold something else.
func agree(written map[string]mapping.BackCell, cells []mapping.BackCell) bool {
	for _, c := range cells {
		if other, there := written[c.Column]; there && other != c {
			return false
		}
	}
	for _, c := range cells {
		written[c.Column] = c
	}
	return true
}

func sinkRows(rows []outRow) []source.SinkRow {
	list := make([]source.SinkRow, len(rows))
	for i, r := range rows {
		list[i] = source.SinkRow{Key: r.offer.Key, CLID: r.offer.CLID}
		for _, f := range r.fields {
			for _, c := range f.cells {
				list[i].Cells = append(list[i].Cells, source.SinkCell{Column: c.Column, Text: c.Text, Null: c.Null})
			}
		}
	}
	return list
}

// without leaves the field out whose column was refused; all of them when it is
// no field's, or when a client born in the CRM would have no title.
func (r outRow) without(no source.RefusedRow, title string) (outRow, engine.Undelivered) {
	bad := engine.Undelivered{UID: r.offer.UID, CLID: r.offer.CLID, Column: no.Column, Code: undeliveredRefused, Why: string(no.Why)}
	if no.Why == source.NoCLID {
		bad.Code = undeliveredNoKey
	}
	if no.Detail != "" {
		bad.Why += " (" + no.Detail + ")"
	}
	rest := outRow{offer: r.offer}
	for _, f := range r.fields {
		if slices.ContainsFunc(f.cells, func(c mapping.BackCell) bool { return strings.EqualFold(c.Column, no.Column) }) {
			bad.Field = f.name
			continue
		}
		rest.fields = append(rest.fields, f)
	}
	if bad.Field == "" || r.offer.Key == "" && bad.Field == title {
		bad.Field = ""
		return outRow{}, bad
	}
	return rest, bad
}
