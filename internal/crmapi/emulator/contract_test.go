package emulator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

// withClient is a CRM with the clients 1 and 2.
func withClient(t *testing.T, o emulator.Options) *emulator.Server {
	t.Helper()
	if o.Clock == nil {
		o.Clock = at
	}
	s := emulator.New(o)
	seed(t, s, emulator.Client{Title: "Луч, ООО"}, emulator.Client{Title: "Плательщик"})
	return s
}

func TestDealsOfV1OnPHP8(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	play(t, s,
		v1("contract add", fatalBody, "clid", "1", "title", "Заказ", "uid", "D-1", "kol", "1 000,505", "marga", "10", "step", "20"), // and yet
		v1("contract info", `{"data":{"did":1,"uid":"D-1","datum":"2026-03-01","datum_izm":null,"clid":1,"clientname":"Луч, ООО","title":"СД2: Заказ","mcid":0,"iduser":"boss@example.org","userUID":"","datum_plan":"2026-03-15","step":"20","dog_num":null,"tip":null,"direction":null,"payer":1,"payername":"Луч, ООО","kol":1000.5,"marga":10,…`, "uid", "D-1"),
		v1("contract add", fatalBody, "clid", "1", "title", "Заказ", "speka[0][title]", "Болт"), // nothing done
		v1("contract add", `{"result":"Error","error":{"code":"500",…`, "clid", "1", "title", "Заказ", "did", "7"),
		v1("contract update", fatalBody, "did", "1", "kol", "7"), // nothing done
		v1("contract changestep", `{"result":"Успешно.","data":"1"}`, "did", "1", "step", "40"),
		v1("contract changestep", `{"result":"Error","error":{"code":"406","text":"Отсутствуют параметры - did сделки"}}`, "uid", "D-1", "step", "60"), // and yet
		v1("contract changestep", `{"result":"Error","error":{"code":"405",…`, "did", "1"),
		v1("contract changestep", `{"result":"Error","error":{"code":"403",…`, "did", "9", "step", "40"),
		v1("contract changestep", fatalBody, "step", "40"),
		v1("contract list", `{"data":[{"did":"1","step":"60"}],"count":"1"}`, "fields", "did,step"),
		v1("contract list", fatalBody, "active", "no"),
		v1("contract list", fatalBody, "word", "Заказ"),
		v1("contract list", `{"count":"0"}`, "steps", "60"), // compared with ids
		v1("contract list", `{"data":[{"did":"1"}],"count":"1"}`, "steps", "5", "fields", "did"),
		v1("contract list", `{"count":"0"}`, "dateStart", "2026-03-01"),
		v1("contract info", `{"result":"Error","error":{"code":"403",…`, "did", "9"),
		v1("contract info", fatalBody),
		v1("contract close", `{"result":"Error","error":{"code":"405",…`, "did", "1", "status_close", "Никакой"),
		v1("contract close", `{"result":"Успешно.","data":"1"}`, "did", "1", "status_close", "Победа полная", "kol_fact", "900", "des_fact", "итог"),
		v1("contract delete", `{"result":"Успешно.","data":"1"}`, "did", "1"),
		v1("contract delete", `{"result":"Error","error":{"code":"403",…`, "did", "1"),
	)
	if deals := s.Deals(); len(deals) != 0 {
		t.Errorf("%+v", deals)
	}
}

func TestUnknownStageOfV1TakesADealOffEveryStage(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{"40": "40", "25": "", "сорок": "0", "40.0": "40"} {
		s := withClient(t, emulator.Options{})
		must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Step: "20"}))
		play(t, s, v1("contract changestep", `{"result":"Успешно.","data":"1"}`, "did", "1", "step", sent))
		if d, _ := s.Deal(1); d.Step != want || len(d.Log) != 1 || d.Log[0].Step != want {
			t.Errorf("%q: %+v", sent, d)
		}
	}
}

func TestDealsOfV1AsDocumented(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{AsDocumented: true, DealFormat: "-"})
	play(t, s,
		v1("contract add", `{"result":"Error","error":{"code":"405",…`, "title", "Заказ"),
		v1("contract add", `{"result":"Error","error":{"code":"406",…`, "clid", "1"),
		v1("contract add", `{"result":"Error","error":{"code":"407",…`, "clid", "9", "title", "Заказ"),
		v1("contract add", `{"result":"Успешно","data":1}`, "clid", "1", "payer", "2", "title", "Заказ", "uid", "D-1", "step", "20", "tip", "Нет такого", "direction", "Основное",
			"speka[0][title]", "Болт", "speka[0][kol]", "3", "speka[0][price]", "10,10", "speka[0][price_in]", "5", "speka[0][dop]", "2", "speka[0][nds]", "20", "speka[0][edizm]", "шт"),
		v1("contract update", `{"result":"Успешно. Обновлена спецификация - всего 1 позиций. ","data":"1"}`, "uid", "D-1", "title", "Заказ 2", "kol", "1", "speka[0][title]", "Гайка", "speka[0][kol]", "2", "speka[0][price]", "0.5"),
		v1("contract update", `{"result":"Данные корректны, но идентичны имеющимся.","data":"1"}`, "did", "1", "title", "Заказ 2"),
		v1("contract update", `{"result":"Error","error":{"code":"405",…`, "title", "Заказ 2"),
		v1("contract changestep", `{"result":"Успешно.","data":"1"}`, "uid", "D-1", "step", "60"),
		v1("contract close", `{"result":"Успешно.","data":"1"}`, "uid", "D-1", "status_close", "Проигрыш по цене"),
		v1("contract close", `{"result":"Error","error":{"code":"407",…`, "did", "1", "status_close", "Проигрыш по цене"),
		v1("contract list", `{"data":[{"did":"1","title":"Заказ 2"}],"count":"1"}`, "uid", "D-1", "active", "no", "word", "заказ", "steps", "20,60", "fields", "did,title", "filter[clid]", "1", "filter[direction]", "основное"),
		v1("contract list", `{"data":[],"count":"0"}`),
	)
	want := emulator.Deal{
		DID: 1, UID: "D-1", Title: "Заказ 2", CLID: 1, Payer: 2, Owner: emulator.DefaultLogin, Step: "60", Type: "Продажа быстрая",
		Direction: "Основное", Created: "2026-03-01", Edited: "2026-03-01", Plan: "2026-03-15", Sum: "1.00", Margin: "1.00", Closed: true,
		ClosedOn: "2026-03-01", Status: "Проигрыш по цене", SumFact: "1.00", Fields: map[string]string{}, ViaAPI: true,
		Lines: []emulator.Line{{ID: 2, Title: "Гайка", Quantity: "2.00", Factor: 1, Price: "0.50", PriceIn: "0.00", VAT: "0.00"}},
		Log:   []emulator.StepChange{{At: "2026-03-01 12:00:00", Step: "60", User: 1}},
	}
	got, _ := s.Deal(1)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateByUIDBefore2019SaysItFailed(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{Old: true})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", UID: "D"}))
	play(t, s, v1("contract update", `{"result":"Error","error":{"code":"405","text":"Отсутствуют параметры - did сделки"}}`, "uid", "D", "kol", "7"))
	if d, _ := s.Deal(1); d.Sum != "7.00" {
		t.Errorf("the update did not run: %+v", d)
	}
}

func TestMoneyOfV1IsNotIdempotent(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", UID: "D", Sum: "1000"}))
	play(t, s,
		v1("contract addinvoice", `{"result":"Счет добавлен в платежи","data":{"id":1,"invoice":"С-1"}}`, "uid", "D", "date", "2026-02-01", "invoice", "С-1", "summa", "500,10"),
		v1("contract addinvoice", `{"result":"Счет добавлен в платежи","data":{"id":2,"invoice":"С-1"}}`, "did", "1", "date", "2026-02-01", "invoice", "С-1", "summa", "500,10"), // once more
		v1("contract addinvoice", `{"result":"Счет добавлен в платежи, Счет отмечен оплаченным","data":{"id":3,"invoice":"3"}}`, "did", "1", "date", "2026-02-01", "do", "yes", "date_do", "2026-02-03"),
		v1("contract addinvoice", `{"result":"Счет добавлен в платежи","data":{"id":4,"invoice":"3"}}`, "did", "1", "date", "2026-02-01"), // its counter stands still
		v1("contract addinvoice", fatalBody),
		v1("contract addpaimentpart", `{"error":{"code":"405",…`, "invoice", "С-1", "summa", "500.11"),
		v1("contract addpaimentpart", `{"result":"Успешно.","data":"Внесена оплата по графику 200,00 р., На р\/с…`, "invoice", "С-1", "summa", "200", "date_do", "2026-02-02"),
		v1("contract addpaiment", `{"result":"Успешно.","data":"Счет отмечен оплаченным"}`, "invoice", "С-1"),                                   // the first line: paid again
		v1("contract addpaimentpart", `{"result":"Успешно.","data":"Внесена оплата по графику 500,10 р.…`, "invoice", "С-1", "summa", "500.10"), // the first open one
		v1("contract addpaimentpart", `{"result":"Успешно.","data":"Внесена оплата по графику 300,10 р.…`, "id", "5", "summa", "300.10"),
		v1("contract addpaiment", `{"error":{"code":"403","text":"Счет по номеру не найден"}}`, "invoice", "С-9"),
		v1("contract delete", `{"result":"Error","error":{"code":"407",…`, "did", "1"),
	)
	type sum struct {
		Number, Sum, On string
		Invoice, Root   int64
		Again           bool
	}
	var got []sum
	for _, p := range s.Payments() {
		got = append(got, sum{p.Number, p.Sum, p.On, p.Invoice, p.Root, p.Again})
	}
	want := []sum{
		{"3", "1000.00", "2026-02-03", 3, 3, false},
		{"С-1", "200.00", "2026-02-02", 1, 1, false},
		{"С-1", "200.00", "2026-03-01", 1, 1, true},
		{"С-1", "500.10", "2026-03-01", 2, 2, false},
		{"С-1", "300.10", "2026-03-01", 5, 1, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClientsWithDealsAreNotDeleted(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", Closed: true, Status: "Победа полная"}))
	must(t, s.SeedPerson(emulator.Person{CLID: 2, Name: "Иванов"}))
	play(t, s,
		v1("client delete", `{"result":"Error","error":{"code":"406","text":"Удаление клиента не возможно - есть сделки"}}`, "clid", "1"),
		v3("client/delete", `{"clid":1}`, `{"result":"Error","error":{"code":408,…`),
		v3("client/delete", `{"clid":2}`, `{"message":"Успешно: Клиент удален.<br>Также удалено 0 записи истории активностей. Снята привязка к Клиенту у 1 Контактов.…`),
	)
	must(t, s.DeleteDeal(1))
	play(t, s, v1("client delete", `{"result":"Успешно","data":"1"}`, "clid", "1"))
	if p := s.Persons(); len(p) != 1 || p[0].CLID != 0 {
		t.Errorf("%+v", p)
	}
}

func TestManagersSeeTheirOwnDeals(t *testing.T) {
	t.Parallel()
	const mgr = "mgr@example.org"
	s := withClient(t, emulator.Options{Logins: []emulator.Login{
		{Login: emulator.DefaultLogin, Boss: true, Active: true}, {Login: mgr, Active: true},
	}})
	must(t, s.SeedDeal(
		emulator.Deal{CLID: 1, Title: "Чужая", UID: "A"}, emulator.Deal{CLID: 1, Title: "Своя", UID: "B", Owner: mgr},
		emulator.Deal{CLID: 1, Title: "Ничья", UID: "C", Owner: "-"},
	))
	must(t, s.SeedInvoice(emulator.Invoice{DID: 1, Number: "1", Sum: "1"}, emulator.Invoice{DID: 2, Number: "2", Sum: "1"}))
	must(t, s.SeedPerson(emulator.Person{CLID: 1, Name: "Иванов"}))
	const open = `{"active":"yes","fields":"did","first":"old"}`
	for _, c := range []struct{ name, got, want string }{
		{"the boss lists in v3", idsOf(call(s, "deal/list", open), "did"), "1 2 3"},
		{"the boss lists in v1", idsOf(callV1(s, "contract", "list", "fields", "did"), "did"), "1 2"},
		{"a manager", idsOf(callAs(s, mgr, "deal/list", open), "did"), "2"},
		{"invoices", idsOf(callAs(s, mgr, "invoice/list", `{}`), "id"), "2"},
		{"contacts", callAs(s, mgr, "person/list", `{}`), `{"count":0}`},
		{"another's card", callAs(s, mgr, "deal/info", `{"did":1}`)[:16], `{"result":"Error`},
		{"another's stage", callAs(s, mgr, "deal/change.step", `{"did":1,"step":"40"}`)[:16], `{"result":"Error`},
		{"nobody's card", call(s, "deal/info", `{"uid":"C"}`)[:16], `{"result":"Error`},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
	callAs(s, mgr, "deal/close", `{"did":1,"sid":1}`) // this one is not checked
	if d, _ := s.Deal(1); !d.Closed {
		t.Errorf("%+v", d)
	}
}
