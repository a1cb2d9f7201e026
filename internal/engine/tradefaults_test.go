package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
)

// billed is a trade whose deal is in the CRM; its invoice and a payment of a part of
// it are still to come.
func billed(t *testing.T) *trade {
	t.Helper()
	w := newTrade(t, emulator.Options{})
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.ran("1 created; ; ")
	w.rows[invoices] = []string{"i1;o1;15;1000"}
	w.rows[payments] = []string{"p1;i1;2026-11-03;400"}
	return w
}

// heals runs past the settle time until nothing is in doubt any more.
func (w *trade) heals() {
	w.Helper()
	for range 4 {
		w.later(settle + time.Minute)
		w.all()
	}
	w.still()
	w.sound()
	for _, job := range []string{orders, invoices, payments} {
		if ops, err := w.job(job).Open(noCancel{}); err != nil || len(ops) != 0 {
			w.Errorf("%s: %d ops are open, %v", job, len(ops), err)
		}
	}
}

// Every fault of an invoice and of a payment, and what comes of it while nobody else
// touches the deal: one invoice, one payment.
func TestAnAnswerLostLeavesOneInvoiceAndOnePayment(t *testing.T) {
	whole(t)
	t.Parallel()
	for name, f := range map[string]emulator.Fault{
		"connection lost before":        {Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"answer lost after commit":      {Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"late commit":                   {Phase: emulator.PhaseLate, Kind: emulator.KindDrop, Delay: emulator.Duration(20 * time.Millisecond)},
		"HTML fatal before":             {Phase: emulator.PhaseBefore, Kind: emulator.KindFatal},
		"HTML fatal after":              {Phase: emulator.PhaseAfter, Kind: emulator.KindFatal},
		"truncated JSON":                {Phase: emulator.PhaseAfter, Kind: emulator.KindTruncated},
		"connection cut in the answer":  {Phase: emulator.PhaseAfter, Kind: emulator.KindCut},
		"PHP warning before the JSON":   {Phase: emulator.PhaseAfter, Kind: emulator.KindWarning},
		"HTML after the JSON":           {Phase: emulator.PhaseAfter, Kind: emulator.KindTrailing},
		"empty answer after commit":     {Phase: emulator.PhaseAfter, Kind: emulator.KindEmpty},
		"proxy's 502 after commit":      {Phase: emulator.PhaseAfter, Kind: emulator.KindHTTP502},
		"database down":                 {Phase: emulator.PhaseBefore, Kind: emulator.KindDBDown},
		"redirect":                      {Phase: emulator.PhaseBefore, Kind: emulator.KindRedirect},
		"cut off between the two lines": {Phase: emulator.PhaseDuring, Kind: emulator.KindFatal, Record: 2},
	} {
		for _, action := range []string{"invoice/add", "invoice/do"} {
			t.Run(action+" "+name, func(t *testing.T) {
				t.Parallel()
				if f.Record == 2 && action == "invoice/add" {
					return // it writes one line
				}
				w := billed(t)
				f.Action, f.Nth, f.Times = action, 1, 1
				if err := w.crm.Faults(f); err != nil {
					t.Fatal(err)
				}
				t.Logf("the run with the fault: %s", w.all())
				for fault, n := range w.crm.FaultsFired() {
					if n == 0 {
						t.Errorf("the fault %s never struck", fault)
					}
				}
				w.crm.ReleaseLate()
				w.heals()
				want := "15: 400.00 paid, 15: 600.00"
				if f.Record == 2 { // the CRM itself lost the rest: a person has to see it
					want = "15: 400.00 paid"
				}
				w.planned(want)
				if got := w.holds(); got != "" && f.Record != 2 {
					t.Errorf("holds: %s", got)
				}
			})
		}
	}
}

// A run that dies between any two of its side effects leaves one invoice and one
// payment, once the runs after it are through.
func TestKilledAtAnyStepThereIsOneInvoiceAndOnePayment(t *testing.T) {
	whole(t)
	t.Parallel()
	for _, job := range []string{invoices, payments} {
		t.Run(job, func(t *testing.T) {
			t.Parallel()
			for at, killed := 1, true; killed; at++ {
				w := billed(t)
				if job == payments {
					if _, err := w.run(invoices); err != nil {
						t.Fatal(err)
					}
				}
				var where string
				steps := 0
				w.step = func(name string) {
					if steps++; steps == at {
						where = name
						panic(errCrashed)
					}
				}
				_, err := w.run(job)
				w.step = nil
				if killed = err == errCrashed; !killed && err != nil { //nolint:errorlint // the very value
					t.Fatal(err)
				}
				w.heals()
				w.planned("15: 400.00 paid, 15: 600.00")
				if t.Failed() {
					t.Fatalf("killed at step %d, %s", at, where)
				}
				if got := w.holds(); got != "" {
					t.Fatalf("killed at step %d, %s: %s", at, where, got)
				}
				if at > 100 {
					t.Fatal("a run has no such number of steps")
				}
			}
		})
	}
}

// Somebody else pays while our answer is lost: nobody can say whose the payment is,
// a person is asked, and nothing is paid again by itself.
func TestAPaymentLostWhileSomebodyPaysIsAPersonsToDecide(t *testing.T) {
	whole(t)
	t.Parallel()
	for name, arrived := range map[string]bool{"ours arrived": true, "ours did not": false} {
		for _, sum := range []string{"400", "300", "600"} {
			t.Run(name+", theirs is "+sum, func(t *testing.T) {
				t.Parallel()
				w := billed(t)
				phase := emulator.PhaseBefore
				if arrived {
					phase = emulator.PhaseAfter
				}
				if err := w.crm.Faults(emulator.Fault{Action: "invoice/do", Nth: 1, Times: 1, Phase: phase, Kind: emulator.KindDrop}); err != nil {
					t.Fatal(err)
				}
				w.step = func(step string) { // right after the answer was lost, before anybody looks
					if step != "answered" || !fired(w) {
						return
					}
					w.step = nil
					for _, line := range w.crm.Invoices() {
						if !line.Paid {
							if err := w.crm.PayInvoice(line.ID, sum); err != nil {
								t.Error(err)
							}
							return
						}
					}
				}
				w.all()
				w.step = nil
				plan := w.plan()
				for range 3 {
					w.later(settle + time.Minute)
					w.all()
				}
				w.planned(plan)
				if !arrived && sum == "400" { // theirs is what ours would have been
					if got := w.holds(); got != "" && got != "orders.payments/p1 payment-unsure" {
						t.Errorf("holds: %s", got)
					}
				} else if got := w.holds(); got != "orders.payments/p1 payment-unsure" {
					t.Errorf("holds: %s", got)
				}
				w.rows[payments] = []string{"p1;i1;2026-11-05;401"} // a change of the record sends nothing either
				w.later(time.Minute)
				w.all()
				w.planned(plan)
				w.sound()
			})
		}
	}
}

func fired(w *trade) bool {
	for _, n := range w.crm.FaultsFired() {
		if n > 0 {
			return true
		}
	}
	return false
}

// A login that does not see everything sees the invoice that it pays: what did not
// happen there is certain, and the other payments of the invoice wait no longer.
func TestAPaymentThatDidNotArriveGoesAlsoForALoginThatSeesLittle(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{Logins: []emulator.Login{{ID: 1, Login: emulator.DefaultLogin, Active: true}}})
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.rows[invoices], w.rows[payments] = []string{"i1;o1;15;1000"}, []string{"p1;i1;2026-11-03;400", "p2;i1;2026-11-03;400"}
	if err := w.crm.Faults(emulator.Fault{Action: "invoice/do", Nth: 1, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}); err != nil {
		t.Fatal(err)
	}
	w.all()
	w.planned("15: 1000.00")
	w.heals()
	w.planned("15: 400.00 paid, 15: 400.00 paid, 15: 200.00")
}

// Many small payments of one invoice, each answered badly in its own way, add up.
func TestPaymentsAddUpWhateverHappensToTheirAnswers(t *testing.T) {
	whole(t)
	t.Parallel()
	w := billed(t)
	w.rows[payments] = nil
	for i := range 10 {
		w.rows[payments] = append(w.rows[payments], fmt.Sprintf("p%d;i1;2026-11-%02d;100", i, i+1))
	}
	var faults []emulator.Fault
	for n, phase := range []emulator.Phase{emulator.PhaseAfter, emulator.PhaseBefore, emulator.PhaseAfter, emulator.PhaseAfter} {
		kind := []emulator.Kind{emulator.KindDrop, emulator.KindDrop, emulator.KindFatal, emulator.KindEmpty}[n]
		faults = append(faults, emulator.Fault{Action: "invoice/do", Nth: 2*n + 1, Times: 1, Phase: phase, Kind: kind})
	}
	if err := w.crm.Faults(faults...); err != nil {
		t.Fatal(err)
	}
	w.all()
	w.heals()
	paid := 0
	for _, i := range w.crm.Invoices() {
		if i.Paid {
			paid++
		}
	}
	if n := len(w.crm.Payments()); n != 10 || paid != 10 || w.holds() != "" {
		t.Errorf("%d payments, %d lines paid, holds %q: %s", n, paid, w.holds(), w.plan())
	}
}

// A person takes the payment back in 1C: the CRM has no undo, and is not asked for one.
func TestAPaymentThatLeavesIsHeldAndNothingIsSent(t *testing.T) {
	t.Parallel()
	w := billed(t)
	w.all()
	w.rows[payments] = nil
	for range 3 {
		w.later(time.Hour)
		w.all()
	}
	if got := w.holds(); got != "orders.payments/p1 payment-gone" {
		t.Errorf("holds: %s", got)
	}
	w.planned("15: 400.00 paid, 15: 600.00")
}

// A sum that was corrected in 1C cannot be corrected over the API.
func TestACorrectedInvoiceOrPaymentIsHeldUntilThePersonHasCorrectedItThere(t *testing.T) {
	t.Parallel()
	w := billed(t)
	w.all()
	w.rows[invoices] = []string{"i1;o1;15;900"}
	w.rows[payments] = []string{"p1;i1;2026-11-03;300"}
	w.ran("1 unchanged; 1 held; 1 held")
	if got := w.holds(); got != "orders.invoices/i1 unchangeable, orders.payments/p1 unchangeable" {
		t.Errorf("holds: %s", got)
	}
	w.still()
	w.rows[invoices] = []string{"i1;o1;15;1000"}
	w.rows[payments] = []string{"p1;i1;2026-11-03;400"}
	w.ran("1 unchanged; 1 unchanged; 1 unchanged")
	if got := w.holds(); got != "" {
		t.Errorf("holds: %s", got)
	}
}

// Another CRM behind the same address has deals of the same numbers: nothing is billed
// there.
func TestInvoicesGoToNoOtherCRM(t *testing.T) {
	t.Parallel()
	w := billed(t)
	if err := w.crm.DeleteDeal(1); err != nil {
		t.Fatal(err)
	}
	if err := w.crm.SeedDeal(emulator.Deal{DID: 1, UID: "other", Title: "Чужая", CLID: 1, Lines: []emulator.Line{{Title: "Насос", Quantity: "1", Price: "1000"}}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := w.all(); got != "halted by the guard crm-changed; halted by the guard crm-changed; halted by the guard crm-changed" {
			t.Errorf("outcomes: %s", got)
		}
	}
	w.planned("")
}

// A closed deal that changed in 1C stays as it is there, when a person says so.
func TestAClosedDealIsLeftAsItIsByAPersonsWord(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.all()
	if err := w.crm.CloseDeal(1, "Победа полная", "1000", ""); err != nil {
		t.Fatal(err)
	}
	w.rows[orders] = []string{"o1;c1;Заказ 1;1000;20;;Насос;1;1000"}
	w.ran("1 held; ; ")
	if got := w.holds(); got != "orders/o1 deal-closed" {
		t.Fatalf("holds: %s", got)
	}
	if err := w.job(orders).Resolve(noCancel{}, "o1", choice("crm")); err != nil {
		t.Fatal(err)
	}
	w.ran("1 unchanged; ; ")
	w.ran("1 unchanged; ; ")
	if d := w.crm.DealsByUID("o1")[0]; w.holds() != "" || !strings.HasSuffix(d.Title, "Заказ o1") {
		t.Errorf("holds %q, title %q", w.holds(), d.Title)
	}
	w.still()
}

// Somebody pays the very sum of ours while ours is lost before it arrives, and a person
// says that ours is not there: it is paid, and theirs is not taken for it.
func TestAWordToAddIsNotMetByWhatSomebodyElsePaid(t *testing.T) {
	t.Parallel()
	w := billed(t)
	w.rows[payments] = []string{"p1;i1;2026-11-03;500"}
	if err := w.crm.Faults(emulator.Fault{Action: "invoice/do", Nth: 1, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}); err != nil {
		t.Fatal(err)
	}
	w.step = func(step string) {
		if step != "answered" || !fired(w) {
			return
		}
		w.step = nil
		if err := errors.Join(w.crm.PayInvoice(1, "500"), w.crm.SeedInvoice(emulator.Invoice{DID: 1, Number: "15", Sum: "1", Date: "2026-11-01"})); err != nil {
			t.Error(err)
		}
	}
	w.all()
	w.step = nil
	if got := w.holds(); got == "" {
		w.later(settle + time.Minute)
		w.all()
	}
	if got := w.holds(); got != "orders.payments/p1 payment-unsure" {
		t.Fatalf("holds: %q", got)
	}
	if err := w.job(payments).Resolve(noCancel{}, "p1", choice("add")); err != nil {
		t.Fatal(err)
	}
	w.all()
	if n := len(w.crm.Payments()); n != 2 {
		t.Errorf("%d payments: %s", n, w.plan())
	}
}

// What a person leaves in the CRM is none of ours any more: when it is undone there, and
// entered anew in 1C, its line can be paid again.
func TestAPaymentThatAPersonLeftIsForgotten(t *testing.T) {
	t.Parallel()
	w := billed(t)
	w.all()
	w.rows[payments] = nil
	for range 2 {
		w.later(time.Hour)
		w.all()
	}
	if err := w.job(payments).Resolve(noCancel{}, "p1", choice("crm")); err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	w.all()
	w.rows[payments] = []string{"p2;i1;2026-11-03;400"} // the same payment as another document
	w.ran("1 unchanged; 1 unchanged; 1 merged")
	if got := w.holds(); got != "" {
		t.Errorf("holds: %s", got)
	}
	w.planned("15: 400.00 paid, 15: 600.00")
	w.still()
}

// No request opens a deal again.
func TestAnOrderThatIsOpenedAgainIsHeld(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "Да")}
	w.ran("1 created; ; ")
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.ran("1 held; ; ")
	if got := w.holds(); got != "orders/o1 deal-closed" {
		t.Errorf("holds: %s", got)
	}
	if err := w.crm.ReopenDeal(1); err != nil {
		t.Fatal(err)
	}
	w.ran("1 unchanged; ; ")
	if got := w.holds(); got != "" {
		t.Errorf("holds: %s", got)
	}
	w.still()
}

// Lines of an order that stand apart from it are no copies of it.
func TestLinesOfAnOrderThatStandApartAreNotSkippedAsTwins(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	twin := "o1;c1;Заказ o1;;20;;Доска;10;100"
	w.rows[orders] = []string{twin, order("o2", "c1", "1000", "20", ""), twin}
	w.ran("1 created, 1 held; ; ")
	if got := w.holds(); got != "orders/o1 duplicate-key" {
		t.Errorf("holds: %s", got)
	}
	w.rows[orders] = []string{twin, twin, order("o2", "c1", "1000", "20", "")}
	w.ran("1 unchanged, 1 created; ; ")
	if d := w.crm.DealsByUID("o1"); len(d) != 1 || d[0].Sum != "2000.00" {
		t.Errorf("%+v", d)
	}
}

// As long as nobody knows whose a payment is, no other record takes it for its own.
func TestWhileAPaymentIsUnsureItsInvoiceIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := billed(t)
	w.rows[payments] = []string{"p1;i1;2026-11-03;300"}
	if err := w.crm.Faults(emulator.Fault{Action: "invoice/do", Nth: 1, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}); err != nil {
		t.Fatal(err)
	}
	w.step = func(step string) {
		if step != "answered" || !fired(w) {
			return
		}
		w.step = nil
		if err := w.crm.PayInvoice(1, "400"); err != nil {
			t.Error(err)
		}
	}
	w.all()
	w.step = nil
	w.later(settle + time.Minute)
	w.all()
	w.rows[payments] = append(w.rows[payments], "p2;i1;2026-11-04;400") // as much as somebody paid
	w.ran("1 unchanged; 1 unchanged; 1 held, 1 waiting")
	if got := w.holds(); got != "orders.payments/p1 payment-unsure" {
		t.Errorf("holds: %s", got)
	}
	if err := w.job(payments).Resolve(noCancel{}, "p1", choice("add")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.later(time.Minute)
		w.all()
	}
	w.planned("15: 400.00 paid, 15: 300.00 paid, 15: 300.00")
	if got := w.holds(); got != "" {
		t.Errorf("holds: %s", got)
	}
	w.still()
	w.sound()
}

// Over v3 no request changes the lines of a deal, and the CRM counts its sum from
// them: a person who leaves them so is not asked about the sum.
func TestLinesThatAPersonLeavesLeaveTheSumToo(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.all()
	w.rows[orders] = []string{order("o1", "c1", "1100", "40", "")}
	w.ran("1 held; ; ")
	if err := w.job(orders).Resolve(noCancel{}, "o1", choice("crm")); err != nil {
		t.Fatal(err)
	}
	w.ran("1 updated; ; ") // the stage goes
	w.still()
	if d := w.crm.DealsByUID("o1")[0]; d.Step != "40" || d.Sum != "1000.00" || w.holds() != "" {
		t.Errorf("stage %s, sum %s, holds %q", d.Step, d.Sum, w.holds())
	}
}

// A person gave the deal the stage that the order has now, and the run that closes it
// dies before it sees what came of that. The closed deal shows no stage any more: it is
// where both sides put it, and nobody is asked about it.
func TestAClosingThatDiedLeavesNoQuestionAboutTheStage(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"intent-durable", "answered", "proven"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newTrade(t, emulator.Options{})
			w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
			w.ran("1 created; ; ")
			if err := w.crm.MoveStep(1, "60"); err != nil {
				t.Fatal(err)
			}
			w.later(time.Minute)
			w.rows[orders] = []string{order("o1", "c1", "1000", "60", "Да")}
			w.step = func(step string) {
				if step == at {
					panic(errCrashed)
				}
			}
			_, err := w.run(orders)
			if w.step = nil; err != errCrashed { //nolint:errorlint // the very value
				t.Fatal(err)
			}
			w.heals()
			if d := w.crm.DealsByUID("o1"); len(d) != 1 || !d[0].Closed || w.holds() != "" {
				t.Errorf("holds %q: %+v", w.holds(), d)
			}
			w.rows[orders] = []string{order("o1", "c1", "1000", "40", "Да")} // what changes after that is held as ever
			w.later(time.Minute)
			w.all()
			if got := w.holds(); got != "orders/o1 deal-closed" {
				t.Errorf("another stage of a closed deal: %q", got)
			}
		})
	}
}

// What was added and is gone before it was read back, was made all the same: somebody
// has taken it out, and it is not billed again by itself, wherever the run ended.
func TestWhatSomebodyTookOutBeforeItWasReadBackIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{false, true} {
		t.Run(fmt.Sprint("killed ", killed), func(t *testing.T) {
			t.Parallel()
			w := billed(t)
			w.rows[payments] = nil
			w.step = func(step string) {
				if step != "claimed" {
					return
				}
				if err := w.crm.DeleteInvoice(w.crm.Invoices()[0].ID); err != nil {
					t.Error(err)
				}
				if killed {
					panic(errCrashed)
				}
			}
			_, _ = w.run(invoices)
			w.step = nil
			w.heals()
			w.planned("")
			if got := w.holds(); got != "orders.invoices/i1 crm-gone" {
				t.Errorf("holds: %s", got)
			}
			if err := w.job(invoices).Resolve(noCancel{}, "i1", choice("add")); err != nil {
				t.Fatal(err)
			}
			w.later(time.Hour)
			w.all()
			w.planned("15: 1000.00")
			if got := w.holds(); got != "" {
				t.Errorf("holds: %s", got)
			}
			w.still()
		})
	}
}

// Entered anew by a person, it is met.
func TestWhatSomebodyTookOutAndEnteredAnewIsLinked(t *testing.T) {
	t.Parallel()
	w := billed(t)
	w.rows[payments] = nil
	w.step = func(step string) {
		if step == "claimed" {
			if err := w.crm.DeleteInvoice(w.crm.Invoices()[0].ID); err != nil {
				t.Error(err)
			}
		}
	}
	_, _ = w.run(invoices)
	w.step = nil
	w.heals()
	if err := w.crm.SeedInvoice(emulator.Invoice{DID: 1, Number: "15", Sum: "1000", Date: "2026-11-02"}); err != nil {
		t.Fatal(err)
	}
	w.later(8 * 24 * time.Hour)
	w.all()
	w.planned("15: 1000.00")
	if got := w.holds(); got != "" {
		t.Errorf("holds: %s", got)
	}
	w.still()
}
