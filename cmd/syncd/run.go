package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/config"
	"syncd/internal/message"
)

// stdio is where a command reads and writes: data on out, diagnostics on err.
type stdio struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// app is what every command shares: the outside world, the flags that all have,
// and the language. One app serves one call of run.
type app struct {
	stdio
	getenv    func(string) string
	flags     globalFlags
	lang      message.Lang
	screen    *screen        // the terminal that diagnostics go to; nil = they go elsewhere
	ownConfig string         // the configuration, as the commands that are printed have to name it; "" = they need not
	began     bool           // the command itself was reached: later errors are not wrong usage
	told      []string       // texts of tellOnce
	zone      *time.Location // of the first configuration that was loaded; nil = none was

	transport http.RoundTripper // to the CRMs and the web hooks; nil = each client's own
	now       func() time.Time  // the wall clock; nil = the machine's
}

// clock is the wall clock.
func (a *app) clock() func() time.Time {
	if a.now != nil {
		return a.now
	}
	return clock(a.getenv)
}

// zoned is a time in the configuration's zone; UTC while none was loaded.
func (a *app) zoned(t time.Time) time.Time {
	if a.zone != nil {
		return t.In(a.zone)
	}
	return t.UTC()
}

// commands makes the subcommands of an app.
type commands func(*app) []*cobra.Command

// run carries out one command line and returns its exit code. It does not touch
// the process: tests call it as main does.
func run(ctx context.Context, args []string, getenv func(string) string, std stdio) int {
	return runWith(ctx, args, getenv, std, allCommands)
}

func runWith(ctx context.Context, args []string, getenv func(string) string, std stdio, list commands) int {
	a := &app{stdio: std, getenv: getenv}
	if isTerminal(std.err) {
		a.screen = &screen{to: std.err}
		a.err = flowing{std.err, a.screen}
	}
	if isTerminal(std.out) {
		a.out = flowing{std.out, a.screen}
	}
	a.out, a.err = typing{a.out, a}, typing{a.err, a}
	a.lang = a.detectLang(args)
	root := newRoot(a, list(a)...)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.began {
		err = asUsage(err, cmd)
	}
	if err != nil && ctx.Err() != nil {
		err = &interruptedError{err}
	}
	a.report(err)
	return exitFor(err)
}

// config loads the configuration that the flags name. Its warnings go to the
// diagnostics at once.
func (a *app) config() (*config.Config, error) {
	path, err := config.FindPath(a.flags.config)
	if err != nil {
		return nil, err
	}
	c, err := config.Load(path, a.getenv)
	if err != nil {
		return nil, err
	}
	if err := derive(c); err != nil {
		return nil, err
	}
	if a.zone == nil { // a reload, beside runs, does not come here
		a.zone = c.Timezone.Location
	}
	for _, w := range slices.Concat(c.Warnings, c.OpenSecrets()) {
		a.tell(w)
	}
	return c, nil
}

// tell writes a finding about the configuration, with its code and place.
func (a *app) tell(e *config.Error) {
	told := *e
	told.Args = slices.Clone(e.Args)
	for i := range told.Args {
		if told.Args[i].Name == "cause" {
			told.Args[i].Text = usageCause(a.lang, told.Args[i].Text)
		}
	}
	a.tellOnce(string(e.Code) + " " + told.In(a.lang))
}

// tellOnce writes a text to the diagnostics: what stops several jobs is said once.
func (a *app) tellOnce(text string) {
	if !slices.Contains(a.told, text) {
		a.told = append(a.told, text)
		_, _ = fmt.Fprintln(a.err, text)
	}
}

// report writes an error where people look: what happened, what was done about
// it and what to do next, in their language.
func (a *app) report(err error) {
	var several *config.Errors
	var localized interface {
		In(lang message.Lang) string
	}
	var quiet *outcomeError
	switch {
	case err == nil || errors.As(err, &quiet):
		// The command has said it already.
	case errors.As(err, &several):
		for _, one := range several.List {
			a.tell(one)
		}
	case errors.As(err, &localized):
		if one, ok := localized.(*config.Error); ok {
			a.tell(one)
			return
		}
		a.tellOnce(localized.In(a.lang))
	default:
		_, _ = fmt.Fprintln(a.err, "syncd:", err)
	}
}

// detectLang is needed before the flags are parsed, because help is a flag too.
func (a *app) detectLang(args []string) message.Lang {
	if lang := flagValue(args, "lang"); lang != "" {
		return message.Detect(lang, "")
	}
	configured := ""
	if path, err := config.FindPath(flagValue(args, "config")); err == nil {
		configured = config.PeekLanguage(path)
	}
	// The order that the C library has for them.
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := a.getenv(name); value != "" {
			return message.Detect(configured, value)
		}
	}
	return message.Detect(configured, "")
}

func flagValue(args []string, name string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--"+name+"="); ok {
			return value
		}
		if arg == "--"+name && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
