package endpoint_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

const dealSpec = `
version: 1
entity: deal
uid: {column: Ссылка, encode: raw}
client: {column: Контрагент, encode: raw, job: clients}
payer: {column: Плательщик, encode: raw, job: clients}
fields:
  title: {column: Название, required: true}
  datum_plan: {column: Срок}
  kol: {column: Сумма}
  marga: {column: Маржа}
  content: {column: Описание}
  direction: {column: Направление}
  tip: {column: Тип}
  user: {column: Менеджер}
  input1: {column: Доп}
step: {column: Этап}
close: {when: 'row["Закрыт"] == "Да"', status_close: {column: Итог}, kol_fact: {column: Факт}, marga: {column: МаржаФакт}, des_fact: {column: Причина}}
lines: {source: lines, of: {column: Заказ, encode: raw}, artikul: {column: Артикул}, title: {column: Товар, required: true}, kol: {column: Количество, required: true}, price: {column: Цена, required: true}}
invoices: {source: invoices, of: {column: Заказ, encode: raw}, id: {column: Ссылка}, invoice: {column: Номер}, date: {column: Дата}, summa: {column: Сумма}}
payments: {source: payments, of_invoice: {column: Счет}, id: {column: Ссылка}, date_do: {column: Дата}, summa: {column: Сумма}}
`

const personSpec = `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
fields:
  title: {column: Имя, required: true}
contacts: {source: contacts, of: {column: Клиент, encode: raw}, id: {column: Ссылка}, person: {column: ФИО}, ptitle: {column: Должность}, tel: {column: Телефон}, mail: {column: Почта}}
`

// shop is an emulated CRM with two clients, an open deal with a specification of
// 1000 for the first of them, and the sides of all that belongs to deals.
type shop struct {
	*emulator.Server
	t        *testing.T
	api      *crmapi.Client
	linked   map[int64]bool       // paid lines that a record is linked to
	billed   map[int64][]*big.Rat // invoices that a record is linked to
	deals    *endpoint.Deals
	invoices *endpoint.Invoices
	payments *endpoint.Payments
	persons  *endpoint.Persons
	spoiled  atomic.Pointer[string]
}

// spoil makes a text no text any more wherever the CRM shows it.
func (s *shop) spoil(what string) { s.spoiled.Store(&what) }

func (s *shop) serve(w http.ResponseWriter, r *http.Request) {
	what := s.spoiled.Load()
	if what == nil {
		s.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, r)
	w.WriteHeader(answer.Code)
	_, _ = w.Write(bytes.ReplaceAll(answer.Body.Bytes(), []byte(*what), []byte("\xff\"")))
}

const (
	seller = int64(1) // clid
	other  = int64(2)
	order  = int64(1) // did
)

// today is the day on which the tests of deals happen.
func today() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func newShop(t *testing.T, o emulator.Options) *shop {
	t.Helper()
	return shopOn(t, crmapi.DealsV3, dealSpec, o)
}

// shopOn is a shop whose deals are served by one of the CRM's interfaces.
func shopOn(t *testing.T, wire crmapi.DealAPI, spec string, o emulator.Options) *shop {
	t.Helper()
	o.AllFields, o.Clock = true, today
	s := &shop{Server: emulator.New(o), t: t, linked: map[int64]bool{}, billed: map[int64][]*big.Rat{}}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	api, err := crmapi.New(crmapi.Config{
		BaseURL: server.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(s.Key()), Rate: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.api = api
	t.Cleanup(func() { api.Close(); server.Close(); s.Close() })
	s.must(s.Seed(emulator.Client{Title: "Ромашка"}, emulator.Client{Title: "Мята"}))
	s.must(s.SeedDeal(emulator.Deal{
		Title: "Заказ 1", UID: "order-1", CLID: seller, Step: "20", Type: "Услуги", Direction: "Основное",
		Lines: []emulator.Line{{Title: "Товар", Quantity: "2", Price: "500"}},
	}))
	deals := api.Deals(wire)
	m := mappingOf(t, spec)
	taken := func(_ context.Context, ids []int64) (map[int64]bool, error) {
		out := maps.Clone(s.linked)
		maps.DeleteFunc(out, func(id int64, _ bool) bool { return !slices.Contains(ids, id) })
		return out, nil
	}
	billed := func(_ context.Context, ids []int64) (map[int64][]*big.Rat, error) {
		out := maps.Clone(s.billed)
		maps.DeleteFunc(out, func(id int64, _ []*big.Rat) bool { return !slices.Contains(ids, id) })
		return out, nil
	}
	s.deals = endpoint.NewDeals(api, deals, m, nil)
	s.invoices = endpoint.NewInvoices(api, deals, m.Part(mapping.PartInvoices), billed, nil)
	s.payments = endpoint.NewPayments(api, deals, m.Part(mapping.PartPayments), taken, billed, nil)
	s.persons = endpoint.NewPersons(api, mappingOf(t, personSpec).Part(mapping.PartContacts))
	return s
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// books fails when a law of the CRM's books is broken.
func (s *shop) books() {
	s.t.Helper()
	for _, v := range emulator.CheckBooks(s.History(), s.Books()) {
		s.t.Errorf("the books: %+v", v)
	}
}

// bill adds an invoice of the seeded deal by hand.
func (s *shop) bill(id int64, number, sum string) {
	s.t.Helper()
	s.must(s.SeedInvoice(emulator.Invoice{ID: id, DID: order, Number: number, Sum: sum, Date: "2026-11-02"}))
}

// side is what the engine sees of an entity.
type side interface {
	engine.CRM
	engine.Writer
}

// conformant is one entity of the suite.
type conformant struct {
	name        string
	action, old string // of the add, in v3 and in v1
	side        func(*shop) side
	op          func() *engine.Op
	unknown     int64
}

func conformants() []conformant {
	return []conformant{
		{"deals", "deal/add", "contract/add", func(s *shop) side { return s.deals }, func() *engine.Op {
			return add("order-2", map[string]string{
				"title": "Заказ 2", "client": "1", "payer": "2", "step": "40", "tip": "Услуги", "direction": "Основное", "datum_plan": "2026-12-01",
				"content": "Быстро", "lines": "А-1 | Товар | 2 | 150\nА-2 | Услуга | 1 | 50.5",
			})
		}, 99},
		{"invoices", "invoice/add", "contract/addinvoice", func(s *shop) side { return s.invoices }, func() *engine.Op {
			return add("bill-1", map[string]string{"deal": "1", "invoice": "УТ-7", "summa": "400", "date": "2026-11-03"})
		}, 99},
		{"payments", "invoice/do", "contract/addpaimentpart", func(s *shop) side { s.bill(5, "УТ-5", "300"); return s.payments }, func() *engine.Op {
			return add("pay-1", map[string]string{"invoice": "5", "summa": "100.00", "date_do": "2026-11-05"})
		}, 99},
		{"contacts", "person/add", "", func(s *shop) side { return s.persons }, func() *engine.Op {
			return add("man-1", map[string]string{"client": "1", "person": "Иванов Иван", "tel": "+7 342 200-00-01", "mail": "i@example.ru"})
		}, 99},
	}
}

// send does what the engine does for an add: it writes the ground down, and sends.
func send(t *testing.T, w side, op *engine.Op) (engine.AddAnswer, error) {
	t.Helper()
	if g, ok := w.(engine.Grounds); ok {
		if err := g.Ground(t.Context(), []*engine.Op{op}); err != nil {
			t.Fatal(err)
		}
	}
	answers, err := w.Add(t.Context(), []*engine.Op{op})
	if err != nil {
		return engine.AddAnswer{}, err
	}
	if len(answers) != 1 {
		t.Fatalf("%d answers", len(answers))
	}
	if w := answers[0].Err; w != nil {
		return answers[0], w
	}
	return answers[0], nil
}

func sought(op *engine.Op) engine.Sought {
	return engine.Sought{UID: op.UID, CLID: op.CLID, Set: op.Set, Ground: op.Ground}
}

// fate is that of an error of a write; fails on another error.
func fate(t *testing.T, err error) engine.Fate {
	t.Helper()
	var w *engine.WriteError
	if !errors.As(err, &w) {
		t.Fatalf("no error of a write: %v", err)
	}
	return w.Fate
}

// eachSide runs a test for every entity, each with a CRM of its own.
func eachSide(t *testing.T, test func(s *shop, c conformant, w side)) {
	t.Helper()
	for _, c := range conformants() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			test(s, c, c.side(s))
		})
		if c.old == "" {
			continue
		}
		t.Run(c.name+" in v1", func(t *testing.T) {
			t.Parallel()
			old := c
			old.action = c.old
			s := shopOn(t, crmapi.DealsV1, dealSpec, emulator.Options{AsDocumented: true})
			test(s, old, c.side(s))
		})
	}
}

func TestWhat_was_added_is_the_same_however_it_is_read(t *testing.T) {
	t.Parallel()
	eachSide(t, func(s *shop, c conformant, w side) {
		op := c.op()
		answer, err := send(s.t, w, op)
		if err != nil || answer.CLID == 0 || answer.Existing {
			s.t.Fatalf("%+v, %v", answer, err)
		}
		read, err := w.Read(s.t.Context(), answer.CLID)
		s.must(err)
		if read.Entry.CLID != answer.CLID {
			s.t.Errorf("the entry is %+v", read.Entry)
		}
		found, err := w.Find(s.t.Context(), sought(op))
		s.must(err)
		others := map[string]engine.Observed{"found": found}
		s.must(w.Scan(s.t.Context(), engine.ScanQuery{Values: true}, func(o engine.Observed) error {
			if o.Entry.CLID == answer.CLID {
				others["scanned"] = o
			}
			return nil
		}))
		page, err := w.Newest(s.t.Context())
		s.must(err)
		for _, o := range page {
			if o.Entry.CLID == answer.CLID {
				others["newest"] = o
			}
		}
		if len(others) != 3 {
			s.t.Fatalf("seen %v", slices.Sorted(maps.Keys(others)))
		}
		for how, o := range others {
			if o.Entry.UID != read.Entry.UID || o.Entry.Keys.Natural != read.Entry.Keys.Natural || o.Entry.Keys.Title != read.Entry.Keys.Title {
				s.t.Errorf("%s: the entry %+v is not %+v", how, o.Entry, read.Entry)
			}
			for f := range o.Values {
				if o.Values[f].State != record.Absent && !o.Values[f].Same(read.Values[f]) {
					s.t.Errorf("%s: value %d is %+v and not %+v", how, f, o.Values[f], read.Values[f])
				}
			}
		}
		s.books()
	})
}

func TestAn_answer_that_is_lost_is_cleared_up_by_looking(t *testing.T) {
	t.Parallel()
	for _, phase := range []emulator.Phase{emulator.PhaseBefore, emulator.PhaseAfter, emulator.PhaseLate} {
		t.Run(string(phase), func(t *testing.T) {
			t.Parallel()
			eachSide(t, func(s *shop, c conformant, w side) {
				op := c.op()
				s.must(s.Faults(emulator.Fault{Name: "lost", Action: c.action, Phase: phase, Kind: emulator.KindDrop}))
				if _, err := send(s.t, w, op); fate(s.t, err) != engine.FateUnknown {
					s.t.Fatalf("a write that may have left: %v", err)
				}
				if s.FaultsFired()["lost"] != 1 {
					s.t.Error("sent more than once")
				}
				_, err := w.Find(s.t.Context(), sought(op))
				if there := err == nil; there != (phase == emulator.PhaseAfter) || !there && !errors.Is(err, engine.ErrNotFound) {
					s.t.Errorf("found: %v", err)
				}
				s.ReleaseLate()
				if _, err := w.Find(s.t.Context(), sought(op)); phase == emulator.PhaseLate && err != nil {
					s.t.Errorf("it arrived, and is not found: %v", err)
				}
				s.books()
			})
		})
	}
}

func TestWhat_is_there_already_is_met_and_not_added_again(t *testing.T) {
	t.Parallel()
	eachSide(t, func(s *shop, c conformant, w side) {
		if c.name == "deals" {
			return // known by their uid
		}
		first, err := send(s.t, w, c.op())
		s.must(err)
		again, err := send(s.t, w, c.op())
		s.must(err)
		if !again.Existing || again.CLID != first.CLID {
			s.t.Errorf("first %+v, again %+v", first, again)
		}
		s.books()
	})
}

func TestA_side_that_cannot_look_sends_nothing(t *testing.T) {
	t.Parallel()
	eachSide(t, func(s *shop, c conformant, w side) {
		op := c.op()
		if g, ok := w.(engine.Grounds); ok {
			s.must(g.Ground(s.t.Context(), []*engine.Op{op}))
		}
		s.must(s.Faults(emulator.Fault{Kind: emulator.KindRedirect})) // reads that fail otherwise are tried again
		_, err := w.Add(s.t.Context(), []*engine.Op{op})
		if fate(s.t, err) != engine.FateNotSent {
			s.t.Errorf("add: %v", err)
		}
		if _, err := w.Find(s.t.Context(), sought(op)); err == nil || errors.Is(err, engine.ErrNotFound) {
			s.t.Errorf("what cannot be read proves nothing: %v", err)
		}
		for _, ev := range s.History() {
			if ev.Action == c.action {
				s.t.Errorf("sent %s", c.action)
			}
		}
	})
}

func TestWhat_is_not_there_is_not_shown(t *testing.T) {
	t.Parallel()
	eachSide(t, func(s *shop, c conformant, w side) {
		if _, err := w.Read(s.t.Context(), c.unknown); !errors.Is(err, engine.ErrNotVisible) || errors.Is(err, engine.ErrUnreadable) {
			s.t.Errorf("read: %v", err)
		}
		if _, err := w.Find(s.t.Context(), sought(c.op())); !errors.Is(err, engine.ErrNotFound) {
			s.t.Errorf("found: %v", err)
		}
		if ok, err := w.SeesAll(s.t.Context()); err != nil || !ok {
			s.t.Errorf("a leader sees all: %v, %v", ok, err)
		}
	})
}
