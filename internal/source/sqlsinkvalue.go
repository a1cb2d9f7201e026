package source

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// readyRow is a row whose cells were made fit for their columns.
type readyRow struct {
	at    int // in what was handed over
	row   SinkRow
	key   any
	cells []readyCell
}

type readyCell struct {
	column *sinkColumn
	value  any // nil = NULL
}

// prepare makes the cells fit for their columns, and refuses rows that hold
// what no server should be asked to take: some would quietly cut or bend it.
func (t *sinkTable) prepare(cfg SQLSinkConfig, rows []SinkRow) (ready []readyRow, refused []RefusedRow) {
	for i, row := range rows {
		r, no := t.prepareRow(cfg, row)
		if no != nil {
			no.Row = i
			refused = append(refused, *no)
			continue
		}
		r.at = i
		ready = append(ready, r)
	}
	return ready, refused
}

func (t *sinkTable) prepareRow(cfg SQLSinkConfig, row SinkRow) (readyRow, *RefusedRow) {
	r := readyRow{row: row}
	key := t.column(cfg.Key)
	if row.Key == "" && (row.CLID == 0 || t.column(cfg.CLID) == nil) {
		return r, &RefusedRow{Column: cfg.CLID, Why: NoCLID}
	}
	if row.Key != "" {
		var why SinkRefusal
		if r.key, why = key.fitting(&cfg, SinkCell{Text: row.Key}); why == "" && r.key == nil {
			why = NotNumber
		}
		if why != "" {
			return r, &RefusedRow{Column: cfg.Key, Why: why}
		}
	}
	for _, cell := range row.Cells {
		c := t.column(cell.Column)
		if c == key || c == t.column(cfg.CLID) {
			continue // the row itself says what stands there
		}
		value, why := c.fitting(&cfg, cell)
		if why != "" {
			return r, &RefusedRow{Column: cell.Column, Why: why}
		}
		i := slices.IndexFunc(r.cells, func(o readyCell) bool { return o.column == c })
		if i < 0 {
			i, r.cells = len(r.cells), append(r.cells, readyCell{column: c})
		}
		r.cells[i].value = value // of a column that is named twice the last value counts
	}
	return r, nil
}

// fitting is a cell in the form that its column takes. What is blank is NULL in
// a column that is not text; in a text column that must be filled, NULL is the
// empty text.
func (c *sinkColumn) fitting(cfg *SQLSinkConfig, cell SinkCell) (value any, why SinkRefusal) {
	blank := cell.Null || c.class != classText && isBlank(cell.Text)
	switch {
	case blank && c.notNull && c.class == classText:
		return "", ""
	case blank && c.notNull:
		return nil, NotNull
	case blank:
		return nil, ""
	}
	text := cell.Text
	switch c.class {
	case classText:
		if c.length > 0 && utf8.RuneCountInString(text) > c.length {
			return nil, TooLong
		}
	case classInteger:
		return integerOf(cfg.Driver, text)
	case classDecimal:
		return decimalOf(text)
	case classBoolean:
		return booleanOf(cfg.Driver, text)
	case classDate, classMoment, classZoned:
		return dateOf(cfg, c.class, text)
	case classBinary, classOther:
	}
	return text, ""
}

func isBlank(text string) bool { return strings.Trim(text, " \t\r\n\u00a0\u202f\u2009") == "" }

// plainNumber takes the blanks out that group digits, and makes the comma a
// point.
func plainNumber(text string) string {
	return strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "\u2009", "", ",", ".").Replace(text)
}

// integerOf is a number and not its text: MySQL takes 12 and "12abc" for equal.
// PostgreSQL knows the column's range better than its driver does.
func integerOf(d Driver, text string) (any, SinkRefusal) {
	whole, fraction, _ := strings.Cut(plainNumber(text), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strings.Trim(fraction, "0") != "" {
		return nil, NotNumber
	}
	if d == Postgres {
		return strconv.FormatInt(n, 10), ""
	}
	return n, ""
}

// decimalOf is the text of a number: a float would round it.
func decimalOf(text string) (any, SinkRefusal) {
	text = plainNumber(text)
	digits := strings.TrimLeft(text, "+-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(text)-len(digits) > 1 || whole+fraction == "" || strings.Trim(whole+fraction, "0123456789") != "" {
		return nil, NotNumber
	}
	return text, ""
}

func booleanOf(d Driver, text string) (any, SinkRefusal) {
	var yes bool
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "1", "true", "t", "yes", "да", "истина", "+":
		yes = true
	case "0", "false", "f", "no", "нет", "ложь", "-":
	default:
		return nil, NotBoolean
	}
	switch {
	case d == Postgres:
		return yes, ""
	case yes:
		return int64(1), ""
	}
	return int64(0), ""
}

// The forms of dates that a mapping produces, and how 1C writes them. A fraction
// of the second is read everywhere.
var (
	dayForms    = []string{"2006-01-02", "02.01.2006"}
	clockForms  = []string{"", " 15:04:05", "T15:04:05", " 15:04", "T15:04"}
	offsetForms = []string{"", "Z07:00", "-07:00", "-07", " -07:00"}
)

// dateOf writes a date as every server reads it, whatever its settings are.
func dateOf(cfg *SQLSinkConfig, class columnClass, text string) (any, SinkRefusal) {
	at, hasTime, hasOffset, ok := parseSinkDate(strings.TrimSpace(text), cfg.zone())
	const day, moment = "2006-01-02", "2006-01-02 15:04:05.999999"
	switch {
	case !ok:
		return nil, NotDate
	case class == classZoned && cfg.Driver == MySQL: // the session speaks UTC
		return at.UTC().Format(moment), ""
	case class == classZoned:
		return at.Format(moment + "Z07:00"), ""
	case hasOffset:
		return nil, Offset
	case class == classDate && (!hasTime || cfg.Driver != SQLite):
		return at.Format(day), ""
	}
	return at.Format(moment), ""
}

func parseSinkDate(text string, zone *time.Location) (at time.Time, hasTime, hasOffset, ok bool) {
	for _, day := range dayForms {
		for _, clock := range clockForms {
			for _, offset := range offsetForms {
				if offset != "" && clock == "" {
					continue
				}
				if at, err := time.ParseInLocation(day+clock+offset, text, zone); err == nil {
					return at, clock != "", offset != "", true
				}
			}
		}
	}
	return time.Time{}, false, false, false
}

func (cfg *SQLSinkConfig) zone() *time.Location {
	if cfg.Zone == nil {
		return time.UTC
	}
	return cfg.Zone
}
