package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"syncd/internal/config"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/record"
)

// verdict says in sentences why a record was or was not updated, each with the
// next command: first where it stands, then what has moved since.
func (in *installation) verdict(p *portrait) []string {
	out := []string{in.standsAs(p)}
	for _, c := range p.Choices {
		if p.Status != statusIgnored {
			out = append(out, fmt.Sprintf(in.app.say(phrase{"decided: %s; carried out by: syncd run %s", "решено: %s; выполнит: syncd run %s"}), choiceText(c), p.Job))
		}
	}
	for _, h := range p.halts {
		out = append(out, in.haltText(in.app.lang, p.Job, h))
	}
	if moved := in.movedSince(p); len(moved) > 0 {
		if p.Status == "synced" { // the sentence that all is well would contradict them
			out = out[1:]
		}
		out = append(out, moved...)
	}
	return out
}

// standsAs is where the state has the record.
func (in *installation) standsAs(p *portrait) string {
	say, run := in.app.say, "syncd run "+p.Job
	switch {
	case p.Hold != nil:
		return in.holdMessage(p.Job, &p.Hold.Hold, p.files).String()
	case p.Refused != nil:
		return in.refusedText(p)
	case p.born():
		return in.bornText(p)
	}
	switch p.Status {
	case "synced":
		if list := in.differsByRule(p); len(list) > 0 {
			return fmt.Sprintf(say(phrase{
				"Settled; these fields differ by rule: %s. Nothing is left to do.",
				"Согласовано; эти поля различаются по правилу: %s. Делать ничего не нужно.",
			}), strings.Join(list, ", "))
		}
		return say(phrase{"Both sides agree; nothing is left to do.", "Стороны согласованы, делать ничего не нужно."})
	case "pending":
		return fmt.Sprintf(say(phrase{
			"Changed in the CRM, and on its way to the accounting system (%s): it is taken when an export shows the new value; until then nothing is pushed over it.",
			"Изменено в CRM и передаётся в учётную систему (%s): принятым считается, когда новое значение покажет выгрузка; до этого поверх ничего не отправляется.",
		}), strings.Join(p.offered(), ", "))
	case "sent", "in-doubt":
		return say(phrase{
			"A write was sent to the CRM and its answer is no proof; it is not sent again before the CRM shows what happened. The next run looks: ",
			"Запись отправлена в CRM, но ответ ничего не доказывает; повторно не отправляется, пока CRM не покажет, чем кончилось. Проверит следующий запуск: ",
		}) + run
	case "waiting":
		return say(phrase{"It was read and is not settled yet; the next run takes it up: ", "Прочитана, но ещё не согласована; ею займётся следующий запуск: "}) + run
	case "gone":
		return fmt.Sprintf(say(phrase{
			"It was deleted in the CRM (%s), which two runs confirmed; it is not added again by itself (%s). If it is wanted back, restore it in the CRM%s; then: %s",
			"Запись удалена в CRM (%s), это подтвердили два запуска; сама собой заново не добавляется (%s). Если она нужна, восстановите её в CRM%s; затем: %s",
		}), in.idText(p.Job, p.CLID), in.settingOf(p.Job, "crm-gone"), in.orRecreate(p.Job), run)
	case "missing":
		return fmt.Sprintf(say(phrase{
			"The CRM did not show it (%s) in run %d; nothing is written to it, and a second run that does not see it takes it for deleted: %s",
			"CRM не показала эту запись (%s) в запуске %d; данные туда не пишутся, а если её не увидит и второй запуск, она считается удалённой: %s",
		}), in.idText(p.Job, p.CLID), p.missing(), run)
	case "absent":
		return fmt.Sprintf(say(phrase{
			"The last whole export lacks the record; when another one lacks it too, %s applies.",
			"В последней полной выгрузке записи нет; если её не будет и в следующей, сработает %s.",
		}), in.settingOf(p.Job, "absent-but-edited"))
	case statusRejected:
		return say(phrase{"Its row cannot be a record, so nothing was sent; correct the row and export again: ", "Её строка отклонена, в CRM ничего не отправлено; исправьте строку и выгрузите снова: "}) + "syncd rejects " + p.Job
	case statusClosed:
		return say(phrase{
			"It is linked no more: gone from one side, and deleted on the other or gone there, too. The history tells when. If an export brings it again, it is a new record.",
			"Связи больше нет: с одной стороны запись исчезла, с другой удалена или тоже исчезла; когда — в истории. Если выгрузка принесёт её снова, это будет новая запись.",
		})
	case statusIgnored:
		return say(phrase{"It is left out of every run, because somebody decided so; to take it up again: ", "Её обходят все запуски, потому что так решили; вернуть: "}) +
			"syncd resolve " + p.Job + "/" + p.UID + " --take retry"
	case statusUntaken:
		if p.row != nil && p.row.Kind == mapping.InScope {
			return say(phrase{"It stands in the export as it is now, and no run has taken it yet: ", "В нынешней выгрузке она есть, но ни один запуск её ещё не взял: "}) + run
		}
		return say(phrase{"No run took it from the export, so nothing of it is in the CRM.", "Ни один запуск её из выгрузки не взял, поэтому в CRM ничего нет."})
	}
	return say(recordStatus(p.Status))
}

// refusedText is why a record was refused, and what to do.
func (in *installation) refusedText(p *portrait) string {
	decide := "syncd resolve " + p.Job + "/" + p.UID + " --take "
	takes := []string{takeRetryWord, takeIgnoreWord}
	retryOr := decide + in.app.takeWord(takes) + in.app.decisionsText("", takes)
	m := in.app.rejectMessage(p.Refused)
	switch {
	case engine.TriedAgain(p.Refused.Rule):
		return m.String() + fmt.Sprintf(in.app.say(phrase{"; to leave it out: %signore", "; не отправлять: %signore"}), decide)
	case m.Code == message.CRMRefusedRecord:
		return m.What + " " + retryOr
	}
	return m.String() + in.app.say(phrase{"; then: ", "; затем: "}) + retryOr
}

// orRecreate is the setting that adds again what is gone, for jobs that heed it: money
// is never made anew by itself.
func (in *installation) orRecreate(job string) string {
	if j := in.cfg.Jobs[job]; j != nil && (j.Entity == config.EntityInvoice || j.Entity == config.EntityPayment) {
		return ""
	}
	return in.app.say(phrase{", or set on_crm_absent: recreate", " или задайте on_crm_absent: recreate"})
}

// differsByRule lists the fields that were settled with different values, each with
// the setting or the rule that left it so.
func (in *installation) differsByRule(p *portrait) []string {
	if p.Link == nil || p.m == nil {
		return nil
	}
	schema := p.m.Schema()
	var out []string
	for i := range schema.Len() {
		f := schema.Field(i)
		source, known := p.Link.Base[f.Name]
		if !known || p.canon(i, source) == p.canon(i, crmBase(p.Link, f.Name)) {
			continue
		}
		why := in.lastRule(p, f.Name)
		switch {
		case f.Owner == record.OwnerCRM:
			why = "owner: crm"
		case f.AddOnly:
			why = "when: add"
		}
		out = append(out, strings.TrimSuffix(f.Name+" ("+why+")", " ()"))
	}
	return out
}

// lastRule is the rule that a field was last settled by, as its setting where it
// has one; "" where the history does not tell.
func (in *installation) lastRule(p *portrait, field string) string {
	for i := range p.changes {
		for _, c := range p.changes[i].Fields {
			if c.Field == field {
				return cmp.Or(in.settingOf(p.Job, string(c.Rule)), string(c.Rule))
			}
		}
	}
	return ""
}

// born reports whether the record is a client that exists in the CRM alone.
func (p *portrait) born() bool {
	return p.Link == nil && p.Key == "" && p.CLID != 0 && p.UID == "clid-"+strconv.FormatInt(p.CLID, 10)
}

func (in *installation) bornText(p *portrait) string {
	column := ""
	if p.m != nil {
		column = p.m.CLIDColumn()
	}
	if column == "" {
		return fmt.Sprintf(in.app.say(phrase{
			"Born in the CRM (%s), and on its way to the accounting system with that number. The mapping names no `clid` column, so an export cannot bring it back: add one.",
			"Запись заведена в CRM (%s) и передаётся в учётную систему с этим номером. В описании полей нет колонки `clid`, поэтому выгрузка её не вернёт: добавьте её.",
		}), in.idText(p.Job, p.CLID))
	}
	return fmt.Sprintf(in.app.say(phrase{
		"Born in the CRM (%s), and on its way to the accounting system with that number; it is linked when an export brings the number in column %s.",
		"Запись заведена в CRM (%s) и передаётся в учётную систему с этим номером; свяжется, когда выгрузка принесёт номер в колонке %s.",
	}), in.idText(p.Job, p.CLID), quoted(column))
}

func (p *portrait) offered() []string {
	out := make([]string, len(p.Pending))
	for i := range p.Pending {
		out[i] = p.Pending[i].Field
	}
	return out
}

// missing is the run in which the CRM was first proven not to show the client.
func (p *portrait) missing() int64 {
	if p.Link == nil {
		return 0
	}
	return p.Link.Missing
}

// movedSince tells what has happened on both sides since the last run, as far as
// it was looked at, and where something is to be done, the command that shows it.
func (in *installation) movedSince(p *portrait) []string {
	var out []string
	plan := false
	for _, look := range []func(*portrait) (string, bool){in.exportSince, in.crmSince} {
		text, open := look(p)
		if text != "" {
			out = append(out, text)
		}
		plan = plan || open
	}
	if plan {
		out = append(out, in.app.say(phrase{"What a run would do: ", "Что сделает запуск: "})+"syncd plan "+p.Job)
	}
	return out
}

// exportSince is what the source shows now, and whether a run would look into it.
func (in *installation) exportSince(p *portrait) (text string, open bool) {
	say := in.app.say
	switch {
	case p.noRow != "":
		return say(phrase{"The source could not be looked at: ", "В источник заглянуть не удалось: "}) + p.noRow, false
	case !p.looked || p.born():
		return "", false
	case p.row == nil:
		if in.readOnce(in.cfg.Jobs[p.Job]) || p.Status == "absent" || p.Hold != nil {
			return "", false // its row was read once and has passed, or it was said already
		}
		return say(phrase{"The export as it is now has no row of it.", "В нынешней выгрузке её строки нет."}), true
	case p.row.Why != "" || p.row.Kind == mapping.Unreadable || p.row.Kind == mapping.Rejected:
		if p.Status == statusRejected || p.Hold != nil {
			return "", false
		}
		return fmt.Sprintf(say(phrase{"Its row in the export as it is now (%s) cannot be taken: %s.", "Её строка в нынешней выгрузке (%s) не годится: %s."}),
			rowPlace(p.row), whyRow(p.row)), true
	case p.row.Kind == mapping.OutOfScope:
		return fmt.Sprintf(say(phrase{"Its row is left out by the mapping (%s), so nothing is sent.", "Её строку исключает описание полей (%s), поэтому ничего не отправляется."}), p.row.Rule), false
	case p.row.Kind == mapping.Deleted:
		return fmt.Sprintf(say(phrase{"Its row is marked as deleted (%s).", "Её строка помечена на удаление (%s)."}), p.row.Rule), true
	}
	moved := p.exportMoved()
	if len(moved) == 0 || p.Hold != nil {
		return "", false
	}
	return fmt.Sprintf(say(phrase{
		"The export has another value now than was settled: %s.", "В выгрузке уже не то значение, которое было согласовано: %s.",
	}), strings.Join(moved, ", ")), true
}

// crmSince is what the CRM shows now, and whether a run would look into it.
func (in *installation) crmSince(p *portrait) (text string, open bool) {
	say := in.app.say
	switch {
	case p.Hold != nil:
		return "", false
	case p.hidden && p.Status != "gone" && p.Status != "missing":
		return fmt.Sprintf(say(phrase{
			"The CRM does not show it now (%s): deleted, or not visible to the login.",
			"CRM сейчас не показывает эту запись (%s): удалена или не видна логину.",
		}), in.idText(p.Job, p.CLID)), true
	case p.trash:
		return fmt.Sprintf(say(phrase{"Client %d lies in the CRM's trash: nothing is sent to it.", "Клиент %d лежит в корзине CRM: данные ему не отправляются."}), p.CLID), false
	}
	offered := p.offered()
	moved := slices.DeleteFunc(p.crmMoved(), func(f string) bool { return slices.Contains(offered, f) })
	if len(moved) == 0 {
		return "", false
	}
	fields := strings.Join(moved, ", ")
	if in.cfg.Jobs[p.Job].Direction == config.Push {
		return fmt.Sprintf(say(phrase{
			"Edited in the CRM since it was settled: %s. The edit stays there and is not written back (direction: push).",
			"После согласования правили в CRM: %s. Правка остаётся там, обратно не передаётся (direction: push).",
		}), fields), false
	}
	return fmt.Sprintf(say(phrase{"Edited in the CRM since it was settled: %s.", "После согласования правили в CRM: %s."}), fields), true
}

func rowPlace(s *endpoint.Sighting) string {
	return place(s.Origin.File, s.Origin.Line, s.Origin.LastLine)
}

// whyRow is the rule by which a row is no record.
func whyRow(s *endpoint.Sighting) string {
	if s.Why != "" {
		return s.Why
	}
	for _, f := range s.Fields {
		for _, p := range f.Problems {
			if !p.Warning {
				return strings.TrimSpace(string(p.Code) + " " + quoted(p.Column))
			}
		}
	}
	return s.Rule
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
