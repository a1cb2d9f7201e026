package source

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"
)

// Overlap says how far before the end of the last delta the next one begins:
// late transactions carry earlier values. At most one of the two is set.
type Overlap struct {
	Span  time.Duration // for cursors of dates and times
	Count int64         // for cursors of numbers
}

// aheadAtMost is how far in the future a date may lie and still move the cursor:
// a typing error (2206) must not end all deltas.
const aheadAtMost = 24 * time.Hour

// markKind is the type of a cursor's values. The names are stored.
type markKind string

const (
	markNone     markKind = ""
	markInstant  markKind = "instant"
	markDateTime markKind = "datetime"
	markDate     markKind = "date"
	markNumber   markKind = "number"
	markText     markKind = "text"
	markBinary   markKind = "binary"
)

// mark is one value of the cursor column, as it stands in the database. The zero
// mark is none.
type mark struct {
	kind markKind
	at   time.Time // instant (UTC), datetime and date (as UTC)
	num  *big.Rat
	text string // text, and the bytes of binary
}

const markTimeLayout = "2006-01-02T15:04:05.999999999"

// markOf turns a value of the cursor column into a mark; a NULL, and what cannot
// be compared (infinity, NaN), is none.
func (c *sqlColumn) markOf(value any) mark {
	switch v := value.(type) {
	case int64:
		return mark{kind: markNumber, num: new(big.Rat).SetInt64(v)}
	case uint64:
		return mark{kind: markNumber, num: new(big.Rat).SetInt(new(big.Int).SetUint64(v))}
	case float32:
		return numberMark(strconv.FormatFloat(float64(v), 'g', -1, 32))
	case float64:
		return numberMark(strconv.FormatFloat(v, 'g', -1, 64))
	case time.Time:
		return c.timeMark(v)
	case string:
		return c.textMark(v)
	case []byte:
		if c.kindOfBytes() == binaryKind {
			return mark{kind: markBinary, text: string(v)}
		}
		return c.textMark(string(v))
	}
	return mark{}
}

func (c *sqlColumn) textMark(v string) mark {
	switch {
	case c.stored: // compared as it is
	case c.kind == dateKind || c.kind == localKind || c.kind == instantKind:
		if t, _, ok := parseSQLTime(v); ok {
			return c.timeMark(t)
		}
		return mark{}
	case c.markKind() == markNumber:
		return numberMark(v)
	}
	return mark{kind: markText, text: v}
}

func (c *sqlColumn) timeMark(t time.Time) mark {
	switch c.kind {
	case dateKind:
		return mark{kind: markDate, at: t}
	case instantKind:
		return mark{kind: markInstant, at: t.UTC()}
	default:
		return mark{kind: markDateTime, at: t}
	}
}

func numberMark(v string) mark {
	if n, ok := new(big.Rat).SetString(strings.TrimSpace(v)); ok && !strings.Contains(v, "/") {
		return mark{kind: markNumber, num: n}
	}
	return mark{}
}

// markKind is what the column's type says of its marks.
func (c *sqlColumn) markKind() markKind {
	switch c.kind {
	case dateKind:
		return markDate
	case localKind:
		return markDateTime
	case instantKind:
		return markInstant
	case binaryKind:
		return markBinary
	default:
	}
	for _, word := range []string{"INT", "DEC", "NUM", "FLOAT", "DOUBLE", "REAL", "MONEY", "SERIAL", "OID", "XID"} {
		if strings.Contains(c.typ, word) && c.typ != "INTERVAL" && c.typ != "POINT" {
			return markNumber
		}
	}
	return markText
}

// compare orders two marks; none is below all, and different kinds, which only
// SQLite has in one column, stand as SQLite orders them.
func (m mark) compare(o mark) int {
	switch {
	case o.kind == markNone:
		return cmp.Compare(len(m.kind), 0)
	case m.kind != o.kind:
		order := []markKind{markNumber, markText, markBinary}
		return cmp.Compare(slices.Index(order, m.kind), slices.Index(order, o.kind))
	}
	switch m.kind {
	case markInstant, markDateTime, markDate:
		return m.at.Compare(o.at)
	case markNumber:
		return m.num.Cmp(o.num)
	case markBinary:
		return bytes.Compare([]byte(m.text), []byte(o.text))
	case markText, markNone:
	}
	return cmp.Compare(m.text, o.text)
}

// ahead reports whether a date lies so far in the future that it must be wrong.
func (m mark) ahead(now time.Time, years int) bool {
	switch m.kind {
	case markInstant, markDateTime, markDate:
	case markText: // a date kept as text
		var err error
		if m.at, err = time.Parse(dateLayout, m.text[:min(len(m.text), len(dateLayout))]); err != nil {
			return false
		}
	case markNone, markNumber, markBinary:
		return false
	}
	return !now.IsZero() && m.at.AddDate(-years, 0, 0).After(now.Add(aheadAtMost))
}

func (m mark) value() string {
	switch m.kind {
	case markInstant, markDateTime, markDate:
		return m.at.Format(markTimeLayout)
	case markNumber:
		return ratText(m.num)
	case markBinary:
		return hex.EncodeToString([]byte(m.text))
	case markText, markNone:
	}
	return m.text
}

// ratText spells a number that came from a decimal, exactly.
func ratText(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	digits, _ := n.FloatPrec()
	return n.FloatString(digits)
}

func parseMark(kind markKind, value string) (mark, bool) {
	switch kind {
	case markInstant, markDateTime, markDate:
		t, err := time.Parse(markTimeLayout, value)
		return mark{kind: kind, at: t}, err == nil
	case markNumber:
		m := numberMark(value)
		return m, m.kind != markNone
	case markBinary:
		b, err := hex.DecodeString(value)
		return mark{kind: kind, text: string(b)}, err == nil
	case markText:
		return mark{kind: kind, text: value}, true
	case markNone:
	}
	return mark{}, false
}

// cursorVersion changes when stored cursors come to mean something else.
const cursorVersion = "1"

// storeCursor is a mark as text with its type, tied to the query that it belongs
// to: under another one it means nothing.
func storeCursor(m mark, tie string) string {
	if m.kind == markNone {
		return ""
	}
	return strings.Join([]string{cursorVersion, tie, string(m.kind), m.value()}, ":")
}

// loadCursor is the zero mark for what is not of this query.
func loadCursor(text, tie string) mark {
	parts := strings.SplitN(text, ":", 4)
	if len(parts) < 4 || parts[0] != cursorVersion || parts[1] != tie {
		return mark{}
	}
	m, _ := parseMark(markKind(parts[2]), parts[3])
	return m
}

// cursorTie is a hash of what a cursor depends on: the query, and the database
// that answers it.
func cursorTie(o *SQLOptions, where string) string {
	return fmt.Sprintf("%016x", xxh3.HashString(strings.Join([]string{string(o.Driver), where, o.Cursor, o.Query}, "\x00")))
}

// back is the mark from which the next delta reads.
func (m mark) back(o Overlap) (mark, bool) {
	switch m.kind {
	case markInstant, markDateTime:
		m.at = m.at.Add(-o.Span)
		return m, o.Count == 0
	case markDate:
		m.at = m.at.Add(-o.Span).Truncate(24 * time.Hour)
		return m, o.Count == 0
	case markNumber:
		m.num = new(big.Rat).Sub(m.num, new(big.Rat).SetInt64(o.Count))
		return m, o.Span == 0
	case markText:
		if o.Span == 0 {
			return m, o.Count == 0
		}
		// dates kept as text, as SQLite does: the same spelling must come out
		for _, layout := range []string{
			dateLayout, dateLayout + " 15:04", dateLayout + " 15:04:05", dateLayout + "T15:04:05", dateLayout + " 15:04:05.000",
			dateLayout + " 15:04:05.000000", dateLayout + "T15:04:05Z", dateLayout + "T15:04:05.000Z", dateLayout + "T15:04:05.000000Z",
		} {
			if t, err := time.Parse(layout, m.text); err == nil && t.Format(layout) == m.text {
				m.text = t.Add(-o.Span).Format(layout)
				return m, true
			}
		}
		return m, false
	case markBinary, markNone:
	}
	return m, o == Overlap{}
}

// arg is the mark as a parameter of a statement: never above its value, so that
// rounding reads a row again rather than never.
func (m mark) arg(d Driver) any {
	switch m.kind {
	case markInstant, markDateTime, markDate:
		return m.timeArg(d)
	case markNumber:
		whole := new(big.Int).Div(m.num.Num(), m.num.Denom()) // rounds down
		switch {
		case d == Postgres:
			return ratText(m.num)
		case whole.IsInt64():
			return whole.Int64()
		}
		return whole.String()
	case markBinary:
		return []byte(m.text)
	case markText, markNone:
	}
	return m.text
}

func (m mark) timeArg(d Driver) string {
	switch {
	case m.kind == markDate:
		return m.at.Format(dateLayout)
	case d == Postgres && m.kind == markInstant:
		return m.at.Format(dateLayout + " 15:04:05.999999Z07:00")
	case d == SQLServer && m.kind == markInstant:
		return m.at.Format("2006-01-02T15:04:05.000+00:00")
	case d == SQLServer: // the old datetime takes no more digits
		return m.at.Format("2006-01-02T15:04:05.000")
	}
	return m.at.Format(dateLayout + " 15:04:05.999999")
}

// leastArg is a parameter below every value of the column: a query that asks for
// {cursor} reads all with it.
func (c *sqlColumn) leastArg(d Driver) any {
	switch kind := c.markKind(); {
	case d == SQLite:
		return int64(math.MinInt64) // below every other number, and every text
	case kind == markText:
		return ""
	case kind == markBinary:
		return []byte{}
	case kind == markNumber && d == Postgres:
		return map[string]string{"INT2": "-32768", "INT4": "-2147483648", "OID": "0", "XID": "0"}[c.typ] + leastOther(c.typ)
	case kind == markNumber:
		return int64(math.MinInt64)
	case d == Postgres:
		return "-infinity"
	case d == SQLServer:
		return "1753-01-01"
	}
	return "1000-01-01 00:00:00"
}

// leastOther is for the types of PostgreSQL that hold at least 64 bits.
func leastOther(typ string) string {
	switch typ {
	case "INT2", "INT4", "OID", "XID":
		return ""
	}
	return strconv.FormatInt(math.MinInt64, 10)
}
