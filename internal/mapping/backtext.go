package mapping

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// texts lists what a cell may say for the value, the likeliest first.
func (w *wayBack) texts() []string {
	plain := w.spelled()
	if w.f.table == nil {
		return plain
	}
	// the words of the source, in the order of the file
	var out []string
	for _, p := range w.f.values {
		out = append(out, p.from)
	}
	if w.f.unmapped == unmappedPass {
		out = append(out, plain...)
	}
	return out
}

// spelled lists the value as the field's type is written in the source.
func (w *wayBack) spelled() []string {
	text := trimBlank(w.to.Text)
	switch w.f.typ {
	case TypeINN, TypeKPP, TypeOGRN, TypeOKPO, TypeBIK, TypeAccount, TypeCorrAccount:
		return []string{canonOfCode(text)}
	case TypeInt, TypeDecimal:
		plain, canon, code := parseNumber(text)
		if code != "" {
			return []string{text}
		}
		if w.f.typ == TypeInt {
			plain = canon
		}
		return []string{w.f.form.number(plain)}
	case TypeBool:
		yes, ok := parseBool(text)
		if !ok {
			return []string{text}
		}
		return []string{w.f.form.boolean(yes)}
	case TypeDate, TypeDatetime:
		return []string{w.date(text)}
	case TypeGUID:
		var g [16]byte
		if parseGUID(text, HexCanonical, &g) == "" {
			text = formatGUID(g)
		}
		return []string{text}
	}
	if w.f.canon == canonTitle {
		return []string{titleBack(trimBlank(w.old.Text), text), text}
	}
	return []string{quotesBack(w.old.Text, text), text}
}

// date writes a date of the account's zone in the source's zone.
func (w *wayBack) date(text string) string {
	m, blank, code := parseDate(text, w.zones.Account, false)
	if blank || code != "" {
		return text
	}
	if w.f.typ == TypeDate || !m.hasTime {
		return w.f.form.time(m.at, false)
	}
	return w.f.form.time(m.at.In(w.zones.Source), true)
}

// quotesBack undoes what the CRM does to quotes (each becomes ”) in a text: into
// « and » where the source's text had them, else into ".
func quotesBack(old, text string) string {
	if !strings.ContainsRune(text, '”') {
		return text
	}
	if !strings.ContainsAny(old, "«»") {
		return strings.ReplaceAll(text, "”", `"`)
	}
	var b strings.Builder
	before := ' '
	for _, r := range text {
		switch {
		case r != '”':
			b.WriteRune(r)
		case isBlank(before) || before == '(' || before == '«':
			r = '«'
			b.WriteRune(r)
		default:
			b.WriteRune('»')
		}
		before = r
	}
	return b.String()
}

// titleBack undoes what the CRM does to titles: «ООО "Ромашка"» becomes
// «Ромашка, ООО». A legal form goes to the front, and quotes around the name,
// when the source's title has them so.
func titleBack(old, text string) string {
	name, form := text, ""
	for _, f := range legalForms {
		if rest, ok := strings.CutSuffix(text, ", "+f); ok {
			name, form = rest, f
		}
	}
	lead, opening, closing := titleShape(old)
	inFront := slices.Contains(legalForms[:], lead)
	switch {
	case form != "" && !inFront:
		return text // the source's own title has it at the end
	case form != "":
		lead = form
	case inFront:
		return text // it has no form any more
	}
	if lead != "" && form == "" {
		rest, ok := strings.CutPrefix(name, lead+" ")
		if !ok {
			return text
		}
		name = rest
	}
	if strings.ContainsFunc(name, isQuote) || name == "" || form != "" && hasForm(name) {
		return text // not what the CRM makes of one name and one form
	}
	name = opening + name + closing
	if lead == "" {
		return name
	}
	return lead + " " + name
}

// titleShape takes a title of the source apart: what stands before the name
// (a form like ООО, or АО, which the CRM leaves there), and the quotes around it.
func titleShape(old string) (lead, opening, closing string) {
	first, n := utf8.DecodeRuneInString(old)
	last, _ := utf8.DecodeLastRuneInString(old)
	if i := strings.IndexFunc(old, isQuote); i >= 0 && isQuote(last) {
		if i > 0 {
			lead = trimBlank(old[:i])
			first, n = utf8.DecodeRuneInString(old[i:])
		}
		if len(old) > i+n {
			return lead, string(first), string(last)
		}
	}
	for _, f := range legalForms {
		if rest, ok := strings.CutPrefix(old, f); ok {
			if r, _ := utf8.DecodeRuneInString(rest); isBlank(r) {
				return f, "", ""
			}
		}
	}
	return "", "", ""
}
