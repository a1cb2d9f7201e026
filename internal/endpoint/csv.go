package endpoint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// FileLog remembers which files were read and put away.
type FileLog interface {
	// FileRead reports whether a file with this content was read before under
	// its path. Without a Hash, size and time of change stand for the content.
	FileRead(ctx context.Context, f engine.SnapshotFile) (bool, error)
	// MarkRead remembers files; one durable transaction.
	MarkRead(ctx context.Context, files []engine.SnapshotFile) error
	// AnyRead reports whether a file was ever read.
	AnyRead(ctx context.Context) (bool, error)
}

// After says what becomes of a file that was read once and settled.
type After uint8

// The choices. The zero value leaves the file where it is.
const (
	AfterKeep After = iota
	AfterArchive
	AfterDelete
)

// CSVConfig describes a source of CSV files.
type CSVConfig struct {
	// Path is a file, or a pattern; Shown is how messages name it.
	Path, Shown string
	// Show is how messages name one file of a pattern; nil = by its path.
	Show func(path string) string
	// Once says that Path is a pattern whose files are read once each.
	Once  bool
	Full  bool // every file is a full snapshot, not a delta
	After After
	// Settle is how long a file must stay as it is before it is read.
	Settle  time.Duration
	Wait    source.Wait
	Options source.CSVOptions // Path, Salt, Known and Settled are filled in here
	// Proof names the files beside each file without which it is not read.
	Proof   source.Proof
	Zones   mapping.Zones
	Salt    record.Fingerprint
	Workers int // goroutines that decode and map; 0 = 2
	Gather  Gather
}

// CSV reads CSV files through a mapping. It implements engine.Source.
type CSV struct {
	cfg CSVConfig
	m   *mapping.Mapping
	log FileLog
}

// NewCSV returns a source; log may be nil when files are not read once.
func NewCSV(cfg CSVConfig, m *mapping.Mapping, log FileLog) *CSV {
	if cfg.Workers <= 0 {
		cfg.Workers = 2
	}
	cfg.Options.Wanted = m.Columns()
	cfg.Options.KeyColumns = m.KeyColumns()
	cfg.Options.Salt = append([]byte(nil), cfg.Salt[:]...)
	return &CSV{cfg: cfg, m: m, log: log}
}

// Read implements engine.Source.
func (c *CSV) Read(
	ctx context.Context, known engine.Known, yield func([]engine.Incoming) error,
) (engine.Snapshot, error) {
	snap := engine.Snapshot{Name: c.cfg.Shown, Full: c.cfg.Full, Complete: true, Proven: c.proves()}
	files, err := c.unread(ctx)
	if err != nil {
		return snap, err
	}
	if len(files) == 0 {
		snap.Nothing = true
		return snap, nil
	}
	g, lines, err := c.cfg.Gather.begin(ctx, c.m, &known)
	if err != nil {
		return snap, err
	}
	defer g.close()
	read := files
	if c.cfg.Full {
		read = files[len(files)-1:] // a newer full snapshot replaces the older ones
	}
	snap.Name = c.shown(read[0].Path)
	if len(read) > 1 {
		snap.Name += " … " + c.shown(read[len(read)-1].Path)
	}
	for _, f := range read {
		if err := c.readFile(ctx, f, known, g, yield, &snap); err != nil {
			return snap, err
		}
	}
	snap.ID = identityOf(snap.Files)
	if c.cfg.Once {
		snap.Files = append(snap.Files, files[:len(files)-len(read)]...)
	}
	g.finish(lines, &snap)
	return snap, nil
}

// noneThere is nil when no file of a pattern is there because all were read and put
// away: nothing is new then. Before the first was read, the pattern may be wrong.
func (c *CSV) noneThere(ctx context.Context, err error) error {
	var missing *source.NotReadyError
	if !c.cfg.Once || !errors.As(err, &missing) || missing.Name != c.cfg.Path {
		return notReady(err)
	}
	read, lerr := c.log.AnyRead(ctx)
	if lerr != nil {
		return lerr
	}
	if read {
		return nil
	}
	return notReady(err)
}

// proves reports whether the source tells by itself that a file is whole.
func (c *CSV) proves() bool {
	return c.cfg.Options.Trailer != "" || c.cfg.Proof != source.Proof{}
}

// identityOf tells the snapshot of these files from any other.
func identityOf(files []engine.SnapshotFile) string {
	h := sha256.New()
	for _, f := range files {
		_, _ = fmt.Fprintf(h, "%q|%d|%d|%s\n", f.Path, f.Size, f.ModTime.UnixNano(), f.Hash) // a hash takes every write
	}
	const enough = 16
	return hex.EncodeToString(h.Sum(nil)[:enough])
}

// unread lists the files to read, in name order. Of full snapshots an older
// one that comes late says nothing any more.
func (c *CSV) unread(ctx context.Context) ([]engine.SnapshotFile, error) {
	found, err := source.Match(c.cfg.Path)
	if err != nil {
		return nil, c.noneThere(ctx, err)
	}
	var out []engine.SnapshotFile
	done := false
	for _, path := range found.Files {
		if c.cfg.Once && c.cfg.Proof.Companion(path) {
			continue
		}
		f, err := look(path)
		if err != nil {
			return nil, err
		}
		if c.cfg.Once {
			if done, err = c.wasRead(ctx, &f); err != nil {
				return nil, err
			}
		}
		if !done {
			out = append(out, f)
		}
	}
	if done && c.cfg.Full { // the newest of all
		return nil, nil
	}
	return out, nil
}

// wasRead reports whether a file was read before. Its content is looked at,
// and its Hash filled in, only where size and time do not tell.
func (c *CSV) wasRead(ctx context.Context, f *engine.SnapshotFile) (bool, error) {
	done, err := c.log.FileRead(ctx, *f)
	if done || err != nil {
		return done, err
	}
	if f.Hash, err = contentOf(f.Path); err != nil {
		return false, notReady(err)
	}
	return c.log.FileRead(ctx, *f)
}

// contentOf is a hash of a file's bytes.
func contentOf(path string) (record.Fingerprint, error) {
	var sum record.Fingerprint
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	copy(sum[:], h.Sum(nil))
	return sum, errors.Join(err, f.Close())
}

func look(path string) (engine.SnapshotFile, error) {
	id, err := source.Look(path)
	if err != nil {
		return engine.SnapshotFile{}, notReady(err)
	}
	return engine.SnapshotFile{Path: path, Size: id.Size, ModTime: id.Modified}, nil
}

// opened is a file about to be read.
type opened struct {
	*source.CSVReader
	bound    *mapping.Binding
	file     engine.SnapshotFile
	declared source.Declared
}

// open is openReader, and ties the mapping to the header.
func (c *CSV) open(ctx context.Context, path string, known engine.Known) (opened, error) {
	f, err := c.openReader(ctx, path, known)
	if err != nil {
		return f, err
	}
	if f.bound, err = c.m.Bind(f.Header().Names, c.cfg.Zones); err != nil {
		h := f.Header()
		_ = f.Close() // the header's error is the one to tell
		return f, &UnusableError{Name: c.shown(path), Line: h.Line, Columns: h.Names, Err: err, Guessed: guessed(h)}
	}
	return f, nil
}

// guessed reports that nothing known stands in what was taken for the header.
func guessed(h source.Header) bool {
	return slices.ContainsFunc(h.Warnings, func(w source.Warning) bool { return w.Code == source.HeaderGuessed })
}

// openReader waits for the file to settle, looks at what proves it and opens it.
func (c *CSV) openReader(ctx context.Context, path string, known engine.Known) (opened, error) {
	var f opened
	id, err := source.Settle(ctx, path, c.cfg.Settle, c.cfg.Wait)
	if err != nil {
		return f, notReady(err)
	}
	f.file = engine.SnapshotFile{Path: path, Size: id.Size, ModTime: id.Modified}
	o := c.cfg.Options
	o.Path, o.Settled = path, &id
	o.Name = c.shown(path)
	if f.declared, err = c.cfg.Proof.Check(ctx, path, o.Name, id); err != nil {
		return f, notReady(err)
	}
	if known.Row != nil {
		ask, n := known.Row(), 0
		o.Known = func(h [16]byte) bool {
			n++
			return ask(h, n)
		}
	}
	if f.CSVReader, err = source.OpenCSV(ctx, o); err != nil {
		return f, notReady(err)
	}
	return f, nil
}

// shown is how messages name a file of the source.
func (c *CSV) shown(path string) string {
	if !c.cfg.Once {
		return c.cfg.Shown
	}
	if c.cfg.Show != nil {
		return c.cfg.Show(path)
	}
	return path
}

// readFile reads one file to its end.
func (c *CSV) readFile(
	ctx context.Context, f engine.SnapshotFile, known engine.Known, g *gathering,
	yield func([]engine.Incoming) error, snap *engine.Snapshot,
) error {
	r, err := c.open(ctx, f.Path, known)
	if err != nil {
		return err
	}
	file := r.file
	file.Hash = f.Hash
	if c.cfg.Once && (file.Size != f.Size || !file.ModTime.Equal(f.ModTime)) {
		if file.Hash, err = contentOf(f.Path); err != nil { // it grew until it settled
			return errors.Join(notReady(err), r.Close())
		}
	}
	name := c.shown(f.Path)
	snap.Warnings = append(snap.Warnings, headerWarnings(name, r.Header())...)
	rows := g.assembler(name)
	p := pipelineOf(name, r.Header(), csvBatches(r.CSVReader), c.m, r.bound, c.cfg.Workers, known.Cells, rows)
	err = p.run(ctx, yield)
	cerr := r.Close()
	if err != nil {
		return err
	}
	if cerr != nil {
		return fmt.Errorf("close %s: %w", name, cerr)
	}
	a := r.Account()
	if !a.Balanced() {
		return fmt.Errorf("%s: the reader lost count of lines: a defect of this program", name)
	}
	if err := r.declared.CheckRows(a.Rows()); err != nil {
		return notReady(err)
	}
	snap.Lines += int64(a.Lines)
	snap.Rows += int64(a.Rows())
	if !a.Complete {
		snap.Complete, snap.Proven, snap.Why = false, false, whyCut(&a)
	}
	snap.Files = append(snap.Files, file)
	return rows.finish(ctx, &a, yield)
}

// whyCut says why a file does not hold everything; "" = it does.
func whyCut(a *source.Account) (last string) {
	for _, why := range a.WhyNot {
		last = string(why)
		if why == source.TrailerMismatch {
			last = fmt.Sprintf("%s %d/%d", why, a.Declared, a.Rows())
		}
	}
	return last
}

func headerWarnings(name string, h source.Header) []engine.Reject {
	out := make([]engine.Reject, 0, len(h.Warnings))
	for _, w := range h.Warnings {
		out = append(out, engine.Reject{
			File: name, Line: h.Line, LastLine: h.LastLine, Column: w.Name, Code: string(w.Code), Warning: true,
		})
	}
	return out
}

// Columns opens the newest file, ties the mapping to its header and tells what
// was found out about it, without reading on: for `check`. A source of lines is
// opened, too.
func (c *CSV) Columns(ctx context.Context) (source.Header, []string, error) {
	found, err := source.Match(c.cfg.Path)
	if err != nil {
		return source.Header{}, nil, notReady(err)
	}
	files := slices.DeleteFunc(found.Files, func(path string) bool { return c.cfg.Once && c.cfg.Proof.Companion(path) })
	if len(files) == 0 {
		return source.Header{}, nil, notReady(&source.NotReadyError{Name: c.cfg.Path, Reason: source.Missing})
	}
	r, err := c.open(ctx, files[len(files)-1], engine.Known{})
	if err != nil {
		return source.Header{}, nil, err
	}
	h, unmapped := r.Header(), r.bound.Unmapped()
	return h, unmapped, errors.Join(r.Close(), c.cfg.Gather.look(ctx))
}
