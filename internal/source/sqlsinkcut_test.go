package source_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"syncd/internal/source"
	"syncd/internal/sqltest"
)

func TestA_connection_cut_anywhere_leaves_all_rows_or_none(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		if on.driver == source.SQLite {
			continue // has no connection
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn, direct := clientsOn(t, on)
			cuttable, line := sqltest.Cuttable(t, dsn)
			s := source.NewSQLSink(clientsSink(d, cuttable))
			rows := []source.SinkRow{
				{Key: "a", CLID: 1, Cells: []source.SinkCell{text("Наименование", "Ёлка")}},
				{Key: "b", CLID: 2, Cells: []source.SinkCell{text("Телефон", "2")}},
				{CLID: 3, Cells: []source.SinkCell{text("Телефон", "3")}},
			}
			all := []string{"1|a|Ёлка|∅", "2|b|∅|2", "3|∅|∅|3"}
			look := func() []string {
				return table(t, d, dsn, "clients", "clid", "Ссылка", "Наименование", "Телефон")
			}
			mustWrite(t, s, rows...)
			whole := line.Flown()

			var none, unsure int
			for at := int64(1); at < whole; at = next(at, whole) {
				do(t, d, dsn, "DELETE FROM clients")
				line.CutAfter(at)
				_, err := s.Write(t.Context(), rows)
				switch there := look(); {
				case err == nil && len(there) != 3:
					t.Fatalf("cut after %d bytes of %d: no error, and there is %q", at, whole, there)
				case err == nil: // cut after the answer to the commit
				case len(there) == 0:
					none++
				case len(there) == 3:
					unsure++ // the answer to the commit was lost
				default:
					t.Fatalf("cut after %d bytes of %d: a part is there: %q", at, whole, there)
				}
				if err != nil {
					if e := sqlErr(t, err); e.Reason != source.SQLLost && e.Reason != source.SQLUnreachable {
						t.Errorf("cut after %d bytes: %+v, %v", at, e, e.Err)
					}
				}
				line.Mend()
				mustWrite(t, direct, rows...)
				wantLines(t, look(), all...)
			}
			if none == 0 || unsure == 0 {
				t.Errorf("the cuts missed a case: none %d, unsure %d", none, unsure)
			}
		})
	}
}

// next steps in strides, and in small ones around the commit.
func next(at, whole int64) int64 {
	const stride, end = 523, 42
	if at < whole-end {
		return min(at+stride, whole-end)
	}
	return at + 3
}

func TestTwo_deliveries_at_a_time_make_no_row_twice(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn, s := clientsOn(t, on)
			const records = 20
			delivery := func(column string, from int) []source.SinkRow {
				var rows []source.SinkRow
				for i := range records {
					n := (from + i) % records
					row := source.SinkRow{CLID: int64(n + 1), Cells: []source.SinkCell{text(column, "новое")}}
					if n%2 == 0 {
						row.Key = fmt.Sprintf("k%02d", n)
					}
					rows = append(rows, row)
				}
				return rows
			}
			for round := range 4 {
				var both errgroup.Group
				for from, column := range map[int]string{0: "Наименование", 7: "Телефон"} {
					both.Go(func() error {
						refused, err := s.Write(t.Context(), delivery(column, from))
						if err == nil && len(refused) > 0 {
							return fmt.Errorf("refused %+v", refused)
						}
						return err
					})
				}
				if err := both.Wait(); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				var want []string
				for n := range records {
					key := "∅"
					if n%2 == 0 {
						key = fmt.Sprintf("k%02d", n)
					}
					want = append(want, strconv.Itoa(n+1)+"|"+key+"|новое|новое")
				}
				wantLines(t, table(t, d, dsn, "clients", "clid", "Ссылка", "Наименование", "Телефон"), want...)
				do(t, d, dsn, "DELETE FROM clients")
			}
		})
	}
}

func TestA_delivery_that_gave_way_in_a_deadlock_is_tried_again(t *testing.T) {
	t.Parallel()
	d, dsn, s := clientsOn(t, servers()["PostgreSQL"])
	rows := []source.SinkRow{
		{Key: "a", Cells: []source.SinkCell{text("Телефон", "1")}},
		{Key: "b", Cells: []source.SinkCell{text("Телефон", "2")}},
	}
	mustWrite(t, s, rows...)
	// the one that looks first finds the deadlock, and gives way; each looks once
	do(t, d, dsn, "ALTER DATABASE "+dsn[strings.LastIndexByte(dsn, '/')+1:strings.IndexByte(dsn, '?')]+" SET deadlock_timeout = '1500ms'")
	db, err := source.OpenSQL(t.Context(), d, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(statement string) {
		t.Helper()
		if _, err := other.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	const touch = `UPDATE clients SET clid = NULL WHERE "Ссылка" = `
	ask("SET deadlock_timeout = '1min'")
	ask(touch + "'b'")
	var delivery errgroup.Group
	delivery.Go(func() error {
		_, err := s.Write(t.Context(), []source.SinkRow{{Key: "a", Cells: []source.SinkCell{text("Телефон", "3")}}, {Key: "b", Cells: []source.SinkCell{text("Телефон", "4")}}})
		return err
	})
	for waiting := 0; waiting == 0; {
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	ask(touch + "'a'") // returns once the delivery gave way
	if err := other.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := delivery.Wait(); err != nil {
		t.Error(err)
	}
	wantLines(t, table(t, d, dsn, "clients", "Ссылка", "Телефон"), "a|3", "b|4")
}
