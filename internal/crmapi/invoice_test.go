package crmapi_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// withDeal is a CRM whose deal 1 has a specification of 100.
func withDeal(t testing.TB, o emulator.Options) dealCRM {
	t.Helper()
	m := newDealCRM(t, o)
	must(t, m.em.SeedDeal(emulator.Deal{DID: 1, CLID: 1, Title: "Т", Lines: []emulator.Line{{Title: "Болт", Quantity: "1", Price: "100"}}}))
	return m
}

// paidSums are the payments that the CRM was told of: line and sum.
func paidSums(em *emulator.Server) []string {
	var out []string
	for _, p := range em.Payments() {
		out = append(out, fmt.Sprint(p.Invoice, " ", p.Sum))
	}
	return out
}

func TestPay(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := withDeal(t, o)
			must(t, m.em.SeedInvoice(
				emulator.Invoice{ID: 5, DID: 1, Number: "7", Sum: "60", Paid: true},
				emulator.Invoice{ID: 6, DID: 1, Number: "7", Sum: "40.10"},
			))
			before := paidSums(m.em)
			must(t, m.d.Pay(t.Context(), crmapi.PaymentInput{ID: 6, Number: "7", Sum: "0.10", On: "2026-03-03"}))
			got, err := m.d.InvoicesOf(t.Context(), 1)
			must(t, err)
			if len(got) != 3 || !got[1].Paid || got[1].Sum != "0.1" || got[2].Paid || got[2].Sum != "40" || got[2].Number != "7" {
				t.Fatalf("%+v", got)
			}
			must(t, m.d.Pay(t.Context(), crmapi.PaymentInput{ID: got[2].ID, Number: "7", Sum: "40.00", Whole: true}))
			if diff := cmp.Diff(append(before, "6 0.10", fmt.Sprint(got[2].ID, " 40.00")), paidSums(m.em)); diff != "" {
				t.Error(diff)
			}
			if err := m.d.Pay(t.Context(), crmapi.PaymentInput{ID: 99, Number: "7", Sum: "1"}); class(err) != crmapi.ClassNotFound {
				t.Errorf("a line that is not there: %v", err)
			}
		})
	}
}

func TestInvoicesThatTheServerRefuses(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := withDeal(t, o)
			must(t, m.em.SeedDeal(emulator.Deal{DID: 2, CLID: 1, Title: "Без строк", Sum: "50"}))
			add := func(did int64) error {
				_, _, err := m.d.AddInvoice(t.Context(), crmapi.InvoiceInput{DID: did, Number: "1", Sum: "100"})
				return err
			}
			if err := add(9); class(err) != crmapi.ClassInvisible {
				t.Errorf("of no deal: %v", err)
			}
			must(t, add(1))
			if err := add(1); class(err) != crmapi.ClassRefused {
				t.Errorf("beyond the deal: %v", err)
			}
			if err := add(2); o.AsDocumented && err != nil || !o.AsDocumented && class(err) != crmapi.ClassUnknown {
				t.Errorf("of a deal without lines: %v", err)
			}
			if n := len(m.em.InvoicesOf(2)); n != 0 && !o.AsDocumented {
				t.Errorf("%d invoices of a deal without lines", n)
			}
			if _, err := m.d.InvoicesOf(t.Context(), 9); class(err) != crmapi.ClassInvisible {
				t.Errorf("the invoices of no deal: %v", err)
			}
			if _, err := m.d.Invoice(t.Context(), 99); class(err) != crmapi.ClassNotFound {
				t.Errorf("no invoice: %v", err)
			}
		})
	}
}

// billed seeds n deals with two invoices each, dated one by one from the first of
// January; every third line is paid, a month later.
func billed(t testing.TB, m dealCRM, n int) {
	t.Helper()
	m.em.SetActiveDealFields("step")
	at := 0
	for did := 1; did <= n; did++ {
		must(t, m.em.SeedDeal(emulator.Deal{DID: int64(did), CLID: int64(1 + did%2), Title: "Т", Sum: "100", Closed: did%4 == 0}))
		for range 2 {
			in := emulator.Invoice{
				DID: int64(did), Number: strconv.Itoa(at), Sum: "50.50", Date: dayOf(at), Plan: dayOf(at + 5), VAT: "8.42", Type: "По договору",
				Paid: at%3 == 0, Contract: "Д",
			}
			if in.Paid {
				in.PaidOn = dayOf(at + 31)
			}
			must(t, m.em.SeedInvoice(in))
			at++
		}
	}
}

// dayOf is a day of 2026: one more for every other number, so that days repeat.
func dayOf(n int) string { return fmt.Sprintf("2026-%02d-%02d", 1+n/2/28%12, 1+n/2%28) }

// every invoice of the emulator as it is to be read.
func invoicesOf(m dealCRM, holds func(emulator.Invoice) bool) map[int64]crmapi.InvoiceObject {
	out := map[int64]crmapi.InvoiceObject{}
	for _, in := range m.em.Invoices() {
		if holds(in) {
			out[in.ID] = crmapi.InvoiceObject{
				ID: in.ID, DID: in.DID, CLID: in.CLID, Number: in.Number, Date: in.Date[:10], Plan: in.Plan, Sum: "50.5", VAT: "8.42",
				Paid: in.Paid, PaidOn: in.PaidOn, Contract: in.Contract, Type: in.Type, Account: in.Account,
			}
		}
	}
	return out
}

func readInvoices(t testing.TB, m dealCRM, q crmapi.InvoiceQuery) map[int64]crmapi.InvoiceObject {
	t.Helper()
	got := map[int64]crmapi.InvoiceObject{}
	for in, err := range m.d.Invoices(t.Context(), q) {
		must(t, err)
		if _, twice := got[in.ID]; twice {
			t.Errorf("invoice %d comes twice", in.ID)
		}
		got[in.ID] = in
	}
	return got
}

func TestInvoicesOfAWindowAndOfAll(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		for many, n := range map[string]int{"few": 40, "many": 105} {
			t.Run(name+", "+many, func(t *testing.T) {
				t.Parallel()
				m := newDealCRM(t, o)
				billed(t, m, n)
				queries := []crmapi.InvoiceQuery{
					{},
					{From: "2026-01-01"},
					{From: "2026-01-10"},
					{To: "2026-01-10"},
					{From: "2026-01-03", To: "2026-01-20"},
					{PaidFrom: "2026-02-05"},
					{PaidFrom: "2026-02-05", PaidTo: "2026-02-05"},
					{From: "2026-01-10", PaidTo: "2026-02-15"},
					{From: "2031-01-01"},
				}
				if many == "many" {
					queries = queries[:2] // those that read the list of deals
				}
				for _, q := range queries {
					want := invoicesOf(m, func(in emulator.Invoice) bool {
						created, paid := in.Date[:10], in.PaidOn
						return created >= q.From && (q.To == "" || created <= q.To) &&
							(q.PaidFrom == "" && q.PaidTo == "" || paid != "" && paid >= q.PaidFrom && (q.PaidTo == "" || paid <= q.PaidTo))
					})
					if diff := cmp.Diff(want, readInvoices(t, m, q)); diff != "" {
						t.Errorf("%+v: %s", q, diff)
					}
				}
			})
		}
	}
}

// Whatever vanishes between two pages, the invoices that stay are all returned, and
// what is said of each is true.
func TestInvoicesWhileTheCRMChanges(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]crmapi.InvoiceQuery{"a window": {From: "2026-01-01", To: "2026-12-31"}, "all": {}} {
		for _, at := range []int{2, 3, 4, 6, 8} {
			t.Run(fmt.Sprint(name, ", before request ", at), func(t *testing.T) {
				t.Parallel()
				m := newDealCRM(t, emulator.Options{})
				billed(t, m, 40)
				newest := slices.Max(slices.Collect(maps.Keys(invoicesOf(m, func(emulator.Invoice) bool { return true }))))
				m.em.OnRequest(func(a emulator.Arrival) {
					if a.Seq == at { // the list begins with the latest day
						must(t, m.em.DeleteInvoice(newest))
						must(t, m.em.DeleteInvoice(newest-1))
					}
				})
				got := readInvoices(t, m, q)
				for id, want := range invoicesOf(m, func(emulator.Invoice) bool { return true }) {
					if diff := cmp.Diff(want, got[id]); diff != "" {
						t.Errorf("invoice %d: %s", id, diff)
					}
				}
			})
		}
	}
}

// A row of the list of invoices that cannot be read takes nothing away from what the
// deal and the card of that invoice tell.
func TestAnInvoiceWhoseRowIsDamaged(t *testing.T) {
	t.Parallel()
	m := withDeal(t, emulator.Options{})
	must(t, m.em.SeedInvoice(emulator.Invoice{ID: 5, DID: 1, Number: "7", Sum: "60", Plan: "2026-03-03", Contract: "порча"}))
	server := httptest.NewServer(m.em)
	c, err := crmapi.New(crmapi.Config{
		BaseURL: server.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(m.em.Key()), Rate: -1, Attempts: 1,
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil || r.URL.Path != "/developer/v3/invoice/list" {
				return resp, err
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(body, []byte("порча"), []byte("\xff"))))
			resp.ContentLength = -1
			return resp, err
		}),
	})
	must(t, err)
	t.Cleanup(func() { c.Close(); server.Close() })
	var got []crmapi.InvoiceObject
	for in, err := range c.Deals(crmapi.DealsV3).Invoices(t.Context(), crmapi.InvoiceQuery{}) {
		must(t, err)
		got = append(got, in)
	}
	if len(got) != 1 || got[0].ID != 5 || got[0].CLID != 1 || got[0].Plan != "2026-03-03" {
		t.Errorf("%+v", got)
	}
}

// A deal that is closed is not looked for on every page of the open ones.
func TestAClosedDealIsFoundAtOnceAmongMany(t *testing.T) {
	t.Parallel()
	m := newDealCRM(t, emulator.Options{})
	must(t, m.em.SeedDeal(emulator.Deal{DID: 1, CLID: 1, Title: "Т", Closed: true, Status: "Победа полная"}))
	for did := int64(1000); did < 1700; did++ {
		must(t, m.em.SeedDeal(emulator.Deal{DID: did, CLID: 1, Title: "Т"}))
	}
	if _, err := m.d.InvoicesOf(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if n := len(m.em.History()); n > 2 {
		t.Errorf("asked %d times", n)
	}
}
