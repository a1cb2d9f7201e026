package mapping_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

func TestExplain_tells_the_way_of_each_field(t *testing.T) {
	m := parse(t, "skip: [ЭтоГруппа]", "fields:",
		"  title: {column: Имя}",
		"  type: {column: Вид, values: {ЮрЛицо: client}, default: person}",
		"  phone: {columns: [Телефон, Мобильный]}",
		"  address: {columns: [Индекс, Город], join: ', '}",
		"  des: {expr: 'Имя + \" \" + Город'}",
		"  tip_cmr: {const: Клиент}",
		"  input1: {column: Сумма, type: decimal}",
		"  territory: {column: Город, max_length: {limit: 3, over: cut}}",
		"recv:",
		"  castInn: {column: ИНН, type: inn}",
		"  castKpp: {column: КПП, type: kpp}",
		"  castBank: {column: Банк}")
	s := newSheet(t, m, mapping.Zones{}, map[string]string{
		"Ссылка": "1", "ЭтоГруппа": "Да", "Имя": `ООО "Ромашка"`, "Вид": "юрлицо", "Телефон": "8 495 1234567", "Мобильный": "", "Индекс": "614000",
		"Город": "Пермь", "Сумма": "1 190,50", "ИНН": "7843316106/784301001", "Банк": "ВТБ",
	})
	want := []string{
		`title Имя «ООО "Ромашка"»: compared(Ромашка, ООО)`,
		"type Вид «юрлицо»: values(client)",
		"phone Телефон, Мобильный «8 495 1234567|»: type(8 495 1234567) compared(74951234567)",
		"address Индекс, Город «614000|Пермь»: join(614000, Пермь)",
		`des Имя, Город «ООО "Ромашка"|Пермь»: expr(ООО "Ромашка" Пермь) compared(ООО ”Ромашка” Пермь)`,
		"tip_cmr  «»: const(Клиент) compared(клиент)",
		"input1 Сумма «1 190,50»: type(1190.50) compared(1190.5)",
		"territory Город «Пермь»: max_length(Пер) compared(пер) territory: cut",
		"recv.castInn ИНН «7843316106/784301001»: type(7843316106)",
		"recv.castKpp КПП «»: inn(784301001)",
		"recv.castBank Банк «ВТБ»:",
	}
	var got []string
	for _, w := range s.b.Explain(s.cells) {
		line := fmt.Sprintf("%s %s «%s»:", w.Field, strings.Join(w.Columns, ", "), strings.Join(w.Cells, "|"))
		for _, st := range w.Steps {
			line += fmt.Sprintf(" %s(%s)", st.What, st.Value)
		}
		if len(w.Problems) > 0 {
			line += " " + said(mapping.Result{Problems: w.Problems})
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What is explained is what was done.
func TestExplain_ends_where_Map_ends(t *testing.T) {
	m, err := mapping.Load("../../mappings/1c-clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	header := m.Columns()
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	cell := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", null, "ЮрЛицо", "7707083893", "7843316106/784301001", "84951234567", "a@b.ru"}))
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(cell, 0, len(header)).Draw(t, "cells")
		if len(cells) > 0 {
			cells[0] = "9d5c422d-8c4c-11db-a9b0-00055d49b45e"
		}
		var rec record.Record
		res := b.Map(cells, &rec)
		if res.Kind != mapping.InScope && res.Kind != mapping.Unreadable {
			return
		}
		values, found := slices.Clone(rec.Values), slices.Clone(res.Problems)
		for i, w := range b.Explain(cells) {
			if w.Field != m.Schema().Field(i).Name || res.Kind == mapping.InScope && w.Result != values[i] {
				t.Fatalf("%s: %+v, Map gave %+v", w.Field, w.Result, values[i])
			}
			if n := len(w.Steps); w.Result.State == record.Filled && n > 0 && w.Steps[n-1].Value != w.Result.Canon {
				t.Fatalf("%s ends at %q, the value is %q", w.Field, w.Steps[n-1].Value, w.Result.Canon)
			}
			for _, p := range found {
				if p.Field == w.Field && !slices.Contains(w.Problems, p) {
					t.Fatalf("%s lacks %v", w.Field, p.Code)
				}
			}
		}
	})
}

func TestUnmapped_lists_what_nothing_reads(t *testing.T) {
	m := parse(t, "where: 'Регион != \"\"'", "fields:", "  title: {column: Наименование полное}")
	got := m.Unmapped([]string{"ссылка", "НаименованиеПолное", "Регион", "Изменён", "", "Код"})
	if diff := cmp.Diff([]string{"Изменён", "", "Код"}, got); diff != "" {
		t.Error(diff)
	}
}
