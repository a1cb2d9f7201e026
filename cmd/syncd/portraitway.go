package main

import (
	"strings"

	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// wayHeading names the row whose way through the mapping is shown.
func (in *installation) wayHeading(p *portrait) phrase {
	if p.row == nil {
		return phrase{}
	}
	at := rowPlace(p.row)
	if p.m != nil && p.m.Lines() != nil && p.m.Lines().Source == "" {
		return phrase{
			"from the export as it is now to the CRM: " + at + ", the first row of it; any others go the same way",
			"из нынешней выгрузки в CRM: " + at + ", первая строка записи; если есть другие, их путь такой же",
		}
	}
	return phrase{"from the export as it is now to the CRM: " + at, "из нынешней выгрузки в CRM: " + at}
}

// wayText is the way of every field of the row found now: its cells, the steps
// that changed the value, and what was found about it.
func (in *installation) wayText(p *portrait) string {
	if p.row == nil {
		return ""
	}
	if p.row.Why != "" {
		return "  " + oneLine(p.row.Why) + "\n"
	}
	t := in.app.table()
	t.indent = "  "
	var blank []string
	for i := range p.row.Fields {
		f := &p.row.Fields[i]
		if nothingIn(f) {
			blank = append(blank, strings.TrimSpace(f.Field+" "+wordsIn(f.Columns)))
			continue
		}
		in.fieldWay(t, f)
	}
	text := t.String()
	if len(blank) > 0 {
		text += wrapped("  "+in.app.say(phrase{"blank: ", "пусто: "}), blank)
	}
	return text
}

func wordsIn(columns []string) string {
	if len(columns) == 0 {
		return ""
	}
	return "(" + strings.Join(columns, ", ") + ")"
}

// nothingIn reports whether a field's cells are blank, and nothing came of them.
func nothingIn(f *mapping.FieldWay) bool {
	for _, c := range f.Cells {
		if strings.TrimSpace(c) != "" && c != source.Null {
			return false
		}
	}
	return f.Result.State != record.Filled && len(f.Problems) == 0
}

// fieldWay adds the rows of one field: a line a cell, a line a step.
func (in *installation) fieldWay(t *table, f *mapping.FieldWay) {
	name, last, shownCells := f.Field, "", 0
	line := func(what, value string) {
		t.row(name, what, value)
		name = ""
	}
	for i, column := range f.Columns {
		cell := f.Cells[i]
		if strings.TrimSpace(cell) == "" && len(f.Columns) > 1 {
			continue
		}
		switch cell {
		case source.Null:
			cell = "NULL"
		case "":
			cell = "«»"
		}
		line(column, cell)
		last = f.Cells[i]
		shownCells++
	}
	for _, s := range f.Steps {
		if s.Value == last && shownCells == 1 {
			continue // the type found nothing to change
		}
		line("→ "+in.stepName(s), s.Value)
		last = s.Value
	}
	for _, problem := range f.Problems {
		mark := "! "
		if problem.Warning {
			mark = "(!) "
		}
		line(mark+string(problem.Code), problem.Rule)
	}
	if len(f.Steps) > 0 && f.Result.Blank() && len(f.Problems) == 0 {
		line("→", "—")
	}
}

// stepName is a step as the mapping writes it, or what else it is.
func (in *installation) stepName(s mapping.Step) string {
	switch s.What {
	case mapping.StepCompared:
		return in.app.say(phrase{"compared as", "сравнивается как"})
	case mapping.StepExpr:
		return "expr: " + s.Rule
	case mapping.StepOtherField:
		return in.app.say(phrase{"from the cell of the ИНН", "из ячейки ИНН"})
	}
	if s.Rule != "" {
		return s.Rule
	}
	return s.What
}
