package endpoint_test

import (
	"errors"
	"fmt"
	"testing"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/mapping"
)

func pay(sum, day string) *engine.Op {
	return add("pay", map[string]string{"invoice": "5", "summa": sum, "date_do": day})
}

// plan is the plan of payments of the seeded deal.
func (s *shop) plan() string {
	out := ""
	for _, in := range s.InvoicesOf(order) {
		state := "open"
		if in.Paid {
			state = "paid"
		}
		out += fmt.Sprintf("%d %s %s; ", in.ID, in.Sum, state)
	}
	return out
}

func TestA_payment_takes_what_is_left_to_pay_and_no_more(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(*shop)
		op     *engine.Op
		code   string // "" = it goes
		id     int64
		exists bool
		plan   string
	}{
		"all of it":              {func(*shop) {}, pay("300", "2026-11-05"), "", 5, false, "5 300.00 paid; "},
		"a part":                 {func(*shop) {}, pay("100.50", "2026-11-05"), "", 5, false, "5 100.50 paid; 6 199.50 open; "},
		"the next part":          {func(s *shop) { s.byHand("100") }, pay("50", ""), "", 6, false, "5 100.00 paid; 6 50.00 paid; 7 150.00 open; "},
		"an equal part, linked":  {func(s *shop) { s.byHand("100"); s.linked[5] = true }, pay("100", ""), "", 6, false, "5 100.00 paid; 6 100.00 paid; 7 100.00 open; "},
		"an equal part, by hand": {func(s *shop) { s.byHand("100") }, pay("100", ""), "", 5, true, "5 100.00 paid; 6 200.00 open; "},
		"all, by hand":           {func(s *shop) { s.byHand("") }, pay("300.00", ""), "", 5, true, "5 300.00 paid; "},
		"a kopeck more":          {func(*shop) {}, pay("300.01", ""), engine.RefusedPayment, 0, false, "5 300.00 open; "},
		"more than is left":      {func(s *shop) { s.byHand("100") }, pay("200.01", ""), engine.RefusedPayment, 0, false, "5 100.00 paid; 6 200.00 open; "},
		"what is paid":           {func(s *shop) { s.byHand("") }, pay("1", ""), engine.RefusedPayment, 0, false, "5 300.00 paid; "},
		"parts of a kopeck":      {func(*shop) {}, pay("10.005", ""), "sum-unfit", 0, false, "5 300.00 open; "},
		"too many digits":        {func(*shop) {}, pay("12345678901234567.89", ""), "sum-unfit", 0, false, "5 300.00 open; "},
		"nothing":                {func(*shop) {}, pay("0", ""), "not-sent", 0, false, "5 300.00 open; "},
		"an invoice that is gone": {func(s *shop) {
			s.must(s.DeleteInvoice(5))
		}, pay("1", ""), engine.RefusedNoInvoice, 0, false, ""},
		"no invoice": {func(*shop) {}, add("p", map[string]string{"summa": "1"}), engine.RefusedNoInvoice, 0, false, "5 300.00 open; "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			s.bill(5, "УТ-5", "300")
			tt.before(s)
			answer, err := send(t, s.payments, tt.op)
			var w *engine.WriteError
			switch {
			case tt.code != "" && (!errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != tt.code):
				t.Errorf("got %+v, %v", answer, err)
			case tt.code == "" && (err != nil || answer.CLID != tt.id || answer.Existing != tt.exists):
				t.Errorf("got %+v, %v", answer, err)
			}
			if sent := tt.code == "" && !tt.exists; sent != (s.writes() == "invoice/do") {
				t.Errorf("sent %q", s.writes())
			}
			if s.plan() != tt.plan {
				t.Errorf("the plan is %s", s.plan())
			}
			s.books()
		})
	}
}

// byHand pays the open line of the invoice.
func (s *shop) byHand(sum string) {
	s.t.Helper()
	for _, in := range s.InvoicesOf(order) {
		if !in.Paid {
			s.must(s.PayInvoice(in.ID, sum))
			return
		}
	}
	s.t.Fatal("nothing is open")
}

func TestOf_equal_payments_by_hand_the_one_of_our_day_is_met(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.bill(5, "УТ-5", "300")
	s.must(s.SeedInvoice(
		emulator.Invoice{ID: 6, DID: order, Number: "УТ-6", Sum: "50", Date: "2026-11-02", Paid: true, PaidOn: "2026-11-03"},
		emulator.Invoice{ID: 7, DID: order, Number: "УТ-6", Sum: "50", Date: "2026-11-02", Paid: true, PaidOn: "2026-11-05"},
	))
	for day, want := range map[string]int64{"2026-11-05": 7, "2026-11-03": 6, "2026-11-09": 6} {
		op := add("p", map[string]string{"invoice": "6", "summa": "50", "date_do": day})
		if answer, err := send(t, s.payments, op); err != nil || !answer.Existing || answer.CLID != want {
			t.Errorf("%s: %+v, %v", day, answer, err)
		}
	}
}

func TestA_payment_is_not_sent_when_its_invoice_moved_since_it_was_looked_at(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.bill(5, "УТ-5", "300")
	op := pay("100", "")
	s.must(s.payments.Ground(t.Context(), []*engine.Op{op}))
	s.byHand("50")
	answers, err := s.payments.Add(t.Context(), []*engine.Op{op})
	if err != nil || len(answers) != 1 || answers[0].Err == nil || answers[0].Err.Fate != engine.FateNotSent || answers[0].Err.Code != "moved" {
		t.Errorf("got %+v, %v", answers, err)
	}
	if s.writes() != "" {
		t.Errorf("sent %s", s.writes())
	}
}

// The answer to a payment is lost, at every point of the request, and in between
// people do what they like with the invoice.
func TestA_payment_whose_answer_was_lost_is_known_by_what_moved(t *testing.T) {
	t.Parallel()
	const found, nothing, unsure = "found", "nothing", "unsure"
	for name, tt := range map[string]struct {
		phase  emulator.Phase
		record int
		sum    string
		people func(*shop)
		want   string
	}{
		"before it was done":                    {emulator.PhaseBefore, 0, "100", nil, nothing},
		"after it was done":                     {emulator.PhaseAfter, 0, "100", nil, found},
		"after all was paid":                    {emulator.PhaseAfter, 0, "300", nil, found},
		"between the payment and the rest":      {emulator.PhaseDuring, 2, "100", nil, found},
		"before, and people paid the same":      {emulator.PhaseBefore, 0, "100", func(s *shop) { s.byHand("100") }, unsure},
		"before, and people paid another":       {emulator.PhaseBefore, 0, "100", func(s *shop) { s.byHand("70") }, unsure},
		"after, and people paid as well":        {emulator.PhaseAfter, 0, "100", func(s *shop) { s.byHand("100") }, unsure},
		"after, and people paid the rest":       {emulator.PhaseAfter, 0, "100", func(s *shop) { s.byHand("") }, unsure},
		"after, and people removed the rest":    {emulator.PhaseAfter, 0, "100", func(s *shop) { s.must(s.DeleteInvoice(6)) }, found},
		"after, and people removed the payment": {emulator.PhaseAfter, 0, "100", func(s *shop) { s.must(s.DeleteInvoice(5)) }, unsure},
		"before, and people removed all":        {emulator.PhaseBefore, 0, "100", func(s *shop) { s.must(s.DeleteInvoice(5)) }, unsure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			s.bill(5, "УТ-5", "300")
			op := pay(tt.sum, "2026-11-05")
			s.must(s.Faults(emulator.Fault{Name: "lost", Action: "invoice/do", Phase: tt.phase, Record: tt.record, Kind: emulator.KindDrop}))
			if _, err := send(t, s.payments, op); fate(t, err) != engine.FateUnknown || s.FaultsFired()["lost"] != 1 {
				t.Fatalf("got %v, fired %v", err, s.FaultsFired())
			}
			if tt.people != nil {
				tt.people(s)
			}
			seen, err := s.payments.Find(t.Context(), sought(op))
			got := fmt.Sprint(err)
			switch {
			case err == nil:
				got = found
			case errors.Is(err, engine.ErrNotFound):
				got = nothing
			case errors.Is(err, engine.ErrUnsure):
				got = unsure
			}
			if got != tt.want || got == found && seen.Entry.CLID != 5 {
				t.Errorf("%s: %+v", got, seen.Entry)
			}
			s.books()
		})
	}
}

// People pay with days; the server loses that of ours. A payment of another day
// than ours is theirs.
func TestA_payment_by_hand_of_another_day_is_not_taken_for_ours(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]error{"2026-11-22": nil, "": nil, "2026-11-05": engine.ErrUnsure} {
		s := newShop(t, emulator.Options{})
		s.bill(5, "УТ-5", "300")
		op := pay("300", day)
		s.must(s.payments.Ground(t.Context(), []*engine.Op{op}))
		s.byHand("") // today, the twenty-second
		if _, err := s.payments.Find(t.Context(), sought(op)); !errors.Is(err, want) {
			t.Errorf("our day %q: %v", day, err)
		}
	}
}

func TestA_payment_that_the_answer_named_is_that_line(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.bill(5, "УТ-5", "300")
	op := pay("100", "2026-11-05")
	answer, err := send(t, s.payments, op)
	s.must(err)
	s.byHand("100") // at once, and the ground alone could not tell
	op.CLID = answer.CLID
	if seen, err := s.payments.Find(t.Context(), sought(op)); err != nil || seen.Entry.CLID != 5 {
		t.Errorf("got %+v, %v", seen.Entry, err)
	}
	seen, err := s.payments.Read(t.Context(), 5)
	s.must(err)
	got := textsOf(t, mappingOf(t, dealSpec).Part(mapping.PartPayments), seen)
	if got["invoice"] != "5" || got["summa"] != "100.00" && got["summa"] != "100" {
		t.Errorf("read %v", got)
	}
	if _, err := s.payments.Read(t.Context(), 7); !errors.Is(err, engine.ErrNotVisible) {
		t.Errorf("an open line is no payment: %v", err)
	}
}

// Over API v1 a part is not paid while another open line has the number of its
// invoice; that is asked again in every run, for the other one may be paid by then.
func TestA_part_of_an_invoice_whose_number_is_open_twice_waits_over_v1(t *testing.T) {
	t.Parallel()
	s := shopOn(t, crmapi.DealsV1, dealSpec, emulator.Options{AsDocumented: true})
	s.bill(5, "УТ-5", "300")
	s.must(s.SeedDeal(emulator.Deal{DID: 9, CLID: seller, Title: "Прошлогодняя", Sum: "50"}))
	s.must(s.SeedInvoice(emulator.Invoice{ID: 6, DID: 9, Number: "УТ-5", Sum: "50", Date: "2025-11-02"}))
	_, err := send(t, s.payments, pay("100", "2026-11-05"))
	var w *engine.WriteError
	if !errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != engine.RefusedTwice || w.Text != "УТ-5" {
		t.Errorf("got %v", err)
	}
	var planned *engine.WriteError
	if _, err := s.payments.Foresee(t.Context(), pay("100", "2026-11-05")); !errors.As(err, &planned) || planned.Code != w.Code || planned.Text != w.Text {
		t.Errorf("planned as %v", err)
	}
	s.must(s.PayInvoice(6, ""))
	if answer, err := send(t, s.payments, pay("100", "2026-11-05")); err != nil || answer.CLID != 5 {
		t.Errorf("got %+v, %v", answer, err)
	}
	s.books()
}

// Over API v1 the line that carries the number too may be in a deal that cannot be
// read: the part waits, alone.
func TestA_part_of_an_invoice_waits_over_v1_while_a_deal_cannot_be_read(t *testing.T) {
	t.Parallel()
	s := shopOn(t, crmapi.DealsV1, dealSpec, emulator.Options{AsDocumented: true})
	s.bill(5, "УТ-5", "300")
	s.must(s.SeedDeal(emulator.Deal{DID: 9, CLID: seller, Title: "Прошлогодняя", Sum: "50"}))
	s.must(s.SeedInvoice(emulator.Invoice{ID: 6, DID: 9, Number: "90B", Sum: "50", Date: "2025-11-02"}))
	s.spoil(`90B"`)
	_, err := send(t, s.payments, pay("100", "2026-11-05"))
	var w *engine.WriteError
	if !errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != engine.RefusedUnread || s.writes() != "" {
		t.Errorf("got %v, sent %q", err, s.writes())
	}
	if answer, err := send(t, s.payments, pay("300", "2026-11-05")); err != nil || answer.CLID != 5 {
		t.Errorf("all of it: %+v, %v", answer, err)
	}
	s.books()
}
