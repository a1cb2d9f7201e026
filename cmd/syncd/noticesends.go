package main

import (
	"slices"
	"strings"
	"time"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/notify"
)

// lastEnd is how the last run of a job ended that ended by itself, and when one got
// through last.
type lastEnd struct {
	failing
	success time.Time
}

func (e *lastEnd) well() bool { return e.status == engine.RunDone || e.status == engine.RunPartial }

// outcomes are those of the jobs that ever ran.
type outcomes map[string]lastEnd

// endOf is what became of a trouble that does not stand any more. That runs succeed
// again is told when one did: not when they fail in another way, of which people are
// told, nor when the next run did not come as far.
func (in *installation) endOf(t *notify.Told, ends outcomes, standing []notify.Condition) notify.End {
	ofRuns := t.Occasion == notify.Fail && t.Cause != causeInDoubt ||
		t.Occasion == notify.Halt && strings.Contains(t.Cause, " SYNC-") // an export that a guard turned away
	if !ofRuns || t.Job == aboutState {
		return notify.Over
	}
	jobs := []string{t.Job}
	if crm := trimCRM(t.Job); crm != t.Job {
		jobs = in.jobsOf(crm)
		if slices.ContainsFunc(jobs, func(job string) bool {
			e := ends[job]
			return e.well() && !e.success.Before(t.Told)
		}) {
			return notify.Over
		}
	} else if e, ran := ends[t.Job]; e.well() {
		return notify.Over
	} else if !ran {
		return notify.Changed // it goes to another CRM now
	}
	if slices.ContainsFunc(standing, func(c notify.Condition) bool { return in.takesPlace(&c, jobs, ends) }) {
		return notify.Changed
	}
	return notify.Open
}

// takesPlace reports whether people hear of a condition that keeps one of the jobs
// from running well.
func (in *installation) takesPlace(c *notify.Condition, jobs []string, ends outcomes) bool {
	if c.Occasion != notify.Fail && c.Occasion != notify.Halt || !slices.Contains(in.cfg.Notify.On, config.Occasion(c.Occasion)) {
		return false
	}
	return slices.ContainsFunc(jobs, func(job string) bool {
		e := ends[job]
		switch {
		case c.Job == aboutState:
			return c.Cause == causeUnwritable && ofState(e.err)
		case trimCRM(c.Job) != c.Job:
			return e.status == engine.RunUnreachable && in.cfg.Jobs[job].CRM == trimCRM(c.Job)
		}
		return c.Job == job && c.Cause != causeInDoubt
	})
}

// jobsOf lists the jobs that work with a CRM.
func (in *installation) jobsOf(crm string) []string {
	var jobs []string
	for _, name := range in.cfg.JobNames() {
		if in.cfg.Jobs[name].CRM == crm {
			jobs = append(jobs, name)
		}
	}
	return jobs
}
