package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"syncd/internal/engine"
)

// jobText is all about one job.
func (in *installation) jobText(j *jobStanding, o *overview) string {
	l := &jobLines{in: in, j: j, o: o}
	l.b.WriteString(j.name + "\n")
	if j.LastRun == 0 {
		fmt.Fprintf(&l.b, "  "+in.app.say(phrase{"never ran: syncd plan %s", "ещё не запускалось: syncd plan %s"})+"\n", j.name)
		l.schedule()
		return l.b.String()
	}
	l.runs()
	l.schedule()
	l.records()
	l.unsettled()
	for _, h := range j.Halts {
		fmt.Fprintf(&l.b, "  %s\n", in.haltText(in.app.lang, j.name, h))
	}
	return l.b.String()
}

// jobLines writes what is to be told about a job, line by line.
type jobLines struct {
	in *installation
	j  *jobStanding
	o  *overview
	b  strings.Builder
}

// line writes a name and a text; the names have a column of their own.
func (l *jobLines) line(name, text phrase, args ...any) {
	say := l.in.app.say
	width := len("last success  ")
	if say(phrase{"en", "ru"}) == "ru" {
		width = utf8.RuneCountInString("последний запуск  ")
	}
	head := say(name)
	pad := strings.Repeat(" ", max(width-utf8.RuneCountInString(head), 1))
	fmt.Fprintf(&l.b, "  "+head+pad+say(text)+"\n", args...)
}

func (l *jobLines) age(t time.Time) string { return l.in.app.age(l.o.now.Sub(t)) }

// trouble is what ended the last run; when that names no command, the next one.
func (l *jobLines) trouble() {
	text := oneLine(l.j.trouble)
	l.line(phrase{}, phrase{"%s", "%s"}, text)
	if strings.Contains(text, "syncd ") {
		return
	}
	next := "syncd run " + l.j.name
	if l.j.LastStatus == engine.RunUnreachable || l.j.LastStatus == engine.RunNotReady {
		next = "syncd check " + l.j.name + " --online"
	}
	l.line(phrase{}, phrase{"next: %s", "дальше: %s"}, next)
}

// runs tells of the last run, and of the last that got through.
func (l *jobLines) runs() {
	j, say := l.j, l.in.app.say
	ended := statusPhrase(j.LastStatus)
	if len(j.turned) > 0 && j.LastStatus == j.ended.Status {
		ended = turnedAwayPhrase()
	}
	l.line(phrase{"last run", "последний запуск"}, phrase{"%d: %s, %s", "%d: %s, %s"}, j.LastRun, say(ended), l.in.when(j.LastStarted))
	switch {
	case j.runner > 0:
		l.line(phrase{}, phrase{"process %d is at work", "работает процесс %d"}, j.runner)
	case j.LastStatus == engine.RunRunning:
		l.line(phrase{}, phrase{"it was cut off; the next run settles the rest: syncd run %s", "оборвался; остальное доведёт следующий запуск: syncd run %s"}, j.name)
	case j.trouble != "":
		l.trouble()
	}
	if len(j.turned) > 0 && j.trouble == "" { // it was before the last run, which told nothing
		l.line(phrase{}, phrase{"the export was turned away: %s", "выгрузка не принята: %s"}, oneLine(j.ended.Err))
	}
	if r := j.last; r != nil && r.Rows.Read > 0 {
		var parts []string
		for _, p := range outcomePhrases {
			if n := r.Of(p.outcome); n > 0 && len(parts) < 4 {
				name, _, _ := strings.Cut(say(p.phrase), ":")
				if p.outcome == engine.Held { // not all of them wait for a person
					name = say(phrase{"held", "отложено"})
				}
				parts = append(parts, fmt.Sprintf("%s %d", name, n))
			}
		}
		l.line(phrase{}, phrase{"rows %s", "строк %s"}, strings.TrimSuffix(fmt.Sprintf("%d; %s", r.Rows.Read, strings.Join(parts, ", ")), "; "))
	}
	if j.LastSuccess.IsZero() {
		l.line(phrase{"last success", "последний успех"}, phrase{"never", "не было"})
	} else {
		l.line(phrase{"last success", "последний успех"}, phrase{"%s, %s ago", "%s, %s назад"}, l.in.when(j.LastSuccess), l.age(j.LastSuccess))
	}
	if !j.SourceTime.IsZero() {
		l.line(phrase{"export of", "выгрузка от"}, phrase{"%s, %s ago", "%s, %s назад"}, l.in.when(j.SourceTime), l.age(j.SourceTime))
	}
	if !j.late.IsZero() {
		l.line(phrase{}, phrase{
			"a fresh one was expected by %s (expect_by %s): look at the export's task in 1C", "свежую ждали к %s (expect_by %s): проверьте задание выгрузки в 1С",
		}, l.in.when(j.late), l.in.cfg.Jobs[j.name].ExpectBy)
	}
}

// schedule tells when the job runs next, and why.
func (l *jobLines) schedule() {
	j, cfg, say := l.j, l.in.cfg.Jobs[l.j.name], l.in.app.say
	name := phrase{"next run", "следующий"}
	var by []string
	if cfg.Schedule != "" {
		by = append(by, string(cfg.Schedule))
	}
	if cfg.Watch > 0 {
		by = append(by, say(phrase{"when an export arrives", "когда придёт выгрузка"}))
	}
	if len(cfg.After) > 0 {
		by = append(by, say(phrase{"after ", "после "})+strings.Join(cfg.After, ", "))
	}
	how := strings.Join(by, "; ")
	switch {
	case !startsItself(l.in.cfg, j.name):
		l.line(name, phrase{"by hand only: syncd run %s", "только вручную: syncd run %s"}, j.name)
	case l.o.service.pid == 0:
		l.line(name, phrase{"the service is not running (%s); by hand: syncd run %s", "служба не работает (%s); вручную: syncd run %s"}, how, j.name)
	case j.NextRun.IsZero():
		l.line(name, phrase{"%s", "%s"}, how)
	default:
		l.line(name, phrase{"%s (%s)", "%s (%s)"}, l.in.when(j.NextRun), how)
	}
	if l.o.service.pid > 0 && j.Schedule != string(cfg.Schedule) {
		l.line(phrase{}, phrase{"the service still has another schedule: systemctl reload syncd", "у службы пока другое расписание: systemctl reload syncd"})
	}
	if !j.Asked.IsZero() {
		l.line(phrase{}, phrase{"a run was asked for %s ago", "запуск запрошен %s назад"}, l.age(j.Asked))
	}
	if j.Skipped > 0 {
		l.line(phrase{}, phrase{"skipped because one was on: %d", "пропущено, пока шёл предыдущий: %d"}, j.Skipped)
	}
}

// records counts what the job keeps, and what people have to look at.
func (l *jobLines) records() {
	j := l.j
	l.line(phrase{"linked", "связано"}, phrase{"%d", "%d"}, j.Links)
	if j.Gone > 0 {
		l.line(phrase{"gone", "нет в CRM"}, phrase{
			"%d of them are not in the CRM any more (on_crm_absent)", "из них %d в CRM больше нет (on_crm_absent)",
		}, j.Gone)
	}
	l.held()
	switch {
	case j.RejectedRecords == 0 && j.Rejected > 0:
		l.line(phrase{"rejected", "отклонено"}, phrase{"rows of held records, %d: syncd rejects %s", "строк ждущих записей %d: syncd rejects %s"}, j.Rejected, j.name)
	case j.Rejected > j.RejectedRecords:
		l.line(phrase{"rejected", "отклонено"}, phrase{"%d in %d rows: syncd rejects %s", "%d в строках числом %d: syncd rejects %s"}, j.RejectedRecords, j.Rejected, j.name)
	case j.Rejected > 0:
		l.line(phrase{"rejected", "отклонено"}, phrase{"%d: syncd rejects %s", "%d: syncd rejects %s"}, j.RejectedRecords, j.name)
	}
	if j.Warnings > 0 {
		l.line(phrase{"warnings", "предупреждений"}, phrase{"%d: syncd rejects %s --warnings", "%d: syncd rejects %s --warnings"}, j.Warnings, j.name)
	}
}

// held counts the records that are held, by what they wait for.
func (l *jobLines) held() {
	j := l.j
	held := heldOf(&j.JobStatus)
	if n := held.decisions(); n > 0 {
		l.line(phrase{"held", "ждёт решения"}, phrase{"%d: syncd holds %s", "%d: syncd holds %s"}, n, j.name)
		if n == j.Held {
			l.line(phrase{}, phrase{"%s, the oldest %s", "%s, старейшая %s"}, commonest(held.undecided), l.age(j.OldestHold))
		} else {
			l.line(phrase{}, phrase{"%s", "%s"}, commonest(held.undecided))
		}
	}
	if held.decided > 0 {
		l.line(phrase{"decided", "решено"}, phrase{"%d, carried out by: syncd run %s", "%d, выполнит: syncd run %s"}, held.decided, j.name)
	}
	if n := total(held.awaiting); n > 0 {
		l.line(phrase{"awaiting", "ждут"}, phrase{"another record, %d (%s): syncd holds %s", "другой записи: %d (%s): syncd holds %s"}, n, commonest(held.awaiting), j.name)
	}
}

// unsettled counts what is under way.
func (l *jobLines) unsettled() {
	j := l.j
	if j.Pending > 0 {
		l.line(phrase{"on their way", "в пути"}, phrase{
			"%d values to the accounting system, the oldest for %s; not seen in an export yet", "значений в учётную систему: %d, старейшее %s; в выгрузке их ещё нет",
		}, j.Pending, l.age(j.OldestPending))
	}
	if j.OpenOps > 0 {
		l.line(phrase{"in doubt", "исход неизвестен"}, phrase{
			"%d, the oldest for %s: the next run looks again, syncd run %s", "%d, старейшая %s: проверит следующий запуск, syncd run %s",
		}, j.OpenOps, l.age(j.OldestOp), j.name)
	}
	if j.Unsent > 0 {
		l.line(phrase{"waiting", "не отправлено"}, phrase{"%d from files that were read: syncd run %s", "%d из прочитанных файлов: syncd run %s"}, j.Unsent, j.name)
	}
	if j.waiting > 0 {
		l.line(phrase{"not reached", "не дошло"}, phrase{"%d in the last run: syncd run %s", "%d в последнем запуске: syncd run %s"}, j.waiting, j.name)
	}
}
