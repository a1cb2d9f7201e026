package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"syncd/internal/message"
	"syncd/internal/source"
)

// tableSchema prints what a job's table for the write-back lacks: all of it, when
// it is not there.
func (a *app) tableSchema(ctx context.Context, job string) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	in := &installation{app: a, cfg: cfg, log: a.logger(cfg.Log, cfg.Timezone.Location)}
	if _, err := in.jobs([]string{job}, false); err != nil {
		return err
	}
	w := cfg.Jobs[job].WriteBack
	if w == nil || w.SQL == nil {
		var known []string
		for _, name := range cfg.JobNames() {
			if w := cfg.Jobs[name].WriteBack; w != nil && w.SQL != nil {
				known = append(known, name)
			}
		}
		return usageError(message.UsageNoTable, message.S("job", job), message.S("known", orDash(strings.Join(known, ", "))))
	}
	m, err := in.mapping(job)
	if err != nil {
		return err
	}
	out, err := in.sinkTable(job, m, w.SQL)
	if err != nil {
		return err
	}
	dsn, err := cfg.Secret(w.SQL.DSN)
	if err != nil {
		return err
	}
	list, err := source.MissingDDL(ctx, dsn.Reveal(), out.Table())
	if err != nil {
		return in.tableFault(job, err)
	}
	if len(list) == 0 {
		_, err := fmt.Fprintf(a.err, a.say(phrase{
			"the table %s is as it should be: there is nothing to do\n", "таблица %s уже такая, как нужно: делать ничего не надо\n",
		}), w.SQL.Table)
		return err
	}
	_, err = fmt.Fprint(a.out, strings.Join(list, ""))
	return err
}

// tableFault words an error of the table that takes a job's changes.
func (in *installation) tableFault(job string, err error) error {
	var db *source.SQLError
	if errors.As(err, &db) && isAway(db) {
		return fault(exitFailure, err, message.WriteBackDBAway, message.S("job", job), message.S("settings", settingsOf(job)), message.S("cause", in.app.sqlCause(db)))
	}
	return fault(exitFailure, err, message.WriteBackTable, message.S("job", job), message.S("cause", in.app.sqlCause(err)))
}
