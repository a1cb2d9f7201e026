package source

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"
	_ "modernc.org/sqlite" // the driver named sqlite
)

// Driver is a kind of database server.
type Driver string

// The drivers. MySQL also stands for MariaDB. SQLServer is for reading only, and
// no test of this program reaches a live one.
const (
	Postgres  Driver = "postgres"
	MySQL     Driver = "mysql"
	SQLite    Driver = "sqlite"
	SQLServer Driver = "sqlserver"
)

// dialTime bounds one attempt to connect, where the DSN says nothing.
const dialTime = 10 * time.Second

// Quote makes a name (of a table, a column) fit to stand in a statement.
func (d Driver) Quote(name string) string {
	switch d {
	case MySQL:
		return "`" + strings.ReplaceAll(name, "`", "``") + "`"
	case SQLServer:
		return "[" + strings.ReplaceAll(name, "]", "]]") + "]"
	case Postgres, SQLite:
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Placeholder is the mark of the n-th parameter of a statement, from 1. Only
// where Numbered is true may a parameter be named twice.
func (d Driver) Placeholder(n int) string {
	switch d {
	case Postgres:
		return "$" + strconv.Itoa(n)
	case SQLServer:
		return "@p" + strconv.Itoa(n)
	case MySQL, SQLite:
	}
	return "?"
}

// Numbered reports whether Placeholder(n) always means the n-th parameter.
func (d Driver) Numbered() bool { return d == Postgres || d == SQLServer }

// Example is a DSN as the driver wants it, for messages.
func (d Driver) Example() string {
	switch d {
	case Postgres:
		return "postgres://user:password@host:5432/database"
	case MySQL:
		return "user:password@tcp(host:3306)/database"
	case SQLite:
		return "/path/to/file.db"
	case SQLServer:
		return "sqlserver://user:password@host:1433?database=name"
	}
	return ""
}

// OpenSQL connects and makes sure that the server answers. A SQLite file must be
// there. Errors are *SQLError; they name host, port and database, never the DSN
// or the password. The caller closes the handle. With SQL Server the context
// bounds the life of the connections, too.
func OpenSQL(ctx context.Context, driver Driver, dsn string) (*sql.DB, error) {
	db, _, err := openSQL(ctx, driver, dsn, false)
	return db, err
}

// openSQL also returns where the DSN leads to.
func openSQL(ctx context.Context, driver Driver, dsn string, readOnly bool) (*sql.DB, string, error) {
	t, err := parseDSN(driver, dsn, readOnly)
	if err != nil {
		return nil, "", err
	}
	if driver == SQLite && t.file != "" {
		if _, err := os.Stat(t.file); err != nil {
			return nil, t.where, &SQLError{Driver: driver, Where: t.where, Reason: SQLUnreachable, Detail: causeOf(err), Err: err}
		}
	}
	db, err := t.open(ctx)
	if err == nil {
		if err = db.PingContext(ctx); err == nil {
			return db, t.where, nil
		}
		_ = db.Close() // the first error is the one to tell
	}
	e := explainSQL(ctx, driver, t.where, err)
	if e.Reason == SQLLost { // there was nothing yet to lose
		e.Reason = SQLUnreachable
	}
	return nil, t.where, e
}

// target is a parsed DSN.
type target struct {
	where string // host:port/database, or the file
	file  string // SQLite
	open  func(ctx context.Context) (*sql.DB, error)
}

func parseDSN(driver Driver, dsn string, readOnly bool) (target, error) {
	switch driver {
	case Postgres:
		return parsePostgres(dsn)
	case MySQL:
		return parseMySQL(dsn)
	case SQLite:
		return parseSQLite(dsn, readOnly)
	case SQLServer:
		return parseSQLServer(dsn)
	}
	return target{}, &SQLError{Driver: driver, Reason: SQLBadDSN, Detail: "unknown driver"}
}

// badDSN does not wrap what the driver says of a DSN: it repeats parts of it.
func badDSN(driver Driver) error {
	return &SQLError{Driver: driver, Reason: SQLBadDSN, Detail: "expected: " + driver.Example()}
}

func parsePostgres(dsn string) (target, error) {
	if !strings.Contains(dsn, "=") && !strings.Contains(dsn, "://") {
		return target{}, badDSN(Postgres) // a bare word would quietly mean the local server
	}
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return target{}, badDSN(Postgres)
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = dialTime
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "syncd"
	}
	where := net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) + "/" + c.Database
	return target{where: where, open: func(context.Context) (*sql.DB, error) { return stdlib.OpenDB(*c), nil }}, nil
}

func parseMySQL(dsn string) (target, error) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil || c.Addr == "" || strings.Contains(dsn, "://") {
		return target{}, badDSN(MySQL)
	}
	if c.Timeout == 0 {
		c.Timeout = dialTime
	}
	c.ParseTime = false // texts are exact: a zero date, a date without a time, fractions
	c.MultiStatements = false
	c.AllowAllFiles = false
	c.Logger = &mysql.NopLogger{} // else it writes to stderr past the log
	open := func(context.Context) (*sql.DB, error) {
		connector, err := mysql.NewConnector(c)
		if err != nil {
			return nil, badDSN(MySQL)
		}
		return sql.OpenDB(connector), nil
	}
	return target{where: c.Addr + "/" + c.DBName, open: open}, nil
}

func parseSQLServer(dsn string) (target, error) {
	c, err := msdsn.Parse(dsn)
	if err != nil || c.Host == "" || !strings.Contains(dsn, "=") && !strings.Contains(dsn, "://") {
		return target{}, badDSN(SQLServer)
	}
	where := c.Host
	if c.Instance != "" {
		where += `\` + c.Instance
	}
	if c.Port != 0 {
		where = net.JoinHostPort(where, strconv.FormatUint(c.Port, 10))
	}
	open := func(ctx context.Context) (*sql.DB, error) {
		connector := mssql.NewConnectorConfig(c)
		connector.Dialer = &boundDialer{ctx: ctx}
		return sql.OpenDB(connector), nil
	}
	return target{where: where + "/" + c.Database, open: open}, nil
}

// boundDialer ends its connections with a context: while it logs in, the driver
// of SQL Server waits for a silent server without an end.
type boundDialer struct {
	ctx context.Context //nolint:containedctx // its end is what the dialer is for
	net.Dialer
}

// DialContext implements mssql.Dialer.
func (d *boundDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.Dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(d.ctx, func() { _ = conn.Close() }) //nolint:contextcheck // the longer one is the point
	return &boundConn{Conn: conn, stop: stop}, nil
}

type boundConn struct {
	net.Conn
	stop func() bool
}

// Close implements net.Conn.
func (c *boundConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// parseSQLite takes a path or a file: URI. The file is never created.
func parseSQLite(dsn string, readOnly bool) (target, error) {
	path, query, uri := dsn, url.Values{}, strings.HasPrefix(dsn, "file:")
	if uri {
		u, err := url.Parse(dsn)
		if err != nil {
			return target{}, badDSN(SQLite)
		}
		query = u.Query()
		if path = u.Path; path == "" {
			if path, err = url.PathUnescape(u.Opaque); err != nil {
				return target{}, badDSN(SQLite)
			}
		}
	}
	if strings.TrimSpace(path) == "" || strings.Contains(path, "://") {
		return target{}, badDSN(SQLite)
	}
	t := target{where: path, file: path}
	if query.Get("mode") == "memory" || path == ":memory:" {
		t.file = ""
	} else {
		query.Set("mode", "rw")
		if readOnly {
			query.Set("mode", "ro")
		}
	}
	if !query.Has("_pragma") {
		query.Set("_pragma", fmt.Sprintf("busy_timeout(%d)", dialTime.Milliseconds()))
	}
	full := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
	t.open = func(context.Context) (*sql.DB, error) { return sql.Open("sqlite", full) }
	return t, nil
}
