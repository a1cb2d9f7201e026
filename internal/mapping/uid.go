package mapping

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxUID    = 30 // the CRM cuts longer ones in silence
	maxPrefix = 4
)

// KeyError says why a key makes no uid. The key itself is not in its text.
type KeyError struct {
	Code Code
	Text string
}

func (e *KeyError) Error() string { return e.Text }

var uidAlphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// EncodeUID turns a source key into the uid that the CRM stores: at most 30
// characters, none that the CRM's queries or its collation stumble over. The
// error is a *KeyError.
func EncodeUID(key string, spec IdentitySpec) (string, error) {
	key = trimBlank(key)
	if isNullWord(key) || isMissingObject(key) {
		return "", &KeyError{CodeKeyEmpty, "the key is empty"}
	}
	if key == "0" {
		return "", &KeyError{CodeKeyEmpty, "the key is 0"}
	}
	switch spec.Encode {
	case EncodeGUID:
		return encodeGUID(key, spec)
	case EncodeHash:
		sum := sha256.Sum256([]byte(norm.NFC.String(key)))
		return prefixed(spec.Prefix, sum[:16]), nil
	}
	if code := rawForm(key); code != "" {
		return "", &KeyError{code, "the key holds a quote, a backslash, a control character or one the CRM cannot store"}
	}
	if n := utf8.RuneCountInString(spec.Prefix) + utf8.RuneCountInString(key); n > maxUID {
		return "", &KeyError{CodeKeyLong, fmt.Sprintf("the key makes a uid of %d characters; the CRM keeps %d: use encode: hash", n, maxUID)}
	}
	if spec.Prefix == "" {
		return key, nil
	}
	return spec.Prefix + key, nil
}

func encodeGUID(key string, spec IdentitySpec) (string, error) {
	var g [16]byte
	if code := parseGUID(key, spec.Hex, &g); code != "" {
		text := "the key is no GUID"
		if len(key) == 32 && spec.Hex == "" && isHex(key) {
			text = "the key is a GUID without dashes; say its byte order with hex: db or hex: canonical"
		}
		return "", &KeyError{code, text}
	}
	if g == [16]byte{} {
		return "", &KeyError{CodeKeyEmpty, "the key is an empty reference"}
	}
	return prefixed(spec.Prefix, g[:]), nil
}

func prefixed(prefix string, sum []byte) string {
	var out [maxPrefix*utf8.UTFMax + 26]byte
	n := copy(out[:], prefix)
	uidAlphabet.Encode(out[n:n+26], sum)
	return string(out[:n+26])
}

// rawForm holds a raw key to what the CRM can store, find and compare.
func rawForm(key string) Code {
	for _, r := range key {
		switch {
		case r == '\'' || r == '"' || r == '\\' || r == '`' || r == '<' || r == '>' || r == utf8.RuneError,
			unicode.IsControl(r), isInvisible(r), r > 0xFFFF:
			return CodeKeyCharacter
		}
	}
	return ""
}

// parseGUID reads a GUID in 36-character form (with or without braces), as the
// ref= of an e1cib link, or as bare hex in the order given.
func parseGUID(s string, order HexOrder, out *[16]byte) Code {
	if strings.HasPrefix(s, "e1cib") {
		_, ref, ok := strings.Cut(s, "ref=")
		if !ok {
			return CodeKeyForm
		}
		s, order = ref, HexDB
	}
	if len(s) == 38 && s[0] == '{' && s[37] == '}' {
		s = s[1:37]
	}
	var digits [32]byte
	switch {
	case len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-':
		n := copy(digits[:], s[:8])
		n += copy(digits[n:], s[9:13])
		n += copy(digits[n:], s[14:18])
		n += copy(digits[n:], s[19:23])
		copy(digits[n:], s[24:])
		order = HexCanonical
	case len(s) == 32 && order != "":
		copy(digits[:], s)
	case len(s) == 34 && order != "" && (s[:2] == "0x" || s[:2] == "0X"):
		copy(digits[:], s[2:])
	default:
		return CodeKeyForm
	}
	if _, err := hex.Decode(out[:], digits[:]); err != nil {
		return CodeKeyForm
	}
	if order == HexDB {
		*out = fromDB(*out)
	}
	return ""
}

// fromDB turns the byte order of 1C's database into the canonical one.
func fromDB(d [16]byte) [16]byte {
	return [16]byte{d[12], d[13], d[14], d[15], d[10], d[11], d[8], d[9], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]}
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// formatGUID is the 36-character form in lower case.
func formatGUID(g [16]byte) string {
	h := hex.EncodeToString(g[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
