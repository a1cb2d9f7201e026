package crmapi

import (
	"context"
	"slices"
	"strings"
	"time"
)

// fieldsV1 leaves the requisites out where the server cannot take them.
func (c *Client) fieldsV1(ctx context.Context) ([]FieldCaption, error) {
	out, err := c.captions(ctx, request{action: actFields, v1: true}, "clid")
	if err != nil {
		return nil, err
	}
	t, err := c.Traits(ctx)
	if err != nil {
		return nil, err
	}
	if t.Arrays {
		return out, nil
	}
	return slices.DeleteFunc(out, func(f FieldCaption) bool { return f.Key == "recv" }), nil
}

// listedFields are those that a list of V1 can be asked for by name on any server.
// Others it leaves out in silence, unless none is named.
var listedFields = []string{"clid", "uid", "type", "date_create", "date_edit"}

func onlyListed(fields []string) bool {
	return len(fields) > 0 && !slices.ContainsFunc(fields, func(f string) bool { return !slices.Contains(listedFields, f) })
}

// listV1 returns one page. Some servers show ids and dates alone.
func (c *Client) listV1(ctx context.Context, q ListQuery) (ListPage, error) {
	if err := checkQuery(&q); err != nil {
		return ListPage{}, refusal(actList, err)
	}
	if q.UserID != 0 || q.ChangedFrom != "" || q.ChangedTo != "" {
		return ListPage{}, notInDialect(actList)
	}
	f, err := c.queryV1(ctx, &q)
	if err != nil {
		return ListPage{}, err
	}
	env, got, err := c.ask(ctx, request{action: actList, body: f.b, v1: true})
	if err != nil {
		return ListPage{}, err
	}
	count := int64(-1)
	_ = eachMember(got.raw, func(key, val []byte) {
		if string(key) == "count" {
			count = intOf(val)
		}
	})
	// Without a row there is no data, so a count has to stand for it.
	if env.data == nil && (count < 0 || count > int64(q.Page)*PageSize) {
		return ListPage{}, protocol(actList, errShape)
	}
	page := ListPage{Pages: int((max(count, 0) + PageSize - 1) / PageSize)}
	if env.data == nil {
		return page, nil
	}
	rows, err := elements(env.data)
	if err != nil {
		return ListPage{}, protocol(actList, err)
	}
	page.read(rows, func(raw []byte) (ClientObject, error) { return decodeClientV1(raw, false) })
	return page, nil
}

func (c *Client) queryV1(ctx context.Context, q *ListQuery) (form, error) {
	var f form
	f.num("offset", int64(q.Page))
	order := q.Order
	if order == "" {
		order = "clid"
	}
	f.add("order", order)
	f.add("first", "new")
	if onlyListed(q.Fields) {
		fields := q.Fields
		if !slices.Contains(fields, "clid") {
			fields = append([]string{"clid"}, fields...)
		}
		f.add("fields", strings.Join(fields, ","))
	}
	if q.BankInfo {
		f.add("bankinfo", "yes")
	}
	f.addIf("dateStart", q.CreatedFrom)
	f.addIf("dateEnd", q.CreatedTo)
	f.addIf("word", q.Word)
	if q.Trash == TrashAny {
		return f, nil
	}
	t, err := c.Traits(ctx)
	if err != nil {
		return f, err
	}
	if !t.TrashFilter {
		return f, notInDialect(actList)
	}
	trash := "no"
	if q.Trash == TrashOnly {
		trash = "yes"
	}
	f.add(in("filter", "trash"), trash)
	return f, nil
}

// clientsV1 reads the list as Clients does, and asks for each client by itself
// where the list does not show what q wants.
func (c *Client) clientsV1(ctx context.Context, q ListQuery, yield func(ClientObject, error) bool) error {
	t, err := c.Traits(ctx)
	if err != nil {
		return err
	}
	if q.UserID != 0 && !t.ListFields {
		return notInDialect(actList) // cards tell logins, not ids
	}
	w := wantV1{q: q, cards: !t.ListFields && !onlyListed(q.Fields)}
	if w.from, w.to, err = window(q); err != nil {
		return refusal(actList, err)
	}
	inner := q
	inner.ChangedFrom, inner.ChangedTo, inner.UserID = "", "", 0
	switch {
	case w.cards:
		inner.Fields, inner.BankInfo = listedFields, false
	case q.UserID != 0:
		inner.Fields = nil
	case onlyListed(q.Fields) && w.windowed():
		inner.Fields = listedFields
	}
	for o, err := range c.walkAll(ctx, inner) {
		if err == nil {
			var wanted bool
			if wanted, err = c.fillV1(ctx, &w, &o); err == nil && !wanted {
				continue
			}
		}
		if err != nil && !isClass(err, ClassUnreadable) {
			return err
		}
		if !yield(o, err) {
			return errStopped
		}
	}
	return nil
}

// wantV1 is what a list of V1 has to be completed and sieved for.
type wantV1 struct {
	q        ListQuery
	cards    bool // ask for each client
	from, to time.Time
}

func (w *wantV1) windowed() bool { return w.q.ChangedFrom != "" || w.q.ChangedTo != "" }

// fillV1 completes a row of the list; not wanted when q does not select it, or when
// it has vanished since.
func (c *Client) fillV1(ctx context.Context, w *wantV1, o *ClientObject) (wanted bool, err error) {
	if w.windowed() && !w.within(o.Edited) {
		return false, nil
	}
	if w.cards {
		listed := *o
		*o, err = c.InfoByCLID(ctx, listed.CLID, w.q.BankInfo)
		switch {
		case isClass(err, ClassInvisible, ClassNotFound):
			return false, nil
		case err != nil:
			o.CLID = listed.CLID
			return true, err
		}
		o.Created, o.Edited = listed.Created, listed.Edited // to the second
	}
	if err := c.nameOwner(ctx, o); err != nil {
		return false, err
	}
	return w.q.UserID == 0 || o.UserID == w.q.UserID, nil
}

// skew is more than the zones of any two places differ by.
const skew = 27 * time.Hour

// window reads the bounds of the date of change, wider by what zones differ.
func window(q ListQuery) (from, to time.Time, err error) {
	read := func(s string, by time.Duration) (time.Time, error) {
		if s == "" {
			return time.Time{}, nil
		}
		layout := time.DateTime
		if len(s) == len(time.DateOnly) {
			layout = time.DateOnly
		}
		t, err := time.Parse(layout, s)
		return t.Add(by), err
	}
	if err = checkQuery(&q); err != nil {
		return from, to, err
	}
	if from, err = read(q.ChangedFrom, -skew); err == nil {
		to, err = read(q.ChangedTo, skew)
	}
	return from, to, err
}

// within tells whether a client was changed in the window. One that never was is
// not: the date of its creation is another matter.
func (w *wantV1) within(edited string) bool {
	t, err := time.Parse(time.DateTime, edited)
	return err == nil && (w.from.IsZero() || !t.Before(w.from)) && (w.to.IsZero() || !t.After(w.to))
}

// nameOwner completes the owner: list tells the id and info the login, so one
// client of each owner is asked for to bring the two together.
func (c *Client) nameOwner(ctx context.Context, o *ClientObject) error {
	if o.UserID == 0 || o.User != "" {
		return nil
	}
	c.v1.mu.Lock()
	login, known := c.v1.logins[o.UserID]
	c.v1.mu.Unlock()
	if !known {
		card, err := c.InfoByCLID(ctx, o.CLID, false)
		switch {
		case err == nil:
			login = card.User
		case !isClass(err, ClassInvisible, ClassNotFound, ClassUnreadable):
			return err
		default:
			return nil
		}
		c.v1.mu.Lock()
		c.v1.logins[o.UserID] = login
		c.v1.mu.Unlock()
	}
	o.User = login
	return nil
}

// infoV1 asks for a card.
func (c *Client) infoV1(ctx context.Context, f form, bankInfo bool) (ClientObject, error) {
	if bankInfo {
		f.add("bankinfo", "yes")
	}
	env, _, err := c.ask(ctx, request{action: actInfo, body: f.b, v1: true})
	if err != nil {
		return ClientObject{}, err
	}
	if len(env.data) == 0 || env.data[0] != '{' {
		return ClientObject{}, protocol(actInfo, errShape)
	}
	obj, err := decodeClientV1(env.data, true)
	if err != nil {
		return ClientObject{}, &Error{Class: ClassUnreadable, Action: actInfo, CLID: obj.CLID, HTTPStatus: 200, Err: err}
	}
	c.v1.mu.Lock()
	defer c.v1.mu.Unlock()
	for id, login := range c.v1.logins {
		if login == obj.User && login != "" {
			obj.UserID = id
		}
	}
	return obj, nil
}

// infoByUIDV1 reads the list where the server does not look a uid up.
func (c *Client) infoByUIDV1(ctx context.Context, uid string, bankInfo bool) (ClientObject, error) {
	t, err := c.Traits(ctx)
	if err != nil {
		return ClientObject{}, err
	}
	if t.UIDLookup {
		var f form
		f.add("uid", uid)
		return c.infoV1(ctx, f, bankInfo)
	}
	var unreadable error
	for o, err := range c.walkAll(ctx, ListQuery{Fields: []string{"clid", "uid"}}) {
		switch {
		case isClass(err, ClassUnreadable):
			unreadable = err // this may be the one
		case err != nil:
			return ClientObject{}, err
		case strings.EqualFold(o.UID, uid):
			return c.InfoByCLID(ctx, o.CLID, bankInfo)
		}
	}
	if unreadable != nil {
		return ClientObject{}, unreadable
	}
	return ClientObject{}, &Error{Class: ClassNotFound, Action: actInfo, HTTPStatus: 200}
}
