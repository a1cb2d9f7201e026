package endpoint_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/source"
)

const sqlBackSpec = `
version: 1
entity: client
uid: {column: Ссылка, encode: raw}
fields:
  title:       {column: Наименование, required: true}
  phone:       {columns: [Телефон, МобильныйТелефон], type: phones}
  date_create: {column: ДатаСоздания, type: date}
  des:         {column: Комментарий}
  address:     {column: Комментарий}
  tip_cmr:     {const: Клиент}
recv:
  castInn: {column: ИНН, type: inn}
`

// mailbox is a SQLite file with the outbox's own table, or one that a statement
// makes.
func mailbox(t *testing.T, create string, change func(*endpoint.SQLOutConfig)) (*endpoint.SQLOut, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mailbox.db")
	cfg := endpoint.SQLOutConfig{Born: true, Sink: source.SQLSinkConfig{
		Name: "jobs.clients.write_back", Driver: source.SQLite, DSN: path, Table: "clients", Key: "Ссылка", CLID: "clid",
	}}
	if change != nil {
		change(&cfg)
	}
	o := endpoint.NewSQLOut(cfg, mappingOf(t, sqlBackSpec))
	if create == "" {
		create = source.DDL(o.Table())
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ask(t, db, create)
	return o, path
}

// lines are the rows of the table clients by the CRM's id, NULL as "∅".
func lines(t *testing.T, path string, columns ...string) []string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SELECT concat_ws('|', coalesce("+strings.Join(columns, ", '∅'), coalesce(")+", '∅')) FROM clients ORDER BY clid")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func wantSame(t *testing.T, got any, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestOffers_become_the_cells_of_a_table_through_the_mapping(t *testing.T) {
	t.Parallel()
	o, path := mailbox(t, "", nil)
	if err := o.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if o.Name(1, time.Time{}) != "clients" || o.Name(2, time.Time{}) != "clients" || o.Settles() {
		t.Error("every run writes into the table, as offers")
	}
	rows := []engine.OfferRow{
		{UID: "u1", Key: "k1", CLID: 1, Title: "Ива", Fields: []engine.OfferedField{
			offer("title", "Ива", "Ива плакучая"), offer("phone", "84951234567", "74951234567, 79161234567"), offer("recv.castInn", "7707083893", "-"),
		}},
		{CLID: 2, Title: "Новый", Fields: []engine.OfferedField{offer("title", "-", "Новый"), offer("date_create", "-", "2026-01-31")}},
	}
	for range 2 { // delivered again it leaves the same
		if err := o.Deliver(t.Context(), "clients", rows); err != nil {
			t.Fatal(err)
		}
		got := lines(t, path, "Ссылка", "clid", "Наименование", "Телефон", "МобильныйТелефон", "ИНН", "ДатаСоздания")
		if len(got) != 2 || !strings.HasPrefix(got[0], "k1|1|Ива плакучая|") || !strings.Contains(got[0], "9161234567") ||
			!strings.HasPrefix(got[1], "∅|2|Новый|∅|∅|∅|2026-01-31") && !strings.HasPrefix(got[1], "∅|2|Новый|∅|∅|∅|31.01.2026") {
			t.Errorf("got %q", got)
		}
	}
	if err := o.Deliver(t.Context(), "clients", nil); err != nil {
		t.Error("nothing to deliver:", err)
	}
}

func TestFields_that_cannot_go_are_named_and_the_others_go(t *testing.T) {
	t.Parallel()
	const table = "CREATE TABLE clients (Ссылка text PRIMARY KEY, clid integer UNIQUE, Наименование text CHECK (Наименование <> 'худо'), Телефон text," +
		" МобильныйТелефон text, ДатаСоздания date, Комментарий text NOT NULL DEFAULT '', ИНН integer)"
	o, path := mailbox(t, table, nil)
	err := o.Deliver(t.Context(), "clients", []engine.OfferRow{
		{UID: "u1", Key: "k1", CLID: 1, Fields: []engine.OfferedField{ // no way back, no such field, two minds; the title goes
			offer("title", "Ива", "Ёлка"), offer("tip_cmr", "Клиент", "Друг"), offer("gone", "a", "b"),
			offer("des", "-", "одно"), offer("address", "-", "другое"),
		}},
		{UID: "u2", Key: "k2", CLID: 2, Fields: []engine.OfferedField{offer("title", "Ива", "худо"), offer("des", "-", "да")}}, // the check does not say which
		{UID: "u3", Key: "k3", CLID: 3, Fields: []engine.OfferedField{offer("title", "Ива", "Липа")}},
		{UID: "u4", Key: "k4", CLID: 3, Fields: []engine.OfferedField{offer("title", "Ива", "Дуб")}}, // whose clid stands there already
		{Fields: []engine.OfferedField{offer("title", "-", "Никто")}},
	})
	var un *engine.UndeliveredError
	if !errors.As(err, &un) {
		t.Fatal(err)
	}
	var got []string
	for _, u := range un.Rows {
		got = append(got, strings.Join([]string{u.UID, u.Field, u.Column, u.Code}, "|"))
		if u.Why == "" {
			t.Errorf("no reason: %+v", u)
		}
	}
	wantSame(t, got, []string{
		"u1|tip_cmr||no-inverse", "u1|gone||no-inverse", "u1|address||no-inverse",
		"u2|||refused", "u4||clid|refused", "||clid|no-key",
	})
	wantSame(t, lines(t, path, "Ссылка", "Наименование", "Комментарий"), []string{"k1|Ёлка|одно", "k3|Липа|"})
}

func TestA_field_that_the_table_refuses_is_left_out_with_all_its_cells(t *testing.T) {
	t.Parallel()
	const table = "CREATE TABLE clients (Ссылка text UNIQUE, clid integer UNIQUE, Наименование text, Телефон text, МобильныйТелефон integer NOT NULL DEFAULT 5," +
		" ДатаСоздания boolean, Комментарий text, ИНН text)"
	o, path := mailbox(t, table, nil)
	rows := []engine.OfferRow{
		{UID: "u1", Key: "k1", CLID: 1, Fields: []engine.OfferedField{offer("title", "Ива", "Ёлка"), offer("date_create", "-", "2026-01-31")}},
		{CLID: 2, Fields: []engine.OfferedField{offer("title", "-", "Дуб"), offer("date_create", "-", "2026-01-31")}},
	}
	for range 2 {
		err := o.Deliver(t.Context(), "clients", rows)
		var un *engine.UndeliveredError
		if !errors.As(err, &un) || len(un.Rows) != 2 {
			t.Fatal(err)
		}
		for _, u := range un.Rows {
			if u.Field != "date_create" || u.Column != "ДатаСоздания" || u.Code != "refused" || strings.Contains(u.Why, "2026") {
				t.Errorf("got %+v", u)
			}
		}
		wantSame(t, lines(t, path, "Ссылка", "clid", "Наименование", "ДатаСоздания"), []string{"k1|1|Ёлка|∅", "∅|2|Дуб|∅"})
	}
}

func TestA_table_that_the_job_reads_settles_at_once(t *testing.T) {
	t.Parallel()
	o, path := mailbox(t, "", func(c *endpoint.SQLOutConfig) { c.Sink.SameTable = true })
	if !o.Settles() {
		t.Error("an offer that nobody will confirm")
	}
	err := o.Deliver(t.Context(), "clients", []engine.OfferRow{{UID: "u", Key: "gone", Fields: []engine.OfferedField{offer("title", "a", "b")}}})
	var un *engine.UndeliveredError
	if !errors.As(err, &un) || len(un.Rows) != 1 || un.Rows[0].Field != "" {
		t.Errorf("a row that was deleted meanwhile: %v", err)
	}
	wantSame(t, lines(t, path, "Ссылка"), []string(nil))
}

func TestA_table_that_cannot_be_reached_or_lacks_a_column_is_an_error_of_all(t *testing.T) {
	t.Parallel()
	lacking, _ := mailbox(t, "CREATE TABLE clients (Ссылка text PRIMARY KEY)", nil)
	gone, _ := mailbox(t, "CREATE TABLE other (x)", nil)
	for name, c := range map[string]struct {
		o      *endpoint.SQLOut
		reason source.SQLProblem
	}{"no column": {lacking, source.SQLNoColumn}, "no table": {gone, source.SQLNoTable}} {
		row := engine.OfferRow{UID: "u", Key: "k", Fields: []engine.OfferedField{offer("title", "a", "b")}}
		for _, err := range []error{c.o.Check(t.Context()), c.o.Deliver(t.Context(), "clients", []engine.OfferRow{row})} {
			var e *source.SQLError
			if !errors.As(err, &e) || e.Reason != c.reason {
				t.Errorf("%s: got %v", name, err)
			}
		}
	}
}

// What is written back is what the next reading of the table maps to.
func TestWhat_was_written_is_read_as_the_value_of_the_CRM(t *testing.T) {
	t.Parallel()
	o, path := mailbox(t, "", func(c *endpoint.SQLOutConfig) { c.Sink.SameTable = true })
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ask(t, db, "INSERT INTO clients (Ссылка, Наименование, Телефон, ДатаСоздания) VALUES ('k', 'Ива', '8 (495) 123-45-67', '31.01.2026')")
	row := engine.OfferRow{UID: "k", Key: "k", CLID: 5, Fields: []engine.OfferedField{
		offer("title", "Ива", "Ёлка"), offer("phone", "84951234567|", "79161234567"), offer("date_create", "2026-01-31", "2026-02-01"),
	}}
	if err := o.Deliver(t.Context(), "clients", []engine.OfferRow{row}); err != nil {
		t.Fatal(err)
	}
	s := endpoint.NewSQL(endpoint.SQLConfig{Shown: "clients", Full: true, Now: time.Now, Options: source.SQLOptions{
		Driver: source.SQLite, DSN: path, Query: "SELECT * FROM clients",
	}}, mappingOf(t, sqlBackSpec))
	m, n := mappingOf(t, sqlBackSpec), 0
	_, err = s.Read(t.Context(), engine.Known{}, func(list []engine.Incoming) error {
		for _, in := range list {
			n++
			for _, f := range row.Fields {
				at := m.Schema().Index(f.Field)
				if got := in.Record.Values[at]; got.Canon != m.CanonCRM(at, *f.New) {
					t.Errorf("%s: reads as %q, want %q", f.Field, got.Canon, *f.New)
				}
			}
		}
		return nil
	})
	if err != nil || n != 1 {
		t.Fatalf("%d rows, %v", n, err)
	}
}
