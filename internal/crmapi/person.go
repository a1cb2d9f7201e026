package crmapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// The actions of contacts, as they stand in the path of v3.
const (
	actPersonFields = "person/fields"
	actPersonList   = "person/list"
	actPersonInfo   = "person/info"
	actPersonAdd    = "person/add"
	actPersonUpdate = "person/update"
	actPersonDelete = "person/delete"
)

var (
	errNoPID      = errors.New("pid is not positive")
	errNoPersonID = errors.New("record carries no pid")
	errNoName     = errors.New("name is empty")
	errNoOwner    = errors.New("the owner's login is none of the CRM's")
)

// PersonQuery selects contacts. The zero value is every contact that the login
// sees.
type PersonQuery struct {
	Above int64 // only contacts above this pid; 0 = none
	CLID  int64 // of this client; 0 = of all
}

// Persons reads and writes the contacts of one CRM. It may be used by several
// goroutines.
type Persons struct {
	c *Client

	mu    sync.Mutex
	users []User       // nil = not read yet
	paths []GuideEntry // likewise
}

// Persons returns the contacts, which v3 alone serves. Nothing is sent.
func (c *Client) Persons() *Persons { return &Persons{c: c} }

// ProbePersons finds out whether this CRM serves contacts, as ProbeDeals does of
// deals.
func (c *Client) ProbePersons(ctx context.Context) (bool, error) {
	_, err := c.Persons().Fields(ctx)
	return c.serves(ctx, err)
}

// Fields returns the fields of contacts that are active in the CRM. Others are
// dropped on every write.
func (p *Persons) Fields(ctx context.Context) ([]FieldCaption, error) {
	return p.c.captions(ctx, request{action: actPersonFields, body: []byte("{}")}, "pid")
}

// All returns the contacts of q, each pid once, newest pid first but for
// stragglers. Completeness and errors are those of Deals.All.
func (p *Persons) All(ctx context.Context, q PersonQuery) iter.Seq2[PersonObject, error] {
	if q.Above < 0 || q.CLID < 0 {
		return func(yield func(PersonObject, error) bool) { yield(PersonObject{}, refusal(actPersonList, errNoPID)) }
	}
	l := listing[PersonObject]{
		action: actPersonList,
		above:  q.Above,
		whole:  q.CLID == 0,
		size:   PageSize,
		page:   func(ctx context.Context, n int) (rowsOf[PersonObject], error) { return p.list(ctx, n, q.CLID, false) },
		ids:    func(ctx context.Context, n int) (rowsOf[PersonObject], error) { return p.list(ctx, n, 0, true) },
		id:     func(o *PersonObject) int64 { return o.PID },
		bare:   func(pid int64) PersonObject { return PersonObject{PID: pid} },
	}
	return func(yield func(PersonObject, error) bool) {
		for o, err := range l.walk(ctx) {
			if err == nil && q.CLID != 0 && o.CLID != q.CLID {
				continue // a filter that the server does not know
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

func (p *Persons) list(ctx context.Context, page int, clid int64, idsOnly bool) (rowsOf[PersonObject], error) {
	o := newObject(nil)
	o.num("offset", int64(page))
	o.str("order", "pid")
	if idsOnly {
		o.str("fields", "pid")
	}
	if clid != 0 {
		o.key("filter")
		f := newObject(o.b)
		f.num("clid", clid)
		o.b = f.end()
	}
	rows, err := readRows(ctx, p.c, actPersonList, o.end(), decodePerson, func(o *PersonObject) int64 { return o.PID })
	rows.pages = (rows.total + PageSize - 1) / PageSize
	return rows, err
}

// ByPID returns one contact. ClassNotFound: there is none.
func (p *Persons) ByPID(ctx context.Context, pid int64) (PersonObject, error) {
	if pid <= 0 {
		return PersonObject{}, refusal(actPersonInfo, errNoPID)
	}
	o := newObject(nil)
	o.num("pid", pid)
	env, _, err := p.c.read(ctx, actPersonInfo, o.end())
	if err != nil {
		return PersonObject{}, err
	}
	if len(env.data) == 0 || env.data[0] != '{' {
		return PersonObject{}, protocol(actPersonInfo, errShape)
	}
	obj, err := decodePerson(env.data)
	switch {
	case errors.Is(err, errNoPersonID): // the card of nulls of one that is not there
		return PersonObject{}, &Error{Class: ClassNotFound, Action: actPersonInfo, HTTPStatus: 200, Err: err}
	case err != nil:
		return PersonObject{PID: pid}, &Error{Class: ClassUnreadable, Action: actPersonInfo, HTTPStatus: 200, Err: err}
	case obj.PID != pid:
		return PersonObject{}, protocol(actPersonInfo, errors.New("answer is about another contact"))
	}
	if obj.UserID == 0 && obj.User != "" { // a card tells the login alone
		obj.UserID, err = p.userID(ctx, obj.User)
	}
	return obj, err
}

// Add creates a contact and returns its pid. The CRM looks for no contact that is
// there already.
func (p *Persons) Add(ctx context.Context, in PersonInput) (pid int64, err error) {
	if err := checkPerson(&in, true); err != nil {
		return 0, refusal(actPersonAdd, err)
	}
	o := newObject(nil)
	appendID(&o, "clid", in.CLID)
	o.strIf("user", in.User)
	for _, f := range in.Fields {
		o.strIf(f.Key, f.Text)
	}
	err = p.c.write(ctx, request{action: actPersonAdd, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		env, e := p.c.dealAnswer(actPersonAdd, raw, status)
		if e != nil {
			return e
		}
		if pid = intOf(env.data); pid <= 0 {
			return doubtful(actPersonAdd, status, errNoNewID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return pid, nil
}

// Update writes what in sets to the contact that was, and nothing else: the server
// empties every active field that it is not sent, the owner too, so that all are
// sent as they were. in.CLID 0 keeps the client, in.User "" the owner. The degree
// of loyalty, which no answer tells as it is written, gets lost where it is in
// use. Sends nothing when in sets nothing. A contact that is not there is no
// error: today's server says the same of it.
func (p *Persons) Update(ctx context.Context, was PersonObject, in PersonInput) error {
	if was.PID <= 0 {
		return refusal(actPersonUpdate, errNoPID)
	}
	if err := checkPerson(&in, false); err != nil {
		return refusal(actPersonUpdate, err)
	}
	if in.CLID == 0 && in.User == "" && len(in.Fields) == 0 {
		return nil
	}
	body, err := p.update(ctx, &was, &in)
	if err != nil {
		return err
	}
	return p.c.write(ctx, request{action: actPersonUpdate, body: body, records: 1}, func(raw []byte, status int) *Error {
		return p.c.about(actPersonUpdate, raw, status, was.PID)
	})
}

// update builds the request: the fields of in over those that the contact has.
func (p *Persons) update(ctx context.Context, was *PersonObject, in *PersonInput) ([]byte, error) {
	owner := was.UserID
	if login := cmp.Or(in.User, was.User); in.User != "" || owner == 0 && login != "" {
		var err error
		if owner, err = p.userID(ctx, login); err != nil {
			return nil, unasked(actPersonUpdate, err)
		}
		if owner == 0 {
			return nil, refusal(actPersonUpdate, errNoOwner)
		}
	}
	o := newObject(nil)
	o.num("pid", was.PID)
	appendID(&o, "clid", in.CLID)
	o.num("iduser", owner)
	if path := was.Fields["clientpath"].S; path != "" && !hasKey(in.Fields, "clientpath") {
		id, err := p.pathID(ctx, path)
		if err != nil {
			return nil, unasked(actPersonUpdate, err)
		}
		appendID(&o, "clientpath", id)
	}
	for _, f := range in.Fields {
		o.str(f.Key, f.Text)
	}
	kept := make([]string, 0, len(was.Fields))
	for key := range was.Fields {
		if personField(key) && !hasKey(in.Fields, key) {
			kept = append(kept, key)
		}
	}
	slices.Sort(kept)
	for _, key := range kept {
		o.str(key, was.Fields[key].S)
	}
	return o.end(), nil
}

// Delete removes a contact for good. ClassHasDeals: it is the contact of a deal.
// ClassNotFound: it is gone already; today's server calls that a success.
func (p *Persons) Delete(ctx context.Context, pid int64) error {
	if pid <= 0 {
		return refusal(actPersonDelete, errNoPID)
	}
	o := newObject(nil)
	o.num("pid", pid)
	return p.c.write(ctx, request{action: actPersonDelete, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		e := p.c.about(actPersonDelete, raw, status, pid)
		// The refusal of today's server has no code, only words.
		if e != nil && e.Code == 0 && e.Class == ClassUnknown && strings.Contains(e.Text, "Имеются связанные записи") {
			e.Class = ClassHasDeals
		}
		return e
	})
}

// userID finds the id of a login; 0 = nobody has it.
func (p *Persons) userID(ctx context.Context, login string) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	find := func() int64 {
		for _, u := range p.users {
			if strings.EqualFold(u.Login, login) {
				return u.ID
			}
		}
		return 0
	}
	if id := find(); id != 0 {
		return id, nil
	}
	users, err := p.c.Users(ctx)
	if err != nil {
		return 0, err
	}
	p.users = users
	return find(), nil
}

// pathID finds the id of a source; 0 = there is none of this title.
func (p *Persons) pathID(ctx context.Context, title string) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e, ok := titleIn(p.paths, title); ok {
		return e.ID, nil
	}
	paths, err := p.c.ClientPaths(ctx)
	if err != nil {
		return 0, err
	}
	p.paths = paths
	e, _ := titleIn(paths, title)
	return e.ID, nil
}

func checkPerson(in *PersonInput, add bool) error {
	switch {
	case in.CLID < 0:
		return errNoCLID
	case unsafeSQL(in.User):
		return fmt.Errorf("user %w", errUnsafe)
	}
	named := !add
	for i, f := range in.Fields {
		switch {
		case !personField(f.Key) || f.List != nil:
			return fmt.Errorf("field %q %w", f.Key, errReserved)
		case hasKey(in.Fields[:i], f.Key):
			return fmt.Errorf("field %q %w", f.Key, errTwin)
		case f.Key == "person":
			if strings.TrimSpace(f.Text) == "" {
				return errNoName
			}
			named = true
		}
	}
	if !named {
		return errNoName
	}
	return nil
}

// personField reports whether a field of a contact is one that is written as text.
func personField(key string) bool {
	switch key {
	case "person", "ptitle", "tel", "fax", "mob", "mail", "rol":
		return true
	}
	return strings.HasPrefix(key, "input") && reKey.MatchString(key)
}

// decodePerson reads a row of person/list or the data of person/info.
func decodePerson(raw []byte) (PersonObject, error) {
	if !json.Valid(raw) || !utf8.Valid(raw) {
		return PersonObject{PID: rawID(raw, "pid")}, errBadJSON
	}
	if raw[0] != '{' {
		return PersonObject{}, errNoPersonID
	}
	o := PersonObject{Fields: make(map[string]Text, 10)}
	if err := eachMember(raw, o.member); err != nil {
		return PersonObject{}, err
	}
	if o.PID <= 0 {
		return PersonObject{}, errNoPersonID
	}
	return o, nil
}

func (o *PersonObject) member(key, val []byte) {
	switch k := string(key); k {
	case "pid":
		o.PID = intOf(val)
	case "clid":
		o.CLID = intOf(val)
	case "iduser":
		if o.UserID = intOf(val); o.UserID == 0 { // info: a login
			if s, _, _ := stringOf(val); s != "" && s != "0" {
				o.User = s
			}
		}
	case "user":
		o.User, _, _ = stringOf(val)
	case "date_create":
		o.Created = normalDate(val)
	case "date_edit":
		o.Edited = normalDate(val)
	case "client", "socials":
		// The client's title, and what is no field of the form.
	default:
		if t, ok := textOf(val); ok {
			o.Fields[k] = t
		}
	}
}
