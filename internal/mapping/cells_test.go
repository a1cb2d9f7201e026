package mapping_test

import (
	"testing"

	"pgregory.net/rapid"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

const cellsMapping = `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
skip: [Группа]
where: 'Регион != "Тест"'
fields:
  title: {column: Имя, required: true}
  address: {expr: 'row["Город"] + ", " + Улица'}
recv:
  castInn: {column: ИНН, type: inn}
`

// A row is not mapped when the fingerprint of its cells is known: so equal
// fingerprints must mean equal records, and a cell that the mapping reads,
// wherever the header has it, must make them differ.
func TestFingerprint_is_of_what_the_mapping_reads(t *testing.T) {
	m, err := mapping.Parse("cells.yaml", []byte(cellsMapping))
	if err != nil {
		t.Fatal(err)
	}
	header := []string{"Ключ", "Имя", "Изменён", "Группа", "Регион", "Город", "Улица", "ИНН"}
	reads := map[string]bool{"Ключ": true, "Имя": true, "Группа": true, "Регион": true, "Город": true, "Улица": true, "ИНН": true}
	moved := []string{"ИНН", "Улица", "Город", "Регион", "Группа", "Имя", "Ключ", "Примечание"}
	bind := func(header []string) *mapping.Binding {
		b, err := m.Bind(header, mapping.Zones{})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b, other := bind(header), bind(moved)
	rapid.Check(t, func(t *rapid.T) {
		row := map[string]string{}
		for _, h := range header {
			row[h] = rapid.SampledFrom([]string{"", "А", "Б", "АБ", "Тест", "Нет", "7707083893"}).Draw(t, h)
		}
		in := func(header []string, row map[string]string) []string {
			cells := make([]string, len(header))
			for i, h := range header {
				cells[i] = row[h]
			}
			return cells
		}
		first, _ := b.Fingerprint(in(header, row), nil)
		if again, _ := other.Fingerprint(in(moved, row), nil); again != first {
			t.Fatal("another order of the columns gave another fingerprint")
		}
		var was, now record.Record
		kind := b.Map(in(header, row), &was).Kind
		column := rapid.SampledFrom(header).Draw(t, "column")
		row[column] += "!"
		changed, _ := b.Fingerprint(in(header, row), nil)
		if reads[column] == (changed == first) {
			t.Fatalf("column %s, read by the mapping: %v; fingerprints equal: %v", column, reads[column], changed == first)
		}
		if changed != first {
			return
		}
		if k := b.Map(in(header, row), &now).Kind; k != kind || was.UID != now.UID {
			t.Fatalf("one fingerprint, two records: %v %q, %v %q", kind, was.UID, k, now.UID)
		}
		x, _ := was.Fingerprint(nil)
		if y, _ := now.Fingerprint(nil); x != y {
			t.Fatal("one fingerprint of cells, two of the record")
		}
	})
}

// Neighbouring cells must not run into each other, and a cell that the row
// lacks is not an empty one.
func TestFingerprint_tells_cells_apart(t *testing.T) {
	m, err := mapping.Parse("cells.yaml", []byte(cellsMapping))
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.Bind(m.Columns(), mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[record.Fingerprint]int{}
	for i, cells := range [][]string{{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"abc"}, {"", "abc"}, {}} {
		f, _ := b.Fingerprint(cells, nil)
		if j, ok := seen[f]; ok {
			t.Errorf("rows %d and %d have one fingerprint", j, i)
		}
		seen[f] = i
	}
}
