package crmapi

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// Fields returns the fields that are active in the CRM, in the order answered.
// Those that are not are dropped by the CRM on every write.
func (c *Client) Fields(ctx context.Context) ([]FieldCaption, error) {
	if c.speaksV1() {
		return c.fieldsV1(ctx)
	}
	return c.captions(ctx, request{action: actFields, body: []byte("{}")}, "clid")
}

// captions asks for the active fields of a kind of records, of which id is always
// one.
func (c *Client) captions(ctx context.Context, r request, id string) ([]FieldCaption, error) {
	env, _, err := c.ask(ctx, r)
	if err != nil {
		return nil, err
	}
	var (
		out   []FieldCaption
		known bool
	)
	err = eachMember(env.data, func(key, val []byte) {
		caption, _, _ := stringOf(val)
		out = append(out, FieldCaption{Key: string(key), Caption: caption})
		known = known || string(key) == id
	})
	if err == nil && !known {
		err = errShape // JSON, but not of this API
	}
	if err != nil {
		return nil, protocol(r.action, err)
	}
	return out, nil
}

// List returns one page of clients.
func (c *Client) List(ctx context.Context, q ListQuery) (ListPage, error) {
	if c.speaksV1() {
		return c.listV1(ctx, q)
	}
	if err := checkQuery(&q); err != nil {
		return ListPage{}, refusal(actList, err)
	}
	env, _, err := c.read(ctx, actList, encodeQuery(&q))
	if err != nil {
		return ListPage{}, err
	}
	if env.data == nil {
		return ListPage{}, protocol(actList, errShape)
	}
	rows, err := elements(env.data)
	if err != nil {
		return ListPage{}, protocol(actList, err)
	}
	var page ListPage
	page.read(rows, decodeClient)
	if len(env.params) > 0 && env.params[0] == '{' {
		_ = eachMember(env.params, func(key, val []byte) {
			if string(key) == "pageall" {
				page.Pages = int(intOf(val))
			}
		})
	}
	return page, nil
}

// read fills the page with rows.
func (p *ListPage) read(rows [][]byte, decode func([]byte) (ClientObject, error)) {
	p.Rows, p.Clients = len(rows), make([]ClientObject, 0, len(rows))
	for _, raw := range rows {
		obj, err := decode(raw)
		if err != nil {
			p.Bad = append(p.Bad, &Error{Class: ClassUnreadable, Action: actList, CLID: obj.CLID, Err: err})
			continue
		}
		p.Clients = append(p.Clients, obj)
	}
}

func encodeQuery(q *ListQuery) []byte {
	o := newObject(nil)
	o.num("offset", int64(q.Page))
	order := q.Order
	if order == "" {
		order = "clid"
	}
	o.str("order", order) // without it the server dies
	if len(q.Fields) > 0 {
		fields := q.Fields
		if !slices.Contains(fields, "clid") {
			fields = append([]string{"clid"}, fields...)
		}
		o.str("fields", strings.Join(fields, ","))
	}
	if q.BankInfo {
		o.raw("bankinfo", "true")
	}
	o.strIf("dateChangeStart", q.ChangedFrom)
	o.strIf("dateChangeEnd", q.ChangedTo)
	o.strIf("dateStart", q.CreatedFrom)
	o.strIf("dateEnd", q.CreatedTo)
	if q.UserID != 0 {
		o.num("iduser", q.UserID)
	}
	o.strIf("word", q.Word)
	switch q.Trash {
	case TrashOnly:
		o.raw("filter", `{"trash":true}`)
	case TrashWithout: // false means no filter to the server, "no" means yes
		o.raw("filter", `{"trash":"0"}`)
	case TrashAny:
	}
	return o.end()
}

// InfoByCLID returns one client. ClassInvisible: not there, or not visible to
// the login. ClassUnreadable: there, but the CRM cannot show it.
func (c *Client) InfoByCLID(ctx context.Context, clid int64, bankInfo bool) (ClientObject, error) {
	if clid <= 0 {
		return ClientObject{}, refusal(actInfo, errNoCLID)
	}
	var obj ClientObject
	var err error
	if c.speaksV1() {
		var f form
		f.num("clid", clid)
		obj, err = c.infoV1(ctx, f, bankInfo)
	} else {
		o := newObject(nil)
		o.num("clid", clid)
		obj, err = c.info(ctx, o, bankInfo)
	}
	if err == nil && obj.CLID != clid {
		return ClientObject{}, protocol(actInfo, errors.New("answer is about another client"))
	}
	var e *Error
	if errors.As(err, &e) && e.Class == ClassUnreadable {
		e.CLID = clid
	}
	return obj, err
}

// InfoByUID returns a client with this uid as the CRM compares it: without case,
// cut at MaxUID. uids are not unique there; of several, one is answered. The
// caller compares UID itself. ClassNotFound: none that the login sees.
func (c *Client) InfoByUID(ctx context.Context, uid string, bankInfo bool) (ClientObject, error) {
	if err := checkUID(uid); err != nil {
		return ClientObject{}, refusal(actInfo, err)
	}
	if c.speaksV1() {
		return c.infoByUIDV1(ctx, uid, bankInfo)
	}
	o := newObject(nil)
	o.str("uid", uid)
	return c.info(ctx, o, bankInfo)
}

// InfoByINN returns a client one of whose requisites, not necessarily the ИНН,
// equals inn; of several, one. The caller checks Recv.
func (c *Client) InfoByINN(ctx context.Context, inn string, bankInfo bool) (ClientObject, error) {
	if inn == "" || strings.ContainsFunc(inn, func(r rune) bool { return r < '0' || r > '9' }) {
		return ClientObject{}, refusal(actInfo, errors.New("inn is not a number"))
	}
	if c.speaksV1() {
		return ClientObject{}, notInDialect(actInfo)
	}
	o := newObject(nil)
	o.str("inn", inn)
	return c.info(ctx, o, bankInfo)
}

func (c *Client) info(ctx context.Context, o object, bankInfo bool) (ClientObject, error) {
	if bankInfo {
		o.raw("bankinfo", "true")
	}
	env, _, err := c.read(ctx, actInfo, o.end())
	if err != nil {
		return ClientObject{}, err
	}
	if len(env.data) == 0 || env.data[0] != '{' {
		return ClientObject{}, protocol(actInfo, errShape)
	}
	obj, err := decodeClient(env.data)
	if err != nil {
		return ClientObject{}, &Error{Class: ClassUnreadable, Action: actInfo, CLID: obj.CLID, HTTPStatus: 200, Err: err}
	}
	return obj, nil
}

func protocol(action string, err error) *Error {
	return &Error{Class: ClassProtocol, Action: action, HTTPStatus: 200, Err: err}
}
