package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"syncd/internal/endpoint"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/source"
)

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
		if form.Reason == source.LinesNotWhole {
			return fault(exitSource, err, message.SourceLinesNotWhole, message.S("file", form.Name),
				message.S("cause", in.app.whyIncomplete(form.Detail)), message.S("job", job))
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
