package crmapi_test

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// What a field holds after it went through the server's cleaner is what a person
// reads, whichever of add, addlist and update wrote it.
func TestTextsOfV1(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"1+1=2 & 100% %41 %zz?":      "1+1=2 & 100% %41 %zz?",
		"ул. Мира; д. 1 #2":          "ул. Мира; д. 1 #2",
		"О'Нил":                      "О’Нил",
		`Дом «Уют» "плюс"`:           "Дом ”Уют” ”плюс”",
		`C:\склад\`:                  "C:/склад/",
		"две\nстроки":                "две\nстроки",
		"[0][title]=x&apikey=hacked": "[0][title]=x&apikey=hacked",
	}
	for name, o := range v1Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, em := v1Client(t, o)
			i := 0
			for sent, want := range texts {
				i++
				in := titled(fmt.Sprintf("Клиент %d + 5%%", i))
				in.Fields = append(in.Fields, crmapi.FieldInput{Key: "address", Text: sent})
				added, err := c.Add(t.Context(), in)
				other := titled(fmt.Sprintf("Второй %d", i))
				other.Fields = append(other.Fields, in.Fields[1])
				list, err2 := c.AddList(t.Context(), []crmapi.ClientInput{titled(fmt.Sprintf("Третий %d", i)), other})
				if err != nil || err2 != nil || added.Outcome != crmapi.AddCreated || list[1].Outcome != crmapi.AddCreated {
					t.Fatal(added, err, list, err2)
				}
				if _, err := c.Update(t.Context(), list[0].CLID, crmapi.ClientInput{Fields: in.Fields[1:]}); err != nil {
					t.Fatal(err)
				}
				for by, clid := range map[string]int64{"add": added.CLID, "addlist": list[1].CLID, "update": list[0].CLID} {
					if got, err := c.InfoByCLID(t.Context(), clid, false); err != nil || got.Fields["address"] != set(want) {
						t.Errorf("%s of %q: %q, %v", by, sent, got.Fields["address"].S, err)
					}
				}
			}
			title, err := c.Add(t.Context(), titled("ООО \"Луч\" О'Нил `+`"))
			if err != nil {
				t.Fatal(err)
			}
			if cl, _ := em.Client(title.CLID); cl.Title != "Луч ОНил +, ООО" {
				t.Errorf("title %q", cl.Title)
			}
		})
	}
}

func TestRequisitesOfV1(t *testing.T) {
	t.Parallel()
	c, em := v1Client(t, emulator.Options{AsDocumented: true})
	in := titled("А")
	in.Recv = []crmapi.FieldInput{
		{Key: "castUrName", Text: `ООО "О'Нил; и сыновья\"`}, {Key: "castInn", Text: "590456789006"}, {Key: "castUrNameShort"}, {Key: "castKpp"},
	}
	a, err := c.Add(t.Context(), in)
	if err != nil || a.Outcome != crmapi.AddCreated {
		t.Fatal(a, err)
	}
	change := crmapi.ClientInput{Recv: []crmapi.FieldInput{{Key: "castKpp", Text: "590401001"}, {Key: "castBank"}, {Key: "castUrNameShort"}}}
	if u, err := c.Update(t.Context(), a.CLID, change); err != nil || !u.Recv || u.Noop {
		t.Errorf("%+v, %v", u, err)
	}
	cl, _ := em.Client(a.CLID)
	if cl.Recv["castUrName"] != "ООО ”О’Нил, и сыновья/”" || cl.Recv["castInn"] != "590456789006" || cl.Recv["castKpp"] != "590401001" {
		t.Errorf("%q", cl.Recv)
	}
	for _, key := range []string{"castKpp", "castInn"} {
		empty := crmapi.ClientInput{Recv: []crmapi.FieldInput{{Key: key}}}
		if _, err := c.Update(t.Context(), a.CLID, empty); !errors.Is(err, crmapi.ErrNotInDialect) {
			t.Errorf("%s cannot be cleared: %v", key, err)
		}
	}
}

// An update of V1 makes a client of everybody, writes any uid over, and moves the
// date of creation.
func TestWhatAnUpdateOfV1MustNotSpoil(t *testing.T) {
	t.Parallel()
	for name, o := range v1Servers() {
		c, em := v1Client(t, o)
		for stored, want := range map[string]string{"contractor": "contractor", "person": "person", "parnter": "parnter", "partner": "parnter", "client": "client"} {
			seedV1(t, em, emulator.Client{Title: stored, UID: "old", Created: "2015-05-30 23:05:30", Fields: map[string]string{"type": stored}})
			clid := int64(len(em.Clients()))
			in := crmapi.ClientInput{UID: "new", Fields: []crmapi.FieldInput{{Key: "phone", Text: "1"}, {Key: "date_create", Text: "2026-01-01 00:00:00"}}}
			if _, err := c.Update(t.Context(), clid, in); err != nil {
				t.Fatal(err)
			}
			cl, _ := em.Client(clid)
			if cl.Fields["type"] != want || cl.UID != "old" || cl.Created != "2015-05-30 23:05:30" || cl.Fields["phone"] != "1" {
				t.Errorf("%s: %s: %+v", name, stored, cl)
			}
		}
		seedV1(t, em, emulator.Client{Title: "no uid"})
		clid := int64(len(em.Clients()))
		if _, err := c.Update(t.Context(), clid, crmapi.ClientInput{UID: "new"}); err != nil {
			t.Fatal(err)
		}
		if cl, _ := em.Client(clid); cl.UID != "new" {
			t.Errorf("%s: uid %q", name, cl.UID)
		}
	}
}

// PHP drops what is beyond its limits without a word.
func TestALongListIsSplit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vars, bytes int
		get         bool
		requests    int
	}{
		"variables": {vars: 43, bytes: 1 << 20, requests: 4},
		"bytes":     {vars: 1000, bytes: 2500, requests: 4},
		"URL":       {vars: 1000, bytes: 1 << 20, get: true, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := emulator.Options{AsDocumented: true, MaxVars: c.vars, MaxPost: int64(c.bytes)}
			o.Logins = []emulator.Login{{ID: 1, Login: emulator.DefaultLogin, Boss: true}, {ID: 2, Login: "b@example.org", Head: 1}}
			api, em := v1Client(t, o, func(cfg *crmapi.Config) { cfg.FormVars, cfg.FormBytes, cfg.FormGET = c.vars, c.bytes, c.get })
			in := make([]crmapi.ClientInput, 30)
			for i := range in {
				in[i] = titled(fmt.Sprintf("Клиент %02d", i))
				in[i].UID = fmt.Sprintf("U-%02d", i)
				in[i].Fields = append(in[i].Fields, crmapi.FieldInput{Key: "phone", Text: "+7 342 0"})
				if i%3 == 0 {
					in[i].User = "b@example.org"
				}
			}
			in[5].Fields[0].Text = "" // must not be sent
			in[6].Fields[1].Text = strings.Repeat("я", c.bytes)
			got, err := api.AddList(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range got {
				cl, _ := em.Client(a.CLID)
				switch {
				case i == 5 || i == 6:
					if a.Outcome != crmapi.AddRefused || !a.Err.Local {
						t.Errorf("%d: %+v", i, a)
					}
				case a.Outcome != crmapi.AddCreated || cl.UID != in[i].UID || cl.OwnerID != map[bool]int64{true: 2, false: 1}[i%3 == 0]:
					t.Errorf("%d: %+v: %+v", i, a, cl)
				}
			}
			if n := writesIn(em); n < c.requests || len(em.Clients()) != 28 {
				t.Errorf("%d requests, %d clients", n, len(em.Clients()))
			}
		})
	}
}

func writesIn(em *emulator.Server) int {
	n := 0
	for _, e := range em.History() {
		if e.Write {
			n++
		}
	}
	return n
}

// A request that goes wrong leaves the answers before it, and what follows is not
// sent.
func TestASplitListThatBreaks(t *testing.T) {
	t.Parallel()
	for _, arrays := range []bool{true, false} {
		action := "addlist"
		if !arrays {
			action = "add"
		}
		c, em := v1Client(t, emulator.Options{AsDocumented: arrays}, func(cfg *crmapi.Config) { cfg.FormVars = 8 })
		if err := em.Faults(emulator.Fault{Action: action, Nth: 2, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop}); err != nil {
			t.Fatal(err)
		}
		in := make([]crmapi.ClientInput, 12)
		for i := range in {
			in[i] = titled(fmt.Sprint("Клиент ", i))
		}
		got, err := c.AddList(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		first := 1
		if arrays {
			first = 5
		}
		for i, a := range got {
			want := crmapi.ClassTransport // behind the one that went wrong: not sent
			if i < 2*first {
				want = crmapi.ClassUnknown
			}
			if i < first && a.Outcome != crmapi.AddCreated || i >= first && (a.Outcome != crmapi.AddUnknown || a.Err.Class != want) {
				t.Errorf("arrays %v: %d: %+v", arrays, i, a)
			}
		}
		if n := writesIn(em); n != 2 || len(em.Clients()) != 2*first {
			t.Errorf("arrays %v: %d requests, %d clients", arrays, n, len(em.Clients()))
		}
	}
}

// A write of V1 whose answer is lost is in doubt and is not sent again.
func TestLostAnswersOfV1(t *testing.T) {
	t.Parallel()
	for _, get := range []bool{false, true} {
		for _, kind := range []emulator.Kind{emulator.KindDrop, emulator.KindFatal, emulator.KindEmpty, emulator.KindHTTP500, emulator.KindHTTP502, emulator.KindTruncated, emulator.KindTrailing, emulator.KindWarning} {
			t.Run(fmt.Sprint(kind, " GET ", get), func(t *testing.T) {
				t.Parallel()
				c, em := v1Client(t, emulator.Options{AsDocumented: true}, func(cfg *crmapi.Config) { cfg.FormGET, cfg.Attempts = get, 4 })
				seedV1(t, em, emulator.Client{Title: "А"}, emulator.Client{Title: "Б"})
				if _, err := c.Traits(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := em.Faults(emulator.Fault{Action: "write", Phase: emulator.PhaseAfter, Kind: kind}); err != nil {
					t.Fatal(err)
				}
				a, err := c.Add(t.Context(), titled("В"))
				_, errList := c.AddList(t.Context(), []crmapi.ClientInput{titled("Г")})
				_, errUpdate := c.Update(t.Context(), 1, titled("Д"))
				_, errDelete := c.Delete(t.Context(), 2)
				for _, err := range []error{err, errList, errUpdate, errDelete} {
					if class(err) != crmapi.ClassUnknown {
						t.Errorf("%+v, %v", a, err)
					}
				}
				if n := writesIn(em); n != 4 || len(em.Clients()) != 3 {
					t.Errorf("%d writes, %d clients", n, len(em.Clients()))
				}
			})
		}
	}
}

// A GET has no body whose reading would prove that it left.
func TestAGETThatSurelyDidNotLeave(t *testing.T) {
	t.Parallel()
	c := client(t, "http://127.0.0.1:1", func(cfg *crmapi.Config) { cfg.Dialect, cfg.FormGET = crmapi.V1, true })
	if _, err := c.Delete(t.Context(), 1); class(err) != crmapi.ClassTransport {
		t.Error(err)
	}
	read := client(t, "http://h", func(cfg *crmapi.Config) {
		cfg.Dialect, cfg.FormGET = crmapi.V1, true
		cfg.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			return nil, io.ErrUnexpectedEOF
		})
	})
	if _, err := read.Delete(t.Context(), 1); class(err) != crmapi.ClassUnknown {
		t.Error(err)
	}
}

func TestTheKeyOfV1IsSeenNowhere(t *testing.T) {
	t.Parallel()
	const key = `t1xCANARY+key&W4N4/cm "ё"`
	echo := func(w http.ResponseWriter, how string, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		raw := string(body) + r.URL.RawQuery
		switch how {
		case "raw":
			_, _ = io.WriteString(w, "<b>Warning</b> "+raw)
		case "decoded":
			form, _ := url.ParseQuery(raw)
			_, _ = fmt.Fprintf(w, "Array ( [login] => x [apikey] => %s )", form.Get("apikey"))
		case "lower":
			_, _ = io.WriteString(w, strings.ToLower(raw))
		case "twice":
			_, _ = io.WriteString(w, url.QueryEscape(raw))
		case "alone":
			query, path := url.QueryEscape(key), url.PathEscape(key)
			lower := strings.ReplaceAll(query, "%2B", "%2b")
			_, _ = io.WriteString(w, "token "+strings.Join([]string{query, path, lower, html.EscapeString(key), url.QueryEscape(query)}, ", "))
		case "moved":
			w.Header().Set("Location", "http://other.example.org/login?back="+url.QueryEscape(raw))
			w.WriteHeader(http.StatusFound)
		case "error":
			form, _ := url.ParseQuery(raw)
			_, _ = fmt.Fprintf(w, `{"result":"Error","error":{"code":"500","text":"key '%s' in %s"}}`, strings.ReplaceAll(form.Get("apikey"), `"`, `\"`), raw)
		}
	}
	for _, get := range []bool{false, true} {
		for _, how := range []string{"raw", "decoded", "lower", "twice", "alone", "moved", "error"} {
			var seen strings.Builder
			c := client(t, "http://h", func(cfg *crmapi.Config) {
				cfg.Dialect, cfg.FormGET, cfg.APIKey = crmapi.V1, get, crmapi.NewSecret(key)
				cfg.Observe = func(x crmapi.Exchange) { _, _ = fmt.Fprintf(&seen, "%+v %#v\n", x, x) }
				cfg.Transport = handled(func(w http.ResponseWriter, r *http.Request) { echo(w, how, r) })
			})
			_, err := c.Delete(t.Context(), 1)
			_, err2 := c.InfoByCLID(t.Context(), 1, false)
			_, err3 := c.Traits(t.Context())
			_, _ = fmt.Fprintf(&seen, "%s%s%s%v%+v%#v", errorText(err), errorText(err2), errorText(err3), c.Warnings(), c, *c)
			all := strings.ToLower(seen.String())
			if err == nil || strings.Contains(all, "canary") || strings.Contains(all, "w4n4") {
				t.Errorf("GET %v, %s: the key shows in\n%s", get, how, seen.String())
			}
		}
	}
}

// handled is a transport to a handler in memory.
func handled(h http.HandlerFunc) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h(w, r)
		return w.Result(), nil
	}
}

func TestWarningOfTheKeyInURLs(t *testing.T) {
	t.Parallel()
	c := client(t, "https://h", func(cfg *crmapi.Config) { cfg.Dialect, cfg.FormGET = crmapi.V1, true })
	if w := c.Warnings(); len(w) != 1 || w[0] != crmapi.WarnKeyInURL {
		t.Error(w)
	}
	if _, err := crmapi.New(crmapi.Config{BaseURL: "https://h", Login: "l", APIKey: crmapi.NewSecret("k"), Dialect: "v2"}); err == nil {
		t.Error("v2 is taken")
	}
}
