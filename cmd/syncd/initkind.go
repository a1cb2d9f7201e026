package main

import (
	"slices"
	"strings"
	"unicode"

	"syncd/internal/message"
)

// exportKind is what an export holds besides clients, as its column names tell.
type exportKind struct {
	what   phrase
	sample string     // the ready mapping that fits it, or has the section for it
	needs  [][]string // of each, the export has a column of one of these names
}

// exportKinds are told apart in this order. The names are as folded leaves them.
func exportKinds() []exportKind {
	order := []string{"заказссылка", "заказ", "заказпокупателя", "сделка", "сделкассылка", "order", "orderid"}
	invoice := []string{"счетссылка", "счет", "счетнаоплату", "номерсчета", "invoice", "invoiceid"}
	client := []string{"контрагентссылка", "контрагент", "владелец", "владелецссылка", "клиент", "покупатель", "партнер", "client", "customer"}
	sum := []string{"суммадокумента", "сумма", "суммаплатежа", "суммаоплаты", "sum", "amount", "total"}
	return []exportKind{
		{
			phrase{"orders with their lines", "заказов со строками"},
			"mappings/1c-orders.yaml",
			[][]string{{"номенклатура", "товар", "артикул", "product", "item"}, {"количество", "quantity", "qty"}, {"цена", "price"}},
		},
		{phrase{"payments of invoices", "оплат счетов"}, "mappings/1c-orders.yaml (payments)", [][]string{invoice, sum}},
		{phrase{"invoices of orders", "счетов по заказам"}, "mappings/1c-orders.yaml (invoices)", [][]string{order, sum}},
		{phrase{"orders", "заказов"}, "mappings/1c-orders.yaml", [][]string{client, sum, {"номер", "код", "number"}}},
		{
			phrase{"contacts of clients", "контактных лиц"},
			"mappings/1c-contacts.yaml (contacts)",
			[][]string{client, {"контактноелицо", "фамилия", "фио", "contact", "person"}},
		},
	}
}

// noClients is the fault of an export that holds something else than clients; nil when
// it may hold them. Who has an ИНН is a client.
func (a *app) noClients(file string, columns []string) error {
	has := map[string]string{}
	for _, c := range columns {
		has[foldedColumn(c)] = c
	}
	if slices.ContainsFunc([]string{"инн", "иннкпп", "кпп", "наименованиеполное", "юрфизлицо", "inn"}, func(name string) bool { return has[name] != "" }) {
		return nil
	}
	for _, kind := range exportKinds() {
		var by []string
		for _, names := range kind.needs {
			if i := slices.IndexFunc(names, func(name string) bool { return has[name] != "" }); i >= 0 {
				by = append(by, quoted(has[names[i]]))
			}
		}
		if len(by) == len(kind.needs) {
			return fault(exitUsage, nil, message.InitNoClients, message.S("file", file), message.S("what", a.say(kind.what)),
				message.S("columns", strings.Join(by, ", ")), message.S("sample", kind.sample))
		}
	}
	return nil
}

// foldedColumn is a column's name without what people vary.
func foldedColumn(name string) string {
	return strings.ReplaceAll(strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, name), "ё", "е")
}
