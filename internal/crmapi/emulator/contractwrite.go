package emulator

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// addDealV1 adds a deal. PHP 8 dies after the insert when there is no
// specification, so that the deal is there and the answer is not.
func (c *call) addDealV1() (answer, error) {
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
	if refused := c.dealClient(p); refused != nil {
		return answer{value: refused}, nil
	}
	d, broken, err := c.newDealV1(p)
	if err != nil {
		return answer{}, err
	}
	if broken != "" {
		return answer{value: insertErrorV1(broken)}, nil
	}
	c.s.db.putDeal(d)
	c.s.db.note(nil)
	c.dealEffect(EffectCreated, d)
	lines, isList := p.get("speka").(*array)
	if !isList && !c.s.d.countable {
		return answer{}, c.fatalV1("count(): Argument #1 ($value) must be of type Countable|array, null given", "537")
	}
	if lines.len() > 0 {
		next := *d
		broken, err := c.writeLinesV1(&next, lines)
		next.Sum, next.Margin = totals(next.Lines)
		next.Calculate = "yes"
		if err != nil || broken != "" { // the sums are written after the last line
			next.Sum, next.Margin, next.Calculate = d.Sum, d.Margin, d.Calculate
		}
		c.s.db.putDeal(&next)
		if err != nil {
			return answer{}, err
		}
		if broken != "" {
			return answer{value: append(object{{"result", "Error"}, {"data", d.DID}}, insertErrorV1(broken)[1:]...)}, nil
		}
	}
	return answer{value: object{{"result", "Успешно"}, {"data", d.DID}}}, nil
}

// dealClient checks the client and the payer of a new deal and fills one in
// from the other; refused is the error answer.
func (c *call) dealClient(p *array) (refused any) {
	clid, payer := c.s.db.byCLID[integer(p.get("clid"))], c.s.db.byCLID[integer(p.get("payer"))]
	switch {
	case clid == nil && payer == nil && c.s.d.explicitErrors && !given(p.get("clid")) && !given(p.get("payer")):
		return failureV1(405, "Отсутствуют параметры - clid и payer клиента")
	case clid == nil && payer == nil:
		return failureV1(407, "Клиент или Плательщик не найден.")
	case !given(p.get("title")):
		return failureV1(406, "Отсутствуют параметры - Название сделки")
	case clid == nil:
		p.set("clid", payer.clid)
	case payer == nil:
		p.set("payer", clid.clid)
	}
	return nil
}

// newDealV1 makes the row of an accepted add; broken is why the insert fails.
func (c *call) newDealV1(p *array) (d *dealRow, broken string, err error) {
	today := c.s.today()
	d = &dealRow{Close: "no", Created: &today, Author: c.user.ID, ViaAPI: true}
	plan := c.s.daysOn(14)
	if day, ok := c.s.day(cast(p.get("datum_plan"))); ok {
		plan = day
	}
	p.set("datum_plan", plan)
	all := c.s.db.dealFieldNames()
	names := askedFields(p, all, all)
	for _, key := range p.keys {
		if !slices.Contains(names, key) {
			continue
		}
		if key == "did" || key == "datum" {
			return nil, "Column '" + key + "' specified twice", nil
		}
		if broken, err = c.storeDealV1(d, key, p); err != nil || broken != "" {
			return nil, broken, err
		}
	}
	if prefix := c.s.db.nextDealTitle(); prefix != "" {
		d.setText("title", prefix+": "+orEmpty(d.Title))
	}
	return d, "", nil
}

// nextDealTitle is what the title of a new deal begins with; the counter moves.
func (s *store) nextDealTitle() string {
	if s.dealFormat == "" {
		return ""
	}
	s.dealNumber++
	return strings.ReplaceAll(s.dealFormat, "{cnum}", strconv.FormatInt(s.dealNumber, 10))
}

// storeDealV1 stores one parameter as add and update of v1 do; broken is why
// their query fails.
func (c *call) storeDealV1(d *dealRow, key string, p *array) (broken string, err error) {
	s, err := text(p.get(key), "strip_tags")
	if err != nil {
		return "", err
	}
	g := c.s.db.dealGuides
	switch key {
	case "datum":
		d.setText(key, c.s.today())
	case "title":
		if s, err = pasted(s, "'"); err != nil {
			return err.Error(), nil
		}
		d.setText(key, s)
	case "clid":
		d.CLID = leadingInt(s)
	case "payer":
		if leadingInt(s) < 1 {
			s = cast(p.get("clid"))
		}
		d.Payer = leadingInt(s)
	case "mcid":
		d.Company = max(leadingInt(s), 0)
	case "iduser":
		d.Owner = leadingInt(s)
	case "step":
		d.Step = g.stepByTitle(strconv.FormatInt(leadingInt(s), 10))
	case "kol", "marga":
		*d.moneyColumn(key) = preFormat(s)
	case "direction":
		if d.Direction = choiceID(g.Directions, untag(s)); d.Direction < 1 {
			d.Direction = defaultChoice(g.Directions)
		}
	case "tip":
		d.Type = c.dealType(untag(s))
	case "datum_izm", "des_fact", "kol_fact": // stand in the query without apostrophes
		if !isNumeric(s) {
			return brokenSQL(s + "," + key).Error(), nil
		}
		if key == "kol_fact" {
			d.Fact = leadingMoney(s)
		}
	case "status_close":
		return "Unknown column 'status_close' in 'SET'", nil
	case "close":
		d.Close = untag(s)
	default:
		d.setText(key, untag(s))
	}
	return "", nil
}

// dealType resolves a kind of deals; an unknown one is created, where the
// documents say it is not.
func (c *call) dealType(title string) int64 {
	g := c.s.db.dealGuides
	if c.s.d.v1Documented {
		if id := choiceID(g.Types, title); id > 0 {
			return id
		}
		return defaultChoice(g.Types)
	}
	id, created := g.typeOrNew(title)
	if created {
		c.dictionaryGrew("tip", title)
	}
	return id
}

// targetDealV1 finds the deal that a write of v1 is about: by did, and by uid
// only without one.
func (c *call) targetDealV1() (*dealRow, error) {
	p := c.req.params
	return c.findDeal(p, integer(p.get("did")) <= 0 && given(p.get("uid")))
}

// didGiven tells whether the request carries a did. The scripts look for it last
// and overwrite whatever they had to say with an error.
func (c *call) didGiven() bool {
	return given(c.req.params.get("did")) || c.s.d.dealUID && given(c.req.params.get("uid"))
}

const dealNotFound = "Сделка с указанным did не найдена в пределах аккаунта указанного пользователя."

// dealV1 runs a write of v1 on its deal; last is the error of a request without
// a did, which wins over all that was done.
func (c *call) dealV1(last object, work func(d *dealRow) (any, error)) (answer, error) {
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !c.didGiven() && c.s.d.explicitErrors {
		return answer{value: last}, nil
	}
	d, err := c.targetDealV1()
	if err != nil {
		return answer{}, err
	}
	var value any = failureV1(403, dealNotFound)
	if d != nil {
		if value, err = work(d); err != nil {
			return answer{}, err
		}
	}
	if !c.didGiven() {
		value = last
	}
	return answer{value: value}, nil
}

// updateDealV1 changes a deal; PHP 8 dies before it does when there is no
// specification.
func (c *call) updateDealV1() (answer, error) {
	return c.dealV1(failureV1(405, "Отсутствуют параметры - did сделки"), func(d *dealRow) (any, error) {
		p := c.req.params
		next, broken, err := c.updatedDealV1(d)
		if err != nil {
			return nil, err
		}
		lines, isList := p.get("speka").(*array)
		if !isList && !c.s.d.countable {
			return nil, c.fatalV1("count(): Argument #1 ($value) must be of type Countable|array, null given", "704")
		}
		differs := broken == "" && c.differsV1(d, next)
		suffix := ""
		if lines.len() > 0 {
			if suffix, err = c.replaceLinesV1(d, next, lines); err != nil {
				return nil, err
			}
		}
		id := strconv.FormatInt(d.DID, 10)
		switch {
		case broken != "":
			return insertErrorV1(broken), nil
		case differs:
			today := c.s.today()
			next.Edited = &today
			c.replaceDeal(d, next)
			return object{{"result", "Успешно. " + suffix}, {"data", id}}, nil
		default:
			if lines.len() > 0 {
				c.replaceDeal(d, next)
			}
			return object{{"result", "Данные корректны, но идентичны имеющимся." + suffix}, {"data", id}}, nil
		}
	})
}

func (c *call) updatedDealV1(d *dealRow) (next *dealRow, broken string, err error) {
	p, changed := c.req.params, *d
	all := c.s.db.dealFieldNames()
	names := askedFields(p, all, all)
	for _, key := range p.keys {
		switch {
		case key == "did" || !slices.Contains(names, key):
			continue
		case key == "status_close":
			changed.Status = c.s.db.dealGuides.statusID(cast(p.get(key)))
			continue
		}
		if broken, err = c.storeDealV1(&changed, key, p); err != nil || broken != "" {
			return &changed, broken, err
		}
	}
	return &changed, "", nil
}

// differsV1 compares as the server does: dates of its own do not count.
func (c *call) differsV1(d, next *dealRow) bool {
	for _, name := range dealColumns() {
		old, now := d.raw(name), next.raw(name)
		if now != nil && !sameText(old, *now) || now == nil && orEmpty(old) != "" {
			return true
		}
	}
	return false
}

// today is the day in the account's zone, daysOn a later one.
func (s *Server) today() string { return s.daysOn(0) }

func (s *Server) daysOn(days int) string {
	return s.opt.Clock().In(s.opt.TimeZone).AddDate(0, 0, days).Format(time.DateOnly)
}

// day reads a date as PHP does.
func (s *Server) day(v string) (string, bool) {
	t, ok := strtotime(v, s.opt.TimeZone, s.opt.Clock())
	if !ok {
		return "", false
	}
	day, _, _ := strings.Cut(t, " ")
	return day, true
}
