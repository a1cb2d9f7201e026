package emulator

import (
	"errors"
	"strings"
)

// fatal is a PHP fatal error: the server prints it as HTML instead of an answer,
// with HTTP status 200, and what the request had done by then stays done.
type fatal struct {
	class, message string
	file, line     string
}

func (f *fatal) Error() string { return f.class + ": " + f.message }

const (
	sqlFile    = "/srv/crm/vendor/colshrapnel/safemysql/safemysql.class.php"
	clientFile = "/srv/crm/inc/class/Client.php"
)

func (f *fatal) html() []byte {
	var b strings.Builder
	b.WriteString("<br />\n<b>Fatal error</b>:  Uncaught " + f.Error() + " in " + f.file + ":" + f.line + "\nStack trace:\n")
	b.WriteString("#0 /srv/crm/developer/v3/index.php(171): include_once('...')\n#1 {main}\n")
	b.WriteString("  thrown in <b>" + f.file + "</b> on line <b>" + f.line + "</b><br />\n")
	return []byte(b.String())
}

func typeError(message string) error {
	return &fatal{class: "TypeError", message: message, file: clientFile, line: "310"}
}

func sqlError(message string) error {
	return &fatal{class: "mysqli_sql_exception", message: message, file: sqlFile, line: "466"}
}

// brokenSQL is the error of a query whose literal ended too early; near is what
// the parser met there.
func brokenSQL(near string) error {
	return sqlError("You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server " +
		"version for the right syntax to use near '" + cutBytes(near, 80) + "' at line 1")
}

// pasted is a value pasted into a query between apostrophes; tail is the rest of
// the query.
func pasted(value, tail string) (string, error) {
	v, rest, ok := sqlLiteral(value)
	if !ok {
		return "", brokenSQL(rest + tail)
	}
	return v, nil
}

// asFatal tells a fatal error of the emulated server.
func asFatal(err error) (*fatal, bool) {
	var f *fatal
	ok := errors.As(err, &f)
	return f, ok
}
