package endpoint_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/record"
)

// v1 says how a server of API v1 differs from the one that options describe.
type v1 struct {
	options emulator.Options
	poor    bool // its list shows ids and dates alone, and it looks no uid up
	sees    bool // the operator's word
}

func (v v1) side(t *testing.T, text string) (*endpoint.CRM, *emulator.Server) {
	t.Helper()
	em := emulator.New(v.options)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v.poor {
			impoverish(r)
		}
		em.ServeHTTP(w, r)
	}))
	api, err := crmapi.New(crmapi.Config{
		BaseURL: server.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(em.Key()), Rate: -1,
		Dialect: crmapi.V1, SeesAll: v.sees, Attempts: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close(); server.Close(); em.Close() })
	return endpoint.NewCRM(api, mappingOf(t, text), nil), em
}

// impoverish makes a request what a poor server understands of it.
func impoverish(r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, err := url.ParseQuery(string(body))
	if err == nil {
		switch form.Get("action") {
		case "list":
			form.Set("fields", "clid,uid,type,date_create,date_edit")
		case "info":
			form.Del("uid")
		}
		body = []byte(form.Encode())
	}
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
}

func v1Servers() map[string]v1 {
	return map[string]v1{
		"as observed":   {options: emulator.Options{AllFields: true}},
		"as documented": {options: emulator.Options{AllFields: true, AsDocumented: true}},
		"old":           {options: emulator.Options{AllFields: true, Old: true}},
		"poor":          {options: emulator.Options{AllFields: true, AsDocumented: true}, poor: true},
	}
}

func seed(t *testing.T, em *emulator.Server, clients ...emulator.Client) {
	t.Helper()
	if err := em.Seed(clients...); err != nil {
		t.Fatal(err)
	}
}

func asked(em *emulator.Server, action string) int {
	n := 0
	for _, e := range em.History() {
		if e.Action == action {
			n++
		}
	}
	return n
}

// A scan, the newest page, a look by number and one by uid must not differ, or each
// run would find an edit that nobody made.
func TestV1_what_a_scan_shows_of_a_client_is_what_a_look_at_it_shows(t *testing.T) {
	t.Parallel()
	for name, v := range v1Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, em := v.side(t, everyField())
			em.SetLogin(emulator.Login{ID: 2, Login: "other@example.org", Active: true})
			em.SetLogin(emulator.Login{ID: 3, Login: "left@example.org"})
			seed(t, em, variedClients()...)
			list := scanned(t, crm, engine.ScanQuery{Values: true})
			newest, err := crm.Newest(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			filled := 0
			for _, row := range append(list, newest...) {
				card, err := crm.Read(t.Context(), row.Entry.CLID)
				if row.Title == "Чужой" && errors.Is(err, engine.ErrNotVisible) {
					continue
				}
				if err != nil {
					t.Fatalf("%s: %v", row.Title, err)
				}
				filled += sameSight(t, card, row)
			}
			if filled < 30 {
				t.Errorf("only %d values were compared", filled)
			}
		})
	}
}

// sameSight compares what two answers show of a client, and counts the values.
func sameSight(t *testing.T, card, row engine.Observed) (filled int) {
	t.Helper()
	schema := mappingOf(t, everyField()).Schema()
	if card.Entry.UID != row.Entry.UID || card.Entry.Trash != row.Entry.Trash || card.Title != row.Title || card.Entry.Keys.INN != row.Entry.Keys.INN {
		t.Errorf("%s: the mirror's part: %+v and %+v", row.Title, card.Entry, row.Entry)
	}
	for i, look := range card.Values {
		seen := row.Values[i]
		if seen.State != look.State || seen.Canon != look.Canon {
			t.Errorf("%s: %s: the scan shows %+v, the look %+v", row.Title, schema.Field(i).Name, seen, look)
		}
		if seen.State == record.Filled {
			filled++
		}
	}
	return filled
}

// What the CRM does not tell is not taken for granted.
func TestV1_who_sees_everything_is_the_operators_word(t *testing.T) {
	t.Parallel()
	for _, word := range []bool{false, true} {
		crm, em := v1{sees: word}.side(t, spec)
		seed(t, em, emulator.Client{Title: "Ромашка"})
		if got, err := crm.SeesAll(t.Context()); err != nil || got != word {
			t.Errorf("the word is %v: %v, %v", word, got, err)
		}
	}
	crm, _ := crmOf(t, spec, emulator.Options{Logins: []emulator.Login{
		{Login: emulator.DefaultLogin, Role: emulator.RoleManager, Active: true}, {Login: "o@example.org", Active: true},
	}})
	if got, err := crm.SeesAll(t.Context()); err != nil || !got {
		t.Errorf("a CRM that can be asked is: %v, %v", got, err)
	}
}

// The CRM would make a client of an unknown login nobody's.
func TestV1_owners_that_nothing_proves_and_titles_that_nobody_lists_are_refused(t *testing.T) {
	t.Parallel()
	for name, v := range v1Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v.options.Guides = emulator.Guides{Territory: []string{"Пермь"}}
			crm, em := v.side(t, ownedSpec)
			em.SetLogin(emulator.Login{ID: 2, Login: "other@example.org", Head: 1, Active: true})
			em.SetLogin(emulator.Login{ID: 3, Login: "idle@example.org", Head: 1, Active: true})
			seed(t, em, emulator.Client{Title: "Верба", Owner: "other@example.org"})
			scanned(t, crm, engine.ScanQuery{})
			answers, err := crm.Add(t.Context(), []*engine.Op{
				add("a", map[string]string{"title": "Ромашка", "user": "idle@example.org"}),
				add("b", map[string]string{"title": "Лютик", "territory": "Пермь"}),
				add("c", map[string]string{"title": "Мята", "user": emulator.DefaultLogin}),
				add("d", map[string]string{"title": "Клён", "user": "other@example.org"}),
			})
			if err != nil {
				t.Fatal(err)
			}
			for i, code := range []string{"unproven-user", "unlisted-title"} {
				if e := answers[i].Err; e == nil || e.Fate != engine.FateRefused || e.Code != code {
					t.Errorf("answer %d: %+v", i, answers[i])
				}
			}
			for i, owner := range map[int]string{2: emulator.DefaultLogin, 3: "other@example.org"} {
				got, _ := em.Client(answers[i].CLID)
				if answers[i].Err != nil || got.Owner != owner {
					t.Errorf("answer %d: %+v, %+v", i, answers[i], got)
				}
			}
			if n := len(em.Clients()); n != 3 {
				t.Errorf("the CRM has %d clients", n)
			}
		})
	}
}

// Without a scan before, the list is read for owners once, where it tells them.
func TestV1_owners_are_looked_for_once(t *testing.T) {
	t.Parallel()
	crm, em := v1{options: emulator.Options{AllFields: true}}.side(t, ownedSpec)
	em.SetLogin(emulator.Login{ID: 2, Login: "other@example.org", Head: 1, Active: true})
	seed(t, em, emulator.Client{Title: "Верба", Owner: "other@example.org"})
	var ops []*engine.Op
	for _, key := range []string{"a", "b", "c"} {
		ops = append(ops, add(key, map[string]string{"title": key, "user": "nobody@example.org"}))
	}
	ops = append(ops, add("d", map[string]string{"title": "d", "user": "other@example.org"}))
	answers, err := crm.Add(t.Context(), ops)
	if err != nil || answers[0].Err == nil || answers[2].Err == nil || answers[3].Err != nil {
		t.Errorf("%+v, %v", answers, err)
	}
	if n := asked(em, "list"); n > 4 { // three to find out what the server can do
		t.Errorf("%d questions for lists", n)
	}
}

const requisitesSpec = `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
fields:
  title: {column: Имя, required: true}
  type: {column: Вид}
  phone: {column: Телефон, type: phones, on_empty: clear}
recv:
  castInn: {column: ИНН, type: inn, on_empty: clear}
  castUrNameShort: {column: Кратко}
`

// PHP 8 takes no requisites: they are left out, and are no difference, though the
// index knows the ИНН that people entered.
func TestV1_requisites_that_the_API_cannot_carry(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		v      v1
		unsent []string
		inn    string // in the CRM after the add
	}{
		"as observed":   {v1Servers()["as observed"], []string{"recv.castInn", "recv.castUrNameShort"}, ""},
		"as documented": {v1Servers()["as documented"], []string{"recv.castUrNameShort"}, "7707083893"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, em := want.v.side(t, requisitesSpec)
			seed(t, em, emulator.Client{Title: "Верба", Recv: map[string]string{"castInn": "7843316106"}})
			if got, err := crm.Unsent(t.Context()); err != nil || !slices.Equal(got, want.unsent) {
				t.Errorf("unsent: %v, %v", got, err)
			}
			list := scanned(t, crm, engine.ScanQuery{Values: true})
			if list[0].Entry.Keys.INN != "7843316106" || (list[0].Values[3].State == record.Absent) != (want.inn == "") {
				t.Errorf("%+v", list[0])
			}
			answers, err := crm.Add(t.Context(), []*engine.Op{add("a", map[string]string{
				"title": "Ромашка", "type": "person", "recv.castInn": "7707083893", "recv.castUrNameShort": "Р.",
			})})
			if err != nil || answers[0].Err != nil {
				t.Fatalf("%+v, %v", answers, err)
			}
			got := em.ByUID("a")[0]
			if got.Recv["castInn"] != want.inn || got.Fields["type"] != "person" {
				t.Errorf("the CRM has %+v", got)
			}
		})
	}
}

func changeOf(clid int64, field string, to *string) *engine.Op {
	return &engine.Op{Kind: engine.OpUpdate, CLID: clid, Changes: []engine.FieldChange{{Field: field, To: to}}}
}

// An update keeps the kind of the client; what cannot be done is said in a code.
func TestV1_updates(t *testing.T) {
	t.Parallel()
	for name, v := range v1Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, em := v.side(t, requisitesSpec)
			seed(t, em, emulator.Client{
				Title: "Верба", Fields: map[string]string{"type": "person", "phone": "84950000001"}, Recv: map[string]string{"castInn": "7843316106"},
			})
			phone := "84950000002"
			if err := crm.Update(t.Context(), changeOf(1, "phone", &phone)); err != nil {
				t.Fatal(err)
			}
			got, _ := em.Client(1)
			if got.Fields["type"] != "person" || got.Fields["phone"] != phone || got.Recv["castInn"] != "7843316106" {
				t.Errorf("the CRM has %+v", got)
			}
			var w *engine.WriteError
			err := crm.Update(t.Context(), changeOf(1, "recv.castInn", nil))
			if name == "as observed" {
				if err != nil {
					t.Errorf("nothing is to be sent: %v", err)
				}
			} else if !errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != engine.RefusedDialect || w.Text != `clear requisite "castInn"` {
				t.Errorf("a requisite cannot be cleared: %+v", err)
			}
			if n := asked(em, "update"); n != 1 {
				t.Errorf("%d updates were sent", n)
			}
			firm := "firm"
			if err := crm.Update(t.Context(), changeOf(1, "type", &firm)); !errors.As(err, &w) || w.Code != engine.RefusedDialect {
				t.Errorf("a kind that v1 does not have: %+v", err)
			}
		})
	}
}

// "Not found" needs the whole list where a uid is not looked up.
func TestV1_a_uid_is_found_or_proven_absent(t *testing.T) {
	t.Parallel()
	for name, v := range v1Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, em := v.side(t, requisitesSpec)
			seed(t, em, emulator.Client{Title: "Верба", UID: "u-1"}, emulator.Client{Title: "Ива"})
			if o, err := crm.Find(t.Context(), engine.Sought{UID: "U-1"}); err != nil || o.Entry.CLID != 1 || o.Title != "Верба" {
				t.Errorf("%+v, %v", o, err)
			}
			if _, err := crm.Find(t.Context(), engine.Sought{UID: "u-2"}); !errors.Is(err, engine.ErrNotFound) {
				t.Error(err)
			}
			em.SetDatabaseDown(true)
			if _, err := crm.Find(t.Context(), engine.Sought{UID: "u-2"}); err == nil || errors.Is(err, engine.ErrNotFound) {
				t.Errorf("a database that is down proves nothing: %v", err)
			}
		})
	}
}

// A row that cannot be read may be the one that is looked for: nothing is proven.
func TestV1_what_the_list_cannot_show_is_not_absent(t *testing.T) {
	t.Parallel()
	crm, em := v1Servers()["poor"].side(t, requisitesSpec)
	seed(t, em, emulator.Client{Title: "Верба", UID: `\u0410`}, emulator.Client{Title: "Ива", UID: "u-1"})
	if _, err := crm.Find(t.Context(), engine.Sought{UID: "u-2"}); !errors.Is(err, engine.ErrUnreadable) {
		t.Error(err)
	}
	if o, err := crm.Find(t.Context(), engine.Sought{UID: "u-1"}); err != nil || o.Entry.CLID != 2 {
		t.Errorf("%+v, %v", o, err)
	}
}

// Where each client is a question of its own, only news are asked for.
func TestV1_a_poor_server_is_asked_for_news_alone(t *testing.T) {
	t.Parallel()
	crm, em := v1Servers()["poor"].side(t, requisitesSpec)
	for range 30 {
		seed(t, em, emulator.Client{Title: "Верба", Created: "2020-01-01 00:00:00"})
	}
	seed(t, em, emulator.Client{Title: "Правленый", Edited: "2026-11-20 10:00:00"}, emulator.Client{Title: "Новый"})
	newest, err := crm.Newest(t.Context())
	if err != nil || len(newest) != 1 || newest[0].Entry.CLID != 32 || asked(em, "info") > 3 {
		t.Errorf("before a scan: %d of %+v, %v", asked(em, "info"), newest, err)
	}
	before := asked(em, "info")
	var titles []string
	for _, o := range scanned(t, crm, engine.ScanQuery{Above: 31, Changed: time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)}) {
		titles = append(titles, o.Title)
	}
	if n := asked(em, "info") - before; n != 2 || !slices.Equal(titles, []string{"Новый", "Правленый"}) {
		t.Errorf("%d questions, %v", n, titles)
	}
	seed(t, em, emulator.Client{Title: "Ещё новее"}, emulator.Client{Title: "Совсем новый"})
	before = asked(em, "info")
	newest, err = crm.Newest(t.Context())
	if n := asked(em, "info") - before; err != nil || n != 2 || len(newest) != 2 || newest[0].Title != "Совсем новый" {
		t.Errorf("after it: %d questions, %+v, %v", n, newest, err)
	}
}

// Who is in the trash is known where the server can be asked.
func TestV1_the_trash(t *testing.T) {
	t.Parallel()
	for name, v := range v1Servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, em := v.side(t, requisitesSpec)
			seed(t, em, emulator.Client{Title: "Верба", Trash: true}, emulator.Client{Title: "Ива"})
			told := name != "as observed"
			card, err := crm.Read(t.Context(), 1)
			if err != nil || card.Entry.Trash != told {
				t.Errorf("%+v, %v", card.Entry, err)
			}
			for _, o := range scanned(t, crm, engine.ScanQuery{}) {
				if o.Entry.Trash != (told && o.Entry.CLID == 1) {
					t.Errorf("%+v", o.Entry)
				}
			}
		})
	}
}
