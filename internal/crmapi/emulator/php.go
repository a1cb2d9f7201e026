package emulator

import (
	"math"
	"strconv"
	"strings"
)

// The server is a PHP program, and what it makes of a parameter follows PHP's
// conversions. A decoded parameter is one of: nil, bool, int64, float64,
// string, *array.

// array is a PHP array: an ordered map. A JSON list has the keys "0", "1", ….
type array struct {
	keys []string
	vals map[string]any
}

func newArray() *array { return &array{vals: map[string]any{}} }

// set puts a value; a key that is there already keeps its place, as in PHP.
func (a *array) set(key string, v any) {
	if _, ok := a.vals[key]; !ok {
		a.keys = append(a.keys, key)
	}
	a.vals[key] = v
}

// get returns nil for a missing key and on a nil array.
func (a *array) get(key string) any {
	if a == nil {
		return nil
	}
	return a.vals[key]
}

// has is array_key_exists.
func (a *array) has(key string) bool {
	if a == nil {
		return false
	}
	_, ok := a.vals[key]
	return ok
}

func (a *array) len() int {
	if a == nil {
		return 0
	}
	return len(a.keys)
}

func (a *array) clone() *array {
	b := newArray()
	if a == nil {
		return b
	}
	for _, k := range a.keys {
		b.set(k, a.vals[k])
	}
	return b
}

func isArray(v any) bool {
	_, ok := v.(*array)
	return ok
}

// text is PHP's conversion of a scalar to a string. An array has none where the
// server needs a string: its functions throw a TypeError.
func text(v any, function string) (string, error) {
	switch x := v.(type) {
	case nil:
		return "", nil
	case bool:
		if x {
			return "1", nil
		}
		return "", nil
	case int64:
		return strconv.FormatInt(x, 10), nil
	case float64:
		return floatText(x), nil
	case string:
		return x, nil
	default:
		return "", typeError(function + "(): Argument #1 ($string) must be of type string, array given")
	}
}

// cast is (string)$v, which prints "Array" for an array.
func cast(v any) string {
	s, err := text(v, "")
	if err != nil {
		return "Array"
	}
	return s
}

func floatText(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strings.ToUpper(strconv.FormatFloat(f, 'g', 14, 64))
}

func truthy(v any) bool {
	switch x := v.(type) {
	case nil:
		return false
	case bool:
		return x
	case int64:
		return x != 0
	case float64:
		return x != 0
	case string:
		return x != "" && x != "0"
	case *array:
		return x.len() > 0
	default:
		return false
	}
}

// given is $v != ” as PHP 8 compares: 0 is not the empty string.
func given(v any) bool {
	switch x := v.(type) {
	case nil:
		return false
	case bool:
		return x
	case string:
		return x != ""
	default:
		return true
	}
}

// integer is (int)$v.
func integer(v any) int64 {
	switch x := v.(type) {
	case bool:
		if x {
			return 1
		}
		return 0
	case int64:
		return x
	case float64:
		return int64(x)
	case string:
		return leadingInt(x)
	case *array:
		if x.len() > 0 {
			return 1
		}
		return 0
	default:
		return 0
	}
}

// leadingInt reads the number a string begins with, 0 when there is none; the
// fraction is dropped. MySQL casts the same way.
func leadingInt(s string) int64 {
	s = strings.TrimLeft(s, " \t\n\r\v\f")
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || end == 0 && (s[0] == '-' || s[0] == '+')) {
		end++
	}
	n, err := strconv.ParseInt(s[:end], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// number is PHP's numeric string: surrounding blanks, a sign, a fraction and an
// exponent are allowed; hexadecimal, inf and underscores are not.
func number(s string) (float64, bool) {
	s = strings.Trim(s, " \t\n\r\v\f")
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

func isNumeric(v any) bool {
	switch x := v.(type) {
	case int64, float64:
		return true
	case string:
		_, ok := number(x)
		return ok
	default:
		return false
	}
}

// sameText is PHP's == of a stored text (nil: null) and a new one: two numeric
// strings are compared as numbers, so "0123" equals "123", and null equals "".
func sameText(old *string, s string) bool {
	if old == nil {
		return s == ""
	}
	if *old == s {
		return true
	}
	a, aok := number(*old)
	b, bok := number(s)
	return aok && bok && a == b
}

// phpTrim is trim() with its default set.
func phpTrim(s string) string { return strings.Trim(s, " \t\n\r\x00\v") }

// implode is the server's yimplode: blank elements are left out, but only the
// very first one is written without a divider.
func implode(divider string, a *array) (string, error) {
	var b strings.Builder
	for i := range a.len() {
		v := a.get(strconv.Itoa(i))
		if inner, ok := v.(*array); ok {
			s, err := implode(divider, inner)
			if err != nil {
				return "", err
			}
			b.WriteString(s)
			continue
		}
		s := phpTrim(cast(v))
		if s == "" {
			continue
		}
		if i > 0 {
			b.WriteString(divider)
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// explode is the server's yexplode: empty parts are left out, the others
// trimmed (a blank one stays, as "").
func explode(divider, s string) []string {
	var parts []string
	for p := range strings.SplitSeq(s, divider) {
		if p != "" {
			parts = append(parts, phpTrim(p))
		}
	}
	return parts
}
