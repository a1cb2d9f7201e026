package main

import (
	"strings"
	"testing"

	"syncd/internal/message"
	"syncd/mappings"
)

func TestInitTellsOtherExportsFromThoseOfClients(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		// those of docs/1c.md and of the example
		"Ссылка;Номер;Дата;КонтрагентСсылка;Контрагент;СуммаДокумента;Артикул;Номенклатура;Количество;Цена;Сумма": "orders with their lines",
		"Ссылка;ДокументОснование;Автор;Номенклатура;Количество;ЕдиницаИзмерения;Цена;Дата;Контрагент;Код":        "orders with their lines",
		"Ссылка;Номер;Дата;КонтрагентСсылка;Контрагент;Состояние;СуммаДокумента":                                  "an export of orders,",
		"Ссылка;Номер;Дата;ЗаказСсылка;Заказ;СрокОплаты;СуммаДокумента;СуммаНДС":                                  "invoices of orders",
		"Ключ;Номер;Дата;СчетСсылка;НомерСчета;Сумма;НазначениеПлатежа":                                           "payments of invoices",
		"Ссылка;Контрагент;КонтактноеЛицо;Фамилия;Имя;Вид;Представление":                                          "contacts of clients",
		"Ссылка;Код;Наименование;ИНН;КПП;НомерСчета;Контрагент;Сумма":                                             "",
		"Код;Наименование;Телефон;Контактное лицо":                                                                "",
		"name;phone;e-mail": "",
	} {
		err := (&app{lang: message.English}).noClients("x.csv", strings.Split(header, ";"))
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", header, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %s", header, err, want)
		}
	}
	for _, kind := range exportKinds() { // the sample is there, and has the section that is named
		file, section, _ := strings.Cut(strings.TrimSuffix(kind.sample, ")"), " (")
		text := map[string][]byte{"mappings/1c-orders.yaml": mappings.Orders, "mappings/1c-contacts.yaml": mappings.Contacts}[file]
		if !strings.Contains(string(text), "\n"+section+":") && section != "" || len(text) == 0 {
			t.Errorf("%s is not there", kind.sample)
		}
	}
}
