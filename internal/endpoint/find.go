package endpoint

import (
	"context"
	"errors"
	"io"
	"slices"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// Sighting is the row of one record, found again in the source as it is now, with
// its way through the mapping.
type Sighting struct {
	Origin record.Origin
	// Why is the reason of a row that cannot be split or decoded, in a stable
	// spelling; nothing else is known of it then.
	Why    string
	Record record.Record
	Kind   mapping.Kind
	Rule   string // of a row out of scope
	Fields []mapping.FieldWay
}

// Find reads the source as it is now, for nothing but the first row that is of a
// record: its uid answers yes to `is`. Nil means that no row is. Of files read
// once each, those that are still there are looked at, the newest first.
func (c *CSV) Find(ctx context.Context, is func(uid string) bool) (*Sighting, error) {
	found, err := source.Match(c.cfg.Path)
	if err != nil {
		return nil, notReady(err)
	}
	files := slices.DeleteFunc(found.Files, func(path string) bool { return c.cfg.Once && c.cfg.Proof.Companion(path) })
	slices.Reverse(files)
	if c.cfg.Full && len(files) > 1 {
		files = files[:1] // a newer full snapshot replaces the older ones
	}
	// Nothing is concluded from what is read here, so nothing is waited for and
	// nothing has to be proven.
	now := *c
	now.cfg.Settle, now.cfg.Proof = 0, source.Proof{}
	for _, path := range files {
		s, err := now.findIn(ctx, path, is)
		if s != nil || err != nil {
			return s, err
		}
	}
	return nil, nil
}

func (c *CSV) findIn(ctx context.Context, path string, is func(uid string) bool) (*Sighting, error) {
	r, err := c.open(ctx, path, engine.Known{})
	if err != nil {
		return nil, err
	}
	s, err := search(ctx, c.shown(path), r.Header(), csvBatches(r.CSVReader), c.m, r.bound, is)
	return s, errors.Join(err, r.Close())
}

// Find is that of CSV: it runs the query and reads it down to the row.
func (s *SQL) Find(ctx context.Context, is func(uid string) bool) (*Sighting, error) {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	r, bound, err := s.open(ctx, engine.Known{}, s.cfg.Now())
	if err != nil {
		return nil, err
	}
	found, err := search(ctx, s.cfg.Shown, r.Header(), sqlBatches(r), s.m, bound, is)
	cancel() // the rest of the rows is not wanted
	_ = r.Close(ctx)
	return found, err
}

func search(ctx context.Context, name string, h source.Header, fresh batches, m *mapping.Mapping, b *mapping.Binding,
	is func(uid string) bool,
) (*Sighting, error) {
	keyAt := h.Index(m.KeyColumn())
	batch, next := fresh()
	var cells []string
	for {
		rows, err := next(ctx)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, notReady(err)
		}
		for i := range rows {
			row := &rows[i]
			why := row.Reason
			switch row.Status {
			case source.Data:
				if cells, why = batch.Cells(i, cells[:0]); why.Code == source.OK && keyAt < len(cells) {
					if hit(cells[keyAt], m, is) {
						return sighted(name, row, cells, b), nil
					}
					continue
				}
			case source.Rejected, source.Held:
			default:
				continue
			}
			if key, ok := batch.Key(i, keyAt); ok && hit(key, m, is) {
				return &Sighting{Origin: originOf(name, row), Why: why.String()}, nil
			}
		}
		batch.Release()
	}
}

func hit(key string, m *mapping.Mapping, is func(uid string) bool) bool {
	uid, err := mapping.EncodeUID(key, m.Identity())
	return err == nil && is(uid)
}

func sighted(name string, row *source.Row, cells []string, b *mapping.Binding) *Sighting {
	s := &Sighting{Origin: originOf(name, row)}
	res := b.Map(cells, &s.Record)
	s.Record.Origin, s.Kind, s.Rule = s.Origin, res.Kind, res.Rule
	s.Fields = b.Explain(cells)
	return s
}

func originOf(name string, row *source.Row) record.Origin {
	return record.Origin{File: name, Line: row.Line, LastLine: row.LastLine}
}
