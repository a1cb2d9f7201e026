package notify

import (
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

const masked = "***"

// said bounds how much of a server's words goes into an error.
const said = 300

// redactor cuts secrets and strangers' addresses out of what others say.
type redactor struct {
	secrets   []string // none is empty
	addresses []string // those that may be named
}

func newRedactor(secrets, addresses []string) redactor {
	r := redactor{addresses: addresses}
	for _, s := range secrets {
		for _, form := range []string{s, url.PathEscape(s), url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s))} {
			if s != "" && !slices.Contains(r.secrets, form) {
				r.secrets = append(r.secrets, form)
			}
		}
	}
	// A secret may hold another: the longest goes first.
	slices.SortFunc(r.secrets, func(a, b string) int { return len(b) - len(a) })
	return r
}

var mailAddress = regexp.MustCompile(`[^\s<>"'(),;:\[\]]+@[^\s<>"'(),;:\[\]]+`)

func (r redactor) text(s string) string {
	for _, secret := range r.secrets {
		s = strings.ReplaceAll(s, secret, masked)
	}
	s = mailAddress.ReplaceAllStringFunc(s, func(found string) string {
		bare := strings.TrimRight(found, ".!?")
		if slices.ContainsFunc(r.addresses, func(a string) bool { return strings.EqualFold(a, bare) }) {
			return found
		}
		return masked
	})
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c < ' ' || c == ' ' || c == 0x7f }), " ")
	return cutTo(s, said)
}

// redactedError says what an error said, without what must not be shown. The
// error itself is not kept: whoever prints the chain would print the secret.
type redactedError struct {
	text    string
	timeout bool
}

func (e *redactedError) Error() string { return e.text }

// Timeout reports whether the server was too slow, or the network.
func (e *redactedError) Timeout() bool { return e.timeout }

func (r redactor) err(err error) error {
	var of *url.Error
	for errors.As(err, &of) { // its text begins with the URL, which may be the secret
		err = of.Err
	}
	var slow net.Error
	return &redactedError{text: r.text(err.Error()), timeout: errors.As(err, &slow) && slow.Timeout()}
}
