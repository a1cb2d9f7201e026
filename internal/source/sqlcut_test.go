package source_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"syncd/internal/source"
	"syncd/internal/sqltest"
)

func TestA_connection_cut_at_any_byte_never_gives_a_shorter_reading(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PostgreSQL", "MariaDB"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servers()[name]
			dsn, line := sqltest.Cuttable(t, s.fresh(t))
			var values []string
			for i := range 60 {
				values = append(values, fmt.Sprintf("(%d, 'Клиент %d', '2026-01-31')", i, i))
			}
			do(t, s.driver, dsn, "CREATE TABLE t (id int, name varchar(50), changed date)", "INSERT INTO t VALUES "+strings.Join(values, ", "))
			o := source.SQLOptions{Driver: s.driver, DSN: dsn, Query: "SELECT * FROM t", Cursor: "changed"}
			whole := func() (reading, int64, error) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				before := line.Flown()
				got, err := read(ctx, o)
				return got, line.Flown() - before, err
			}
			want, bytes, err := whole()
			if err != nil || len(want.cells) != 60 || bytes < 2000 {
				t.Fatalf("%d rows in %d bytes, %v", len(want.cells), bytes, err)
			}
			failed := 0
			for most := int64(0); most < bytes+10; most += step(most, bytes) {
				line.CutAfter(most)
				got, _, err := whole()
				line.Mend()
				if err == nil {
					if len(got.cells) != 60 || !strings.HasSuffix(got.cursor, ":date:2026-01-31T00:00:00") {
						t.Fatalf("cut after %d of %d bytes: %d rows, and no error", most, bytes, len(got.cells))
					}
					continue
				}
				failed++
				if e := sqlErr(t, err); e.Reason == source.SQLStopped || got.cursor != "" {
					t.Fatalf("cut after %d of %d bytes: %v, cursor %q", most, bytes, err, got.cursor)
				}
			}
			if failed < 100 {
				t.Errorf("only %d cuts were felt", failed)
			}
		})
	}
}

// step visits every byte near the end, where the rows are over, and every few
// before.
func step(at, all int64) int64 {
	if at > all-60 {
		return 1
	}
	return 23
}

func TestA_server_that_falls_silent_is_given_up_when_time_is_up(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0") // it takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for d, dsn := range map[source.Driver]string{
		source.Postgres:  "postgres://u:geheim@" + l.Addr().String() + "/base",
		source.MySQL:     "u:geheim@tcp(" + l.Addr().String() + ")/base",
		source.SQLServer: "sqlserver://u:geheim@" + l.Addr().String() + "?database=base&encrypt=disable",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := read(ctx, source.SQLOptions{Driver: d, DSN: dsn, Query: "SELECT 1"})
		cancel()
		if e := sqlErr(t, err); e.Reason != source.SQLStopped || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", d, err)
		}
	}
}
