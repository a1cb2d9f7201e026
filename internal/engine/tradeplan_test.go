package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
)

// foresees plans a job and runs it, and fails unless both say the same of every
// record, with the same codes. It gives what was said.
func (w *trade) foresees(job string) string {
	w.Helper()
	before := len(w.crm.History())
	plan, err := w.engine(job).Plan(noCancel{}, engine.Options{}, func(*engine.Op, *engine.Hold) error { return nil })
	if err != nil {
		w.Fatalf("plan of %s: %v", job, err)
	}
	for _, e := range w.crm.History()[before:] {
		if e.Write {
			w.Errorf("the plan sent %s", e.Action)
		}
	}
	var codes []string
	for _, r := range plan.Rejects {
		if r.Refused {
			codes = append(codes, fmt.Sprintf("%s/%s %s %s", job, r.UID, r.Rule, r.Value))
		}
	}
	report, err := w.run(job)
	if err != nil {
		w.Fatalf("run of %s: %v", job, err)
	}
	var said []string
	for o := engine.Unchanged; o < engine.Outcomes; o++ {
		if n := report.Of(o); n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, o))
		}
		if plan.Report.Of(o) != report.Of(o) {
			w.Errorf("%s: the plan promises %d %s, the run comes to %d", job, plan.Report.Of(o), o, report.Of(o))
		}
	}
	slices.Sort(codes)
	var got []string
	for line := range strings.SplitSeq(w.unreadable(), "\n") {
		if strings.HasPrefix(line, job+"/") {
			got = append(got, line)
		}
	}
	slices.Sort(got)
	if !slices.Equal(codes, got) {
		w.Errorf("%s: the plan rejects\n%s\nthe run\n%s", job, strings.Join(codes, "\n"), strings.Join(got, "\n"))
	}
	return strings.Join(said, ", ")
}

// A plan promises what the run does: what the CRM's lists lack and what is more than is
// left, be it only together with what goes before it.
func TestAPlanOfMoneyPromisesWhatTheRunDoes(t *testing.T) {
	t.Parallel()
	w := newTrade(t, emulator.Options{})
	w.rows[orders] = []string{
		order("o1", "c1", "1000", "20", ""), order("o2", "c1", "500", "33", ""), order("o3", "c2", "700", "20", ""),
	}
	want := func(job, said string) {
		t.Helper()
		if got := w.foresees(job); got != said {
			t.Errorf("%s: %s, want %s", job, got, said)
		}
	}
	want(orders, "2 created, 1 rejected")
	w.rows[invoices] = []string{"i1;o1;15;600", "i2;o1;16;500", "i3;o1;17;400", "i4;o3;18;700.01", "i5;o3;19;300", "i6;o3;19;100"}
	want(invoices, "3 created, 1 held, 2 rejected")
	if err := w.crm.PayInvoice(w.crm.Invoices()[1].ID, "150"); err != nil { // of invoice 17, by hand
		t.Fatal(err)
	}
	w.rows[payments] = []string{
		"p1;i1;2026-11-03;250", "p2;i1;2026-11-03;250", "p3;i1;2026-11-04;100.01", "p4;i1;2026-11-04;100", "p5;i1;2026-11-04;1",
		"p6;i3;2026-11-05;150", "p7;i3;2026-11-06;200", "p8;i3;2026-11-06;51",
	}
	want(payments, "4 created, 1 merged, 3 rejected")
	w.rows[orders] = []string{order("o1", "c1", "1000", "77", ""), order("o2", "c1", "500", "40", ""), order("o3", "c2", "700", "40", "")}
	want(orders, "1 created, 1 updated, 1 rejected")
	w.sound()
}
