package endpoint

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// The names that a deal's schema has for its specification and its closing.
const (
	fieldStep        = "step"
	fieldUser        = "user"
	fieldDealSum     = "kol"
	fieldMargin      = "marga"
	fieldCloseStatus = "status_close"
	fieldCloseFact   = "kol_fact"
	fieldCloseMargin = "close_marga"
	fieldCloseText   = "des_fact"
)

// closing reports the fields that only the closing of a deal writes.
func closing(field string) bool {
	return slices.Contains([]string{fieldCloseStatus, fieldCloseFact, fieldCloseMargin, fieldCloseText}, field)
}

// Deals is the CRM's deals through a mapping. It implements engine.CRM and
// engine.Writer. It is used by one run at a time.
type Deals struct {
	clients *crmapi.Client
	api     *crmapi.Deals
	m       *mapping.Mapping
	zone    *time.Location
	team    team

	form   form
	guides *crmapi.DealGuides // nil = not asked yet
}

// NewDeals returns the CRM side of a job of deals. m is a mapping of deals.
//
// zone is the CRM account's; nil = UTC.
func NewDeals(clients *crmapi.Client, api *crmapi.Deals, m *mapping.Mapping, zone *time.Location) *Deals {
	if zone == nil {
		zone = time.UTC
	}
	return &Deals{
		clients: clients, api: api, m: m, zone: zone, team: team{api: clients},
		form: form{whose: "deals", ask: api.Fields, always: []string{"title"}},
	}
}

// FixedLines reports that this CRM's API cannot change the specification of a deal
// that is there.
func (d *Deals) FixedLines() bool { return d.api.Traits().FixedLines }

// Schema is the mapping's schema as this CRM can carry it out, for
// reconcile.Policy: the closing of a deal is Later, because it takes a request of
// its own, and so is the specification, because an add that was cut off leaves a
// part of it behind; Fixed where the API cannot bring the rest.
func (d *Deals) Schema() *record.Schema {
	fields := make([]record.Field, d.m.Schema().Len())
	for i := range fields {
		f := d.m.Schema().Field(i)
		f.Later = f.Later || closing(f.Name) || f.Name == mapping.FieldLines
		f.Fixed = f.Fixed || f.Name == mapping.FieldLines && d.FixedLines()
		fields[i] = f
	}
	return record.NewSchema(fields)
}

// Made reports, for engine.Config, whether a field of a deal shows what the CRM makes
// of an add by itself: a counter in front of the title, sums counted from the lines.
func (d *Deals) Made(field int, sent, seen []record.Value) bool {
	switch d.m.Schema().Field(field).Name {
	case "title":
		_, rest, ok := strings.Cut(seen[field].Text, ": ")
		return ok && d.m.CanonCRM(field, rest) == sent[field].Canon
	case fieldDealSum, fieldMargin:
		lines := d.m.Schema().Index(mapping.FieldLines)
		return lines >= 0 && !sent[lines].Blank()
	}
	return false
}

// dealKeys is the evidence by which deals look alike: the client, and beside it the
// title as the CRM compares titles, without the counters that a CRM puts in front of
// the title of every deal that is added, by people, too. Empty where one is missing.
func dealKeys(client, title string) reconcile.Keys {
	k := reconcile.Keys{Party: client}
	for counter.MatchString(title) {
		_, title, _ = strings.Cut(title, ": ")
	}
	if key := mapping.TitleKey(title); client != "" && key != "" {
		k.Title = client + " " + key
	}
	return k
}

// counter is one in front of a title: "СД4: Заказ 3". What follows is more than blanks.
var counter = regexp.MustCompile(`^[\pL\pN]*\pN: +\S`)

// DealKeys gives the match keys of a source deal's values, for engine.Config.
func DealKeys(m *mapping.Mapping) func([]record.Value) reconcile.Keys {
	return func(values []record.Value) reconcile.Keys {
		schema := m.Schema()
		return dealKeys(textIn(schema, values, refClient), textIn(schema, values, "title"))
	}
}

// entry is what the mirror keeps of a deal.
func (d *Deals) entry(o *crmapi.DealObject) reconcile.Entry {
	return reconcile.Entry{CLID: o.DID, UID: o.UID, Keys: dealKeys(idText(o.CLID).S, o.Fields["title"].S)}
}

// observed is a deal with all values that the answer tells; fields that the CRM
// has switched off are absent.
func (d *Deals) observed(ctx context.Context, o *crmapi.DealObject) (engine.Observed, error) {
	if err := d.form.load(ctx); err != nil {
		return engine.Observed{}, err
	}
	fields, err := d.fieldsOf(ctx, o)
	if err != nil {
		return engine.Observed{}, err
	}
	out := engine.Observed{Entry: d.entry(o), Title: o.Fields["title"].S, Values: d.m.FromFields(fields, nil)}
	if f := d.m.Schema().Index(mapping.FieldLines); f >= 0 {
		out.Values[f] = record.Value{}
		if o.LinesKnown && !d.hidesLines() {
			out.Values[f] = d.m.LinesOf(o.Lines)
		}
	}
	if o.Closed {
		out.Locked = reconcile.ReasonDealClosed
	}
	return out, nil
}

// hidesLines reports that the CRM does not tell the units of lines, and the mapping
// has them: specifications cannot be compared.
func (d *Deals) hidesLines() bool {
	if !d.api.Traits().HidesUnits {
		return false
	}
	with, without := d.m.LinesOf([]crmapi.DealLine{{Unit: "x"}}), d.m.LinesOf([]crmapi.DealLine{{}})
	return with.Text != without.Text
}

// fieldsOf are a deal's texts by schema name.
//
// What closing does to a deal by itself is no edit: where the mapping closes
// deals, a closed one shows no stage (the CRM moves it to the last) and no margin
// but that of the closing, which a lost deal has not.
func (d *Deals) fieldsOf(ctx context.Context, o *crmapi.DealObject) (map[string]crmapi.Text, error) {
	schema := d.m.Schema()
	fields := make(map[string]crmapi.Text, len(o.Fields)+8)
	for name, t := range o.Fields {
		if d.form.has(name) {
			fields[name] = t
		}
	}
	fields[refClient] = idText(o.CLID)
	if d.form.has(refPayer) {
		fields[refPayer] = idText(o.Payer)
	}
	if schema.Index(fieldUser) >= 0 && d.form.has(apiField(fieldUser)) {
		login, told, err := d.owner(ctx, o)
		if err != nil {
			return nil, err
		}
		if told {
			fields[fieldUser] = some(login)
		}
	}
	if d.m.Lines() != nil && (!o.LinesKnown || len(o.Lines) > 0) {
		// the CRM counts them from the lines, whatever it is told
		delete(fields, fieldDealSum)
		if !o.Closed { // a closing has a margin of its own
			delete(fields, fieldMargin)
		}
	}
	for _, name := range []string{fieldCloseStatus, fieldCloseFact, fieldCloseMargin, fieldCloseText} {
		fields[name] = crmapi.Text{}
	}
	if !o.Closed {
		return fields, nil
	}
	fields[fieldCloseStatus], fields[fieldCloseFact], fields[fieldCloseText] = some(o.Status), some(o.Fact), some(o.FactText)
	if schema.Index(fieldCloseStatus) >= 0 {
		delete(fields, fieldStep)
	}
	if schema.Index(fieldCloseMargin) >= 0 {
		margin := fields[fieldMargin]
		delete(fields, fieldMargin)
		delete(fields, fieldCloseMargin)
		if sumOf(margin.S).Sign() != 0 {
			fields[fieldCloseMargin] = margin
		}
	}
	return fields, nil
}

// owner is the login of a deal's owner; one that no answer tells is no difference.
func (d *Deals) owner(ctx context.Context, o *crmapi.DealObject) (login string, told bool, err error) {
	if o.User != "" || o.UserID == 0 {
		return o.User, true, nil
	}
	if err := d.team.load(ctx); err != nil {
		return "", false, err
	}
	login, told = d.team.logins[o.UserID]
	return login, told, nil
}

// Inactive names the mapped fields that the CRM has switched off: it would drop
// their values in silence. active are the fields that it answers.
func (d *Deals) Inactive(active []crmapi.FieldCaption) []string {
	d.form.answered(active)
	var out []string
	for i := range d.m.Schema().Len() {
		name := d.m.Schema().Field(i).Name
		switch {
		case name == refClient, name == mapping.FieldLines, closing(name), d.form.has(apiField(name)):
		default:
			out = append(out, name)
		}
	}
	return out
}

// Read implements engine.CRM.
func (d *Deals) Read(ctx context.Context, did int64) (engine.Observed, error) {
	o, err := d.api.ByDID(ctx, did)
	if err != nil {
		return engine.Observed{}, notShown("deal", did, err)
	}
	return d.observed(ctx, &o)
}

// Find implements engine.CRM: by uid.
func (d *Deals) Find(ctx context.Context, s engine.Sought) (engine.Observed, error) {
	o, err := d.api.ByUID(ctx, s.UID)
	switch {
	case err == nil:
		return d.observed(ctx, &o)
	case isClass(err, crmapi.ClassUnreadable):
		return engine.Observed{}, fmt.Errorf("uid %s: %w", s.UID, engine.ErrUnreadable)
	case isNotShown(err):
		return engine.Observed{}, fmt.Errorf("uid %s: %w", s.UID, engine.ErrNotFound)
	}
	return engine.Observed{}, err
}

// Newest implements engine.CRM.
func (d *Deals) Newest(ctx context.Context) ([]engine.Observed, error) {
	deals, err := d.api.Newest(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]engine.Observed, 0, len(deals))
	for i := range deals {
		seen, err := d.observed(ctx, &deals[i])
		if err != nil {
			return nil, err
		}
		out = append(out, seen)
	}
	return out, nil
}

// SeesAll implements engine.CRM, by the login's role.
func (d *Deals) SeesAll(ctx context.Context) (bool, error) { return d.team.seesAll(ctx) }

// stepText is a stage as the schema holds it.
func stepText(s crmapi.Stage) string {
	if n, err := strconv.ParseInt(s.Title, 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return s.Title
}
