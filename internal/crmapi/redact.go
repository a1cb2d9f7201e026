package crmapi

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const maxText = 500

var (
	reTag = regexp.MustCompile(`<[^<>]*>`)
	// reKeyParam finds the key where a server quotes the request of API v1 or an
	// array of its parameters, whatever it made of the value.
	reKeyParam = regexp.MustCompile(`(?i)(apikey(?:"|&quot;|\])?(?:\s*=>\s*|\s*[=:]\s*|%3D)(?:"|&quot;)?)[^\s&"]+`)
)

// keyForms finds the ways in which a server may show the key that it was sent.
func keyForms(key string) *regexp.Regexp {
	query := url.QueryEscape(key)
	scalar := escapeScalar(key)
	forms := []string{url.QueryEscape(scalar), scalar, url.QueryEscape(query), query, url.PathEscape(key), html.EscapeString(key), strings.ReplaceAll(key, "/", `\/`), key}
	for i, form := range forms {
		forms[i] = regexp.QuoteMeta(form)
	}
	return regexp.MustCompile("(?i)" + strings.Join(forms, "|"))
}

// redact makes words of the server fit to keep: the key masked, tags and control
// characters out, blanks folded, at most maxText runes.
func (c *Client) redact(s string) string {
	if len(s) > 16*maxText {
		s = s[:16*maxText]
	}
	s = stripTags(s)
	if key := c.key.Reveal(); key != "" {
		s = keyForms(key).ReplaceAllString(s, masked)
		// A key that the cut above halved must not show its first part.
		for n := len(key) - 1; n >= 4; n-- {
			if strings.HasSuffix(s, key[:n]) {
				s = s[:len(s)-n] + masked
				break
			}
		}
	}
	s = reKeyParam.ReplaceAllString(s, "${1}"+masked)
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
