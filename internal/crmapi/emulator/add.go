package emulator

import (
	"strings"
	"time"
)

func (c *call) add() (answer, error) {
	if c.req.params == nil {
		return answer{}, typeError(`Salesman\Client::add(): Argument #1 ($params) must be of type array, null given, called in /srv/crm/developer/v3/methods/client.php on line 170 and defined`)
	}
	o, err := c.addOne(c.req.params)
	return answer{value: o}, err
}

// addList adds one record after the other. Whatever kills the script on the way
// takes the answers of the records before it along, not the records.
func (c *call) addList() (answer, error) {
	list, _ := c.req.params.get("client").(*array)
	answers := []any{}
	if list != nil {
		for _, k := range list.keys {
			p, err := c.listElement(list.vals[k])
			if err != nil {
				return answer{}, err
			}
			o, err := c.addOne(p)
			if err != nil {
				return answer{}, err
			}
			answers = append(answers, o)
		}
	}
	return answer{value: answers}, nil
}

// listElement gives an element of add.list its owner: the login's own, or the
// user it names; iduser is overwritten.
func (c *call) listElement(v any) (*array, error) {
	var p *array
	switch x := v.(type) {
	case nil:
		p = newArray()
	case *array:
		p = x.clone()
	default:
		return nil, &fatal{class: "Error", message: "Cannot use a scalar value as an array", file: "/srv/crm/developer/v3/methods/client.php", line: "181"}
	}
	if p.get("user") == nil {
		p.set("iduser", c.user.ID)
		return p, nil
	}
	id, err := c.userByLogin(p.get("user"))
	if err != nil {
		return nil, err
	}
	p.set("iduser", id)
	return p, nil
}

// userByLogin is 0 for a login that is not there.
func (c *call) userByLogin(v any) (int64, error) {
	if !truthy(v) {
		return 0, nil
	}
	name, err := pasted(cast(v), "' AND identity = '1'")
	if err != nil {
		return 0, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	l, _ := c.s.db.login(name)
	return l.ID, nil
}

func (c *call) addOne(given *array) (object, error) {
	p := given.clone()
	if err := c.ownerOfNew(p); err != nil {
		return nil, err
	}
	if err := c.beginRecord(p); err != nil {
		return nil, err
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	existing, err := c.findDuplicate(p)
	if err != nil {
		return nil, err
	}
	if existing != nil {
		c.duplicateOf(existing)
		return c.s.duplicateAnswer(existing), nil
	}
	if !hasTitle(p) {
		return c.s.d.failure(c.s.d.noTitle, "Отсутствуют параметры - Название клиента"), nil
	}
	r, err := c.newRow(p)
	if err != nil {
		return nil, err
	}
	c.s.db.put(r)
	c.s.db.note(r)
	c.created(r)
	return object{{"result", "Успешно"}, {"data", r.clid}}, nil
}

func hasTitle(p *array) bool { return given(p.get("title")) }

// ownerOfNew fills iduser in: from the login named, else the caller.
func (c *call) ownerOfNew(p *array) error {
	if integer(p.get("iduser")) != 0 {
		return nil
	}
	owner, err := c.ownerAsked(p)
	if err != nil {
		return err
	}
	p.set("iduser", owner)
	return nil
}

// ownerAsked is who owns what a request adds: the user of the login that it names,
// or who asks.
func (c *call) ownerAsked(p *array) (int64, error) {
	if !given(p.get("user")) {
		return c.user.ID, nil
	}
	return c.userByLogin(p.get("user"))
}

// newRow makes the row of an accepted add. Fields that are not active in the
// account's form are dropped.
func (c *call) newRow(p *array) (*row, error) {
	db := c.s.db
	if err := c.flatten(p); err != nil {
		return nil, err
	}
	if p.get("type") == nil {
		p.set("type", "client")
	}
	r := &row{viaAPI: true}
	r.put(colTrash, "no")
	r.put(colType, "client")
	r.num[numPath] = defaultRelation
	for _, key := range p.keys {
		if key != "type" && key != "uid" && (!db.fields.active[key] || key == "recv") {
			continue
		}
		if err := c.addField(r, key, p.vals[key]); err != nil {
			return nil, err
		}
	}
	recv, err := requisitesOfNew(p.get("recv"))
	if err != nil {
		return nil, err
	}
	r.put(colRecv, recv)
	created := c.s.now()
	if t, ok := strtotime(cast(p.get("date_create")), c.s.opt.TimeZone, c.s.opt.Clock()); ok {
		created = t
	}
	r.put(colCreated, created)
	r.num[numCreator] = c.user.ID
	if id := integer(p.get("creator")); id > 0 {
		r.num[numCreator] = id
	}
	return r, nil
}

// flatten joins phones with "," (stripped to digits when the account has
// telephony) and other lists with ", ".
func (c *call) flatten(p *array) error {
	if list, ok := p.get("phone").(*array); ok {
		stripped := newArray()
		for _, k := range list.keys {
			s := cast(list.vals[k])
			if c.s.db.tel {
				s = digits(s)
			}
			stripped.set(k, s)
		}
		joined, err := implode(",", stripped)
		if err != nil {
			return err
		}
		p.set("phone", joined)
	}
	return c.joinLists(p)
}

func (c *call) joinLists(p *array) error {
	for _, name := range c.s.db.fields.writable() {
		list, ok := p.get(name).(*array)
		if !ok {
			continue
		}
		joined, err := implode(", ", list)
		if err != nil {
			return err
		}
		p.set(name, phpTrim(joined))
	}
	return nil
}

// addField stores one field of a new client. What is empty afterwards is left
// to the column's default.
func (c *call) addField(r *row, key string, v any) error {
	if n, ok := numberColumnOf(key); ok {
		return c.addNumber(r, n, v)
	}
	col, ok := textColumnOf(key)
	if !ok {
		return nil
	}
	s, err := text(v, "strip_tags")
	if err != nil {
		return err
	}
	switch col {
	case colType:
	case colTitle:
		s = formatTitle(s)
	case colRelation:
		s = untag(s)
		if isNumeric(v) {
			err = c.createRelation(s)
		}
	default:
		s = cleanField(s)
	}
	if err != nil {
		return err
	}
	if s != "" {
		r.put(col, s)
	}
	return nil
}

func (c *call) addNumber(r *row, n numberColumn, v any) error {
	if c.s.db.guides.of(n) == nil {
		s, err := text(v, "strip_tags")
		r.num[n] = leadingInt(cleanField(s))
		return err
	}
	id, err := c.dictionaryID(n, v)
	r.num[n] = id
	return err
}

// dictionaryID resolves a title, creating it when it is missing; anything
// numeric is taken for an id, unchecked.
func (c *call) dictionaryID(n numberColumn, v any) (int64, error) {
	if isNumeric(v) {
		return integer(v), nil
	}
	s, err := text(v, "strip_tags")
	if err != nil {
		return 0, err
	}
	if n == numTerritory {
		s = untag(s)
	}
	if s == "" || n == numPath && s == "0" {
		return 0, nil
	}
	tail := "' AND identity = '1'"
	if n != numPath {
		tail += " ORDER BY title"
	}
	if s, err = pasted(s, tail); err != nil {
		return 0, err
	}
	id, created := c.s.db.guides.of(n).findOrCreate(s, 255)
	if created {
		c.dictionaryGrew(numberSchema[n], s)
	}
	return id, nil
}

func (c *call) createRelation(title string) error {
	if title == "" {
		return nil
	}
	title, err := pasted(title, "' AND identity = '1'")
	if err != nil {
		return err
	}
	if _, created := c.s.db.guides.relation.findOrCreate(title, 255); created {
		c.dictionaryGrew("tip_cmr", title)
	}
	return nil
}

// requisitesOfNew joins the slots; a ";" inside a value shifts all that follow.
func requisitesOfNew(v any) (string, error) {
	recv, ok := v.(*array)
	if !ok && v != nil && cast(v) != "" {
		return "", typeError(`Cannot access offset of type string on string`)
	}
	slots := make([]string, len(requisites))
	for i, name := range requisites {
		s, err := text(recv.get(name), "trim")
		if err != nil {
			return "", err
		}
		slots[i] = cleanRequisiteOnAdd(s)
	}
	return strings.Join(slots, ";"), nil
}

// strtotime reads a date as PHP does, for the formats that meet an API: with a
// zone it is converted to the account's.
func strtotime(s string, zone *time.Location, now time.Time) (string, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", false
	}
	if s == "now" {
		return now.In(zone).Format(time.DateTime), true
	}
	for _, layout := range []string{
		time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly, time.RFC3339, "2006-01-02 15:04:05Z07:00",
		"2006-01-02T15:04:05-0700", "02.01.2006 15:04:05", "02.01.2006 15:04", "02.01.2006", "02-01-2006 15:04:05", "02-01-2006",
	} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t.In(zone).Format(time.DateTime), true
		}
	}
	return "", false
}
