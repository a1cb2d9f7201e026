package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
)

func TestDuplicateRule(t *testing.T) {
	t.Parallel()
	old := fieldsOf{"title": "ООО Берёза", "uid": "U1", "phone": "+7(342)550-10-30, 8.912.000", "mail_url": "a_b@x.ru, c@x.ru"}
	for _, c := range []struct {
		name   string
		second fieldsOf
		exists bool
	}{
		{"the same title alone", fieldsOf{"title": "Береза, ооо  "}, true},
		{"another title, the same uid", fieldsOf{"title": "Другая", "uid": "U1"}, false},
		{"the same phone with another first digit", fieldsOf{"title": "ООО Берёза", "phone": "8 342 550 10 30"}, true},
		{"another phone", fieldsOf{"title": "ООО Берёза", "phone": "+7 999 111-22-33"}, false},
		{"a phone of one digit matches any", fieldsOf{"title": "ООО Берёза", "phone": "1"}, true},
		{"one of two phones", fieldsOf{"title": "ООО Берёза", "phone": []string{"89991112233", "83425501030"}}, true},
		{"a phone stored with dots is not found", fieldsOf{"title": "ООО Берёза", "phone": "8.912.000"}, false},
		{"a blank phone matches any", fieldsOf{"title": "ООО Берёза", "phone": []string{""}}, true},
		{"part of the mails", fieldsOf{"title": "ООО Берёза", "mail_url": "C@X.ru"}, true},
		{"an underscore is any character", fieldsOf{"title": "ООО Берёза", "mail_url": "a?b@x.ru"}, false},
		{"an underscore of the new mail is any character", fieldsOf{"title": "ООО Берёза", "mail_url": "_@x.ru"}, true},
		{"phone agrees, mail does not", fieldsOf{"title": "ООО Берёза", "phone": "83425501030", "mail_url": "d@x.ru"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := emulator.New(emulator.Options{})
			added(t, s, old)
			body := call(s, "client/add", c.second.String())
			if got := strings.Contains(body, `"exists":1`); got != c.exists {
				t.Errorf("%s", body)
			}
		})
	}
}

func TestDuplicateRuleSeesTrashedAndForeignClients(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{Logins: []emulator.Login{
		{Login: emulator.DefaultLogin, Boss: true}, {Login: "mgr@example.org", Active: true},
	}})
	seed(t, s, emulator.Client{Title: "Чужой", Owner: emulator.DefaultLogin, Trash: true})
	if body := callAs(s, "mgr@example.org", "client/add", `{"title":"чужой"}`); !strings.Contains(body, `"exists":1`) {
		t.Error(body)
	}
	if body := callAs(s, "mgr@example.org", "client/info", `{"clid":1}`); !strings.Contains(body, `"code":403`) {
		t.Error(body)
	}
}

// The title of a client with a four-byte character is stored as question marks,
// so the same add is not recognised and creates a second client. (Inferred from
// how the database compares; no capture shows it.)
func TestFourByteCharacterDefeatsTheDuplicateRule(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	added(t, s, fieldsOf{"title": "Emoji 😀"})
	if cl := added(t, s, fieldsOf{"title": "Emoji 😀"}); cl.CLID != 2 {
		t.Errorf("clid %d", cl.CLID)
	}
}

func TestThreeShapesOfExistingClient(t *testing.T) {
	t.Parallel()
	text := `"text":"Найден существующий клиент - А (clid = 1). Запрос отклонен."}}`
	for _, c := range []struct {
		name string
		opt  emulator.Options
		want string
	}{
		{"observed", emulator.Options{}, `{"result":"Error","exists":1,"error":{"code":304,` + text},
		{"documented", emulator.Options{AsDocumented: true}, `{"result":"Error","data":1,"error":{"code":406,` + text},
		{"old", emulator.Options{Old: true}, `{"result":"Error","error":{"code":"406",` + text},
	} {
		s := emulator.New(c.opt)
		added(t, s, fieldsOf{"title": "А"})
		if got := call(s, "client/add", `{"title":"А"}`); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestDocumentedBehaviour(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{AsDocumented: true})
	seed(t, s, emulator.Client{Title: "А", HasDeals: true}, emulator.Client{Title: "Б", Trash: true})
	for _, step := range []struct{ action, body, want string }{
		{"client/list", `{"first":"old","fields":"clid"}`, `{"data":[{"clid":1},{"clid":2}],"params":{"page":1,"pageall":1,"ord":"date_create","tuda":"ASC","count":2},"count":2}`},
		{"client/list", `{"filter":{"trash":false},"fields":"clid"}`, `{"data":[{"clid":1}],"params":{"page":1,"pageall":1,"ord":"date_create","tuda":"DESC","count":1},"count":1}`},
		{"client/delete", `{"clid":1}`, `"code":406`},
		{"client/delete", `{}`, `"code":405`},
		{"client/update", `{"title":"х"}`, `"code":405`},
		{"client/update", `{"clid":9}`, `"code":403`},
		{"client/add", `{}`, `"code":405`},
		{"client/info", `{"clid":9}`, `"code":404`},
	} {
		if got := call(s, step.action, step.body); !strings.Contains(got, step.want) {
			t.Errorf("%s %s: %s", step.action, step.body, got)
		}
	}
}

func TestApostropheKillsTheRequestWhereItIsPastedIntoSQL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action, body string
		created      int
	}{
		{"client/add", `{"title":"Т","mail_url":"o'b@x.ru"}`, 0},
		{"client/add", `{"title":"Т","idcategory":"a'b"}`, 0},
		{"client/add", `{"title":"Т","clientpath":"a'b"}`, 0},
		{"client/add", `{"title":"Т","user":"a'b"}`, 0},
		{"client/info", `{"uid":"a'b"}`, 0},
		{"client/info", `{"inn":"a'b"}`, 0},
		{"client/update", `{"uid":"a'b","des":"x"}`, 0},
		{"client/list", `{"order":"clid","dateStart":"a'b"}`, 0},
		{"client/list", `{}`, 0},
		{"client/list", `{"order":"nonexistent"}`, 0},
		{"client/add.list", `{"client":[{"title":"1"},{"title":"2"},{"title":"3","mail_url":"'"},{"title":"4"}]}`, 2},
		{"client/add.list", `{"client":[{"title":"1"},"two"]}`, 1},
		{"client/add", `{"title":["x"]}`, 0},
		{"client/add", `null`, 0},
	} {
		s := emulator.New(emulator.Options{AllFields: true})
		body := call(s, c.action, c.body)
		if !strings.HasPrefix(body, "<br />\n<b>Fatal error</b>:  Uncaught ") {
			t.Errorf("%s %s: %s", c.action, c.body, body)
		}
		if n := len(s.Clients()); n != c.created {
			t.Errorf("%s %s: %d clients", c.action, c.body, n)
		}
	}
	for _, harmless := range []fieldsOf{{"title": "o'neil"}, {"title": "Т", "uid": "a'b"}, {"title": "Т", "territory": "a'b"}, {"title": "Т", "tip_cmr": "a'b"}, {"title": "Т", "address": "a'b"}} {
		added(t, emulator.New(emulator.Options{AllFields: true}), harmless)
	}
}

func TestUpdateSeesDifferencesAsPHPCompares(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, before, after string
		changed             bool
	}{
		{"equal", "а", "а", false},
		{"case", "а", "А", true},
		{"numbers with leading zeros are equal", "0123", "123", false},
		{"a number and its exponent are equal", "1000", "1e3", false},
		{"blanks around a number do not count", "12", " 12", false},
		{"phones in words are not numbers", "8 912", "8912", true},
		{"cleared", "а", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := emulator.New(emulator.Options{})
			added(t, s, fieldsOf{"title": "Т", "fax": c.before})
			body := call(s, "client/update", fieldsOf{"clid": 1, "fax": c.after}.String())
			if changed := strings.Contains(body, `"hid"`); changed != c.changed {
				t.Error(body)
			}
			cl, _ := s.Client(1)
			want := c.before
			if c.changed {
				want = c.after
			}
			if cl.Fields["fax"] != want || (cl.Edited != "") != c.changed {
				t.Errorf("stored %q, edited %q", cl.Fields["fax"], cl.Edited)
			}
		})
	}
}

func TestUIDIsWrittenOnce(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	added(t, s, fieldsOf{"title": "Т"})
	for _, uid := range []string{"U1", "U2"} {
		call(s, "client/update", fieldsOf{"clid": 1, "uid": uid}.String())
	}
	if cl, _ := s.Client(1); cl.UID != "U1" {
		t.Errorf("uid %q", cl.UID)
	}
	if body := call(s, "client/update", `{"uid":"u1","address":"х"}`); !strings.Contains(body, `"data":1`) {
		t.Error(body)
	}
}

func TestInactiveFieldsAreDroppedAndNotShown(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	cl := added(t, s, fieldsOf{"title": "Т", "des": "х", "idcategory": "Новая", "input1": "х"})
	if len(cl.Fields) != 2 || cl.Fields["type"] != "client" || cl.Fields["clientpath"] != "Маркетинг" {
		t.Errorf("fields %v", cl.Fields)
	}
	if body := call(s, "guides/category", `{}`); strings.Contains(body, "Новая") {
		t.Error(body)
	}
	if body := call(s, "client/list", `{"order":"clid","fields":"clid,des,idcategory"}`); !strings.Contains(body, `[{"clid":1}]`) {
		t.Error(body)
	}
	if body := call(s, "client/update", `{"clid":1,"des":"у"}`); !strings.Contains(body, "идентичны") {
		t.Error(body)
	}
}

func TestDictionaries(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{AllFields: true})
	cl := added(t, s, fieldsOf{"title": "Т", "idcategory": "Новая", "territory": "пермь", "clientpath": 999, "tip_cmr": "Свой"})
	for k, want := range map[string]string{"idcategory": "Новая", "territory": "Пермь", "clientpath": "#999", "tip_cmr": "Свой"} {
		if cl.Fields[k] != want {
			t.Errorf("%s is %q, want %q", k, cl.Fields[k], want)
		}
	}
	if body := call(s, "guides/relations", `{}`); strings.Contains(body, "Свой") {
		t.Errorf("add created a relation: %s", body)
	}
	call(s, "client/update", `{"clid":1,"tip_cmr":"Другой"}`)
	if body := call(s, "guides/relations", `{}`); !strings.Contains(body, `"title":"Другой","color":null`) {
		t.Errorf("update created no relation: %s", body)
	}
	if body := call(s, "client/info", `{"clid":1}`); !strings.Contains(body, `"clientpath":false,"clientpath2":999`) {
		t.Error(body)
	}
}

func TestWhoSeesWhom(t *testing.T) {
	t.Parallel()
	const boss, head, mgr, other = emulator.DefaultLogin, "head@example.org", "mgr@example.org", "other@example.org"
	s := emulator.New(emulator.Options{Logins: []emulator.Login{
		{ID: 1, Login: boss, Boss: true},
		{ID: 2, Login: head, Role: emulator.RoleDepartment},
		{ID: 3, Login: mgr, Head: 2},
		{ID: 4, Login: other},
		{ID: 5, Login: "reader@example.org", Role: emulator.RoleAccess},
	}})
	seed(t, s, emulator.Client{Title: "b", Owner: boss}, emulator.Client{Title: "h", Owner: head}, emulator.Client{Title: "m", Owner: mgr},
		emulator.Client{Title: "o", Owner: other}, emulator.Client{Title: "nobody", Owner: "-"})
	for _, c := range []struct{ login, list, info string }{
		{boss, "5 4 3 2 1", "1 2 3 4"},
		{"reader@example.org", "4 3 2 1", "1 2 3 4"},
		{head, "3 2", "2 3"},
		{mgr, "3", "3"},
		{other, "4", "4"},
	} {
		if got := clidsOf(callAs(s, c.login, "client/list", `{"order":"clid","fields":"clid"}`)); got != c.list {
			t.Errorf("%s lists %s, want %s", c.login, got, c.list)
		}
		var seen []string
		for clid := 1; clid <= 5; clid++ {
			if strings.Contains(callAs(s, c.login, "client/info", fmt.Sprintf(`{"clid":%d}`, clid)), `"title"`) {
				seen = append(seen, fmt.Sprint(clid))
			}
		}
		if got := strings.Join(seen, " "); got != c.info {
			t.Errorf("%s reads %s, want %s", c.login, got, c.info)
		}
	}
	if got := clidsOf(callAs(s, mgr, "client/list", `{"order":"clid","fields":"clid","iduser":1}`)); got != "1" {
		t.Errorf("the escape by iduser shows %s", got)
	}
	if body := callAs(s, mgr, "client/update", `{"clid":4,"fax":"х"}`); !strings.Contains(body, `"hid"`) {
		t.Errorf("update of a foreign client: %s", body)
	}
}

func TestPagesShiftAsRowsComeAndGo(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	for i := range 450 {
		seed(t, s, emulator.Client{Title: fmt.Sprint(i)})
	}
	page := func(offset int) string {
		return call(s, "client/list", fmt.Sprintf(`{"order":"clid","fields":"clid","offset":%d}`, offset))
	}
	for offset, want := range map[int]string{0: "450 251", 1: "250 51", 2: "50 1", 3: ""} {
		if got := ends(page(offset)); got != want {
			t.Errorf("page %d: %s, want %s", offset, got, want)
		}
	}
	if got := page(1 << 60); !strings.Contains(got, `"data":[],"params":{"page":1152921504606846976,"pageall":3`) {
		t.Errorf("a page far beyond the end: %s", got)
	}
	if err := s.Delete(450); err != nil {
		t.Fatal(err)
	}
	if got := ends(page(1)); got != "249 50" {
		t.Errorf("after a deletion page 1 is %s", got)
	}
	added(t, s, fieldsOf{"title": "new"})
	if got := ends(page(1)); got != "250 51" {
		t.Errorf("after an add page 1 is %s", got)
	}
}

func TestWhatMovesTheDateOfTheLastEdit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	s := emulator.New(emulator.Options{Clock: func() time.Time { return now }})
	seed(t, s, emulator.Client{Title: "А"}, emulator.Client{Title: "Б"})
	for _, c := range []struct {
		name  string
		do    func() error
		moves bool
	}{
		{"a requisite", func() error { return s.Edit(1, "castInn", "1") }, false},
		{"the trash", func() error { return s.Trash(1) }, false},
		{"the owner", func() error { return s.SetOwner(1, 7) }, false},
		{"the same value", func() error { return s.Edit(1, "title", "А") }, false},
		{"a field", func() error { return s.Edit(1, "phone", "1") }, true},
		{"a merge", func() error { return s.Merge(1, 2) }, true},
	} {
		now = now.Add(time.Hour)
		before, _ := s.Client(1)
		if err := c.do(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		after, _ := s.Client(1)
		if moved := before.Edited != after.Edited; moved != c.moves {
			t.Errorf("%s: edited %q, then %q", c.name, before.Edited, after.Edited)
		}
	}
	if _, ok := s.Client(2); ok {
		t.Error("the loser of a merge is still there")
	}
	if cl, _ := s.Client(1); cl.Edited != "2026-03-01 18:00:00" {
		t.Errorf("edited %s is not in the account's zone", cl.Edited)
	}
}

func TestUnmodelledRequestsAreErrors(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	send := over(t, s)
	for target, want := range map[string]int{"akt/list": 501, "deal/change.freeze": 501, "guides/company.list": 501, "zzz/list": 200, "client/zzz": 200} {
		if got := send(target, `{}`); got.status != want {
			t.Errorf("%s: status %d, want %d", target, got.status, want)
		}
	}
	named := 0
	for _, ev := range s.History() {
		if ev.Unmodelled != "" {
			named++
		}
	}
	if named != 3 {
		t.Errorf("%d unmodelled requests in the history", named)
	}
}

func seed(t testing.TB, s *emulator.Server, clients ...emulator.Client) {
	t.Helper()
	if err := s.Seed(clients...); err != nil {
		t.Fatal(err)
	}
}

func TestChangeOfOwnerTakesOutOfTheTrash(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	seed(t, s, emulator.Client{Title: "А", Trash: true})
	for _, clid := range []string{"1", "99"} {
		if body := call(s, "client/change.user", `{"clid":`+clid+`,"newuser":7}`); body != `{"result":"Сделано","error":[]}` {
			t.Errorf("clid %s: %s", clid, body)
		}
	}
	if cl, _ := s.Client(1); cl.Trash || cl.OwnerID != 7 || cl.Edited != "" {
		t.Errorf("%+v", cl)
	}
}
