package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// recordsShown is how many records of a kind the text of a plan lists.
const recordsShown = 50

// planView shows a plan as it is made: JSON lines at once, text by kind at the
// end. Of a long plan it keeps what it is going to print, and counts.
type planView struct {
	in    *installation
	p     *jobParts
	flags *planFlags
	json  *jsonPlan // nil: text
	kinds map[engine.OpKind]*planKind
	holds []engine.Hold // those that ops would end as
	// follows are the records that a run takes up once what they refer to is made.
	follows int64
	file    *planWriter // nil: the plan is not kept
	ahead   *aheadJob   // nil: no job planned with it refers to its records
}

// planKind is the writes of one kind.
type planKind struct {
	text  strings.Builder
	shown int
	count int64
}

// planKinds is the order in which writes are told.
var planKinds = []struct {
	kind engine.OpKind
	phrase
}{
	{engine.OpAdd, phrase{"create", "создать"}},
	{engine.OpLink, phrase{"merge with one that is there", "связать с тем, что в CRM уже есть"}},
	{engine.OpUpdate, phrase{"update", "изменить"}},
	{engine.OpWriteBack, phrase{"write back to the source", "передать обратно в учётную систему"}},
	{engine.OpDelete, phrase{"delete", "удалить"}},
}

func (in *installation) newPlanView(p *jobParts, f *planFlags) *planView {
	v := &planView{in: in, p: p, flags: f, ahead: in.ahead[p.name], kinds: map[engine.OpKind]*planKind{}}
	for _, k := range planKinds {
		v.kinds[k.kind] = &planKind{}
	}
	if in.app.flags.json {
		v.json = &jsonPlan{job: p.name, out: json.NewEncoder(in.app.out)}
	}
	return v
}

// op takes one planned write; with a hold, it would end as that.
func (v *planView) op(op *engine.Op, hold *engine.Hold) error {
	if hold != nil {
		v.holds = append(v.holds, *hold)
		return nil
	}
	v.ahead.made(op)
	k := v.kinds[op.Kind]
	k.count++
	changes := op.Changes
	if op.Kind == engine.OpAdd {
		changes = v.everyField(op)
	}
	if v.file != nil {
		if err := v.file.op(op, changes); err != nil {
			return err
		}
	}
	told := *op // the plan's file keeps the texts as they are stored
	written := changes
	changes, told.Back = plain{v.p.mapping}.changes(changes), plain{v.p.mapping}.changes(op.Back)
	if v.json != nil {
		return v.json.op(&told, changes)
	}
	if k.shown == v.flags.shown() && !v.flags.all {
		return nil
	}
	k.shown++
	head := newTable()
	head.indent = "  "
	head.whole, head.places = []int{0, 2, 3}, []int{4}
	head.row(op.UID, op.Title, v.in.idText(v.p.name, op.CLID), op.Code, place(op.Origin.File, op.Origin.Line, op.Origin.LastLine))
	k.text.WriteString(head.String() + v.changes(written) + v.back(told.Back))
	return nil
}

// everyField is what an add sets, in the mapping's order.
func (v *planView) everyField(op *engine.Op) []engine.FieldChange {
	schema := v.p.mapping.Schema()
	out := make([]engine.FieldChange, 0, schema.Len())
	for i := range schema.Len() {
		name := schema.Field(i).Name
		if to := op.Set[name]; to != nil && *to != "" {
			out = append(out, engine.FieldChange{Field: name, To: to, Rule: reconcile.RuleAdd})
		}
	}
	return out
}

// changes lists what is written into the CRM, of lines that change which of them.
func (v *planView) changes(list []engine.FieldChange) string {
	t := newTable()
	t.indent, t.wide = "      ", !v.in.app.onTerminal()
	for _, c := range list {
		if c.From != nil && c.To != nil {
			rows, ok := v.in.lineSides(v.p.name, engine.HeldField{Field: c.Field, Source: c.From, CRM: c.To})
			for _, r := range rows {
				t.row(r.Field, shown(r.Source), "→", shown(r.CRM), string(c.Rule))
			}
			if ok {
				continue
			}
		}
		c = plain{v.p.mapping}.changes([]engine.FieldChange{c})[0]
		t.row(c.Field, shown(c.From), "→", shown(c.To), string(c.Rule))
	}
	return t.String()
}

// back lists what goes to the source side.
func (v *planView) back(list []engine.FieldChange) string {
	t := newTable()
	t.indent = "      "
	for _, c := range list {
		t.row(c.Field, shown(c.From), "→", shown(c.To), string(c.Rule), v.in.app.say(phrase{"to the source", "в источник"}))
	}
	return t.String()
}

// pending is the number of writes that a run would make.
func (v *planView) pending() (n int64) {
	for _, k := range v.kinds {
		n += k.count
	}
	return n + v.follows
}

// rest tells all but the writes that JSON has told already.
func (v *planView) rest(ctx context.Context, plan *engine.Plan) error {
	holds := slices.Concat(plan.Holds, v.holds)
	slices.SortStableFunc(holds, func(a, b engine.Hold) int {
		return cmp.Or(cmp.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line), cmp.Compare(a.UID, b.UID))
	})
	var rejects, warnings []engine.Reject
	for _, r := range plan.Rejects {
		if r.Warning {
			warnings = append(warnings, r)
		} else {
			rejects = append(rejects, r)
		}
	}
	v.ahead.rest(plan, holds)
	v.follows = int64(len(plan.Follows))
	halts := lastOfEach(plan.Halts)
	if v.json != nil {
		return v.restJSON(plan, holds, halts)
	}
	standing, err := v.standing(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	say := v.in.app.say
	b.WriteString(v.p.name + "\n")
	for _, k := range planKinds {
		if kind := v.kinds[k.kind]; kind.count > 0 {
			v.section(&b, say(k.phrase), kind.count, kind.text.String(), kind.shown)
		}
	}
	v.section(&b, say(phrase{
		"go in the same run, once what they refer to is made", "уйдут тем же запуском, когда будет создано то, на что они ссылаются",
	}), v.follows, v.followsText(plan.Follows), v.most(len(plan.Follows)))
	held, err := v.holdsText(ctx, holds, standing)
	if err != nil {
		return err
	}
	v.section(&b, say(phrase{"held for a decision", "ждёт решения"}), int64(len(holds)), held, v.most(len(holds)))
	v.section(&b, v.rejectedTitle(plan, len(rejects)), int64(len(rejects)), v.rejectsText(rejects), v.most(len(rejects)))
	if v.flags.warnings {
		v.section(&b, say(phrase{"warnings", "предупреждения"}), int64(len(warnings)), v.rejectsText(warnings), v.most(len(warnings)))
	} else if len(warnings) > 0 {
		fmt.Fprintf(&b, say(phrase{"warnings: %d: syncd plan %s --warnings\n", "предупреждений: %d: syncd plan %s --warnings\n"}), len(warnings), v.p.name)
	}
	if len(halts) > 0 {
		b.WriteString(say(phrase{"a run would be stopped", "запуск был бы остановлен"}) + "\n")
		for _, h := range halts {
			b.WriteString("  " + v.in.haltText(v.in.app.lang, v.p.name, h) + "\n")
		}
	}
	b.WriteString(v.summary(plan, len(holds), halts) + "\n")
	_, err = fmt.Fprint(v.in.app.out, b.String())
	return err
}

func (v *planView) most(n int) int {
	if v.flags.all {
		return n
	}
	return min(n, v.flags.shown())
}

// section is the records of one kind below their heading.
func (v *planView) section(b *strings.Builder, title string, count int64, text string, shown int) {
	if count == 0 {
		return
	}
	fmt.Fprintf(b, "%s: %d\n%s", title, count, text)
	if left := count - int64(shown); left > 0 {
		fmt.Fprintf(b, v.in.app.say(phrase{"  … and %d more: plan --all-records\n", "  … и ещё %d: plan --all-records\n"}), left)
	}
}

// holdsText lists holds. To show or decide is offered only for those that an
// earlier run has put on record.
func (v *planView) holdsText(ctx context.Context, holds []engine.Hold, standing map[string]bool) (string, error) {
	files, err := v.in.deliveriesOf(ctx, v.p.name, slices.ContainsFunc(holds, isNotTaken))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i := range holds[:v.most(len(holds))] {
		text := v.in.holdAhead
		if standing[holds[i].UID] {
			text = v.in.holdText
		}
		b.WriteString(text(v.p.name, &holds[i], files))
	}
	return b.String(), nil
}

// followsText lists the records that go once what they refer to is made, with what
// that is.
func (v *planView) followsText(list []engine.Hold) string {
	var b strings.Builder
	for i := range list[:v.most(len(list))] {
		h := &list[i]
		head := newTable()
		head.indent = "  "
		head.whole, head.places = []int{0}, []int{2}
		head.row(h.UID, h.Title, place(h.Origin.File, h.Origin.Line, h.Origin.LastLine))
		fields := newTable()
		fields.indent = "      "
		for _, f := range h.Fields {
			fields.row(f.Field, v.in.app.say(phrase{"after", "после"}), v.in.referredJob(v.p.name, f.Field)+"/"+shown(f.Source))
		}
		b.WriteString(head.String() + fields.String())
	}
	return b.String()
}

// standing is the set of records that are held already.
func (v *planView) standing(ctx context.Context) (map[string]bool, error) {
	list, err := v.in.db.Holds(ctx, state.HoldFilter{Job: v.p.name})
	if err != nil {
		return nil, v.in.app.stateFault(err)
	}
	out := make(map[string]bool, len(list))
	for i := range list {
		out[list[i].UID] = true
	}
	return out, nil
}

// rejectedTitle is the heading of the rejects: a record may have several.
func (v *planView) rejectedTitle(plan *engine.Plan, rejects int) string {
	records := plan.Report.Of(engine.Rejected)
	if records == int64(rejects) {
		return v.in.app.say(phrase{"rejected", "отклонено"})
	}
	return fmt.Sprintf(v.in.app.say(phrase{"rejected: %d records, problems", "отклонено: записей %d, замечаний"}), records)
}

func (v *planView) rejectsText(list []engine.Reject) string {
	t := newTable()
	t.indent = "  "
	t.whole, t.places, t.below, t.wide = []int{1, 3}, []int{0}, true, !v.in.app.onTerminal()
	var told []state.StandingReject
	for _, r := range list[:v.most(len(list))] {
		told = append(told, state.StandingReject{Job: v.p.name, Reject: r})
		code := r.Code
		if r.Refused {
			code = ruleOf(&r)
		}
		t.row(place(r.File, r.Line, r.LastLine), cutTo(r.Key, longestKey), columnOf(&r), code, r.Value)
	}
	return t.String() + v.in.app.legend(told)
}

// columnOf names what a reject is about.
func columnOf(r *engine.Reject) string {
	if r.Column != "" {
		return r.Column
	}
	return r.Field
}

// summary is the numbers of a plan and what carries it out: of a plan that would
// halt, the permission first; of another mapping's plan, nothing yet.
func (v *planView) summary(plan *engine.Plan, held int, halts []engine.Halt) string {
	n := func(k engine.OpKind) int64 { return v.kinds[k].count }
	m := message.In(v.in.app.lang, message.RunPlanned, message.S("job", v.p.name),
		message.N("creates", n(engine.OpAdd)), message.N("merges", n(engine.OpLink)),
		message.N("updates", n(engine.OpUpdate)), message.N("backs", n(engine.OpWriteBack)),
		message.N("deletes", n(engine.OpDelete)), message.S("follow", v.followText()), message.N("held", int64(held)),
		message.N("rejected", plan.Report.Of(engine.Rejected)),
		message.N("unchanged", plan.Report.Of(engine.Unchanged)))
	switch {
	case v.flags.mapping != "":
		m.Next = "" // the configuration still names the old one
	case len(halts) > 0:
		m.Next = fmt.Sprintf(v.in.app.say(phrase{
			"A run would halt. If it is meant: %s; then: syncd run %s", "Запуск был бы остановлен. Если так и задумано: %s; затем: syncd run %s",
		}), resumeCommand(v.p.name, halts...), v.p.name)
	case v.follows > 0: // alone, the job would hold them
		m.Next = fmt.Sprintf(v.in.app.say(phrase{"Carry it out: syncd run %s", "Выполнить: syncd run %s"}), strings.Join(v.flags.jobs, " "))
	}
	return m.String()
}

// followText counts the records that go once what they refer to is made; "" for none.
func (v *planView) followText() string {
	if v.follows == 0 {
		return ""
	}
	return fmt.Sprintf(v.in.app.say(phrase{", %d once what they refer to is made", ", вслед за тем, на что ссылаются, %d"}), v.follows)
}

// lastOfEach keeps one halt a guard: what this plan found counts more than what
// stopped an earlier run.
func lastOfEach(halts []engine.Halt) []engine.Halt {
	var out []engine.Halt
	for _, h := range halts {
		i := slices.IndexFunc(out, func(o engine.Halt) bool { return o.Guard == h.Guard })
		if i >= 0 {
			out[i] = h
			continue
		}
		out = append(out, h)
	}
	return out
}

// halts tells the guards that stand, when the plan could not be made.
func (v *planView) halts(halts []engine.Halt) {
	for _, h := range lastOfEach(halts) {
		_, _ = fmt.Fprintln(v.in.app.err, v.in.haltText(v.in.app.lang, v.p.name, h))
	}
}

func (v *planView) restJSON(plan *engine.Plan, holds []engine.Hold, halts []engine.Halt) error {
	out := v.json.out
	for i := range plan.Follows {
		if err := out.Encode(v.in.followJSON(v.p.name, &plan.Follows[i])); err != nil {
			return err
		}
	}
	for i := range holds {
		if err := out.Encode(v.in.holdJSON(v.p.name, &holds[i])); err != nil {
			return err
		}
	}
	for i := range plan.Rejects {
		if err := out.Encode(rejectJSON(v.p.name, &plan.Rejects[i])); err != nil {
			return err
		}
	}
	for _, h := range haltsJSON(v.p.name, halts) {
		if err := out.Encode(h); err != nil {
			return err
		}
	}
	r := reportJSON(plan.Report)
	r.Type, r.Status = "plan", "planned"
	return out.Encode(r)
}
