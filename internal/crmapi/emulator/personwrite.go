package emulator

import (
	"maps"
	"strings"
)

// addPerson adds a contact; without a name it does nothing and says nothing.
// Nobody looks for one that is there already.
func (c *call) addPerson(given *array) (object, error) {
	p := given.clone()
	owner := integer(p.get("iduser"))
	if owner == 0 {
		owner = c.user.ID
		if p.has("user") {
			id, err := c.userByLogin(p.get("user"))
			if err != nil {
				return nil, err
			}
			owner = id
		}
	}
	if err := c.beginRecord(p); err != nil {
		return nil, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if cast(p.get("person")) == "" {
		if c.s.d.explicitErrors {
			return c.s.d.failure(405, "Отсутствуют параметры"), nil
		}
		return object{{"result", ""}, {"data", 0}, {"error", ""}}, nil
	}
	r := &personRow{Text: personText{}, Owner: owner, Path: defaultRelation, Created: c.s.now(), Creator: c.user.ID, ViaAPI: true}
	r.CLID = max(integer(p.get("clid")), 0)
	if truthy(p.get("clientpath")) {
		r.Path = integer(p.get("clientpath"))
	}
	r.Loyalty = integer(p.get("loyalty"))
	for _, f := range personForm {
		if !c.s.db.personFields[f.name] || !truthy(p.get(f.name)) {
			continue
		}
		if length, ok := personColumn(f.name); ok {
			s, err := personField(p.get(f.name))
			if err != nil {
				return nil, err
			}
			r.Text[f.name] = storable(s, length)
		}
	}
	if s := socialOf(p); s != "" {
		r.Text["social"] = s
	}
	c.s.db.putPerson(r)
	c.personEffect(EffectCreated, r)
	if cast(p.get("mperson")) == "yes" {
		c.mainPerson(r)
	}
	return object{{"result", "Контакт добавлен"}, {"data", r.PID}, {"error", ""}}, nil
}

// personField joins a list and rewrites the text.
func personField(v any) (string, error) {
	if list, ok := v.(*array); ok {
		joined, err := implode(", ", list)
		return cleanField(joined), err
	}
	s, err := text(v, "trim")
	return cleanField(phpTrim(s)), err
}

// socialOf joins the social names of a request, "" when it has none.
func socialOf(p *array) string {
	from, ok := p.get("socials").(*array)
	if !ok {
		from = p
	}
	parts := make([]string, len(socials))
	for i, s := range socials {
		parts[i] = cast(from.get(s[0]))
	}
	joined := strings.Join(parts, ";")
	if strings.Trim(joined, ";") == "" {
		return ""
	}
	return joined
}

// mainPerson makes a contact the main one of its client.
func (c *call) mainPerson(r *personRow) {
	cl := c.s.db.byCLID[r.CLID]
	if cl == nil {
		return
	}
	next := *cl
	next.num[numPerson] = r.PID
	c.replace(cl, next)
}

func (c *call) addPersons() (answer, error) {
	list, _ := c.req.params.get("persons").(*array)
	if list == nil {
		return answer{value: nil}, nil
	}
	answers := []any{}
	for _, k := range list.keys {
		item, _ := list.vals[k].(*array)
		p := item.clone()
		if cast(p.get("user")) == "" {
			p.set("iduser", c.user.ID)
		} else {
			id, err := c.userByLogin(p.get("user"))
			if err != nil {
				return answer{}, err
			}
			p.set("iduser", id)
		}
		o, err := c.addPerson(p)
		if err != nil {
			return answer{}, err
		}
		answers = append(answers, o)
	}
	return answer{value: answers}, nil
}

// updatePerson changes a contact. Every active field that is not sent is
// emptied, the owner too; only the client is kept. A contact that is not there
// is answered the same way.
func (c *call) updatePerson() (answer, error) {
	p := c.req.params.clone()
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	pid := integer(p.get("pid"))
	r := c.s.db.ledger.person(pid)
	done := object{{"result", "Данные контакта обновлены"}, {"data", pid}, {"error", ""}}
	if r == nil {
		if c.s.d.personPartial && pid == 0 {
			return answer{value: c.s.d.failure(405, "Отсутствуют параметры - pid контакта")}, nil
		}
		if c.s.d.personPartial {
			return answer{value: c.s.d.failure(403, "Клиент с указанным pid не найден в пределах аккаунта указанного пользователя")}, nil
		}
		return answer{value: done}, nil
	}
	next, err := c.updatedPerson(r, p)
	if err != nil {
		return answer{}, err
	}
	if c.s.d.personPartial && samePerson(r, next) {
		return answer{value: object{{"result", "Данные корректны, но идентичны имеющимся"}, {"data", pid}}}, nil
	}
	now := c.s.now()
	next.Edited = &now
	c.replacePerson(r, next)
	if cast(p.get("mperson")) == "yes" {
		c.mainPerson(next)
	}
	return answer{value: done}, nil
}

func samePerson(a, b *personRow) bool {
	return maps.Equal(a.Text, b.Text) && a.CLID == b.CLID && a.Owner == b.Owner && a.Path == b.Path && a.Loyalty == b.Loyalty
}

func (c *call) updatedPerson(r *personRow, p *array) (*personRow, error) {
	next := *r
	next.Text = maps.Clone(r.Text)
	partial := c.s.d.personPartial
	for _, f := range personForm {
		length, ok := personColumn(f.name)
		if !ok || !c.s.db.personFields[f.name] || partial && !p.has(f.name) {
			continue
		}
		s, err := personField(p.get(f.name))
		if err != nil {
			return nil, err
		}
		next.Text[f.name] = storable(s, length)
	}
	if s := socialOf(p); s != "" {
		next.Text["social"] = s
	}
	if p.get("clid") != nil {
		next.CLID = max(integer(p.get("clid")), 0)
	}
	if p.has("iduser") || !partial {
		next.Owner = integer(p.get("iduser"))
	}
	if truthy(p.get("clientpath")) || !partial {
		next.Path = defaultRelation
		if truthy(p.get("clientpath")) {
			next.Path = integer(p.get("clientpath"))
		}
	}
	if p.has("loyalty") || !partial {
		next.Loyalty = integer(p.get("loyalty"))
	}
	return &next, nil
}

// replacePerson stores a changed copy and tells the history what moved.
func (c *call) replacePerson(old, next *personRow) {
	e := Effect{Kind: EffectUpdated, Entity: EntityPerson, ID: old.PID, CLID: next.CLID}
	for _, f := range append(personForm[:], formField{name: "social"}) {
		before, _ := old.raw(f.name)
		after, _ := next.raw(f.name)
		if !sameNullable(before, after) {
			e.Field, e.Old, e.New = f.name, before, after
			c.effect(e)
		}
	}
	c.s.db.putPerson(next)
}

// removePerson deletes a contact, whoever owns it and whether it is there or
// not, unless it is the contact of a deal.
func (c *call) removePerson() (answer, error) {
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	pid := integer(c.req.params.get("pid"))
	r := c.s.db.ledger.person(pid)
	switch {
	case c.s.d.personPartial && pid == 0:
		return answer{value: c.s.d.failure(405, "Отсутствуют параметры - pid контакта")}, nil
	case c.s.d.personPartial && r == nil:
		return answer{value: c.s.d.failure(403, "Клиент с указанным pid не найден в пределах аккаунта указанного пользователя")}, nil
	}
	for _, d := range c.s.db.ledger.deals {
		if d.Person == pid && pid > 0 {
			if c.s.d.personPartial {
				return answer{value: c.s.d.failure(406, "Удаление контакта невозможно - есть сделки")}, nil
			}
			text := "Внимание: К сожалению Удаление записи не возможно. Причина - Имеются связанные записи - Сделки."
			return answer{value: object{{"result", "Контакт не удален"}, {"error", text}, {"data", pid}}}, nil
		}
	}
	if r != nil {
		c.s.db.ledger.removePerson(pid)
		c.personEffect(EffectDeleted, r)
	}
	return answer{value: object{
		{"message", "Успешно: Контакт удален. Также удалено 0 записи истории активностей. Удалено 0 записей напоминаний. Удалено 0 файлов.\n\t\t\t"},
		{"result", "Клиент удален"},
		{"data", pid},
	}}, nil
}
