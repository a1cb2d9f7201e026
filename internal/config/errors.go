package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"syncd/internal/message"
)

// Position is a place in the configuration file; lines and columns count from
// 1. The zero Position means the file as a whole.
type Position struct {
	Line   int
	Column int
}

// Error is one thing that is wrong with the configuration. It never holds the
// value of a secret.
type Error struct {
	File string
	Position
	Path string // YAML path, such as crm.main.apikey; empty for the file as a whole
	Code message.Code
	Args []message.Arg
	Err  error // the cause, where there is one
}

// Error is the place and the English text.
func (e *Error) Error() string { return e.In(message.English) }

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// In is the error in a language, as file:line:column: path: what; what to do.
func (e *Error) In(lang message.Lang) string {
	m := message.In(lang, e.Code, e.Args...)
	parts := []string{e.Where()}
	if e.Path != "" {
		parts = append(parts, e.Path)
	}
	return strings.Join(append(parts, m.What), ": ") + " " + m.Next
}

// Where is file:line:column, as editors understand it.
func (e *Error) Where() string {
	if e.Line == 0 {
		return e.File
	}
	return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column)
}

// Misconfigured tells the command layer that only a change of the configuration
// helps.
func (e *Error) Misconfigured() bool { return true }

// Errors is everything that is wrong with a configuration, in the order of the
// file.
type Errors struct {
	List []*Error
	Lang string // the `lang` of the broken file, if that much could be read; else empty
}

// Error is all errors, one in a line.
func (e *Errors) Error() string {
	lines := make([]string, 0, len(e.List))
	for _, one := range e.List {
		lines = append(lines, one.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.Is and errors.As the single errors.
func (e *Errors) Unwrap() []error {
	all := make([]error, 0, len(e.List))
	for _, one := range e.List {
		all = append(all, one)
	}
	return all
}

// Misconfigured tells the command layer that only a change of the configuration
// helps.
func (e *Errors) Misconfigured() bool { return true }

func sortErrors(list []*Error) {
	slices.SortStableFunc(list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
