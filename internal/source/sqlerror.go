package source

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	mssql "github.com/microsoft/go-mssqldb"
	"modernc.org/sqlite"
)

// SQLProblem says what went wrong with a database.
type SQLProblem string

// The reasons of a SQLError.
const (
	SQLBadDSN      SQLProblem = "bad-dsn"
	SQLUnreachable SQLProblem = "unreachable"     // no connection, or the file is not there
	SQLDenied      SQLProblem = "denied"          // wrong user or password, or no right
	SQLNoDatabase  SQLProblem = "no-database"     // the server has none of this name
	SQLRefused     SQLProblem = "statement"       // the server refuses the statement
	SQLBusy        SQLProblem = "busy"            // locked, or too many connections
	SQLLost        SQLProblem = "connection-lost" // in the middle of the work
	SQLStopped     SQLProblem = "stopped"         // the context ended: time is up, or interrupted
	SQLBadColumn   SQLProblem = "column"          // a column cannot be read as text; Column names it
	SQLBadQuery    SQLProblem = "query"           // the query and its options do not fit
)

// SQLError says what went wrong and where. Its text never holds the DSN, the
// password or the values of rows: of what the server says only the parts are
// kept that name tables, columns and users.
type SQLError struct {
	Name   string // of the source or sink; may be empty
	Driver Driver
	Where  string // host:port/database, or the file
	Reason SQLProblem
	Code   string // the server's own: SQLSTATE, or its number
	Column string
	Detail string
	Err    error // the cause, for errors.Is and As; not for showing
}

func (e *SQLError) Error() string {
	parts := []string{}
	if e.Name != "" {
		parts = append(parts, e.Name)
	}
	what := string(e.Driver)
	if e.Where != "" {
		what += " " + e.Where
	}
	parts = append(parts, what, string(e.Reason))
	if e.Column != "" {
		parts = append(parts, fmt.Sprintf("column %q", e.Column))
	}
	switch {
	case e.Detail != "" && e.Code != "":
		parts = append(parts, fmt.Sprintf("%s (%s)", e.Detail, e.Code))
	case e.Detail != "":
		parts = append(parts, e.Detail)
	case e.Code != "":
		parts = append(parts, "code "+e.Code)
	}
	return strings.Join(parts, ": ")
}

func (e *SQLError) Unwrap() error { return e.Err }

// explainSQL classifies an error of a driver. What is one already passes.
func explainSQL(ctx context.Context, d Driver, where string, err error) *SQLError {
	var known *SQLError
	if errors.As(err, &known) {
		return known
	}
	e := &SQLError{Driver: d, Where: where, Reason: SQLRefused, Err: err}
	if stop := ctx.Err(); stop != nil {
		e.Reason, e.Detail, e.Err = SQLStopped, stop.Error(), stop
		return e
	}
	var (
		pg   *pgconn.PgError
		my   *mysql.MySQLError
		ms   mssql.Error
		lite *sqlite.Error
	)
	switch {
	case errors.As(err, &pg):
		e.Code, e.Reason, e.Detail = pg.Code, postgresReason(pg.Code), safePostgres(pg)
		e.Column = pg.ColumnName
	case errors.As(err, &my):
		e.Code = strconv.Itoa(int(my.Number))
		e.Reason, e.Detail = mysqlReason(my.Number), safeMySQL(my)
	case errors.As(err, &ms):
		e.Code = strconv.Itoa(int(ms.Number))
		e.Reason, e.Detail = sqlserverReason(ms.Number), safeSQLServer(ms)
	case errors.As(err, &lite):
		e.Code = strconv.Itoa(lite.Code())
		e.Reason, e.Detail = sqliteReason(lite.Code()), strings.TrimSuffix(lite.Error(), " ("+e.Code+")")
	case isLost(err):
		e.Reason, e.Detail = SQLLost, causeOf(err)
	default:
		// of an unknown error nothing is known to be safe; the type helps to find it
		e.Detail = fmt.Sprintf("%T", innermost(err))
	}
	return e
}

// isLost reports whether an error is that of the connection.
func isLost(err error) bool {
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.As(err, &network) || errors.As(err, &connect) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, mysql.ErrMalformPkt) || errors.Is(err, mysql.ErrPktSync) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// causeOf names the cause at the bottom of an error of the network or the disk.
func causeOf(err error) string {
	var dns *net.DNSError
	var errno syscall.Errno
	switch {
	case errors.As(err, &dns):
		return "no such host: " + dns.Name
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	return "the connection broke off"
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func postgresReason(code string) SQLProblem {
	switch {
	case strings.HasPrefix(code, "28"), code == "42501":
		return SQLDenied
	case code == "3D000":
		return SQLNoDatabase
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "57P"):
		return SQLLost
	case strings.HasPrefix(code, "53"), strings.HasPrefix(code, "55"), strings.HasPrefix(code, "40"):
		return SQLBusy
	}
	return SQLRefused
}

// safePostgres keeps messages of classes that speak of names only; others
// (data exceptions, constraints) repeat values.
func safePostgres(e *pgconn.PgError) string {
	for _, class := range []string{"08", "0A", "25", "28", "3D", "3F", "40", "42", "53", "55", "57"} {
		if strings.HasPrefix(e.Code, class) {
			return e.Message
		}
	}
	detail := "the server's text is withheld, it may show values"
	if e.ConstraintName != "" {
		detail = "constraint " + e.ConstraintName
	}
	if e.TableName != "" {
		detail += ", table " + e.TableName
	}
	return detail
}

func mysqlReason(number uint16) SQLProblem {
	switch number {
	case 1044, 1045, 1142, 1143, 1227, 1370, 1698:
		return SQLDenied
	case 1049:
		return SQLNoDatabase
	case 1040, 1203, 1205, 1213, 1226:
		return SQLBusy
	case 1053, 1927, 4031:
		return SQLLost
	}
	return SQLRefused
}

// safeMySQL keeps the messages that speak of names only.
func safeMySQL(e *mysql.MySQLError) string {
	safe := []uint16{
		1040, 1044, 1045, 1049, 1050, 1051, 1052, 1053, 1054, 1064, 1091, 1109, 1113, 1142, 1143, 1146, 1048, 1205, 1213, 1227, 1305,
		1364, 1370, 1406, 1698, 1792, 1927, 3024,
	}
	if slices.Contains(safe, e.Number) {
		return e.Message
	}
	return "the server's text is withheld, it may show values"
}

func sqlserverReason(number int32) SQLProblem {
	switch number {
	case 18452, 18456, 229, 230, 916:
		return SQLDenied
	case 4060, 911:
		return SQLNoDatabase
	case 1205, 1222, 3960:
		return SQLBusy
	}
	return SQLRefused
}

func safeSQLServer(e mssql.Error) string {
	if slices.Contains([]int32{102, 156, 207, 208, 209, 229, 230, 911, 916, 1033, 1205, 1222, 3952, 3960, 4060, 4104, 8155, 18452, 18456}, e.Number) {
		return e.Message
	}
	return "the server's text is withheld, it may show values"
}

func sqliteReason(code int) SQLProblem {
	const (
		perm, busy, locked, cantOpen, auth, notADB = 3, 5, 6, 14, 23, 26
	)
	switch code & 0xff {
	case perm, auth:
		return SQLDenied
	case busy, locked:
		return SQLBusy
	case cantOpen:
		return SQLUnreachable
	case notADB:
		return SQLNoDatabase
	}
	return SQLRefused
}
