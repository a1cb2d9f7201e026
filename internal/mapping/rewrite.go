package mapping

import "strings"

// What the CRM does to a text on writing it, step by step as its source does.
// Canonical forms are built on these, so that no rewriting is seen as an edit.

const phpBlank = " \t\n\r\x00\x0B"

// stripTags is PHP's strip_tags: "<" before a blank is a character, before
// anything else a tag that runs to its ">" or to the end.
func stripTags(s string) string {
	if !strings.Contains(s, "<") && !strings.Contains(s, "\x00") {
		return s
	}
	out := make([]byte, 0, len(s))
	depth, inTag, quote := 0, false, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == 0:
		case c == '<' && quote == 0:
			blank := i+1 < len(s) && strings.IndexByte(" \t\n\r\v\f", s[i+1]) >= 0
			switch {
			case blank && !inTag:
				out = append(out, c)
			case blank:
			case inTag:
				depth++
			default:
				inTag = true
			}
		case c == '>' && inTag && quote == 0:
			if depth > 0 {
				depth--
			} else {
				inTag = false
			}
		case inTag && (c == '"' || c == '\''):
			switch quote {
			case 0:
				quote = c
			case c:
				quote = 0
			}
		case !inTag:
			out = append(out, c)
		}
	}
	return string(out)
}

func replaceEach(s string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

// serverUntag is what titles and dictionary titles go through.
func serverUntag(s string) string {
	s = strings.Trim(stripTags(s), phpBlank)
	return replaceEach(s, `\r\n`, "\r\n", `"`, "", `\`, "", "'", "", "&laquo;", "", "&raquo;", "", "`", "", "«", "", "»", "", "<", "", ">", "")
}

var legalForms = [...]string{"ООО", "ЗАО", "ОАО"}

// serverTitle is the CRM's clientFormatTitle: quotes go, a legal form moves
// from the front to the end, and each of its other occurrences goes, too.
func serverTitle(s string) string {
	s = serverUntag(s)
	for _, f := range legalForms {
		if strings.HasPrefix(s, f) {
			return strings.Trim(strings.ReplaceAll(s, f, "")+", "+f, phpBlank)
		}
	}
	return s
}

// serverText is what other text fields go through.
func serverText(s string) string {
	s = strings.Trim(stripTags(s), phpBlank)
	return replaceEach(s, "<", "[", ">", "]", `"`, "”", "&laquo;", "", "&raquo;", "", "«", "”", "»", "”")
}

// serverRecvUpdate is what requisites go through on an update.
func serverRecvUpdate(s string) string {
	return replaceEach(strings.Trim(stripTags(s), phpBlank), "<", "", ">", "")
}
