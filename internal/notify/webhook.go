package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// httpPatience bounds one delivery over HTTP.
const httpPatience = 30 * time.Second

// Webhook posts each message as JSON, an Event.
type Webhook struct {
	url     string
	headers map[string]string
	client  *http.Client
	clean   redactor
}

// WebhookConfig says where messages are posted. The URL and the headers' values
// may be secrets.
type WebhookConfig struct {
	URL     string
	Headers map[string]string
	Client  *http.Client // its CheckRedirect and Timeout are not used; nil: the standard transport
}

// NewWebhook makes a webhook; the error names what is wrong with the URL, not the URL.
func NewWebhook(c WebhookConfig) (*Webhook, error) {
	if err := checkURL(c.URL); err != nil {
		return nil, err
	}
	secrets := secretsOfURL(c.URL)
	for _, value := range c.Headers {
		secrets = append(secrets, value)
		if _, bare, ok := strings.Cut(value, " "); ok { // "Bearer …"
			secrets = append(secrets, bare)
		}
	}
	return &Webhook{url: c.URL, headers: c.Headers, client: still(c.Client), clean: newRedactor(secrets, nil)}, nil
}

// Name is webhook.
func (w *Webhook) Name() string { return "webhook" }

// Send posts the message's event. Any 2xx is a success; redirects are not followed,
// for the headers would go along.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	body, err := json.Marshal(m.Event)
	if err != nil {
		return fmt.Errorf("write the event: %w", err)
	}
	a, err := post(ctx, w.client, w.url, w.headers, body)
	if err != nil {
		return w.clean.err(err)
	}
	if a.status/100 == 2 {
		return nil
	}
	return w.clean.refusal(a, string(a.body))
}

// answer is what a server said.
type answer struct {
	status int
	after  string // Retry-After
	body   []byte // its beginning
}

func post(ctx context.Context, client *http.Client, to string, headers map[string]string, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, httpPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "syncd")
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil && resp.StatusCode/100 != 2 { // an answer that broke off after its 2xx is one
		return answer{}, err
	}
	return answer{resp.StatusCode, resp.Header.Get("Retry-After"), text}, nil
}

// refusal words an answer that is no success. words is what the server says, "" for nothing.
func (r redactor) refusal(a answer, words string) error {
	text := fmt.Sprintf("the server answered %d %s", a.status, http.StatusText(a.status))
	if words = r.text(words); words != "" && !strings.HasPrefix(words, "<") { // not a page
		text += ": " + words
	}
	err := error(&redactedError{text: strings.TrimSpace(text)})
	if seconds, e := strconv.Atoi(a.after); e == nil && seconds > 0 && (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable) {
		return &LaterError{After: time.Duration(seconds) * time.Second, Err: err}
	}
	return err
}

// still is a client that never follows a redirect.
func still(c *http.Client) *http.Client {
	out := http.Client{}
	if c != nil {
		out = *c
	}
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &out
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("the address is not a URL of the form https://host/path") //nolint:err113 // it must not hold the URL
	}
	return nil
}

// secretsOfURL are the parts of a URL that may be its secret: all but the host.
func secretsOfURL(text string) []string {
	u, err := url.Parse(text)
	if err != nil {
		return []string{text}
	}
	secrets := []string{text}
	if password, set := u.User.Password(); set {
		secrets = append(secrets, password)
	}
	if len(u.RequestURI()) > 1 {
		secrets = append(secrets, u.RequestURI())
	}
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if len(part) > 5 { // short words are no secrets, and would tear holes into texts
			secrets = append(secrets, part)
		}
	}
	for _, values := range u.Query() {
		secrets = append(secrets, values...)
	}
	return secrets
}
