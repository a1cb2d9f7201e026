package emulator_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

// idsOf lists a number of each row of a list answer.
func idsOf(body, name string) string {
	var a struct {
		Data []map[string]any `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		return body
	}
	var ids []string
	for _, row := range a.Data {
		ids = append(ids, fmt.Sprint(row[name]))
	}
	return strings.Join(ids, " ")
}

// withOrder is a CRM with the deal 1 of 1000.00 with a specification.
func withOrder(t *testing.T, o emulator.Options) *emulator.Server {
	t.Helper()
	s := withClient(t, o)
	must(t, s.SeedDeal(emulator.Deal{
		CLID: 1, Payer: 2, Title: "Т", UID: "D", Company: 1, Step: "20",
		Lines: []emulator.Line{{Title: "Болт", Quantity: "10", Price: "100", VAT: "20"}},
	}))
	return s
}

func TestInvoicesOfV3(t *testing.T) {
	t.Parallel()
	s := withOrder(t, emulator.Options{})
	play(t, s,
		v3("invoice/add", `{"did":1,"invoice":"С-1","summa":"600","date":"2026-02-01"}`, `{"result":"Успешно;Счет добавлен в платежи","data":{"id":1,"invoice":"С-1"}}`),
		v3("invoice/add", `{"uid":"D","invoice":"auto","summa":600.00,"tip":"ioffer","newstep":"80"}`, `{"result":"Успешно;Счет добавлен в платежи<br>","data":{"id":2,"invoice":"3"}}`), // above the deal
		v3("invoice/add", `{"did":1}`, `{"result":"Error","error":{"code":406,"text":"Уже выставлены все возможные счета"}}`),
		v3("invoice/add", `{"did":9}`, `{"result":"Error","error":{"code":403,…`),
		v3("invoice/add", `{}`, fatalBody),
		v3("invoice/do", `{"invoice":"С-1","summa":200,"date.do":"2026-02-02"}`, `{"result":"Успешно","data":"Внесена оплата по графику 200,00 р.<br>Поступившая оплата отличается от планируемой.<br>Добавлен дополнительный платеж 400,00 р.<br>На р\/с Основной расчетный счет внесена оплата в размере 200,00 р.","newdata":3}`),
		v3("invoice/do", `{"invoice":"С-1"}`, `{"result":"Успешно","data":"Внесена оплата по графику 200,00 р.<br>На р\/с…`),      // the first line: paid again
		v3("invoice/do", `{"id":3,"summa":"450"}`, `{"result":"Успешно","data":"Внесена оплата по графику 450,00 р.<br>На р\/с…`), // above the invoice
		v3("invoice/do", `{}`, fatalBody),
		v3("invoice/info", `{"id":1}`, `{"data":{"crid":1,"invoice":"С-1","datum":"2026-02-01 12:00:00","datum_credit":"2026-03-06","invoice_date":null,"contractnum":null,"summa":200,"nds":166.67,"clid":1,"pid":0,"did":1,"tip":"Счет-договор","rs":1,"iduser":1,"do":"on",…`),
		v3("invoice/info", `{"id":9}`, `{"data":{"crid":0,"invoice":null,…`),
		v3("invoice/info", `{}`, `{"result":"Error","error":{"code":405,…`),
		v3("invoice/zzz", `{}`, `{"result":"Error","error":{"code":402,…`),
	)
	if d, _ := s.Deal(1); d.Step != "80" {
		t.Errorf("%+v", d)
	}
	for body, want := range map[string]string{
		`{}`:                                "2 1 3",
		`{"order":"summa"}`:                 "2 3 1",
		`{"order":"summa","first":"old"}`:   "1 3 2",
		`{"pay":{"off":true}}`:              "2",
		`{"did":9}`:                         "",
		`{"clid":2}`:                        "3",
		`{"word":"с-1"}`:                    "1 3",
		`{"datePlanStart":"2026-03-06"}`:    "",
		`{"dateCreateEnd":"2026-02-10"}`:    "1 3",
		`{"dateCreateStart":"2026-02-10"}`:  "2 1 3", // compared with nothing
		`{"offset":2}`:                      "",
		`{"offset":1,"client":"Луч"}`:       "2 1",
		`{"iduser":2}`:                      "",
		`{"dateFactEnd":"2030-01-01"}`:      "",
		`{"order":"invoice","first":"old"}`: "1 3 2",
	} {
		if got := idsOf(call(s, "invoice/list", body), "id"); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestInvoicesOfV3AsDocumented(t *testing.T) {
	t.Parallel()
	s := withOrder(t, emulator.Options{AsDocumented: true})
	must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Без спецификации", Sum: "10"}))
	play(t, s,
		v3("invoice/add", `{"did":2,"invoice":"С-0"}`, `{"result":"Успешно;…`),
		v3("invoice/add", `{"did":1,"invoice":"С-1","do":"yes","date.do":"2026-02-03"}`, `{"result":"Успешно;…`),
		v3("invoice/do", `{"invoice":"С-0","summa":11}`, `{"result":"Error","error":{"code":405,…`),
		v3("invoice/do", `{"invoice":"С-0","summa":10,"date.do":"2026-02-04"}`, `{"result":"Успешно",…`),
		v3("invoice/info", `{"id":9}`, `{"result":"Error","error":{"code":404,…`),
	)
	var paid []string
	for _, in := range s.Invoices() {
		paid = append(paid, fmt.Sprint(in.Number, " ", in.Paid, " ", in.PaidOn))
	}
	if diff := cmp.Diff([]string{"С-0 true 2026-02-04", "С-1 true 2026-02-03"}, paid); diff != "" {
		t.Error(diff)
	}
}

func TestAnInvoicePaidWhenItIsAdded(t *testing.T) {
	t.Parallel()
	s := withOrder(t, emulator.Options{})
	play(t, s,
		v3("invoice/add", `{"did":1,"invoice":"С-1","summa":1,"do":"yes"}`, `{"result":"Успешно;…`), // "yes" is not "on"
		v3("invoice/express", `{"did":1,"invoice":"С-2","summa":2}`, `{"result":"Успешно;Внесена оплата 2,00 р.<br>На р\/с Основной расчетный счет внесена оплата в размере 2,00 р.<br>Счет добавлен в платежи","data":{"id":2,"invoice":"С-2"}}`),
	)
	if p := s.Payments(); len(p) != 1 || p[0].Number != "С-2" || !p[0].ViaAPI {
		t.Errorf("%+v", p)
	}
}

func TestPayingByHand(t *testing.T) {
	t.Parallel()
	s := withOrder(t, emulator.Options{})
	must(t, s.SeedInvoice(emulator.Invoice{DID: 1, Number: "С-1", Date: "2026-02-01"}, emulator.Invoice{DID: 1, Number: "С-2", Sum: "5", Paid: true}))
	must(t, s.PayInvoice(1, "0.01"))
	must(t, s.PayInvoice(3, ""))
	must(t, s.DeleteInvoice(2))
	var got []string
	for _, in := range s.InvoicesOf(1) {
		got = append(got, fmt.Sprint(in.ID, " ", in.Root, " ", in.Number, " ", in.Sum, " ", in.Paid, " ", in.PaidOn))
	}
	if diff := cmp.Diff([]string{"1 1 С-1 0.01 true 2026-03-01", "3 1 С-1 999.99 true 2026-03-01"}, got); diff != "" {
		t.Error(diff)
	}
	for name, err := range map[string]error{
		"paid": s.PayInvoice(1, ""), "none": s.PayInvoice(9, ""), "no deal": s.SeedInvoice(emulator.Invoice{DID: 9}),
		"taken": s.SeedInvoice(emulator.Invoice{ID: 1, DID: 1}), "none to delete": s.DeleteInvoice(9),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if v := emulator.CheckBooks(s.History(), s.Books()); v != nil {
		t.Error(v)
	}
}
