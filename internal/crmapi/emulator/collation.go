package emulator

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The database compares in utf8_general_ci: without case and accents (ё = е,
// but й ≠ и), trailing blanks ignored by "=".

// fold maps a text to its collation key, for LIKE and FIND_IN_SET.
func fold(s string) string {
	return strings.Map(foldRune, s)
}

// foldKey is fold for "=": trailing blanks do not count.
func foldKey(s string) string {
	return strings.TrimRight(fold(s), " ")
}

func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}
	r = unicode.ToUpper(r)
	switch {
	case r == 'Й' || r >= 'А' && r <= 'Я':
		return r
	case r == 'ß':
		return 'S'
	case r >= 0xc0 && r < 0x530 || r >= 0x1e00 && r < 0x2000:
		if d := norm.NFD.PropertiesString(string(r)).Decomposition(); len(d) > 0 {
			base, _ := utf8.DecodeRune(d)
			return unicode.ToUpper(base)
		}
	}
	return r
}

// like matches a folded text against the inside of '%…%' as MySQL does: "_" is
// any character, "%" any run, a backslash takes the next one literally.
func like(folded, pattern string) bool {
	if !strings.ContainsAny(pattern, `%_\`) {
		return strings.Contains(folded, fold(pattern))
	}
	return likeRunes([]rune(folded), append(append([]rune{'%'}, []rune(fold(pattern))...), '%'))
}

func likeRunes(s, p []rune) bool {
	for len(p) > 0 {
		switch {
		case p[0] == '%':
			for len(p) > 0 && p[0] == '%' {
				p = p[1:]
			}
			for i := range len(s) + 1 {
				if likeRunes(s[i:], p) {
					return true
				}
			}
			return false
		case len(s) == 0:
			return false
		case p[0] == '\\' && len(p) > 1:
			p = p[1:]
			if s[0] != p[0] {
				return false
			}
		case p[0] != '_' && p[0] != s[0]:
			return false
		}
		s, p = s[1:], p[1:]
	}
	return len(s) == 0
}

// storable is what a utf8mb3 column of so many characters keeps of a text
// (characters 0: a TEXT column of 65535 bytes): a character of four bytes
// becomes four question marks, and what is too long is cut without a word.
func storable(s string, characters int) string {
	s = strings.ToValidUTF8(s, "?")
	if strings.IndexFunc(s, func(r rune) bool { return r > 0xffff }) >= 0 {
		var b strings.Builder
		for _, r := range s {
			if r > 0xffff {
				b.WriteString("????")
			} else {
				b.WriteRune(r)
			}
		}
		s = b.String()
	}
	if characters == 0 {
		return cutBytes(s, 65535)
	}
	n := 0
	for i := range s {
		if n == characters {
			return s[:i]
		}
		n++
	}
	return s
}

func cutBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}

// sqlLiteral is what becomes of a parameter that the server pastes between
// apostrophes into its SQL. rest is what follows the apostrophe that ended the
// literal too early; ok is false then, and the query dies.
func sqlLiteral(s string) (value, rest string, ok bool) {
	if strings.IndexByte(s, '\'') < 0 && strings.IndexByte(s, '\\') < 0 {
		return s, "", true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\'' && i+1 < len(s) && s[i+1] == '\'':
			b.WriteByte('\'')
			i++
		case s[i] == '\'':
			return "", s[i+1:], false
		case s[i] == '\\' && i+1 == len(s):
			return "", "", false
		case s[i] == '\\':
			i++
			b.WriteByte(unescaped(s[i]))
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), "", true
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case '0':
		return 0
	default:
		return c
	}
}
