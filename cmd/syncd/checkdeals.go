package main

import (
	"context"
	"slices"
	"strings"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/message"
)

// checkDealGuides reads the CRM's lists of deals, and finds what the mapping names
// and they lack.
func (in *installation) checkDealGuides(ctx context.Context, deals *crmapi.Deals, c *checkup) error {
	guides, err := deals.Guides(ctx)
	if err != nil {
		return err
	}
	schema := c.m.Schema()
	for _, list := range []guideFound{
		{Field: "step", Titles: stepsOf(guides.Steps)},
		{Field: "direction", Titles: titlesOf(guides.Directions)},
		{Field: "tip", Titles: titlesOf(guides.Types)},
		{Field: "status_close", Titles: titlesOf(guides.Statuses)},
	} {
		c.CRM.Guides = append(c.CRM.Guides, list)
		i := schema.Index(list.Field)
		if i < 0 {
			continue
		}
		words, _ := c.m.Words(i)
		for _, w := range words {
			want := c.m.CanonSource(i, w)
			known := slices.ContainsFunc(list.Titles, func(title string) bool {
				number, _, _ := strings.Cut(title, " ") // of a stage
				return c.m.CanonCRM(i, title) == want || list.Field == "step" && c.m.CanonCRM(i, number) == want
			})
			if !known {
				c.problem(fault(exitConfig, nil, message.MappingGuideLacks, message.S("value", w), message.S("field", list.Field),
					message.S("crm", c.CRM.Name), message.S("mapping", c.Mapping), message.S("known", orDash(strings.Join(list.Titles, ", ")))))
			}
		}
	}
	return nil
}

func titlesOf(entries []crmapi.GuideEntry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.Title
	}
	return out
}

// stepsOf are stages as people know them: the number and its name.
func stepsOf(stages []crmapi.Stage) []string {
	out := make([]string, len(stages))
	for i, s := range stages {
		out[i] = strings.TrimSpace(s.Title + " " + s.Content)
	}
	return out
}

// limitsOf tells what a CRM cannot do, and what becomes of it.
func (in *installation) limitsOf(t crmapi.Traits, deals *crmapi.Deals, e config.Entity) []string {
	var out []string
	add := func(lacks bool, text phrase) {
		if lacks {
			out = append(out, in.app.say(text))
		}
	}
	if e == config.EntityClient && t.Dialect == crmapi.V1 {
		add(true, phrase{"clients through API v1", "клиенты через API v1"})
		add(!t.Arrays, phrase{"clients are added one by one", "клиенты добавляются по одному"})
	}
	if deals == nil {
		return out
	}
	d := deals.Traits()
	api := phrase{"deals through API v3", "сделки через API v3"}
	if deals.API() == crmapi.DealsV1 {
		api = phrase{"deals through API v1 (contract)", "сделки через API v1 (contract)"}
	}
	add(true, api)
	add(e == config.EntityDeal && d.NoUpdate, phrase{
		"this server neither changes deals through API v1 nor adds one with lines: such deals are refused (not-in-api); set `deals: v3` if it has v3",
		"через API v1 этот сервер не меняет сделок и не создаёт их со строками: такие сделки отклоняются (not-in-api); если у него есть v3, укажите `deals: v3`",
	})
	add(e == config.EntityDeal && d.FixedLines && !d.NoUpdate, phrase{
		"the lines of a deal that is there cannot be changed: such deals are held (unchangeable)",
		"строки уже созданной сделки не меняются: такие сделки ждут решения (unchangeable)",
	})
	add(e == config.EntityDeal && d.DropsPerson, phrase{
		"an update of a field takes off a deal the contacts that the CRM does not tell: all of them, where the client has no main contact (a new stage and a closing do not): map with `when: add` what need not change later",
		"изменение поля снимает со сделки контакты, о которых CRM не говорит: все, если у клиента нет основного контакта (смена этапа и закрытие — нет): то, чему потом меняться незачем, опишите с `when: add`",
	})
	add(e == config.EntityInvoice && d.InvoiceNeedsLines, phrase{
		"a deal without lines cannot be billed: its invoices are refused (deal-without-lines)",
		"сделке без строк счёт не выставить: её счета отклоняются (deal-without-lines)",
	})
	add(e == config.EntityPayment && d.LosesPaidOn, phrase{
		"the day of a payment is lost: the CRM shows it as paid, without a day", "день оплаты теряется: CRM показывает её без дня",
	})
	return out
}
