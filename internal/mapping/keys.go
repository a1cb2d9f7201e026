package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"syncd/internal/crmapi"
	"syncd/internal/record"
)

// Keys is the evidence by which two records may turn out to be one, in
// canonical form. Empty members are not known.
type Keys struct {
	INN string // 10 or 12 digits
	// INNValid: its check digits hold. One that does not hold may disagree with
	// another, but proves nothing.
	INNValid bool
	KPP      string
	Phones   []string // digits, without extensions; sorted, no doubles; numbers of less than seven digits prove nothing and are left out
	Mails    []string // lower case; sorted, no doubles
	Title    string   // as the CRM's own comparison of titles sees it
}

// MatchKeys takes the evidence out of a record's values.
func (m *Mapping) MatchKeys(values []record.Value) Keys {
	canon := func(i int) string {
		if i < 0 || i >= len(values) || values[i].Blank() {
			return ""
		}
		return values[i].Canon
	}
	var k Keys
	k.setINN(canon(m.roles.inn), canon(m.roles.kpp))
	k.Phones = phoneKeys(canon(m.roles.phone), canon(m.roles.fax))
	k.Mails = mailKeys(canon(m.roles.mail))
	k.Title = TitleKey(canon(m.roles.title))
	return k
}

// KeysOfCRM takes the same evidence out of the CRM's answer, whether the
// mapping has the fields or not.
func (m *Mapping) KeysOfCRM(obj *crmapi.ClientObject) Keys {
	var k Keys
	k.setINN(canonOfCode(obj.Recv["castInn"].S), canonOfCode(obj.Recv["castKpp"].S))
	k.Phones = phoneKeys(canonOfPhones(obj.Fields["phone"].S), canonOfPhones(obj.Fields["fax"].S))
	k.Mails = mailKeys(canonOfMails(obj.Fields["mail_url"].S))
	k.Title = TitleKey(obj.Fields["title"].S)
	return k
}

// setINN takes numbers of the right form only: a ";" in a requisite shifts
// those behind it, and a КПП in the place of a ИНН is no evidence.
func (k *Keys) setINN(inn, kpp string) {
	if isDigits(inn) && !allZeros(inn) && (len(inn) == 10 || len(inn) == 12) {
		k.INN, k.INNValid = inn, ValidINN(inn)
	}
	if kppForm(kpp) && !allZeros(kpp) {
		k.KPP = kpp
	}
}

const leastPhone = 7

func phoneKeys(canons ...string) []string {
	var out []string
	for _, canon := range canons {
		if canon == "" {
			continue
		}
		for _, p := range strings.Split(canon, ",") {
			digits, _, _ := strings.Cut(p, "#")
			if isDigits(digits) && len(digits) >= leastPhone {
				out = append(out, digits)
			}
		}
	}
	return distinct(out)
}

func mailKeys(canon string) []string {
	var out []string
	if canon == "" {
		return nil
	}
	for _, a := range strings.Split(canon, ",") {
		if strings.Contains(a, "@") {
			out = append(out, a)
		}
	}
	return distinct(out)
}

// TitleKey gives titles that the CRM's duplicate check takes for one the same
// text: its rewriting, case, ё and accents aside.
func TitleKey(title string) string { return foldCollation(canonOfTitle(title)) }

// foldCollation gives two texts the same form exactly when the CRM's collation
// takes them for one: case, ё and е, accents, and trailing blanks aside.
func foldCollation(text string) string {
	text = strings.TrimRight(text, " ")
	plain := true
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFC.String(text) {
		r = unicode.ToLower(r)
		if r >= utf8.RuneSelf && r != 'й' {
			// a letter with an accent counts as the letter
			if base := norm.NFD.String(string(r)); len(base) > 0 {
				r, _ = utf8.DecodeRuneInString(base)
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}
