package crmapi_test

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// v1Servers are the servers that speak V1: of today, as documented, of before 2019.
func v1Servers() map[string]emulator.Options {
	return map[string]emulator.Options{
		"observed": {AllFields: true}, "documented": {AllFields: true, AsDocumented: true}, "old": {AllFields: true, Old: true},
	}
}

// v1Client is a client of V1 and the CRM that it speaks with.
func v1Client(t *testing.T, o emulator.Options, change ...func(*crmapi.Config)) (*crmapi.Client, *emulator.Server) {
	t.Helper()
	em := emulator.New(o)
	s := httptest.NewServer(em)
	t.Cleanup(func() { s.Close(); em.Close() })
	return client(t, s.URL, append([]func(*crmapi.Config){func(cfg *crmapi.Config) {
		cfg.Dialect, cfg.Login, cfg.APIKey = crmapi.V1, emulator.DefaultLogin, crmapi.NewSecret(em.Key())
	}}, change...)...), em
}

func TestAClientsLifeInV1(t *testing.T) {
	t.Parallel()
	for name, o := range v1Servers() {
		for _, get := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s GET %v", name, get), func(t *testing.T) {
				t.Parallel()
				c, em := v1Client(t, o, func(cfg *crmapi.Config) { cfg.FormGET = get })
				liveV1(t, c)
				if get {
					return // the checks ask for a POST
				}
				for _, v := range emulator.Check(em.History(), nil) {
					t.Error(v)
				}
			})
		}
	}
}

func liveV1(t *testing.T, c *crmapi.Client) {
	t.Helper()
	ctx := t.Context()
	traits, err := c.Traits(ctx)
	if err != nil {
		t.Fatal(err)
	}
	in := crmapi.ClientInput{UID: "abc", Fields: []crmapi.FieldInput{
		{Key: "title", Text: "Ромашка 100% + 1"},
		{Key: "type", Text: "partner"},
		{Key: "territory", Text: "Пермь"},
		{Key: "phone", List: []string{"+7 342 200-00-00", "+7 342 200-00-01"}},
	}}
	if traits.Arrays {
		in.Recv = []crmapi.FieldInput{{Key: "castInn", Text: "5904000001"}, {Key: "castKpp", Text: "590401001"}}
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
	looks := func(from string, obj crmapi.ClientObject, err error) {
		t.Helper()
		want := map[string]string{"title": "Ромашка 100% + 1", "type": "partner", "territory": "Пермь", "phone": "+7 342 200-00-00,+7 342 200-00-01"}
		for key, v := range want {
			if err != nil || obj.CLID != id || obj.UID != "abc" || obj.User != emulator.DefaultLogin || obj.Created == "" || obj.Fields[key] != set(v) {
				t.Errorf("%s: %s: %+v, %v", from, key, obj, err)
			}
		}
		if traits.Arrays && obj.Recv["castInn"] != set("5904000001") {
			t.Errorf("%s: requisites %v", from, obj.Recv)
		}
	}
	obj, err := c.InfoByUID(ctx, "ABC", true)
	looks("uid", obj, err)
	obj, err = c.InfoByCLID(ctx, id, true)
	looks("clid", obj, err)
	all := map[int64]crmapi.ClientObject{}
	for o, err := range c.Clients(ctx, crmapi.ListQuery{BankInfo: true}) {
		if err != nil {
			t.Fatal(err)
		}
		all[o.CLID] = o
	}
	looks("list", all[id], nil)
	if len(all) != 2 || all[id].UserID != 1 {
		t.Errorf("%+v", all)
	}
	change := crmapi.ClientInput{Fields: []crmapi.FieldInput{{Key: "address", Text: "ул. Мира, 1"}, {Key: "phone", Text: ""}}}
	if u, err := c.Update(ctx, id, change); err != nil || u.Noop || u.Recv || u.CLID != id {
		t.Errorf("%+v, %v", u, err)
	}
	if u, err := c.Update(ctx, id, change); err != nil || !u.Noop {
		t.Errorf("%+v, %v", u, err)
	}
	obj, err = c.InfoByCLID(ctx, id, false)
	if err != nil || obj.Fields["type"] != set("partner") || obj.Fields["phone"].S != "" || obj.Fields["address"] != set("ул. Мира, 1") {
		t.Errorf("%+v, %v", obj, err)
	}
	if d, err := c.Delete(ctx, id); err != nil || d.CLID != id {
		t.Errorf("%+v, %v", d, err)
	}
	_, gone := c.Delete(ctx, id)
	_, unseen := c.InfoByCLID(ctx, id, false)
	_, missing := c.InfoByUID(ctx, "abc", false)
	_, lost := c.Update(ctx, id, change)
	if class(gone) != crmapi.ClassInvisible || class(unseen) != crmapi.ClassInvisible || class(lost) != crmapi.ClassInvisible || class(missing) != crmapi.ClassNotFound {
		t.Error(gone, unseen, lost, missing)
	}
}
