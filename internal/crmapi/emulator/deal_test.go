package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

const (
	bolt = `{"artikul":"B","title":"Болт","kol":"3","price":"10,10","price_in":5.05,"dop":"2","nds":20,"edizm":"шт"}`
	nut  = `{"title":"Гайка","kol":2,"price":0.5}`
)

func TestDealsOfV3(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	play(t, s,
		v3("deal/add", `{"title":"Т"}`, `{"result":"Error","error":{"code":407,"text":"Клиент или Плательщик не найден."}}`),
		v3("deal/add", `{"clid":1}`, `{"result":"Error","error":{"code":406,…`),
		v3("deal/add", `{"clid":1,"payer":2,"title":"Заказ <b>«1»</b>","uid":"D-1","step":"20","direction":"Основное","tip":"Новый тип","speka":[`+bolt+`,`+nut+`]}`, `{"result":"Успешно","data":1,"text":["Добавлены позиции в спецификацию. Ошибок 0"]}`),
		v3("deal/info", `{"uid":"D-1","speka":true,"invoice":true,"fields":"did,uid,kol,marga,tip"}`, `{"data":{"did":1,"uid":null,"kol":31.3,"marga":16.15,"tipID":7,"tip":"Новый тип","speka":[{"spid":1,"prid":0,"artikul":"B","title":"Болт","tip":"0","kol":3,"dop":"1","edizm":"шт","price":10.1,"price_in":5.05,"nds":20,"comment":" ","comments":" "},{"spid":2,…`),
		v3("deal/info", `{"did":9}`, `{"result":"Error","error":{"code":403,…`),
		v3("deal/info", `{}`, fatalBody),
		v3("deal/change.step", `{"did":1,"step":"40"}`, `{"result":"Этап сделки изменен на 40%. Предыдущий этап 20%.","data":1}`),
		v3("deal/change.step", `{"did":1,"step":40}`, `{"result":"Error","error":{"code":302,"text":"Данные корректны, но идентичны имеющимся"}}`),
		v3("deal/change.step", `{"uid":"D-1","step":60}`, `{"result":"Error","error":{"code":406,…`), // nothing done
		v3("deal/change.step", `{"did":1}`, `{"result":"Error","error":{"code":405,…`),
		v3("deal/update", `{"uid":"D-1","title":"X"}`, `{"result":"Error","error":{"code":402,…`), // nothing done
		v3("deal/update", `{"did":9,"title":"X"}`, `{"result":"Error","error":{"code":403,…`),
		v3("deal/update", `{"did":1,"datum_plan":"2026-04-01"}`, `{"result":"Готово","data":1}`),
		v3("deal/close", `{"did":1,"sid":1,"description":"итог"}`, `{"result":"Ok","data":"Сделка закрыта со статусом Победа полная"}`),
		v3("deal/close", `{"did":1,"sid":1}`, `{"result":"Error","data":"Сделка уже закрыта","error":{"code":407,…`),
		v3("deal/list", `{"fields":"did,title,step,kol,close,datum_close"}`, `{"data":[{"did":1,"title":"СД2: Заказ 1","step":100,"stepID":8,"stepTitle":"Закрытие сделки, Подписание документов","kol":31.3,"close":"yes","datum_close":"2026-03-01"}],"params":{"page":1,"pageall":1,"ord":"datum","tuda":"DESC","count":1},"count":1}`),
		v3("deal/list", `{"order":"zzz"}`, fatalBody),
		v3("deal/delete", `{"did":1}`, `{"result":"Сделка удалена","data":1}`),
		v3("deal/delete", `{"did":1}`, `{"result":"Error","error":{"code":403,…`),
		v3("deal/zzz", `{}`, `{"result":"Error","error":{"code":402,…`),
	)
}

// A line with an article is looked up in the price list by both its texts, which go
// into the query as they came: the deal is there by then, and stays without lines.
func TestALineIsLookedUpInThePriceList(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{DealFormat: "-"})
	play(t, s,
		v3("deal/add", `{"clid":1,"title":"0"}`, `{"result":"Error","error":{"code":402,"text":"Отсутствуют параметры - Название сделки"}}`),
		v3("deal/add", `{"clid":1,"title":"А","speka":[{"artikul":"1/2'","title":"Труба","kol":1,"price":5}]}`, fatalBody),
		v3("deal/add", `{"clid":1,"title":"Б","speka":[`+nut+`,{"artikul":"1","title":"Труба 1/2\"'","kol":1,"price":5}]}`, fatalBody),
		v3("deal/add", `{"clid":1,"title":"В","speka":[{"title":"Труба 1/2'","kol":1,"price":5}]}`, `{"result":"Успешно","data":3,…`),
		v3("deal/add", `{"clid":1,"title":"Г","speka":[{"artikul":"1","title":"Скидка","kol":"2.125","price":"-2.665","price_in":"2.675"},{"title":"Скидка","kol":"0.015","price":"-2.125","nds":"0.005"}]}`, `{"result":"Успешно","data":4,…`),
		v3("deal/list", `{"active":false,"first":"old","order":"did","fields":"did,title,kol"}`, `{"data":[{"did":1,"title":"А","kol":0},{"did":2,"title":"Б","kol":0},{"did":3,"title":"В","kol":5},{"did":4,"title":"Г","kol":-0.04}],…`),
		v3("deal/info", `{"did":4,"speka":true,"fields":"did"}`, `{"data":{"did":4,"speka":[{"spid":2,"prid":0,"artikul":"1","title":"Скидка","tip":"0","kol":2.12,"dop":"1","edizm":"","price":0,"price_in":2.67,"nds":0,"comment":" ","comments":" "},{"spid":3,"prid":0,"artikul":"","title":"Скидка","tip":"0","kol":0.02,"dop":"1","edizm":"","price":-2.12,"price_in":0,"nds":0,…`),
	)
}

// What an update of today's server leaves behind: the sums are written only
// beside another difference, a margin that is not sent becomes 0, and a
// specification is not written.
func TestUpdateOfDealsInV3(t *testing.T) {
	t.Parallel()
	before := emulator.Deal{CLID: 1, Title: "Т", Sum: "100", Margin: "30", Step: "20", Type: "Тендер", Direction: "Основное"}
	for _, c := range []struct {
		name, body  string
		sum, margin string
		documented  string // sum and margin there
	}{
		{"a sum alone", `{"did":1,"kol":"150"}`, "100.00", "30.00", "150.00 30.00"},
		{"a sum beside the same title", `{"did":1,"title":"Т","kol":"150","marga":"30"}`, "150.00", "30.00", "150.00 30.00"},
		{"a title without the margin", `{"did":1,"title":"Т2"}`, "100.00", "0.00", "100.00 30.00"},
		{"a plan and a sum", `{"did":1,"datum_plan":"2026-05-05","kol":"150","marga":"40"}`, "150.00", "40.00", "150.00 40.00"},
		{"a sum that is the same", `{"did":1,"title":"Т","kol":"100","marga":"30"}`, "100.00", "30.00", "100.00 30.00"},
		{"a specification", `{"did":1,"speka":[` + nut + `]}`, "0.00", "0.00", "1.00 1.00"},
	} {
		s, documented := withClient(t, emulator.Options{}), withClient(t, emulator.Options{AsDocumented: true})
		for _, server := range []*emulator.Server{s, documented} {
			must(t, server.SeedDeal(before))
			call(server, "deal/update", c.body)
		}
		d, _ := s.Deal(1)
		if d.Sum != c.sum || d.Margin != c.margin || d.Lines != nil || d.Step != "20" || d.Type != "Тендер" {
			t.Errorf("%s: %+v", c.name, d)
		}
		if d, _ := documented.Deal(1); d.Sum+" "+d.Margin != c.documented {
			t.Errorf("%s, documented: %+v", c.name, d)
		}
	}
}

func TestUpdateLooksADirectionUpAmongTheStages(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Type: "Тендер", Direction: "Основное"}))
	call(s, "deal/update", `{"did":1,"title":"Т2","direction":"Основное","tip":"Тендер"}`)
	if d, _ := s.Deal(1); d.Direction != "" || d.Type != "Тендер" {
		t.Errorf("%+v", d)
	}
	call(s, "deal/update", `{"did":1,"title":"Т3","direction":1,"tip":5}`) // by ids it stays
	if d, _ := s.Deal(1); d.Direction != "Основное" || d.Type != "Тендер" {
		t.Errorf("%+v", d)
	}
}

func TestUnknownStatusOfV3ClosesADealWithoutOne(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Sum: "5"}))
	for range 2 { // and can be closed again
		play(t, s, v3("deal/close", `{"did":1,"status_close":"Никакой"}`, `{"result":"Ok","data":"Сделка закрыта со статусом "}`))
	}
	if d, _ := s.Deal(1); !d.Closed || d.Status != "" || d.SumFact != "5.00" {
		t.Errorf("%+v", d)
	}
	documented := withClient(t, emulator.Options{AsDocumented: true})
	must(t, documented.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", UID: "D"}))
	play(t, documented,
		v3("deal/close", `{"uid":"D","status_close":"Никакой"}`, `{"result":"Error","error":{"code":405,…`),
		v3("deal/close", `{"uid":"D","status_close":"Победа полная"}`, `{"result":"Ok",…`),
	)
}

func TestListOfDealsInV3(t *testing.T) {
	t.Parallel()
	s, documented := withClient(t, emulator.Options{}), withClient(t, emulator.Options{AsDocumented: true})
	for _, server := range []*emulator.Server{s, documented} {
		must(t, server.SeedDeal(
			emulator.Deal{CLID: 1, Title: "Первая", UID: "A", Created: "2026-01-01", Step: "20"},
			emulator.Deal{CLID: 1, Title: "Вторая", UID: "B", Created: "2026-01-02", Step: "40", Closed: true},
			emulator.Deal{CLID: 2, Title: "Третья", UID: "C", Created: "2026-01-03", Step: "40", Edited: "2026-02-01"},
		))
	}
	for body, want := range map[string][2]string{
		`{"fields":"did"}`:                                                          {"2", "2"},
		`{"fields":"did","active":"yes"}`:                                           {"3 1", "3 1"},
		`{"fields":"did","active":true}`:                                            {"2", "3 1"},
		`{"fields":"did","active":false}`:                                           {"3 2 1", "2"},
		`{"fields":"did","active":"yes","first":"old"}`:                             {"1 3", "1 3"},
		`{"fields":"did","active":"yes","steps":"20,60"}`:                           {"1", "1"},
		`{"fields":"did","active":"yes","uid":"A"}`:                                 {"3 1", "1"},
		`{"fields":"did","active":"yes","word":"трет"}`:                             {"3", "3"},
		`{"fields":"did","active":"yes","dateStart":"2026-01-03"}`:                  {"3", "3"},
		`{"fields":"did","active":"yes","dateChangeStart":"2026-02-02"}`:            {"3", ""},
		`{"fields":"did,clid","active":"yes","filter":{"clid":2}}`:                  {"3", "3"},
		`{"fields":"did","active":"yes","filter":{"clid":2}}`:                       {"3 1", "3 1"}, // only by fields that are asked for
		`{"fields":"did","active":"yes","order":"datum_izm"}`:                       {"3 1", "3 1"},
		`{"fields":"did","active":"yes","offset":1}`:                                {"", ""},
		`{"fields":"did","active":"yes","client":"Плательщик","invoice":true}`:      {"3", "3"},
		`{"fields":"did,uid","active":"yes","user":"nobody@example.org"}`:           {"", ""},
		`{"fields":"did","active":"yes","dateChangeEnd":"2026-02-01","iduser":"1"}`: {"3", "3"},
	} {
		for i, server := range []*emulator.Server{s, documented} {
			if got := idsOf(call(server, "deal/list", body), "did"); got != want[i] {
				t.Errorf("%s, documented %v: %q, want %q", body, i == 1, got, want[i])
			}
		}
	}
}

func TestFunnel(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Step: "20"}))
	play(t, s, v3("deal/funnel", `{"did":1}`, `{"data":{"steps":{"10":5,"2":5,"11":5,"5":5,"6":5,"7":5,"8":5},"default":2,"length":35,"funnel":null,"prev":{"id":10,"title":"0",…`))
}

func TestWhatPeopleDoToDeals(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", UID: "D", Lines: []emulator.Line{{Title: "Болт", Quantity: "2", Price: "0.15", PriceIn: "0.05"}}}))
	must(t, s.EditDeal(1, "content", "текст"))
	must(t, s.EditLines(1, emulator.Line{Title: "Гайка", Quantity: "3", Price: "1.10", Factor: 2}))
	must(t, s.MoveStep(1, "60"))
	must(t, s.CloseDeal(1, "Проигрыш по цене", "5.50", "дорого"))
	want := emulator.Deal{
		DID: 1, UID: "D", Title: "Т", CLID: 1, Payer: 1, Owner: emulator.DefaultLogin, Step: "60", Created: "2026-03-01",
		Edited: "2026-03-01", Sum: "6.60", Margin: "6.60", Closed: true, ClosedOn: "2026-03-01", Status: "Проигрыш по цене", SumFact: "5.50",
		CloseComment: "дорого", Fields: map[string]string{"content": "текст"},
		Lines: []emulator.Line{{ID: 2, Title: "Гайка", Quantity: "3.00", Factor: 2, Price: "1.10", PriceIn: "0.00", VAT: "0.00"}},
		Log:   []emulator.StepChange{{At: "2026-03-01 12:00:00", Step: "60", User: 1}},
	}
	got, _ := s.Deal(1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	must(t, s.ReopenDeal(1))
	if d := s.DealsByUID("d"); len(d) != 1 || d[0].Closed || d[0].Status != "" {
		t.Errorf("%+v", d)
	}
	for name, err := range map[string]error{
		"no such stage": s.MoveStep(1, "25"), "no such field": s.EditDeal(1, "zzz", ""), "no such type": s.EditDeal(1, "tip", "zzz"),
		"no such deal": s.EditDeal(7, "title", "x"), "a sum of thirds": s.EditDeal(1, "kol", "0.333"), "no such status": s.CloseDeal(1, "zzz", "", ""),
		"a did taken": s.SeedDeal(emulator.Deal{DID: 1}), "an owner unknown": s.SeedDeal(emulator.Deal{Owner: "zzz"}), "none to delete": s.DeleteDeal(7),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The contacts of a deal go, too, and that is a difference of its own. Its card shows
// them where the client has a main contact, and that one where there are none.
func TestUpdateOfV3TakesTheContactsOffTheDeal(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{AllFields: true})
	must(t, s.SeedPerson(emulator.Person{PID: 3, CLID: 1, Name: "Иванов"}, emulator.Person{PID: 4, CLID: 1, Name: "Петров"}))
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Contacts: []int64{4, 99}}))
	ask := `{"did":1,"contact":true,"fields":"did"}`
	play(t, s,
		v3("deal/info", ask, `{"data":{"did":1}}`),
		v3("client/update", `{"clid":1,"pid":3}`, `{"data":1,…`),
		v3("deal/info", ask, `{"data":{"did":1,"contact":[{"pid":4,"title":"Петров","post":null,"phone":null,"mob":null,"email":null},{"pid":99,"title":null,"post":null,…`),
		v3("deal/update", `{"did":1,"title":"Т","pid_list":"4,99"}`, `{"result":"Данные корректны, но идентичны имеющимся.",…`),
		v3("deal/update", `{"did":1,"title":"Т","pid_list":["4"]}`, `{"result":"Готово","data":1}`),
		v3("deal/info", ask, `{"data":{"did":1,"contact":[{"pid":4,"title":"Петров","post":null,"phone":null,"mob":null,"email":null}]}}`),
		v3("deal/update", `{"did":1,"title":"Т"}`, `{"result":"Готово","data":1}`),
		v3("deal/info", ask, `{"data":{"did":1,"contact":[{"pid":3,"title":"Иванов",…`),
	)
	if d, _ := s.Deal(1); d.Contacts != nil {
		t.Errorf("%+v", d)
	}
}

func TestUpdateOfV3TakesTheContactOffTheDeal(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Person: 3}))
	call(s, "deal/update", `{"did":1,"title":"Т"}`) // no difference: nothing written
	if d, _ := s.Deal(1); d.Person != 3 {
		t.Errorf("%+v", d)
	}
	call(s, "deal/update", `{"did":1,"title":"Т2"}`)
	if d, _ := s.Deal(1); d.Person != 0 {
		t.Errorf("%+v", d)
	}
}
