package mapping_test

import (
	"strings"
	"testing"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

// head is a mapping up to its fields.
const head = "version: 1\nentity: client\nuid: {column: Ссылка, encode: hash}\n"

// parse compiles a mapping of head and the given lines.
func parse(t testing.TB, lines ...string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse("m.yaml", []byte(head+strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// withField compiles a mapping of a title and one more field.
func withField(t testing.TB, name, body string) *mapping.Mapping {
	t.Helper()
	section, key, ok := strings.Cut(name, ".")
	if !ok {
		return parse(t, "fields:", "  title: {column: Имя}", "  "+name+": "+body)
	}
	return parse(t, "fields:", "  title: {column: Имя}", section+":", "  "+key+": "+body)
}

// mapRow maps one row given by column names.
func mapRow(t testing.TB, m *mapping.Mapping, row map[string]string) (record.Record, mapping.Result) {
	t.Helper()
	header := m.Columns()
	cells := make([]string, len(header))
	for i, h := range header {
		cells[i] = row[h]
	}
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var rec record.Record
	return rec, b.Map(cells, &rec)
}

// one maps a row whose column X holds the cell, and returns the field made of it.
func one(t testing.TB, m *mapping.Mapping, name, cell string) (record.Value, mapping.Result) {
	t.Helper()
	header := m.Columns()
	cells := make([]string, len(header))
	for i, h := range header {
		switch h {
		case "Ссылка", "Имя":
			cells[i] = "Ромашка"
		case "X":
			cells[i] = cell
		}
	}
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var rec record.Record
	res := b.Map(cells, &rec)
	return rec.Get(m.Schema(), name), res
}

// said lists a result's problems as "field: code", with "!" for those that stop
// the row and "-" for values withheld.
func said(res mapping.Result) string {
	var out []string
	for _, p := range res.Problems {
		s := p.Field + ": " + string(p.Code)
		if !p.Warning {
			s = "!" + s
		}
		if p.Withheld {
			s = "-" + s
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}
