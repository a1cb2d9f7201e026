package emulator

import (
	"slices"
	"strconv"
	"strings"
)

func (c *call) listDealsV1() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	q, err := c.dealQueryV1(p)
	if err != nil {
		return answer{}, err
	}
	rows := q.run(c.s.db)
	from := offsetV1(p, len(rows))
	all := c.s.db.dealFieldNames()
	names := askedFields(p, all, all)
	var list []any
	for _, d := range rows[from:min(len(rows), from+pageSize)] {
		o := c.dealRowV1(d, names)
		if cast(p.get("bankinfo")) == "yes" && c.s.d.v1Documented {
			if payer := c.s.db.byCLID[d.Payer]; payer != nil {
				o = append(o, member{"bankinfo", bankV1(payer)})
			}
		}
		o = append(o, c.invoicesV1(d, p)...)
		if len(o) > 0 {
			list = append(list, o)
		}
	}
	var o object
	if list != nil || c.s.d.v1Documented {
		o = append(o, member{"data", append([]any{}, list...)})
	}
	return answer{value: append(o, member{"count", strconv.Itoa(len(rows))})}, nil
}

// dealQuery is a parsed list of deals.
type dealQuery struct {
	where     []func(*dealRow) bool
	order     string
	ascending bool
}

func (q *dealQuery) and(f func(*dealRow) bool) { q.where = append(q.where, f) }

// run selects and sorts; equal deals stay in the order of the table.
func (q *dealQuery) run(db *store) []*dealRow {
	var rows []*dealRow
	for _, d := range db.ledger.deals {
		if !slices.ContainsFunc(q.where, func(f func(*dealRow) bool) bool { return !f(d) }) {
			rows = append(rows, d)
		}
	}
	compare := compareDeals(q.order)
	slices.SortStableFunc(rows, func(a, b *dealRow) int {
		if q.ascending {
			return compare(a, b)
		}
		return compare(b, a)
	})
	return rows
}

// dealQueryV1 reads the parameters of a list with the server's bugs: no filter
// by uid, closed deals break the query, stages are compared by their ids, and
// words are looked for in a column that is not there.
func (c *call) dealQueryV1(p *array) (*dealQuery, error) {
	q := &dealQuery{order: "datum", ascending: cast(p.get("first")) == "old"}
	if given(p.get("order")) {
		q.order = cast(p.get("order"))
	}
	owner := c.user
	if given(p.get("user")) {
		owner, _ = c.s.db.login(cast(p.get("user")))
	}
	visible := c.s.db.subordinates(owner)
	q.and(func(d *dealRow) bool { return visible[d.Owner] })
	if err := c.dealsActiveV1(q, cast(p.get("active"))); err != nil {
		return nil, err
	}
	if uid := cast(p.get("uid")); uid != "" && c.s.d.dealList {
		q.and(func(d *dealRow) bool { return d.UID != nil && foldKey(*d.UID) == foldKey(uid) })
	}
	if err := c.dealWords(q, cast(p.get("word"))); err != nil {
		return nil, err
	}
	c.dealSteps(q, cast(p.get("steps")), !c.s.d.dealList)
	whereDeal(q, "datum", cast(p.get("dateStart")), cast(p.get("dateEnd")), true)
	if f, ok := p.get("filter").(*array); ok {
		for _, k := range f.keys {
			if err := c.dealFilterV1(q, k, f.vals[k]); err != nil {
				return nil, err
			}
		}
	}
	if !(&dealRow{}).known(q.order) {
		return nil, sqlError("Unknown column '" + q.order + "' in 'ORDER BY'")
	}
	return q, nil
}

func (c *call) dealsActiveV1(q *dealQuery, active string) error {
	if c.s.d.dealList {
		closed := active == "no"
		q.and(func(d *dealRow) bool { return d.closed() == closed })
		return nil
	}
	switch active {
	case "no":
		return brokenSQL("= 'yes' and identity = '1' ORDER BY " + q.order + " DESC LIMIT 0,200")
	case "yes":
		q.and(func(d *dealRow) bool { return !d.closed() })
	}
	return nil
}

func (c *call) dealWords(q *dealQuery, word string) error {
	if word == "" {
		return nil
	}
	if !c.s.d.dealList && c.req.version == "v1" {
		return sqlError("Unknown column 'des' in 'WHERE'")
	}
	q.and(func(d *dealRow) bool {
		return slices.ContainsFunc([]*string{d.Title, d.Content, d.Address}, func(s *string) bool { return s != nil && like(fold(*s), word) })
	})
	return nil
}

// dealSteps filters by stages: their titles, or by mistake their ids.
func (c *call) dealSteps(q *dealQuery, steps string, ids bool) {
	wanted, some := map[int64]bool{}, false
	for s := range strings.SplitSeq(steps, ",") {
		s = untag(s)
		if s == "" {
			continue
		}
		id := c.s.db.dealGuides.stepByTitle(s)
		if ids {
			id = leadingInt(s)
		}
		if id > 0 || ids {
			wanted[id], some = true, true
		}
	}
	if some {
		q.and(func(d *dealRow) bool { return wanted[d.Step] })
	}
}

// whereDeal adds a window of days; strict leaves a single bound's day out.
func whereDeal(q *dealQuery, column, start, end string, strict bool) {
	if start == "" && end == "" {
		return
	}
	from, to := databaseDate(start), databaseDate(end)
	q.and(func(d *dealRow) bool {
		v := d.raw(column)
		if v == nil {
			return false
		}
		at := databaseDate(*v)
		switch {
		case start != "" && end != "":
			return at >= from && at <= to
		case start != "":
			return at > from || !strict && at == from
		default:
			return at < to || !strict && at == to
		}
	})
}

func (c *call) dealFilterV1(q *dealQuery, k string, v any) error {
	s, err := text(v, "strip_tags")
	if err != nil {
		return err
	}
	g := c.s.db.dealGuides
	switch k {
	case "clid":
		if id := integer(v); id > 0 {
			q.and(func(d *dealRow) bool { return d.CLID == id })
		}
	case "payer":
		if id := integer(v); id > 0 {
			q.and(func(d *dealRow) bool { return d.Payer == id })
		}
	case "direction":
		if id := choiceID(g.Directions, untag(s)); s != "" {
			q.and(func(d *dealRow) bool { return d.Direction == id })
		}
	case "tip":
		if id := choiceID(g.Types, untag(s)); s != "" {
			q.and(func(d *dealRow) bool { return d.Type == id })
		}
	default:
		if !(&dealRow{}).known(k) {
			return sqlError("Unknown column '" + k + "' in 'WHERE'")
		}
		part := untag(s)
		q.and(func(d *dealRow) bool { v := d.raw(k); return v != nil && like(fold(*v), part) })
	}
	return nil
}

// dealRowV1 is a line of the list: strings throughout.
func (c *call) dealRowV1(d *dealRow, names []string) object {
	db := c.s.db
	var o object
	for _, name := range names {
		switch name {
		case "iduser":
			o = append(o, member{name, db.userLogin(d.Owner)})
		case "clid":
			o = append(o, member{name, strconv.FormatInt(d.CLID, 10)}, member{"clientname", db.clientName(d.CLID)})
		case "payer":
			o = append(o, member{name, strconv.FormatInt(d.Payer, 10)}, member{"payername", db.clientName(d.Payer)})
		default:
			o = append(o, member{name, c.dealTitleV1(d, name)})
		}
	}
	return o
}
