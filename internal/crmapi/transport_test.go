package crmapi_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"syncd/internal/crmapi"
)

// droppingServer keeps connections alive, answers the first request of each with
// body and hangs up: at once, or when the second request has come in whole.
func droppingServer(t *testing.T, body string, atOnce bool) (base string, requests *atomic.Int64) {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	requests = new(atomic.Int64)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r := bufio.NewReader(conn)
				for i := 0; ; i++ {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					_, _ = io.Copy(io.Discard, req.Body)
					requests.Add(1)
					if i == 1 {
						return
					}
					say(conn, body)
					if atOnce {
						return
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String(), requests
}

// net/http sends a request again by itself when a kept connection turns out
// dead. A write must not be among them.
func TestOneWireRequestForEachWrite(t *testing.T) {
	t.Parallel()
	for name, atOnce := range map[string]bool{"hangs up on the second request": false, "hangs up between requests": true} {
		for transport, change := range map[string]func(*crmapi.Config){
			"own transport":              func(*crmapi.Config) {},
			"transport that keeps alive": func(c *crmapi.Config) { c.Transport = &http.Transport{} },
		} {
			t.Run(name+", "+transport, func(t *testing.T) {
				t.Parallel()
				base, requests := droppingServer(t, `{"data":5}`, atOnce)
				c := client(t, base, change)
				for range 50 {
					_, _ = c.Categories(t.Context()) // leaves a connection behind, perhaps
					before := requests.Load()
					got, err := c.Add(t.Context(), titled("a"))
					wrote := requests.Load() - before
					switch {
					case wrote > 1:
						t.Fatalf("%d requests on the wire for one write", wrote)
					case err == nil && got.CLID == 5:
					case class(err) == crmapi.ClassTransport && wrote == 0:
					case class(err) != crmapi.ClassUnknown:
						t.Fatalf("%+v, %v after %d requests", got, err, wrote)
					case transport == "own transport":
						t.Fatalf("a write in doubt that a fresh connection avoids: %v", err)
					}
				}
			})
		}
	}
}

func TestNothingListening(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + l.Addr().String()
	_ = l.Close()
	tries := 0
	c := client(t, base, func(c *crmapi.Config) {
		c.Attempts = 3
		c.Observe = func(x crmapi.Exchange) {
			tries++
			if x.Class != crmapi.ClassTransport || !x.Write || x.HTTPStatus != 0 {
				t.Errorf("%+v", x)
			}
		}
	})
	_, err = c.Add(t.Context(), titled("a"))
	var op *net.OpError
	if class(err) != crmapi.ClassTransport || !errors.As(err, &op) || tries != 3 {
		t.Errorf("%v, %d tries", err, tries)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	other := answer(t, `{"data":5}`)
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := serve(t, func(w http.ResponseWriter, _ int) {
			w.Header().Set("Location", other.URL+"/login?apikey="+testKey)
			w.WriteHeader(status)
		})
		c := client(t, s.URL, func(c *crmapi.Config) { c.Attempts = 3 })
		_, err := c.Add(t.Context(), titled("a"))
		_, readErr := c.List(t.Context(), crmapi.ListQuery{})
		if class(err) != crmapi.ClassRedirect || class(readErr) != crmapi.ClassRedirect {
			t.Errorf("%d: %v, %v", status, err, readErr)
		}
		if msg := err.Error(); !strings.Contains(msg, other.URL) || strings.Contains(msg, "login") || strings.Contains(msg, testKey) {
			t.Errorf("%d: the error must name the host alone: %s", status, msg)
		}
		if n := len(s.requests()); n != 2 {
			t.Errorf("%d: %d requests, want 2", status, n)
		}
	}
	if n := len(other.requests()); n != 0 {
		t.Errorf("the other host saw %d requests", n)
	}
}

// The CRM says 200 to everything, so another status comes from something in
// between, which does not know what the CRM did.
func TestForeignStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]crmapi.Class{
		401: crmapi.ClassAuth, 403: crmapi.ClassProtocol, 404: crmapi.ClassProtocol, 413: crmapi.ClassProtocol,
		429: crmapi.ClassUnknown, 500: crmapi.ClassUnknown, 502: crmapi.ClassUnknown, 504: crmapi.ClassUnknown,
	} {
		s := serve(t, func(w http.ResponseWriter, _ int) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"data":[{"clid":5}]}`)
		})
		c := client(t, s.URL)
		if _, err := c.List(t.Context(), crmapi.ListQuery{}); class(err) != want {
			t.Errorf("%d: read: %v, want %v", status, err, want)
		}
		var e *crmapi.Error
		if _, err := c.Add(t.Context(), titled("a")); !errors.As(err, &e) || e.Class != crmapi.ClassUnknown || e.HTTPStatus != status {
			t.Errorf("%d: write: %v", status, err)
		}
	}
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	limit := func(c *crmapi.Config) { c.MaxBody = 256 << 10 }
	bomb := func() []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(bytes.Repeat([]byte(" "), 8<<20))
		_ = z.Close()
		return b.Bytes()
	}()
	for name, tc := range map[string]struct {
		encoding string
		body     []byte
	}{
		"endless":        {"", bytes.Repeat([]byte(" "), 1<<20)},
		"gzip bomb":      {"gzip", bomb},
		"truncated gzip": {"gzip", bomb[:len(bomb)-10]},
	} {
		s := serve(t, func(w http.ResponseWriter, _ int) {
			if tc.encoding != "" {
				w.Header().Set("Content-Encoding", tc.encoding)
			}
			_, _ = w.Write(tc.body)
		})
		received := 0
		c := client(t, s.URL, limit, func(c *crmapi.Config) { c.Observe = func(x crmapi.Exchange) { received = x.Received } })
		if _, err := c.List(t.Context(), crmapi.ListQuery{}); class(err) != crmapi.ClassProtocol {
			t.Errorf("%s: read: %v", name, err)
		}
		if received > 1<<19 {
			t.Errorf("%s: kept %d bytes", name, received)
		}
		if _, err := c.Add(t.Context(), titled("a")); class(err) != crmapi.ClassUnknown {
			t.Errorf("%s: write: %v", name, err)
		}
	}
}

func TestGzipIsUnpacked(t *testing.T) {
	t.Parallel()
	pack := func(cut int) *server {
		return serve(t, func(w http.ResponseWriter, _ int) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write(captureBody(t, "add_list"))
			_ = z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(b.Bytes()[:b.Len()-cut])
		})
	}
	in := []crmapi.ClientInput{titled("1"), titled("2"), titled("3"), titled("4"), titled("5")}
	if got, err := client(t, pack(0).URL).AddList(t.Context(), in); err != nil || got[4].CLID != 9 {
		t.Errorf("%+v, %v", got, err)
	}
	for cut := 1; cut < 9; cut++ { // the checksum alone is missing: all JSON is there
		if _, err := client(t, pack(cut).URL).AddList(t.Context(), in); class(err) != crmapi.ClassUnknown {
			t.Errorf("gzip cut by %d: %v", cut, err)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	start := func(conf *tls.Config) *httptest.Server {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"data":[]}`)
		}))
		s.TLS = conf
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		return s
	}
	good := start(nil)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	pemBytes := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Certificate().Raw})
	if err := os.WriteFile(ca, pemBytes, 0o600); err != nil {
		t.Fatal(err)
	}
	trust := func(c *crmapi.Config) { c.CAFile = ca }
	tries := 0
	count := func(c *crmapi.Config) {
		c.Attempts = 3
		c.Observe = func(crmapi.Exchange) { tries++ }
	}
	if _, err := client(t, good.URL, trust).List(t.Context(), crmapi.ListQuery{}); err != nil {
		t.Errorf("with its CA: %v", err)
	}
	if _, err := client(t, good.URL, count).Add(t.Context(), titled("a")); class(err) != crmapi.ClassTransport || tries != 1 {
		t.Errorf("unknown CA: %v, %d tries", err, tries)
	}
	elsewhere := strings.Replace(good.URL, "127.0.0.1", "localhost", 1)
	if _, err := client(t, elsewhere, trust).Add(t.Context(), titled("a")); class(err) != crmapi.ClassTransport {
		t.Errorf("wrong host: %v", err)
	}
	old := start(&tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}) //nolint:gosec // the old server is the test
	if _, err := client(t, old.URL, trust).Add(t.Context(), titled("a")); class(err) != crmapi.ClassTransport {
		t.Errorf("TLS 1.1: %v", err)
	}
	if _, err := crmapi.New(crmapi.Config{
		BaseURL: "https://h", Login: "l", APIKey: crmapi.NewSecret("k"), CAFile: filepath.Join(t.TempDir(), "none"),
	}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing CA file: %v", err)
	}
}

func TestMetadataAddressesAreRefused(t *testing.T) {
	t.Parallel()
	_, err := client(t, "http://169.254.169.254").Add(t.Context(), titled("a"))
	if class(err) != crmapi.ClassTransport || !strings.Contains(err.Error(), "link-local") {
		t.Error(err)
	}
}

func TestTheProxyIsTheOneGiven(t *testing.T) {
	proxy := answer(t, `{"data":[]}`)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	_, err := client(t, "http://crm.invalid").List(t.Context(), crmapi.ListQuery{})
	if class(err) != crmapi.ClassTransport || len(proxy.requests()) != 0 {
		t.Errorf("the environment's proxy was asked: %v", err)
	}
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client(t, "http://crm.invalid", func(c *crmapi.Config) { c.Proxy = u }).List(t.Context(), crmapi.ListQuery{})
	if err != nil || len(proxy.requests()) != 1 {
		t.Errorf("the given proxy: %v", err)
	}
}

func TestBaseURLs(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://crm.example.ru":      "",
		"https://crm.example.ru/":     "",
		"http://10.0.0.5:8080":        crmapiWarn,
		"https://[::1]:8443":          "",
		"":                            "error",
		"crm.example.ru":              "error",
		"ftp://crm.example.ru":        "error",
		"https://":                    "error",
		"https://crm.example.ru/crm/": "error",
		"https://u:" + testKey + "@crm.example.ru":         "error",
		"https://crm.example.ru/?apikey=" + testKey:        "error",
		"https://crm.example.ru/#x":                        "error",
		"https://crm.example.ru/%zz" + testKey:             "error",
		"https://crm.example.ru\n/" + testKey:              "error",
		"mailto:" + testKey + "@example.org":               "error",
		"https://crm.example.ru/developer/v3/client/list/": "error",
	} {
		c, err := crmapi.New(crmapi.Config{BaseURL: base, Login: "l", APIKey: crmapi.NewSecret("k")})
		got := ""
		switch {
		case err != nil:
			got = "error"
			if strings.Contains(err.Error(), testKey) {
				t.Errorf("%q: the error shows what may be a secret: %v", base, err)
			}
		case len(c.Warnings()) == 1:
			got = string(c.Warnings()[0])
		}
		if got != want {
			t.Errorf("%q: %q, want %q (%v)", base, got, want, err)
		}
	}
	for _, cfg := range []crmapi.Config{
		{BaseURL: "https://h", APIKey: crmapi.NewSecret("k")},
		{BaseURL: "https://h", Login: "l"},
		{BaseURL: "https://h", Login: "l\r\nX: y", APIKey: crmapi.NewSecret("k")},
		{BaseURL: "https://h", Login: "l", APIKey: crmapi.NewSecret("k\n")},
		{BaseURL: "https://h", Login: "l' or '1", APIKey: crmapi.NewSecret("k")},
	} {
		if _, err := crmapi.New(cfg); err == nil {
			t.Errorf("accepted %+v", cfg)
		}
	}
}

const crmapiWarn = string(crmapi.WarnPlainHTTP)
