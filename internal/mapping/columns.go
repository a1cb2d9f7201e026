package mapping

import (
	"slices"
	"strings"
)

// columnMark stands between the columns in the text of a list that is gathered
// from several: "84951234567; 79161234567". Every canonical form takes it for what
// separates entries, so a text means the same with it and without.
const columnMark = ";"

// columnTexts splits the text of a list by the field's columns; without a mark all
// of it stands in the first. ok is false for a text of more columns than the field
// has, which does not tell them.
func (f *field) columnTexts(text string) (columns []string, ok bool) {
	n := max(len(f.slots), 1) // an expression has none, and its list stands in the first
	columns = make([]string, n)
	parts := strings.Split(text, columnMark)
	if n > 1 && len(parts) > n {
		columns[0] = strings.ReplaceAll(text, columnMark, ",")
		return columns, false
	}
	if n == 1 {
		parts = []string{text}
	}
	for i := range parts {
		columns[i] = trimBlank(parts[i])
	}
	return columns, true
}

// wireList is the list that the CRM is sent: every entry once, whatever columns
// it came from.
func wireList(typ FieldType, text string) []string {
	if !strings.Contains(text, columnMark) {
		return strings.Split(text, listSeparator)
	}
	var phones []phone
	var out []string
	for column := range strings.SplitSeq(text, columnMark) {
		for entry := range strings.SplitSeq(trimBlank(column), listSeparator) {
			switch {
			case entry == "":
			case typ != TypePhones:
				if !slices.ContainsFunc(out, func(s string) bool { return strings.EqualFold(s, entry) }) {
					out = append(out, entry)
				}
			default:
				phones = addEntry(phones, entry)
			}
		}
	}
	for _, p := range phones {
		out = append(out, p.text)
	}
	return out
}

// addEntry adds one entry of a text to a list of numbers as Map did when it made
// the text.
func addEntry(phones []phone, entry string) []phone {
	if ext, ok := onlyExtension(entry); ok && extend(phones, ext) {
		return phones // it stood in a column of its own
	}
	p, ok := onePhone(entry)
	if !ok {
		p.digits = entry
	}
	p.text = entry
	return addPhone(phones, p)
}

// sentList is wireList as one text.
func sentList(typ FieldType, text string) string {
	if !strings.Contains(text, columnMark) {
		return text
	}
	return strings.Join(wireList(typ, text), listSeparator)
}

// Sent is the text that goes to the CRM for a text that Map made: the text of a
// list that is gathered from several columns tells them apart, the CRM's does
// not. field is a schema position.
func (m *Mapping) Sent(field int, text string) string {
	if field < 0 || field >= len(m.fields) || !isList(m.fields[field].typ) {
		return text
	}
	return sentList(m.fields[field].typ, text)
}
