package endpoint_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

const ownedSpec = `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
fields:
  title: {column: Имя, required: true}
  territory: {column: Регион, dictionary: known}
  user: {column: Менеджер, when: add}
`

// crmOf is the CRM side of a mapping, over an emulated CRM.
func crmOf(t *testing.T, text string, o emulator.Options) (*endpoint.CRM, *emulator.Server) {
	t.Helper()
	em := emulator.New(o)
	server := httptest.NewServer(em)
	api, err := crmapi.New(crmapi.Config{
		BaseURL: server.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(em.Key()), Rate: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { api.Close(); server.Close(); em.Close() })
	return endpoint.NewCRM(api, mappingOf(t, text), nil), em
}

func add(uid string, fields map[string]string) *engine.Op {
	set := record.Stored{}
	for k, v := range fields {
		set[k] = &v
	}
	return &engine.Op{Kind: engine.OpAdd, UID: uid, Set: set}
}

func TestRecords_the_CRM_would_spoil_are_refused_and_the_others_go(t *testing.T) {
	t.Parallel()
	crm, em := crmOf(t, ownedSpec, emulator.Options{AllFields: true, Guides: emulator.Guides{Territory: []string{"Пермь"}}})
	answers, err := crm.Add(t.Context(), []*engine.Op{
		add("a", map[string]string{"title": "Ромашка", "user": "nobody@example.ru"}),
		add("b", map[string]string{"title": "Лютик", "territory": "Луна"}),
		add("c", map[string]string{"title": "Мята", "territory": "Пермь", "user": emulator.DefaultLogin}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, code := range []string{"unknown-user", "unknown-title"} {
		if e := answers[i].Err; e == nil || e.Fate != engine.FateRefused || e.Code != code {
			t.Errorf("answer %d: %+v", i, answers[i])
		}
	}
	if e := answers[1].Err; e.Text != "territory: Луна" || strings.Contains(e.Error(), "Луна") {
		t.Errorf("the title is for whoever adds it, and not for logs: %q, %v", e.Text, e)
	}
	if answers[2].Err != nil || answers[2].CLID == 0 {
		t.Errorf("the good one: %+v", answers[2])
	}
	if got := em.Clients(); len(got) != 1 || got[0].UID != "c" {
		t.Errorf("the CRM has %+v", got)
	}
}

func TestWho_sees_everything(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		role  string
		owner string
		want  bool
	}{
		"a leader":                                  {emulator.RoleHead, "other@example.org", true},
		"a manager beside others' clients":          {emulator.RoleManager, "other@example.org", false},
		"a manager who happens to own every client": {emulator.RoleManager, emulator.DefaultLogin, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, em := crmOf(t, spec, emulator.Options{})
			em.SetLogin(emulator.Login{ID: 1, Login: emulator.DefaultLogin, Role: tt.role, Active: true})
			em.SetLogin(emulator.Login{ID: 2, Login: "other@example.org", Role: emulator.RoleManager, Active: true})
			if err := em.Seed(emulator.Client{Title: "Ромашка", Owner: tt.owner}, emulator.Client{Title: "Мята"}); err != nil {
				t.Fatal(err)
			}
			if got, err := crm.SeesAll(t.Context()); err != nil || got != tt.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestThe_mirror_knows_the_trash_after_a_full_scan(t *testing.T) {
	t.Parallel()
	crm, em := crmOf(t, spec, emulator.Options{})
	if err := em.Seed(emulator.Client{Title: "Ромашка"}, emulator.Client{Title: "Мята", Trash: true}); err != nil {
		t.Fatal(err)
	}
	var got []reconcile.Entry
	if err := crm.Scan(t.Context(), engine.ScanQuery{}, func(o engine.Observed) error { got = append(got, o.Entry); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].CLID != 2 || !got[0].Trash || got[1].Trash {
		t.Errorf("scanned %+v", got)
	}
	got = nil
	if err := crm.Scan(t.Context(), engine.ScanQuery{Above: 1}, func(o engine.Observed) error { got = append(got, o.Entry); return nil }); err != nil || len(got) != 1 {
		t.Errorf("down to clid 1: %+v, %v", got, err)
	}
}

func TestWhat_the_CRM_does_not_show_is_told_from_what_it_does_not_have(t *testing.T) {
	t.Parallel()
	crm, em := crmOf(t, spec, emulator.Options{})
	if err := em.Seed(emulator.Client{Title: "Чужой", Owner: "-"}); err != nil {
		t.Fatal(err)
	}
	if _, err := crm.Read(t.Context(), 1); !errors.Is(err, engine.ErrNotVisible) {
		t.Errorf("a client without owner: %v", err)
	}
	if _, err := crm.Find(t.Context(), engine.Sought{UID: "nothing"}); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("an unknown uid: %v", err)
	}
	em.SetDatabaseDown(true)
	if _, err := crm.Find(t.Context(), engine.Sought{UID: "nothing"}); err == nil || errors.Is(err, engine.ErrNotFound) {
		t.Errorf("a database that is down proves nothing: %v", err)
	}
}

// everyField maps all that a mapping can have of a client.
func everyField() string {
	var b strings.Builder
	b.WriteString("version: 1\nentity: client\nuid: {column: Ключ, encode: raw}\nfields:\n  title: {column: title, required: true}\n")
	fields := []string{
		"type", "user", "date_create", "phone", "fax", "mail_url", "site_url", "address", "territory", "idcategory",
		"clientpath", "tip_cmr", "des", "scheme",
	}
	for i := range 10 {
		fields = append(fields, fmt.Sprintf("input%d", i+1))
	}
	for _, f := range fields {
		fmt.Fprintf(&b, "  %s: {column: %s}\n", f, f)
	}
	b.WriteString("recv:\n")
	for _, f := range requisites {
		fmt.Fprintf(&b, "  %s: {column: %s}\n", f, f)
	}
	return b.String()
}

var requisites = []string{
	"castUrName", "castUrNameShort", "castInn", "castKpp", "castBank", "castBankKs", "castBankRs", "castBankBik", "castOkpo",
	"castOgrn", "castDirName", "castDirSignature", "castDirStatus", "castDirStatusSig", "castDirOsnovanie", "castUrAddr",
}

// variedClients are clients with fields full, cleared, never set, broken, and
// without owner or with one who is gone.
func variedClients() []emulator.Client {
	full := emulator.Client{
		Title: "Ромашка & Ко, ООО", UID: "a-1", Owner: "other@example.org", Created: "2015-05-30 23:05:30", Edited: "2026-11-20 10:00:00",
		Fields: map[string]string{
			"type": "person", "phone": "8 (912) 123-45-67,+7 342 200-00-00", "fax": "+7 342 200-00-09", "mail_url": "A@romashka.example, b@romashka.example",
			"site_url": "romashka.example", "address": "ул. Ленина,  1", "territory": "Пермь", "idcategory": "Розница", "clientpath": "Сайт",
			"tip_cmr": "Потенциальный клиент", "des": "Строка 1\nСтрока 2 <b>", "scheme": "Схема ”А”",
		},
		Recv: map[string]string{},
	}
	cleared := emulator.Client{Title: "Пусто", Fields: map[string]string{}, Recv: map[string]string{}}
	for i := range 10 {
		full.Fields[fmt.Sprintf("input%d", i+1)] = fmt.Sprintf("доп %d", i+1)
	}
	for name := range full.Fields {
		cleared.Fields[name] = ""
	}
	for i, name := range requisites {
		full.Recv[name] = fmt.Sprintf("реквизит %d", i)
		cleared.Recv[name] = ""
	}
	full.Recv["castInn"], full.Recv["castKpp"] = "5904000001", "590401001"
	return []emulator.Client{
		full, cleared,
		{Title: "Никогда"},
		{Title: "Сдвиг", Recv: map[string]string{"castUrName": "ООО; и Ко", "castInn": "5904000001"}},
		{Title: "Знаки", Fields: map[string]string{
			"territory": "#999", "idcategory": "#999", "clientpath": "#999", "tip_cmr": "--не определено--", "des": "не определено", "input1": "0",
		}},
		{Title: "Чужой", OwnerID: 77},
		{Title: "Прежний", Owner: "left@example.org"},
		{Title: "Корзина", Trash: true},
	}
}

func fullCRM(t *testing.T, o emulator.Options) (*endpoint.CRM, *emulator.Server) {
	t.Helper()
	crm, em := crmOf(t, everyField(), o)
	em.SetLogin(emulator.Login{ID: 2, Login: "other@example.org", Active: true})
	em.SetLogin(emulator.Login{ID: 3, Login: "left@example.org"})
	if err := em.Seed(variedClients()...); err != nil {
		t.Fatal(err)
	}
	return crm, em
}

func scanned(t *testing.T, crm *endpoint.CRM, q engine.ScanQuery) []engine.Observed {
	t.Helper()
	var out []engine.Observed
	if err := crm.Scan(t.Context(), q, func(o engine.Observed) error { out = append(out, o); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// A scan and a look at one client must not differ, or each run would find an
// edit that nobody made.
func TestWhat_a_scan_shows_of_a_client_is_what_a_look_at_it_shows(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]emulator.Options{
		"as observed": {AllFields: true}, "as documented": {AllFields: true, AsDocumented: true}, "old": {AllFields: true, Old: true},
		"some fields are switched off": {ActiveFields: []string{"title", "phone", "territory", "clientpath"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, _ := fullCRM(t, o)
			schema := mappingOf(t, everyField()).Schema()
			list := scanned(t, crm, engine.ScanQuery{Values: true})
			if len(list) != len(variedClients()) {
				t.Fatalf("%d clients", len(list))
			}
			filled := 0
			for _, row := range list {
				card, err := crm.Read(t.Context(), row.Entry.CLID)
				if row.Title == "Чужой" { // its owner is no user any more: nobody is shown the card
					if !errors.Is(err, engine.ErrNotVisible) {
						t.Error(err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(card.Entry, row.Entry); d != "" || row.Title != card.Title {
					t.Errorf("%s: the mirror's part: %s", row.Title, d)
				}
				for i, look := range card.Values {
					field, seen := schema.Field(i).Name, row.Values[i]
					if seen.State == record.Absent && field == "recv.castUrNameShort" {
						continue // list does not have it
					}
					if seen.State != look.State || seen.Canon != look.Canon {
						t.Errorf("%s: %s: the scan shows %+v, the look %+v", row.Title, field, seen, look)
					}
					if seen.State == record.Filled {
						filled++
					}
				}
			}
			if o.AllFields && filled < schema.Len() {
				t.Errorf("only %d values were compared", filled)
			}
		})
	}
}

func TestA_field_that_is_switched_off_is_absent(t *testing.T) {
	t.Parallel()
	crm, _ := fullCRM(t, emulator.Options{ActiveFields: []string{"title", "phone", "clientpath"}})
	schema := mappingOf(t, everyField()).Schema()
	card, err := crm.Find(t.Context(), engine.Sought{UID: "a-1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, v := range card.Values {
		if v.State != record.Absent {
			got = append(got, schema.Field(i).Name)
		}
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"clientpath", "date_create", "phone", "title", "type"}, got); d != "" {
		t.Error(d)
	}
}

func TestA_scan_asks_only_for_what_is_wanted(t *testing.T) {
	t.Parallel()
	crm, em := crmOf(t, ownedSpec, emulator.Options{AllFields: true})
	if err := em.Seed(emulator.Client{Title: "Ромашка", Fields: map[string]string{"territory": "Пермь"}}); err != nil {
		t.Fatal(err)
	}
	if got := scanned(t, crm, engine.ScanQuery{}); len(got) != 1 || got[0].Values != nil || got[0].Title != "Ромашка" {
		t.Errorf("%+v", got)
	}
	got := scanned(t, crm, engine.ScanQuery{Values: true})
	if len(got) != 1 || len(got[0].Values) != 3 || got[0].Values[1].Text != "Пермь" || got[0].Values[2].Text != emulator.DefaultLogin {
		t.Errorf("%+v", got)
	}
	var bodies []string
	for _, e := range em.History() {
		if e.Action == "list" && !strings.Contains(e.Body, "filter") {
			bodies = append(bodies, e.Body)
		}
	}
	if len(bodies) != 2 || strings.Contains(bodies[0], "territory") || !strings.Contains(bodies[1], `title,phone,fax,mail_url,territory,iduser"`) {
		t.Errorf("asked with %q", bodies)
	}
}

// The server breaks the JSON of a value that spells an escape of a Russian
// letter; the client is there all the same.
func TestA_client_that_the_list_cannot_show_is_yielded_without_values(t *testing.T) {
	t.Parallel()
	crm, em := crmOf(t, strings.Replace(ownedSpec, "  user:", "  des: {column: Описание}\n  user:", 1), emulator.Options{AllFields: true})
	if err := em.Seed(
		emulator.Client{Title: "Ромашка", Fields: map[string]string{"des": `\u0410`}}, emulator.Client{Title: "Мята"},
	); err != nil {
		t.Fatal(err)
	}
	got := scanned(t, crm, engine.ScanQuery{Values: true})
	if len(got) != 2 || got[0].Entry.CLID != 2 || got[0].Values == nil || got[1].Entry.CLID != 1 || got[1].Values != nil {
		t.Errorf("%+v", got)
	}
	if _, err := crm.Read(t.Context(), 1); !errors.Is(err, engine.ErrUnreadable) {
		t.Error(err)
	}
}

// Who is in the trash is known after every scan, and from every look.
func TestThe_trash_is_known_after_every_scan(t *testing.T) {
	t.Parallel()
	crm, em := crmOf(t, spec, emulator.Options{})
	if err := em.Seed(
		emulator.Client{Title: "Старый", Trash: true, Edited: "2026-11-20 10:00:00"}, emulator.Client{Title: "Давний", Edited: "2020-01-01 00:00:00"},
		emulator.Client{Title: "Правленый", Edited: "2026-11-20 10:00:00"}, emulator.Client{Title: "Новый", Trash: true},
	); err != nil {
		t.Fatal(err)
	}
	got := map[int64]bool{}
	for _, o := range scanned(t, crm, engine.ScanQuery{Above: 3, Changed: time.Date(2026, 11, 19, 0, 0, 0, 0, time.UTC)}) {
		got[o.Entry.CLID] = o.Entry.Trash
	}
	if d := cmp.Diff(map[int64]bool{4: true, 3: false, 1: true}, got); d != "" {
		t.Error(d)
	}
	for clid, trashed := range map[int64]bool{1: true, 2: false} {
		if o, err := crm.Read(t.Context(), clid); err != nil || o.Entry.Trash != trashed {
			t.Errorf("client %d: %+v, %v", clid, o, err)
		}
	}
	if err := em.Untrash(1); err != nil {
		t.Fatal(err)
	}
	if o, err := crm.Read(t.Context(), 1); err != nil || o.Entry.Trash {
		t.Errorf("taken out again: %+v, %v", o, err)
	}
}

func TestDeletes_and_their_fates(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]emulator.Options{"as observed": {}, "as documented": {AsDocumented: true}, "old": {Old: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crm, em := crmOf(t, spec, o)
			if err := em.Seed(emulator.Client{Title: "Ромашка"}, emulator.Client{Title: "Мята", HasDeals: true}); err != nil {
				t.Fatal(err)
			}
			if err := crm.Delete(t.Context(), 1); err != nil {
				t.Error(err)
			}
			for clid, want := range map[int64]engine.Fate{1: engine.FateGone, 2: engine.FateHasDeals} {
				var w *engine.WriteError
				if err := crm.Delete(t.Context(), clid); !errors.As(err, &w) || w.Fate != want {
					t.Errorf("client %d: %+v", clid, err)
				}
			}
			if got := em.Clients(); len(got) != 1 || got[0].CLID != 2 {
				t.Errorf("the CRM has %+v", got)
			}
			if err := em.Faults(emulator.Fault{Action: "delete", Phase: emulator.PhaseAfter, Kind: emulator.KindDrop}); err != nil {
				t.Fatal(err)
			}
			var w *engine.WriteError
			if err := crm.Delete(t.Context(), 2); !errors.As(err, &w) || w.Fate != engine.FateUnknown {
				t.Errorf("the answer is lost: %+v", err)
			}
		})
	}
}

// A scan of a CRM that changes all the time shows whoever is there all the time,
// with values.
func TestA_scan_of_a_CRM_in_motion(t *testing.T) {
	t.Parallel()
	crm, em := crmOf(t, ownedSpec, emulator.Options{AllFields: true})
	seed := make([]emulator.Client, 650)
	for i := range seed {
		seed[i] = emulator.Client{CLID: int64(2*i + 1), Title: "Клиент", Edited: "2026-11-20 10:00:00"}
	}
	if err := em.Seed(seed...); err != nil {
		t.Fatal(err)
	}
	em.OnRequest(func(a emulator.Arrival) {
		if a.Seq > 1 && a.Seq < 8 { // one goes at the top
			if err := em.Delete(int64(1301 - 2*a.Seq)); err != nil {
				t.Error(err)
			}
		}
	})
	seen := map[int64]int{}
	for _, o := range scanned(t, crm, engine.ScanQuery{Above: 100, Changed: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Values: true}) {
		if seen[o.Entry.CLID]++; o.Values == nil {
			t.Errorf("client %d has no values", o.Entry.CLID)
		}
	}
	for _, cl := range em.Clients() {
		if seen[cl.CLID] != 1 {
			t.Errorf("client %d came %d times", cl.CLID, seen[cl.CLID])
		}
	}
}
