package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "status [JOB…]",
		Short: a.say(phrase{"where the jobs stand", "в каком состоянии задания"}),
		Long: a.say(phrase{
			"One screen: whether a person is needed and for what, the service and the last copy of the state, when each job last succeeded and\n" +
				"runs next, what stopped it and which command goes on. With one job named, all about that job.",
			"Один экран: нужен ли человек и зачем, служба и последняя копия состояния, когда каждое задание последний раз удалось и когда\n" +
				"запустится снова, что его остановило и какой командой продолжить. С именем одного задания — всё о нём.",
		}),
		Example: "  syncd status\n  syncd status clients\n  syncd status clients --json",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), args) },
	}
}

// overview is where everything stands at one moment.
type overview struct {
	now     time.Time
	jobs    []jobStanding
	service serviceStanding
	backup  state.UpkeepResult
	retired state.Retirement
	removed []removedJob

	channels []channelHealth // of notices
}

// serviceStanding is the service as its lock and its last words tell.
type serviceStanding struct {
	state.Service
	pid int // 0 = none runs
}

// jobStanding is a job with where it stands; one that never ran has the zero
// JobStatus but for what is planned.
type jobStanding struct {
	name string
	state.JobStatus
	last    *engine.Report // the last run; nil = there was none
	trouble string         // what ended the last run, "" when it ended well
	waiting int64          // records that the last run did not reach, though it ended well
	runner  int            // the process that runs jobs now; 0 = none
	late    time.Time      // since when an export is missing; zero = none is
	ended   state.Outcome  // how the last run ended that ended by itself
	turned  []engine.Halt  // the guards that turned its export away; the next good one clears them
}

// removedJob is a job that the configuration has no more, and whose run is on.
type removedJob struct {
	name   string
	runner int
	since  time.Time
}

// decisions counts the holds that wait for a person; the others are decided, or
// release themselves.
func (j *jobStanding) decisions() int64 {
	held := heldOf(&j.JobStatus)
	return held.decisions()
}

func (a *app) status(ctx context.Context, args []string) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	names, err := in.jobs(args, len(args) == 0)
	if err != nil {
		return err
	}
	o, err := in.overview(ctx, names, a.clock()())
	if err == nil && len(args) == 0 {
		o.removed, err = in.removedJobs(ctx)
	}
	if err != nil {
		return a.stateFault(err)
	}
	if a.flags.json {
		return in.printStatusJSON(o)
	}
	_, err = fmt.Fprint(a.out, in.overviewText(o))
	return err
}

// overview gathers where the jobs named stand, and what serves them.
func (in *installation) overview(ctx context.Context, names []string, now time.Time) (o *overview, err error) {
	o = &overview{now: now}
	if o.service.Service, err = in.db.Service(ctx); err != nil {
		return nil, err
	}
	if o.service.pid, err = state.Holder(serviceLock(string(in.cfg.State))); err != nil {
		return nil, err
	}
	if o.backup, err = in.db.LastUpkeep(ctx, state.TaskBackup); err != nil {
		return nil, err
	}
	if o.channels, err = in.channelsHealth(ctx); err != nil {
		return nil, err
	}
	if o.retired, err = in.db.Retired(ctx); err != nil {
		return nil, err
	}
	planned, err := in.db.Planned(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		one, err := in.standing(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, p := range planned { // also of jobs that never ran
			if p.Job == name {
				one.Schedule, one.NextRun, one.Skipped = p.Schedule, p.Next, p.Skipped
			}
		}
		if one.LastRun > 0 {
			fresh := one.SourceTime
			if lies := newestFile(in.cfg.Sources[in.cfg.Jobs[name].Source]); lies.After(fresh) {
				fresh = lies // it came, and waits for its run
			}
			one.late = in.cfg.Jobs[name].ExpectBy.LateSince(fresh, now.In(in.cfg.Timezone.Location))
		}
		o.jobs = append(o.jobs, one)
	}
	return o, nil
}

// removedJobs lists the jobs whose run is on though the configuration has them no more.
func (in *installation) removedJobs(ctx context.Context) (out []removedJob, err error) {
	runner, err := state.Holder(string(in.cfg.State))
	if err != nil || runner == 0 {
		return nil, err
	}
	list, err := in.db.Status(ctx, "")
	if err != nil {
		return nil, err
	}
	for i := range list {
		if s := &list[i]; s.LastStatus == engine.RunRunning && in.cfg.Jobs[s.Job] == nil {
			out = append(out, removedJob{s.Job, runner, s.LastStarted})
		}
	}
	return out, nil
}

// standing gathers where a job stands.
func (in *installation) standing(ctx context.Context, name string) (jobStanding, error) {
	one := jobStanding{name: name}
	list, err := in.db.Status(ctx, name)
	if err != nil {
		return one, err
	}
	for i := range list {
		if j := in.cfg.Jobs[name]; list[i].CRM == j.CRM && list[i].Entity == string(j.Entity) {
			one.JobStatus = list[i]
		}
	}
	if one.LastRun == 0 {
		return one, nil
	}
	if one.ended, err = in.ended(ctx, &one.JobStatus); err != nil {
		return one, err
	}
	one.turned = one.ended.Turned
	runs, err := in.db.Runs(ctx, name, 1)
	if err != nil {
		return one, err
	}
	if len(runs) > 0 && runs[0].Run == one.LastRun { // a job that was pointed at another CRM has other runs, too
		one.last = &runs[0]
	}
	switch one.LastStatus {
	case engine.RunDone, engine.RunPartial:
		if one.last != nil {
			one.waiting = one.last.Of(engine.Waiting)
		}
	case engine.RunRunning:
		one.runner, err = state.Holder(string(in.cfg.State))
		return one, err
	case engine.RunHalted: // its halts say why
	case engine.RunNotReady, engine.RunUnreachable, engine.RunInterrupted, engine.RunFailed:
		if len(runs) > 0 {
			one.trouble = runs[0].Err
		}
	}
	return one, nil
}

// need is something that waits for a person.
type need struct {
	what string // for machines
	text string // the same for people
}

// needs lists what of a job waits for a person.
func (in *installation) needs(j *jobStanding, o *overview) []need {
	say := in.app.say
	alone := o.service.pid > 0 && startsItself(in.cfg, j.name) // the next run comes by itself
	var out []need
	status := func(s engine.RunStatus) { out = append(out, need{string(s), say(statusPhrase(s))}) }
	switch {
	case j.LastRun == 0 && (alone || in.comesWithItsJob(j, o)):
	case j.LastRun == 0:
		out = append(out, need{"never-ran", say(phrase{"never ran", "ещё не запускалось"})})
	case len(j.Halts) > 0:
		status(engine.RunHalted)
	case len(j.turned) > 0:
		out = append(out, need{string(engine.RunHalted), say(turnedAwayPhrase())})
	case j.LastStatus == engine.RunFailed || j.LastStatus == engine.RunNotReady || j.LastStatus == engine.RunUnreachable:
		status(j.LastStatus)
	case !alone && (j.LastStatus == engine.RunInterrupted || j.LastStatus == engine.RunRunning && j.runner == 0):
		status(engine.RunInterrupted)
	}
	if broken := in.brokenMapping(j.name); broken != nil {
		out = append(out, need{"mapping", say(phrase{"its mapping has errors", "ошибки в описании полей"})})
	}
	if r := j.last; r != nil && r.Of(engine.Rejected) > 0 && r.Of(engine.Rejected) == usedBy(r) {
		out = append(out, need{"all-rejected", say(phrase{"everything was rejected", "отклонено всё"})})
	}
	if !j.late.IsZero() {
		out = append(out, need{"late", say(phrase{"no fresh export", "нет свежей выгрузки"})})
	}
	if n := j.decisions(); n > 0 {
		out = append(out, need{"held", fmt.Sprintf(say(phrase{"%d held", "ждут решения: %d"}), n)})
	}
	return out
}

// usedBy is how many records of the export a run had to do with.
func usedBy(r *engine.Report) int64 {
	n := int64(0)
	for o := engine.Unchanged; o < engine.Outcomes; o++ {
		if o != engine.Absent && o != engine.OutOfScope {
			n += r.Of(o)
		}
	}
	return n
}

// comesWithItsJob reports whether a part that never ran does so once its job has got
// through: there is nothing else to do about it.
func (in *installation) comesWithItsJob(j *jobStanding, o *overview) bool {
	of := ""
	if cfg := in.cfg.Jobs[j.name]; cfg != nil {
		of = cfg.Of
	}
	return slices.ContainsFunc(o.jobs, func(job jobStanding) bool {
		return of != "" && job.name == of && job.LastSuccess.IsZero()
	})
}

// commonNeeds lists what waits for a person and belongs to no job.
func (in *installation) commonNeeds(o *overview) []need {
	say := in.app.say
	var out []need
	if !o.retired.At.IsZero() {
		return []need{{"retired", say(phrase{"this state was moved to another server", "эта база состояния перенесена на другой сервер"})}}
	}
	if o.service.pid == 0 && !o.service.Started.IsZero() && slices.ContainsFunc(in.cfg.JobNames(), func(name string) bool { return startsItself(in.cfg, name) }) {
		out = append(out, need{"service-stopped", say(phrase{"the service is not running", "служба не работает"})})
	}
	if o.backup.Err != "" {
		out = append(out, need{"backup-failed", say(phrase{"the last copy of the state failed", "последняя копия состояния не удалась"})})
	}
	for _, c := range failingOf(o.channels) {
		out = append(out, need{"notify-failed", fmt.Sprintf(say(phrase{"%s delivers no notices", "%s не доставляет уведомлений"}), c.name)})
	}
	return out
}

// age is a duration in the coarsest units that tell something.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// age is how long ago something was, with the units of the user's language.
func (a *app) age(d time.Duration) string {
	if a.lang != message.Russian {
		return age(d)
	}
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d с", max(0, int(d.Seconds())))
	case d < time.Hour:
		return fmt.Sprintf("%d мин", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d ч %02d мин", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d дн.", int(d.Hours()/24))
}
