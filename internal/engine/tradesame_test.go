package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/state"
)

// byHand bills a deal in the CRM.
func (w *trade) byHand(id int64, number, sum string) {
	w.Helper()
	if err := w.crm.SeedInvoice(emulator.Invoice{ID: id, DID: 1, Number: number, Sum: sum}); err != nil {
		w.Fatalf("%v", err)
	}
}

// fits are the holds and the numbers of the CRM that they name.
func (w *trade) fits() string {
	w.Helper()
	list, err := w.db.Holds(noCancel{}, state.HoldFilter{})
	if err != nil {
		w.Fatalf("%v", err)
	}
	var out []string
	for _, h := range list {
		if h.CLID != 0 || h.Sticky {
			w.Errorf("%s is held about %d alone, or for good", h.UID, h.CLID)
		}
		out = append(out, h.UID+" "+string(h.Reason)+" "+h.OtherOwner)
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// Where a number was given twice in a deal, nothing is said of whose sum is which,
// nothing is paid and nothing is linked, until people mend it.
func TestOfInvoicesOfOneNumberNothingIsSaidOrPaidThatMayBeWrong(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	said := w.writesBack()
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.rows[invoices], w.rows[payments] = []string{"i1;o1;15;600"}, []string{"p1;i1;2026-11-03;250"}
	w.ran("1 created; 1 created; 1 created")
	w.byHand(3, "15", "77")
	if err := w.crm.PayInvoice(2, "20"); err != nil {
		t.Fatal(err)
	}
	w.rows[invoices] = append(w.rows[invoices], "i2;o1;15;77")
	w.rows[payments] = append(w.rows[payments], "p2;i1;2026-11-03;300")
	for range 2 {
		w.later(2 * time.Hour) // all of the CRM is read
		w.ran("1 unchanged; 1 unchanged, 1 held; 1 unchanged, 1 rejected")
		if got := w.fits(); got != "i2 match-ambiguous 1, 3, 4" {
			t.Errorf("held: %s", got)
		}
	}
	w.planned("15: 250.00 paid, 15: 20.00 paid, 15: 77.00, 15: 330.00")
	if len(*said) != 0 {
		t.Errorf("said %q", *said)
	}
	if err := w.crm.DeleteInvoice(3); err != nil { // it gets a number of its own
		t.Fatal(err)
	}
	w.byHand(5, "16", "77")
	w.rows[invoices][1] = "i2;o1;16;77"
	w.later(2 * time.Hour)
	w.ran("1 unchanged; 1 unchanged, 1 merged; 1 unchanged, 1 created, 1 written-back")
	w.planned("15: 250.00 paid, 15: 20.00 paid, 15: 300.00 paid, 16: 77.00, 15: 30.00")
	for _, line := range *said {
		if !strings.HasPrefix(line, "orders.payments/number 2 ") { // what people paid, and nothing else
			t.Errorf("said %s", line)
		}
	}
	if len(*said) != 3 {
		t.Errorf("said %q", *said)
	}
	w.sound()
}

func TestSeveralInvoicesThatFitAreAllNamedAndNoneIsLinked(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	said := w.writesBack()
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.ran("1 created; ; ")
	w.byHand(1, "15", "50")
	w.byHand(2, "15", "60")
	w.rows[invoices], w.rows[payments] = []string{"i1;o1;15;60"}, []string{"p1;i1;2026-11-03;60"}
	w.later(2 * time.Hour)
	w.ran("1 unchanged; 1 held; 1 held")
	if got := w.fits(); got != "i1 match-ambiguous 1, 2; p1 no-invoice " {
		t.Errorf("held: %s", got)
	}
	link := choice("link") // as one that was made of an older hold
	link.CLID = 1
	if err := w.job(invoices).Resolve(noCancel{}, "i1", link); err != nil {
		t.Fatal(err)
	}
	w.later(2 * time.Hour)
	w.ran("1 unchanged; 1 held; 1 held")
	if got := w.fits(); got != "i1 match-ambiguous 1, 2; p1 no-invoice " {
		t.Errorf("after the word: %s", got)
	}
	if err := w.crm.DeleteInvoice(1); err != nil {
		t.Fatal(err)
	}
	w.later(2 * time.Hour)
	w.ran("1 unchanged; 1 merged; 1 created")
	w.planned("15: 60.00 paid")
	if len(*said) != 0 {
		t.Errorf("said %q", *said)
	}
	w.sound()
}

func TestSeveralContactsThatFitAreAllNamed(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{AllFields: true})
	w.jobs = []string{contacts}
	if err := w.crm.SeedPerson(emulator.Person{CLID: 1, Name: "Пётр"}, emulator.Person{CLID: 1, Name: "Пётр"}); err != nil {
		t.Fatal(err)
	}
	w.rows[contacts] = []string{"k1;c1;Пётр;;;"}
	w.ran("1 held")
	if got := w.fits(); got != "k1 match-ambiguous 1, 2" {
		t.Errorf("held: %s", got)
	}
	if err := w.crm.DeletePerson(2); err != nil {
		t.Fatal(err)
	}
	w.later(time.Hour)
	w.ran("1 merged")
}
