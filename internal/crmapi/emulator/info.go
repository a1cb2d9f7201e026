package emulator

import (
	"strconv"
	"strings"
	"time"
)

func (c *call) info() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	r, err := c.findForInfo(p)
	if err != nil {
		return answer{}, err
	}
	d := c.s.d
	switch {
	case r != nil:
		return answer{value: object{{"data", c.card(r, p)}}}, nil
	case integer(p.get("clid")) > 0 && d.explicitUnknown && c.s.db.byCLID[integer(p.get("clid"))] == nil:
		return answer{value: d.failure(404, "Не найдено")}, nil
	case integer(p.get("clid")) > 0:
		return answer{value: d.failure(403, "Клиент не найден в пределах аккаунта указанного пользователя.")}, nil
	case !given(p.get("uid")) && !given(p.get("inn")):
		return answer{value: d.failure(405, "Отсутствуют параметры клиента")}, nil
	default:
		return answer{value: d.failure(404, "Не найдено")}, nil
	}
}

// findForInfo searches by uid if there is one, else by clid, and by inn in
// addition; the first visible match counts.
func (c *call) findForInfo(p *array) (*row, error) {
	db := c.s.db
	visible := db.subordinates(c.user)
	const tail = "' AND iduser IN (1) and identity = '1'"
	inn := ""
	if given(p.get("inn")) {
		s, err := pasted(cast(p.get("inn")), "', REPLACE(recv, ';',','))"+tail)
		if err != nil {
			return nil, err
		}
		inn = s
	}
	candidates := db.rows
	switch {
	case given(p.get("uid")):
		uid, err := pasted(cast(p.get("uid")), tail)
		if err != nil {
			return nil, err
		}
		candidates = db.byUID[foldKey(uid)]
	case inn == "" || given(p.get("clid")):
		clid, err := pasted(cast(p.get("clid")), tail)
		if err != nil {
			return nil, err
		}
		candidates = nil
		if r := db.byCLID[leadingInt(clid)]; r != nil {
			candidates = []*row{r}
		}
	}
	for _, r := range candidates {
		if visible[r.num[numOwner]] && (inn == "" || hasRequisite(r, inn)) {
			return r, nil
		}
	}
	return nil, nil
}

// hasRequisite is FIND_IN_SET over the whole recv column: any requisite, and any
// part of one between commas, may match.
func hasRequisite(r *row, value string) bool {
	if r.text[colRecv] == nil || strings.Contains(value, ",") {
		return false
	}
	// The column is long and the value mostly a number, which needs no folding.
	if digits(value) == value && !strings.Contains(*r.text[colRecv], value) {
		return false
	}
	for part := range strings.FieldsFuncSeq(*r.text[colRecv], func(x rune) bool { return x == ';' || x == ',' }) {
		if foldKey(part) == foldKey(value) {
			return true
		}
	}
	return false
}

// card is the whole client; one with an empty title cannot be read.
func (c *call) card(r *row, p *array) object {
	var o object
	if r.str(colTitle) != "" {
		o = c.cardFields(r)
		if truthy(p.get("bankinfo")) {
			o = append(o, member{"bankinfo", bankCard(r)})
		}
		if truthy(p.get("uids")) {
			o = append(o, member{"uids", []any{}})
		}
	}
	o = append(o, member{"person", c.mainContact(r)})
	if truthy(p.get("contacts")) {
		o = append(o, member{"contacts", c.contacts(r)})
	}
	return o
}

// mainContact is the client's main contact, null without one.
func (c *call) mainContact(r *row) any {
	if r.str(colTitle) == "" || r.num[numPerson] <= 0 {
		return nil
	}
	p := c.s.db.ledger.person(r.num[numPerson])
	if p == nil {
		return nil
	}
	return object{
		{"pid", p.PID},
		{"title", p.Text.get("person")},
		{"post", p.Text.get("ptitle")},
		{"phone", p.Text.get("tel")},
		{"mob", p.Text.get("mob")},
		{"email", p.Text.get("mail")},
	}
}

// contacts are the client's contacts that have an e-mail, in strings.
func (c *call) contacts(r *row) []any {
	list := []any{}
	for _, p := range c.s.db.persons {
		if p.CLID != r.clid || p.Text["mail"] == "" {
			continue
		}
		list = append(list, object{
			{"pid", strconv.FormatInt(p.PID, 10)},
			{"person", p.Text.get("person")},
			{"ptitle", p.Text.get("ptitle")},
			{"clid", strconv.FormatInt(p.CLID, 10)},
			{"tel", p.Text.get("tel")},
			{"mob", p.Text.get("mob")},
			{"mail", p.Text.get("mail")},
			{"iduser", strconv.FormatInt(p.Owner, 10)},
			{"rol", p.Text.get("rol")},
			{"date_create", p.Created},
			{"client", r.text[colTitle]},
			{"user", c.s.db.userTitle(p.Owner)},
			{"color", nil},
			{"relation", nil},
			{"clientpath", cardTitle(c.s.db.guides.path, p.Path)},
		})
	}
	return list
}

func (c *call) cardFields(r *row) object {
	db := c.s.db
	head := ""
	if h := db.byCLID[r.num[numHead]]; h != nil {
		head = h.str(colTitle)
	}
	o := object{
		{"clid", r.clid},
		{"uid", r.text[colUID]},
		{"clientUID", r.text[colUID]},
		{"iduser", r.num[numOwner]},
		{"title", r.text[colTitle]},
		{"des", r.text[colDes]},
		{"idcategory", r.num[numCategory]},
		{"category", cardTitle(db.guides.category, r.num[numCategory])},
		{"phone", r.text[colPhone]},
		{"fax", r.text[colFax]},
		{"site_url", r.text[colSite]},
		{"mail_url", r.text[colMail]},
		{"address", r.text[colAddress]},
		{"pid", r.num[numPerson]},
		{"fav", "no"},
		{"trash", r.text[colTrash]},
		{"head_clid", r.num[numHead]},
		{"head", head},
		{"scheme", r.text[colScheme]},
		{"tip_cmr", r.text[colRelation]},
		{"relation", r.text[colRelation]},
		{"territory", r.num[numTerritory]},
		{"territoryname", cardTitle(db.guides.territory, r.num[numTerritory])},
		{"created", r.text[colCreated]},
		{"creator", db.userTitle(r.num[numCreator])},
		{"creatorID", r.num[numCreator]},
		{"date_create", displayDate(r.text[colCreated])},
		{"edited", r.text[colEdited]},
		{"editor", db.userTitle(r.num[numEditor])},
		{"editorID", r.num[numEditor]},
		{"date_edit", displayDate(r.text[colEdited])},
		{"dostup", []any{}},
		{"clientpath", cardTitle(db.guides.path, r.num[numPath])},
		{"clientpath2", r.num[numPath]},
		{"type", r.text[colType]},
		{"priceLevel", "price_1"},
	}
	for col := colInput1; col <= colInput10; col++ {
		if name := textSchema[col].name; db.fields.active[name] {
			o = append(o, member{name, r.text[col]})
		}
	}
	return o
}

// cardTitle is "" for no id and false for one that the dictionary lacks.
func cardTitle(d *dictionary, id int64) any {
	if id <= 0 {
		return ""
	}
	if title, ok := d.title[id]; ok {
		return title
	}
	return false
}

// displayDate is the short date that info shows people, two blanks inside.
func displayDate(s *string) string {
	if s == nil {
		return ""
	}
	t, err := time.Parse(time.DateTime, *s)
	if err != nil {
		return ""
	}
	return t.Format("02.01.06,  15:04")
}

// requisiteSlots reads the recv column; slots that are not there are nil. A NULL
// column has one empty slot.
func requisiteSlots(r *row) []*string {
	slots := make([]*string, len(requisites))
	for i, part := range strings.Split(r.str(colRecv), ";") {
		if i == len(slots) {
			break
		}
		slots[i] = &part
	}
	return slots
}

func bankCard(r *row) object {
	slots := requisiteSlots(r)
	title := r.str(colTitle)
	if title == "" {
		title = "--не найден--"
	}
	o := object{{"clid", r.clid}, {requisites[0], slots[0]}, {"castUrNameShort", slots[15]}, {"castName", title}}
	for i := 1; i < 15; i++ {
		o = append(o, member{requisites[i], slots[i]})
	}
	return append(o, member{"castFacAddr", r.text[colAddress]}, member{"castType", r.text[colType]})
}
