package notify_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"syncd/internal/notify"
	"syncd/internal/notify/notifytest"
)

// canary stands for every secret of these tests: no error may hold it.
const canary = "c4n4ry-p@ss/w0rd"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("MSK", 3*3600))

var trouble = notify.Message{
	Subject: "syncd srv1: clients — остановлено защитой max_delete",
	Text:    "SYNC-0607: clients: из CRM удалилось бы 30 клиентов, предел — 20.\n\nДальше: syncd resume clients --allow max_delete=30\n",
	Event: notify.Event{
		Type: notify.TypeTrouble, Job: "clients", Occasion: notify.Halt, Cause: "max_delete", Since: noon.Add(-time.Hour),
		Text: "SYNC-0607", Next: "syncd resume clients --allow max_delete=30", Host: "srv1", Version: "1.2.3", At: noon,
	},
}

func mailServer(t *testing.T, o notifytest.MailOptions) *notifytest.MailServer {
	t.Helper()
	s, err := notifytest.NewMail(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// channelTo is a channel that believes to talk with notifytest.MailName.
func channelTo(t *testing.T, s *notifytest.MailServer, change func(*notify.MailConfig)) *notify.Mail {
	t.Helper()
	c := notify.MailConfig{
		Server: notifytest.MailName + ":587", From: "syncd@example.ru", To: []string{"admin@example.ru"},
		Host: "srv1", Clock: func() time.Time { return noon }, Roots: s.Roots(),
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, s.Addr())
		},
	}
	if change != nil {
		change(&c)
	}
	m, err := notify.NewMail(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMailArrivesAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := mailServer(t, notifytest.MailOptions{})
	m := channelTo(t, s, nil)
	if err := m.Send(t.Context(), trouble); err != nil {
		t.Fatal(err)
	}
	letters := s.Letters()
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	l := letters[0]
	if l.Subject != trouble.Subject || strings.TrimSpace(l.Text) != strings.TrimSpace(trouble.Text) || !l.TLS || l.From != "syncd@example.ru" {
		t.Errorf("arrived: %+v", l)
	}
	for name, want := range map[string]string{
		"Auto-Submitted": "auto-generated", "Date": "Sun, 22 Nov 2026 12:00:00 +0300", "To": "<admin@example.ru>",
		"Content-Type": "text/plain; charset=UTF-8",
	} {
		if got := l.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := l.Header.Get("Message-ID"); !strings.HasSuffix(id, ".syncd@srv1>") {
		t.Errorf("Message-ID %q", id)
	}
	if raw := l.Header.Get("Subject"); strings.ContainsFunc(raw, func(r rune) bool { return r > 126 }) {
		t.Errorf("the subject is not encoded: %q", raw)
	}
}

func TestMailGoesNowhereWithoutTLS(t *testing.T) {
	t.Parallel()
	s := mailServer(t, notifytest.MailOptions{NoTLS: true, User: "syncd", Password: canary})
	m := channelTo(t, s, func(c *notify.MailConfig) { c.User, c.Password = "syncd", canary })
	err := m.Send(t.Context(), trouble)
	if err == nil || !strings.Contains(err.Error(), "STARTTLS") || len(s.Letters()) > 0 {
		t.Errorf("got %v, %d letters", err, len(s.Letters()))
	}
}

func TestMailTrustsOnlyTheCertificateOfItsServer(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*notify.MailConfig){
		"an issuer that nobody knows": func(c *notify.MailConfig) { c.Roots = nil },
		"a certificate for another":   func(c *notify.MailConfig) { c.Server = "mail.example.org:587" },
	} {
		s := mailServer(t, notifytest.MailOptions{})
		if err := channelTo(t, s, change).Send(t.Context(), trouble); err == nil || !strings.Contains(err.Error(), "certificate") || len(s.Letters()) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMailSpeaksTLSFromTheFirstByteOnPort465(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		s := mailServer(t, notifytest.MailOptions{Implicit: true, User: "syncd", Password: canary, Mechanisms: []string{mechanism}})
		m := channelTo(t, s, func(c *notify.MailConfig) {
			c.Server = notifytest.MailName + ":465"
			c.Security, c.User, c.Password = notify.SecurityOf(c.Server), "syncd", canary
		})
		if err := m.Send(t.Context(), trouble); err != nil {
			t.Fatal(err)
		}
		if l := s.Letters(); len(l) != 1 || !l[0].TLS || l[0].User != "syncd" {
			t.Errorf("%s: %+v", mechanism, l)
		}
	}
}

func TestMailOfTheSameMachineNeedsNoTrustedCertificate(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]notifytest.MailOptions{
		"without TLS": {NoTLS: true, User: "syncd", Password: canary}, "with its own certificate": {User: "syncd", Password: canary},
	} {
		s := mailServer(t, o)
		m := channelTo(t, s, func(c *notify.MailConfig) {
			c.Server, c.Roots, c.Dial = s.Addr(), nil, nil
			c.Security, c.User, c.Password = notify.SecurityOf(c.Server), "syncd", canary
		})
		if err := m.Send(t.Context(), trouble); err != nil || len(s.Letters()) != 1 {
			t.Errorf("%s: %v, %d letters", name, err, len(s.Letters()))
		}
	}
}

func TestTheWayToAServerFollowsItsAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]notify.Security{
		"smtp.example.ru:587": notify.StartTLS, "smtp.example.ru:25": notify.StartTLS, "smtp.example.ru:465": notify.ImplicitTLS,
		"localhost:25": notify.Loopback, "127.0.0.1:25": notify.Loopback, "[::1]:587": notify.Loopback,
		"localhost:465": notify.ImplicitTLS, "localhost.example.ru:25": notify.StartTLS, "10.0.0.1:25": notify.StartTLS,
	} {
		if got := notify.SecurityOf(addr); got != want {
			t.Errorf("%s: %d, want %d", addr, got, want)
		}
	}
}

func TestOneRecipientThatIsGoneKeepsNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	s := mailServer(t, notifytest.MailOptions{Refused: []string{"gone@example.ru"}, Words: ", try stranger@example.org"})
	to := []string{"admin@example.ru", "gone@example.ru", "second@example.ru"}
	err := channelTo(t, s, func(c *notify.MailConfig) { c.To = to }).Send(t.Context(), trouble)
	var part *notify.PartError
	if !errors.As(err, &part) || part.Refused != 1 || part.Of != 3 {
		t.Fatalf("got %v", err)
	}
	if text := err.Error(); !strings.Contains(text, "gone@example.ru") || strings.Contains(text, "stranger") || !strings.Contains(text, "no such mailbox") {
		t.Errorf("said: %s", text)
	}
	if l := s.Letters(); len(l) != 2 || l[0].To[0] != to[0] || l[1].To[0] != to[2] {
		t.Errorf("arrived: %+v", l)
	}

	err = channelTo(t, s, func(c *notify.MailConfig) { c.To = to[1:2] }).Send(t.Context(), trouble)
	if err == nil || errors.As(err, &part) {
		t.Errorf("nobody was reached: %v", err)
	}
}

func TestNoErrorOfMailHoldsThePassword(t *testing.T) {
	t.Parallel()
	for _, mechanism := range []string{"PLAIN", "LOGIN"} {
		s := mailServer(t, notifytest.MailOptions{User: "syncd", Password: "another", Echo: true, Mechanisms: []string{mechanism}})
		err := channelTo(t, s, func(c *notify.MailConfig) { c.User, c.Password = "syncd", canary }).Send(t.Context(), trouble)
		if err == nil || !strings.Contains(err.Error(), "denied for syncd") || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", mechanism, err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), canary) {
				t.Errorf("in the chain: %v", e)
			}
		}
	}
}

func TestMailThatNobodyTakesIsAnError(t *testing.T) {
	t.Parallel()
	s := mailServer(t, notifytest.MailOptions{})
	m := channelTo(t, s, nil)
	s.Close()
	if err := m.Send(t.Context(), trouble); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a server that is down: %v", err)
	}
	quiet, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = quiet.Close() }()
	m = channelTo(t, s, func(c *notify.MailConfig) {
		c.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, quiet.Addr().String())
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if c, err := quiet.Accept(); err == nil {
			cancel()
			defer func() { _ = c.Close() }()
			_, _ = c.Read(make([]byte, 1))
		}
	}()
	if err := m.Send(ctx, trouble); err == nil {
		t.Error("a server that says nothing")
	}
}

func TestMailIsRefusedWhenItsAddressesAreNone(t *testing.T) {
	t.Parallel()
	for _, c := range []notify.MailConfig{
		{Server: "smtp.example.ru", From: "a@example.ru", To: []string{"b@example.ru"}},
		{Server: "smtp.example.ru:smtp", From: "a@example.ru", To: []string{"b@example.ru"}},
		{Server: "smtp.example.ru:25", From: "a", To: []string{"b@example.ru"}},
		{Server: "smtp.example.ru:25", From: "a@example.ru", To: []string{"b@example.ru\r\nX: y"}},
	} {
		if _, err := notify.NewMail(c); err == nil {
			t.Errorf("taken: %+v", c)
		}
	}
}
