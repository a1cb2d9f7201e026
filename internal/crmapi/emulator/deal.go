package emulator

import (
	"slices"
	"strconv"
)

// deal is the script of v3 for deals.
func (c *call) deal() (answer, error) {
	switch c.req.action {
	case "fields":
		return c.dealFieldList(), nil
	case "steplist", "direction", "type", "statusclose":
		return c.dealGuide(), nil
	case "funnel":
		return c.funnel(), nil
	case "list":
		return c.listDeals()
	case "info":
		return c.infoDeal()
	case "add":
		return c.addDeal()
	case "update":
		return c.updateDeal()
	case "close":
		return c.closeDeal()
	case "change.step":
		return c.stepDeal()
	case "delete":
		return c.removeDeal()
	case "change.user", "change.freeze":
		return c.unmodelled(), nil
	default:
		return answer{value: c.s.d.failure(402, "Неизвестный метод")}, nil
	}
}

func (c *call) dealGuide() answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	g := c.s.db.dealGuides
	list := []any{}
	switch c.req.action {
	case "steplist":
		for _, s := range g.sortedSteps() {
			list = append(list, object{{"idcategory", s.ID}, {"title", strconv.FormatInt(s.Title, 10)}, {"content", s.Content}})
		}
	case "direction":
		for _, d := range sortedChoices(g.Directions) {
			var mark any
			if d.Default {
				mark = "yes"
			}
			list = append(list, object{{"id", d.ID}, {"title", d.Title}, {"isDefault", mark}})
		}
	case "type":
		for _, t := range sortedChoices(g.Types) {
			o := object{{"tid", t.ID}, {"title", t.Title}}
			if t.Default {
				o = append(o, member{"isDefault", "yes"})
			}
			list = append(list, o)
		}
	default:
		filter := cast(c.req.params.get("filter"))
		for _, s := range g.sortedStatuses() {
			if filter == "" || filter == s.Result {
				list = append(list, object{{"sid", s.ID}, {"title", s.Title}, {"content", s.Content}, {"result", s.Result}})
			}
		}
	}
	return answer{value: object{{"data", list}}}
}

// funnel answers for one deal; the account has the one common funnel, so that
// directions and types alone have none.
func (c *call) funnel() answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	g := c.s.db.dealGuides
	d := c.s.db.ledger.deal(integer(c.req.params.get("did")))
	if d == nil {
		return answer{value: object{{"data", object{{"stepsName", []any{}}, {"defaultName", ""}}}}}
	}
	var lengths, names object
	steps := g.sortedSteps()
	for _, s := range steps {
		id := strconv.FormatInt(s.ID, 10)
		lengths = append(lengths, member{id, 5})
		names = append(names, member{id, strconv.FormatInt(s.Title, 10)})
	}
	at := slices.IndexFunc(steps, func(s Step) bool { return s.ID == d.Step })
	around := func(i int) object {
		if at < 0 || i < 0 || i >= len(steps) {
			return object{{"id", 0}, {"title", nil}, {"content", nil}}
		}
		return object{{"id", steps[i].ID}, {"title", strconv.FormatInt(steps[i].Title, 10)}, {"content", steps[i].Content}}
	}
	const stockDefault = 2
	return answer{value: object{{"data", object{
		{"steps", lengths},
		{"default", stockDefault},
		{"length", 5 * len(steps)},
		{"funnel", nil},
		{"prev", around(at - 1)},
		{"current", around(at)},
		{"next", around(at + 1)},
		{"stepsName", names},
		{"defaultName", g.stepName(stockDefault)},
	}}}}
}

func (c *call) listDeals() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	names := c.dealFieldsAsked(cast(p.get("fields")))
	q, err := c.dealQuery(p, names)
	if err != nil {
		return answer{}, err
	}
	rows := q.run(c.s.db)
	offset := max(integer(p.get("offset")), 0)
	from := int64(len(rows))
	if offset <= from/pageSize {
		from = min(from, offset*pageSize)
	}
	list := []any{}
	for _, d := range rows[from:min(int64(len(rows)), from+pageSize)] {
		list = append(list, c.dealLine(d, names, p))
	}
	tuda := "DESC"
	if q.ascending {
		tuda = "ASC"
	}
	count := len(list)
	if c.s.d.countTotal {
		count = len(rows)
	}
	return answer{value: object{{"data", list}, {"params", object{
		{"page", max(offset, 1)},
		{"pageall", (len(rows) + pageSize - 1) / pageSize},
		{"ord", q.order},
		{"tuda", tuda},
		{"count", count},
	}}, {"count", count}}}, nil
}

// dealSynonyms are names that v3 takes for columns.
var dealSynonyms = map[string]string{
	"date_create": "datum", "date_change": "datum_izm", "date_chage": "datum_izm", "date_start": "datum_start",
	"date_end": "datum_end", "date_close": "datum_close",
}

// dealFieldsAsked are the fields of list and info: all, or those named.
func (c *call) dealFieldsAsked(asked string) []string {
	known := c.s.db.dealFieldNames()
	if asked == "" || asked == "0" {
		return known
	}
	var names []string
	for _, name := range explode(",", asked) {
		if slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	return names
}

func (c *call) dealQuery(p *array, names []string) (*dealQuery, error) {
	q := &dealQuery{order: "datum", ascending: cast(p.get("first")) == "old"}
	if given(p.get("order")) {
		q.order = cast(p.get("order"))
	}
	if synonym, ok := dealSynonyms[q.order]; ok {
		q.order = synonym
	}
	if !(&dealRow{}).known(q.order) {
		return nil, sqlError("Unknown column 'deal." + q.order + "' in 'ORDER BY'")
	}
	c.dealsActive(q, p)
	c.dealsOfOwner(q, p)
	if uid := cast(p.get("uid")); uid != "" && c.s.d.dealList {
		q.and(func(d *dealRow) bool { return d.UID != nil && foldKey(*d.UID) == foldKey(uid) })
	}
	if err := c.dealWords(q, cleanForm(cast(p.get("word")))); err != nil {
		return nil, err
	}
	if name := cast(p.get("client")); name != "" {
		q.and(func(d *dealRow) bool {
			r := c.s.db.byCLID[d.CLID]
			return r != nil && r.text[colTitle] != nil && like(fold(*r.text[colTitle]), name)
		})
	}
	c.dealSteps(q, cast(p.get("steps")), false)
	whereDeal(q, "datum", cast(p.get("dateStart")), cast(p.get("dateEnd")), false)
	start, end := cast(p.get("dateChangeStart")), cast(p.get("dateChangeEnd"))
	if start != "" && end == "" && !c.s.d.changeStart {
		start = cast(p.get("dateStart")) // the server's slip
		q.and(func(d *dealRow) bool { return d.Edited != nil })
	}
	whereDeal(q, "datum_izm", start, end, false)
	if f, ok := p.get("filter").(*array); ok {
		for _, k := range f.keys {
			if err := c.dealFilter(q, k, f.vals[k], names); err != nil {
				return nil, err
			}
		}
	}
	return q, nil
}

// dealsActive takes "yes" and "no"; nothing and true mean the closed ones, false
// all of them. Documented are true and false.
func (c *call) dealsActive(q *dealQuery, p *array) {
	active := p.get("active")
	open := func(d *dealRow) bool { return !d.closed() }
	switch {
	case c.s.d.dealList && (active == true || cast(active) == "yes" || cast(active) == "true"):
		q.and(open)
	case c.s.d.dealList, active == nil, active == true, cast(active) == "no":
		q.and((*dealRow).closed)
	case cast(active) == "yes":
		q.and(open)
	}
}

func (c *call) dealsOfOwner(q *dealQuery, p *array) {
	owner := c.user
	if id := integer(p.get("iduser")); id > 0 {
		owner, _ = c.s.db.user(id)
	}
	if given(p.get("user")) {
		l, _ := c.s.db.login(cast(p.get("user")))
		q.and(func(d *dealRow) bool { return d.Owner == l.ID })
		return
	}
	if c.user.Boss {
		return
	}
	visible := c.s.db.subordinates(owner)
	q.and(func(d *dealRow) bool { return visible[d.Owner] })
}

// dealFilter takes keys of the form's active fields only.
func (c *call) dealFilter(q *dealQuery, k string, v any, names []string) error {
	if k != "phone" && (!truthy(v) || !slices.Contains(names, k)) {
		return nil
	}
	s, err := text(v, "strip_tags")
	if err != nil {
		return err
	}
	switch {
	case (k == "direction" || k == "tip") && isNumeric(v):
		id := integer(v)
		q.and(func(d *dealRow) bool { return *d.numberColumn(k) == id })
		return nil
	case k == "phone":
		part := digits(s)
		if part != "" {
			part = part[1:]
		}
		q.and(func(d *dealRow) bool {
			r := c.s.db.byCLID[d.CLID]
			return r != nil && (phoneMatches(r, []string{part}) || r.text[colFax] != nil && like(barePhone(*r.text[colFax]), part))
		})
		return nil
	case k == "step" || k == "status_close":
		return sqlError("Unknown column 'deal." + k + "' in 'WHERE'")
	default:
		return c.dealFilterV1(q, k, v)
	}
}

// dealLine is a line of the list.
func (c *call) dealLine(d *dealRow, names []string, p *array) object {
	db, g := c.s.db, c.s.db.dealGuides
	var o object
	for _, name := range names {
		switch name {
		case "did", "mcid":
			o = append(o, member{name, *d.numberColumn(name)})
		case "iduser":
			o = append(o, member{name, d.Owner}, member{"user", db.userLogin(d.Owner)}, member{"userTitle", db.userTitle(d.Owner)})
		case "clid":
			var title *string
			if r := db.byCLID[d.CLID]; r != nil {
				title = r.text[colTitle]
			}
			o = append(o, member{name, d.CLID}, member{"clientTitle", title})
		case "payer":
			o = append(o, member{name, d.Payer}, member{"payerTitle", db.clientName(d.Payer)})
		case "step":
			var title, content any = 0, nil
			if s := g.step(d.Step); s != nil {
				title, content = s.Title, s.Content
			}
			o = append(o, member{name, title}, member{"stepID", d.Step}, member{"stepTitle", content})
		case "direction":
			o = append(o, member{"directionID", d.Direction}, member{name, choiceTitle(g.Directions, d.Direction)})
		case "tip":
			o = append(o, member{"tipID", d.Type}, member{name, choiceTitle(g.Types, d.Type)})
		case "dog_num":
			o = append(o, member{"contractID", leadingInt(orEmpty(d.Contract))}, member{"contractTitle", nil}, member{"contractNumber", nil}, member{"contractDate", nil})
		case "kol", "marga", "kol_fact":
			o = append(o, member{name, d.moneyColumn(name).number()})
		case "status_close":
			o = append(o, member{name, c.dealTitleV1(d, name)})
		default:
			v := d.raw(name)
			if v != nil && *v == "" {
				v = nil
			}
			o = append(o, member{name, v})
		}
	}
	if payer := db.byCLID[d.Payer]; truthy(p.get("bankinfo")) && payer != nil {
		o = append(o, member{"bankinfo", bankV1(payer)})
	}
	if truthy(p.get("invoice")) {
		o = append(o, member{"invoice", c.dealInvoices(d)})
	}
	return o
}

// dealInvoices is the block of a deal's invoices in v3.
func (c *call) dealInvoices(d *dealRow) []any {
	list := []any{}
	for _, r := range c.s.db.invoicesOf(d.DID) {
		list = append(list, object{
			{"id", r.ID},
			{"invoice", r.Number},
			{"date", r.At[:min(len(r.At), len("2006-01-02"))]},
			{"summa", r.Sum.number()},
			{"nds", r.VAT.number()},
			{"do", r.Do},
			{"date_do", r.PaidOn},
			{"contract", r.Contract},
			{"rs", r.Account},
			{"tip", r.Type},
		})
	}
	return list
}
