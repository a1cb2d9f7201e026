package crmapi_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"syncd/internal/crmapi"
)

const (
	testKey   = "t1xCANARY+keyW4N4cm"
	testLogin = "sync@example.org"
)

// capture returns the raw HTTP answer of a recorded exchange.
func capture(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "captures", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	if _, answer, ok := bytes.Cut(raw, []byte("-----8<----- response\n")); ok {
		return answer
	}
	return raw
}

// captureBody returns the body of a recorded answer.
func captureBody(t testing.TB, name string) []byte {
	t.Helper()
	_, body, ok := bytes.Cut(capture(t, name), []byte("\r\n\r\n"))
	if !ok {
		t.Fatalf("capture %s: no end of header", name)
	}
	return bytes.TrimSuffix(body, []byte("\n"))
}

// wire is a request as the server saw it.
type wire struct {
	Method, URI, Body string
	Header            http.Header
}

// server answers and keeps what it was asked.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	seen []wire
}

func (s *server) requests() []wire {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]wire(nil), s.seen...)
}

func serve(t testing.TB, h func(w http.ResponseWriter, n int)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, wire{r.Method, r.RequestURI, string(body), r.Header.Clone()})
		n := len(s.seen)
		s.mu.Unlock()
		h(w, n)
	}))
	t.Cleanup(s.Close)
	return s
}

// replay answers every request with these bytes, header and all.
func replay(t testing.TB, answer []byte) *server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ int) { hijack(t, w, answer) })
}

func hijack(t testing.TB, w http.ResponseWriter, raw []byte) {
	t.Helper()
	conn, _, err := w.(http.Hijacker).Hijack() //nolint:forcetypeassert // a test server's writer
	if err != nil {
		t.Error(err)
		return
	}
	_, _ = conn.Write(raw)
	_ = conn.Close()
}

// answer serves bodies with status 200.
func answer(t testing.TB, body string) *server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, body) })
}

// cutting answers the n-th request with the first n-1 bytes of body, in memory.
func cutting(body []byte) roundTripper {
	n := -1
	return func(r *http.Request) (*http.Response, error) {
		n++
		_, _ = io.Copy(io.Discard, r.Body)
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body[:n])), Request: r,
		}, nil
	}
}

func client(t testing.TB, base string, change ...func(*crmapi.Config)) *crmapi.Client {
	t.Helper()
	cfg := crmapi.Config{
		BaseURL: base, Login: testLogin, APIKey: crmapi.NewSecret(testKey), Rate: -1,
		Attempts: 1, Backoff: time.Millisecond,
	}
	for _, f := range change {
		f(&cfg)
	}
	c, err := crmapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func titled(title string) crmapi.ClientInput {
	return crmapi.ClientInput{Fields: []crmapi.FieldInput{{Key: "title", Text: title}}}
}
