package emulator

import (
	"slices"
	"strconv"
	"strings"
)

func literalText(n int64) string { return strconv.FormatInt(n, 10) }

// addDeal adds a deal. A client that is not there is accepted beside a payer
// that is.
func (c *call) addDeal() (answer, error) {
	p := c.req.params.clone()
	owner := c.user.ID
	if given(p.get("user")) {
		id, err := c.userByLogin(p.get("user"))
		if err != nil {
			return answer{}, err
		}
		owner = id
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

// addLines adds the specification of a new deal; each line moves the sums.
func (c *call) addLines(d *dealRow, list *array) (message string, err error) {
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
	}
	return l, *l.Title != "", nil
}

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
	sums := c.s.d.dealPartial || p.has("title") && next.Calculate != "yes"
	for _, name := range dealColumns() {
		if (name == "kol" || name == "marga") && !(sums && p.has(name) && next.raw(name) != nil && (c.s.d.dealPartial || *next.moneyColumn(name) != 0)) {
			continue
		}
		old, now := d.raw(name), next.raw(name)
		differs = differs || now != nil && !sameText(old, *now) || now == nil && orEmpty(old) != ""
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

// stepDeal moves a deal to a stage. By uid alone it does nothing.
func (c *call) stepDeal() (answer, error) {
	return c.dealV3(func(d *dealRow) (any, error) {
		p := c.req.params
		if !given(p.get("step")) {
			return c.s.d.failure(405, "Отсутствуют параметры - Новый этап"), nil
		}
		title, err := pasted(cast(p.get("step")), "' AND identity = '1'")
		if err != nil {
			return nil, err
		}
		return c.moveDeal(d, c.s.db.dealGuides.stepByTitle(title)), nil
	})
}

func (c *call) moveDeal(d *dealRow, to int64) object {
	g := c.s.db.dealGuides
	before, after := orEmpty(g.stepName(d.Step)), orEmpty(g.stepName(to))
	if before == after {
		return c.s.d.failure(302, "Данные корректны, но идентичны имеющимся")
	}
	c.replaceDeal(d, d.withStep(to, c.user.ID, c.s.now()))
	c.s.db.note(nil)
	return object{{"result", "Этап сделки изменен на " + after + "%. Предыдущий этап " + before + "%."}, {"data", d.DID}}
}

// dealV3 runs a change of stage or a deletion on its deal. The script looks for
// the did last, and the work is done by did only.
func (c *call) dealV3(work func(d *dealRow) (any, error)) (answer, error) {
	p := c.req.params
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	noDID := c.s.d.failure(406, "Отсутствуют параметры - did сделки")
	if c.s.d.explicitErrors && !c.didGiven() {
		return answer{value: noDID}, nil
	}
	d, err := c.findDeal(p, integer(p.get("did")) <= 0 && given(p.get("uid")))
	switch {
	case err != nil:
		return answer{}, err
	case !c.didGiven():
		return answer{value: noDID}, nil
	case d == nil:
		return answer{value: c.s.d.failure(403, dealNotFound)}, nil
	}
	value, err := work(d)
	return answer{value: value}, err
}

func (c *call) removeDeal() (answer, error) {
	return c.dealV3(func(d *dealRow) (any, error) {
		if len(c.s.db.invoicesOf(d.DID)) > 0 {
			return failureV1(407, "Не возможно удалить сделку - есть счета"), nil
		}
		c.s.db.removeDeal(d.DID)
		c.dealEffect(EffectDeleted, d)
		return object{{"result", "Сделка удалена"}, {"data", d.DID}}, nil
	})
}

// closeDeal closes a deal, whoever sees it, and moves it to the last stage when
// it has a sum. A status that is not there closes it too, without a status, and
// such a deal can be closed again.
func (c *call) closeDeal() (answer, error) {
	p := c.req.params
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	d := c.s.db.ledger.deal(integer(p.get("did")))
	if uid := untag(cast(p.get("uid"))); d == nil && c.s.d.dealUID && uid != "" {
		d = c.s.db.dealByUID(uid)
	}
	refused := func(code int, text string) (answer, error) {
		o := c.s.d.failure(code, text)
		return answer{value: append(object{o[0], {"data", text}}, o[1:]...)}, nil
	}
	switch {
	case d == nil && integer(p.get("did")) > 0:
		return refused(403, "Сделка не найдена")
	case d == nil:
		return answer{value: failureV1(405, "Отсутствуют параметры - did сделки")}, nil
	case d.Status > 0:
		return refused(407, "Сделка уже закрыта")
	}
	next, err := c.closed(d)
	if err != nil {
		return answer{}, err
	}
	status := c.s.db.dealGuides.status(next.Status)
	title := ""
	if status != nil {
		title = status.Title
	} else if c.s.d.closeStatus {
		return answer{value: c.s.d.failure(405, "Отсутствуют или не корректны параметры - Статус закрытия сделки")}, nil
	}
	c.replaceDeal(d, next)
	c.s.db.note(nil)
	return answer{value: object{{"result", "Ok"}, {"data", "Сделка закрыта со статусом " + title}}}, nil
}

func (c *call) closed(d *dealRow) (*dealRow, error) {
	p, g := c.req.params, c.s.db.dealGuides
	next := *d
	next.Close, next.Status, next.Fact = "yes", integer(p.get("sid")), d.Sum
	day := c.s.today()
	if given(p.get("datum")) {
		day = untag(cast(p.get("datum")))
	}
	next.Closed = databaseDay(day)
	for name, into := range map[string]*money{"marga": &next.Margin, "kol_fact": &next.Fact} {
		if p.get(name) == nil {
			continue
		}
		m, err := preFormatOf(p.get(name))
		if err != nil {
			return nil, err
		}
		*into = m
	}
	if s := g.status(next.Status); s != nil && s.Result == "lose" {
		next.Margin = 0
	}
	if next.Status == 0 {
		title, err := pasted(cast(p.get("status_close")), "' AND identity = '1'")
		if err != nil {
			return nil, err
		}
		next.Status = g.statusID(title)
	}
	comment := p.get("des_fact")
	if p.get("description") != nil {
		comment = p.get("description")
	}
	next.setText("des_fact", untag(strings.TrimSpace(cast(comment))))
	if last := g.lastStep(); d.Step != last && next.Fact > 0 {
		return next.withStep(last, c.user.ID, c.s.now()), nil
	}
	return &next, nil
}
