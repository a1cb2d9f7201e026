package crmapi

import "strings"

// decodeClientV1 reads a row of the list of V1, or, of card, the data of its info:
// dictionary fields are titles; the owner is an id in the list and a login in info;
// the contact is a name in the list.
func decodeClientV1(raw []byte, card bool) (ClientObject, error) {
	return decodeWith(raw, func(d *decoder, key, val []byte) {
		switch name := string(key); name {
		case "iduser":
			if card {
				d.c.User, _, _ = stringOf(val)
				return
			}
			d.c.UserID = intOf(val)
		case "idcategory":
			d.category.title, d.category.hasTitle = val, true
		case "territory":
			d.territory.title, d.territory.hasTitle = val, true
		case "clientpath":
			d.source.title, d.source.hasTitle = val, true
		case "pid":
			if card {
				d.member(key, val)
			}
		case "head_clid", "recv": // the title of a category, and requisites in one text
		case "type":
			if t, ok := textOf(val); ok {
				if t.S == "parnter" {
					t.S = "partner"
				}
				d.c.Fields[name] = t
			}
		case "uid", "clid", "bankinfo", "date_create", "date_edit":
			d.member(key, val)
		default:
			if t, ok := textOf(val); ok {
				t.S = strings.ReplaceAll(t.S, "&acute;", "'") // what the server's forms make of it
				d.c.Fields[name] = t
			}
		}
	})
}
