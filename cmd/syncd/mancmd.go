package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"syncd/internal/message"
)

// newMan makes the manual pages of the packages. It is hidden: those who have it
// have the pages too.
func newMan(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:    "man --dir DIR",
		Hidden: true,
		Short:  a.say(phrase{"write the manual pages", "записать страницы руководства"}),
		Long: a.say(phrase{
			"Writes a manual page for each command, in English to DIR/man1 and in Russian to DIR/ru/man1.\n" +
				"Their date is that of SOURCE_DATE_EPOCH.",
			"Пишет страницу руководства для каждой команды: английские — в ПАПКУ/man1, русские — в ПАПКУ/ru/man1.\n" +
				"Дата берётся из SOURCE_DATE_EPOCH.",
		}),
		Example: "  syncd man --dir dist/man",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if dir == "" {
				return usageError(message.UsageBadFlag, message.S("command", "syncd man"), message.S("cause", "--dir DIR is missing"))
			}
			for lang, sub := range map[message.Lang]string{message.English: "man1", message.Russian: "ru/man1"} {
				if err := a.writeManual(filepath.Join(dir, sub), lang); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", a.say(phrase{"`DIR` to write to", "`ПАПКА`, куда писать"}))
	return cmd
}

// writeManual writes the pages of all commands in a language.
func (a *app) writeManual(dir string, lang message.Lang) error {
	const forAll, folder = 0o644, 0o755
	if err := os.MkdirAll(dir, folder); err != nil {
		return fmt.Errorf("manual: %w", err)
	}
	speaker := &app{stdio: a.stdio, getenv: a.getenv, lang: lang}
	info, _ := debug.ReadBuildInfo()
	m := manual{app: speaker, date: manDate(a.getenv("SOURCE_DATE_EPOCH")), version: buildOf(info).Version}
	root := newRoot(speaker, allCommands(speaker)...)
	for _, cmd := range visible(root) {
		file := filepath.Join(dir, pageName(cmd)+".1")
		if err := os.WriteFile(file, []byte(m.page(cmd)), forAll); err != nil {
			return fmt.Errorf("manual: %w", err)
		}
	}
	return nil
}

// visible is a command and all below it that help shows.
func visible(cmd *cobra.Command) []*cobra.Command {
	out := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			out = append(out, visible(sub)...)
		}
	}
	return out
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manDate is the day of a Unix time; none when it is not one.
func manDate(epoch string) string {
	n, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(n, 0).UTC().Format(time.DateOnly)
}

// manual writes pages of one language.
type manual struct {
	*app

	date, version string
}

// page is the text of a command's page, for groff's man macros.
func (m manual) page(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1 \"%s\" \"syncd %s\" \"syncd\"\n.nh\n.ad l\n", roff(strings.ToUpper(pageName(cmd))), m.date, roff(m.version))
	section := func(p phrase, body string) {
		if body != "" {
			b.WriteString(".SH " + m.say(p) + "\n" + body)
		}
	}
	section(phrase{"NAME", "ИМЯ"}, roff(pageName(cmd))+` \- `+roff(cmd.Short)+"\n")
	section(phrase{"SYNOPSIS", "ВЫЗОВ"}, asTyped(m.synopsis(cmd)))
	section(phrase{"DESCRIPTION", "ОПИСАНИЕ"}, paragraphs(m.description(cmd)))
	section(phrase{"COMMANDS", "КОМАНДЫ"}, commandList(cmd))
	section(phrase{"OPTIONS", "ФЛАГИ"}, m.options(cmd.NonInheritedFlags()))
	section(phrase{"EXAMPLES", "ПРИМЕРЫ"}, asTyped(cmd.Example))
	if cmd.HasParent() {
		section(phrase{"SEE ALSO", "СМ. ТАКЖЕ"}, m.say(phrase{
			".BR syncd (1)\nhas the flags of every command, the exit codes, files and variables.\n",
			".BR syncd (1):\nфлаги любой команды, коды завершения, файлы и переменные.\n",
		}))
		return b.String()
	}
	section(phrase{"EXIT STATUS", "КОДЫ ЗАВЕРШЕНИЯ"}, m.exits())
	section(phrase{"FILES", "ФАЙЛЫ"}, m.terms(manFiles))
	section(phrase{"ENVIRONMENT", "ПЕРЕМЕННЫЕ ОКРУЖЕНИЯ"}, m.terms(manVariables))
	section(phrase{"SEE ALSO", "СМ. ТАКЖЕ"}, seeCommands(cmd))
	return b.String()
}

func (m manual) synopsis(cmd *cobra.Command) string {
	if cmd.HasParent() && cmd.Runnable() {
		return m.useLine(cmd)
	}
	return cmd.CommandPath() + m.say(phrase{" COMMAND [flags]", " КОМАНДА [флаги]"})
}

// description is the long text of a command; that of the root ends with the
// exit codes, which have a section of their own here.
func (m manual) description(cmd *cobra.Command) string {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	if !cmd.HasParent() {
		text, _, _ = strings.Cut(text, "\n\n")
	}
	return text
}

func (m manual) options(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		b.WriteString(".TP\n" + `\fB` + roff(name) + `\fR`)
		if value != "" {
			b.WriteString(` \fI` + roff(value) + `\fR`)
		}
		b.WriteString("\n" + roff(usage) + "\n")
	})
	return b.String()
}

func (m manual) exits() string {
	var b strings.Builder
	for _, row := range exitTable {
		fmt.Fprintf(&b, ".TP\n\\fB%d\\fR\n%s\n", row.code, roff(message.Text(m.lang, row.meaning)))
	}
	return b.String()
}

// explained is a name with its meaning in both languages.
type explained struct {
	name    string
	meaning phrase
}

var manFiles = []explained{
	{"/etc/syncd/syncd.yaml", phrase{
		"the configuration, when there is no ./syncd.yaml; all keys: /usr/share/doc/syncd/config.example.yaml",
		"настройки, если нет ./syncd.yaml; все ключи: /usr/share/doc/syncd/config.example.yaml",
	}},
	{"/etc/syncd/credentials/", phrase{"secrets, one file for each (mode 0640, group syncd)", "секреты, по одному файлу (права 0640, группа syncd)"}},
	{"/var/lib/syncd/state.db", phrase{"the state: an SQLite database; its views are described in /usr/share/doc/syncd/docs/state.md", "база состояния (SQLite); её представления описаны в /usr/share/doc/syncd/docs/state.md"}},
	{"/usr/share/syncd/mappings/", phrase{"ready mappings", "готовые описания полей"}},
	{"/usr/share/doc/syncd/exchange.conf.example", phrase{"opens further folders to the service", "открывает службе другие папки"}},
}

var manVariables = []explained{
	{"CREDENTIALS_DIRECTORY", phrase{"where secrets are looked for first; systemd sets it", "где секреты ищутся сначала; задаёт systemd"}},
	{"STATE_DIRECTORY", phrase{"the folder of the state when the configuration names none; systemd sets it", "папка базы состояния, если в настройках её нет; задаёт systemd"}},
	{"LANG", phrase{"the language of messages when neither --lang nor the configuration names one", "язык сообщений, если его нет ни в --lang, ни в настройках"}},
}

func (m manual) terms(list []explained) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(".TP\n\\fI" + roff(t.name) + "\\fR\n" + roff(m.say(t.meaning)) + "\n")
	}
	return b.String()
}

func commandList(cmd *cobra.Command) string {
	var b strings.Builder
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
			b.WriteString(".TP\n\\fB" + roff(pageName(sub)) + "\\fR(1)\n" + roff(sub.Short) + "\n")
		}
	}
	return b.String()
}

func seeCommands(root *cobra.Command) string {
	pages := visible(root)[1:]
	lines := make([]string, len(pages))
	for i, cmd := range pages {
		lines[i] = ".BR " + roff(pageName(cmd)) + " (1)"
	}
	return strings.Join(lines, ",\n") + "\n"
}

// asTyped sets lines as they are.
func asTyped(text string) string {
	if text == "" {
		return ""
	}
	return ".nf\n" + roff(strings.Trim(text, "\n")) + "\n.fi\n"
}

// paragraphs sets text whose lines are sentences and whose empty lines divide it.
func paragraphs(text string) string {
	return roff(strings.TrimSpace(text)) + "\n"
}

// roff takes the meaning that groff would see away from a text's characters.
func roff(text string) string {
	lines := strings.Split(strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
