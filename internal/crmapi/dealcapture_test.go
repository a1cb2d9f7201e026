package crmapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
)

// What real servers answered, and what it means.
func TestRecordedAnswersAboutDeals(t *testing.T) {
	t.Parallel()
	calls := map[string]func(ctx context.Context, c *crmapi.Client) error{
		"fields": func(ctx context.Context, c *crmapi.Client) error { return second(c.Deals(crmapi.DealsV3).Fields(ctx)) },
		"info": func(ctx context.Context, c *crmapi.Client) error {
			return second(c.Deals(crmapi.DealsV3).ByDID(ctx, 999))
		},
		"update":      updateOf(2),
		"update of 3": updateOf(3),
		"delete":      func(ctx context.Context, c *crmapi.Client) error { return c.Deals(crmapi.DealsV3).Delete(ctx, 2) },
		"add": func(ctx context.Context, c *crmapi.Client) error {
			return second(c.Deals(crmapi.DealsV3).Add(ctx, aDeal()))
		},
		"pay": func(ctx context.Context, c *crmapi.Client) error {
			return c.Deals(crmapi.DealsV3).Pay(ctx, crmapi.PaymentInput{ID: 1, Sum: "1"})
		},
		"person info": func(ctx context.Context, c *crmapi.Client) error { return second(c.Persons().ByPID(ctx, 1)) },
		"person add":  func(ctx context.Context, c *crmapi.Client) error { return second(c.Persons().Add(ctx, aPerson())) },
		"person upd": func(ctx context.Context, c *crmapi.Client) error {
			return c.Persons().Update(ctx, crmapi.PersonObject{PID: 1, UserID: 1}, aPerson())
		},
		"person del":   func(ctx context.Context, c *crmapi.Client) error { return c.Persons().Delete(ctx, 2) },
		"person del 1": func(ctx context.Context, c *crmapi.Client) error { return c.Persons().Delete(ctx, 1) },
		"invoice": func(ctx context.Context, c *crmapi.Client) error {
			_, _, err := c.Deals(crmapi.DealsV3).AddInvoice(ctx, crmapi.InvoiceInput{DID: 2, Number: "1", Sum: "500"})
			return err
		},
	}
	const none = crmapi.Class(0)
	for _, tc := range []struct {
		capture, call string
		want          crmapi.Class
	}{
		{"deal_fields", "fields", none},
		{"badkey", "fields", crmapi.ClassAuth},
		{"badmethod", "fields", crmapi.ClassRefused},
		{"badscript", "fields", crmapi.ClassProtocol},
		{"dbdown", "fields", crmapi.ClassUnknown},
		{"deal_info404", "info", crmapi.ClassInvisible},
		{"deal_upd", "update", none},
		{"deal_upd", "update of 3", crmapi.ClassUnknown}, // the answer names another deal
		{"badkey", "update", crmapi.ClassAuth},
		{"badscript", "update", crmapi.ClassUnknown},
		{"deal_step", "update", none},                 // names the deal; this is all that is asked of an answer
		{"deal_close", "delete", crmapi.ClassUnknown}, // a success that names no deal
		{"deal_list", "add", crmapi.ClassUnknown},     // a list is no success
		{"person_add_noclid", "add", crmapi.ClassUnknown},
		{"inv_add", "invoice", crmapi.ClassUnknown},
		{"inv_do", "pay", crmapi.ClassNotFound},
		{"deal_close", "pay", crmapi.ClassUnknown},
		{"person_info404", "person info", crmapi.ClassNotFound},
		{"person_add", "person add", none},
		{"person_add_noclid", "person add", crmapi.ClassUnknown},
		{"person_upd", "person upd", none},
		{"person_del", "person del", none},
		{"person_del", "person del 1", crmapi.ClassUnknown},
	} {
		t.Run(tc.capture+" as "+tc.call, func(t *testing.T) {
			t.Parallel()
			err := calls[tc.call](t.Context(), client(t, replay(t, capture(t, tc.capture)).URL))
			if class(err) != tc.want || (err == nil) != (tc.want == none) {
				t.Errorf("%v, want %v", err, tc.want)
			}
		})
	}
}

func updateOf(did int64) func(context.Context, *crmapi.Client) error {
	return func(ctx context.Context, c *crmapi.Client) error {
		return c.Deals(crmapi.DealsV3).Update(ctx, crmapi.DealObject{DID: did}, crmapi.DealInput{Fields: []crmapi.FieldInput{field("kol", "1500")}})
	}
}

func aDeal() crmapi.DealInput {
	return crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{field("title", "Т")}}
}

func aPerson() crmapi.PersonInput {
	return crmapi.PersonInput{Fields: []crmapi.FieldInput{field("person", "Иванов Иван")}}
}

func TestRecordedListOfDeals(t *testing.T) {
	t.Parallel()
	got, err := client(t, replay(t, capture(t, "deal_list_active")).URL).Deals(crmapi.DealsV3).Newest(t.Context())
	must(t, err)
	fields := func(title string, more map[string]crmapi.Text) map[string]crmapi.Text {
		out := map[string]crmapi.Text{
			"title": set(title), "mcid": {}, "datum_plan": {}, "step": {}, "dog_num": {}, "tip": {}, "direction": {}, "kol": set("0"), "marga": set("0"),
			"datum_start": {}, "datum_end": {},
		}
		for k, v := range more {
			out[k] = v
		}
		return out
	}
	want := []crmapi.DealObject{
		{
			DID: 2, UID: "D1", CLID: 2, Payer: 2, UserID: 1, User: "boss@example.org", Created: "2026-11-22", Fact: "0",
			Fields: fields("СД2: Сделка", map[string]crmapi.Text{
				"datum_plan": set("2026-12-06"), "step": set("20"), "tip": set("Продажа быстрая"), "direction": set("Основное"), "kol": set("1000"), "marga": set("300"),
			}),
		},
		{DID: 1, CLID: 4, UserID: 1, User: "boss@example.org", Fact: "0", Fields: fields("D", nil)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecordedGuidesOfDeals(t *testing.T) {
	t.Parallel()
	bodies := []string{"deal_steplist", "deal_direction", "deal_type", "deal_statusclose"}
	s := serve(t, func(w http.ResponseWriter, n int) { _, _ = w.Write(captureBody(t, bodies[n-1])) })
	g, err := client(t, s.URL).Deals(crmapi.DealsV3).Guides(t.Context())
	must(t, err)
	if len(g.Steps) != 7 || g.Steps[1] != (crmapi.Stage{ID: 2, Title: "20", Content: "Подтвержден интерес"}) ||
		len(g.Directions) != 1 || g.Directions[0] != (crmapi.GuideEntry{ID: 1, Title: "Основное"}) ||
		len(g.Types) != 6 || g.Types[0] != (crmapi.GuideEntry{ID: 6, Title: "Продажа быстрая"}) ||
		len(g.Statuses) != 7 || g.Statuses[3] != (crmapi.GuideEntry{ID: 1, Title: "Победа полная"}) {
		t.Errorf("%+v", g)
	}
}

// A card names the owner by the login, of which the list of users tells the id.
func TestRecordedContact(t *testing.T) {
	t.Parallel()
	bodies := []string{"person_info", "user_list"}
	s := serve(t, func(w http.ResponseWriter, n int) { _, _ = w.Write(captureBody(t, bodies[n-1])) })
	got, err := client(t, s.URL).Persons().ByPID(t.Context(), 1)
	must(t, err)
	want := crmapi.PersonObject{
		PID: 1, CLID: 2, UserID: 1, User: "boss@example.org", Created: "2026-11-22 07:24:30",
		Fields: map[string]crmapi.Text{
			"ptitle": set("Директор"), "person": set("Иванов Иван"), "tel": set("+7 342 200"), "fax": {}, "mob": set("+7 912 1"), "mail": set("i@x.ru"), "input7": {},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
