package crmapi_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// dealWrites are the writes of deals, invoices, payments and contacts, each on
// records of its own, and what tells that one was carried out.
func dealWrites() map[string]struct {
	call func(ctx context.Context, m dealCRM) error
	done func(m dealCRM) int // how often
} {
	type write = struct {
		call func(ctx context.Context, m dealCRM) error
		done func(m dealCRM) int
	}
	once := func(is bool) int {
		if is {
			return 1
		}
		return 0
	}
	deal := func(m dealCRM) emulator.Deal { d, _ := m.em.Deal(1); return d }
	return map[string]write{
		"deal/add": {
			func(ctx context.Context, m dealCRM) error {
				_, err := m.d.Add(ctx, crmapi.DealInput{CLID: 1, UID: "секрет", Fields: []crmapi.FieldInput{field("title", "секрет")}})
				return err
			},
			func(m dealCRM) int { return len(m.em.DealsByUID("секрет")) },
		},
		"deal/update": {
			func(ctx context.Context, m dealCRM) error {
				return m.d.Update(ctx, crmapi.DealObject{DID: 1}, crmapi.DealInput{Fields: []crmapi.FieldInput{field("content", "секрет")}})
			},
			func(m dealCRM) int { return once(deal(m).Fields["content"] == "секрет") },
		},
		"deal/change.step": {
			func(ctx context.Context, m dealCRM) error { return m.d.ChangeStep(ctx, 1, "60", "секрет") },
			func(m dealCRM) int { return len(deal(m).Log) },
		},
		"deal/close": {
			func(ctx context.Context, m dealCRM) error {
				return m.d.Close(ctx, 1, crmapi.CloseInput{Status: "Победа полная", Text: "секрет"})
			},
			func(m dealCRM) int { return once(deal(m).Closed) },
		},
		"deal/delete": {
			func(ctx context.Context, m dealCRM) error { return m.d.Delete(ctx, 2) },
			func(m dealCRM) int { _, there := m.em.Deal(2); return once(!there) },
		},
		"invoice/add": {
			func(ctx context.Context, m dealCRM) error {
				_, _, err := m.d.AddInvoice(ctx, crmapi.InvoiceInput{DID: 1, Number: "секрет", Sum: "40"})
				return err
			},
			func(m dealCRM) int { return len(m.em.InvoicesOf(1)) - 1 },
		},
		"invoice/do": {
			func(ctx context.Context, m dealCRM) error {
				return m.d.Pay(ctx, crmapi.PaymentInput{ID: 1, Number: "секрет", Sum: "5"})
			},
			func(m dealCRM) int { return len(m.em.Payments()) },
		},
		"person/add": {
			func(ctx context.Context, m dealCRM) error {
				_, err := m.p.Add(ctx, crmapi.PersonInput{CLID: 1, Fields: []crmapi.FieldInput{field("person", "секрет")}})
				return err
			},
			func(m dealCRM) int { return len(m.em.Persons()) - 1 },
		},
		"person/update": {
			func(ctx context.Context, m dealCRM) error {
				return m.p.Update(ctx, crmapi.PersonObject{PID: 1, UserID: 1}, crmapi.PersonInput{Fields: []crmapi.FieldInput{field("person", "секрет")}})
			},
			func(m dealCRM) int { return once(m.em.Persons()[0].Name == "секрет") },
		},
		"person/delete": {
			func(ctx context.Context, m dealCRM) error { return m.p.Delete(ctx, 1) },
			func(m dealCRM) int { return once(len(m.em.Persons()) == 0) },
		},
	}
}

// faultyCRM has a deal with an open invoice, one without, and a contact; its
// client repeats what may be repeated.
func faultyCRM(t testing.TB) dealCRM {
	t.Helper()
	m := withDeal(t, emulator.Options{})
	s := httptest.NewServer(m.em)
	c, err := crmapi.New(crmapi.Config{
		BaseURL: s.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(m.em.Key()), Rate: -1, Attempts: 3, Backoff: time.Millisecond,
	})
	must(t, err)
	t.Cleanup(func() { c.Close(); m.em.Close(); s.Close() })
	must(t, m.em.SeedDeal(emulator.Deal{DID: 2, CLID: 1, Title: "Вторая"}))
	must(t, m.em.SeedInvoice(emulator.Invoice{ID: 1, DID: 1, Number: "секрет", Sum: "20"}))
	must(t, m.em.SeedPerson(emulator.Person{PID: 1, CLID: 1, Name: "Иванов"}))
	m.c, m.d, m.p = c, c.Deals(crmapi.DealsV3), c.Persons()
	return m
}

// A write whose answer is lost or spoilt was sent once, is in doubt, and says
// nothing of its values.
func TestFaultsOfWritesOfDeals(t *testing.T) {
	t.Parallel()
	for name, w := range dealWrites() {
		for _, tc := range []struct {
			phase emulator.Phase
			kind  emulator.Kind
			want  crmapi.Class
			done  int
		}{
			{emulator.PhaseBefore, emulator.KindDrop, crmapi.ClassUnknown, 0},
			{emulator.PhaseBefore, emulator.KindHTTP502, crmapi.ClassUnknown, 0},
			{emulator.PhaseBefore, emulator.KindDBDown, crmapi.ClassUnknown, 0},
			{emulator.PhaseBefore, emulator.KindHTMLPage, crmapi.ClassUnknown, 0},
			{emulator.PhaseBefore, emulator.KindUnauth, crmapi.ClassAuth, 0},
			{emulator.PhaseBefore, emulator.KindRedirect, crmapi.ClassRedirect, 0},
			{emulator.PhaseDuring, emulator.KindFatal, crmapi.ClassUnknown, 0},
			{emulator.PhaseAfter, emulator.KindFatal, crmapi.ClassUnknown, 1},
			{emulator.PhaseAfter, emulator.KindDrop, crmapi.ClassUnknown, 1},
			{emulator.PhaseAfter, emulator.KindEmpty, crmapi.ClassUnknown, 1},
			{emulator.PhaseAfter, emulator.KindCut, crmapi.ClassUnknown, 1},
			{emulator.PhaseAfter, emulator.KindTruncated, crmapi.ClassUnknown, 1},
			{emulator.PhaseAfter, emulator.KindWarning, crmapi.ClassUnknown, 1},
			{emulator.PhaseAfter, emulator.KindTrailing, crmapi.ClassUnknown, 1},
			{emulator.PhaseAfter, emulator.KindCode500, crmapi.ClassUnknown, 1},
			{emulator.PhaseLate, emulator.KindDrop, crmapi.ClassUnknown, 1},
		} {
			t.Run(fmt.Sprint(name, " ", tc.phase, " ", tc.kind), func(t *testing.T) {
				t.Parallel()
				m := faultyCRM(t)
				must(t, m.em.Faults(emulator.Fault{Name: "f", Action: name, Phase: tc.phase, Kind: tc.kind, Times: 1}))
				err := w.call(t.Context(), m)
				m.em.ReleaseLate()
				if class(err) != tc.want || m.em.FaultsFired()["f"] != 1 {
					t.Fatalf("%v, faults %v", err, m.em.FaultsFired())
				}
				if n := w.done(m); n != tc.done {
					t.Errorf("carried out %d times, want %d", n, tc.done)
				}
				if !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "секрет") || strings.Contains(err.Error(), m.em.Key()) {
					t.Errorf("the error says %q", err)
				}
				sent := 0
				for _, ev := range m.em.History() {
					if ev.Write {
						sent++
					}
				}
				if sent != 1 {
					t.Errorf("sent %d times", sent)
				}
			})
		}
	}
}

// A payment whose line was split but whose answer was lost half way leaves the
// money told and the rest not: in doubt all the same, and not repeated.
func TestAPaymentThatBreaksInTheMiddle(t *testing.T) {
	t.Parallel()
	m := faultyCRM(t)
	must(t, m.em.Faults(emulator.Fault{Action: "invoice/do", Phase: emulator.PhaseDuring, Kind: emulator.KindDrop, Record: 2, Times: 1}))
	err := m.d.Pay(t.Context(), crmapi.PaymentInput{ID: 1, Number: "секрет", Sum: "5"})
	if class(err) != crmapi.ClassUnknown || len(m.em.Payments()) != 1 || len(m.em.Invoices()) != 1 {
		t.Errorf("%v, %+v", err, m.em.Invoices())
	}
}

// Reads go on after what passes.
func TestReadsOfDealsAreRepeated(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(ctx context.Context, m dealCRM) error{
		"deal/list":      func(ctx context.Context, m dealCRM) error { _, err := m.d.Newest(ctx); return err },
		"deal/info":      func(ctx context.Context, m dealCRM) error { _, err := m.d.ByDID(ctx, 1); return err },
		"invoice/list":   func(ctx context.Context, m dealCRM) error { _, err := m.d.InvoicesOf(ctx, 1); return err },
		"invoice/info":   func(ctx context.Context, m dealCRM) error { _, err := m.d.Invoice(ctx, 1); return err },
		"deal/steplist":  func(ctx context.Context, m dealCRM) error { _, err := m.d.Guides(ctx); return err },
		"person/info":    func(ctx context.Context, m dealCRM) error { _, err := m.p.ByPID(ctx, 1); return err },
		"deal/fields":    func(ctx context.Context, m dealCRM) error { _, err := m.c.ProbeDeals(ctx); return err },
		"person/fields":  func(ctx context.Context, m dealCRM) error { _, err := m.p.Fields(ctx); return err },
		"deal/direction": func(ctx context.Context, m dealCRM) error { return m.d.ChangeStep(ctx, 1, "60", "") },
	} {
		for _, kind := range []emulator.Kind{emulator.KindDrop, emulator.KindHTTP502, emulator.KindTruncated, emulator.KindWarning} {
			t.Run(fmt.Sprint(name, " ", kind), func(t *testing.T) {
				t.Parallel()
				m := faultyCRM(t)
				must(t, m.em.Faults(emulator.Fault{Name: "f", Action: name, Kind: kind, Times: 1}))
				if err := read(t.Context(), m); err != nil || m.em.FaultsFired()["f"] != 1 {
					t.Errorf("%v, faults %v", err, m.em.FaultsFired())
				}
			})
		}
	}
}

// A write that had a question to ask first, and got no answer, was not sent: it is
// in no doubt.
func TestAWriteWhoseQuestionIsNotAnswered(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		asked string
		write func(ctx context.Context, m dealCRM) error
	}{
		"deal/add": {"deal/steplist", func(ctx context.Context, m dealCRM) error {
			_, err := m.d.Add(ctx, crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{field("title", "Т"), field("step", "20")}})
			return err
		}},
		"deal/change.step": {"deal/direction", func(ctx context.Context, m dealCRM) error { return m.d.ChangeStep(ctx, 1, "60", "") }},
		"deal/close": {"deal/statusclose", func(ctx context.Context, m dealCRM) error {
			return m.d.Close(ctx, 1, crmapi.CloseInput{Status: "Победа полная"})
		}},
		"person/update": {"user/list", func(ctx context.Context, m dealCRM) error {
			return m.p.Update(ctx, crmapi.PersonObject{PID: 1}, crmapi.PersonInput{User: "boss@example.org"})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := faultyCRM(t)
			must(t, m.em.Faults(emulator.Fault{Action: tc.asked, Kind: emulator.KindHTTP502}))
			err := tc.write(t.Context(), m)
			if class(err) != crmapi.ClassTransport || !strings.Contains(err.Error(), name) {
				t.Errorf("%v", err)
			}
			for _, ev := range m.em.History() {
				if ev.Write {
					t.Errorf("%s was sent", ev.Action)
				}
			}
		})
	}
}
