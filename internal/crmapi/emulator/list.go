package emulator

import (
	"cmp"
	"slices"
	"strings"
)

const pageSize = 200

func (c *call) list() (answer, error) {
	p := c.req.params.clone()
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	q, err := c.listQuery(p)
	if err != nil {
		return answer{}, err
	}
	rows := c.s.selection(q)
	offset := max(integer(p.get("offset")), 0)
	from := int64(len(rows))
	if offset <= from/pageSize {
		from = offset * pageSize
	}
	page := rows[from:min(int64(len(rows)), from+pageSize)]

	list := make([]any, 0, len(page))
	names := c.listFields(cast(p.get("fields")))
	bank := truthy(p.get("bankinfo"))
	for _, r := range page {
		list = append(list, c.listRow(r, names, bank))
	}
	shown := offset
	if shown == 0 {
		shown = 1
	}
	count := len(page)
	if c.s.d.countTotal {
		count = len(rows)
	}
	params := object{
		{"page", shown},
		{"pageall", (len(rows) + pageSize - 1) / pageSize},
		{"ord", q.order},
		{"tuda", q.direction()},
		{"count", count},
	}
	return answer{value: object{{"data", list}, {"params", params}, {"count", count}}}, nil
}

// listFields are the fields asked for, as far as they are known and active.
func (c *call) listFields(asked string) []string {
	known := c.s.db.fields.readable()
	if asked == "" || asked == "0" {
		return known
	}
	var names []string
	for _, name := range explode(",", asked) {
		if name == "date_chage" && c.s.d.typoSynonym {
			name = "date_edit"
		}
		if slices.Contains(known, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (c *call) listRow(r *row, names []string, bank bool) object {
	db := c.s.db
	o := make(object, 0, len(names)+6)
	for _, name := range names {
		switch name {
		case "clid":
			o = append(o, member{name, r.clid})
		case "iduser":
			o = append(o, member{"user", db.userLogin(r.num[numOwner])}, member{name, r.num[numOwner]})
		case "idcategory":
			o = append(o, member{"idcategoryTitle", categoryTitle(db, r.num[numCategory])}, member{name, r.num[numCategory]})
		case "head_clid": // the server shows the category of that id
			o = append(o, member{"head_clidTitle", categoryTitle(db, r.num[numHead])}, member{name, r.num[numHead]})
		case "territory":
			o = append(o, member{"territoryTitle", territoryTitle(db, r.num[numTerritory])}, member{name, r.num[numTerritory]})
		case "clientpath":
			o = append(o, member{"clientpathTitle", db.guides.path.title[r.num[numPath]]}, member{name, r.num[numPath]})
		case "pid":
			o = append(o, member{"person", db.personTitle(r.num[numPerson])}, member{name, r.num[numPerson]})
		default:
			if col, ok := textColumnOf(name); ok {
				o = append(o, member{name, r.text[col]})
			}
		}
	}
	if bank {
		slots := requisiteSlots(r)
		info := make(object, 0, 15)
		for i, name := range requisites[:15] {
			info = append(info, member{name, slots[i]})
		}
		o = append(o, member{"bankinfo", info})
	}
	return o
}

func categoryTitle(db *store, id int64) string {
	if id <= 0 {
		return "--не определено--"
	}
	return db.guides.category.title[id]
}

func territoryTitle(db *store, id int64) any {
	if id <= 0 {
		return nil
	}
	return db.guides.territory.title[id]
}

// personTitle is the first two words of a contact's name, null for an id that
// leads nowhere.
func (s *store) personTitle(pid int64) any {
	if pid <= 0 {
		return ""
	}
	r := s.person(pid)
	if r == nil || r.Text["person"] == "" {
		return nil
	}
	words := explode(" ", r.Text["person"])
	if len(words) == 1 {
		words = append(words, "")
	}
	return words[0] + " " + words[1]
}

// pageCache keeps the last selections, so that reading page after page does not
// filter and sort the whole table each time.
type pageCache struct {
	version uint64
	rows    map[string][]*row
}

// selection is the query's result, whole. The lock is held.
func (s *Server) selection(q listQuery) []*row {
	if s.pages.version != s.db.version || s.pages.rows == nil {
		s.pages = pageCache{version: s.db.version, rows: map[string][]*row{}}
	}
	if rows, ok := s.pages.rows[q.key]; ok {
		return rows
	}
	rows := make([]*row, 0, pageSize)
	if len(q.where) == 0 {
		rows = slices.Clone(s.db.rows)
	} else {
		for _, r := range s.db.rows {
			if q.matches(r) {
				rows = append(rows, r)
			}
		}
	}
	q.sort(rows)
	if len(s.pages.rows) > 8 {
		clear(s.pages.rows)
	}
	s.pages.rows[q.key] = rows
	return rows
}

// listQuery is a parsed list request: conditions that all hold, and an order.
type listQuery struct {
	where     []func(*row) bool
	order     string
	ascending bool
	key       string // the same for requests that differ only in page and fields
}

func (q listQuery) direction() string {
	if q.ascending {
		return "ASC"
	}
	return "DESC"
}

func (q listQuery) matches(r *row) bool {
	for _, w := range q.where {
		if !w(r) {
			return false
		}
	}
	return true
}

// sort orders rows that come ascending by clid; equal ones keep that order.
func (q listQuery) sort(rows []*row) {
	compare := q.comparison()
	if compare == nil {
		if !q.ascending {
			slices.Reverse(rows)
		}
		return
	}
	if q.ascending {
		slices.SortStableFunc(rows, compare)
		return
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return compare(b, a) })
}

// comparison is nil for the order by clid.
func (q listQuery) comparison() func(a, b *row) int {
	if n, ok := numberColumnOf(q.order); ok {
		return func(a, b *row) int { return cmp.Compare(a.num[n], b.num[n]) }
	}
	col, ok := textColumnOf(q.order)
	if !ok {
		return nil
	}
	return func(a, b *row) int {
		return compareTexts(a.text[col], b.text[col], col == colCreated || col == colEdited)
	}
}

// compareTexts orders a column: NULL comes first; dates byte by byte, and texts as
// the database compares them.
func compareTexts(x, y *string, date bool) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return -1
	case y == nil:
		return 1
	case date:
		return strings.Compare(*x, *y)
	}
	return strings.Compare(foldKey(*x), foldKey(*y))
}
