package sqltest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	_ "github.com/go-sql-driver/mysql" // the driver "mysql"
)

func mysql() *kind {
	k := &kind{
		name: "MariaDB", packages: "mariadb-server-core mariadb-client-core", driver: "mysql",
		prepare: prepareMySQL, dsn: mysqlDSN, signal: "KILL",
	}
	k.locate = func() (programs, error) {
		var p programs
		var ok bool
		// the installer asks my_print_defaults, which is the client's
		if _, ok = find("my_print_defaults"); !ok {
			return p, &notInstalled{kind: k, program: "my_print_defaults"}
		}
		if p.create, ok = find("mariadb-install-db"); !ok {
			return p, &notInstalled{kind: k, program: "mariadb-install-db"}
		}
		if p.serve, ok = find("mariadbd", "/usr/sbin", "/usr/libexec"); !ok {
			return p, &notInstalled{kind: k, program: "mariadbd"}
		}
		return p, nil
	}
	return k
}

func prepareMySQL(ctx context.Context, p programs, s *server) ([]string, error) {
	files := filepath.Join(s.dir, "data")
	fast := []string{
		"--debug-no-sync", "--skip-name-resolve", "--innodb-flush-method=nosync", "--innodb-doublewrite=0",
		"--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M",
		"--tmpdir=" + s.dir, // each server clears its folder at its start: in a common one others' tables go
	}
	create := append([]string{
		p.create, "--no-defaults", "--datadir=" + files, "--auth-root-authentication-method=normal", "--skip-test-db",
	}, fast...)
	if err := s.runTool(ctx, create...); err != nil {
		return nil, err
	}
	// A user of our own: this server has no other that a test knows.
	first := filepath.Join(s.dir, "first.sql")
	text := fmt.Sprintf("CREATE USER '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[1]s';\nGRANT ALL ON *.* TO '%[1]s'@'127.0.0.1' WITH GRANT OPTION;\n", s.user)
	if err := os.WriteFile(first, []byte(text), 0o644); err != nil { //nolint:gosec // read by the server, which runs as somebody else; the password is of no use elsewhere
		return nil, err
	}
	return append([]string{
		p.serve, "--no-defaults", "--datadir=" + files, "--init-file=" + first,
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(s.port), "--socket=" + filepath.Join(s.dir, "socket"),
		"--pid-file=" + filepath.Join(s.dir, "pid"), "--innodb-flush-log-at-trx-commit=0", "--max-connections=50",
		"--character-set-server=utf8mb4", "--performance-schema=0", "--skip-log-bin",
	}, fast...), nil
}

func mysqlDSN(s *server, database string) string {
	return fmt.Sprintf("%[1]s:%[1]s@tcp(127.0.0.1:%[2]d)/%[3]s", s.user, s.port, database)
}
