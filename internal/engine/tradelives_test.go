package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/crmapi/emulator"
)

// tradeLife is the life of a trade: exports that people edit, a CRM that people edit,
// runs that meet faults or are killed.
type tradeLife struct {
	*trade
	t        *rapid.T
	orders   map[string]string // by key: the row
	invoices map[string]string
	payments map[string]string
	seq      int
	byHand   bool // people touched the plan of payments
}

// TestModelOfTrades: whatever happens, no deal is there twice, no invoice twice, nothing
// is paid twice or over, and once the troubles end nothing more is sent.
func TestModelOfTrades(t *testing.T) {
	t.Parallel()
	whole(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := &tradeLife{
			trade: openTrade(rt, t.TempDir(), emulator.Options{}), t: rt,
			orders: map[string]string{}, invoices: map[string]string{}, payments: map[string]string{},
		}
		defer l.close()
		rt.Repeat(map[string]func(*rapid.T){
			"order": l.editOrder, "invoice": l.editInvoice, "payment": l.editPayment, "leave": l.leave,
			"run": l.runOne, "run under a fault": l.runFaulted, "killed": l.runKilled, "by hand": l.people,
			"": func(*rapid.T) { l.sound() },
		})
		l.crm.ReleaseLate()
		for range 5 {
			l.later(settle + time.Minute)
			l.export()
			l.all()
		}
		l.still()
		l.sound()
		l.everyPaymentOnce()
	})
}

func (l *tradeLife) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(l.t, label)
}

func (l *tradeLife) editOrder(*rapid.T) {
	key := l.pick("order", "o1", "o2", "o3")
	l.orders[key] = order(key, l.pick("client", "c1", "c1", "c2", "c9"), l.pick("sum", "300", "1000"),
		l.pick("step", "20", "40", "60", "77"), l.pick("closed", "", "", "", "Да"))
}

func (l *tradeLife) editInvoice(*rapid.T) {
	key := l.pick("invoice", "i1", "i2", "i3")
	of := l.pick("of", "o1", "o2", "o3") // whose numbers are its own: they begin anew each year
	l.invoices[key] = fmt.Sprintf("%s;%s;%s;%s", key, of, of[1:]+l.pick("number", "5", "6"), l.pick("sum", "100", "300", "1000"))
}

func (l *tradeLife) editPayment(*rapid.T) {
	l.seq++
	key := fmt.Sprintf("p%d", l.seq)
	if l.seq > 6 {
		key = l.pick("payment", "p1", "p2", "p3", "p4", "p5", "p6")
	}
	l.payments[key] = fmt.Sprintf("%s;%s;2026-11-0%d;%s", key, l.pick("of", "i1", "i2", "i3"), rapid.IntRange(1, 3).Draw(l.t, "day"), l.pick("sum", "50", "100", "300"))
}

func (l *tradeLife) leave(*rapid.T) {
	switch l.pick("what", "order", "invoice", "payment") {
	case "order":
		delete(l.orders, l.pick("order", "o1", "o2", "o3"))
	case "invoice":
		delete(l.invoices, l.pick("invoice", "i1", "i2", "i3"))
	default:
		delete(l.payments, l.pick("payment", "p1", "p2", "p3"))
	}
}

// export writes what the books hold now.
func (l *tradeLife) export() {
	for job, rows := range map[string]map[string]string{orders: l.orders, invoices: l.invoices, payments: l.payments} {
		l.rows[job] = nil
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			l.rows[job] = append(l.rows[job], rows[key])
		}
	}
}

func (l *tradeLife) runOne(*rapid.T) {
	l.later(time.Duration(rapid.SampledFrom([]int{1, 1, 11, 100}).Draw(l.t, "minutes")) * time.Minute)
	l.export()
	l.all()
}

func (l *tradeLife) runFaulted(*rapid.T) {
	f := emulator.Fault{
		Action: l.pick("action", "deal/add", "deal/update", "deal/change.step", "deal/close", "invoice/add", "invoice/do", "invoice/do"),
		Nth:    rapid.IntRange(1, 2).Draw(l.t, "nth"), Times: 1,
		Phase: rapid.SampledFrom([]emulator.Phase{emulator.PhaseBefore, emulator.PhaseAfter, emulator.PhaseAfter, emulator.PhaseLate}).Draw(l.t, "phase"),
		Kind:  emulator.KindDrop,
	}
	if err := l.crm.Faults(f); err != nil {
		l.t.Fatal(err)
	}
	l.runOne(l.t)
	if err := l.crm.Faults(); err != nil {
		l.t.Fatal(err)
	}
	l.crm.ReleaseLate() // a late request lands before the settle time is over, or never
}

func (l *tradeLife) runKilled(*rapid.T) {
	at, steps := rapid.IntRange(1, 25).Draw(l.t, "step"), 0
	l.step = func(string) {
		if steps++; steps == at {
			panic(errCrashed)
		}
	}
	defer func() { l.step = nil }()
	l.later(time.Minute)
	l.export()
	for _, job := range []string{orders, invoices, payments} {
		if _, err := l.run(job); errors.Is(err, errCrashed) {
			return
		}
	}
}

// people are the users of the CRM.
func (l *tradeLife) people(*rapid.T) {
	deals := l.crm.Deals()
	if len(deals) == 0 {
		return
	}
	d := rapid.SampledFrom(deals).Draw(l.t, "deal")
	switch l.pick("edit", "step", "close", "delete", "pay", "title") {
	case "step":
		_ = l.crm.MoveStep(d.DID, l.pick("step", "20", "60"))
	case "close":
		if !d.Closed {
			_ = l.crm.CloseDeal(d.DID, "Победа полная", d.Sum, "")
		}
	case "delete":
		if len(l.crm.InvoicesOf(d.DID)) == 0 {
			_ = l.crm.DeleteDeal(d.DID)
		}
	case "pay":
		for _, line := range l.crm.InvoicesOf(d.DID) {
			if !line.Paid {
				l.byHand = true
				_ = l.crm.PayInvoice(line.ID, "")
				break
			}
		}
	default:
		_ = l.crm.EditDeal(d.DID, "title", "Правка")
	}
}

// everyPaymentOnce fails when the CRM was told more often of money than there were
// payments.
func (l *tradeLife) everyPaymentOnce() {
	told := 0
	for _, p := range l.crm.Payments() {
		if p.ViaAPI {
			told++
		}
	}
	if most := min(l.seq, 6); told > most && !l.byHand {
		l.Errorf("%d payments over the API of %d that there ever were: %s", told, most, l.plan())
	}
}
