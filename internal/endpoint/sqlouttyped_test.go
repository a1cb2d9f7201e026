package endpoint_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/source"
)

const typedSpec = `
version: 1
entity: client
uid: {column: Ссылка, encode: raw}
fields:
  title:       {column: Наименование, required: true}
  date_create: {column: ДатаСоздания, type: date}
  input1:      {column: Сумма, type: decimal}
  input2:      {column: Отсрочка, type: int}
  input3:      {column: Опт, type: bool}
  input4:      {column: Звонок, type: datetime}
  input5:      {column: Договор, type: date, format: dd.MM.yyyy}
  type:        {column: Вид, values: {Юр: client, Физ: person}}
recv:
  castInn: {column: ИНН, type: inn}
`

func TestColumns_of_a_table_have_the_types_of_what_is_written_there(t *testing.T) {
	t.Parallel()
	o := endpoint.NewSQLOut(endpoint.SQLOutConfig{Sink: source.SQLSinkConfig{Driver: source.Postgres, Table: "t", Key: "Ссылка", CLID: "clid"}}, mappingOf(t, typedSpec))
	want := []source.SQLColumn{
		{Name: "Наименование"},
		{Name: "ДатаСоздания", Kind: source.KindDate},
		{Name: "Сумма", Kind: source.KindDecimal},
		{Name: "Отсрочка", Kind: source.KindInteger},
		{Name: "Опт", Kind: source.KindBoolean},
		{Name: "Звонок", Kind: source.KindMoment},
		{Name: "Договор"},
		{Name: "Вид"},
		{Name: "ИНН"},
	}
	if d := cmp.Diff(want, o.Table().Columns); d != "" {
		t.Error(d)
	}
}

// Whatever the CRM says in a field of a type, the column of that type takes it,
// and what is read back means the same.
func TestA_typed_column_takes_every_value_that_its_field_can_have(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, typedSpec)
	path := filepath.Join(t.TempDir(), "typed.db")
	sink := source.SQLSinkConfig{Driver: source.SQLite, DSN: path, Table: "clients", Key: "Ссылка", CLID: "clid", SameTable: true}
	o := endpoint.NewSQLOut(endpoint.SQLOutConfig{Sink: sink}, m)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ask(t, db, source.DDL(o.Table()))
	ask(t, db, "INSERT INTO clients (Ссылка, Наименование) VALUES ('k', 'Ива')")
	s := endpoint.NewSQL(endpoint.SQLConfig{Shown: "clients", Full: true, Now: time.Now, Options: source.SQLOptions{
		Driver: source.SQLite, DSN: path, Query: "SELECT * FROM clients",
	}}, m)
	for field, values := range map[string][]string{
		"date_create":  {"2026-01-31", "-"},
		"input1":       {"0", "12", "-3.50", "1234.567", "1 234,5", "-"},
		"input2":       {"30", "-7", "-"},
		"input3":       {"Да", "Нет", "true", "0", "-"},
		"input4":       {"2026-01-31 15:04:05", "2026-01-31", "-"},
		"input5":       {"2026-01-31", "-"},
		"type":         {"person", "-"},
		"recv.castInn": {"0274062111", "-"},
	} {
		at := m.Schema().Index(field)
		for _, v := range values {
			row := engine.OfferRow{UID: "k", Key: "k", Fields: []engine.OfferedField{offer(field, "-", v)}}
			if field == "type" && v == "-" {
				continue // no word of the source says nothing
			}
			if err := o.Deliver(t.Context(), "clients", []engine.OfferRow{row}); err != nil {
				t.Errorf("%s %q: %v", field, v, err)
				continue
			}
			got, _, err := all(t, s, engine.Known{})
			if err != nil || len(got) != 1 || len(got[0].Values) <= at {
				t.Fatalf("%s %q: reads as %+v, %v", field, v, got, err)
			}
			value := got[0].Values[at]
			if v == "-" && !value.Blank() || v != "-" && value.Canon != m.CanonCRM(at, v) {
				t.Errorf("%s %q: reads as %+v", field, v, value)
			}
		}
	}
}
