package main

import (
	"strconv"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/sheet"
)

// The columns of the file of an adoption, in the order in which it is written.
const (
	adoptCode = iota
	adoptDecision
	adoptCLID
	adoptBy
	adoptDoubt
	adoptTitle
	adoptCRMTitle
	adoptINN
	adoptCRMINN
	adoptKPP
	adoptCRMKPP
	adoptPhones
	adoptCRMPhones
	adoptMails
	adoptCRMMails
	adoptOwner
	adoptOthers
	adoptKey
	adoptUID
	adoptLine
)

func (a *app) adoptColumns() []sheet.Column {
	c := func(en, ru string) sheet.Column { return a.column(phrase{en, ru}) }
	return []sheet.Column{
		adoptCode: c("№", "№"), adoptDecision: c("decision", "решение"), adoptCLID: c("clid", "clid"),
		adoptBy: c("alike by", "совпало"), adoptDoubt: c("remark", "замечание"),
		adoptTitle: c("title", "название"), adoptCRMTitle: c("title in the CRM", "название в CRM"),
		adoptINN: c("ИНН", "ИНН"), adoptCRMINN: c("ИНН in the CRM", "ИНН в CRM"),
		adoptKPP: c("КПП", "КПП"), adoptCRMKPP: c("КПП in the CRM", "КПП в CRM"),
		adoptPhones: c("phones", "телефоны"), adoptCRMPhones: c("phones in the CRM", "телефоны в CRM"),
		adoptMails: c("mail", "почта"), adoptCRMMails: c("mail in the CRM", "почта в CRM"),
		adoptOwner: c("owner in the CRM", "ответственный в CRM"), adoptOthers: c("other clids", "другие clid"),
		adoptKey: c("key", "ключ"), adoptUID: c("uid", "uid"), adoptLine: c("line", "строка выгрузки"),
	}
}

// cells are the row of a record: it, what is proposed, and the client beside it.
func (v *adoptView) cells(r *engine.AdoptRecord) []string {
	cells := make([]string, adoptLine+1)
	client := v.client(r)
	cells[adoptCode] = rowCode(v.rowOf(r.UID), v.stateOfRow(r))
	if r.Match.Take != "" {
		cells[adoptDecision] = v.app.say(takeNames[r.Match.Take])
	}
	cells[adoptCLID] = clidText(client.Entry.CLID)
	cells[adoptBy], cells[adoptDoubt] = v.app.say(alike(r.Match.By)), v.remark(r)
	cells[adoptTitle], cells[adoptCRMTitle] = v.value(r, "title"), client.Title
	cells[adoptINN], cells[adoptCRMINN] = v.value(r, "recv.castInn"), client.INN
	cells[adoptKPP], cells[adoptCRMKPP] = v.value(r, "recv.castKpp"), client.KPP
	cells[adoptPhones], cells[adoptCRMPhones] = v.value(r, "phone"), client.Phones
	cells[adoptMails], cells[adoptCRMMails] = v.value(r, "mail_url"), client.Mails
	cells[adoptOwner] = client.Owner
	if len(r.Match.CLIDs) > 1 {
		others := make([]string, 0, len(r.Match.CLIDs))
		for _, clid := range r.Match.CLIDs[1:] {
			others = append(others, strconv.FormatInt(clid, 10))
		}
		cells[adoptOthers] = strings.Join(others, " ")
	}
	cells[adoptKey], cells[adoptUID] = r.Key, r.UID
	if r.Origin.Line > 0 {
		cells[adoptLine] = line(r.Origin.Line)
	}
	return cells
}

// alike words what a record and a client have in common.
func alike(by engine.AdoptBy) phrase {
	switch by {
	case engine.AdoptByUID:
		return phrase{"uid", "uid"}
	case engine.AdoptByCLID:
		return phrase{"clid in the export", "clid в выгрузке"}
	case engine.AdoptByAnswer:
		return phrase{"the CRM says so", "так ответила CRM"}
	case engine.AdoptByINNKPP:
		return phrase{"ИНН and КПП", "ИНН и КПП"}
	case engine.AdoptByINN:
		return phrase{"ИНН", "ИНН"}
	case engine.AdoptByPhone:
		return phrase{"phone", "телефон"}
	case engine.AdoptByMail:
		return phrase{"mail", "почта"}
	case engine.AdoptByTitle:
		return phrase{"title", "название"}
	}
	return phrase{}
}

// remark says why a person has to look at a record.
func (v *adoptView) remark(r *engine.AdoptRecord) string {
	text := v.app.say(doubtful(r.Match.Doubt))
	if len(r.Match.Rivals) > 0 {
		lines := make([]string, 0, len(r.Match.Rivals))
		for _, uid := range r.Match.Rivals[:min(len(r.Match.Rivals), matchesShown)] {
			lines = append(lines, v.titleOf(uid))
		}
		text += ": " + strings.Join(lines, ", ")
	}
	if r.Waits {
		text = strings.TrimPrefix(text+v.app.say(phrase{", left for later before", ", в прошлый раз отложено"}), ", ")
	}
	return text
}

func doubtful(d engine.AdoptDoubt) phrase {
	switch d {
	case engine.DoubtWeak:
		return phrase{"this alone does not prove that they are one", "одного этого мало, чтобы считать их одним"}
	case engine.DoubtDiffers:
		return phrase{"they look alike, but other data differ", "похожи, но другие данные расходятся"}
	case engine.DoubtSeveral:
		return phrase{"several clients fit", "подходят несколько клиентов"}
	case engine.DoubtRivals:
		return phrase{"other records fit the same client", "тому же клиенту подходят и другие записи"}
	case engine.DoubtTaken:
		return phrase{"the client belongs to another record", "клиент занят другой записью"}
	case engine.DoubtTrash:
		return phrase{"the client is in the CRM's trash", "клиент в корзине CRM"}
	case engine.DoubtTwin:
		return phrase{"the export has the same ИНН and КПП elsewhere", "в выгрузке есть ещё такие ИНН и КПП"}
	}
	return phrase{}
}

// titleOf names a record of the adoption for people.
func (v *adoptView) titleOf(uid string) string {
	r := v.byUID[uid]
	if r == nil || v.value(r, "title") == "" {
		return uid
	}
	return "«" + cutTo(oneLine(v.value(r, "title")), 40) + "»"
}
