package mapping

import (
	"strings"

	"syncd/internal/source"
)

// isNullWord reports the words that exports write for "nothing". They count
// wherever the type is not text.
func isNullWord(s string) bool {
	switch len(s) {
	case 0:
		return true
	case 1:
		return s == "-"
	case 2:
		return s == "<>"
	case 3:
		return strings.EqualFold(s, "NaN")
	case 4:
		return strings.EqualFold(s, "NULL")
	case len("Неопределено"):
		return strings.EqualFold(s, "Неопределено")
	}
	return s == "—" || s == "–"
}

// isMissingObject reports 1C's words for a reference to nothing; they are blank
// for every type.
func isMissingObject(s string) bool {
	return s != "" && s[0] == '<' && (s == "<>" || strings.HasPrefix(s, "<Объект не найден>") || strings.HasPrefix(s, "<Object not found>"))
}

// parseBool reads a boolean as 1C writes it. Blank is no, as in a column of
// ticks; an unknown word is not ok.
func parseBool(s string) (yes, ok bool) {
	switch s {
	case "Да", "Истина", "1", "+", "True", "true":
		return true, true
	case "Нет", "Ложь", "0", "", "-", "False", "false":
		return false, true
	}
	switch foldWord(s) {
	case "да", "истина", "true", "1", "+", "yes", "0x01", "t":
		return true, true
	case "нет", "ложь", "false", "0", "", "-", "no", "null", "неопределено", "0x00", "f":
		return false, true
	}
	return false, false
}

// cellNull is the cell of an SQL NULL.
const cellNull = source.Null
