package mapping

import (
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// backForm is a field's `format`: how its values are written into the source. The
// zero value writes ISO dates, points in decimals, Да and Нет.
type backForm struct {
	comma    bool   // in decimals
	layout   string // of a date with its time
	day      string // of a date without
	bareHour bool   // 9:05, as 1C writes it
	yes, not string
}

func (b backForm) number(plain string) string {
	if b.comma {
		return strings.Replace(plain, ".", ",", 1)
	}
	return plain
}

func (b backForm) boolean(yes bool) string {
	switch {
	case b.yes == "":
		return boolWord(yes)
	case yes:
		return b.yes
	}
	return b.not
}

func (b backForm) time(t time.Time, withTime bool) string {
	layout := b.layout
	switch {
	case layout == "" && withTime:
		layout = layoutDatetime
	case layout == "":
		layout = layoutDate
	case !withTime:
		layout = b.day
	}
	if b.bareHour && withTime {
		before, after, _ := strings.Cut(layout, "15")
		return t.Format(before) + strconv.Itoa(t.Hour()) + t.Format(after)
	}
	return t.Format(layout)
}

// format reads the `format` of a field whose type is known.
func (r *nodes) format(n *yaml.Node, path string, f *fieldSpec) {
	text := f.format
	if text == "" {
		return // said already
	}
	switch f.typ {
	case TypeDecimal:
		f.form.comma = text == ","
		if text != "," && text != "." {
			r.errorf(n, path, "want \",\" or \".\": what stands before the decimals")
		}
	case TypeBool:
		yes, not, _ := strings.Cut(text, "/")
		f.form.yes, f.form.not = trimBlank(yes), trimBlank(not)
		y, okYes := parseBool(f.form.yes)
		n2, okNot := parseBool(f.form.not)
		if !okYes || !okNot || !y || n2 || f.form.not == "" {
			r.errorf(n, path, "want two words of yes and no, as in Истина/Ложь")
		}
	case TypeDate, TypeDatetime:
		if !f.form.dates(text, f.typ == TypeDatetime) {
			r.errorf(n, path, "want a date that a mapping can read, as in dd.MM.yyyy%s", map[bool]string{true: " HH:mm:ss"}[f.typ == TypeDatetime])
		}
	default:
		r.errorf(n, path, "goes with type decimal, bool, date and datetime only")
	}
}

// dates takes a pattern as 1C writes it (dd.MM.yyyy HH:mm:ss). ok is false for
// one whose dates could not be read again.
func (b *backForm) dates(pattern string, withTime bool) (ok bool) {
	b.layout = strings.NewReplacer("yyyy", "2006", "MM", "01", "dd", "02", "HH", "15", "mm", "04", "ss", "05", "M", "1", "d", "2", "H", "15").Replace(pattern)
	b.bareHour = strings.Contains(pattern, "H") && !strings.Contains(pattern, "HH")
	b.day = b.layout
	if i := strings.Index(b.layout, "15"); i >= 0 {
		b.day = strings.TrimRight(b.layout[:i], " T")
	}
	sample := time.Date(2019, 11, 23, 21, 48, 57, 0, time.UTC)
	reads := func(layout string, want time.Time) bool {
		m, blank, code := parseDate(want.Format(layout), time.UTC, false)
		return !blank && code == "" && m.at.Equal(want)
	}
	return reads(b.day, sample.Truncate(24*time.Hour)) && (!withTime || reads(b.layout, sample))
}
