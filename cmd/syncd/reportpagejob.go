package main

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"syncd/internal/config"
	"syncd/internal/engine"
	htmlpage "syncd/internal/page"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// How much of what waits is shown; the rest is counted.
const (
	pageRuns    = 30
	pageHolds   = 10 // for each reason
	pageRejects = 50
)

// pageJob gathers what the page tells of one job. timed says that the service
// carries out its timetable.
func (in *installation) pageJob(ctx context.Context, name string, act *state.Act, now time.Time, timed bool) (htmlpage.Job, error) {
	cfg := in.cfg.Jobs[name]
	out := htmlpage.Job{Name: name, Sides: cfg.Source + " " + arrowOf(cfg.Direction) + " " + cfg.CRM, Schedule: in.pageSchedule(cfg)}
	s, err := in.standing(ctx, name)
	if err != nil {
		return out, err
	}
	if s.LastRun == 0 {
		return out, nil
	}
	out.Run, out.Started, out.Success, out.Source = s.LastRun, in.local(s.LastStarted), in.local(s.LastSuccess), in.local(s.SourceTime)
	out.Status = in.pageStatus(s.LastStatus)
	if timed {
		out.Next = in.local(s.NextRun)
	}
	out.Skipped, out.Linked, out.Held, out.Rejected, out.Warnings = s.Skipped, s.Links, s.decisions(), s.RejectedRecords, s.Warnings
	out.InDoubt, out.Waiting, out.Pending = s.OpenOps, s.Unsent+s.waiting+s.Held-s.decisions(), s.Pending
	out.Late = len(in.lateExport(&s, now)) > 0
	switch {
	case s.LastStatus == engine.RunRunning && s.runner == 0, s.LastStatus == engine.RunInterrupted:
		out.Trouble = in.app.say(phrase{
			"It was cut off; the next run settles the rest: syncd run " + name, "Он оборвался; остальное доведёт следующий: syncd run " + name,
		})
	case s.trouble != "" && len(s.turned) == 0:
		out.Trouble = masked(oneLine(s.trouble))
	}
	for _, h := range slices.Concat(s.Halts, s.turned) {
		out.Halts = append(out.Halts, in.pageHalt(name, h))
	}
	if out.Holds, err = in.pageHolds(ctx, name, s.HeldBy); err != nil {
		return out, err
	}
	if out.Rejects, err = in.pageRejects(ctx, name); err != nil {
		return out, err
	}
	runs, err := in.db.Runs(ctx, name, pageRuns)
	if err != nil {
		return out, err
	}
	out.Runs = in.pageRuns(runs)
	if s.LastStatus == engine.RunHalted && len(s.Halts) == 0 && len(runs) > 0 {
		out.Trouble = masked(oneLine(runs[0].Err)) // by the source, which ends it by itself
	}
	if act != nil && (act.Run != 0 || act.Links != 0) {
		out.Act = in.pageAct(cfg, act)
	}
	return out, nil
}

func arrowOf(d config.Direction) string {
	switch d {
	case config.Pull:
		return "←"
	case config.Both:
		return "↔"
	}
	return "→"
}

// pageSchedule is what makes a job run by itself, as the configuration has it.
func (in *installation) pageSchedule(j *config.Job) string {
	var parts []string
	if text := string(j.Schedule); text != "" {
		parts = append(parts, text)
	}
	if len(j.After) > 0 {
		parts = append(parts, in.app.say(phrase{"after ", "после "})+strings.Join(j.After, ", "))
	}
	if j.Watch.Std() > 0 {
		parts = append(parts, in.app.say(phrase{"when an export arrives", "когда приходит выгрузка"}))
	}
	return strings.Join(parts, "; ")
}

func (in *installation) pageStatus(s engine.RunStatus) htmlpage.Status {
	out := htmlpage.Status{Text: in.app.say(statusPhrase(s))}
	switch s {
	case engine.RunDone:
		out.Mood = htmlpage.Good
	case engine.RunPartial, engine.RunNotReady, engine.RunInterrupted:
		out.Mood = htmlpage.Warn
	case engine.RunHalted, engine.RunUnreachable, engine.RunFailed:
		out.Mood = htmlpage.Bad
	case engine.RunRunning:
	}
	return out
}

// pageHalt is a halt with its command, which its message has in its last part.
func (in *installation) pageHalt(job string, h engine.Halt) htmlpage.Halt {
	m := in.haltMessage(in.app.lang, job, h)
	before := ""
	for part := range strings.SplitSeq(m.Next, "; ") {
		if !strings.Contains(part, "syncd resume") {
			before = part
		}
	}
	return htmlpage.Halt{Code: string(m.Code), What: m.What, Done: m.Did, Before: before, Command: resumeCommand(job, h)}
}

func (in *installation) pageHolds(ctx context.Context, job string, by map[reconcile.Reason]int64) ([]htmlpage.HoldGroup, error) {
	if len(by) == 0 {
		return nil, nil
	}
	list, err := in.db.FirstHolds(ctx, job, pageHolds)
	if err != nil {
		return nil, err
	}
	var out []htmlpage.HoldGroup
	for i := range list {
		h := &list[i]
		at := slices.IndexFunc(out, func(g htmlpage.HoldGroup) bool { return g.Reason == string(h.Reason) })
		if at < 0 {
			at = len(out)
			out = append(out, htmlpage.HoldGroup{
				Reason: string(h.Reason), Meaning: in.app.say(holdMeaning(h.Reason)), Count: by[h.Reason],
				Command: "syncd holds " + job + " --reason " + string(h.Reason),
			})
		}
		out[at].Records = append(out[at].Records, htmlpage.Held{
			UID: h.UID, CLID: h.CLID, Place: place(h.Origin.File, h.Origin.Line, h.Origin.LastLine),
			Fields: strings.Join(fieldsHeld(&h.Hold), ", "), Since: in.local(h.Since), Chosen: h.Chosen,
		})
	}
	slices.SortStableFunc(out, func(a, b htmlpage.HoldGroup) int { return int(b.Count - a.Count) })
	return out, nil
}

func (in *installation) pageRejects(ctx context.Context, job string) (htmlpage.Rejects, error) {
	var out htmlpage.Rejects
	rows, counts, err := in.db.FirstRejects(ctx, job, pageRejects)
	if err != nil {
		return out, err
	}
	for _, c := range counts {
		r := state.StandingReject{Job: job, Reject: engine.Reject{UID: c.UID, Code: c.Code, Rule: c.Rule, Field: c.Field, Refused: c.Rule != ""}}
		m, one := in.app.rejectMessage(&r), in.app.adviceFor(&r)
		one.more = c.Count - 1
		one.text = strings.TrimPrefix(one.text, string(m.Code)+" "+r.Code+": ") // the page has them in columns
		out.Total += c.Count
		out.Advice = append(out.Advice, htmlpage.Advice{
			Code: string(m.Code), Rule: ruleOf(&r.Reject), Count: c.Count, Next: sentence(in.app.adviceText(one)),
		})
	}
	for i := range rows {
		r := &rows[i].Reject
		out.Rows = append(out.Rows, htmlpage.Reject{
			Place: place(r.File, r.Line, r.LastLine), Key: cutTo(r.Key, longestKey), Column: columnOf(r), Rule: ruleOf(r),
		})
	}
	return out, nil
}

// sentence ends what the catalog leaves open before a command.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func (in *installation) pageRuns(list []engine.Report) []htmlpage.Run {
	out := make([]htmlpage.Run, 0, len(list))
	for i := range list {
		r := &list[i]
		one := htmlpage.Run{
			Number: r.Run, Started: in.local(r.Started), Took: -1, Status: in.pageStatus(r.Status),
			Created: r.Of(engine.Created) + r.Of(engine.Merged),
			Updated: r.Of(engine.Updated) + r.Of(engine.WrittenBack) + r.Of(engine.Deleted),
			Held:    r.Of(engine.Held), Rejected: r.Of(engine.Rejected), Failed: r.Of(engine.Failed) + r.Of(engine.InDoubt),
		}
		if !r.Finished.IsZero() {
			one.Took = r.Finished.Sub(r.Started)
		}
		out = append(out, one)
	}
	return out
}

// pageAct says of every record of the source why it is linked or not. What the last
// reading did not reach, and what a person left out and may have left the source
// since, explain no more than what is left to be explained.
func (in *installation) pageAct(j *config.Job, a *state.Act) *htmlpage.Act {
	out := &htmlpage.Act{
		Run: a.Run, SourceAt: in.local(a.At), FullAt: in.local(a.FullAt), ReadAt: in.local(a.ReadAt),
		Rows: a.Rows.Read, Used: a.Rows.Records, RowsReject: a.Rows.Rejected, RowsScope: a.Rows.Scope,
		RowsEmpty: a.Rows.Skipped - a.Rows.Scope,
		Whole:     in.tellsAll(j) && a.Records > 0, Records: a.Records, Paired: a.Links - a.Absent, Gone: a.Gone,
		Held: a.Held, Refused: a.Refused, InDoubt: a.InDoubt, Waiting: a.Backlog, Ignored: a.Ignored,
		Clients: a.Clients, Trash: a.Trash, Others: a.Others,
		Links: a.Links, Absent: a.Absent, Trashed: a.Trashed, Missing: a.Missing, Newer: a.Newer, Unseen: a.Unseen,
	}
	out.Seen = a.Links - a.Trashed - a.Missing - a.Newer - a.Unseen
	out.Unlinked = max(0, a.Clients-out.Seen-a.Others)
	if !out.Whole {
		return out
	}
	out.Ignored = 0
	for _, why := range []struct {
		count *int64
		most  int64
	}{{&out.Ignored, a.Ignored}, {&out.Waiting, a.Waiting}, {&out.Scope, a.OutOfScope}} {
		*why.count += max(0, min(why.most, out.SourceDrift()))
	}
	return out
}

// tellsAll reports whether each reading of a job's source shows all its records.
func (in *installation) tellsAll(j *config.Job) bool {
	s := in.cfg.Sources[j.Source]
	switch {
	case s == nil:
		return false
	case s.CSV != nil:
		return s.CSV.Snapshot == config.SnapshotFull
	}
	return s.SQL != nil && s.SQL.Snapshot == config.SnapshotFull
}

// private is what may be somebody's in the words of a failure: a mail address, or a
// number as long as a phone's.
var private = regexp.MustCompile(`[^\s@<>«»"()]+@[^\s@<>«»"(),;:]*[\pL\d]|\+?\d[\d ()-]{8,}\d`)

// masked takes it out. Failures hold none by rule; the page makes sure.
func masked(text string) string { return private.ReplaceAllString(text, "…") }

// holdMeaning says what a reason of holds means, for many records at once.
func holdMeaning(r reconcile.Reason) phrase {
	if p, ok := holdMeanings[r]; ok {
		return p
	}
	return phrase{"Waits for a decision", "Ждёт решения"}
}

var holdMeanings = map[reconcile.Reason]phrase{
	reconcile.ReasonConflict:        {"Both sides changed a field to different values", "Поле изменили с обеих сторон, и по-разному"},
	reconcile.ReasonMatchTaken:      {"The one that fits belongs to another record", "То, что подходит в CRM, уже связано с другой записью"},
	reconcile.ReasonMatchDiffers:    {"The CRM's client looks the same, but ИНН or КПП differ", "Клиент CRM похож, но ИНН или КПП другие"},
	reconcile.ReasonMatchAmbiguous:  {"Several of the CRM fit", "Подходит сразу несколько карточек CRM"},
	reconcile.ReasonMatchWeak:       {"A name alone, or a number that leads to another client: no proof", "Совпало только название, или номер ведёт к другому клиенту: этого мало"},
	reconcile.ReasonMaybeSame:       {"The CRM has one that may be the same", "В CRM есть похожая запись"},
	reconcile.ReasonHidden:          {"The CRM has it, but does not show it to this login", "Карточка в CRM есть, но этому логину не видна"},
	reconcile.ReasonDuplicateKey:    {"Different rows carry one key, or rows of one order do not stand together", "У разных строк один ключ, или строки одного заказа стоят не подряд"},
	reconcile.ReasonUnreadable:      {"The row of a linked record cannot be taken", "Строка связанной записи не годится"},
	reconcile.ReasonNoBase:          {"What was sent before is not known, and the sides differ", "Неизвестно, что отправлялось раньше, а стороны различаются"},
	reconcile.ReasonTrashed:         {"The client lies in the CRM's trash", "Клиент лежит в корзине CRM"},
	reconcile.ReasonUIDTwice:        {"Several of the CRM carry one uid", "Один uid у нескольких карточек CRM"},
	reconcile.ReasonCRMGone:         {"Changed in the accounting system, but gone from the CRM", "В учётной системе изменён, а в CRM его больше нет"},
	reconcile.ReasonAbsentButEdited: {"Gone from the export, but edited in the CRM", "Из выгрузки пропал, а в CRM его правили"},
	reconcile.ReasonNotTaken:        {"The accounting system did not take the CRM's value in time", "Учётная система не приняла значение из CRM в срок"},
	reconcile.ReasonNoClient:        {"Its client is not in the CRM yet", "Клиента этой записи ещё нет в CRM"},
	reconcile.ReasonNoDeal:          {"Its deal is not in the CRM yet", "Сделки этой записи ещё нет в CRM"},
	reconcile.ReasonNoInvoice:       {"Its invoice is not in the CRM yet", "Счёта этой оплаты ещё нет в CRM"},
	reconcile.ReasonUnchangeable:    {"Changed in a way that the CRM's API cannot follow", "Изменено то, чего через API CRM не изменить"},
	reconcile.ReasonDealClosed:      {"Changed in the accounting system, but closed in the CRM", "В учётной системе изменения, а сделка в CRM закрыта"},
	reconcile.ReasonPaymentGone:     {"The payment left the export; the CRM cannot take it back", "Оплата пропала из выгрузки, а CRM её не отменит"},
	reconcile.ReasonPaymentUnsure:   {"Nobody can tell whether the payment is ours", "Непонятно, наша ли это оплата"},
	reconcile.ReasonUnwritable:      {"The accounting system cannot take the CRM's value", "Учётная система не может принять значение из CRM"},
	reconcile.ReasonUndecided:       {"The adoption left it open", "При сопоставлении о ней не решили"},
}
