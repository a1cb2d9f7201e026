package config_test

import (
	"errors"
	"testing"

	"syncd/internal/config"
	"syncd/internal/message"
)

// orders is a deal job beside the clients of the small configuration.
func orders(t *testing.T, more string) string {
	t.Helper()
	return small + `  orders:
    entity: deal
    after: [clients]
    crm: main
    source: clients
    mapping: orders.yaml
` + more
}

func TestAPartHasItsOwnRulesAndTheRestOfItsJob(t *testing.T) {
	t.Parallel()
	c := mustParse(t, orders(t, `    direction: both
    schedule: "@daily"
    on_crm_new: export
    conflicts: crm
    on_absent: keep
    guards: {max_create: 1}
    write_back: {csv: {dir: out}}
    parts:
      invoices: {conflicts: source, guards: {max_create: 7}, expect_by: "10:00"}
`))
	invoices := c.Derive("orders", config.PartInvoices, "", "orders")
	payments := c.Derive("orders", config.PartPayments, "clients", "orders.invoices")
	i, p := c.Jobs[invoices], c.Jobs[payments]
	if invoices != "orders.invoices" || payments != "orders.payments" {
		t.Fatalf("named %s, %s", invoices, payments)
	}
	if i.Entity != config.EntityInvoice || p.Entity != config.EntityPayment || i.Of != "orders" || p.Part != config.PartPayments || p.After[0] != invoices {
		t.Errorf("derived as %+v and %+v", i, p)
	}
	if i.Schedule != "" || i.Parts != nil || i.OnCRMNew != "export" || i.WriteBack != c.Jobs["orders"].WriteBack || i.Direction != config.Both {
		t.Errorf("of its job the invoices have %+v", i)
	}
	if i.Conflicts != config.TakeSource || p.Conflicts != config.TakeCRM || i.Guards["max_create"].Value != 7 || len(p.Guards) != 0 || i.ExpectBy.String() != "10:00" {
		t.Errorf("overrides: %+v, %+v", i, p)
	}
	if i.OnAbsent.Action != config.Keep || p.OnAbsent.Action != config.HoldAbsent {
		t.Errorf("absent invoices: %s, absent payments: %s", i.OnAbsent.Action, p.OnAbsent.Action)
	}
	if at := c.ErrorAt("jobs.orders.invoices.guards.max_create", message.ConfigBadValue); at.Line != c.Where("jobs.orders.parts.invoices.guards.max_create").Line {
		t.Errorf("an error about a part points at line %d", at.Line)
	}
	if err := errors.Join(c.CheckDerived(invoices), c.CheckDerived(payments)); err != nil {
		t.Error(err)
	}
}

// A table has the columns of the deals: the parts of such a job write nothing back
// unless they are given a table of their own.
func TestAPartDoesNotShareATable(t *testing.T) {
	t.Parallel()
	c := mustParse(t, orders(t, `    direction: both
    on_crm_new: export
    write_back: {sql: {driver: sqlite, dsn: {file: dsn}, table: t, key: k}}
`))
	if i := c.Jobs[c.Derive("orders", config.PartInvoices, "", "orders")]; i.Direction != config.Push || i.WriteBack != nil || i.OnCRMNew != "ignore" {
		t.Errorf("the invoices have %+v", i)
	}
}

func TestWhatPartsCannotHave(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		more string
		path string
		code message.Code
	}{
		"a part of another kind of job": {"    parts: {contacts: {}}\n", "jobs.orders.parts.contacts", message.ConfigNeedsKey},
		"a part that there is not":      {"    parts: {lines: {}}\n", "jobs.orders.parts.lines", message.ConfigUnknownKey},
		"payments taken back":           {"    parts: {payments: {on_absent: delete}}\n", "jobs.orders.parts.payments.on_absent", message.ConfigBadValue},
		"invoices taken back":           {"    parts: {invoices: {on_absent: delete}}\n", "jobs.orders.parts.invoices.on_absent", message.ConfigBadValue},
		"write-back of a job that only pushes": {
			"    parts: {invoices: {write_back: {csv: {dir: out}}}}\n", "jobs.orders.parts.invoices.write_back", message.ConfigExportNeeds,
		},
		"new ones with nowhere to go": {"    parts: {invoices: {on_crm_new: export}}\n", "jobs.orders.parts.invoices.on_crm_new", message.ConfigExportNeeds},
		"a guard that there is not":   {"    parts: {invoices: {guards: {max_pay: 1}}}\n", "jobs.orders.parts.invoices.guards.max_pay", message.ConfigUnknownGuard},
		"a name like that of a part":  {"  orders.invoices: {entity: deal, crm: main, source: clients, mapping: x.yaml}\n", "jobs", message.ConfigBadValue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Parse("syncd.yaml", []byte(orders(t, c.more)), func(string) string { return "" })
			var all *config.Errors
			if !errors.As(err, &all) || len(all.List) != 1 {
				t.Fatalf("want one error, got %v", err)
			}
			if one := all.List[0]; one.Code != c.code || one.Path != c.path || one.Line == 0 {
				t.Errorf("got %v", one)
			}
		})
	}
}

func TestADerivedJobNeedsItsSource(t *testing.T) {
	t.Parallel()
	c := mustParse(t, orders(t, "    parts: {invoices: {}}\n"))
	name := c.Derive("orders", config.PartInvoices, "invoices", "orders")
	err := c.CheckDerived(name)
	var all *config.Errors
	if !errors.As(err, &all) || all.List[0].Code != message.ConfigBadReference || all.List[0].Line == 0 {
		t.Errorf("a source that is not there: %v", err)
	}
	if err := c.CheckDerived("orders"); err != nil {
		t.Errorf("a job of the file: %v", err)
	}
}

// A file that is put away after it was read would be gone before the next part's turn.
func TestPartsDoNotShareAFileThatIsPutAway(t *testing.T) {
	t.Parallel()
	c := mustParse(t, orders(t, "    parts: {invoices: {}}\n"))
	c.Sources["papers"] = &config.Source{CSV: &config.CSV{After: "archive"}}
	if err := c.CheckDerived(c.Derive("orders", config.PartInvoices, "papers", "orders")); err != nil {
		t.Errorf("the first that reads it: %v", err)
	}
	err := c.CheckDerived(c.Derive("orders", config.PartPayments, "papers", "orders.invoices"))
	var all *config.Errors
	if !errors.As(err, &all) || all.List[0].Code != message.ConfigBadValue || all.List[0].Path != "sources.papers.csv.after" {
		t.Errorf("the second: %v", err)
	}
}
