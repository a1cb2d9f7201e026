package emulator

import "strings"

func (c *call) update() (answer, error) {
	p := c.req.params.clone()
	if err := c.beginRecord(p); err != nil {
		return answer{}, err
	}
	var owner int64
	if c.s.d.updateUser && given(p.get("user")) {
		id, err := c.userByLogin(p.get("user"))
		if err != nil {
			return answer{}, err
		}
		owner = id
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if owner != 0 {
		p.set("iduser", owner)
	}
	r, err := c.updateTarget(p)
	if err != nil {
		return answer{}, err
	}
	if r == nil {
		code := 403
		if integer(p.get("clid")) == 0 && !truthy(p.get("uid")) {
			code = c.s.d.noID
		}
		return answer{value: c.s.d.failure(code, "Клиент с указанным clid не найден в пределах аккаунта")}, nil
	}
	return c.updateRow(r, p)
}

// updateTarget finds the client by clid, and by uid only without one.
func (c *call) updateTarget(p *array) (*row, error) {
	clid := integer(p.get("clid"))
	if clid == 0 && truthy(p.get("uid")) {
		uid, err := pasted(cast(p.get("uid")), "' and identity = '1'")
		if err != nil {
			return nil, err
		}
		if rows := c.s.db.byUID[foldKey(uid)]; len(rows) > 0 {
			clid = rows[0].clid
		}
	}
	return c.s.db.byCLID[clid], nil
}

func (c *call) updateRow(r *row, p *array) (answer, error) {
	if list, ok := p.get("phone").(*array); ok {
		joined, err := implode(",", list)
		if err != nil {
			return answer{}, err
		}
		p.set("phone", joined)
	}
	if err := c.joinLists(p); err != nil {
		return answer{}, err
	}
	next, differs, err := c.updated(r, p)
	if err != nil {
		return answer{}, err
	}
	o := object{{"data", r.clid}}
	message := "Данные корректны, но идентичны имеющимся."
	if differs {
		next.put(colEdited, c.s.now())
		next.num[numEditor] = c.user.ID
		c.replace(r, next)
		o = append(o, member{"hid", c.s.db.note(r)})
		message = "Успешно"
	}
	changed, err := c.updateRequisites(r, p.get("recv"))
	if err != nil {
		return answer{}, err
	}
	if changed {
		message += "; Реквизиты обновлены"
	}
	return answer{value: append(o, member{"result", message})}, nil
}

// updated is the row as the request wants it, and whether the server sees a
// difference to what is stored. Without one nothing is written.
func (c *call) updated(r *row, p *array) (next row, differs bool, err error) {
	next = *r
	for _, key := range append(c.s.db.fields.writable(), "uid", "type") {
		if !p.has(key) || key == "uid" && r.str(colUID) != "" {
			continue
		}
		if n, ok := numberColumnOf(key); ok {
			next.num[n], err = c.updateNumber(n, p.get(key))
			differs = differs || next.num[n] != r.num[n]
		} else if col, ok := textColumnOf(key); ok {
			var s string
			s, err = c.updateText(col, p.get(key))
			differs = differs || !sameText(r.text[col], s)
			next.put(col, s)
		}
		if err != nil {
			return row{}, false, err
		}
	}
	return next, differs, nil
}

func (c *call) updateNumber(n numberColumn, v any) (int64, error) {
	if c.s.db.guides.of(n) != nil {
		return c.dictionaryID(n, v)
	}
	if n == numHead {
		return integer(v), nil
	}
	s, err := text(v, "strip_tags")
	return leadingInt(cleanField(s)), err
}

func (c *call) updateText(col textColumn, v any) (string, error) {
	s, err := text(v, "strip_tags")
	if err != nil {
		return "", err
	}
	switch col {
	case colType:
		if s = untag(s); s == "" {
			s = "client"
		}
	case colTitle:
		s = formatTitle(s)
	case colRelation:
		if !isNumeric(v) {
			s = untag(s)
			err = c.createRelation(s)
		}
	default:
		s = cleanField(s)
	}
	return s, err
}

// updateRequisites writes the slots that are given (null counts as not given)
// beside those that are stored. It moves no date.
func (c *call) updateRequisites(r *row, v any) (bool, error) {
	recv, isList := v.(*array)
	if v == nil || isList && recv.len() == 0 {
		return false, nil
	}
	stored := strings.Split(r.str(colRecv), ";")
	slots := make([]string, len(requisites))
	for i, name := range requisites {
		if given := recv.get(name); given != nil {
			s, err := text(given, "strip_tags")
			if err != nil {
				return false, err
			}
			slots[i] = clean(s)
		} else if i < len(stored) {
			slots[i] = stored[i]
		}
	}
	next := *r
	next.put(colRecv, strings.Join(slots, ";"))
	c.replace(r, next)
	return true, nil
}

// replace stores a row's new content and tells the history what moved.
func (c *call) replace(r *row, next row) {
	c.updatedEffects(r, &next)
	c.s.db.change(r, func(r *row) {
		r.text, r.num = next.text, next.num
	})
}
