package mapping

import (
	"strings"
	"unicode/utf8"
)

// parseNumber reads a number as 1C and spreadsheets write it: groups of three
// split by blanks of any kind or an apostrophe, a comma or a point before the
// decimals, a minus on either side or brackets. A comma never groups: "1,000" is
// one. It returns the number with a point and without groups, and the form for
// comparison, without needless zeros.
func parseNumber(s string) (plain, canon string, code Code) {
	s = trimBlank(s)
	if isPlainInteger(s) {
		return s, s, ""
	}
	if isExponent(s) {
		return "", "", CodeExcelDamage
	}
	negative := false
	switch {
	case strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")"):
		s, negative = s[1:len(s)-1], true
	case strings.HasPrefix(s, "-"), strings.HasPrefix(s, "−"):
		_, n := utf8.DecodeRuneInString(s)
		s, negative = s[n:], true
	case strings.HasSuffix(s, "-"), strings.HasSuffix(s, "−"):
		_, n := utf8.DecodeLastRuneInString(s)
		s, negative = s[:len(s)-n], true
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	}
	whole, fraction, ok := digitsOf(trimBlank(s))
	if !ok {
		return "", "", CodeNotNumber
	}
	plain = whole
	if fraction != "" {
		plain += "." + fraction
	}
	canon = strings.TrimLeft(whole, "0")
	if canon == "" {
		canon = "0"
	}
	if f := strings.TrimRight(fraction, "0"); f != "" {
		canon += "." + f
	}
	if negative {
		plain = "-" + plain
		if canon != "0" {
			canon = "-" + canon
		}
	}
	return plain, canon, ""
}

// isPlainInteger is the common case: digits without a leading zero.
func isPlainInteger(s string) bool {
	if s == "" || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// digitsOf splits an unsigned number and takes the groups out of it.
func digitsOf(s string) (whole, fraction string, ok bool) {
	var out [64]byte
	n, group, groups, point := 0, 0, 0, -1
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if n == len(out) {
				return "", "", false
			}
			out[n] = byte(r)
			n++
			group++
		case r == '.' || r == ',':
			if point >= 0 || groups > 0 && group != 3 {
				return "", "", false
			}
			point, group = n, 0
		case r == '\'' || isBlank(r):
			// a group ends: the first has one to three digits, the others three
			if point >= 0 || group == 0 || group > 3 || groups > 0 && group != 3 {
				return "", "", false
			}
			groups++
			group = 0
		default:
			return "", "", false
		}
	}
	if n == 0 || point < 0 && groups > 0 && group != 3 {
		return "", "", false
	}
	if point < 0 {
		return string(out[:n]), "", true
	}
	if point == 0 {
		return "0", string(out[:n]), true
	}
	return string(out[:point]), string(out[point:n]), true
}

// isExponent reports a number that a spreadsheet wrote in scientific form
// (7,70708E+09): its last digits are gone.
func isExponent(s string) bool {
	i := strings.IndexAny(s, "Ee")
	if i < 0 {
		i = strings.IndexRune(s, 'Е') // Cyrillic, as some converters leave it
	}
	if i <= 0 || s[0] < '0' || s[0] > '9' {
		return false
	}
	for _, c := range s[:i] {
		if (c < '0' || c > '9') && c != ',' && c != '.' {
			return false
		}
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	exp := strings.TrimLeft(s[i+n:], "+-")
	return exp != "" && len(exp) <= 3 && isDigits(exp)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// isNumericPHP reports what the CRM's is_numeric takes for a number, and thus
// for an id where a title should be.
func isNumericPHP(s string) bool {
	s = strings.Trim(s, " \t\n\r\v\f")
	s = strings.TrimLeft(s[:min(1, len(s))], "+-") + s[min(1, len(s)):]
	mantissa, exp, hasExp := s, "", false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exp, hasExp = s[:i], s[i+1:], true
	}
	whole, fraction, hasPoint := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" || whole != "" && !isDigits(whole) || hasPoint && fraction != "" && !isDigits(fraction) {
		return false
	}
	if hasExp {
		exp = strings.TrimLeft(exp[:min(1, len(exp))], "+-") + exp[min(1, len(exp)):]
		return isDigits(exp)
	}
	return true
}
