package emulator

import (
	"slices"
)

// updateDeal changes a deal. The server looks at the uid only to find out
// whether there is such a deal, writes sums when something else differs too, and
// a margin of 0 when it is sent none; it does not write the specification.
func (c *call) updateDeal() (answer, error) {
	p := c.req.params.clone()
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	did, uid := integer(p.get("did")), cast(p.get("uid"))
	if c.s.d.explicitErrors && did == 0 && uid == "" {
		return answer{value: c.s.d.failure(405, "Отсутствуют параметры - did и uid сделки")}, nil
	}
	d, err := c.dealToUpdate(p, did, untag(uid))
	switch {
	case err != nil:
		return answer{}, err
	case d == nil:
		return answer{value: c.s.d.failure(403, dealNotFound)}, nil
	case did == 0 && !c.s.d.dealUID:
		return answer{value: c.s.d.failure(402, "Отсутствуют параметры - did сделки")}, nil
	}
	next := *d
	differs, err := c.dealUpdated(&next, d, p)
	if err != nil {
		return answer{}, err
	}
	if !differs {
		return answer{value: object{{"result", "Данные корректны, но идентичны имеющимся."}, {"data", d.DID}, {"error", object{{"code", 302}}}}}, nil
	}
	today := c.s.today()
	next.Edited = &today
	if !c.s.d.dealPartial || p.has("pid") { // the deal's contact goes when it is not sent
		next.Person = max(integer(p.get("pid")), 0)
	}
	if next.Calculate == "yes" {
		next.Sum, next.Margin = totals(productLines(next.Lines))
	}
	c.replaceDeal(d, &next)
	c.s.db.note(nil)
	return answer{value: object{{"result", "Готово"}, {"data", d.DID}}}, nil
}

func (c *call) dealToUpdate(p *array, did int64, uid string) (*dealRow, error) {
	visible := c.s.db.subordinates(c.user)
	switch {
	case did > 0:
		return c.findDeal(p, false)
	case uid != "":
		return c.findDeal(p, true)
	}
	for _, d := range c.s.db.ledger.deals { // any one, the server asks for no more
		if visible[d.Owner] {
			return d, nil
		}
	}
	return nil, nil
}

// dealUpdated writes the parameters into next and tells whether the server sees
// a difference.
func (c *call) dealUpdated(next, d *dealRow, p *array) (differs bool, err error) {
	if !c.s.d.dealPartial && !p.has("marga") {
		p.set("marga", p.get("marg"))
	}
	if p.has("speka") {
		next.Calculate = "yes"
		differs = d.Calculate != "yes"
	}
	c.dealClients(p)
	names := c.s.db.dealFieldNames()
	for _, name := range names {
		if !p.has(name) || slices.Contains([]string{"did", "datum", "datum_izm", "step", "close", "kol_fact", "datum_close", "status_close", "des_fact"}, name) {
			continue
		}
		if name == "uid" && orEmpty(d.UID) != "" || name == "title" && untag(cast(p.get(name))) == "" {
			continue
		}
		v := p.get(name)
		if name == "direction" && p.has("tip") && !isNumeric(v) && !c.s.d.dealPartial {
			v = c.s.db.dealGuides.stepByTitle(untag(cast(v))) // looks it up among the stages
		}
		if err := c.storeDeal(next, name, v, p); err != nil {
			return false, err
		}
	}
	sums := c.s.d.dealPartial || p.has("title") && !p.has("speka")
	for _, name := range dealColumns() {
		if m := next.moneyColumn(name); m != nil && (!sums || !p.has(name) || *m == 0 && !c.s.d.dealPartial) {
			continue // a sum of 0 is none
		}
		old, now := d.raw(name), next.raw(name)
		differs = differs || now != nil && !sameText(old, *now) || now == nil && orEmpty(old) != ""
	}
	if contacts := contactsOf(p.get("pid_list")); !c.s.d.dealPartial || p.has("pid_list") { // so do all contacts
		differs = differs || !slices.Equal(next.Contacts, contacts)
		next.Contacts = contacts
	}
	if list, ok := p.get("speka").(*array); ok && c.s.d.dealPartial {
		return true, c.replaceLines(next, list)
	}
	return differs, nil
}

// dealClients fills the client in from the payer and the other way round.
func (c *call) dealClients(p *array) {
	clid, payer := integer(p.get("clid")), integer(p.get("payer"))
	if p.get("clid") == nil && payer > 0 {
		p.set("clid", payer)
	} else if p.get("payer") == nil && clid > 0 {
		p.set("payer", clid)
	}
}

func (c *call) replaceLines(next *dealRow, list *array) error {
	next.Lines = nil
	for _, k := range list.keys {
		item, _ := list.vals[k].(*array)
		if err := c.beginPart(item); err != nil {
			return err
		}
		line, ok, err := c.line(item)
		if err != nil {
			return err
		}
		if ok {
			c.s.db.putLine(next, line)
		}
	}
	return nil
}
