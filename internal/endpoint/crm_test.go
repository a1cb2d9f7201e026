package endpoint_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

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
	if _, err := crm.Find(t.Context(), "nothing"); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("an unknown uid: %v", err)
	}
	em.SetDatabaseDown(true)
	if _, err := crm.Find(t.Context(), "nothing"); err == nil || errors.Is(err, engine.ErrNotFound) {
		t.Errorf("a database that is down proves nothing: %v", err)
	}
}
