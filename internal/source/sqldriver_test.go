package source_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"syncd/internal/source"
)

const password = "S3cr%40t-word"

// A port that nobody listens on.
func deadPort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// everything an error can be made to say.
func spelled(err error) string {
	text := ""
	for e := err; e != nil; e = errors.Unwrap(e) {
		text += fmt.Sprintf("%v %+v ", e, e)
	}
	return text
}

func TestA_wrong_DSN_is_told_without_its_secret(t *testing.T) {
	t.Parallel()
	dead := deadPort(t)
	for name, c := range map[string]struct {
		driver source.Driver
		dsn    string
		reason source.SQLProblem
		want   string
	}{
		"postgres, nobody there":    {source.Postgres, "postgres://sync:" + password + "@" + dead + "/trade", source.SQLUnreachable, dead + "/trade"},
		"postgres, words":           {source.Postgres, "host=127.0.0.1 password=" + password + " port=no", source.SQLBadDSN, "postgres://user:password@host:5432/database"},
		"postgres, a broken URL":    {source.Postgres, "postgres://sync:" + password + "%zz@host:port/trade", source.SQLBadDSN, "expected:"},
		"postgres, no DSN at all":   {source.Postgres, password, source.SQLBadDSN, "expected:"},
		"mysql, nobody there":       {source.MySQL, "sync:" + password + "@tcp(" + dead + ")/trade", source.SQLUnreachable, dead + "/trade"},
		"mysql, a URL":              {source.MySQL, "mysql://sync:" + password + "@host/trade", source.SQLBadDSN, "user:password@tcp(host:3306)/database"},
		"mysql, no slash":           {source.MySQL, "sync:" + password + "@tcp(host)", source.SQLBadDSN, "expected:"},
		"sqlserver, nobody there":   {source.SQLServer, "sqlserver://sync:" + password + "@" + dead + "?database=trade&encrypt=disable", source.SQLUnreachable, dead + "/trade"},
		"sqlserver, a broken URL":   {source.SQLServer, "sqlserver://sync:" + password + "%zz@host", source.SQLBadDSN, "expected:"},
		"sqlserver, no DSN at all":  {source.SQLServer, password, source.SQLBadDSN, "expected:"},
		"sqlite, a URL of a server": {source.SQLite, "postgres://sync:" + password + "@host/trade", source.SQLBadDSN, "/path/to/file.db"},
		"an unknown driver":         {"oracle", "sync/" + password, source.SQLBadDSN, "oracle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := source.OpenSQL(t.Context(), c.driver, c.dsn)
			e := sqlErr(t, err)
			if e.Reason != c.reason || !strings.Contains(e.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			for _, secret := range []string{password, "S3cr@t", "S3cr"} {
				if strings.Contains(spelled(err), secret) {
					t.Errorf("the password shows: %s", spelled(err))
				}
			}
		})
	}
}

func TestWhat_a_server_refuses_is_told_by_its_kind(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			do(t, d, dsn, "CREATE TABLE t (id int, name varchar(50))", "INSERT INTO t VALUES (1, 'Иванов Иван')")
			for name, c := range map[string]struct {
				query string
				want  string
			}{
				"no such column": {"SELECT id, inn FROM t", "inn"},
				"no such table":  {"SELECT id FROM clients_1c", "clients_1c"},
				"no SQL":         {"SELEKT id FROM t", "syntax"},
				"two statements": {"SELECT id FROM t; SELECT name FROM t", ""},
			} {
				_, err := read(t.Context(), source.SQLOptions{Driver: d, DSN: dsn, Name: "clients", Query: c.query})
				if e := sqlErr(t, err); e.Reason != source.SQLRefused || e.Code == "" || e.Where == "" || e.Name != "clients" || !strings.Contains(e.Error(), c.want) {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

func TestAn_error_about_a_value_does_not_show_it(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query, code string
		before      []string
	}{
		"PostgreSQL": {"SELECT name::int FROM t", "22P02", nil},
		"MariaDB": {"SELECT complain(name) FROM t", "1644", []string{
			"CREATE FUNCTION complain(n text) RETURNS int DETERMINISTIC BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = n; RETURN 1; END",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := servers()[name].driver, servers()[name].fresh(t)
			do(t, d, dsn, append(c.before, "CREATE TABLE t (id int, name varchar(50))", "INSERT INTO t VALUES (1, 'Иванов Иван')")...)
			_, err := read(t.Context(), source.SQLOptions{Driver: d, DSN: dsn, Query: c.query})
			if e := sqlErr(t, err); strings.Contains(e.Error(), "Иванов") || e.Code != c.code {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestA_wrong_password_and_a_wrong_database_are_told_apart(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PostgreSQL", "MariaDB"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servers()[name]
			dsn := s.fresh(t)
			create := "CREATE ROLE stranger LOGIN PASSWORD 'right'"
			if s.driver == source.MySQL {
				create = "CREATE USER stranger@'%' IDENTIFIED BY 'right'"
			}
			do(t, s.driver, dsn, create)
			at, slash := strings.LastIndex(dsn, "@"), strings.LastIndex(dsn, "/")
			query := ""
			if q := strings.Index(dsn, "?"); q >= 0 {
				query = dsn[q:]
			}
			_, err := source.OpenSQL(t.Context(), s.driver, dsn[:slash]+"/nowhere"+query)
			if e := sqlErr(t, err); e.Reason != source.SQLNoDatabase || !strings.Contains(e.Error(), "nowhere") {
				t.Errorf("got %v", err)
			}
			if s.driver == source.Postgres {
				return // the servers of these tests trust everybody
			}
			_, err = source.OpenSQL(t.Context(), s.driver, "stranger:"+password+dsn[at:])
			if e := sqlErr(t, err); e.Reason != source.SQLDenied || strings.Contains(spelled(err), password) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNames_and_parameters_are_spelled_as_the_server_wants(t *testing.T) {
	t.Parallel()
	for d, want := range map[source.Driver]string{
		source.Postgres:  "\"a\"\"b`c]d\" $2 true",
		source.MySQL:     "`a\"b``c]d` ? false",
		source.SQLite:    "\"a\"\"b`c]d\" ? false",
		source.SQLServer: "[a\"b`c]]d] @p2 true",
	} {
		if got := fmt.Sprint(d.Quote("a\"b`c]d"), " ", d.Placeholder(2), " ", d.Numbered()); got != want {
			t.Errorf("%s: %s", d, got)
		}
	}
}
