package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"syncd/internal/message"
	"syncd/internal/source"
)

// The texts are taken from where they are made, so that one which is new or was
// reworded is noticed.
func TestEveryReasonAgainstAWayBackIsThereInRussian(t *testing.T) {
	t.Parallel()
	texts := map[string][]string{
		"../../internal/mapping/oneway.go":        {`return (?:fmt\.Sprintf\()?"([^"]+)"`},
		"../../internal/mapping/back.go":          {`Code\w+, "([^"]+)"\}`, `w\.code, "([^"]+)"\}`},
		"../../internal/endpoint/offeredcells.go": {`return nil, "([^"]+)"`},
		"../../internal/endpoint/csvout.go":       {`Why: "([^"]+)"`, `fmt\.Sprintf\("(a file[^"]+)"`},
		"../../internal/source/sqlsink.go":        {`SinkRefusal = "([^"]+)"`},
	}
	want := map[string]int{"oneway.go": 9, "back.go": 2, "offeredcells.go": 1, "csvout.go": 2, "sqlsink.go": 11}
	for file, patterns := range texts {
		found := textsIn(t, file, patterns)
		if name := file[strings.LastIndex(file, "/")+1:]; len(found) < want[name] {
			t.Errorf("%s: only %d texts found: %q", name, len(found), found)
		}
		for _, text := range found {
			if got := inRussian(text, backWordings); got == text || !cyrillic(got) {
				t.Errorf("%s: %q has no Russian wording", file, text)
			}
			if strings.HasSuffix(file, "sqlsink.go") {
				if got := inRussian(text+" (code 1)", backWordings); !strings.HasSuffix(got, " (code 1)") || !cyrillic(got) {
					t.Errorf("what the server said is lost: %q", got)
				}
			}
		}
	}
}

func TestErrorsOfDatabasesAreToldInRussian(t *testing.T) {
	t.Parallel()
	problem := regexp.MustCompile(`(SQL\w+)\s+SQLProblem = "([^"]+)"`)
	problems := 0
	for _, file := range []string{"../../internal/source/sqlerror.go", "../../internal/source/sqlsink.go"} {
		for _, m := range problem.FindAllStringSubmatch(readText(t, file), -1) {
			problems++
			if !cyrillic(sqlProblem(source.SQLProblem(m[2]))) {
				t.Errorf("%s has no Russian wording", m[1])
			}
		}
	}
	if problems != len(sqlProblems) {
		t.Errorf("%d reasons, %d wordings", problems, len(sqlProblems))
	}
	for file, least := range map[string]int{"sqldriver.go": 1, "sqlerror.go": 4, "sqlquery.go": 2, "sqlreader.go": 3, "sqlsink.go": 1, "sqlsinktable.go": 7} {
		found := textsIn(t, "../../internal/source/"+file, []string{
			`Detail: (?:fmt\.Sprintf\()?"([^"]+)"[,}]`, `fail\(SQL\w+, (?:""|[\w.]+), "([^"]+)"`, `func causeOf.*?return "([^"]+)"`, `\treturn "([a-z][^"]+ [^"]+)"`,
		})
		if len(found) < least {
			t.Errorf("%s: only %d texts found: %q", file, len(found), found)
		}
		for _, text := range found {
			if !cyrillic(inRussian(text, sqlWordings)) {
				t.Errorf("%s: %q has no Russian wording", file, text)
			}
		}
	}
	e := &source.SQLError{
		Name: "books", Driver: source.Postgres, Where: "db:5432/trade", Reason: source.SQLNoColumn, Column: "phone", Code: "42703",
		Detail: "table client lacks it; `syncd schema table` prints the statement that adds it",
	}
	for lang, want := range map[message.Lang]string{
		message.Russian: "books: postgres db:5432/trade: нет колонки: колонка «phone»: в таблице client её нет; готовую команду для её добавления печатает `syncd schema table` (42703)",
		message.English: e.Error(),
	} {
		if got := (&app{lang: lang}).sqlCause(e); got != want {
			t.Errorf("%s: %s\nwant %s", lang, got, want)
		}
	}
}

// textsIn are the texts of a file of the program, with their verbs filled in.
func textsIn(t *testing.T, file string, patterns []string) []string {
	t.Helper()
	text := readText(t, file)
	var out []string
	for _, p := range patterns {
		for _, m := range regexp.MustCompile(p).FindAllStringSubmatch(text, -1) {
			out = append(out, strings.NewReplacer("%q", `"Name"`, "%s", "name", "%U", "U+2615", `\"`, `"`).Replace(m[1]))
		}
	}
	return out
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
