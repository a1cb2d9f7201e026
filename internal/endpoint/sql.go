package endpoint

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// SQLConfig describes a source that is a query.
type SQLConfig struct {
	Shown string // how messages name it
	Full  bool   // every reading is a full snapshot, not a delta
	// Timeout bounds one reading; 0 = only the caller's context does.
	Timeout time.Duration
	Options source.SQLOptions // Name, Since, Now, Zone, Wanted, Salt and Known are filled in here
	Zones   mapping.Zones
	Salt    record.Fingerprint
	Now     func() time.Time // names snapshots, and bounds cursors of dates
	Workers int              // goroutines that map; 0 = 2
	Gather  Gather
}

// SQL reads a query through a mapping. It implements engine.Source.
type SQL struct {
	cfg SQLConfig
	m   *mapping.Mapping
}

// NewSQL returns a source.
func NewSQL(cfg SQLConfig, m *mapping.Mapping) *SQL {
	if cfg.Workers <= 0 {
		cfg.Workers = 2
	}
	cfg.Options.Name = cfg.Shown
	cfg.Options.Zone = cfg.Zones.Source
	cfg.Options.Wanted = m.Columns()
	cfg.Options.Salt = append([]byte(nil), cfg.Salt[:]...)
	if cfg.Full {
		cfg.Options.Cursor = "" // all is read; a cursor would only be looked for
	}
	return &SQL{cfg: cfg, m: m}
}

// Read implements engine.Source. A query that was read to its end is proven to be
// whole: the server says where the rows end.
func (s *SQL) Read(
	ctx context.Context, known engine.Known, yield func([]engine.Incoming) error,
) (engine.Snapshot, error) {
	snap := engine.Snapshot{Name: s.cfg.Shown, Full: s.cfg.Full}
	g, lines, err := s.cfg.Gather.begin(ctx, s.m, &known)
	if err != nil {
		return snap, err
	}
	defer g.close()
	now := s.cfg.Now()
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	r, bound, err := s.open(ctx, known, now)
	if err != nil {
		return snap, err
	}
	defer func() { _ = r.Close(ctx) }() // nothing was written, and the rows were read to their end or do not count
	snap.Warnings = headerWarnings(s.cfg.Shown, r.Header())
	rows := g.assembler(s.cfg.Shown)
	p := pipelineOf(s.cfg.Shown, r.Header(), sqlBatches(r), s.m, bound, s.cfg.Workers, known.Cells, rows)
	err = p.run(ctx, func(batch []engine.Incoming) error {
		err := yield(batch)
		if err != nil {
			cancel() // the reader may be waiting for a slow server
		}
		return err
	})
	if err != nil {
		return snap, err
	}
	if err := rows.end(ctx, "", yield); err != nil {
		return snap, err
	}
	snap.ID = snapshotID(now)
	snap.Rows = int64(r.Rows())
	snap.Complete, snap.Proven = true, true
	snap.Cursor = r.Cursor()
	g.finish(lines, &snap)
	return snap, nil
}

func (s *SQL) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.cfg.Timeout > 0 {
		return context.WithTimeout(ctx, s.cfg.Timeout)
	}
	return context.WithCancel(ctx)
}

// open is openReader, and ties the mapping to the columns.
func (s *SQL) open(ctx context.Context, known engine.Known, now time.Time) (*source.SQLReader, *mapping.Binding, error) {
	r, err := s.openReader(ctx, known, now)
	if err != nil {
		return nil, nil, err
	}
	b, err := s.m.Bind(r.Header().Names, s.cfg.Zones)
	if err != nil {
		_ = r.Close(ctx) // the missing column is the one to tell
		return nil, nil, &UnusableError{Name: s.cfg.Shown, Columns: r.Header().Names, Err: err}
	}
	return r, b, nil
}

// openReader runs the query.
func (s *SQL) openReader(ctx context.Context, known engine.Known, now time.Time) (*source.SQLReader, error) {
	o := s.cfg.Options
	o.Now, o.Since = now, known.Cursor
	if known.Row != nil {
		ask, n := known.Row(), 0
		o.Known = func(h [16]byte) bool {
			n++
			return ask(h, n)
		}
	}
	r, err := source.OpenQuery(ctx, o)
	if err != nil {
		return nil, notReady(err)
	}
	return r, nil
}

func sqlBatches(r *source.SQLReader) batches {
	return func() (rowBatch, nextRows) {
		b := new(source.SQLBatch)
		return b, func(ctx context.Context) ([]source.Row, error) {
			err := r.NextBatch(ctx, b)
			return b.Rows, err
		}
	}
}

// snapshotID is of this reading alone: two readings of one query are two
// observations, whatever they find.
func snapshotID(now time.Time) string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return now.UTC().Format("20060102T150405.000Z") + "-" + hex.EncodeToString(b[:])
}

// Done implements engine.Source: a query leaves nothing to put away; files of
// lines may be beside it.
func (s *SQL) Done(context.Context, engine.Snapshot) error { return s.cfg.Gather.Lines.done() }

// Columns runs the query, ties the mapping to its columns and tells what was
// found out about them, without reading on: for `check`. A source of lines is opened,
// too.
func (s *SQL) Columns(ctx context.Context) (source.Header, []string, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	r, b, err := s.open(ctx, engine.Known{}, s.cfg.Now())
	if err != nil {
		return source.Header{}, nil, err
	}
	h, unmapped := r.Header(), b.Unmapped()
	return h, unmapped, errors.Join(r.Close(ctx), s.cfg.Gather.look(ctx))
}
