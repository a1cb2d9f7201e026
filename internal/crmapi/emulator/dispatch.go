package emulator

import "net/http"

// dispatch does what the server's entry script does: find the account and the
// user, then run the method's script.
func (c *call) dispatch() (answer, error) {
	q := c.req
	if q.version != "v3" && q.version != "v1" {
		return c.unmodelled(), nil
	}
	if c.s.isDown() {
		return answer{raw: []byte(dbDownText)}, nil
	}
	if q.version == "v1" {
		return c.dispatchV1()
	}
	refused, err := c.authorise()
	if err != nil || refused != nil {
		return answer{value: refused}, err
	}
	switch q.method {
	case "client":
		return c.client()
	case "user":
		return c.users()
	case "guides":
		return c.guides()
	case "deal":
		return c.deal()
	case "invoice":
		return c.invoice()
	case "person":
		return c.person()
	case "akt", "budget", "currency", "document", "entry", "history", "lead", "price", "statistic", "task":
		return c.unmodelled(), nil
	default:
		return answer{raw: []byte{}}, nil // there is no such script: nothing is printed
	}
}

const dbDownText = `Ошибка подключения к БД: No such file or directory. Рекомендуем проверить параметры подключения к БД в файле "inc/config.php".`

// unmodelled answers what the real server would do and this one does not: an
// error in the history, never a polite 200.
func (c *call) unmodelled() answer {
	if c.req.version == "" {
		c.s.hist.unmodelled(c.event, "path is not of the API")
		return answer{raw: []byte("<html><body><h1>Not Found</h1></body></html>\n"), status: http.StatusNotFound, contentType: "text/html"}
	}
	what := c.req.version + "/" + c.req.method + "/" + c.req.action
	c.s.hist.unmodelled(c.event, what)
	return answer{
		raw:    []byte("the emulator does not know " + what + "\n"),
		status: http.StatusNotImplemented, contentType: "text/plain; charset=utf-8",
	}
}

// authorise finds the login; refused is the error answer when there is none. A
// wrong key is not told apart from a wrong login, except by documented servers.
func (c *call) authorise() (refused any, err error) {
	key, err := pasted(cast(c.req.key), "'")
	if err != nil {
		return nil, err
	}
	name, err := pasted(cast(c.req.login), "' and identity = '1'")
	if err != nil {
		return nil, err
	}
	d := c.s.d
	if foldKey(key) != foldKey(c.s.opt.Key) {
		if d.badKey == 400 {
			return d.failure(400, "Не верный API key"), nil
		}
		return d.failure(d.badKey, "Неизвестный пользователь"), nil
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	user, ok := c.s.db.login(name)
	if !ok {
		return d.failure(401, "Неизвестный пользователь"), nil
	}
	c.user = user
	return nil, nil
}

func (c *call) client() (answer, error) {
	switch c.req.action {
	case "fields":
		return c.fieldList(), nil
	case "list":
		return c.list()
	case "info":
		return c.info()
	case "add":
		return c.add()
	case "add.list":
		return c.addList()
	case "update":
		return c.update()
	case "delete":
		return c.remove()
	case "change.user":
		return c.changeUser()
	default:
		return answer{value: c.s.d.failure(402, "Неизвестный метод")}, nil
	}
}

func (c *call) fieldList() answer {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	data := object{
		{"clid", "Уникальный идентификатор записи клиента в CRM"},
		{"uid", "Уникальный идентификатор записи клиента в вашей ИС"},
		{"type", "Тип записи (допустимые - client,person,concurent,contractor,parnter)"},
		{"date_create", "Дата создания. Timestamp"},
		{"date_edit", "Дата последнего изменения. Timestamp"},
	}
	for _, f := range formFields {
		if c.s.db.fields.active[f.name] {
			data = append(data, member{f.name, f.caption})
		}
	}
	return answer{value: object{{"data", data}}}
}

func (c *call) users() (answer, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	switch c.req.action {
	case "list":
		var list []any
		for _, l := range c.s.db.logins {
			list = append(list, object{
				{"iduser", l.ID},
				{"uid", nil},
				{"oid", false},
				{"title", l.Title},
				{"login", l.Login},
				{"email", l.Login},
				{"active", activeText(l)},
			})
		}
		return answer{value: object{{"data", list}}}, nil
	case "info":
		return c.userInfo()
	case "add":
		return c.unmodelled(), nil
	default:
		return answer{value: object{}}, nil
	}
}

func activeText(l Login) string {
	if l.Active {
		return "yes"
	}
	return "no"
}

func (c *call) userInfo() (answer, error) {
	p, db := c.req.params, c.s.db
	var found Login
	var ok bool
	switch {
	case given(p.get("uid")): // the emulated users have none
		if _, err := pasted(cast(p.get("uid")), "' and identity = '1'"); err != nil {
			return answer{}, err
		}
	case given(p.get("user")):
		name, err := pasted(cast(p.get("user")), "' and identity = '1'")
		if err != nil {
			return answer{}, err
		}
		found, ok = db.login(name)
	case integer(p.get("iduser")) > 0:
		found, ok = db.user(integer(p.get("iduser")))
	default:
		return answer{value: c.s.d.failure(405, "Отсутствуют параметры")}, nil
	}
	if !ok {
		return answer{value: object{{"error", object{{"code", "404"}, {"text", "Пользователь не найден"}}}}}, nil
	}
	return answer{value: object{{"data", object{
		{"iduser", found.ID},
		{"uid", nil},
		{"oid", false},
		{"title", found.Title},
		{"login", found.Login},
		{"active", activeText(found)},
		{"tip", found.Role},
		{"user_post", nil},
		{"email", found.Login},
		{"phone", nil},
		{"phone_in", nil},
		{"mob", nil},
	}}}}, nil
}

func (c *call) guides() (answer, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	g := c.s.db.guides
	var list []any
	switch c.req.action {
	case "category":
		for _, e := range g.category.entries {
			list = append(list, object{{"id", e.ID}, {"title", e.Title}, {"tip", "client"}})
		}
	case "territory":
		for _, e := range g.territory.entries {
			list = append(list, object{{"id", e.ID}, {"title", e.Title}})
		}
	case "relations":
		for _, e := range g.relation.entries {
			list = append(list, object{{"id", e.ID}, {"title", e.Title}, {"color", e.Color}})
		}
	case "clientpath":
		for _, e := range g.path.entries {
			list = append(list, object{{"id", e.ID}, {"title", e.Title}, {"utm_source", e.Source}, {"destination", e.Target}})
		}
	case "company.list", "company.listfull", "company.bank", "company.signers":
		return c.unmodelled(), nil
	default:
		return answer{value: c.s.d.failure(404, "Не понимаю чЁ происходит. Может в следующий раз?")}, nil
	}
	if len(list) == 0 { // PHP never made the key
		return answer{value: object{}}, nil
	}
	return answer{value: object{{"data", list}}}, nil
}

func (s *Server) isDown() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.down
}
