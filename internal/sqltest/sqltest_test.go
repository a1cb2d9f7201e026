package sqltest_test

import (
	"database/sql"
	"testing"

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
