package crmapi

import (
	"fmt"
	"io"
)

const masked = "***"

// Secret holds a value that must not be seen: every way to print, log or encode
// it gives "***". The zero value holds "".
//
// The value sits in a closure, so a reflecting printer that reaches it through
// an unexported field, where methods are not called, sees an address.
type Secret struct {
	reveal func() string
}

// NewSecret hides s.
func NewSecret(s string) Secret { return Secret{reveal: func() string { return s }} }

// Reveal returns the hidden value. It is for the request's header alone.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Empty reports whether there is nothing to hide.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// String returns "***".
func (s Secret) String() string { return masked }

// GoString returns "***", for %#v.
func (s Secret) GoString() string { return masked }

// Format writes "***" whatever the verb and the flags.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalText returns "***", for the encoders of YAML and XML and for map keys.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// MarshalJSON returns "***" quoted; zap's reflecting encoder goes through it.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + masked + `"`), nil }
