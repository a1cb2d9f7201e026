package emulator

import "strconv"

// remove deletes for good; the login's view is not asked.
func (c *call) remove() (answer, error) {
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	clid := integer(c.req.params.get("clid"))
	r := c.s.db.byCLID[clid]
	switch {
	case r == nil && clid == 0:
		return answer{value: c.s.d.failure(c.s.d.noID, "Не найдена запись")}, nil
	case r == nil:
		return answer{value: c.s.d.failure(403, "Не найдена запись")}, nil
	case r.deals || c.s.db.hasDeals(clid):
		return answer{value: c.s.d.failure(c.s.d.hasDeals, "Клиент не удален. Внимание: К сожалению Удаление записи не возможно. Причина - Имеются связанные записи - Сделки.")}, nil
	}
	contacts := c.s.db.detach(clid)
	c.s.db.remove(r)
	c.deleted(r)
	return answer{value: object{
		{"message", "Успешно: Клиент удален.<br>Также удалено " + strconv.Itoa(r.history) + " записи истории активностей. Снята привязка к Клиенту у " + strconv.Itoa(contacts) + " Контактов. Удалено 0 записей напоминаний. Удалено 0 файлов."},
		{"result", "Клиент удален"},
		{"data", r.clid},
	}}, nil
}

// changeUser gives a client to another owner and takes it out of the trash. It
// answers the same whether the client exists or not, and moves no date.
func (c *call) changeUser() (answer, error) {
	if c.req.params == nil {
		return answer{}, typeError(`Salesman\Client::changeUser(): Argument #2 ($params) must be of type array, null given`)
	}
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r := c.s.db.byCLID[integer(c.req.params.get("clid"))]
	if r != nil {
		next := *r
		next.num[numOwner] = integer(c.req.params.get("newuser"))
		next.put(colTrash, "no")
		c.replace(r, next)
	}
	c.s.db.note(r)
	return answer{value: object{{"result", "Сделано"}, {"error", []any{}}}}, nil
}
