package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"syncd/internal/config"
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

// awaited names the record that a held one waits for, for `show`, and why that one
// cannot be used yet.
func (in *installation) awaited(job string, h *engine.Hold) (other, cause string) {
	if len(h.Fields) == 0 {
		return "…", ""
	}
	f := h.Fields[0]
	other = strings.TrimPrefix(in.referredJob(job, f.Field)+"/"+shown(f.Source), "/")
	if why, ok := waitCauses[f.Why]; ok {
		cause = ": " + in.app.say(why)
	}
	if f.Why == state.RefUnknown {
		cause = fmt.Sprintf(in.app.say(phrase{
			": no run of %s took such a record; its export has no row of this key, or the mapping leaves the row out",
			": ни один запуск %s такой записи не взял; в выгрузке нет строки с этим ключом, или описание полей её исключает",
		}), cmp.Or(in.referredJob(job, f.Field), job))
	}
	return other, cause
}

// waitCauses say why a reference to a record that is known leads nowhere yet.
var waitCauses = map[string]phrase{
	state.RefHeld:      {"it waits for a decision itself", "она сама ждёт решения"},
	state.RefWaits:     {"it waits itself for what it belongs to", "она сама ждёт того, к чему относится"},
	state.RefIgnored:   {"somebody decided to leave it out", "её решили не отправлять"},
	state.RefRejected:  {"its row was rejected", "её строка отклонена"},
	state.RefRefused:   {"it could not be sent, or the CRM refused it", "отправить её не удалось, или CRM отказалась её принять"},
	state.RefGone:      {"it is not in the CRM any more", "в CRM её больше нет"},
	state.RefInDoubt:   {"whether it was written is not known yet", "её запись в CRM ещё под вопросом"},
	state.RefAmbiguous: {"several carry this number", "с таким номером их несколько"},
}
