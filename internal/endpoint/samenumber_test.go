package endpoint_test

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/mapping"
)

// settled says that an invoice is linked, and on what sums.
func (s *shop) settled(id int64, sums ...int64) {
	s.billed[id] = nil
	for _, sum := range sums {
		s.billed[id] = append(s.billed[id], big.NewRat(sum, 1))
	}
}

// scanned are the invoices: "5 300.00"; of one whose sum is not known: "5 ? of [5 6]".
func (s *shop) scanned() string {
	s.t.Helper()
	var out []string
	s.must(s.invoices.Scan(s.t.Context(), engine.ScanQuery{Values: true}, func(o engine.Observed) error {
		said := fmt.Sprint(o.Entry.CLID, " ", textsOf(s.t, invoiceMapping(s.t), o)["summa"])
		if o.Rivals != nil {
			said = fmt.Sprint(o.Entry.CLID, " ", "? of ", o.Rivals)
			if sum := textsOf(s.t, invoiceMapping(s.t), o)["summa"]; sum != "" {
				s.t.Errorf("invoice %d has the sum %s", o.Entry.CLID, sum)
			}
		}
		out = append(out, said)
		return nil
	}))
	return strings.Join(out, "; ")
}

func TestThe_sum_of_an_invoice_is_told_as_long_as_its_lines_are_sure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines func(*shop)
		want  string
	}{
		"another open line": {func(s *shop) {
			s.must(s.PayInvoice(5, "250"))
			s.bill(7, "УТ-5", "77")
		}, "7 ? of [5 6 7]; 6 ? of [5 6 7]; 5 ? of [5 6 7]"},
		"a part paid after it": {func(s *shop) {
			s.must(s.PayInvoice(5, "250"))
			s.bill(7, "УТ-5", "77")
			s.must(s.PayInvoice(6, "20"))
		}, "8 ? of [5 7 8]; 7 ? of [5 7 8]; 5 ? of [5 7 8]"},
		"paid, and another":      {func(s *shop) { s.must(s.PayInvoice(5, "")); s.bill(6, "УТ-5", "77") }, "6 ? of [5 6]; 5 ? of [5 6]"},
		"both paid":              {func(s *shop) { s.must(s.PayInvoice(5, "")); s.bill(6, "УТ-5", "77"); s.must(s.PayInvoice(6, "")) }, "5 ? of [5 6]"},
		"an older one, all paid": {func(s *shop) { s.bill(3, "УТ-5", "77"); s.must(s.PayInvoice(3, "")) }, "5 ? of [3 5]; 3 ? of [3 5]"},
		"another day, and parts": {func(s *shop) {
			s.must(s.PayInvoice(5, "250"))
			s.later(7, "УТ-5", "77")
			s.must(s.PayInvoice(6, "20"))
		}, "7 77.00; 5 600.00"},
		"a rest of another day":     {func(s *shop) { s.must(s.PayInvoice(5, "250")); s.must(s.DeleteInvoice(6)); s.later(6, "УТ-5", "350") }, "6 ? of [5 6]; 5 ? of [5 6]"},
		"another deal":              {func(s *shop) { s.otherDeal(); s.must(s.PayInvoice(5, "20")) }, "6 77.00; 5 600.00"},
		"parts":                     {func(s *shop) { s.must(s.PayInvoice(5, "250")); s.must(s.PayInvoice(6, "20")) }, "5 600.00"},
		"people took the rest away": {func(s *shop) { s.must(s.PayInvoice(5, "250")); s.must(s.DeleteInvoice(6)) }, "5 250.00"},
		"people changed its sum":    {func(s *shop) { s.settled(5, 500) }, "5 600.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			s.bill(5, "УТ-5", "600")
			s.settled(5, 600)
			tt.lines(s)
			got := s.scanned()
			if got != tt.want {
				t.Errorf("read %s, want %s", got, tt.want)
			}
		})
	}
}

// otherDeal bills the same number in another deal.
func (s *shop) otherDeal() {
	s.t.Helper()
	s.must(s.SeedDeal(emulator.Deal{Title: "Заказ 2", CLID: other, Sum: "500"}))
	s.must(s.SeedInvoice(emulator.Invoice{ID: 6, DID: 2, Number: "УТ-5", Sum: "77", Date: "2026-11-02"}))
}

func TestA_payment_of_an_invoice_whose_lines_are_not_sure_is_refused_by_all_their_numbers(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.bill(5, "УТ-5", "600")
	s.settled(5, 600)
	s.must(s.PayInvoice(5, "250"))
	s.bill(7, "УТ-5", "77")
	s.must(s.PayInvoice(6, "20"))
	_, planned := s.payments.Foresee(t.Context(), pay("300", "2026-11-05"))
	_, sent := send(t, s.payments, pay("300", "2026-11-05"))
	for _, err := range []error{planned, sent} {
		var w *engine.WriteError
		if !errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != engine.RefusedTwice || w.Text != "УТ-5: crid 5, 7, 8" {
			t.Errorf("got %v", err)
		}
	}
	var of []string
	s.must(s.payments.Scan(t.Context(), engine.ScanQuery{Values: true}, func(o engine.Observed) error {
		of = append(of, fmt.Sprint(o.Entry.CLID, textsOf(t, mappingOf(t, dealSpec).Part(mapping.PartPayments), o)["invoice"], o.Unplaced))
		return nil
	}))
	if got := strings.Join(of, ", "); got != "6 true, 5 true" && got != "6true, 5true" {
		t.Errorf("payments of %s", got)
	}
	s.must(s.DeleteInvoice(7))
	if answer, err := send(t, s.payments, pay("300", "2026-11-05")); err != nil || answer.CLID != 8 {
		t.Errorf("mended: %+v, %v", answer, err)
	}
	s.books()
}
