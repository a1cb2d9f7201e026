package main

import (
	"regexp"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/mapping"
)

var (
	isoDate     = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}(?:[ T]|$)`)
	russianDate = regexp.MustCompile(`^(\d{2}\.\d{2}\.\d{4})(?: (\d{1,2}:\d{2})(:\d{2})?)?$`)
	allDigits   = regexp.MustCompile(`^\d+$`)
)

// restoreValue gives a value that was typed into a spreadsheet back what it lost
// on the way: the leading zero of a ИНН or КПП, the form of a date. ok is false
// where several values would look like this one.
func restoreValue(f engine.HeldField, value string) (whole string, ok bool) {
	switch {
	case f.Field == "recv.castInn":
		return paddedINN(value)
	case f.Field == "recv.castKpp" && allDigits.MatchString(value):
		if len(value) == 8 {
			value = "0" + value
		}
		return value, len(value) == 9
	case isoValue(f.Source) || isoValue(f.CRM) || isoValue(f.Base):
		return isoText(value)
	}
	return value, true
}

// paddedINN takes a ИНН with one zero missing only where its check digits then hold.
func paddedINN(value string) (string, bool) {
	if !allDigits.MatchString(value) {
		return value, true // the mapping says what it thinks of it
	}
	if len(value) == 9 || len(value) == 11 {
		value = "0" + value
		return value, mapping.ValidINN(value)
	}
	return value, len(value) == 10 || len(value) == 12
}

func isoValue(v *string) bool { return v != nil && isoDate.MatchString(*v) }

// isoText is a date in the state's form. Of the forms of other countries nobody
// knows which part is the month.
func isoText(value string) (string, bool) {
	if isoDate.MatchString(value) {
		return value, true
	}
	parts := russianDate.FindStringSubmatch(value)
	if parts == nil {
		return "", false
	}
	day, err := time.Parse("02.01.2006", parts[1])
	if err != nil {
		return "", false
	}
	out := day.Format(time.DateOnly)
	if parts[2] == "" {
		return out, true
	}
	if parts[3] == "" {
		parts[3] = ":00"
	}
	if len(parts[2]) == 4 {
		parts[2] = "0" + parts[2]
	}
	return strings.Join([]string{out, parts[2] + parts[3]}, " "), true
}
