package source

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

// Null is the text of a cell that holds an SQL NULL: one NUL byte, which no text
// of a readable row holds. It differs from an empty cell.
const Null = "\x00"

// The spellings of dates and times in cells.
const (
	dateLayout  = "2006-01-02"
	clockLayout = "15:04:05.999999999"
	timeLayout  = dateLayout + " " + clockLayout
)

// valueKind says what the texts of a column are made from, where the Go type of
// a value does not tell.
type valueKind uint8

const (
	plainKind   valueKind = iota
	paddedKind            // char(n): blanks at the end mean nothing
	binaryKind            // references and flags of 1C, versions
	bitsKind              // MySQL's bit(n)
	guidKind              // SQL Server's uniqueidentifier
	boolKind              // SQLite's boolean, an integer
	dateKind              // a day
	clockKind             // a time of day
	localKind             // a date and time of no zone
	instantKind           // a point in time
	singleKind            // a float of 32 bits
)

// kindOf reads the driver's name of a column type.
func kindOf(d Driver, typeName string) valueKind {
	switch d {
	case Postgres:
		if typeName != "" && strings.Trim(typeName, "0123456789") == "" {
			return paddedKind // a type of an extension, such as mchar of the builds for 1C
		}
		return kindIn(typeName, map[valueKind][]string{
			binaryKind: {"BYTEA"}, paddedKind: {"BPCHAR"}, dateKind: {"DATE"}, localKind: {"TIMESTAMP"},
			instantKind: {"TIMESTAMPTZ"}, singleKind: {"FLOAT4"},
		})
	case MySQL:
		return kindIn(typeName, map[valueKind][]string{
			binaryKind: {"BINARY", "VARBINARY", "TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB", "GEOMETRY", "VECTOR"},
			bitsKind:   {"BIT"}, paddedKind: {"CHAR"}, dateKind: {"DATE"}, localKind: {"DATETIME"}, instantKind: {"TIMESTAMP"},
		})
	case SQLite:
		return kindIn(typeName, map[valueKind][]string{
			boolKind: {"BOOLEAN", "BOOL"}, dateKind: {"DATE"}, localKind: {"DATETIME", "TIMESTAMP"},
		})
	case SQLServer:
		return kindIn(typeName, map[valueKind][]string{
			binaryKind: {"BINARY", "VARBINARY", "IMAGE", "TIMESTAMP", "ROWVERSION"}, guidKind: {"UNIQUEIDENTIFIER"},
			paddedKind: {"CHAR", "NCHAR"}, dateKind: {"DATE"}, clockKind: {"TIME"},
			localKind: {"DATETIME", "DATETIME2", "SMALLDATETIME"}, instantKind: {"DATETIMEOFFSET"}, singleKind: {"REAL"},
		})
	}
	return plainKind
}

func kindIn(name string, kinds map[valueKind][]string) valueKind {
	for kind, names := range kinds {
		if slices.Contains(names, name) {
			return kind
		}
	}
	return plainKind
}

// sqlColumn is one column of a result.
type sqlColumn struct {
	name   string
	typ    string // as the driver names it
	kind   valueKind
	needed bool // the caller reads it: what has no text is an error
	stored bool // texts are what somebody stored, whatever the type says (SQLite)
	zone   *time.Location
	years  int // to be taken off dates
}

// badColumn says why a value has no text. It names types and sizes only.
type badColumn struct{ why string }

func (e *badColumn) Error() string { return e.why }

// text appends the text of a value to dst.
func (c *sqlColumn) text(dst []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(dst, Null...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int64:
		if c.kind == boolKind && (v == 0 || v == 1) {
			return strconv.AppendBool(dst, v == 1), nil
		}
		return strconv.AppendInt(dst, v, 10), nil
	case uint64:
		return strconv.AppendUint(dst, v, 10), nil
	case float32:
		return strconv.AppendFloat(dst, float64(v), 'f', -1, 32), nil
	case float64:
		bits := 64
		if c.kind == singleKind {
			bits = 32
		}
		return strconv.AppendFloat(dst, v, 'f', -1, bits), nil
	case string:
		return c.word(dst, v), nil
	case []byte:
		return c.bytes(dst, v)
	case time.Time:
		return c.time(dst, v), nil
	}
	return dst, &badColumn{fmt.Sprintf("type %s (%T) has no text here; cast it in the query", c.typ, value)}
}

// word appends a value that is text already.
func (c *sqlColumn) word(dst []byte, v string) []byte {
	switch c.kind {
	case paddedKind:
		return append(dst, strings.TrimRight(v, " ")...)
	case dateKind, localKind, instantKind:
		t, zero, ok := parseSQLTime(v)
		switch {
		case zero:
			return dst
		case ok && (c.years != 0 || c.kind == instantKind || blankDate(t)):
			return c.time(dst, t)
		case ok && !c.stored && strings.Contains(v, "."):
			return append(dst, strings.TrimRight(strings.TrimRight(v, "0"), ".")...)
		}
	default:
	}
	return append(dst, v...)
}

func (c *sqlColumn) bytes(dst, v []byte) ([]byte, error) {
	switch c.kindOfBytes() {
	case guidKind:
		var id mssql.UniqueIdentifier
		if err := id.Scan(v); err != nil {
			return dst, &badColumn{fmt.Sprintf("%s of %d bytes", c.typ, len(v))}
		}
		return append(dst, strings.ToLower(id.String())...), nil
	case bitsKind:
		var n uint64
		for _, b := range v {
			n = n<<8 | uint64(b)
		}
		return strconv.AppendUint(dst, n, 10), nil
	case binaryKind:
		return c.binary(dst, v)
	default:
		return c.word(dst, string(v)), nil
	}
}

// kindOfBytes knows that SQLite, whose types bind nobody, hands out bytes for
// blobs only.
func (c *sqlColumn) kindOfBytes() valueKind {
	if c.stored {
		return binaryKind
	}
	return c.kind
}

// isEmptyRef knows the empty reference of 1C.
func isEmptyRef(v []byte) bool { return len(v) == 16 && slices.Max(v) == 0 }

// binary appends what 1C keeps in binary columns: references and flags.
func (c *sqlColumn) binary(dst, v []byte) ([]byte, error) {
	switch {
	case isEmptyRef(v):
		return append(dst, Null...), nil
	case len(v) == 16:
		return appendRef(dst, v), nil
	case len(v) == 1 && v[0] <= 1:
		return strconv.AppendBool(dst, v[0] == 1), nil
	case c.needed:
		return dst, &badColumn{fmt.Sprintf("%s of %d bytes; only references (16 bytes) and flags (1 byte) can be read: cast it in the query", c.typ, len(v))}
	}
	return hex.AppendEncode(append(dst, "0x"...), v), nil
}

// appendRef appends a reference of 1C as the GUID that 1C shows for it.
func appendRef(dst, ref []byte) []byte {
	for i, part := range [][]byte{ref[12:16], ref[10:12], ref[8:10], ref[0:2], ref[2:8]} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// time appends a date or time in the zone of the source. The blank date of 1C is
// an empty text.
func (c *sqlColumn) time(dst []byte, t time.Time) []byte {
	switch c.kind {
	case clockKind:
		return t.AppendFormat(dst, clockLayout)
	case instantKind:
		t = t.In(c.zone)
	default:
	}
	if c.years != 0 {
		t = t.AddDate(-c.years, 0, 0)
	}
	switch {
	case blankDate(t):
		return dst
	case c.kind == dateKind:
		return t.AppendFormat(dst, dateLayout)
	}
	return t.AppendFormat(dst, timeLayout)
}

// blankDate knows the date that 1C writes for none.
func blankDate(t time.Time) bool {
	return t.Year() == 1 && t.YearDay() == 1 && t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
}

// parseSQLTime reads a date, or a date and time without a zone, as servers write
// them; it is taken as UTC. zero: MySQL's 0000-00-00, which is no date.
func parseSQLTime(v string) (t time.Time, zero, ok bool) {
	if strings.HasPrefix(v, "0000-00-00") {
		return t, true, false
	}
	for _, layout := range []string{dateLayout + " 15:04:05", dateLayout + "T15:04:05", dateLayout} {
		if t, err := time.Parse(layout, v); err == nil { // it takes a fraction, too
			return t, false, true
		}
	}
	return t, false, false
}
