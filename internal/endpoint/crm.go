package endpoint

import (
	"context"
	"errors"
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

	users  map[string]int64           // active logins; nil = not asked yet
	titles map[string]map[string]bool // by dictionary field, folded; nil = not asked yet
}

// NewCRM returns the CRM side of a job.
//
// zone is the CRM account's; nil = UTC.
func NewCRM(api *crmapi.Client, m *mapping.Mapping, zone *time.Location) *CRM {
	if zone == nil {
		zone = time.UTC
	}
	return &CRM{api: api, m: m, zone: zone}
}

// mirrorFields are the fields that first meetings look at.
func mirrorFields() []string { return []string{"clid", "uid", "type", "title", "phone", "mail_url"} }

// Scan implements engine.CRM. A scan of everything also reads the trash apart,
// because the list does not tell who is in it.
func (c *CRM) Scan(ctx context.Context, scan engine.ScanQuery, yield func(engine.Observed) error) error {
	above, changed := scan.Above, scan.Changed
	trash := map[int64]bool{}
	if above == 0 {
		q := crmapi.ListQuery{Fields: []string{"clid"}, Trash: crmapi.TrashOnly}
		if err := c.each(ctx, q, func(o crmapi.ClientObject) error {
			trash[o.CLID] = true
			return nil
		}); err != nil {
			return fmt.Errorf("read the trash: %w", err)
		}
	}
	q := crmapi.ListQuery{Fields: mirrorFields(), BankInfo: true}
	err := c.each(ctx, q, func(o crmapi.ClientObject) error {
		if o.CLID <= above {
			return errEnough
		}
		e := c.entry(&o)
		e.Trash = e.Trash || trash[o.CLID]
		return yield(engine.Observed{Entry: e})
	})
	if err != nil && !errors.Is(err, errEnough) || changed.IsZero() {
		return ignore(err, errEnough)
	}
	return c.scanChanged(ctx, above, changed, yield)
}

func ignore(err, known error) error {
	if errors.Is(err, known) {
		return nil
	}
	return err
}

// scanChanged reads the clients that were edited in a window of time. Both
// bounds are given, because servers ignore one alone; the upper one lies ahead,
// because clocks differ. A server that ignores the window answers everything,
// which does no harm.
func (c *CRM) scanChanged(ctx context.Context, above int64, from time.Time, yield func(engine.Observed) error) error {
	q := crmapi.ListQuery{
		Fields: mirrorFields(), BankInfo: true,
		ChangedFrom: from.In(c.zone).Format(time.DateTime),
		ChangedTo:   from.In(c.zone).AddDate(1, 0, 0).Format(time.DateTime),
	}
	err := c.each(ctx, q, func(o crmapi.ClientObject) error {
		if o.CLID > above {
			return nil // the scan by number had it
		}
		return yield(engine.Observed{Entry: c.entry(&o)})
	})
	if err != nil {
		return fmt.Errorf("read the clients that were edited: %w", err)
	}
	return nil
}

// errEnough ends a scan that reached what is known.
var errEnough = errors.New("enough")

// each walks the list. A client that cannot be read goes along with its clid,
// when that much is known.
func (c *CRM) each(ctx context.Context, q crmapi.ListQuery, take func(crmapi.ClientObject) error) error {
	for o, err := range c.api.Clients(ctx, q) {
		if err != nil && !isClass(err, crmapi.ClassUnreadable) {
			return err
		}
		if o.CLID == 0 {
			continue
		}
		if err := take(o); err != nil {
			return err
		}
	}
	return nil
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

func (c *CRM) observed(o *crmapi.ClientObject) engine.Observed {
	return engine.Observed{
		Entry: c.entry(o), Title: o.Fields["title"].S, Values: c.m.FromCRM(o, nil),
	}
}

// Read implements engine.CRM.
func (c *CRM) Read(ctx context.Context, clid int64) (engine.Observed, error) {
	o, err := c.api.InfoByCLID(ctx, clid, true)
	switch {
	case err == nil:
		return c.observed(&o), nil
	case isClass(err, crmapi.ClassUnreadable):
		return engine.Observed{}, fmt.Errorf("client %d: %w", clid, engine.ErrUnreadable)
	case isClass(err, crmapi.ClassInvisible), isClass(err, crmapi.ClassNotFound):
		return engine.Observed{}, fmt.Errorf("client %d: %w", clid, engine.ErrNotVisible)
	}
	return engine.Observed{}, err
}

// Find implements engine.CRM.
func (c *CRM) Find(ctx context.Context, uid string) (engine.Observed, error) {
	o, err := c.api.InfoByUID(ctx, uid, true)
	switch {
	case err == nil:
		return c.observed(&o), nil
	case isClass(err, crmapi.ClassNotFound):
		return engine.Observed{}, fmt.Errorf("uid %s: %w", uid, engine.ErrNotFound)
	case isClass(err, crmapi.ClassUnreadable):
		return engine.Observed{}, fmt.Errorf("uid %s: %w", uid, engine.ErrUnreadable)
	}
	return engine.Observed{}, err
}

// Newest implements engine.CRM.
func (c *CRM) Newest(ctx context.Context) ([]engine.Observed, error) {
	page, err := c.api.List(ctx, crmapi.ListQuery{BankInfo: true})
	if err != nil {
		return nil, err
	}
	out := make([]engine.Observed, 0, len(page.Clients))
	for i := range page.Clients {
		out = append(out, c.observed(&page.Clients[i]))
	}
	return out, nil
}

// SeesAll implements engine.CRM: by the login's role, or by counting: what the
// list shows by itself against what it shows owner by owner.
func (c *CRM) SeesAll(ctx context.Context) (bool, error) {
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
		q := crmapi.ListQuery{Fields: []string{"clid"}, UserID: owner}
		err := c.each(ctx, q, func(crmapi.ClientObject) error { n++; return nil })
		return n, err
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
// their values in silence. active are the fields that it answers.
func (c *CRM) Inactive(active []crmapi.FieldCaption) []string {
	on := map[string]bool{"uid": true, "type": true, "date_create": true}
	for _, f := range active {
		on[f.Key] = true
	}
	var out []string
	requisites := false
	for i := range c.m.Schema().Len() {
		name := c.m.Schema().Field(i).Name
		switch {
		case strings.HasPrefix(name, "recv."):
			requisites = true
		case name == "user":
			if !on["iduser"] {
				out = append(out, name)
			}
		case !on[name]:
			out = append(out, name)
		}
	}
	if requisites && !on["recv"] {
		out = append(out, "recv")
	}
	return out
}
