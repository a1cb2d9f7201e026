package source_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"syncd/internal/source"
)

// cutter is a proxy that ends a connection when the server has sent so many
// bytes of it.
type cutter struct {
	net.Listener
	to   string
	most int64 // bytes of an answer; negative = no end
	sent int64 // by the server, in all
	mu   sync.Mutex
	wait sync.WaitGroup
}

func newCutter(t *testing.T, to string, most int64) *cutter {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{Listener: l, to: to, most: most}
	c.wait.Go(c.serve)
	return c
}

func (c *cutter) end() int64 {
	_ = c.Close()
	c.wait.Wait()
	return c.sent
}

func (c *cutter) serve() {
	for {
		client, err := c.Accept()
		if err != nil {
			return
		}
		server, err := new(net.Dialer).DialContext(context.Background(), "tcp", c.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		c.wait.Go(func() {
			_, _ = io.Copy(server, client)
			_ = server.Close()
		})
		c.wait.Go(func() {
			var answers io.Reader = server
			if c.most >= 0 {
				answers = io.LimitReader(server, c.most)
			}
			n, _ := io.Copy(client, answers)
			c.mu.Lock()
			c.sent += n
			c.mu.Unlock()
			_ = client.Close()
			_ = server.Close()
		})
	}
}

// through is the DSN with another address, and without encryption, which would
// find every cut by itself; and the address it had.
func through(t *testing.T, d source.Driver, dsn, address string) (changed, before string) {
	t.Helper()
	if d == source.MySQL {
		c, err := mysql.ParseDSN(dsn)
		if err != nil {
			t.Fatal(err)
		}
		before, c.Addr = c.Addr, address
		return c.FormatDSN(), before
	}
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	before = fmt.Sprintf("%s:%d", c.Host, c.Port)
	return strings.Replace(dsn, before, address, 1), before
}

func TestA_connection_cut_at_any_byte_never_gives_a_shorter_reading(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"PostgreSQL", "MariaDB"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := servers()[name]
			dsn := s.fresh(t)
			var values []string
			for i := range 60 {
				values = append(values, fmt.Sprintf("(%d, 'Клиент %d', '2026-01-31')", i, i))
			}
			do(t, s.driver, dsn, "CREATE TABLE t (id int, name varchar(50), changed date)", "INSERT INTO t VALUES "+strings.Join(values, ", "))
			o := source.SQLOptions{Driver: s.driver, Query: "SELECT * FROM t", Cursor: "changed"}
			_, address := through(t, s.driver, dsn, "")
			whole := func(most int64) (reading, int64, error) {
				c := newCutter(t, address, most)
				o := o
				o.DSN, _ = through(t, s.driver, dsn, c.Addr().String())
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				got, err := read(ctx, o)
				return got, c.end(), err
			}
			want, bytes, err := whole(-1)
			if err != nil || len(want.cells) != 60 || bytes < 2000 {
				t.Fatalf("%d rows in %d bytes, %v", len(want.cells), bytes, err)
			}
			failed := 0
			for most := int64(0); most < bytes+10; most += step(most, bytes) {
				got, _, err := whole(most)
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
