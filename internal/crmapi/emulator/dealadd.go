package emulator

import (
	"slices"
)

// addDeal adds a deal. A client that is not there is accepted beside a payer
// that is.
func (c *call) addDeal() (answer, error) {
	p := c.req.params.clone()
	owner, err := c.ownerAsked(p)
	if err != nil {
		return answer{}, err
	}
	p.set("iduser", owner)
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if code, text := c.dealClientMissing(p); code != 0 {
		return answer{value: c.s.d.failure(code, text)}, nil
	}
	d, err := c.newDeal(p)
	if err != nil {
		return answer{}, err
	}
	c.s.db.putDeal(d)
	c.s.db.note(nil)
	c.dealEffect(EffectCreated, d)
	o := object{{"result", "Успешно"}, {"data", d.DID}}
	if list, ok := p.get("speka").(*array); ok && list.len() > 0 {
		message, err := c.addLines(d, list)
		if err != nil {
			return answer{}, err
		}
		o = append(o, member{"text", []any{message}})
	}
	return answer{value: o}, nil
}

func (c *call) dealClientMissing(p *array) (code int, text string) {
	_, hasClient := c.s.db.byCLID[integer(p.get("clid"))]
	_, hasPayer := c.s.db.byCLID[integer(p.get("payer"))]
	switch {
	case !hasClient && !hasPayer && c.s.d.explicitErrors && !given(p.get("clid")) && !given(p.get("payer")):
		return 405, "Отсутствуют параметры - clid и payer клиента"
	case !hasClient && !hasPayer, c.s.d.explicitErrors && given(p.get("clid")) && !hasClient:
		return 407, "Клиент или Плательщик не найден."
	case !given(p.get("title")):
		return 406, "Отсутствуют параметры - Название сделки"
	case cast(p.get("title")) == "0": // which PHP takes for nothing
		return 402, "Отсутствуют параметры - Название сделки"
	}
	if p.get("clid") == nil {
		p.set("clid", p.get("payer"))
	}
	if integer(p.get("payer")) < 1 {
		p.set("payer", p.get("clid"))
	}
	return 0, ""
}

func (c *call) newDeal(p *array) (*dealRow, error) {
	g := c.s.db.dealGuides
	today := c.s.today()
	d := &dealRow{Close: "no", Created: &today, Author: c.user.ID, Person: integer(p.get("pid")), Calculate: "no", ViaAPI: true}
	if p.has("speka") {
		d.Calculate = "yes"
	}
	if p.get("direction") == nil {
		p.set("direction", defaultChoice(g.Directions))
	}
	if p.get("tip") == nil {
		p.set("tip", defaultChoice(g.Types))
	}
	if p.get("summa") != nil {
		p.set("kol", p.get("summa"))
	}
	if p.get("marga") == nil {
		p.set("marga", p.get("marg"))
	}
	plan := c.s.daysOn(14)
	if day, ok := c.s.day(cast(p.get("datum_plan"))); ok {
		plan = day
	}
	p.set("datum_plan", plan)
	if deals := c.s.db.ledger.deals; integer(p.get("mcid")) == 0 && len(deals) > 0 {
		p.set("mcid", deals[len(deals)-1].Company)
	}
	names := c.s.db.dealFieldNames()
	for _, key := range p.keys {
		if !slices.Contains(names, key) || key == "did" || key == "close" || key == "datum" {
			continue
		}
		if err := c.storeDeal(d, key, p.vals[key], p); err != nil {
			return nil, err
		}
	}
	if prefix := c.s.db.nextDealTitle(); prefix != "" {
		d.setText("title", prefix+": "+orEmpty(d.Title))
	}
	if p.get("step") != nil {
		d.Log = []stepRow{{At: c.s.now(), Step: d.Step, User: c.user.ID}}
	}
	return d, nil
}

// storeDeal stores one parameter as add and update of v3 do.
func (c *call) storeDeal(d *dealRow, key string, v any, p *array) error {
	if list, ok := v.(*array); ok {
		joined, err := implode(", ", list)
		if err != nil {
			return err
		}
		v = phpTrim(joined)
	}
	s, err := text(v, "strip_tags")
	if err != nil {
		return err
	}
	g := c.s.db.dealGuides
	switch key {
	case "title":
		d.setText(key, untag(s))
	case "payer":
		if d.Payer = integer(v); d.Payer < 1 {
			d.Payer = integer(p.get("clid"))
		}
	case "clid", "mcid", "iduser":
		*d.numberColumn(key) = max(integer(v), 0)
	case "step":
		if s, err = pasted(s, "' AND identity = '1'"); err != nil {
			return err
		}
		d.Step = g.stepByTitle(s)
	case "kol", "marga", "kol_fact":
		m, err := preFormatOf(v)
		*d.moneyColumn(key) = m
		return err
	case "direction":
		if d.Direction = integer(v); d.Direction == 0 {
			d.Direction = choiceID(g.Directions, untag(s))
		}
		if d.Direction == 0 {
			d.Direction = defaultChoice(g.Directions)
		}
	case "tip":
		if d.Type = integer(v); d.Type == 0 && s != "" {
			d.Type = c.dealType(untag(s))
		}
		if d.Type < 1 {
			d.Type = defaultChoice(g.Types)
		}
	case "status_close":
		return sqlError("Unknown column 'status_close' in 'SET'")
	case "uid":
		if s != "" {
			d.setText(key, cleanField(s))
		}
	default:
		d.setText(key, cleanField(s))
	}
	return nil
}

// addLines adds the specification of a new deal; each line moves the sums. All of
// them are looked up in the price list first.
func (c *call) addLines(d *dealRow, list *array) (message string, err error) {
	for _, k := range list.keys {
		if item, _ := list.vals[k].(*array); inPriceList(item) {
			if err := lookUp(item); err != nil {
				return "", err
			}
		}
	}
	failed := 0
	for _, k := range list.keys {
		item, _ := list.vals[k].(*array)
		if err := c.beginPart(item); err != nil {
			return "", err
		}
		line, ok, err := c.line(item)
		if err != nil {
			return "", err
		}
		if !ok {
			failed++
			continue
		}
		next := *d
		next.Lines = slices.Clone(d.Lines)
		c.s.db.putLine(&next, line)
		next.Sum, next.Margin = totals(productLines(next.Lines))
		c.s.db.putDeal(&next)
		d = &next
	}
	if failed > 0 {
		return "", nil
	}
	return "Добавлены позиции в спецификацию. Ошибок 0", nil
}

// productLines leaves materials out, which do not count.
func productLines(list []lineRow) []lineRow {
	return slices.DeleteFunc(slices.Clone(list), func(l lineRow) bool { return l.Kind == 2 })
}

// inPriceList reports whether the server looks for a line in its price list, which
// is empty here.
func inPriceList(item *array) bool { return given(item.get("title")) && given(item.get("artikul")) }

// lookUp pastes what is looked for into the query as it came.
func lookUp(item *array) error {
	title := cast(item.get("title"))
	if _, err := pasted(cast(item.get("artikul")), "' or title = '"+title+"') and identity = '1'"); err != nil {
		return err
	}
	_, err := pasted(title, "') and identity = '1'")
	return err
}

// line reads a line of v3; ok is false without a title. The multiplier counts
// only when the account has it switched on, which a fresh one has not.
func (c *call) line(item *array) (l lineRow, ok bool, err error) {
	l = lineRow{Product: integer(item.get("prid")), Kind: max(integer(item.get("tip")), 0), Factor: 1}
	if c.s.d.factor {
		l.Factor = max(integer(item.get("dop")), 1)
	}
	for _, part := range []struct {
		name   string
		length int
		into   **string
	}{{"artikul", 100, &l.Article}, {"title", 255, &l.Title}, {"edizm", 10, &l.Unit}, {"comments", 250, &l.Comment}} {
		s, err := text(item.get(part.name), "strip_tags")
		if err != nil {
			return l, false, err
		}
		if part.name == "title" {
			s = untag(s)
		}
		if part.name == "comments" && s == "" {
			s = " "
		}
		s = storable(s, part.length)
		*part.into = &s
	}
	for _, part := range []struct {
		name string
		into *money
	}{{"kol", &l.Quantity}, {"price", &l.Price}, {"price_in", &l.PriceIn}, {"nds", &l.VAT}} {
		if *part.into, err = preFormatOf(item.get(part.name)); err != nil {
			return l, false, err
		}
		if *part.into < 0 && part.name != "kol" && inPriceList(item) { // taken from there instead
			*part.into = 0
		}
	}
	return l, *l.Title != "", nil
}
