package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/config"
	"syncd/internal/message"
)

// The exit codes. They are public: scripts and the service manager read them.
const (
	exitDone        = 0
	exitFailure     = 1
	exitUsage       = 2
	exitPartial     = 3
	exitPending     = 4
	exitHalted      = 5
	exitLocked      = 6
	exitSource      = 7
	exitCRM         = 8
	exitConfig      = 78
	exitInterrupted = 130
)

// Errors of any package tell their class by one of these methods; the table
// below is the only place that turns a class into an exit code.
type (
	usageFault      interface{ Usage() bool }
	configFault     interface{ Misconfigured() bool } // configuration, mapping or state: the service must not restart on it
	haltFault       interface{ Halted() bool }
	lockFault       interface{ LockedBy() int } // the process that holds the lock
	sourceFault     interface{ NotReady() bool }
	crmFault        interface{ Unreachable() bool } // or refuses the credentials
	interruption    interface{ Interrupted() bool }
	partialOutcome  interface{ Partial() bool }
	pendingOutcome  interface{ Pending() bool }
	explicitOutcome interface{ ExitCode() int }
)

// exitRow is a line of the table: the code, its meaning and the errors it
// stands for.
type exitRow struct {
	code    int
	meaning message.Code
	match   func(error) bool // nil: by elimination
}

// exitTable is ordered as people read it.
var exitTable = []exitRow{
	{exitDone, message.ExitDone, nil},
	{exitFailure, message.ExitFailure, nil},
	{exitUsage, message.ExitUsage, is(usageFault.Usage)},
	{exitPartial, message.ExitPartial, is(partialOutcome.Partial)},
	{exitPending, message.ExitPending, is(pendingOutcome.Pending)},
	{exitHalted, message.ExitHalted, is(haltFault.Halted)},
	{exitLocked, message.ExitLocked, is(func(e lockFault) bool { return e.LockedBy() >= 0 })},
	{exitSource, message.ExitSource, is(sourceFault.NotReady)},
	{exitCRM, message.ExitCRM, is(crmFault.Unreachable)},
	{exitConfig, message.ExitConfig, is(configFault.Misconfigured)},
	{exitInterrupted, message.ExitInterrupted, is(interruption.Interrupted)},
}

// severity orders exit codes for a call that covered several jobs, and for an
// error that is of several classes: the first of these that occurs counts.
var severity = []int{
	exitInterrupted, exitUsage, exitConfig, exitHalted, exitCRM, exitSource, exitLocked,
	exitFailure, exitPartial, exitPending, exitDone,
}

func is[T any](holds func(T) bool) func(error) bool {
	return func(err error) bool {
		var as T
		return errors.As(err, &as) && holds(as)
	}
}

// exitFor is the exit code of a command that returned this error.
func exitFor(err error) int {
	if err == nil {
		return exitDone
	}
	var explicit explicitOutcome
	if errors.As(err, &explicit) {
		return explicit.ExitCode()
	}
	codes := []int{exitFailure}
	for _, row := range exitTable {
		if row.match != nil && row.match(err) {
			codes = append(codes, row.code)
		}
	}
	if len(codes) > 1 {
		codes = codes[1:] // it has a class, so it is no plain failure
	}
	return worstExit(codes...)
}

// worstExit is the exit code of a call whose jobs ended with these codes.
func worstExit(codes ...int) int {
	for _, code := range severity {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitFailure
}

// exitHelp is the table as help prints it.
func exitHelp(lang message.Lang) string {
	var b strings.Builder
	for _, row := range exitTable {
		fmt.Fprintf(&b, "  %3d  %s\n", row.code, message.Text(lang, row.meaning))
	}
	return b.String()
}

// outcomeError ends a command with an exit code other than 0 and no further
// text: the command has told the outcome itself.
type outcomeError struct{ code int }

func (e *outcomeError) Error() string { return fmt.Sprintf("exit %d", e.code) }

// ExitCode is the code to end with.
func (e *outcomeError) ExitCode() int { return e.code }

// interruptedError marks whatever a command returned after its context ended.
type interruptedError struct{ err error }

func (e *interruptedError) Error() string     { return "interrupted: " + e.err.Error() }
func (e *interruptedError) Unwrap() error     { return e.err }
func (e *interruptedError) Interrupted() bool { return true }

// ExitCode settles it: why the command stopped does not matter any more.
func (e *interruptedError) ExitCode() int { return exitInterrupted }

// In is the notice for people; they know that they pressed Ctrl-C.
func (e *interruptedError) In(lang message.Lang) string {
	if errors.Is(e.err, context.Canceled) {
		return message.Text(lang, message.ExitInterrupted)
	}
	return message.Text(lang, message.ExitInterrupted) + ": " + e.err.Error()
}

// faultError is an error of the command layer with a message of the catalog and
// an exit code: the way to tell an error of a package that does not know its
// own class.
type faultError struct {
	exit int
	code message.Code
	args []message.Arg
	err  error  // the cause, or nil
	did  phrase // in place of what the message says was done; none = the message's
}

func (e *faultError) Error() string { return e.In(message.English) }
func (e *faultError) Unwrap() error { return e.err }
func (e *faultError) ExitCode() int { return e.exit }

// In is the message in a language.
func (e *faultError) In(lang message.Lang) string {
	args := slices.Clone(e.args)
	for i := range args {
		if args[i].Name == "cause" {
			args[i].Text = usageCause(lang, args[i].Text)
		}
	}
	m := message.In(lang, e.code, args...)
	if e.did != (phrase{}) {
		m.Did = e.did.in(lang)
	}
	return m.String()
}

// usageError is a command line that cannot be understood.
func usageError(code message.Code, args ...message.Arg) error {
	return &faultError{exit: exitUsage, code: code, args: args}
}

// asUsage turns what the command-line library says about flags and arguments
// into wrong usage.
func asUsage(err error, cmd *cobra.Command) error {
	var known *faultError
	if errors.As(err, &known) {
		return err
	}
	return usageError(message.UsageBadFlag, message.S("cause", err.Error()), message.S("command", cmd.CommandPath()))
}

// wording is an error as people read it in the state: in their language where it has
// a message.
func (a *app) wording(err error) string {
	var localized interface {
		In(lang message.Lang) string
	}
	if errors.As(err, &localized) {
		return localized.In(a.lang)
	}
	return err.Error()
}

// codeOf is the code of the message that words an error; "" when it has none.
func codeOf(err error) message.Code {
	var known *faultError
	var halted *haltFaultError
	var misconfigured *config.Error
	switch {
	case errors.As(err, &known):
		return known.code
	case errors.As(err, &halted) && len(halted.Halts) > 0:
		return message.Guard(halted.Halts[0].Guard)
	case errors.As(err, &misconfigured):
		return misconfigured.Code
	}
	return ""
}
