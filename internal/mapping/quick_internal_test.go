package mapping

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/record"
)

func TestTheShortWayOfACellComesToTheResultOfTheLongOne(t *testing.T) {
	m, err := Load("../../mappings/1c-clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	long := *m
	long.fields = append([]field{}, m.fields...)
	kindsOfFields := map[quickKind]bool{}
	for i := range long.fields {
		kindsOfFields[long.fields[i].quick] = true
		long.fields[i].quick = quickNone
	}
	if len(kindsOfFields) != 5 {
		t.Fatalf("the mapping has %d of the 5 kinds", len(kindsOfFields))
	}
	header := m.Columns()
	short, err := m.Bind(header, Zones{})
	if err != nil {
		t.Fatal(err)
	}
	slow, err := long.Bind(header, Zones{})
	if err != nil {
		t.Fatal(err)
	}
	cell := rapid.OneOf(tricky(), rapid.StringMatching(`[0-9]{8,12}`), rapid.StringMatching(`[A-Za-z'.&]{1,5}@[a-z]{1,5}\.?(ru|рф)?`),
		rapid.SampledFrom([]string{"", cellNull, "ЮрЛицо", "юрлицо", "ФизЛицо", "client", "7707083893", "7707083890", "0000000000", "044525411", "00032537", "40702810117130002977", "NULL", "-", "<>", "O@B.ru", "a@b.ru."}))
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(cell, len(header)-2, len(header)).Draw(t, "cells")
		cells[0] = "9d5c422d-8c4c-11db-a9b0-00055d49b45e"
		for i, h := range header {
			if i < len(cells) && (h == "ЭтоГруппа" || h == "ПометкаУдаления" || h == "ДатаСоздания") {
				cells[i] = ""
			}
		}
		var a, z record.Record
		ra, rz := short.Map(cells, &a), slow.Map(cells, &z)
		if diff := cmp.Diff(z, a) + cmp.Diff(rz, ra); diff != "" {
			t.Fatal(diff)
		}
	})
}
