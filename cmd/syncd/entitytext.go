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
	"syncd/internal/state"
)

// idName is what the CRM calls the number of a job's records.
func idName(e config.Entity) string {
	switch e {
	case config.EntityDeal:
		return "did"
	case config.EntityInvoice, config.EntityPayment:
		return "crid"
	case config.EntityPerson:
		return "pid"
	case config.EntityClient:
	}
	return "clid"
}

// recordsOf is what people call the records of a job.
func recordsOf(e config.Entity) phrase {
	switch e {
	case config.EntityDeal:
		return phrase{"deals", "сделки"}
	case config.EntityInvoice:
		return phrase{"invoices", "счета"}
	case config.EntityPayment:
		return phrase{"payments", "оплаты"}
	case config.EntityPerson:
		return phrase{"contacts", "контакты"}
	case config.EntityClient:
	}
	return phrase{"clients", "клиентов"}
}

// idText is the number of a record in the CRM, with its name there; "" for none.
func (in *installation) idText(job string, id int64) string {
	if id == 0 {
		return ""
	}
	name := idName(config.EntityClient)
	if j := in.cfg.Jobs[job]; j != nil {
		name = idName(j.Entity)
	}
	return name + " " + strconv.FormatInt(id, 10)
}

// idsText is idText of several.
func (in *installation) idsText(job string, ids []int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = in.idText(job, id)
	}
	return strings.Join(out, ", ")
}

// awaited names the record that a held one waits for, for `show`, and why that one
// cannot be used yet.
func (in *installation) awaited(job string, h *engine.Hold) (other, cause string) {
	if len(h.Fields) == 0 {
		return "…", ""
	}
	f := h.Fields[max(0, slices.IndexFunc(h.Fields, func(f engine.HeldField) bool { return f.Why != endpoint.WhyPlanned }))]
	other = strings.TrimPrefix(in.referredJob(job, f.Field)+"/"+shown(f.Source), "/")
	if why, ok := waitCauses[f.Why]; ok {
		cause = ": " + in.app.say(why)
	}
	to := cmp.Or(in.referredJob(job, f.Field), job)
	if f.Why == state.RefUnknown && in.ahead.planned(to) {
		cause = in.app.say(phrase{
			", nor would this one; its export has no row of this key, or the mapping leaves the row out",
			", не возьмёт и этот; в выгрузке нет строки с этим ключом, или описание полей её исключает",
		})
	} else if f.Why == state.RefUnknown {
		cause = fmt.Sprintf(in.app.say(phrase{
			"; if its export has it: syncd run %s; else export it from the accounting system",
			"; если в выгрузке она есть: syncd run %s; если нет, выгрузите её из учётной системы",
		}), in.withWhatItRefersTo(job, to))
	}
	return other, cause
}

// withWhatItRefersTo are the jobs whose run makes first the record of one that those of
// the other refer to. A part goes with its job.
func (in *installation) withWhatItRefersTo(job, to string) string {
	if in.cfg.Jobs[job] == nil || in.cfg.Jobs[to] == nil {
		return job
	}
	job, to = cmp.Or(in.cfg.Jobs[job].Of, job), cmp.Or(in.cfg.Jobs[to].Of, to)
	if job == to {
		return job
	}
	return to + " " + job
}

// thisRecord is what people call a record of a job that waits for another one.
func (in *installation) thisRecord(job string) phrase {
	if j := in.cfg.Jobs[job]; j != nil {
		switch j.Entity {
		case config.EntityDeal:
			return phrase{"order", "этого заказа"}
		case config.EntityInvoice:
			return phrase{"invoice", "этого счёта"}
		case config.EntityPayment:
			return phrase{"payment", "этой оплаты"}
		case config.EntityPerson:
			return phrase{"contact", "этого контакта"}
		case config.EntityClient:
		}
	}
	return phrase{"record", "этой записи"}
}

// keyUnknown reports whether a record waits for one that no run has taken.
func keyUnknown(h *engine.Hold) bool {
	return waitsForItself(h.Reason) && len(h.Fields) > 0 && h.Fields[0].Why == state.RefUnknown
}

// waitCauses say why a reference to a record that is known leads nowhere yet.
var waitCauses = map[string]phrase{
	whyStopped:         {"the run that makes it would be stopped", "запуск, который её создаёт, был бы остановлен"},
	state.RefHeld:      {"it waits for a decision itself", "ждёт решения"},
	state.RefWaits:     {"it waits itself for what it belongs to", "ждёт того, к чему относится"},
	state.RefIgnored:   {"somebody decided to leave it out", "решено не отправлять"},
	state.RefRejected:  {"its row was rejected", "строка отклонена"},
	state.RefRefused:   {"it could not be sent, or the CRM refused it", "отправить не удалось, или CRM отказалась принять"},
	state.RefGone:      {"it is not in the CRM any more", "такой записи в CRM больше нет"},
	state.RefInDoubt:   {"whether it was written is not known yet", "дошла ли запись до CRM, пока не известно"},
	state.RefAmbiguous: {"several carry this number", "с таким номером их несколько"},
}
