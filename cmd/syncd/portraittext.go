package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"syncd/internal/engine"
	"syncd/internal/state"
)

// portraitText is a record for people: what there is nothing of has no heading.
func (in *installation) portraitText(p *portrait) string {
	say := in.app.say
	var b strings.Builder
	section := func(title phrase, body string) {
		if body != "" {
			b.WriteString(say(title) + "\n" + body)
		}
	}
	fmt.Fprintf(&b, "%s/%s  %s\n", p.Job, p.UID, oneLine(p.Title))
	for _, sentence := range in.verdict(p) {
		b.WriteString(folded(sentence))
	}
	b.WriteString(in.placesText(p))
	if p.Hold != nil {
		section(phrase{"held for a decision", "ждёт решения"}, in.holdSides(p.Job, &p.Hold.Hold)+in.holdTimes(p.Hold))
	}
	section(in.wayHeading(p), in.wayText(p))
	section(phrase{"last write to the CRM", "последняя запись в CRM"}, in.writeText(p))
	section(phrase{"both sides as last settled", "как согласовано в последний раз"}, in.basesText(p))
	section(phrase{"on its way to the source", "передаётся в учётную систему"}, in.pendingText(p))
	section(phrase{"history", "история"}, in.historyText(p))
	if len(p.rejects) > 0 {
		section(phrase{"rejects and warnings", "отклонения и предупреждения"}, in.app.rejectsText(p.rejects, true))
	}
	return b.String()
}

// folded breaks a sentence at tableWidth, between words. A message keeps its one
// line: terminals break it, and files are searched for its code.
func folded(text string) string {
	const indent = "  "
	text = oneLine(text)
	if messageLine.MatchString(indent + text) {
		return indent + text + "\n"
	}
	var b strings.Builder
	line := indent
	for _, w := range flowWord.FindAllString(text, -1) {
		w = strings.TrimRight(w, " ")
		if line != indent && utf8.RuneCountInString(line)+utf8.RuneCountInString(w) >= tableWidth {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = indent
		}
		line += w + " "
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}

// placesText is what the record is called on either side, and where it stands.
func (in *installation) placesText(p *portrait) string {
	say := in.app.say
	t := in.app.table()
	t.indent = "  "
	t.whole = []int{1}
	status := say(recordStatus(p.Status))
	if p.Reason != "" {
		status += "  " + p.Reason
	}
	t.row(say(phrase{"status", "состояние"}), status)
	if p.Key != "" {
		t.row(say(phrase{"key", "ключ"}), p.Key)
	}
	if p.CLID != 0 {
		t.row("CRM", strings.TrimSpace(in.crmOf(p.Job)+"  "+in.idText(p.Job, p.CLID)))
	}
	if p.File != "" {
		t.row(say(phrase{"export", "выгрузка"}), place(p.File, p.Line, 0))
	}
	if !p.LastSynced.IsZero() {
		t.row(say(phrase{"settled", "согласовано"}), in.when(p.LastSynced))
	}
	return t.String()
}

func (in *installation) crmOf(job string) string {
	if j := in.cfg.Jobs[job]; j != nil {
		return j.CRM
	}
	return ""
}

// pendingText is what goes to the source: the value, where it went, and when.
func (in *installation) pendingText(p *portrait) string {
	say := in.app.say
	t := in.app.table()
	t.indent = "  "
	for i := range p.Pending {
		o := &p.Pending[i]
		where := fmt.Sprintf(say(phrase{"not written yet, since %s", "ещё не записано, с %s"}), in.when(o.Since))
		switch {
		case !o.Arrived.IsZero():
			where = fmt.Sprintf(say(phrase{"in %s since %s", "в %s с %s"}), in.deliveryName(p.Job, o.Delivery), in.when(o.Arrived))
		case o.Delivery != "":
			where = fmt.Sprintf(say(phrase{"being written to %s", "записывается в %s"}), in.deliveryName(p.Job, o.Delivery))
		}
		t.row(o.Field, shown(o.Base), "→", shown(o.Offered), string(o.Rule), in.lostText(o.Lost))
		t.row("", where)
	}
	return pairs(t)
}

// pairs prints the rows of values as a table, and below the last of those that
// share a note, which is the row after each, the note.
func pairs(t *table) string {
	var values [][]string
	var notes []string
	for i := 0; i+1 < len(t.rows); i += 2 {
		values = append(values, t.rows[i])
		notes = append(notes, t.rows[i+1][1])
	}
	t.rows = values
	var b strings.Builder
	i := 0
	for line := range strings.Lines(t.String()) {
		b.WriteString(line)
		if i == len(notes)-1 || notes[i+1] != notes[i] {
			b.WriteString(t.indent + "  " + notes[i] + "\n")
		}
		i++
	}
	return b.String()
}

func (in *installation) lostText(lost *string) string {
	if lost == nil {
		return ""
	}
	return in.app.say(phrase{"lost: ", "потеряно: "}) + *lost
}

// basesText is both sides as last settled, field by field, and what the CRM reads
// now where that is something else.
func (in *installation) basesText(p *portrait) string {
	if p.Link == nil {
		return ""
	}
	say, texts := in.app.say, in.plain(p.Job)
	moved := p.crmMoved()
	heads := []string{say(phrase{"field", "поле"}), say(phrase{"export", "выгрузка"}), "CRM"}
	if len(moved) > 0 {
		heads = append(heads, say(phrase{"CRM now", "CRM сейчас"}))
	}
	t := in.app.table(heads...)
	t.indent = "  "
	for _, name := range fieldsOf(p.Link) {
		source, crm := texts.text(name, p.Link.Base[name]), texts.text(name, crmBase(p.Link, name))
		cells := []string{name, shown(source), shown(crm)}
		if slices.Contains(moved, name) {
			cells = append(cells, shown(p.now[name]))
		} else if blankText(source) && blankText(crm) {
			continue
		} else if same := shown(source); in.app.onTerminal() && same == shown(crm) && utf8.RuneCountInString(same) > longestTwice {
			for _, part := range strings.Split(same, "; ") { // the lines of a deal, above all: told once, and one by one
				t.row(name, part, "=")
				name = ""
			}
			continue
		}
		t.row(cells...)
	}
	return t.String()
}

// longestTwice is how long a value may be that a terminal has room for on both sides.
const longestTwice = 40

func blankText(v *string) bool { return v == nil || *v == "" }

// writeText is what was sent last, field by field, what the CRM answered, and
// what it made of a value.
func (in *installation) writeText(p *portrait) string {
	if len(p.writes) == 0 {
		return ""
	}
	say, o := in.app.say, &p.writes[0]
	var b strings.Builder
	clid := ""
	if o.CLID != 0 {
		clid = ", " + in.idText(p.Job, o.CLID)
	}
	if o.Ended.IsZero() {
		fmt.Fprintf(&b, say(phrase{
			"  open: %s of run %d, %s since %s; the next run looks again: syncd run %s\n",
			"  не завершено: %s, запуск %d, %s с %s; проверит следующий запуск: syncd run %s\n",
		}), o.Kind, o.Run, o.Status, in.when(o.SentAt), p.Job)
	} else {
		fmt.Fprintf(&b, say(phrase{"  %s%s, run %d, sent %s: %s\n", "  %s%s, запуск %d, отправлено %s: %s\n"}),
			o.Kind, clid, o.Run, in.when(o.SentAt), say(opStatus(o)))
	}
	if answer := strings.TrimSpace(o.Code + " " + o.Text); answer != "" && o.Code != engine.CodeUnsure {
		b.WriteString(folded(say(phrase{"the CRM's answer: ", "ответ CRM: "}) + answer))
	}
	t := in.app.table()
	t.indent = "      "
	for _, c := range in.sent(p) {
		stored := ""
		if crm := in.storedAs(p, c); crm != nil {
			stored = say(phrase{"stored as: ", "CRM хранит: "}) + *crm
		}
		t.row(c.Field, shown(c.From), "→", shown(c.To), string(c.Rule), stored)
	}
	return b.String() + t.String()
}

// sent is what the last write held. The fields of an add are those of the record.
func (in *installation) sent(p *portrait) []engine.FieldChange {
	o := &p.writes[0]
	if o.Kind != engine.OpAdd {
		return o.Fields
	}
	set := o.Set
	if set == nil && p.latest(o) && p.Link != nil {
		set = in.plain(p.Job).stored(p.Link.Base)
	}
	var out []engine.FieldChange
	for _, name := range fieldsOf(&engine.Link{Base: set}) {
		if !blankText(set[name]) {
			out = append(out, engine.FieldChange{Field: name, To: set[name], Rule: "add"})
		}
	}
	return out
}

// latest reports whether nothing moved the bases after a write that was confirmed.
func (p *portrait) latest(o *state.OpRow) bool {
	if o.Status != engine.OpConfirmed {
		return false
	}
	for _, c := range p.changes {
		switch c.Kind {
		case "missing", "gone": // these say what was not seen
			continue
		case "offer": // this says what is awaited, and settles the source's own value where it lost
			if slices.ContainsFunc(c.Fields, func(f engine.FieldChange) bool { return f.Lost != nil }) {
				return false
			}
			continue
		}
		return c.Run == o.Run && c.Kind == string(o.Kind)
	}
	return true
}

// storedAs is what the CRM made of a value that was sent; nil where it is what was
// sent, or where that is not known.
func (in *installation) storedAs(p *portrait, c engine.FieldChange) *string {
	if p.Link == nil || !p.latest(&p.writes[0]) || c.To == nil {
		return nil
	}
	crm := in.plain(p.Job).text(c.Field, crmBase(p.Link, c.Field))
	if crm == nil || *crm == *c.To {
		return nil
	}
	return crm
}

func opStatus(o *state.OpRow) phrase {
	switch o.Status {
	case engine.OpConfirmed:
		return phrase{"confirmed, read back from the CRM", "подтверждено, прочитано из CRM"}
	case engine.OpFailed:
		return phrase{"refused, nothing happened", "отказано, ничего не изменилось"}
	case engine.OpSuperseded:
		if o.Code == engine.CodeUnsure {
			return phrase{"nobody can tell whether it happened; a person decides", "неизвестно, выполнилось ли; решает человек"}
		}
		return phrase{"proven not to have happened, planned anew", "доказано, что не выполнилось; запланировано заново"}
	case engine.OpInDoubt, engine.OpSent, engine.OpPlanned:
	}
	return phrase{string(o.Status), string(o.Status)}
}

func (in *installation) historyText(p *portrait) string {
	say := in.app.say
	var b strings.Builder
	for _, c := range p.changes {
		fmt.Fprintf(&b, say(phrase{"  %s  run %d  %s\n", "  %s  запуск %d  %s\n"}), in.when(c.At), c.Run, c.Kind)
		t := in.app.table()
		t.indent = "      "
		for _, f := range c.Fields {
			t.row(f.Field, shown(f.From), "→", shown(f.To), string(f.Rule), in.lostText(f.Lost))
		}
		b.WriteString(t.String())
	}
	if len(p.changes) == changesShown {
		b.WriteString(say(phrase{"  … older ones: v_changes of the state\n", "  … более старые: v_changes в состоянии\n"}))
	}
	return b.String()
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
	case "missing":
		return phrase{"not shown by the CRM", "CRM её не показывает"}
	case "absent":
		return phrase{"absent from the export", "нет в выгрузке"}
	case "pending":
		return phrase{"on its way to the source", "передаётся в учётную систему"}
	case statusRejected:
		return phrase{"row rejected", "строка отклонена"}
	case statusClosed:
		return phrase{"closed", "закрыто"}
	case statusIgnored:
		return phrase{"left out by decision", "не трогаем по решению"}
	case statusUntaken:
		return phrase{"not taken by any run", "ни один запуск не взял"}
	}
	return phrase{s, s}
}
