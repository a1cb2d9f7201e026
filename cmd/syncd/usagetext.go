package main

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"syncd/internal/message"
)

// usageText is how a command is used, in the user's language: the library's own
// text has English words in it, and lines up bytes instead of characters.
func (a *app) usageText(cmd *cobra.Command) string {
	var b strings.Builder
	section := func(p phrase, text string) {
		if text != "" {
			b.WriteString("\n" + a.say(p) + "\n" + strings.TrimRight(text, "\n") + "\n")
		}
	}
	b.WriteString(a.say(phrase{"Usage:", "Вызов:"}) + "\n")
	if cmd.Runnable() {
		b.WriteString("  " + a.useLine(cmd) + "\n")
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("  " + cmd.CommandPath() + a.say(phrase{" [command]", " [команда]"}) + "\n")
	}
	section(phrase{"Examples:", "Примеры:"}, cmd.Example)
	var commands strings.Builder
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			fmt.Fprintf(&commands, "  %-*s %s\n", c.NamePadding(), c.Name(), c.Short)
		}
	}
	section(phrase{"Commands:", "Команды:"}, commands.String())
	section(phrase{"Flags:", "Флаги:"}, a.flagsText(cmd.LocalFlags()))
	section(phrase{"Flags of every command:", "Флаги любой команды:"}, a.flagsText(cmd.InheritedFlags()))
	return b.String()
}

// useLine is the line of a command's use, with its placeholders in the language.
func (a *app) useLine(cmd *cobra.Command) string {
	line := cmd.UseLine()
	if a.lang != message.Russian {
		return line
	}
	return strings.NewReplacer("[flags]", "[флаги]", "JOB", "ЗАДАНИЕ", "--reason R", "--reason ПРИЧИНА", "FILE", "ФАЙЛ", "PATH", "ПУТЬ", "VALUE", "ЗНАЧЕНИЕ").Replace(line)
}

// printUsage is usageText for the library to call.
func (a *app) printUsage(cmd *cobra.Command) error {
	_, err := io.WriteString(cmd.OutOrStdout(), a.usageText(cmd))
	return err
}

// printHelp is what a command is for, and usageText, for the library to call.
func (a *app) printHelp(cmd *cobra.Command, _ []string) {
	text := strings.TrimSpace(cmp.Or(cmd.Long, cmd.Short))
	if a.onTerminal() {
		text = a.prose(inParagraphs(text), "")
	}
	_, _ = io.WriteString(cmd.OutOrStdout(), text+"\n\n"+a.usageText(cmd))
}

// goesOn is where a sentence goes on in the next line.
var goesOn = regexp.MustCompile(`([^\s.;:])\n([\p{Ll}])`)

// inParagraphs puts the lines of a text together in which a sentence goes on, so that
// they can be broken elsewhere.
func inParagraphs(text string) string { return goesOn.ReplaceAllString(text, "$1 $2") }

// flagsText lists flags in two columns.
func (a *app) flagsText(flags *pflag.FlagSet) string {
	var lefts, rights []string
	widest := 0
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		name, usage := pflag.UnquoteUsage(f)
		left := "      --" + f.Name
		if f.Shorthand != "" {
			left = "  -" + f.Shorthand + ", --" + f.Name
		}
		if name != "" {
			left += " " + name
		}
		switch f.DefValue {
		case "", "false", "0", "0s", "[]":
		default:
			usage += fmt.Sprintf(a.say(phrase{" (default %s)", " (по умолчанию %s)"}), f.DefValue)
		}
		widest = max(widest, utf8.RuneCountInString(left))
		lefts, rights = append(lefts, left), append(rights, usage)
	})
	var b strings.Builder
	for i, left := range lefts {
		line := left + strings.Repeat(" ", widest-utf8.RuneCountInString(left)+3) + rights[i] + "\n"
		if a.onTerminal() {
			line = brokenColumn(line, widest+3)
		}
		b.WriteString(line)
	}
	return b.String()
}

// usageCauses are the complaints of the command-line library, of the system about
// files, of the YAML library, and ours, in Russian.
var usageCauses = []wording{
	{regexp.MustCompile(`^unknown flag: (\S+)$`), "флага $1 нет"},
	{regexp.MustCompile(`^unknown shorthand flag: .* in (\S+)$`), "флага $1 нет"},
	{regexp.MustCompile(`^bad flag syntax: (\S+)$`), "флаг $1 написан неверно"},
	{regexp.MustCompile(`^flag needs an argument: .*?(--?[A-Za-z-]+)$`), "у флага $1 нет значения"},
	{regexp.MustCompile(`(?s)^invalid argument "(.*)" for "(?:-\w, )?(--[a-z-]+)" flag: .*$`), "значение «$1» флагу $2 не подходит"},
	{regexp.MustCompile(`^accepts (\d+) arg\(s\), received (\d+)$`), "нужно аргументов: $1, дано: $2"},
	{regexp.MustCompile(`^accepts at most (\d+) arg\(s\), received (\d+)$`), "аргументов бывает не больше $1, дано: $2"},
	{regexp.MustCompile(`^requires at least (\d+) arg\(s\), only received (\d+)$`), "нужно аргументов не меньше $1, дано: $2"},
	{regexp.MustCompile(`^--from FILE stands alone$`), "--from ФАЙЛ указывают без остального"},
	{regexp.MustCompile(`^JOB/UID, JOB --reason R, or --from FILE$`), "нужно ЗАДАНИЕ/UID, ЗАДАНИЕ --reason ПРИЧИНА или --from ФАЙЛ"},
	{regexp.MustCompile(`^one of (--take \(.*\)) and --set VALUE$`), "нужно одно из двух: $1 или --set ЗНАЧЕНИЕ"},
	{regexp.MustCompile(`^(--\S+) takes one of: (.*)$`), "$1 бывает таким: $2"},
	{regexp.MustCompile(`^--from FILE or --out FILE, not both$`), "--from ФАЙЛ или --out ФАЙЛ, но не вместе"},
	{regexp.MustCompile(`^--by-service goes with no other flag of run$`), "--by-service указывают без других флагов run"},
	{regexp.MustCompile(`^--dir DIR is missing$`), "не указана --dir ПАПКА"},
	{regexp.MustCompile(`^--yes needs --from FILE$`), "--yes бывает только вместе с --from ФАЙЛ"},
	{regexp.MustCompile(`(?s)^there is no reason (".*"); reasons: (.*)$`), "причины $1 нет; причины: $2"},
	{regexp.MustCompile(`^--set stands without its value$`), "у --set не вписано значение"},
	{regexp.MustCompile(`^--set needs --field$`), "--set бывает только вместе с --field"},
	{regexp.MustCompile(`^--listen (.*): an emulated CRM serves this machine alone .*$`), "--listen $1: учебная CRM работает только на этой машине (127.0.0.1)"},
	{regexp.MustCompile(`^--from FILE is missing$`), "не указан --from ФАЙЛ"},
	{regexp.MustCompile(`^config, mapping or mapping-test$`), "нужно одно из: config, mapping, mapping-test"},
	{regexp.MustCompile(`(?s)^(.*): no mapping tests found \(\*_test\.yaml\)$`), "в $1 нет проверок описаний полей (*_test.yaml)"},
	{regexp.MustCompile(`(?s)^find mapping tests: .* (.*): no such file or directory$`), "нет файла или папки $1"},
	{regexp.MustCompile(`^no such file or directory$`), "нет такого файла или папки"},
	{regexp.MustCompile(`^permission denied$`), "нет прав доступа"},
	{regexp.MustCompile(`^is a directory$`), "это папка"},
	{regexp.MustCompile(`^not a directory$`), "на пути не папка, а файл"},
	{regexp.MustCompile(`^(?:EOF|unexpected EOF|the file is cut off)$`), "файл обрывается"},
	{regexp.MustCompile(`^invalid character .*$`), "это не файл плана"},
	{regexp.MustCompile(`^mapping values are not allowed in this context$`), "двоеточие стоит не на месте"},
	{regexp.MustCompile(`^did not find expected key$`), "здесь ожидался ключ"},
	{regexp.MustCompile(`^did not find expected '-' indicator$`), "здесь ожидался дефис списка"},
	{regexp.MustCompile(`^did not find expected (?:node content|',' or '[\]}]')$`), "не закрыта скобка, или не хватает запятой"},
	{regexp.MustCompile(`^found character that cannot start any token$`), "с этого знака ничего не может начинаться"},
	{regexp.MustCompile(`^could not find expected ':'$`), "не хватает двоеточия"},
	{regexp.MustCompile(`^found a tab character (?:that violates indentation|where an indentation space is expected)$`), "в отступе табуляция"},
	{regexp.MustCompile(`^block sequence entries are not allowed in this context$`), "дефис списка стоит не на месте"},
	{regexp.MustCompile(`^found unknown escape character$`), "после обратной косой черты в кавычках стоит непонятный знак"},
	{regexp.MustCompile(`^did not find expected comment or line break$`), "после значения в строке стоит лишнее"},
	{regexp.MustCompile(`^did not find expected <document start>$`), "в начале файла стоит не то"},
	{regexp.MustCompile(`^found unexpected end of stream$`), "не закрыта кавычка"},
	{regexp.MustCompile(`^a second document \(---\)$`), "в файле второй документ (---)"},
	{regexp.MustCompile(`(?s)^unknown command "(.*)" for "(.*)"$`), "у команды $2 нет аргумента «$1»"},
	{regexp.MustCompile(`(?s)^invalid argument "(.*)" for "(.*)"$`), "у команды $2 нет аргумента «$1»"},
}

// usageCause is a complaint of the command-line library in a language; one that
// is not known stays as it is.
func usageCause(lang message.Lang, text string) string {
	if lang != message.Russian {
		return text
	}
	return inRussian(text, usageCauses)
}
