package config

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

// Notify says who is told of a change of state, and how. At least one of Mail,
// Webhook and Telegram is set.
type Notify struct {
	On       []Occasion `yaml:"on"`
	Mail     *Mail      `yaml:"mail"`
	Webhook  *Webhook   `yaml:"webhook"`
	Telegram *Telegram  `yaml:"telegram"`
	Digest   Cron       `yaml:"digest"` // when a summary is sent; empty: never
}

// Mail is a mail server and its recipients.
type Mail struct {
	SMTP     string    `yaml:"smtp,required"` // host:port
	From     string    `yaml:"from,required"`
	To       []string  `yaml:"to,required"`
	User     string    `yaml:"user"`
	Password SecretRef `yaml:"password"`
}

// Webhook is an address that takes JSON.
type Webhook struct {
	URL     SecretURL             `yaml:"url,required"`
	Headers map[string]SecretText `yaml:"headers"`
}

// Telegram is a bot and the chat that it writes to.
type Telegram struct {
	Token SecretRef `yaml:"token,required"`
	Chat  string    `yaml:"chat,required"` // a number, or @name of a channel
	URL   ServerURL `yaml:"url"`           // the server of the bots' API, without a slash at its end
}

func (n *Notify) setDefaults() {
	n.On = []Occasion{"halt", "hold", "fail", "late", "recovered"}
}

func (t *Telegram) setDefaults() { t.URL = "https://api.telegram.org" }

func (n *Notify) check(d *decoder, node *yaml.Node, path string) {
	if n.Mail == nil && n.Webhook == nil && n.Telegram == nil {
		d.fail(node, path, message.ConfigNoChannel)
	}
}

func (m *Mail) check(d *decoder, _ *yaml.Node, path string) {
	if _, _, err := net.SplitHostPort(m.SMTP); m.SMTP != "" && err != nil {
		d.badAt(path+".smtp", m.SMTP, "smtp.example.ru:587")
	}
	if m.User != "" && m.Password.IsZero() {
		d.failAt(path+".user", message.ConfigNeedsKey, message.S("key", "user"), message.S("other", "password"))
	}
	if len(m.To) == 0 && d.places[path+".to"] != (Position{}) {
		d.badAt(path+".to", "[]", "[admin@example.ru]")
	}
}

var (
	headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	chatName   = regexp.MustCompile(`^(-?[0-9]+|@[A-Za-z][A-Za-z0-9_]{3,})$`)
)

func (w *Webhook) check(d *decoder, _ *yaml.Node, path string) {
	for _, name := range sortedKeys(w.Headers) {
		at, value := path+".headers."+name, w.Headers[name]
		if !headerName.MatchString(name) {
			d.badAt(at, name, "X-Token: {credential: webhook_token}")
			continue
		}
		if text := value.Plain.Reveal(); strings.ContainsAny(text, "\r\n\x00") {
			d.wrongKindAt(at, `"…"`) // the text may be a secret
		} else if text != "" && (secretName.MatchString(name) || looksRandom(text)) {
			d.warnAt(at, message.ConfigPlainSecret)
		}
	}
}

func (t *Telegram) check(d *decoder, _ *yaml.Node, path string) {
	if t.Chat != "" && !chatName.MatchString(t.Chat) {
		d.badAt(path+".chat", t.Chat, `"-1001234567890" | "@channel"`)
	}
}

func (d *decoder) wrongKindAt(path, want string) {
	d.failAt(path, message.ConfigWrongKind, message.S("want", want))
}

// secretRefs lists the secrets of all channels; a nil Notify has none.
func (n *Notify) secretRefs() []SecretRef {
	if n == nil {
		return nil
	}
	var refs []SecretRef
	if n.Mail != nil && !n.Mail.Password.IsZero() {
		refs = append(refs, n.Mail.Password)
	}
	if n.Webhook != nil {
		texts := []SecretText{SecretText(n.Webhook.URL)}
		for _, name := range sortedKeys(n.Webhook.Headers) {
			texts = append(texts, n.Webhook.Headers[name])
		}
		for _, text := range texts {
			if !text.Ref.IsZero() {
				refs = append(refs, text.Ref)
			}
		}
	}
	if n.Telegram != nil {
		refs = append(refs, n.Telegram.Token)
	}
	return refs
}

// SecretText is a text that may be a secret: by reference, or as it stands. At
// most one of the two is set. (*Config).Text reads it.
type SecretText struct {
	Ref   SecretRef
	Plain Secret // hidden all the same: nobody knows what stands in it
}

func (v *SecretText) decode(d *decoder, n *yaml.Node, path string) {
	if n.Kind != yaml.ScalarNode {
		v.Ref.decode(d, n, path)
		return
	}
	text, ok := d.scalar(n, path, `"…" | {credential: NAME}`)
	if !ok || text == "" {
		d.wrongKind(n, path, `"…" | {credential: NAME}`)
		return
	}
	v.Plain = NewSecret(text)
}

// SecretURL is a SecretText that is an address.
type SecretURL SecretText

const exampleHook = "https://hooks.example.ru/syncd"

func (v *SecretURL) decode(d *decoder, n *yaml.Node, path string) {
	(*SecretText)(v).decode(d, n, path)
	text := v.Plain.Reveal()
	if text == "" {
		return
	}
	u := parseHTTP(text)
	if u == nil {
		d.fail(n, path, message.ConfigBadURL, message.S("example", exampleHook))
		return
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		d.warn(n, path, message.ConfigPlainNotice)
	}
	if holdsSecret(u) {
		d.warn(n, path, message.ConfigPlainSecret)
	}
}

// ServerURL is the address of a server, http or https, without a password and
// without a slash at its end.
type ServerURL string

func (v *ServerURL) decode(d *decoder, n *yaml.Node, path string) {
	const example = "https://api.telegram.org"
	text, ok := d.scalar(n, path, example)
	if !ok {
		return
	}
	u := parseHTTP(text)
	if u == nil || u.User != nil || u.RawQuery != "" {
		d.fail(n, path, message.ConfigBadURL, message.S("example", example))
		return
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		d.warn(n, path, message.ConfigPlainNotice)
	}
	*v = ServerURL(strings.TrimRight(text, "/"))
}

// IsURL reports whether a text is an address that a notice can be sent to: http
// or https, with a host.
func IsURL(text string) bool { return parseHTTP(text) != nil }

// parseHTTP is nil for anything that cannot be called.
func parseHTTP(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil
	}
	return u
}

// secretName knows names under which secrets are handed over.
var secretName = regexp.MustCompile(`(?i)(^|[^a-z])(token|key|apikey|secret|sig|signature|pass|password|auth|authorization|cookie|code)([^a-z]|$)`)

// holdsSecret guesses whether who knows the address may do what its owner may.
func holdsSecret(u *url.URL) bool {
	if u.User != nil {
		return true
	}
	for name := range u.Query() {
		if secretName.MatchString(name) || looksRandom(u.Query().Get(name)) {
			return true
		}
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if looksRandom(segment) {
			return true
		}
	}
	return false
}

// looksRandom tells what a machine made up from what people call things.
func looksRandom(text string) bool {
	const shortest, fewest = 20, 3
	letters, digits := 0, 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z'):
			letters++
		case r == ' ':
			return false
		}
	}
	return len(text) >= shortest && letters >= fewest && digits >= fewest
}

// Text reads a text that may be a secret; the errors are those of Secret. The
// zero SecretText is an empty text.
func (c *Config) Text(v SecretText) (Secret, error) {
	if v.Ref.IsZero() {
		return v.Plain, nil
	}
	return c.Secret(v.Ref)
}
