package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep json_decode follows nested arrays.
const maxDepth = 512

// decodeJSON is json_decode($body, true): nil for anything that is not JSON,
// invalid UTF-8 included.
func decodeJSON(body []byte) any {
	if !utf8.Valid(body) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	v, err := decodeValue(dec, maxDepth)
	if err != nil {
		return nil
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil
	}
	return v
}

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("decode value: %w", err)
	}
	switch t := tok.(type) {
	case json.Delim:
		return decodeArray(dec, t, depth)
	case json.Number:
		if n, err := strconv.ParseInt(t.String(), 10, 64); err == nil {
			return n, nil
		}
		f, err := t.Float64()
		if err != nil {
			return nil, fmt.Errorf("decode number: %w", err)
		}
		return f, nil
	default:
		return tok, nil // string, bool, nil
	}
}

func decodeArray(dec *json.Decoder, open json.Delim, depth int) (any, error) {
	if depth == 0 {
		return nil, errors.New("decode array: nested too deep")
	}
	a := newArray()
	for dec.More() {
		key := strconv.Itoa(len(a.keys))
		if open == '{' {
			tok, err := dec.Token()
			if err != nil {
				return nil, fmt.Errorf("decode key: %w", err)
			}
			key, _ = tok.(string)
		}
		v, err := decodeValue(dec, depth-1)
		if err != nil {
			return nil, err
		}
		a.set(key, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("decode end: %w", err)
	}
	return a, nil
}

// object is a JSON object whose keys keep their order.
type object []member

type member struct {
	key string
	val any
}

// get returns the value of a key, nil when it is missing.
func (o object) get(key string) any {
	for _, m := range o {
		if m.key == key {
			return m.val
		}
	}
	return nil
}

// with returns the object with a key set (in its place, or at the end).
func (o object) with(key string, val any) object {
	for i := range o {
		if o[i].key == key {
			o[i].val = val
			return o
		}
	}
	return append(o, member{key, val})
}

// encodeJSON prints as the server does: json_encode with Russian letters put
// back unescaped. An empty object comes out as [], being an empty PHP array.
func encodeJSON(b []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, x)
	case int:
		return strconv.AppendInt(b, int64(x), 10)
	case int64:
		return strconv.AppendInt(b, x, 10)
	case literal:
		return append(b, x...)
	case string:
		return encodeString(b, x)
	case *string:
		if x == nil {
			return append(b, "null"...)
		}
		return encodeString(b, *x)
	case object:
		return encodeObject(b, x)
	case []any:
		b = append(b, '[')
		for i, e := range x {
			if i > 0 {
				b = append(b, ',')
			}
			b = encodeJSON(b, e)
		}
		return append(b, ']')
	default:
		// Only the types above are ever put into an answer.
		return append(b, "null"...)
	}
}

func encodeObject(b []byte, o object) []byte {
	if len(o) == 0 {
		return append(b, "[]"...)
	}
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = encodeString(b, m.key)
		b = append(b, ':')
		b = encodeJSON(b, m.val)
	}
	return append(b, '}')
}

const hexDigits = "0123456789abcdef"

func encodeString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b = appendRune(b, r, s[i:i+size])
			i += size
			continue
		}
		i++
		switch c {
		case '"', '/':
			b = append(b, '\\', c)
		case '\\':
			// The server puts letters back by replacing \u0410… in the finished
			// text, which also hits an escaped backslash before "u0410" and
			// leaves an escape that is not JSON.
			if r, ok := escapedLetter(s[i:]); ok {
				b = utf8.AppendRune(append(b, '\\'), r)
				i += 5
				continue
			}
			b = append(b, '\\', '\\')
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			if c < 0x20 {
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			} else {
				b = append(b, c)
			}
		}
	}
	return append(b, '"')
}

func appendRune(b []byte, r rune, raw string) []byte {
	if isRussian(r) {
		return append(b, raw...)
	}
	if r > 0xffff {
		hi, lo := utf16.EncodeRune(r)
		return appendEscape(appendEscape(b, hi), lo)
	}
	return appendEscape(b, r)
}

func appendEscape(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

func isRussian(r rune) bool {
	return r >= 'А' && r <= 'я' || r == 'Ё' || r == 'ё'
}

// escapedLetter reads "u0410"-like text: the escape of a Russian letter without
// its backslash, in the lower case that json_encode prints.
func escapedLetter(s string) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[1:5]) {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		default:
			return 0, false
		}
	}
	return r, isRussian(r)
}
