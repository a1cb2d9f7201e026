package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
)

// post builds a request as a correct client of the API sends it.
func post(key, login, target, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Apikey", key)
	r.Header.Set("Login", login)
	return r
}

// callAs sends one request without a network and returns the body of the answer.
func callAs(s *emulator.Server, login, action, body string) string {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, post(s.Key(), login, "/developer/v3/"+action, body))
	return w.Body.String()
}

func call(s *emulator.Server, action, body string) string {
	return callAs(s, emulator.DefaultLogin, action, body)
}

// fieldsOf is a JSON object of strings: the parameters of a write.
type fieldsOf map[string]any

func (f fieldsOf) String() string {
	b, err := json.Marshal(f)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// added adds a client and returns it as it is stored.
func added(t testing.TB, s *emulator.Server, f fieldsOf) emulator.Client {
	t.Helper()
	var a struct {
		Data int64 `json:"data"`
	}
	body := call(s, "client/add", f.String())
	if err := json.Unmarshal([]byte(body), &a); err != nil || a.Data == 0 {
		t.Fatalf("add %s: %s", f, body)
	}
	cl, ok := s.Client(a.Data)
	if !ok {
		t.Fatalf("add %s: clid %d is not there", f, a.Data)
	}
	return cl
}

// reply is what a client got over a real connection.
type reply struct {
	status int
	body   string
	err    error // of the connection
}

// over starts the CRM on a loopback port; send makes one request there.
func over(t *testing.T, s *emulator.Server) (send func(action, body string) reply) {
	t.Helper()
	srv := httptest.NewServer(s)
	t.Cleanup(func() { s.Close(); srv.Close() })
	client := srv.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(action, body string) reply {
		r := post(s.Key(), emulator.DefaultLogin, srv.URL+"/developer/v3/"+action, body)
		r.RequestURI = ""
		resp, err := client.Do(r.WithContext(t.Context()))
		if err != nil {
			return reply{err: err}
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		return reply{status: resp.StatusCode, body: string(b), err: err}
	}
}

// clidsOf lists the clids of a list answer.
func clidsOf(body string) string {
	var a struct {
		Data []struct {
			CLID int64 `json:"clid"`
		} `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return body
	}
	var clids []string
	for _, d := range a.Data {
		clids = append(clids, strconv.FormatInt(d.CLID, 10))
	}
	return strings.Join(clids, " ")
}

// ends is the first and the last clid of a list answer.
func ends(body string) string {
	clids := strings.Fields(clidsOf(body))
	if len(clids) == 0 {
		return ""
	}
	return clids[0] + " " + clids[len(clids)-1]
}
