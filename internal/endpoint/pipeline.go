package endpoint

import (
	"context"
	"errors"
	"io"
	"slices"

	"golang.org/x/sync/errgroup"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// rowBatch is a run of raw rows: a source.Batch, or a source.SQLBatch.
type rowBatch interface {
	Cells(i int, dst []string) ([]string, source.Reason)
	Key(i, column int) (string, bool)
	Raw(i int) []byte
	Text(i int) string
	Release()
}

// nextRows fills the batch that it was made with; io.EOF after the last row.
type nextRows func(ctx context.Context) ([]source.Row, error)

// batches makes the batches of one reader. Only one of their nextRows is called
// at a time.
type batches func() (rowBatch, nextRows)

func csvBatches(r *source.CSVReader) batches {
	return func() (rowBatch, nextRows) {
		b := new(source.Batch)
		return b, func(context.Context) ([]source.Row, error) {
			err := r.NextBatch(b)
			return b.Rows, err
		}
	}
}

// pipeline splits, translates and hands over the rows of one file or query: one
// goroutine splits, several decode and map, and the caller gets the rows in
// the order of the source.
type pipeline struct {
	name    string
	spec    mapping.IdentitySpec
	keyAt   int // column of the key; -1 = not found
	bound   *mapping.Binding
	workers int
	known   engine.Questions // about mapped cells; nil = none
	rows    *assembler       // makes records of rows; nil = each row is one
	free    chan *job
}

// job is one batch on its way. Its memory is used again and again.
type job struct {
	batch   rowBatch
	next    nextRows
	rows    []source.Row
	out     []engine.Incoming
	parts   []rowParts // of out, for an assembler
	records []record.Record
	cells   []string
	scratch []byte
	ready   chan struct{}
}

// worker is what one goroutine maps with.
type worker struct {
	*mapping.Binding
	known func(f record.Fingerprint, row int) bool
}

func pipelineOf(name string, header source.Header, fresh batches, m *mapping.Mapping, b *mapping.Binding, workers int,
	known engine.Questions, rows *assembler,
) *pipeline {
	p := &pipeline{
		name: name, spec: m.Identity(), keyAt: -1, bound: b, workers: workers, known: known, rows: rows,
		free: make(chan *job, workers+2),
	}
	for _, k := range m.KeyColumns() {
		p.keyAt = header.Index(k)
		break
	}
	for range cap(p.free) {
		j := &job{}
		j.batch, j.next = fresh()
		p.free <- j
	}
	return p
}

// run moves all batches; it returns when every goroutine of it has ended.
func (p *pipeline) run(ctx context.Context, yield func([]engine.Incoming) error) error {
	g, ctx := errgroup.WithContext(ctx)
	work := make(chan *job)
	order := make(chan *job, cap(p.free))
	var c containment
	g.Go(c.of(func() error {
		defer close(order)
		defer close(work)
		return p.split(ctx, work, order)
	}))
	for range p.workers {
		w := worker{Binding: p.bound.Clone()}
		if p.known != nil {
			w.known = p.known()
		}
		g.Go(c.of(func() error {
			for j := range work {
				p.translate(j, &w)
				close(j.ready)
			}
			return nil
		}))
	}
	g.Go(c.of(func() error { return p.hand(ctx, order, yield) }))
	err := g.Wait()
	c.release()
	return err
}

// split reads batches and gives each to a worker and, in order, to hand.
func (p *pipeline) split(ctx context.Context, work, order chan<- *job) error {
	for {
		var j *job
		select {
		case j = <-p.free:
		case <-ctx.Done():
			return ctx.Err()
		}
		var err error
		j.rows, err = j.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return notReady(err)
		}
		j.ready = make(chan struct{})
		select {
		case work <- j:
		case <-ctx.Done():
			return ctx.Err()
		}
		order <- j // has room for every job there is
	}
}

// hand gives the translated batches to the engine, in the order of the file.
func (p *pipeline) hand(ctx context.Context, order <-chan *job, yield func([]engine.Incoming) error) error {
	for j := range order {
		select {
		case <-j.ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := p.deliver(ctx, j, yield); err != nil {
			return err
		}
		j.batch.Release()
		p.free <- j
	}
	return nil
}

func (p *pipeline) deliver(ctx context.Context, j *job, yield func([]engine.Incoming) error) error {
	if p.rows != nil {
		return p.rows.take(ctx, j.out, j.parts, yield)
	}
	return yield(j.out)
}

// translate turns a batch of rows into incoming records.
func (p *pipeline) translate(j *job, w *worker) {
	rows := j.rows
	j.out = j.out[:0]
	if cap(j.records) < len(rows) {
		j.records = make([]record.Record, len(rows))
	}
	j.records = j.records[:len(rows)]
	if p.rows != nil {
		j.parts = append(j.parts[:0], make([]rowParts, len(rows))...)
	}
	for i := range rows {
		j.out = append(j.out, p.row(j, w, i))
	}
}

func (p *pipeline) row(j *job, w *worker, i int) engine.Incoming {
	row := &j.rows[i]
	in := engine.Incoming{
		Rows: 1, Row: record.Fingerprint(row.Hash),
		Origin: record.Origin{File: p.name, Line: row.Line, LastLine: row.LastLine},
	}
	if p.rows != nil {
		in.Row = record.Fingerprint{} // what its record is, other rows and links say as well
	}
	switch row.Status {
	case source.Known:
		in.Kind = engine.InKnown
	case source.Data:
		p.data(j, w, i, &in)
	case source.Rejected, source.Held:
		p.rejected(j, i, row.Reason, &in)
	case source.Blank, source.Title, source.Caption, source.Totals, source.Trailer:
		in.Kind, in.Skip = engine.InSkipped, row.Status.String()
	}
	return in
}

// data decodes and maps one row; one whose mapped cells are those of a settled
// record needs no mapping.
func (p *pipeline) data(j *job, w *worker, i int, in *engine.Incoming) {
	var why source.Reason
	j.cells, why = j.batch.Cells(i, j.cells[:0])
	if why.Code != source.OK {
		p.rejected(j, i, why, in)
		return
	}
	if p.rows == nil {
		in.Cells, j.scratch = w.Fingerprint(j.cells, j.scratch)
	}
	if w.known != nil && w.known(in.Cells, in.Origin.Line) {
		in.Kind = engine.InKnown
		return
	}
	rec := &j.records[i]
	res := w.Map(j.cells, rec)
	rec.Origin = in.Origin
	if p.rows != nil {
		j.parts[i] = rowParts{line: res.Line, refs: slices.Clone(res.Refs)}
	}
	in.Record, in.Problems = rec, p.problems(res.Problems, in, rec, j.batch.Raw(i))
	switch res.Kind {
	case mapping.InScope, mapping.Deleted:
		in.Kind = engine.InRecord
		rec.Deleted = res.Kind == mapping.Deleted
		in.Source, j.scratch = rec.Fingerprint(j.scratch)
	case mapping.OutOfScope:
		in.Kind, in.Skip = engine.InOutOfScope, res.Rule
	case mapping.Rejected, mapping.Unreadable:
		in.Kind = engine.InRejected
	}
}

// problems turns the mapping's findings into the engine's terms.
// A row is known again by its bytes alone: another mapping, or a newer program,
// finds the same fault in the same row.
func (p *pipeline) problems(found []mapping.Problem, in *engine.Incoming, rec *record.Record, raw []byte) []engine.Reject {
	if len(found) == 0 {
		return nil
	}
	row := record.FingerprintBytes(raw)
	out := make([]engine.Reject, len(found))
	for i, f := range found {
		out[i] = engine.Reject{
			File: p.name, Line: in.Origin.Line, LastLine: in.Origin.LastLine, UID: rec.UID, Key: rec.Key,
			Column: f.Column, Field: f.Field, Code: string(f.Code), Rule: f.Rule, Value: f.Value,
			Row: row, Warning: f.Warning,
		}
	}
	return out
}

// rejected books a row that could not be split or decoded. Where its key can
// be told all the same, it goes along, so that the record is not taken for
// absent.
func (p *pipeline) rejected(j *job, i int, why source.Reason, in *engine.Incoming) {
	in.Kind = engine.InRejected
	rec := &j.records[i]
	*rec = record.Record{Origin: in.Origin, Values: rec.Values}
	if p.keyAt >= 0 {
		if key, ok := j.batch.Key(i, p.keyAt); ok {
			if uid, err := mapping.EncodeUID(key, p.spec); err == nil {
				rec.UID, rec.Key = uid, key
			}
		}
	}
	in.Record = rec
	text := j.batch.Text(i)
	in.Problems = []engine.Reject{{
		File: p.name, Line: in.Origin.Line, LastLine: in.Origin.LastLine, UID: rec.UID, Key: rec.Key,
		Code: why.Code.String(), Rule: why.String(), Value: clip(text), Row: record.FingerprintOf(text),
	}}
}

// clip bounds what is kept of a broken row.
func clip(text string) string {
	const most = 500
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return string(r[:most]) + "…"
}
