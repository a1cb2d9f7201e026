package crmapi

import (
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	errNoID    = errors.New("record carries no clid")
	errBadJSON = errors.New("record is damaged JSON")
	reRawCLID  = regexp.MustCompile(`"clid"\s*:\s*"?(\d+)`)
)

// Sentinels stand for "none" in texts. The first is never a value anywhere; the
// second is one only in names of users.
const (
	sentinelTitle = "--не определено--"
	sentinelUser  = "не определено"
)

// guide collects the two members of a dictionary field, whose names differ
// between list and info.
type guide struct {
	id, title       []byte
	hasID, hasTitle bool
}

// decoder builds one ClientObject from the members of a row of list or of info's
// data.
type decoder struct {
	c                           ClientObject
	category, territory, source guide
	sourceRef                   bool // clientpath2 was there: clientpath is the title
	created, edited             [2]string
}

// decodeClient reads a row of list or the data of info.
func decodeClient(raw []byte) (ClientObject, error) {
	return decodeWith(raw, (*decoder).member)
}

func decodeWith(raw []byte, member func(d *decoder, key, val []byte)) (ClientObject, error) {
	if !json.Valid(raw) || !utf8.Valid(raw) {
		return ClientObject{CLID: rawCLID(raw)}, errBadJSON
	}
	if raw[0] != '{' { // a row without a known field is an empty PHP array
		return ClientObject{}, errNoID
	}
	d := decoder{c: ClientObject{Fields: make(map[string]Text, 16)}}
	if err := eachMember(raw, func(key, val []byte) { member(&d, key, val) }); err != nil {
		return ClientObject{}, err
	}
	if d.c.CLID <= 0 {
		return ClientObject{}, errNoID
	}
	d.finish()
	return d.c, nil
}

func rawCLID(raw []byte) int64 {
	m := reRawCLID.FindSubmatch(raw)
	if m == nil {
		return 0
	}
	id, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func (d *decoder) member(key, val []byte) {
	switch string(key) {
	case "clid":
		d.c.CLID = intOf(val)
	case "uid":
		d.c.UID, _, _ = stringOf(val)
	case "iduser":
		d.c.UserID = intOf(val)
	case "user":
		d.c.User, _, _ = stringOf(val)
	case "trash":
		d.trash(val)
	case "bankinfo":
		d.c.Recv = decodeRecv(val)
	case "created":
		d.created[0] = normalDate(val)
	case "date_create":
		d.created[1] = normalDate(val)
	case "edited":
		d.edited[0] = normalDate(val)
	case "date_edit", "date_change", "date_chage":
		d.edited[1] = normalDate(val)
	case "idcategory":
		d.category.id, d.category.hasID = val, true
	case "idcategoryTitle", "category":
		d.category.title, d.category.hasTitle = val, true
	case "territory":
		d.territory.id, d.territory.hasID = val, true
	case "territoryTitle", "territoryname":
		d.territory.title, d.territory.hasTitle = val, true
	case "clientpath":
		d.source.id, d.source.hasID = val, true
	case "clientpathTitle":
		d.source.title, d.source.hasTitle = val, true
	case "clientpath2":
		d.sourceRef = true
	case "clientUID", "relation", "head_clidTitle", "head":
		// Second copies of uid and tip_cmr, and a title that is not head_clid's.
	case "pid", "head_clid", "creatorID", "editorID":
		if n := intOf(val); n != 0 {
			d.c.Fields[string(key)] = Text{Set: true, S: strconv.FormatInt(n, 10)}
		} else {
			d.c.Fields[string(key)] = Text{}
		}
	default:
		if t, ok := textOf(val); ok {
			d.c.Fields[string(key)] = t
		}
	}
}

// finish puts together what stands in several members.
func (d *decoder) finish() {
	if d.sourceRef && !d.source.hasTitle { // info
		d.source.title, d.source.hasTitle = d.source.id, d.source.hasID
		d.source.hasID = false
	}
	for _, g := range [...]struct {
		key string
		g   *guide
	}{{"idcategory", &d.category}, {"territory", &d.territory}, {"clientpath", &d.source}} {
		if t, ok := g.g.text(); ok {
			d.c.Fields[g.key] = t
		}
	}
	for _, key := range [...]string{"creator", "editor"} {
		if d.c.Fields[key].S == sentinelUser {
			d.c.Fields[key] = Text{}
		}
	}
	if t, ok := d.c.Fields["tip_cmr"]; ok && t.S == "" {
		d.c.Fields["tip_cmr"] = Text{}
	}
	d.c.Created = firstNonEmpty(d.created)
	d.c.Edited = firstNonEmpty(d.edited)
}

// text returns the title; not ok when the answer does not tell it.
func (g *guide) text() (Text, bool) {
	if g.hasID && !g.hasTitle {
		// Only the field itself: an id tells no title, except that 0 is none.
		t, ok := textOf(g.id)
		_, notNumber := strconv.ParseInt(t.S, 10, 64)
		switch {
		case !ok:
			return Text{}, false
		case t.S == "" || t.S == "0":
			return Text{}, true
		case notNumber != nil:
			return t, true
		}
		return Text{}, false
	}
	if !g.hasTitle {
		return Text{}, false
	}
	t, ok := textOf(g.title)
	if t.S == "" {
		t = Text{}
	}
	return t, ok
}

func (d *decoder) trash(val []byte) {
	s, _, ok := stringOf(val)
	switch {
	case !ok:
	case s == "yes" || s == "true" || s == "1":
		d.c.Trash, d.c.TrashKnown = true, true
	case s == "no" || s == "" || s == "0":
		d.c.TrashKnown = true
	}
}

// decodeRecv reads bankinfo; the server repeats title, address and type of the
// client in it, which are no requisites.
func decodeRecv(raw []byte) map[string]Text {
	recv := make(map[string]Text, 16)
	if raw[0] != '{' { // an empty PHP array, or null
		return recv
	}
	_ = eachMember(raw, func(key, val []byte) {
		k := string(key)
		if !strings.HasPrefix(k, "cast") || k == "castName" || k == "castFacAddr" || k == "castType" {
			return
		}
		if t, ok := textOf(val); ok {
			recv[k] = t
		}
	})
	return recv
}

// textOf reads a scalar; not ok for objects and arrays.
func textOf(raw []byte) (Text, bool) {
	s, null, ok := stringOf(raw)
	if !ok {
		return Text{}, false
	}
	if null || s == sentinelTitle {
		return Text{}, true
	}
	return Text{Set: true, S: s}, true
}

// normalDate returns "YYYY-MM-DD HH:MM:SS", or "" for none and for what is no
// date. The short forms are what info shows to people.
func normalDate(raw []byte) string {
	s, _, _ := stringOf(raw)
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || strings.HasPrefix(s, "0000-00-00") {
		return ""
	}
	const layout = "2006-01-02 15:04:05"
	for _, l := range [...]string{layout, "2006-01-02", "02.01.06, 15:04", "02-01-2006 15:04:05", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(l, s); err == nil {
			return t.Format(layout)
		}
	}
	return ""
}

func firstNonEmpty(s [2]string) string {
	if s[0] != "" {
		return s[0]
	}
	return s[1]
}
