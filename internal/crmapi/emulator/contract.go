package emulator

import (
	"slices"
	"strconv"
	"strings"
)

// contract is the script of v1 for deals.
func (c *call) contract() (a answer, known bool, err error) {
	switch c.req.action {
	case "fields":
		return c.dealFieldList(), true, nil
	case "steplist", "direction", "contracttipe", "statusclose":
		return c.dealGuideV1(), true, nil
	case "list":
		a, err = c.listDealsV1()
	case "info":
		a, err = c.infoDealV1()
	case "add":
		a, err = c.addDealV1()
	case "update":
		a, err = c.updateDealV1()
	case "changestep":
		a, err = c.stepDealV1()
	case "close":
		a, err = c.closeDealV1()
	case "delete":
		a, err = c.removeDealV1()
	case "addinvoice":
		a, err = c.addInvoiceV1()
	case "addpaiment":
		a, err = c.payV1()
	case "addpaimentpart":
		a, err = c.payPartV1()
	default:
		return answer{}, false, nil
	}
	return a, true, err
}

// dealFieldList is the same in v1 and v3.
func (c *call) dealFieldList() answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	data := object{
		{"did", "Уникальный идентификатор записи"},
		{"uid", "Уникальный идентификатор записи во внешней системе"},
		{"datum", "Дата создания. YYYY-MM-DD"},
		{"datum_izm", "Дата последнего изменения. YYYY-MM-DD"},
		{"clid", "Клиент"},
	}
	for _, f := range dealForm {
		if c.s.db.dealFields[f.name] {
			data = append(data, member{f.name, f.caption})
		}
	}
	return answer{value: object{{"data", append(data,
		member{"datum_start", "Период действия. Начало"},
		member{"datum_end", "Период действия. Конец"},
		member{"close", "Признак закрытой сделки"},
		member{"datum_close", "Дата закрытия. YYYY-MM-DD"},
		member{"status_close", "Результат закрытия сделки"},
		member{"des_fact", "Комментарий закрытия сделки"},
		member{"kol_fact", "Фактическая сумма продажи"},
	)}}}
}

func (c *call) dealGuideV1() answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	g := c.s.db.dealGuides
	var list []any
	switch c.req.action {
	case "steplist":
		for _, s := range g.sortedSteps() {
			list = append(list, object{{"title", strconv.FormatInt(s.Title, 10)}, {"content", s.Content}})
		}
	case "direction":
		for _, d := range sortedChoices(g.Directions) {
			list = append(list, object{{"title", d.Title}})
		}
	case "contracttipe":
		for _, t := range sortedChoices(g.Types) {
			list = append(list, object{{"title", t.Title}})
		}
	default:
		for _, s := range g.sortedStatuses() {
			list = append(list, object{{"title", s.Title}})
		}
	}
	return answer{value: object{{"data", list}}}
}

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

// dealTitleV1 shows titles for ids; other columns are as they are stored.
func (c *call) dealTitleV1(d *dealRow, name string) any {
	g := c.s.db.dealGuides
	switch name {
	case "step":
		return g.stepName(d.Step)
	case "direction":
		return choiceTitle(g.Directions, d.Direction)
	case "tip":
		return choiceTitle(g.Types, d.Type)
	case "status_close":
		if s := g.status(d.Status); s != nil {
			return s.Title
		}
		return false
	default:
		return d.raw(name)
	}
}

// clientName is "" for nobody, and a mark for a client that is not there.
func (s *store) clientName(clid int64) string {
	if clid <= 0 {
		return ""
	}
	r := s.byCLID[clid]
	if r == nil || r.str(colTitle) == "" {
		return "--не найден--"
	}
	return r.str(colTitle)
}

// invoicesV1 is the block of a deal's invoices; a deal without any has none.
func (c *call) invoicesV1(d *dealRow, p *array) object {
	if cast(p.get("invoice")) == "no" {
		return nil
	}
	var list []any
	for _, r := range c.s.db.invoicesOf(d.DID) {
		day, _, _ := strings.Cut(r.At, " ")
		list = append(list, object{
			{"id", strconv.FormatInt(r.ID, 10)},
			{"invoice", r.Number},
			{"date", day},
			{"summa", r.Sum.String()},
			{"nds", r.VAT.String()},
			{"do", r.Do},
			{"date_do", r.PaidOn},
			{"contract", r.Contract},
			{"rs", strconv.FormatInt(r.Account, 10)},
			{"tip", r.Type},
		})
	}
	if list == nil {
		return nil
	}
	return object{{"invoice", list}}
}

func (c *call) infoDealV1() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if !given(p.get("uid")) && !given(p.get("did")) && c.s.d.explicitErrors {
		return answer{value: failureV1(405, "Отсутствуют параметры - did сделки")}, nil
	}
	byUID := given(p.get("uid"))
	d, err := c.findDeal(p, byUID)
	if err != nil {
		return answer{}, err
	}
	if d == nil {
		return answer{value: failureV1(403, "Сделка не найдена в пределах аккаунта указанного пользователя.")}, nil
	}
	all := c.s.db.dealFieldNames()
	o := c.dealCardV1(d, askedFields(p, all, all))
	if payer := c.s.db.byCLID[d.Payer]; cast(p.get("bankinfo")) == "yes" && c.s.d.v1Documented && payer != nil {
		o = append(o, member{"bankinfo", bankV1(payer)})
	}
	if cast(p.get("speka")) != "no" && len(d.Lines) > 0 {
		o = append(o, member{"speka", c.linesV1(d)})
	}
	o = append(o, c.invoicesV1(d, p)...)
	return answer{value: object{{"data", o}}}, nil
}

// findDeal finds a deal that the login sees, by uid or by did. With neither the
// server's query is broken.
func (c *call) findDeal(p *array, byUID bool) (*dealRow, error) {
	visible := c.s.db.subordinates(c.user)
	const tail = "' and iduser IN (1) and identity = '1'"
	if byUID {
		uid, err := pasted(cast(p.get("uid")), tail)
		if err != nil {
			return nil, err
		}
		key := foldKey(uid)
		for _, d := range c.s.db.ledger.deals {
			if d.UID != nil && foldKey(*d.UID) == key && visible[d.Owner] {
				return d, nil
			}
		}
		return nil, nil
	}
	if !given(p.get("did")) {
		return nil, brokenSQL("and iduser IN (1) and identity = '1'")
	}
	did, err := pasted(cast(p.get("did")), tail)
	if err != nil {
		return nil, err
	}
	if d := c.s.db.ledger.deal(leadingInt(did)); d != nil && visible[d.Owner] {
		return d, nil
	}
	return nil, nil
}

// dealCardV1 is the card: numbers where the list has strings.
func (c *call) dealCardV1(d *dealRow, names []string) object {
	db := c.s.db
	var o object
	for _, name := range names {
		switch name {
		case "did", "mcid":
			o = append(o, member{name, *d.numberColumn(name)})
		case "kol", "marga", "kol_fact":
			o = append(o, member{name, d.moneyColumn(name).number()})
		case "iduser":
			o = append(o, member{name, db.userLogin(d.Owner)}, member{"userUID", ""})
		case "clid":
			o = append(o, member{name, d.CLID}, member{"clientname", db.clientName(d.CLID)})
		case "payer":
			o = append(o, member{name, d.Payer}, member{"payername", db.clientName(d.Payer)})
		case "content":
			o = append(o, member{name, strings.ReplaceAll(orEmpty(d.Content), "\n", "<br>")})
		default:
			o = append(o, member{name, c.dealTitleV1(d, name)})
		}
	}
	return o
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// linesV1 is the specification. Today's server leaves the unit out.
func (c *call) linesV1(d *dealRow) []any {
	var list []any
	for _, l := range d.Lines {
		o := object{
			{"prid", strconv.FormatInt(l.Product, 10)},
			{"artikul", l.Article},
			{"title", l.Title},
			{"kol", l.Quantity.String()},
			{"dop", strconv.FormatInt(l.Factor, 10)},
			{"price", l.Price.String()},
			{"price_in", l.PriceIn.String()},
		}
		if c.s.d.v1Documented {
			o = append(o, member{"edizm", l.Unit})
		}
		list = append(list, append(o, member{"nds", l.VAT.String()}, member{"comments", l.Comment}))
	}
	return list
}
