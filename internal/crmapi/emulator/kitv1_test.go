package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
)

// postV1 builds a request of API v1 as a correct client sends it: everything in
// the form. Pairs are name, value, name, value, …
func postV1(s *emulator.Server, script, action string, pairs ...string) *http.Request {
	form := url.Values{"login": {emulator.DefaultLogin}, "apikey": {s.Key()}, "action": {action}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, "/developer/v1/"+script, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func callV1(s *emulator.Server, script, action string, pairs ...string) string {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, postV1(s, script, action, pairs...))
	return w.Body.String()
}

// line is one request and its answer: of v1 ("contract add"), or of v3
// ("deal/add") with a body.
type line struct {
	request string
	pairs   []string // v1
	body    string   // v3
	want    string   // "…" stands for the rest
}

func v1(request, want string, pairs ...string) line {
	return line{request: request, pairs: pairs, want: want}
}

func v3(request, body, want string) line { return line{request: request, body: body, want: want} }

// play sends the lines in their order and compares the answers.
func play(t *testing.T, s *emulator.Server, lines ...line) {
	t.Helper()
	for _, l := range lines {
		var got string
		if script, action, ok := strings.Cut(l.request, " "); ok {
			got = callV1(s, script, action, l.pairs...)
		} else {
			got = call(s, l.request, l.body)
		}
		head, open := strings.CutSuffix(l.want, "…")
		if got != head && (!open || !strings.HasPrefix(got, head)) {
			t.Errorf("%s %s%q\n got %s\nwant %s", l.request, l.body, l.pairs, got, l.want)
		}
	}
}

const fatalBody = "<br />\n<b>Fatal error</b>:  Uncaught …"

// must is for changes by hand that cannot fail in the test.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
