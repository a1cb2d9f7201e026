package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/message"
)

// globalFlags are the flags that every command has.
type globalFlags struct {
	config   string
	lang     string
	logLevel string // empty: the configuration's
	json     bool
}

// phrase is a piece of help in both languages.
type phrase struct{ en, ru string }

// say is the phrase in the user's language.
func (a *app) say(p phrase) string { return p.in(a.lang) }

func (p phrase) in(lang message.Lang) string {
	if lang == message.Russian {
		return p.ru
	}
	return p.en
}

// allCommands lists the commands of the program, in the order of help.
func allCommands(a *app) []*cobra.Command {
	return []*cobra.Command{
		newRun(a), newCheck(a), newAdopt(a), newPlan(a), newStatus(a), newShow(a), newHolds(a), newResolve(a), newRejects(a), newRuns(a), newReport(a), newResume(a), newServe(a), newState(a), newNotify(a),
		newInit(a), newTest(a), newSchema(a), newDemo(a), newEmulate(a), newVersion(a), newCompletion(a),
		newMan(a),
	}
}

func newRoot(a *app, subcommands ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   "syncd",
		Short: a.say(phrase{"keeps a SalesMan CRM and the exports of an accounting system in agreement", "держит в согласии CRM SalesMan и выгрузки учётной системы"}),
		Long: a.say(phrase{
			"syncd keeps a SalesMan CRM and the exports of an accounting system (1C) in agreement.",
			"syncd держит в согласии CRM SalesMan и выгрузки учётной системы (1С).",
		}) + "\n\n" + a.say(phrase{"Exit codes:", "Коды завершения:"}) + "\n" + exitHelp(a.lang),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
		PersistentPreRunE: func(*cobra.Command, []string) error {
			a.ownConfig = namedConfig(a.flags.config)
			return a.checkFlags()
		},
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SuggestionsMinimumDistance = 2 // two edits: one transposition
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetUsageFunc(a.printUsage)
	root.SetHelpFunc(a.printHelp)
	root.AddCommand(subcommands...)
	root.SetHelpCommand(newHelp(a))
	a.addFlags(root)
	a.markBegin(root)
	return root
}

func (a *app) addFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.flags.config, "config", "", a.say(phrase{
		"configuration `FILE` (default ./syncd.yaml, then /etc/syncd/syncd.yaml)",
		"`ФАЙЛ` с настройками (по умолчанию ./syncd.yaml, затем /etc/syncd/syncd.yaml)",
	}))
	flags.StringVar(&a.flags.lang, "lang", "", a.say(phrase{
		"`ru|en`: the language of messages (default: the configuration's, else LANG's)",
		"`ru|en`: язык сообщений (по умолчанию — из настроек, затем из LANG)",
	}))
	flags.StringVar(&a.flags.logLevel, "log-level", "", a.say(phrase{
		"`debug|info|warn|error` (default: the configuration's)",
		"`debug|info|warn|error` (по умолчанию — из настроек)",
	}))
	flags.BoolVar(&a.flags.json, "json", false, a.say(phrase{"print data as JSON", "выводить данные в JSON"}))
	flags.BoolP("help", "h", false, a.say(phrase{"show this help", "показать эту справку"}))
}

func (a *app) checkFlags() error {
	for _, flag := range []struct {
		name, value string
		words       []string
	}{
		{"lang", a.flags.lang, []string{"ru", "en"}},
		{"log-level", a.flags.logLevel, []string{"debug", "info", "warn", "error"}},
	} {
		if flag.value != "" && !slices.Contains(flag.words, flag.value) {
			return usageError(message.UsageBadFlag, message.S("command", "syncd"),
				message.S("cause", "--"+flag.name+" takes one of: "+strings.Join(flag.words, ", ")))
		}
	}
	return nil
}

// markBegin notes that a command was reached, so that an error before is known
// to be about the command line.
func (a *app) markBegin(cmd *cobra.Command) {
	if inner := cmd.RunE; inner != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			a.began = true
			return inner(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		a.markBegin(sub)
	}
}

func newHelp(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "help [" + a.say(phrase{"command", "команда"}) + "]",
		Short: a.say(phrase{"help for a command", "справка о команде"}),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), strings.Join(args, " "))
			}
			return found.Help()
		},
	}
}

func unknownCommand(root *cobra.Command, name string) error {
	if near := root.SuggestionsFor(name); len(near) > 0 {
		return usageError(message.UsageMisspelled, message.S("command", name), message.S("near", near[0]))
	}
	return usageError(message.UsageUnknownCommand, message.S("command", name))
}
