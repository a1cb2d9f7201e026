package main

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
)

// planFlags are the flags of plan.
type planFlags struct {
	exitCode, all, warnings, fullScan bool
	only                              []string
	most                              int // records of a kind in text; 0 = recordsShown
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
				"Sends nothing, stores nothing and takes no lock.",
			"Читает источник и CRM и показывает, что записал бы запуск — по записям и полям, — и что остановило бы его.\n" +
				"Ничего не отправляет, не сохраняет и не занимает базу состояния.",
		}),
		Example: "  syncd plan clients\n  syncd plan clients --json > plan.jsonl\n  syncd plan --all-records | less\n  syncd plan clients --exit-code",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.plan(cmd.Context(), args, f) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.exitCode, "exit-code", false, a.say(phrase{"exit 4 when there is something to write", "код 4, если есть что записать"}))
	fl.BoolVar(&f.all, "all-records", false, a.say(phrase{"every record (else 50 of a kind)", "все записи (иначе по 50 каждого вида)"}))
	fl.BoolVar(&f.warnings, "warnings", false, a.say(phrase{"list warnings too", "перечислить и предупреждения"}))
	fl.BoolVar(&f.fullScan, "full-scan", false, a.say(phrase{"read the CRM's clients whole", "прочитать клиентов CRM целиком"}))
	fl.StringSliceVar(&f.only, "only", nil, a.say(phrase{"only these `KEYS` (or uids)", "только эти `КЛЮЧИ` (или uid)"}))
	return cmd
}

func (a *app) plan(ctx context.Context, args []string, f *planFlags) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	names, err := in.jobs(args, false)
	if err != nil {
		return err
	}
	return in.each(ctx, names, func(name string) error { return in.planOne(ctx, name, f) })
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
	if err := in.checkFields(ctx, p); err != nil {
		return err
	}
	v := in.newPlanView(p, f)
	plan, err := p.engine.Plan(ctx, engineOptions(&runFlags{only: f.only, fullScan: f.fullScan}), v.op)
	bar.finish()
	if err != nil {
		if plan != nil {
			v.halts(plan.Halts)
		}
		return in.runFault(name, err)
	}
	if err := v.rest(ctx, plan); err != nil {
		return err
	}
	if f.exitCode && v.pending() > 0 {
		return &outcomeError{exitPending}
	}
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
	return j.out.Encode(opJSON{
		"op", j.job, string(op.Kind), op.UID, op.Key, op.Title, op.CLID, op.Code, op.Origin.File, op.Origin.Line, changesJSON(changes), changesJSON(op.Back),
	})
}
