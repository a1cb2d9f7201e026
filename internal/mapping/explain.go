package mapping

import (
	"slices"
	"strings"

	"syncd/internal/record"
)

// The steps of a field's way. They are stable words: callers say them in the
// user's language.
const (
	StepConst      = "const"      // the value is a constant
	StepExpr       = "expr"       // what the expression gave
	StepJoin       = "join"       // the columns in one text
	StepValues     = "values"     // the word translated
	StepDefault    = "default"    // the cell was blank
	StepType       = "type"       // as the field's type has it, and as it is sent
	StepCut        = "max_length" // too long, cut
	StepOtherField = "inn"        // a КПП that stood behind the slash of the ИНН
	StepCompared   = "compared"   // the form in which values are compared
)

// Step is one step of a value through the mapping.
type Step struct {
	What  string // one of the Step words
	Rule  string // the mapping's rule: "type: phones", the text of the expression
	Value string // after the step: personal data
}

// FieldWay is the way of one field of a row through the mapping.
type FieldWay struct {
	Field    string   // schema name
	Columns  []string // what it reads, as the mapping spells them; of an expression, the columns in it
	Cells    []string // their raw cells: personal data; source.Null for NULL
	Steps    []Step   // those that changed the value, in order
	Result   record.Value
	Problems []Problem // what was found about the field
}

// Explain follows every field of one row through the mapping, in schema order,
// whether the row is in scope or not. It is slow: for showing one record.
func (b *Binding) Explain(cells []string) []FieldWay {
	var rec record.Record
	b.reset(&rec)
	b.values(cells, &rec)
	if b.m.ownLines() {
		line, _ := b.line(b.m.lines, cells)
		rec.Values[b.m.roles.lines] = b.m.JoinLines([]string{line})
	}
	problems := slices.Clone(b.problems)
	out := make([]FieldWay, len(b.m.fields))
	for i := range b.m.fields {
		f := &b.m.fields[i]
		way := FieldWay{Field: f.name, Result: rec.Values[i]}
		for _, s := range b.m.reads(f) {
			way.Columns = append(way.Columns, b.m.slots[s].column)
			cell := ""
			if j := b.index[s]; j < len(cells) {
				cell = cells[j]
			}
			way.Cells = append(way.Cells, cell)
		}
		for _, p := range problems {
			if p.Field == f.name || f.role == roleLines && strings.HasPrefix(p.Field, FieldLines+".") {
				way.Problems = append(way.Problems, p)
			}
		}
		way.Steps = b.steps(f, cells, &way)
		out[i] = way
	}
	return out
}

// reads are the slots that a field reads, each once.
func (m *Mapping) reads(f *field) []int {
	all := f.slots
	switch {
	case f.prog != nil:
		all = f.prog.slots
	case f.role == roleLines && m.ownLines():
		all = m.lines.cells
	}
	var out []int
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// steps are taken anew, one by one; the last is always what Map came to.
func (b *Binding) steps(f *field, cells []string, way *FieldWay) []Step {
	var out []Step
	text := ""
	if f.role == roleLines {
		return nil // what the line came to stands in the result
	}
	if len(way.Cells) > 0 && f.prog == nil {
		text = trimBlank(way.Cells[0])
	}
	step := func(what, rule, value string) {
		out = append(out, Step{what, rule, value})
		text = value
	}
	listed := isList(f.typ) && len(f.slots) > 1 // its columns are read one by one
	switch {
	case f.hasConst:
		step(StepConst, "const", f.constant)
	case f.prog != nil:
		given, _, _ := b.fetch(f, cells)
		step(StepExpr, f.expr, trimBlank(given))
	case len(f.slots) > 1 && !listed:
		given, _ := b.joined(f, cells)
		step(StepJoin, "join", given)
	}
	if f.table != nil && text != "" && !listed {
		if to, code := f.translate(text); code == "" {
			step(StepValues, "values", to)
		}
	}
	if !listed && f.fallback != "" && b.blank(f, text) {
		step(StepDefault, "default", f.fallback)
	}
	if way.Result.State != record.Filled {
		return out
	}
	sent := sentList(f.typ, way.Result.Text)
	switch {
	case f.typ == TypeKPP && text == "":
		step(StepOtherField, "type: "+string(TypeINN), sent)
	case slices.ContainsFunc(way.Problems, func(p Problem) bool { return p.Code == CodeCut }):
		step(StepCut, f.maxRule, sent)
	case sent != text || f.typ != TypeText:
		step(StepType, f.typeRule, sent)
	}
	if way.Result.Canon != sent {
		step(StepCompared, "", way.Result.Canon)
	}
	return out
}

// Unmapped lists the columns of a header that nothing in the mapping reads, in
// their order.
func (m *Mapping) Unmapped(header []string) []string {
	var out []string
	for _, h := range header {
		fold := foldColumn(h)
		if !slices.ContainsFunc(m.slots, func(s slot) bool { return foldColumn(s.column) == fold }) {
			out = append(out, h)
		}
	}
	return out
}
