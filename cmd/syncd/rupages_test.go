package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
)

const (
	russianReadme     = "README.ru.md"
	russianStart      = "docs/ru/quickstart.md"
	russian1C         = "docs/ru/1c.md"
	russianOperations = "docs/ru/operations.md"
)

func russianPages() []string {
	return []string{russianReadme, russianStart, russian1C, russianOperations}
}

var (
	fence   = regexp.MustCompile("(?ms)^```(sh|bash|yaml|ini)\n(.*?)^```")
	comment = regexp.MustCompile(`(^|\s)# .*$`)
)

// typedBlocks are the blocks of a page that people type or copy, without what is said
// in them for people: comments, and the language of the messages.
func typedBlocks(text string) []string {
	var out []string
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		lines := []string{m[1]}
		for line := range strings.Lines(m[2]) {
			line = strings.TrimRight(comment.ReplaceAllString(strings.TrimRight(line, "\n"), ""), " ")
			if line != "" && line != "lang: ru" {
				lines = append(lines, line)
			}
		}
		out = append(out, strings.Join(lines, "\n"))
	}
	return out
}

// The Russian page is typed into no shell of its own: what it tells to type is
// what README.md tells, which is.
func TestTheRussianPagesTellToTypeTheSame(t *testing.T) {
	t.Parallel()
	for russian, english := range map[string]string{russianReadme: "README.md", russianOperations: operationsPage} {
		want := typedBlocks(page(t, english))
		if len(want) < 10 {
			t.Errorf("%s: only %d blocks were found", english, len(want))
		}
		if d := cmp.Diff(want, typedBlocks(page(t, russian))); d != "" {
			t.Errorf("%s (-) and %s (+):\n%s", english, russian, d)
		}
	}
}

// What the five minutes show as output is what the English page shows, and the
// test of that one sees, in the words that the program has for it in Russian.
func TestTheRussianFiveMinutesShowWhatComesOut(t *testing.T) {
	t.Parallel()
	en := section(t, page(t, "README.md"), "Five minutes from nothing to a synced client")
	ru := section(t, page(t, russianReadme), "Пять минут: от нуля до первого клиента")
	inRussian := map[string]string{}
	for _, o := range outcomePhrases {
		inRussian[o.en] = o.ru
	}
	quiet := &engine.Report{}
	quiet.Rows.Read = 1
	same := strings.Split((&app{lang: message.Russian}).reportText(quiet), "\n")
	for i, line := range strings.Split((&app{lang: message.English}).reportText(quiet), "\n") {
		inRussian[strings.TrimSpace(line)] = strings.TrimSpace(same[i])
	}
	var want, got []string
	for _, line := range strings.Split(strings.Join(blocksOf(en, "text"), ""), "\n") {
		n, text, numbered := strings.Cut(strings.TrimSpace(line), "  ")
		if !numbered {
			n, text = "", strings.TrimSpace(line)
		}
		if text != "" && inRussian[text] == "" {
			t.Errorf("the program never says %q", text)
		}
		want = append(want, strings.TrimSpace(n+"  "+inRussian[text]))
	}
	for _, line := range strings.Split(strings.Join(blocksOf(ru, "text"), ""), "\n") {
		got = append(got, strings.TrimSpace(line))
	}
	if d := cmp.Diff(want, got); d != "" || len(want) < 7 {
		t.Errorf("the program (-) and the page (+):\n%s", d)
	}
}

func TestTheRussianReadmeShowsTheExitCodesAndCommands(t *testing.T) {
	t.Parallel()
	want := make([][2]string, 0, len(exitTable))
	for _, row := range exitTable {
		want = append(want, [2]string{strconv.Itoa(row.code), message.Text(message.Russian, row.meaning)})
	}
	text := page(t, russianReadme)
	if d := cmp.Diff(want, firstCells(t, text, "Коды завершения")); d != "" {
		t.Errorf("exit.go (-) and %s (+):\n%s", russianReadme, d)
	}
	names := func(rows [][2]string) (out []string) {
		for _, row := range rows {
			out = append(out, row[0])
		}
		return out
	}
	english := names(firstCells(t, page(t, "README.md"), "Commands")) // which another test holds to the help
	if d := cmp.Diff(english, names(firstCells(t, text, "Команды"))); d != "" {
		t.Errorf("README.md (-) and %s (+):\n%s", russianReadme, d)
	}
}

// The promise is quoted in the words that count, once.
func TestTheRussianReadmeQuotesThePromise(t *testing.T) {
	t.Parallel()
	var quoted []string
	for line := range strings.Lines(page(t, russianReadme)) {
		if text, ok := strings.CutPrefix(line, "> "); ok {
			quoted = append(quoted, strings.Fields(strings.ReplaceAll(text, "`", ""))...)
		}
	}
	if d := cmp.Diff(guarantee, strings.Join(quoted, " ")); d != "" {
		t.Error(d)
	}
}

// The Russian page about operations has the sections, the tables and the lists
// of the English one, in its order: what is added there is missed here.
func TestTheRussianPageOfOperationsFollowsTheEnglishOne(t *testing.T) {
	t.Parallel()
	if d := cmp.Diff(outline(page(t, operationsPage)), outline(page(t, russianOperations))); d != "" {
		t.Errorf("%s (-) and %s (+):\n%s", operationsPage, russianOperations, d)
	}
}

// outline is a page without its words: the levels of its headings, and what is
// the same in every language of the rows of its tables and the points of its lists.
func outline(text string) []string {
	var out []string
	span := regexp.MustCompile("`[^`]*`")
	cell := regexp.MustCompile(`^\| (.*?) \|(?: (page|ticket) \|)?`)
	blocks := regexp.MustCompile("(?ms)^```.*?^```")
	for line := range strings.Lines(blocks.ReplaceAllString(text, "")) {
		switch {
		case strings.HasPrefix(line, "#"):
			level, _, _ := strings.Cut(line, " ")
			out = append(out, level)
		case strings.HasPrefix(line, "* "), regexp.MustCompile(`^\d\. `).MatchString(line):
			out = append(out, line[:2])
		case strings.HasPrefix(line, "|"):
			m := cell.FindStringSubmatch(line)
			if m == nil {
				out = append(out, "| broken")
				continue
			}
			out = append(out, "| "+strings.Join(span.FindAllString(m[1], -1), " ")+" "+m[2])
		}
	}
	return out
}

// onlyInRussian begins the one piece of code that the English page lacks.
const onlyInRussian = "// Внешняя обработка: "

// The code of the Russian page is that of the English one, to the letter.
func TestTheRussianPageAbout1CHasTheSameCode(t *testing.T) {
	t.Parallel()
	english := blocksOf(page(t, "docs/1c.md"), "bsl")
	russian := blocksOf(page(t, russian1C), "bsl")
	found := 0
	for _, block := range russian {
		switch {
		case slices.Contains(english, block):
			found++
		case !strings.HasPrefix(block, onlyInRussian):
			t.Errorf("docs/1c.md has no such code:\n%s", block)
		}
	}
	if found < 6 {
		t.Errorf("only %d pieces of code were found", found)
	}
	code := strings.Join(russian, "")
	for _, m := range regexp.MustCompile(`(?m)^ {4}(\p{L}+)\(\);`).FindAllStringSubmatch(code, -1) {
		if !strings.Contains(code, "Процедура "+m[1]+"(") {
			t.Errorf("%s is called, and is nowhere", m[1])
		}
	}
}

// Pieces of mappings on the Russian pages go into the shipped one.
func TestTheMappingsOfTheRussianPagesLoad(t *testing.T) {
	t.Parallel()
	tried := 0
	for _, name := range russianPages() {
		for _, block := range blocksOf(page(t, name), "yaml") {
			if !ofAMapping(block) {
				continue
			}
			tried++
			whole := parsedYAML(t, page(t, "mappings/1c-clients.yaml"))
			overlay(whole, parsedYAML(t, block))
			text, err := yaml.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := mapping.Parse(name, text); err != nil {
				t.Errorf("%s: %v\n%s", name, err, block)
			}
		}
	}
	if tried == 0 {
		t.Error("no piece was found")
	}
}

func ofAMapping(block string) bool {
	return regexp.MustCompile(`(?m)^(uid|clid|fields|recv):`).MatchString(block)
}

// Each command that the Russian pages tell to type is there, with its flags.
func TestTheCommandsOfTheRussianPagesAreThere(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{russianReadme: 40, russianStart: 25, russian1C: 2, russianOperations: 40} {
		if seen := commandsAreThere(t, name); seen < least {
			t.Errorf("%s: only %d commands were found", name, seen)
		}
	}
}

// commandsAreThere looks up the commands that a page tells to type, and their
// flags, and counts them.
func commandsAreThere(t *testing.T, name string) (seen int) {
	t.Helper()
	root := &cobra.Command{Use: "syncd"}
	root.AddCommand(allCommands(&app{getenv: noEnv, lang: message.English})...)
	text := page(t, name)
	code := strings.Join(blocksOf(text, "sh"), "") + strings.Join(blocksOf(text, "bash"), "")
	for _, m := range regexp.MustCompile("`((?:sudo )?syncd [^`]*)`").FindAllStringSubmatch(text, -1) {
		code += m[1] + "\n"
	}
	for _, m := range regexp.MustCompile(`(?m)(?:^|^\./|sudo |&& )syncd ([a-z][^\n|#&]*)`).FindAllStringSubmatch(code, -1) {
		words := strings.Fields(m[1])
		if words[0] == "help" {
			continue
		}
		command, rest, err := root.Find(words)
		if err != nil || command == root {
			t.Errorf("%s: there is no command syncd %s", name, m[1])
			continue
		}
		seen++
		if command.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
			t.Errorf("%s: syncd %s has no %s", name, command.Name(), rest[0])
		}
		for _, w := range rest {
			flag, isFlag := strings.CutPrefix(w, "--")
			flag, _, _ = strings.Cut(flag, "=")
			if isFlag && !hasFlag(command, flag) {
				t.Errorf("%s: syncd %s has no --%s", name, command.Name(), flag)
			}
		}
	}
	return seen
}

// Every code that the Russian pages name is one that the program says.
func TestTheCodesOfTheRussianPagesAreThere(t *testing.T) {
	t.Parallel()
	for _, name := range append(russianPages(), operationsPage) {
		for _, code := range regexp.MustCompile(`SYNC-\d{4}`).FindAllString(page(t, name), -1) {
			if !slices.Contains(message.Codes(), message.Code(code)) {
				t.Errorf("%s: there is no %s", name, code)
			}
		}
	}
}
