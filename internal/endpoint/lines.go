package endpoint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// Lines reads the lines of records from a source of their own, whole, before the
// records are read. A source of lines that is not ready, or not whole, leaves the
// job without a source: lines are never taken for gone because they were not read.
// It belongs to one goroutine.
type Lines struct {
	m     *mapping.Mapping
	zones mapping.Zones
	shown string
	// open opens the source and ties the mapping to it.
	open func(ctx context.Context) (*lineFeed, error)
	// seen are the files of the last reading; of a pattern all that were there.
	seen []engine.SnapshotFile
	csv  *CSV // nil: a query
}

// ErrLinesNotWhole says that a source of lines delivers deltas: what it does not
// show of a record would count as gone.
var ErrLinesNotWhole = errors.New("lines come from a source whose every reading is a full snapshot")

// LinesError is an error of the source of lines, as its Err would be of the job's own
// source.
type LinesError struct {
	Source string // its name in the configuration
	Err    error
}

func (e *LinesError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *LinesError) Unwrap() error { return e.Err }

// of marks an error as one of the source of lines.
func (l *Lines) of(err error) error { return &LinesError{Source: l.m.Lines().Source, Err: err} }

// lineFeed is a source of lines that is being read.
type lineFeed struct {
	name  string
	head  source.Header
	bound *mapping.LineBinding
	keyAt int
	batch rowBatch
	next  nextRows
	// close ends the reading; the error is of a source that was not whole.
	close  func() error
	proven bool
	rest   []string // columns that nothing maps
	time   engine.SnapshotFile
}

// NewCSVLines returns the lines of m in a CSV file; of a pattern the newest file
// counts. Once and After say what becomes of files as they do for records; a file is
// read again while no newer one is there. Of cfg, Full must be set; Links, Lines,
// Salt and Workers do not count.
func NewCSVLines(cfg CSVConfig, m *mapping.Mapping) (*Lines, error) {
	if !cfg.Full {
		return nil, ErrLinesNotWhole
	}
	c := NewCSV(cfg, m, nil)
	c.cfg.Options.Wanted = m.LineColumns()
	c.cfg.Options.KeyColumns = []string{m.Lines().Of.Column}
	l := &Lines{m: m, zones: cfg.Zones, shown: cfg.Shown, csv: c}
	l.open = l.openFile
	return l, nil
}

// NewSQLLines returns the lines of m in a query. Of cfg, Full must be set; Links,
// Lines, Salt and Workers do not count.
func NewSQLLines(cfg SQLConfig, m *mapping.Mapping) (*Lines, error) {
	if !cfg.Full {
		return nil, ErrLinesNotWhole
	}
	s := NewSQL(cfg, m)
	s.cfg.Options.Wanted = m.LineColumns()
	l := &Lines{m: m, zones: cfg.Zones, shown: cfg.Shown}
	l.open = func(ctx context.Context) (*lineFeed, error) { return l.openQuery(ctx, s) }
	return l, nil
}

// Columns opens the source, ties the mapping to its columns and tells what was
// found out about them, without reading on: for `check`.
func (l *Lines) Columns(ctx context.Context) (source.Header, []string, error) {
	f, err := l.open(ctx)
	if err != nil {
		return source.Header{}, nil, l.of(err)
	}
	_ = f.close() // it was not read
	return f.head, f.rest, nil
}

func (l *Lines) openFile(ctx context.Context) (*lineFeed, error) {
	found, err := source.Match(l.csv.cfg.Path)
	if err != nil {
		return nil, notReady(err)
	}
	files := slices.DeleteFunc(found.Files, func(path string) bool { return l.csv.cfg.Once && l.csv.cfg.Proof.Companion(path) })
	if len(files) == 0 {
		return nil, notReady(&source.NotReadyError{Name: l.csv.cfg.Path, Reason: source.Missing})
	}
	l.seen = l.seen[:0]
	for _, path := range files {
		l.seen = append(l.seen, engine.SnapshotFile{Path: path})
	}
	r, err := l.csv.openReader(ctx, files[len(files)-1], engine.Known{})
	if err != nil {
		return nil, err
	}
	f := &lineFeed{name: l.csv.shown(r.file.Path), head: r.Header(), proven: l.csv.proves(), time: r.file}
	f.batch, f.next = csvBatches(r.CSVReader)()
	f.close = func() error {
		if err := r.Close(); err != nil {
			return fmt.Errorf("close %s: %w", f.name, err)
		}
		a := r.Account()
		if err := r.declared.CheckRows(a.Rows()); err != nil {
			return notReady(err)
		}
		if !a.Complete {
			return l.notWhole(f.name, whyCut(&a))
		}
		return nil
	}
	if err := l.bind(f); err != nil {
		_ = r.Close() // the header's error is the one to tell
		return nil, err
	}
	return f, nil
}

func (l *Lines) openQuery(ctx context.Context, s *SQL) (*lineFeed, error) {
	ctx, cancel := s.bounded(ctx)
	r, err := s.openReader(ctx, engine.Known{}, s.cfg.Now())
	if err != nil {
		cancel()
		return nil, err
	}
	f := &lineFeed{name: s.cfg.Shown, head: r.Header(), proven: true}
	batch, next := sqlBatches(r)()
	f.batch, f.next = batch, func(context.Context) ([]source.Row, error) { return next(ctx) }
	f.close = func() error {
		_ = r.Close(ctx) // nothing was written, and the rows were read to their end or do not count
		cancel()
		return nil
	}
	if err := l.bind(f); err != nil {
		_ = f.close()
		return nil, err
	}
	return f, nil
}

// bind ties the mapping to the columns of the source.
func (l *Lines) bind(f *lineFeed) error {
	f.keyAt = f.head.Index(l.m.Lines().Of.Column)
	var err error
	if f.bound, err = l.m.BindLines(f.head.Names, l.zones); err != nil {
		return &UnusableError{Name: f.name, Line: f.head.Line, Columns: f.head.Names, Err: err, Guessed: guessed(f.head)}
	}
	wanted := l.m.LineColumns()
	for _, name := range f.head.Names {
		if !slices.ContainsFunc(wanted, func(w string) bool { return source.FoldName(w) == source.FoldName(name) }) {
			f.rest = append(f.rest, name)
		}
	}
	return nil
}

func (l *Lines) notWhole(name, why string) error {
	return notReady(&source.FormatError{Name: name, Reason: source.LinesNotWhole, Detail: why})
}

// read reads the source to its end, into a temporary file in dir. What it adds to
// the snapshot are files, warnings, and whether all was proven to be whole.
func (l *Lines) read(ctx context.Context, dir string, snap *engine.Snapshot) (*lineSet, error) {
	f, err := l.open(ctx)
	if err != nil {
		return nil, l.of(err)
	}
	set, err := newLineSet(dir, f.name)
	if err == nil {
		err = l.fill(ctx, f, set, snap)
	}
	cerr := f.close()
	switch {
	case err == nil && cerr != nil:
		err = cerr
	case err == nil && set.end == 0 && set.unkeyed == 0:
		err = l.notWhole(f.name, string(source.NoRows))
	}
	if err == nil {
		err = set.ready()
	}
	if err != nil {
		set.close()
		return nil, l.of(err)
	}
	snap.Warnings = append(snap.Warnings, headerWarnings(f.name, f.head)...)
	snap.Proven = snap.Proven && f.proven
	if l.csv != nil {
		snap.Files = append(snap.Files, f.time)
	}
	return set, nil
}

// fill keeps every row.
func (l *Lines) fill(ctx context.Context, f *lineFeed, set *lineSet, snap *engine.Snapshot) error {
	var cells []string
	for {
		rows, err := f.next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return notReady(err)
		}
		for i := range rows {
			row := &rows[i]
			why := row.Reason
			switch row.Status {
			case source.Data:
				if cells, why = f.batch.Cells(i, cells[:0]); why.Code == source.OK {
					if err := l.line(f, set, row, f.batch.Raw(i), cells, snap); err != nil {
						return err
					}
					continue
				}
			case source.Rejected, source.Held:
			default:
				continue
			}
			if err := l.broken(f, set, i, row, why, snap); err != nil {
				return err
			}
		}
		f.batch.Release()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// line keeps a row that could be split and decoded.
func (l *Lines) line(f *lineFeed, set *lineSet, row *source.Row, raw []byte, cells []string, snap *engine.Snapshot) error {
	of, text, found, ok := f.bound.Line(cells)
	var bad []engine.Reject
	for _, p := range found {
		bad = append(bad, engine.Reject{
			File: f.name, Line: row.Line, LastLine: row.LastLine, UID: of, Column: p.Column, Field: p.Field, Code: string(p.Code),
			Rule: p.Rule, Value: p.Value, Row: record.FingerprintBytes(raw), Warning: p.Warning,
		})
	}
	switch {
	case of == "" && !ok:
		set.lost(bad, snap)
		return nil
	case of == "":
		return nil
	case len(bad) > 0:
		if err := set.flaw(of, bad, row.Line); err != nil {
			return err
		}
	}
	if !ok || text == "" {
		return nil
	}
	return set.add(of, text, row.Line)
}

// broken keeps a row that could not be split or decoded, with its record where that
// can be told all the same.
func (l *Lines) broken(f *lineFeed, set *lineSet, i int, row *source.Row, why source.Reason, snap *engine.Snapshot) error {
	text := f.batch.Text(i)
	bad := engine.Reject{
		File: f.name, Line: row.Line, LastLine: row.LastLine, Code: why.Code.String(), Rule: why.String(), Value: clip(text),
		Row: record.FingerprintOf(text),
	}
	if key, ok := f.batch.Key(i, f.keyAt); ok && f.keyAt >= 0 {
		if uid, err := mapping.EncodeUID(key, l.m.Lines().Of); err == nil {
			bad.UID, bad.Key = uid, key
			return set.flaw(uid, []engine.Reject{bad}, row.Line)
		}
	}
	set.lost([]engine.Reject{bad}, snap)
	return nil
}

// lost books a row whose record cannot be told; the first ones are listed.
func (s *lineSet) lost(found []engine.Reject, snap *engine.Snapshot) {
	if len(found) == 0 {
		return
	}
	if s.unkeyed < mostProblems {
		snap.Warnings = append(snap.Warnings, found...)
	}
	s.unknown(found[0])
}

// has reports whether a file is one of the last reading.
func (l *Lines) has(f engine.SnapshotFile) bool {
	return l != nil && slices.ContainsFunc(l.seen, func(s engine.SnapshotFile) bool { return s.Path == f.Path })
}

// done puts the files of the last reading away.
func (l *Lines) done() error {
	if l == nil || l.csv == nil || !l.csv.cfg.Once {
		return nil
	}
	for _, f := range l.seen {
		if err := l.csv.putAway(f.Path); err != nil {
			return err
		}
	}
	l.seen = nil
	return nil
}
