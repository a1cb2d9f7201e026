package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What docs/1c.md tells to do fits together: its configuration loads, and an
// export with the columns that its code writes, and the closing line that it
// asks for, is one that the shipped mapping takes.
func TestThePageAboutExportsFitsTheMapping(t *testing.T) {
	t.Parallel()
	text := page(t, "docs/1c.md")
	block := regexp.MustCompile("(?s)## syncd.yaml for this export\n\n```yaml\n(.*?)```").FindStringSubmatch(text)
	list := regexp.MustCompile(`(?s)Функция ИменаКолонок\(\)(.*?)КонецФункции`).FindStringSubmatch(text)
	if block == nil || list == nil {
		t.Fatal("the page lacks its configuration or its columns")
	}
	var columns []string
	for _, part := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(list[1], -1) {
		columns = append(columns, strings.Split(strings.Trim(part[1], ","), ",")...)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"key": "secret",
		"syncd.yaml": "version: 1\nlisten: \"\"\nstate: state.db\ncrm:\n  main: {base_url: 'https://crm.example.ru', login: sync@example.ru, apikey: {file: key}}\n\n" +
			strings.Replace(block[1], "/srv/syncd/inbox/", "", 1),
		"mappings/1c-clients.yaml": page(t, "mappings/1c-clients.yaml"),
		"clients_20261122_093000.csv": "\ufeff\"" + strings.Join(columns, `";"`) + "\"\n" +
			strings.Repeat(`"";`, len(columns)-1) + "\"\"\nВсего строк: 1\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, diagnostics := call(t.Context(), allCommands, "--lang", "en", "--config", filepath.Join(dir, "syncd.yaml"), "check")
	if code != exitDone || !strings.Contains(out, "fit together") {
		t.Fatalf("exit code %d\n%s%s", code, out, diagnostics)
	}
	idle := regexp.MustCompile(`columns that go nowhere: (.*)`).FindStringSubmatch(out)
	if want := "Код, Регион, Менеджер, Комментарий"; idle == nil || idle[1] != want {
		t.Errorf("columns that go nowhere: %q, want %s", idle, want)
	}
}
