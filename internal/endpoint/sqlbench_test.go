package endpoint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

// BenchmarkRead reads the same 100 000 clients, of the mapping and with the columns
// of an export of 1C, from a file and from a query.
func BenchmarkRead(b *testing.B) {
	const rows = 100_000
	shipped, err := os.ReadFile("../../mappings/1c-clients.yaml")
	if err != nil {
		b.Fatal(err)
	}
	m, err := mapping.Parse("1c-clients.yaml", shipped)
	if err != nil {
		b.Fatal(err)
	}
	columns := m.Columns()
	table, text := make([][]any, rows), new(strings.Builder)
	text.WriteString(strings.Join(columns, ";") + "\n")
	for i := range rows {
		cells := make([]string, len(columns))
		table[i] = make([]any, len(columns))
		for k, c := range columns {
			cells[k] = cellOf(c, i)
			table[i][k] = cells[k]
		}
		text.WriteString(strings.Join(cells, ";") + "\n")
	}
	settled := func() func(record.Fingerprint, int) bool {
		return func(record.Fingerprint, int) bool { return true }
	}
	path := filepath.Join(b.TempDir(), "clients.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for name, side := range map[string]engine.Source{
		"file": endpoint.NewCSV(endpoint.CSVConfig{Path: path, Shown: "clients.csv", Full: true}, m, nil),
		"query": endpoint.NewSQL(endpoint.SQLConfig{Shown: "sources.clients", Full: true, Now: time.Now, Options: source.SQLOptions{
			Driver: source.SQLite, DSN: tableOf(b, columns, table), Query: "SELECT * FROM clients",
		}}, m),
	} {
		for rate, known := range map[string]engine.Known{"mapped": {}, "known": {Row: settled}} {
			b.Run(name+"/"+rate, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					n := 0
					_, err := side.Read(b.Context(), known, func(batch []engine.Incoming) error {
						n += len(batch)
						return nil
					})
					if err != nil || n < rows {
						b.Fatal(n, err)
					}
				}
				b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			})
		}
	}
}

// cellOf is a cell of a column of the shipped mapping.
func cellOf(column string, i int) string {
	switch column {
	case "Ссылка":
		return fmt.Sprintf("%08x-2b1c-11ec-9c8f-2e17c3fe701f", i)
	case "Наименование", "НаименованиеПолное":
		return fmt.Sprintf("ООО Ромашка-%d", i)
	case "ЮрФизЛицо":
		return "ЮрЛицо"
	case "ИНН":
		return "7707083893"
	case "КПП":
		return "770701001"
	case "Телефон":
		return fmt.Sprintf("+7 495 %07d", i)
	case "ЭлектроннаяПочта":
		return fmt.Sprintf("info%d@example.ru", i)
	case "ДатаСоздания":
		return "31.01.2026 9:15:00"
	case "ЭтоГруппа", "ПометкаУдаления":
		return "Нет"
	case "ФактическийАдрес", "ЮридическийАдрес":
		return fmt.Sprintf("г. Травинск, ул. Тихая, д. %d", i)
	}
	return ""
}
