package sqltest

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

func postgres() *kind {
	k := &kind{name: "PostgreSQL", packages: "postgresql", driver: "pgx", prepare: preparePostgres, dsn: postgresDSN, signal: "QUIT", force: " WITH (FORCE)"}
	k.locate = func() (programs, error) {
		var p programs
		var ok bool
		// Debian keeps the server's programs out of PATH, by major version.
		places := []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin"}
		if p.create, ok = find("initdb", places...); !ok {
			return p, &notInstalled{kind: k, program: "initdb"}
		}
		if p.serve, ok = find("postgres", filepath.Dir(p.create)); !ok {
			return p, &notInstalled{kind: k, program: "postgres"}
		}
		return p, nil
	}
	return k
}

func preparePostgres(ctx context.Context, p programs, s *server) ([]string, error) {
	files := filepath.Join(s.dir, "data")
	err := s.runTool(ctx, p.create, "-D", files, "-U", s.user, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	if err != nil {
		return nil, err
	}
	argv := []string{p.serve, "-D", files, "-p", strconv.Itoa(s.port)}
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=50", "shared_buffers=16MB",
		"fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off",
	} {
		argv = append(argv, "-c", setting)
	}
	return argv, nil
}

func postgresDSN(s *server, database string) string {
	if database == "" {
		database = "postgres"
	}
	return fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", s.user, s.port, database)
}

// find looks for a program in PATH, then in folders (patterns; the last of
// several, which is the newest version as long as they have equally many
// digits).
func find(program string, folders ...string) (path string, ok bool) {
	if path, err := exec.LookPath(program); err == nil {
		return path, true
	}
	for _, folder := range folders {
		found, err := filepath.Glob(filepath.Join(folder, program))
		if err == nil && len(found) > 0 {
			return found[len(found)-1], true
		}
	}
	return "", false
}
