package emulator_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

const booksSeed = `
clients:
  - {clid: 7, title: "Луч, ООО"}
guides:
  steps: [{title: 10, content: Начало}, {title: 50}]
  deal_types: [Поставка, Услуга]
  directions: [Розница]
  close_statuses: [{title: Готово, result: win}]
deal_format: "З{cnum}"
persons:
  - {clid: 7, name: Иванов, main: true, fields: {mail: i@example.org}}
deals:
  - {did: 5, clid: 7, uid: D-5, title: Заказ, step: "10", type: Услуга, direction: Розница,
     lines: [{title: Болт, quantity: "2", price: "1.05", vat: "20"}]}
invoices:
  - {did: 5, number: С-1, date: "2026-02-01"}
  - {did: 5, number: С-2, sum: "1", paid: true, paid_on: "2026-02-02"}
`

func seeded(t *testing.T) *emulator.Server {
	t.Helper()
	f, err := emulator.ReadSeed(strings.NewReader(booksSeed))
	must(t, err)
	s, err := emulator.NewSeeded(emulator.Options{Clock: at}, f)
	must(t, err)
	return s
}

func TestSeedFilesCarryDeals(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	play(t, s,
		v3("deal/steplist", `{}`, `{"data":[{"idcategory":1,"title":"10","content":"Начало"},{"idcategory":2,"title":"50","content":""}]}`),
		v1("contract contracttipe", `{"data":[{"title":"Поставка"},{"title":"Услуга"}]}`),
		v3("deal/add", `{"clid":7,"title":"Ещё"}`, `{"result":"Успешно","data":6}`),
		v1("contract info", `{"data":{"did":5,"title":"Заказ","kol":2.1,"speka":[{"prid":"0","artikul":"","title":"Болт","kol":"2.00","dop":"1","price":"1.05","price_in":"0.00","nds":"20.00","comments":""}],"invoice":[{"id":"1","invoice":"С-1","date":"2026-02-01","summa":"2.10",…`, "did", "5", "fields", "did,title,kol"),
		v3("client/info", `{"clid":7}`, `{"data":{"clid":7,…`),
	)
	if d, _ := s.Deal(6); d.Title != "З2: Ещё" || d.Type != "Поставка" || d.Direction != "Розница" || d.Step != "" {
		t.Errorf("%+v", d)
	}
	for name, text := range map[string]string{
		"a stage that is not there": "deals: [{title: Т, step: '7'}]", "an invoice of no deal": "invoices: [{did: 1}]", "a sum of thirds": "deals: [{title: Т, sum: '0.333'}]",
		"a field that is not there": "persons: [{name: И, fields: {zzz: '1'}}]",
	} {
		f, err := emulator.ReadSeed(strings.NewReader(text))
		must(t, err)
		if _, err := emulator.NewSeeded(emulator.Options{}, f); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSnapshotsAndFilesKeepTheBooks(t *testing.T) {
	t.Parallel()
	s := seeded(t)
	before := s.Books()
	snap := s.Snapshot()
	file := filepath.Join(t.TempDir(), "store.json")
	must(t, s.Save(file))
	change := func(s *emulator.Server) {
		must(t, s.MoveStep(5, "50"))
		must(t, s.EditLines(5))
		must(t, s.PayInvoice(1, "1"))
		must(t, s.EditPerson(1, "tel", "1"))
		call(s, "deal/add", `{"clid":7,"title":"Ещё","tip":"Новый тип"}`)
		must(t, s.DeletePerson(1))
		must(t, s.DeleteInvoice(2))
		must(t, s.DeleteDeal(6))
	}
	change(s)
	s.Restore(snap)
	if diff := cmp.Diff(before, s.Books()); diff != "" {
		t.Errorf("restored: %s", diff)
	}
	change(s) // the snapshot has not moved
	s.Restore(snap)
	other := emulator.New(emulator.Options{Clock: at})
	must(t, other.Load(file))
	for name, server := range map[string]*emulator.Server{"restored": s, "loaded": other} {
		if diff := cmp.Diff(before, server.Books()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		play(t, server,
			v3("deal/type", `{}`, `{"data":[{"tid":1,"title":"Поставка","isDefault":"yes"},{"tid":2,"title":"Услуга"}]}`),
			v3("deal/add", `{"clid":7,"title":"Ещё"}`, `{"result":"Успешно","data":6}`),
		)
		if d, _ := server.Deal(6); d.Title != "З2: Ещё" {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestMergedClientsBringTheirDealsAlong(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 2, Title: "Т"}))
	must(t, s.SeedPerson(emulator.Person{CLID: 2, Name: "Иванов"}))
	must(t, s.Merge(1, 2))
	if d, _ := s.Deal(1); d.CLID != 1 || d.Payer != 1 || len(s.PersonsOf(1)) != 1 {
		t.Errorf("%+v", d)
	}
}
