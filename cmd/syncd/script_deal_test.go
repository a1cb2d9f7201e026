package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"syncd/internal/crmapi/emulator"
)

// dealsFolder holds a small installation with orders, invoices and payments.
const dealsFolder = "testdata/deals"

// dealCommands are the commands of scripts about deals, invoices and payments:
//
//	deals                     files of testdata/deals that the script does not bring itself
//	emulator-documented       starts a CRM that behaves as the documents say
//	crm-step DID STEP         moves a deal to a stage as a person would
//	crm-close DID STATUS [SUM]  closes a deal as a person would; crm-reopen DID opens it again
//	crm-deal-add CLID TITLE   adds a deal to a client as a person would
//	crm-deal-delete DID       deletes a deal as a person would
//	crm-deal DID FIELD=VALUE…  these of a deal read so: title, uid, step, sum, status, lines (their number)
//	crm-invoice-add DID NUMBER SUM  adds an invoice as a person would
//	crm-pay ID SUM            pays of an invoice as a person would
//	crm-line-delete ID        removes a line of the plan of payments as a person would
//	crm-person PID FIELD=VALUE…  these of a contact read so; crm-person-edit PID FIELD VALUE edits it as a person would
//	crm-lines LINE…           these are the lines of the plan of payments: NUMBER=SUM, NUMBER=SUM+ of paid ones
func dealCommands(c map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	for name, f := range map[string]func(*testscript.TestScript, []string) error{
		"emulator-documented": func(ts *testscript.TestScript, args []string) error {
			return startCRMAs(ts, emulator.Options{AsDocumented: true}, args)
		},
		"deals": installDeals, "crm-deal": crmDeal, "crm-person": crmPerson, "crm-person-edit": crmPersonEdit, "crm-lines": crmLines, "crm-invoice-add": crmInvoiceAdd,
		"crm-step":   byHand(2, func(s *emulator.Server, id int64, arg string) error { return s.MoveStep(id, arg) }),
		"crm-close":  crmClose,
		"crm-reopen": byHand(1, func(s *emulator.Server, id int64, _ string) error { return s.ReopenDeal(id) }),
		"crm-deal-add": byHand(2, func(s *emulator.Server, id int64, arg string) error {
			return s.SeedDeal(emulator.Deal{Title: arg, CLID: id, Step: "20", Direction: "Основное", Type: "Продажа простая"})
		}),
		"crm-deal-delete": byHand(1, func(s *emulator.Server, id int64, _ string) error { return s.DeleteDeal(id) }),
		"crm-line-delete": byHand(1, func(s *emulator.Server, id int64, _ string) error { return s.DeleteInvoice(id) }),
		"crm-pay":         byHand(2, func(s *emulator.Server, id int64, arg string) error { return s.PayInvoice(id, arg) }),
	} {
		c[name] = func(ts *testscript.TestScript, negated bool, args []string) {
			if negated {
				ts.Fatalf("! %s means nothing", name)
			}
			ts.Check(f(ts, args))
		}
	}
	return c
}

// byHand is a command of n arguments that does something to the record of a number.
func byHand(n int, do func(s *emulator.Server, id int64, arg string) error) func(*testscript.TestScript, []string) error {
	return func(ts *testscript.TestScript, args []string) error {
		if len(args) != n {
			return fmt.Errorf("%d arguments, want %d", len(args), n)
		}
		id, err := strconv.ParseInt(args[0], 10, 64)
		if err != nil {
			return err
		}
		return do(crmOf(ts).Server, id, args[n-1])
	}
}

func installDeals(ts *testscript.TestScript, _ []string) error {
	base := ts.Getenv("BASE")
	ts.Setenv("BASE", filepath.Join(filepath.Dir(base), filepath.Base(dealsFolder)))
	defer ts.Setenv("BASE", base)
	return installBase(ts, nil)
}

func crmDeal(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: crm-deal DID FIELD=VALUE…")
	}
	did, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	d, ok := crmOf(ts).Deal(did)
	if !ok {
		return fmt.Errorf("the CRM has no deal %d", did)
	}
	has := map[string]string{
		"uid": d.UID, "title": d.Title, "step": d.Step, "sum": d.Sum, "status": d.Status, "lines": strconv.Itoa(len(d.Lines)),
		"client": strconv.FormatInt(d.CLID, 10),
	}
	for _, pair := range args[1:] {
		if field, want, _ := strings.Cut(pair, "="); has[field] != want {
			return fmt.Errorf("deal %d: %s is %q, want %q", did, field, has[field], want)
		}
	}
	return nil
}

func crmLines(ts *testscript.TestScript, args []string) error {
	crm := crmOf(ts)
	var got []string
	for _, i := range crm.Invoices() {
		line := i.Number + "=" + i.Sum
		if i.Paid {
			line += "+"
		}
		got = append(got, line)
	}
	if strings.Join(got, " ") != strings.Join(args, " ") {
		return fmt.Errorf("the lines are %q, want %q", got, args)
	}
	return nil
}

func crmInvoiceAdd(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: crm-invoice-add DID NUMBER SUM")
	}
	did, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	return crmOf(ts).SeedInvoice(emulator.Invoice{DID: did, Number: args[1], Sum: args[2]})
}

func crmPersonEdit(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: crm-person-edit PID FIELD VALUE")
	}
	pid, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	return crmOf(ts).EditPerson(pid, args[1], args[2])
}

func crmPerson(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: crm-person PID FIELD=VALUE…")
	}
	for _, p := range crmOf(ts).Persons() {
		if strconv.FormatInt(p.PID, 10) != args[0] {
			continue
		}
		for _, pair := range args[1:] {
			field, want, _ := strings.Cut(pair, "=")
			got := p.Fields[field]
			switch field {
			case "person":
				got = p.Name
			case "client":
				got = strconv.FormatInt(p.CLID, 10)
			}
			if got != want {
				return fmt.Errorf("contact %s: %s is %q, want %q", args[0], field, got, want)
			}
		}
		return nil
	}
	return fmt.Errorf("the CRM has no contact %s", args[0])
}

func crmClose(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errors.New("usage: crm-close DID STATUS [SUM]")
	}
	id, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	sum := ""
	if len(args) == 3 {
		sum = args[2]
	}
	return crmOf(ts).CloseDeal(id, args[1], sum, "")
}
