package endpoint

import (
	"context"
	"errors"
	"fmt"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// Add implements engine.Writer. Records whose owner or dictionary title the CRM
// does not know are refused here, and the others go.
func (c *CRM) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	answers := make([]engine.AddAnswer, len(ops))
	inputs := make([]crmapi.ClientInput, 0, len(ops))
	sent := make([]int, 0, len(ops))
	for i, op := range ops {
		values := record.Restore(c.m.Schema(), op.Set, c.m.CanonSource)
		in, refused, err := c.input(ctx, values, nil, mapping.Add)
		if err != nil {
			return nil, &engine.WriteError{Fate: engine.FateNotSent, Code: "lookup", Err: err}
		}
		if refused != nil {
			answers[i].Err = refused
			continue
		}
		in.UID = op.UID
		inputs = append(inputs, in)
		sent = append(sent, i)
	}
	if len(inputs) == 0 {
		return answers, nil
	}
	got, err := c.api.AddList(ctx, inputs)
	if err != nil {
		return nil, fateOf(err)
	}
	for n, i := range sent {
		answers[i] = answerOf(got[n])
	}
	return answers, nil
}

func answerOf(a crmapi.AddAnswer) engine.AddAnswer {
	switch a.Outcome {
	case crmapi.AddCreated:
		return engine.AddAnswer{CLID: a.CLID}
	case crmapi.AddExisting:
		return engine.AddAnswer{CLID: a.CLID, Existing: true}
	case crmapi.AddRefused:
		if errors.Is(a.Err, crmapi.ErrNotInDialect) {
			return engine.AddAnswer{Err: notInDialect(a.Err)}
		}
		return engine.AddAnswer{Err: &engine.WriteError{
			Fate: engine.FateRefused, Code: refusalCode(a.Err), Text: whyLocal(a.Err), Err: a.Err,
		}}
	case crmapi.AddUnknown:
	}
	w := &engine.WriteError{Fate: engine.FateUnknown, Code: "unknown", Err: a.Err}
	if a.Err != nil {
		w.Text = a.Err.Text
		if a.Err.Class == crmapi.ClassTransport { // a request before it went wrong
			w.Fate, w.Code = engine.FateNotSent, a.Err.Class.String()
		}
	}
	return engine.AddAnswer{Err: w}
}

// refusalCode names a refusal by the CRM's own code, or as ours.
func refusalCode(e *crmapi.Error) string {
	if e.Local {
		return refusedNotSent
	}
	return fmt.Sprintf("crm-%d", e.Code)
}

// Update implements engine.Writer.
func (c *CRM) Update(ctx context.Context, op *engine.Op) error {
	schema := c.m.Schema()
	values := make([]record.Value, schema.Len())
	var fields []int
	for _, ch := range op.Changes {
		f := schema.Index(ch.Field)
		if f < 0 {
			continue
		}
		fields = append(fields, f)
		values[f] = record.Value{State: record.Null}
		if ch.To != nil {
			values[f] = record.Of(*ch.To, c.m.CanonSource(f, *ch.To))
		}
	}
	var in crmapi.ClientInput
	if len(fields) > 0 {
		var refused *engine.WriteError
		var err error
		in, refused, err = c.input(ctx, values, fields, mapping.Update)
		if err != nil {
			return &engine.WriteError{Fate: engine.FateNotSent, Code: "lookup", Err: err}
		}
		if refused != nil {
			return refused
		}
	}
	if op.Kind == engine.OpLink {
		in.UID = op.UID
	}
	if t, err := c.askTraits(ctx); err == nil && t.Dialect == crmapi.V1 && nothingIn(&in) {
		return nil // all of it is what this API cannot carry
	}
	if _, err := c.api.Update(ctx, op.CLID, in); err != nil {
		return fateOf(err)
	}
	return nil
}

// Delete implements engine.Writer.
func (c *CRM) Delete(ctx context.Context, clid int64) error {
	if _, err := c.api.Delete(ctx, clid); err != nil {
		return fateOf(err)
	}
	return nil
}

func nothingIn(in *crmapi.ClientInput) bool {
	return in.UID == "" && in.UserID == 0 && len(in.Fields) == 0 && len(in.Recv) == 0
}

// input makes the wire's input, or says why the record must not be sent.
func (c *CRM) input(
	ctx context.Context, values []record.Value, fields []int, purpose mapping.Purpose,
) (crmapi.ClientInput, *engine.WriteError, error) {
	t, err := c.askTraits(ctx)
	if err != nil {
		return crmapi.ClientInput{}, nil, err
	}
	if err := c.askOwner(ctx, t, values); err != nil {
		return crmapi.ClientInput{}, nil, err
	}
	if refused, err := c.unknownTitle(ctx, t, values); refused != nil || err != nil {
		return crmapi.ClientInput{}, refused, err
	}
	in, err := c.m.Input(values, fields, purpose, func(login string) (int64, bool) {
		id, ok := c.users[login]
		ok = ok || !t.Directory && login == c.api.Login()
		return id, ok && (id != 0 || purpose == mapping.Add)
	})
	within(t, &in)
	var unknown *mapping.UnknownUserError
	switch {
	case errors.As(err, &unknown) && !t.Directory:
		return in, refuse(engine.RefusedOwner, unknown.Login), nil
	case errors.As(err, &unknown):
		return in, &engine.WriteError{Fate: engine.FateRefused, Code: engine.RefusedUser, Text: unknown.Login, Err: err}, nil
	case err != nil:
		return in, &engine.WriteError{Fate: engine.FateRefused, Code: refusedNotSent, Text: err.Error(), Err: err}, nil
	}
	return in, nil, nil
}

// askOwner asks for what tells whether the CRM has the owner of a record.
func (c *CRM) askOwner(ctx context.Context, t crmapi.Traits, values []record.Value) error {
	if t.Directory {
		return c.loadUsers(ctx)
	}
	return c.lookForOwner(ctx, t, values)
}

// loadUsers asks once for the CRM's users, when the mapping has owners.
func (c *CRM) loadUsers(ctx context.Context) error {
	if c.users != nil || c.m.Schema().Index("user") < 0 {
		return nil
	}
	users, err := c.api.Users(ctx)
	if err != nil {
		return fmt.Errorf("ask for the CRM's users: %w", err)
	}
	c.users, c.logins = make(map[string]int64, len(users)), make(map[int64]string, len(users))
	for _, u := range users {
		c.logins[u.ID] = u.Login
		if u.Active {
			c.users[u.Login] = u.ID
		}
	}
	return nil
}

// unknownTitle refuses a dictionary title that the CRM's list lacks, where the
// mapping does not allow the CRM to create it; or of which nobody can know that,
// because the CRM does not tell its lists.
func (c *CRM) unknownTitle(ctx context.Context, t crmapi.Traits, values []record.Value) (*engine.WriteError, error) {
	for _, d := range c.m.Dictionaries() {
		v := values[d.Field]
		if d.MayCreate || v.Blank() {
			continue
		}
		if !t.Directory {
			return refuse(engine.RefusedUnlisted, d.Name+": "+v.Text), nil
		}
		known, err := c.dictionary(ctx, d)
		if err != nil {
			return nil, err
		}
		if !known[v.Canon] {
			return &engine.WriteError{
				Fate: engine.FateRefused, Code: engine.RefusedTitle, Text: d.Name + ": " + v.Text,
				Err: fmt.Errorf("the CRM's list for %s lacks this title", d.Name),
			}, nil
		}
	}
	return nil, nil
}

// dictionary asks once for the titles of a dictionary, in canonical form.
func (c *CRM) dictionary(ctx context.Context, d mapping.Dictionary) (map[string]bool, error) {
	if known, ok := c.titles[d.Name]; ok {
		return known, nil
	}
	lists := map[string]func(context.Context) ([]crmapi.GuideEntry, error){
		"idcategory": c.api.Categories, "territory": c.api.Territories,
		"clientpath": c.api.ClientPaths, "tip_cmr": c.api.Relations,
	}
	list, ok := lists[d.Name]
	if !ok {
		return nil, fmt.Errorf("no dictionary is known for the field %s", d.Name)
	}
	entries, err := list(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask for the dictionary of %s: %w", d.Name, err)
	}
	known := make(map[string]bool, len(entries))
	for _, e := range entries {
		known[c.m.CanonCRM(d.Field, e.Title)] = true
	}
	if c.titles == nil {
		c.titles = map[string]map[string]bool{}
	}
	c.titles[d.Name] = known
	return known, nil
}
