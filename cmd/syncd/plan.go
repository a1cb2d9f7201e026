package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
)

// planFlags are the flags of plan.
type planFlags struct {
	exitCode, warnings, fullScan bool
	all, everyJob                bool // records of a kind in text, jobs of the configuration
	only                         []string
	most                         int // records of a kind in text; 0 = recordsShown
	out, mapping                 string
	jobs                         []string // that are planned, without their parts
}

// shown is how many records of a kind the text lists.
func (f *planFlags) shown() int {
	if f.most > 0 {
		return f.most
	}
	return recordsShown
}

func newPlan(a *app) *cobra.Command {
	f := &planFlags{}
	cmd := &cobra.Command{
		Use:   "plan [JOB…]",
		Short: a.say(phrase{"show what a run would do", "показать, что сделает запуск"}),
		Long: a.say(phrase{
			"Reads the source and the CRM and shows what a run would write, record by record and field by field, and what would stop it.\n" +
				"Of several jobs each counts on the plans before it, as a run of the same jobs counts on what it has made.\n" +
				"Sends nothing, stores nothing and takes no lock.",
			"Читает источник и CRM и показывает, что записал бы запуск — по записям и полям, — и что остановило бы его.\n" +
				"План каждого из нескольких заданий учитывает планы предыдущих, как их запуск — то, что уже создал.\n" +
				"Ничего не отправляет, не сохраняет и не занимает базу состояния.",
		}),
		Example: "  syncd plan clients\n  syncd plan clients --out monday.plan\n  syncd plan clients --mapping mappings/new.yaml\n  syncd plan clients --json > plan.jsonl\n  syncd plan clients --all-records | less\n  syncd plan --all\n  syncd plan clients --exit-code",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.plan(cmd.Context(), args, f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.exitCode, "exit-code", false, a.say(phrase{"exit 4 when there is something to write", "код 4, если есть что записать"}))
	fl.BoolVar(&f.everyJob, "all", false, a.say(phrase{"all jobs of the configuration", "все задания из настроек"}))
	fl.BoolVar(&f.all, "all-records", false, a.say(phrase{"every record (else 50 of a kind)", "все записи (иначе по 50 каждого вида)"}))
	fl.BoolVar(&f.warnings, "warnings", false, a.say(phrase{"list warnings too", "перечислить и предупреждения"}))
	fl.BoolVar(&f.fullScan, "full-scan", false, a.say(phrase{"read the CRM whole", "прочитать CRM целиком"}))
	fl.StringSliceVar(&f.only, "only", nil, a.say(phrase{"only these `KEYS` (or uids)", "только эти `КЛЮЧИ` (или uid)"}))
	fl.StringVar(&f.out, "out", "", a.say(phrase{"write the plan to `FILE`, for run --plan", "записать план в `ФАЙЛ`, для run --plan"}))
	fl.StringVar(&f.mapping, "mapping", "", a.say(phrase{
		"what another mapping `FILE` would make of the export, without asking the CRM",
		"что сделало бы из выгрузки другое описание полей `ФАЙЛ`, не спрашивая CRM",
	}))
	cmd.MarkFlagsMutuallyExclusive("out", "mapping")
	return cmd
}

func (a *app) plan(ctx context.Context, args []string, f *planFlags) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	names, err := in.jobs(args, f.everyJob)
	if err != nil {
		return err
	}
	if f.out+f.mapping != "" || len(f.only) > 0 { // these are of one job, or of its keys
		names = in.withoutParts(names)
	}
	if len(names) > 1 && f.out+f.mapping != "" {
		return noneNamed(names)
	}
	if f.mapping != "" {
		if err := readable(f.mapping, "--mapping"); err != nil {
			return err
		}
		in.cfg.Jobs[names[0]].Mapping = config.Path(f.mapping)
	}
	if len(names) > 1 {
		in.looksAhead(names)
		f.jobs = in.withoutParts(names)
	}
	return in.each(ctx, names, func(name string) error { return in.planOne(ctx, name, f) })
}

// readable blames a flag for a file that cannot be read.
func readable(path, flag string) error {
	f, err := os.Open(path)
	if err == nil {
		var st fs.FileInfo
		if st, err = f.Stat(); err == nil && st.IsDir() {
			err = &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
		}
		_ = f.Close()
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return usageError(message.UsageFileMissing, message.S("file", path), message.S("flag", flag))
	}
	return usageError(message.UsageFileUnreadable, message.S("file", path), message.S("flag", flag), message.S("cause", bareCause(err)))
}

// bareCause is an error of a file without its path, which the message names.
func bareCause(err error) string {
	var file *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &file):
		return file.Err.Error()
	case errors.As(err, &link):
		return link.Err.Error()
	}
	return err.Error()
}

// planOne plans one job. What it finds is told even when the plan could not be
// made to its end.
func (in *installation) planOne(ctx context.Context, name string, f *planFlags) error {
	bar := in.app.progress(name)
	defer bar.finish()
	p, err := in.job(ctx, name, tools{observe: bar.observe, step: func(string) {}})
	if err != nil {
		return err
	}
	if f.mapping == "" {
		if err := in.checkFields(ctx, p); err != nil {
			return err
		}
	}
	v := in.newPlanView(p, f)
	if f.out != "" {
		if v.file, err = newPlanWriter(f.out, p, time.Now()); err != nil {
			return in.notWritten(f.out, "syncd plan "+name+" --out", err)
		}
		defer v.file.drop()
	}
	o := engineOptions(&runFlags{only: f.only, fullScan: f.fullScan})
	o.Offline = f.mapping != ""
	plan, err := p.engine.Plan(ctx, o, v.op)
	bar.finish()
	if plan != nil {
		standing, serr := p.state.Standing(ctx)
		if serr != nil {
			return in.app.stateFault(serr)
		}
		if isBack(&standing, p) { // a run ends them by itself
			plan.Halts = slices.DeleteFunc(plan.Halts, func(h engine.Halt) bool { return h.Guard == engine.GuardMappingChanged })
		}
	}
	if err != nil {
		if plan != nil {
			v.halts(plan.Halts)
		}
		return in.runFault(name, err)
	}
	if err := v.rest(ctx, plan); err != nil {
		return err
	}
	if err := in.endPlan(v, f); err != nil {
		return err
	}
	if f.exitCode && v.pending() > 0 {
		return &outcomeError{exitPending}
	}
	return nil
}

// endPlan puts the plan's file in its place, and tells what the plan was made of.
func (in *installation) endPlan(v *planView, f *planFlags) error {
	tell := func(code message.Code, args ...message.Arg) {
		_, _ = fmt.Fprintln(in.app.err, message.In(in.app.lang, code, append(args, message.S("job", v.p.name))...))
	}
	if f.mapping != "" {
		tell(message.PlanReplayed, message.S("mapping", f.mapping))
	}
	if v.file == nil {
		return nil
	}
	if err := v.file.finish(); err != nil {
		return in.notWritten(f.out, "syncd plan "+v.p.name+" --out", err)
	}
	tell(message.PlanWritten, message.S("file", f.out), message.N("ops", int64(v.file.ops)))
	return nil
}

// changeJSON is one field of a plan or of the history.
type changeJSON struct {
	Field string  `json:"field"`
	From  *string `json:"from"`
	To    *string `json:"to"`
	Rule  string  `json:"rule"`
	Lost  *string `json:"lost,omitempty"`
}

func changesJSON(list []engine.FieldChange) []changeJSON {
	out := make([]changeJSON, 0, len(list))
	for _, c := range list {
		out = append(out, changeJSON{c.Field, c.From, c.To, string(c.Rule), c.Lost})
	}
	return out
}

// opJSON is a planned write.
type opJSON struct {
	Type    string       `json:"type"`
	Job     string       `json:"job"`
	Kind    string       `json:"kind"`
	UID     string       `json:"uid"`
	Key     string       `json:"key"`
	Title   string       `json:"title"`
	CLID    int64        `json:"clid,omitempty"`
	Why     string       `json:"why,omitempty"`
	File    string       `json:"file,omitempty"`
	Line    int          `json:"line,omitempty"`
	Changes []changeJSON `json:"changes"`
	Back    []changeJSON `json:"back,omitempty"` // what goes to the source side
}

// jsonPlan writes a plan as JSON lines, as it comes.
type jsonPlan struct {
	job string
	out *json.Encoder
}

func (j jsonPlan) op(op *engine.Op, changes []engine.FieldChange) error {
	return j.out.Encode(opOf(j.job, op, changes))
}

func opOf(job string, op *engine.Op, changes []engine.FieldChange) opJSON {
	return opJSON{
		"op", job, string(op.Kind), op.UID, op.Key, op.Title, op.CLID, op.Code, op.Origin.File, op.Origin.Line,
		changesJSON(changes), changesJSON(op.Back),
	}
}
