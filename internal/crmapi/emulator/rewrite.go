package emulator

import (
	"strings"
	"unicode/utf8"
)

// What the server does to values before it stores them.

// formatTitle rewrites a title: tags and quotes go, and a leading three-letter
// legal form moves to the end. Every occurrence of those letters goes with it,
// and the two letters of "ИП" are found only when nothing follows them.
func formatTitle(s string) string {
	s = untag(s)
	first := s
	for i, n := 0, 0; i < len(s); n++ {
		if n == 3 {
			first = s[:i]
			break
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	switch first {
	case "ООО", "ЗАО", "ОАО", "ИП":
		return phpTrim(strings.ReplaceAll(s, first, "") + ", " + first)
	default:
		return s
	}
}

// untag drops tags, quotes of every kind, backslashes and angle brackets.
func untag(s string) string {
	s = phpTrim(stripTags(s))
	s = strings.ReplaceAll(s, `\r\n`, "\r\n")
	for _, cut := range []string{`"`, `\`, `'`, "&laquo;", "&raquo;", "`", "«", "»", "<", ">"} {
		s = strings.ReplaceAll(s, cut, "")
	}
	return s
}

// The replacements of the server's functions; a Replacer does not change.
var (
	fieldReplacer    = strings.NewReplacer("<", "[", ">", "]", `"`, "”", "&laquo;", "", "&raquo;", "", "«", "”", "»", "”")
	bracketReplacer  = strings.NewReplacer("<", "", ">", "")
	formReplacer     = strings.NewReplacer(`"`, "”", `\n\r`, "", "'", "&acute;")
	barePhoneRemover = strings.NewReplacer("+", "", "(", "", ")", "", " ", "", "-", "")
)

// cleanField is what text fields go through on add and update.
func cleanField(s string) string {
	s = phpTrim(stripTags(s))
	return fieldReplacer.Replace(s)
}

// cleanRequisiteOnAdd has the server's slip in it: the list of replacements is
// one short, so a tab becomes "&acute;" and an apostrophe nothing.
func cleanRequisiteOnAdd(s string) string {
	s = phpTrim(s)
	s = strings.ReplaceAll(s, `"`, "”")
	s = strings.ReplaceAll(s, "\n", "")
	s = strings.ReplaceAll(s, "\r", "")
	s = strings.ReplaceAll(s, "\t", "&acute;")
	return strings.ReplaceAll(s, "'", "")
}

// clean is what requisites go through on update, and mail_url in the search for
// duplicates.
func clean(s string) string {
	s = phpTrim(stripTags(s))
	return bracketReplacer.Replace(s)
}

// cleanForm is what a scalar parameter goes through outside JSON mode, and a
// search word always.
func cleanForm(s string) string {
	s = phpTrim(s)
	return formReplacer.Replace(s)
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// stripTags follows PHP's strip_tags: "<" before white space is text, an
// unclosed tag swallows the rest, and quotes inside a tag hide its end.
func stripTags(s string) string {
	if strings.IndexByte(s, '<') < 0 && strings.IndexByte(s, '>') < 0 && strings.IndexByte(s, 0) < 0 {
		return s
	}
	var t tagStripper
	t.out.Grow(len(s))
	for i := range len(s) {
		t.step(s, i)
	}
	return t.out.String()
}

type tagState int

const (
	outside tagState = iota
	inTag
	inInstruction // <? … ?>
	inDeclaration // <! … >
	inComment     // <!-- … -->
)

type tagStripper struct {
	out   strings.Builder
	state tagState
	depth int
	quote byte
	last  byte
}

func (t *tagStripper) step(s string, i int) {
	switch t.state {
	case outside:
		t.stepOutside(s, i)
	case inTag:
		t.stepTag(s, i)
	case inInstruction:
		if s[i] == '>' && i > 0 && s[i-1] == '?' {
			t.state, t.quote = outside, 0
		}
	case inDeclaration:
		t.stepDeclaration(s, i)
	case inComment:
		if s[i] == '>' && i >= 2 && s[i-1] == '-' && s[i-2] == '-' {
			t.state, t.quote = outside, 0
		}
	}
}

func (t *tagStripper) stepOutside(s string, i int) {
	switch c := s[i]; c {
	case 0:
	case '<':
		if i+1 < len(s) && isSpace(s[i+1]) {
			t.out.WriteByte(c)
			return
		}
		t.state, t.last = inTag, '<'
	case '>':
		if t.depth > 0 {
			t.depth--
			return
		}
		t.out.WriteByte(c)
	default:
		t.out.WriteByte(c)
	}
}

func (t *tagStripper) stepTag(s string, i int) {
	switch c := s[i]; c {
	case '<':
		if t.quote == 0 && (i+1 >= len(s) || !isSpace(s[i+1])) {
			t.depth++
		}
	case '>':
		if t.depth > 0 {
			t.depth--
			return
		}
		if t.quote == 0 {
			t.state, t.last = outside, '>'
		}
	case '"', '\'':
		t.toggleQuote(c)
	case '!':
		if t.last == '<' && s[i-1] == '<' {
			t.state, t.last = inDeclaration, c
		}
	case '?':
		if t.last == '<' && s[i-1] == '<' {
			t.state = inInstruction
		}
	}
}

func (t *tagStripper) stepDeclaration(s string, i int) {
	switch c := s[i]; c {
	case '>':
		if t.depth > 0 {
			t.depth--
			return
		}
		if t.quote == 0 {
			t.state = outside
		}
	case '"', '\'':
		t.toggleQuote(c)
	case '-':
		if i >= 2 && s[i-1] == '-' && s[i-2] == '!' {
			t.state = inComment
		}
	}
}

func (t *tagStripper) toggleQuote(c byte) {
	switch t.quote {
	case 0:
		t.quote = c
	case c:
		t.quote = 0
	}
}

func isSpace(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r'
}
