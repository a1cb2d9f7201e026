package mapping

import (
	"strings"
	"unicode/utf8"

	"syncd/internal/record"
)

// value makes one field of a row: fetch, translate words, type, length. The
// bool is false when the row is unreadable on its account.
func (b *Binding) value(f *field, cells []string) (record.Value, bool) {
	if isList(f.typ) {
		return b.list(f, cells)
	}
	raw, there, ok := b.fetch(f, cells)
	if !ok {
		return b.refuse(f, CodeExpression, "expr", "")
	}
	if !there && f.fallback == "" {
		return record.Value{}, true
	}
	text := trimBlank(raw)
	if f.table != nil && text != "" {
		to, code := f.translate(text)
		if code != "" {
			return b.refuse(f, code, "values", raw)
		}
		text = to
	}
	if b.blank(f, text) {
		if f.fallback == "" {
			return b.nothing(f, cells), true
		}
		text = f.fallback
	}
	v, ok := b.typed(f, text, raw)
	if !ok || v.Blank() {
		return v, ok
	}
	return b.fit(f, v, raw)
}

// nothing is the value of blank cells: NULL when they are all NULL.
func (b *Binding) nothing(f *field, cells []string) record.Value {
	if b.allNull(f, cells) {
		return record.Value{State: record.Null}
	}
	return record.Value{State: record.Empty}
}

// blank reports that a text stands for nothing in a field of this type.
func (b *Binding) blank(f *field, text string) bool {
	return text == "" || text[0] == '<' && isMissingObject(text) ||
		f.typ != TypeText && (len(text) <= 4 || text[0] >= utf8.RuneSelf) && isNullWord(text)
}

// fetch gets the raw text of a field; there is false when the row did not
// deliver it, ok is false when its expression failed.
func (b *Binding) fetch(f *field, cells []string) (raw string, there, ok bool) {
	switch {
	case len(f.slots) == 1:
		raw, there = b.cell(cells, f.slots[0])
		return raw, there, true
	case len(f.slots) > 1:
		raw, there = b.joined(f, cells)
		return raw, there, true
	case f.hasConst:
		return f.constant, true, true
	}
	v, err := b.run(f.prog, cells)
	if err != nil {
		return "", false, false
	}
	text, has, err := exprText(v)
	if !has {
		text = ""
	}
	return text, true, err == nil
}

// joined puts the columns that have content together.
func (b *Binding) joined(f *field, cells []string) (string, bool) {
	one, count, there := "", 0, false
	b.buf = b.buf[:0]
	for _, s := range f.slots {
		text, has := b.cell(cells, s)
		there = there || has
		if text = trimBlank(text); text == "" || isMissingObject(text) {
			continue
		}
		if count > 0 {
			b.buf = append(b.buf, f.join...)
		}
		b.buf = append(b.buf, text...)
		one = text
		count++
	}
	if count < 2 {
		return one, there
	}
	return string(b.buf), there
}

// translate looks a word up in `values`.
func (f *field) translate(text string) (string, Code) {
	if to, ok := f.table[text]; ok {
		return to, ""
	}
	if to, ok := f.table[foldWord(text)]; ok {
		return to, ""
	}
	switch f.unmapped {
	case unmappedPass:
		return text, ""
	case unmappedEmpty:
		return "", ""
	}
	if f.typ != TypeText && isNullWord(text) || isMissingObject(text) {
		return "", ""
	}
	return "", CodeUnmapped
}

// typed brings a text that is not blank to the field's type.
func (b *Binding) typed(f *field, text, raw string) (record.Value, bool) {
	switch f.typ {
	case TypeINN, TypeKPP, TypeOGRN, TypeOKPO, TypeBIK, TypeAccount, TypeCorrAccount:
		return b.requisite(f, text, raw)
	case TypeInt, TypeDecimal:
		plain, canon, code := parseNumber(text)
		if code == "" && f.typ == TypeInt {
			if strings.Contains(canon, ".") {
				code = CodeNotInteger
			}
			plain = canon
		}
		if code == "" && f.positive && (canon == "0" || canon[0] == '-') {
			code = CodeNotPositive
		}
		if code != "" {
			return b.refuse(f, code, f.typeRule, raw)
		}
		switch {
		case f.canon == canonMoney:
			canon = roundMoney(canon)
		case f.canon == canonRef && canon == "0":
			return record.Value{State: record.Empty}, true
		}
		return record.Of(plain, canon), true
	case TypeBool:
		yes, ok := parseBool(text)
		if !ok {
			return b.refuse(f, CodeNotBoolean, f.typeRule, raw)
		}
		return record.Of(boolWord(yes), boolWord(yes)), true
	case TypeDate, TypeDatetime:
		return b.date(f, text, raw)
	case TypeGUID:
		var g [16]byte
		if parseGUID(text, HexCanonical, &g) != "" {
			return b.refuse(f, CodeNotGUID, f.typeRule, raw)
		}
		if g == [16]byte{} {
			return record.Value{State: record.Empty}, true
		}
		return record.Of(formatGUID(g), formatGUID(g)), true
	}
	return b.text(f, text, raw)
}

func (b *Binding) date(f *field, text, raw string) (record.Value, bool) {
	m, blank, code := parseDate(text, b.zones.Source, f.excel)
	switch {
	case code != "":
		return b.refuse(f, code, f.typeRule, raw)
	case blank:
		return record.Value{State: record.Empty}, true
	case f.typ == TypeDate:
		t := m.in(layoutDate, b.zones.Account)
		return record.Of(t, t), true
	}
	t := m.in(layoutDatetime, b.zones.Account)
	return record.Of(t, canonOf(f.canon, t)), true
}

// text makes a text that the CRM keeps as it is, as far as it can.
func (b *Binding) text(f *field, text, raw string) (record.Value, bool) {
	clean, code := text, Code("")
	t := scan(text)
	if t == 0 && (f.canon == canonText || f.canon == canonRecv) {
		return record.Of(text, text), true
	}
	if t&f.unclean != 0 {
		clean, code = cleanText(f, text)
	}
	if code != "" {
		b.doubt(f, code, "characters", raw)
	}
	switch f.canon {
	case canonType:
		if !isClientType(clean) {
			clean = clientType(foldWord(clean))
		}
		if !isClientType(clean) {
			return b.refuse(f, CodeClientType, "type", raw)
		}
		return record.Of(clean, clean), true
	case canonDictionary:
		if f.entity == EntityClient && isNumericPHP(clean) {
			if f.lenient {
				return b.withhold(f, CodeNumericTitle, "dictionary", raw)
			}
			return b.refuse(f, CodeNumericTitle, "dictionary", raw)
		}
	case canonURL:
		if strings.ContainsAny(clean, " \n") || !strings.Contains(clean, ".") {
			b.doubt(f, CodeForm, f.typeRule, raw)
		}
	}
	if clean == "" {
		return record.Value{State: record.Empty}, true
	}
	canon := canonOf(f.canon, clean)
	if canon == "" {
		// nothing but quotes: the CRM would keep nothing
		return record.Value{State: record.Empty}, true
	}
	return record.Of(clean, canon), true
}

// isTitle reports names, which stand in one line.
func (f *field) isTitle() bool { return f.canon == canonTitle || f.canon == canonName }

func isClientType(s string) bool {
	for _, t := range clientTypes {
		if s == t {
			return true
		}
	}
	return false
}

// cleanText takes out what the CRM cannot keep, or would lose more over: it
// cuts everything behind a "<", shifts every requisite behind a ";". The code
// says that something a person can see was changed.
func cleanText(f *field, s string) (string, Code) {
	code := Code("")
	if strings.ContainsRune(s, utf8.RuneError) {
		code = CodeDamaged
	}
	t := replaceWide(s)
	switch {
	case f.recv:
		t = strings.NewReplacer(";", ",", "'", "’", "<", "", ">", "", "\r\n", " ", "\n", " ", "\r", " ", "&acute;", "´").Replace(t)
	case f.isTitle():
		t = strings.NewReplacer("<", "", ">", "", `\`, "").Replace(t)
	case f.dict:
		t = strings.NewReplacer("<", "", ">", "", `\`, "", "'", "", "`", "").Replace(t)
	default:
		t = strings.NewReplacer("<", "[", ">", "]").Replace(t)
	}
	if t != s && code == "" {
		code = CodeReplaced
	}
	if f.dict {
		t = quotes(t, 0, 0) // the CRM takes them out as well
	}
	return tidy(t, !f.recv && !f.dict && !f.isTitle()), code
}

// replaceWide removes characters outside the CRM's three-byte charset.
func replaceWide(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r > 0xFFFF }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return -1
		}
		return r
	}, s)
}

// fit holds a value to what the CRM can store.
func (b *Binding) fit(f *field, v record.Value, raw string) (record.Value, bool) {
	over := len(v.Text) > textBytes
	if f.max > 0 {
		over = tooLong(v.Text, f.max) && (!isList(f.typ) || tooLong(sentList(f.typ, v.Text), f.max))
		if f.canon == canonTitle && len(v.Text)+len(", ООО") > f.max {
			over = over || tooLong(serverTitle(v.Text), f.max) // moving a legal form makes it longer
		}
	}
	if !over {
		return v, true
	}
	if !f.cut {
		return b.refuse(f, CodeTooLong, f.maxRule, raw)
	}
	b.doubt(f, CodeCut, f.maxRule, raw)
	text := v.Text
	if isList(f.typ) {
		text = sentList(f.typ, text) // what is left tells no columns: it never goes back
	}
	text = cut(f, text)
	return record.Of(text, canonOf(f.canon, text)), true
}

// cut shortens a text to the field's length, lists by whole entries.
func cut(f *field, text string) string {
	limit := f.max
	if limit == 0 {
		for len(text) > textBytes {
			_, n := utf8.DecodeLastRuneInString(text)
			text = text[:len(text)-n]
		}
		return text
	}
	if f.canon == canonTitle {
		limit -= max(0, utf8.RuneCountInString(serverTitle(text))-utf8.RuneCountInString(text))
	}
	n := 0
	for i := range text {
		if n == limit {
			text = text[:i]
			break
		}
		n++
	}
	if isList(f.typ) {
		if i := strings.LastIndex(text, listSeparator); i >= 0 {
			return text[:i]
		}
	}
	return trimBlank(text)
}
