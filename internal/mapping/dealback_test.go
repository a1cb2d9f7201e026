package mapping_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

func TestWhatChangesInADealGoesBackToItsCells(t *testing.T) {
	m := compiled(t, strings.NewReplacer(
		`{expr: '"Заказ " + row["Номер"]'}`, "{column: Номер}", "{column: ДатаОтгрузки}", "{column: ДатаОтгрузки, format: dd.MM.yyyy}",
		"direction: {const: Основное}", "direction: {column: Направление, values: {Опт: Основное, Розница: Розничное}}",
	).Replace(wholeDeal))
	for _, c := range []struct{ field, to, want string }{
		{"title", "Заказ 7", "Номер=Заказ 7"},
		{"title", "ЦБ-5", ""},
		{"kol", "1200.70", "СуммаДокумента=1200,70"},
		{"kol", "1190.50", ""},
		{"kol", "", "СуммаДокумента=NULL"},
		{"datum_plan", "2026-04-01", "ДатаОтгрузки=01.04.2026"},
		{"direction", "розничное", "Направление=Розница"},
		{"direction", "Тендер", "unmapped"},
		{"step", "80", "Состояние=КОтгрузке"},
		{"step", "100", "unmapped"},
		{"status_close", "Победа полная", "СтатусЗакрытия=Победа полная"},
		{"kol_fact", "1190.50", "СуммаОплаты=1190.50"},
		{"client", "77", "one-way"},
		{"lines", "А | Б | 1 | 2 | 20", "one-way"},
	} {
		rec, res := mapRow(t, m, order("Направление", "Опт"))
		if res.Kind != mapping.InScope {
			t.Fatal(said(res))
		}
		cells, err := m.Back(m.Schema().Index(c.field), rec.Get(m.Schema(), c.field), crm(m, c.field, c.to), mapping.Zones{})
		got := backOf(cells)
		var be *mapping.BackError
		if errors.As(err, &be) {
			got = string(be.Code)
		}
		if got != c.want {
			t.Errorf("%s to %q: %q %v, want %q", c.field, c.to, got, err, c.want)
		}
	}
}

func TestWhatGoesBackOfADeal(t *testing.T) {
	m := compiled(t, wholeDeal)
	var got []string
	for i := range m.Schema().Len() {
		f := m.Schema().Field(i)
		if why, oneWay := m.OneWay(i); oneWay != f.OneWay || (why != "") != oneWay {
			t.Errorf("%s: %q %v", f.Name, why, f.OneWay)
		}
		if !f.OneWay {
			got = append(got, f.Name)
		}
	}
	if diff := cmp.Diff([]string{"client", "payer", "datum_plan", "kol", "step", "status_close", "kol_fact"}, got); diff != "" {
		t.Error(diff)
	}
	want := []mapping.BackColumn{
		{Column: "Контрагент", Type: "text"},
		{Column: "Плательщик", Type: "text"},
		{Column: "ДатаОтгрузки", Type: "date"},
		{Column: "СуммаДокумента", Type: "text"},
		{Column: "Состояние", Type: "text"},
		{Column: "СтатусЗакрытия", Type: "text"},
		{Column: "СуммаОплаты", Type: "decimal"},
	}
	if diff := cmp.Diff(want, m.BackColumns()); diff != "" {
		t.Error(diff)
	}
	// nothing in the row could say afterwards that the deal is closed
	blind := compiled(t, strings.Replace(wholeDeal, `row["СтатусЗакрытия"] != ""`, `row["Закрыт"] == "да"`, 1))
	for _, name := range []string{"status_close", "kol_fact"} {
		if !blind.Schema().Field(blind.Schema().Index(name)).OneWay {
			t.Errorf("%s is written and never read", name)
		}
	}
	contacts := compiled(t, strings.Replace(clientWithContacts, "  rol:", "  mob: {column: Мобильный}\n  rol:", 1)).Part("contacts")
	for name, want := range map[string]bool{"mob": true, "tel": true, "rol": false, "client": false} {
		if got := contacts.Schema().Field(contacts.Schema().Index(name)).OneWay; got != want {
			t.Errorf("%s: one-way %v", name, got)
		}
	}
}

func TestAnInvoiceOfTheCRMBecomesARow(t *testing.T) {
	m := compiled(t, strings.Replace(wholeDeal, "  summa: {column: Сумма}\npayments", "  summa: {column: Сумма, format: \",\"}\npayments", 1)).Part("invoices")
	text := func(s string) crmapi.Text { return crmapi.Text{Set: true, S: s} }
	seen := m.FromFields(map[string]crmapi.Text{"deal": text("7"), "invoice": text("ЦБ-12"), "date": text("2026-03-01"), "summa": text("1000.50")}, nil)
	var got []string
	for i := range seen {
		cells, err := m.Back(i, record.Value{}, seen[i], mapping.Zones{})
		if err == nil {
			got = append(got, backOf(cells))
		}
	}
	if diff := cmp.Diff([]string{"Номер=ЦБ-12", "Дата=2026-03-01", "Сумма=1000,50"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestADealIsExplained(t *testing.T) {
	m := compiled(t, wholeDeal)
	header := m.Columns()
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	explain := func(row map[string]string) map[string]string {
		cells := make([]string, len(header))
		for i, h := range header {
			cells[i] = row[h]
		}
		out := map[string]string{}
		for _, w := range b.Explain(cells) {
			line := strings.Join(w.Columns, "+") + " = " + w.Result.Text
			for _, s := range w.Steps {
				line += fmt.Sprintf(" %s(%s)", s.What, s.Rule)
			}
			if len(w.Problems) > 0 {
				line += " " + codes(w.Problems)
			}
			out[w.Field] = line
		}
		return out
	}
	got := explain(order("Плательщик", ""))
	for field, want := range map[string]string{
		"payer": "Плательщик = ", "step": "Состояние = 40 values(values) type(type: int)", "kol_fact": "СуммаОплаты = ",
		"lines": `Артикул+Номенклатура+Количество+Цена+Ставка = А-1 | Труба "50" | 2 | 595.25 | 20`,
	} {
		if got[field] != want {
			t.Errorf("%s: %q, want %q", field, got[field], want)
		}
	}
	if !strings.HasSuffix(got["client"], " type(encode: guid)") {
		t.Error(got["client"])
	}
	if got := explain(order("Цена", ""))["lines"]; !strings.HasSuffix(got, " !lines.price: required") {
		t.Error(got)
	}
	if got := m.SourceOf(m.Schema().Index("lines")); got != "Артикул + Номенклатура + Количество + Цена + Ставка" {
		t.Error(got)
	}
}
