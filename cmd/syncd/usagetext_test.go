package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"syncd/internal/message"
)

// The complaints are made by the library itself, so that a new version of it
// that words them otherwise is noticed.
func TestRussianUsersGetComplaintsInRussian(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run --foo":                "флага --foo нет",
		"run -x":                   "флага -x нет",
		"run --=3":                 "флаг --=3 написан неверно",
		"run --limit":              "у флага --limit нет значения",
		"run --limit два":          "значение «два» флагу --limit не подходит",
		"resolve":                  "нужно ЗАДАНИЕ/UID, ЗАДАНИЕ --reason ПРИЧИНА или --from ФАЙЛ",
		"resolve a":                "нужно одно из двух: --take (source, crm, link, add, ignore, retry) или --set ЗНАЧЕНИЕ",
		"resolve a --take РЕШЕНИЕ": "--take бывает таким: source, crm, link, add, ignore, retry",
		"resolve a --field phone --set ЗНАЧЕНИЕ": "у --set не вписано значение",
		"show":           "нужно аргументов: 1, дано: 0",
		"resolve a b":    "аргументов бывает не больше 1, дано: 2",
		"version лишнее": "у команды syncd version нет аргумента «лишнее»",
	} {
		var out, diagnostics bytes.Buffer
		env := func(name string) string {
			if name == "LANG" {
				return "ru_RU.UTF-8"
			}
			return ""
		}
		code := run(t.Context(), strings.Fields(line), env, stdio{in: strings.NewReader(""), out: &out, err: &diagnostics})
		if code != exitUsage || !strings.Contains(diagnostics.String(), "Неверный вызов: "+want+".") {
			t.Errorf("%s: exit %d, %s", line, code, &diagnostics)
		}
	}
	if got := usageCause(message.Russian, "something else"); got != "something else" {
		t.Errorf("got %q", got)
	}
}

func TestOurOwnComplaintsHaveARussianWording(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		for _, cause := range textsIn(t, file, []string{`message\.S\("cause", "([^"]+)"\)`}) {
			found++
			if !cyrillic(usageCause(message.Russian, cause)) {
				t.Errorf("%s: %q has no Russian wording", file, cause)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d complaints found", found)
	}
}

func TestFlagsLineUpInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, lang := range []message.Lang{message.English, message.Russian} {
		for _, cmd := range commandsIn(lang) {
			a := &app{lang: lang}
			text := a.flagsText(cmd.LocalFlags())
			column := -1
			for line := range strings.Lines(text) {
				// where the second column begins: behind the last run of three blanks
				i := strings.LastIndex(line, "   ")
				at := utf8.RuneCountInString(line[:i])
				if column < 0 {
					column = at
				}
				if at != column {
					t.Errorf("%s/%s does not line up:\n%s", cmd.Name(), lang, text)
					break
				}
			}
			whole := a.usageText(cmd)
			if lang == message.Russian && (strings.Contains(whole, "[flags]") || strings.Contains(whole, "(default")) {
				t.Errorf("%s: English words in Russian help:\n%s", cmd.Name(), whole)
			}
		}
	}
}
