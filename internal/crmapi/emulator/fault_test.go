package emulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/crmapi/emulator"
)

const three = `{"client":[{"uid":"U1","title":"А"},{"uid":"U2","title":"Б"},{"uid":"U3","title":"В"}]}`

func titles(s *emulator.Server) string {
	var all []string
	for _, cl := range s.Clients() {
		all = append(all, cl.Title)
	}
	return strings.Join(all, " ")
}

func plan(t *testing.T, s *emulator.Server, faults ...emulator.Fault) {
	t.Helper()
	if err := s.Faults(faults...); err != nil {
		t.Fatal(err)
	}
}

func TestFaultPhasesDecideWhatIsInTheStore(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault emulator.Fault
		want  string
	}{
		{emulator.Fault{Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}, ""},
		{emulator.Fault{Phase: emulator.PhaseDuring, Record: 1, Kind: emulator.KindDrop}, ""},
		{emulator.Fault{Phase: emulator.PhaseDuring, Record: 3, Kind: emulator.KindFatal}, "А Б"},
		{emulator.Fault{Phase: emulator.PhaseDuring, UID: "U2", Kind: emulator.KindFatal}, "А"},
		{emulator.Fault{Phase: emulator.PhaseAfter, Kind: emulator.KindDrop}, "А Б В"},
		{emulator.Fault{Phase: emulator.PhaseLate, Kind: emulator.KindDrop}, ""},
	} {
		name := string(c.fault.Phase) + " " + string(c.fault.Kind)
		s := emulator.New(emulator.Options{})
		send := over(t, s)
		c.fault.Name, c.fault.Action = "f", "add.list"
		plan(t, s, c.fault)
		got := send("client/add.list", three)
		if lost := c.fault.Kind == emulator.KindDrop; (got.err != nil) != lost {
			t.Errorf("%s: answer %q, error %v", name, got.body, got.err)
		}
		if titles(s) != c.want {
			t.Errorf("%s: the store holds %q, want %q", name, titles(s), c.want)
		}
		if s.FaultsFired()["f"] != 1 {
			t.Errorf("%s: fired %v", name, s.FaultsFired())
		}
		s.Close()
		if c.fault.Phase == emulator.PhaseLate && titles(s) != "А Б В" {
			t.Errorf("%s: after the release the store holds %q", name, titles(s))
		}
	}
}

func TestFaultKindsDecideTheAnswer(t *testing.T) {
	t.Parallel()
	whole := `[{"result":"Успешно","data":1},{"result":"Успешно","data":2},{"result":"Успешно","data":3}]`
	for _, c := range []struct {
		fault  emulator.Fault
		status int
		body   string // "~…": contains
	}{
		{emulator.Fault{Kind: emulator.KindFatal}, 200, "~<b>Fatal error</b>:  Uncaught mysqli_sql_exception"},
		{emulator.Fault{Kind: emulator.KindEmpty}, 200, ""},
		{emulator.Fault{Kind: emulator.KindDBDown}, 200, "~Ошибка подключения к БД: "},
		{emulator.Fault{Kind: emulator.KindHTTP500}, 500, ""},
		{emulator.Fault{Kind: emulator.KindHTTP502}, 502, "~502 Bad Gateway"},
		{emulator.Fault{Kind: emulator.KindHTTP429}, 429, "~429"},
		{emulator.Fault{Kind: emulator.KindRedirect}, 302, ""},
		{emulator.Fault{Kind: emulator.KindHTMLPage}, 200, "~<!DOCTYPE html>"},
		{emulator.Fault{Kind: emulator.KindGarbage}, 200, "~\x1f\x8b"},
		{emulator.Fault{Kind: emulator.KindUnauth}, 200, `{"result":"Error","error":{"code":401,"text":"Неизвестный пользователь"}}`},
		{emulator.Fault{Kind: emulator.KindSlow, Delay: emulator.Duration(time.Millisecond)}, 200, whole},
		{emulator.Fault{Kind: emulator.KindWarning}, 200, "~<br />\n" + whole},
		{emulator.Fault{Kind: emulator.KindTrailing}, 200, "~" + whole + "<br />"},
		{emulator.Fault{Kind: emulator.KindTruncated, Bytes: 20}, 200, whole[:20]},
		{emulator.Fault{Kind: emulator.KindShort}, 200, `[{"result":"Успешно","data":1},{"result":"Успешно","data":2}]`},
		{emulator.Fault{Kind: emulator.KindLong}, 200, strings.TrimSuffix(whole, "]") + `,{"result":"Успешно","data":3}]`},
		{emulator.Fault{Kind: emulator.KindReorder}, 200, `[{"result":"Успешно","data":3},{"result":"Успешно","data":2},{"result":"Успешно","data":1}]`},
		{emulator.Fault{Kind: emulator.KindCode500, Record: 2}, 200, `[{"result":"Успешно","data":1},{"result":"Error","data":2,"error":{"code":500,"text":"ОшибкаMySQL server has gone away в строке 2006"}},{"result":"Успешно","data":3}]`},
	} {
		t.Run(string(c.fault.Kind), func(t *testing.T) {
			t.Parallel()
			s := emulator.New(emulator.Options{})
			send := over(t, s)
			c.fault.Phase = emulator.PhaseAfter
			plan(t, s, c.fault)
			got := send("client/add.list", three)
			if got.err != nil || got.status != c.status {
				t.Errorf("status %d, error %v", got.status, got.err)
			}
			if part, ok := strings.CutPrefix(c.body, "~"); ok && !strings.Contains(got.body, part) || !ok && got.body != c.body {
				t.Errorf("body %q", got.body)
			}
			if titles(s) != "А Б В" {
				t.Errorf("the store holds %q", titles(s))
			}
		})
	}
}

func TestCutEndsTheConnectionInsideTheBody(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	send := over(t, s)
	plan(t, s, emulator.Fault{Kind: emulator.KindCut, Bytes: 10})
	if got := send("client/add", `{"title":"А"}`); got.err == nil || len(got.body) != 10 {
		t.Errorf("body %q, error %v", got.body, got.err)
	}
	if titles(s) != "А" {
		t.Errorf("the store holds %q", titles(s))
	}
}

func TestFaultsMatchByActionNumberAndContent(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	plan(t, s,
		emulator.Fault{Name: "second add", Action: "add", Nth: 2, Kind: emulator.KindEmpty},
		emulator.Fault{Name: "poison", Contains: "яд", Kind: emulator.KindFatal},
		emulator.Fault{Name: "twice", Action: "list", Times: 2, Kind: emulator.KindEmpty},
		emulator.Fault{Name: "never", Action: "delete", Kind: emulator.KindEmpty},
		emulator.Fault{Name: "no fifth record", Action: "add.list", Phase: emulator.PhaseDuring, Record: 5, Kind: emulator.KindEmpty},
	)
	var got []string
	for _, step := range [][2]string{
		{"client/add", `{"title":"1"}`},
		{"client/add", `{"title":"2"}`},
		{"client/add", `{"title":"3"}`},
		{"client/add", `{"title":"яд"}`},
		{"client/list", `{"order":"clid"}`},
		{"client/list", `{"order":"clid"}`},
		{"client/list", `{"order":"clid"}`},
		{"client/add.list", `{"client":[{"title":"4"}]}`},
	} {
		body := call(s, step[0], step[1])
		switch {
		case body == "":
			got = append(got, "empty")
		case json.Valid([]byte(body)):
			got = append(got, "json")
		default:
			got = append(got, "html")
		}
	}
	if want := "json empty json html empty empty json json"; strings.Join(got, " ") != want {
		t.Errorf("answers %v, want %s", got, want)
	}
	for name, want := range map[string]int{"second add": 1, "poison": 1, "twice": 2, "never": 0, "no fifth record": 0} {
		if n, ok := s.FaultsFired()[name]; !ok || n != want {
			t.Errorf("%s fired %d times, want %d", name, n, want)
		}
	}
	if titles(s) != "1 3 4" {
		t.Errorf("the store holds %q", titles(s))
	}
}

func TestFaultPlanFile(t *testing.T) {
	t.Parallel()
	faults, err := emulator.ReadFaults(strings.NewReader("- {name: late one, action: add.list, nth: 3, phase: late, kind: drop, delay: 1.5s}\n- {kind: short}\n"))
	if err != nil || len(faults) != 2 || time.Duration(faults[0].Delay) != 1500*time.Millisecond || faults[0].Nth != 3 {
		t.Errorf("%+v, %v", faults, err)
	}
	if faults, err = emulator.ReadFaults(strings.NewReader(`[{"kind":"drop","phase":"after","delay":"1s"}]`)); err != nil || len(faults) != 1 {
		t.Errorf("JSON: %+v, %v", faults, err)
	}
	for _, bad := range []string{"- {kind: nonsense}", "- {kind: drop, phase: never}", "- {kind: short, phase: before}", "- {knid: drop}", "- {kind: drop, nth: -1}", "kind: drop"} {
		if _, err := emulator.ReadFaults(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
	if faults, err := emulator.ReadFaults(strings.NewReader("")); err != nil || len(faults) != 0 {
		t.Errorf("empty plan: %v, %v", faults, err)
	}
	s := emulator.New(emulator.Options{})
	if err := s.Faults(emulator.Fault{Name: "a", Kind: emulator.KindDrop}, emulator.Fault{Name: "a", Kind: emulator.KindDrop}); err == nil {
		t.Error("two faults of one name: accepted")
	}
}

// A late commit happens after its delay, while the client believes that nothing
// came of the request.
func TestLateCommitHappensAfterItsDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{})
		plan(t, s, emulator.Fault{Phase: emulator.PhaseLate, Kind: emulator.KindHTTP502, Delay: emulator.Duration(time.Minute)})
		if body := call(s, "client/add", `{"title":"А","uid":"U1"}`); !strings.Contains(body, "502") {
			t.Error(body)
		}
		if titles(s) != "" {
			t.Error("committed at once")
		}
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if titles(s) != "" {
			t.Error("committed too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if titles(s) != "А" {
			t.Error("not committed")
		}
		ev := s.History()[0]
		if len(ev.Effects) != 1 || !ev.Effects[0].Late || ev.Effects[0].UID != "U1" {
			t.Errorf("effects %+v", ev.Effects)
		}
	})
}

func TestWritingARecordTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := emulator.New(emulator.Options{PerRecord: 25 * time.Millisecond})
		start := time.Now()
		call(s, "client/add.list", three)
		if took := time.Since(start); took != 75*time.Millisecond {
			t.Errorf("three records took %v", took)
		}
	})
}

func TestAnswersThatDoNotEndLetTheClientLeave(t *testing.T) {
	t.Parallel()
	for _, f := range []emulator.Fault{
		{Kind: emulator.KindHang, Phase: emulator.PhaseAfter},
		{Kind: emulator.KindSlow, Delay: emulator.Duration(time.Hour)},
		{Kind: emulator.KindDrip, Delay: emulator.Duration(time.Hour)},
		{Kind: emulator.KindEndless},
	} {
		t.Run(string(f.Kind), func(t *testing.T) {
			t.Parallel()
			s := emulator.New(emulator.Options{})
			srv := httptest.NewServer(s)
			defer srv.Close()
			plan(t, s, f)
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			r := post(s.Key(), emulator.DefaultLogin, srv.URL+"/developer/v3/client/add", `{"title":"А"}`).WithContext(ctx)
			r.RequestURI = ""
			resp, err := srv.Client().Do(r)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
			srv.Close() // waits for the handler
			if titles(s) != "А" {
				t.Errorf("the store holds %q", titles(s))
			}
		})
	}
}

func TestHostThatHidesErrors(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{HideErrors: true})
	w := recorded(s, post(s.Key(), emulator.DefaultLogin, "/developer/v3/client/list", "{}"))
	if w.Code != http.StatusInternalServerError || w.Body.Len() != 0 || w.Header().Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("status %d, body %q", w.Code, w.Body.String())
	}
}

func TestRedirectNamesTheLoginPage(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	plan(t, s, emulator.Fault{Kind: emulator.KindRedirect})
	w := recorded(s, post(s.Key(), emulator.DefaultLogin, "/developer/v3/client/list", "{}"))
	if w.Code != http.StatusFound || w.Header().Get("Location") != "/login" {
		t.Errorf("status %d, Location %q", w.Code, w.Header().Get("Location"))
	}
}
