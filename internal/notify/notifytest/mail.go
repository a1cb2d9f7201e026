package notifytest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// MailName is the host that the servers' certificates are made for.
const MailName = "smtp.example.ru"

// MailOptions say how a mail server behaves.
type MailOptions struct {
	Addr     string // to listen on; "" = a free port
	NoTLS    bool   // offers no STARTTLS
	Implicit bool   // speaks TLS from the first byte

	User, Password string   // User "" = anybody may send
	Mechanisms     []string // of logging in; default PLAIN
	Echo           bool     // refuses a login with words that hold what was sent
	Refused        []string // recipients that are refused
	Words          string   // what it then says, besides the address
}

// Letter is a mail as it arrived.
type Letter struct {
	From    string
	To      []string
	Header  mail.Header
	Subject string // decoded
	Text    string // decoded
	TLS     bool
	User    string
}

// MailServer keeps the mails that it is given.
type MailServer struct {
	o     MailOptions
	smtp  *smtp.Server
	on    net.Listener
	addr  string
	roots *x509.CertPool
	done  chan struct{}

	mu      sync.Mutex
	letters []Letter
}

// NewMail starts a mail server.
func NewMail(o MailOptions) (*MailServer, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Mechanisms == nil {
		o.Mechanisms = []string{sasl.Plain}
	}
	cert, roots, err := certificate()
	if err != nil {
		return nil, err
	}
	s := &MailServer{o: o, roots: roots, done: make(chan struct{})}
	s.smtp = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{server: s, conn: c}, nil }))
	s.smtp.Domain, s.smtp.AllowInsecureAuth = MailName, true
	s.smtp.ErrorLog = quiet{}
	secure := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if !o.NoTLS && !o.Implicit {
		s.smtp.TLSConfig = secure
	}
	l, err := net.Listen("tcp", o.Addr) //nolint:noctx // it ends with Close
	if err != nil {
		return nil, err
	}
	s.on, s.addr = l, l.Addr().String()
	if o.Implicit {
		l = tls.NewListener(l, secure)
	}
	go func() {
		defer close(s.done)
		_ = s.smtp.Serve(l) // ends with Close
	}()
	return s, nil
}

// Addr is where it listens: host:port.
func (s *MailServer) Addr() string { return s.addr }

// Roots trust its certificate.
func (s *MailServer) Roots() *x509.CertPool { return s.roots }

// Letters are what arrived so far, in order.
func (s *MailServer) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

// Close ends it, with its connections.
func (s *MailServer) Close() {
	_ = s.on.Close() // it may not have begun to serve
	_ = s.smtp.Close()
	<-s.done
}

// quiet drops what the server says about clients that went away.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type session struct {
	server *MailServer
	conn   *smtp.Conn
	user   string
	from   string
	to     []string
}

func (s *session) AuthMechanisms() []string {
	if s.server.o.User == "" {
		return nil
	}
	return s.server.o.Mechanisms
}

func (s *session) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != s.server.o.User || password != s.server.o.Password {
			words := "no such user"
			if s.server.o.Echo {
				words = "denied for " + user + " " + password
			}
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: words}
		}
		s.user = user
		return nil
	}
	if mech == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// loginServer is the server's side of LOGIN.
type loginServer struct {
	check func(user, password string) error
	user  *string
	asked bool
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case !l.asked:
		l.asked = true
		return []byte("Username:"), false, nil
	case l.user == nil:
		user := string(response)
		l.user = &user
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(*l.user, string(response))
}

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.o.User != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if slices.Contains(s.server.o.Refused, to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + to + ">: no such mailbox" + s.server.o.Words}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	l := Letter{From: s.from, To: s.to, Header: msg.Header, User: s.user}
	_, l.TLS = s.conn.TLSConnectionState()
	l.TLS = l.TLS || s.server.o.Implicit
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject")); err != nil {
		return err
	}
	if msg.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
		return errors.New("the test server reads quoted-printable only")
	}
	text, err := io.ReadAll(quotedprintable.NewReader(msg.Body))
	if err != nil {
		return err
	}
	l.Text = string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.letters = append(s.server.letters, l)
	return nil
}

// certificate makes one for MailName that signs itself.
func certificate() (tls.Certificate, *x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: MailName}, DNSNames: []string{MailName},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2120, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots, nil
}
