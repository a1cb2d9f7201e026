package emulator

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// clientV1 is the script of v1 for clients.
func (c *call) clientV1() (a answer, known bool, err error) {
	switch c.req.action {
	case "fields":
		return c.fieldList(), true, nil
	case "list":
		a, err = c.listV1()
	case "info":
		a, err = c.infoV1()
	case "add":
		a, err = c.addV1()
	case "addlist":
		a, err = c.addListV1()
	case "update":
		a, err = c.updateV1()
	case "delete":
		a, err = c.removeV1()
	default:
		return answer{}, false, nil
	}
	return a, true, err
}

// fieldsV1 are the names that list and info answer with. Named ones, the server
// takes from the first five only.
func (c *call) fieldsV1() []string {
	all := c.s.db.fields.readable()
	known := all[:5]
	if c.s.d.listFields {
		known = all
	}
	return askedFields(c.req.params, known, all)
}

// timeV1 is a date of the account in the zone of the server, which v1 does not
// leave; nil and nonsense stay.
func (s *Server) timeV1(t *string) *string {
	if t == nil || s.d.v1Documented {
		return t
	}
	at, err := time.ParseInLocation(time.DateTime, *t, s.opt.TimeZone)
	if err != nil {
		return t
	}
	shown := at.UTC().Format(time.DateTime)
	return &shown
}

// fromV1 is the other way: what v1 stores in the zone of the server.
func (s *Server) fromV1(t string) string {
	at, err := time.ParseInLocation(time.DateTime, t, time.UTC)
	if err != nil || s.d.v1Documented {
		return t
	}
	return at.In(s.opt.TimeZone).Format(time.DateTime)
}

func (c *call) listV1() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	q, err := c.listQueryV1(p)
	if err != nil {
		return answer{}, err
	}
	rows := make([]*row, 0, len(c.s.db.rows))
	for _, r := range c.s.db.rows {
		if q.matches(r) {
			rows = append(rows, r)
		}
	}
	q.sort(rows)
	from := offsetV1(p, len(rows))
	names, bank := c.fieldsV1(), cast(p.get("bankinfo")) == "yes"
	var list []any
	for _, r := range rows[from:min(len(rows), from+pageSize)] {
		if o := c.listRowV1(r, names, bank); len(o) > 0 {
			list = append(list, o)
		}
	}
	var o object
	if list != nil || c.s.d.v1Documented {
		o = append(o, member{"data", append([]any{}, list...)})
	}
	return answer{value: append(o, member{"count", strconv.Itoa(len(rows))})}, nil
}

// listQueryV1 reads the parameters of a list of clients.
func (c *call) listQueryV1(p *array) (listQuery, error) {
	var q listQuery
	if err := c.whereWord(&q, p); err != nil {
		return q, err
	}
	if err := whereDate(&q, colCreated, p.get("dateStart"), p.get("dateEnd"), p.get("dateStart")); err != nil {
		return q, err
	}
	if c.s.d.v1Documented && given(p.get("user")) {
		l, _ := c.s.db.login(cast(p.get("user")))
		q.where = append(q.where, func(r *row) bool { return r.num[numOwner] == l.ID })
	}
	visible := c.s.db.subordinates(c.user)
	q.where = append(q.where, func(r *row) bool { return visible[r.num[numOwner]] })
	if f, ok := p.get("filter").(*array); ok {
		for _, k := range f.keys {
			if err := c.whereFilterV1(&q, k, f.vals[k]); err != nil {
				return q, err
			}
		}
	}
	q.order, q.ascending = "date_create", cast(p.get("first")) == "old"
	if given(p.get("order")) {
		q.order = cast(p.get("order"))
	}
	_, isText := textColumnOf(q.order)
	_, isNumber := numberColumnOf(q.order)
	if q.order != "clid" && !isText && !isNumber {
		return q, sqlError("Unknown column '" + q.order + "' in 'ORDER BY'")
	}
	return q, nil
}

// whereFilterV1 pastes whatever key it does not know into its query.
func (c *call) whereFilterV1(q *listQuery, k string, v any) error {
	if c.s.d.v1Documented {
		switch {
		case k == "relation":
			k = "relations"
		case k == "trash":
			v = cast(v) == "yes"
			if v == false {
				v = "0"
			}
			return c.whereFilterKey(q, k, v)
		case k == "clientpath" && !isNumeric(v):
			return c.whereNumber(q, numPath, v)
		}
	}
	switch k {
	case "relations", "type", "idcategory", "territory":
		if !given(v) {
			return nil
		}
		return c.whereFilterKey(q, k, v)
	case "clientpath":
		if integer(v) > 0 {
			id := integer(v)
			q.where = append(q.where, func(r *row) bool { return r.num[numPath] == id })
		}
		return nil
	}
	col, ok := textColumnOf(k)
	if !ok {
		return sqlError("Unknown column '" + k + "' in 'WHERE'")
	}
	s, err := text(v, "strip_tags")
	if err != nil {
		return err
	}
	part := untag(s)
	q.where = append(q.where, func(r *row) bool { return r.text[col] != nil && like(fold(*r.text[col]), part) })
	return nil
}

// listRowV1 shows titles for ids and strings for numbers.
func (c *call) listRowV1(r *row, names []string, bank bool) object {
	db := c.s.db
	var o object
	for _, name := range names {
		var v any
		switch name {
		case "clid":
			v = strconv.FormatInt(r.clid, 10)
		case "iduser":
			v = strconv.FormatInt(r.num[numOwner], 10)
		case "pid":
			v = db.personTitle(r.num[numPerson])
		default:
			v = c.fieldV1(r, name)
		}
		o = append(o, member{name, v})
	}
	if bank {
		o = append(o, member{"bankinfo", bankV1(r)})
	}
	return o
}

// fieldV1 shows a field that list and info show alike.
func (c *call) fieldV1(r *row, name string) any {
	db := c.s.db
	switch name {
	case "idcategory":
		return categoryTitle(db, r.num[numCategory])
	case "head_clid": // the server shows the category of that id
		return categoryTitle(db, r.num[numHead])
	case "territory":
		return territoryTitle(db, r.num[numTerritory])
	case "clientpath":
		return db.guides.path.title[r.num[numPath]]
	}
	col, ok := textColumnOf(name)
	if !ok {
		return nil
	}
	if col == colCreated || col == colEdited {
		return c.s.timeV1(r.text[col])
	}
	return r.text[col]
}

func bankV1(r *row) object {
	slots := requisiteSlots(r)
	info := make(object, 0, 15)
	for i, name := range requisites[:15] {
		info = append(info, member{name, slots[i]})
	}
	return info
}

func (c *call) infoV1() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r, err := c.findV1(p)
	switch {
	case err != nil:
		return answer{}, err
	case r != nil:
		return answer{value: object{{"data", c.cardV1(r, p)}}}, nil
	case given(p.get("clid")):
		return answer{value: failureV1(403, "Клиент не найден в пределах аккаунта указанного пользователя.")}, nil
	case !given(p.get("uid")):
		return answer{value: failureV1(405, "Отсутствуют параметры клиента")}, nil
	default:
		return answer{value: failureV1(404, "Не найдено")}, nil
	}
}

// findV1 looks by uid if there is one, else by clid, among the clients that the
// login sees. With neither the server's query is broken.
func (c *call) findV1(p *array) (*row, error) {
	visible := c.s.db.subordinates(c.user)
	const tail = "' and iduser IN (1) and identity = '1'"
	var candidates []*row
	switch {
	case given(p.get("uid")):
		uid, err := pasted(cast(p.get("uid")), tail)
		if err != nil {
			return nil, err
		}
		candidates = c.s.db.byUID[foldKey(uid)]
	case given(p.get("clid")):
		clid, err := pasted(cast(p.get("clid")), tail)
		if err != nil {
			return nil, err
		}
		if r := c.s.db.byCLID[leadingInt(clid)]; r != nil {
			candidates = []*row{r}
		}
	case !c.s.d.explicitErrors:
		return nil, brokenSQL("and iduser IN (1) and identity = '1'")
	}
	for _, r := range candidates {
		if visible[r.num[numOwner]] {
			return r, nil
		}
	}
	return nil, nil
}

func (c *call) cardV1(r *row, p *array) object {
	db := c.s.db
	names := c.fieldsV1()
	var o object
	for _, name := range names {
		switch name {
		case "clid":
			var v any = r.clid
			if c.s.d.v1Documented {
				v = strconv.FormatInt(r.clid, 10)
			}
			o = append(o, member{name, v})
		case "date_create":
			o = append(o, member{name, c.dateV1(r.text[colCreated])})
		case "date_edit":
			o = append(o, member{name, c.dateV1(r.text[colEdited])})
		case "iduser":
			o = append(o, member{name, db.userLogin(r.num[numOwner])})
		case "pid":
			o = append(o, member{name, r.num[numPerson]}, member{"person", db.personTitle(r.num[numPerson])})
		default:
			o = append(o, member{name, c.fieldV1(r, name)})
		}
	}
	if cast(p.get("bankinfo")) == "yes" {
		o = append(o, member{"bankinfo", bankV1(r)})
	}
	return o
}

// dateV1 is a date of the card.
func (c *call) dateV1(t *string) string {
	t = c.s.timeV1(t)
	if !c.s.d.v1Documented || t == nil {
		return displayDate(t)
	}
	at, err := time.Parse(time.DateTime, *t)
	if err != nil {
		return ""
	}
	return at.Format("02-01-2006 15:04:05")
}

// typeV1 is the kind of a client as v1 stores it; broken is its slip with an
// empty one, which stands in the query without apostrophes.
func typeV1(v string) (kind string, broken bool) {
	switch {
	case v == "":
		return "", true
	case slices.Contains([]string{"client", "person", "concurent", "contractor", "parnter"}, v):
		return v, false
	default:
		return "client", false
	}
}

// requisitesV1 joins the fifteen slots that v1 knows: the given ones that are
// not empty over the stored ones.
func requisitesV1(stored string, v any) string {
	recv, _ := v.(*array)
	slots := make([]string, 15)
	copy(slots, strings.Split(stored, ";"))
	for i, name := range requisites[:15] {
		if s := cast(recv.get(name)); s != "" {
			slots[i] = cleanForm(s)
		}
	}
	return strings.Join(slots, ";")
}
