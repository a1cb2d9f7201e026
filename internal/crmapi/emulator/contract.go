package emulator

import (
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
		for _, did := range c.s.db.byDealUID[foldKey(uid)] {
			if d := c.s.db.ledger.deal(did); visible[d.Owner] {
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
