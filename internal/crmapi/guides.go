package crmapi

import "context"

// Me returns the user of the client's own login, with its role.
func (c *Client) Me(ctx context.Context) (User, error) {
	if c.speaksV1() {
		return User{}, notInDialect(actUserInfo)
	}
	o := newObject(nil)
	o.str("user", c.login)
	env, _, err := c.read(ctx, actUserInfo, o.end())
	if err != nil {
		return User{}, err
	}
	u, err := decodeUser(env.data)
	if err != nil || u.ID <= 0 {
		return User{}, protocol(actUserInfo, errShape)
	}
	return u, nil
}

// Users returns all users, the dismissed ones too; none has its role.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	if c.speaksV1() {
		return nil, notInDialect(actUserList)
	}
	var out []User
	err := c.rows(ctx, request{action: actUserList, body: []byte("{}")}, func(raw []byte) error {
		u, err := decodeUser(raw)
		if err == nil && u.ID > 0 {
			out = append(out, u)
		}
		return err
	})
	return out, err
}

// SeesEverything reports whether the role shows the user every client that has
// an owner among the CRM's users. A client without an owner, or whose owner was
// removed, is shown to nobody by info. False for a user of Users, whose role is
// not known, and for an administrator by flag alone, which no answer tells.
func (u User) SeesEverything() bool {
	switch u.Role {
	case "Руководитель организации", "Руководитель с доступом", "Поддержка продаж", "Администратор":
		return true
	}
	return false // the heads of departments see their own people only
}

// Categories returns the dictionary of idcategory.
func (c *Client) Categories(ctx context.Context) ([]GuideEntry, error) {
	return c.guide(ctx, actCategory)
}

// Territories returns the dictionary of territory.
func (c *Client) Territories(ctx context.Context) ([]GuideEntry, error) {
	return c.guide(ctx, actTerritory)
}

// Relations returns the dictionary of tip_cmr.
func (c *Client) Relations(ctx context.Context) ([]GuideEntry, error) {
	return c.guide(ctx, actRelations)
}

// ClientPaths returns the dictionary of clientpath.
func (c *Client) ClientPaths(ctx context.Context) ([]GuideEntry, error) {
	return c.guide(ctx, actClientPaths)
}

func (c *Client) guide(ctx context.Context, action string) ([]GuideEntry, error) {
	if c.speaksV1() {
		return nil, notInDialect(action)
	}
	var out []GuideEntry
	err := c.rows(ctx, request{action: action, body: []byte("{}")}, func(raw []byte) error {
		var g GuideEntry
		err := eachMember(raw, func(key, val []byte) {
			switch string(key) {
			case "id":
				g.ID = intOf(val)
			case "title":
				g.Title, _, _ = stringOf(val)
			}
		})
		out = append(out, g)
		return err
	})
	return out, err
}

// rows asks for a list and calls f with each element of data. An absent data is an
// empty list: the server writes the key with the first row.
func (c *Client) rows(ctx context.Context, r request, f func(raw []byte) error) error {
	env, got, err := c.ask(ctx, r)
	if err != nil {
		return err
	}
	if raw := string(got.raw); env.data == nil && raw != "[]" && raw != "{}" && (!r.v1 || raw != "null") {
		return protocol(r.action, errShape)
	}
	if len(env.data) == 0 || string(env.data) == "null" {
		return nil
	}
	list, err := elements(env.data)
	if err != nil {
		return protocol(r.action, err)
	}
	for _, raw := range list {
		if err := f(raw); err != nil {
			return protocol(r.action, err)
		}
	}
	return nil
}

func decodeUser(raw []byte) (User, error) {
	var u User
	err := eachMember(raw, func(key, val []byte) {
		s, _, _ := stringOf(val)
		switch string(key) {
		case "iduser":
			u.ID = intOf(val)
		case "login":
			u.Login = s
		case "title":
			u.Title = s
		case "email":
			u.Email = s
		case "tip":
			u.Role = s
		case "active":
			u.Active = s == "yes" || s == "true"
		}
	})
	return u, err
}
