package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"syncd/internal/engine"
)

// overviewText is where everything stands, on one screen: one job whole, several as
// a table and then what is wrong with some of them.
func (in *installation) overviewText(o *overview) string {
	var b strings.Builder
	b.WriteString(in.firstLine(o) + "\n")
	t := newTable()
	t.row(in.app.say(phrase{"service", "служба"}), in.serviceText(o))
	t.row(in.app.say(phrase{"backup", "копия"}), in.backupText(o))
	for _, c := range failingOf(o.channels) {
		t.row(c.name, fmt.Sprintf(in.app.say(phrase{"not delivered since %s: syncd notify --test", "не доставляется с %s: syncd notify --test"}), in.when(c.failing)))
	}
	b.WriteString(t.String() + "\n")
	if len(o.jobs) == 1 {
		b.WriteString(in.jobText(&o.jobs[0], o))
		for _, line := range in.removedText(o) {
			b.WriteString("\n" + line + "\n")
		}
		return b.String()
	}
	b.WriteString(in.jobsTable(o))
	var troubles []string
	for i := range o.jobs {
		troubles = append(troubles, in.jobTroubles(&o.jobs[i], o)...)
	}
	troubles = append(troubles, in.removedText(o)...)
	if len(troubles) > 0 {
		b.WriteString("\n" + strings.Join(troubles, "\n") + "\n")
	}
	return b.String()
}

// removedText has a line for each job that is at work though it was removed.
func (in *installation) removedText(o *overview) []string {
	var out []string
	for _, r := range o.removed {
		out = append(out, cutTo(fmt.Sprintf(in.app.say(phrase{
			"%s: no longer in the configuration; process %d ends its run, which began %s",
			"%s: в настройках больше нет; процесс %d доводит последний запуск, начат %s",
		}), r.name, r.runner, in.nearby(r.since, o.now)), tableWidth))
	}
	return out
}

// firstLine says whether a person is needed, and for what.
func (in *installation) firstLine(o *overview) string {
	say := in.app.say
	var parts []string
	for _, n := range in.commonNeeds(o) {
		parts = append(parts, n.text)
	}
	rejected := int64(0)
	for i := range o.jobs {
		j := &o.jobs[i]
		rejected += j.RejectedRecords
		var list []string
		for _, n := range in.needs(j, o) {
			list = append(list, n.text)
		}
		if len(list) > 0 {
			parts = append(parts, fmt.Sprintf("%s (%s)", j.name, strings.Join(list, ", ")))
		}
	}
	if len(parts) > 0 {
		return fitted(say(phrase{"A person is needed: ", "Нужен человек: "}), parts, say(phrase{" and %d more", " и ещё %d"}))
	}
	if rejected > 0 {
		return fmt.Sprintf(say(phrase{
			"Nothing waits for a decision. Rejected records that somebody should put right: %d (syncd rejects).",
			"Решать нечего. Отклонённых записей, которые надо исправить: %d (syncd rejects).",
		}), rejected)
	}
	return say(phrase{"All is well.", "Всё в порядке."})
}

// fitted is a list in one line of tableWidth; what does not fit is counted.
func fitted(head string, parts []string, more string) string {
	line := head
	for i, p := range parts {
		if i > 0 {
			p = ", " + p
		}
		rest := fmt.Sprintf(more, len(parts)-i)
		room := tableWidth - utf8.RuneCountInString(line) - 1
		if i < len(parts)-1 {
			room -= utf8.RuneCountInString(rest)
		}
		if i > 0 && utf8.RuneCountInString(p) > room {
			return line + rest
		}
		line += cutTo(p, max(room, leastCell))
	}
	return line + "."
}

// serviceText is the service in a line.
func (in *installation) serviceText(o *overview) string {
	say, s := in.app.say, o.service
	switch {
	case !o.retired.At.IsZero():
		return fmt.Sprintf(say(phrase{"this state was moved to another server on %s; nothing runs here", "состояние перенесено на другой сервер %s; здесь ничего не запускается"}), in.when(o.retired.At))
	case s.pid > 0:
		text := fmt.Sprintf(say(phrase{"running, PID %d", "работает, PID %d"}), s.pid)
		if !s.Started.IsZero() {
			text += fmt.Sprintf(say(phrase{", since %s", ", с %s"}), in.when(s.Started))
		}
		if s.Version != "" {
			text += fmt.Sprintf(say(phrase{", version %s", ", версия %s"}), s.Version)
		}
		if in.cfg.Listen != "" {
			text += ", http://" + in.cfg.Listen
		}
		return text
	case s.Started.IsZero():
		return say(phrase{"never ran here: jobs run by hand; else systemctl enable --now syncd or syncd serve", "здесь не запускалась: запускают вручную; иначе systemctl enable --now syncd или syncd serve"})
	case s.Stopped.IsZero():
		return fmt.Sprintf(say(phrase{"not running since about %s, and it did not stop in order: journalctl -u syncd", "не работает примерно с %s, завершилась не штатно: journalctl -u syncd"}), in.when(s.Seen))
	}
	return fmt.Sprintf(say(phrase{"not running, stopped %s: systemctl start syncd", "не работает, остановлена %s: systemctl start syncd"}), in.when(s.Stopped))
}

// backupText is the last copy of the state in a line.
func (in *installation) backupText(o *overview) string {
	say, u := in.app.say, o.backup
	var text string
	switch {
	case !u.Succeeded.IsZero():
		text = fmt.Sprintf(say(phrase{"%s, %s ago", "%s, %s назад"}), in.when(u.Succeeded), in.app.age(o.now.Sub(u.Succeeded)))
		if u.Detail != "" {
			text += ", " + in.shown(u.Detail)
		}
	case in.cfg.Backup == nil || in.cfg.Backup.Schedule == "":
		text = say(phrase{"none yet: syncd state backup, or `backup` in the configuration", "ещё не было: syncd state backup или раздел backup в настройках"})
	default:
		text = fmt.Sprintf(say(phrase{"none yet; by schedule: %s", "ещё не было; по расписанию: %s"}), in.cfg.Backup.Schedule)
	}
	if u.Err != "" {
		text = fmt.Sprintf(say(phrase{"failed %s: %s; the last good one: %s", "не удалась %s: %s; последняя удачная: %s"}), in.when(u.At), oneLine(u.Err), text)
	}
	return text
}

// jobsTable has a line for each job.
func (in *installation) jobsTable(o *overview) string {
	say := in.app.say
	t := newTable(
		say(phrase{"job", "задание"}), say(phrase{"last run", "запуск"}), say(phrase{"success", "успех"}), say(phrase{"next", "следующий"}),
		say(phrase{"new", "новых"}), say(phrase{"changed", "измен."}), say(phrase{"back", "обратно"}),
		say(phrase{"linked", "связано"}), say(phrase{"held", "решить"}), say(phrase{"rejected", "откл."}))
	t.whole = []int{0}
	for i := range o.jobs {
		j := &o.jobs[i]
		t.row(j.name, in.stateText(j), in.successText(j, o), in.nextShort(j, o),
			sumOf(j.last, engine.Created, engine.Merged), sumOf(j.last, engine.Updated, engine.Deleted), sumOf(j.last, engine.WrittenBack),
			fmt.Sprint(j.Links), fmt.Sprint(j.decisions()), fmt.Sprint(j.RejectedRecords))
	}
	return t.String()
}

// sumOf is how many records of the last run came to these outcomes.
func sumOf(r *engine.Report, outcomes ...engine.Outcome) string {
	if r == nil {
		return ""
	}
	n := int64(0)
	for _, o := range outcomes {
		n += r.Of(o)
	}
	return fmt.Sprint(n)
}

// stateText is how the last run of a job ended, in a word or two.
func (in *installation) stateText(j *jobStanding) string {
	status := j.LastStatus
	switch {
	case len(j.Halts) > 0:
		status = engine.RunHalted
	case len(j.turned) > 0 && status != engine.RunRunning:
		return in.app.say(phrase{"turned away", "не принята"})
	case status == engine.RunRunning && j.runner == 0:
		status = engine.RunInterrupted
	}
	short := map[engine.RunStatus]phrase{
		"":                    {"never ran", "не было"},
		engine.RunPartial:     {"in part", "частично"},
		engine.RunHalted:      {"halted", "остановка"},
		engine.RunNotReady:    {"no source", "нет выгрузки"},
		engine.RunUnreachable: {"no CRM", "нет CRM"},
	}
	if p, ok := short[status]; ok {
		return in.app.say(p)
	}
	return in.app.say(statusPhrase(status))
}

func (in *installation) successText(j *jobStanding, o *overview) string {
	if j.LastSuccess.IsZero() {
		return "—"
	}
	return fmt.Sprintf(in.app.say(phrase{"%s ago", "%s назад"}), in.app.age(o.now.Sub(j.LastSuccess)))
}

// nextShort is when a job runs next, for a column.
func (in *installation) nextShort(j *jobStanding, o *overview) string {
	say, cfg := in.app.say, in.cfg.Jobs[j.name]
	switch {
	case !startsItself(in.cfg, j.name):
		return say(phrase{"by hand", "вручную"})
	case o.service.pid == 0:
		return say(phrase{"no service", "нет службы"})
	case !j.NextRun.IsZero():
		return in.nearby(j.NextRun, o.now)
	case cfg.Watch > 0:
		return say(phrase{"on arrival", "с выгрузкой"})
	case len(cfg.After) > 0:
		return say(phrase{"after ", "после "}) + strings.Join(cfg.After, ", ")
	}
	return "—"
}

// nearby is a time without its date when that is today's.
func (in *installation) nearby(t, now time.Time) string {
	if t.IsZero() {
		return "—"
	}
	t, now = t.In(in.cfg.Timezone.Location), now.In(in.cfg.Timezone.Location)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

// jobTroubles is what is wrong with a job, or waits: a line each, with the next
// command, which is never cut. A healthy job has none.
func (in *installation) jobTroubles(j *jobStanding, o *overview) []string {
	say, age := in.app.say, func(t time.Time) string { return in.app.age(o.now.Sub(t)) }
	var out []string
	line := func(command string, p phrase, args ...any) {
		text := fmt.Sprintf("%s: "+say(p), append([]any{j.name}, args...)...)
		command = toType(command, in.app.ownConfig) // before it is measured
		switch {
		case command == "":
			out = append(out, cutTo(text, tableWidth))
		case utf8.RuneCountInString(text+": "+command) > tableWidth:
			out = append(out, cutTo(text, tableWidth-1)+":", "    "+command)
		default:
			out = append(out, text+": "+command)
		}
	}
	if in.brokenMapping(j.name) != nil {
		line("syncd check "+j.name, phrase{"the mapping has errors, so its parts are not known", "в описании полей ошибки, его части неизвестны"})
	}
	switch {
	case slices.ContainsFunc(j.Halts, wantsCare):
		line("syncd status "+j.name, phrase{"halted %s ago, %s; why, and what to do", "остановлено %s назад, %s; почему и что делать"}, age(j.OldestHalt), in.foundBy(j.Halts))
	case len(j.Halts) > 0:
		line(resumeCommand(j.name, j.Halts...), phrase{"halted %s ago, %s", "остановлено %s назад, %s"}, age(j.OldestHalt), in.foundBy(j.Halts))
	}
	if len(j.turned) > 0 {
		line(resumeCommand(j.name, j.turned...), phrase{
			"export turned away: %s; the next good one goes on by itself, or", "выгрузка не принята: %s; следующая годная пройдёт сама, или",
		}, in.foundBy(j.turned))
	}
	switch {
	case j.LastRun == 0 && in.comesWithItsJob(j, o):
	case j.LastRun == 0:
		line("syncd plan "+j.name, phrase{"never ran", "ещё не запускалось"})
	case j.LastStatus == engine.RunRunning && j.runner > 0:
		line("", phrase{"process %d is at work since %s", "работает процесс %d, с %s"}, j.runner, in.nearby(j.LastStarted, o.now))
	case j.LastStatus == engine.RunRunning || j.LastStatus == engine.RunInterrupted:
		line("syncd run "+j.name, phrase{"cut off %s ago; the next run settles the rest", "оборвалось %s назад; остальное доведёт следующий запуск"}, age(j.LastStarted))
	case j.trouble != "" && len(j.turned) == 0:
		line("syncd status "+j.name, phrase{"%s; why, and what to do", "%s; почему и что делать"}, say(statusPhrase(j.LastStatus)))
	}
	if !j.late.IsZero() {
		line("", phrase{"no fresh export since %s (expect_by %s); the last is of %s", "нет свежей выгрузки с %s (expect_by %s); последняя — от %s"},
			in.nearby(j.late, o.now), in.cfg.Jobs[j.name].ExpectBy, in.nearby(j.SourceTime, o.now))
	}
	heldTroubles(j, age(j.OldestHold), line)
	if j.OpenOps > 0 && j.runner == 0 {
		line("", phrase{"in doubt %d, the oldest %s: the next run looks again", "исход неизвестен: %d, старейшая %s; проверит следующий запуск"}, j.OpenOps, age(j.OldestOp))
	}
	if j.Pending > 0 {
		line("", phrase{"on their way to the accounting system %d, the oldest %s", "в пути в учётную систему: %d, старейшее %s"}, j.Pending, age(j.OldestPending))
	}
	if n := j.Unsent + j.waiting; n > 0 {
		line("syncd run "+j.name, phrase{"not sent yet %d", "ещё не отправлено: %d"}, n)
	}
	return out
}

// wantsCare reports whether something is wrong with the CRM itself, so that nobody
// should let the job go on before having read what to ask whom.
func wantsCare(h engine.Halt) bool {
	return !wantsNumber(h.Guard) && h.Guard != engine.GuardMappingChanged
}

// foundBy is what the guards found, against their limits.
func (in *installation) foundBy(halts []engine.Halt) string {
	parts := make([]string, 0, len(halts))
	for _, h := range halts {
		text := h.Guard
		if wantsNumber(h.Guard) {
			text = fmt.Sprintf(in.app.say(phrase{"%s %d (limit %d)", "%s %d (предел %d)"}), h.Guard, h.Found, h.Limit)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}
