package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/sample"
)

const dealExamplesConfig = `version: 1
state: state.db
timezone: Europe/Moscow
crm: {main: {base_url: "%s", login: boss@example.org, apikey: {file: key}, rate: off}}
sources:
  clients:  {csv: {path: clients.csv, snapshot: full, settle: 0s}}
  contacts: {csv: {path: contacts.csv, snapshot: full, settle: 0s}}
  orders:   {csv: {path: orders.csv, snapshot: full, settle: 0s}}
  invoices: {csv: {path: invoices.csv, snapshot: full, settle: 0s}}
  payments: {csv: {path: payments.csv, snapshot: full, settle: 0s}}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: 1c-contacts.yaml, match: [inn_kpp], suspect: [inn, phone, mail, title]}
  orders:  {entity: deal, crm: main, source: orders, mapping: 1c-orders.yaml, after: [clients]}
`

// recordSaid is what a command says of a record as JSON.
type recordSaid struct {
	Job, Key, Reason, Code, Rule string
	Line                         int
}

// The examples and the mappings that are shipped come out as the sample's cases
// say: what is created is in the CRM, what is not is held or rejected for the
// reason that stands there, and a second run finds nothing to do.
func TestTheExamplesOfDealsComeOutAsTold(t *testing.T) {
	t.Parallel()
	crm, syncd := dealExamples(t)
	for _, want := range []int{exitPartial, exitDone} {
		code, out, diagnostics := syncd("run", "clients", "orders")
		if code != want {
			t.Fatalf("exit code %d, want %d\n%s%s", code, want, out, diagnostics)
		}
		if idle := strings.Count(out, "nothing was written to the CRM"); want == exitDone && idle != 5 {
			t.Errorf("the second run wrote in %d of 5 jobs:\n%s", 5-idle, out)
		}
	}
	held, rejected := map[string]recordSaid{}, map[string]recordSaid{}
	for name, into := range map[string]map[string]recordSaid{"holds": held, "rejects": rejected} {
		code, out, diagnostics := syncd("--json", name)
		if code != exitDone {
			t.Fatalf("%s: exit code %d\n%s", name, code, diagnostics)
		}
		for line := range strings.Lines(out) {
			var one recordSaid
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			into[one.Job+" "+one.Key] = one
		}
	}
	cases, err := sample.DealCases()
	if err != nil {
		t.Fatal(err)
	}
	jobs := map[string]string{"orders.csv": "orders", "invoices.csv": "orders.invoices", "payments.csv": "orders.payments", "contacts.csv": "clients.contacts"}
	for _, c := range cases {
		key := jobs[c.File] + " " + c.Key
		h, isHeld := held[key]
		r, isRejected := rejected[key]
		switch c.Outcome {
		case sample.Held:
			if !isHeld || h.Reason != c.Reason {
				t.Errorf("%s %s: held as %q, want %q", c.File, c.Name, h.Reason, c.Reason)
			}
		case sample.Rejected:
			if !isRejected || r.Code != c.Reason && r.Rule != c.Reason {
				t.Errorf("%s %s: rejected as %q by %q, want %q", c.File, c.Name, r.Code, r.Rule, c.Reason)
			}
		case sample.Created, sample.OutOfScope:
			if isHeld || isRejected {
				t.Errorf("%s %s: %v %v, want %s", c.File, c.Name, h, r, c.Outcome)
			}
		default:
			t.Errorf("%s %s: what is %q?", c.File, c.Name, c.Outcome)
		}
	}
	paidOnce(t, crm)
	if deals, invoices, payments, persons := len(crm.Deals()), len(openAndPaid(crm)), len(crm.Payments()), len(crm.Persons()); deals != 1+33 || invoices != 27 || payments != 28 || persons != 1+26 {
		t.Errorf("%d deals, %d invoices, %d payments and %d contacts are in the CRM", deals, invoices, payments, persons)
	}
}

// paidOnce: no line was paid twice, and no invoice above what it was for.
func paidOnce(t *testing.T, crm *emulator.Server) {
	t.Helper()
	for _, p := range crm.Payments() {
		if p.Again {
			t.Errorf("invoice %s was paid again", p.Number)
		}
	}
}

// openAndPaid are the invoices by deal and number, however many lines they have.
func openAndPaid(crm *emulator.Server) map[string]bool {
	seen := map[string]bool{}
	for _, in := range crm.Invoices() {
		seen[fmt.Sprint(in.DID, " ", in.Number)] = true
	}
	return seen
}

// dealExamples puts the examples beside a configuration, with a CRM that has their
// seed.
func dealExamples(t *testing.T) (crm *emulator.Server, syncd func(args ...string) (code int, out, diagnostics string)) {
	t.Helper()
	seed, err := os.Open(filepath.Join(checkout, "examples/1c/crm-seed-deals.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = seed.Close() }()
	file, err := emulator.ReadSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	if crm, err = emulator.NewSeeded(emulator.Options{}, file); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(crm)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		crm.Close()
	})
	dir := fastDir(t)
	files := map[string]string{"syncd.yaml": fmt.Sprintf(dealExamplesConfig, server.URL), "key": emulator.DefaultKey}
	for _, name := range []string{"clients", "contacts", "orders", "invoices", "payments"} {
		files[name+".csv"] = page(t, "examples/1c/"+name+".csv")
	}
	for _, name := range []string{"1c-contacts.yaml", "1c-orders.yaml"} {
		files[name] = page(t, "mappings/"+name)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return crm, func(args ...string) (int, string, string) {
		return call(t.Context(), allCommands, append([]string{"--lang", "en", "--config", filepath.Join(dir, "syncd.yaml")}, args...)...)
	}
}

// Two exports that are met in the field, their headers to the letter, go with the
// mapping of plain orders.
func TestThePlainOrdersTakeTheHeadersThatAreThere(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"Выгрузка_ЗаказыПокупателей": "Ссылка;ДокументОснование;Автор;Номенклатура;Количество;ЕдиницаИзмерения;Цена;ХозОперация;Проведен;Дата;Контрагент;Код",
		"Выгрузка_Реализация":        "Ссылка;ДокументОснование;Автор;Номенклатура;Количество;ЕдиницаИзмерения;Цена;ХозОперация;Проведен;Дата;Контрагент;РС_ЗаказНаряд;Код",
	} {
		cells := map[string]string{
			"Ссылка": "Заказ покупателя № 00000000852 от 28.06.2026 (проведен)", "Номенклатура": "Фильтр; масляный", "Количество": "2", "Цена": "4\u00a0780.00",
			"Проведен": "Да", "Дата": "28.06.2026 12:57:12", "Контрагент": "Вереск ООО", "Код": "00000000852",
		}
		var row []string
		for column := range strings.SplitSeq(header, ";") {
			row = append(row, `"`+cells[column]+`"`)
		}
		dir := t.TempDir()
		for file, content := range map[string]string{
			"key": "secret", "1c-orders-plain.yaml": page(t, "mappings/1c-orders-plain.yaml"),
			"clients.yaml": "version: 1\nentity: client\nuid: {column: Наименование, encode: hash}\nfields: {title: {column: Наименование}}\n",
			"clients.csv":  "Наименование;ИНН\nВереск ООО;\n", "orders.csv": "\ufeff" + header + "\n" + strings.Join(row, ";") + "\n",
			"syncd.yaml": `version: 1
listen: ""
state: state.db
crm: {main: {base_url: 'https://crm.example.ru', login: sync@example.ru, apikey: {file: key}}}
sources: {clients: {csv: {path: clients.csv, snapshot: full}}, orders: {csv: {path: orders.csv, snapshot: full}}}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: clients.yaml}
  orders: {entity: deal, crm: main, source: orders, mapping: 1c-orders-plain.yaml, after: [clients]}
`,
		} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		code, out, diagnostics := call(t.Context(), allCommands, "--lang", "en", "--config", filepath.Join(dir, "syncd.yaml"), "check", "orders")
		if code != exitDone || !strings.Contains(out, "fit together") || !strings.Contains(out, "1 usable") {
			t.Errorf("%s: exit code %d\n%s%s", name, code, out, diagnostics)
		}
	}
}
