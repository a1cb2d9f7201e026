package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// resolveFlags are the flags of resolve.
type resolveFlags struct {
	field, take, set, reason, from string
	isSet                          bool // --set was given: "" is a value
}

func newResolve(a *app) *cobra.Command {
	f := &resolveFlags{}
	cmd := &cobra.Command{
		Use:   "resolve JOB/UID | JOB --reason R | --from FILE",
		Short: a.say(phrase{"decide about records that wait", "принять решение по ждущим записям"}),
		Long: a.say(phrase{
			"Stores a decision; the next run carries it out. The record is named by its whole uid, key, clid, ИНН or title.\n\n" +
				"--take source  the export's value goes to the CRM\n" +
				"--take crm     the CRM's value stays\n" +
				"--take link    both are one and the same: link them\n" +
				"--take add     they are two: add this one\n" +
				"--take ignore  leave the record out until decided otherwise\n" +
				"--take retry   the cause is gone: try again\n" +
				"--set VALUE    neither: this value (with --field)\n\n" +
				"--from FILE takes the file of syncd holds --out back, however the spreadsheet saved it. Every line that can be\n" +
				"carried out is; the others (changed since, unclear, impossible) are listed with their numbers, and the exit code is 3.",
			"Записывает решение; выполнит его следующий запуск. Запись называют полностью: по uid, ключу, clid, ИНН или названию.\n\n" +
				"--take source  в CRM уйдёт значение из выгрузки\n" +
				"--take crm     останется значение CRM\n" +
				"--take link    это одно и то же: связать\n" +
				"--take add     это разные: добавить эту\n" +
				"--take ignore  не трогать запись, пока не решено иначе\n" +
				"--take retry   причина устранена: попробовать снова\n" +
				"--set ЗНАЧЕНИЕ ни то ни другое: это значение (вместе с --field)\n\n" +
				"--from ФАЙЛ принимает файл от syncd holds --out, как бы его ни сохранила таблица. Все строки, которые можно выполнить,\n" +
				"будут приняты; остальные (изменилось с тех пор, неясно, невозможно) перечисляются с номерами, код завершения — 3.",
		}),
		Example: "  syncd resolve clients/A-15 --take link\n  syncd resolve clients/A-15 --field phone --take crm\n" +
			"  syncd resolve clients --reason no-base --take crm\n  syncd resolve --from holds.csv",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.isSet = cmd.Flags().Changed("set")
			return a.resolve(cmd.Context(), args, f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.field, "field", "", a.say(phrase{"this `FIELD` alone", "только это `ПОЛЕ`"}))
	fl.StringVar(&f.take, "take", "", a.say(phrase{"the `DECISION`, one of those above", "`РЕШЕНИЕ`, одно из названных выше"}))
	fl.StringVar(&f.set, "set", "", a.say(phrase{"the `VALUE` to settle on", "`ЗНАЧЕНИЕ`, на котором остановиться"}))
	fl.StringVar(&f.reason, "reason", "", a.say(phrase{"all holds of a job with this `REASON`", "`ПРИЧИНА`: все записи задания, которые ждут из-за неё"}))
	fl.StringVar(&f.from, "from", "", a.say(phrase{"decisions marked in a `FILE` of holds --out", "`ФАЙЛ` от holds --out с отмеченными решениями"}))
	return cmd
}

// decision is a choice about one record, checked.
type decision struct {
	job    string
	uid    string
	title  string // "" = not known
	choice engine.Choice
}

func (a *app) resolve(ctx context.Context, args []string, f *resolveFlags) error {
	if err := f.check(args); err != nil {
		return err
	}
	in, closeAll, err := a.install(ctx, writing)
	if err != nil {
		return err
	}
	defer closeAll()
	var list []decision
	switch {
	case f.from != "":
		return in.carryOver(ctx, f.from)
	case f.reason != "":
		list, err = in.inBulk(ctx, args, f)
	default:
		list, err = in.single(ctx, args[0], f)
	}
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := in.store(ctx, d); err != nil {
			return err
		}
	}
	if err := in.resolved(list); err != nil {
		return err
	}
	return in.wakeService(ctx, jobsOf(list)...)
}

// jobsOf lists the jobs of decisions, each once.
func jobsOf(list []decision) (jobs []string) {
	for _, d := range list {
		if !slices.Contains(jobs, d.job) {
			jobs = append(jobs, d.job)
		}
	}
	return jobs
}

// check refuses a command line that asks for nothing, or for two things.
func (f *resolveFlags) check(args []string) error {
	refuse := func(cause string) error {
		return usageError(message.UsageBadFlag, message.S("command", "syncd resolve"), message.S("cause", cause))
	}
	switch {
	case f.from != "" && (len(args) > 0 || f.reason != "" || f.take != "" || f.isSet || f.field != ""):
		return refuse("--from FILE stands alone")
	case f.from != "":
		return nil
	case len(args) == 0:
		return refuse("JOB/UID, JOB --reason R, or --from FILE")
	case (f.take == "") == !f.isSet:
		return refuse("one of --take (" + strings.Join(allTakes(), ", ") + ") and --set VALUE")
	case f.take != "" && !isTake(f.take):
		return refuse("--take takes one of: " + strings.Join(allTakes(), ", "))
	case f.isSet && f.field == "":
		return refuse("--set needs --field")
	case f.set == "VALUE" || f.set == "ЗНАЧЕНИЕ": // the printed command, pasted as it stands
		return refuse("--set stands without its value")
	}
	return knownReason("syncd resolve", f.reason)
}

// single is the decision about the record that the command line names.
func (in *installation) single(ctx context.Context, query string, f *resolveFlags) ([]decision, error) {
	r, err := in.exactRecord(ctx, query)
	if err != nil {
		return nil, err
	}
	choice := engine.Choice{UID: r.UID, Field: f.field, Take: f.take}
	if f.isSet {
		choice.Set = &f.set
	}
	d, err := in.decide(ctx, r.Job, r.UID, choice)
	if err != nil {
		return nil, err
	}
	return []decision{d}, nil
}

// decide checks a choice against what the record waits for.
func (in *installation) decide(ctx context.Context, job, uid string, choice engine.Choice) (decision, error) {
	d := decision{job: job, uid: uid, choice: choice}
	detail, err := in.db.Record(ctx, job, uid)
	var unknown *state.UnknownRecordError
	if errors.As(err, &unknown) { // perhaps it is left out by an earlier decision
		var chosen map[string][]engine.Choice
		if chosen, err = in.choices(ctx, job); err != nil {
			return d, err
		}
		detail.Choices = chosen[uid]
	}
	if err != nil {
		return d, in.app.stateFault(err)
	}
	d.title = detail.Title
	switch {
	case detail.Hold != nil:
		if err := possible(&detail.Hold.Hold, job, choice); err != nil {
			return d, err
		}
		if choice.Take == takeLinkWord {
			d.choice.CLID = detail.Hold.CLID
		}
		return d, nil
	case detail.Refused != nil:
		if choice.Take == takeRetryWord || choice.Take == takeIgnoreWord {
			return d, nil
		}
		return d, usageError(message.UsageBadTake, message.S("reason", "refused"), message.S("take", wordOf(choice)),
			message.S("known", takeRetryWord+", "+takeIgnoreWord))
	case len(detail.Choices) > 0 && choice.Take == takeRetryWord: // an earlier "ignore" is taken back
		return d, nil
	}
	return d, usageError(message.UsageNothingHeld, message.S("query", job+"/"+uid))
}

// possible refuses what cannot be decided about a hold, and names what can.
func possible(h *engine.Hold, job string, c engine.Choice) error {
	takes := takesOf(h)
	query := job + "/" + h.UID
	switch {
	case len(takes) == 0:
		return usageError(message.UsageNotByHand, message.S("reason", string(h.Reason)), message.S("query", query))
	case c.Set == nil && !slices.Contains(takes, c.Take), c.Set != nil && (!byField(h.Reason) || !slices.Contains(takes, takeSourceWord)):
		return usageError(message.UsageBadTake, message.S("reason", string(h.Reason)), message.S("take", wordOf(c)),
			message.S("known", strings.Join(takes, ", ")))
	case c.Field == "":
		return nil
	}
	fields := make([]string, 0, len(h.Fields))
	for _, f := range h.Fields {
		if f.Field == c.Field && byField(h.Reason) {
			return nil
		}
		fields = append(fields, f.Field)
	}
	return usageError(message.UsageNotDisputed, message.S("field", c.Field), message.S("known", orDash(strings.Join(fields, ", "))))
}

// wordOf is the choice as it was asked for.
func wordOf(c engine.Choice) string {
	if c.Set != nil {
		return "--set"
	}
	return c.Take
}

// inBulk decides about every hold of one reason. One that cannot be decided so
// refuses all: half a bulk is not what was meant.
func (in *installation) inBulk(ctx context.Context, args []string, f *resolveFlags) ([]decision, error) {
	job, err := in.oneJob(args)
	if err != nil {
		return nil, err
	}
	holds, err := in.db.Holds(ctx, state.HoldFilter{Job: job, Reason: reconcile.Reason(f.reason)})
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	if len(holds) == 0 {
		return nil, usageError(message.UsageNothingHeld, message.S("query", job+" --reason "+f.reason))
	}
	list := make([]decision, 0, len(holds))
	for i := range holds {
		h := &holds[i]
		choice := engine.Choice{UID: h.UID, Field: f.field, Take: f.take}
		if f.isSet {
			choice.Set = &f.set
		}
		if err := possible(&h.Hold, job, choice); err != nil {
			return nil, err
		}
		if f.take == takeLinkWord {
			choice.CLID = h.CLID
		}
		list = append(list, decision{job, h.UID, h.Title, choice})
	}
	return list, nil
}

// store puts one decision on record.
func (in *installation) store(ctx context.Context, d decision) error {
	s, err := in.stateOf(ctx, d.job)
	if err != nil {
		return err
	}
	err = s.Resolve(ctx, d.uid, d.choice)
	var unknown *state.UnknownRecordError
	if errors.As(err, &unknown) { // a run settled it meanwhile
		return usageError(message.UsageNothingHeld, message.S("query", d.job+"/"+d.uid))
	}
	if err != nil {
		return in.app.stateFault(err)
	}
	return nil
}

// resolved tells what was decided: the records, the first of many, then how many
// by job and word.
func (in *installation) resolved(list []decision) error {
	if !in.app.flags.json {
		t := newTable()
		t.indent = "  "
		t.whole = []int{0, 2}
		for _, d := range list[:min(len(list), recordsShown)] {
			t.row(d.job+"/"+d.uid, d.title, choiceText(d.choice))
		}
		if _, err := fmt.Fprint(in.app.out, t.String()); err != nil {
			return err
		}
	}
	type kind struct{ job, take string }
	counts := map[kind]int64{}
	var order []kind
	for _, d := range list {
		k := kind{d.job, wordOf(d.choice)}
		if counts[k] == 0 {
			order = append(order, k)
		}
		counts[k]++
	}
	for _, k := range order {
		var err error
		if in.app.flags.json {
			err = json.NewEncoder(in.app.out).Encode(struct {
				Type    string   `json:"type"`
				Job     string   `json:"job"`
				Take    string   `json:"take"`
				Records int64    `json:"records"`
				UIDs    []string `json:"uids"`
			}{"resolved", k.job, k.take, counts[k], uidsOf(list, k.job, k.take)})
		} else {
			_, err = fmt.Fprintln(in.app.out, message.In(in.app.lang, message.UsageResolved, message.S("job", k.job),
				message.S("take", k.take), message.N("records", counts[k])))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// uidsOf lists the records of a job that were decided for with a word.
func uidsOf(list []decision, job, take string) []string {
	var out []string
	for _, d := range list {
		if d.job == job && wordOf(d.choice) == take {
			out = append(out, d.uid)
		}
	}
	return out
}
