package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// foldColumn brings a column name to the form in which names are compared:
// case, ё/е, spaces (of any kind) and dots aside.
func foldColumn(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	for _, r := range norm.NFC.String(name) {
		if r == '.' || isBlank(r) || isInvisible(r) {
			continue
		}
		b.WriteRune(foldRune(r))
	}
	return b.String()
}

// SameColumn reports whether two names mean one column, as a mapping finds its
// columns in a header.
func SameColumn(a, b string) bool { return foldColumn(a) == foldColumn(b) }

// foldWord brings a word of `values` or a boolean to the form in which words
// are compared: case and spaces aside.
func foldWord(word string) string {
	var b strings.Builder
	b.Grow(len(word))
	for _, r := range word {
		if !isBlank(r) && !isInvisible(r) {
			b.WriteRune(foldRune(r))
		}
	}
	return b.String()
}

// foldCase drops the difference of letter case and ё/е.
func foldCase(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	if r = unicode.ToLower(r); r == 'ё' {
		return 'е'
	}
	return r
}

// isBlank reports white space, with the no-break and thin spaces that 1C and
// spreadsheets write between digits.
func isBlank(r rune) bool {
	switch r {
	case ' ', '\t', '\n', '\r', '\v', '\f', 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return r >= 0x2000 && r <= 0x200A
}

// isInvisible reports control and format characters that nobody can see in a
// cell.
func isInvisible(r rune) bool {
	return r < 0x20 || r == 0x7F || r == 0xAD || r == 0xFEFF || r >= 0x200B && r <= 0x200F || r >= 0x2060 && r <= 0x2064 ||
		r >= 0x80 && r < 0xA0 || r >= 0x202A && r <= 0x202E
}

// isCyrillicLead reports the first byte of a Cyrillic letter, which is never blank.
func isCyrillicLead(c byte) bool { return c == 0xD0 || c == 0xD1 }

func solidStart(c byte) bool { return c > ' ' && c < 0x7F || isCyrillicLead(c) }

// trimBlank cuts blanks and invisible characters off both ends without
// allocating.
func trimBlank(s string) string {
	if s == "" {
		return s
	}
	if a, z := s[0], s[len(s)-1]; solidStart(a) && (z > ' ' && z < 0x7F || len(s) > 1 && z >= 0x80 && isCyrillicLead(s[len(s)-2])) {
		return s
	}
	for s != "" {
		r, n := utf8.DecodeRuneInString(s)
		if !isBlank(r) && !isInvisible(r) {
			break
		}
		s = s[n:]
	}
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		if !isBlank(r) && !isInvisible(r) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}
