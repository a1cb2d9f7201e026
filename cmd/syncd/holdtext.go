package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// deliveries names the files or tables in which offers went that are not taken
// yet, by "job/uid", in the order in which they went.
type deliveries map[string][]string

func isNotTaken(h engine.Hold) bool { return h.Reason == reconcile.ReasonNotTaken }

// deliveries looks up what the holds of a list speak about.
func (in *installation) deliveries(ctx context.Context, job string, list []state.StandingHold) (deliveries, error) {
	return in.deliveriesOf(ctx, job, slices.ContainsFunc(list, func(h state.StandingHold) bool { return isNotTaken(h.Hold) }))
}

// deliveriesOf reads them of one job, or of all; where nobody asks, it reads nothing.
func (in *installation) deliveriesOf(ctx context.Context, job string, asked bool) (deliveries, error) {
	if !asked {
		return nil, nil
	}
	list, err := in.db.Pending(ctx, job)
	if err != nil {
		return nil, in.app.stateFault(err)
	}
	out := deliveries{}
	for i := range list {
		p := &list[i]
		if name := in.deliveryName(p.Job, p.Delivery); name != "" && !slices.Contains(out[p.Job+"/"+p.UID], name) {
			out[p.Job+"/"+p.UID] = append(out[p.Job+"/"+p.UID], name)
		}
	}
	return out, nil
}

// deliveryName is where a person finds a delivery: a file with its folder, or a table.
func (in *installation) deliveryName(job, name string) string {
	j := in.cfg.Jobs[job]
	if name == "" || j == nil || j.WriteBack == nil || j.WriteBack.CSV == nil {
		return name
	}
	return filepath.Join(in.shown(string(j.WriteBack.CSV.Dir)), name)
}

// holdText is one hold for people: the record, what each side has, and what to do.
func (in *installation) holdText(job string, h *engine.Hold, files deliveries) string {
	return in.holdHead(job, h) + in.holdSides(job, h) + "      " + in.holdMessage(job, h, files).String() + "\n"
}

// holdAhead is a hold that a plan foresees: the state does not have it yet, so
// nothing can be decided before a run has met it.
func (in *installation) holdAhead(job string, h *engine.Hold, files deliveries) string {
	m := in.holdMessage(job, h, files)
	m.Next = fmt.Sprintf(in.app.say(phrase{
		"A run puts it on record: syncd run %s; then: syncd holds %s", "Её запомнит запуск: syncd run %s; затем: syncd holds %s",
	}), job, job)
	return in.holdHead(job, h) + in.holdSides(job, h) + "      " + m.String() + "\n"
}

// standingText is a hold that is on record, with its rule and its time.
func (in *installation) standingText(h *state.StandingHold, files deliveries) string {
	return in.holdText(h.Job, &h.Hold, files) + in.holdTimes(h)
}

// holdTimes tells by which rule a record is held, since when, and what was decided.
func (in *installation) holdTimes(h *state.StandingHold) string {
	say := in.app.say
	text := fmt.Sprintf(say(phrase{"      rule: %s; since %s, run %d", "      правило: %s; с %s, запуск %d"}),
		in.holdRule(h.Job, &h.Hold), in.when(h.Since), h.FirstRun)
	if h.Chosen != "" {
		text += fmt.Sprintf(say(phrase{"; decided: %s, carried out by: syncd run %s", "; решено: %s, выполнит: syncd run %s"}), h.Chosen, h.Job)
	}
	if h.Dropped != "" {
		text += fmt.Sprintf(say(phrase{
			"\n      decided before: %s; the record has changed since, so that was dropped: decide again", "\n      решали раньше: %s; с тех пор запись изменилась, и решение снято: решите заново",
		}), h.Dropped)
	}
	return text + "\n"
}

// holdRule is the rule that left a record to a person, and the setting behind it.
func (in *installation) holdRule(job string, h *engine.Hold) string {
	rule := string(ruleOfHold(h))
	if setting := in.settingOf(job, rule); setting != "" {
		return rule + " (" + setting + ")"
	}
	return rule
}

func ruleOfHold(h *engine.Hold) reconcile.Rule {
	if !byField(h.Reason) { // a field's own rule says why it was to be written, not why it waits
		return reconcile.Rule(h.Reason)
	}
	for _, f := range h.Fields {
		if f.Rule != "" {
			return f.Rule
		}
	}
	return reconcile.Rule(h.Reason)
}

// settingOf is the setting of a job that made a rule of the merge apply, as it is
// written in the configuration; "" for a rule that no setting changes.
func (in *installation) settingOf(job, rule string) string {
	j := in.cfg.Jobs[job]
	if j == nil {
		return ""
	}
	orDefault := func(key, value, otherwise string) string {
		if value == "" {
			value = otherwise
		}
		return key + ": " + value
	}
	switch reconcile.Rule(rule) {
	case reconcile.RuleConflict, reconcile.RuleConflictCRM, reconcile.RuleConflictSource:
		return orDefault("conflicts", string(j.Conflicts), "hold")
	case reconcile.RuleOnMatch, reconcile.RuleOnMatchCRM, reconcile.RuleOnMatchSource:
		return orDefault("on_match", string(j.OnMatch), "crm")
	case reconcile.RuleCRMGone, reconcile.RuleRecreated:
		return orDefault("on_crm_absent", string(j.OnCRMAbsent), "keep")
	case reconcile.RuleAbsentButEdited:
		return orDefault("on_absent", j.OnAbsent.Action, "keep")
	case reconcile.RuleCRMEditLeft, reconcile.RuleSourceEditLeft, reconcile.RulePullOnly:
		return orDefault("direction", string(j.Direction), "push")
	case reconcile.RuleCRMBorn:
		return orDefault("on_crm_new", string(j.OnCRMNew), "ignore")
	case reconcile.Rule(reconcile.ReasonNotTaken):
		return "confirm: " + in.confirmText(job)
	case reconcile.Rule(reconcile.ReasonMaybeSame):
		return "suspect: [" + joinWords(j.Suspect) + "]"
	case reconcile.RuleMatchDiffers, reconcile.RuleMatchWeak, reconcile.RuleCLIDWeak, reconcile.RuleMatchTaken:
		if j.Entity != config.EntityClient {
			return ""
		}
		return "match: [" + joinWords(j.Match) + "]"
	}
	return ""
}

func joinWords[T ~string](list []T) string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = string(w)
	}
	return strings.Join(out, ", ")
}

// confirmText is how long an offer may stay untaken, as the configuration spells it.
func (in *installation) confirmText(job string) string {
	j := in.cfg.Jobs[job]
	if j == nil || j.WriteBack == nil {
		return "—"
	}
	const day = 24 * time.Hour
	d := confirmOf(j.WriteBack)
	if d >= day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	return age(d)
}

// holdHead is the record that a hold is about.
func (in *installation) holdHead(job string, h *engine.Hold) string {
	head := newTable()
	head.indent = "  "
	head.whole, head.places = []int{0, 2, 3}, []int{4}
	head.row(job+"/"+h.UID, h.Title, string(h.Reason), in.idText(job, h.CLID), place(h.Origin.File, h.Origin.Line, h.Origin.LastLine))
	return head.String()
}

// holdSides is what was settled last, where that is known, and what each side has.
func (in *installation) holdSides(job string, h *engine.Hold) string {
	say := in.app.say
	based := slices.ContainsFunc(h.Fields, func(f engine.HeldField) bool { return f.Base != nil })
	crm := crmRead(h) // where it was not, "nothing" would be a lie
	heads := []string{say(phrase{"field", "поле"})}
	if based {
		heads = append(heads, say(phrase{"base", "было согласовано"}))
	}
	heads = append(heads, say(phrase{"export", "выгрузка"}))
	if crm {
		heads = append(heads, "CRM")
	}
	sides := in.app.table(heads...)
	sides.indent = "      "
	var fields []engine.HeldField
	for _, f := range h.Fields {
		if rows, ok := in.lineSides(job, f); ok {
			fields = append(fields, rows...)
			continue
		}
		fields = append(fields, in.plain(job).held([]engine.HeldField{f})...)
	}
	for _, f := range fields {
		if f.Field == "" { // a row that is none says so in its message
			continue
		}
		cells := []string{f.Field}
		if based {
			cells = append(cells, shown(f.Base))
		}
		cells = append(cells, shown(f.Source))
		if crm {
			cells = append(cells, shown(f.CRM))
		}
		sides.row(cells...)
	}
	return sides.String()
}

// holdRecord is a hold for machines.
type holdRecord struct {
	Type     string             `json:"type"`
	Job      string             `json:"job"`
	UID      string             `json:"uid"`
	Key      string             `json:"key"`
	Title    string             `json:"title"`
	Reason   string             `json:"reason"`
	Rule     string             `json:"rule"`
	CLID     int64              `json:"clid,omitempty"`
	Owner    string             `json:"owner,omitempty"`
	File     string             `json:"file,omitempty"`
	Line     int                `json:"line,omitempty"`
	Other    int                `json:"other_line,omitempty"`
	Fields   []engine.HeldField `json:"fields"`
	Takes    []string           `json:"takes"`
	Since    time.Time          `json:"since,omitzero"`
	FirstRun int64              `json:"first_run,omitempty"`
	LastRun  int64              `json:"last_run,omitempty"`
	Files    []string           `json:"deliveries,omitempty"` // not-taken: where its offers went
	Chosen   string             `json:"chosen,omitempty"`
	Dropped  string             `json:"dropped,omitempty"` // what was decided before the record changed
}

func (in *installation) holdJSON(job string, h *engine.Hold) holdRecord {
	r := holdRecord{
		Type: "hold", Job: job, UID: h.UID, Key: h.Key, Title: h.Title, Reason: string(h.Reason), Rule: string(ruleOfHold(h)),
		CLID: h.CLID, Owner: h.OtherOwner, File: h.Origin.File, Line: h.Origin.Line,
		Fields: in.plain(job).held(h.Fields), Takes: takesOf(h),
	}
	if h.Other != nil {
		r.Other = h.Other.Line
	}
	return r
}

// followJSON is a record that a run takes up once what it refers to is made: there is
// nothing to decide about it.
func (in *installation) followJSON(job string, h *engine.Hold) holdRecord {
	r := in.holdJSON(job, h)
	r.Type, r.Takes = "follow", []string{}
	return r
}

// standingJSON is holdJSON of one that is on record.
func (in *installation) standingJSON(h *state.StandingHold, files deliveries) holdRecord {
	r := in.holdJSON(h.Job, &h.Hold)
	r.Since, r.FirstRun, r.LastRun, r.Chosen = h.Since, h.FirstRun, h.LastRun, h.Chosen
	r.Dropped = h.Dropped
	if isNotTaken(h.Hold) {
		r.Files = files[h.Job+"/"+h.UID]
	}
	return r
}
