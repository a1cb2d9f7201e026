package crmapi_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// The contacts of a deal outlive an update of something else, where the card shows
// them. With another client they go.
func TestUpdateKeepsTheContactsOfADeal(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			ctx := t.Context()
			must(t, m.em.SeedPerson(emulator.Person{PID: 3, CLID: 1, Name: "Иванов"}, emulator.Person{PID: 4, CLID: 1, Name: "Петров"}))
			must(t, m.em.Edit(1, "pid", "3"))
			must(t, m.em.SeedDeal(emulator.Deal{DID: 1, CLID: 1, Title: "Т", Contacts: []int64{4, 3}}))
			update := func(in crmapi.DealInput) []int64 {
				was, err := m.d.ByDID(ctx, 1)
				must(t, err)
				must(t, m.d.Update(ctx, was, in))
				d, _ := m.em.Deal(1)
				return d.Contacts
			}
			if got := update(crmapi.DealInput{Fields: []crmapi.FieldInput{field("datum_plan", "2027-01-01")}}); !slices.Equal(got, []int64{4, 3}) {
				t.Errorf("contacts %v after another date", got)
			}
			if got := update(crmapi.DealInput{CLID: 2}); len(got) != 0 && !o.AsDocumented {
				t.Errorf("contacts %v of another client", got)
			}
		})
	}
}

// What the server would spoil of a specification, or would die of once the deal is
// there, goes as what people see is the same.
func TestTheLinesOfANewDealArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			lines := []crmapi.DealLine{
				{Article: `1/2' \`, Title: `Труба 1/2'`, Quantity: "2.125", Price: "2.665", PriceIn: "2.675", VAT: "16.665"},
				{Title: `Уголок 1/2'`, Quantity: "-0.015", Price: "33.335", PriceIn: "1000000.005"},
			}
			sent := slices.Clone(lines)
			did, err := m.d.Add(t.Context(), crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{field("title", "Заказ"), field("kol", "1.005")}, Lines: sent})
			must(t, err)
			if !slices.Equal(sent, lines) {
				t.Errorf("the caller's lines became %+v", sent)
			}
			got, _ := m.em.Deal(did)
			for i := range got.Lines {
				got.Lines[i].ID = 0
			}
			want := []emulator.Line{
				{Article: "1/2’ ", Title: "Труба 1/2’", Quantity: "2.13", Factor: 1, Price: "2.67", PriceIn: "2.68", VAT: "16.67"},
				{Title: "Уголок 1/2’", Quantity: "-0.02", Factor: 1, Price: "33.34", PriceIn: "1000000.01", VAT: "0.00"},
			}
			if diff := cmp.Diff(want, got.Lines); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Sums are kept with two places, halves away from zero, whatever the server makes of
// a half.
func TestSumsOfADealAreRoundedBeforeTheyAreSent(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			ctx := t.Context()
			did, err := m.d.Add(ctx, crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{field("title", "Заказ"), field("kol", "2.125"), field("marga", "-1.005")}})
			must(t, err)
			check := func(sum, margin, fact string) {
				t.Helper()
				if d, _ := m.em.Deal(did); d.Sum != sum || d.Margin != margin || d.SumFact != fact {
					t.Errorf("%s, %s, %s; want %s, %s, %s", d.Sum, d.Margin, d.SumFact, sum, margin, fact)
				}
			}
			check("2.13", "-1.01", "0.00")
			was, err := m.d.ByDID(ctx, did)
			must(t, err)
			must(t, m.d.Update(ctx, was, crmapi.DealInput{Fields: []crmapi.FieldInput{field("kol", "10.005"), field("marga", "4.125")}}))
			check("10.01", "4.13", "0.00")
			must(t, m.d.Close(ctx, did, crmapi.CloseInput{Status: "Победа полная", Fact: "8.125", Margin: "2.665"}))
			check("10.01", "2.67", "8.13")
		})
	}
}
