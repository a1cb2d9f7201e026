package crmapi

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const maxText = 500

var reTag = regexp.MustCompile(`<[^<>]*>`)

// redact makes words of the server fit to keep: the key masked, tags and control
// characters out, blanks folded, at most maxText runes.
func (c *Client) redact(s string) string {
	if len(s) > 16*maxText {
		s = s[:16*maxText]
	}
	s = stripTags(s)
	if key := c.key.Reveal(); key != "" {
		for _, form := range [...]string{key, url.QueryEscape(key), strings.ReplaceAll(key, "/", `\/`)} {
			s = strings.ReplaceAll(s, form, masked)
		}
		// A key that the cut above halved must not show its first part.
		for n := len(key) - 1; n >= 4; n-- {
			if strings.HasSuffix(s, key[:n]) {
				s = s[:len(s)-n] + masked
				break
			}
		}
	}
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText]) + "…"
	}
	return s
}

// stripTags takes the tags and control characters out of s, invalid bytes too.
func stripTags(s string) string {
	s = strings.ToValidUTF8(reTag.ReplaceAllString(s, " "), "\ufffd")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
