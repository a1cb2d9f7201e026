package crmapi_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
)

// captureV1 is the raw answer of a real server, from the captures that the emulator
// is held against.
func captureV1(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("emulator", "testdata", "captures", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, answer, ok := bytes.Cut(raw, []byte("-----8<----- response\n"))
	if !ok {
		t.Fatalf("%s: no answer in it", name)
	}
	return answer
}

func speaksV1(cfg *crmapi.Config) { cfg.Dialect = crmapi.V1 }

// replayV1 is a client of a server that gives one captured answer to everything.
func replayV1(t testing.TB, name string) (*crmapi.Client, *server) {
	t.Helper()
	s := replay(t, captureV1(t, name))
	return client(t, s.URL, speaksV1), s
}

func TestCapturedReadsOfV1(t *testing.T) {
	t.Parallel()
	c, s := replayV1(t, "v1_info")
	o, err := c.InfoByCLID(t.Context(), 4, false)
	want := crmapi.ClientObject{
		CLID: 4, UID: "0f8fad5b-d9cb-469f-a165-708677", User: "mgr@example.org", Created: "2015-05-30 20:05:00", Edited: "2026-11-22 04:23:00",
		Fields: map[string]crmapi.Text{
			"type": set("client"), "input1": set("x"), "title": set("Ромашка & Ко, ООО"), "idcategory": set("Информационные технологии"), "pid": {},
			"person": set(""), "address": set("ул. Ленина, 1"), "phone": set(""), "fax": {}, "site_url": {}, "mail_url": set(""), "territory": set("Пермь"),
			"des": set("by mgr"), "scheme": {}, "tip_cmr": set("Потенциальный клиент"), "clientpath": set("100crm"),
		},
	}
	if diff := cmp.Diff(want, o); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	r := s.requests()[0]
	form, _ := url.ParseQuery(r.Body)
	sent := url.Values{"login": {testLogin}, "apikey": {testKey}, "action": {"info"}, "clid": {"4"}}
	if diff := cmp.Diff(sent, form); diff != "" || r.Method != "POST" || r.URI != "/developer/v1/client" || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("%s %s %s", r.Method, r.URI, diff)
	}

	c, _ = replayV1(t, "v1_list")
	page, err := c.List(t.Context(), crmapi.ListQuery{Fields: []string{"clid"}})
	if err != nil || page.Rows != 200 || page.Pages != 3 || len(page.Bad) > 0 || page.Clients[0].CLID != 1 || page.Clients[199].CLID != 204 {
		t.Errorf("%d rows, %d pages, %v", page.Rows, page.Pages, err)
	}
}

func TestCapturedRefusalsOfV1(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]crmapi.Class{
		"v1_badkey": crmapi.ClassAuth, "v1_badmethod": crmapi.ClassRefused, "v1_list_filter": crmapi.ClassProtocol,
	} {
		c, _ := replayV1(t, name)
		if _, err := c.List(t.Context(), crmapi.ListQuery{}); class(err) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, _ := replayV1(t, "v1_del_404")
	if _, err := c.Delete(t.Context(), 99999); class(err) != crmapi.ClassInvisible {
		t.Error(err)
	}
	c, _ = replayV1(t, "v1_badkey")
	if _, err := c.Delete(t.Context(), 1); class(err) != crmapi.ClassAuth {
		t.Error(err)
	}
}

func TestCapturedDealsOfV1(t *testing.T) {
	t.Parallel()
	deals := func(name string) *crmapi.Deals {
		return client(t, replay(t, captureV1(t, name)).URL).Deals(crmapi.DealsV1)
	}
	o, err := deals("v1c_info3b").ByDID(t.Context(), 3)
	want := crmapi.DealObject{
		DID: 3, UID: "X1", CLID: 2, Payer: 2, User: "boss@example.org", Created: "2026-11-22", Fact: "0", LinesKnown: true, InvoicesKnown: true,
		Fields: map[string]crmapi.Text{
			"title": set("СД3: V1Deal"), "mcid": {}, "datum_plan": set("2026-12-06"), "step": set("40"), "dog_num": {}, "tip": {}, "direction": {},
			"kol": set("1000"), "marga": set("100"), "datum_start": {}, "datum_end": {},
		},
		Invoices: []crmapi.InvoiceObject{{ID: 1, DID: 3, CLID: 2, Number: "INV1", Date: "2026-01-01", Sum: "500.00", VAT: "0.00", Account: 1}},
	}
	if diff := cmp.Diff(want, o); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	listed, err := deals("v1c_list_uid").InvoicesOf(t.Context(), 3)
	if class(err) != crmapi.ClassProtocol {
		t.Errorf("a list is no card: %+v, %v", listed, err)
	}
	g, err := deals("v1c_steplist").Guides(t.Context())
	if err != nil || len(g.Steps) != 7 || !slices.Contains(g.Steps, crmapi.Stage{Title: "0", Content: "Проявлен/Выявлен интерес"}) {
		t.Errorf("%+v, %v", g, err)
	}
	f, err := deals("v1c_fields").Fields(t.Context())
	if err != nil || f[len(f)-1] != (crmapi.FieldCaption{Key: "kol_fact", Caption: "Фактическая сумма продажи"}) {
		t.Errorf("%+v, %v", f, err)
	}
}

// The list of all deals on today's server, whose deals without invoices have no
// block, and which dies of the question for closed ones.
func TestCapturedListOfV1(t *testing.T) {
	t.Parallel()
	all, dead, steps := captureV1(t, "v1c_list_uid"), captureV1(t, "v1c_list_closed"), captureV1(t, "v1c_steplist")
	var got []crmapi.DealObject
	d := client(t, answering(t, map[string][]byte{"active": dead, "order": all, "": steps})).Deals(crmapi.DealsV1)
	for o, err := range d.All(t.Context(), crmapi.DealQuery{Invoices: true}) {
		must(t, err)
		got = append(got, o)
	}
	if len(got) != 3 || len(got[1].Invoices) != 2 || !got[1].Invoices[0].Paid || got[1].Invoices[0].PaidOn != "2026-11-22" || got[1].Invoices[1].Paid ||
		!got[0].InvoicesKnown || !got[1].Closed || got[1].Status != "Победа полная" || got[2].UID != "" || got[0].Fields["tip"] != set("Продажа быстрая") {
		t.Errorf("%+v", got)
	}
}

// answering gives the answer of the first of these parameters that a request has:
// "active", then "order", or else none.
func answering(t *testing.T, answers map[string][]byte) string {
	t.Helper()
	var s *server
	s = serve(t, func(w http.ResponseWriter, n int) {
		form, _ := url.ParseQuery(s.requests()[n-1].Body)
		for _, key := range []string{"active", "order"} {
			if form.Has(key) {
				hijack(t, w, answers[key])
				return
			}
		}
		hijack(t, w, answers[""])
	})
	return s.URL
}

func TestCapturedWritesOfContract(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]crmapi.Class{
		"v1c_add": crmapi.ClassUnknown, "v1c_add_badclid": crmapi.ClassRefused, "v1c_add_noclid": crmapi.ClassRefused, "v1c_add_notitle": crmapi.ClassRefused,
	} {
		s := replay(t, captureV1(t, name))
		d := client(t, s.URL, func(cfg *crmapi.Config) { cfg.Attempts = 4 }).Deals(crmapi.DealsV1)
		if _, err := d.Add(t.Context(), crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{field("title", "А")}}); class(err) != want || len(s.requests()) != 1 {
			t.Errorf("%s: %v, %d requests", name, err, len(s.requests()))
		}
	}
	deals := func(name string) *crmapi.Deals {
		return client(t, replay(t, captureV1(t, name)).URL).Deals(crmapi.DealsV1)
	}
	ctx := t.Context()
	id, number, err := deals("v1c_addinvoice").AddInvoice(ctx, crmapi.InvoiceInput{DID: 3, Number: "INV1", Sum: "500"})
	if id != 1 || number != "INV1" || err != nil {
		t.Errorf("%d, %q, %v", id, number, err)
	}
	_, _, err = deals("v1c_addinvoice_nodeal").AddInvoice(ctx, crmapi.InvoiceInput{DID: 999, Number: "INV1", Sum: "500"})
	pay := func(name string) error {
		return deals(name).Pay(ctx, crmapi.PaymentInput{ID: 1, Number: "INV1", Sum: "200", Whole: true})
	}
	for what, got := range map[string]struct {
		err  error
		want crmapi.Class
	}{
		"invoice of no deal": {err, crmapi.ClassInvisible},
		"deal with invoices": {deals("v1c_delete_inv").Delete(ctx, 3), crmapi.ClassHasDeals},
		"part":               {pay("v1c_paypart"), 0},
		"too much":           {pay("v1c_paypart_over"), crmapi.ClassRefused},
		"no such invoice":    {pay("v1c_pay_nf"), crmapi.ClassNotFound},
		"not what was asked": {pay("v1c_pay"), crmapi.ClassUnknown},
	} {
		if class(got.err) != got.want || got.want == 0 && got.err != nil {
			t.Errorf("%s: %v", what, got.err)
		}
	}
}
