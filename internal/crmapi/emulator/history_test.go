package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

func recorded(s *emulator.Server, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestHistoryTellsWhatARequestDid(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{Key: "S3CRET"})
	call(s, "client/add", `{"title":"А","uid":"U1"}`)
	call(s, "client/update", `{"clid":1,"title":"Б","phone":"1","recv":{"castInn":"7"}}`)
	call(s, "client/add", `{"title":"б","phone":""}`)
	call(s, "client/delete", `{"clid":1}`)

	var got []string
	for _, ev := range s.History() {
		if ev.Status != 200 || ev.Answer == "" || ev.End <= ev.Begin || ev.Login != emulator.DefaultLogin || !ev.Write {
			t.Errorf("event %+v", ev)
		}
		for _, e := range ev.Effects {
			got = append(got, fmt.Sprintf("%d %s %s: %d %s %s %s→%s", ev.Seq, ev.Action, e.Kind, e.CLID, e.UID, e.Field, show(e.Old), show(e.New)))
		}
	}
	want := []string{
		"1 add created: 1 U1  null→null",
		"2 update updated: 1 U1 title А→Б",
		"2 update updated: 1 U1 phone null→1",
		"2 update updated: 1 U1 recv ;;;;;;;;;;;;;;;→;7;;;;;;;;;;;;;;",
		"3 add duplicate: 1 U1  null→null",
		"4 delete deleted: 1 U1  null→null",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	var b bytes.Buffer
	if err := s.HistoryTo(&b); err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(b.String()), "\n") {
		var ev emulator.Event
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			t.Errorf("line %d: %v", i+1, err)
		}
		if i == 1 && ev.Effects[0].Field != "title" {
			t.Errorf("read back: %+v", ev)
		}
	}
	if n := strings.Count(b.String(), "\n"); n != 4 || strings.Contains(b.String(), "S3CRET") {
		t.Errorf("%d lines: %s", n, b.String())
	}
}

func show(s *string) string {
	if s == nil {
		return "null"
	}
	return *s
}

func TestCheckFindsWhatAClientMustNotDo(t *testing.T) {
	t.Parallel()
	const target = "/developer/v3/client/list"
	for rule, request := range map[string]*http.Request{
		"":                       post("K", "x", target, "{}"),
		emulator.RuleKeyInURL:    post("K", "x", target+"?apikey=K", "{}"),
		emulator.RuleKeyInBody:   post("K", "x", target, `{"apikey":"K"}`),
		emulator.RuleQuery:       post("K", "x", target+"?a=1", "{}"),
		emulator.RuleUnmodelled:  post("K", "x", "/developer/v3/akt/list", "{}"),
		emulator.RuleContentType: withHeader(post("K", "x", target, "{}"), "Content-Type", "application/json; charset=utf-8"),
		emulator.RuleVerb:        httptest.NewRequest(http.MethodGet, target, strings.NewReader("{}")),
	} {
		s := emulator.New(emulator.Options{Key: "K", Logins: []emulator.Login{{Login: "x", Boss: true}}})
		recorded(s, request)
		var rules []string
		for _, v := range emulator.Check(s.History(), s.Clients()) {
			rules = append(rules, v.Rule)
		}
		if rule == "" && rules != nil || rule != "" && !slices.Contains(rules, rule) {
			t.Errorf("%q: found %q", rule, rules)
		}
	}
}

func withHeader(r *http.Request, key, value string) *http.Request {
	r.Header.Set(key, value)
	return r
}

func TestCheckFindsDuplicatesMadeThroughTheAPI(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	seed(t, s, emulator.Client{Title: "старый", UID: "D"}, emulator.Client{Title: "старый же", UID: "d"})
	if bad := emulator.Check(s.History(), s.Clients()); bad != nil {
		t.Errorf("what was in the CRM before: %v", bad)
	}
	added(t, s, fieldsOf{"title": "А", "uid": "U"})
	added(t, s, fieldsOf{"title": "Б", "uid": "u "})
	want := []emulator.Violation{{Rule: emulator.RuleUIDTwice, UID: "U", CLID: []int64{3, 4}}}
	if diff := cmp.Diff(want, emulator.Check(s.History(), s.Clients())); diff != "" {
		t.Error(diff)
	}
}

func TestCheckFindsWritesThatOverlap(t *testing.T) {
	t.Parallel()
	event := func(seq int, begin, end int64, write bool) emulator.Event {
		return emulator.Event{
			Seq: seq, Begin: begin, End: end, Write: write, Verb: http.MethodPost,
			Headers: http.Header{"Content-Type": {"application/json"}},
		}
	}
	for _, c := range []struct {
		name   string
		events []emulator.Event
		want   int
	}{
		{"one after the other", []emulator.Event{event(1, 1, 2, true), event(2, 3, 4, true)}, 0},
		{"a read beside a write", []emulator.Event{event(1, 1, 4, true), event(2, 2, 3, false)}, 0},
		{"two at a time", []emulator.Event{event(1, 1, 3, true), event(2, 2, 4, true)}, 1},
		{"one inside another, and one after the inner", []emulator.Event{event(1, 1, 6, true), event(2, 2, 3, true), event(3, 4, 5, true)}, 2},
		{"the first is still open", []emulator.Event{event(1, 1, 0, true), event(2, 2, 3, true)}, 1},
	} {
		if got := emulator.Check(c.events, nil); len(got) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// A client that gave up is not blamed for the work that the server still does.
func TestClientThatGaveUpMayWriteAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{PerRecord: 10 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go recorded(s, post(s.Key(), emulator.DefaultLogin, "/developer/v3/client/add", `{"title":"А"}`).WithContext(ctx))
		time.Sleep(2 * time.Second)
		call(s, "client/add", `{"title":"Б"}`)
		if bad := emulator.Check(s.History(), s.Clients()); bad != nil {
			t.Error(bad)
		}
		if titles(s) != "А Б" {
			t.Errorf("the store holds %q", titles(s))
		}
	})
}

func TestStateSurvivesSaveAndLoad(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{AllFields: true, Telephony: true})
	added(t, s, fieldsOf{"title": "А", "uid": "U1", "idcategory": "Новая", "recv": fieldsOf{"castInn": "5904000001"}})
	seed(t, s, emulator.Client{CLID: 50, Title: "Б", HasDeals: true, Trash: true, Owner: "-", Fields: map[string]string{"territory": "Пермь"}})
	path := filepath.Join(t.TempDir(), "crm.json")
	if err := s.Save(path); err != nil {
		t.Fatal(err)
	}
	restored := emulator.New(emulator.Options{})
	if err := restored.Load(path); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Clients(), restored.Clients()); diff != "" {
		t.Error(diff)
	}
	for _, q := range [][2]string{{"client/list", `{"order":"clid","bankinfo":true}`}, {"client/info", `{"uid":"u1","bankinfo":true}`}, {"guides/category", "{}"}, {"client/fields", "{}"}, {"user/list", "{}"}} {
		if a, b := call(s, q[0], q[1]), call(restored, q[0], q[1]); a != b {
			t.Errorf("%s:\n%s\n%s", q[0], a, b)
		}
	}
	if cl := added(t, restored, fieldsOf{"title": "В"}); cl.CLID != 51 {
		t.Errorf("next clid %d", cl.CLID)
	}
	if err := restored.Load(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("a file that is not there: loaded")
	}
}

func TestRestoreFromBackupGivesClidsAgain(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	added(t, s, fieldsOf{"title": "А"})
	backup := s.Snapshot()
	added(t, s, fieldsOf{"title": "Б"})
	call(s, "client/list", `{"order":"clid"}`)
	s.Restore(backup)
	if got := clidsOf(call(s, "client/list", `{"order":"clid"}`)); got != "1" {
		t.Errorf("clients %s", got)
	}
	if cl := added(t, s, fieldsOf{"title": "В"}); cl.CLID != 2 {
		t.Errorf("clid %d", cl.CLID)
	}
}

// The state of another CRM may have seen as many changes: what was read before
// must not answer for it.
func TestRestoreForgetsWhatWasRead(t *testing.T) {
	t.Parallel()
	a, b := emulator.New(emulator.Options{}), emulator.New(emulator.Options{})
	added(t, a, fieldsOf{"title": "А"})
	added(t, b, fieldsOf{"title": "Б"})
	call(a, "client/list", `{"order":"clid"}`)
	a.Restore(b.Snapshot())
	if got := call(a, "client/list", `{"order":"clid"}`); !strings.Contains(got, `"title":"Б"`) {
		t.Error(got)
	}
}

func TestSeedFile(t *testing.T) {
	t.Parallel()
	f, err := emulator.ReadSeed(strings.NewReader(`
logins:
  - {id: 1, login: boss@example.org, boss: true, active: true}
  - {id: 2, login: mgr@example.org, active: true}
all_fields: true
clients:
  - title: Ромашка, ООО
    uid: U1
    owner: mgr@example.org
    created: "2020-01-02 03:04:05"
    fields: {phone: "+7 342 200-00-00", territory: Пермь, type: client}
    recv: {castInn: 0274062111, castKpp: 590401001}
`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := emulator.NewSeeded(emulator.Options{}, f)
	if err != nil {
		t.Fatal(err)
	}
	cl, _ := s.Client(1)
	want := emulator.Client{
		CLID: 1, UID: "U1", Title: "Ромашка, ООО", Owner: "mgr@example.org", OwnerID: 2, Created: "2020-01-02 03:04:05",
		Fields: map[string]string{"phone": "+7 342 200-00-00", "territory": "Пермь", "type": "client"},
		Recv:   map[string]string{"castInn": "0274062111", "castKpp": "590401001"},
	}
	if diff := cmp.Diff(want, cl); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"clinets: []", "clients: [{title: А, fields: {nope: x}}]", "clients: [{title: А, owner: ghost}]", "clients: [{clid: 1, title: А}, {clid: 1, title: Б}]", "clients: [{title: А, recv: {castNope: x}}]"} {
		f, err := emulator.ReadSeed(strings.NewReader(bad))
		if err == nil {
			_, err = emulator.NewSeeded(emulator.Options{}, f)
		}
		if err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}

// Requests at the same time neither lose records nor disturb one another.
func TestConcurrentRequests(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	plan(t, s, emulator.Fault{Action: "info", Nth: 5, Kind: emulator.KindEmpty})
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 20 {
				n := worker*100 + i
				call(s, "client/add.list", fmt.Sprintf(`{"client":[{"title":"%d","uid":"A%d"},{"title":"%d-","uid":"B%d","clientpath":"П%d"}]}`, n, n, n, n, i))
				call(s, "client/list", `{"order":"date_create","bankinfo":true}`)
				call(s, "client/info", fmt.Sprintf(`{"uid":"A%d"}`, n))
				call(s, "client/update", fmt.Sprintf(`{"uid":"B%d","phone":"%d"}`, n, n))
				s.Snapshot()
				s.Clients()
				s.History()
			}
		})
	}
	wg.Wait()
	if n := len(s.Clients()); n != 320 {
		t.Errorf("%d clients, want 320", n)
	}
	for _, cl := range s.Clients() {
		if strings.HasPrefix(cl.UID, "B") && cl.Fields["phone"] != cl.UID[1:] {
			t.Errorf("uid %s has the phone %q", cl.UID, cl.Fields["phone"])
		}
	}
	for _, ev := range s.History() {
		if ev.Fault == "" && !json.Valid([]byte(ev.Answer)) && len(ev.Answer) < 16<<10 {
			t.Fatalf("%s: %s", ev.Action, ev.Answer)
		}
	}
}
