package mapping

import (
	"strings"
	"time"
)

const (
	layoutDate     = "2006-01-02"
	layoutDatetime = "2006-01-02 15:04:05"
)

// moment is a date as a cell gave it.
type moment struct {
	at      time.Time
	hasTime bool
	hasZone bool
}

// Serial dates of spreadsheets count days from here.
var serialEpoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// Serials from 1950 to 2100 are taken for dates without being told so.
const (
	serialFrom = 18264
	serialTo   = 73051
)

// parseDate reads the forms in which 1C, databases and spreadsheets write a
// date. blank is true for an empty date (01.01.0001, "  .  .  ", a year before
// 1900). excel says that the column went through a spreadsheet, so that any
// serial number counts.
func parseDate(s string, loc *time.Location, excel bool) (m moment, blank bool, code Code) {
	s = trimBlank(s)
	if s == "" || (s[0] < '0' || s[0] > '9') && strings.Trim(s, " .:/-\u00a0\u202f\u2009") == "" {
		return moment{}, true, ""
	}
	var d dateParts
	switch {
	case d.dotted(s), d.iso(s), d.compact(s):
	default:
		if at, ok := serialDate(s, loc, excel); ok {
			return moment{at, strings.ContainsAny(s, ".,"), false}, false, ""
		}
		if isExponent(s) {
			return moment{}, false, CodeExcelDamage
		}
		return moment{}, false, CodeNotDate
	}
	if d.year < 1900 {
		return moment{}, true, ""
	}
	if !d.valid() {
		return moment{}, false, CodeNotDate
	}
	if d.hasZone {
		loc = time.FixedZone("", d.offset)
	}
	return moment{time.Date(d.year, time.Month(d.month), d.day, d.hour, d.minute, d.second, 0, loc), d.hasTime, d.hasZone}, false, ""
}

// in formats a moment for a field. A date without a time keeps its day
// whatever the zones are.
func (m moment) in(layout string, loc *time.Location) string {
	t := m.at
	if (m.hasTime || m.hasZone) && t.Location() != loc {
		t = t.In(loc)
	}
	room := [len(layoutDatetime)]byte{4: '-', 7: '-', 10: ' ', 13: ':', 16: ':'}
	year, month, day := t.Date()
	if year > 9999 {
		return t.Format(layout)
	}
	two(room[0:], year/100)
	two(room[2:], year%100)
	two(room[5:], int(month))
	two(room[8:], day)
	if layout == layoutDatetime {
		hour, minute, second := t.Clock()
		two(room[11:], hour)
		two(room[14:], minute)
		two(room[17:], second)
	}
	return string(room[:len(layout)])
}

// two writes a number of two digits.
func two(to []byte, n int) { to[0], to[1] = byte('0'+n/10), byte('0'+n%10) }

type dateParts struct {
	year, month, day, hour, minute, second int
	offset                                 int // seconds east
	hasTime, hasZone                       bool
}

func (d *dateParts) valid() bool {
	if d.month < 1 || d.month > 12 || d.day < 1 || d.hour > 23 || d.minute > 59 || d.second > 59 || d.year > 9999 {
		return false
	}
	leap := d.month == 2 && d.year%4 == 0 && (d.year%100 != 0 || d.year%400 == 0)
	return d.day <= monthDays[d.month-1] || leap && d.day == 29
}

var monthDays = [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// dotted reads 05.02.2016, 5.2.2016, 30-05-2015, each with an optional time.
func (d *dateParts) dotted(s string) bool {
	*d = dateParts{}
	rest, ok := s, false
	if d.day, rest, ok = number(rest, 1, 2); !ok || rest == "" || rest[0] != '.' && rest[0] != '-' {
		return false
	}
	sep := rest[0]
	if d.month, rest, ok = number(rest[1:], 1, 2); !ok || rest == "" || rest[0] != sep {
		return false
	}
	if d.year, rest, ok = number(rest[1:], 4, 4); !ok {
		return false
	}
	rest = strings.TrimPrefix(rest, " г.")
	return d.clock(rest, false)
}

// iso reads 2016-02-05, with an optional time, fraction and zone.
func (d *dateParts) iso(s string) bool {
	*d = dateParts{}
	rest, ok := s, false
	if d.year, rest, ok = number(rest, 4, 4); !ok || rest == "" || rest[0] != '-' {
		return false
	}
	if d.month, rest, ok = number(rest[1:], 2, 2); !ok || rest == "" || rest[0] != '-' {
		return false
	}
	if d.day, rest, ok = number(rest[1:], 2, 2); !ok {
		return false
	}
	return d.clock(rest, true)
}

// compact reads 20160205 and 20160205123000.
func (d *dateParts) compact(s string) bool {
	*d = dateParts{}
	if (len(s) != 8 && len(s) != 14) || !isDigits(s) {
		return false
	}
	d.year, s, _ = number(s, 4, 4)
	d.month, s, _ = number(s, 2, 2)
	d.day, s, _ = number(s, 2, 2)
	if s != "" {
		d.hour, s, _ = number(s, 2, 2)
		d.minute, s, _ = number(s, 2, 2)
		d.second, _, _ = number(s, 2, 2)
		d.hasTime = true
	}
	return true
}

// clock reads what follows a date: nothing, or a time whose hour may have one
// digit (1C writes 9:05:00).
func (d *dateParts) clock(rest string, zone bool) bool {
	if rest == "" {
		return true
	}
	if rest[0] != ' ' && rest[0] != 'T' && !strings.HasPrefix(rest, "\u00a0") {
		return false
	}
	rest = strings.TrimLeft(rest, " T\u00a0")
	ok := false
	if d.hour, rest, ok = number(rest, 1, 2); !ok || rest == "" || rest[0] != ':' {
		return false
	}
	if d.minute, rest, ok = number(rest[1:], 2, 2); !ok {
		return false
	}
	if rest != "" && rest[0] == ':' {
		if d.second, rest, ok = number(rest[1:], 2, 2); !ok {
			return false
		}
	}
	d.hasTime = true
	if rest != "" && rest[0] == '.' {
		rest = strings.TrimLeft(rest[1:], "0123456789")
	}
	return rest == "" || zone && d.zone(strings.TrimLeft(rest, " "))
}

func (d *dateParts) zone(s string) bool {
	d.hasZone = true
	if s == "Z" {
		return true
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return false
	}
	hours, rest, ok := number(s[1:], 2, 2)
	if !ok {
		return false
	}
	minutes := 0
	if rest = strings.TrimPrefix(rest, ":"); rest != "" {
		if minutes, rest, ok = number(rest, 2, 2); !ok || rest != "" {
			return false
		}
	}
	if hours > 14 || minutes > 59 {
		return false
	}
	d.offset = hours*3600 + minutes*60
	if s[0] == '-' {
		d.offset = -d.offset
	}
	return true
}

// number reads a run of low to high digits at the start of s.
func number(s string, low, high int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < high && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= low
}

// serialDate reads a spreadsheet's day count, with a fraction for the time.
func serialDate(s string, loc *time.Location, excel bool) (time.Time, bool) {
	whole, fraction, ok := digitsOf(s)
	if !ok || len(whole) > 5 || len(whole) < 5 && !excel || len(fraction) > 15 {
		return time.Time{}, false
	}
	days := 0
	for i := range len(whole) {
		days = days*10 + int(whole[i]-'0')
	}
	if days < 1 || !excel && (days < serialFrom || days > serialTo) {
		return time.Time{}, false
	}
	seconds, unit := 0.0, 86400.0
	for i := range len(fraction) {
		unit /= 10
		seconds += float64(fraction[i]-'0') * unit
	}
	day := serialEpoch.AddDate(0, 0, days)
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, int(seconds+0.5), 0, loc), true
}
