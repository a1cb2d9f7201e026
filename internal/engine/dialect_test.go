package engine_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// v1Kind is a CRM that speaks API v1.
type v1Kind struct {
	options emulator.Options
	poor    bool   // its list shows ids and dates alone, and it looks no uid up
	add     string // how records are added
	nth     int    // the first request behind the canary
}

func v1Kinds() map[string]v1Kind {
	return map[string]v1Kind{
		"observed":   {emulator.Options{}, false, "add", 3},
		"documented": {emulator.Options{AsDocumented: true}, false, "addlist", 2},
		"poor":       {emulator.Options{AsDocumented: true}, true, "addlist", 2},
	}
}

// world is an installation over it, whose operator says that the login sees all.
func (k v1Kind) world(t *testing.T) *world {
	t.Helper()
	w := openWorldOf(t, t.TempDir(), k.options)
	w.dialect, w.sees = crmapi.V1, true
	if k.poor {
		w.server.Config.Handler = poor(w.crm)
	}
	t.Cleanup(w.close)
	return w
}

// poor is a server of the first years of v1.
func poor(em *emulator.Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if form, err := url.ParseQuery(string(body)); err == nil {
			switch form.Get("action") {
			case "list":
				form.Set("fields", "clid,uid,type,date_create,date_edit")
			case "info":
				form.Del("uid")
			}
			body = []byte(form.Encode())
		}
		r2 := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), strings.NewReader(string(body)))
		r2.Header = r.Header
		em.ServeHTTP(w, r2)
	})
}

// Every fault of an add over API v1: after the settle time each uid is in the CRM
// exactly once, and a further run writes nothing.
func TestV1_faults_of_adds(t *testing.T) {
	t.Parallel()
	faults := map[string]emulator.Fault{
		"connection lost before":       {Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
		"answer lost after commit":     {Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"late commit":                  {Phase: emulator.PhaseLate, Kind: emulator.KindDrop, Delay: emulator.Duration(50 * time.Millisecond)},
		"HTML fatal before":            {Phase: emulator.PhaseBefore, Kind: emulator.KindFatal},
		"HTML fatal after the insert":  {Phase: emulator.PhaseAfter, Kind: emulator.KindFatal},
		"truncated JSON":               {Phase: emulator.PhaseAfter, Kind: emulator.KindTruncated},
		"connection cut in the answer": {Phase: emulator.PhaseAfter, Kind: emulator.KindCut},
		"PHP warning before the JSON":  {Phase: emulator.PhaseAfter, Kind: emulator.KindWarning},
		"empty answer after commit":    {Phase: emulator.PhaseAfter, Kind: emulator.KindEmpty},
		"proxy's 502 after commit":     {Phase: emulator.PhaseAfter, Kind: emulator.KindHTTP502},
		"database down":                {Phase: emulator.PhaseBefore, Kind: emulator.KindDBDown},
		"the canary's answer is lost":  {Nth: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		"the canary is lost before":    {Nth: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop},
	}
	for kind, k := range v1Kinds() {
		for name, f := range faults {
			if k.poor && f.Kind != emulator.KindDrop {
				continue // what differs there is how a client is found
			}
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := k.world(t)
				keys := w.nine()
				if f.Action, f.Times = k.add, 1; f.Nth == 0 {
					f.Nth = k.nth
				}
				w.struck(f)
				w.crm.ReleaseLate()
				w.heals(keys)
			})
		}
	}
}

// nine exports nine clients.
func (w *world) nine() (keys []string) {
	var rows []string
	for i := range 9 {
		keys = append(keys, fmt.Sprintf("key-%d", i))
		rows = append(rows, row(keys[i], fmt.Sprintf("Клиент %d", i), fmt.Sprintf("8495000%04d", i)))
	}
	w.export(rows...)
	return keys
}

// struck runs once with a fault, which must strike.
func (w *world) struck(f emulator.Fault) {
	w.Helper()
	if err := w.crm.Faults(f); err != nil {
		w.Fatalf("fault: %v", err)
	}
	if _, err := w.run(); err != nil {
		w.Logf("the run with the fault: %v", err)
	}
	for fault, n := range w.crm.FaultsFired() {
		if n == 0 {
			w.Errorf("the fault %s never struck", fault)
		}
	}
}

// A crash at every step of an add leaves exactly one client, too.
func TestV1_crashes_in_an_add(t *testing.T) {
	t.Parallel()
	for kind, k := range v1Kinds() {
		if kind == "documented" {
			continue // "poor" is no less
		}
		for _, step := range []string{"before-intent", "intent-durable", "answered", "proven", "settled"} {
			t.Run(kind+"/"+step, func(t *testing.T) {
				t.Parallel()
				w := k.world(t)
				keys := w.nine()
				w.step = w.onceAt(step, func() { panic(killed{}) })
				func() {
					defer func() {
						if recover() == nil {
							t.Error("the run was not killed")
						}
					}()
					w.mustRun()
				}()
				w.step = nil
				w.heals(keys)
			})
		}
	}
}

// Without the operator's word absence is never proven: what was lost on the way stays
// in doubt, and a client that is not shown is not gone. The others go on.
func TestV1_without_the_operators_word_nothing_is_absent(t *testing.T) {
	t.Parallel()
	for kind, k := range v1Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := k.world(t)
			w.sees = false
			w.export(row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
			w.struck(emulator.Fault{Action: k.add, Nth: 1, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop})
			w.later(2 * settle)
			w.outcome(w.mustRun(), "1 unchanged, 1 in-doubt")
			if err := w.crm.Seed(emulator.Client{Title: "Не наш"}); err != nil {
				t.Fatal(err)
			}
			if err := w.crm.Delete(w.client("b").CLID); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				w.later(25 * time.Hour) // each reads the CRM whole
				w.outcome(w.mustRun(), "1 unchanged, 1 in-doubt")
			}
			if n := len(w.holds()); n != 0 {
				t.Errorf("held: %v", w.holds())
			}
			w.sees = true
			w.outcome(w.mustRun(), "1 unchanged, 1 created")
			w.once("a")
		})
	}
}

// The server says "existing client" and names it in the words of the answer alone.
func TestV1_an_existing_client_is_merged(t *testing.T) {
	t.Parallel()
	for kind, k := range v1Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := k.world(t)
			w.tune = func(c *engine.Config) { c.Match = reconcile.MatchOptions{} }
			if err := w.crm.Seed(emulator.Client{Title: "Ромашка", Fields: map[string]string{"phone": "84950000001", "type": "person"}}); err != nil {
				t.Fatal(err)
			}
			w.export(row("a", "Ромашка", "84950000001"))
			w.outcome(w.mustRun(), "1 merged")
			if got := w.client("a"); len(w.crm.Clients()) != 1 || got.Fields["type"] != "person" {
				t.Errorf("the CRM has %+v", w.crm.Clients())
			}
			w.settled()
			w.sound()
			w.linked()
		})
	}
}

// An update keeps the kind of the client, also when its answer is lost.
func TestV1_faults_of_updates(t *testing.T) {
	t.Parallel()
	for kind, k := range v1Kinds() {
		for name, f := range map[string]emulator.Fault{
			"lost before": {Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}, "lost after": {Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
			"late": {Phase: emulator.PhaseLate, Kind: emulator.KindDrop}, "fatal after": {Phase: emulator.PhaseAfter, Kind: emulator.KindFatal},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := k.world(t)
				w.export("a;Ромашка;84950000001;;;7707083893;;Нет")
				w.mustRun()
				if err := w.crm.Edit(w.client("a").CLID, "type", "person"); err != nil {
					t.Fatal(err)
				}
				w.export("a;Ромашка;84950000008;;;7707083893;773601001;Нет")
				f.Action, f.Nth, f.Times = "update", 1, 1
				w.struck(f)
				w.crm.ReleaseLate()
				w.heals([]string{"a"})
				got, kpp := w.client("a"), "773601001"
				if kind == "observed" {
					kpp = "" // the API does not take it
				}
				if got.Fields["phone"] != "84950000008" || got.Fields["type"] != "person" || got.Recv["castKpp"] != kpp {
					t.Errorf("the CRM has %+v", got)
				}
			})
		}
	}
}

// What the API does not carry is no difference, whoever changes it.
func TestV1_requisites_that_cannot_go_are_no_difference(t *testing.T) {
	t.Parallel()
	w := v1Kinds()["observed"].world(t)
	w.export("a;Ромашка;84950000001;;;7707083893;;Нет")
	w.outcome(w.mustRun(), "1 created")
	w.export("a;Ромашка;84950000001;;;7843316106;784301001;Нет")
	w.outcome(w.mustRun(), "1 unchanged")
	if err := w.crm.Edit(w.client("a").CLID, "castInn", "9970000170"); err != nil {
		t.Fatal(err)
	}
	w.later(25 * time.Hour)
	w.outcome(w.mustRun(), "1 unchanged")
	w.export("a;Ромашка;84950000002;;;7843316106;784301002;Нет")
	w.outcome(w.mustRun(), "1 updated")
	if got := w.client("a"); got.Recv["castInn"] != "9970000170" || len(w.holds()) != 0 {
		t.Errorf("the CRM has %+v; held: %v", got, w.holds())
	}
	w.settled()

	// the CRM is brought up to date: what people keep there stays, what it lacks goes
	w.dialect = crmapi.V3
	w.export("a;Ромашка;84950000002;;;7843316106;784301009;Нет")
	w.outcome(w.mustRun(), "1 updated")
	if got := w.client("a"); got.Recv["castInn"] != "9970000170" || got.Recv["castKpp"] != "784301009" {
		t.Errorf("the CRM has %+v; held: %v", got, w.holds())
	}
}

// Records are sent one by one where the server takes no arrays: those behind a lost
// answer were not sent, and are not in doubt.
func TestV1_records_behind_a_lost_answer_were_not_sent(t *testing.T) {
	t.Parallel()
	w := v1Kinds()["observed"].world(t)
	keys := w.nine()
	if err := w.crm.Faults(emulator.Fault{Action: "add", Nth: 3, Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop}); err != nil {
		t.Fatal(err)
	}
	w.outcome(w.mustRun(), "5 created, 3 waiting, 1 in-doubt")
	w.outcome(w.mustRun(), "5 unchanged, 3 created, 1 in-doubt")
	w.heals(keys)
}
