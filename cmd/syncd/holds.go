package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func newHolds(a *app) *cobra.Command {
	f := &holdsFlags{}
	cmd := &cobra.Command{
		Use:   "holds [JOB]",
		Short: a.say(phrase{"records that wait for a decision", "записи, которые ждут решения"}),
		Long: a.say(phrase{
			"Lists the records that wait for a person, with what each side has and the command that decides.\n" +
				"--out writes them to a file for a spreadsheet, to be marked in its columns «decision» and «value»; syncd resolve --from reads it back.",
			"Показывает записи, где нужен человек: что есть с каждой стороны и какой командой решить.\n" +
				"--out пишет их в файл для Excel, где отмечают столбцы «решение» и «значение»; syncd resolve --from читает его обратно.",
		}),
		Example: "  syncd holds\n  syncd holds clients --reason match-differs\n  syncd holds clients --out holds.csv",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.holds(cmd.Context(), args, f) },
	}
	cmd.Flags().StringVar(&f.reason, "reason", "", a.say(phrase{"only of this `REASON`", "`ПРИЧИНА`: только записи, которые ждут из-за неё"}))
	cmd.Flags().StringVar(&f.out, "out", "", a.say(phrase{"write them to a `FILE` (CSV)", "записать в `ФАЙЛ` (CSV)"}))
	cmd.Flags().BoolVar(&f.offline, "offline", false, a.say(phrase{"do not ask the CRM for its side", "не спрашивать у CRM её сторону"}))
	return cmd
}

// holdsFlags are the flags of holds.
type holdsFlags struct {
	reason, out string
	offline     bool
}

func (a *app) holds(ctx context.Context, args []string, f *holdsFlags) error {
	if err := knownReason("syncd holds", f.reason); err != nil {
		return err
	}
	in, closeAll, err := a.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	job, err := in.jobFilter(args)
	if err != nil {
		return err
	}
	list, err := in.db.Holds(ctx, state.HoldFilter{Job: job, Reason: reconcile.Reason(f.reason)})
	if err != nil {
		return a.stateFault(err)
	}
	codes := heldRows(list) // before the CRM's side joins: the file is held against the state alone
	if !f.offline {
		in.askSides(ctx, list, f.out != "")
	}
	switch {
	case f.out != "":
		return in.writeHolds(f.out, list, codes)
	case a.flags.json:
		enc := json.NewEncoder(a.out)
		for i := range list {
			one := in.holdJSON(list[i].Job, &list[i].Hold)
			one.Since, one.Chosen = list[i].Since, list[i].Chosen
			if err := enc.Encode(one); err != nil {
				return err
			}
		}
		return nil
	case len(list) == 0:
		return a.printLine(phrase{"nothing waits for a decision", "решения ничего не ждёт"})
	}
	var b strings.Builder
	for i := range list {
		h := &list[i]
		b.WriteString(in.holdText(h.Job, &h.Hold))
		fmt.Fprintf(&b, a.say(phrase{"      since %s, run %d", "      с %s, запуск %d"}), in.when(h.Since), h.FirstRun)
		if h.Chosen != "" {
			fmt.Fprintf(&b, a.say(phrase{"; decided: %s, carried out by: syncd run %s", "; решено: %s, выполнит: syncd run %s"}), h.Chosen, h.Job)
		}
		b.WriteString("\n")
	}
	_, err = fmt.Fprint(a.out, b.String())
	return err
}

// askSides reads the CRM's side of the holds: of all for a file, of the first for
// a screen, which must not wait for long.
func (in *installation) askSides(ctx context.Context, list []state.StandingHold, all bool) {
	n := len(list)
	if !all {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, sidesWithin)
		defer cancel()
		n = min(n, recordsShown)
	}
	asked := make([]*state.StandingHold, n)
	for i := range asked {
		asked[i] = &list[i]
	}
	in.crmSides(ctx, asked)
}

// holdText is one hold for people: the record, both sides, and what to do.
func (in *installation) holdText(job string, h *engine.Hold) string {
	return in.holdParts(job, h) + "      " + in.holdMessage(job, h).String() + "\n"
}

// holdAhead is a hold that a plan foresees: the state does not have it yet, so
// nothing can be decided before a run has met it.
func (in *installation) holdAhead(job string, h *engine.Hold) string {
	m := in.holdMessage(job, h)
	m.Next = fmt.Sprintf(in.app.say(phrase{
		"A run puts it on record: syncd run %s; then: syncd holds %s", "Её запомнит запуск: syncd run %s; затем: syncd holds %s",
	}), job, job)
	return in.holdParts(job, h) + "      " + m.String() + "\n"
}

// holdParts is the record of a hold, and what each side has.
func (in *installation) holdParts(job string, h *engine.Hold) string {
	head := newTable()
	head.indent = "  "
	head.whole, head.places = []int{0, 2, 3}, []int{4}
	clid := ""
	if h.CLID != 0 {
		clid = fmt.Sprintf("clid %d", h.CLID)
	}
	head.row(job+"/"+h.UID, h.Title, string(h.Reason), clid, place(h.Origin.File, h.Origin.Line, h.Origin.LastLine))
	sides := newTable(in.app.say(phrase{"field", "поле"}), in.app.say(phrase{"export", "выгрузка"}), "CRM")
	if !crmShown(h) && !byField(h.Reason) { // it was not read: "nothing" would be a lie
		sides.heads = sides.heads[:2]
	}
	sides.indent = "      "
	for _, f := range h.Fields {
		sides.row([]string{f.Field, shown(f.Source), shown(f.CRM)}[:len(sides.heads)]...)
	}
	return head.String() + sides.String()
}

// holdMessage says why a record is held and what to do.
func (in *installation) holdMessage(job string, h *engine.Hold) message.Message {
	fields := make([]string, 0, len(h.Fields))
	for _, f := range h.Fields {
		fields = append(fields, f.Field)
	}
	switch {
	case h.Reason == reconcile.ReasonMaybeSame && len(fields) > 0:
		fields = fields[:1] // the one that both share; the others are for comparing
	case h.Reason == reconcile.ReasonMatchDiffers:
		fields = disproof(h.Fields)
	}
	lines := strconv.Itoa(h.Origin.Line)
	if h.Other != nil {
		lines += ", " + strconv.Itoa(h.Other.Line)
	}
	clid := strconv.FormatInt(h.CLID, 10)
	other := h.OtherOwner
	if other == "" {
		other = "clid " + clid
	}
	return message.In(in.app.lang, message.Hold(string(h.Reason)),
		message.S("job", job), message.S("uid", h.UID), message.S("field", orDash(strings.Join(fields, ", "))),
		message.S("clid", clid), message.S("clids", clid), message.S("other", other), message.S("others", other),
		message.S("line", line(h.Origin.Line)), message.S("lines", lines), message.S("file", h.Origin.File),
		message.S("reason", string(h.Reason)), message.S("confirm", "—"))
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
	Type   string             `json:"type"`
	Job    string             `json:"job"`
	UID    string             `json:"uid"`
	Key    string             `json:"key"`
	Title  string             `json:"title"`
	Reason string             `json:"reason"`
	CLID   int64              `json:"clid,omitempty"`
	Owner  string             `json:"owner,omitempty"`
	File   string             `json:"file,omitempty"`
	Line   int                `json:"line,omitempty"`
	Other  int                `json:"other_line,omitempty"`
	Fields []engine.HeldField `json:"fields"`
	Takes  []string           `json:"takes"`
	Since  time.Time          `json:"since,omitzero"`
	Chosen string             `json:"chosen,omitempty"`
}

func (in *installation) holdJSON(job string, h *engine.Hold) holdRecord {
	r := holdRecord{
		Type: "hold", Job: job, UID: h.UID, Key: h.Key, Title: h.Title, Reason: string(h.Reason), CLID: h.CLID,
		Owner: h.OtherOwner, File: h.Origin.File, Line: h.Origin.Line, Fields: h.Fields, Takes: takesOf(h),
	}
	if h.Other != nil {
		r.Other = h.Other.Line
	}
	return r
}

// wrote tells that a file was written, and the command to go on with.
func (a *app) wrote(path string, rows int, next string) error {
	_, err := fmt.Fprintln(a.err, message.In(a.lang, message.UsageFileWritten,
		message.S("file", path), message.N("rows", int64(rows)), message.S("next", next)))
	return err
}
