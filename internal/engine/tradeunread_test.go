package engine_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
)

// spoiler is a CRM in whose answers a text is no text any more, as with a record that
// somebody pasted damaged characters into.
type spoiler struct {
	http.Handler
	what atomic.Pointer[string] // nil = nothing is spoiled
}

func (s *spoiler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what := s.what.Load()
	if what == nil {
		s.Handler.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	s.Handler.ServeHTTP(answer, r)
	w.WriteHeader(answer.Code)
	_, _ = w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(*what), []byte("\xff\xfe\"")))
}

// unreadable are the rejects and warnings about what the CRM cannot show.
func (w *trade) unreadable() string {
	w.Helper()
	list, err := w.db.Rejects(noCancel{}, "")
	if err != nil {
		w.Fatalf("rejects: %v", err)
	}
	var out []string
	for _, r := range list {
		if r.Warning {
			out = append(out, fmt.Sprintf("%s warns %s %s", r.Job, r.Code, r.Value))
			continue
		}
		out = append(out, fmt.Sprintf("%s/%s %s %s", r.Job, r.UID, r.Rule, r.Value))
	}
	return strings.Join(out, "\n")
}

// What cannot be read stops what hangs on it, and nothing else; nothing is taken to
// be gone, or not there yet.
func TestWhatTheCRMCannotShowStopsItsOwnMoneyAlone(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]string{"a deal": ` o2"`, "an invoice": `16B"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTrade(t, emulator.Options{})
			w.rows[orders] = []string{order("o1", "c1", "1000", "20", ""), order("o2", "c2", "500", "20", "")}
			w.rows[invoices] = []string{"i1;o1;15;1000", "i2;o2;16B;200"}
			w.rows[payments] = []string{"p1;i1;2026-11-03;400"}
			w.ran("2 created; 2 created; 1 created")
			w.spoiled.what.Store(&spoil)
			w.rows[invoices] = append(w.rows[invoices], "i3;o2;17;300")
			w.rows[payments] = append(w.rows[payments], "p2;i2;2026-11-04;200", "p3;i1;2026-11-04;100")
			for i, want := range []string{
				"2 unchanged; 2 unchanged, 1 rejected; 1 unchanged, 1 created, 1 rejected",
				"2 unchanged; 2 unchanged, 1 rejected; 2 unchanged, 1 rejected", "2 unchanged; 2 unchanged, 1 rejected; 2 unchanged, 1 rejected",
			} {
				if w.later(8 * 24 * time.Hour); i == 2 {
					w.later(-7 * 24 * time.Hour) // news alone
				}
				w.ran(want)
			}
			for _, want := range []string{"orders.invoices/i3 crm-unreadable deal 2", "orders.payments/p2 crm-unreadable invoice 2"} {
				if !strings.Contains(w.unreadable(), want) {
					t.Errorf("%s is not among\n%s", want, w.unreadable())
				}
			}
			w.planned("15: 400.00 paid, 16B: 200.00, 15: 100.00 paid, 15: 500.00")
			w.spoiled.what.Store(nil)
			w.later(time.Hour)
			w.ran("2 unchanged; 2 unchanged, 1 created; 2 unchanged, 1 created")
			w.planned("15: 400.00 paid, 16B: 200.00 paid, 15: 100.00 paid, 15: 500.00, 17: 300.00")
			if w.holds() != "" || w.unreadable() != "" {
				t.Errorf("holds %s, rejects %s", w.holds(), w.unreadable())
			}
			w.still()
			w.sound()
		})
	}
}

// A deal that cannot be read is told as such, in a run and in a scan of all: access is
// not what the login lacks.
func TestADealThatCannotBeReadIsNotCalledHidden(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", ""), order("o2", "c2", "500", "20", "")}
	w.ran("2 created; ; ")
	spoil := ` o2"`
	w.spoiled.what.Store(&spoil)
	w.rows[orders][1] = order("o2", "c2", "500", "40", "")
	for range 2 {
		w.later(8 * 24 * time.Hour)
		w.ran("1 unchanged, 1 rejected; ; ")
		for _, want := range []string{"orders/o2 crm-unreadable deal 2", "orders warns crm-unreadable deal 2"} {
			if got := w.unreadable(); !strings.Contains(got, want) || w.holds() != "" {
				t.Errorf("%s is not among\n%s\nheld: %s", want, got, w.holds())
			}
		}
	}
	w.spoiled.what.Store(nil)
	w.later(time.Hour)
	w.ran("1 unchanged, 1 updated; ; ")
	if w.holds() != "" || w.unreadable() != "" {
		t.Errorf("holds %s, rejects %s", w.holds(), w.unreadable())
	}
}

// What a scan could not read is no news of the CRM once it can be read again.
func TestWhatCouldNotBeReadIsNotBornWhenItCan(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	if err := w.crm.SeedDeal(emulator.Deal{CLID: 1, Title: "Их сделка", Lines: []emulator.Line{{Title: "Насос", Quantity: "1", Price: "70"}}}); err != nil {
		t.Fatal(err)
	}
	if err := w.crm.SeedInvoice(emulator.Invoice{DID: 1, Number: "90B", Sum: "70"}); err != nil {
		t.Fatal(err)
	}
	if err := w.crm.PayInvoice(w.crm.Invoices()[0].ID, "30"); err != nil {
		t.Fatal(err)
	}
	said := w.writesBack()
	spoil := `90B"`
	w.spoiled.what.Store(&spoil)
	w.later(8 * 24 * time.Hour)
	w.all()
	if got := w.unreadable(); !strings.Contains(got, "orders.invoices warns crm-unreadable deal 1") {
		t.Errorf("rejects: %s", got)
	}
	w.spoiled.what.Store(nil)
	w.later(8 * 24 * time.Hour)
	w.all()
	if len(*said) != 0 {
		t.Errorf("said %q", *said)
	}
}
