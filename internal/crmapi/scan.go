package crmapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"
)

// encoding/json matches keys without regard to case and lets a later twin win;
// both would let a stray key of an answer decide about a write. So objects are
// split here, keys compare exactly, and encoding/json only judges validity and
// decodes escapes.

// ErrNotJSON is the cause when something else came in place of JSON: a page of
// the web server, or of PHP.
var ErrNotJSON = errors.New("answer is not JSON")

// ErrEmpty is the cause when nothing at all came, with a status of success: so ends a
// script that died, or that is not there.
var ErrEmpty = errors.New("empty answer")

var (
	errTruncated = errors.New("answer ends inside its JSON")
	errNotOne    = errors.New("answer is not exactly one JSON value")
	errShape     = errors.New("JSON has an unexpected shape")
	errTwinKey   = errors.New("JSON object carries a key twice")
	errDBDown    = errors.New("the CRM cannot reach its database")
)

// dbDown begins the plain text a CRM without its database answers everything
// with.
const dbDown = "Ошибка подключения к БД"

// found is the JSON of a read's answer and what surrounded it.
type found struct {
	raw           []byte
	before, after int  // bytes of junk
	damaged       bool // the value is complete, but not valid as a whole
}

// strictValue returns the one JSON object or array that body is, to its last
// byte. Anything else, a BOM or a warning before it included, means that the
// server did not finish as planned.
func strictValue(body []byte) ([]byte, error) {
	raw := bytes.TrimSpace(body)
	switch {
	case len(raw) == 0:
		return nil, ErrEmpty
	case bytes.HasPrefix(raw, []byte(dbDown)):
		return nil, errDBDown
	case raw[0] != '{' && raw[0] != '[':
		return nil, ErrNotJSON
	case !json.Valid(raw):
		return nil, errNotOne
	}
	return raw, nil
}

// findValue returns the first JSON object of body (or the array it begins with),
// whatever stands around it. What looks like the answer's beginning is its
// beginning: an object further in is never mistaken for the answer. A value whose
// braces match but which is not valid is accepted as damaged if mend is set, so
// that its sound rows can be read.
func findValue(body []byte, mend bool) (found, error) {
	lead := len(body) - len(bytes.TrimLeft(body, "\ufeff \t\r\n"))
	if lead == len(body) {
		return found{}, ErrEmpty
	}
	for i := lead; i < len(body); i++ {
		if !begins(body, i, i == lead) {
			continue
		}
		end := skipValue(body, i)
		if end < 0 {
			return found{}, errTruncated
		}
		raw := body[i:end]
		valid := json.Valid(raw)
		if !valid && (!mend || !hasData(raw)) {
			return found{}, ErrNotJSON
		}
		before := i
		if i == lead { // a BOM is junk, blanks are not
			before = len(bytes.TrimSpace(body[:i]))
		}
		return found{raw: raw, before: before, after: len(bytes.TrimSpace(body[end:])), damaged: !valid}, nil
	}
	if bytes.HasPrefix(body[lead:], []byte(dbDown)) {
		return found{}, errDBDown
	}
	return found{}, ErrNotJSON
}

// begins reports whether an answer seems to begin at b[i]: an object with a
// member or none, or, in the first place only, an array of objects or an empty
// one. The "{main}" of a PHP stack trace does not.
func begins(b []byte, i int, first bool) bool {
	next := skipSpace(b, i+1)
	if next >= len(b) {
		return first && (b[i] == '{' || b[i] == '[')
	}
	switch b[i] {
	case '{':
		return b[next] == '"' || b[next] == '}'
	case '[':
		return first && (b[next] == '{' || b[next] == ']')
	}
	return false
}

// hasData reports whether a damaged object is at least an object with a key
// "data" that holds an array or an object.
func hasData(raw []byte) bool {
	ok := false
	err := eachMember(raw, func(key, val []byte) {
		ok = ok || string(key) == "data" && (val[0] == '[' || val[0] == '{')
	})
	return err == nil && ok
}

// skipValue returns the index after the JSON value that begins at b[i], or -1 if
// b ends first. It matches braces and strings only; validity is not its matter,
// and it survives any input.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
	default:
		for i < len(b) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(b[i])) {
			i++
		}
		return i
	}
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := skipString(b, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

func skipString(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// eachMember calls f with each key (decoded) and value (raw, never empty) of the
// object raw, in order. Values are not validated.
func eachMember(raw []byte, f func(key, val []byte)) error {
	if len(raw) < 2 || raw[0] != '{' {
		return errShape
	}
	i := skipSpace(raw, 1)
	if i < len(raw) && raw[i] == '}' {
		return nil
	}
	for i < len(raw) && raw[i] == '"' {
		end := skipString(raw, i)
		if end < 0 {
			return errShape
		}
		key, ok := unquote(raw[i:end])
		i = skipSpace(raw, end)
		if !ok || i >= len(raw) || raw[i] != ':' {
			return errShape
		}
		i = skipSpace(raw, i+1)
		end = skipValue(raw, i)
		if end <= i {
			return errShape
		}
		f(key, raw[i:end])
		i = skipSpace(raw, end)
		if i >= len(raw) {
			return errShape
		}
		if raw[i] == '}' {
			return nil
		}
		if raw[i] != ',' {
			return errShape
		}
		i = skipSpace(raw, i+1)
	}
	return errShape
}

// elements splits the array raw. Elements are not validated.
func elements(raw []byte) ([][]byte, error) {
	if len(raw) < 2 || raw[0] != '[' {
		return nil, errShape
	}
	i := skipSpace(raw, 1)
	if i < len(raw) && raw[i] == ']' {
		return nil, nil
	}
	var out [][]byte
	for i < len(raw) {
		end := skipValue(raw, i)
		if end <= i {
			return nil, errShape
		}
		out = append(out, raw[i:end])
		i = skipSpace(raw, end)
		if i >= len(raw) {
			return nil, errShape
		}
		if raw[i] == ']' {
			return out, nil
		}
		if raw[i] != ',' {
			return nil, errShape
		}
		i = skipSpace(raw, i+1)
	}
	return nil, errShape
}

// unquote decodes the JSON string raw. The result may share raw's memory.
func unquote(raw []byte) ([]byte, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return nil, false
	}
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner, true
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return nil, false
	}
	return []byte(s), true
}

// intOf reads an id: a number or digits in quotes; null, false, "", and anything
// else are 0.
func intOf(raw []byte) int64 {
	if len(raw) > 0 && raw[0] == '"' {
		s, ok := unquote(raw)
		if !ok {
			return 0
		}
		raw = bytes.TrimSpace(s)
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// stringOf reads a scalar as text: a string decoded, a number as it stands; null
// and false are "" and ok; objects and arrays are not ok.
func stringOf(raw []byte) (s string, null, ok bool) {
	if len(raw) == 0 {
		return "", true, true
	}
	switch raw[0] {
	case '"':
		b, good := unquote(raw)
		return string(b), false, good
	case '{', '[':
		return "", false, false
	case 'n', 'f':
		return "", true, true
	}
	return string(raw), false, true
}
