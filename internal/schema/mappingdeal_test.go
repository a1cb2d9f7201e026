package schema_test

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/schema"
)

const smallDeal = `version: 1
entity: deal
uid: {column: Код, encode: guid}
client: {column: К, job: clients}
fields:
  title: {column: Имя}
  kol: {column: Сумма}
step: {column: Этап}
close: {when: 'Этап == "100"', status_close: {const: Победа}}
lines: {title: {column: Т}, kol: {column: К}, price: {column: Ц}}
invoices: {of: {column: К}, id: {column: И}, invoice: {column: Н}, summa: {column: С}}
payments: {of_invoice: {column: Н}, id: {column: И}, summa: {column: С}}
`

// As TestSchemaAndProgramAgreeOnMappings, of deals.
func TestSchemaAndProgramAgreeOnDeals(t *testing.T) {
	t.Parallel()
	text, err := schema.Mapping(message.English)
	s := compiled(t, text, err)
	const (
		client, step = "client: {column: К, job: clients}", "step: {column: Этап}"
		kol          = "kol: {column: Сумма}"
		closing      = "close: {when: 'Этап == \"100\"', status_close: {const: Победа}}"
		lines        = "lines: {title: {column: Т}, kol: {column: К}, price: {column: Ц}}"
		invoices     = "invoices: {of: {column: К}, id: {column: И}, invoice: {column: Н}, summa: {column: С}}"
		payments     = "payments: {of_invoice: {column: Н}, id: {column: И}, summa: {column: С}}"
	)
	for _, c := range []struct {
		line, by string
		good     bool
	}{
		{"version: 1", "version: 1", true},
		{client, "", false},
		{client, "client: {column: К}", false},
		{client, "client: {column: К, job: clients, encode: hash, prefix: ut}", true},
		{client, "client: {column: К, job: clients, by: number}", false},
		{client, client + "\npayer: {column: П, job: clients}", true},
		{client, client + "\nrecv: {castInn: {column: ИНН}}", false},
		{client, client + "\ncontacts: {id: {column: И}, person: {column: К}}", false},
		{"title: {column: Имя}", "", false},
		{kol, "kol: {column: Сумма, format: ','}", true},
		{kol, "kol: {column: Сумма, owner: crm, on_empty: clear}", true},
		{kol, "direction: {column: Н, values: {а: б}, unmapped: pass}", true},
		{kol, "direction: {column: Н, on_empty: clear}", false},
		{kol, "tip: {column: Н, dictionary: known}", false},
		{kol, "input5: {column: Н}", true},
		{kol, "phone: {column: Н}", false},
		{kol, "step: {column: Н}", false},
		{step, "step: {column: Этап, values: {а: 40}, owner: source, when: add}", true},
		{step, "step: {column: Этап, on_empty: clear}", false},
		{step, "step: {}", false},
		{closing, "", true},
		{closing, "close: {when: 'Этап == \"100\"'}", false},
		{closing, "close: {status_close: {const: Победа}}", false},
		{closing, "close: {when: 'Этап == \"100\"', status_close: {const: Победа}, marga: {column: М}, kol_fact: {column: Ф}, des_fact: {column: Д}}", true},
		{closing, "close: {when: 'Этап == \"100\"', status_close: {const: Победа, owner: crm}}", false},
		{lines, "", true},
		{lines, "lines: {title: {column: Т}, kol: {column: К}}", false},
		{lines, "lines: {when: add, check_sum: off, artikul: {column: А}, edizm: {const: шт}, price_in: {column: З}, nds: {const: 20}, dop: {const: 1}, title: {column: Т}, kol: {column: К}, price: {column: Ц}}", true},
		{lines, "lines: {check_sum: maybe, title: {column: Т}, kol: {column: К}, price: {column: Ц}}", false},
		{lines, "lines: {source: x, title: {column: Т}, kol: {column: К}, price: {column: Ц}}", false},
		{lines, "lines: {of: {column: Д}, title: {column: Т}, kol: {column: К}, price: {column: Ц}}", false},
		{lines, "lines: {source: x, of: {column: Д}, title: {column: Т}, kol: {column: К}, price: {column: Ц}}", true},
		{lines, "lines: {title: {column: Т, when: add}, kol: {column: К}, price: {column: Ц}}", false},
		{lines, "lines: {title: {column: Т}, kol: {column: К}, price: {column: Ц}, summa: {column: С}}", false},
		{invoices, "", false},
		{payments, "", true},
		{invoices, "invoices: {id: {column: И}, invoice: {column: Н}, summa: {column: С}}", false},
		{invoices, "invoices: {of: {column: К}, invoice: {column: Н}, summa: {column: С}}", false},
		{invoices, "invoices: {of: {column: К}, id: {column: И}, summa: {column: С}}", false},
		{invoices, "invoices: {of: {column: К, encode: guid}, id: {column: И, encode: guid, hex: db}, source: s, skip: [П], where: 'Н != \"\"', deleted_when: 'Н == \"x\"', invoice: {column: Н}, date: {column: Д}, date_plan: {column: Д}, summa: {column: С}, nds: {column: С}, contract: {column: Н}, tip: {const: а}, rs: {const: 1}}", true},
		{invoices, "invoices: {of: {column: К}, id: {column: И, hex: db}, invoice: {column: Н}, summa: {column: С}}", false},
		{invoices, "invoices: {of: {column: К}, id: {column: И}, invoice: {column: Н, owner: crm}, summa: {column: С}}", false},
		{payments, "payments: {of_invoice: {column: Н, by: id}, id: {column: И}, summa: {column: С}, date_do: {column: Д}}", true},
		{payments, "payments: {of_invoice: {column: Н, by: name}, id: {column: И}, summa: {column: С}}", false},
		{payments, "payments: {of_invoice: {column: Н, encode: hash}, id: {column: И}, summa: {column: С}}", false},
		{payments, "payments: {of: {column: Н}, id: {column: И}, summa: {column: С}}", false},
	} {
		agree(t, s, smallDeal, c.line, c.by, c.good)
	}
	for _, c := range []struct {
		by   string
		good bool
	}{
		{"contacts: {id: {column: И}, person: {column: К}}", true},
		{"contacts: {id: {column: И}, person: {column: К, on_empty: clear}}", false},
		{"contacts: {id: {column: И}, tel: {column: К}}", false},
		{"contacts: {person: {column: К}}", false},
		{"contacts: {source: s, of: {column: К}, id: {column: И}, rows: merge, skip: [П], person: {column: К}, ptitle: {column: К}, tel: {column: К, owner: crm}, mob: {column: К}, fax: {column: К}, mail: {column: К}, rol: {column: К}, input1: {column: К}}", true},
		{"contacts: {rows: several, id: {column: И}, person: {column: К}}", false},
		{"lines: {title: {column: Т}, kol: {column: К}, price: {column: Ц}}", false},
		{"step: {column: Этап}", false},
	} {
		agree(t, s, smallMapping, "uid: {column: Код}", "uid: {column: Код}\n"+c.by, c.good)
	}
}

// agree replaces one line of a mapping and asks both what they say of it.
func agree(t *testing.T, s *jsonschema.Schema, small, line, by string, good bool) {
	t.Helper()
	if strings.Count(small, line) != 1 {
		t.Fatalf("%q is not once in the mapping", line)
	}
	file := strings.Replace(small, line, by, 1)
	_, program := mapping.Parse("m.yaml", []byte(file))
	if err := refuses(t, s, file); (err == nil) != good || (program == nil) != good {
		t.Errorf("%q\n  schema: %v\n  program: %v", by, err, program)
	}
}
