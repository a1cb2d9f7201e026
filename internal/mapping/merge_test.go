package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

// One row per phone or mail, told apart by a column of its own: the lists that
// expressions make of the rows unite, of the rest the first that is not blank
// stays.
func TestRowsOfOneContactUnite(t *testing.T) {
	t.Parallel()
	m, err := mapping.Parse("m.yaml", []byte(`version: 1
entity: client
uid: {column: Клиент, encode: hash}
fields: {title: {column: Имя}}
contacts:
  of: {column: Клиент, encode: hash}
  id: {column: Лицо}
  rows: merge
  person: {column: Имя}
  ptitle: {column: Должность}
  tel:  {expr: 'Вид == "Телефон" ? Текст : ""', type: phones}
  mail: {expr: 'Вид == "Почта" ? Текст : ""', type: emails}
`))
	if err != nil {
		t.Fatal(err)
	}
	part := m.Part("contacts")
	header := []string{"Клиент", "Лицо", "Имя", "Должность", "Вид", "Текст"}
	b, err := part.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var all record.Record
	for i, row := range [][]string{
		{"К", "1", "Лад", "", "Телефон", "+7 901 000-50-01"},
		{"К", "1", "", "Кладовщик", "Почта", "lad@example.ru"},
		{"К", "1", "Лад Рощевич", "Сторож", "Телефон", "8 812 000-50-02"},
		{"К", "1", "Лад", "", "Телефон", "89010005001"},
	} {
		var rec record.Record
		if res := b.Map(row, &rec); res.Kind != mapping.InScope {
			t.Fatalf("row %d is %s", i, res.Kind)
		}
		if i == 0 {
			all = rec
			continue
		}
		part.Merge(&all, &rec)
	}
	got := map[string]string{}
	for i, v := range all.Values {
		got[part.Schema().Field(i).Name] = v.Text
	}
	delete(got, "client")
	want := map[string]string{"person": "Лад", "ptitle": "Кладовщик", "tel": "+7 901 000-50-01, 8 812 000-50-02", "mail": "lad@example.ru"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
