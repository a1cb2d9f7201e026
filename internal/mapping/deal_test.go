package mapping_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

const dealHead = `version: 1
entity: deal
uid: {column: Заказ, encode: guid}
client: {column: Контрагент, encode: guid, job: clients}
`

const wholeDeal = dealHead + `payer: {column: Плательщик, encode: hash, job: clients}
fields:
  title: {expr: '"Заказ " + row["Номер"]'}
  datum_plan: {column: ДатаОтгрузки}
  kol: {column: СуммаДокумента, format: ","}
  direction: {const: Основное}
step: {column: Состояние, values: {Согласован: 40, КОтгрузке: 80}, unmapped: empty}
close: {when: 'row["СтатусЗакрытия"] != ""', status_close: {column: СтатусЗакрытия}, kol_fact: {column: СуммаОплаты}}
lines: {artikul: {column: Артикул}, title: {column: Номенклатура}, kol: {column: Количество}, price: {column: Цена}, nds: {column: Ставка, values: {НДС20: 20, Без НДС: ""}}}
invoices:
  source: invoices
  of: {column: ЗаказСсылка}
  id: {column: Ссылка}
  invoice: {column: Номер}
  date: {column: Дата}
  summa: {column: Сумма}
payments:
  source: payments
  of_invoice: {column: Счет}
  id: {column: Ссылка}
  where: 'yes(Проведен)'
  date_do: {column: Дата}
  summa: {column: Сумма}
`

const (
	orderGUID  = "9d5c422d-8c4c-11db-a9b0-00055d49b45e"
	orderUID   = "tvoeelmmjqi5xknqaacv2snuly"
	clientGUID = "0a1b2c3d-0000-11db-a9b0-00055d49b45e"
)

func compiled(t testing.TB, yaml string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse("m.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// order is a row of wholeDeal; pairs are columns and cells that differ from the usual.
func order(pairs ...string) map[string]string {
	row := map[string]string{
		"Заказ": orderGUID, "Контрагент": clientGUID, "Плательщик": "П-1", "Номер": "ЦБ-5", "ДатаОтгрузки": "12.03.2026 0:00:00",
		"СуммаДокумента": "1 190,50", "Состояние": "Согласован", "Артикул": "А-1", "Номенклатура": `Труба "50"`, "Количество": "2", "Цена": "595,25",
		"Ставка": "НДС20",
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		row[pairs[i]] = pairs[i+1]
	}
	return row
}

// texts lists the values of a record that were delivered, as "name=text".
func texts(m *mapping.Mapping, rec record.Record) []string {
	var out []string
	for i, v := range rec.Values {
		if v.State != record.Absent {
			out = append(out, m.Schema().Field(i).Name+"="+v.Text)
		}
	}
	return out
}

func TestAnOrderBecomesADeal(t *testing.T) {
	m := compiled(t, wholeDeal)
	rec, res := mapRow(t, m, order())
	if res.Kind != mapping.InScope || rec.UID != orderUID || rec.Key != orderGUID {
		t.Fatal(res.Kind, said(res), rec.UID)
	}
	clientUID, err := mapping.EncodeUID(clientGUID, mapping.IdentitySpec{Encode: mapping.EncodeGUID})
	if err != nil {
		t.Fatal(err)
	}
	payerUID, err := mapping.EncodeUID("П-1", mapping.IdentitySpec{Encode: mapping.EncodeHash})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"client=" + clientUID, "payer=" + payerUID, "title=Заказ ЦБ-5", "datum_plan=2026-03-12", "kol=1190.50", "direction=Основное", "step=40",
		"status_close=", "kol_fact=",
	}
	if diff := cmp.Diff(want, texts(m, rec)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]mapping.RefValue{{Field: 0, Key: clientGUID}, {Field: 1, Key: "П-1"}}, res.Refs); diff != "" {
		t.Error(diff)
	}
	if res.Line != `А-1 | Труба "50" | 2 | 595.25 | 20` {
		t.Errorf("line %q", res.Line)
	}
	refs := m.References()
	if len(refs) != 2 || refs[0].Name != "client" || refs[0].Job != "clients" || refs[0].Column != "Контрагент" || refs[1].Encode.Encode != mapping.EncodeHash {
		t.Errorf("%+v", refs)
	}
}

func TestAClosedOrderClosesTheDeal(t *testing.T) {
	m := compiled(t, wholeDeal)
	rec, res := mapRow(t, m, order("СтатусЗакрытия", "Победа полная", "СуммаОплаты", "1190,5"))
	if got := rec.Get(m.Schema(), "status_close").Text + " " + rec.Get(m.Schema(), "kol_fact").Canon; got != "Победа полная 1190.5" {
		t.Error(got, said(res))
	}
	open, _ := mapRow(t, m, order("СуммаОплаты", "1190,5"))
	if v := open.Get(m.Schema(), "kol_fact"); v.State != record.Null {
		t.Errorf("an open deal has the sum %+v of its closing", v)
	}
}

func TestThePartsOfADealAreMappingsOfTheirOwn(t *testing.T) {
	m := compiled(t, wholeDeal)
	if !slices.Equal(m.Parts(), []string{"invoices", "payments"}) || m.Part("contacts") != nil {
		t.Fatal(m.Parts())
	}
	inv, pay := m.Part(mapping.PartInvoices), m.Part(mapping.PartPayments)
	if inv.Entity() != "invoice" || pay.Entity() != "payment" || inv.SourceName() != "invoices" || inv.Name() != m.Name() {
		t.Error(inv.Entity(), pay.Entity(), inv.SourceName())
	}
	if diff := cmp.Diff([]string{"Ссылка", "ЗаказСсылка", "Номер", "Дата", "Сумма"}, inv.Columns()); diff != "" {
		t.Error(diff)
	}
	rec, res := mapRow(t, inv, map[string]string{"Ссылка": "s1", "ЗаказСсылка": orderGUID, "Номер": "ЦБ-00 12", "Дата": "1.3.2026", "Сумма": "10,00"})
	if diff := cmp.Diff([]string{"deal=" + orderUID, "invoice=ЦБ-00 12", "date=2026-03-01", "summa=10.00"}, texts(inv, rec)); diff != "" || len(res.Refs) != 1 {
		t.Error(diff, said(res))
	}
	rec, res = mapRow(t, pay, map[string]string{"Ссылка": "p1", "Счет": "ЦБ-0012", "Дата": "1.3.2026", "Сумма": "4", "Проведен": "Да"})
	if diff := cmp.Diff([]string{"invoice=ЦБ-0012", "date_do=2026-03-01", "summa=4"}, texts(pay, rec)); diff != "" || res.Kind != mapping.InScope {
		t.Error(diff, said(res))
	}
	if r := pay.References(); len(r) != 1 || r[0].By != mapping.RefNumber || r[0].Job != "" {
		t.Errorf("%+v", r)
	}
	want := []record.Field{{Name: "deal", Fixed: true}, {Name: "invoice", Fixed: true}, {Name: "date", AddOnly: true}, {Name: "summa", Fixed: true}}
	for i, w := range want {
		if got := inv.Schema().Field(i); got != w {
			t.Errorf("%+v, want %+v", got, w)
		}
	}
}

func TestLinesGoThereAndBack(t *testing.T) {
	m := compiled(t, wholeDeal)
	_, one := mapRow(t, m, order())
	_, two := mapRow(t, m, order("Артикул", "", "Номенклатура", "Кран | шаровой", "Количество", "1,5", "Цена", "10,004", "Ставка", "Без НДС"))
	v := m.JoinLines([]string{one.Line, two.Line})
	parsed, err := m.ParseLines(v.Text)
	want := []crmapi.DealLine{
		{Article: "А-1", Title: `Труба "50"`, Quantity: "2", Price: "595.25", VAT: "20"},
		{Title: "Кран ¦ шаровой", Quantity: "1.5", Price: "10.004"},
	}
	if diff := cmp.Diff(want, parsed); diff != "" || err != nil {
		t.Fatal(diff, err)
	}
	crm := m.LinesOf([]crmapi.DealLine{
		{Title: "Кран ¦ шаровой", Unit: "шт", Quantity: "1.50", Price: "10.00", PriceIn: "3.00", VAT: "0.00", Factor: "1"},
		{Article: "А-1", Title: "Труба 50", Quantity: "2.00", Price: "595.25", VAT: "20.00"},
	})
	if !v.Same(crm) {
		t.Errorf("%q\n%q", v.Canon, crm.Canon)
	}
	if other := m.LinesOf([]crmapi.DealLine{{Title: "Кран", Quantity: "1", Price: "10"}}); v.Same(other) {
		t.Error("another specification is the same")
	}
	if m.JoinLines(nil).State != record.Empty {
		t.Error("no lines are not blank")
	}
}

func TestLinesOfASecondSource(t *testing.T) {
	m := compiled(t, dealHead+`fields: {title: {column: Номер}}
lines: {source: order-lines, of: {column: Док}, title: {column: Товар}, kol: {column: Кол}, price: {column: Цена}}
`)
	if l := m.Lines(); l == nil || l.Source != "order-lines" || l.Of.Encode != mapping.EncodeGUID || slices.Contains(m.Columns(), "Товар") {
		t.Fatalf("%+v %q", l, m.Columns())
	}
	b, err := m.BindLines([]string{"Товар", "Цена", "Кол", "Док"}, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	of, line, problems, ok := b.Line([]string{"Труба", "5,5", "2", orderGUID})
	if !ok || of != orderUID || line != "Труба | 2 | 5.5" {
		t.Error(of, line, problems)
	}
	of, _, problems, ok = b.Line([]string{"Труба", "", "2", orderGUID})
	if ok || of != orderUID || len(problems) != 1 || problems[0].Field != "lines.price" || problems[0].Column != "Цена" || problems[0].Code != mapping.CodeRequired {
		t.Error(of, ok, problems)
	}
	if _, err := m.BindLines([]string{"Товар"}, mapping.Zones{}); err == nil || !strings.Contains(err.Error(), "lines.price") {
		t.Error(err)
	}
}

func TestPoliciesOfFieldsThatOnlyDealsHave(t *testing.T) {
	deal := compiled(t, strings.Replace(wholeDeal, "lines: {", "lines: {when: add, ", 1))
	contacts := compiled(t, clientWithContacts).Part(mapping.PartContacts)
	for _, c := range []struct {
		m    *mapping.Mapping
		want record.Field
	}{
		{deal, record.Field{Name: "lines", AddOnly: true, OneWay: true}},
		{deal, record.Field{Name: "client"}},
		{deal, record.Field{Name: "step"}},
		{deal, record.Field{Name: "status_close", Later: true, Clear: true}},
		{contacts, record.Field{Name: "client", Fixed: true}},
		{contacts, record.Field{Name: "rol"}},
		{deal.Part("payments"), record.Field{Name: "invoice", Fixed: true}},
		{deal.Part("payments"), record.Field{Name: "summa", Fixed: true}},
		{deal.Part("payments"), record.Field{Name: "date_do", AddOnly: true}},
	} {
		if got := c.m.Schema().Field(c.m.Schema().Index(c.want.Name)); got != c.want {
			t.Errorf("%+v, want %+v", got, c.want)
		}
	}
}

func TestNothingIsLeftOfTheRowBefore(t *testing.T) {
	m := compiled(t, wholeDeal)
	header := m.Columns()
	b, err := m.Bind(header, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	var rec record.Record
	for i, row := range []map[string]string{
		order("СтатусЗакрытия", "Победа", "СуммаОплаты", "5"),
		order("Плательщик", "", "СуммаОплаты", "5", "Артикул", "", "Номенклатура", "", "Количество", "", "Цена", "", "Ставка", ""),
	} {
		cells := make([]string, len(header))
		for j, h := range header {
			cells[j] = row[h]
		}
		res := b.Map(cells, &rec)
		closed := !rec.Get(m.Schema(), "kol_fact").Blank()
		if first := i == 0; len(res.Refs) != 2-i || closed != first || (res.Line != "") != first {
			t.Errorf("row %d: %v %v %q", i, res.Refs, closed, res.Line)
		}
	}
}
