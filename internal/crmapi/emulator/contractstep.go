package emulator

import "strconv"

// stepDealV1 moves a deal to a stage. A number that is no stage takes the deal
// off every stage, silently; a text is the stage 0.
func (c *call) stepDealV1() (answer, error) {
	return c.dealV1(failureV1(406, "Отсутствуют параметры - did сделки"), func(d *dealRow) (any, error) {
		p := c.req.params
		if !given(p.get("step")) {
			return failureV1(405, "Отсутствуют параметры - Новый этап"), nil
		}
		step, err := pasted(cast(p.get("step")), "' AND identity = '1'")
		if err != nil {
			return nil, err
		}
		id := strconv.FormatInt(d.DID, 10)
		to := c.s.db.dealGuides.stepByTitle(step)
		if to == d.Step {
			return object{{"result", "Данные корректны, но идентичны имеющимся."}, {"data", id}}, nil
		}
		c.replaceDeal(d, d.withStep(to, c.user.ID, c.s.now()))
		return object{{"result", "Успешно."}, {"data", id}}, nil
	})
}

// closeDealV1 closes a deal; its stage stays.
func (c *call) closeDealV1() (answer, error) {
	return c.dealV1(failureV1(406, "Отсутствуют параметры - did сделки"), func(d *dealRow) (any, error) {
		p := c.req.params
		if d.closed() {
			return failureV1(407, "Сделка уже закрыта."), nil
		}
		title, err := pasted(cast(p.get("status_close")), "' AND identity = '1'")
		if err != nil {
			return nil, err
		}
		status := c.s.db.dealGuides.statusID(title)
		if status == 0 {
			return failureV1(405, "Отсутствуют или не корректны параметры - Статус закрытия сделки"), nil
		}
		next := *d
		next.Close, next.Status, next.Fact = "yes", status, d.Sum
		today := c.s.today()
		next.Closed = &today
		if given(p.get("kol_fact")) {
			next.Fact = preFormat(cast(p.get("kol_fact")))
		}
		if given(p.get("marga")) { // not rewritten on the way into the query
			next.Margin = leadingMoney(cast(p.get("marga")))
		}
		next.setText("des_fact", untag(cast(p.get("des_fact"))))
		c.replaceDeal(d, &next)
		return object{{"result", "Успешно."}, {"data", strconv.FormatInt(d.DID, 10)}}, nil
	})
}

// removeDealV1 deletes a deal that has no invoices, paid or not.
func (c *call) removeDealV1() (answer, error) {
	return c.dealV1(failureV1(406, "Отсутствуют параметры - did сделки"), func(d *dealRow) (any, error) {
		if len(c.s.db.invoicesOf(d.DID)) > 0 {
			return failureV1(407, "Удаление сделки не возможно - есть Оплаченные/Неоплаченые счета"), nil
		}
		c.s.db.removeDeal(d.DID)
		c.dealEffect(EffectDeleted, d)
		return object{{"result", "Успешно."}, {"data", strconv.FormatInt(d.DID, 10)}}, nil
	})
}
