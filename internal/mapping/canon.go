package mapping

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// canonKind chooses the comparison form of a field.
type canonKind uint8

const (
	canonText canonKind = iota
	canonTitle
	canonRecv
	canonDictionary
	canonPhones
	canonMails
	canonURL
	canonCode // requisites made of digits and capitals
	canonNumber
	canonBool
	canonDate
	canonType
	canonUser
	canonName      // titles of deals and lines: no legal form moves
	canonMoney     // numbers of which the CRM keeps two decimals
	canonNumbering // the number of an invoice
	canonRef       // the id of another record
	canonLines     // the lines of a deal
)

func canonKindOf(f *field) canonKind {
	switch {
	case f.recv:
		switch f.typ {
		case TypeINN, TypeKPP, TypeOGRN, TypeOKPO, TypeBIK, TypeAccount, TypeCorrAccount:
			return canonCode
		}
		return canonRecv
	case f.entity != EntityClient && canonIn(&f.fieldSpec) != canonText:
		return canonIn(&f.fieldSpec)
	case f.key == "title":
		return canonTitle
	case f.entity == EntityClient && f.key == "type":
		return canonType
	case f.key == "user":
		return canonUser
	case f.entity == EntityClient && isDictionary(f.key):
		return canonDictionary
	}
	switch f.typ {
	case TypePhones:
		return canonPhones
	case TypeEmails:
		return canonMails
	case TypeURL:
		return canonURL
	case TypeINN, TypeKPP, TypeOGRN, TypeOKPO, TypeBIK, TypeAccount, TypeCorrAccount:
		return canonCode
	case TypeInt, TypeDecimal:
		return canonNumber
	case TypeBool:
		return canonBool
	case TypeDate, TypeDatetime:
		return canonDate
	}
	return canonText
}

// CanonSource is the comparison form of a text that Map made for a field;
// field is a schema position. "" for a text without content.
func (m *Mapping) CanonSource(field int, text string) string { return m.canon(field, text) }

// CanonCRM is the comparison form of a text as the CRM holds it. A text and
// what the CRM made of it have one form.
func (m *Mapping) CanonCRM(field int, text string) string { return m.canon(field, text) }

func (m *Mapping) canon(field int, text string) string {
	if field < 0 || field >= len(m.fields) {
		return text
	}
	return canonOf(m.fields[field].canon, text)
}

func canonOf(kind canonKind, text string) string {
	switch kind {
	case canonTitle:
		return canonOfTitle(text)
	case canonRecv:
		return canonOfRecv(text)
	case canonDictionary:
		return settle(text, foldDictionary)
	case canonPhones:
		return canonOfPhones(text)
	case canonMails:
		return canonOfMails(text)
	case canonURL:
		return canonOfURL(text)
	case canonCode:
		return canonOfCode(text)
	case canonNumber:
		text = canonOfText(text)
		if _, canon, code := parseNumber(text); code == "" {
			return canon
		}
		return text
	case canonBool:
		text = canonOfText(text)
		if yes, ok := parseBool(text); ok && text != "" {
			return boolWord(yes)
		}
		return text
	case canonDate:
		return canonOfDate(canonOfText(text))
	case canonType:
		return clientType(foldWord(text))
	case canonUser:
		return foldWord(text)
	case canonName, canonMoney, canonNumbering, canonRef, canonLines:
		return canonOfDeal(kind, text)
	}
	return canonOfText(text)
}

func boolWord(yes bool) string {
	if yes {
		return "Да"
	}
	return "Нет"
}

// settle applies a fold until nothing changes. Every fold only shortens a text
// or replaces characters by ones it leaves alone, so it ends; applying it once
// is not enough where a removal joins what stood apart.
func settle(s string, fold func(string) string) string {
	for {
		t := fold(s)
		if t == s {
			return s
		}
		s = t
	}
}

// tidy folds what nobody sees or means: kinds of blanks, invisible characters,
// composition, characters the CRM cannot store. Line breaks stay when lines is set.
func tidy(s string, lines bool) string {
	s = norm.NFC.String(s) // returns s itself when it is in that form
	var b strings.Builder
	b.Grow(len(s))
	gap, broken := false, false
	for _, r := range s {
		switch {
		case isBlank(r):
			gap = true
			broken = broken || r == '\n' || r == '\r'
		case isInvisible(r) || r > 0xFFFF:
		default:
			if gap && b.Len() > 0 {
				if broken && lines {
					b.WriteByte('\n')
				} else {
					b.WriteByte(' ')
				}
			}
			gap, broken = false, false
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isQuote(r rune) bool {
	switch r {
	case '"', '«', '»', '“', '”', '„', '‟', '″':
		return true
	}
	return false
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', '´', '‘', '’', '‚', '‛', '′':
		return true
	}
	return false
}

// quotes replaces each kind of quote; 0 removes.
func quotes(s string, double, single rune) string {
	return strings.Map(func(r rune) rune {
		to := r
		switch {
		case isQuote(r):
			to = double
		case isApostrophe(r):
			to = single
		}
		if to == 0 {
			return -1
		}
		return to
	}, s)
}

func canonOfText(s string) string {
	t := scan(s)
	switch {
	case t&^hasSemicolon == 0:
		return s
	case t&^(hasQuote|hasApostrophe|hasCurly|hasGap|hasSemicolon) == 0:
		return foldPlain(s, '”', '’', ';')
	}
	return settle(s, foldText)
}

func foldText(s string) string { return tidy(quotes(serverText(s), '”', '’'), true) }

func canonOfRecv(s string) string {
	t := scan(s)
	switch {
	case t == 0:
		return s
	case t&^(hasQuote|hasApostrophe|hasCurly|hasGap|hasSemicolon) == 0:
		return foldPlain(s, '”', 0, ',')
	}
	return settle(s, foldRecv)
}

func foldRecv(s string) string {
	s = replaceEach(serverRecvUpdate(s), "&acute;", " ", ";", ",")
	return tidy(quotes(s, '”', 0), false)
}

func foldDictionary(s string) string {
	return foldCase(tidy(quotes(serverUntag(s), 0, 0), false))
}

func canonOfTitle(s string) string {
	t := scan(s)
	if t&^hasSemicolon == 0 && !hasForm(s) {
		return s
	}
	if t&^(hasQuote|hasApostrophe|hasGap|hasSemicolon) == 0 {
		if t&^hasSemicolon != 0 {
			s = foldPlain(s, 0, 0, ';')
		}
		if s = moveForms(s); scan(s)&^hasSemicolon == 0 {
			return s
		}
	}
	return settle(s, foldTitle)
}

// foldTitle makes a space of the quotes that the CRM leaves where they are: taken
// out, they could join two halves of a legal form.
func foldTitle(s string) string { return moveForms(tidy(quotes(serverUntag(s), ' ', ' '), false)) }

// hasForm reports a legal form where it may have to move.
func hasForm(s string) bool {
	for _, f := range legalForms {
		if strings.HasPrefix(s, f) || strings.HasSuffix(s, f) {
			return true
		}
	}
	return false
}

// moveForms gives "ООО Ромашка" and "Ромашка, ООО" one form. Several legal
// forms stand at the end in a fixed order.
func moveForms(s string) string {
	var have [len(legalForms)]bool
	for again := true; again; {
		again = false
		for i, f := range legalForms {
			if strings.HasPrefix(s, f) {
				if s = s[len(f):]; strings.Contains(s, f) {
					s = strings.ReplaceAll(s, f, "")
				}
				s, have[i], again = strings.Trim(s, ", "), true, true
			}
			if rest, ok := strings.CutSuffix(s, f); ok && strings.HasSuffix(strings.TrimRight(rest, " "), ",") {
				s, have[i], again = strings.Trim(rest, ", "), true, true
			}
		}
	}
	for i, f := range legalForms {
		if have[i] {
			s += ", " + f
		}
	}
	return trimBlank(s)
}

// canonOfCode compares requisites: blanks aside, letters in upper case.
func canonOfCode(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return settle(s, func(s string) string {
		s = foldRecv(s)
		return strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	})
}

func canonOfDate(s string) string {
	if len(s) == len(layoutDatetime) && s[4] == '-' && s[10] == ' ' || len(s) == len(layoutDate) && s[4] == '-' {
		s = strings.TrimSuffix(s, " 00:00:00")
		if !strings.HasPrefix(s, "0000-") {
			return s
		}
	}
	if strings.HasPrefix(s, "0000-00-00") {
		return ""
	}
	m, blank, code := parseDate(s, time.UTC, false)
	switch {
	case blank:
		return ""
	case code != "":
		return s
	}
	return strings.TrimSuffix(m.at.Format(layoutDatetime), " 00:00:00")
}

func canonOfURL(s string) string {
	s = canonOfText(s)
	return settle(s, func(s string) string {
		if len(s) >= 8 && strings.EqualFold(s[:8], "https://") {
			s = s[8:]
		} else if len(s) >= 7 && strings.EqualFold(s[:7], "http://") {
			s = s[7:]
		}
		s = trimBlank(strings.TrimRight(s, "/ "))
		host, path, found := strings.Cut(s, "/")
		if found {
			return strings.ToLower(host) + "/" + path
		}
		return strings.ToLower(host)
	})
}

// sortedSet joins the texts without doubles, in order.
func sortedSet(texts []string) string {
	switch len(texts) {
	case 0:
		return ""
	case 1:
		return texts[0]
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), ",")
}

// runes counts characters; most cells are shorter than any limit in bytes.
func tooLong(s string, limit int) bool {
	return len(s) > limit && utf8.RuneCountInString(s) > limit
}

// distinct sorts texts and takes doubles out.
func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}
