package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/source"
)

// dated is a type of cursor column: how it is declared and how values are
// spelled; the texts rise.
type dated struct {
	declared string
	values   [4]string
	overlap  source.Overlap // reaches from the third value back to the second
}

func cursors(d source.Driver) map[string]dated {
	hour := source.Overlap{Span: time.Hour}
	texts := [4]string{"'2026-01-31 09:59:59'", "'2026-01-31 10:00:00'", "'2026-01-31 11:00:00'", "'2026-01-31 11:00:01'"}
	all := map[string]dated{
		"int":     {"bigint", [4]string{"-5", "9007199254740992", "9007199254740993", "9007199254740994"}, source.Overlap{Count: 1}},
		"decimal": {"decimal(20,3)", [4]string{"0.001", "1.500", "2.500", "12.001"}, source.Overlap{Count: 1}},
		"text":    {"varchar(40)", texts, hour},
		"date":    {"date", [4]string{"'2025-12-31'", "'2026-01-01'", "'2026-01-02'", "'2026-02-01'"}, source.Overlap{Span: 24 * time.Hour}},
	}
	switch d {
	case source.Postgres:
		all["timestamp"] = dated{"timestamp", texts, hour}
		all["timestamptz"] = dated{"timestamptz", [4]string{
			"'2026-01-31 09:59:59.999999Z'", "'2026-01-31 13:00:00+03'", "'2026-01-31 11:00:00Z'", "'2026-01-31 11:00:00.000001Z'",
		}, hour}
		all["int4"] = dated{"int", [4]string{"1", "2", "3", "4"}, source.Overlap{Count: 1}}
		all["bytea"] = dated{"bytea", [4]string{`'\x00'`, `'\x0001'`, `'\x02'`, `'\xff'`}, source.Overlap{}}
	case source.MySQL:
		all["datetime"] = dated{"datetime(6)", texts, hour}
		all["timestamp"] = dated{"timestamp(6) NULL", [4]string{
			"'2026-01-31 09:59:59.999999'", "'2026-01-31 10:00:00'", "'2026-01-31 11:00:00'", "'2026-01-31 11:00:00.000001'",
		}, hour}
		all["binary"] = dated{"varbinary(8)", [4]string{"x'00'", "x'0001'", "x'02'", "x'ff'"}, source.Overlap{}}
	case source.SQLite:
		all["datetime"] = dated{"datetime", texts, hour}
		all["iso"] = dated{"datetime", [4]string{"'2026-01-31T09:00:00Z'", "'2026-01-31T10:00:00Z'", "'2026-01-31T11:00:00Z'", "'2026-01-31T12:00:00Z'"}, hour}
		all["blob"] = dated{"", [4]string{"x'00'", "x'0001'", "x'02'", "x'ff'"}, source.Overlap{}}
		all["decimal"] = dated{"real", [4]string{"0.001", "1.5", "2.5", "12.001"}, source.Overlap{Count: 1}}
	case source.SQLServer:
	}
	return all
}

// Each type, with the reader's own filter and with {cursor} in the query: the
// first delta reads all, the next what is not below the last, an overlap more.
func TestA_delta_goes_on_where_the_last_one_ended(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			for name, c := range cursors(d) {
				table := "t_" + name
				values := make([]string, 0, 4)
				for i, v := range c.values[:3] {
					values = append(values, fmt.Sprintf("(%d, %s)", i, v))
				}
				do(t, d, dsn, "CREATE TABLE "+table+" (id int, changed "+c.declared+")",
					"INSERT INTO "+table+" VALUES "+strings.Join(values, ", ")+", (7, NULL)")
				queries := map[string]string{
					"outside": "SELECT id, changed FROM " + table + " -- all",
					"inside":  "SELECT id, changed FROM " + table + " WHERE changed >= {cursor} OR changed IS NULL OR changed > {cursor} ORDER BY id",
				}
				first := map[string]string{}
				for where, query := range queries {
					o := source.SQLOptions{Driver: d, DSN: dsn, Query: query, Cursor: "Changed", Wanted: []string{"id"}}
					got, err := read(t.Context(), o)
					if err != nil {
						t.Errorf("%s, %s, first: %v", name, where, err)
						continue
					}
					wantIDs(t, name+", "+where+", first", got, "0 1 2 7")
					wantIDs(t, name+", "+where+", again", delta(t, o, got.cursor), "2 7")
					o.Overlap = c.overlap
					if o.Overlap != (source.Overlap{}) {
						wantIDs(t, name+", "+where+", with an overlap", delta(t, o, got.cursor), "1 2 7")
					}
					first[where] = got.cursor
				}
				do(t, d, dsn, "INSERT INTO "+table+" VALUES (3, "+c.values[3]+")", "DELETE FROM "+table+" WHERE id = 2")
				for where, query := range queries {
					o := source.SQLOptions{Driver: d, DSN: dsn, Query: query, Cursor: "changed", Wanted: []string{"id"}}
					if first[where] == "" {
						continue
					}
					o.Cursor = "Changed"
					got := delta(t, o, first[where])
					wantIDs(t, name+", "+where+", one more", got, "3 7")
					do(t, d, dsn, "DELETE FROM "+table+" WHERE id = 8")
					empty := o
					wantIDs(t, name+", "+where+", after it", delta(t, empty, got.cursor), "3 7")
				}
			}
		})
	}
}

func delta(t *testing.T, o source.SQLOptions, since string) reading {
	t.Helper()
	o.Since = since
	got, err := read(t.Context(), o)
	if err != nil {
		t.Error(err)
	}
	return got
}

func wantIDs(t *testing.T, what string, got reading, want string) {
	t.Helper()
	ids := make([]string, 0, len(got.cells))
	for _, cells := range got.cells {
		ids = append(ids, cells[0])
	}
	slices.Sort(ids)
	if diff := cmp.Diff(want, strings.Join(ids, " ")); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func TestRows_without_a_date_and_a_delta_of_none_leave_the_cursor(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			do(t, d, dsn, "CREATE TABLE t (id int, changed date)")
			o := source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT id, changed FROM t", Cursor: "changed"}
			if got := mustRead(t, o); got.cursor != "" {
				t.Errorf("a cursor of nothing: %q", got.cursor)
			}
			do(t, d, dsn, "INSERT INTO t VALUES (1, NULL)")
			got := mustRead(t, o)
			wantIDs(t, "no date", got, "1")
			if got.cursor != "" {
				t.Errorf("a cursor of NULL: %q", got.cursor)
			}
			do(t, d, dsn, "INSERT INTO t VALUES (2, '2026-01-31')")
			one := mustRead(t, o).cursor
			do(t, d, dsn, "DELETE FROM t WHERE id = 2")
			if got := delta(t, o, one); got.cursor != one || one == "" {
				t.Errorf("from %q to %q", one, got.cursor)
			}
		})
	}
}

func TestA_date_far_ahead_does_not_end_all_deltas(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			do(t, d, dsn, "CREATE TABLE t (id int, changed date)", "INSERT INTO t VALUES (1, '4026-01-30'), (2, '4206-01-31')")
			o := source.SQLOptions{
				Driver: d, DSN: dsn, Query: "SELECT id, changed FROM t", Cursor: "changed", YearOffset: 2000,
				Now: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
			}
			first := mustRead(t, o).cursor
			do(t, d, dsn, "INSERT INTO t VALUES (3, '4026-01-31')")
			wantIDs(t, "after it", delta(t, o, first), "1 2 3")
		})
	}
}

func TestA_cursor_of_another_query_or_type_is_none(t *testing.T) {
	t.Parallel()
	for name, s := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := s.driver, s.fresh(t)
			do(t, d, dsn, "CREATE TABLE t (id int, changed date)", "INSERT INTO t VALUES (1, '2026-01-30'), (2, '2026-01-31')")
			o := source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT id, changed FROM t", Cursor: "changed"}
			first := mustRead(t, o).cursor
			wantIDs(t, "the same query", delta(t, o, first), "2")
			other := o
			other.Query = "SELECT id, changed FROM t WHERE 1 = 1"
			wantIDs(t, "another query", delta(t, other, first), "1 2")
			elsewhere := o
			elsewhere.DSN = s.fresh(t)
			do(t, d, elsewhere.DSN, "CREATE TABLE t (id int, changed date)", "INSERT INTO t VALUES (1, '2026-01-30')")
			wantIDs(t, "another database", delta(t, elsewhere, first), "1")
			for _, broken := range []string{"", "1", "x:y:z:w", strings.Replace(first, "1:", "2:", 1), first[:len(first)-1] + "x"} {
				if d == source.SQLite && broken != "" && strings.HasPrefix(broken, first[:20]) {
					continue // a text is a text
				}
				wantIDs(t, broken, delta(t, o, broken), "1 2")
			}
			if d == source.SQLite {
				return // whose columns have no type
			}
			do(t, d, dsn, "DROP TABLE t", "CREATE TABLE t (id int, changed int)", "INSERT INTO t VALUES (1, 30), (2, 31)")
			got := delta(t, o, first)
			wantIDs(t, "another type", got, "1 2")
			if len(got.header.Warnings) != 1 || got.header.Warnings[0].Code != source.CursorRestarted {
				t.Errorf("warnings: %v", got.header.Warnings)
			}
		})
	}
}

func TestWhat_a_delta_cannot_do_is_told(t *testing.T) {
	t.Parallel()
	dsn := sqliteFile(t)
	do(t, source.SQLite, dsn, "CREATE TABLE t (id int, changed text)", "INSERT INTO t VALUES (1, 'вчера')")
	base := source.SQLOptions{Driver: source.SQLite, DSN: dsn, Name: "orders", Query: "SELECT id, changed FROM t"}
	with := base
	with.Cursor = "changed"
	since := mustRead(t, with).cursor
	for name, c := range map[string]struct {
		change func(o *source.SQLOptions)
		want   string
	}{
		"no such column":       {func(o *source.SQLOptions) { o.Cursor = "updated_at" }, `orders: sqlite ` + dsn + `: query: column "updated_at": the query has no column for the cursor; it has: id, changed`},
		"a mark and no cursor": {func(o *source.SQLOptions) { o.Query += " WHERE changed > {cursor}" }, "no column is its cursor"},
		"an overlap that does not fit": {func(o *source.SQLOptions) {
			o.Cursor, o.Since, o.Overlap = "changed", since, source.Overlap{Span: time.Hour}
		}, "the overlap does not fit a cursor of type text"},
		"an empty query": {func(o *source.SQLOptions) { o.Query = " ;\n" }, "the query is empty"},
	} {
		o := base
		c.change(&o)
		_, err := read(t.Context(), o)
		if e := sqlErr(t, err); e.Reason != source.SQLBadQuery || !strings.Contains(e.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
