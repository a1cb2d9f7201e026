package endpoint

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/source"
)

// UnusableError says that the source cannot be used as it is: its header lacks
// columns that the mapping needs.
type UnusableError struct {
	Name    string
	Line    int      // of the header
	Columns []string // that the header has
	Guessed bool     // nothing known stands in it: it may be a row
	Err     error
}

func (e *UnusableError) Error() string {
	if e.Line == 0 { // a query
		return fmt.Sprintf("%s: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("%s: line %d: %v", e.Name, e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *UnusableError) Unwrap() error { return e.Err }

// NotReady tells the engine that this run has no source.
func (e *UnusableError) NotReady() bool { return true }

// waitError marks an error of the source as "not now".
type waitError struct{ error }

func (e waitError) Unwrap() error { return e.error }

// NotReady tells the engine that this run has no source.
func (e waitError) NotReady() bool { return true }

// notReady marks the source's own "not ready" and "not usable".
func notReady(err error) error {
	var wait *source.NotReadyError
	var form *source.FormatError
	var db *source.SQLError
	if errors.As(err, &wait) || errors.As(err, &form) || errors.As(err, &db) && !errors.Is(err, context.Canceled) {
		return waitError{err}
	}
	return err
}

// fateOf is what is known of a write that ended with this error.
func fateOf(err error) *engine.WriteError {
	var e *crmapi.Error
	if !errors.As(err, &e) {
		// the context's error before anything was sent: crmapi says so
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return &engine.WriteError{Fate: engine.FateNotSent, Code: "canceled", Err: err}
		}
		return &engine.WriteError{Fate: engine.FateUnknown, Code: "unknown", Err: err}
	}
	if errors.Is(err, crmapi.ErrNotInDialect) {
		return notInDialect(e)
	}
	if e.Local && e.Class == crmapi.ClassUnreadable { // what it needed, before anything was sent
		return notSent(err)
	}
	w := &engine.WriteError{Code: e.Class.String(), Text: e.Text, Err: err}
	switch e.Class {
	case crmapi.ClassTransport:
		w.Fate = engine.FateNotSent
	case crmapi.ClassAuth:
		w.Fate = engine.FateAuth
	case crmapi.ClassRefused:
		w.Fate = engine.FateRefused
		if e.Local {
			w.Code, w.Text = refusedNotSent, whyLocal(e)
		}
	case crmapi.ClassInvisible, crmapi.ClassNotFound:
		w.Fate = engine.FateGone
	case crmapi.ClassHasDeals:
		w.Fate = engine.FateHasDeals
	case crmapi.ClassUnknown, crmapi.ClassRedirect, crmapi.ClassProtocol, crmapi.ClassUnreadable, crmapi.ClassDuplicate:
		w.Fate = engine.FateUnknown
	}
	return w
}

// notInDialect is a write that the CRM's API has no words for. Its cause names the
// field, never a value.
func notInDialect(e *crmapi.Error) *engine.WriteError {
	w := &engine.WriteError{Fate: engine.FateRefused, Code: engine.RefusedDialect, Err: e}
	if e.Err != nil {
		if what, _, named := strings.Cut(e.Err.Error(), ": "); named {
			w.Text = what
		}
	}
	return w
}

// whyLocal says why a request was not sent. The cause names the field, never a value.
func whyLocal(e *crmapi.Error) string {
	if e.Text != "" || e.Err == nil {
		return e.Text
	}
	return e.Err.Error()
}

func isClass(err error, class crmapi.Class) bool {
	var e *crmapi.Error
	return errors.As(err, &e) && e.Class == class
}
