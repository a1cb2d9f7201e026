package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Client is a client as the CRM holds it. A field that is missing from Fields is
// null in the CRM.
type Client struct {
	CLID  int64  `json:"clid,omitempty" yaml:"clid"` // 0 in a seed: the next free one
	UID   string `json:"uid,omitempty" yaml:"uid"`   // "": none
	Title string `json:"title" yaml:"title"`
	// Owner is the login of the owner; in a seed "" is the first login, "-"
	// nobody. OwnerID is what the CRM stores, 0 for nobody.
	Owner   string `json:"owner,omitempty" yaml:"owner"`
	OwnerID int64  `json:"owner_id,omitempty" yaml:"owner_id"`
	Trash   bool   `json:"trash,omitempty" yaml:"trash"`
	// HasDeals makes the CRM refuse to delete the client, as deals of its own in
	// the CRM do; they do not show here.
	HasDeals bool `json:"has_deals,omitempty" yaml:"has_deals"`
	// Created and Edited are "YYYY-MM-DD HH:MM:SS" in the account's zone; in a
	// seed an empty Created is now, an empty Edited is null.
	Created string `json:"created,omitempty" yaml:"created"`
	Edited  string `json:"edited,omitempty" yaml:"edited"`
	// Fields holds the other fields by their API name: type, phone, fax,
	// site_url, mail_url, address, des, scheme, tip_cmr, head_clid, pid,
	// input1…input10, and idcategory, territory, clientpath with their titles.
	Fields map[string]string `json:"fields,omitempty" yaml:"fields"`
	// Recv holds the requisites by their cast* name; empty ones are left out.
	Recv map[string]string `json:"recv,omitempty" yaml:"recv"`
	// ViaAPI tells that the client was created through the API; ignored in a seed.
	ViaAPI bool `json:"via_api,omitempty" yaml:"via_api"`
}

// ErrNoClient is the error of changing a client that is not there.
var ErrNoClient = errors.New("no such client")

// Seed stores clients as they are, as if they had been in the CRM for long:
// without the rewriting that an add goes through, and active fields do not
// matter. Unknown fields, a clid that is taken and unknown owners are errors, and
// nothing is stored then.
func (s *Server) Seed(clients ...Client) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([]*row, 0, len(clients))
	taken := map[int64]bool{}
	for i, cl := range clients {
		r, err := s.seedRow(cl)
		if err == nil && r.clid != 0 && (taken[r.clid] || s.db.byCLID[r.clid] != nil) {
			err = errors.New("the clid is taken")
		}
		if err != nil {
			return fmt.Errorf("seed client %d (clid %d): %w", i+1, cl.CLID, err)
		}
		taken[r.clid] = true
		rows = append(rows, r)
	}
	for _, r := range rows {
		s.db.put(r)
	}
	return nil
}

func (s *Server) seedRow(cl Client) (*row, error) {
	r := &row{clid: cl.CLID, deals: cl.HasDeals}
	owner, err := s.seedOwner(cl)
	if err != nil {
		return nil, err
	}
	r.num[numOwner], r.num[numCreator] = owner, s.db.firstLogin()
	r.put(colTitle, cl.Title)
	r.put(colTrash, yesNo(cl.Trash))
	r.put(colType, "client")
	r.put(colCreated, s.now())
	if cl.Created != "" {
		r.put(colCreated, cl.Created)
	}
	if cl.Edited != "" {
		r.put(colEdited, cl.Edited)
		r.num[numEditor] = s.db.firstLogin()
	}
	if cl.UID != "" {
		r.put(colUID, cl.UID)
	}
	for name, value := range cl.Fields {
		if err := s.setField(r, name, value); err != nil {
			return nil, err
		}
	}
	if cl.Recv != nil {
		for name := range cl.Recv {
			if !slices.Contains(requisites[:], name) {
				return nil, fmt.Errorf("requisite %s: unknown", name)
			}
		}
		slots := make([]string, len(requisites))
		for i, name := range requisites {
			slots[i] = cl.Recv[name]
		}
		r.put(colRecv, strings.Join(slots, ";"))
	}
	return r, nil
}

func (s *Server) seedOwner(cl Client) (int64, error) {
	switch cl.Owner {
	case "-":
		return 0, nil
	case "":
		if cl.OwnerID != 0 {
			return cl.OwnerID, nil
		}
		return s.db.firstLogin(), nil
	default:
		l, ok := s.db.login(cl.Owner)
		if !ok {
			return 0, errors.New("the owner is no login")
		}
		return l.ID, nil
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// setField stores a value by API name; titles of dictionaries are created.
func (s *Server) setField(r *row, name, value string) error {
	if n, ok := numberColumnOf(name); ok {
		dict := s.db.guides.of(n)
		switch {
		case dict == nil || isNumeric(value):
			r.num[n] = leadingInt(value)
		case strings.HasPrefix(value, "#") && isNumeric(value[1:]):
			r.num[n] = leadingInt(value[1:])
		case value == "":
			r.num[n] = 0
		default:
			r.num[n], _ = dict.findOrCreate(value, 255)
		}
		return nil
	}
	for i, slot := range requisites {
		if slot == name {
			return setRequisite(r, i, value)
		}
	}
	col, ok := textColumnOf(name)
	if !ok || col == colRecv || col == colTrash {
		return fmt.Errorf("field %s: unknown", name)
	}
	r.put(col, value)
	return nil
}

func setRequisite(r *row, at int, value string) error {
	slots := make([]string, len(requisites))
	copy(slots, strings.Split(r.str(colRecv), ";"))
	slots[at] = value
	r.put(colRecv, strings.Join(slots, ";"))
	return nil
}

// Clients returns every client, sorted by clid.
func (s *Server) Clients() []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	clients := make([]Client, len(s.db.rows))
	for i, r := range s.db.rows {
		clients[i] = s.db.client(r)
	}
	return clients
}

// Client returns one client; ok is false when there is none.
func (s *Server) Client(clid int64) (cl Client, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.db.byCLID[clid]
	if r == nil {
		return Client{}, false
	}
	return s.db.client(r), true
}

// ByUID returns the clients that carry a uid, as the CRM compares, sorted by
// clid.
func (s *Server) ByUID(uid string) []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	var clients []Client
	for _, r := range s.db.byUID[foldKey(uid)] {
		clients = append(clients, s.db.client(r))
	}
	return clients
}

func (s *store) client(r *row) Client {
	cl := Client{
		CLID: r.clid, UID: r.str(colUID), Title: r.str(colTitle), OwnerID: r.num[numOwner], Owner: s.userLogin(r.num[numOwner]),
		Trash: r.trashed(), HasDeals: r.deals, Created: r.str(colCreated), Edited: r.str(colEdited), ViaAPI: r.viaAPI,
		Fields: map[string]string{},
	}
	if cl.OwnerID == 0 {
		cl.Owner = "-"
	}
	for col := range textColumns {
		switch col {
		case colUID, colTitle, colTrash, colRecv, colCreated, colEdited:
		default:
			if r.text[col] != nil {
				cl.Fields[textSchema[col].name] = *r.text[col]
			}
		}
	}
	for _, n := range []numberColumn{numCategory, numPath, numTerritory} {
		if r.num[n] != 0 {
			cl.Fields[numberSchema[n]] = s.guides.titleOf(n, r.num[n])
		}
	}
	for _, n := range []numberColumn{numHead, numPerson} {
		if r.num[n] != 0 {
			cl.Fields[numberSchema[n]] = fmt.Sprint(r.num[n])
		}
	}
	for i, slot := range requisiteSlots(r) {
		if slot != nil && *slot != "" {
			if cl.Recv == nil {
				cl.Recv = map[string]string{}
			}
			cl.Recv[requisites[i]] = *slot
		}
	}
	return cl
}
