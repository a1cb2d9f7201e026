package mapping_test

import (
	"slices"
	"testing"
)

func TestWhereAFieldComesFrom(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}", "  phone: {columns: [Тел, Моб]}", "  tip_cmr: {const: Клиент}", "  des: {expr: 'upper(Код)'}",
		"  type: {column: Вид, values: {Юр: client, Физ: person}, default: client}", "  scheme: {column: С, values: {А: б}, unmapped: pass}")
	for _, c := range []struct {
		field, from string
		words       []string
		all         bool
	}{
		{"title", "Имя", nil, false},
		{"phone", "Тел + Моб", nil, false},
		{"tip_cmr", "= Клиент", []string{"Клиент"}, true},
		{"des", "upper(Код)", nil, false},
		{"type", "Вид", []string{"client", "person"}, true},
		{"scheme", "С", []string{"б"}, false},
	} {
		i := m.Schema().Index(c.field)
		words, all := m.Words(i)
		if m.SourceOf(i) != c.from || !slices.Equal(words, c.words) || all != c.all {
			t.Errorf("%s: %q %q %v", c.field, m.SourceOf(i), words, all)
		}
	}
}
