package sample

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newTradeT(t *testing.T) *trade {
	t.Helper()
	made, err := newTrade()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestDealCasesHoldEveryDefectAsPromised(t *testing.T) {
	t.Parallel()
	cases, err := DealCases()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range cases {
		got = append(got, strings.TrimSpace(c.File+" "+c.Name+": "+string(c.Outcome)+" "+c.Reason))
	}
	want := []string{
		"orders.csv client-merged: created", "orders.csv client-unknown: held no-client", "orders.csv client-held: held no-client",
		"orders.csv client-out-of-scope: held no-client", "orders.csv client-blank: rejected required",
		"orders.csv unknown-state: rejected unmapped", "orders.csv line-without-price: rejected required",
		"orders.csv sum-differs: rejected sum-differs", "orders.csv head-differs: rejected head-differs",
		"orders.csv rows-apart: rejected rows-apart", "orders.csv rows-apart: rejected rows-apart",
		"orders.csv deletion-marked: out of scope", "orders.csv kopecks: created", "orders.csv cancelled: created",
		"invoices.csv deal-of-merged-client: created", "invoices.csv deal-held: held no-deal", "invoices.csv deal-unknown: held no-deal",
		"invoices.csv number-blank: rejected required", "invoices.csv number-long: rejected too-long",
		"invoices.csv sum-zero: rejected not-positive", "invoices.csv marked-invoice: out of scope",
		"invoices.csv same-number: created", "invoices.csv same-number-again: held match-taken",
		"payments.csv part: created", "payments.csv above-invoice: rejected payment-over", "payments.csv invoice-unknown: held no-invoice",
		"payments.csv two-invoices: created", "payments.csv two-invoices: created",
		"payments.csv sum-zero: rejected not-positive", "payments.csv invoice-held: held no-invoice", "payments.csv marked-payment: out of scope",
		"contacts.csv client-merged: created", "contacts.csv client-unknown: held no-client", "contacts.csv client-held: held no-client",
		"contacts.csv name-blank: rejected required", "contacts.csv deletion-marked: out of scope", "contacts.csv two-phones: created",
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// fileLines returns the lines of one of the deals' files.
func fileLines(t *testing.T, name string) []string {
	t.Helper()
	return exampleLines(t, func() ([]byte, error) { return dealFile(name) })
}

func TestEveryDealCaseStandsInItsLines(t *testing.T) {
	t.Parallel()
	cases, err := DealCases()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		lines := fileLines(t, c.File)
		if c.LastLine < c.Line {
			t.Errorf("%s %s: lines %d to %d", c.File, c.Name, c.Line, c.LastLine)
		}
		for _, row := range lines[c.Line-1 : c.LastLine] {
			if !strings.Contains(row, c.Key) {
				t.Errorf("%s %s: a line without its key: %s", c.File, c.Name, row)
			}
		}
	}
}

func TestOrdersBelongToClientsOfTheExample(t *testing.T) {
	t.Parallel()
	clients := strings.Join(exampleLines(t, Example), "\n")
	made := newTradeT(t)
	for _, o := range made.orders {
		unknown := o.remark != nil && (o.remark.name == "client-unknown" || o.remark.name == "client-blank")
		known := o.clientRef != "" && strings.Contains(clients, "\n"+o.clientRef+";")
		if known == unknown {
			t.Errorf("order %s: its client is known: %v", o.number, known)
		}
	}
}

func TestSumsOfOrdersAddUpWhereNoCaseSaysOtherwise(t *testing.T) {
	t.Parallel()
	for _, o := range newTradeT(t).orders {
		differs := o.sum != o.total()
		if wanted := o.remark != nil && (o.remark.name == "sum-differs" || o.remark.name == "line-without-price"); differs != wanted {
			t.Errorf("order %s: %s, its lines make %s", o.number, o.sum, o.total())
		}
	}
}

func TestPaymentsStayWithinTheirInvoicesWhereNoCaseSaysOtherwise(t *testing.T) {
	t.Parallel()
	made := newTradeT(t)
	open := map[string]kopecks{}
	for _, in := range made.invoices {
		open[in.ref] = in.sum
	}
	for _, p := range made.payments {
		if p.deleted {
			continue
		}
		open[p.invoiceRef] -= p.sum
		above := p.remark != nil && (p.remark.name == "above-invoice" || p.remark.name == "invoice-unknown")
		if (open[p.invoiceRef] < 0) != above {
			t.Errorf("payment %s of %s leaves %s of its invoice", p.number, p.sum, open[p.invoiceRef])
		}
	}
}

// A number or a reference used twice by accident would make the example show
// something that no case tells of.
func TestNothingOfDealsMeetsByAccident(t *testing.T) {
	t.Parallel()
	made := newTradeT(t)
	seen := map[string]bool{}
	claim := func(what, value string, fine bool) {
		if seen[what+value] && !fine {
			t.Errorf("%s %q stands twice", what, value)
		}
		seen[what+value] = true
	}
	for _, o := range made.orders {
		claim("reference", o.ref, false)
		claim("order", o.number, false)
	}
	for _, in := range made.invoices {
		claim("reference", in.ref, false)
		claim("invoice", in.number, in.remark != nil && in.remark.name == "same-number-again")
	}
	for _, p := range made.payments {
		claim("reference", p.ref, false)
		claim("payment", p.number, strings.HasSuffix(p.ref, "/2"))
	}
	for _, c := range made.contacts {
		claim("reference", c.ref, false)
		claim("person", c.clientRef+c.last+c.first+c.middle, false)
	}
}

func TestMoneyIsWrittenAs1CWritesIt(t *testing.T) {
	t.Parallel()
	for k, want := range map[kopecks]string{0: "0,00", 5: "0,05", 100_00: "100,00", 1234_56: "1\u00a0234,56", 1_234_567_00: "1\u00a0234\u00a0567,00"} {
		if k.String() != want {
			t.Errorf("%d: %q, want %q", int64(k), k, want)
		}
	}
	for h, want := range map[hundredths]string{100: "1", 250: "2,5", 333: "3,33", 1000: "10", 5: "0,05"} {
		if h.String() != want {
			t.Errorf("%d: %q, want %q", int64(h), h, want)
		}
	}
}

// The guide's code must write the columns that the examples have and the
// mappings read.
func TestGuideWritesTheColumnsOfTheDealsExamples(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/1c.md")
	if err != nil {
		t.Fatal(err)
	}
	for function, want := range map[string][]string{
		"КолонкиЗаказов": OrderColumns(), "КолонкиСчетов": InvoiceColumns(), "КолонкиОплат": PaymentColumns(), "КолонкиКонтактов": ContactColumns(),
	} {
		_, body, found := strings.Cut(string(guide), "Функция "+function+"()")
		if !found {
			t.Errorf("no function %s in the guide", function)
		}
		body, _, _ = strings.Cut(body, "КонецФункции")
		var names strings.Builder
		for _, part := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(body, -1) {
			names.WriteString(part[1])
		}
		if d := cmp.Diff(want, strings.Split(names.String(), ",")); d != "" {
			t.Errorf("%s:\n%s", function, d)
		}
	}
}
