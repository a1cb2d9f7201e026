package main

import (
	"strconv"
	"strings"

	"syncd/internal/config"
	"syncd/internal/engine"
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
	return other, cause
}

// waitCauses say why a reference leads nowhere yet.
var waitCauses = map[string]phrase{
	"unknown":   {"no such record was sent yet", "такой записи ещё не отправляли"},
	"held":      {"it waits for a decision itself", "она сама ждёт решения"},
	"rejected":  {"its row was rejected", "её строка отклонена"},
	"gone":      {"it is not in the CRM any more", "в CRM её больше нет"},
	"in-doubt":  {"whether it was written is not known yet", "её запись в CRM ещё под вопросом"},
	"ambiguous": {"several carry this number", "с таким номером их несколько"},
}
