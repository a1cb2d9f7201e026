package emulator

import (
	"strings"
)

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
