package crmapi_test

import (
	"net/http/httptest"
	"testing"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// The client's life against the emulated CRM, in each version it emulates.
func TestAClientsLife(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]emulator.Options{
		"as observed": {}, "as documented": {AsDocumented: true}, "old": {Old: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.AllFields = true
			em := emulator.New(o)
			s := httptest.NewServer(em)
			t.Cleanup(func() { s.Close(); em.Close() })
			live(t, s.URL, em.Key())
		})
	}
}

func live(t *testing.T, base, key string) {
	t.Helper()
	ctx := t.Context()
	c, err := crmapi.New(crmapi.Config{BaseURL: base, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(key), Rate: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if me, err := c.Me(ctx); err != nil || !me.SeesEverything() {
		t.Fatalf("%+v, %v", me, err)
	}
	if fields, err := c.Fields(ctx); err != nil || len(fields) < 20 {
		t.Fatalf("%v, %v", fields, err)
	}
	in := crmapi.ClientInput{
		UID:    "abc",
		Fields: []crmapi.FieldInput{{Key: "title", Text: "Ромашка"}, {Key: "territory", Text: "Пермь"}, {Key: "phone", List: []string{"+7 342 200-00-00"}}},
		Recv:   []crmapi.FieldInput{{Key: "castInn", Text: "5904000001"}},
	}
	got, err := c.AddList(ctx, []crmapi.ClientInput{in, titled("Лютик"), in})
	if err != nil || got[0].Outcome != crmapi.AddCreated || got[1].Outcome != crmapi.AddCreated ||
		got[2].Outcome != crmapi.AddExisting || got[2].CLID != got[0].CLID {
		t.Fatalf("%+v, %v", got, err)
	}
	id := got[0].CLID
	if a, err := c.Add(ctx, in); err != nil || a.Outcome != crmapi.AddExisting || a.CLID != id {
		t.Errorf("%+v, %v", a, err)
	}
	obj, err := c.InfoByUID(ctx, "abc", true)
	if err != nil || obj.CLID != id || obj.Recv["castInn"] != set("5904000001") || obj.Fields["territory"] != set("Пермь") {
		t.Errorf("%+v, %v", obj, err)
	}
	if byINN, err := c.InfoByINN(ctx, "5904000001", false); err != nil || byINN.CLID != id {
		t.Errorf("%+v, %v", byINN, err)
	}
	page, err := c.List(ctx, crmapi.ListQuery{BankInfo: true})
	if err != nil || len(page.Clients) != 2 || page.Clients[1].Fields["territory"] != set("Пермь") || page.Clients[1].Recv["castInn"] != set("5904000001") {
		t.Errorf("%+v, %v", page, err)
	}
	change := crmapi.ClientInput{Fields: []crmapi.FieldInput{{Key: "address", Text: "ул. Мира, 1"}}}
	if u, err := c.Update(ctx, id, change); err != nil || u.HistoryID == 0 || u.Noop {
		t.Errorf("%+v, %v", u, err)
	}
	if u, err := c.Update(ctx, id, change); err != nil || !u.Noop {
		t.Errorf("%+v, %v", u, err)
	}
	if d, err := c.Delete(ctx, id); err != nil || d.CLID != id {
		t.Errorf("%+v, %v", d, err)
	}
	// By the documentation a missing clid is 404, in fact it is 403.
	if _, err := c.InfoByCLID(ctx, id, false); class(err) != crmapi.ClassInvisible && class(err) != crmapi.ClassNotFound {
		t.Error(err)
	}
	if _, err := c.InfoByUID(ctx, "abc", false); class(err) != crmapi.ClassNotFound {
		t.Error(err)
	}
}
