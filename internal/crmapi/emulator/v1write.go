package emulator

import "strconv"

func (c *call) addV1() (answer, error) {
	p := c.req.params.clone()
	owner, err := c.ownerAsked(p)
	if err != nil {
		return answer{}, err
	}
	p.set("iduser", owner)
	o, err := c.addOneV1(p, cleanNothing)
	return answer{value: o}, err
}

// cleanNothing and cleanForm tell add from addlist, whose records come raw.
func cleanNothing(s string) string { return s }

// addListV1 adds the records by their index, from 0 to how many there are.
func (c *call) addListV1() (answer, error) {
	p := c.req.params
	list, ok := p.get("client").(*array)
	if !ok && !c.s.d.countable {
		return answer{}, c.fatalV1("count(): Argument #1 ($value) must be of type Countable|array, null given", "418")
	}
	owner, err := c.ownerAsked(p)
	if err != nil {
		return answer{}, err
	}
	answers := []any{}
	for i := range list.len() {
		given, _ := list.get(strconv.Itoa(i)).(*array)
		record := given.clone()
		if record.has("iduser") {
			answers = append(answers, insertErrorV1("Column 'iduser' specified twice"))
			continue
		}
		record.set("iduser", owner)
		o, err := c.addOneV1(record, cleanForm)
		if err != nil {
			return answer{}, err
		}
		answers = append(answers, o)
	}
	return answer{value: answers}, nil
}

// addOneV1 adds one client; clean is what its values go through first.
func (c *call) addOneV1(p *array, clean func(string) string) (object, error) {
	if err := c.beginRecord(p); err != nil {
		return nil, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	existing, err := c.findDuplicateV1(p, clean)
	if err != nil {
		return nil, err
	}
	if existing != nil {
		c.duplicateOf(existing)
		text := "Найден существующий клиент - " + existing.str(colTitle) + " (clid = " + strconv.FormatInt(existing.clid, 10) + "). Запрос отклонен."
		return failureV1(406, text), nil
	}
	if !given(p.get("title")) {
		return failureV1(405, "Отсутствуют параметры - Название клиента"), nil
	}
	r, broken, err := c.newRowV1(p, clean)
	if err != nil || broken != "" {
		return insertErrorV1(broken), err
	}
	c.s.db.put(r)
	c.s.db.note(r)
	c.created(r)
	return object{{"result", "Успешно"}, {"data", r.clid}}, nil
}

// findDuplicateV1 wants the same title, and phone and mail as parts of what is
// stored, to the letter.
func (c *call) findDuplicateV1(p *array, clean func(string) string) (*row, error) {
	s, err := text(p.get("title"), "strip_tags")
	if err != nil {
		return nil, err
	}
	title, err := pasted(formatTitle(clean(s)), "' and identity = '1'")
	if err != nil {
		return nil, err
	}
	parts := map[textColumn]string{}
	for col, name := range map[textColumn]string{colPhone: "phone", colMail: "mail_url"} {
		if !given(p.get(name)) {
			continue
		}
		if parts[col], err = pasted(clean(cast(p.get(name))), "%' and identity = '1'"); err != nil {
			return nil, err
		}
	}
	for _, r := range c.s.db.byTitle[foldKey(title)] {
		fits := true
		for col, part := range parts {
			fits = fits && r.text[col] != nil && like(fold(*r.text[col]), part)
		}
		if fits {
			return r, nil
		}
	}
	return nil, nil
}

// newRowV1 makes the row of an accepted add; broken is why the insert fails.
func (c *call) newRowV1(p *array, clean func(string) string) (r *row, broken string, err error) {
	r = &row{viaAPI: true}
	r.put(colTrash, "no")
	r.put(colType, "client")
	r.num[numCreator] = c.user.ID
	for _, key := range p.keys {
		switch {
		case key == "clid":
			return nil, "Column 'clid' specified twice", nil
		case key == "date_create" || key != "uid" && key != "type" && (!c.s.db.fields.active[key] || key == "recv"):
			continue
		}
		s, err := text(p.vals[key], "trim")
		if err != nil {
			return nil, "", err
		}
		if broken, err := c.storeV1(r, key, clean(s)); err != nil || broken != "" {
			return nil, broken, err
		}
	}
	created := c.s.now()
	if t, ok := strtotime(cast(p.get("date_create")), c.s.opt.TimeZone, c.s.opt.Clock()); ok {
		created = c.s.fromV1(t)
	}
	r.put(colCreated, created)
	r.put(colRecv, requisitesV1("", p.get("recv")))
	return r, "", nil
}

// storeV1 stores one field as v1 rewrites it.
func (c *call) storeV1(r *row, key, s string) (broken string, err error) {
	if n, ok := numberColumnOf(key); ok {
		if c.s.db.guides.of(n) == nil {
			r.num[n] = leadingInt(untag(s))
			return "", nil
		}
		r.num[n], err = c.dictionaryID(n, s)
		return "", err
	}
	col, ok := textColumnOf(key)
	if !ok {
		return "", nil
	}
	switch col {
	case colType:
		kind, isBroken := typeV1(s)
		if isBroken {
			return "Unknown column 'client' in 'VALUES'", nil
		}
		s = kind
	case colTitle:
		s = formatTitle(s)
	case colRelation:
		s = untag(s)
		if err := c.createRelation(s); err != nil {
			return "", err
		}
	default:
		s = untag(s)
	}
	r.put(col, s)
	return "", nil
}

// updateV1 changes a client. A type that is not given becomes "client", a uid
// is changed like any field, and the requisites are written always.
func (c *call) updateV1() (answer, error) {
	p := c.req.params.clone()
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	clid, err := pasted(cast(p.get("clid")), "' and identity = '1'")
	if err != nil {
		return answer{}, err
	}
	r := c.s.db.byCLID[leadingInt(clid)]
	if !given(p.get("clid")) {
		return answer{value: failureV1(405, "Отсутствуют параметры - clid клиента")}, nil
	}
	if r == nil {
		return answer{value: failureV1(403, "Клиент с указанным clid не найден в пределах аккаунта")}, nil
	}
	if !p.has("type") && !c.s.d.v1Documented {
		p.set("type", "client")
	}
	next, differs, broken, err := c.updatedV1(r, p)
	if err != nil {
		return answer{}, err
	}
	id := strconv.FormatInt(r.clid, 10)
	o := object{{"result", "Данные корректны, но идентичны имеющимся."}, {"data", id}}
	switch {
	case broken != "":
		o = insertErrorV1(broken)
	case differs:
		next.put(colEdited, c.s.now())
		next.num[numEditor] = c.user.ID
		c.replace(r, next)
		c.s.db.note(r)
		o = object{{"result", "Успешно"}, {"data", id}}
	}
	if !c.s.d.v1Documented || p.get("recv") != nil {
		written := *r
		written.put(colRecv, requisitesV1(r.str(colRecv), p.get("recv")))
		c.replace(r, written)
		o = append(o, member{"recv", "Реквизиты обновлены"})
	}
	return answer{value: o}, nil
}

func (c *call) updatedV1(r *row, p *array) (next row, differs bool, broken string, err error) {
	next = *r
	for _, key := range p.keys {
		if key != "uid" && key != "type" && key != "date_create" && (!c.s.db.fields.active[key] || key == "recv") {
			continue
		}
		s, err := text(p.vals[key], "trim")
		if err != nil {
			return next, false, "", err
		}
		if key == "date_create" {
			if t, ok := strtotime(s, c.s.opt.TimeZone, c.s.opt.Clock()); ok {
				next.put(colCreated, c.s.fromV1(t))
			}
			continue
		}
		if broken, err := c.storeV1(&next, key, s); err != nil || broken != "" {
			return next, false, broken, err
		}
	}
	for col := range textColumns {
		if next.text[col] != nil && !sameText(r.text[col], *next.text[col]) {
			differs = true
		}
	}
	return next, differs || next.num != r.num, "", nil
}

// removeV1 deletes a client that the login sees.
func (c *call) removeV1() (answer, error) {
	if err := c.beginRecord(c.req.params); err != nil {
		return answer{}, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	given := cast(c.req.params.get("clid"))
	clid, err := pasted(given, "' and iduser IN (1) and identity = '1'")
	if err != nil {
		return answer{}, err
	}
	r := c.s.db.byCLID[leadingInt(clid)]
	switch {
	case given == "":
		return answer{value: failureV1(405, "Отсутствуют параметры - clid клиента")}, nil
	case r == nil || !c.s.db.subordinates(c.user)[r.num[numOwner]]:
		return answer{value: failureV1(403, "Клиент с указанным clid не найден в пределах аккаунта указанного пользователя.")}, nil
	case r.deals || c.s.db.hasDeals(r.clid):
		return answer{value: failureV1(406, "Удаление клиента не возможно - есть сделки")}, nil
	}
	c.s.db.detach(r.clid)
	c.s.db.remove(r)
	c.deleted(r)
	return answer{value: object{{"result", "Успешно"}, {"data", strconv.FormatInt(r.clid, 10)}}}, nil
}
