package mapping_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

func TestColumnsAreFoundByNameWhereverTheyStand(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: НаименованиеПолное}", "  address: {column: Ед. изм.}", "  des: {column: Счёт}")
	for _, header := range [][]string{
		{"Ссылка", "НаименованиеПолное", "Ед. изм.", "Счёт"},
		{"СЧЕТ", "Код", "ед.изм", "наименование полное", "ссылка"},
		{"", "Ед\u00a0изм", "Сче\u0308т", "НАИМЕНОВАНИЕ ПОЛНОЕ", "Ссылка ", ""},
	} {
		b, err := m.Bind(header, mapping.Zones{})
		if err != nil {
			t.Errorf("%q: %v", header, err)
			continue
		}
		var rec record.Record
		cells := slices.Clone(header)
		b.Map(cells, &rec)
		if rec.Values[0].Blank() || rec.Values[1].Blank() || rec.Values[2].Blank() || rec.Key == "" {
			t.Errorf("%q: %v", header, rec)
		}
	}
}

func TestEveryMissingColumnIsNamedWithItsLikes(t *testing.T) {
	m := parse(t, `where: 'Регион != ""'`, "fields:", "  title: {column: Наименование}", "  phone: {columns: [Телефон, Моб]}", "recv:", "  castInn: {column: ИНН, type: inn}")
	_, err := m.Bind([]string{"Ссылка", "Наименованее", "Телефон", "телефон", "Моб.", "Код"}, mapping.Zones{})
	var missing *mapping.MissingColumnsError
	if !errors.As(err, &missing) {
		t.Fatalf("%T %v", err, err)
	}
	want := []mapping.MissingColumn{
		{Column: "Регион", Field: "where"},
		{Column: "Наименование", Field: "fields.title", Nearest: []string{"Наименованее"}},
		{Column: "ИНН", Field: "recv.castInn"},
	}
	if diff := cmp.Diff(want, missing.Missing); diff != "" {
		t.Error(diff)
	}
}

func TestTwoColumnsOfOneNameAreToldApartBySpellingOnly(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}")
	_, err := m.Bind([]string{"Ссылка", "ИМЯ", "имя"}, mapping.Zones{})
	var missing *mapping.MissingColumnsError
	if !errors.As(err, &missing) || !missing.Missing[0].Ambiguous || !slices.Equal(missing.Missing[0].Nearest, []string{"ИМЯ", "имя"}) {
		t.Errorf("%v", err)
	}
	b, err := m.Bind([]string{"Ссылка", "ИМЯ", "Имя"}, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var rec record.Record
	if b.Map([]string{"1", "а", "б"}, &rec); rec.Values[0].Text != "б" {
		t.Error(rec.Values[0])
	}
}

func TestColumnsThatNothingMapsAreListed(t *testing.T) {
	m := parse(t, "fields:", "  title: {column: Имя}")
	b, err := m.Bind([]string{"Код", "Ссылка", "Имя", "ДатаИзменения"}, mapping.Zones{})
	if err != nil || !slices.Equal(b.Unmapped(), []string{"Код", "ДатаИзменения"}) {
		t.Error(b.Unmapped(), err)
	}
}
