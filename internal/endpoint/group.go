package endpoint

import (
	"context"
	"fmt"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// Codes of rejects that only the rows of a record together show.
const (
	codeHeadDiffers  = string(mapping.CodeHeadDiffers)
	codeLinesBeside  = "line-unreadable" // a row beside the record's has no readable key: it may be a line of it
	codeLinesCut     = "lines-cut"       // the file ends here and is not whole: lines may be missing
	codeTooManyLines = "too-many-lines"
	codeRowsApart    = "rows-apart" // earlier rows of it did not add up, and here are more
)

const (
	// mostRows is how many rows one record may have: far more than any document has.
	// A column that is no key would make one record of the whole file.
	mostRows = 10_000
	// mostProblems is how many findings about one record are kept.
	mostProblems = 50
	// mostShort is how many records whose lines do not add up are remembered.
	mostShort = 10_000
)

// rowParts is what a row gives besides its record.
type rowParts struct {
	line string
	refs []mapping.RefValue
}

// gathering is what assemblers of one reading share.
type gathering struct {
	m    *mapping.Mapping
	refs *referrer
	// lines are those of a second source; nil = there is none.
	lines *lineSet
	// lineAt is the schema position of the lines; -1 = the mapping has none.
	lineAt int
	// joins: consecutive rows of one uid are one record. merges: their values are
	// united, and need not agree.
	joins, merges bool
	unkeyed       bool // a row was seen whose record cannot be told
}

// assembler makes records of the mapped rows of one file or query: it joins those of
// one record, adds lines of a second source, and resolves references. Its records
// go on in the order in which they begin.
//
// A record of which a row cannot be read, or that may have such a row, is rejected
// as a whole: it is there, and what it should be is not known.
type assembler struct {
	*gathering
	name    string
	open    *group         // whose next row may come; nil = none
	beside  int            // the line of a row without a key since the last row with one; 0 = none
	short   map[string]int // the first lines of records whose lines did not add up, by uid
	out     []engine.Incoming
	scratch []byte
}

// group is a record while its rows are gathered.
type group struct {
	in    engine.Incoming // InRecord, InRejected or InOutOfScope
	rec   record.Record
	refs  []mapping.RefValue
	lines []string
}

// take gathers the rows of one batch and hands on the records that are whole.
func (a *assembler) take(ctx context.Context, rows []engine.Incoming, parts []rowParts, yield func([]engine.Incoming) error) error {
	a.out = a.out[:0]
	for i := range rows {
		if err := a.row(ctx, &rows[i], &parts[i]); err != nil {
			return err
		}
	}
	if len(a.out) == 0 {
		return nil
	}
	return yield(a.out)
}

// end hands on the last record. cut says why the source does not hold all that it
// should; "" = it does.
func (a *assembler) end(ctx context.Context, cut string, yield func([]engine.Incoming) error) error {
	if a == nil {
		return nil
	}
	a.out = a.out[:0]
	if g := a.open; g != nil && cut != "" {
		a.spoil(g, engine.Reject{Line: g.in.Origin.Line, LastLine: g.in.Origin.LastLine, Code: codeLinesCut, Rule: cut})
	}
	if err := a.close(ctx); err != nil || len(a.out) == 0 {
		return err
	}
	return yield(a.out)
}

func (a *assembler) row(ctx context.Context, in *engine.Incoming, parts *rowParts) error {
	uid := ""
	if in.Record != nil {
		uid = in.Record.UID
	}
	switch {
	case in.Kind == engine.InSkipped:
		a.out = append(a.out, *in)
		return nil
	case uid == "":
		a.noKey(in)
		return nil
	case a.open != nil && a.open.rec.UID == uid && a.joins:
		a.join(in, parts)
		return nil
	}
	if err := a.close(ctx); err != nil {
		return err
	}
	a.begin(in, parts)
	if !a.joins {
		return a.close(ctx)
	}
	return nil
}

// noKey books a row of which nobody knows whose it is. One that cannot be read may
// be a line of the record before it, or of the one behind.
func (a *assembler) noKey(in *engine.Incoming) {
	a.out = append(a.out, keep(in))
	if in.Kind != engine.InRejected {
		return
	}
	a.unkeyed = true
	if !a.joins {
		return
	}
	if a.beside == 0 && a.open != nil {
		a.spoil(a.open, a.besideOf(in.Origin.Line))
	}
	a.beside = in.Origin.Line
}

func (a *assembler) besideOf(line int) engine.Reject {
	return engine.Reject{Line: line, LastLine: line, Code: codeLinesBeside, Rule: fmt.Sprintf("line %d", line)}
}

// keep copies what must outlive its batch.
func keep(in *engine.Incoming) engine.Incoming {
	out := *in
	if in.Record != nil {
		rec := *in.Record
		rec.Values = append([]record.Value(nil), in.Record.Values...)
		out.Record = &rec
	}
	return out
}

// begin opens a record with its first row.
func (a *assembler) begin(in *engine.Incoming, parts *rowParts) {
	g := &group{in: keep(in), refs: parts.refs}
	g.rec = *g.in.Record
	g.in.Record = &g.rec
	if in.Kind == engine.InRecord && parts.line != "" {
		g.lines = append(g.lines, parts.line)
	}
	a.open = g
	if line, short := a.short[g.rec.UID]; short { // what is missing there stands here
		p := a.problem(in.Origin, &g.rec, codeRowsApart, "", fmt.Sprintf("line %d", line))
		p.Value = fmt.Sprintf("%d, %d", line, in.Origin.Line)
		a.spoil(g, p)
	}
	if a.beside != 0 && in.Kind != engine.InOutOfScope { // one that is left out loses nothing; a row of it that is not may follow
		a.spoil(g, a.besideOf(a.beside))
		a.beside = 0
	}
}

// join adds one more row to the open record.
func (a *assembler) join(in *engine.Incoming, parts *rowParts) {
	g := a.open
	if g.in.Kind != engine.InOutOfScope {
		a.beside = 0 // it stood between two rows of this record, which is spoilt
	}
	switch {
	case in.Kind == engine.InOutOfScope && g.in.Kind != engine.InOutOfScope:
		alone := *in // left out by the mapping's own rules, beside rows that are not
		alone.Record = nil
		a.out = append(a.out, alone)
		return
	case in.Kind != engine.InOutOfScope && g.in.Kind == engine.InOutOfScope:
		alone := g.in
		alone.Record = nil
		a.out = append(a.out, alone)
		a.begin(in, parts)
		return
	}
	g.in.Rows += in.Rows
	g.in.Origin.LastLine = in.Origin.LastLine
	g.add(in.Problems...)
	switch {
	case in.Kind == engine.InRejected:
		g.in.Kind = engine.InRejected
	case in.Kind == engine.InRecord && g.in.Kind == engine.InRecord:
		a.unite(g, in, parts)
	}
}

// unite adds what a readable row says to a record that is readable so far.
func (a *assembler) unite(g *group, in *engine.Incoming, parts *rowParts) {
	rec := in.Record
	if field := a.differs(g, rec); field != "" {
		a.spoil(g, a.problem(in.Origin, rec, codeHeadDiffers, field, fmt.Sprintf("differs from line %d", g.in.Origin.Line)))
		return
	}
	switch {
	case rec.Deleted:
	case a.merges:
		a.m.Merge(&g.rec, rec)
		g.refs = append(g.refs, parts.refs...)
	case parts.line != "" && len(g.lines) >= mostRows:
		a.spoil(g, a.problem(in.Origin, rec, codeTooManyLines, "", fmt.Sprintf("more than %d", mostRows)))
		g.lines = nil
	case parts.line != "":
		g.lines = append(g.lines, parts.line)
	}
}

// differs names the first thing in which a row disagrees with the record: "" when
// it does not. What a deleted record holds besides is nobody's concern.
func (a *assembler) differs(g *group, rec *record.Record) string {
	switch {
	case rec.Deleted != g.rec.Deleted:
		return "deleted_when"
	case rec.CLID != g.rec.CLID:
		return "clid"
	case rec.Deleted:
		return ""
	case a.merges:
		for i := range a.refs.refs {
			at := a.refs.refs[i].Field
			if v, w := rec.Values[at], g.rec.Values[at]; !v.Blank() && !w.Blank() && !v.Same(w) {
				return a.refs.refs[i].Name
			}
		}
		return ""
	}
	for i := range rec.Values {
		if i != a.lineAt && !rec.Values[i].Same(g.rec.Values[i]) {
			return a.m.Schema().Field(i).Name
		}
	}
	return ""
}

// problem is a finding about a row of a record.
func (a *assembler) problem(at record.Origin, rec *record.Record, code, field, rule string) engine.Reject {
	p := engine.Reject{Line: at.Line, LastLine: at.LastLine, Code: code, Field: field, Column: field, Rule: rule}
	if i := a.m.Schema().Index(field); i >= 0 {
		p.Column, p.Value = a.m.SourceOf(i), rec.Values[i].Text
	}
	p.Row, a.scratch = rec.Fingerprint(a.scratch)
	return p
}

// spoil rejects a record, whatever its other rows say.
func (a *assembler) spoil(g *group, p engine.Reject) {
	if g.in.Kind == engine.InOutOfScope {
		return // it is left out all the same, and present
	}
	if p.File == "" {
		p.File = a.name
	}
	p.UID, p.Key = g.rec.UID, g.rec.Key
	if p.Row.IsZero() {
		p.Row = record.FingerprintOf(p.UID + p.Code)
	}
	g.in.Kind = engine.InRejected
	g.add(p)
}

// add keeps findings, as many as a person reads; one that rejects is among them.
func (g *group) add(found ...engine.Reject) {
	for i := range found {
		switch {
		case len(g.in.Problems) < mostProblems:
			g.in.Problems = append(g.in.Problems, found[i])
		case !found[i].Warning && g.in.Problems[mostProblems-1].Warning:
			g.in.Problems[mostProblems-1] = found[i]
		}
	}
}

// close ends the open record and hands it on.
func (a *assembler) close(ctx context.Context) error {
	g := a.open
	if g == nil {
		return nil
	}
	a.open = nil
	if a.lines != nil {
		if err := a.attach(g); err != nil {
			return err
		}
	}
	if g.in.Kind == engine.InRecord {
		if err := a.whole(ctx, g); err != nil {
			return err
		}
	}
	g.in.Lines = a.joins && a.lineAt >= 0
	a.out = append(a.out, g.in)
	return nil
}

// remember keeps a record whose lines do not add up: others of it may stand apart.
func (a *assembler) remember(g *group, code mapping.Code) {
	if code != mapping.CodeSum || !a.joins || len(a.short) >= mostShort {
		return
	}
	if a.short == nil {
		a.short = map[string]int{}
	}
	a.short[g.rec.UID] = g.in.Origin.Line
}

// attach adds the lines that a second source has of the record.
func (a *assembler) attach(g *group) error {
	lines, bad, err := a.lines.of(g.rec.UID)
	if err != nil || g.in.Kind != engine.InRecord || g.rec.Deleted {
		return err
	}
	if len(lines) > mostRows {
		bad = append(bad, engine.Reject{
			Line: g.in.Origin.Line, LastLine: g.in.Origin.LastLine, Code: codeTooManyLines, Rule: fmt.Sprintf("more than %d", mostRows),
		})
	}
	for _, p := range bad {
		if p.Warning {
			p.UID, p.Key = g.rec.UID, g.rec.Key
			g.add(p)
			continue
		}
		a.spoil(g, p)
	}
	g.lines = lines
	return nil
}

// whole makes the record of what was gathered.
func (a *assembler) whole(ctx context.Context, g *group) error {
	rec := &g.rec
	rec.Origin = g.in.Origin
	if !rec.Deleted {
		if a.lineAt >= 0 {
			rec.Values[a.lineAt] = a.m.JoinLines(g.lines)
		}
		for _, f := range a.m.CheckRecord(rec) {
			p := a.problem(rec.Origin, rec, string(f.Code), f.Field, f.Rule)
			p.Warning = f.Warning
			if f.Column != "" {
				p.Column = f.Column
			}
			if f.Value != "" {
				p.Value = f.Value
			}
			if !f.Warning {
				a.spoil(g, p)
				a.remember(g, f.Code)
				continue
			}
			p.File, p.UID, p.Key = a.name, rec.UID, rec.Key
			g.add(p)
		}
	}
	if g.in.Kind != engine.InRecord {
		return nil
	}
	var err error
	if g.in.Waits, err = a.refs.resolve(ctx, rec, g.refs); err != nil {
		return err
	}
	g.in.Source, a.scratch = rec.Fingerprint(a.scratch)
	return nil
}
