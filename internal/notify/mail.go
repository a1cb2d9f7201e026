package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// mailPatience bounds one delivery by mail, all recipients together.
const mailPatience = 60 * time.Second

// Security is how the way to a mail server is kept private.
type Security uint8

// The ways.
const (
	// StartTLS begins in the open and goes no further without TLS.
	StartTLS Security = iota
	// ImplicitTLS speaks TLS from the first byte: port 465.
	ImplicitTLS
	// Loopback takes TLS where the server of this very machine offers it, with
	// whatever certificate: nobody is in between.
	Loopback
)

// SecurityOf chooses the way by the server's address: host:port.
func SecurityOf(addr string) Security {
	host, port, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	switch {
	case port == "465":
		return ImplicitTLS
	case strings.EqualFold(host, "localhost"), ip != nil && ip.IsLoopback():
		return Loopback
	}
	return StartTLS
}

// MailConfig is a mail server with its recipients.
type MailConfig struct {
	Server         string // host:port
	Security       Security
	From           string
	To             []string
	User, Password string // User "": without logging in
	Host           string // the name of this machine, for the Message-ID and the greeting
	Clock          func() time.Time
	Roots          *x509.CertPool // nil: the system's
	// Dial opens the connection, for tests; nil: the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Mail sends each recipient a mail of his own, so that a mailbox that is gone
// keeps nothing from the others.
type Mail struct {
	c     MailConfig
	host  string
	port  int
	clean redactor
}

// NewMail makes a mail channel. It does not connect.
func NewMail(c MailConfig) (*Mail, error) {
	host, port, err := net.SplitHostPort(c.Server)
	if err != nil {
		return nil, fmt.Errorf("the server is not of the form host:port: %w", err)
	}
	m := &Mail{c: c, host: host}
	if m.port, err = strconv.Atoi(port); err != nil || m.port < 1 || m.port > 65535 {
		return nil, fmt.Errorf("the server's port %q is not a number from 1 to 65535", port)
	}
	addresses := make([]string, 0, len(c.To)+2)
	for _, one := range append([]string{c.From}, c.To...) {
		a, err := mail.ParseAddress(one)
		if err != nil {
			return nil, fmt.Errorf("%q is not a mail address", one)
		}
		addresses = append(addresses, a.Address)
	}
	secrets := []string{c.Password}
	if c.Password != "" { // as PLAIN sends it
		secrets = append(secrets, "\x00"+c.User+"\x00"+c.Password)
	}
	m.clean = newRedactor(secrets, append(addresses, c.User))
	return m, nil
}

// Name is mail.
func (m *Mail) Name() string { return "mail" }

// Send delivers the message to every recipient over one connection.
func (m *Mail) Send(ctx context.Context, msg Message) error {
	ctx, cancel := context.WithTimeout(ctx, mailPatience)
	defer cancel()
	var conn net.Conn
	client, err := gomail.NewClient(m.host, append(m.options(), gomail.WithDialContextFunc(
		func(ctx context.Context, network, addr string) (_ net.Conn, err error) {
			conn, err = m.dial(ctx, network, addr)
			return conn, err
		}))...)
	if err != nil {
		return m.clean.err(err)
	}
	letters := make([]*gomail.Msg, len(m.c.To))
	for i, to := range m.c.To {
		if letters[i], err = m.letter(msg, to, i); err != nil {
			return m.clean.err(err)
		}
	}
	if err := client.DialWithContext(ctx); err != nil {
		return m.clean.err(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // the library's own deadlines begin anew with each command
	defer stop()
	err = client.Send(letters...)
	_ = client.Close() // what was taken was taken
	return m.outcome(letters, err)
}

// dial opens the connection, with TLS where that comes first.
func (m *Mail) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	open := m.c.Dial
	if open == nil {
		open = (&net.Dialer{}).DialContext
	}
	plain, err := open(ctx, network, addr)
	if err != nil || m.c.Security != ImplicitTLS {
		return plain, err
	}
	conn := tls.Client(plain, m.tls())
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = plain.Close()
		return nil, err
	}
	return conn, nil
}

func (m *Mail) tls() *tls.Config {
	return &tls.Config{
		ServerName: m.host, RootCAs: m.c.Roots, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: m.c.Security == Loopback, //nolint:gosec // the peer is this machine; its certificate is seldom one for "localhost"
	}
}

// outcome is what came of the letters.
func (m *Mail) outcome(letters []*gomail.Msg, err error) error {
	refused := 0
	var first error
	for _, l := range letters {
		if l.IsDelivered() {
			continue
		}
		refused++
		if first == nil && l.HasSendError() {
			first = wording(l.SendError())
		}
	}
	if refused == 0 {
		return nil
	}
	if first == nil {
		first = err
	}
	if first == nil {
		first = errors.New("the server did not take the message")
	}
	first = m.clean.err(first)
	if refused < len(letters) {
		return &PartError{Refused: refused, Of: len(letters), Err: first}
	}
	return first
}

// wording leaves the ids of letters out of the library's words.
func wording(err error) error {
	text, _, _ := strings.Cut(err.Error(), ", affected message ID: ")
	return errors.New(text)
}

func (m *Mail) options() []gomail.Option {
	policy := gomail.TLSMandatory
	if m.c.Security == Loopback {
		policy = gomail.TLSOpportunistic
	}
	o := []gomail.Option{
		gomail.WithPort(m.port), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(m.tls()),
		gomail.WithTimeout(mailPatience), gomail.WithoutNoop(),
	}
	if m.c.Host != "" {
		o = append(o, gomail.WithHELO(m.c.Host))
	}
	if m.c.Security == ImplicitTLS {
		o = append(o, gomail.WithSSL())
	}
	if m.c.User != "" {
		o = append(o, gomail.WithUsername(m.c.User), gomail.WithPassword(m.c.Password), gomail.WithOpportunisticSMTPAuth(
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return o
}

func (m *Mail) letter(msg Message, to string, n int) (*gomail.Msg, error) {
	l := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithNoDefaultUserAgent())
	if err := l.From(m.c.From); err != nil {
		return nil, err
	}
	if err := l.To(to); err != nil {
		return nil, err
	}
	l.Subject(oneLine(msg.Subject))
	now := m.c.Clock()
	l.SetDateWithValue(now)
	l.SetMessageIDWithValue(fmt.Sprintf("%d.%d.syncd@%s", now.UnixNano(), n, m.domain()))
	l.SetGenHeader("Auto-Submitted", "auto-generated")
	l.SetBodyString(gomail.TypeTextPlain, msg.Text)
	return l, nil
}

// domain is the right side of a Message-ID.
func (m *Mail) domain() string {
	if m.c.Host != "" && !strings.ContainsAny(m.c.Host, " <>@\r\n") {
		return m.c.Host
	}
	return "syncd.invalid"
}
