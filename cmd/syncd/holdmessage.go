package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/reconcile"
)

// holdMessage says why a record is held and what to do.
func (in *installation) holdMessage(job string, h *engine.Hold, files deliveries) message.Message {
	all := fieldsHeld(h)
	first, scope, listed := "FIELD", "", ""
	if len(all) > 0 {
		first, listed = all[0], " ("+strings.Join(all, ", ")+")"
	}
	if len(all) == 1 && byField(h.Reason) {
		scope = " --field " + first
	}
	take := in.app.takeWord(takesOf(h))
	decisions := in.app.decisionsText(h.Reason, takesOf(h))
	lines := strconv.Itoa(h.Origin.Line)
	if h.Other != nil {
		lines += ", " + strconv.Itoa(h.Other.Line)
	}
	clid, id := strconv.FormatInt(h.CLID, 10), in.idText(job, h.CLID)
	other, cause := h.OtherOwner, in.app.whyUnwritable(h)
	if several := in.idsText(job, h.NumbersOf()); several != "" {
		other = several
	}
	if other == "" {
		other = id
	}
	of := job
	if waitsForItself(h.Reason) {
		other, cause = in.awaited(job, h)
		if len(h.Fields) > 0 {
			of = cmp.Or(in.referredJob(job, h.Fields[0].Field), job)
		}
	}
	file := h.Origin.File
	if h.Reason == reconcile.ReasonNotTaken {
		if file = strings.Join(files[job+"/"+h.UID], ", "); file == "" { // replaced or ended since
			file = in.app.say(phrase{"the last delivery", "последней передачи"})
		}
	}
	m := message.In(in.app.lang, in.holdCode(job, h),
		message.S("job", job), message.S("uid", h.UID), message.S("field", orDash(strings.Join(aboutFields(h, all), ", "))),
		message.S("fields", listed), message.S("first", first), message.S("scope", scope),
		message.S("take", take), message.S("decisions", decisions), message.S("takes", take+decisions), message.S("cause", cause),
		message.S("of", of), message.S("record", in.app.say(in.thisRecord(job))),
		message.S("clid", clid), message.S("id", id), message.S("other", other), message.S("others", other),
		message.S("line", line(h.Origin.Line)), message.S("lines", lines), message.S("apart", apart(h)), message.S("file", file),
		message.S("reason", string(h.Reason)), message.S("weak", in.app.say(in.whyWeak(job))), message.S("confirm", in.confirmText(job)))
	m.Next += in.holdAdvice(job, h)
	return m
}

// aboutFields are the fields that a hold is about, of all that it shows.
func aboutFields(h *engine.Hold, all []string) []string {
	switch {
	case h.Reason == reconcile.ReasonMaybeSame && len(all) > 0:
		return all[:1] // the one that both share; the others are for comparing
	case h.Reason == reconcile.ReasonMatchDiffers:
		return disproof(h.Fields)
	}
	return all
}

// holdCode is the message of a hold: of its reason, or of what lies behind it.
func (in *installation) holdCode(job string, h *engine.Hold) message.Code {
	switch {
	case h.Reason == reconcile.ReasonDuplicateKey && h.Other != nil && in.severalRows(job):
		return message.HoldRowsApart
	case keyUnknown(h):
		return message.HoldUnknownKey
	case neverSeen(h):
		return message.HoldAddedGone
	case h.Reason == reconcile.ReasonCRMGone && namedAlone(h):
		return message.HoldNamedGone
	case leantOn(h):
		return message.HoldDealGone
	}
	return message.Hold(string(h.Reason))
}

// severalRows reports whether a record of a job may stand on several rows, one after
// another: the lines of an order, or the phones of a contact.
func (in *installation) severalRows(job string) bool {
	m := in.plain(job).m
	if m == nil {
		return false
	}
	lines := m.Lines()
	return m.MergeRows() || lines != nil && lines.Source == ""
}

// holdAdvice is what holds are told besides the next step: when several of the CRM fit,
// and, of clients, when the CRM would not add them.
func (in *installation) holdAdvice(job string, h *engine.Hold) (more string) {
	j := in.cfg.Jobs[job]
	clients := j == nil || j.Entity == config.EntityClient
	if len(h.NumbersOf()) > 0 {
		more += in.app.say(phrase{
			"; or give the others another number or name in the CRM: the next run goes on",
			"; или дайте остальным в CRM другой номер или имя: следующий запуск продолжит",
		})
	}
	if h.Reason == reconcile.ReasonMaybeSame && !h.Sticky && clients {
		more += in.app.say(phrase{
			"; add goes through only where title, phone or mail differ: the CRM itself refuses a second client with the same title, phone and mail",
			"; add пройдёт, только если название, телефон или почта различаются: второго клиента с теми же названием, телефоном и почтой CRM не добавляет сама",
		})
	}
	if h.Sticky && clients && !namedAlone(h) && slices.Contains(takesOf(h), takeLinkWord) { // an add that the CRM answered with this client
		more += in.app.say(phrase{
			"; the CRM refused to add it. If they are two companies, let title, phone or mail differ in the accounting system, and export again",
			"; добавить её CRM отказалась. Если это две компании, сделайте разными название, телефон или почту в учётной системе и выгрузите снова",
		})
	}
	return more
}

// apart are the places at which rows of a record begin that do not stand together:
// lines of one file, or of two.
func apart(h *engine.Hold) string {
	switch {
	case h.Other == nil:
		return strconv.Itoa(h.Origin.Line)
	case h.Origin.File == h.Other.File:
		return fmt.Sprintf("%d, %d", h.Origin.Line, h.Other.Line)
	}
	return place(h.Origin.File, h.Origin.Line, 0) + ", " + place(h.Other.File, h.Other.Line, 0)
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
	{regexp.MustCompile(`^the deal is open in the CRM, and the export says that it is closed$`), "в CRM сделка открыта, а по выгрузке она закрыта"},
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
