package crmapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
)

// paged serves pages of list by the offset asked for.
func paged(t *testing.T, pages ...[]int) *server {
	t.Helper()
	var s *server
	s = serve(t, func(w http.ResponseWriter, n int) {
		var q struct{ Offset int }
		if err := json.Unmarshal([]byte(s.requests()[n-1].Body), &q); err != nil {
			t.Error(err)
		}
		rows := []string{}
		if q.Offset < len(pages) {
			for _, id := range pages[q.Offset] {
				rows = append(rows, fmt.Sprintf(`{"clid":%d,"title":"t%d"}`, id, id))
			}
		}
		_, _ = fmt.Fprintf(w, `{"data":[%s],"params":{"pageall":%d},"count":%d}`, strings.Join(rows, ","), len(pages), len(rows))
	})
	return s
}

// down returns n ids from `from` downwards.
func down(from, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = from - i
	}
	return out
}

func collect(t *testing.T, c *crmapi.Client, q crmapi.ListQuery) (ids []int, err error) {
	t.Helper()
	for obj, e := range c.Clients(t.Context(), q) {
		if e != nil {
			if err != nil {
				t.Errorf("an error after the last one: %v", e)
			}
			err = e
			continue
		}
		ids = append(ids, int(obj.CLID))
	}
	return ids, err
}

func TestClientsReadsUntilAShortPage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pages    [][]int
		want     []int
		requests int
	}{
		"nothing":                          {nil, nil, 1},
		"one short page":                   {[][]int{down(3, 3)}, down(3, 3), 1},
		"a full page and an empty one":     {[][]int{down(201, 200)}, down(201, 200), 4},
		"nothing can stand below clid 1":   {[][]int{down(200, 200)}, down(200, 200), 1},
		"two and a half":                   {[][]int{down(450, 200), down(250, 200), down(50, 50)}, down(450, 450), 5},
		"rows moved down by new ones":      {[][]int{down(300, 200), down(102, 102)}, down(300, 300), 4},
		"a page that almost repeats":       {[][]int{down(300, 200), append(down(300, 199), 50), down(49, 49)}, append(down(300, 200), down(50, 50)...), 5},
		"a short page ends it, whatever n": {[][]int{down(300, 199), down(101, 101)}, down(300, 199), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := paged(t, tc.pages...)
			got, err := collect(t, client(t, s.URL), crmapi.ListQuery{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Error(d)
			}
			if n := len(s.requests()); n != tc.requests {
				t.Errorf("%d requests, want %d", n, tc.requests)
			}
		})
	}
}

func TestAListThatRepeatsForEverEndsWithAnError(t *testing.T) {
	t.Parallel()
	same := down(300, 200)
	s := paged(t, same, same, same, same, same, same, same)
	got, err := collect(t, client(t, s.URL), crmapi.ListQuery{})
	if class(err) != crmapi.ClassProtocol || len(got) != 200 || len(s.requests()) != 7 {
		t.Errorf("%d clients, %v, %d requests", len(got), err, len(s.requests()))
	}
}

func TestClientsStopsWhenTheCallerDoes(t *testing.T) {
	t.Parallel()
	s := paged(t, down(300, 200), down(100, 100))
	for obj, err := range client(t, s.URL).Clients(t.Context(), crmapi.ListQuery{}) {
		if err != nil || obj.CLID != 300 {
			t.Fatalf("%+v, %v", obj, err)
		}
		break
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestClientsEndsWithTheFirstFailedPage(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, n int) {
		if n == 2 {
			_, _ = io.WriteString(w, "<b>Fatal error</b>")
			return
		}
		var rows []string
		for _, id := range down(1000-200*n, 200) {
			rows = append(rows, fmt.Sprintf(`{"clid":"%d"}`, id))
		}
		_, _ = fmt.Fprintf(w, `{"data":[%s]}`, strings.Join(rows, ","))
	})
	got, err := collect(t, client(t, s.URL), crmapi.ListQuery{})
	if class(err) != crmapi.ClassProtocol || len(got) != 200 {
		t.Errorf("%d clients, %v", len(got), err)
	}
}

// The server replaces \u0410 by А also where the text itself said \u0410, and
// leaves "\А", which is no JSON.
func TestADamagedRowDoesNotBlindItsNeighbours(t *testing.T) {
	t.Parallel()
	body := `{"data":[{"clid":3,"des":"a \\\" ] } b"},{"clid":2,"des":"\А"},{"clid":1,"des":"c"},[],null,{"title":"x"},{"CLID":9}],"params":{"pageall":1}}`
	page, err := client(t, answer(t, body).URL).List(t.Context(), crmapi.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var good, bad []int64
	for _, c := range page.Clients {
		good = append(good, c.CLID)
	}
	for _, e := range page.Bad {
		if e.Class != crmapi.ClassUnreadable {
			t.Errorf("class %v", e.Class)
		}
		bad = append(bad, e.CLID)
	}
	if d := cmp.Diff([]int64{3, 1}, good); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]int64{2, 0, 0, 0, 0}, bad); d != "" {
		t.Error(d)
	}
	if page.Rows != 7 || page.Pages != 1 || page.Clients[0].Fields["des"] != set(`a \" ] } b`) {
		t.Errorf("%+v", page)
	}
	// The sequence tells of the record and goes on.
	var seen []string
	for obj, err := range client(t, answer(t, body).URL).Clients(t.Context(), crmapi.ListQuery{}) {
		seen = append(seen, fmt.Sprint(obj.CLID, " ", class(err)))
	}
	want := []string{"3 class_0", "1 class_0", "2 unreadable", "0 unreadable", "0 unreadable", "0 unreadable", "0 unreadable"}
	if d := cmp.Diff(want, seen); d != "" {
		t.Error(d)
	}
}

func TestADamagedCardIsThatClientsTroubleAlone(t *testing.T) {
	t.Parallel()
	damaged := false
	c := client(t, answer(t, `{"data":{"clid":7,"des":"\А","bankinfo":{"castInn":"1"}}}`).URL, func(c *crmapi.Config) {
		c.Observe = func(x crmapi.Exchange) { damaged = x.Damaged }
	})
	_, err := c.InfoByUID(t.Context(), "abc", true)
	var e *crmapi.Error
	if !errors.As(err, &e) || e.Class != crmapi.ClassUnreadable || e.CLID != 7 || !damaged {
		t.Errorf("%v, damaged %v", err, damaged)
	}
}

func TestReadsTolerateJunkAndTellOfIt(t *testing.T) {
	t.Parallel()
	const page = `{"data":[{"clid":1}]}`
	const warning = "<br />\n<b>Warning</b>: {main} [x] in a.php<br />\n"
	for name, tc := range map[string]struct {
		body          string
		before, after int
	}{
		"clean":    {" " + page + "\n", 0, 0},
		"BOM":      {"\ufeff" + page, 3, 0},
		"warning":  {warning + page, len(warning), 0},
		"trailing": {page + "\n<br />x ", 0, 7},
		"log line": {"[22-Nov-2026] PHP Notice: x\n" + page + page, 28, len(page)},
		"wrapped":  {"[" + page + "]", 0, 0},
	} {
		var seen crmapi.Exchange
		c := client(t, answer(t, tc.body).URL, func(c *crmapi.Config) { c.Observe = func(x crmapi.Exchange) { seen = x } })
		got, err := c.List(t.Context(), crmapi.ListQuery{})
		if err != nil || len(got.Clients) != 1 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if seen.JunkBefore != tc.before || seen.JunkAfter != tc.after {
			t.Errorf("%s: junk %d, %d; want %d, %d", name, seen.JunkBefore, seen.JunkAfter, tc.before, tc.after)
		}
	}
}

// A cut page is not a shorter page, and a cut card not a smaller client.
func TestATruncatedReadIsNeverAnAnswer(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*crmapi.Client) error{
		"list_fields_typo": func(c *crmapi.Client) error { return second(c.List(t.Context(), crmapi.ListQuery{})) },
		"info_clid":        func(c *crmapi.Client) error { return second(c.InfoByCLID(t.Context(), 4, true)) },
		"user_list":        func(c *crmapi.Client) error { return second(c.Users(t.Context())) },
	} {
		body := captureBody(t, name)
		c := client(t, "http://crm.test", over(cutting(body)))
		for cut := range body {
			if err := call(c); class(err) != crmapi.ClassUnknown && cut > 0 {
				t.Fatalf("%s cut at byte %d of %d: %v", name, cut, len(body), err)
			}
		}
		if err := call(c); err != nil {
			t.Errorf("%s whole: %v", name, err)
		}
	}
}
