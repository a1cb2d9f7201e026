package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/record"
	"syncd/internal/state"
)

// changesShown is how many changes of a record show lists.
const changesShown = 20

func newShow(a *app) *cobra.Command {
	offline := false
	cmd := &cobra.Command{
		Use:   "show JOB/UID",
		Short: a.say(phrase{"everything that is known of one record", "всё, что известно об одной записи"}),
		Long: a.say(phrase{
			"Shows the link, both sides as last settled, the history, and what the record waits for.\n" +
				"The record may be named by uid, key, clid, ИНН or a part of its name, with or without the job.",
			"Показывает связь, значения обеих сторон, как их согласовали последний раз, историю и чего запись ждёт.\n" +
				"Запись можно назвать по uid, ключу, clid, ИНН или части названия, с заданием или без него.",
		}),
		Example: "  syncd show clients/A-15\n  syncd show 7707083893\n  syncd show ромашка",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.show(cmd.Context(), args[0], offline) },
	}
	cmd.Flags().BoolVar(&offline, "offline", false, a.say(phrase{"do not ask the CRM for its side of a hold", "не спрашивать у CRM её сторону"}))
	return cmd
}

// portrait is all that is shown of one record.
type portrait struct {
	state.Detail
	changes []state.Change
	open    []state.OpRow
	rejects []state.StandingReject // rows and warnings of this record
}

func (a *app) show(ctx context.Context, query string, offline bool) error {
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	r, err := in.record(ctx, query)
	if err != nil {
		return err
	}
	p, err := in.portrait(ctx, r)
	if err != nil {
		return a.stateFault(err)
	}
	if p.Hold != nil && !offline {
		ctx, cancel := context.WithTimeout(ctx, sidesWithin)
		defer cancel()
		in.crmSides(ctx, []*state.StandingHold{p.Hold})
	}
	if a.flags.json {
		return json.NewEncoder(a.out).Encode(in.portraitJSON(p))
	}
	_, err = fmt.Fprint(a.out, in.portraitText(p))
	return err
}

func (in *installation) portrait(ctx context.Context, r state.Record) (*portrait, error) {
	p := &portrait{}
	var err error
	var unknown *state.UnknownRecordError
	if p.Detail, err = in.db.Record(ctx, r.Job, r.UID); errors.As(err, &unknown) {
		p.Record, err = r, nil // only a rejected row is known of it, or a decision
		if r.Status == statusIgnored {
			var chosen map[string][]engine.Choice
			chosen, err = in.choices(ctx, r.Job)
			p.Choices = chosen[r.UID]
		}
	}
	if err != nil {
		return nil, err
	}
	f := state.AuditFilter{Job: r.Job, UID: r.UID, Limit: changesShown}
	if p.changes, err = in.db.Changes(ctx, f); err != nil {
		return nil, err
	}
	ops, err := in.db.Ops(ctx, f)
	if err != nil {
		return nil, err
	}
	p.open = slices.DeleteFunc(ops, func(o state.OpRow) bool { return !o.Ended.IsZero() })
	if p.rejects, err = in.db.Rejects(ctx, r.Job); err != nil {
		return nil, err
	}
	p.rejects = slices.DeleteFunc(p.rejects, func(x state.StandingReject) bool { return x.UID != r.UID })
	return p, nil
}

func (in *installation) portraitText(p *portrait) string {
	say := in.app.say
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s  %s\n", p.Job, p.UID, oneLine(p.Title))
	head := newTable()
	head.indent = "  "
	head.whole = []int{1}
	head.row(say(phrase{"status", "состояние"}), say(recordStatus(p.Status)), p.Reason)
	head.row(say(phrase{"key", "ключ"}), p.Key)
	if p.CLID != 0 {
		head.row("CRM", in.crmOf(p.Job), "clid "+strconv.FormatInt(p.CLID, 10))
	}
	if p.File != "" {
		head.row(say(phrase{"export", "выгрузка"}), place(p.File, p.Line, 0))
	}
	if !p.LastSynced.IsZero() {
		head.row(say(phrase{"settled", "согласовано"}), in.when(p.LastSynced))
	}
	b.WriteString(plainRows(head))
	b.WriteString(in.basesText(p.Link))
	b.WriteString(in.historyText(p))
	if p.Hold != nil {
		b.WriteString(say(phrase{"held", "ждёт решения"}) + "\n" + in.holdText(p.Job, &p.Hold.Hold))
	}
	for _, c := range p.Choices {
		fmt.Fprintf(&b, say(phrase{"decided: %s; carried out by: syncd run %s\n", "решено: %s; выполнит: syncd run %s\n"}), choiceText(c), p.Job)
	}
	if len(p.rejects) > 0 {
		b.WriteString(say(phrase{"rejects and warnings", "отклонения и предупреждения"}) + "\n" + in.app.rejectsText(p.rejects))
	}
	if p.Refused != nil {
		b.WriteString(message.In(in.app.lang, message.CRMRefusedRecord, message.S("uid", p.UID), message.S("job", p.Job),
			message.S("crmcode", p.Refused.Rule)).What + " syncd resolve " + p.Job + "/" + p.UID + " --take retry|ignore\n")
	}
	return b.String()
}

// plainRows prints a table whose rows are pairs with an optional remark.
func plainRows(t *table) string {
	for i, cells := range t.rows {
		t.rows[i] = []string{cells[0], strings.TrimSpace(strings.Join(cells[1:], "  "))}
	}
	return t.String()
}

func (in *installation) crmOf(job string) string {
	if j := in.cfg.Jobs[job]; j != nil {
		return j.CRM
	}
	return ""
}

// basesText is both sides as last settled, field by field.
func (in *installation) basesText(l *engine.Link) string {
	if l == nil {
		return ""
	}
	t := newTable(in.app.say(phrase{"field", "поле"}), in.app.say(phrase{"export", "выгрузка"}), "CRM")
	t.indent = "  "
	for _, name := range fieldsOf(l) {
		t.row(name, shown(l.Base[name]), shown(crmBase(l, name)))
	}
	return t.String()
}

// fieldsOf lists the fields of a link's bases by name.
func fieldsOf(l *engine.Link) []string {
	all := maps.Clone(l.Base)
	if all == nil {
		all = record.Stored{}
	}
	maps.Copy(all, l.CRMBase)
	return slices.Sorted(maps.Keys(all))
}

// crmBase is the CRM's base of a field: it is stored only where it differs.
func crmBase(l *engine.Link, field string) *string {
	if v, ok := l.CRMBase[field]; ok {
		return v
	}
	return l.Base[field]
}

func (in *installation) historyText(p *portrait) string {
	say := in.app.say
	var b strings.Builder
	for _, o := range p.open {
		fmt.Fprintf(&b, say(phrase{
			"  open: %s of run %d, %s since %s; the next run looks again: syncd run %s\n",
			"  не завершено: %s, запуск %d, %s с %s; проверит следующий запуск: syncd run %s\n",
		}), o.Kind, o.Run, o.Status, in.when(o.SentAt), p.Job)
	}
	if len(p.changes) == 0 {
		return b.String()
	}
	b.WriteString(say(phrase{"history", "история"}) + "\n")
	for _, c := range p.changes {
		fmt.Fprintf(&b, say(phrase{"  %s  run %d  %s\n", "  %s  запуск %d  %s\n"}), in.when(c.At), c.Run, c.Kind)
		t := newTable()
		t.indent = "      "
		for _, f := range c.Fields {
			lost := ""
			if f.Lost != nil {
				lost = say(phrase{"lost: ", "потеряно: "}) + *f.Lost
			}
			t.row(f.Field, shown(f.From), "→", shown(f.To), string(f.Rule), lost)
		}
		b.WriteString(t.String())
	}
	return b.String()
}

func choiceText(c engine.Choice) string {
	text := c.Take
	if c.Set != nil {
		text = "set"
	}
	if c.Field != "" {
		text = c.Field + ": " + text
	}
	return text
}

func recordStatus(s string) phrase {
	switch s {
	case "synced":
		return phrase{"in agreement", "согласовано"}
	case "held":
		return phrase{"held", "ждёт решения"}
	case "refused":
		return phrase{"refused by the CRM", "CRM отказалась принять"}
	case "sent", "in-doubt":
		return phrase{"in doubt", "исход неизвестен"}
	case "waiting":
		return phrase{"waiting for the next run", "ждёт следующего запуска"}
	case "gone":
		return phrase{"gone from the CRM", "удалено в CRM"}
	case statusRejected:
		return phrase{"row rejected", "строка отклонена"}
	case statusIgnored:
		return phrase{"left out by decision", "не трогаем по решению"}
	}
	return phrase{s, s}
}

// sidesJSON is a field as both sides last settled it.
type sidesJSON struct {
	Field  string  `json:"field"`
	Source *string `json:"source"`
	CRM    *string `json:"crm"`
}

type historyJSON struct {
	Run     int64        `json:"run"`
	At      time.Time    `json:"at"`
	Kind    string       `json:"kind"`
	Changes []changeJSON `json:"changes"`
}

// portraitJSON is everything about a record, for machines.
func (in *installation) portraitJSON(p *portrait) any {
	out := struct {
		Type       string         `json:"type"`
		Job        string         `json:"job"`
		UID        string         `json:"uid"`
		Key        string         `json:"key"`
		Title      string         `json:"title"`
		Status     string         `json:"status"`
		Reason     string         `json:"reason,omitempty"`
		CLID       int64          `json:"clid,omitempty"`
		File       string         `json:"file,omitempty"`
		Line       int            `json:"line,omitempty"`
		LastSynced time.Time      `json:"last_synced,omitzero"`
		Fields     []sidesJSON    `json:"fields"`
		History    []historyJSON  `json:"history"`
		Open       []string       `json:"open_ops"`
		Hold       *holdRecord    `json:"hold,omitempty"`
		Decided    []string       `json:"decided"`
		Rejects    []rejectRecord `json:"rejects"`
	}{
		Type: "record", Job: p.Job, UID: p.UID, Key: p.Key, Title: p.Title, Status: p.Status, Reason: p.Reason, CLID: p.CLID,
		File: p.File, Line: p.Line, LastSynced: p.LastSynced,
		Fields: []sidesJSON{}, History: []historyJSON{}, Open: []string{}, Decided: []string{}, Rejects: []rejectRecord{},
	}
	if p.Link != nil {
		for _, name := range fieldsOf(p.Link) {
			out.Fields = append(out.Fields, sidesJSON{name, p.Link.Base[name], crmBase(p.Link, name)})
		}
	}
	for _, c := range p.changes {
		out.History = append(out.History, historyJSON{c.Run, c.At, c.Kind, changesJSON(c.Fields)})
	}
	for _, o := range p.open {
		out.Open = append(out.Open, fmt.Sprintf("%s %s", o.Kind, o.Status))
	}
	if p.Hold != nil {
		h := in.holdJSON(p.Job, &p.Hold.Hold)
		h.Since, h.Chosen = p.Hold.Since, p.Hold.Chosen
		out.Hold = &h
	}
	for _, c := range p.Choices {
		out.Decided = append(out.Decided, choiceText(c))
	}
	for i := range p.rejects {
		out.Rejects = append(out.Rejects, rejectJSON(p.Job, &p.rejects[i].Reject))
	}
	return out
}
