package emulator_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
)

// at stands for now: 12:00 in Moscow.
func at() time.Time { return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC) }

func TestClientsOfV1OnPHP8(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{Clock: at})
	play(t, s,
		v1("client fields", `{"data":{"clid":"Уникальный…`),
		v1("client add", `{"result":"Успешно","data":1}`, "title", `ООО Луч`, "uid", "U-1", "phone", "+7 1", "type", "partner"),
		v1("client add", `{"result":"Error","error":{"code":"406","text":"Найден существующий клиент - Луч, ООО (clid = 1). Запрос отклонен."}}`, "title", "Луч, ООО"),
		v1("client add", `{"result":"Успешно","data":2}`, "title", "Луч, ООО", "phone", "71"), // the phone is looked for to the letter
		v1("client add", `{"result":"Error","error":{"code":"405","text":"Отсутствуют параметры - Название клиента"}}`),
		v1("client add", `{"result":"Error","error":{"code":"500","text":"ОшибкаUnknown column 'client' in 'VALUES'…`, "title", "Т", "type", ""),
		v1("client add", fatalBody, "title", "Т", "recv[castInn]", "1"),
		v1("client addlist", fatalBody, "client[0][title]", "Т"),
		v1("client addlist", fatalBody),
		v1("client list", fatalBody, "filter[type]", "client"),
		v1("client list", `{"data":[{"clid":"1","date_create":"2026-03-01 09:00:00"},{"clid":"2","date_create":"2026-03-01 09:00:00"}],"count":"2"}`, "order", "clid", "first", "old", "fields", "clid,title,date_create"),
		v1("client list", `{"count":"2"}`, "fields", "title"),
		v1("client list", fatalBody, "order", "zzz"),
		v1("client info", `{"data":{"clid":1,"uid":"U-1","type":"client","date_create":"01.03.26,  09:00","date_edit":"","title":"Луч, ООО","iduser":"boss@example.org","address":null,"phone":"+7 1",…`, "uid", "U-1"),
		v1("client info", `{"result":"Error","error":{"code":"403",…`, "clid", "9"),
		v1("client info", `{"result":"Error","error":{"code":"404",…`, "uid", "none"),
		v1("client info", fatalBody),
		v1("client update", `{"result":"Данные корректны, но идентичны имеющимся.","data":"1","recv":"Реквизиты обновлены"}`, "clid", "1", "title", "Луч, ООО"),
		v1("client update", `{"result":"Успешно","data":"1","recv":"Реквизиты обновлены"}`, "clid", "1", "uid", "U-2"),
		v1("client update", `{"result":"Error","error":{"code":"403",…`, "clid", "9"),
		v1("client update", `{"result":"Error","error":{"code":"405",…`),
		v1("client delete", `{"result":"Успешно","data":"2"}`, "clid", "2"),
		v1("client delete", `{"result":"Error","error":{"code":"403",…`, "clid", "2"),
		v1("client delete", `{"result":"Error","error":{"code":"405",…`),
		v1("client zzz", `{"error":{"code":"402","text":"Неизвестный метод"}}`),
	)
	if cl, _ := s.Client(1); cl.UID != "U-2" || cl.Fields["type"] != "client" {
		t.Errorf("%+v", cl)
	}
}

func TestUpdateOfV1ResetsTheType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options emulator.Options
		want    string
	}{{emulator.Options{}, "client"}, {emulator.Options{AsDocumented: true}, "contractor"}} {
		s := emulator.New(c.options)
		seed(t, s, emulator.Client{Title: "А", Fields: map[string]string{"type": "contractor"}})
		callV1(s, "client", "update", "clid", "1", "phone", "1")
		if cl, _ := s.Client(1); cl.Fields["type"] != c.want || cl.Fields["phone"] != "1" {
			t.Errorf("%+v: %+v", c.options, cl)
		}
	}
}

func TestArraysOfV1OnServersThatTakeThem(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]emulator.Options{"documented": {AsDocumented: true, Clock: at}, "before 2019": {Old: true, Clock: at}} {
		s := emulator.New(o)
		play(t, s,
			v1("client add", `{"result":"Успешно","data":1}`, "title", "А", "recv[castInn]", "590456789006", "recv[castKpp]", "5904"),
			v1("client addlist", `[{"result":"Успешно","data":2},{"result":"Error","error":{"code":"406","text":"Найден существующий клиент - А (clid = 1). Запрос отклонен."}},{"result":"Error","error":{"code":"405",…`,
				"client[0][title]", `ООО "Б"`, "client[0][uid]", "B", "client[0][recv][castInn]", "7", "client[1][title]", "А", "client[2][phone]", "1"),
			v1("client update", `{"result":"Данные корректны, но идентичны имеющимся.","data":"1","recv":"Реквизиты обновлены"}`, "clid", "1", "recv[castInn]", "", "recv[castKpp]", "6", "type", "client"),
			v1("client list", `{"data":[{"clid":"2"},{"clid":"1"}],"count":"2"}`, "filter[type]", "client", "fields", "clid", "order", "clid"),
		)
		cl, _ := s.Client(1)
		if cl.Recv["castInn"] != "590456789006" || cl.Recv["castKpp"] != "6" {
			t.Errorf("%s: %v", name, cl.Recv)
		}
		if b := s.ByUID("B"); len(b) != 1 || b[0].Recv["castInn"] != "7" || b[0].Title != "”Б”, ООО" {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

func TestDocumentedV1Clients(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{AsDocumented: true, AllFields: true, Clock: at})
	seed(t, s, emulator.Client{Title: "А", UID: "U", Created: "2015-05-30 23:05:30", Trash: true, Fields: map[string]string{"tip_cmr": "Новый"}}, emulator.Client{Title: "Б"})
	play(t, s,
		v1("client info", `{"data":{"clid":"1","title":"А","date_create":"30-05-2015 23:05:30"}}`, "clid", "1", "fields", "clid,title,date_create"),
		v1("client info", `{"result":"Error","error":{"code":"405",…`),
		v1("client list", `{"data":[{"clid":"1","title":"А"}],"count":"1"}`, "filter[relation]", "Новый", "fields", "clid,title"),
		v1("client list", `{"data":[{"clid":"2"}],"count":"1"}`, "filter[trash]", "no", "fields", "clid"),
		v1("client list", `{"data":[],"count":"0"}`, "filter[type]", "person"),
		v1("client update", `{"result":"Успешно","data":"1"}`, "clid", "1", "des", "x"),
	)
}

func TestTheKeyOfV1StaysOutOfTheHistory(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{Key: "S3CRET"})
	callV1(s, "client", "fields")
	recorded(s, postV1(s, "client", "list"))
	for _, v := range emulator.Check(s.History(), nil) {
		t.Error(v)
	}
	for _, ev := range s.History() {
		if strings.Contains(ev.Body, "S3CRET") || ev.Version != "v1" {
			t.Errorf("%+v", ev)
		}
	}
	play(t, emulator.New(emulator.Options{Key: "other", Logins: []emulator.Login{{Login: "x"}}}), v1("client fields", `{"result":"Error","error":{"code":"401",…`))
}

func TestDoubledEscapesOfDeals(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{Old: true, DealFormat: "-"})
	seed(t, s, emulator.Client{Title: "А"})
	callV1(s, "contract", "add", "clid", "1", "title", "1+1 %41 100% %zz")
	if d, _ := s.Deal(1); d.Title != "1 1 A 100% %zz" { // the script decodes what PHP has decoded
		t.Errorf("title %q", d.Title)
	}
}

func TestLimitsOfTheHostOnV1(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{AsDocumented: true, MaxVars: 5, MaxPost: 300})
	form := "login=" + emulator.DefaultLogin + "&apikey=" + s.Key() + "&action=addlist"
	send := func(form string) string {
		r := postV1(s, "client", "")
		r.Body = io.NopCloser(strings.NewReader(form))
		return recorded(s, r).Body.String()
	}
	if body := send(form + "&client[0][title]=A&client[1][title]=B&client[2][title]=C"); body != `[{"result":"Успешно","data":1},{"result":"Успешно","data":2}]` {
		t.Errorf("the third has not been dropped: %s", body)
	}
	if body := send(form + "&client[0][title]=" + strings.Repeat("x", 300)); !strings.Contains(body, `"400"`) {
		t.Errorf("the key has not been dropped with the rest: %s", body)
	}
	r := httptest.NewRequest(http.MethodGet, "/developer/v1/client?"+form+"&x="+strings.Repeat("x", 8190), nil)
	if w := recorded(s, r); w.Code != http.StatusRequestURITooLong {
		t.Errorf("status %d", w.Code)
	}
	if clients := s.Clients(); len(clients) != 2 {
		t.Errorf("%+v", clients)
	}
}

func TestDatesThatV1StoresAreOfTheServersZone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options emulator.Options
		want    string
	}{
		"observed":   {emulator.Options{Clock: at}, "2026-01-01 13:00:00"}, // Moscow
		"documented": {emulator.Options{Clock: at, AsDocumented: true}, "2026-01-01 10:00:00"},
	} {
		s := emulator.New(c.options)
		callV1(s, "client", "add", "title", "А", "date_create", "2026-01-01 10:00:00")
		callV1(s, "client", "add", "title", "Б")
		if cl, _ := s.Client(1); cl.Created != c.want {
			t.Errorf("%s: %s", name, cl.Created)
		}
		if cl, _ := s.Client(2); cl.Created != "2026-03-01 12:00:00" {
			t.Errorf("%s: now is %s", name, cl.Created)
		}
	}
}
