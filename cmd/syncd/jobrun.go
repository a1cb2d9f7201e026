package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

// runFlags are the flags of run.
type runFlags struct {
	all, fullScan, strict bool
	only                  []string
	limit                 int
	plan                  string
	wait                  time.Duration // for the run lock; 0 = not
	byService             bool
}

func newRun(a *app) *cobra.Command {
	f := &runFlags{}
	cmd := &cobra.Command{
		Use: "run [JOB…]",
		Short: a.say(phrase{
			"carry out jobs now", "выполнить задания сейчас",
		}),
		Long: a.say(phrase{
			"Reads the source to its end, compares it with the state, checks the guards, and only then writes to the CRM.\n" +
				"Records that need a person wait as holds; rows that cannot be used are listed as rejects.",
			"Читает источник до конца, сравнивает с базой состояния, проверяет защиты и лишь затем пишет в CRM.\n" +
				"Записи, где нужен человек, ждут решения; негодные строки попадают в список отклонённых.",
		}),
		Example: "  syncd run clients\n  syncd run clients --plan monday.plan\n  syncd run --all --wait 10m\n  syncd run clients --by-service\n  syncd run clients --limit 5\n  syncd run clients --only 4d1c3f0e-0000-4000-8000-000000000001",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runJobs(cmd.Context(), args, f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.all, "all", false, a.say(phrase{"all jobs of the configuration", "все задания из настроек"}))
	fl.BoolVar(&f.fullScan, "full-scan", false, a.say(phrase{"read the CRM whole", "прочитать CRM целиком"}))
	fl.BoolVar(&f.strict, "strict", false, a.say(phrase{"exit 3 also for standing holds and rejects", "код 3 и при прежних отклонённых и ждущих"}))
	fl.StringSliceVar(&f.only, "only", nil, a.say(phrase{"only these `KEYS` (or uids)", "только эти `КЛЮЧИ` (или uid)"}))
	fl.IntVar(&f.limit, "limit", 0, a.say(phrase{"stop after `N` written records", "остановиться после `N` записанных карточек"}))
	fl.DurationVar(&f.wait, "wait", 0, a.say(phrase{"wait for another run to end, up to `DURATION` (10m)", "ждать окончания другого запуска до `СРОКА` (10m)"}))
	fl.BoolVar(&f.byService, "by-service", false, a.say(phrase{"ask the service to run them now", "попросить службу запустить их сейчас"}))
	fl.StringVar(&f.plan, "plan", "", a.say(phrase{"carry out exactly the plan in `FILE` (plan --out)", "выполнить ровно план из `ФАЙЛА` (plan --out)"}))
	return cmd
}

// runJobs runs the named jobs one after the other; a job that fails does not
// keep the others from running.
func (a *app) runJobs(ctx context.Context, names []string, f *runFlags) error {
	if f.limit < 0 {
		return usageError(message.UsageBadFlag, message.S("command", "syncd run"), message.S("cause", fmt.Sprintf("--limit %d", f.limit)))
	}
	if f.byService {
		return a.askService(ctx, names, f)
	}
	in, closeAll, err := a.inTurn(ctx, f.wait)
	if err != nil {
		return err
	}
	defer closeAll()
	in.saveMemory()
	if err := in.tellRestored(ctx); err != nil {
		return err
	}
	names, err = in.jobs(names, f.all)
	if err != nil {
		return err
	}
	if f.plan != "" || len(f.only) > 0 { // these are of one job, or of its keys
		names = in.withoutParts(names)
	}
	if len(names) > 1 && f.plan != "" {
		return noneNamed(names)
	}
	defer in.leavePage(ctx)
	defer in.prune(ctx)
	return in.runEach(ctx, names, f)
}

// runEach runs jobs one after the other. A part of a job is left out when the job, or
// the part before it, could not be carried out.
func (in *installation) runEach(ctx context.Context, names []string, f *runFlags) error {
	if len(names) == 1 {
		return in.runOne(ctx, names[0], f)
	}
	ended := map[string]int{} // the codes of those that did not end well
	for _, name := range names {
		if before := in.stoppedBefore(name, ended); before != "" {
			in.app.remark(message.RunPartLeftOut, message.S("job", name), message.S("before", before))
			ended[name] = ended[before]
			continue
		}
		err := in.runOne(ctx, name, f)
		if err == nil {
			continue
		}
		var told *outcomeError
		if !errors.As(err, &told) {
			in.app.report(err)
			err = &outcomeError{exitFor(err)}
		}
		if ctx.Err() != nil {
			return err
		}
		ended[name] = exitFor(err)
	}
	if len(ended) == 0 {
		return nil
	}
	return &outcomeError{worstExit(slices.Collect(maps.Values(ended))...)}
}

// stoppedBefore is the job that a part comes after, when that was stopped; "" for a
// job of its own, and where what comes before got as far as the CRM.
func (in *installation) stoppedBefore(name string, ended map[string]int) string {
	j := in.cfg.Jobs[name]
	if j.Of == "" {
		return ""
	}
	for _, before := range j.After {
		switch ended[before] {
		case exitFailure, exitHalted, exitCRM, exitConfig:
			return before
		}
	}
	return ""
}

// tellRestored says that an older state was put in the place of a newer one.
func (in *installation) tellRestored(ctx context.Context) error {
	from, to, restored, err := in.db.Restored(ctx)
	if err != nil {
		return in.app.stateFault(err)
	}
	if restored {
		if err := in.db.Mistrust(ctx); err != nil {
			return in.app.stateFault(err)
		}
		_, _ = fmt.Fprintln(in.app.err, message.In(in.app.lang, message.StateRestored, message.S("file", in.shown(string(in.cfg.State))),
			message.N("from", from), message.N("to", to)))
	}
	return nil
}

// prune keeps the state in order, once a day: it forgets the history that the
// configuration does not keep, and gives the room back. A run is not worse for what
// it leaves.
func (in *installation) prune(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	if _, err := in.db.Upkeep(ctx, in.keptSince()); err != nil {
		in.log.Warn("the upkeep of the state was not finished", zap.Error(err))
	}
}

// keptSince is from when on history is kept; zero: all of it.
func (in *installation) keptSince() time.Time {
	h := in.cfg.History.Std()
	if h <= 0 {
		return time.Time{}
	}
	return in.app.clock()().Add(-h)
}

// runOne runs one job and tells what came of it.
func (in *installation) runOne(ctx context.Context, name string, f *runFlags) error {
	bar := in.app.progress(name)
	r, err := in.carryOut(ctx, name, f, bar.observe)
	bar.finish()
	if r != nil {
		if perr := in.app.printReport(r); perr != nil {
			return errors.Join(err, perr)
		}
	}
	if err != nil {
		return err
	}
	if r.Moved+r.Unplanned > 0 {
		_, _ = fmt.Fprintln(in.app.err, message.In(in.app.lang, message.PlanMoved, message.S("job", name),
			message.N("moved", r.Moved), message.N("unplanned", r.Unplanned)))
	}
	if err := in.metAll(ctx, name, f.only); err != nil {
		return err
	}
	if r.Status == engine.RunPartial || r.Moved > 0 || f.strict && r.Of(engine.Held)+r.Of(engine.Rejected)+r.Of(engine.InDoubt) > 0 {
		return &outcomeError{exitPartial}
	}
	return nil
}

// carryOut runs one job to its end and logs it; the report is nil when the engine
// did not begin. Errors are worded for people.
func (in *installation) carryOut(ctx context.Context, name string, f *runFlags, observe func(engine.Event)) (*engine.Report, error) {
	p, err := in.job(ctx, name, tools{observe: observe, step: crashStep(in.app.getenv)})
	if exitFor(err) == exitCRM {
		return nil, errors.Join(err, in.noteFailed(ctx, name, err))
	}
	if err != nil {
		return nil, err
	}
	if err := in.checkFields(ctx, p); err != nil {
		return nil, errors.Join(err, in.noteFailure(ctx, p, err))
	}
	o := engineOptions(f)
	if o.FullScan, err = in.scansWhole(ctx, p, f); err != nil {
		return nil, err
	}
	if f.plan != "" {
		if o.Plan, err = in.takePlan(ctx, p, f.plan); err != nil {
			return nil, err
		}
	}
	if err := in.mappingBack(ctx, p); err != nil {
		return nil, err
	}
	if err := in.meetsAny(ctx, p, f.only); err != nil {
		return nil, err
	}
	in.log.Info("run begins", zap.String(logJob, name))
	r, err := p.engine.Run(ctx, o)
	worded := in.runFault(name, err)
	if r != nil {
		logReport(in.log, r, err, passing(string(codeOf(worded))))
		for i, file := range r.Delivered {
			r.Delivered[i] = in.deliveryName(name, file)
		}
	}
	return r, worded
}

// scansWhole reports whether a run reads the CRM whole: when asked to, or when a
// time of `crm_full_scan` has passed since the last such reading.
func (in *installation) scansWhole(ctx context.Context, p *jobParts, f *runFlags) (bool, error) {
	if f.fullScan || p.cfg.CRMFullScan == "" {
		return f.fullScan, nil
	}
	mark, err := p.state.MirrorMark(ctx)
	if err != nil {
		return false, in.app.stateFault(err)
	}
	last := mark.FullAt
	if p.cfg.Direction != config.Push {
		last = mark.Job.FullAt
	}
	now := in.app.clock()().In(in.cfg.Timezone.Location)
	return last.After(now) || !last.IsZero() && p.cfg.CRMFullScan.Due(last, now), nil // after: by a clock that was ahead
}

// noteFailed is noteFailure by the job's name.
func (in *installation) noteFailed(ctx context.Context, name string, cause error) error {
	j := in.cfg.Jobs[name]
	s, err := in.db.Job(context.WithoutCancel(ctx), state.JobKey{Name: name, CRM: j.CRM, Entity: string(j.Entity)})
	if err != nil {
		return err
	}
	return in.noteFailure(ctx, &jobParts{name: name, cfg: j, state: s}, cause)
}

// noteFailure puts a run on record that ended before the engine began, so that
// status and runs show it.
func (in *installation) noteFailure(ctx context.Context, p *jobParts, cause error) error {
	status := engine.RunFailed
	switch {
	case ctx.Err() != nil:
		status = engine.RunInterrupted
	case exitFor(cause) == exitCRM:
		status = engine.RunUnreachable
	}
	ctx = context.WithoutCancel(ctx)
	started := in.app.clock()()
	run, err := p.state.Start(ctx, started)
	if err != nil {
		return err
	}
	return p.state.Finish(ctx, run, &engine.Report{
		Run: run, Job: p.name, Status: status, Started: started, Finished: in.app.clock()(), Code: string(codeOf(cause)), Err: in.app.wording(cause),
	})
}

func engineOptions(f *runFlags) engine.Options {
	o := engine.Options{Limit: f.limit, FullScan: f.fullScan}
	if len(f.only) > 0 {
		o.Only = make(map[string]bool, len(f.only))
		for _, k := range f.only {
			o.Only[k] = true
		}
	}
	return o
}

// checkFields refuses a mapping whose fields the CRM would drop in silence,
// before anything is written.
func (in *installation) checkFields(ctx context.Context, p *jobParts) error {
	off, err := p.crm.inactive(ctx)
	if err != nil {
		return in.runFault(p.name, err)
	}
	faults := in.inactive(p.cfg.Entity, off)
	if len(faults) == 0 {
		return in.tellUnsent(ctx, p)
	}
	for _, f := range faults[:len(faults)-1] {
		in.app.report(f)
	}
	return faults[len(faults)-1]
}

// fieldsMenu is where fields are switched on in the CRM, in its own language.
func fieldsMenu(e config.Entity) string {
	form := "Клиент"
	switch e {
	case config.EntityDeal:
		form = "Сделка"
	case config.EntityPerson:
		form = "Контакт"
	case config.EntityClient, config.EntityInvoice, config.EntityPayment:
	}
	return "«Панель управления» → «Формы» → «" + form + "»"
}

// printReport tells what a run did: as JSON, or for people.
func (a *app) printReport(r *engine.Report) error {
	if a.flags.json {
		return json.NewEncoder(a.out).Encode(reportJSON(r))
	}
	_, err := fmt.Fprint(a.out, a.prose(a.reportText(r), "  "))
	return err
}
