package mapping

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"golang.org/x/text/unicode/norm"
)

// canonIn chooses the comparison form of a field that clients do not have;
// canonText leaves it to the field's type.
func canonIn(f *fieldSpec) canonKind {
	switch {
	case f.role == roleReference:
		if f.ref.by == RefNumber {
			return canonNumbering
		}
		return canonRef
	case f.role == roleLines:
		return canonLines
	case f.name == "mcid" || f.name == "rs":
		return canonRef // the id of a company, of an account
	case f.entity == EntityInvoice && f.name == "invoice":
		return canonNumbering
	case f.name == "tip", isGuide(f.entity, f.name):
		return canonDictionary
	case f.name == "title" || f.name == "lines.title":
		return canonName
	case f.typ == TypeDecimal && !isInput(f.name):
		return canonMoney
	}
	return canonText
}

func canonOfDeal(kind canonKind, text string) string {
	switch kind {
	case canonName:
		return settle(text, foldName)
	case canonMoney:
		text = canonOfText(text)
		if _, canon, code := parseNumber(text); code == "" {
			return roundMoney(canon)
		}
		return text
	case canonNumbering:
		return FoldNumber(text)
	case canonLines:
		return canonOfLines(text)
	case canonRef:
		text = trimBlank(text)
		if _, canon, code := parseNumber(text); code == "" && canon == "0" {
			return ""
		}
	}
	return text
}

// foldName is foldTitle without legal forms, which the CRM moves in the titles of
// clients only.
func foldName(s string) string { return tidy(quotes(serverUntag(s), ' ', ' '), false) }

// FoldNumber is the form in which numbers of invoices are compared: blanks and
// letter case do not count. "" for a number without content.
func FoldNumber(number string) string {
	return settle(number, func(s string) string {
		return foldCase(strings.ReplaceAll(tidy(norm.NFC.String(serverUntag(s)), false), " ", ""))
	})
}

// roundMoney rounds a number in canonical form to the two decimals that the CRM
// keeps of sums, prices and quantities.
func roundMoney(canon string) string {
	if _, fraction, _ := strings.Cut(canon, "."); len(fraction) <= 2 {
		return canon
	}
	d, err := decimal.NewFromString(canon)
	if err != nil {
		return canon
	}
	return d.Round(2).String()
}

// canonOfLines compares specifications as a whole: their order does not count.
func canonOfLines(text string) string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		parts := strings.Split(line, lineMark)
		blank := true
		for i, part := range parts {
			part = settle(part, foldDictionary)
			if _, canon, code := parseNumber(part); part != "" && code == "" {
				if part = roundMoney(canon); part == "0" {
					part = "" // what was not sent is 0 afterwards
				}
			}
			parts[i], blank = part, blank && part == ""
		}
		if !blank {
			lines = append(lines, strings.Join(parts, lineMark))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
