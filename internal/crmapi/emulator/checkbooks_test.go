package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi/emulator"
)

// rulesOf are the rules of CheckBooks that a CRM violates, each once.
func rulesOf(s *emulator.Server) []string {
	var rules []string
	for _, v := range emulator.CheckBooks(s.History(), s.Books()) {
		if !slices.Contains(rules, v.Rule) {
			rules = append(rules, v.Rule)
		}
	}
	return rules
}

func TestCheckBooksFindsWhatMustNotComeAbout(t *testing.T) {
	t.Parallel()
	const invoice = `{"did":1,"invoice":"С-1","summa":"600"}`
	for _, c := range []struct {
		name string
		do   func(s *emulator.Server)
		want []string
	}{
		{"nothing wrong", func(s *emulator.Server) {
			call(s, "deal/add", `{"clid":1,"title":"Т","uid":"D-2"}`)
			call(s, "invoice/add", invoice)
			call(s, "invoice/do", `{"invoice":"С-1","summa":200}`)
			call(s, "invoice/do", `{"id":2}`)
			call(s, "person/add", `{"clid":1,"person":"Иванов"}`)
		}, nil},
		{"two deals of one uid", func(s *emulator.Server) {
			call(s, "deal/add", `{"clid":1,"title":"Т","uid":"d"}`)
		}, []string{emulator.RuleDealUIDTwice}},
		{"by hand they are nobody's fault", func(s *emulator.Server) {
			must(t, s.SeedDeal(emulator.Deal{CLID: 1, Title: "Т", UID: "D"}, emulator.Deal{CLID: 99, Title: "Т"}))
			call(s, "deal/add", `{"clid":2,"title":"Т"}`)
			must(t, s.Delete(2)) // and with it the client of a deal
		}, nil},
		{"a deal of a client that is not there", func(s *emulator.Server) {
			call(s, "deal/add", `{"clid":99,"payer":2,"title":"Т"}`)
		}, []string{emulator.RuleDealClient}},
		{"a deal given to a client that is not there", func(s *emulator.Server) {
			call(s, "deal/update", `{"did":1,"clid":99}`)
		}, []string{emulator.RuleDealClient}},
		{"a number added twice", func(s *emulator.Server) {
			call(s, "invoice/add", invoice)
			call(s, "invoice/add", invoice)
		}, []string{emulator.RuleInvoiceTwice}},
		{"a number added twice, and one deleted", func(s *emulator.Server) {
			call(s, "invoice/add", invoice)
			must(t, s.DeleteInvoice(1))
			call(s, "invoice/add", invoice)
		}, []string{emulator.RuleInvoiceTwice}},
		{"a number added beside one made by hand", func(s *emulator.Server) {
			must(t, s.SeedInvoice(emulator.Invoice{DID: 1, Number: "с-1", Sum: "1"}))
			callV1(s, "contract", "addinvoice", "did", "1", "invoice", "С-1", "summa", "1")
		}, []string{emulator.RuleInvoiceTwice}},
		{"a payment above the invoice", func(s *emulator.Server) {
			call(s, "invoice/add", invoice)
			call(s, "invoice/do", `{"invoice":"С-1","summa":600.01}`)
		}, []string{emulator.RulePaidOver}},
		{"a payment once more", func(s *emulator.Server) {
			call(s, "invoice/add", invoice)
			callV1(s, "contract", "addpaiment", "invoice", "С-1")
			callV1(s, "contract", "addpaiment", "invoice", "С-1")
		}, []string{emulator.RulePaidTwice, emulator.RulePaidOver}},
		{"a payment of what people had paid", func(s *emulator.Server) {
			must(t, s.SeedInvoice(emulator.Invoice{DID: 1, Number: "С-1", Sum: "5"}))
			must(t, s.PayInvoice(1, "3"))
			call(s, "invoice/do", `{"id":1,"summa":2}`) // the line of 3, not that of the rest
		}, []string{emulator.RulePaidTwice}},
		{"a contact twice", func(s *emulator.Server) {
			call(s, "person/add", `{"clid":1,"person":"Иванов","mob":"1"}`)
			call(s, "person/add", `{"clid":2,"person":"Иванов","mob":"1"}`)
			call(s, "person/add", `{"clid":1,"person":"ИВАНОВ","mob":"1"}`)
		}, []string{emulator.RulePersonTwice}},
	} {
		s := withOrder(t, emulator.Options{})
		c.do(s)
		if diff := cmp.Diff(c.want, rulesOf(s)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestHistoryTellsWhatHappenedToDeals(t *testing.T) {
	t.Parallel()
	s := withOrder(t, emulator.Options{})
	call(s, "deal/change.step", `{"did":1,"step":40}`)
	call(s, "invoice/add", `{"did":1,"invoice":"С-1","summa":"600"}`)
	callV1(s, "contract", "addpaimentpart", "invoice", "С-1", "summa", "200")
	call(s, "person/add", `{"clid":1,"person":"Иванов"}`)
	var got []string
	for _, ev := range s.History() {
		if !ev.Write {
			t.Errorf("%s %s is no write", ev.Version, ev.Action)
		}
		for _, e := range ev.Effects {
			got = append(got, strings.Join([]string{ev.Version, ev.Action, e.Entity, e.Kind, e.Field, show(e.Old), show(e.New), e.Number, e.Sum}, " "))
		}
	}
	want := []string{
		"v3 deal/change.step deal updated idcategory 2 11  ",
		"v3 invoice/add invoice created  null null С-1 600.00",
		"v1 contract/addpaimentpart payment created  null null С-1 200.00",
		"v3 person/add person created  null null  ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// At every crash point the deal, the invoice and the payment are there or not,
// as the phase says.
func TestFaultsOfTheNewActions(t *testing.T) {
	t.Parallel()
	state := func(s *emulator.Server) [3]int { return [3]int{len(s.Deals()), len(s.Invoices()), len(s.Payments())} }
	actions := map[string]func(s *emulator.Server) string{
		"deal/add": func(s *emulator.Server) string {
			return call(s, "deal/add", `{"clid":1,"title":"Т","uid":"N","speka":[`+nut+`,`+nut+`]}`)
		},
		"contract/add": func(s *emulator.Server) string {
			return callV1(s, "contract", "add", "clid", "1", "title", "Т", "uid", "N")
		},
		"invoice/add": func(s *emulator.Server) string { return call(s, "invoice/add", `{"uid":"D","invoice":"N"}`) },
		"contract/addinvoice": func(s *emulator.Server) string {
			return callV1(s, "contract", "addinvoice", "uid", "D", "invoice", "N")
		},
		"invoice/do":          func(s *emulator.Server) string { return call(s, "invoice/do", `{"invoice":"С-1"}`) },
		"contract/addpaiment": func(s *emulator.Server) string { return callV1(s, "contract", "addpaiment", "invoice", "С-1") },
	}
	for action, do := range actions {
		prepared := func() *emulator.Server {
			s := withOrder(t, emulator.Options{})
			must(t, s.SeedInvoice(emulator.Invoice{DID: 1, Number: "С-1", Sum: "1"}))
			return s
		}
		s := prepared()
		before := state(s)
		do(s)
		after := state(s)
		if before == after {
			t.Errorf("%s does nothing", action)
		}
		for _, f := range []struct {
			fault emulator.Fault
			want  [3]int
		}{
			{emulator.Fault{Action: action, Phase: emulator.PhaseBefore, Kind: emulator.KindFatal}, before},
			{emulator.Fault{Action: action, Phase: emulator.PhaseDuring, Kind: emulator.KindFatal}, before},
			{emulator.Fault{Action: action, Phase: emulator.PhaseAfter, Kind: emulator.KindEmpty}, after},
			{emulator.Fault{Action: "write", Phase: emulator.PhaseAfter, Kind: emulator.KindDBDown}, after},
			{emulator.Fault{Action: action, Phase: emulator.PhaseLate, Kind: emulator.KindHTTP502}, after},
		} {
			s := prepared()
			must(t, s.Faults(f.fault))
			body := do(s)
			s.ReleaseLate()
			if got := state(s); got != f.want || strings.HasPrefix(body, `{`) || s.FaultsFired()["fault-1"] != 1 {
				t.Errorf("%s %s: %v, want %v; answered %q", action, f.fault.Phase, got, f.want, body)
			}
			s.Close()
		}
	}
}

func TestAFaultInTheMiddleOfASpecification(t *testing.T) {
	t.Parallel()
	s := withClient(t, emulator.Options{})
	must(t, s.Faults(emulator.Fault{Action: "deal/add", Phase: emulator.PhaseDuring, Record: 3, Kind: emulator.KindFatal}))
	call(s, "deal/add", `{"clid":1,"title":"Т","speka":[`+nut+`,`+bolt+`]}`)
	if d, _ := s.Deal(1); len(d.Lines) != 1 || d.Sum != "1.00" {
		t.Errorf("%+v", d)
	}
}

// What the real server, which has no transactions, leaves when it dies between
// two writes of one request.
func TestAFaultInTheMiddleOfAPayment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		action string
		do     func(s *emulator.Server)
		want   string // number, sum and whether it is paid, of each line
	}{
		{"contract/addinvoice", func(s *emulator.Server) {
			callV1(s, "contract", "addinvoice", "did", "1", "invoice", "С-2", "summa", "7", "do", "yes")
		}, "С-1 10.00 false, С-2 7.00 false"},
		{"contract/addpaimentpart", func(s *emulator.Server) {
			callV1(s, "contract", "addpaimentpart", "invoice", "С-1", "summa", "3")
		}, "С-1 3.00 true"},
		{"invoice/do", func(s *emulator.Server) { call(s, "invoice/do", `{"invoice":"С-1","summa":3}`) }, "С-1 3.00 true"},
		{"invoice/express", func(s *emulator.Server) {
			call(s, "invoice/express", `{"did":1,"invoice":"С-2","summa":7}`)
		}, "С-1 10.00 false, С-2 7.00 false"},
	} {
		s := withOrder(t, emulator.Options{})
		must(t, s.SeedInvoice(emulator.Invoice{DID: 1, Number: "С-1", Sum: "10"}))
		must(t, s.Faults(emulator.Fault{Action: c.action, Phase: emulator.PhaseDuring, Record: 2, Kind: emulator.KindFatal}))
		c.do(s)
		var got []string
		for _, in := range s.Invoices() {
			got = append(got, fmt.Sprint(in.Number, " ", in.Sum, " ", in.Paid))
		}
		if strings.Join(got, ", ") != c.want || s.FaultsFired()["fault-1"] != 1 {
			t.Errorf("%s: %q", c.action, got)
		}
	}
}

func TestFaultsFindTheParametersOfV1(t *testing.T) {
	t.Parallel()
	s := withOrder(t, emulator.Options{})
	must(t, s.Faults(
		emulator.Fault{Name: "uid", UID: "Заказ 1", Kind: emulator.KindFatal},
		emulator.Fault{Name: "text", Contains: "invoice=С-1\n", Kind: emulator.KindUnauth},
	))
	callV1(s, "contract", "changestep", "uid", "Заказ 1", "step", "40")
	callV1(s, "contract", "changestep", "uid", "Заказ 12", "step", "40")
	callV1(s, "contract", "addpaiment", "invoice", "С-1")
	if diff := cmp.Diff(map[string]int{"uid": 1, "text": 1}, s.FaultsFired()); diff != "" {
		t.Error(diff)
	}
}
