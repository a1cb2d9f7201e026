package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

// The conformance test sends the requests that a real server was sent, in their
// order, and compares the answers byte for byte, apart from today's dates, ids of
// the activity history, server paths and the order of rows that the sorting
// leaves open.

type capture struct {
	name, verb, target, body string
	headers                  http.Header
	answer                   string
	at                       time.Time
}

func TestAnswersAsTheRealServer(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	compared := 0
	for _, name := range captureOrder(t) {
		if prepare, ok := lab.steps()[name]; ok {
			prepare()
		}
		if reason := reasonNotToReplay(name); reason != "" {
			continue
		}
		c := readCapture(t, name)
		lab.now = c.at
		got, want := c.normal(lab.send(c)), c.normal(c.answer)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s %s %s\n(-real +emulated)\n%s", name, c.verb, c.target, c.body, diff)
		}
		compared++
	}
	if compared < 200 {
		t.Errorf("only %d captures were compared", compared)
	}
	for _, ev := range lab.server.History() {
		if ev.Unmodelled != "" {
			t.Errorf("request %d: unmodelled %s", ev.Seq, ev.Unmodelled)
		}
	}
}

// notReplayed lists the captures that are not compared, by name or prefix.
var notReplayed = map[string]string{
	"lead_":                    "leads are not emulated",
	"task_":                    "tasks are not emulated",
	"history_":                 "the activity history is not emulated",
	"v2_":                      "API v2 is not emulated; what it changed is among the steps",
	"webhook_received":         "a request of the CRM, not an answer; webhooks are not emulated",
	"fatal_display_errors_off": "has no request; see TestHostThatHidesErrors",
}

func reasonNotToReplay(name string) string {
	for pattern, reason := range notReplayed {
		if name == pattern || strings.HasSuffix(pattern, "_") && strings.HasPrefix(name, pattern) {
			return reason
		}
	}
	return ""
}

// lab is the server that the captures were taken from.
type lab struct {
	t      *testing.T
	server *emulator.Server
	now    time.Time
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t}
	l.server = emulator.New(emulator.Options{
		Key: "KEY123",
		Logins: []emulator.Login{
			{ID: 1, Login: "boss@example.org", Title: "Boss", Active: true, Boss: true},
			{ID: 2, Login: "mgr@example.org", Title: "Mgr", Active: true},
		},
		Clock: func() time.Time { return l.now },
	})
	return l
}

func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// steps are what was done to that server beside the captured v3 client
// requests, keyed by the capture before which it happened.
func (l *lab) steps() map[string]func() {
	s := l.server
	return map[string]func(){
		"fields_all": func() {
			s.SetActiveFields("input1", "title", "iduser", "idcategory", "head_clid", "pid", "address", "phone", "fax", "site_url",
				"mail_url", "territory", "des", "scheme", "tip_cmr", "recv", "clientpath")
		},
		"del_hasdeals": func() {
			l.must(s.SeedDeal(emulator.Deal{Title: "D", CLID: 4, Payer: -1, Created: "-"}))
		},
		"trash_false": func() { l.must(s.Trash(1)) },
		"page_0":      l.bulk,
		"v2_form":     func() { l.must(s.Edit(2, "title", "Form ”q” o&acute;neil")) },
		"add_uid_num": func() { l.must(s.Seed(emulator.Client{CLID: 672, Title: "Between"})) },
		"dbdown":      func() { s.SetDatabaseDown(true) },
		"dbup":        func() { s.SetDatabaseDown(false) },
	}
}

// bulk is the load of 450 clients that was put into the database directly.
func (l *lab) bulk() {
	for i := range 450 {
		day := 1 + i%28
		l.must(l.server.Seed(emulator.Client{
			CLID: int64(19 + i), UID: fmt.Sprintf("B%d", i), Title: fmt.Sprintf("Bulk %d", i),
			Created: fmt.Sprintf("2020-01-%02d 12:00:00", day), Edited: fmt.Sprintf("2021-02-%02d 10:00:00", day),
		}))
	}
}

func (l *lab) send(c capture) string {
	r := httptest.NewRequest(c.verb, strings.ReplaceAll(c.target, " ", "%20"), strings.NewReader(c.body))
	r.Header = c.headers
	w := httptest.NewRecorder()
	l.server.ServeHTTP(w, r)
	kind := "application/json; charset=utf-8"
	if strings.HasPrefix(c.target, "/developer/v1/") {
		kind = "text/html; charset=utf-8"
	}
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind {
		l.t.Errorf("%s: status %d, Content-Type %q", c.name, w.Code, w.Header().Get("Content-Type"))
	}
	return w.Body.String()
}

func captureOrder(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/captures/ORDER.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(b))
}

func readCapture(t *testing.T, name string) capture {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "captures", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	request, response, ok := strings.Cut(strings.ReplaceAll(string(b), "\r\n", "\n"), "-----8<----- response\n")
	if !ok {
		t.Fatalf("%s: no response", name)
	}
	head, body, _ := strings.Cut(strings.TrimSuffix(request, "\n"), "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	c := capture{name: name, headers: http.Header{}, body: body}
	c.verb, c.target, _ = strings.Cut(lines[0], " ")
	for _, line := range lines[1:] {
		k, v, _ := strings.Cut(line, ": ")
		c.headers.Set(k, v)
	}
	if c.headers.Get("Content-Type") == "" && c.verb == http.MethodPost {
		c.headers.Set("Content-Type", "application/x-www-form-urlencoded") // as curl sends it
	}
	if strings.HasPrefix(c.body, "@") {
		c.body = batchOf200()
	}
	answerHead, answer, _ := strings.Cut(response, "\n\n")
	c.answer = strings.TrimSuffix(answer, "\n")
	for line := range strings.SplitSeq(answerHead, "\n") {
		if at, ok := strings.CutPrefix(line, "Date: "); ok {
			c.at, err = http.ParseTime(at)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// batchOf200 stands for the file that add_list_200 sent.
func batchOf200() string {
	var b strings.Builder
	b.WriteString(`{"client":[`)
	for i := range 200 {
		fmt.Fprintf(&b, `%s{"title":"Batch %d"}`, strings.Repeat(",", min(i, 1)), i)
	}
	return b.String() + "]}"
}

var (
	today   = regexp.MustCompile(`2026-11-22 \d\d:\d\d:\d\d|22\.11\.26,  \d\d:\d\d`)
	history = regexp.MustCompile(`"hid":\d+`)
	lines   = regexp.MustCompile(`удалено \d+ записи`)
	clids   = regexp.MustCompile(`AND iduser IN \([\d,]+\).*`)
)

// normal takes out of an answer what no emulation can repeat.
func (c capture) normal(answer string) string {
	if strings.HasPrefix(answer, "<br />") {
		answer, _, _ = strings.Cut(answer, " in /")
		if before, _, ok := strings.Cut(answer, ", called in"); ok {
			answer = before
		}
		return clids.ReplaceAllString(answer, "AND iduser IN …")
	}
	answer = strings.TrimSuffix(answer, "\n")
	answer = today.ReplaceAllString(answer, "NOW")
	answer = history.ReplaceAllString(answer, `"hid":N`)
	answer = lines.ReplaceAllString(answer, "удалено N записи")
	if strings.Contains(c.body, `"order":"date_`) && strings.HasPrefix(answer, `{"data":[`) {
		return sortedRows(answer)
	}
	return answer
}

// sortedRows orders the rows of a list answer by their text: the database leaves
// the order of equal dates open.
func sortedRows(answer string) string {
	var parsed struct {
		Data []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal([]byte(answer), &parsed); err != nil {
		return answer
	}
	slices.SortFunc(parsed.Data, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	end := strings.LastIndex(answer, `],"params"`)
	return string(bytes.Join(rawOf(parsed.Data), []byte("\n"))) + answer[max(end, 0):]
}

func rawOf(rows []json.RawMessage) [][]byte {
	out := make([][]byte, len(rows))
	for i, r := range rows {
		out[i] = r
	}
	return out
}
