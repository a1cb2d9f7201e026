package source_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/source"
)

func moscow(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Moscow")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestEvery_type_has_one_text(t *testing.T) {
	t.Parallel()
	type cell struct{ expr, want string }
	const ref = "81f3705ab67b77c011dffbdaf3e67235"
	const guid = "f3e67235-fbda-11df-81f3-705ab67b77c0"
	const zeroRef = "00000000000000000000000000000000"
	common := []cell{
		{"NULL", source.Null},
		{"''", ""},
		{"'Ромашка ООО '", "Ромашка ООО "},
		{"-17", "-17"},
		{"CAST(9007199254740993 AS decimal(20,0))", "9007199254740993"},
	}
	cells := map[source.Driver][]cell{
		source.Postgres: append([]cell{
			{"true", "true"},
			{"1.10::numeric", "1.10"},
			{"12345678901234567890.123456789::numeric", "12345678901234567890.123456789"},
			{"0.1::float8", "0.1"},
			{"1.1::float4", "1.1"},
			{"1e21::float8", "1000000000000000000000"},
			{"'000000015 '::char(12)", "000000015"},
			{"'2026-01-31'::date", "2026-01-31"},
			{"'2026-01-31 10:20:30'::timestamp", "2026-01-31 10:20:30"},
			{"'2026-01-31 10:20:30.500'::timestamp", "2026-01-31 10:20:30.5"},
			{"'2026-01-31 23:20:30+00'::timestamptz", "2026-02-01 02:20:30"},
			{"'2026-01-31 23:20:30+00'::timestamptz::text", "2026-02-01 02:20:30+03"},
			{"'0001-01-01 00:00:00'::timestamp", ""},
			{"'infinity'::timestamp", "infinity"},
			{"'\\x" + ref + "'::bytea", guid},
			{"'\\x" + zeroRef + "'::bytea", source.Null},
			{"'\\x01'::bytea", "true"},
			{"'\\x00'::bytea", "false"},
			{"'9d5c422d-8c4c-11db-a9b0-00055d49b45e'::uuid", "9d5c422d-8c4c-11db-a9b0-00055d49b45e"},
			{"'{\"а\": 1}'::jsonb", `{"а": 1}`},
			{"'10:20'::time", "10:20:00"},
		}, common...),
		source.MySQL: append([]cell{
			{"true", "1"},
			{"CAST(1.10 AS decimal(10,2))", "1.10"},
			{"CAST('12345678901234567890.123456789' AS decimal(30,9))", "12345678901234567890.123456789"},
			{"CAST(18446744073709551615 AS unsigned)", "18446744073709551615"},
			{"0.1e0", "0.1"},
			{"CAST('2026-01-31' AS date)", "2026-01-31"},
			{"CAST('2026-01-31 10:20:30' AS datetime)", "2026-01-31 10:20:30"},
			{"CAST('2026-01-31 10:20:30.5' AS datetime(3))", "2026-01-31 10:20:30.5"},
			{"CAST('0001-01-01 00:00:00' AS datetime)", ""},
			{"FROM_UNIXTIME(1769901630)", "2026-01-31 23:20:30"}, // a datetime of the session's zone, which is UTC
			{"CAST(x'" + ref + "' AS binary(16))", guid},
			{"CAST(x'" + zeroRef + "' AS binary(16))", source.Null},
			{"CAST(x'01' AS binary(1))", "true"},
		}, common...),
		source.SQLite: append([]cell{
			{"1 = 1", "1"},
			{"0.1", "0.1"},
			{"1e21", "1000000000000000000000"},
			{"x'" + ref + "'", guid},
			{"x'" + zeroRef + "'", source.Null},
			{"x'00'", "false"},
			{"9007199254740993", "9007199254740993"},
		}, common[:4]...),
	}
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			var exprs, names, want []string
			for i, c := range cells[d] {
				names = append(names, fmt.Sprintf("c%d", i))
				exprs = append(exprs, fmt.Sprintf("%s AS c%d", c.expr, i))
				want = append(want, c.want)
			}
			got := mustRead(t, source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT " + strings.Join(exprs, ", "), Zone: moscow(t)})
			if diff := cmp.Diff(names, got.header.Names); diff != "" {
				t.Error(diff)
			}
			if len(got.cells) != 1 {
				t.Fatalf("%d rows, %+v", len(got.cells), got.rows)
			}
			for i, c := range cells[d] {
				if got.cells[0][i] != want[i] {
					t.Errorf("%s is %q, want %q", c.expr, got.cells[0][i], c.want)
				}
			}
		})
	}
}

func TestColumns_of_tables_keep_their_types(t *testing.T) {
	t.Parallel()
	tables := map[source.Driver]struct {
		create, insert string
		want           []string
	}{
		source.MySQL: {
			"CREATE TABLE t (a char(9), b timestamp(3) NULL, c float, d datetime, e bit(3), f varbinary(16), g date, h timestamp NULL)",
			"INSERT INTO t VALUES ('0015', FROM_UNIXTIME(1769901630.25), 1.1, '0000-00-00', b'011', x'00', '4026-01-31', NULL)",
			[]string{"0015", "2026-02-01 02:20:30.25", "1.1", "", "3", "false", "4026-01-31", source.Null},
		},
		source.SQLite: {
			"CREATE TABLE t (a date, b datetime, c timestamp, d boolean, e boolean, f text)",
			"INSERT INTO t VALUES ('2026-01-31', '2026-01-31T10:20:30Z', 'вчера', 1, NULL, 'f')",
			[]string{"2026-01-31", "2026-01-31T10:20:30Z", "вчера", "true", source.Null, "f"},
		},
		source.Postgres: {
			"CREATE TABLE t (a char(9), b timestamptz, c real, d varchar(5))",
			"INSERT INTO t VALUES ('0015', 'epoch', 0.3, ' x ')",
			[]string{"0015", "1970-01-01 03:00:00", "0.3", " x "},
		},
	}
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			c := tables[d]
			insert := []string{c.create, c.insert}
			if d == source.MySQL { // old tables hold zero dates, which a strict server would not take now
				insert = []string{c.create, "SET GLOBAL sql_mode = ''"}
				do(t, d, dsn, insert...)
				insert = []string{c.insert}
			}
			do(t, d, dsn, insert...)
			got := mustRead(t, source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT * FROM t;\n", Zone: moscow(t)})
			if diff := cmp.Diff([][]string{c.want}, got.cells); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestThe_year_offset_of_1C_comes_off(t *testing.T) {
	t.Parallel()
	queries := map[source.Driver]string{
		source.Postgres: "SELECT '4026-02-28 10:00:00'::timestamp a, '2001-01-01'::timestamp b, '4024-02-29'::date c, NULL::date d",
		source.MySQL:    "SELECT CAST('4026-02-28 10:00:00' AS datetime) a, CAST('2001-01-01' AS datetime) b, CAST('4024-02-29' AS date) c, NULL d",
		source.SQLite:   "SELECT * FROM t",
	}
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			if d == source.SQLite {
				do(t, d, dsn, "CREATE TABLE t (a datetime, b datetime, c date, d date)",
					"INSERT INTO t VALUES ('4026-02-28 10:00:00', '2001-01-01 00:00:00', '4024-02-29', NULL)")
			}
			got := mustRead(t, source.SQLOptions{Driver: d, DSN: dsn, Query: queries[d], YearOffset: 2000})
			if diff := cmp.Diff([][]string{{"2026-02-28 10:00:00", "", "2024-02-29", source.Null}}, got.cells); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBytes_that_are_no_reference_stop_the_reading_where_they_are_needed(t *testing.T) {
	t.Parallel()
	literal := map[source.Driver]string{source.Postgres: `'\x0102'::bytea`, source.MySQL: "CAST(x'0102' AS binary(2))", source.SQLite: "x'0102'"}
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			o := source.SQLOptions{Driver: d, DSN: dsn, Name: "orders", Query: "SELECT 1 AS id, " + literal[d] + " AS version", Wanted: []string{"ID", "Version"}}
			_, err := read(t.Context(), o)
			if e := sqlErr(t, err); e.Reason != source.SQLBadColumn || e.Column != "version" || !strings.Contains(e.Error(), `orders`) {
				t.Errorf("got %v", err)
			}
			o.Wanted = []string{"id"}
			if got := mustRead(t, o); got.cells[0][1] != "0x0102" {
				t.Errorf("got %q", got.cells)
			}
		})
	}
}

func TestA_row_that_cannot_be_a_record_is_rejected_and_the_others_stay(t *testing.T) {
	t.Parallel()
	dsn := sqliteFile(t)
	do(t, source.SQLite, dsn, "CREATE TABLE t (id text, name text)",
		"INSERT INTO t VALUES ('a', 'Ромашка'), ('b', 'x' || char(0) || 'y'), ('c', CAST(x'D0FF' AS text)), ('d', printf('%.*c', 300, 'z')), ('e', char(0)), ('f', NULL), (NULL, '  ')")
	r, err := source.OpenQuery(t.Context(), source.SQLOptions{
		Driver: source.SQLite, DSN: dsn, Query: "SELECT id, name FROM t", Limits: source.Limits{Cell: 200},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(t.Context())
	var b source.SQLBatch
	if err := r.NextBatch(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	want := []source.Code{source.OK, source.NULByte, source.Undecodable, source.CellTooLong, source.NULByte, source.OK}
	if last := b.Rows[len(b.Rows)-1]; last.Status != source.Blank || len(b.Rows) != 7 {
		t.Errorf("a row of nothing is %+v", last)
	}
	for i, row := range b.Rows[:6] {
		cells, why := b.Cells(i, nil)
		key, ok := b.Key(i, 0)
		if why.Code != want[i] || len(cells) != 2 || !ok || key != string(rune('a'+i)) {
			t.Errorf("row %d: %v, cells %q, key %q", i+1, why, cells, key)
		}
		if _, ok := b.Key(i, 1); ok && why.Code != source.OK {
			t.Errorf("row %d: the damaged cell passes for a key", i+1)
		}
		if (row.Status == source.Rejected) != (want[i] != source.OK) || row.Line != i+1 {
			t.Errorf("row %d: %+v", i+1, row)
		}
	}
}

func TestColumns_without_a_name_of_their_own_get_one(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			got := mustRead(t, source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT 1 AS id, 2 AS id"})
			second, warnings := "id#2", 1
			if d == source.SQLite {
				second, warnings = "id:1", 0 // it names the columns of a subquery apart by itself
			}
			if diff := cmp.Diff([]string{"id", second}, got.header.Names); diff != "" || len(got.header.Warnings) != warnings {
				t.Error(diff, got.header.Warnings)
			}
		})
	}
}

func TestA_known_row_is_known_by_its_cells(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			do(t, d, dsn, "CREATE TABLE t (id int, name varchar(20))", "INSERT INTO t VALUES (1, 'a'), (2, ''), (3, NULL)")
			o := source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT * FROM t ORDER BY id", Salt: []byte("v1")}
			seen := map[[16]byte]bool{}
			for _, row := range mustRead(t, o).rows {
				seen[row.Hash] = true
			}
			if len(seen) != 3 {
				t.Fatal("NULL and '' have one hash")
			}
			o.Known = func(h [16]byte) bool { return seen[h] }
			do(t, d, dsn, "UPDATE t SET name = 'b' WHERE id = 2")
			got := mustRead(t, o)
			if got.rows[0].Status != source.Known || got.rows[1].Status != source.Data || got.rows[2].Status != source.Known {
				t.Errorf("got %+v", got.rows)
			}
			o.Salt = []byte("v2")
			for _, row := range mustRead(t, o).rows {
				if row.Status == source.Known {
					t.Error("another salt, and known all the same")
				}
			}
		})
	}
}

func TestNo_rows_is_a_reading_like_any_other(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			do(t, d, dsn, "CREATE TABLE t (id int, name varchar(20))")
			got := mustRead(t, source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT id, name FROM t"})
			if len(got.rows) != 0 || len(got.header.Names) != 2 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestAll_rows_are_of_one_moment_and_nothing_is_written(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			if d == source.SQLite {
				do(t, d, dsn, "PRAGMA journal_mode = WAL")
			}
			do(t, d, dsn, "CREATE TABLE t (id int, name varchar(200))")
			db, err := source.OpenSQL(t.Context(), d, dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			const rows = 5000
			for at := 0; at < rows; at += 500 {
				var values []string
				for i := at; i < at+500; i++ {
					values = append(values, fmt.Sprintf("(%d, '%s')", i, strings.Repeat("я", 100)))
				}
				if _, err := db.ExecContext(t.Context(), "INSERT INTO t VALUES "+strings.Join(values, ",")); err != nil {
					t.Fatal(err)
				}
			}
			r, err := source.OpenQuery(t.Context(), source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT * FROM t ORDER BY id"})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close(t.Context())
			if _, err := db.ExecContext(t.Context(), "UPDATE t SET name = 'new'"); err != nil {
				t.Fatal(err)
			}
			if _, err := db.ExecContext(t.Context(), "DELETE FROM t WHERE id >= 4000"); err != nil {
				t.Fatal(err)
			}
			var b source.SQLBatch
			n := 0
			for {
				err = r.NextBatch(t.Context(), &b)
				if err != nil {
					break
				}
				for i := range b.Rows {
					if cells, _ := b.Cells(i, nil); cells[1] == "new" {
						t.Fatal("a row of a later moment")
					}
					n++
				}
			}
			if n != rows {
				t.Errorf("%d rows, %v", n, err)
			}
			for _, q := range []string{"DELETE FROM t", "UPDATE t SET id = 0 RETURNING id", "WITH x AS (DELETE FROM t RETURNING id) SELECT * FROM x"} {
				if _, err := read(t.Context(), source.SQLOptions{Driver: d, DSN: dsn, Query: q}); err == nil {
					t.Errorf("%s was carried out", q)
				}
			}
			var left int
			if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM t WHERE id > 0").Scan(&left); err != nil || left != 3999 {
				t.Errorf("%d rows are left, %v", left, err)
			}
		})
	}
}

func TestThe_transaction_is_a_snapshot_whatever_the_server_is_set_to(t *testing.T) {
	t.Parallel()
	dsn := servers()["PostgreSQL"].fresh(t)
	do(t, source.Postgres, dsn, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = ''read committed''', current_database()); END $$")
	got := mustRead(t, source.SQLOptions{
		Driver: source.Postgres, DSN: dsn, Query: "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')",
	})
	if diff := cmp.Diff([][]string{{"repeatable read", "on"}}, got.cells); diff != "" {
		t.Error(diff)
	}
	dsn = servers()["MariaDB"].fresh(t)
	do(t, source.MySQL, dsn, "SET GLOBAL TRANSACTION ISOLATION LEVEL READ COMMITTED")
	got = mustRead(t, source.SQLOptions{Driver: source.MySQL, DSN: dsn, Query: "SELECT @@tx_isolation, @@in_transaction"})
	if diff := cmp.Diff([][]string{{"REPEATABLE-READ", "1"}}, got.cells); diff != "" {
		t.Error(diff)
	}
}

func TestAn_error_behind_many_rows_is_no_end(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{
		"PostgreSQL": "SELECT id, 10 / (40000 - id) FROM generate_series(1, 50000) id",
		"SQLite": "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 50000) " +
			"SELECT id, abs(CASE WHEN id = 40000 THEN -9223372036854775807 - 1 ELSE id END) FROM n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servers()[name]
			got, err := read(t.Context(), source.SQLOptions{Driver: s.driver, DSN: s.fresh(t), Query: query, Cursor: "id"})
			if err == nil || len(got.cells) == 0 || len(got.cells) >= 40000 || got.cursor != "" {
				t.Fatalf("%d rows, cursor %q, %v", len(got.cells), got.cursor, err)
			}
			if e := sqlErr(t, err); e.Reason != source.SQLRefused {
				t.Error(err)
			}
		})
	}
}

func TestA_file_that_is_not_there_is_not_made(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/no.db"
	_, err := source.OpenSQL(t.Context(), source.SQLite, path)
	if e := sqlErr(t, err); e.Reason != source.SQLUnreachable || !strings.Contains(e.Error(), "no such file") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("the file was made")
	}
}

func TestA_path_is_a_path_whatever_signs_it_holds(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/база %41?mode=memory#1.db"
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE t (id)"); err != nil {
		t.Fatal(err)
	}
	if got := mustRead(t, source.SQLOptions{Driver: source.SQLite, DSN: path, Query: "SELECT id FROM t"}); len(got.header.Names) != 1 {
		t.Errorf("got %+v", got)
	}
}
