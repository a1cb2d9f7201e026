package endpoint_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/mapping"
)

func bill(number, sum string) *engine.Op {
	return add("bill-"+number, map[string]string{"deal": "1", "invoice": number, "summa": sum, "date": "2026-11-03"})
}

func invoiceMapping(t *testing.T) *mapping.Mapping {
	t.Helper()
	return mappingOf(t, dealSpec).Part(mapping.PartInvoices)
}

func TestAnInvoice_is_its_lines_together(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.bill(5, "УТ-5", "300")
	s.bill(6, "УТ-6", "200")
	s.must(s.PayInvoice(5, "100")) // leaves 200 on a line of its own
	seen, err := s.invoices.Read(t.Context(), 5)
	s.must(err)
	got := textsOf(t, invoiceMapping(t), seen)
	if got["deal"] != "1" || got["invoice"] != "УТ-5" || got["summa"] != "300.00" || got["date"] != "2026-11-02" {
		t.Errorf("got %v", got)
	}
	if _, err := s.invoices.Read(t.Context(), 7); !errors.Is(err, engine.ErrNotVisible) {
		t.Errorf("the rest of an invoice is no invoice: %v", err)
	}
	var all []string
	s.must(s.invoices.Scan(t.Context(), engine.ScanQuery{Values: true}, func(o engine.Observed) error {
		all = append(all, fmt.Sprint(o.Entry.CLID, " ", o.Entry.Keys.Natural, " ", textsOf(t, invoiceMapping(t), o)["summa"]))
		return nil
	}))
	if !slices.Equal(all, []string{"6 1 ут-6 200.00", "5 1 ут-5 300.00"}) {
		t.Errorf("scanned %q", all)
	}
	values := map[string]string{"deal": "1", "invoice": "ут - 5", "summa": "300"}
	op := add("x", values)
	if o, err := s.invoices.Find(t.Context(), sought(op)); err != nil || o.Entry.CLID != 5 {
		t.Errorf("found %+v, %v", o.Entry, err)
	}
}

func TestAn_invoice_is_billed_only_where_it_can_be(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(*shop)
		op      *engine.Op
		code    string // "" = it goes
		text    string
	}{
		"what the deal has left":      {func(s *shop) { s.bill(5, "УТ-5", "300") }, bill("УТ-7", "700"), "", ""},
		"a kopeck more":               {func(s *shop) { s.bill(5, "УТ-5", "300") }, bill("УТ-7", "700.01"), engine.RefusedInvoice, "700.01 > 700.00"},
		"more than was billed in all": {func(s *shop) { s.bill(5, "УТ-5", "1000") }, bill("УТ-7", "1"), engine.RefusedInvoice, "1 > 0.00"},
		"a deal without lines":        {func(s *shop) { s.must(s.EditLines(order)); s.must(s.EditDeal(order, "kol", "1000")) }, bill("УТ-7", "1"), engine.RefusedLineless, "1"},
		"a deal of lines for nothing": {func(s *shop) { s.must(s.EditLines(order, emulator.Line{Title: "Дар", Quantity: "1", Price: "0"})) }, bill("УТ-7", "1"), engine.RefusedLineless, "1"},
		"a deal that is gone":         {func(s *shop) { s.must(s.DeleteDeal(order)) }, bill("УТ-7", "1"), engine.RefusedNoDeal, "1"},
		"no deal":                     {func(*shop) {}, add("b", map[string]string{"invoice": "УТ-7", "summa": "1"}), engine.RefusedNoDeal, ""},
		"no number":                   {func(*shop) {}, bill("", "1"), "not-sent", ""},
		"a number that is too long":   {func(*shop) {}, bill("УТ-7/2026-000000000001", "10"), "not-sent", "number of the invoice is empty, longer than 20 characters, or one the CRM would replace"},
		"parts of a kopeck":           {func(*shop) {}, bill("УТ-7", "10.005"), "sum-unfit", "summa: 10.005"},
		"too many digits":             {func(*shop) {}, bill("УТ-7", "12345678901234567.89"), "sum-unfit", "summa: 12345678901234567.89"},
		"nothing to pay":              {func(*shop) {}, bill("УТ-7", "0"), "not-sent", ""},
		"a number that is there twice": {func(s *shop) {
			s.bill(5, "УТ-7", "10")
			s.bill(6, "УТ-7", "10")
		}, bill("УТ-7", "10"), engine.RefusedTwice, "УТ-7: crid 5, 6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			tt.prepare(s)
			answer, err := send(t, s.invoices, tt.op)
			if tt.code == "" {
				if err != nil || answer.CLID == 0 || s.writes() != "invoice/add" {
					t.Errorf("%+v, %v, sent %s", answer, err, s.writes())
				}
				return
			}
			var w *engine.WriteError
			if !errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != tt.code || tt.text != "" && w.Text != tt.text {
				t.Errorf("got %+v", w)
			}
			if s.writes() != "" {
				t.Errorf("sent %s", s.writes())
			}
		})
	}
}

func TestTwo_invoices_of_one_number_are_nobodys_for_sure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(*shop)
		sure    bool
	}{
		"two open lines":                     {func(s *shop) { s.bill(5, "УТ-7", "10"); s.bill(6, "УТ-7", "20") }, false},
		"a paid line and one of another day": {func(s *shop) { s.bill(5, "УТ-7", "10"); s.must(s.PayInvoice(5, "")); s.later(6, "УТ-7", "20") }, false},
		"a part and its rest":                {func(s *shop) { s.bill(5, "УТ-7", "30"); s.must(s.PayInvoice(5, "10")) }, true},
		"three parts":                        {func(s *shop) { s.bill(5, "УТ-7", "30"); s.must(s.PayInvoice(5, "10")); s.must(s.PayInvoice(6, "10")) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			tt.prepare(s)
			seen, err := s.invoices.Find(t.Context(), sought(bill("УТ-7", "30")))
			if tt.sure && (err != nil || seen.Entry.CLID != 5) || !tt.sure && !errors.Is(err, engine.ErrUnsure) {
				t.Errorf("got %+v, %v", seen.Entry, err)
			}
		})
	}
}

// later bills on another day than bill does.
func (s *shop) later(id int64, number, sum string) {
	s.t.Helper()
	s.must(s.SeedInvoice(emulator.Invoice{ID: id, DID: order, Number: number, Sum: sum, Date: "2026-11-20"}))
}

func TestAn_invoice_or_a_payment_cannot_be_changed_or_taken_back(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	for name, w := range map[string]side{"invoices": s.invoices, "payments": s.payments} {
		op := change(5, nil, map[string]string{"summa": "5"})
		if err := w.Update(t.Context(), op); fate(t, err) != engine.FateRefused {
			t.Errorf("%s: an update: %v", name, err)
		}
		if err := w.Update(t.Context(), &engine.Op{Kind: engine.OpLink, CLID: 5}); err != nil {
			t.Errorf("%s: a link of what is equal: %v", name, err)
		}
		if err := w.Delete(t.Context(), 5); fate(t, err) != engine.FateRefused {
			t.Errorf("%s: a removal: %v", name, err)
		}
	}
	if len(s.History()) != 0 {
		t.Errorf("sent %s", s.writes())
	}
}

func TestA_scan_of_the_news_reads_whole_invoices_of_the_days_since(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.bill(5, "УТ-5", "300")  // of the second
	s.later(6, "УТ-6", "200") // of the twentieth
	s.must(s.SeedDeal(emulator.Deal{Title: "Заказ 2", CLID: other, Sum: "500"}))
	s.must(s.SeedInvoice(emulator.Invoice{ID: 7, DID: 2, Number: "УТ-5", Sum: "50", Date: "2026-11-02"}))
	s.must(s.PayInvoice(6, "50"))
	sums := map[int64]string{}
	q := engine.ScanQuery{Above: 5, Changed: today().AddDate(0, 0, -1), Values: true}
	s.must(s.invoices.Scan(t.Context(), q, func(o engine.Observed) error {
		sums[o.Entry.CLID] = textsOf(t, invoiceMapping(t), o)["summa"]
		return nil
	}))
	if len(sums) != 2 || sums[6] != "200.00" || sums[5] != "300.00" { // the plan of the deal comes whole
		t.Errorf("invoices %v", sums)
	}
	paid := map[int64]string{}
	s.must(s.payments.Scan(t.Context(), q, func(o engine.Observed) error {
		paid[o.Entry.CLID] = textsOf(t, mappingOf(t, dealSpec).Part(mapping.PartPayments), o)["invoice"]
		return nil
	}))
	if len(paid) != 1 || paid[6] != "6" {
		t.Errorf("payments %v", paid)
	}
}
