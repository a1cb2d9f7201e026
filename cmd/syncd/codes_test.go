package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
)

var updatePages = flag.Bool("update", false, "write the pages that are made from the program")

// The page of codes is made from the catalog, so it is complete and true; after a
// change of a text: go test ./cmd/syncd -run TestThePageOfCodes -update.
func TestThePageOfCodesIsTheCatalog(t *testing.T) {
	t.Parallel()
	for lang, name := range map[message.Lang]string{message.English: "docs/codes.md", message.Russian: "docs/ru/codes.md"} {
		want := codesPage(t, lang)
		file := filepath.Join(checkout, name)
		if *updatePages {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // a folder of the documentation
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil { //nolint:gosec // a page of the documentation
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s is not what the catalog says (%v); make it anew: go test ./cmd/syncd -run TestThePageOfCodes -update", name, err)
		}
	}
}

// codeAreas name the parts of the catalog, by the first two digits.
var codeAreas = []struct {
	digits string
	phrase
}{
	{"01", phrase{"Configuration", "Настройки"}},
	{"02", phrase{"Mappings, and rows that they reject", "Описания полей и строки, которые они отклоняют"}},
	{"03", phrase{"Sources: exports and queries", "Источники: выгрузки и запросы"}},
	{"04", phrase{"The CRM", "CRM"}},
	{"05", phrase{"Holds: records that wait for a decision", "Записи, которые ждут решения"}},
	{"06", phrase{"Guards: what stops a job", "Защиты: что останавливает задание"}},
	{"07", phrase{"The state database", "База состояния"}},
	{"08", phrase{"Runs and plans", "Запуски и планы"}},
	{"09", phrase{"Usage, exit codes, a first mapping", "Вызов команд, коды завершения, первое описание полей"}},
	{"10", phrase{"Adoption and marked files", "Сопоставление и размеченные файлы"}},
	{"11", phrase{"Write-back", "Передача обратно"}},
	{"13", phrase{"The service", "Служба"}},
	{"14", phrase{"Notifications", "Уведомления"}},
}

// exitSteps say what to do about an exit code.
var exitSteps = map[int]phrase{
	exitDone:        {"Nothing.", "Ничего."},
	exitFailure:     {"Read the message; `syncd status`, `syncd runs`. The next run settles what this one left.", "Прочитайте сообщение; `syncd status`, `syncd runs`. Начатое доведёт следующий запуск."},
	exitUsage:       {"`syncd COMMAND --help`", "`syncd КОМАНДА --help`"},
	exitPartial:     {"`syncd holds`, `syncd rejects`. For a service manager and for metrics this is a success.", "`syncd holds`, `syncd rejects`. Для systemd и метрик это успех."},
	exitPending:     {"`syncd run` carries them out.", "Выполнит `syncd run`."},
	exitHalted:      {"Look at `syncd plan JOB`; then the command of the message: `syncd resume JOB --allow …`.", "Посмотрите `syncd plan ЗАДАНИЕ`; затем команда из сообщения: `syncd resume ЗАДАНИЕ --allow …`."},
	exitLocked:      {"Wait: `syncd status` shows what is at work. `syncd run --wait` waits by itself.", "Подождите: `syncd status` покажет, кто работает. `syncd run --wait` дождётся сам."},
	exitSource:      {"Look at the export and at who writes it; the job goes on with the next good one.", "Проверьте выгрузку и то, что её пишет; со следующей исправной задание продолжит само."},
	exitCRM:         {"`syncd check --online`; the network, the CRM, the key. Nothing is lost meanwhile.", "`syncd check --online`; сеть, CRM, ключ. За это время ничего не теряется."},
	exitConfig:      {"`syncd check` names file, line and column. A service is not started again by itself.", "`syncd check` назовёт файл, строку и колонку. Служба сама не перезапускается."},
	exitInterrupted: {"`syncd run` settles what was begun.", "Начатое доведёт `syncd run`."},
}

// codesPage is the page in a language.
func codesPage(t *testing.T, lang message.Lang) string {
	t.Helper()
	p := &pageOfCodes{a: &app{lang: lang}, t: t}
	p.head()
	p.exits()
	p.guards()
	p.holds()
	p.codes()
	return p.b.String()
}

type pageOfCodes struct {
	a *app
	t *testing.T
	b strings.Builder
}

func (p *pageOfCodes) put(text phrase, args ...any) { fmt.Fprintf(&p.b, p.a.say(text)+"\n", args...) }

func (p *pageOfCodes) head() {
	p.put(phrase{
		`# Codes

<!-- Made from the catalog of messages: go test ./cmd/syncd -run TestThePageOfCodes -update -->

Every message of syncd has a code that never changes, says what happened, what syncd did about it and what to do
next. Here are all of them. {braces} stand for what the message names: a job, a file, a number.

[Exit codes](#exit-codes) · [Guards](#guards) · [Reasons of holds](#reasons-of-holds) · [Messages](#messages)
`,
		`# Коды

<!-- Сделано из каталога сообщений: go test ./cmd/syncd -run TestThePageOfCodes -update -->

У каждого сообщения syncd есть код, который никогда не меняется; сообщение говорит, что случилось, что syncd сделал
и что делать дальше. Здесь они все. В {скобках} — то, что сообщение называет: задание, файл, число.

[Коды завершения](#коды-завершения) · [Защиты](#защиты) · [Почему записи ждут решения](#почему-записи-ждут-решения) · [Сообщения](#сообщения)
`,
	})
}

func (p *pageOfCodes) exits() {
	p.put(phrase{"## Exit codes\n\n| code | meaning | what to do |\n| --- | --- | --- |", "## Коды завершения\n\n| код | смысл | что делать |\n| --- | --- | --- |"})
	for _, row := range exitTable {
		step, ok := exitSteps[row.code]
		if !ok {
			p.t.Errorf("exit code %d has no next step", row.code)
		}
		fmt.Fprintf(&p.b, "| %d | %s | %s |\n", row.code, cell(message.Text(p.a.lang, row.meaning)), p.a.say(step))
	}
	order := make([]string, 0, len(severity))
	for _, code := range severity {
		order = append(order, fmt.Sprint(code))
	}
	p.put(phrase{
		"\nOf several jobs the gravest counts: %s.\n", "\nИз нескольких заданий считается самый тяжёлый: %s.\n",
	}, strings.Join(order, ", "))
}

func (p *pageOfCodes) guards() {
	p.put(phrase{
		"## Guards\n\nA guard stops a job before anything is sent. Limits are set under `guards` of the job (`off` switches one off);\n" +
			"an allowance counts once and is recorded.\n\n| guard | what it found | what syncd did | what to do | code |\n| --- | --- | --- | --- | --- |",
		"## Защиты\n\nЗащита останавливает задание до того, как что-либо отправлено. Пределы задают в `guards` задания (`off` — выключить);\n" +
			"разрешение действует один раз и записывается.\n\n| защита | что нашла | что сделал syncd | что делать | код |\n| --- | --- | --- | --- | --- |",
	})
	for _, name := range message.GuardNames() {
		m := message.Pattern(p.a.lang, message.Guard(name))
		fmt.Fprintf(&p.b, "| `%s` | %s | %s | %s | %s |\n", name, cell(m.What), cell(m.Did), cell(m.Next), codeLink(m.Code))
	}
	p.b.WriteString("\n")
}

func (p *pageOfCodes) holds() {
	p.put(phrase{
		"## Reasons of holds\n\nA held record waits for a person; the rest goes on. All of them: `syncd holds`; of one reason: `syncd holds --reason R`.\n" +
			"Decide one with `syncd resolve JOB/UID --take …`, all of a reason with `syncd resolve JOB --reason R --take …`, many in a\n" +
			"spreadsheet with `syncd holds --out FILE` and `syncd resolve --from FILE`.\n\n| reason | what happened | `--take` | what to do | code |\n| --- | --- | --- | --- | --- |",
		"## Почему записи ждут решения\n\nТакая запись ждёт человека, остальные идут дальше. Все: `syncd holds`; по одной причине: `syncd holds --reason R`.\n" +
			"Решить одну — `syncd resolve ЗАДАНИЕ/UID --take …`, все с одной причиной — `syncd resolve ЗАДАНИЕ --reason R --take …`, много сразу —\n" +
			"в таблице: `syncd holds --out ФАЙЛ` и `syncd resolve --from ФАЙЛ`.\n\n| причина | что случилось | `--take` | что делать | код |\n| --- | --- | --- | --- | --- |",
	})
	for _, name := range message.HoldReasons() {
		m := message.Pattern(p.a.lang, message.Hold(name))
		takes := strings.Join(takesOf(&engine.Hold{Reason: reconcile.Reason(name)}), ", ")
		fmt.Fprintf(&p.b, "| `%s` | %s %s | %s | %s | %s |\n", name, cell(strings.TrimPrefix(m.What, "{job}/{uid}: ")), cell(m.Did),
			orDash(takes), cell(m.Next), codeLink(m.Code))
	}
	p.b.WriteString("\n")
}

func (p *pageOfCodes) codes() {
	p.put(phrase{"## Messages", "## Сообщения"})
	area := 0
	titled := ""
	for _, code := range message.Codes() {
		digits := strings.TrimPrefix(string(code), "SYNC-")[:2]
		for area < len(codeAreas) && codeAreas[area].digits != digits {
			area++
		}
		if area == len(codeAreas) {
			p.t.Fatalf("%s is of an area that has no title", code)
		}
		if titled != digits {
			titled = digits
			fmt.Fprintf(&p.b, "\n### %s (SYNC-%sxx)\n", p.a.say(codeAreas[area].phrase), digits)
		}
		m := message.Pattern(p.a.lang, code)
		fmt.Fprintf(&p.b, "\n#### %s\n\n%s", code, plainText(m.What))
		for _, part := range []string{m.Did, m.Next} {
			if part != "" {
				fmt.Fprintf(&p.b, "\\\n%s", plainText(part))
			}
		}
		p.b.WriteString("\n")
	}
}

// plainText keeps Markdown from reading marks into a text, but for code.
func plainText(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.NewReplacer("*", `\*`, "<", "&lt;", "[", `\[`, "]", `\]`).Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

// cell is a text in a table.
func cell(text string) string { return strings.ReplaceAll(plainText(text), "|", `\|`) }

func codeLink(code message.Code) string {
	return fmt.Sprintf("[%s](#%s)", code, strings.ToLower(string(code)))
}
