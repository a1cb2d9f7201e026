package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

func TestEveryMistakeAboutADealIsReportedAtOnceWithItsPlace(t *testing.T) {
	_, err := mapping.Parse("m.yaml", []byte(`version: 1
entity: deal
uid: {column: Заказ, encode: guid, prefix: ut}
clent: {column: К}
payer: {column: П, encode: hash, prefix: "'"}
fields:
  title: {column: Имя, on_empty: clear}
  kol: {column: Сумма, type: text}
  datum_plan: {column: Дата, type: datetime}
  step: {const: 40}
  phone: {column: Т}
  tip: {const: Продажа, dictionary: known, on_empty: clear}
  input1: {column: А, max_length: 600}
step: {}
close: {wen: x, status_close: {const: Победа, owner: crm}, kol_fact: {column: Ф, when: add}}
recv: {castInn: {column: ИНН}}
lines: {of: {column: Д}, title: {column: Т, max_length: 256}, kol: {column: К, type: int}, when: later, check_sum: no}
invoices: {of: {column: Д, encode: raw}, id: {column: С, hex: db}, invoice: {column: Н, max_length: 21}, summa: {column: С, on_empty: clear}, rows: merge}
payments: {of_invoice: {column: С, by: name, encode: hash}, summa: {column: С, required: maybe}}
`))
	want := []string{
		`m.yaml:1:1: client: is missing; the CRM refuses a deal without a client`,
		`m.yaml:4:1: clent: unknown key; did you mean "client"?`,
		`m.yaml:5:8: payer: job: is missing: the job whose records are meant`,
		`m.yaml:5:42: payer.prefix: must not hold quotes, backslashes, control or exotic characters`,
		`m.yaml:7:3: fields.title: a title is never cleared: the CRM could not show the deal any more`,
		`m.yaml:8:24: fields.kol.type: the CRM keeps decimal here; leave the type out or say decimal`,
		`m.yaml:9:30: fields.datum_plan.type: the CRM keeps date here; leave the type out or say date`,
		`m.yaml:10:3: fields.step: cannot be mapped: the stage has its own key: step: {column: …}`,
		`m.yaml:11:3: fields.phone: unknown key`,
		`m.yaml:12:25: fields.tip.dictionary: goes with the CRM's lists (territory, idcategory, clientpath, tip_cmr) only`,
		`m.yaml:12:44: fields.tip.on_empty: the CRM has no empty tip`,
		`m.yaml:13:35: fields.input1.max_length: the CRM keeps 512 characters of this field`,
		`m.yaml:14:7: step: takes its value from nowhere: give one of column, columns, const, expr`,
		`m.yaml:15:8: close: when: is missing: the condition under which a deal is closed`,
		`m.yaml:15:9: close.wen: unknown key; did you mean "when"?`,
		`m.yaml:15:47: close.status_close.owner: cannot be said here: the CRM is sent this value once, or as a whole with others`,
		`m.yaml:15:82: close.kol_fact.when: cannot be said here: the CRM is sent this value once, or as a whole with others`,
		`m.yaml:16:1: recv: unknown key`,
		`m.yaml:17:8: lines: price: is missing; the CRM needs it in every line`,
		`m.yaml:17:13: lines.of: goes with source only: the rows of the deal itself are its lines`,
		`m.yaml:17:57: lines.title.max_length: the CRM keeps 255 characters of this field`,
		`m.yaml:17:80: lines.kol.type: the CRM keeps decimal here; leave the type out or say decimal`,
		`m.yaml:17:98: lines.when: "later" is none of add, always`,
		`m.yaml:17:116: lines.check_sum: "no" is none of reject, warn, off`,
		`m.yaml:18:16: invoices.of: makes other ids than uid does: encode and prefix must be the same`,
		`m.yaml:18:46: invoices.id.hex: goes with encode: guid only`,
		`m.yaml:18:101: invoices.invoice.max_length: the CRM keeps 20 characters of this field`,
		`m.yaml:18:125: invoices.summa.on_empty: cannot be said here: the CRM is sent this value once, or as a whole with others`,
		`m.yaml:18:143: invoices.rows: unknown key`,
		`m.yaml:19:11: payments: id: is missing: the column that tells its records apart`,
		`m.yaml:19:40: payments.of_invoice.by: "name" is none of number, id`,
		`m.yaml:19:46: payments.of_invoice.encode: goes with by: id only: a number is taken as it is`,
		`m.yaml:19:90: payments.summa.required: want true or false`,
	}
	var errs mapping.Errors
	if !errors.As(err, &errs) {
		t.Fatalf("%T: %v", err, err)
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestDealsThatCannotBe(t *testing.T) {
	const title = "fields: {title: {column: А}}\n"
	for _, c := range []struct{ name, yaml, want string }{
		{"no title", dealHead + "fields: {kol: {column: А}}\n", "the CRM refuses a deal without a name"},
		{"payments without invoices", dealHead + title + "payments: {of_invoice: {column: А}, id: {column: Б}, summa: {column: В}}\n", "m.yaml:6:11: payments: need invoices"},
		{"a payment by another id", dealHead + title + "invoices: {of: {column: А}, id: {column: А}, invoice: {column: А}, summa: {column: А}}\n" +
			"payments: {of_invoice: {column: А, by: id, encode: guid}, id: {column: Б}, summa: {column: В}}\n", "makes other ids than invoices.id does"},
		{"lines of nobody", dealHead + title + "lines: {source: x, title: {column: А}, kol: {column: А}, price: {column: А}}\n", "lines: of: is missing"},
		{"no status", dealHead + title + "close: {when: 'А == \"\"'}\n", "status_close: is missing"},
		{"a condition that is none", dealHead + title + "close: {when: 'А', status_close: {column: А}}\n", "m.yaml:6:15: close.when: expected bool"},
		{"an invoice of nobody", dealHead + title + "invoices: {id: {column: А}, invoice: {column: А}, summa: {column: А}}\n", "invoices: of: is missing"},
		{"a bad expression of a part", dealHead + title + "invoices: {of: {column: А}, id: {column: А}, where: 'А ==', invoice: {column: А}, summa: {column: А}}\n", "m.yaml:6:53: invoices.where: column"},
		{"contacts of deals", dealHead + title + "contacts: {id: {column: А}, person: {column: А}}\n", "contacts: unknown key"},
		{"lines of clients", head + title + "lines: {title: {column: А}}\n", "lines: unknown key"},
		{"contacts without a name", head + title + "contacts: {id: {column: А}}\n", "contacts: person: is missing"},
		{"contacts of others", head + title + "contacts: {id: {column: А}, of: {column: Б, encode: guid}, person: {column: А}}\n", "makes other ids than uid does"},
		{"a numeric id as a title", head + "fields: {title: {column: А}, territory: {const: 59}}\n", "an id of its list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mapping.Parse("m.yaml", []byte(c.yaml))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTheOrderOfSectionsDoesNotMatter(t *testing.T) {
	m := compiled(t, `payments: {summa: {column: Сумма}, id: {column: Ссылка}, of_invoice: {column: Счет, by: id}}
invoices: {summa: {column: Сумма}, invoice: {column: Номер}, id: {column: Ссылка, encode: guid}, of: {column: Док}}
lines: {price: {column: Цена}, title: {column: Товар}, kol: {column: Кол}}
fields: {title: {column: Имя}}
client: {job: clients, column: К}
uid: {column: Заказ, encode: guid, prefix: ut}
entity: deal
version: 1
`)
	if of := m.Part("invoices").References()[0].Encode; of.Encode != mapping.EncodeGUID || of.Prefix != "ut" {
		t.Errorf("%+v", of)
	}
	if of := m.Part("payments").References()[0]; of.Encode.Encode != mapping.EncodeGUID || of.By != mapping.RefUID {
		t.Errorf("%+v", of)
	}
	_, res := mapRow(t, m, map[string]string{"Заказ": orderGUID, "К": "1", "Имя": "Заказ", "Товар": "Труба", "Кол": "1", "Цена": "2"})
	if res.Line != "Труба | 1 | 2" {
		t.Errorf("%q %s", res.Line, said(res))
	}
}

func TestTheFingerprintOfADealIsItsMeaning(t *testing.T) {
	first := compiled(t, wholeDeal)
	prints := func(m *mapping.Mapping) [3]record.Fingerprint {
		return [3]record.Fingerprint{m.Fingerprint(), m.Part("invoices").Fingerprint(), m.Part("payments").Fingerprint()}
	}
	was := prints(first)
	for _, c := range []struct {
		name, old, by string
		changed       string // of deal, invoices, payments
	}{
		{"a comment", "fields:", "fields: # поля", ""},
		{"how it goes back", `format: ","`, `format: "."`, ""},
		{"where the invoices come from", "source: invoices", "source: other", ""},
		{"the job of the client", "job: clients}\npayer", "job: others}\npayer", "d"},
		{"the encoding of the client", "Контрагент, encode: guid", "Контрагент, encode: raw", "d"},
		{"the closing", `!= ""`, `== "да"`, "d"},
		{"what it is closed with", "column: СтатусЗакрытия}", "const: Победа}", "d"},
		{"a stage", "Согласован: 40", "Согласован: 20", "d"},
		{"a column of lines", "column: Цена", "column: ЦенаСоСкидкой", "d"},
		{"the rule of sums", "lines: {", "lines: {check_sum: warn, ", "d"},
		{"lines of adds", "lines: {", "lines: {when: add, ", "d"},
		{"the key of the deal", "uid: {column: Заказ, encode: guid}", "uid: {column: Заказ, encode: hash}", "di"},
		{"the number", "invoice: {column: Номер}", "invoice: {column: НомерСчета}", "i"},
		{"the key of invoices", "  id: {column: Ссылка}\n  invoice", "  id: {column: Ссылка, encode: guid}\n  invoice", "i"},
		{"what is paid", "of_invoice: {column: Счет}", "of_invoice: {column: Счет, by: id}", "p"},
		{"which payments", "yes(Проведен)", "not yes(Проведен)", "p"},
	} {
		if strings.Count(wholeDeal, c.old) != 1 {
			t.Fatalf("%s: %q stands there %d times", c.name, c.old, strings.Count(wholeDeal, c.old))
		}
		now, changed := prints(compiled(t, strings.Replace(wholeDeal, c.old, c.by, 1))), ""
		for i, letter := range []string{"d", "i", "p"} {
			if now[i] != was[i] {
				changed += letter
			}
		}
		if changed != c.changed {
			t.Errorf("%s: changed %q, want %q", c.name, changed, c.changed)
		}
	}
}
