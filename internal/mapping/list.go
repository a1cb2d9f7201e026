package mapping

import (
	"strings"

	"syncd/internal/record"
)

// list makes a field of phones or addresses: every column may hold several.
func (b *Binding) list(f *field, cells []string) (record.Value, bool) {
	there, fine := false, true
	var room [4]phone
	phones := room[:0]
	b.parts, b.columns = b.parts[:0], b.columns[:0]
	take := func(column, raw string) {
		text := trimBlank(raw)
		if f.table != nil && text != "" {
			to, code := f.translate(text)
			if code != "" {
				fine = false
				b.problem(f, Problem{Code: code, Column: column, Rule: "values", Value: raw})
				return
			}
			text = to
		}
		switch {
		case isNullWord(text) || isMissingObject(text):
		case f.typ == TypePhones:
			phones = b.phones(f, column, text, phones)
		default:
			b.mails(f, column, text)
		}
	}
	if len(f.slots) > 0 {
		for i, s := range f.slots {
			raw, has := b.cell(cells, s)
			there = there || has
			b.columns = append(b.columns, "")
			if has && raw != "" {
				take(f.columns[i], raw)
			}
		}
	} else {
		raw, has, ok := b.fetch(f, cells)
		if !ok {
			return b.refuse(f, CodeExpression, "expr", "")
		}
		there = has
		take("", raw)
	}
	if len(phones) == 0 && len(b.parts) == 0 && f.fallback != "" {
		there = true
		b.columns = b.columns[:0] // a default stands in no column
		take("", f.fallback)
	}
	if !fine {
		return record.Value{}, false
	}
	return b.listed(f, phones, there, cells)
}

// listed turns the entries that were found into a value.
func (b *Binding) listed(f *field, phones []phone, there bool, cells []string) (record.Value, bool) {
	for _, p := range phones {
		b.parts = append(b.parts, p.text)
	}
	switch {
	case len(b.parts) == 0 && (!there || b.withheld(f.name)):
		// what was withheld is no wish to clear the field
		return record.Value{}, true
	case len(b.parts) == 0 && b.allNull(f, cells):
		return record.Value{State: record.Null}, true
	case len(b.parts) == 0:
		return record.Value{State: record.Empty}, true
	case len(phones) == 1:
		return b.fit(f, record.Of(b.listText(phones[0].text), phones[0].canon()), b.raw(f, cells))
	}
	text := b.parts[0]
	if len(b.parts) > 1 {
		text = strings.Join(b.parts, listSeparator)
	}
	canon := ""
	if len(phones) > 0 {
		var room [4]string
		words := room[:0]
		for _, p := range phones {
			words = append(words, p.canon())
		}
		canon = sortedSet(words)
	} else {
		canon = canonOfMails(text)
	}
	return b.fit(f, record.Of(b.listText(text), canon), b.raw(f, cells))
}

// listText is the text of a list: of several columns with each entry where it
// stood, so that it finds its way back. Blank columns at the end do not show, so
// that a list in the first column reads as any other.
func (b *Binding) listText(text string) string {
	last := len(b.columns) - 1
	for last > 0 && b.columns[last] == "" {
		last--
	}
	if last < 1 {
		return text
	}
	return strings.Join(b.columns[:last+1], columnMark+" ")
}

// inColumn puts an entry down in the column that is being read.
func (b *Binding) inColumn(entry string) {
	if len(b.columns) == 0 {
		return
	}
	c := &b.columns[len(b.columns)-1]
	if *c != "" {
		entry = *c + listSeparator + entry
	}
	*c = entry
}

func (b *Binding) withheld(name string) bool {
	for i := range b.problems {
		if b.problems[i].Field == name && b.problems[i].Withheld {
			return true
		}
	}
	return false
}

func (b *Binding) phones(f *field, column, text string, into []phone) []phone {
	if clean := replaceWide(text); clean != text {
		text = clean
	}
	before := len(into)
	if p, ok := plainPhone(text); ok {
		b.inColumn(p.text)
		return addPhone(into, p)
	}
	readPhones(text, phoneTaker{
		number: func(p phone) {
			b.inColumn(p.text)
			into = addPhone(into, p)
		},
		tail: func(ext string) bool {
			taken := extend(into, ext)
			if taken {
				b.inColumn(extensionMark[1:] + ext)
			}
			return taken
		},
		odd: func(piece string) {
			code := CodeForm
			if isExponent(piece) {
				code = CodeExcelDamage
			}
			b.problem(f, Problem{Code: code, Column: column, Rule: f.typeRule, Value: piece, Warning: true, Withheld: true})
		},
	})
	if len(into) == before && before == 0 && !b.withheld(f.name) && !strings.ContainsAny(text, "0123456789") {
		b.problem(f, Problem{Code: CodeForm, Column: column, Rule: f.typeRule, Value: text, Warning: true, Withheld: true})
	}
	return into
}

func (b *Binding) mails(f *field, column, text string) {
	splitMails(text, func(piece string) {
		if code := mailForm(piece); code != "" {
			b.problem(f, Problem{Code: code, Column: column, Rule: f.typeRule, Value: piece, Warning: true, Withheld: true})
			return
		}
		b.inColumn(piece)
		for _, p := range b.parts {
			if strings.EqualFold(p, piece) {
				return
			}
		}
		b.parts = append(b.parts, piece)
	})
}
