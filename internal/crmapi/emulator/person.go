package emulator

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// personForm is the form of contacts, in the order of the settings table.
var personForm = [...]formField{
	{"clid", "Клиент", true},
	{"ptitle", "Должность", true},
	{"person", "Ф.И.О.", true},
	{"tel", "Тел.", true},
	{"fax", "Факс", true},
	{"mob", "Моб.", true},
	{"mail", "Почта", true},
	{"rol", "Роль", false},
	{"iduser", "Куратор", true},
	{"loyalty", "Лояльность", false},
	{"input1", "Дата рождения", false},
	{"input2", "доп.поле", false},
	{"input3", "доп.поле", false},
	{"input4", "доп.поле", false},
	{"input5", "доп.поле", false},
	{"input6", "доп.поле", false},
	{"input7", "Добавочный", true},
	{"input8", "доп.поле", false},
	{"input9", "доп.поле", false},
	{"clientpath", "Канал привлечения", false},
	{"input10", "доп.поле", false},
}

// socials are the parts of the social column.
var socials = [...][2]string{
	{"blog", "Блог"},
	{"mysite", "Сайт"},
	{"twitter", "Twitter"},
	{"icq", "ICQ"},
	{"skype", "Skype"},
	{"google", "Google"},
	{"yandex", "Я.ru"},
	{"mykrug", "Мой круг"},
}

// personColumn is the length of a text column of contacts; ok is false for other
// names.
func personColumn(name string) (length int, ok bool) {
	switch name {
	case "ptitle", "person", "tel", "fax", "mob", "mail":
		return 250, true
	case "rol", "social":
		return 0, true
	case "input10":
		return 512, true
	}
	for _, f := range personForm {
		if f.name == name && strings.HasPrefix(name, "input") {
			return 255, true
		}
	}
	return 0, false
}

// person is the script of v3 for contacts.
func (c *call) person() (answer, error) {
	switch c.req.action {
	case "fields":
		return c.personFieldList(), nil
	case "info":
		return c.infoPerson(), nil
	case "list":
		return c.listPersons()
	case "add":
		o, err := c.addPerson(c.req.params)
		return answer{value: o}, err
	case "add.list":
		return c.addPersons()
	case "update":
		return c.updatePerson()
	case "delete":
		return c.removePerson()
	default:
		return answer{value: c.s.d.failure(404, "Неизвестный метод")}, nil
	}
}

func (s *store) personFieldNames() []string {
	names := []string{"pid", "date_create", "date_edit"}
	for _, f := range personForm {
		if s.personFields[f.name] {
			names = append(names, f.name)
		}
	}
	return names
}

func newPersonFields(o Options) map[string]bool {
	active := map[string]bool{}
	for _, f := range personForm {
		active[f.name] = f.stock || o.AllFields
	}
	return active
}

func (c *call) personFieldList() answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	data := object{
		{"pid", "Уникальный идентификатор записи контакта"},
		{"date_create", "Дата создания. Timestamp"},
		{"date_edit", "Дата последнего изменения. Timestamp"},
	}
	for _, f := range personForm {
		if c.s.db.personFields[f.name] {
			data = append(data, member{f.name, f.caption})
		}
	}
	var social object
	for _, s := range socials {
		social = append(social, member{s[0], s[1]})
	}
	return answer{value: object{{"data", append(data, member{"social", social})}}}
}

func (c *call) personFieldsAsked() []string {
	known := c.s.db.personFieldNames()
	asked := cast(c.req.params.get("fields"))
	if asked == "" {
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

// infoPerson shows a contact, whoever owns it; of one that is not there a card
// of nulls.
func (c *call) infoPerson() answer {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	db := c.s.db
	r := db.ledger.person(integer(p.get("pid")))
	if r != nil && r.Text["person"] == "" {
		r = nil
	}
	if r == nil && c.s.d.explicitErrors {
		if integer(p.get("pid")) == 0 {
			return answer{value: c.s.d.failure(405, "Отсутствуют параметры - pid контакта")}
		}
		return answer{value: c.s.d.failure(403, "Контакт с указанным pid не найден в пределах аккаунта указанного пользователя")}
	}
	var o object
	for _, name := range c.personFieldsAsked() {
		switch {
		case name == "clid" && r == nil:
			o = append(o, member{name, nil}, member{"client", ""})
		case name == "iduser" && r == nil:
			o = append(o, member{name, ""})
		case r == nil:
			o = append(o, member{name, nil})
		case name == "clid":
			o = append(o, member{name, r.CLID}, member{"client", db.clientName(r.CLID)})
		case name == "iduser":
			o = append(o, member{name, db.userLogin(r.Owner)})
		default:
			o = append(o, member{name, c.personValue(r, name)})
		}
	}
	if cast(p.get("socinfo")) == "yes" {
		o = append(o, member{"socials", socialsOf(r)})
	}
	return answer{value: object{{"data", o}}}
}

func (c *call) personValue(r *personRow, name string) any {
	switch name {
	case "pid":
		return r.PID
	case "date_create":
		return r.Created
	case "date_edit":
		return r.Edited
	case "loyalty":
		return nil // the account has no degrees of loyalty
	case "clientpath":
		return c.s.db.guides.path.title[r.Path]
	default:
		return r.Text.get(name)
	}
}

func socialsOf(r *personRow) object {
	var o object
	parts := []string{}
	if r != nil && r.Text["social"] != "" {
		parts = strings.Split(r.Text["social"], ";")
	}
	for i, s := range socials {
		var v any
		if i < len(parts) {
			v = parts[i]
		}
		o = append(o, member{s[0], v})
	}
	return o
}

func (c *call) listPersons() (answer, error) {
	p := c.req.params
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	where, err := c.personsWanted(p)
	if err != nil {
		return answer{}, err
	}
	var rows []*personRow
	for _, r := range c.s.db.persons {
		if !slices.ContainsFunc(where, func(f func(*personRow) bool) bool { return !f(r) }) {
			rows = append(rows, r)
		}
	}
	order := cast(p.get("order"))
	if order == "" {
		order = "date_create"
	}
	if _, ok := (&personRow{}).raw(order); !ok {
		return answer{}, sqlError("Unknown column '" + order + "' in 'ORDER BY'")
	}
	slices.SortStableFunc(rows, func(a, b *personRow) int {
		n := comparePersons(order, a, b)
		if cast(p.get("first")) == "old" {
			return n
		}
		return -n
	})
	from := offsetV1(p, len(rows))
	names := c.personFieldsAsked()
	var list []any
	for _, r := range rows[from:min(len(rows), from+pageSize)] {
		list = append(list, c.personLine(r, names))
	}
	var o object
	if list != nil || c.s.d.v1Documented {
		o = append(o, member{"data", append([]any{}, list...)})
	}
	return answer{value: append(o, member{"count", len(rows)})}, nil
}

func (c *call) personLine(r *personRow, names []string) object {
	var o object
	for _, name := range names {
		switch name {
		case "clid":
			o = append(o, member{name, r.CLID}, member{"client", c.s.db.clientName(r.CLID)})
		case "iduser":
			o = append(o, member{"user", c.s.db.userLogin(r.Owner)}, member{name, r.Owner})
		default:
			o = append(o, member{name, c.personValue(r, name)})
		}
	}
	if cast(c.req.params.get("socinfo")) == "yes" {
		o = append(o, member{"socials", socialsOf(r)})
	}
	return o
}

// raw is a column as a query compares it; ok is false for unknown names.
func (r *personRow) raw(name string) (v *string, ok bool) {
	number := func(n int64) (*string, bool) {
		s := strconv.FormatInt(n, 10)
		return &s, true
	}
	switch name {
	case "pid":
		return number(r.PID)
	case "clid":
		return number(r.CLID)
	case "iduser":
		return number(r.Owner)
	case "clientpath":
		return number(r.Path)
	case "loyalty":
		return number(r.Loyalty)
	case "uid":
		return number(0)
	case "date_create":
		return &r.Created, true
	case "date_edit":
		return r.Edited, true
	}
	_, ok = personColumn(name)
	return r.Text.get(name), ok
}

func comparePersons(column string, a, b *personRow) int {
	x, _ := a.raw(column)
	y, _ := b.raw(column)
	if (column == "pid" || column == "clid") && x != nil && y != nil {
		return cmp.Compare(leadingInt(*x), leadingInt(*y))
	}
	return compareTexts(x, y, false)
}

func (c *call) personsWanted(p *array) (where []func(*personRow) bool, err error) {
	and := func(f func(*personRow) bool) { where = append(where, f) }
	if word := cleanForm(cast(p.get("word"))); word != "" {
		and(func(r *personRow) bool {
			if tel := r.Text.get("tel"); tel != nil && like(fold(barePhone(*tel)), word) {
				return true
			}
			return slices.ContainsFunc([]string{"person", "ptitle", "mail"}, func(name string) bool {
				v := r.Text.get(name)
				return v != nil && like(fold(*v), word)
			})
		})
	}
	start, end := cast(p.get("dateStart")), cast(p.get("dateEnd"))
	if start != "" || end != "" {
		from, to := databaseDate(start), databaseDate(end)
		and(func(r *personRow) bool {
			switch {
			case start != "" && end != "":
				return r.Created >= from && r.Created <= to
			case start != "":
				return r.Created > from
			default:
				return r.Created < to
			}
		})
	}
	if name := cast(p.get("user")); name != "" {
		l, _ := c.s.db.login(name)
		and(func(r *personRow) bool { return r.Owner == l.ID })
	} else {
		visible := c.s.db.subordinates(c.user)
		and(func(r *personRow) bool { return visible[r.Owner] })
	}
	if f, ok := p.get("filter").(*array); ok {
		for _, k := range f.keys {
			s, err := text(f.vals[k], "strip_tags")
			if err != nil {
				return nil, err
			}
			if _, ok := (&personRow{}).raw(k); !ok {
				return nil, sqlError("Unknown column '" + k + "' in 'WHERE'")
			}
			and(c.personFilter(k, untag(s)))
		}
	}
	return where, nil
}

func (c *call) personFilter(k, s string) func(*personRow) bool {
	switch k {
	case "clid":
		id := leadingInt(s)
		return func(r *personRow) bool { return id <= 0 || r.CLID == id }
	case "clientpath":
		id := leadingInt(s)
		if !isNumeric(s) {
			id = c.s.db.guides.path.find(s)
		}
		return func(r *personRow) bool { return s == "" || r.Path == id }
	default:
		return func(r *personRow) bool { v, _ := r.raw(k); return v != nil && like(fold(*v), s) }
	}
}
