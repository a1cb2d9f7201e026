package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// printStatusJSON writes a line for each job, then what serves them. Names are
// stable, and only added to.
func (in *installation) printStatusJSON(o *overview) error {
	out := json.NewEncoder(in.app.out)
	for i := range o.jobs {
		if err := out.Encode(in.statusJSON(&o.jobs[i], o)); err != nil {
			return err
		}
	}
	for _, r := range o.removed {
		if err := out.Encode(struct {
			Type    string    `json:"type"`
			Job     string    `json:"job"`
			Process int       `json:"process"`
			Started time.Time `json:"last_started"`
		}{"removed", r.name, r.runner, r.since}); err != nil {
			return err
		}
	}
	lines := []any{in.serviceJSON(o), backupJSON(o)}
	for _, c := range o.channels {
		lines = append(lines, channelJSON{"channel", c.name, c.last, c.failing})
	}
	for _, line := range append(lines, in.summaryJSON(o)) {
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// channelJSON is how a channel of notices fares.
type channelJSON struct {
	Type         string    `json:"type"`
	Channel      string    `json:"channel"`
	LastSuccess  time.Time `json:"last_success,omitzero"`
	FailingSince time.Time `json:"failing_since,omitzero"`
}

// statusJSON is where a job stands, for machines.
func (in *installation) statusJSON(j *jobStanding, o *overview) any {
	cfg := in.cfg.Jobs[j.name]
	heldBy := j.HeldBy
	if heldBy == nil {
		heldBy = map[reconcile.Reason]int64{}
	}
	return struct {
		Type          string                     `json:"type"`
		Job           string                     `json:"job"`
		CRM           string                     `json:"crm"`
		Entity        string                     `json:"entity"`
		LastRun       int64                      `json:"last_run,omitempty"`
		LastStatus    engine.RunStatus           `json:"last_status,omitempty"`
		LastStarted   time.Time                  `json:"last_started,omitzero"`
		LastSuccess   time.Time                  `json:"last_success,omitzero"`
		Links         int64                      `json:"links"`
		Held          int64                      `json:"held"`
		Rejected      int64                      `json:"rejected"` // rows
		Records       int64                      `json:"rejected_records"`
		Warnings      int64                      `json:"warnings"`
		OpenOps       int64                      `json:"open_ops"`
		OldestOp      time.Time                  `json:"oldest_op,omitzero"`
		Backlog       int64                      `json:"backlog"`
		Pending       int64                      `json:"pending"`
		Waiting       int64                      `json:"waiting"`
		Gone          int64                      `json:"gone"`
		Halts         []haltJSON                 `json:"halts"`
		Error         string                     `json:"error,omitempty"`
		Process       int                        `json:"process,omitempty"`
		HeldBy        map[reconcile.Reason]int64 `json:"held_by"`
		Decided       int64                      `json:"decided"`
		OldestHold    time.Time                  `json:"oldest_hold,omitzero"`
		HaltedSince   time.Time                  `json:"halted_since,omitzero"`
		InDoubt       int64                      `json:"in_doubt"`
		OldestInDoubt time.Time                  `json:"oldest_in_doubt,omitzero"`
		OldestPending time.Time                  `json:"oldest_pending,omitzero"`
		Edited        int64                      `json:"edited"`
		Schedule      string                     `json:"schedule,omitempty"`
		NextRun       time.Time                  `json:"next_run,omitzero"`
		Skipped       int64                      `json:"skipped"`
		Asked         time.Time                  `json:"asked,omitzero"`
		ExpectBy      string                     `json:"expect_by,omitempty"`
		SourceTime    time.Time                  `json:"source_time,omitzero"`
		LateSince     time.Time                  `json:"late_since,omitzero"`
		FullScan      time.Time                  `json:"last_full_scan,omitzero"`
		Counts        *runCountsJSON             `json:"last_counts,omitempty"`
		Needs         []string                   `json:"needs"`
	}{
		"job", j.name, cfg.CRM, string(cfg.Entity), j.LastRun, j.LastStatus, j.LastStarted,
		j.LastSuccess, j.Links, j.Held, j.Rejected, j.RejectedRecords, j.Warnings, j.OpenOps, j.OldestOp, j.Backlog, j.Pending, j.waiting, j.Gone, append(haltsJSON(j.name, j.Halts), turnedJSON(j.name, j.turned)...),
		j.trouble, j.runner,
		heldBy, heldOf(&j.JobStatus).decided, j.OldestHold, j.OldestHalt, j.InDoubt, j.OldestInDoubt, j.OldestPending, j.Edited, string(cfg.Schedule), j.NextRun, j.Skipped, j.Asked,
		cfg.ExpectBy.String(), j.SourceTime, j.late, j.FullScan, countsJSON(j.last), words(in.needs(j, o)),
	}
}

// runCountsJSON is what became of the records of the last run.
type runCountsJSON struct {
	Rows        int64 `json:"rows"`
	Created     int64 `json:"created"`
	Merged      int64 `json:"merged"`
	Updated     int64 `json:"updated"`
	WrittenBack int64 `json:"written_back"`
	Deleted     int64 `json:"deleted"`
	Unchanged   int64 `json:"unchanged"`
	Held        int64 `json:"held"`
	Rejected    int64 `json:"rejected"`
	Failed      int64 `json:"failed"`
	InDoubt     int64 `json:"in_doubt"`
}

func countsJSON(r *engine.Report) *runCountsJSON {
	if r == nil {
		return nil
	}
	return &runCountsJSON{
		r.Rows.Read, r.Of(engine.Created), r.Of(engine.Merged), r.Of(engine.Updated), r.Of(engine.WrittenBack), r.Of(engine.Deleted),
		r.Of(engine.Unchanged), r.Of(engine.Held), r.Of(engine.Rejected), r.Of(engine.Failed), r.Of(engine.InDoubt),
	}
}

func (in *installation) serviceJSON(o *overview) any {
	listen := ""
	if o.service.pid > 0 {
		listen = in.cfg.Listen
	}
	return struct {
		Type    string    `json:"type"`
		Running bool      `json:"running"`
		PID     int       `json:"pid,omitempty"`
		Version string    `json:"version,omitempty"`
		Started time.Time `json:"started,omitzero"`
		Seen    time.Time `json:"seen,omitzero"`
		Stopped time.Time `json:"stopped,omitzero"`
		Listen  string    `json:"listen,omitempty"`
		Retired time.Time `json:"retired,omitzero"`
	}{"service", o.service.pid > 0, o.service.pid, o.service.Version, o.service.Started, o.service.Seen, o.service.Stopped, listen, o.retired.At}
}

func backupJSON(o *overview) any {
	return struct {
		Type        string    `json:"type"`
		LastSuccess time.Time `json:"last_success,omitzero"`
		LastTried   time.Time `json:"last_tried,omitzero"`
		File        string    `json:"file,omitempty"`
		Bytes       int64     `json:"bytes,omitempty"`
		Error       string    `json:"error,omitempty"`
	}{"backup", o.backup.Succeeded, o.backup.At, o.backup.Detail, o.backup.Bytes, o.backup.Err}
}

// needsJSON is what waits for a person: of a job, or of none.
type needsJSON struct {
	Job   string   `json:"job,omitempty"`
	Needs []string `json:"needs"`
}

func (in *installation) summaryJSON(o *overview) any {
	all := []needsJSON{}
	if list := in.commonNeeds(o); len(list) > 0 {
		all = append(all, needsJSON{"", words(list)})
	}
	for i := range o.jobs {
		if list := in.needs(&o.jobs[i], o); len(list) > 0 {
			all = append(all, needsJSON{o.jobs[i].name, words(list)})
		}
	}
	return struct {
		Type  string      `json:"type"`
		Well  bool        `json:"well"`
		Needs []needsJSON `json:"needs"`
	}{"summary", len(all) == 0, all}
}

func words(list []need) []string {
	out := make([]string, 0, len(list))
	for _, n := range list {
		out = append(out, n.what)
	}
	return out
}

// haltJSON is a guard that stopped a job, with the command that goes on.
type haltJSON struct {
	Type   string `json:"type"`
	Job    string `json:"job"`
	Guard  string `json:"guard"`
	Found  int64  `json:"found"`
	Limit  int64  `json:"limit"`
	Resume string `json:"resume"`
	// Passing: the next good export clears it.
	Passing bool `json:"passing,omitempty"`
}

func haltsJSON(job string, halts []engine.Halt) []haltJSON {
	out := make([]haltJSON, 0, len(halts))
	for _, h := range halts {
		out = append(out, haltJSON{"halt", job, h.Guard, h.Found, h.Limit, resumeCommand(job, h), false})
	}
	return out
}

// turnedJSON is the same of guards that turned an export away.
func turnedJSON(job string, halts []engine.Halt) []haltJSON {
	out := haltsJSON(job, halts)
	for i := range out {
		out[i].Passing = true
	}
	return out
}

// resumeCommand is the command that lets a job go on that the guards halted.
func resumeCommand(job string, halts ...engine.Halt) string {
	allow := make([]string, 0, len(halts))
	for _, h := range halts {
		if wantsNumber(h.Guard) {
			allow = append(allow, fmt.Sprintf("%s=%d", h.Guard, h.Found))
			continue
		}
		allow = append(allow, h.Guard)
	}
	return fmt.Sprintf("syncd resume %s --allow %s", job, strings.Join(allow, ","))
}
