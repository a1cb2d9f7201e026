package mapping

import (
	"fmt"
	"slices"
	"strings"

	"syncd/internal/record"
)

// mappingOf is what a test tests: the file, or a part of it.
func (s *suite) mappingOf(t *suiteTest) *Mapping {
	if t.part == nil {
		return s.mapping
	}
	return s.mapping.Part(t.part.value)
}

// checkRows holds the rows to the columns that the mapping reads: a misspelt
// column would leave its field blank, and the test would prove something else.
func (s *suite) checkRows(r *nodes) {
	for i := range s.tests {
		t := &s.tests[i]
		path := fmt.Sprintf("tests[%d]", i)
		m := s.mappingOf(t)
		if m == nil {
			r.errorAt(place{t.part.line, t.part.column, path + ".part"}, "the mapping has no part %q%s", t.part.value, suggestion(t.part.value, s.mapping.Parts()))
			continue
		}
		if len(t.rows) > 1 && !m.ownLines() && !m.MergeRows() {
			r.errorAt(place{t.line, t.column, path + ".rows"}, "every row of this mapping is a record: one row a test")
		}
		for _, row := range t.rows {
			checkColumns(r, path+".row", row, m.Columns())
		}
		for _, row := range t.lineRows {
			if m.LineColumns() == nil {
				r.errorAt(place{t.line, t.column, path + ".lines"}, "the mapping has no lines of another source")
				break
			}
			checkColumns(r, path+".lines", row, m.LineColumns())
		}
	}
}

func checkColumns(r *nodes, path string, row []expected, columns []string) {
	reads := make(map[string]bool, len(columns))
	for _, c := range columns {
		reads[foldColumn(c)] = true
	}
	for _, cell := range row {
		if reads[foldColumn(cell.key)] {
			continue
		}
		text := "the mapping reads no such column"
		if near := nearest(cell.key, columns, 3); len(near) > 0 {
			text += "; it reads " + strings.Join(quoteAll(near), ", ")
		}
		r.errorAt(place{cell.line, cell.column, path + "." + cell.key}, "%s", text)
	}
}

// gather maps the rows of a test and makes one record of them, as a run does. The
// error says why they are none.
func (s *suite) gather(m *Mapping, t *suiteTest) (record.Record, Result, error) {
	header := m.Columns()
	b, err := m.Bind(header, s.zones)
	if err != nil {
		return record.Record{}, Result{}, err
	}
	rows := t.rows
	if len(rows) == 0 {
		rows = [][]expected{nil}
	}
	var all record.Record
	var whole Result
	var lines []string
	for i, row := range rows {
		var rec record.Record
		res := b.Map(cellsOf(row, header), &rec)
		whole.Problems = append(whole.Problems, res.Problems...)
		lines = append(lines, res.Line)
		switch {
		case i == 0:
			all, whole.Kind, whole.Rule = rec, res.Kind, res.Rule
		case res.Kind != InScope:
			whole.Kind, whole.Rule = res.Kind, res.Rule
		case all.UID != rec.UID:
			return all, whole, fmt.Errorf("the rows are of two records, %q and %q", all.Key, rec.Key)
		default:
			if p, differs := m.joinRow(&all, &rec); differs {
				whole.Kind, whole.Problems = Unreadable, append(whole.Problems, p)
			}
		}
		if whole.Kind != InScope {
			return all, whole, nil
		}
	}
	if m.lines != nil && !m.ownLines() {
		var ok bool
		if lines, ok, err = s.otherLines(m, t, all.UID, &whole); err != nil {
			return all, whole, err
		} else if !ok {
			whole.Kind = Unreadable
			return all, whole, nil
		}
	}
	if m.lines != nil {
		all.Values[m.roles.lines] = m.JoinLines(lines)
	}
	whole.Problems = append(whole.Problems, m.CheckRecord(&all)...)
	if whole.Fatal() != nil {
		whole.Kind = Unreadable
	}
	return all, whole, nil
}

// joinRow adds a row to the record that it belongs to.
func (m *Mapping) joinRow(all, row *record.Record) (p Problem, differs bool) {
	if m.MergeRows() {
		m.Merge(all, row)
		return Problem{}, false
	}
	for i := range row.Values {
		if f := &m.fields[i]; !all.Values[i].Same(row.Values[i]) {
			return Problem{Code: CodeHeadDiffers, Field: f.name, Column: m.SourceOf(i)}, true
		}
	}
	return Problem{}, false
}

func (s *suite) otherLines(m *Mapping, t *suiteTest, uid string, whole *Result) (lines []string, ok bool, err error) {
	header := m.LineColumns()
	b, err := m.BindLines(header, s.zones)
	if err != nil {
		return nil, false, err
	}
	ok = true
	for _, row := range t.lineRows {
		of, line, problems, fine := b.Line(cellsOf(row, header))
		whole.Problems = append(whole.Problems, problems...)
		if fine && of != uid {
			return nil, false, fmt.Errorf("a line is of another record than the row")
		}
		lines, ok = append(lines, line), ok && fine
	}
	return lines, ok, nil
}

// sentDeal lists what goes to the CRM of a record that is no client: a reference as
// what the record that it means is known by, lines as a list of their texts.
func (s *suite) sentDeal(m *Mapping, rec record.Record, purpose Purpose) ([]expected, error) {
	var out []expected
	if purpose == Add && m.spec.entity == EntityDeal {
		out = append(out, expected{key: "uid", value: fmt.Sprintf("%q", rec.UID)})
	}
	for i := range m.fields {
		f, v, p := &m.fields[i], rec.Values[i], m.schema.Field(i)
		switch {
		case v.State == record.Absent, v.Blank() && (purpose == Add || f.role == roleClose || f.neverCleared() || f.isTitle()),
			purpose == Update && (p.AddOnly || p.Fixed):
			continue
		case f.isOwner() && !slices.Contains(s.users, v.Text):
			return nil, s.noUser(v.Text)
		case f.typ == TypePhones && !v.Blank():
			out = append(out, expected{key: f.name, value: fmt.Sprintf("%q", wireList(f.typ, v.Text))})
		case f.role == roleLines:
			rows := strings.FieldsFunc(v.Text, func(r rune) bool { return r == '\n' })
			out = append(out, expected{key: f.name, value: fmt.Sprintf("%q", rows)})
		default:
			out = append(out, expected{key: f.name, value: fmt.Sprintf("%q", sentList(f.typ, v.Text))})
		}
	}
	return out, nil
}
