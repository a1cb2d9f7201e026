package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
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
	crm := crmShown(h) || byField(h.Reason) // it was not read: "nothing" would be a lie
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
	for _, f := range in.plain(job).held(h.Fields) {
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

// holdMessage says why a record is held and what to do.
func (in *installation) holdMessage(job string, h *engine.Hold, files deliveries) message.Message {
	all := fieldsHeld(h)
	fields := all
	switch {
	case h.Reason == reconcile.ReasonMaybeSame && len(all) > 0:
		fields = all[:1] // the one that both share; the others are for comparing
	case h.Reason == reconcile.ReasonMatchDiffers:
		fields = disproof(h.Fields)
	}
	first, scope, listed := "FIELD", "", ""
	if len(all) > 0 {
		first, listed = all[0], " ("+strings.Join(all, ", ")+")"
	}
	if len(all) == 1 && byField(h.Reason) {
		scope = " --field " + first
	}
	lines := strconv.Itoa(h.Origin.Line)
	if h.Other != nil {
		lines += ", " + strconv.Itoa(h.Other.Line)
	}
	clid, id := strconv.FormatInt(h.CLID, 10), in.idText(job, h.CLID)
	other, cause := h.OtherOwner, in.app.whyUnwritable(h)
	if other == "" {
		other = id
	}
	if waitsForItself(h.Reason) {
		other, cause = in.awaited(job, h)
	}
	file := h.Origin.File
	if h.Reason == reconcile.ReasonNotTaken {
		if file = strings.Join(files[job+"/"+h.UID], ", "); file == "" { // replaced or ended since
			file = in.app.say(phrase{"the last delivery", "последней передачи"})
		}
	}
	code := message.Hold(string(h.Reason))
	if leantOn(h) {
		code = message.HoldDealGone
	}
	if neverSeen(h) {
		code = message.HoldAddedGone
	}
	m := message.In(in.app.lang, code,
		message.S("job", job), message.S("uid", h.UID), message.S("field", orDash(strings.Join(fields, ", "))),
		message.S("fields", listed), message.S("first", first), message.S("scope", scope),
		message.S("takes", strings.Join(takesOf(h), "|")), message.S("cause", cause),
		message.S("clid", clid), message.S("id", id), message.S("other", other), message.S("others", other),
		message.S("line", line(h.Origin.Line)), message.S("lines", lines), message.S("file", file),
		message.S("reason", string(h.Reason)), message.S("weak", in.app.say(in.whyWeak(job))), message.S("confirm", in.confirmText(job)))
	j := in.cfg.Jobs[job]
	clients := j == nil || j.Entity == config.EntityClient
	if h.Reason == reconcile.ReasonMaybeSame && !h.Sticky && clients {
		m.Next += in.app.say(phrase{
			"; add goes through only where title, phone or mail differ: the CRM itself refuses a second client with the same title, phone and mail",
			"; add пройдёт, только если название, телефон или почта различаются: второго клиента с теми же названием, телефоном и почтой CRM не добавляет сама",
		})
	}
	if h.Sticky && clients && !namedAlone(h) && slices.Contains(takesOf(h), takeLinkWord) { // an add that the CRM answered with this client
		m.Next += in.app.say(phrase{
			"; the CRM refused to add it. If they are two companies, let title, phone or mail differ in the accounting system, and export again",
			"; добавить её CRM отказалась. Если это две компании, сделайте разными название, телефон или почту в учётной системе и выгрузите снова",
		})
	}
	return m
}

// whyWeak says why what the CRM has is no proof.
func (in *installation) whyWeak(job string) phrase {
	j := in.cfg.Jobs[job]
	switch {
	case j != nil && j.Entity == config.EntityDeal:
		return phrase{
			"the export names that deal by its number, and there it belongs to another client",
			"эту сделку называет номер в выгрузке, а в CRM она у другого клиента",
		}
	case j != nil && j.Entity != config.EntityClient:
		return phrase{"too little of them is the same", "совпадает слишком мало"}
	}
	return phrase{
		"they share the name at most, and others may bear it, too",
		"совпадает разве что название, а оно бывает и у разных",
	}
}

func fieldsHeld(h *engine.Hold) []string {
	fields := make([]string, 0, len(h.Fields))
	for _, f := range h.Fields {
		if !slices.Contains(fields, f.Field) {
			fields = append(fields, f.Field)
		}
	}
	return fields
}

// whyUnwritable tells of each field that the source cannot take by which column,
// and why; "" where nothing is known.
func (a *app) whyUnwritable(h *engine.Hold) string {
	var parts []string
	for _, f := range h.Fields {
		why := f.Why
		if a.lang == message.Russian {
			why = inRussian(why, backWordings)
		}
		if f.Column != "" {
			why = strings.TrimRight(fmt.Sprintf(a.say(phrase{"column %s: %s", "колонка %s: %s"}), quoted(f.Column), why), ": ")
		}
		if why != "" && len(h.Fields) > 1 {
			why = f.Field + ": " + why
		}
		if why != "" && !slices.Contains(parts, why) {
			parts = append(parts, why)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, "; ")
}

// serverSaid is what a server adds in brackets: a code, or a constraint's name.
const serverSaid = `( \(.*\))?$`

// backWordings are the reasons why the source cannot take a value.
var backWordings = []wording{
	{regexp.MustCompile(`^a file in (\S+) cannot hold (U\+\S+)$`), "в файле в кодировке $1 нет символа $2"},
	{regexp.MustCompile(`^no cell of the source means the CRM's value$`), "ни одна запись в ячейке не означает этого значения"},
	{regexp.MustCompile(`^the source's text may be longer than the CRM's, which was cut$`), "в источнике текст может быть длиннее, чем обрезанный в CRM"},
	{regexp.MustCompile(`^longer than the column takes` + serverSaid), "значение длиннее, чем вмещает колонка$1"},
	{regexp.MustCompile(`^not a number, and the column takes numbers` + serverSaid), "это не число, а колонка числовая$1"},
	{regexp.MustCompile(`^not a date of a known form, and the column takes dates` + serverSaid), "это не дата известного вида, а колонка для дат$1"},
	{regexp.MustCompile(`^neither yes nor no, and the column takes nothing else` + serverSaid), "это не «да» и не «нет», а другого колонка не принимает$1"},
	{regexp.MustCompile(`^a time with an offset, and the column has no time zone` + serverSaid), "у времени есть часовой пояс, а у колонки нет$1"},
	{regexp.MustCompile(`^the column must be filled` + serverSaid), "колонка не может быть пустой$1"},
	{regexp.MustCompile(`^another row has the value, and the column is unique` + serverSaid), "такое значение уже есть в другой строке, а колонка уникальна$1"},
	{regexp.MustCompile(`^another row stands for the same client of the CRM: one of the two must go` + serverSaid), "на того же клиента CRM приходится ещё одна строка: одну из двух надо убрать$1"},
	{regexp.MustCompile(`^the row with this key is not in the table any more` + serverSaid), "строки с этим ключом в таблице больше нет$1"},
	{regexp.MustCompile(`^a row without a key needs a column for the CRM's id` + serverSaid), "строке без ключа нужна колонка с номером клиента в CRM$1"},
	{regexp.MustCompile(`^the server refuses the value` + serverSaid), "сервер не принимает значение$1"},
	{regexp.MustCompile(`^the mapping has no such field any more$`), "такого поля в описании больше нет"},
	{regexp.MustCompile(`^another field wants another value in the same column$`), "в ту же колонку другое поле пишет другое значение"},
	{regexp.MustCompile(`^a constant has no cell$`), "у постоянного значения нет ячейки"},
	{regexp.MustCompile(`^an expression cannot be undone$`), "выражение обратно не посчитать"},
	{regexp.MustCompile(`^values of a list cannot be undone$`), "замены в списке обратно не сделать"},
	{regexp.MustCompile(`^lines are rows, not cells$`), "строки сделки — это строки выгрузки, а не ячейки"},
	{regexp.MustCompile(`^the lines of a record are no cells of one row$`), "строки сделки — не ячейки одной строки"},
	{regexp.MustCompile(`^the entries of the list stand in several rows$`), "список собран из нескольких строк"},
	{regexp.MustCompile(`^a reference is written as the key of the record that it means$`), "ссылка пишется ключом записи, на которую указывает"},
	{regexp.MustCompile(`^the condition of close reads no column of what a deal is closed with$`), "условие close не читает ни одной колонки, с которой сделка закрывается"},
	{regexp.MustCompile(`^max_length: cut leaves entries of the list out$`), "max_length: cut пропускает часть списка"},
	{regexp.MustCompile(`^neither a key nor the CRM's id is known$`), "не известны ни ключ, ни номер клиента в CRM"},
	{regexp.MustCompile(`^joined columns cannot be taken apart$`), "склеенные колонки не разделить"},
	{regexp.MustCompile(`^column "(.*)" is the key$`), "колонка «$1» — ключ"},
	{regexp.MustCompile(`^column "(.*)" is the CRM's id$`), "колонка «$1» — номер клиента в CRM"},
	{regexp.MustCompile(`^column "(.*)" holds the ИНН and the КПП together$`), "в колонке «$1» ИНН и КПП вместе"},
	{regexp.MustCompile(`^column "(.*)" is written for (\S+) already$`), "колонку «$1» уже пишет поле $2"},
}

// disproof names the fields that say two clients are not one: another ИНН or
// КПП. The CRM's side may not have been read yet; then both are named.
func disproof(list []engine.HeldField) []string {
	var out []string
	for _, f := range list {
		differs := f.CRM == nil || f.Source == nil || *f.CRM != "" && *f.Source != "" && *f.CRM != *f.Source
		if (f.Field == "recv.castInn" || f.Field == "recv.castKpp") && differs {
			out = append(out, f.Field)
		}
	}
	return out
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
