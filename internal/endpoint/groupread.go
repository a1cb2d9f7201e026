package endpoint

import (
	"context"
	"errors"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// Gather is what a reading needs besides its source when its records refer to
// others, or have lines. The zero value is for mappings without either.
type Gather struct {
	Links Links  // of a mapping with references
	Lines *Lines // of a mapping whose lines come from another source
	// TempDir takes the temporary file of lines; "" = the system's.
	TempDir string
}

// errNoLines is a defect of the caller: the mapping's lines have no source.
var errNoLines = errors.New("a mapping with lines in another source was given none")

// begin reads the lines of another source and returns what the rows are gathered
// with, and what the lines add to the snapshot; nil for a mapping whose rows are its
// records. Rows of the others are all mapped: what a record is, its row alone does
// not say.
func (c Gather) begin(ctx context.Context, m *mapping.Mapping, known *engine.Known) (*gathering, *engine.Snapshot, error) {
	refs, lines := m.References(), m.Lines()
	if len(refs) == 0 && lines == nil && !m.MergeRows() {
		return nil, nil, nil
	}
	known.Row, known.Cells = nil, nil
	g := &gathering{m: m, refs: newReferrer(m, c.Links), lineAt: -1, merges: m.MergeRows()}
	g.joins = g.merges || lines != nil && lines.Source == ""
	more := &engine.Snapshot{Proven: true}
	if lines == nil {
		return g, more, nil
	}
	g.lineAt = m.Schema().Index(mapping.FieldLines)
	if lines.Source == "" {
		return g, more, nil
	}
	if c.Lines == nil {
		return nil, nil, errNoLines
	}
	var err error
	g.lines, err = c.Lines.read(ctx, c.TempDir, more)
	return g, more, err
}

// look opens a source of lines and ties the mapping to it, without reading on.
func (c Gather) look(ctx context.Context) error {
	if c.Lines == nil {
		return nil
	}
	_, _, err := c.Lines.Columns(ctx)
	return err
}

// close gives the temporary file back.
func (g *gathering) close() {
	if g != nil {
		g.lines.close()
	}
}

// finish adds to the snapshot what the other source of lines showed. The snapshot's
// ID stays that of the records: they are what may be absent. Which lines belong to no
// record only a whole reading of all records tells.
func (g *gathering) finish(lines *engine.Snapshot, snap *engine.Snapshot) {
	if g == nil || g.lines == nil {
		return
	}
	snap.Proven = snap.Proven && lines.Proven
	snap.Files = append(snap.Files, lines.Files...)
	snap.Warnings = append(snap.Warnings, lines.Warnings...)
	if snap.Full && snap.Complete && !g.unkeyed {
		snap.Warnings = append(snap.Warnings, g.lines.strays()...)
	}
}

// assembler is for the rows of one file or query; nil when there is nothing to
// assemble.
func (g *gathering) assembler(name string) *assembler {
	if g == nil {
		return nil
	}
	return &assembler{gathering: g, name: name}
}

// finish ends a file. One that lost rows nobody knows where, or that changed while it
// was read, may lack lines of any record: nothing of it is believed.
func (a *assembler) finish(ctx context.Context, account *source.Account, yield func([]engine.Incoming) error) error {
	if a == nil {
		return nil
	}
	if !a.joins {
		return a.end(ctx, "", yield)
	}
	why := whyCut(account)
	for _, w := range account.WhyNot {
		if w == source.TrailerMismatch || w == source.ChangedWhile {
			return notReady(&source.FormatError{Name: a.name, Reason: source.LinesNotWhole, Detail: why})
		}
	}
	return a.end(ctx, why, yield)
}

// again resolves what a record refers to that was read in an earlier run and waits
// since; its row will not be read again.
func (c Gather) again(ctx context.Context, m *mapping.Mapping, rec *record.Record) (*engine.Awaited, error) {
	if len(m.References()) == 0 || len(rec.Values) != m.Schema().Len() {
		return nil, nil
	}
	return newReferrer(m, c.Links).again(ctx, rec)
}

// Again looks up anew what a record refers to that was read in an earlier run and
// has waited since: as Incoming.Waits of a row.
func (c *CSV) Again(ctx context.Context, rec *record.Record) (*engine.Awaited, error) {
	return c.cfg.Gather.again(ctx, c.m, rec)
}

// Again is that of CSV.
func (s *SQL) Again(ctx context.Context, rec *record.Record) (*engine.Awaited, error) {
	return s.cfg.Gather.again(ctx, s.m, rec)
}
