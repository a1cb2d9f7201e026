package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/state"
)

// fault is an error with a message of the catalog and an exit code.
func fault(exit int, err error, code message.Code, args ...message.Arg) error {
	return &faultError{exit: exit, code: code, args: args, err: err}
}

// stateFault words an error of the state; one that it does not know stays.
func (a *app) stateFault(err error) error {
	if f := a.knownStateFault(err); f != nil {
		return f
	}
	return err
}

// unusableState words an error of opening the state: whatever it is, there is
// nothing to work on, and only a person can change that.
func (a *app) unusableState(file string, err error) error {
	if f := a.knownStateFault(err); f != nil {
		return f
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, syscall.ENOSPC) {
		return diskFull(file, anyJob, err)
	}
	return fault(exitConfig, err, message.StateUnusable, message.S("file", file), message.S("cause", err.Error()))
}

// anyJob stands for the job in a message about more than one.
const anyJob = "--all"

func diskFull(file, job string, err error) error {
	return fault(exitFailure, err, message.StateDiskFull, message.S("file", file), message.S("job", job))
}

// knownStateFault words an error of the state, nil when it is none.
func (a *app) knownStateFault(err error) error {
	var (
		newer   *state.NewerError
		older   *state.OlderError
		damaged *state.DamagedError
		held    *state.HeldError
		full    *state.FullError
		missing *state.MissingError
		foreign *state.ForeignError
		network *state.NetworkError
		exposed *state.ExposedError
		locked  *state.LockedError
		retired *state.RetiredError
	)
	switch {
	case errors.As(err, &newer):
		return fault(exitConfig, err, message.StateNewer, message.S("file", newer.File),
			message.N("found", int64(newer.Found)), message.N("known", int64(newer.Known)))
	case errors.As(err, &older):
		return fault(exitConfig, err, message.StateOlder, message.S("file", older.File),
			message.N("found", int64(older.Found)), message.N("known", int64(older.Known)))
	case errors.As(err, &damaged):
		return fault(exitConfig, err, message.StateDamaged, message.S("file", damaged.File), message.S("cause", damaged.Cause))
	case errors.As(err, &held):
		return fault(exitLocked, err, message.StateLocked, message.S("file", strings.TrimSuffix(held.File, ".lock")), message.N("pid", int64(held.PID)))
	case errors.As(err, &full):
		return diskFull(full.File, anyJob, err)
	case errors.As(err, &missing):
		return fault(exitConfig, err, message.StateMissing, message.S("file", missing.File))
	case errors.As(err, &foreign):
		return fault(exitConfig, err, message.StateNotOurs, message.S("file", foreign.File))
	case errors.As(err, &network):
		return fault(exitConfig, err, message.StateNetworkDir, message.S("file", network.File))
	case errors.As(err, &exposed):
		return fault(exitConfig, err, message.StateExposed, message.S("file", exposed.File), message.S("mode", exposed.Mode))
	case errors.As(err, &retired):
		return fault(exitConfig, err, message.StateRetired, message.S("file", retired.File),
			message.S("at", a.zoned(retired.At).Format("2006-01-02 15:04")), message.S("copy", retired.Copy))
	case errors.As(err, &locked):
		return fault(exitFailure, err, message.StateBusy, message.S("file", locked.File))
	}
	return nil
}

// mappingFaultError is all that is wrong with a mapping, one line each.
type mappingFaultError struct{ mapping.Errors }

func (e *mappingFaultError) Unwrap() []error { return e.Errors.Unwrap() }

// Misconfigured tells the exit table that only a change of the mapping helps.
func (e *mappingFaultError) Misconfigured() bool { return true }

// In is the code, file:line:column and text of each mistake.
func (e *mappingFaultError) In(lang message.Lang) string {
	lines := make([]string, len(e.Errors))
	for i, one := range e.Errors {
		text := message.In(lang, message.MappingBadKey,
			message.S("path", one.Path), message.S("cause", mappingCause(lang, one.Text))).String()
		place := fmt.Sprintf("%s %s:%d:%d: ", message.MappingBadKey, one.File, one.Line, one.Column)
		lines[i] = place + strings.TrimPrefix(text, string(message.MappingBadKey)+": ")
	}
	return strings.Join(lines, "\n")
}

// runFault words what ended a run or a plan of a job.
func (in *installation) runFault(job string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var halt *engine.HaltError
	var law *engine.BalanceError
	var frozen *engine.FrozenError
	var api *crmapi.Error
	var crm *engine.CRMError
	var full *state.FullError
	var configured *config.Error
	var mapped *mappingFaultError
	switch {
	case errors.As(err, &configured): // of another job, that this one leans on
		return configured
	case errors.As(err, &mapped):
		return mapped
	case errors.As(err, &full):
		return diskFull(full.File, job, err)
	case errors.As(err, &halt):
		return &haltFaultError{HaltError: halt, job: job, in: in}
	case errors.As(err, &frozen):
		return fault(exitConfig, err, message.MappingKeyFrozen, message.S("job", job), message.S("key", "uid"),
			message.N("links", frozen.Links), message.S("old", frozen.Was))
	case errors.As(err, &law):
		return fault(exitFailure, err, message.RunLawBroken, message.S("job", job), message.S("cause", law.Error()))
	case errors.As(err, &api) || errors.As(err, &crm):
		return in.crmFault(job, err)
	}
	if f := in.outboxFault(job, err); f != nil {
		return f
	}
	if f := in.sourceFault(job, err); f != nil {
		return f
	}
	if f := in.app.knownStateFault(err); f != nil {
		return f
	}
	var file *fs.PathError
	if errors.As(err, &file) && errors.Is(file, syscall.ENOSPC) && filepath.Dir(file.Path) == filepath.Dir(string(in.cfg.State)) {
		return diskFull(string(in.cfg.State), job, err) // what a run notes down lies beside the state
	}
	return fault(exitFailure, err, message.RunFailed, message.S("job", job), message.S("cause", err.Error()))
}

// haltFaultError words each guard that stopped a job.
type haltFaultError struct {
	*engine.HaltError
	job string
	in  *installation
}

func (e *haltFaultError) Unwrap() error { return e.HaltError }

// In is one line for each guard.
func (e *haltFaultError) In(lang message.Lang) string {
	lines := make([]string, len(e.Halts))
	for i, h := range e.Halts {
		lines[i] = e.in.haltText(lang, e.job, h)
	}
	return strings.Join(lines, "\n")
}

// haltText is one halt for people.
func (in *installation) haltText(lang message.Lang, job string, h engine.Halt) string {
	return in.haltMessage(lang, job, h).String()
}

func (in *installation) haltMessage(lang message.Lang, job string, h engine.Halt) message.Message {
	url := ""
	if j := in.cfg.Jobs[job]; j != nil {
		url = string(in.cfg.CRM[j.CRM].BaseURL)
	}
	code := message.Guard(h.Guard)
	if code == message.GuardMaxShrink && h.Detail == engine.DetailLines {
		code = message.GuardMaxShrinkLines
	}
	return message.In(lang, code,
		message.S("job", job), message.N("found", h.Found), message.N("limit", h.Limit),
		message.N("before", h.Of), message.N("total", h.Of), message.S("guard", h.Guard), message.S("url", url),
	)
}

// crmFault words an error of the CRM.
func (in *installation) crmFault(job string, err error) error {
	name := in.cfg.Jobs[job].CRM
	c := in.cfg.CRM[name]
	crm, url := message.S("crm", name), message.S("url", string(c.BaseURL))
	var e *crmapi.Error
	if !errors.As(err, &e) {
		return fault(exitCRM, err, message.CRMUnreachable, crm, url, message.S("cause", err.Error()))
	}
	method := message.S("method", e.Action)
	switch e.Class {
	case crmapi.ClassAuth:
		return fault(exitCRM, err, message.CRMCredentials, crm, message.S("login", c.Login))
	case crmapi.ClassRedirect:
		return fault(exitCRM, err, message.CRMRedirect, crm, message.S("url", orDash(e.Text)))
	case crmapi.ClassUnknown, crmapi.ClassProtocol:
		switch {
		case errors.Is(e.Err, crmapi.ErrLate):
			return fault(exitCRM, err, message.CRMTimeout, crm, method, message.S("timeout", c.Timeout.Std().String()))
		case e.Err != nil && e.HTTPStatus == 0:
			return fault(exitCRM, err, message.CRMUnreachable, crm, url, message.S("cause", e.Err.Error()))
		}
		if errors.Is(e.Err, crmapi.ErrEmpty) {
			return fault(exitCRM, err, message.CRMEmpty, crm, method, url)
		}
		if e.Err != nil && !errors.Is(e.Err, crmapi.ErrNotJSON) {
			return fault(exitCRM, err, message.CRMProtocol, crm, method, message.S("cause", e.Err.Error()))
		}
		return fault(exitCRM, err, message.CRMNotJSON, crm, method, url)
	case crmapi.ClassTransport, crmapi.ClassDuplicate, crmapi.ClassNotFound, crmapi.ClassInvisible,
		crmapi.ClassHasDeals, crmapi.ClassRefused, crmapi.ClassUnreadable:
	}
	cause := e.Error()
	if e.Err != nil {
		cause = e.Err.Error()
	}
	return fault(exitCRM, err, message.CRMUnreachable, crm, url, message.S("cause", cause))
}

func eachQuoted(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quoted(n)
	}
	return out
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func line(n int) string { return strconv.Itoa(n) }
