package endpoint

import (
	"context"
	"fmt"
	"slices"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/record"
)

// What the API of a CRM does not tell is not guessed: an owner that nobody was seen
// to be is not sent, and absence is proven only by the operator's word.

// askTraits asks once what the CRM can do.
func (c *CRM) askTraits(ctx context.Context) (crmapi.Traits, error) {
	if c.traits == nil {
		t, err := c.api.Traits(ctx)
		if err != nil {
			return t, fmt.Errorf("ask what the CRM can do: %w", err)
		}
		c.traits = &t
	}
	return *c.traits, nil
}

// Unsent names the mapped fields that the CRM's API does not carry: they are neither
// sent nor compared. Of API v1 nobody can tell whether the requisites are switched on.
func (c *CRM) Unsent(ctx context.Context) ([]string, error) {
	t, err := c.askTraits(ctx)
	if err != nil || t.Dialect == crmapi.V3 {
		return nil, err
	}
	if err := c.form.load(ctx); err != nil {
		return nil, err
	}
	var out []string
	for i := range c.m.Schema().Len() {
		if name := c.m.Schema().Field(i).Name; !carries(t, name) || isRequisite(name) && !c.form.has("recv") {
			out = append(out, name)
		}
	}
	return out, nil
}

// Schema is the mapping's schema as this CRM can carry it out, for reconcile.Policy.
func (c *CRM) Schema(ctx context.Context) (*record.Schema, error) {
	unsent, err := c.Unsent(ctx)
	if err != nil || c.api.Dialect() == crmapi.V3 {
		return c.m.Schema(), err
	}
	fields := make([]record.Field, c.m.Schema().Len())
	for i := range fields {
		f := c.m.Schema().Field(i)
		f.Unsent = slices.Contains(unsent, f.Name)
		f.AddOnly = f.AddOnly || f.Name == "date_create" // an update would move it by the zone
		fields[i] = f
	}
	return record.NewSchema(fields), nil
}

// carries reports whether an API of these traits carries a mapped field.
func carries(t crmapi.Traits, field string) bool {
	return !isRequisite(field) || t.Arrays && (t.ShortName || field != "recv.castUrNameShort")
}

// tells reports whether an API of these traits shows a mapped field as it is. V1 has
// the date of creation in a zone that nobody tells, and to the minute or to the second.
func tells(t crmapi.Traits, field string) bool {
	return carries(t, field) && (t.Dialect == crmapi.V3 || field != "date_create")
}

// within takes what the API does not carry out of an input.
func within(t crmapi.Traits, in *crmapi.ClientInput) {
	kept := in.Recv[:0]
	for _, r := range in.Recv {
		if carries(t, "recv."+r.Key) {
			kept = append(kept, r)
		}
	}
	in.Recv = kept
}

// knownTrash tells who is in the trash, read once where no answer about a client
// tells it; of a CRM that cannot be asked nobody is.
func (c *CRM) knownTrash(ctx context.Context) (map[int64]bool, error) {
	t, err := c.askTraits(ctx)
	switch {
	case err != nil || t.Dialect == crmapi.V3:
		return nil, err
	case c.trashed != nil:
		return c.trashed, nil
	case t.TrashFilter:
		if c.trashed, err = c.readTrash(ctx, crmapi.ListQuery{}); err != nil {
			c.trashed = nil
		}
		return c.trashed, err
	}
	c.trashed = map[int64]bool{}
	return c.trashed, nil
}

// newestV1 returns the newest page. Where each client is a question of its own, only
// those are read that came since the scan, or the newest alone.
func (c *CRM) newestV1(ctx context.Context, t crmapi.Traits) ([]engine.Observed, error) {
	q := crmapi.ListQuery{BankInfo: true}
	if t.ListFields {
		return c.firstOf(ctx, q, crmapi.PageSize)
	}
	if c.scanned {
		q.Above = c.top
		if came, err := c.firstOf(ctx, q, crmapi.PageSize); err != nil || len(came) > 0 {
			return came, err
		}
		q.Above = 0
	}
	return c.firstOf(ctx, q, 1)
}

// firstOf returns the first clients of q, at most so many.
func (c *CRM) firstOf(ctx context.Context, q crmapi.ListQuery, most int) ([]engine.Observed, error) {
	var out []engine.Observed
	for o, err := range c.api.Clients(ctx, q) {
		switch {
		case isClass(err, crmapi.ClassUnreadable):
			continue
		case err != nil:
			return nil, err
		}
		seen, err := c.observed(ctx, &o)
		if err != nil {
			return nil, err
		}
		if out = append(out, seen); len(out) == most {
			break
		}
	}
	return out, nil
}

// meetOwner remembers an owner where the CRM does not list its users: who owns a
// client is a user of it. In return it completes an owner that an answer told by
// number alone.
func (c *CRM) meetOwner(ctx context.Context, o *crmapi.ClientObject) error {
	if o.User == "" && o.UserID != 0 {
		o.User = c.logins[o.UserID]
		if o.User == "" && c.m.Schema().Index("user") >= 0 {
			card, err := c.api.InfoByCLID(ctx, o.CLID, false)
			switch {
			case err == nil:
				o.User = card.User
			case isClass(err, crmapi.ClassInvisible), isClass(err, crmapi.ClassNotFound), isClass(err, crmapi.ClassUnreadable):
			default:
				return err
			}
		}
	}
	if o.User == "" {
		return nil
	}
	if c.users == nil {
		c.users, c.logins = map[string]int64{}, map[int64]string{}
	}
	c.users[o.User] = max(c.users[o.User], o.UserID)
	if o.UserID != 0 {
		c.logins[o.UserID] = o.User
	}
	return nil
}

// lookForOwner reads the list for an owner that nobody was seen to be: once, and
// where that does not cost a question for each client. Input refuses who is not found.
func (c *CRM) lookForOwner(ctx context.Context, t crmapi.Traits, values []record.Value) error {
	at := c.m.Schema().Index("user")
	if at < 0 || values[at].Blank() || values[at].Text == c.api.Login() || !t.ListFields || c.ownersMet {
		return nil
	}
	if _, met := c.users[values[at].Text]; met {
		return nil
	}
	for o, err := range c.api.Clients(ctx, crmapi.ListQuery{}) {
		if err != nil && !isClass(err, crmapi.ClassUnreadable) {
			return fmt.Errorf("read the owners of the CRM's clients: %w", err)
		}
		if err := c.meetOwner(ctx, &o); err != nil {
			return fmt.Errorf("read an owner of the CRM's clients: %w", err)
		}
	}
	c.ownersMet = true
	return nil
}
