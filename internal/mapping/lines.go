package mapping

import (
	"slices"
	"strings"

	"syncd/internal/record"
)

// FieldLines is the schema name of the lines of a deal: its specification in one
// text.
const FieldLines = "lines"

// LineSpec says where the lines of a deal come from.
type LineSpec struct {
	Source  string       // "" = every row of the deal's own source is a line, and those of one uid are one deal
	Of      IdentitySpec // of another source: the column that names the deal, and how it becomes the deal's uid
	AddOnly bool         // sent with an add only
	Summed  bool         // a deal whose sum is not that of its lines is rejected
}

// Lines is the `lines` of a deal; nil when the mapping has none.
func (m *Mapping) Lines() *LineSpec {
	l := m.spec.lines
	if l == nil {
		return nil
	}
	return &LineSpec{l.source, l.of, l.addOnly, m.roles.sum >= 0 && l.checkSum == sumReject}
}

// lineRules are the compiled fields of lines, in the order of lineFields, on the
// slots of the mapping whose rows are lines.
type lineRules struct {
	fields []field
	cells  []int    // the slots that a row without any content in them has no line for
	of     *Mapping // of another source: a mapping with the key and the slots of its rows
}

// ownLines reports that the rows of a deal are its lines.
func (m *Mapping) ownLines() bool { return m.lines != nil && m.lines.of == nil }

// lines compiles the lines of a deal: on its own slots when its rows are lines.
func (c *compiler) lines() {
	l := c.m.spec.lines
	if l == nil {
		return
	}
	at := c
	rules := &lineRules{}
	if l.source != "" {
		at = &compiler{m: &Mapping{name: c.m.name, spec: spec{entity: entityLine, uid: l.of}, clid: -1}}
		at.m.uid = at.slot(l.of.Column, "lines.of")
		at.m.lines, rules.of = rules, at.m
	}
	var computed []int
	for _, s := range l.fields {
		f := at.field(s)
		rules.fields = append(rules.fields, f)
		rules.cells = append(rules.cells, f.slots...)
		if f.prog != nil {
			computed = append(computed, f.prog.slots...)
		}
	}
	if len(rules.cells) == 0 {
		rules.cells = computed // else an expression may speak of the deal as well
	}
	slices.Sort(rules.cells)
	rules.cells = slices.Compact(rules.cells)
	c.m.lines = rules
	if at != c {
		c.errs = append(c.errs, at.errs...)
	}
}

// line makes the text of the line that a row is; "" for a row whose cells of lines
// are all blank. ok is false when the line is unreadable.
func (b *Binding) line(rules *lineRules, cells []string) (text string, ok bool) {
	blank := len(rules.cells) > 0
	for _, s := range rules.cells {
		raw, _ := b.cell(cells, s)
		blank = blank && (isNullWord(trimBlank(raw)) || isMissingObject(trimBlank(raw)))
	}
	if blank {
		return "", true
	}
	ok = true
	parts := make([]string, 0, len(rules.fields))
	for i := range rules.fields {
		f := &rules.fields[i]
		v, fine := b.value(f, cells)
		switch {
		case !fine:
			ok = false
		case v.Blank() && f.required:
			b.problem(f, Problem{Code: CodeRequired, Rule: "required", Value: b.raw(f, cells)})
			ok = false
		}
		parts = append(parts, linePart(f, v))
	}
	if !ok {
		return "", false
	}
	return strings.Join(parts, lineSeparator), true
}

// linePart is a value as the text of a line has it.
func linePart(f *field, v record.Value) string {
	switch {
	case v.Blank() && f.key == "dop":
		return "1"
	case v.Blank():
		return ""
	}
	if f.typ == TypeDecimal || f.typ == TypeInt {
		_, exact, _ := parseNumber(v.Text) // for the sum: the CRM rounds it, and so does the comparison
		return exact
	}
	return lineText(v.Text)
}

// LineBinding reads the rows of another source as lines of deals. It owns scratch
// space: one goroutine at a time.
type LineBinding struct{ b *Binding }

// BindLines finds the columns of the lines in the header of their own source. The
// error is a *MissingColumnsError that lists every column in trouble; a mapping
// whose lines have no source of their own has none to bind.
func (m *Mapping) BindLines(header []string, z Zones) (*LineBinding, error) {
	if m.lines == nil || m.lines.of == nil {
		return nil, errNoLines
	}
	b, err := m.lines.of.Bind(header, z)
	if err != nil {
		return nil, err
	}
	return &LineBinding{b}, nil
}

// LineColumns lists the columns that the lines need of their own source; nil when
// they have none.
func (m *Mapping) LineColumns() []string {
	if m.lines == nil || m.lines.of == nil {
		return nil
	}
	return m.lines.of.Columns()
}

// Line reads a row: the uid of the deal that it is a line of ("" when that is
// unreadable), and the text of the line, for JoinLines ("" for a row without
// content). ok is false for a row that cannot be read: its deal is not whole
// without it. The problems are valid until the next Line.
func (l *LineBinding) Line(cells []string) (of, line string, problems []Problem, ok bool) {
	var rec record.Record
	l.b.reset(&rec)
	read := l.b.identity(cells, &rec)
	line, ok = l.b.line(l.b.m.lines, cells)
	return rec.UID, line, l.b.problems, ok && read
}
