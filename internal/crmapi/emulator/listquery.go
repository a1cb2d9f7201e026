package emulator

import (
	"fmt"
	"strings"
	"time"
)

// listQuery reads the parameters of a list request. A filter by an unknown
// source creates it, as on the real server.
func (c *call) listQuery(p *array) (listQuery, error) {
	q := listQuery{key: c.cacheKey(p)}
	steps := []func(*listQuery, *array) error{c.whereWord, c.whereDates, c.whereOwner, c.whereFilter, c.orderOf}
	for _, step := range steps {
		if err := step(&q, p); err != nil {
			return listQuery{}, err
		}
	}
	return q, nil
}

func (c *call) cacheKey(p *array) string {
	var o object
	for _, k := range []string{"word", "dateStart", "dateEnd", "d1", "d2", "dateChangeStart", "dateChangeEnd", "user", "iduser", "order", "first"} {
		o = append(o, member{k, cast(p.get(k))})
	}
	if f, ok := p.get("filter").(*array); ok {
		for _, k := range f.keys {
			o = append(o, member{"filter." + k, fmt.Sprintf("%T:%v", f.vals[k], f.vals[k])})
		}
	}
	return string(encodeJSON(nil, append(o, member{"login", c.user.ID})))
}

func (c *call) whereWord(q *listQuery, p *array) error {
	if !given(p.get("word")) {
		return nil
	}
	s, err := text(p.get("word"), "trim")
	if err != nil {
		return err
	}
	word := cleanForm(s)
	q.where = append(q.where, func(r *row) bool {
		if r.text[colPhone] != nil && like(fold(barePhone(*r.text[colPhone])), word) {
			return true
		}
		for _, col := range []textColumn{colTitle, colDes, colMail, colSite, colAddress} {
			if r.text[col] != nil && like(fold(*r.text[col]), word) {
				return true
			}
		}
		return false
	})
	return nil
}

// whereDates adds the conditions on the dates with the server's bugs: bounds are
// taken literally, and dateChangeStart alone compares with dateStart.
func (c *call) whereDates(q *listQuery, p *array) error {
	start, end := p.get("dateStart"), p.get("dateEnd")
	if !truthy(start) {
		start = p.get("d1")
	}
	if !truthy(end) {
		end = p.get("d2")
	}
	if err := whereDate(q, colCreated, start, end, start); err != nil {
		return err
	}
	lower := p.get("dateStart")
	if c.s.d.changeStart {
		lower = p.get("dateChangeStart")
	}
	return whereDate(q, colEdited, p.get("dateChangeStart"), p.get("dateChangeEnd"), lower)
}

// whereDate adds a window: closed with both bounds given, strict with one;
// lower is what a lower bound alone is compared with.
func whereDate(q *listQuery, col textColumn, start, end, lower any) error {
	if !given(start) && !given(end) {
		return nil
	}
	bounds := [3]string{}
	for i, v := range []any{start, end, lower} {
		s, err := pasted(cast(v), "' and identity = '1'")
		if err != nil {
			return err
		}
		bounds[i] = databaseDate(s)
	}
	hasStart, hasEnd := given(start), given(end)
	q.where = append(q.where, func(r *row) bool {
		switch d := r.text[col]; {
		case d == nil:
			return false
		case hasStart && hasEnd:
			return *d >= bounds[0] && *d <= bounds[1]
		case hasStart:
			return *d > bounds[2]
		default:
			return *d < bounds[1]
		}
	})
	return nil
}

// databaseDate is what the database makes of a text that it compares with a
// date: a day alone is its midnight, nonsense the zero date.
func databaseDate(s string) string {
	s = strings.TrimSpace(s)
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Format(time.DateTime)
		}
	}
	return "0000-00-00 00:00:00"
}

// whereOwner limits the view to the login's subordinates, unless iduser names
// somebody.
func (c *call) whereOwner(q *listQuery, p *array) error {
	db := c.s.db
	if given(p.get("user")) {
		name, err := pasted(cast(p.get("user")), "' AND identity = '1'")
		if err != nil {
			return err
		}
		l, _ := db.login(name)
		q.where = append(q.where, func(r *row) bool { return r.num[numOwner] == l.ID })
	}
	if id := integer(p.get("iduser")); id > 0 {
		if _, err := pasted(cast(p.get("iduser")), "' and identity = '1'"); err != nil {
			return err
		}
		q.where = append(q.where, func(r *row) bool { return r.num[numOwner] == id })
		return nil
	}
	if c.user.Boss {
		return nil
	}
	visible := db.subordinates(c.user)
	shown := 0
	for id := range visible {
		shown += db.owners[id]
	}
	if shown < len(db.rows) {
		q.where = append(q.where, func(r *row) bool { return visible[r.num[numOwner]] })
	}
	return nil
}

func (c *call) whereFilter(q *listQuery, p *array) error {
	f, ok := p.get("filter").(*array)
	if !ok {
		return nil
	}
	for _, k := range f.keys {
		v := f.vals[k]
		if c.s.d.trashFalse && k == "trash" && v == false {
			v = "0"
		}
		if !given(v) {
			continue
		}
		if err := c.whereFilterKey(q, k, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) whereFilterKey(q *listQuery, k string, v any) error {
	if k == "relation" && c.s.d.relationFilter {
		k = "relations"
	}
	switch k {
	case "trash":
		trash := truthy(v)
		q.where = append(q.where, func(r *row) bool { return r.trashed() == trash })
		return nil
	case "relations":
		return whereText(q, colRelation, v)
	case "type":
		return whereText(q, colType, v)
	case "idcategory":
		return c.whereNumber(q, numCategory, v)
	case "territory":
		return c.whereNumber(q, numTerritory, v)
	case "clientpath":
		return c.whereNumber(q, numPath, v)
	}
	col, ok := textColumnOf(k)
	if !ok || col < colInput1 || col > colInput10 || !c.s.db.fields.active[k] {
		return nil
	}
	s, err := text(v, "strip_tags")
	if err != nil {
		return err
	}
	part := untag(s)
	q.where = append(q.where, func(r *row) bool { return r.text[col] != nil && like(fold(*r.text[col]), part) })
	return nil
}

func whereText(q *listQuery, col textColumn, v any) error {
	s, err := text(v, "strip_tags")
	if err != nil {
		return err
	}
	key := foldKey(untag(s))
	q.where = append(q.where, func(r *row) bool { return r.text[col] != nil && foldKey(*r.text[col]) == key })
	return nil
}

// whereNumber filters by id or title. An unknown title means 0, the clients
// without one; an unknown source is created.
func (c *call) whereNumber(q *listQuery, n numberColumn, v any) error {
	id := integer(v)
	if !isNumeric(v) {
		s, err := text(v, "strip_tags")
		if err != nil {
			return err
		}
		if n == numPath {
			id, err = c.dictionaryID(n, untag(s))
			if err != nil {
				return err
			}
		} else {
			id = c.s.db.guides.of(n).find(untag(s))
		}
	}
	q.where = append(q.where, func(r *row) bool { return r.num[n] == id })
	return nil
}

// orderOf reads the order; the server pastes it into its query, so an unknown
// column, and its own default, kill the request.
func (c *call) orderOf(q *listQuery, p *array) error {
	q.order = c.s.d.defaultOrder
	if given(p.get("order")) {
		q.order = cast(p.get("order"))
	}
	if q.order == "date_change" {
		q.order = "date_edit"
	}
	q.ascending = c.s.d.oldFirst && cast(p.get("first")) == "old"
	_, isText := textColumnOf(q.order)
	_, isNumber := numberColumnOf(q.order)
	if q.order != "clid" && !isText && !isNumber {
		return sqlError("Unknown column '" + q.order + "' in 'ORDER BY'")
	}
	return nil
}
