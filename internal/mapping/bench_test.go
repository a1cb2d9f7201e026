package mapping_test

import (
	"testing"
	"time"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

// BenchmarkMap maps a full row of the shipped mapping: 20 columns, a name in
// quotes, two phones, check digits.
func BenchmarkMap(b *testing.B) {
	m, err := mapping.Load("../../mappings/1c-clients.yaml")
	if err != nil {
		b.Fatal(err)
	}
	row := map[string]string{
		"Ссылка": "9d5c422d-8c4c-11db-a9b0-00055d49b45e", "Наименование": `ООО "Ромашка-Торг"`,
		"НаименованиеПолное": "Общество с ограниченной ответственностью Ромашка-Торг", "ЮрФизЛицо": "ЮрЛицо", "ИНН": "7707083893", "КПП": "773601001",
		"ОГРН": "1027700132195", "КодПоОКПО": "00032537", "БИК": "044525225", "Банк": "Банк Осинка (АО)", "КоррСчет": "30101810400000000225",
		"РасчетныйСчет": "40702810117130002977", "Телефон": "+7 (495) 000-17-01", "МобильныйТелефон": "+7 (916) 000-17-01", "ЭлектроннаяПочта": "info@romashka.example.ru",
		"Сайт": "romashka.example.ru", "ЮридическийАдрес": "995602, Республика Травия, г. Степногорье, ул. Кленовый проезд, д. 238",
		"ФактическийАдрес": "992101, Заречный край, г. Травинск, ул. Тихая, д. 1", "ДатаСоздания": "07.02.2019 16:25:00", "ЭтоГруппа": "Нет", "ПометкаУдаления": "Нет",
	}
	header := m.Columns()
	cells := make([]string, len(header))
	for i, h := range header {
		cells[i] = row[h]
	}
	bind, err := m.Bind(header, mapping.Zones{Source: time.FixedZone("MSK", 3*3600)})
	if err != nil {
		b.Fatal(err)
	}
	var rec record.Record
	b.ReportAllocs()
	for b.Loop() {
		if res := bind.Map(cells, &rec); res.Kind != mapping.InScope {
			b.Fatal(res.Kind)
		}
	}
}
