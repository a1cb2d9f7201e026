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

func TestShippedMappingsPassTheirTests(t *testing.T) {
	var out strings.Builder
	report, err := mapping.RunTests("../../mappings", &out)
	if err != nil {
		t.Fatal(err)
	}
	if report.Tests < 10 || len(report.Failures) > 0 {
		t.Fatalf("%d tests, failures:\n%s", report.Tests, out.String())
	}
}

const tinyMapping = head + "skip: [Группа]\nfields:\n  title: {column: Имя}\n  phone: {column: Тел}\n  user: {column: Кто, when: add}\nrecv:\n  castInn: {column: ИНН, type: inn}\n"

// suiteFolder writes a mapping and its tests.
func suiteFolder(t *testing.T, tests string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"m.yaml": tinyMapping, "m_test.yaml": tests} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAFailedMappingTestSaysWhereAndWhat(t *testing.T) {
	dir := suiteFolder(t, `version: 1
users: [ivanov@example.ru]
tests:
  - name: right
    row: {Ссылка: a, Имя: Ромашка, Кто: ivanov@example.ru}
    add: {uid: zklycewkdo64v6wcggzzui64ju, title: Ромашка, user: ivanov@example.ru}
  - name: wrong values
    row: {Ссылка: a, Имя: Ромашка, Тел: "84951234567", ИНН: "7707083890"}
    update:
      title: Верба
      phone: [84951234567]
      address: Москва
  - name: not rejected
    row: {Ссылка: a, Имя: Ромашка}
    reject: {title: required}
  - name: rejected for another reason
    row: {Имя: Ромашка}
    reject: {title: required}
  - name: out of scope by another rule
    row: {Ссылка: a, Группа: Да}
    out_of_scope: where
  - name: an unknown owner
    row: {Ссылка: a, Имя: Ромашка, Кто: petrov@example.ru}
    add: {uid: zklycewkdo64v6wcggzzui64ju, title: Ромашка}
  - name: a warning that does not come
    row: {Ссылка: a, Имя: Ромашка}
    add: {uid: zklycewkdo64v6wcggzzui64ju, title: Ромашка}
    warnings:
      recv.castInn: check-digit
`)
	var out strings.Builder
	report, err := mapping.RunTests(dir, &out)
	if err != nil {
		t.Fatal(err)
	}
	if report.Files != 1 || report.Tests != 7 || len(report.Failures) != 6 {
		t.Errorf("%d files, %d tests, %d failures", report.Files, report.Tests, len(report.Failures))
	}
	file := filepath.Join(dir, "m_test.yaml")
	want := strings.ReplaceAll(`FAIL @:7: wrong values
  @:10: update: title is "Ромашка", want "Верба"
  @:12: update: address is not sent, want "Москва"
  @:7: update: recv.castInn is "7707083890", and the test does not expect it
  @:7: warning recv.castInn: check-digit, and the test does not expect it
FAIL @:13: not rejected
  @:13: the row is in scope, want rejected
FAIL @:16: rejected for another reason
  @:18: rejected for uid: key-empty, want title: required
FAIL @:19: out of scope by another rule
  @:21: out of scope by "skip: Группа", want "where"
FAIL @:22: an unknown owner
  @:22: add: user "petrov@example.ru" is not among the test's users
FAIL @:25: a warning that does not come
  @:29: warning recv.castInn: check-digit is missing
`, "@:", file+":")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAColumnThatTheMappingDoesNotReadIsAMistakeOfTheTest(t *testing.T) {
	dir := suiteFolder(t, `version: 1
tests:
  - name: misspelt
    row: {ССЫЛКА: a, И мя: Ромашка, ИННН: "7707083893"}
    add: {uid: zklycewkdo64v6wcggzzui64ju, title: Ромашка}
  - name: unread
    row:
      Ссылка: a
      Имя: Ромашка
      Регион: Тест
    add: {uid: zklycewkdo64v6wcggzzui64ju, title: Ромашка}
`)
	report, err := mapping.RunTests(dir, nil)
	var errs mapping.Errors
	if !errors.As(err, &errs) || report.Tests != 0 {
		t.Fatalf("%d tests run, %v", report.Tests, err)
	}
	want := strings.ReplaceAll(`@:4:37: tests[0].row.ИННН: the mapping reads no such column; it reads "ИНН"
@:10:7: tests[1].row.Регион: the mapping reads no such column`, "@", filepath.Join(dir, "m_test.yaml"))
	if diff := cmp.Diff(want, errs.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestTestFilesThatCannotBeRun(t *testing.T) {
	if _, err := mapping.RunTests(t.TempDir(), nil); !errors.Is(err, mapping.ErrNoTests) {
		t.Error(err)
	}
	if _, err := mapping.RunTests(filepath.Join(t.TempDir(), "x_test.yaml"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for tests, want := range map[string]string{
		"version: 1\ntests:\n  - row: {А: б}\n": "m_test.yaml:3:5: tests[0]: expects nothing",
		"version: 1\ntests: []\n":               "holds no test",
		"version: 1\ntest: []\n":                `did you mean "tests"?`,
		"version: 1\ntimezone: Moscow\ntests: [{row: {А: б}, deleted: true}]\n": "unknown time zone",
		"version: 1\nmapping: n.yaml\ntests: [{row: {А: б}, deleted: true}]\n":  "n.yaml",
	} {
		_, err := mapping.RunTests(suiteFolder(t, tests), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", tests, err, want)
		}
	}
}
