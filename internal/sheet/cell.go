package sheet

import (
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// letters make codes that are no number, date, formula or word in any language.
const letters = "bcdfghjklmnpqrstvwxz"

// Code is a code of n letters (at most 14) for these texts: equal texts in equal
// order have equal codes. Ten letters tell a million rows apart but for one
// chance in twenty, six show that something changed.
func Code(n int, texts ...string) string {
	h := sha256.New()
	var size [8]byte
	for _, t := range texts {
		binary.LittleEndian.PutUint64(size[:], uint64(len(t)))
		h.Write(size[:])
		h.Write([]byte(t))
	}
	rest := binary.LittleEndian.Uint64(h.Sum(nil))
	out := make([]byte, n)
	for i := range out {
		out[i] = letters[rest%uint64(len(letters))]
		rest /= uint64(len(letters))
	}
	return string(out)
}

// Word is a cell as a word is compared: case, ё and е, blanks and a full stop
// around it aside.
func Word(cell string) string {
	cell = strings.ReplaceAll(strings.ToLower(cell), "ё", "е")
	return strings.Trim(strings.Join(strings.Fields(cell), " "), ". ")
}

// Number reads a cell with a whole number: digits, with blanks between them at
// most. Anything else is none, be it only rounded: "1,2E+05", "12.5".
func Number(cell string) (int64, bool) {
	digits := strings.Join(strings.Fields(cell), "")
	if digits == "" || len(digits) > 18 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

var exponent = regexp.MustCompile(`^[+-]?\d+([.,]\d+)?[eE][+-]?\d+$`)

// exact is how many digits of a number a spreadsheet keeps.
const exact = 15

// Rounded reports whether a spreadsheet has rounded a number, such as to 1,23E+11
// or, of more than fifteen digits, to zeros at the end: what stood there is lost.
func Rounded(cell string) bool {
	cell = strings.TrimSpace(cell)
	if len(cell) > exact && strings.Trim(cell, "0123456789") == "" {
		return strings.Trim(cell[exact:], "0") == ""
	}
	return exponent.MatchString(cell)
}

// Exact reports whether a cell is a text as Write wrote it: blanks of every kind
// aside, nothing of it changed.
func Exact(cell, text string) bool {
	return strings.Join(strings.Fields(cell), " ") == strings.Join(strings.Fields(plain(text)), " ")
}

// Same reports whether a cell may be what is left of a text after a spreadsheet
// saved it: letters and digits agree. Case, punctuation, quotes, blanks, accents
// and what an older encoding lacks do not count.
func Same(cell, text string) bool { return essence(cell) == essence(text) }

// Left reports whether a cell may be what is left of a text that nobody had cause
// to change: nothing, the Same, or, of what spreadsheets rewrite, anything.
func Left(cell, text string) bool {
	return cell == "" || text != "" && (fragile(plain(text)) || Same(cell, text))
}

func essence(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(text)) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		if _, ok := charmap.Windows1251.EncodeRune(r); ok {
			b.WriteRune(r)
		}
	}
	return b.String()
}
