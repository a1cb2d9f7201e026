package source_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/source"
)

// text is a cell, null an empty one.
func text(column, value string) source.SinkCell {
	return source.SinkCell{Column: column, Text: value}
}

func null(column string) source.SinkCell { return source.SinkCell{Column: column, Null: true} }

// clientsTable is a table as `schema --sql` offers it.
func clientsTable(d source.Driver) source.SQLTable {
	return source.SQLTable{Driver: d, Name: "clients", Key: "Ссылка", CLID: "clid", Columns: []source.SQLColumn{
		{Name: "Наименование"},
		{Name: "Телефон"},
		{Name: "Сумма", Kind: source.KindDecimal},
		{Name: "Сотрудников", Kind: source.KindInteger},
		{Name: "Активен", Kind: source.KindBoolean},
		{Name: "ДатаСоздания", Kind: source.KindDate},
		{Name: "Изменён", Kind: source.KindMoment},
	}}
}

func clientsSink(d source.Driver, dsn string) source.SQLSinkConfig {
	return source.SQLSinkConfig{Name: "clients", Driver: d, DSN: dsn, Table: "clients", Key: "Ссылка", CLID: "clid"}
}

// clientsOn is a fresh table of clients on a server, with its sink.
func clientsOn(t *testing.T, on server) (source.Driver, string, *source.SQLSink) {
	t.Helper()
	d, dsn := on.driver, on.fresh(t)
	do(t, d, dsn, source.DDL(clientsTable(d)))
	return d, dsn, source.NewSQLSink(clientsSink(d, dsn))
}

func mustWrite(t *testing.T, s *source.SQLSink, rows ...source.SinkRow) {
	t.Helper()
	refused, err := s.Write(t.Context(), rows)
	if err != nil || len(refused) > 0 {
		t.Fatalf("refused %+v, error %v", refused, err)
	}
}

// table reads columns of a table, NULL as "∅", ordered by the first.
func table(t *testing.T, d source.Driver, dsn, name string, columns ...string) []string {
	t.Helper()
	db, err := source.OpenSQL(t.Context(), d, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = d.Quote(c)
	}
	query := "SELECT " + strings.Join(quoted, ", ") + " FROM " + d.Quote(name) + " ORDER BY " + quoted[0] + " IS NULL, " + quoted[0]
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		parts := make([]string, len(columns))
		for i, c := range cells {
			if parts[i] = c.String; !c.Valid {
				parts[i] = "∅"
			}
		}
		lines = append(lines, strings.Join(parts, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestA_row_writes_the_columns_it_names_and_leaves_the_others(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn, s := clientsOn(t, on)
			do(t, d, dsn, "INSERT INTO clients ("+d.Quote("Ссылка")+", "+d.Quote("Наименование")+", "+d.Quote("Телефон")+") VALUES ('k1', 'Ёлка', '1'), ('k2', 'Ива', '2')")
			rows := []source.SinkRow{
				{Key: "k2", CLID: 20, Cells: []source.SinkCell{text("Наименование", "«Ива», ООО 🌲")}},
				{Key: "k1", CLID: 10, Cells: []source.SinkCell{text("Телефон", "7 999"), null("Наименование")}},
				{Key: "k3", CLID: 30, Cells: []source.SinkCell{text("Телефон", "")}},
			}
			for range 2 { // delivered again it leaves the same
				mustWrite(t, s, rows...)
				wantLines(t, table(t, d, dsn, "clients", "Ссылка", "clid", "Наименование", "Телефон"),
					"k1|10|∅|7 999", "k2|20|«Ива», ООО 🌲|2", "k3|30|∅|")
			}
		})
	}
}

func TestTyped_columns_take_texts_in_any_usual_form(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn, s := clientsOn(t, on)
			mustWrite(
				t, s,
				source.SinkRow{Key: "a", Cells: []source.SinkCell{
					text("Сумма", "1\u00a0234 567,80"), text("Сотрудников", "1 200"), text("Активен", "Да"),
					text("ДатаСоздания", "31.01.2026"), text("Изменён", "2026-01-31T23:20:30"),
				}},
				source.SinkRow{Key: "b", Cells: []source.SinkCell{
					text("Сумма", "-0.5"), text("Сотрудников", "7,00"), text("Активен", "false"),
					text("ДатаСоздания", "2026-01-31 12:30:00"), text("Изменён", "31.01.2026"),
				}},
				source.SinkRow{Key: "c", Cells: []source.SinkCell{ // blank is NULL where text is not
					text("Сумма", ""), text("Сотрудников", " "), null("Активен"), text("ДатаСоздания", ""), text("Изменён", ""),
				}},
			)
			want := map[source.Driver][]string{
				source.Postgres: {
					"a|1234567.80|1200|true|2026-01-31T00:00:00Z|2026-01-31T23:20:30Z",
					"b|-0.5|7|false|2026-01-31T00:00:00Z|2026-01-31T00:00:00Z",
				},
				source.MySQL: {
					"a|1234567.800000|1200|1|2026-01-31|2026-01-31 23:20:30",
					"b|-0.500000|7|0|2026-01-31|2026-01-31 00:00:00",
				},
				source.SQLite: {
					// decimals stand there as they come: its numbers are binary
					"a|1\u00a0234 567,80|1200|1|2026-01-31T00:00:00Z|2026-01-31T23:20:30Z",
					"b|-0.5|7|0|2026-01-31T12:30:00Z|2026-01-31T00:00:00Z",
				},
			}[d]
			got := table(t, d, dsn, "clients", "Ссылка", "Сумма", "Сотрудников", "Активен", "ДатаСоздания", "Изменён")
			wantLines(t, got, append(want, "c|"+map[bool]string{true: "", false: "∅"}[d == source.SQLite]+"|∅|∅|∅|∅")...)
		})
	}
}

func TestPoints_in_time_stand_in_the_zone_of_the_source(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			typ := map[source.Driver]string{source.Postgres: "timestamptz", source.MySQL: "timestamp NULL", source.SQLite: "datetime"}[d]
			do(t, d, dsn, "CREATE TABLE clients (k varchar(9) PRIMARY KEY, at "+typ+")")
			cfg := source.SQLSinkConfig{Driver: d, DSN: dsn, Table: "clients", Key: "k", Zone: moscow(t)}
			mustWrite(t, source.NewSQLSink(cfg), source.SinkRow{Key: "a", Cells: []source.SinkCell{text("at", "2026-02-01 02:20:30")}})
			got := mustRead(t, source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT k, at FROM clients", Zone: moscow(t)})
			if d := cmp.Diff([][]string{{"a", "2026-02-01 02:20:30"}}, got.cells); d != "" {
				t.Error("what was written is not what is read:", d)
			}
		})
	}
}

func TestA_row_is_refused_for_what_it_holds_and_the_others_go(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			do(t, d, dsn, "CREATE TABLE clients (k varchar(9) PRIMARY KEY, clid bigint UNIQUE, name varchar(5), must varchar(9) DEFAULT 'x' NOT NULL,"+
				" code integer NOT NULL DEFAULT 1 CHECK (code < 100), one varchar(9) UNIQUE, day date, yes "+
				map[source.Driver]string{source.Postgres: "boolean", source.MySQL: "tinyint(1)", source.SQLite: "boolean"}[d]+")",
				"INSERT INTO clients (k, one) VALUES ('old', 'taken')")
			cfg := source.SQLSinkConfig{Driver: d, DSN: dsn, Table: "clients", Key: "k", CLID: "clid"}
			bad := []struct {
				cell source.SinkCell
				why  source.SinkRefusal
			}{
				{text("name", "долгое"), source.TooLong},
				{text("code", "12abc"), source.NotNumber},
				{text("code", ""), source.NotNull},
				{text("code", "100"), source.ByServer},
				{text("one", "taken"), source.Taken},
				{text("day", "31/01/2026"), source.NotDate},
				{text("day", "2026-02-30"), source.NotDate},
				{text("yes", "возможно"), source.NotBoolean},
			}
			rows := []source.SinkRow{{Key: "first", Cells: []source.SinkCell{text("name", "ok")}}}
			for i, b := range bad {
				rows = append(rows, source.SinkRow{Key: fmt.Sprintf("bad%d", i), Cells: []source.SinkCell{b.cell}})
			}
			rows = append(rows, source.SinkRow{Key: "last", Cells: []source.SinkCell{null("must"), text("name", "Ёжики"[:10])}})
			refused, err := source.NewSQLSink(cfg).Write(t.Context(), rows)
			if err != nil || len(refused) != len(bad)-lenient(d) {
				t.Fatalf("refused %+v, error %v", refused, err)
			}
			for _, r := range refused {
				b := bad[r.Row-1]
				if r.Why != b.why {
					t.Errorf("%s: refused as %q, want %q", b.cell.Column, r.Why, b.why)
				}
				if named := r.Column == b.cell.Column; !named && b.why != source.Taken && b.why != source.ByServer {
					t.Errorf("%s: column %q is blamed", b.cell.Column, r.Column)
				}
				if b.cell.Text != "" && strings.Contains(r.Detail+r.Column, b.cell.Text) {
					t.Errorf("the refusal shows the value: %+v", r)
				}
			}
			got := table(t, d, dsn, "clients", "k", "name", "must")
			if d == source.SQLite {
				got = got[1:] // it takes texts of any length
			}
			wantLines(t, got, "first|ok|x", "last|Ёжики|", "old|∅|x")
		})
	}
}

// lenient is how many bad cells of the test above a server takes.
func lenient(d source.Driver) int {
	if d == source.SQLite {
		return 1
	}
	return 0
}

func TestClients_born_in_the_CRM_are_found_by_its_id_and_keyed_later(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn, s := clientsOn(t, on)
			look := func() []string {
				return table(t, d, dsn, "clients", "clid", "Ссылка", "Наименование", "Телефон")
			}
			for range 2 {
				mustWrite(t, s, source.SinkRow{CLID: 7, Cells: []source.SinkCell{text("Наименование", "Новый")}},
					source.SinkRow{CLID: 8, Cells: []source.SinkCell{text("Наименование", "Другой")}})
				wantLines(t, look(), "7|∅|Новый|∅", "8|∅|Другой|∅")
			}
			for range 2 { // the first delivery with its key takes the row over
				mustWrite(t, s, source.SinkRow{Key: "k7", CLID: 7, Cells: []source.SinkCell{text("Телефон", "1")}})
				wantLines(t, look(), "7|k7|Новый|1", "8|∅|Другой|∅")
			}
			// an old delivery that comes late does not take the key away
			mustWrite(t, s, source.SinkRow{CLID: 7, Cells: []source.SinkCell{text("Телефон", "2")}})
			wantLines(t, look(), "7|k7|Новый|2", "8|∅|Другой|∅")

			refused, err := s.Write(t.Context(), []source.SinkRow{{Key: "other", CLID: 7}, {Key: "k7", CLID: 8}, {}})
			if err != nil || len(refused) != 3 || refused[0].Why != source.TwoRows || refused[1].Why != source.TwoRows || refused[2].Why != source.NoCLID {
				t.Errorf("refused %+v, error %v", refused, err)
			}
			wantLines(t, look(), "7|k7|Новый|2", "8|∅|Другой|∅")
		})
	}
}

func TestA_row_that_vanished_from_the_table_it_came_from_does_not_come_back(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn, _ := clientsOn(t, on)
			cfg := clientsSink(d, dsn)
			cfg.SameTable = true
			s := source.NewSQLSink(cfg)
			mustWrite(t, s, source.SinkRow{CLID: 1, Cells: []source.SinkCell{text("Телефон", "1")}}) // born in the CRM
			refused, err := s.Write(t.Context(), []source.SinkRow{{Key: "k", CLID: 2, Cells: []source.SinkCell{text("Телефон", "2")}}})
			if err != nil || len(refused) != 1 || refused[0].Why != source.Gone {
				t.Errorf("refused %+v, error %v", refused, err)
			}
			wantLines(t, table(t, d, dsn, "clients", "clid"), "1")
		})
	}
}

func TestThe_time_of_a_change_moves_with_changes_only(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn, s := clientsOn(t, on)
			row := func(name string) source.SinkRow {
				return source.SinkRow{Key: "k", CLID: 1, Cells: []source.SinkCell{text("Наименование", name)}}
			}
			const then = "2001-01-01 00:00:00"
			past := func() { do(t, d, dsn, "UPDATE clients SET changed_at = '"+then+"'") }
			moved := func() bool {
				at := table(t, d, dsn, "clients", "changed_at")[0]
				return !strings.HasPrefix(strings.Replace(at, "T", " ", 1), then[:10])
			}
			mustWrite(t, s, row("ива"))
			past()
			mustWrite(t, s, row("ива"))
			if moved() {
				t.Error("a delivery that changes nothing moves the time")
			}
			mustWrite(t, s, row("Ива")) // a letter's case is a change
			if !moved() {
				t.Error("a change does not move the time")
			}
			wantLines(t, table(t, d, dsn, "clients", "Наименование"), "Ива")
		})
	}
}

func TestA_text_for_a_number_key_is_no_number(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			do(t, d, dsn, "CREATE TABLE clients (id bigint PRIMARY KEY, name varchar(9))", "INSERT INTO clients VALUES (12, 'old'), (0, 'zero')")
			s := source.NewSQLSink(source.SQLSinkConfig{Driver: d, DSN: dsn, Table: "clients", Key: "id"})
			rows := []source.SinkRow{{Key: "12abc"}, {Key: "abc"}, {Key: "12"}, {Key: "00013"}}
			for i := range rows {
				rows[i].Cells = []source.SinkCell{text("name", "new")}
			}
			refused, err := s.Write(t.Context(), rows)
			if err != nil || len(refused) != 2 || refused[0].Row != 0 || refused[1].Row != 1 {
				t.Errorf("refused %+v, error %v", refused, err)
			}
			wantLines(t, table(t, d, dsn, "clients", "id", "name"), "0|zero", "12|new", "13|new")
		})
	}
}

func TestColumns_are_found_by_their_names_without_regard_to_case(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			do(t, d, dsn, "CREATE TABLE clients (code char(9) PRIMARY KEY, name varchar(9))", "INSERT INTO clients VALUES ('12', 'old')")
			s := source.NewSQLSink(source.SQLSinkConfig{Driver: d, DSN: dsn, Table: "clients", Key: "Code"})
			mustWrite(t, s, source.SinkRow{Key: "12", Cells: []source.SinkCell{text("NAME", "new")}})
			wantLines(t, table(t, d, dsn, "clients", "name"), "new")
		})
	}
}
