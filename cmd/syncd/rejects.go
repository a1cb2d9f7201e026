package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/source"
	"syncd/internal/state"
)

func newRejects(a *app) *cobra.Command {
	var out string
	var warnings bool
	cmd := &cobra.Command{
		Use:   "rejects [JOB]",
		Short: a.say(phrase{"rows that could not be used, and why", "строки, которые не удалось использовать, и почему"}),
		Long: a.say(phrase{
			"Lists rows of the export that cannot be records, and records that the CRM refuses. Values are shown as they stand in the file.",
			"Показывает строки выгрузки, которые не могут стать записями, и записи, от которых отказалась CRM. Значения — как в файле.",
		}),
		Example: "  syncd rejects clients\n  syncd rejects clients --warnings\n  syncd rejects clients --out rejects.csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.rejects(cmd.Context(), args, warnings, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", a.say(phrase{"write them to a `FILE` (CSV)", "записать в `ФАЙЛ` (CSV)"}))
	cmd.Flags().BoolVar(&warnings, "warnings", false, a.say(phrase{"warnings too", "вместе с предупреждениями"}))
	return cmd
}

func (a *app) rejects(ctx context.Context, args []string, warnings bool, out string) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	job, err := in.jobFilter(args)
	if err != nil {
		return err
	}
	list, err := in.db.Rejects(ctx, job)
	if err != nil {
		return a.stateFault(err)
	}
	left := 0
	if !warnings {
		all := len(list)
		list = slices.DeleteFunc(list, func(r state.StandingReject) bool { return r.Warning })
		left = all - len(list)
	}
	switch {
	case out != "":
		command := "syncd rejects " + job
		if warnings {
			command += " --warnings"
		}
		return in.writeRejects(out, command+" --out", list)
	case a.flags.json:
		enc := json.NewEncoder(a.out)
		for i := range list {
			one := rejectJSON(list[i].Job, &list[i].Reject)
			one.FirstRun, one.RunsSeen = list[i].FirstRun, list[i].RunsSeen
			if err := enc.Encode(one); err != nil {
				return err
			}
		}
		return nil
	}
	text := a.rejectsText(list, !a.onTerminal())
	if len(list) == 0 {
		text = a.say(phrase{"nothing is rejected", "отклонённых нет"}) + "\n"
	}
	if left > 0 {
		text += fmt.Sprintf(a.say(phrase{"warnings: %d: %s\n", "предупреждений: %d: %s\n"}), left, strings.TrimSpace("syncd rejects "+job)+" --warnings")
	}
	_, err = fmt.Fprint(a.out, text)
	return err
}

// longestKey is how much of a key is shown: a sound one is not longer.
const longestKey = 50

// rejectsText is a table of rejects, and below it what to do about each code. whole
// shows values uncut, in several lines on a terminal: they name what the CRM's list has.
func (a *app) rejectsText(list []state.StandingReject, whole bool) string {
	say := a.say
	t := newTable(say(phrase{"row", "строка"}), say(phrase{"key", "ключ"}), say(phrase{"column", "колонка"}),
		say(phrase{"rule", "правило"}), say(phrase{"value", "значение"}))
	t.whole, t.places, t.below, t.flows, t.wide = []int{1, 3}, []int{0}, true, whole, !a.onTerminal()
	for i := range list {
		r := &list[i]
		t.row(place(r.File, r.Line, r.LastLine), cutTo(orDash(r.Key), longestKey), orDash(columnOf(&r.Reject)), ruleOf(&r.Reject), r.Value)
	}
	if len(list) == 0 {
		return ""
	}
	return t.String() + a.legend(list)
}

// legend says what to do about rejects, a line for all that are alike.
func (a *app) legend(list []state.StandingReject) string {
	var known []*advice
	for i := range list {
		known = a.advise(known, &list[i])
	}
	var b strings.Builder
	for _, one := range known {
		b.WriteString(a.adviceText(one) + "\n")
	}
	return b.String()
}

// advice is what to do about rejects that are alike.
type advice struct {
	text   string
	record string // the first that is sent again when somebody says so, JOB/UID; "" = none
	answer bool   // `show` tells more of it: what the CRM answered
	more   int64  // such records besides
}

// advise adds a reject to the advice that fits it.
func (a *app) advise(legend []*advice, r *state.StandingReject) []*advice {
	one := a.adviceFor(r)
	for _, known := range legend {
		if known.text == one.text {
			known.more++
			return legend
		}
	}
	return append(legend, one)
}

func (a *app) adviceFor(r *state.StandingReject) *advice {
	m := a.rejectMessage(r)
	one := &advice{text: fmt.Sprintf("%s %s: ", m.Code, r.Code)}
	if one.answer = m.Code == message.CRMRefusedRecord; one.answer {
		one.text += a.say(phrase{"see what the CRM says: ", "посмотрите, что ответила CRM: "})
	} else {
		one.text += withoutRejects(m.Next)
	}
	switch {
	case !r.Refused:
	case engine.TriedAgain(r.Rule): // looked at before anything is sent
		one.text += a.say(phrase{"; the next run tries again by itself", "; следующий запуск попробует снова сам"})
	default:
		one.record = r.Job + "/" + r.UID
	}
	return one
}

// adviceText names the first of the records that are alike, and counts the others.
func (a *app) adviceText(one *advice) string {
	text := one.text
	if one.record == "" {
		return text
	}
	if one.answer {
		text += "syncd show " + one.record
	}
	text += a.say(phrase{"; then: ", "; затем: "}) + "syncd resolve " + one.record + " --take retry"
	if one.more > 0 {
		text += fmt.Sprintf(a.say(phrase{"; so with the others, %d", "; так же с остальными, их %d"}), one.more)
	}
	return text
}

// ruleOf names the rule that spoke, and says when it only warned.
func ruleOf(r *engine.Reject) string {
	switch {
	case r.Refused:
		return r.Code + " " + r.Rule
	case r.Warning:
		return r.Code + " (!)"
	}
	return r.Code
}

// rejectMessage is the message about a reject and all that are alike.
func (a *app) rejectMessage(r *state.StandingReject) message.Message {
	code := message.Reject(r.Code)
	switch {
	case r.Refused:
		if code = message.Reject(r.Rule); code == message.RejectValue { // the CRM's own words, not a rule of ours
			code = message.CRMRefusedRecord
		}
	case r.Warning:
		code = message.Warn(r.Code)
	}
	field := r.Field
	if field == "" {
		field = map[message.Code]string{
			message.RejectUnknownUser: "user", message.RejectStep: "step", message.RejectDealType: "tip",
			message.RejectDirection: "direction", message.RejectCloseStatus: "status_close",
		}[code]
	}
	if before, _, told := strings.Cut(r.Value, ": "); field == "" && code == message.RejectSumUnfit && told {
		field = before
	}
	return message.In(a.lang, code, message.S("job", r.Job), message.S("uid", r.UID), message.S("field", orDash(field)),
		message.S("rule", r.Rule), message.S("crmcode", r.Rule), message.S("file", r.File), message.S("line", line(r.Line)), message.S("encoding", "encoding"), message.S("part", "row"))
}

// withoutRejects takes the way to `rejects` off an advice: its reader is there.
func withoutRejects(next string) string {
	var keep []string
	for part := range strings.SplitSeq(strings.TrimSuffix(next, "."), "; ") {
		before, _, leads := strings.Cut(part, ": syncd rejects ")
		// "details: syncd rejects JOB" says nothing else; "look for a lone quote in it: …" does
		if !leads || len(keep) == 0 {
			keep = append(keep, before)
		}
	}
	return strings.Join(keep, "; ")
}

// rejectRecord is a reject for machines.
type rejectRecord struct {
	Type     string `json:"type"` // reject | warning | refusal
	Job      string `json:"job"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	LastLine int    `json:"last_line,omitempty"`
	UID      string `json:"uid,omitempty"`
	Key      string `json:"key,omitempty"`
	Column   string `json:"column,omitempty"`
	Field    string `json:"field,omitempty"`
	Code     string `json:"code"`
	Rule     string `json:"rule,omitempty"`
	Value    string `json:"value"`
	FirstRun int64  `json:"first_run,omitempty"`
	RunsSeen int64  `json:"runs_seen,omitempty"`
}

func rejectKind(r *engine.Reject) string {
	switch {
	case r.Warning:
		return "warning"
	case r.Refused:
		return "refusal"
	}
	return "reject"
}

func rejectJSON(job string, r *engine.Reject) rejectRecord {
	return rejectRecord{
		Type: rejectKind(r), Job: job, File: r.File, Line: r.Line, LastLine: r.LastLine, UID: r.UID, Key: r.Key,
		Column: r.Column, Field: r.Field, Code: r.Code, Rule: r.Rule, Value: r.Value,
	}
}

// rejectRow is a line of the file for those who correct rows.
type rejectRow struct {
	Kind   string `csv:"kind"`
	Job    string `csv:"job"`
	File   string `csv:"file"`
	Line   string `csv:"line"`
	Key    string `csv:"key"`
	Column string `csv:"column"`
	Field  string `csv:"field"`
	Code   string `csv:"code"`
	Rule   string `csv:"rule"`
	Value  string `csv:"value"`
}

// rejectRowRU is rejectRow under Russian headings.
type rejectRowRU struct {
	Kind   string `csv:"вид"`
	Job    string `csv:"задание"`
	File   string `csv:"файл"`
	Line   string `csv:"строка"`
	Key    string `csv:"ключ"`
	Column string `csv:"колонка"`
	Field  string `csv:"поле"`
	Code   string `csv:"код"`
	Rule   string `csv:"правило"`
	Value  string `csv:"значение"`
}

// writeRejectRows writes the file with headings in the user's language.
func (a *app) writeRejectRows(path string, rows []rejectRow) error {
	if a.lang != message.Russian {
		return source.WriteTyped(path, 0o600, rows)
	}
	russian := make([]rejectRowRU, len(rows))
	for i, r := range rows {
		russian[i] = rejectRowRU(r)
	}
	return source.WriteTyped(path, 0o600, russian)
}

func (in *installation) writeRejects(path, command string, list []state.StandingReject) error {
	a := in.app
	rows := make([]rejectRow, 0, len(list))
	for i := range list {
		r := &list[i].Reject
		rows = append(rows, rejectRow{
			rejectKind(r), list[i].Job, r.File, strconv.Itoa(r.Line), r.Key, r.Column, r.Field, r.Code, r.Rule, r.Value,
		})
	}
	if err := a.writeRejectRows(path, rows); err != nil {
		return in.notWritten(path, command, err)
	}
	return a.wrote(path, len(rows), a.say(phrase{
		"Correct the rows in the accounting system and export again, then: syncd run",
		"Исправьте строки в учётной системе и выгрузите снова, затем: syncd run",
	}))
}
