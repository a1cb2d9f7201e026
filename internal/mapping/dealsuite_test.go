package mapping_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/mapping"
)

// runSuite writes a mapping and its tests, runs them, and gives what was printed,
// without the names of the files.
func runSuite(t *testing.T, yaml, tests string) (mapping.TestReport, string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"m.yaml": yaml, "m_test.yaml": tests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	report, err := mapping.RunTests(dir, &out)
	return report, strings.ReplaceAll(out.String(), filepath.Join(dir, "m_test.yaml")+":", "@:"), err
}

const suiteRow = `{Заказ: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Контрагент: 0a1b2c3d-0000-11db-a9b0-00055d49b45e, Номер: "5", СуммаДокумента: "%s", Номенклатура: %s, Количество: "2", Цена: "10"}`

func suiteRowOf(sum, title string) string {
	return strings.Replace(strings.Replace(suiteRow, "%s", sum, 1), "%s", title, 1)
}

func TestTestsOfDeals(t *testing.T) {
	report, out, err := runSuite(t, wholeDeal, `version: 1
users: [ivanov@example.ru]
tests:
  - name: two lines
    rows:
      - `+suiteRowOf("40", "Труба")+`
      - `+suiteRowOf("40", "Кран")+`
    add:
      uid: tvoeelmmjqi5xknqaacv2snuly
      client: ueahwvmmizqkwqzcr7baaaaaaa
      title: Заказ 5
      kol: "40"
      direction: Основное
      lines: [" | Труба | 2 | 10 | ", " | Кран | 2 | 10 | "]
  - name: the same
    rows: [`+suiteRowOf("40", "Труба")+`]
    reject: {kol: sum-differs}
  - name: another head
    rows: [`+suiteRowOf("40", "Труба")+`, `+suiteRowOf("41", "Труба")+`]
    reject: {kol: head-differs}
  - name: an invoice
    part: invoices
    row: {Ссылка: s1, ЗаказСсылка: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Номер: 12, Дата: 1.3.2026, Сумма: "10,50"}
    add: {deal: tvoeelmmjqi5xknqaacv2snuly, invoice: 12, date: 2026-03-01, summa: "10.50"}
  - name: a payment that is not posted
    part: payments
    row: {Ссылка: p1, Счет: 12, Сумма: 1, Проведен: Нет}
    out_of_scope: where
  - name: an update
    row: `+suiteRowOf("20", "Труба")+`
    update: {client: x, title: Заказ 5, datum_plan: "", kol: "21", direction: Основное, payer: "", step: "40"}
`)
	if err != nil || report.Tests != 6 || len(report.Failures) != 2 {
		t.Fatalf("%d tests, %d failures, %v", report.Tests, len(report.Failures), err)
	}
	uid, err := mapping.EncodeUID(clientGUID, mapping.IdentitySpec{Encode: mapping.EncodeGUID})
	if err != nil {
		t.Fatal(err)
	}
	want := `FAIL @:4: two lines
  @:10: add: client is "` + uid + `", want "ueahwvmmizqkwqzcr7baaaaaaa"
FAIL @:29: an update
  @:31: update: client is "` + uid + `", want "x"
  @:31: update: kol is "20", want "21"
  @:31: update: step is not sent, want "40"
  @:29: update: lines is [" | Труба | 2 | 10 | "], and the test does not expect it
`
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
}

func TestTestsOfLinesOfAnotherSource(t *testing.T) {
	report, out, err := runSuite(t, dealHead+`fields: {title: {column: Номер}, kol: {column: Сумма}}
lines: {source: order-lines, of: {column: Док}, title: {column: Товар}, kol: {column: Кол}, price: {column: Цена}}
`, `tests:
  - name: whole
    row: {Заказ: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Контрагент: a, Номер: 5, Сумма: 30}
    lines: [{Док: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Товар: Труба, Кол: 3, Цена: 10}]
    reject: {client: key-form}
  - name: a line without a price
    row: {Заказ: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Контрагент: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Номер: 5, Сумма: 30}
    lines: [{Док: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Товар: Труба, Кол: 3}]
    reject: {lines.price: required}
  - name: a line of another
    row: {Заказ: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Контрагент: 9d5c422d-8c4c-11db-a9b0-00055d49b45e, Номер: 5}
    lines: [{Док: 9d5c422d-8c4c-11db-a9b0-00055d49b45f, Товар: Труба, Кол: 3, Цена: 1}]
    add: {uid: tvoeelmmjqi5xknqaacv2snuly}
`)
	if err != nil || report.Tests != 3 || len(report.Failures) != 1 || !strings.Contains(out, "a line is of another record") {
		t.Errorf("%d tests, %v\n%s", report.Tests, err, out)
	}
}

func TestTestsOfMergedContacts(t *testing.T) {
	report, out, err := runSuite(t, clientWithContacts, `tests:
  - part: contacts
    rows:
      - {Владелец: c1, Контакт: p1, Имя: Анна, Вид: Телефон, Представление: "84950001701"}
      - {Владелец: c1, Контакт: p1, Имя: Анна, Вид: Телефон, Представление: "84950001702"}
    add: {client: f3a5tqvhckk2ijdbzv5eoorbue, person: Анна, tel: ["84950001701", "84950001702"]}
  - part: contacts
    rows: [{Владелец: c1, Контакт: p1}, {Владелец: c1, Контакт: p1}]
    reject: {person: required}
  - part: contacts
    rows: [{Владелец: c1, Контакт: p1, Имя: Анна}, {Владелец: c1, Контакт: p2, Имя: Анна}]
    reject: {person: required}
`)
	if err != nil || report.Tests != 3 || len(report.Failures) != 2 || !strings.Contains(out, "two records") || strings.Contains(out, "tel") {
		t.Errorf("%d tests, %v\n%s", report.Tests, err, out)
	}
}

func TestMistakesInTestsOfDeals(t *testing.T) {
	_, _, err := runSuite(t, wholeDeal, `tests:
  - {part: invoces, row: {Ссылка: 1}, deleted: true}
  - {part: payments, row: {Ссылка: 1, Номер: 2}, deleted: true}
  - {part: payments, rows: [{Ссылка: 1}, {Ссылка: 1}], deleted: true}
  - {row: {Заказ: 1}, lines: [{Док: 1}], deleted: true}
`)
	var errs mapping.Errors
	if !errors.As(err, &errs) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range errs {
		got = append(got, strings.TrimPrefix(e.Error(), e.File+":"))
	}
	want := []string{
		`2:12: tests[0].part: the mapping has no part "invoces"; did you mean "invoices"?`,
		`3:39: tests[1].row.Номер: the mapping reads no such column`,
		`4:5: tests[2].rows: every row of this mapping is a record: one row a test`,
		`5:5: tests[3].lines: the mapping has no lines of another source`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
