package main

import (
	"os"
	"path/filepath"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
	"syncd/internal/notify"
)

// lateExport is that an export was expected and did not come.
func (in *installation) lateExport(j *jobStanding, now time.Time) []notify.Condition {
	expected := in.cfg.Jobs[j.name].ExpectBy
	due, before := expected.Previous(now.In(in.cfg.Timezone.Location))
	newest := j.SourceTime
	if expected.IsZero() || due.IsZero() || newest.After(before) {
		return nil
	}
	if lies := newestFile(in.cfg.Sources[in.cfg.Jobs[j.name].Source]); lies.After(newest) {
		newest = lies
	}
	if newest.After(before) {
		return nil
	}
	cause, since := "no-export", due
	if !newest.IsZero() {
		cause += " " + newest.UTC().Format(time.RFC3339)
		since = missedFirst(expected, newest.In(in.cfg.Timezone.Location))
	}
	m := message.In(in.app.lang, message.NotifyLate, message.S("job", j.name), message.S("due", in.when(since)), message.S("newest", in.when(newest)))
	return []notify.Condition{{
		Job: j.name, Occasion: notify.Late, Cause: cause, Since: since, Text: m.String(), Next: "syncd status " + j.name,
	}}
}

// missedFirst is the first moment by which the newest export was not fresh any more.
func missedFirst(expected config.ExpectBy, newest time.Time) time.Time {
	due := expected.Next(newest)
	if _, before := expected.Previous(due); newest.After(before) {
		return expected.Next(due)
	}
	return due
}

// newestFile is when the newest file of a source was written; zero when there is
// none, or the source is a table.
func newestFile(s *config.Source) (newest time.Time) {
	if s == nil || s.CSV == nil {
		return newest
	}
	files := []string{string(s.CSV.Path)}
	if _, err := os.Stat(files[0]); err != nil {
		files, _ = filepath.Glob(files[0]) // a bad pattern finds nothing; runs say so
	}
	for _, f := range files {
		if at, err := os.Stat(f); err == nil && at.Mode().IsRegular() && at.ModTime().After(newest) {
			newest = at.ModTime()
		}
	}
	return newest
}
