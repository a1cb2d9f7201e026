package mapping

import (
	"strings"

	"syncd/internal/record"
)

// quickKind chooses the short way of a field whose cell holds nothing to
// translate, clean, repair or complain about. Most cells of an export are so.
type quickKind uint8

const (
	quickNone quickKind = iota
	quickText           // text that is compared as it is
	quickCode           // requisites of digits
	quickMail           // one address
	quickWord           // a word of `values` that became a kind of client
)

func quickKindOf(f *field) quickKind {
	if len(f.slots) != 1 || f.role != rolePlain {
		return quickNone
	}
	switch {
	case f.table != nil:
		if f.canon == canonType {
			return quickWord
		}
	case f.typ == TypeText && (f.canon == canonText || f.canon == canonRecv):
		return quickText
	case f.typ == TypeEmails:
		return quickMail
	case f.recv && f.canon == canonCode:
		return quickCode
	}
	return quickNone
}

// quick fills a value the short way; false leaves it to value, which comes to
// the same result for every cell that quick takes.
func (b *Binding) quick(f *field, cells []string, v *record.Value) bool {
	if f.quick == quickNone {
		return false
	}
	i := b.index[f.slots[0]]
	if i >= len(cells) {
		return false
	}
	s := cells[i]
	if s == "" || s == cellNull {
		if f.fallback != "" {
			return false
		}
		v.State = record.Empty
		if s != "" {
			v.State = record.Null
		}
		return true
	}
	canon := s
	switch f.quick {
	case quickText:
		if scan(s) != 0 || len(s) > textBytes || f.max > 0 && tooLong(s, f.max) {
			return false
		}
	case quickCode:
		if !isDigits(s) || f.verify(s) != "" || allZeros(s) {
			return false
		}
	case quickMail:
		if len(s) > f.max || !isOneMail(s) || mailForm(s) != "" {
			return false
		}
		canon = strings.ToLower(s)
	case quickWord:
		to, ok := f.table[s]
		if !ok || !isClientType(to) {
			return false
		}
		s, canon = to, to
	}
	v.State, v.Text, v.Canon = record.Filled, s, canon
	return true
}
