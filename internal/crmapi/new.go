package crmapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/time/rate"
)

// New checks cfg and returns a client; nothing is sent. It reads CAFile. The
// errors name the setting, never its value.
func New(cfg Config) (*Client, error) {
	base, warnings, err := checkBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := checkHeader("login", cfg.Login); err != nil {
		return nil, err
	}
	if err := checkHeader("API key", cfg.APIKey.Reveal()); err != nil {
		return nil, err
	}
	if cfg.Dialect != "" && cfg.Dialect != V3 && cfg.Dialect != V1 {
		return nil, errors.New("dialect is neither v3 nor v1")
	}
	if cfg.FormGET {
		warnings = append(warnings, WarnKeyInURL)
	}
	c := &Client{
		base: base, login: cfg.Login, key: cfg.APIKey, cfg: cfg.defaults(), warnings: warnings,
		writing: make(chan struct{}, 1), v1: &v1Known{logins: map[int64]string{}},
	}
	c.cfg.APIKey = Secret{}
	if c.cfg.Rate > 0 {
		c.limiter = rate.NewLimiter(rate.Limit(c.cfg.Rate), max(1, int(c.cfg.Rate)))
	}
	if cfg.Transport != nil {
		c.reads, c.writes = cfg.Transport, cfg.Transport
		return c, nil
	}
	t, err := newTransport(&c.cfg)
	if err != nil {
		return nil, err
	}
	// Writes get a fresh connection each: on a kept one the server may hang up
	// just as the request leaves, and every such race is a write in doubt.
	w := t.Clone()
	w.DisableKeepAlives = true
	c.reads, c.writes = t, w
	return c, nil
}

func (cfg Config) defaults() Config {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&cfg.Timeout, 60*time.Second)
	set(&cfg.PerRecord, 6*time.Second)
	set(&cfg.Connect, 10*time.Second)
	set(&cfg.Header, cfg.Timeout)
	set(&cfg.Idle, 30*time.Second)
	set(&cfg.Backoff, 500*time.Millisecond)
	if cfg.Rate == 0 {
		cfg.Rate = 5
	}
	if cfg.Attempts <= 0 {
		cfg.Attempts = 4
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = 32 << 20
	}
	if cfg.Dialect == "" {
		cfg.Dialect = V3
	}
	if cfg.FormVars <= 0 {
		cfg.FormVars = formVars
	}
	if cfg.FormBytes <= 0 {
		cfg.FormBytes = formBytes
	}
	if cfg.FormGET {
		cfg.FormBytes = min(cfg.FormBytes, urlBytes)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now //nolint:forbidigo // the default of the clock that is passed in
	}
	return cfg
}

// checkBase accepts the root of a host. The server takes method and action from
// fixed places of the path, so a prefix cannot work; and a secret has no place
// in a URL.
func checkBase(raw string) (base string, warnings []Warning, err error) {
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" || u.Hostname() == "" {
		return "", nil, errors.New("base URL is not an absolute URL")
	}
	switch {
	case u.Scheme == "http":
		warnings = []Warning{WarnPlainHTTP}
	case u.Scheme != "https":
		return "", nil, errors.New("base URL is neither https nor http")
	}
	switch {
	case u.User != nil:
		return "", nil, errors.New("base URL holds a user or a password")
	case u.RawQuery != "" || u.ForceQuery:
		return "", nil, errors.New("base URL holds a query")
	case u.Fragment != "" || strings.HasSuffix(raw, "#"):
		return "", nil, errors.New("base URL holds a fragment")
	case u.Path != "" && u.Path != "/":
		return "", nil, errors.New("base URL holds a path: the CRM lives in the root of its host")
	}
	return u.Scheme + "://" + u.Host + "/developer/", warnings, nil
}

// checkHeader: both values become headers, and the server pastes both into SQL.
func checkHeader(what, v string) error {
	if v == "" {
		return fmt.Errorf("%s is empty", what)
	}
	if unsafeSQL(v) || strings.TrimSpace(v) != v {
		return fmt.Errorf("%s has blanks around it or %w", what, errUnsafe)
	}
	return nil
}

func newTransport(cfg *Config) (*http.Transport, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" {
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read CA file: %w", err)
		}
		if conf.RootCAs, err = x509.SystemCertPool(); err != nil {
			conf.RootCAs = x509.NewCertPool()
		}
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("CA file holds no certificate")
		}
	}
	dialer := &net.Dialer{Timeout: cfg.Connect, Control: refuseLocalLink}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    cfg.Connect,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        20 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		// HTTP/2 would bring back replays of its own (REFUSED_STREAM, GOAWAY).
		Protocols: new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	if cfg.Proxy != nil {
		t.Proxy = http.ProxyURL(cfg.Proxy)
	}
	return t, nil
}

var errLinkLocal = errors.New("address is link-local, where no CRM lives")

// refuseLocalLink keeps the key from metadata services that a poisoned name
// could point to. Private addresses are normal for a CRM.
func refuseLocalLink(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil //nolint:nilerr // not an IP address: nothing to judge
	}
	if ip := ap.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() {
		return errLinkLocal
	}
	return nil
}

// hopeless reports whether a connection failed for a reason that a second try
// meets again.
func hopeless(err error) bool {
	var (
		cert    *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		plain   tls.RecordHeaderError
	)
	return errors.As(err, &cert) || errors.As(err, &unknown) || errors.As(err, &host) ||
		errors.As(err, &plain) || errors.Is(err, errLinkLocal)
}
