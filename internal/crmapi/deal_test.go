package crmapi_test

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// dealCRM is an emulated CRM with clients 1 and 2 and a client of its API.
type dealCRM struct {
	em *emulator.Server
	c  *crmapi.Client
	d  *crmapi.Deals
	p  *crmapi.Persons
}

func newDealCRM(t testing.TB, o emulator.Options) dealCRM {
	t.Helper()
	o.AllFields = true
	if o.DealFormat == "" {
		o.DealFormat = "-"
	}
	o.Clock = func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }
	em := emulator.New(o)
	s := httptest.NewServer(em)
	c, err := crmapi.New(crmapi.Config{
		BaseURL: s.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(em.Key()), Rate: -1, Attempts: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); em.Close(); s.Close() })
	must(t, em.Seed(emulator.Client{CLID: 1, Title: "Ромашка"}, emulator.Client{CLID: 2, Title: "Плательщик"}))
	return dealCRM{em, c, c.Deals(crmapi.DealsV3), c.Persons()}
}

// dialects are the servers that every behaviour is shown on.
func dialects() map[string]emulator.Options {
	return map[string]emulator.Options{"as observed": {}, "as documented": {AsDocumented: true}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func field(key, text string) crmapi.FieldInput { return crmapi.FieldInput{Key: key, Text: text} }

// The life of a deal from the first call to the last, on both kinds of servers.
func TestADealsLife(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			ctx := t.Context()
			if api, err := m.c.ProbeDeals(ctx); err != nil || api != crmapi.DealsV3 {
				t.Fatalf("%q, %v", api, err)
			}
			did, err := m.d.Add(ctx, crmapi.DealInput{
				UID: "Д-1", CLID: 1, Payer: 2,
				Fields: []crmapi.FieldInput{
					field("title", "Заказ 1"), field("datum_plan", "2026-12-01"), field("step", "20"), field("direction", "основное"),
					field("tip", "Тендер"), field("content", "описание"), field("input1", "доп"),
				},
				Lines: []crmapi.DealLine{
					{Article: "B", Title: "Болт", Unit: "шт", Quantity: "3", Price: "10.10", PriceIn: "5.05", VAT: "20"},
					{Title: "Гайка", Quantity: "2", Price: "0.5"},
				},
			})
			must(t, err)
			must(t, m.d.ChangeStep(ctx, did, "40", "пора"))
			must(t, m.d.ChangeStep(ctx, did, "40", "ещё раз"))
			id, number, err := m.d.AddInvoice(ctx, crmapi.InvoiceInput{
				DID: did, Number: "А-7", Date: "2026-11-20", Plan: "2026-11-25", Sum: "31.30", VAT: "5.05", Contract: "Д1", Type: "По договору", Account: 2,
			})
			if err != nil || number != "А-7" {
				t.Fatalf("%q, %v", number, err)
			}
			must(t, m.d.Pay(ctx, crmapi.PaymentInput{ID: id, Number: "А-7", Sum: "11.30", On: "2026-11-21"}))
			if err := m.d.Delete(ctx, did); class(err) != crmapi.ClassHasDeals {
				t.Errorf("a deal with invoices: %v", err)
			}
			must(t, m.d.Close(ctx, did, crmapi.CloseInput{Status: "Победа полная", Fact: "30.00", Text: "итог"}))
			paidOn := ""
			if o.AsDocumented {
				paidOn = "2026-11-21"
			}
			const today = "2026-11-22"
			want := crmapi.DealObject{
				DID: did, UID: "Д-1", CLID: 1, Payer: 2, UserID: 1, User: emulator.DefaultLogin, Created: today,
				Fields: map[string]crmapi.Text{
					"title": set("Заказ 1"), "datum_plan": set("2026-12-01"), "datum_start": {}, "datum_end": {}, "content": set("описание"),
					crmapi.FieldAddress: {}, "kol": set("31.3"), "marga": set("16.15"), "mcid": {}, "dog_num": {}, "direction": set("Основное"),
					"tip": set("Тендер"), "step": set("100"), "input1": set("доп"),
				},
				Closed: true, Status: "Победа полная", ClosedOn: today, Fact: "30", FactText: "итог",
				LinesKnown: true,
				Lines: []crmapi.DealLine{
					{Article: "B", Title: "Болт", Unit: "шт", Quantity: "3", Factor: "1", Price: "10.1", PriceIn: "5.05", VAT: "20"},
					{Title: "Гайка", Quantity: "2", Factor: "1", Price: "0.5", PriceIn: "0", VAT: "0"},
				},
				InvoicesKnown: true,
				Invoices: []crmapi.InvoiceObject{
					{
						ID: id, DID: did, CLID: 1, Number: "А-7", Date: "2026-11-20", Plan: "2026-11-25", Sum: "11.3", VAT: "5.05", Paid: true,
						PaidOn: paidOn, Contract: "Д1", Type: "По договору", Account: 2,
					},
					{ID: id + 1, DID: did, CLID: 2, Number: "А-7", Date: "2026-11-20", Plan: "2026-11-25", Sum: "20", VAT: "0", Type: "По договору", Account: 2},
				},
			}
			for i := 2; i <= 10; i++ {
				want.Fields["input"+string(rune('0'+i%10))] = crmapi.Text{}
			}
			delete(want.Fields, "input0")
			want.Fields["input10"] = crmapi.Text{}
			byDID, err := m.d.ByDID(ctx, did)
			must(t, err)
			if diff := cmp.Diff(want, byDID); diff != "" {
				t.Errorf("by did: %s", diff)
			}
			byUID, err := m.d.ByUID(ctx, "д-1")
			must(t, err)
			if diff := cmp.Diff(want, byUID); diff != "" {
				t.Errorf("by uid: %s", diff)
			}
			invoices, err := m.d.InvoicesOf(ctx, did)
			must(t, err)
			if diff := cmp.Diff(want.Invoices, invoices); diff != "" {
				t.Error(diff)
			}
			for _, in := range want.Invoices {
				got, err := m.d.Invoice(ctx, in.ID)
				must(t, err)
				if diff := cmp.Diff(in, got); diff != "" {
					t.Errorf("the invoice's card: %s", diff)
				}
			}
			listed, err := m.d.Newest(ctx)
			must(t, err)
			want.Lines, want.LinesKnown, want.Invoices, want.InvoicesKnown = nil, false, nil, false
			if diff := cmp.Diff([]crmapi.DealObject{want}, listed); diff != "" {
				t.Errorf("the list: %s", diff)
			}
		})
	}
}
