package emulator

import (
	"slices"
	"time"
)

// row is a line of the client table. A nil text is NULL.
type row struct {
	clid    int64
	text    [textColumns]*string
	num     [numberColumns]int64
	deals   bool
	history int  // lines of the activity history
	viaAPI  bool // created through the API
}

func (r *row) str(c textColumn) string {
	if r.text[c] == nil {
		return ""
	}
	return *r.text[c]
}

func (r *row) trashed() bool { return r.str(colTrash) == "yes" }

// store is the account's database. Its owner holds the lock.
type store struct {
	rows    []*row // ascending by clid
	byCLID  map[int64]*row
	byUID   map[string][]*row // by foldKey; rows ascending by clid
	byTitle map[string][]*row
	owners  map[int64]int // clients per owner
	next    int64         // next clid
	history int64         // last id of the activity history
	version uint64        // moves with every change of a client
	guides  guides
	logins  []Login
	fields  fields
	tel     bool
	down    bool

	ledger
	dealGuides   *dealGuides
	dealFields   map[string]bool
	personFields map[string]bool
	dealFormat   string // of generated titles; "": none
}

func newStore(o Options) *store {
	return &store{
		byCLID: map[int64]*row{}, byUID: map[string][]*row{}, byTitle: map[string][]*row{}, owners: map[int64]int{},
		next: o.FirstCLID, guides: newGuides(o.Guides), logins: o.logins(), fields: newFields(o), tel: o.Telephony,
		ledger: newLedger(), dealGuides: newDealGuides(o.Guides), dealFields: newDealFields(o), personFields: newPersonFields(o), dealFormat: o.dealFormat(),
	}
}

// put stores a new row under its clid, or under the next one when it has none.
func (s *store) put(r *row) {
	if r.clid == 0 {
		r.clid = s.next
	}
	s.next = max(s.next, r.clid+1)
	at, _ := slices.BinarySearchFunc(s.rows, r.clid, byCLID)
	s.rows = slices.Insert(s.rows, at, r)
	s.byCLID[r.clid] = r
	s.index(r)
}

// change runs f on a stored row and keeps the indexes true.
func (s *store) change(r *row, f func(*row)) {
	s.unindex(r)
	f(r)
	s.index(r)
}

func (s *store) remove(r *row) {
	s.unindex(r)
	delete(s.byCLID, r.clid)
	if at, ok := slices.BinarySearchFunc(s.rows, r.clid, byCLID); ok {
		s.rows = slices.Delete(s.rows, at, at+1)
	}
}

func byCLID(r *row, clid int64) int {
	switch {
	case r.clid < clid:
		return -1
	case r.clid > clid:
		return 1
	default:
		return 0
	}
}

func (s *store) index(r *row) {
	s.version++
	s.owners[r.num[numOwner]]++
	addTo(s.byUID, r.text[colUID], r)
	addTo(s.byTitle, r.text[colTitle], r)
}

func (s *store) unindex(r *row) {
	s.version++
	s.owners[r.num[numOwner]]--
	dropFrom(s.byUID, r.text[colUID], r)
	dropFrom(s.byTitle, r.text[colTitle], r)
}

func addTo(m map[string][]*row, value *string, r *row) {
	if value == nil {
		return
	}
	key := foldKey(*value)
	at, _ := slices.BinarySearchFunc(m[key], r.clid, byCLID)
	m[key] = slices.Insert(m[key], at, r)
}

func dropFrom(m map[string][]*row, value *string, r *row) {
	if value == nil {
		return
	}
	key := foldKey(*value)
	if at, ok := slices.BinarySearchFunc(m[key], r.clid, byCLID); ok {
		m[key] = slices.Delete(m[key], at, at+1)
	}
	if len(m[key]) == 0 {
		delete(m, key)
	}
}

// note counts a line of the activity history and returns its id.
func (s *store) note(r *row) int64 {
	s.history++
	if r != nil {
		r.history++
	}
	return s.history
}

// put stores a text as the column keeps it.
func (r *row) put(c textColumn, s string) {
	s = storable(s, textSchema[c].length)
	r.text[c] = &s
}

func (s *Server) now() string {
	return s.opt.Clock().In(s.opt.TimeZone).Format(time.DateTime)
}

// login finds a user by login, as the database compares.
func (s *store) login(name string) (Login, bool) {
	key := foldKey(name)
	for _, l := range s.logins {
		if foldKey(l.Login) == key {
			return l, true
		}
	}
	return Login{}, false
}

func (s *store) user(id int64) (Login, bool) {
	for _, l := range s.logins {
		if l.ID == id {
			return l, true
		}
	}
	return Login{}, false
}

// firstLogin is the user in whose name things happen that nobody is named for;
// 0 when every login was removed.
func (s *store) firstLogin() int64 {
	if len(s.logins) == 0 {
		return 0
	}
	return s.logins[0].ID
}

func (s *store) userLogin(id int64) string {
	l, _ := s.user(id)
	return l.Login
}

func (s *store) userTitle(id int64) string {
	if l, ok := s.user(id); ok && l.Title != "" {
		return l.Title
	}
	return "не определено"
}

// subordinates are the owners whose clients a login sees.
func (s *store) subordinates(l Login) map[int64]bool {
	seen := map[int64]bool{l.ID: true}
	switch {
	case l.Boss || l.Role == RoleHead || l.Role == RoleAccess || l.Role == RoleSupport || l.Role == RoleAdmin:
		for _, u := range s.logins {
			seen[u.ID] = true
		}
	case l.Role == RoleDepartment:
		s.addReports(seen, map[int64]bool{l.ID: true})
	case l.Role == RoleDivision:
		direct := s.addReports(seen, map[int64]bool{l.ID: true})
		s.addReports(seen, direct)
	}
	return seen
}

func (s *store) addReports(seen, heads map[int64]bool) map[int64]bool {
	reports := map[int64]bool{}
	for _, u := range s.logins {
		if heads[u.Head] {
			seen[u.ID], reports[u.ID] = true, true
		}
	}
	return reports
}
