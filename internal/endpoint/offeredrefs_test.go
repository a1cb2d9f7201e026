package endpoint_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/source"
)

const invoiceSpec = orderSpec + `
invoices:
  of: {column: ЗаказСсылка}
  id: {column: Ссылка}
  invoice: {column: НомерСчета}
  summa: {column: СуммаСчета}
payments:
  of_invoice: {column: Счет}
  id: {column: Ссылка}
  summa: {column: СуммаОплаты}
`

// known are a client, a deal and an invoice that have records in the source.
func knownTargets() links {
	return links{
		"clients/#71": {CRMID: 71, UID: "c1", Key: "К-1"}, "/#5": {CRMID: 5, UID: "o1", Key: "ЗК-1", Title: "СЧ-17"},
		"clients/#72": {CRMID: 72, Why: "unknown"},
	}
}

func TestReferences_go_back_as_the_keys_of_the_source(t *testing.T) {
	t.Parallel()
	whole := mappingOf(t, invoiceSpec)
	born := func(fields ...engine.OfferedField) engine.OfferRow { return engine.OfferRow{CLID: 9, Fields: fields} }
	of := func(fields ...engine.OfferedField) engine.OfferRow {
		return engine.OfferRow{UID: "o1", Key: "o1", CLID: 9, Fields: fields}
	}
	for name, tt := range map[string]struct {
		m     *mapping.Mapping
		row   engine.OfferRow
		file  []string
		table string // cells of the row
		left  string // of the table: why a field is left out
	}{
		"another client": {
			whole, of(offer("client", "70", "71"), offer("title", "ЗК", "ЗК-1")),
			[]string{"Заказ;КодCRM;Изменено;Клиент;Номер;КлиентКодCRM", "o1;9;Клиент, Номер, КлиентКодCRM;К-1;ЗК-1;71"},
			"Клиент=К-1/71 Номер=ЗК-1", "",
		},
		"a client that the source does not know": {
			whole, of(offer("client", "71", "72"), offer("title", "ЗК", "ЗК-1")),
			[]string{"Заказ;КодCRM;Изменено;Номер;КлиентКодCRM", "o1;9;Номер, КлиентКодCRM;ЗК-1;72"},
			"Клиент=было/∅ Номер=ЗК-1",
			"client: the source has no record that is linked to the client 72 of the CRM",
		},
		"a deal born in the CRM": {
			whole, born(offer("client", "-", "71"), offer("title", "-", "ЗК-1")),
			[]string{"Заказ;КодCRM;Изменено;Клиент;Номер;КлиентКодCRM", ";9;Клиент, Номер, КлиентКодCRM;К-1;ЗК-1;71"},
			"Клиент=К-1/71 Номер=ЗК-1", "",
		},
		"a deal of a client that was born there, too": {
			whole, born(offer("client", "-", "72"), offer("title", "-", "ЗК-1")),
			[]string{"Заказ;КодCRM;Изменено;Номер;КлиентКодCRM", ";9;Номер, КлиентКодCRM;ЗК-1;72"},
			"Клиент=∅/72 Номер=ЗК-1", "",
		},
		"nobody any more": {
			whole, of(offer("client", "71", "-")),
			[]string{"Заказ;КодCRM;Изменено;Клиент;КлиентКодCRM", "o1;9;Клиент, КлиентКодCRM;;"},
			"Клиент=∅/∅ Номер=было", "",
		},
		"lines": {
			whole, of(offer("lines", "a | 1 | 1", "a | 1 | 2"), offer("title", "ЗК", "ЗК-1")),
			[]string{"Заказ;КодCRM;Изменено;Номер", "o1;9;Номер;ЗК-1"},
			"Клиент=было/∅ Номер=ЗК-1", "lines: the lines of a record are no cells of one row",
		},
		"an invoice made in the CRM": {
			whole.Part("invoices"), born(offer("deal", "-", "5"), offer("invoice", "-", "17"), offer("summa", "-", "100.00")),
			[]string{"Ссылка;КодCRM;Изменено;ЗаказСсылка;НомерСчета;СуммаСчета;ЗаказСсылкаКодCRM", ";9;ЗаказСсылка, НомерСчета, СуммаСчета, ЗаказСсылкаКодCRM;ЗК-1;17;100.00;5"},
			"", "",
		},
		"a payment made in the CRM": {
			whole.Part("payments"), born(offer("invoice", "-", "5"), offer("summa", "-", "100.00")),
			[]string{"Ссылка;КодCRM;Изменено;Счет;СуммаОплаты;СчетКодCRM", ";9;Счет, СуммаОплаты, СчетКодCRM;СЧ-17;100.00;5"},
			"", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			o, err := endpoint.NewCSVOut(endpoint.CSVOutConfig{Job: "orders", Dir: dir, Links: knownTargets()}, tt.m)
			if err != nil {
				t.Fatal(err)
			}
			_ = undelivered(t, o.Deliver(t.Context(), "orders.csv", []engine.OfferRow{tt.row}))
			if diff := cmp.Diff(tt.file, delivered(t, dir)); diff != "" {
				t.Error(diff)
			}
			if tt.table == "" {
				return
			}
			got, left := intoTable(t, tt.m, tt.row)
			if got != tt.table || left != tt.left {
				t.Errorf("the table has %s, want %s; left out: %s", got, tt.table, left)
			}
		})
	}
}

// intoTable delivers one offer into a table and tells its cells, and what was left out.
func intoTable(t *testing.T, m *mapping.Mapping, row engine.OfferRow) (cells, left string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mailbox.db")
	o := endpoint.NewSQLOut(endpoint.SQLOutConfig{Born: true, Links: knownTargets(), Sink: source.SQLSinkConfig{
		Name: "x", Driver: source.SQLite, DSN: path, Table: "deals", Key: "Заказ", CLID: "clid",
	}}, m)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ask(t, db, source.DDL(o.Table()))
	if row.Key != "" {
		ask(t, db, `INSERT INTO deals ("Заказ", clid, "Клиент", "Номер") VALUES (?, 9, 'было', 'было')`, row.Key)
	}
	if err := o.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, u := range undelivered(t, o.Deliver(t.Context(), "deals", []engine.OfferRow{row})) {
		left += u.Field + ": " + u.Why
	}
	var client, id, number string
	if err := db.QueryRowContext(t.Context(), `SELECT coalesce("Клиент", '∅'), coalesce("Клиент_clid", '∅'), coalesce("Номер", '∅') FROM deals`).Scan(&client, &id, &number); err != nil {
		t.Fatal(err)
	}
	return "Клиент=" + client + "/" + id + " Номер=" + number, left
}

// failing cannot be asked.
type failing struct{ links }

func (failing) KeyOf(_ context.Context, _ string, _ int64) (endpoint.Target, error) {
	return endpoint.Target{}, errors.New("the state is locked")
}

func TestWithout_an_answer_about_references_nothing_is_delivered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o, err := endpoint.NewCSVOut(endpoint.CSVOutConfig{Job: "orders", Dir: dir, Links: failing{}}, mappingOf(t, orderSpec))
	if err != nil {
		t.Fatal(err)
	}
	err = o.Deliver(t.Context(), "orders.csv", []engine.OfferRow{{UID: "o1", Key: "o1", CLID: 9, Fields: []engine.OfferedField{offer("client", "70", "71")}}})
	if err == nil || !strings.Contains(err.Error(), "the state is locked") || delivered(t, dir) != nil {
		t.Errorf("%v", err)
	}
}
