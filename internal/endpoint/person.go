package endpoint

import (
	"context"
	"fmt"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// Persons is the contacts of the CRM's clients through a mapping. It implements
// engine.CRM and engine.Writer. It is used by one run at a time.
type Persons struct {
	api  *crmapi.Persons
	m    *mapping.Mapping
	team team
	form form
}

// NewPersons returns the CRM side of a job of contacts. m is a part of a mapping of
// clients.
func NewPersons(clients *crmapi.Client, m *mapping.Mapping) *Persons {
	api := clients.Persons()
	form := form{whose: "contacts", ask: api.Fields, always: []string{fieldPerson, refClient}}
	return &Persons{api: api, m: m, team: team{api: clients}, form: form}
}

const fieldPerson = "person"

// observed is a contact with all values; fields that the CRM has switched off are
// absent.
func (p *Persons) observed(ctx context.Context, o *crmapi.PersonObject) (engine.Observed, error) {
	if err := p.form.load(ctx); err != nil {
		return engine.Observed{}, err
	}
	fields := make(map[string]crmapi.Text, len(o.Fields)+1)
	for name, t := range o.Fields {
		if p.form.has(name) {
			fields[name] = t
		}
	}
	fields[refClient] = idText(o.CLID)
	values := p.m.FromFields(fields, nil)
	return engine.Observed{Entry: naturalEntry(p.m, o.PID, values), Title: o.Fields[fieldPerson].S, Values: values}, nil
}

// Inactive names the mapped fields that the CRM has switched off: it would drop
// their values in silence. active are the fields that it answers.
func (p *Persons) Inactive(active []crmapi.FieldCaption) []string {
	p.form.answered(active)
	var out []string
	for i := range p.m.Schema().Len() {
		if name := p.m.Schema().Field(i).Name; !p.form.has(name) {
			out = append(out, name)
		}
	}
	return out
}

// Scan implements engine.CRM. The contacts above a pid come first, newest first but
// for stragglers. The CRM finds contacts by no day of change: where values are
// wanted, every older one is read.
func (p *Persons) Scan(ctx context.Context, scan engine.ScanQuery, yield func(engine.Observed) error) error {
	q := crmapi.PersonQuery{Above: scan.Above}
	if scan.Values && !scan.Changed.IsZero() {
		q.Above = 0
	}
	for o, err := range p.api.All(ctx, q) {
		bad := isClass(err, crmapi.ClassUnreadable)
		if err != nil && !bad {
			return err
		}
		if o.PID == 0 {
			continue // not even its number is known
		}
		seen, err := p.observed(ctx, &o)
		if err != nil {
			return err
		}
		if bad || !scan.Values {
			seen.Values = nil
		}
		if err := yield(seen); err != nil {
			return err
		}
	}
	return nil
}

// Read implements engine.CRM.
func (p *Persons) Read(ctx context.Context, pid int64) (engine.Observed, error) {
	o, err := p.api.ByPID(ctx, pid)
	if err != nil {
		return engine.Observed{}, notShown("contact", pid, err)
	}
	return p.observed(ctx, &o)
}

// Find implements engine.CRM: by client and name. One that lacks what was sent is
// somebody else's, or was changed since: it is met like every other that is there.
func (p *Persons) Find(ctx context.Context, s engine.Sought) (engine.Observed, error) {
	values := record.Restore(p.m.Schema(), s.Set, p.m.CanonSource)
	clid := idIn(p.m.Schema(), values, refClient)
	if clid == 0 {
		return engine.Observed{}, fmt.Errorf("a contact of no client: %w", engine.ErrNotFound)
	}
	same, err := p.named(ctx, clid, values)
	if err != nil {
		return engine.Observed{}, err
	}
	switch len(same) {
	case 0:
		return engine.Observed{}, fmt.Errorf("client %d: %w", clid, engine.ErrNotFound)
	case 1:
		if !p.shows(same[0].Values, values) {
			return engine.Observed{}, fmt.Errorf("client %d has another contact of this name: %w", clid, engine.ErrNotFound)
		}
		return same[0], nil
	}
	return engine.Observed{}, fmt.Errorf("client %d has several contacts of this name: %w", clid, engine.ErrUnsure)
}

// shows reports whether a contact of the same name has every other value that was sent;
// nobody can see it of a field that the CRM has switched off.
func (p *Persons) shows(seen, sent []record.Value) bool {
	for f, v := range sent {
		if p.m.Schema().Field(f).Name != fieldPerson && !v.Blank() && seen[f].State != record.Absent && !v.Same(seen[f]) {
			return false
		}
	}
	return true
}

// named are a client's contacts that have the name of a record's values.
func (p *Persons) named(ctx context.Context, clid int64, values []record.Value) ([]engine.Observed, error) {
	key := p.m.NaturalKey(values)
	var same []engine.Observed
	for o, err := range p.api.All(ctx, crmapi.PersonQuery{CLID: clid}) {
		if err != nil {
			return nil, err // one that cannot be read may be the one
		}
		seen, err := p.observed(ctx, &o)
		if err != nil {
			return nil, err
		}
		if key != "" && seen.Entry.Keys.Natural == key {
			same = append(same, seen)
		}
	}
	return same, nil
}

// Newest implements engine.CRM.
func (p *Persons) Newest(ctx context.Context) ([]engine.Observed, error) {
	var out []engine.Observed
	for o, err := range p.api.All(ctx, crmapi.PersonQuery{}) {
		if isClass(err, crmapi.ClassUnreadable) {
			continue
		}
		if err != nil {
			return nil, err
		}
		seen, err := p.observed(ctx, &o)
		if err != nil {
			return nil, err
		}
		if out = append(out, seen); len(out) == crmapi.PageSize {
			break
		}
	}
	return out, nil
}

// SeesAll implements engine.CRM, by the login's role.
func (p *Persons) SeesAll(ctx context.Context) (bool, error) { return p.team.seesAll(ctx) }

// Add implements engine.Writer. The CRM looks for no contact that is there already:
// the client's contacts are read before.
func (p *Persons) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	return addEach(ctx, ops, p.add)
}

func (p *Persons) add(ctx context.Context, op *engine.Op) (engine.AddAnswer, *engine.WriteError) {
	schema := p.m.Schema()
	values := record.Restore(schema, op.Set, p.m.CanonSource)
	in := crmapi.PersonInput{CLID: idIn(schema, values, refClient), Fields: p.inputs(values, true)}
	switch name := textIn(schema, values, fieldPerson); {
	case in.CLID == 0:
		return engine.AddAnswer{}, refuse(engine.RefusedNoClient, "")
	case name == "":
		return engine.AddAnswer{}, refuse(refusedNotSent, fieldPerson)
	}
	same, err := p.named(ctx, in.CLID, values)
	switch {
	case err != nil:
		return engine.AddAnswer{}, notSent(err)
	case len(same) == 1:
		return engine.AddAnswer{CLID: same[0].Entry.CLID, Existing: true}, nil
	case len(same) > 1:
		ids := make([]int64, len(same))
		for i := range same {
			ids[i] = same[i].Entry.CLID
		}
		return engine.AddAnswer{}, refuse(engine.RefusedTwice, severalOf(textIn(schema, values, fieldPerson), "pid", ids))
	}
	pid, err := p.api.Add(ctx, in)
	if err != nil {
		return engine.AddAnswer{}, fateOf(err)
	}
	return engine.AddAnswer{CLID: pid}, nil
}

// inputs are the fields of the wire for the values that are not Absent. A blank one
// is cleared by an update and left out of an add; a name is never cleared.
func (p *Persons) inputs(values []record.Value, add bool) []crmapi.FieldInput {
	var out []crmapi.FieldInput
	for f, v := range values {
		name := p.m.Schema().Field(f).Name
		if name == refClient || v.State == record.Absent || v.Blank() && (add || name == fieldPerson) {
			continue
		}
		out = append(out, crmapi.FieldInput{Key: name, Text: p.m.Sent(f, v.Text)})
	}
	return out
}

// Update implements engine.Writer. The whole contact goes, with what changed.
func (p *Persons) Update(ctx context.Context, op *engine.Op) error {
	fields := p.inputs(valuesOf(p.m, op), false)
	if len(fields) == 0 {
		return nil
	}
	was, err := p.api.ByPID(ctx, op.CLID)
	switch {
	case isNotShown(err):
		return &engine.WriteError{Fate: engine.FateGone, Code: "gone", Err: err}
	case err != nil:
		return notSent(err)
	}
	if err := p.api.Update(ctx, was, crmapi.PersonInput{Fields: fields}); err != nil {
		return fateOf(err)
	}
	return nil
}

// Delete implements engine.Writer. The CRM keeps the contact of a deal.
func (p *Persons) Delete(ctx context.Context, pid int64) error {
	if err := p.api.Delete(ctx, pid); err != nil {
		return fateOf(err)
	}
	return nil
}
