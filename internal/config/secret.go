package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

// packageCredentials is where the packages put secrets when systemd hands none
// over.
const packageCredentials = "/etc/syncd/credentials"

// maxSecret bounds a secret's file: it is a key or a DSN, not a document.
const maxSecret = 64 << 10

// Secret is a value that must not be shown: however it is printed or encoded,
// it reads ***. The zero value is an empty secret. The value sits in a closure,
// so that a printer that reflects over private fields sees an address.
type Secret struct{ reveal func() string }

// NewSecret hides a value.
func NewSecret(value string) Secret { return Secret{reveal: func() string { return value }} }

// Reveal is the value itself, for the place that sends it.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// String hides the value.
func (s Secret) String() string { return masked }

// Format hides the value from every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, masked) }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

const masked = "***"

// SecretRef says where a secret is: exactly one of the three is set, or none
// when the key is not in the configuration.
type SecretRef struct {
	Credential string // a name in $CREDENTIALS_DIRECTORY, else in the package's credentials folder
	Env        string // an environment variable
	File       Path

	path string
}

// IsZero reports whether the configuration names no secret.
func (r SecretRef) IsZero() bool { return r.Credential == "" && r.Env == "" && r.File == "" }

// String names the reference, never the value.
func (r SecretRef) String() string {
	switch {
	case r.Credential != "":
		return "{credential: " + r.Credential + "}"
	case r.Env != "":
		return "{env: " + r.Env + "}"
	case r.File != "":
		return "{file: " + string(r.File) + "}"
	}
	return "{}"
}

type secretBlock struct {
	Credential string `yaml:"credential"`
	Env        string `yaml:"env"`
	File       Path   `yaml:"file"`
}

func (r *SecretRef) decode(d *decoder, n *yaml.Node, path string) {
	if n.Kind == yaml.ScalarNode {
		d.fail(n, path, message.ConfigLiteralSecret)
		return
	}
	var b secretBlock
	before := len(d.errs)
	d.into(n, path, &b)
	*r = SecretRef{Credential: b.Credential, Env: b.Env, File: b.File, path: path}
	if len(d.errs) > before {
		return
	}
	set := 0
	for _, text := range []string{b.Credential, b.Env, string(b.File)} {
		if text != "" {
			set++
		}
	}
	if set != 1 {
		d.fail(n, path, message.ConfigOneOf, message.S("keys", "credential, env, file"))
		return
	}
	// A name with a separator would leave the credentials folder.
	if b.Credential != "" && (b.Credential != filepath.Base(b.Credential) || strings.HasPrefix(b.Credential, ".")) {
		d.bad(n, path, b.Credential, "crm_apikey")
	}
}

// Path is the YAML path of the reference, such as crm.main.apikey.
func (r SecretRef) Path() string { return r.path }

// Secret reads a secret. A byte order mark and one line end are cut off. Errors
// are *Error with the place of the reference; they never hold the value.
func (c *Config) Secret(ref SecretRef) (Secret, error) {
	secret, _, err := c.FindSecret(ref)
	return secret, err
}

// FindSecret is Secret, and tells where it was found: a file, or a variable as
// $NAME.
func (c *Config) FindSecret(ref SecretRef) (secret Secret, place string, err error) {
	if ref.Env != "" {
		value := trimSecret(c.getenv(ref.Env))
		if value == "" {
			return Secret{}, "", c.secretError(ref, message.ConfigSecretEmpty, nil)
		}
		return NewSecret(value), "$" + ref.Env, nil
	}
	places := c.secretFiles(ref)
	var cause error
	for _, file := range places {
		value, err := readSecret(file)
		switch {
		case err == nil && value == "":
			return Secret{}, "", c.secretError(ref, message.ConfigSecretEmpty, nil)
		case err == nil:
			return NewSecret(value), file, nil
		}
		cause = err
		if !errors.Is(err, os.ErrNotExist) {
			break // it is there, and cannot be read: another place would hide that
		}
	}
	return Secret{}, "", c.secretError(ref, message.ConfigSecretMissing, cause,
		message.S("places", strings.Join(places, ", ")), message.S("cause", causeText(cause)))
}

// OpenSecrets warns of each secret's file that every user of the machine can
// read.
func (c *Config) OpenSecrets() []*Error {
	var open []*Error
	for _, ref := range c.SecretRefs() {
		for _, file := range c.secretFiles(ref) {
			info, err := os.Stat(file)
			if err == nil && info.Mode().Perm()&0o004 != 0 {
				open = append(open, c.secretError(ref, message.ConfigOpenSecret, nil, message.S("file", file)))
			}
		}
	}
	return open
}

// SecretRefs lists every secret that the configuration names: of the CRMs, the
// sources, the jobs and the channels of notify.
func (c *Config) SecretRefs() []SecretRef {
	var refs []SecretRef
	for _, name := range sortedKeys(c.CRM) {
		refs = append(refs, c.CRM[name].APIKey)
	}
	for _, name := range sortedKeys(c.Sources) {
		if s := c.Sources[name].SQL; s != nil {
			refs = append(refs, s.DSN)
		}
	}
	for _, name := range sortedKeys(c.Jobs) {
		if w := c.Jobs[name].WriteBack; w != nil && w.SQL != nil {
			refs = append(refs, w.SQL.DSN)
		}
	}
	return append(refs, c.Notify.secretRefs()...)
}

// secretFiles lists where the file of a reference may be; nil for a variable.
func (c *Config) secretFiles(ref SecretRef) []string {
	if ref.File != "" {
		return []string{string(ref.File)}
	}
	if ref.Credential == "" {
		return nil
	}
	var places []string
	if dir := c.getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		places = append(places, filepath.Join(dir, ref.Credential))
	}
	return append(places, filepath.Join(packageCredentials, ref.Credential))
}

func (c *Config) secretError(ref SecretRef, code message.Code, cause error, args ...message.Arg) *Error {
	e := c.ErrorAt(ref.path, code, append(args, message.S("ref", ref.String()))...)
	e.Err = cause
	return e
}

// readSecret must not put a part of the file into its error.
func readSecret(file string) (string, error) {
	text, err := readLimited(file, maxSecret)
	if err != nil {
		return "", err
	}
	return trimSecret(string(text)), nil
}

func trimSecret(text string) string {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.TrimSuffix(text, "\n")
	return strings.TrimSuffix(text, "\r")
}

func causeText(err error) string {
	if err == nil {
		return ""
	}
	var pathError *os.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
