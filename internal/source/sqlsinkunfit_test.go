package source_test

import (
	"path/filepath"
	"strings"
	"testing"

	"syncd/internal/source"
)

func TestA_table_that_is_not_fit_is_told_with_the_way_on(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			bytes := map[source.Driver]string{source.Postgres: "bytea", source.MySQL: "varbinary(16)", source.SQLite: "blob"}[d]
			do(
				t, d, dsn,
				"CREATE TABLE loose (k varchar(9), name varchar(9), clid bigint)",
				"CREATE TABLE pair (k varchar(9), name varchar(9), PRIMARY KEY (k, name))",
				"CREATE TABLE half (k varchar(9) PRIMARY KEY, name varchar(9), clid bigint)",
				"CREATE TABLE bytes (k "+bytes+", name varchar(9))",
				"CREATE TABLE must (k varchar(9) PRIMARY KEY NOT NULL, name varchar(9), clid bigint UNIQUE)",
				"CREATE TABLE fine (k varchar(9) UNIQUE, name varchar(9), clid bigint)", "CREATE UNIQUE INDEX fine_clid ON fine (clid)",
			)
			for name, c := range map[string]struct {
				table, column string
				born          bool
				reason        source.SQLProblem
				blamed, hint  string
			}{
				"no table":         {"nowhere", "name", false, source.SQLNoTable, "", "syncd schema --sql"},
				"no column":        {"must", "Имя", false, source.SQLNoColumn, "Имя", "syncd schema --sql"},
				"no key column":    {"bytes", "name", false, source.SQLUnfit, "k", "bytes"},
				"key not unique":   {"loose", "name", false, source.SQLNoUnique, "k", "CREATE UNIQUE INDEX"},
				"unique in a pair": {"pair", "name", false, source.SQLNoUnique, "k", "CREATE UNIQUE INDEX"},
				"clid not unique":  {"half", "name", false, source.SQLNoUnique, "clid", "CREATE UNIQUE INDEX"},
				"key must be":      {"must", "name", true, source.SQLUnfit, "k", "NULL"},
				"fit":              {"fine", "name", true, "", "", ""},
				"fit without born": {"must", "name", false, "", "", ""},
			} {
				t.Run(name, func(t *testing.T) {
					s := source.NewSQLSink(source.SQLSinkConfig{Name: "sink", Driver: d, DSN: dsn, Table: c.table, Key: "k", CLID: "clid"})
					err := s.Check(t.Context(), []string{c.column}, c.born)
					if c.reason == "" {
						if err != nil {
							t.Fatal(err)
						}
						return
					}
					e := sqlErr(t, err)
					if e.Reason != c.reason || e.Column != c.blamed || !strings.Contains(e.Detail, c.hint) || e.Name != "sink" || e.Where == "" {
						t.Errorf("got %+v", e)
					}
					if strings.Contains(e.Detail, "CREATE UNIQUE") { // the statement is good as it stands
						do(t, d, dsn, e.Detail[strings.Index(e.Detail, "CREATE"):])
						if err := s.Check(t.Context(), []string{c.column}, c.born); err != nil && sqlErr(t, err).Column == c.blamed {
							t.Error("after the statement:", err)
						}
					}
					if !c.born { // what a check finds, a delivery finds before it writes
						_, err := s.Write(t.Context(), []source.SinkRow{{Key: "1", Cells: []source.SinkCell{text(c.column, "x")}}})
						if err == nil && !strings.Contains(e.Detail, "CREATE UNIQUE") {
							t.Error("written all the same")
						}
					}
				})
			}
		})
	}
}

func TestA_table_in_another_schema_is_found(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			table := "main.clients"
			switch d {
			case source.Postgres:
				do(t, d, dsn, "CREATE SCHEMA crm")
				table = "crm.clients"
			case source.MySQL:
				table = dsn[strings.LastIndexByte(dsn, '/')+1:] + ".clients"
			}
			want := source.SQLTable{Driver: d, Name: table, Key: "k"}
			do(t, d, dsn, source.DDL(want))
			s := source.NewSQLSink(source.SQLSinkConfig{Driver: d, DSN: dsn, Table: table, Key: "k"})
			mustWrite(t, s, source.SinkRow{Key: "1"})
		})
	}
}

func TestMariaDB_tables_without_transactions_are_refused_and_cutting_is_strict(t *testing.T) {
	t.Parallel()
	s := servers()["MariaDB"]
	dsn := s.fresh(t)
	do(t, s.driver, dsn, "CREATE TABLE old (k varchar(9) PRIMARY KEY, name tinytext) ENGINE=MyISAM")
	sink := source.NewSQLSink(source.SQLSinkConfig{Driver: s.driver, DSN: dsn + "?sql_mode=''", Table: "old", Key: "k"})
	if e := sqlErr(t, sink.Check(t.Context(), nil, false)); e.Reason != source.SQLUnfit || !strings.Contains(e.Detail, "ENGINE=InnoDB") {
		t.Errorf("got %+v", e)
	}
	do(t, s.driver, dsn, "ALTER TABLE old ENGINE=InnoDB")
	long := strings.Repeat("x", 300) // the column takes 255
	refused, err := sink.Write(t.Context(), []source.SinkRow{{Key: "1", Cells: []source.SinkCell{text("name", long)}}})
	if err != nil || len(refused) != 1 || refused[0].Why != source.TooLong || refused[0].Column != "name" {
		t.Errorf("a server that is not strict by itself cuts: %+v, %v", refused, err)
	}
}

func TestPostgreSQL_tells_the_column_that_it_does_not_take(t *testing.T) {
	t.Parallel()
	s := servers()["PostgreSQL"]
	dsn := s.fresh(t)
	do(t, s.driver, dsn, "CREATE TABLE clients (k uuid PRIMARY KEY, name text, sum numeric(4,2), other uuid, small smallint, kind inet)")
	sink := source.NewSQLSink(source.SQLSinkConfig{Driver: s.driver, DSN: dsn, Table: "clients", Key: "k"})
	const key = "9d5c422d-8c4c-11db-a9b0-00055d49b45e"
	mustWrite(t, sink, source.SinkRow{Key: key, Cells: []source.SinkCell{text("name", "a"), text("other", key), text("kind", "")}})
	for column, value := range map[string]string{"sum": "123.4", "other": "x", "small": "70000", "kind": "дом", "name": "a\x00b"} {
		for _, k := range []string{key, "11111111-8c4c-11db-a9b0-00055d49b45e"} { // there, and not there
			refused, err := sink.Write(t.Context(), []source.SinkRow{{Key: k, Cells: []source.SinkCell{text("sum", "1"), text(column, value)}[column2(column):]}})
			if err != nil || len(refused) != 1 || refused[0].Column != column {
				t.Errorf("%s: refused %+v, error %v", column, refused, err)
			}
		}
	}
	refused, err := sink.Write(t.Context(), []source.SinkRow{{Key: "no guid"}})
	if err != nil || len(refused) != 1 || refused[0].Why != source.ByServer {
		t.Errorf("a key of another form: %+v, %v", refused, err)
	}
	wantLines(t, table(t, s.driver, dsn, "clients", "k", "name"), key+"|a")
}

// column2 leaves the good cell out where the bad one is of the same column.
func column2(column string) int {
	if column == "sum" {
		return 1
	}
	return 0
}

func TestA_sink_tells_a_wrong_driver_and_a_server_that_is_not_there(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		driver source.Driver
		dsn    string
		reason source.SQLProblem
	}{
		{source.SQLServer, "sqlserver://sa:secret@127.0.0.1:1?database=x", source.SQLReadsOnly},
		{source.Postgres, "postgres://u:secret@127.0.0.1:1/x", source.SQLUnreachable},
		{source.MySQL, "u:secret@tcp(127.0.0.1:1)/x", source.SQLUnreachable},
		{source.SQLite, filepath.Join(t.TempDir(), "none.db"), source.SQLUnreachable},
	} {
		s := source.NewSQLSink(source.SQLSinkConfig{Driver: c.driver, DSN: c.dsn, Table: "t", Key: "k"})
		_, err := s.Write(t.Context(), []source.SinkRow{{Key: "1"}})
		if e := sqlErr(t, err); e.Reason != c.reason || strings.Contains(e.Error(), "secret") {
			t.Errorf("%s: got %+v", c.driver, e)
		}
	}
}
