package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/notify"
	"syncd/internal/state"
)

// What a notice is about when it is about no job: its place in the configuration.
const (
	aboutCRM   = "crm."
	aboutState = "state"

	causeUnwritable = "unwritable"
	causeInDoubt    = "in-doubt"
)

// conditions is what stands now that people may want to be told, from the state
// and the configuration. It reads only, and tells the teller when something is to be
// looked at again.
func (in *installation) conditions(ctx context.Context, now time.Time) ([]notify.Condition, outcomes, error) {
	in.teller.ripe = time.Time{}
	var list []notify.Condition
	ends := outcomes{}
	down := map[string][]failing{} // by CRM
	var unwritable []failing
	for _, name := range in.cfg.JobNames() {
		j, err := in.standing(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		list = append(list, in.lateExport(&j, now)...)
		if j.LastRun == 0 {
			continue
		}
		for _, look := range []func(context.Context, *jobStanding, time.Time) ([]notify.Condition, error){
			in.halted, in.waiting, in.inDoubt,
		} {
			found, err := look(ctx, &j, now)
			if err != nil {
				return nil, nil, err
			}
			list = append(list, found...)
		}
		f, err := in.failing(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		ends[name] = lastEnd{f, j.LastSuccess}
		switch f.status {
		case engine.RunUnreachable:
			crm := in.cfg.Jobs[name].CRM
			down[crm] = append(down[crm], f)
		case engine.RunNotReady, engine.RunFailed:
			if ofState(f.err) {
				unwritable = append(unwritable, f)
				break
			}
			if ripe := in.ripe(&f); now.Before(ripe) {
				in.teller.ripens(ripe)
				break
			}
			list = append(list, in.failed(f))
		}
	}
	list = append(list, in.refusing(unwritable)...)
	for _, crm := range slices.Sorted(maps.Keys(down)) {
		list = append(list, in.crmDown(crm, down[crm]))
	}
	kept, err := in.neglected(ctx, now)
	return append(list, kept...), ends, err
}

func (in *installation) jobKey(name string) state.JobKey {
	j := in.cfg.Jobs[name]
	return state.JobKey{Name: name, CRM: j.CRM, Entity: string(j.Entity)}
}

// halted is a condition for each guard that stands.
func (in *installation) halted(ctx context.Context, j *jobStanding, _ time.Time) ([]notify.Condition, error) {
	if len(j.Halts) == 0 {
		return nil, nil
	}
	rows, err := in.db.Halts(ctx, j.name)
	if err != nil {
		return nil, err
	}
	var list []notify.Condition
	for _, h := range j.Halts {
		c := notify.Condition{
			Job: j.name, Occasion: notify.Halt, Cause: h.Guard, Since: j.OldestHalt,
			Text: in.haltText(in.app.lang, j.name, h), Next: resumeCommand(j.name, h),
		}
		for _, r := range rows { // newest first
			if r.Guard == h.Guard && r.Resumed.IsZero() {
				c.Since = r.At
				break
			}
		}
		list = append(list, c)
	}
	return list, nil
}

// waiting is that records wait for a person. Those that release themselves, and
// those that somebody has decided, do not.
func (in *installation) waiting(ctx context.Context, j *jobStanding, _ time.Time) ([]notify.Condition, error) {
	if j.Held == 0 {
		return nil, nil
	}
	list, err := in.db.Waiting(ctx, in.jobKey(j.name), awaitReasons()...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var n int64
	oldest, newest := list[0].Oldest, list[0].Newest
	reasons := make([]string, len(list))
	for i, w := range list {
		n += w.N
		reasons[i] = fmt.Sprintf("%s %d", w.Reason, w.N)
		if w.Oldest.Before(oldest) {
			oldest = w.Oldest
		}
		if w.Newest.After(newest) {
			newest = w.Newest
		}
	}
	m := message.In(in.app.lang, message.NotifyHolds, message.S("job", j.name), message.N("records", n), message.S("reasons", strings.Join(reasons, ", ")))
	return []notify.Condition{{
		Job: j.name, Occasion: notify.Hold, Cause: "waiting " + newest.UTC().Format("2006-01-02T15:04:05.000Z"), Since: oldest,
		Text: m.String(), Next: "syncd holds " + j.name,
	}}, nil
}

// inDoubt is that a write is in doubt for longer than lost ones arrive.
func (in *installation) inDoubt(_ context.Context, j *jobStanding, now time.Time) ([]notify.Condition, error) {
	if j.OldestInDoubt.IsZero() || now.Sub(j.OldestInDoubt) <= 2*in.cfg.CRM[in.cfg.Jobs[j.name].CRM].Settle.Std() {
		return nil, nil
	}
	m := message.In(in.app.lang, message.NotifyInDoubt, message.S("job", j.name), message.N("writes", j.InDoubt), message.S("since", in.when(j.OldestInDoubt)))
	return []notify.Condition{{
		Job: j.name, Occasion: notify.Fail, Cause: causeInDoubt, Since: j.OldestInDoubt, Text: m.String(), Next: "syncd run " + j.name,
	}}, nil
}

// failing is how the last run of a job ended that ended by itself.
type failing struct {
	job    string
	status engine.RunStatus
	run    int64
	err    string
	since  time.Time
}

func (in *installation) failing(ctx context.Context, name string) (failing, error) {
	o, err := in.db.Outcome(ctx, in.jobKey(name))
	return failing{name, o.Status, o.Run, o.Err, o.Since}, err
}

var (
	saidCodes  = regexp.MustCompile(`SYNC-\d{4}`)
	saidResume = regexp.MustCompile(`syncd resume \S+ --allow [^\s;]+`)
)

// passingCodes are what is wrong with an export while it is being written.
var passingCodes = [...]message.Code{message.SourceBeingWritten, message.SourceNoCompanion, message.SourceOldReady, message.SourceEmpty}

// passing reports whether what ended a run passes by itself, as a rule.
func passing(code string) bool { return slices.Contains(passingCodes[:], message.Code(code)) }

// unreadyFor is how long an export may be not ready for a reason that passes by
// itself before people hear of it.
const unreadyFor = 30 * time.Minute

// ripe is from when on people are told that the runs of a job fail: at once, but for
// an export that is not ready yet. That lasts, or is there by when one was expected.
func (in *installation) ripe(f *failing) time.Time {
	codes := codesOf(f.err)
	if f.status != engine.RunNotReady || len(codes) == 0 || !passing(codes[0]) || len(codes) > 1 {
		return f.since
	}
	ripe := f.since.Add(unreadyFor)
	if due := in.cfg.Jobs[f.job].ExpectBy.Next(f.since.In(in.cfg.Timezone.Location)); !due.IsZero() && due.Before(ripe) {
		ripe = due
	}
	return ripe
}

// failed is that the runs of one job fail. An export that a guard turned away is a
// halt, though it ends by itself.
func (in *installation) failed(f failing) notify.Condition {
	codes := codesOf(f.err)
	c := notify.Condition{
		Job: f.job, Occasion: notify.Fail, Cause: strings.TrimSpace(string(f.status) + " " + strings.Join(codes, ",")),
		Since: f.since, Text: in.failingText([]string{f.job}, f), Next: "syncd status " + f.job,
	}
	switch {
	case slices.ContainsFunc(codes, func(code string) bool { return strings.HasPrefix(code, "SYNC-06") }):
		c.Occasion, c.Text = notify.Halt, f.err
		if next := saidResume.FindString(f.err); next != "" {
			c.Next = next
		}
	case len(codes) == 0 || slices.Contains(codes, string(message.RunFailed)): // the code alone does not tell what it is
		c.Cause += " " + digestOf(f.err)
	}
	return c
}

// ofState reports whether what ended a run was the state, not the job.
func ofState(err string) bool {
	return slices.ContainsFunc(codesOf(err), func(code string) bool {
		return code == string(message.StateDiskFull) || code == string(message.StateBusy) || code == string(message.StateUnusable)
	})
}

// refusing is that the state took no runs: one trouble, however many jobs it stops. What
// a run met that could not even be recorded goes first.
func (in *installation) refusing(runs []failing) []notify.Condition {
	if trouble := in.teller.trouble.Load(); trouble != nil {
		return []notify.Condition{in.unwritable(trouble.err, trouble.since)}
	}
	if len(runs) == 0 {
		return nil
	}
	first := slices.MinFunc(runs, func(a, b failing) int { return a.since.Compare(b.since) })
	return []notify.Condition{{
		Job: aboutState, Occasion: notify.Fail, Cause: causeUnwritable, Since: first.since, Text: first.err, Next: "syncd state verify",
	}}
}

// crmDown is that a CRM keeps its jobs from working: one trouble, however many
// jobs it stops. How it fails changes from run to run and is no news, but for a key
// that is refused.
func (in *installation) crmDown(crm string, list []failing) notify.Condition {
	last, since := list[0], list[0].since
	jobs := make([]string, len(list))
	for i, f := range list {
		jobs[i] = f.job
		if f.run > last.run {
			last = f
		}
		if f.since.Before(since) {
			since = f.since
		}
	}
	cause := "crm-unreachable"
	switch codes := codesOf(last.err); {
	case slices.Contains(codes, string(message.CRMCredentials)):
		cause = "crm-credentials"
	case slices.Contains(codes, string(message.CRMRedirect)):
		cause = "crm-redirect"
	}
	last.since = since
	return notify.Condition{
		Job: aboutCRM + crm, Occasion: notify.Fail, Cause: cause, Since: since,
		Text: in.failingText(jobs, last), Next: "syncd check --online",
	}
}

func (in *installation) failingText(jobs []string, f failing) string {
	head := message.In(in.app.lang, message.NotifyFailing, message.S("jobs", strings.Join(jobs, ", ")), message.S("since", in.when(f.since)))
	return strings.TrimSpace(head.String() + "\n" + f.err)
}

// codesOf lists the codes that an error of a run names, each once.
func codesOf(text string) []string {
	codes := saidCodes.FindAllString(text, -1)
	slices.Sort(codes)
	return slices.Compact(codes)
}

// digestOf tells errors apart that have no code of their own. Numbers are left out:
// lines, times and addresses change from run to run.
func digestOf(text string) string {
	sum := sha256.Sum256([]byte(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)))
	return hex.EncodeToString(sum[:4])
}

// neglected is that the state is not copied, or not put in order.
func (in *installation) neglected(ctx context.Context, now time.Time) ([]notify.Condition, error) {
	var list []notify.Condition
	for _, of := range []struct {
		task, next string
		code       message.Code
	}{
		{state.TaskBackup, "syncd state backup", message.NotifyBackup},
		{state.TaskUpkeep, "syncd state verify", message.NotifyUpkeep},
	} {
		last, err := in.db.LastUpkeep(ctx, of.task)
		if err != nil {
			return nil, err
		}
		overdue, err := in.backupOverdue(ctx, &last, now)
		if err != nil {
			return nil, err
		}
		cause, since := last.Err, last.At
		switch {
		case of.task == state.TaskBackup && in.cfg.Backup == nil:
			continue
		case cause == "" && of.task == state.TaskBackup && !overdue.IsZero():
			cause, since = in.app.say(phrase{"none was made when it was due", "в назначенное время её не сняли"}), overdue
		case cause == "":
			continue
		}
		list = append(list, notify.Condition{
			Job: aboutState, Occasion: notify.Fail, Cause: of.task, Since: since, Next: of.next,
			Text: message.In(in.app.lang, of.code, message.S("cause", strings.TrimRight(usageCause(in.app.lang, cause), ". ")),
				message.S("since", in.when(last.Succeeded))).String(),
		})
	}
	return list, nil
}

// unwritable is that the state, or its disk, takes nothing: no run can work then.
func (in *installation) unwritable(err error, now time.Time) notify.Condition {
	if codeOf(err) == "" {
		err = in.app.unusableState(string(in.cfg.State), err)
	}
	return notify.Condition{
		Job: aboutState, Occasion: notify.Fail, Cause: causeUnwritable, Since: now, Next: "syncd state verify",
		Text: in.app.wording(err),
	}
}

// backupOverdue is since when a copy is overdue while the service lives; zero when
// it is not.
func (in *installation) backupOverdue(ctx context.Context, last *state.UpkeepResult, now time.Time) (time.Time, error) {
	const patience = 3 * time.Hour // a run may be on
	if in.cfg.Backup == nil || in.cfg.Backup.Schedule == "" {
		return time.Time{}, nil
	}
	s, err := in.db.Service(ctx)
	if err != nil || s.Started.IsZero() || !s.Stopped.IsZero() {
		return time.Time{}, err
	}
	from := last.At
	if s.Started.After(from) {
		from = s.Started
	}
	if in.cfg.Backup.Schedule.Due(from, now.Add(-patience).In(in.cfg.Timezone.Location)) {
		return from, nil
	}
	return time.Time{}, nil
}
