package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"syncd/internal/config"
	"syncd/internal/crmapi"
	"syncd/internal/mapping"
	"syncd/internal/message"
)

// crmFound is what a CRM told about itself.
type crmFound struct {
	Name    string       `json:"name"`
	Login   string       `json:"login"`
	Role    string       `json:"role"`
	SeesAll bool         `json:"sees_all"`
	Fields  []fieldFound `json:"fields"`
	Users   []userFound  `json:"users"`
	Guides  []guideFound `json:"dictionaries"`
	Limits  []string     `json:"limits,omitempty"` // what this CRM cannot do, for people
	entity  config.Entity
}

// fieldFound is a field of the CRM's client.
type fieldFound struct {
	Key     string `json:"key"`
	Caption string `json:"caption"`
	Active  bool   `json:"active"`
	From    string `json:"from,omitempty"` // what the mapping fills it with
}

type userFound struct {
	Login  string `json:"login"`
	Name   string `json:"name"`
	Active bool   `json:"active"`
}

// guideFound is a dictionary that the mapping uses.
type guideFound struct {
	Field     string   `json:"field"`
	Titles    []string `json:"titles"`
	MayCreate bool     `json:"may_create"`
}

// formFields are the fields of a client's form that an account can switch on
// and off; the CRM answers only those that are on.
var formFields = []string{
	"title", "iduser", "address", "phone", "fax", "site_url", "mail_url", "recv", "idcategory", "territory", "tip_cmr", "clientpath",
	"des", "scheme", "head_clid", "pid",
	"input1", "input2", "input3", "input4", "input5", "input6", "input7", "input8", "input9", "input10",
}

// alwaysThere are fields that the CRM answers and that no form switches.
var alwaysThere = []string{"clid", "uid", "type", "date_create", "date_edit"}

// checkCRM asks the CRM about itself and holds the mapping against it.
func (in *installation) checkCRM(ctx context.Context, name string, c *checkup) {
	crm := in.cfg.Jobs[name].CRM
	api, err := in.client(crm)
	if err != nil {
		c.problem(err)
		return
	}
	defer api.Close()
	if !in.checkContacts(ctx, name, api, c) {
		return
	}
	c.CRM = &crmFound{Name: crm, Login: in.cfg.CRM[crm].Login, entity: in.cfg.Jobs[name].Entity}
	off, err := in.askCRM(ctx, name, api, c)
	if err != nil {
		c.CRM = nil // half an answer would look like a whole one
		c.problem(in.runFault(name, err))
		return
	}
	if !c.CRM.SeesAll && in.cfg.CRM[crm].Dialect == config.DialectV3 {
		in.doubtSight(c)
	}
	for _, err := range in.inactive(c.CRM.entity, off) {
		c.problem(err)
	}
}

// askCRM reads everything that a check needs, and returns the mapped fields that are
// off.
func (in *installation) askCRM(ctx context.Context, name string, api *crmapi.Client, c *checkup) ([]string, error) {
	s, err := in.stateOf(ctx, name)
	if err != nil {
		return nil, err
	}
	end, err := in.crmEnd(ctx, name, c.m, api, s)
	if err != nil {
		return nil, err
	}
	traits, err := api.Traits(ctx)
	if err != nil {
		return nil, err
	}
	if end.deals != nil {
		if _, err := end.deals.ProbeTraits(ctx); err != nil {
			return nil, err
		}
	}
	c.CRM.Limits = in.limitsOf(traits, end.deals, c.CRM.entity)
	if c.CRM.SeesAll, err = end.SeesAll(ctx); err != nil {
		return nil, err
	}
	if traits.Directory {
		if err := in.askDirectory(ctx, api, c); err != nil {
			return nil, err
		}
	}
	if err := in.tellDialect(ctx, end, traits, c); err != nil {
		return nil, err
	}
	if c.CRM.entity == config.EntityDeal {
		if err := in.checkDealGuides(ctx, end.deals, c); err != nil {
			return nil, err
		}
	}
	if end.active == nil {
		return nil, nil
	}
	active, err := end.active(ctx)
	if err != nil {
		return nil, err
	}
	c.CRM.Fields = fieldsFound(in.app.lang, c.CRM.entity, c.m, active)
	return end.off(active), nil
}

// askDirectory reads who the login is, the users, and of clients the dictionaries.
func (in *installation) askDirectory(ctx context.Context, api *crmapi.Client, c *checkup) error {
	me, err := api.Me(ctx)
	if err != nil {
		return err
	}
	c.CRM.Role = me.Role
	if err := in.checkUsers(ctx, api, c); err != nil {
		return err
	}
	if c.CRM.entity != config.EntityClient {
		return nil
	}
	return in.checkGuides(ctx, api, c)
}

// inactive is an error for each mapped field that the CRM has switched off.
func (in *installation) inactive(e config.Entity, fields []string) []error {
	out := make([]error, 0, len(fields))
	for _, field := range fields {
		out = append(out, fault(exitConfig, nil, message.MappingFieldInactive,
			message.S("field", field), message.S("caption", fieldCaption(in.app.lang, field)),
			message.S("where", fieldsMenu(e))))
	}
	return out
}

// fieldsFound lists the fields of the CRM: those that are on as it names them, and
// those that could be switched on: of clients all, of others those that are mapped.
func fieldsFound(lang message.Lang, e config.Entity, m *mapping.Mapping, active []crmapi.FieldCaption) []fieldFound {
	var out []fieldFound
	add := func(key, caption string, on bool) {
		if !slices.ContainsFunc(out, func(f fieldFound) bool { return f.Key == key }) {
			out = append(out, fieldFound{key, caption, on, filledFrom(m, key)})
		}
	}
	if e != config.EntityClient {
		for _, f := range active {
			add(f.Key, f.Caption, true)
		}
		return out
	}
	for _, key := range alwaysThere { // what the CRM says of them are sentences
		add(key, fieldCaption(lang, key), true)
	}
	for _, f := range active {
		add(f.Key, f.Caption, true)
	}
	for _, key := range formFields {
		add(key, fieldCaption(lang, key), false)
	}
	slices.SortStableFunc(out, func(a, b fieldFound) int { return cmp.Compare(rank(a.Key), rank(b.Key)) })
	return out
}

// rank orders the fields: as the lists above name them, then what is not known.
func rank(key string) int {
	all := slices.Concat(alwaysThere, formFields)
	if i := slices.Index(all, key); i >= 0 {
		return i
	}
	return len(all)
}

// filledFrom is what the mapping fills a field of the CRM with; "" when it does
// not.
func filledFrom(m *mapping.Mapping, key string) string {
	schema := m.Schema()
	switch key {
	case "uid":
		return m.Identity().Column
	case "clid": // of deals and contacts: whose they are
		key = "client"
	case "iduser":
		key = "user"
	case "recv":
		var parts []string
		for i := range schema.Len() {
			if cast, ok := strings.CutPrefix(schema.Field(i).Name, "recv."); ok {
				parts = append(parts, cast+" ← "+m.SourceOf(i))
			}
		}
		return strings.Join(parts, ", ")
	}
	if i := schema.Index(key); i >= 0 {
		return m.SourceOf(i)
	}
	return ""
}

// checkUsers finds owners that the mapping names and the CRM lacks.
func (in *installation) checkUsers(ctx context.Context, api *crmapi.Client, c *checkup) error {
	users, err := api.Users(ctx)
	if err != nil {
		return err
	}
	active := map[string]bool{}
	for _, u := range users {
		active[u.Login] = u.Active
		c.CRM.Users = append(c.CRM.Users, userFound{u.Login, u.Title, u.Active})
	}
	i := c.m.Schema().Index("user")
	if i < 0 {
		return nil
	}
	words, _ := c.m.Words(i)
	for _, login := range words {
		if !active[login] {
			c.problem(fault(exitConfig, nil, message.MappingUserUnknown,
				message.S("login", login), message.S("crm", c.CRM.Name), message.S("mapping", c.Mapping)))
		}
	}
	return nil
}

// checkGuides reads the dictionaries that the mapping uses, and finds titles
// that it names, the dictionary lacks, and may not be created.
func (in *installation) checkGuides(ctx context.Context, api *crmapi.Client, c *checkup) error {
	read := map[string]func(context.Context) ([]crmapi.GuideEntry, error){
		"territory": api.Territories, "idcategory": api.Categories, "clientpath": api.ClientPaths, "tip_cmr": api.Relations,
	}
	for _, d := range c.m.Dictionaries() {
		list := read[d.Name]
		if list == nil {
			return errors.New("no dictionary " + d.Name)
		}
		entries, err := list(ctx)
		if err != nil {
			return err
		}
		g := guideFound{Field: d.Name, MayCreate: d.MayCreate, Titles: make([]string, 0, len(entries))}
		for _, e := range entries {
			g.Titles = append(g.Titles, e.Title)
		}
		c.CRM.Guides = append(c.CRM.Guides, g)
		words, _ := c.m.Words(d.Field)
		for _, w := range words {
			known := slices.ContainsFunc(g.Titles, func(t string) bool { return c.m.CanonCRM(d.Field, t) == c.m.CanonSource(d.Field, w) })
			if !known && !d.MayCreate {
				c.problem(fault(exitConfig, nil, message.MappingTitleUnknown, message.S("value", w),
					message.S("field", d.Name), message.S("crm", c.CRM.Name), message.S("mapping", c.Mapping)))
			}
		}
	}
	return nil
}

// crmText is what the CRM told, for people.
func (in *installation) crmText(f *crmFound) string {
	say := in.app.say
	var b strings.Builder
	fmt.Fprintf(&b, "  CRM %s: %s, %s, %s\n", f.Name, f.Login, orDash(f.Role), in.sightText(f))
	for _, l := range f.Limits {
		b.WriteString("  " + l + "\n")
	}
	b.WriteString(in.fieldsText(f))
	active := make([]string, 0, len(f.Users))
	for _, u := range f.Users {
		if u.Active {
			active = append(active, u.Login)
		}
	}
	if len(active) > 0 {
		b.WriteString(wrapped("  "+say(phrase{"active users: ", "действующие пользователи: "}), active))
	}
	for _, g := range f.Guides {
		b.WriteString(wrapped("  "+say(phrase{"dictionary ", "справочник "})+g.Field+": ", g.Titles))
	}
	return b.String()
}

// fieldsText is a table of the fields of the CRM; "" where nothing has any.
func (in *installation) fieldsText(f *crmFound) string {
	if len(f.Fields) == 0 {
		return ""
	}
	say := in.app.say
	t := newTable(say(phrase{"field", "поле"}), say(phrase{"caption", "подпись"}), say(phrase{"active", "включено"}), say(phrase{"filled from", "откуда"}))
	t.indent = "  "
	off := 0
	for _, x := range f.Fields {
		state := say(phrase{"yes", "да"})
		if !x.Active {
			off++
			state = say(phrase{"no", "нет"})
		}
		t.row(x.Key, x.Caption, state, x.From)
	}
	text := t.String()
	if off > 0 || f.entity != config.EntityClient {
		text += fmt.Sprintf("  "+say(phrase{"fields that are off are switched on in the CRM: %s\n", "выключенные поля включаются в CRM: %s\n"}), fieldsMenu(f.entity))
	}
	return text
}
