package sqltest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"syncd/internal/sqltest"
)

func TestMain(m *testing.M) { sqltest.Main(m) }

func TestA_database_is_fresh_and_its_own(t *testing.T) {
	t.Parallel()
	for _, server := range []struct {
		name, driver string
		dsn          func(testing.TB) string
	}{
		{"PostgreSQL", "pgx", sqltest.Postgres},
		{"MariaDB", "mysql", sqltest.MySQL},
	} {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			const word = "Ёлка 🌲"
			for range 2 { // the second one holds nothing of the first
				db, err := sql.Open(server.driver, server.dsn(t))
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				if _, err := db.ExecContext(t.Context(), "CREATE TABLE things (name varchar(20))"); err != nil {
					t.Fatal(err)
				}
				if _, err := db.ExecContext(t.Context(), "INSERT INTO things VALUES ('"+word+"')"); err != nil {
					t.Fatal(err)
				}
				var got string
				if err := db.QueryRowContext(t.Context(), "SELECT name FROM things").Scan(&got); err != nil || got != word {
					t.Fatalf("got %q, %v", got, err)
				}
			}
		})
	}
}

// The child of the next test: it starts both servers and dies without a word.
func TestChild(t *testing.T) {
	if os.Getenv("SQLTEST_CHILD") == "" {
		t.Skip("only a child process runs this")
	}
	for _, s := range []struct{ driver, dsn, ask string }{
		{"pgx", sqltest.Postgres(t), "SHOW data_directory"},
		{"mysql", sqltest.MySQL(t), "SELECT @@datadir"},
	} {
		db, err := sql.Open(s.driver, s.dsn)
		if err != nil {
			t.Fatal(err)
		}
		var folder string
		if err := db.QueryRowContext(t.Context(), s.ask).Scan(&folder); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(os.Stdout, "here:", folder, regexp.MustCompile(`127[\d.]+:\d+`).FindString(s.dsn))
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Kill(); err != nil {
		t.Fatal(err)
	}
	select {}
}

func TestThe_servers_go_with_a_test_binary_that_is_killed(t *testing.T) {
	t.Parallel()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$")
	c.Env = append(os.Environ(), "SQLTEST_CHILD=1")
	out, err := c.Output()
	servers := regexp.MustCompile(`here: (\S+) (\S+)`).FindAllSubmatch(out, -1)
	if err == nil || len(servers) != 2 {
		sqltest.Postgres(t) // skips where a server is missing
		sqltest.MySQL(t)
		t.Fatalf("the child was to start two servers and be killed: %v\n%s", err, out)
	}
	for _, s := range servers {
		folder, address := filepath.Dir(strings.TrimSuffix(string(s[1]), "/")), string(s[2])
		within(t, "a server's folder is left", func() bool { _, err := os.Stat(folder); return os.IsNotExist(err) })
		within(t, "a server still runs", func() bool {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				conn.Close()
			}
			return err != nil
		})
	}
}

func within(t *testing.T, complaint string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); !done(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal(complaint)
		}
	}
}

func TestA_cut_line_fails_the_query_and_a_mended_one_serves_again(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		driver string
		dsn    func(testing.TB) string
	}{{"pgx", sqltest.Postgres}, {"mysql", sqltest.MySQL}} {
		t.Run(s.driver, func(t *testing.T) {
			t.Parallel()
			dsn, line := sqltest.Cuttable(t, s.dsn(t))
			db, err := sql.Open(s.driver, dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			ask := func() error {
				var n int
				return db.QueryRowContext(t.Context(), "SELECT 1").Scan(&n)
			}
			if err := ask(); err != nil {
				t.Fatal(err)
			}
			before := line.Flown()
			line.CutAfter(10)
			if err := ask(); err == nil || line.Flown() != before+10 {
				t.Fatalf("answered over a cut line: %v after %d bytes", err, line.Flown()-before)
			}
			line.Mend()
			if err := ask(); err != nil {
				t.Fatal(err)
			}
			before = line.Flown()
			line.SilentAfter(10)
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if _, err := db.ExecContext(ctx, "SELECT 1"); !errors.Is(err, context.DeadlineExceeded) || line.Flown() > before+10 {
				t.Errorf("over a silent line: %v after %d bytes", err, line.Flown()-before)
			}
			line.Mend()
			if err := ask(); err != nil {
				t.Fatal(err)
			}
		})
	}
}
