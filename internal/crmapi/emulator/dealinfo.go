package emulator

import "strconv"

// infoDeal shows the card of a deal: without its uid, client and dates, which
// the server looks for under other names, and without invoices, which it drops.
func (c *call) infoDeal() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !given(p.get("uid")) && !given(p.get("did")) && c.s.d.explicitErrors {
		return answer{value: c.s.d.failure(405, "Отсутствуют параметры сделки")}, nil
	}
	d, err := c.findDeal(p, given(p.get("uid")))
	if err != nil {
		return answer{}, err
	}
	if d == nil {
		return answer{value: c.s.d.failure(403, "Сделка не найдена в пределах аккаунта указанного пользователя.")}, nil
	}
	o := c.dealCard(d, c.dealFieldsAsked(cast(p.get("fields"))))
	if r := c.s.db.byCLID[d.CLID]; truthy(p.get("client")) && r != nil {
		o = append(o, member{"client", c.partyCard(r)})
	}
	payer := c.s.db.byCLID[d.Payer]
	if truthy(p.get("payer")) && payer != nil {
		o = append(o, member{"payer", c.partyCard(payer)})
	}
	if cards := c.contactCards(d); truthy(p.get("contact")) && cards != nil {
		o = append(o, member{"contact", cards})
	}
	if truthy(p.get("bankinfo")) {
		o = append(o, member{"bankinfo", nil})
	}
	if truthy(p.get("speka")) {
		o = append(o, member{"speka", lines(d)})
	}
	if truthy(p.get("invoice")) && c.s.d.dealPartial {
		o = append(o, member{"invoice", c.dealInvoices(d)})
	}
	return answer{value: object{{"data", o}}}, nil
}

// partyCard is the card of a client inside of a deal's.
func (c *call) partyCard(r *row) object {
	var o object
	for _, m := range c.cardFields(r) {
		if m.key != "dostup" {
			o = append(o, m)
		}
	}
	return append(o, member{"recv", bankCard(r)}, member{"bankinfo", bankCard(r)})
}

func (c *call) dealCard(d *dealRow, names []string) object {
	db, g := c.s.db, c.s.db.dealGuides
	var o object
	for _, name := range names {
		switch name {
		case "did", "mcid":
			o = append(o, member{name, *d.numberColumn(name)})
		case "title", "datum_plan", fieldAddress, "content":
			o = append(o, member{name, d.raw(name)})
		case "iduser":
			o = append(o, member{name, d.Owner}, member{"user", db.userLogin(d.Owner)}, member{"userUID", ""})
		case "step":
			var title int64
			if s := g.step(d.Step); s != nil {
				title = s.Title
			}
			o = append(o, member{name, d.Step}, member{"stepID", d.Step}, member{"stepTitle", title})
		case "direction":
			o = append(o, member{"directionID", d.Direction}, member{name, choiceTitle(g.Directions, d.Direction)})
		case "tip":
			o = append(o, member{"tipID", d.Type}, member{name, choiceTitle(g.Types, d.Type)})
		case "kol", "marga", "kol_fact":
			o = append(o, member{name, d.moneyColumn(name).number()})
		case "payer", "dog_num":
		case "close", "status_close":
			if d.Close != "" {
				o = o.with("close", closeCard(g, d))
			}
		default:
			var v any
			if len(name) > 5 && name[:5] == "input" {
				v = d.raw(name)
			}
			o = append(o, member{name, v})
		}
	}
	return o
}

func closeCard(g *dealGuides, d *dealRow) object {
	var title, content any
	if s := g.status(d.Status); s != nil {
		title, content = s.Title, s.Content
	}
	return object{{"close", d.Close}, {"date", d.Closed}, {"summa", d.Fact.number()}, {"status", title}, {"statustext", content}}
}

// lines is the specification in v3.
func lines(d *dealRow) []any {
	list := []any{}
	for _, l := range d.Lines {
		list = append(list, object{
			{"spid", l.ID},
			{"prid", l.Product},
			{"artikul", l.Article},
			{"title", l.Title},
			{"tip", strconv.FormatInt(l.Kind, 10)},
			{"kol", l.Quantity.number()},
			{"dop", strconv.FormatInt(l.Factor, 10)},
			{"edizm", l.Unit},
			{"price", l.Price.number()},
			{"price_in", l.PriceIn.number()},
			{"nds", l.VAT.number()},
			{"comment", l.Comment},
			{"comments", l.Comment},
		})
	}
	return list
}
