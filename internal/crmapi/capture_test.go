package crmapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
)

func set(s string) crmapi.Text { return crmapi.Text{Set: true, S: s} }

// class of err, 0 when it is no *Error.
func class(err error) crmapi.Class {
	var e *crmapi.Error
	if errors.As(err, &e) {
		return e.Class
	}
	return 0
}

func TestEveryRecordedAnswerHasItsMeaning(t *testing.T) {
	t.Parallel()
	two := []crmapi.ClientInput{titled("LR1"), titled("LR2")}
	calls := map[string]func(context.Context, *crmapi.Client) error{
		"fields": func(ctx context.Context, c *crmapi.Client) error { _, err := c.Fields(ctx); return err },
		"list": func(ctx context.Context, c *crmapi.Client) error {
			_, err := c.List(ctx, crmapi.ListQuery{})
			return err
		},
		"info": func(ctx context.Context, c *crmapi.Client) error { _, err := c.InfoByCLID(ctx, 3, true); return err },
		"uid":  func(ctx context.Context, c *crmapi.Client) error { _, err := c.InfoByUID(ctx, "x", true); return err },
		"me":   func(ctx context.Context, c *crmapi.Client) error { _, err := c.Me(ctx); return err },
		"add":  func(ctx context.Context, c *crmapi.Client) error { _, err := c.Add(ctx, two[0]); return err },
		"addlist": func(ctx context.Context, c *crmapi.Client) error {
			_, err := c.AddList(ctx, two)
			return err
		},
		"update": func(ctx context.Context, c *crmapi.Client) error { _, err := c.Update(ctx, 999, two[0]); return err },
		"delete": func(ctx context.Context, c *crmapi.Client) error { _, err := c.Delete(ctx, 5); return err },
	}
	for _, tc := range []struct {
		capture, call string
		want          crmapi.Class
		code          int
	}{
		{"badkey", "fields", crmapi.ClassAuth, 401},
		{"v1_badkey", "fields", crmapi.ClassAuth, 400},
		{"badkey", "add", crmapi.ClassAuth, 401},
		{"badkey", "addlist", crmapi.ClassAuth, 401},
		{"badkey", "update", crmapi.ClassAuth, 401},
		{"badmethod", "list", crmapi.ClassRefused, 402},
		{"badmethod", "addlist", crmapi.ClassRefused, 402},
		{"badscript", "fields", crmapi.ClassProtocol, 0},
		{"badscript", "add", crmapi.ClassUnknown, 0},
		{"dbdown", "fields", crmapi.ClassUnknown, 0},
		{"dbdown", "addlist", crmapi.ClassUnknown, 0},
		{"fatal_display_errors_off", "list", crmapi.ClassUnknown, 0},
		{"fatal_display_errors_off", "add", crmapi.ClassUnknown, 0},
		{"list_empty_noorder", "list", crmapi.ClassProtocol, 0},
		{"info_404", "info", crmapi.ClassInvisible, 403},
		{"info_coldowner", "info", crmapi.ClassInvisible, 403},
		{"info_uid404", "uid", crmapi.ClassNotFound, 404},
		{"info_noparam", "info", crmapi.ClassRefused, 405},
		{"info_quote", "uid", crmapi.ClassProtocol, 0},
		{"info_emptytitle", "info", crmapi.ClassUnreadable, 0},
		{"user_info404", "me", crmapi.ClassNotFound, 404},
		{"user_bad", "me", crmapi.ClassProtocol, 0},
		{"user_bad", "fields", crmapi.ClassProtocol, 0},
		{"add_nobody", "add", crmapi.ClassUnknown, 0},
		{"add_list_badrow", "addlist", crmapi.ClassUnknown, 0},
		{"add_list_none", "addlist", crmapi.ClassUnknown, 0},
		{"upd_404", "update", crmapi.ClassInvisible, 403},
		{"del_again", "delete", crmapi.ClassNotFound, 403},
		{"del_noclid", "delete", crmapi.ClassNotFound, 403},
		{"del_hasdeals", "delete", crmapi.ClassHasDeals, 408},
		{"del_ok", "delete", 0, 0},
	} {
		t.Run(tc.capture+" to "+tc.call, func(t *testing.T) {
			t.Parallel()
			s := replay(t, capture(t, tc.capture))
			err := calls[tc.call](t.Context(), client(t, s.URL))
			if got := class(err); got != tc.want || tc.want == 0 && err != nil {
				t.Fatalf("class %v, want %v (%v)", got, tc.want, err)
			}
			var e *crmapi.Error
			if errors.As(err, &e) && e.Code != tc.code {
				t.Errorf("code %d, want %d", e.Code, tc.code)
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests on the wire, want 1", n)
			}
		})
	}
}

func TestInfoTakesTheDifferencesOut(t *testing.T) {
	t.Parallel()
	c := client(t, replay(t, capture(t, "info_clid")).URL)
	got, err := c.InfoByCLID(t.Context(), 4, true)
	if err != nil {
		t.Fatal(err)
	}
	want := crmapi.ClientObject{
		CLID: 4, UID: "0f8fad5b-d9cb-469f-a165-708677", UserID: 1, TrashKnown: true, Created: "2015-05-30 23:05:30",
		Fields: map[string]crmapi.Text{
			"title": set("Ромашка & Ко, ООО"), "type": set("client"), "input1": set("x"), "priceLevel": set("price_1"),
			"des":        set("Строка 1\nСтрока 2 bold ”кавычки” ”ёлочки” апостр'оф & амп"),
			"idcategory": set("Информационные технологии"), "territory": set("Пермь"), "clientpath": set("100crm"),
			"tip_cmr": set("Потенциальный клиент"), "phone": set("8 (912) 123-45-67,+7 342 200-00-00"),
			"mail_url": set("a@romashka.ru, b@romashka.ru"), "address": set("ул. Ленина, 1"), "fax": {}, "site_url": {},
			"scheme": {}, "pid": {}, "head_clid": {}, "person": {}, "fav": set("no"),
			"creator": set("Boss"), "creatorID": set("1"), "editor": {}, "editorID": {},
		},
		Recv: map[string]crmapi.Text{
			"castUrName": set("ООО ”Ромашка"), "castUrNameShort": set(""), "castInn": set(" и Ко”"), "castKpp": set("5904000001"),
			"castBank": set("590401001"), "castBankKs": set("Банк"), "castBankRs": set(""), "castBankBik": set(""),
			"castOkpo": set(""), "castOgrn": set(""), "castDirName": set(""), "castDirSignature": set(""),
			"castDirStatus": set(""), "castDirStatusSig": set(""), "castDirOsnovanie": set(""), "castUrAddr": set(""),
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestListAndInfoAgree(t *testing.T) {
	t.Parallel()
	page, err := client(t, replay(t, capture(t, "list_all")).URL).List(t.Context(), crmapi.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if page.Rows != 4 || len(page.Clients) != 4 || len(page.Bad) != 0 || page.Pages != 1 {
		t.Fatalf("page: %d rows, %d clients, %d bad, %d pages", page.Rows, len(page.Clients), len(page.Bad), page.Pages)
	}
	other := page.Clients[0]
	for key, want := range map[string]crmapi.Text{
		"idcategory": {}, "territory": {}, "head_clid": {}, "clientpath": set("Маркетинг"), "des": {}, "title": set("Другой клиент"),
	} {
		if got, ok := other.Fields[key]; !ok || got != want {
			t.Errorf("%s: %v (there: %v), want %v", key, got, ok, want)
		}
	}
	if other.User != "boss@example.org" || other.Created != "2026-11-22 07:21:55" || other.Edited != "" || other.TrashKnown || other.Recv != nil {
		t.Errorf("row: %+v", other)
	}
	// The same client through the other action.
	info, err := client(t, replay(t, capture(t, "info_min")).URL).InfoByCLID(t.Context(), 4, false)
	if err != nil {
		t.Fatal(err)
	}
	row := page.Clients[3]
	for _, key := range []string{"title", "idcategory", "territory", "clientpath", "tip_cmr", "phone", "mail_url", "address", "des", "input1", "type"} {
		if info.Fields[key] != row.Fields[key] {
			t.Errorf("%s: info says %v, list %v", key, info.Fields[key], row.Fields[key])
		}
	}
	if info.UID != row.UID || info.Created != row.Created || info.Edited != row.Edited || info.Recv != nil {
		t.Errorf("info %+v\nlist %+v", info, row)
	}
}

func TestListReadsRequisites(t *testing.T) {
	t.Parallel()
	page, err := client(t, replay(t, capture(t, "list_fields_typo")).URL).List(t.Context(), crmapi.ListQuery{BankInfo: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := page.Clients[0].Recv["castInn"]; got != set("590456789008") {
		t.Errorf("castInn %v", got)
	}
	if _, ok := page.Clients[0].Fields["phone"]; ok {
		t.Error("a field the answer lacks is there")
	}
}

func TestARowWithoutFieldsIsUnreadable(t *testing.T) {
	t.Parallel()
	page, err := client(t, replay(t, capture(t, "list_badfields")).URL).List(t.Context(), crmapi.ListQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Clients) != 0 || len(page.Bad) != 1 || page.Bad[0].Class != crmapi.ClassUnreadable {
		t.Errorf("%+v", page)
	}
}

func TestFieldsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	fields, err := client(t, replay(t, capture(t, "fields")).URL).Fields(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, f := range fields {
		keys = append(keys, f.Key)
	}
	want := "clid uid type date_create date_edit title iduser address phone fax site_url mail_url recv"
	if got := strings.Join(keys, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if fields[12].Caption != "Реквизиты" {
		t.Errorf("caption %q", fields[12].Caption)
	}
}

func TestUsersAndGuides(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	me, err := client(t, replay(t, capture(t, "user_info")).URL).Me(ctx)
	want := crmapi.User{ID: 1, Login: "boss@example.org", Title: "Boss", Email: "boss@example.org", Role: "Руководитель с доступом", Active: true}
	if err != nil || me != want || !me.SeesEverything() {
		t.Errorf("me: %+v, %v", me, err)
	}
	users, err := client(t, replay(t, capture(t, "user_list")).URL).Users(ctx)
	if err != nil || len(users) != 2 || users[1].Login != "mgr@example.org" || users[1].ID != 2 || !users[1].Active || users[1].SeesEverything() {
		t.Errorf("users: %+v, %v", users, err)
	}
	for name, tc := range map[string]struct {
		call func(*crmapi.Client) ([]crmapi.GuideEntry, error)
		n    int
		last crmapi.GuideEntry
	}{
		"guides_category":   {func(c *crmapi.Client) ([]crmapi.GuideEntry, error) { return c.Categories(ctx) }, 3, crmapi.GuideEntry{ID: 3, Title: "Информационные технологии"}},
		"guides_territory":  {func(c *crmapi.Client) ([]crmapi.GuideEntry, error) { return c.Territories(ctx) }, 4, crmapi.GuideEntry{ID: 5, Title: "Москва"}},
		"guides_relations":  {func(c *crmapi.Client) ([]crmapi.GuideEntry, error) { return c.Relations(ctx) }, 7, crmapi.GuideEntry{ID: 7, Title: "4"}},
		"guides_clientpath": {func(c *crmapi.Client) ([]crmapi.GuideEntry, error) { return c.ClientPaths(ctx) }, 7, crmapi.GuideEntry{ID: 7, Title: "Создастся?"}},
	} {
		got, err := tc.call(client(t, replay(t, capture(t, name)).URL))
		if err != nil || len(got) != tc.n || got[len(got)-1] != tc.last {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	// A dictionary without entries is PHP's empty array without "data".
	if got, err := client(t, answer(t, "[]").URL).Categories(ctx); err != nil || len(got) != 0 {
		t.Errorf("empty guide: %v, %v", got, err)
	}
}

func TestOnlyFourRolesSeeEverything(t *testing.T) {
	t.Parallel()
	for role, want := range map[string]bool{
		"Руководитель организации": true, "Руководитель с доступом": true, "Поддержка продаж": true, "Администратор": true,
		"Руководитель подразделения": false, "Руководитель отдела": false, "Менеджер продаж": false, "": false,
	} {
		if got := (crmapi.User{Role: role}).SeesEverything(); got != want {
			t.Errorf("%q: %v", role, got)
		}
	}
}
