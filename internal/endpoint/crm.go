package endpoint

import (
	"context"
	"fmt"
	"strings"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// CRM is the CRM's clients through a mapping. It implements engine.CRM and
// engine.Writer. It is used by one run at a time.
type CRM struct {
	api  *crmapi.Client
	m    *mapping.Mapping
	zone *time.Location

	users  map[string]int64 // active logins; nil = not asked yet
	logins map[int64]string // of all users; nil = not asked yet
	form   form
	titles map[string]map[string]bool // by dictionary field, folded; nil = not asked yet

	traits    *crmapi.Traits // nil = not asked yet
	trashed   map[int64]bool // who is in the trash, where no answer about a client tells it; nil = not read yet
	ownersMet bool           // users are those that own a client, and all of them
	scanned   bool
	top       int64 // the highest clid that the scan read, or began above
}

// NewCRM returns the CRM side of a job.
//
// zone is the CRM account's; nil = UTC.
func NewCRM(api *crmapi.Client, m *mapping.Mapping, zone *time.Location) *CRM {
	if zone == nil {
		zone = time.UTC
	}
	always := []string{"uid", "type", "date_create"}
	return &CRM{api: api, m: m, zone: zone, form: form{whose: "clients", ask: api.Fields, always: always}}
}

// entry is what the mirror keeps of a client.
func (c *CRM) entry(o *crmapi.ClientObject) reconcile.Entry {
	return reconcile.Entry{CLID: o.CLID, UID: o.UID, Trash: o.Trash, Keys: keysOf(c.m.KeysOfCRM(o))}
}

func keysOf(k mapping.Keys) reconcile.Keys {
	return reconcile.Keys{
		INN: k.INN, INNDoubtful: !k.INNValid, KPP: k.KPP, Phones: k.Phones, Mails: k.Mails, Title: k.Title,
	}
}

// Keys gives the match keys of a source record's values, for engine.Config.
func Keys(m *mapping.Mapping) func([]record.Value) reconcile.Keys {
	return func(values []record.Value) reconcile.Keys { return keysOf(m.MatchKeys(values)) }
}

// observed is a client with all values. list and info tell different things of
// one client: info has the owner's id where list has the login, and it shows what
// a field held before it was switched off. Here both come to the same; what list
// cannot show is absent.
func (c *CRM) observed(ctx context.Context, o *crmapi.ClientObject) (engine.Observed, error) {
	if err := c.form.load(ctx); err != nil {
		return engine.Observed{}, err
	}
	t, err := c.askTraits(ctx)
	if err != nil {
		return engine.Observed{}, err
	}
	if err := c.nameOwner(ctx, t, o); err != nil {
		return engine.Observed{}, err
	}
	trash, err := c.knownTrash(ctx)
	if err != nil {
		return engine.Observed{}, err
	}
	for _, name := range keyFields() {
		if !c.form.has(name) {
			delete(o.Fields, name)
		}
	}
	out := engine.Observed{Entry: c.entry(o), Title: o.Fields["title"].S, Values: c.m.FromCRM(o, nil)}
	out.Entry.Trash = out.Entry.Trash || trash[o.CLID]
	for i := range out.Values {
		if name := c.m.Schema().Field(i).Name; !c.form.has(apiField(name)) || !tells(t, name) {
			out.Values[i] = record.Value{}
		}
	}
	return out, nil
}

// nameOwner completes an owner that was told by number alone.
func (c *CRM) nameOwner(ctx context.Context, t crmapi.Traits, o *crmapi.ClientObject) error {
	if !t.Directory {
		return c.meetOwner(ctx, o)
	}
	if err := c.loadUsers(ctx); err != nil {
		return err
	}
	if o.User == "" {
		o.User = c.logins[o.UserID]
	}
	return nil
}

// Read implements engine.CRM.
func (c *CRM) Read(ctx context.Context, clid int64) (engine.Observed, error) {
	o, err := c.api.InfoByCLID(ctx, clid, true)
	switch {
	case err == nil:
		return c.observed(ctx, &o)
	case isClass(err, crmapi.ClassUnreadable):
		return engine.Observed{}, fmt.Errorf("client %d: %w", clid, engine.ErrUnreadable)
	case isClass(err, crmapi.ClassInvisible), isClass(err, crmapi.ClassNotFound):
		return engine.Observed{}, fmt.Errorf("client %d: %w", clid, engine.ErrNotVisible)
	}
	return engine.Observed{}, err
}

// Find implements engine.CRM.
func (c *CRM) Find(ctx context.Context, s engine.Sought) (engine.Observed, error) {
	uid := s.UID
	o, err := c.api.InfoByUID(ctx, uid, true)
	switch {
	case err == nil:
		return c.observed(ctx, &o)
	case isClass(err, crmapi.ClassNotFound):
		return engine.Observed{}, fmt.Errorf("uid %s: %w", uid, engine.ErrNotFound)
	case isClass(err, crmapi.ClassUnreadable),
		isClass(err, crmapi.ClassInvisible): // the list shows it, and the card is kept from this login
		return engine.Observed{}, fmt.Errorf("uid %s: %w", uid, engine.ErrUnreadable)
	}
	return engine.Observed{}, err
}

// Newest implements engine.CRM.
func (c *CRM) Newest(ctx context.Context) ([]engine.Observed, error) {
	if t, err := c.askTraits(ctx); err != nil || t.Dialect == crmapi.V1 {
		if err != nil {
			return nil, err
		}
		return c.newestV1(ctx, t)
	}
	page, err := c.api.List(ctx, crmapi.ListQuery{BankInfo: true})
	if err != nil {
		return nil, err
	}
	out := make([]engine.Observed, 0, len(page.Clients))
	for i := range page.Clients {
		seen, err := c.observed(ctx, &page.Clients[i])
		if err != nil {
			return nil, err
		}
		out = append(out, seen)
	}
	return out, nil
}

// SeesAll implements engine.CRM: by the login's role, or by counting: what the
// list shows by itself against what it shows owner by owner; or, where the CRM
// tells neither, by the operator's word.
func (c *CRM) SeesAll(ctx context.Context) (bool, error) {
	if t, err := c.askTraits(ctx); err != nil || !t.Directory {
		return err == nil && c.api.Vouched(), err
	}
	me, err := c.api.Me(ctx)
	if err != nil {
		return false, err
	}
	if me.SeesEverything() {
		return true, nil
	}
	users, err := c.api.Users(ctx)
	if err != nil {
		return false, err
	}
	count := func(owner int64) (int, error) {
		n := 0
		for o, err := range c.api.Clients(ctx, crmapi.ListQuery{Fields: []string{"clid"}, UserID: owner}) {
			if err != nil && !isClass(err, crmapi.ClassUnreadable) {
				return 0, err
			}
			if o.CLID != 0 {
				n++
			}
		}
		return n, nil
	}
	plain, err := count(0)
	if err != nil {
		return false, err
	}
	sum := 0
	for _, u := range users {
		n, err := count(u.ID)
		if err != nil {
			return false, err
		}
		sum += n
	}
	return sum == plain, nil
}

// Inactive names the mapped fields that the CRM has switched off: it would drop
// their values in silence. active are the fields that it answers. What its API cannot
// carry, whatever is switched on, is another matter: see Unsent.
func (c *CRM) Inactive(active []crmapi.FieldCaption) []string {
	c.form.answered(active)
	var out []string
	requisites := false
	for i := range c.m.Schema().Len() {
		switch name := c.m.Schema().Field(i).Name; {
		case c.form.has(apiField(name)):
		case isRequisite(name) && c.api.Dialect() == crmapi.V1: // Unsent
		case isRequisite(name):
			requisites = true
		default:
			out = append(out, name)
		}
	}
	if requisites {
		out = append(out, "recv")
	}
	return out
}

func isRequisite(field string) bool { return strings.HasPrefix(field, "recv.") }

// apiField is what the CRM's form calls a mapped field.
func apiField(field string) string {
	switch {
	case isRequisite(field):
		return "recv"
	case field == "user":
		return "iduser"
	}
	return field
}
