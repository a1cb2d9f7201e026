package source

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// complaint is a server's about what a row holds; the transaction may go on.
type complaint struct {
	why    SinkRefusal
	column string // "" = not told
	detail string // shows no values
}

// complaintOf is nil for an error that is not about what a row holds.
func complaintOf(err error) *complaint {
	var (
		pg   *pgconn.PgError
		my   *mysql.MySQLError
		lite *sqlite.Error
	)
	switch {
	case errors.As(err, &pg):
		return postgresComplaint(pg)
	case errors.As(err, &my):
		return mysqlComplaint(my)
	case errors.As(err, &lite):
		return sqliteComplaint(lite)
	}
	return nil
}

func postgresComplaint(e *pgconn.PgError) *complaint {
	c := &complaint{why: ByServer, column: e.ColumnName, detail: "code " + e.Code}
	if e.ConstraintName != "" {
		c.detail = "constraint " + e.ConstraintName
	}
	switch {
	case e.Code == "23505":
		c.why = Taken
	case e.Code == "23502":
		c.why = NotNull
	case e.Code == "22001":
		c.why = TooLong
	case strings.HasPrefix(e.Code, "22"), strings.HasPrefix(e.Code, "23"):
	case strings.HasPrefix(e.Code, "44"), strings.HasPrefix(e.Code, "P0"): // a view's check, a trigger's
	default:
		return nil
	}
	return c
}

// The numbers of MySQL and MariaDB that speak of a row.
var (
	mysqlTaken   = []uint16{1062, 1586}
	mysqlNotNull = []uint16{1048, 1364}
	mysqlTooLong = []uint16{1406}
	mysqlRefused = []uint16{
		1264, 1265, 1292, 1366, 1367, 1411, 1441, 1525, 1690, // out of range, cut, wrong value
		1216, 1217, 1451, 1452, 3819, 4025, // foreign keys, checks
		1369, 1644, 3140, // a view's check, a trigger's, JSON
	}
	mysqlColumn = regexp.MustCompile("(?:[Cc]olumn|Field) (?:[`'][^`']*[`']\\.)*[`']([^`']+)[`']")
)

func mysqlComplaint(e *mysql.MySQLError) *complaint {
	c := &complaint{detail: "code " + strconv.Itoa(int(e.Number))}
	switch {
	case slices.Contains(mysqlTaken, e.Number):
		c.why = Taken
		return c // its text shows the value
	case slices.Contains(mysqlNotNull, e.Number):
		c.why = NotNull
	case slices.Contains(mysqlTooLong, e.Number):
		c.why = TooLong
	case slices.Contains(mysqlRefused, e.Number):
		c.why = ByServer
	default:
		return nil
	}
	// The column stands behind the value, which may hold anything.
	if all := mysqlColumn.FindAllStringSubmatch(e.Message, -1); len(all) > 0 {
		c.column = all[len(all)-1][1]
	}
	return c
}

var sqliteBlamed = regexp.MustCompile(`(?:failed|column):? .*?([^.\s]+)( \(\d+\))?$`)

func sqliteComplaint(e *sqlite.Error) *complaint {
	const (
		tooBig, constraint, mismatch = 18, 19, 20
		// with their second byte
		notNull, primaryKey, unique, rowID, dataType = 1299, 1555, 2067, 2579, 3091
	)
	c := &complaint{why: ByServer, detail: "code " + strconv.Itoa(e.Code())}
	switch e.Code() & 0xff {
	case tooBig, constraint, mismatch:
	default:
		return nil
	}
	switch e.Code() {
	case primaryKey, unique, rowID:
		c.why = Taken
	case notNull:
		c.why = NotNull
	case dataType:
	default:
		return c
	}
	if m := sqliteBlamed.FindStringSubmatch(e.Error()); m != nil { // … failed: table.column
		c.column = m[1]
	}
	return c
}

// gaveWay reports whether a transaction was undone in favour of another one, so
// that it may simply be tried again.
func gaveWay(err error) bool {
	var (
		pg *pgconn.PgError
		my *mysql.MySQLError
	)
	const mysqlDeadlock, mysqlChanged = 1213, 1020
	switch {
	case errors.As(err, &pg):
		return strings.HasPrefix(pg.Code, "40") && pg.Code != "40003" // which would not know whether it was committed
	case errors.As(err, &my):
		return my.Number == mysqlDeadlock || my.Number == mysqlChanged
	}
	return false
}
