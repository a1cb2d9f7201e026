package main

import (
	"fmt"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/source"
)

// outcomePhrases name the outcomes for people, in the order they are told.
var outcomePhrases = []struct {
	outcome engine.Outcome
	phrase
}{
	{engine.Created, phrase{"created in the CRM", "создано в CRM"}},
	{engine.Merged, phrase{"linked to one that was there", "связано с тем, что в CRM уже было"}},
	{engine.Updated, phrase{"updated", "обновлено"}},
	{engine.WrittenBack, phrase{"written back", "передано обратно"}},
	{engine.Deleted, phrase{"deleted", "удалено"}},
	{engine.Unchanged, phrase{"unchanged", "без изменений"}},
	{engine.Held, phrase{"held for a decision", "ждёт решения"}},
	{engine.Rejected, phrase{"rejected", "отклонено"}},
	{engine.InDoubt, phrase{"in doubt: the next run looks again", "исход неизвестен: проверит следующий запуск"}},
	{engine.Failed, phrase{"failed", "не удалось"}},
	{engine.Waiting, phrase{"not reached in this run", "до них не дошло"}},
	{engine.Absent, phrase{"absent from the export, kept in the CRM", "нет в выгрузке, в CRM оставлено"}},
	{engine.OutOfScope, phrase{"out of scope", "вне отбора"}},
}

// reportText is a run for people: one line for each thing that happened.
func (a *app) reportText(r *engine.Report) string {
	var b strings.Builder
	took := r.Finished.Sub(r.Started).Round(time.Millisecond)
	fmt.Fprintf(&b, a.say(phrase{"run %d of %s: %s, %s\n", "запуск %d, задание %s: %s, %s\n"}),
		r.Run, r.Job, a.say(reportPhrase(r)), took)
	b.WriteString(a.rowsText(r))
	for _, o := range outcomePhrases {
		if n := r.Of(o.outcome); n > 0 {
			fmt.Fprintf(&b, "  %7d  %s\n", n, a.say(o.phrase))
		}
	}
	if restWaits(r) {
		fmt.Fprintf(&b, a.say(phrase{"  the rest goes on with: syncd run %s\n", "  остальные отправит: syncd run %s\n"}), r.Job)
	}
	if r.Warnings > 0 {
		fmt.Fprintf(&b, "  %7d  %s: syncd rejects %s --warnings\n", r.Warnings, a.say(phrase{"warnings", "предупреждений"}), r.Job)
	}
	if r.Incomplete != "" {
		b.WriteString("  " + message.In(a.lang, message.SourceIncomplete,
			message.S("file", r.Source), message.S("cause", a.whyIncomplete(r.Incomplete))).String() + "\n")
	}
	for _, name := range r.Delivered {
		fmt.Fprintf(&b, a.say(phrase{"  for the accounting system: %s\n", "  для учётной системы: %s\n"}), name)
	}
	if r.Requests > 0 {
		fmt.Fprintf(&b, a.say(phrase{"  requests to the CRM: %d, writes among them: %d\n", "  запросов к CRM: %d, из них на запись: %d\n"}), r.Requests, r.Writes)
	}
	if r.Rows.Read > 0 && r.Writes == 0 {
		b.WriteString("  " + a.say(phrase{"nothing was written to the CRM", "в CRM ничего не записано"}) + "\n")
	}
	return b.String()
}

// restWaits reports whether a run that ended well left records for the next one.
func restWaits(r *engine.Report) bool {
	return r.Of(engine.Waiting) > 0 && (r.Status == engine.RunDone || r.Status == engine.RunPartial)
}

// rowsText tells where the rows of the export went; the parts add up to their number.
func (a *app) rowsText(r *engine.Report) string {
	n := r.Rows
	if n.Read == 0 {
		if n.Lines == 0 && (r.Status == engine.RunDone || r.Status == engine.RunPartial) {
			return "  " + a.say(phrase{"nothing new in the source since the last run", "нового в источнике с прошлого запуска нет"}) + "\n"
		}
		return ""
	}
	var b strings.Builder
	if n.Lines > 0 {
		fmt.Fprintf(&b, a.say(phrase{"  %s: %d lines in %d rows", "  %s: строк файла %d, записей в них %d"}), r.Source, n.Lines, n.Read)
	} else { // of a query, or kept from files that were read before
		fmt.Fprintf(&b, a.say(phrase{"  %s: %d rows", "  %s: строк %d"}), r.Source, n.Read)
	}
	sep := ": "
	for _, part := range []struct {
		n int64
		phrase
	}{
		{n.Records, phrase{"%d used", "взято %d"}},
		{n.Rejected, phrase{"%d rejected", "отклонено %d"}},
		{n.Scope, phrase{"%d left out by the mapping (groups, filters)", "вне отбора (группы, where, skip) %d"}},
		{n.Twins, phrase{"%d identical twins", "полных повторов %d"}},
		{n.Skipped - n.Scope - n.Twins, phrase{"%d without data (header, title, blank, totals)", "без данных (заголовок, пустые, итоги) %d"}},
	} {
		if part.n != 0 {
			fmt.Fprintf(&b, sep+a.say(part.phrase), part.n)
			sep = ", "
		}
	}
	return b.String() + "\n"
}

// reportPhrase is how a run ended, in words.
func reportPhrase(r *engine.Report) phrase {
	if len(r.TurnedAway) > 0 {
		return turnedAwayPhrase()
	}
	return statusPhrase(r.Status)
}

// turnedAwayPhrase names the end of a run whose export a guard turned away.
func turnedAwayPhrase() phrase {
	return phrase{"export turned away", "выгрузка не принята"}
}

func statusPhrase(s engine.RunStatus) phrase {
	switch s {
	case engine.RunRunning:
		return phrase{"running", "идёт"}
	case engine.RunDone:
		return phrase{"done", "готово"}
	case engine.RunPartial:
		return phrase{"done in part", "выполнено частично"}
	case engine.RunHalted:
		return phrase{"halted", "остановлено защитой"}
	case engine.RunNotReady:
		return phrase{"source not ready", "источник не готов"}
	case engine.RunUnreachable:
		return phrase{"CRM not reached", "CRM недоступна"}
	case engine.RunInterrupted:
		return phrase{"interrupted", "прервано"}
	case engine.RunFailed:
		return phrase{"failed", "сбой"}
	}
	return phrase{string(s), string(s)}
}

// runJSON is a report for machines. Names are stable.
type runJSON struct {
	Type       string           `json:"type"`
	Run        int64            `json:"run"`
	Job        string           `json:"job"`
	Source     string           `json:"source,omitempty"`
	Status     string           `json:"status"`
	Started    time.Time        `json:"started"`
	Finished   time.Time        `json:"finished,omitzero"`
	Rows       rowsJSON         `json:"rows"`
	Outcomes   map[string]int64 `json:"outcomes"`
	Requests   int64            `json:"requests"`
	Writes     int64            `json:"writes"`
	NewHolds   int64            `json:"new_holds"`
	NewRej     int64            `json:"new_rejects"`
	Warnings   int64            `json:"warnings"`
	Incomplete string           `json:"incomplete,omitempty"`
	Delivered  []string         `json:"delivered,omitempty"`
	Halt       string           `json:"halt,omitempty"`
	Error      string           `json:"error,omitempty"`
}

type rowsJSON struct {
	Lines    int64 `json:"lines"`
	Read     int64 `json:"read"`
	Records  int64 `json:"records"`
	Rejected int64 `json:"rejected"`
	Skipped  int64 `json:"skipped"`
	Twins    int64 `json:"twins"`
	Scope    int64 `json:"out_of_scope"`
	Backlog  int64 `json:"backlog"`
}

func reportJSON(r *engine.Report) runJSON {
	out := runJSON{
		Type: "run", Run: r.Run, Job: r.Job, Source: r.Source, Status: string(r.Status),
		Started: r.Started, Finished: r.Finished,
		Rows: rowsJSON{
			r.Rows.Lines, r.Rows.Read, r.Rows.Records, r.Rows.Rejected, r.Rows.Skipped,
			r.Rows.Twins, r.Rows.Scope, r.Rows.Backlog,
		},
		Outcomes: map[string]int64{}, Requests: r.Requests, Writes: r.Writes, Incomplete: r.Incomplete, Delivered: r.Delivered, NewHolds: r.NewHolds, NewRej: r.NewReject, Warnings: r.Warnings, Error: r.Err,
	}
	for o := engine.Unchanged; o < engine.Outcomes; o++ {
		out.Outcomes[o.String()] = r.Of(o)
	}
	if r.Halt != nil {
		out.Halt = r.Halt.Guard
	}
	return out
}

// fieldCaption is what a field of the CRM is called where the CRM itself does
// not tell, because it is switched off.
func fieldCaption(lang message.Lang, field string) string {
	for _, f := range []struct {
		key string
		phrase
	}{
		{"clid", phrase{"id in the CRM", "Номер в CRM"}},
		{"uid", phrase{"id in the accounting system", "Номер в учётной системе"}},
		{"type", phrase{"type of record", "Тип записи"}},
		{"date_create", phrase{"created", "Дата создания"}},
		{"date_edit", phrase{"last edited", "Дата изменения"}},
		{"title", phrase{"title", "Название"}},
		{"iduser", phrase{"owner", "Ответственный"}},
		{"user", phrase{"owner", "Ответственный"}},
		{"address", phrase{"address", "Адрес"}},
		{"phone", phrase{"phone", "Телефон"}},
		{"fax", phrase{"fax", "Факс"}},
		{"site_url", phrase{"site", "Сайт"}},
		{"mail_url", phrase{"mail", "Почта"}},
		{"recv", phrase{"requisites", "Реквизиты"}},
		{"idcategory", phrase{"line of business", "Отрасль"}},
		{"territory", phrase{"territory", "Территория"}},
		{"tip_cmr", phrase{"kind of relation", "Тип отношений"}},
		{"clientpath", phrase{"source of the client", "Источник клиента"}},
		{"des", phrase{"description", "Описание"}},
		{"scheme", phrase{"how they decide", "Принятие решений"}},
		{"head_clid", phrase{"head organization", "Головная организация"}},
		{"pid", phrase{"main contact", "Основной контакт"}},
	} {
		if f.key == field {
			if lang == message.Russian {
				return f.ru
			}
			return f.en
		}
	}
	if strings.HasPrefix(field, "input") {
		if lang == message.Russian {
			return "Доп. поле"
		}
		return "extra field"
	}
	return field
}

// whyIncomplete says what keeps a source from proving that it was read whole. The
// reasons are those of package source; a key that cannot be read is the engine's.
func (a *app) whyIncomplete(why string) string {
	reason, numbers, _ := strings.Cut(why, " ")
	said := map[source.Incomplete]phrase{
		source.NotReadToEnd:    {"it was not read to its end", "прочитан не до конца"},
		source.NoFinalNewline:  {"its last line has no end", "у последней строки нет конца"},
		source.CutInsideQuotes: {"it ends inside quotes", "обрывается внутри кавычек"},
		source.CutInsideRow:    {"its last row is too short", "последняя строка слишком короткая"},
		source.TrailerMissing:  {"its closing line is missing", "нет итоговой строки"},
		source.TrailerMismatch: {"its closing line says %s rows, it has %s", "в итоговой строке указано строк: %s, а в файле их %s"},
		source.NoRows:          {"there are no rows in it", "в нём нет ни одной строки"},
		source.ChangedWhile:    {"it changed while it was read", "менялся, пока его читали"},
	}[source.Incomplete(reason)]
	if said.en == "" {
		return why
	}
	if declared, found, ok := strings.Cut(numbers, "/"); ok {
		return fmt.Sprintf(a.say(said), declared, found)
	}
	return a.say(said)
}
