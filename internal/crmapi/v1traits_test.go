package crmapi_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

func seedV1(t *testing.T, em *emulator.Server, clients ...emulator.Client) {
	t.Helper()
	if err := em.Seed(clients...); err != nil {
		t.Fatal(err)
	}
}

// v1Old is a CRM whose list shows ids and dates alone and which looks no uid up.
func v1Old(t *testing.T, em *emulator.Server) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		switch form.Get("action") {
		case "list":
			form.Set("fields", "clid,uid,type,date_create,date_edit")
		case "info":
			form.Del("uid")
		}
		r.Body = io.NopCloser(strings.NewReader(form.Encode()))
		em.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestTraitsAreFoundOutByReading(t *testing.T) {
	t.Parallel()
	everything := crmapi.Traits{
		Dialect: crmapi.V1, Arrays: true, TrashFilter: true, UIDLookup: true, ListFields: true,
	}
	eight := everything
	eight.Arrays, eight.TrashFilter = false, false
	plain := everything
	plain.ListFields, plain.UIDLookup = false, false
	for name, c := range map[string]struct {
		options emulator.Options
		old     bool
		fault   emulator.Fault
		want    crmapi.Traits
	}{
		"PHP 8":                   {want: eight},
		"PHP 8 that hides errors": {options: emulator.Options{HideErrors: true}, want: eight},
		"documented":              {options: emulator.Options{AsDocumented: true}, want: everything},
		"before 2019":             {options: emulator.Options{Old: true}, want: everything},
		"ids and dates":           {options: emulator.Options{AsDocumented: true}, old: true, want: plain},
		"a moment of maintenance": {options: emulator.Options{AsDocumented: true}, fault: emulator.Fault{Action: "list", Nth: 1, Kind: emulator.KindHTMLPage}, want: everything},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var em *emulator.Server
			api, em := v1Client(t, c.options)
			if c.old {
				base := v1Old(t, em)
				api = client(t, base, func(cfg *crmapi.Config) {
					cfg.Dialect, cfg.Login, cfg.APIKey = crmapi.V1, emulator.DefaultLogin, crmapi.NewSecret(em.Key())
				})
			}
			seedV1(t, em, emulator.Client{Title: "А"})
			if c.fault.Kind != "" {
				if err := em.Faults(c.fault); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 {
				if got, err := api.Traits(t.Context()); err != nil || got != c.want {
					t.Errorf("got  %+v, %v\nwant %+v", got, err, c.want)
				}
			}
			history := em.History()
			if len(history) > 5 || slices.ContainsFunc(history, func(e emulator.Event) bool { return e.Write }) {
				t.Errorf("%d requests, or one of them wrote", len(history))
			}
		})
	}
}

func TestTraitsOfV3NeedNoQuestion(t *testing.T) {
	t.Parallel()
	got, err := client(t, "http://127.0.0.1:1").Traits(t.Context())
	if err != nil || got != (crmapi.Traits{crmapi.V3, true, true, true, true, true, true, true, true}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// An empty CRM tells nothing about its list, so it is asked again.
func TestTraitsOfAnEmptyCRMAreNotKept(t *testing.T) {
	t.Parallel()
	c, em := v1Client(t, emulator.Options{})
	if got, err := c.Traits(t.Context()); err != nil || got.ListFields {
		t.Errorf("%+v, %v", got, err)
	}
	seedV1(t, em, emulator.Client{Title: "А"})
	if got, err := c.Traits(t.Context()); err != nil || !got.ListFields {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAServerThatIsDownHasNoTraits(t *testing.T) {
	t.Parallel()
	c, em := v1Client(t, emulator.Options{})
	em.SetDatabaseDown(true)
	if _, err := c.Traits(t.Context()); class(err) != crmapi.ClassUnknown {
		t.Error(err)
	}
	if _, err := c.Add(t.Context(), titled("А")); class(err) != crmapi.ClassTransport {
		t.Errorf("the add did not leave, so it is not in doubt: %v", err)
	}
}

func TestWhatV1DoesNotHaveIsSaidSo(t *testing.T) {
	t.Parallel()
	c, em := v1Client(t, emulator.Options{AllFields: true})
	seedV1(t, em, emulator.Client{Title: "А", Fields: map[string]string{"type": "zzz"}, Recv: map[string]string{"castInn": "5904"}})
	ctx := t.Context()
	recv := func(key, text string) crmapi.ClientInput {
		in := titled("Б")
		in.Recv = []crmapi.FieldInput{{Key: key, Text: text}}
		return in
	}
	if _, err := c.Traits(ctx); err != nil {
		t.Fatal(err)
	}
	em.ForgetHistory()
	guide := func(f func() ([]crmapi.GuideEntry, error)) error { _, err := f(); return err }
	for name, call := range map[string]func() error{
		"me":              func() error { _, err := c.Me(ctx); return err },
		"users":           func() error { _, err := c.Users(ctx); return err },
		"categories":      func() error { return guide(func() ([]crmapi.GuideEntry, error) { return c.Categories(ctx) }) },
		"territories":     func() error { return guide(func() ([]crmapi.GuideEntry, error) { return c.Territories(ctx) }) },
		"relations":       func() error { return guide(func() ([]crmapi.GuideEntry, error) { return c.Relations(ctx) }) },
		"sources":         func() error { return guide(func() ([]crmapi.GuideEntry, error) { return c.ClientPaths(ctx) }) },
		"by INN":          func() error { _, err := c.InfoByINN(ctx, "1", false); return err },
		"list of owner":   func() error { _, err := c.List(ctx, crmapi.ListQuery{UserID: 1}); return err },
		"trash":           func() error { _, err := c.List(ctx, crmapi.ListQuery{Trash: crmapi.TrashOnly}); return err },
		"requisite":       func() error { a, err := c.Add(ctx, recv("castInn", "1")); return errors.Join(err, a.Err) },
		"short name":      func() error { a, err := c.Add(ctx, recv("castUrNameShort", "1")); return errors.Join(err, a.Err) },
		"requisites":      func() error { _, err := c.Update(ctx, 1, recv("castInn", "1")); return err },
		"clear requisite": func() error { _, err := c.Update(ctx, 1, recv("castInn", "")); return err },
		"unknown kind":    func() error { _, err := c.Update(ctx, 1, titled("В")); return err },
		"new kind": func() error {
			_, err := c.Update(ctx, 1, crmapi.ClientInput{Fields: []crmapi.FieldInput{{Key: "type", Text: "firm"}}})
			return err
		},
	} {
		if err := call(); !errors.Is(err, crmapi.ErrNotInDialect) || class(err) != crmapi.ClassRefused {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, e := range em.History() {
		if e.Write {
			t.Errorf("%s was sent", e.Action)
		}
	}
	fields, err := c.Fields(ctx)
	if err != nil || len(fields) < 10 || slices.ContainsFunc(fields, func(f crmapi.FieldCaption) bool { return f.Key == "recv" }) {
		t.Errorf("requisites cannot be written: %v, %v", fields, err)
	}
}

// Where the list shows ids and dates alone, each client is asked for; where a uid
// is not looked up, the list is read.
func TestAPlainListIsCompleted(t *testing.T) {
	t.Parallel()
	em := emulator.New(emulator.Options{AsDocumented: true})
	base := v1Old(t, em)
	c := client(t, base, func(cfg *crmapi.Config) {
		cfg.Dialect, cfg.Login, cfg.APIKey = crmapi.V1, emulator.DefaultLogin, crmapi.NewSecret(em.Key())
	})
	seedV1(
		t, em, emulator.Client{UID: "U-1", Title: "А", Fields: map[string]string{"phone": "1"}, Recv: map[string]string{"castInn": "7"}},
		emulator.Client{UID: "U-2", Title: "Б"},
	)
	titles := map[int64]string{}
	for o, err := range c.Clients(t.Context(), crmapi.ListQuery{BankInfo: true, Fields: []string{"clid", "title"}}) {
		if err != nil {
			t.Fatal(err)
		}
		titles[o.CLID] = o.Fields["title"].S + o.Recv["castInn"].S + o.User
	}
	if titles[1] != "А7"+emulator.DefaultLogin || titles[2] != "Б"+emulator.DefaultLogin {
		t.Errorf("%v", titles)
	}
	if o, err := c.InfoByUID(t.Context(), "u-2", false); err != nil || o.CLID != 2 {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := c.InfoByUID(t.Context(), "none", false); class(err) != crmapi.ClassNotFound {
		t.Error(err)
	}
	broken := roundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "action=list") {
			_, _ = io.WriteString(w, `{"data":[{"clid":"2","uid":"\ud8"},{"clid":"1","uid":"U-1"}],"count":"2"}`)
		} else {
			_, _ = io.WriteString(w, `{"result":"Error","error":{"code":"405","text":"x"}}`)
		}
		return w.Result(), nil
	})
	b := client(t, "http://h", func(cfg *crmapi.Config) { cfg.Dialect, cfg.Transport = crmapi.V1, broken })
	if _, err := b.InfoByUID(t.Context(), "U-2", false); class(err) != crmapi.ClassUnreadable {
		t.Errorf("the row that cannot be read may be the one: %v", err)
	}
	if err := failureOf(c.Clients(t.Context(), crmapi.ListQuery{UserID: 1})); !errors.Is(err, crmapi.ErrNotInDialect) {
		t.Error(err)
	}
}

func failureOf(seq func(func(crmapi.ClientObject, error) bool)) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// V1 cannot be asked for what was changed: Clients sieves, generously, because the
// server shows dates of a zone that nobody tells.
func TestClientsOfV1SievesTheDateOfChange(t *testing.T) {
	t.Parallel()
	for name, o := range v1Servers() {
		c, em := v1Client(t, o)
		seedV1(
			t, em, emulator.Client{Title: "never"}, emulator.Client{Title: "before", Edited: "2026-01-01 00:00:00"},
			emulator.Client{Title: "in", Edited: "2026-03-01 12:00:00"}, emulator.Client{Title: "near", Edited: "2026-02-28 23:00:00"},
		)
		got := map[string]bool{}
		q := crmapi.ListQuery{ChangedFrom: "2026-03-01 00:00:00", ChangedTo: "2027-03-01 00:00:00", Fields: []string{"clid"}}
		for _, fields := range [][]string{{"clid"}, nil} {
			q.Fields = fields
			for o, err := range c.Clients(t.Context(), q) {
				if err != nil {
					t.Fatal(err)
				}
				got[o.Fields["title"].S+o.Edited[:7]] = true
			}
		}
		if len(got) != 4 || !got["in2026-03"] || !got["near2026-02"] || !got["2026-03"] || !got["2026-02"] {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheTrashOfV1(t *testing.T) {
	t.Parallel()
	for name, o := range v1Servers() {
		if name == "observed" {
			continue
		}
		c, em := v1Client(t, o)
		seedV1(t, em, emulator.Client{Title: "А"}, emulator.Client{Title: "Б", Trash: true})
		for filter, want := range map[crmapi.TrashFilter]int64{crmapi.TrashOnly: 2, crmapi.TrashWithout: 1} {
			page, err := c.List(t.Context(), crmapi.ListQuery{Trash: filter})
			if err != nil || len(page.Clients) != 1 || page.Clients[0].CLID != want {
				t.Errorf("%s: %v: %+v, %v", name, filter, page, err)
			}
		}
	}
}

// The owner's login stands on a card only, so one card of each owner is read.
func TestOwnersOfTheListHaveLogins(t *testing.T) {
	t.Parallel()
	c, em := v1Client(t, emulator.Options{Logins: []emulator.Login{
		{ID: 1, Login: emulator.DefaultLogin, Boss: true, Active: true}, {ID: 7, Login: "mgr@example.org", Head: 1, Active: true},
	}})
	for range 5 {
		seedV1(t, em, emulator.Client{Title: "А", Owner: "mgr@example.org"}, emulator.Client{Title: "Б"})
	}
	if _, err := c.Traits(t.Context()); err != nil {
		t.Fatal(err)
	}
	em.ForgetHistory()
	owners := map[int64]string{}
	for o, err := range c.Clients(t.Context(), crmapi.ListQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		owners[o.UserID] = o.User
	}
	if len(owners) != 2 || owners[1] != emulator.DefaultLogin || owners[7] != "mgr@example.org" || len(em.History()) != 3 {
		t.Errorf("%v by %d requests", owners, len(em.History()))
	}
	n := 0
	for o, err := range c.Clients(t.Context(), crmapi.ListQuery{UserID: 7}) {
		if err != nil || o.UserID != 7 {
			t.Errorf("%+v, %v", o, err)
		}
		n++
	}
	if o, err := c.InfoByCLID(t.Context(), 1, false); n != 5 || err != nil || o.UserID != 7 {
		t.Errorf("%d, %+v, %v", n, o, err)
	}
}
