package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/source"
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

// In is file:line:column and text for each mistake.
func (e *mappingFaultError) In(lang message.Lang) string {
	lines := make([]string, len(e.Errors))
	for i, one := range e.Errors {
		place := fmt.Sprintf("%s:%d:%d: ", one.File, one.Line, one.Column)
		lines[i] = place + message.In(lang, message.MappingBadKey,
			message.S("path", one.Path), message.S("cause", mappingCause(lang, one.Text))).String()
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
	return message.In(lang, message.Guard(h.Guard),
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

// sourceFault words an error of the source; nil when it is none.
func (in *installation) sourceFault(job string, err error) error {
	j, from := in.cfg.Jobs[job], in.sourceOf(job, err)
	if f := in.queryFault(job, err); f != nil {
		return f
	}
	var wait *source.NotReadyError
	var form *source.FormatError
	var missing *mapping.MissingColumnsError
	var unusable *endpoint.UnusableError
	switch {
	case errors.As(err, &wait):
		file := message.S("file", wait.Name)
		switch wait.Reason {
		case source.BeingWritten:
			if errors.Is(err, source.ErrOlderReady) {
				return fault(exitSource, err, message.SourceOldReady, file, message.S("job", job))
			}
			settle := in.cfg.Sources[from].CSV.Settle.Std()
			return fault(exitSource, err, message.SourceBeingWritten, file, message.S("settle", settle.String()), message.S("job", job))
		case source.Empty:
			return fault(exitSource, err, message.SourceEmpty, file, message.S("job", job))
		case source.NotRegular:
			return fault(exitSource, err, message.SourceUnreadable, file, message.S("cause", err.Error()), message.S("job", job))
		case source.Missing:
			if (source.Proof{Manifest: true, ReadyFile: true}).Companion(wait.Name) {
				return fault(exitSource, err, message.SourceNoCompanion, message.S("file", in.shown(wait.Name)), message.S("source", from))
			}
		}
		if dir := in.missingFolder(from); dir != "" {
			return fault(exitSource, err, message.SourceNoFolder, message.S("file", in.shown(wait.Name)), message.S("dir", in.shown(dir)),
				message.S("source", from), message.S("job", job))
		}
		return fault(exitSource, err, message.SourceMissing, message.S("file", in.shown(wait.Name)), message.S("source", from))
	case errors.As(err, &missing) && errors.As(err, &unusable) && unusable.Guessed:
		// what was taken for the header may be a client: it is not repeated
		return fault(exitSource, err, message.SourceNoHeader, message.S("file", unusable.Name),
			message.N("lines", 30), message.S("job", job))
	case errors.As(err, &missing) && errors.As(err, &unusable) && in.cfg.Sources[from].SQL != nil:
		return fault(exitSource, err, message.SourceQueryLacks, message.S("source", from),
			message.S("column", in.missingColumns(missing.Missing)), message.S("known", orDash(strings.Join(eachQuoted(unusable.Columns), ", "))),
			message.S("mapping", in.shown(string(j.Mapping))))
	case errors.As(err, &missing) && errors.As(err, &unusable):
		return fault(exitSource, err, message.MappingColumnMissing, message.S("file", unusable.Name),
			message.S("column", in.missingColumns(missing.Missing)), message.S("line", line(unusable.Line)),
			message.S("known", orDash(strings.Join(eachQuoted(unusable.Columns), ", "))),
			message.S("mapping", in.shown(string(j.Mapping))))
	case errors.As(err, &form):
		if form.Reason == source.HeaderNotFound {
			return fault(exitSource, err, message.SourceNoHeader, message.S("file", form.Name),
				message.N("lines", 30), message.S("job", job))
		}
		if form.Reason == source.BadManifest || form.Reason == source.ManifestMismatch {
			return fault(exitSource, err, message.SourceNotProven, message.S("file", form.Name), message.S("cause", in.unproven(form)), message.S("job", job))
		}
		return fault(exitSource, err, message.SourceUnreadable, message.S("file", form.Name), message.S("cause", err.Error()), message.S("job", job))
	}
	return nil
}

// sourceOf names the source that an error speaks of: that of the job, or of the lines
// of its records.
func (in *installation) sourceOf(job string, err error) string {
	var lines *endpoint.LinesError
	if errors.As(err, &lines) && in.cfg.Sources[lines.Source] != nil {
		return lines.Source
	}
	return in.cfg.Jobs[job].Source
}

// missingFolder is the folder of an export when it is not there itself.
func (in *installation) missingFolder(from string) string {
	dir := filepath.Dir(string(in.cfg.Sources[from].CSV.Path))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(dir, "*?[") {
		return dir
	}
	return ""
}

// isAway reports whether a database could not be asked at all.
func isAway(db *source.SQLError) bool {
	switch db.Reason {
	case source.SQLUnreachable, source.SQLLost, source.SQLBusy, source.SQLStopped:
		return true
	case source.SQLBadDSN, source.SQLDenied, source.SQLNoDatabase, source.SQLRefused, source.SQLBadColumn, source.SQLBadQuery:
	}
	return false
}

// unproven words what a manifest says otherwise.
func (in *installation) unproven(form *source.FormatError) string {
	var count *source.CountError
	switch {
	case errors.As(form, &count) && count.What == "rows":
		return fmt.Sprintf(in.app.say(phrase{"it has %d rows, the manifest says %d", "строк в ней %d, а в манифесте указано %d"}), count.Found, count.Declared)
	case errors.As(form, &count):
		return fmt.Sprintf(in.app.say(phrase{"it has %d bytes, the manifest says %d", "байт в ней %d, а в манифесте указано %d"}), count.Found, count.Declared)
	case form.Reason == source.ManifestMismatch:
		return in.app.say(phrase{"the SHA-256 is another one", "не совпадает SHA-256"})
	default:
		return form.Error()
	}
}

// queryFault words an error of a source's database; nil when it is none.
func (in *installation) queryFault(job string, err error) error {
	var db *source.SQLError
	if !errors.As(err, &db) {
		return nil
	}
	code := message.SourceQueryWrong
	switch db.Reason {
	case source.SQLUnreachable, source.SQLLost, source.SQLBusy, source.SQLStopped:
		code = message.SourceDBAway
		if db.Driver == source.SQLite && db.Reason == source.SQLUnreachable {
			code = message.SourceNoDBFile
		}
	case source.SQLBadDSN:
		return fault(exitConfig, err, message.SourceBadDSN, message.S("source", in.sourceOf(job, err)), message.S("cause", in.app.sqlCause(db)))
	case source.SQLDenied, source.SQLNoDatabase:
		code = message.SourceDBDenied
	case source.SQLRefused, source.SQLBadColumn, source.SQLBadQuery:
	}
	return fault(exitSource, err, code, message.S("source", in.sourceOf(job, err)), message.S("file", db.Where), message.S("cause", in.app.sqlCause(db)), message.S("job", job))
}

// missingColumns names each column that a header lacks, the field that needs it,
// and the names of the header that look like it.
func (in *installation) missingColumns(list []mapping.MissingColumn) string {
	say := in.app.say
	parts := make([]string, 0, len(list))
	for _, m := range list {
		remarks := []string{m.Field}
		near := strings.Join(eachQuoted(m.Nearest), ", ")
		switch {
		case m.Ambiguous:
			remarks = append(remarks, say(phrase{"several fit: ", "подходят несколько: "})+near)
		case near != "":
			remarks = append(remarks, say(phrase{"perhaps ", "возможно, "})+near)
		}
		parts = append(parts, quoted(m.Column)+" ("+strings.Join(remarks, "; ")+")")
	}
	return strings.Join(parts, ", ")
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
