package crmapi_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// contractCRM is an emulated CRM whose deals are spoken of in v1.
func contractCRM(t testing.TB, o emulator.Options) dealCRM {
	t.Helper()
	m := newDealCRM(t, o)
	m.d = m.c.Deals(crmapi.DealsV1)
	return m
}

// arrayServers are the servers that take arrays; PHP 8 has a test of its own.
func arrayServers() map[string]emulator.Options {
	return map[string]emulator.Options{"documented": {AsDocumented: true}, "before 2019": {Old: true}}
}

func TestADealsLifeInV1(t *testing.T) {
	t.Parallel()
	for name, o := range arrayServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := contractCRM(t, o)
			ctx := t.Context()
			did, err := m.d.Add(ctx, crmapi.DealInput{
				UID: "Д+1", CLID: 1, Payer: 2,
				Fields: []crmapi.FieldInput{
					field("title", "Заказ 1 + 50%"), field("datum_plan", "2026-12-01"), field("step", "20"), field("direction", "основное"),
					field("tip", "Тендер"), field("content", "раз\nдва"), field("input1", "О'Нил \"и\" %41"),
				},
				Lines: []crmapi.DealLine{
					{Article: "B", Title: "Болт 1+1 'М'", Unit: "шт", Quantity: "3", Price: "10.10", PriceIn: "5.05", VAT: "20"},
					{Title: "Гайка", Quantity: "2", Price: "0.5"},
				},
			})
			must(t, err)
			must(t, m.d.ChangeStep(ctx, did, "40", "пора + 1"))
			must(t, m.d.ChangeStep(ctx, did, "40", "ещё раз"))
			id, number, err := m.d.AddInvoice(ctx, crmapi.InvoiceInput{
				DID: did, Number: "А+7%", Date: "2026-11-20", Plan: "2026-11-25", Sum: "31.30", VAT: "5.05", Contract: "Д+1", Type: "По договору", Account: 2,
			})
			if err != nil || number != "А+7%" {
				t.Fatalf("%q, %v", number, err)
			}
			must(t, m.d.Pay(ctx, crmapi.PaymentInput{ID: id, Number: "А+7%", Sum: "11.30", On: "2026-11-21"}))
			must(t, m.d.Pay(ctx, crmapi.PaymentInput{ID: id + 1, Number: "А+7%", Sum: "20", Whole: true}))
			if err := m.d.Delete(ctx, did); class(err) != crmapi.ClassHasDeals {
				t.Errorf("a deal with invoices: %v", err)
			}
			must(t, m.d.Close(ctx, did, crmapi.CloseInput{Status: "Победа полная", Fact: "30.00", Margin: "7", Text: "итог"}))
			if err := m.d.Close(ctx, did, crmapi.CloseInput{Status: "Победа полная"}); class(err) != crmapi.ClassRefused {
				t.Errorf("closed twice: %v", err)
			}
			const today = "2026-11-22"
			got, err := m.d.ByDID(ctx, did)
			must(t, err)
			unit := ""
			if o.AsDocumented { // other servers do not show it
				unit = "шт"
			}
			want := crmapi.DealObject{
				DID: did, UID: "Д+1", CLID: 1, Payer: 2, User: emulator.DefaultLogin, Created: today, Fields: got.Fields,
				Closed: true, Status: "Победа полная", ClosedOn: today, Fact: "30", FactText: "итог", LinesKnown: true,
				Lines: []crmapi.DealLine{
					{Article: "B", Title: "Болт 1+1 ’М’", Unit: unit, Quantity: "3.00", Factor: "1", Price: "10.10", PriceIn: "5.05", VAT: "20.00"},
					{Title: "Гайка", Quantity: "2.00", Factor: "1", Price: "0.50", PriceIn: "0.00", VAT: "0.00"},
				},
				InvoicesKnown: true,
				Invoices: []crmapi.InvoiceObject{
					{ID: id, DID: did, CLID: 1, Number: "А+7%", Date: "2026-11-20", Sum: "11.30", VAT: "5.05", Paid: true, PaidOn: "2026-11-21", Contract: "Д+1", Type: "По договору", Account: 2},
					{ID: id + 1, DID: did, CLID: 1, Number: "А+7%", Date: "2026-11-20", Sum: "20.00", VAT: "0.00", Paid: true, PaidOn: today, Contract: "Д+1", Account: 2},
				},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("by did: %s", diff)
			}
			fields := map[string]crmapi.Text{
				"title": set("Заказ 1 + 50%"), "datum_plan": set("2026-12-01"), "datum_start": {}, "content": set("раз\nдва"), "kol": set("31.3"),
				"marga": set("7"), "mcid": {}, "direction": set("Основное"), "tip": set("Тендер"), "step": set("40"), "input1": set("О’Нил ”и” %41"),
			}
			for key, want := range fields {
				if got.Fields[key] != want {
					t.Errorf("%s: %+v, not %+v", key, got.Fields[key], want)
				}
			}
			if traits, err := m.d.ProbeTraits(ctx); err != nil || traits != (crmapi.DealTraits{HidesUnits: !o.AsDocumented}) {
				t.Errorf("%+v, %v", traits, err)
			}
			byUID, err := m.d.ByUID(ctx, "д+1")
			must(t, err)
			if diff := cmp.Diff(got, byUID); diff != "" {
				t.Errorf("by uid: %s", diff)
			}
			listed, err := m.d.Newest(ctx)
			must(t, err)
			if len(listed) != 1 || listed[0].UID != "Д+1" || listed[0].Fields["content"] != set("раз\nдва") || listed[0].Fields["kol"] != set("31.30") || listed[0].LinesKnown {
				t.Errorf("%+v", listed)
			}
			for _, in := range want.Invoices {
				if line, err := m.d.Invoice(ctx, in.ID); err != nil || line != in {
					t.Errorf("%+v, %v", line, err)
				}
			}
			for _, v := range emulator.CheckBooks(m.em.History(), m.em.Books()) {
				t.Error(v)
			}
		})
	}
}

// What PHP 8 leaves of v1: it reads, adds without a specification, moves, closes,
// deletes, bills and pays.
func TestADealsLifeInV1OnPHP8(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		m := contractCRM(t, emulator.Options{HideErrors: hidden})
		ctx := t.Context()
		in := crmapi.DealInput{UID: "Д-1", CLID: 1, Fields: []crmapi.FieldInput{field("title", "Заказ"), field("kol", "100")}}
		if _, err := m.d.Add(ctx, in); class(err) != crmapi.ClassUnknown {
			t.Fatalf("the answer dies after the insert: %v", err)
		}
		was, err := m.d.ByUID(ctx, "Д-1")
		if err != nil || len(m.em.Deals()) != 1 {
			t.Fatal(err)
		}
		lines := []crmapi.DealLine{{Title: "Болт", Quantity: "1", Price: "1"}}
		if traits, err := m.d.ProbeTraits(ctx); err != nil || traits != (crmapi.DealTraits{FixedLines: true, NoUpdate: true, HidesUnits: true}) {
			t.Errorf("%+v, %v", traits, err)
		}
		withLines := in
		withLines.Lines = lines
		sent := writesIn(m.em)
		for name, err := range map[string]error{
			"lines":         func() error { _, err := m.d.Add(ctx, withLines); return err }(),
			"update":        m.d.Update(ctx, was, crmapi.DealInput{Fields: []crmapi.FieldInput{field("kol", "120")}}),
			"specification": m.d.Update(ctx, was, crmapi.DealInput{Lines: lines, SetLines: true}),
		} {
			if class(err) != crmapi.ClassRefused || name != "specification" && !errors.Is(err, crmapi.ErrNotInDialect) || writesIn(m.em) != sent {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(t, m.d.ChangeStep(ctx, was.DID, "40", ""))
		id, _, err := m.d.AddInvoice(ctx, crmapi.InvoiceInput{DID: was.DID, Number: "1", Sum: "100"})
		must(t, err)
		must(t, m.d.Pay(ctx, crmapi.PaymentInput{ID: id, Number: "1", Sum: "40"}))
		must(t, m.d.Close(ctx, was.DID, crmapi.CloseInput{Status: "Победа полная"}))
		got, err := m.d.ByDID(ctx, was.DID)
		must(t, err)
		if !got.Closed || got.Fact != "100" || got.Fields["step"] != set("40") || len(got.Invoices) != 2 || !got.Invoices[0].Paid || got.Invoices[1].Sum != "60.00" || got.Invoices[0].Date != "2026-11-22" {
			t.Errorf("%+v", got)
		}
	}
}

func TestAnUpdateInV1(t *testing.T) {
	t.Parallel()
	for name, o := range arrayServers() {
		m := contractCRM(t, o)
		ctx := t.Context()
		must(t, m.em.SeedDeal(emulator.Deal{
			DID: 1, Title: "Было", CLID: 1, Payer: 2, Type: "Тендер", Sum: "10", Margin: "3", Step: "20",
			Fields: map[string]string{"content": "текст"}, Lines: []emulator.Line{{Title: "Болт", Quantity: "1", Price: "10"}},
		}))
		was, err := m.d.ByDID(ctx, 1)
		must(t, err)
		must(t, m.d.Update(ctx, was, crmapi.DealInput{UID: "U", CLID: 2, UserID: 1, Fields: []crmapi.FieldInput{field("title", "Стало"), field("content", "")}}))
		got, err := m.d.ByDID(ctx, 1)
		must(t, err)
		if got.UID != "U" || got.CLID != 2 || got.Payer != 2 || got.Fields["title"] != set("Стало") || got.Fields["content"].S != "" ||
			got.Fields["marga"] != set("3") || got.Fields["tip"] != set("Тендер") || got.Fields["step"] != set("20") || len(got.Lines) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
		must(t, m.d.Update(ctx, got, crmapi.DealInput{UID: "V", SetLines: true, Lines: []crmapi.DealLine{
			{Title: "Гайка", Quantity: "2", Price: "7"}, {Title: "Шайба", Quantity: "1", Price: "1", PriceIn: "0.5"},
		}}))
		if got, err = m.d.ByDID(ctx, 1); err != nil || got.UID != "U" || len(got.Lines) != 2 || got.Lines[0].Title != "Гайка" || got.Fields["kol"] != set("15") || got.Fields["marga"] != set("14.5") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		sent := writesIn(m.em)
		if err := m.d.Update(ctx, got, crmapi.DealInput{SetLines: true}); !errors.Is(err, crmapi.ErrNotInDialect) {
			t.Errorf("a specification cannot be emptied: %v", err)
		}
		got.Lines = nil
		must(t, m.d.Update(ctx, got, crmapi.DealInput{SetLines: true}))
		long := make([]crmapi.DealLine, 150)
		for i := range long {
			long[i] = crmapi.DealLine{Title: "Болт"}
		}
		if err := m.d.Update(ctx, got, crmapi.DealInput{SetLines: true, Lines: long}); class(err) != crmapi.ClassRefused || writesIn(m.em) != sent {
			t.Errorf("PHP would drop some of the lines: %v", err)
		}
		for _, gone := range []error{
			m.d.Update(ctx, crmapi.DealObject{DID: 99}, crmapi.DealInput{UserID: 1}), m.d.ChangeStep(ctx, 99, "20", ""),
			m.d.Close(ctx, 99, crmapi.CloseInput{Status: "Победа полная"}), m.d.Delete(ctx, 99),
		} {
			if class(gone) != crmapi.ClassInvisible {
				t.Errorf("%s: %v", name, gone)
			}
		}
		must(t, m.d.Delete(ctx, 1))
		if _, err := m.d.ByUID(ctx, "U"); class(err) != crmapi.ClassNotFound {
			t.Error(err)
		}
	}
}

// The documented list holds open deals alone; today's dies of the question for
// closed ones.
func TestAllDealsOfV1(t *testing.T) {
	t.Parallel()
	servers := arrayServers()
	servers["PHP 8"] = emulator.Options{}
	for name, o := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := contractCRM(t, o)
			for i := range 450 {
				d := emulator.Deal{Title: "Д", CLID: int64(1 + i%2), Closed: i%3 == 0, Edited: "2026-01-01"}
				if i%3 == 0 {
					d.Status, d.ClosedOn = "Победа полная", "2026-02-01"
				}
				if i > 440 {
					d.Edited = "2026-11-01"
				}
				must(t, m.em.SeedDeal(d))
			}
			for want, q := range map[int]crmapi.DealQuery{
				450: {}, 225: {CLID: 1}, 50: {Above: 400}, 9: {ChangedFrom: "2026-10-31 10:00:00", ChangedTo: "2027-01-01"},
			} {
				seen := map[int64]bool{}
				for d, err := range m.d.All(t.Context(), q) {
					if err != nil || seen[d.DID] || d.Closed != ((d.DID-1)%3 == 0) {
						t.Fatalf("%+v, %v", d, err)
					}
					seen[d.DID] = true
				}
				if len(seen) != want {
					t.Errorf("%+v: %d deals, not %d", q, len(seen), want)
				}
			}
			newest, err := m.d.Newest(t.Context())
			if err != nil || len(newest) < 100 || newest[0].DID != 450 || newest[99].DID != 351 {
				t.Errorf("%d, %v", len(newest), err)
			}
		})
	}
}

func TestGuidesOfV1(t *testing.T) {
	t.Parallel()
	m := contractCRM(t, emulator.Options{})
	g, err := m.d.Guides(t.Context())
	must(t, err)
	if len(g.Steps) != 7 || g.Steps[1] != (crmapi.Stage{Title: "20", Content: "Подтвержден интерес"}) || len(g.Directions) == 0 || len(g.Types) == 0 || len(g.Statuses) != 7 {
		t.Errorf("%+v", g)
	}
	fields, err := m.d.Fields(t.Context())
	if err != nil || !slices.ContainsFunc(fields, func(f crmapi.FieldCaption) bool { return f.Key == "marga" }) {
		t.Errorf("%+v, %v", fields, err)
	}
	if err := m.d.ChangeStep(t.Context(), 1, "55", ""); !errors.Is(err, crmapi.ErrNoSuchTitle) {
		t.Errorf("the server would take the deal off every stage: %v", err)
	}
	if m.d.API() != crmapi.DealsV1 || m.d.Traits() != (crmapi.DealTraits{HidesUnits: true}) {
		t.Errorf("%+v", m.d.Traits())
	}
}

// Whatever is lost, no write is sent twice, and money moves once.
func TestLostAnswersOfContract(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.Kind{emulator.KindDrop, emulator.KindFatal, emulator.KindEmpty, emulator.KindHTTP502, emulator.KindTruncated, emulator.KindTrailing, emulator.KindWarning} {
		m := contractCRM(t, emulator.Options{AsDocumented: true})
		ctx := t.Context()
		must(t, m.em.SeedDeal(emulator.Deal{DID: 1, Title: "А", CLID: 1}, emulator.Deal{DID: 2, Title: "Б", CLID: 1}))
		must(t, m.em.SeedInvoice(emulator.Invoice{ID: 1, DID: 1, Number: "1", Sum: "100"}))
		was, err := m.d.ByDID(ctx, 1)
		must(t, err)
		must(t, m.em.Faults(emulator.Fault{Action: "write", Phase: emulator.PhaseAfter, Kind: kind}))
		calls := map[string]func() error{
			"add": func() error {
				_, err := m.d.Add(ctx, crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{field("title", "В")}})
				return err
			},
			"update": func() error { return m.d.Update(ctx, was, crmapi.DealInput{UserID: 1}) },
			"step":   func() error { return m.d.ChangeStep(ctx, 1, "40", "") },
			"close":  func() error { return m.d.Close(ctx, 1, crmapi.CloseInput{Status: "Победа полная"}) },
			"delete": func() error { return m.d.Delete(ctx, 2) },
			"invoice": func() error {
				_, _, err := m.d.AddInvoice(ctx, crmapi.InvoiceInput{DID: 1, Number: "2", Sum: "5"})
				return err
			},
			"pay": func() error {
				return m.d.Pay(ctx, crmapi.PaymentInput{ID: 1, Number: "1", Sum: "40"})
			},
		}
		for _, name := range slices.Sorted(maps.Keys(calls)) {
			if err := calls[name](); class(err) != crmapi.ClassUnknown {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
		}
		books := m.em.Books()
		if writesIn(m.em) != len(calls) || len(books.Payments) != 1 || len(books.Invoices) != 3 || len(books.Deals) != 2 {
			t.Errorf("%s: %d writes, %+v", kind, writesIn(m.em), books)
		}
	}
}

// A part that was done before the answer broke is no success.
func TestHalfDoneWorkOfContractIsInDoubt(t *testing.T) {
	t.Parallel()
	m := contractCRM(t, emulator.Options{AsDocumented: true})
	ctx := t.Context()
	must(t, m.em.SeedDeal(emulator.Deal{DID: 1, Title: "А", CLID: 1}))
	must(t, m.em.SeedInvoice(emulator.Invoice{ID: 1, DID: 1, Number: "1", Sum: "100"}))
	must(t, m.em.Faults(emulator.Fault{Action: "contract/addpaimentpart", Phase: emulator.PhaseDuring, Record: 2, Kind: emulator.KindFatal}))
	if err := m.d.Pay(ctx, crmapi.PaymentInput{ID: 1, Number: "1", Sum: "40"}); class(err) != crmapi.ClassUnknown {
		t.Error(err)
	}
	if books := m.em.Books(); len(books.Payments) != 1 || writesIn(m.em) != 1 {
		t.Errorf("%+v", books)
	}
	for answer, want := range map[string]crmapi.Class{
		`{"result":"Успешно.","data":"Внесена оплата по графику 1,00 р., Ошибка: x"}`: crmapi.ClassUnknown,
		`{"result":"Успешно.","data":"Счет отмечен оплаченным"}`:                      crmapi.ClassUnknown,
		`{"error":{"code":"403","text":"Счет по номеру не найден"}}`:                  crmapi.ClassNotFound,
		`{"error":{"code":"405","text":"Сумма превышает сумму счета"}}`:               crmapi.ClassRefused,
		`{"result":"Error","error":{"code":"500","text":"x"}}`:                        crmapi.ClassUnknown,
		`[]`: crmapi.ClassUnknown,
	} {
		d := client(t, answerer(t, answer)).Deals(crmapi.DealsV1)
		if err := d.Pay(ctx, crmapi.PaymentInput{ID: 1, Sum: "1", Whole: true}); class(err) != want {
			t.Errorf("%s: %v", answer, err)
		}
	}
	for _, answer := range []string{
		`{"result":"Ошибка добавления счета: x","data":{"id":null,"invoice":"1"}}`, `{"result":"Счет добавлен","data":[]}`,
	} {
		_, _, err := client(t, answerer(t, answer)).Deals(crmapi.DealsV1).AddInvoice(ctx, crmapi.InvoiceInput{DID: 1, Number: "1", Sum: "1"})
		if class(err) != crmapi.ClassUnknown {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// Of a specification that was written in part the old lines are gone as well.
func TestASpecificationThatWasWrittenInPart(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]crmapi.Class{
		`{"result":"Успешно. Обновлена спецификация - всего 1 позиций. ","data":"1"}`:                                                                          0,
		`{"result":"Успешно. Обновлена спецификация - всего 1 позиций. Ошибки при добавлении спецификации - всего 1 позиций. Описание ошибок - x","data":"1"}`: crmapi.ClassUnknown,
		`{"result":"Успешно. ","data":"2"}`: crmapi.ClassUnknown,
		`{"result":"Успешно. "}`:            crmapi.ClassUnknown,
	} {
		d := client(t, answerer(t, answer)).Deals(crmapi.DealsV1)
		in := crmapi.DealInput{SetLines: true, Lines: []crmapi.DealLine{{Title: "А"}, {Title: "Б"}}}
		if err := d.Update(t.Context(), crmapi.DealObject{DID: 1}, in); class(err) != want || want == 0 && err != nil {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func answerer(t *testing.T, body string) string { t.Helper(); return answer(t, body).URL }

// A payment never touches a line that is paid, nor one that merely has the number.
func TestPaymentsOfV1HitTheirLine(t *testing.T) {
	t.Parallel()
	m := contractCRM(t, emulator.Options{})
	ctx := t.Context()
	must(t, m.em.SeedDeal(emulator.Deal{DID: 1, Title: "А", CLID: 1}, emulator.Deal{DID: 2, Title: "Б", CLID: 1}))
	must(t, m.em.SeedInvoice(
		emulator.Invoice{ID: 1, DID: 1, Number: "7", Sum: "100", Paid: true, PaidOn: "2026-01-01"}, emulator.Invoice{ID: 2, DID: 1, Number: "7", Sum: "50"},
		emulator.Invoice{ID: 3, DID: 2, Number: "8", Sum: "50"}, emulator.Invoice{ID: 4, DID: 2, Number: "8", Sum: "50"}, emulator.Invoice{ID: 5, DID: 2, Number: "", Sum: "50"},
	))
	before := len(m.em.Books().Payments)
	if err := m.d.Pay(ctx, crmapi.PaymentInput{ID: 1, Number: "7", Sum: "100", Whole: true}); class(err) != crmapi.ClassNotFound {
		t.Errorf("paid already: %v", err)
	}
	if err := m.d.Pay(ctx, crmapi.PaymentInput{ID: 1, Number: "7", Sum: "10"}); class(err) != crmapi.ClassNotFound {
		t.Errorf("paid already: %v", err)
	}
	if err := m.d.Pay(ctx, crmapi.PaymentInput{ID: 4, Number: "8", Sum: "10"}); !errors.Is(err, crmapi.ErrSameNumber) {
		t.Errorf("two open lines of one number: %v", err)
	}
	if err := m.d.Pay(ctx, crmapi.PaymentInput{ID: 4, Number: "7", Sum: "10"}); class(err) != crmapi.ClassRefused {
		t.Errorf("another line's number: %v", err)
	}
	if err := m.d.Pay(ctx, crmapi.PaymentInput{ID: 4, Number: "8", Sum: "60", Whole: true}); class(err) != crmapi.ClassRefused {
		t.Errorf("more than the line: %v", err)
	}
	if n := len(m.em.Books().Payments); n != before {
		t.Fatalf("%d payments, not %d", n, before)
	}
	must(t, m.d.Pay(ctx, crmapi.PaymentInput{ID: 2, Number: "7", Sum: "20"}))
	must(t, m.d.Pay(ctx, crmapi.PaymentInput{ID: 4, Number: "8", Sum: "50", Whole: true}))
	must(t, m.d.Pay(ctx, crmapi.PaymentInput{ID: 5, Sum: "50", Whole: true}))
	paid := map[int64]string{}
	for in, err := range m.d.Invoices(ctx, crmapi.InvoiceQuery{}) {
		must(t, err)
		paid[in.ID] = fmt.Sprint(in.Number, " ", in.Sum, " ", in.Paid)
	}
	want := map[int64]string{1: "7 100.00 true", 2: "7 20.00 true", 3: "8 50.00 false", 4: "8 50.00 true", 5: " 50.00 true", 6: "7 30.00 false"}
	if diff := cmp.Diff(want, paid); diff != "" {
		t.Error(diff)
	}
	for in, err := range m.d.Invoices(ctx, crmapi.InvoiceQuery{PaidFrom: "2026-01-01", PaidTo: "2026-01-01"}) {
		if err != nil || in.ID != 1 {
			t.Errorf("%+v, %v", in, err)
		}
	}
	if _, err := m.d.Invoice(ctx, 99); class(err) != crmapi.ClassNotFound {
		t.Error(err)
	}
	fresh := m.c.Deals(crmapi.DealsV1) // which has seen no line yet
	if in, err := fresh.Invoice(ctx, 3); err != nil || in.DID != 2 {
		t.Errorf("%+v, %v", in, err)
	}
}

// The script decodes what PHP has decoded: login and key are no exception.
func TestAKeyOfContractWithSigns(t *testing.T) {
	t.Parallel()
	const key, login = "a+b%41c", "user+crm@example.org"
	o := emulator.Options{Key: key, Logins: []emulator.Login{{ID: 1, Login: login, Boss: true}}}
	for _, get := range []bool{false, true} {
		c, em := v1Client(t, o, func(cfg *crmapi.Config) { cfg.Login, cfg.FormGET = login, get })
		must(t, em.SeedDeal(emulator.Deal{DID: 1, Title: "А"}))
		if err := c.Deals(crmapi.DealsV1).ChangeStep(t.Context(), 1, "40", "50% + 1"); err != nil {
			t.Error(err)
		}
		if _, err := c.Fields(t.Context()); err != nil {
			t.Error(err)
		}
	}
	_, err := client(t, answerer(t, "key "+strings.ReplaceAll(testKey, "+", "%2B"))).Deals(crmapi.DealsV1).Fields(t.Context())
	if strings.Contains(errorText(err), "CANARY") {
		t.Error(errorText(err))
	}
}
