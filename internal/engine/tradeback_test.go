package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// told is where the jobs of a trade write back to: what they said, which nobody
// takes in.
type told struct {
	job  string
	said *[]string
}

func (o told) Name(run int64, _ time.Time) string { return fmt.Sprintf("%s-%03d.csv", o.job, run) }

func (told) Settles() bool { return false }

func (o told) Deliver(_ context.Context, _ string, rows []engine.OfferRow) error {
	for _, row := range rows {
		who := row.UID
		if who == "" {
			who = fmt.Sprint("number ", row.CLID)
		}
		for _, f := range row.Fields {
			*o.said = append(*o.said, fmt.Sprintf("%s/%s %s=%s", o.job, who, f.Field, text(f.New)))
		}
	}
	return nil
}

// writesBack makes the jobs of a trade go both ways, and gives what they say.
func (w *trade) writesBack() *[]string {
	said := new([]string)
	w.outbox = func(job string) engine.Outbox { return told{job, said} }
	w.tune = func(_ string, c *engine.Config) {
		c.Policy.Direction, c.Policy.ExportNew, c.FullScanEvery = reconcile.Both, true, time.Hour
	}
	w.all() // what is in the CRM before is no news
	w.later(time.Minute)
	return said
}

// What the CRM makes of an add by itself is nobody's edit, although the run that sent
// the add died before it saw it: the counter in front of the title, the sum of the
// lines.
func TestAnAddOfADealThatDiedIsNoEditOfTheCRM(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"intent-durable", "answered", "proven"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newTrade(t, emulator.Options{})
			said := w.writesBack()
			w.rows[orders] = []string{strings.Replace(order("o1", "c1", "1000", "20", ""), ";1000;", ";1000.01;", 1)}
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
			if d := w.crm.DealsByUID("o1"); len(d) != 1 || d[0].Title == "Заказ o1" || d[0].Sum != "1000.00" {
				t.Errorf("the deal: %+v", d)
			}
			if len(*said) != 0 || w.holds() != "" {
				t.Errorf("said %q, holds %s", *said, w.holds())
			}
		})
	}
}

// What was added by a run that died is one record, and is counted as one, although the
// CRM shows it to a job that takes in what people made there.
func TestWhatARunThatDiedAddedIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	said := w.writesBack()
	w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
	w.ran("1 created; ; ")
	w.rows[invoices] = []string{"i1;o1;15;1000"}
	w.step = func(step string) {
		if step == "answered" {
			panic(errCrashed)
		}
	}
	_, err := w.run(invoices)
	if w.step = nil; err != errCrashed { //nolint:errorlint // the very value
		t.Fatal(err)
	}
	w.later(settle + time.Minute)
	w.ran("1 unchanged; 1 unchanged; ")
	if w.planned("15: 1000.00"); len(*said) != 0 {
		t.Errorf("said %q", *said)
	}
}

// Of which payment nobody knows whose it is, is not told to the source, which has it;
// that of somebody else is.
func TestAPaymentThatMayBeOursIsNotOfferedAsNew(t *testing.T) {
	t.Parallel()
	for _, take := range []string{"", "ignore"} {
		t.Run("take "+take, func(t *testing.T) {
			t.Parallel()
			w := newTrade(t, emulator.Options{})
			said := w.writesBack()
			w.rows[orders] = []string{order("o1", "c1", "1000", "20", "")}
			w.rows[invoices], w.rows[payments] = []string{"i1;o1;15;1000"}, []string{"p1;i1;2026-11-03;400"}
			if err := w.crm.Faults(emulator.Fault{Action: "invoice/do", Nth: 1, Times: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop}); err != nil {
				t.Fatal(err)
			}
			w.step = func(step string) {
				if step != "answered" || !fired(w) {
					return
				}
				w.step = nil
				if err := w.crm.PayInvoice(w.crm.Invoices()[1].ID, "300"); err != nil {
					t.Error(err)
				}
			}
			w.ran("1 created; 1 created; 1 held")
			w.planned("15: 400.00 paid, 15: 300.00 paid, 15: 300.00")
			if take != "" {
				if err := w.job(payments).Resolve(noCancel{}, "p1", choice(take)); err != nil {
					t.Fatal(err)
				}
			}
			for range 3 {
				w.later(settle + 2*time.Hour)
				w.all()
			}
			if got := strings.Join(*said, ", "); got != "orders.payments/number 2 date_do=2026-11-02, orders.payments/number 2 invoice=1, orders.payments/number 2 summa=300" {
				t.Errorf("said %s", got)
			}
		})
	}
}
