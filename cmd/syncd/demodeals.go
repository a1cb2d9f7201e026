package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"syncd/internal/config"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/sample"
	"syncd/mappings"
)

// The demo's job of orders with its parts, and where they write for 1C.
const (
	demoOrders     = "orders"
	demoInvoices   = demoOrders + "." + config.PartInvoices
	demoPayments   = demoOrders + "." + config.PartPayments
	demoDealOutbox = "for-1c-orders"
)

// deals is the way of orders, their invoices and their payments, and of what people
// do with a deal in the CRM.
func (d *demonstration) deals() []demoStep {
	return []demoStep{
		{phrase{
			"12. Orders with their lines become deals, then go their invoices and payments: one job more, and its parts",
			"12. Заказы со строками становятся сделками, за ними идут счета и оплаты: ещё одно задание и его части",
		}, d.firstOrders},
		{phrase{"13. run again: no deal, no invoice, no payment is there twice", "13. ещё раз run: ни сделки, ни счёта, ни оплаты дважды"}, d.ordersAgain},
		{phrase{
			"14. In the CRM a manager moves a deal to another stage and marks an invoice as paid: both come back to 1C",
			"14. В CRM менеджер двигает сделку на другой этап и отмечает счёт оплаченным: и то, и другое возвращается в 1С",
		}, d.dealsEdited},
		{phrase{
			"15. 1C takes the stage in and enters that payment: it is recognized, nothing is paid twice",
			"15. 1С загружает этап и проводит ту же оплату: она узнана, дважды ничего не оплачено",
		}, d.dealsTaken},
	}
}

// writeDealFiles adds the exports of orders, invoices and payments, and their job.
func (d *demonstration) writeDealFiles() error {
	files := map[string][]byte{"1c-orders.yaml": mappings.Orders}
	for name, make := range map[string]func() ([]byte, error){
		"orders.csv": sample.Orders, "invoices.csv": sample.Invoices, "payments.csv": sample.Payments,
	} {
		content, err := make()
		if err != nil {
			return err
		}
		files[name] = content
	}
	path := filepath.Join(d.dir, "syncd.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the demo's configuration: %w", err)
	}
	files["syncd.yaml"] = []byte(strings.Replace(string(text), "jobs:\n", `  orders: {csv: {path: orders.csv, snapshot: full, settle: 0s}}
  invoices: {csv: {path: invoices.csv, snapshot: full, settle: 0s}}
  payments: {csv: {path: payments.csv, snapshot: full, settle: 0s}}
jobs:
  orders:
    entity: deal
    after: [clients]
    crm: demo
    source: orders
    mapping: 1c-orders.yaml
    direction: both
    on_crm_new: export
    write_back:
      csv: {dir: `+demoDealOutbox+`}
`, 1))
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(d.dir, name), content, 0o600); err != nil {
			return fmt.Errorf("write the demo's files: %w", err)
		}
	}
	if err := os.MkdirAll(filepath.Join(d.dir, demoDealOutbox), 0o700); err != nil {
		return fmt.Errorf("make the demo's folder: %w", err)
	}
	return nil
}

// The records of the sample's orders, invoices and payments that wait for another
// record or a person, and those whose rows are rejected, from the first run on.
func demoDealsWait() map[string]ended {
	return map[string]ended{
		demoOrders:   {engine.Held: 3, engine.Rejected: 6},
		demoInvoices: {engine.Held: 3, engine.Rejected: 3},
		demoPayments: {engine.Held: 2, engine.Rejected: 2},
	}
}

// runOrders runs the job of orders and its parts in turn. Each has to end as told.
func (d *demonstration) runOrders(ctx context.Context, want map[string]ended) error {
	d.crm.ForgetHistory()
	d.command("syncd run " + demoOrders)
	for _, job := range []string{demoOrders, demoInvoices, demoPayments} {
		r, err := d.runOnce(ctx, job, nil)
		if err != nil {
			return err
		}
		all := maps.Clone(demoDealsWait()[job])
		maps.Copy(all, want[job])
		if err := d.asTold(r, all); err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) firstOrders(ctx context.Context) error {
	if err := d.writeDealFiles(); err != nil {
		return err
	}
	if err := d.runOrders(ctx, map[string]ended{
		demoOrders: {engine.Created: 33}, demoInvoices: {engine.Created: 27}, demoPayments: {engine.Created: 28},
	}); err != nil {
		return err
	}
	d.print("\n")
	d.command("syncd holds " + demoOrders)
	return d.app.holds(ctx, []string{demoOrders}, &holdsFlags{})
}

func (d *demonstration) ordersAgain(ctx context.Context) error {
	if err := d.runOrders(ctx, nil); err != nil {
		return err
	}
	if _, writes := d.received(); writes > 0 {
		return d.unlike(phrase{"the CRM received %d writes", "CRM получила запросов на запись: %d"}, writes)
	}
	d.countWrites()
	for _, v := range emulator.CheckBooks(nil, d.crm.Books()) {
		return d.unlike(phrase{"the CRM's books do not hold: %s", "в книгах CRM непорядок: %s"}, v)
	}
	return nil
}

// dealsEdited plays a manager: a deal moves on, and an invoice that nobody paid in 1C
// is marked as paid.
func (d *demonstration) dealsEdited(ctx context.Context) error {
	open := slices.IndexFunc(d.crm.Invoices(), func(i emulator.Invoice) bool { return !i.Paid && i.ViaAPI })
	at := slices.IndexFunc(d.crm.Deals(), func(x emulator.Deal) bool { return !x.Closed && x.Step == "20" })
	if open < 0 || at < 0 {
		return d.unlike(phrase{"the sample has no open invoice or no young deal", "в примере нет открытого счёта или молодой сделки"})
	}
	deal, invoice := d.crm.Deals()[at], d.crm.Invoices()[open]
	if err := errors.Join(d.crm.MoveStep(deal.DID, "60"), d.crm.PayInvoice(invoice.ID, "")); err != nil {
		return err
	}
	if err := d.runOrders(ctx, map[string]ended{
		demoOrders: {engine.WrittenBack: 1}, demoPayments: {engine.WrittenBack: 1},
	}); err != nil {
		return err
	}
	files, err := d.dealFiles()
	if err != nil {
		return err
	}
	for _, job := range []string{demoOrders, demoPayments} {
		if files[job] == "" {
			return d.unlike(phrase{"%s wrote no file for 1C", "%s: файла для 1С нет"}, job)
		}
		if err := d.printFile(filepath.Join(demoDealOutbox, files[job])); err != nil {
			return err
		}
	}
	return nil
}

// dealFiles are the newest files for 1C by the job that wrote them.
func (d *demonstration) dealFiles() (map[string]string, error) {
	list, err := os.ReadDir(filepath.Join(d.dir, demoDealOutbox))
	if err != nil {
		return nil, fmt.Errorf("list the files for 1C: %w", err)
	}
	out := map[string]string{}
	for _, f := range list { // by name, and so by run
		for _, job := range []string{demoOrders, demoInvoices, demoPayments} {
			if strings.HasPrefix(f.Name(), job+"-") {
				out[job] = f.Name()
			}
		}
	}
	return out, nil
}

// printFile shows a file for 1C, named from the demo's folder.
func (d *demonstration) printFile(name string) error {
	text, err := os.ReadFile(filepath.Join(d.dir, name))
	if err != nil {
		return fmt.Errorf("read the file for 1C: %w", err)
	}
	d.print("\n  %s:\n", filepath.ToSlash(name))
	for line := range strings.Lines(string(bytes.TrimPrefix(text, []byte("\ufeff")))) {
		d.print("    %s\n", strings.TrimRight(line, "\r\n"))
	}
	return nil
}

// dealsTaken plays 1C: the stage is taken in, and an accountant enters the payment
// that the manager told of, as a document of its own.
func (d *demonstration) dealsTaken(ctx context.Context) error {
	files, err := d.dealFiles()
	if err != nil {
		return err
	}
	folder := filepath.Join(d.dir, demoDealOutbox)
	if err := (books{filepath.Join(d.dir, "orders.csv")}).take(filepath.Join(folder, files[demoOrders])); err != nil {
		return err
	}
	if err := (books{filepath.Join(d.dir, "payments.csv")}).enter(filepath.Join(folder, files[demoPayments]), map[string]string{
		"Ключ": "0d5d1c9a-0000-4000-8000-00000000da7a/1", "ПометкаУдаления": "Нет",
	}); err != nil {
		return err
	}
	if err := d.runOrders(ctx, map[string]ended{demoPayments: {engine.Merged: 1}}); err != nil {
		return err
	}
	if _, writes := d.received(); writes > 0 {
		return d.unlike(phrase{"the CRM received %d writes", "CRM получила запросов на запись: %d"}, writes)
	}
	d.countWrites()
	return nil
}
