package crmapi

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// ErrUnsteady is the cause when clients kept vanishing from the list while it
// was read, so that others may have slipped between its pages.
var ErrUnsteady = errors.New("the list changes faster than it can be read")

// maxPages ends a list that never does: 10 million records. maxRounds is how
// often a list that changes is read before that is given up.
const (
	maxPages  = 50_000
	maxRounds = 5
)

var (
	errRepeats   = fmt.Errorf("list repeats its pages: %w", ErrUnsteady)
	errManyPages = fmt.Errorf("list has more than %d pages", maxPages)
	errOrder     = errors.New("all clients are read in the order of their clids, from the first page")
	errStopped   = errors.New("the caller has enough")
)

// Clients returns all clients of q above q.Above, each clid once, newest first
// but for stragglers.
//
// Pages are cut by position and each shows another moment: one that vanishes
// above pushes the next page's first client up into the page that was read
// already. So what was read is proven afterwards (walk.proven), and read again
// while it cannot be: every client that q selected from the first request to the
// last is returned, or the sequence ends with ErrUnsteady. Only a client that
// both appears and vanishes meanwhile can deceive the proof. Clients that appear
// meanwhile may be returned or not.
//
// An error of ClassUnreadable concerns one record (the object then carries at
// most its clid), and the sequence goes on; any other error is the last, and
// means that what was returned proves nothing about who is missing.
func (c *Client) Clients(ctx context.Context, q ListQuery) iter.Seq2[ClientObject, error] {
	return func(yield func(ClientObject, error) bool) {
		if q.Page != 0 || q.Order != "" && q.Order != "clid" {
			yield(ClientObject{}, refusal(actList, errOrder))
			return
		}
		if c.speaksV1() {
			if err := c.clientsV1(ctx, q, yield); err != nil && !errors.Is(err, errStopped) {
				yield(ClientObject{}, err)
			}
			return
		}
		c.walkAll(ctx, q)(yield)
	}
}

// walkAll reads the list as the server shows it.
func (c *Client) walkAll(ctx context.Context, q ListQuery) iter.Seq2[ClientObject, error] {
	l := listing[ClientObject]{
		action: actList,
		above:  q.Above,
		whole:  q.everything(),
		size:   PageSize,
		page: func(ctx context.Context, n int) (rowsOf[ClientObject], error) {
			q := q
			q.Page = n
			return clientRows(c.List(ctx, q))
		},
		ids: func(ctx context.Context, n int) (rowsOf[ClientObject], error) {
			return clientRows(c.List(ctx, ListQuery{Page: n, Fields: []string{"clid"}}))
		},
		id:   func(o *ClientObject) int64 { return o.CLID },
		bare: func(clid int64) ClientObject { return ClientObject{CLID: clid} },
	}
	return l.walk(ctx)
}

func clientRows(p ListPage, err error) (rowsOf[ClientObject], error) {
	r := rowsOf[ClientObject]{good: p.Clients, rows: p.Rows, pages: p.Pages}
	for _, bad := range p.Bad {
		r.bad = append(r.bad, badRow{bad.CLID, bad})
	}
	return r, err
}

// listing is a list of records that falls by their ids, so that new ones come in
// at its top, and is cut into pages by position.
type listing[T any] struct {
	action string
	above  int64 // the walk ends at this id
	whole  bool  // every record is in the list, so that one that enters it is a new one
	size   int   // rows of a full page
	page   func(ctx context.Context, n int) (rowsOf[T], error)
	ids    func(ctx context.Context, n int) (rowsOf[T], error) // a page of the whole list, ids alone
	id     func(*T) int64
	bare   func(id int64) T // a record of which nothing else is known
}

// rowsOf is one page.
type rowsOf[T any] struct {
	good  []T
	bad   []badRow
	rows  int // good and bad
	pages int // of the list as the server counts them; 0 = not told
	total int // rows of the list as the server counts them, which may be those of the page; 0 = not told
}

// badRow is a row that could not be read; its id is 0 when not even that could.
type badRow struct {
	id  int64
	err *Error
}

// walk returns every record that is in the list all the time.
func (l listing[T]) walk(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		w := walk[T]{l: l, yield: yield, given: make(idSet), open: spans{{l.above + 1, maxID}}}
		if err := w.run(ctx); err != nil && !errors.Is(err, errStopped) {
			var none T
			yield(none, err)
		}
	}
}

// walk reads a list until it is proven that nobody slipped through.
type walk[T any] struct {
	l     listing[T]
	yield func(T, error) bool

	given idSet // returned
	last  idSet // seen in the round before
	seen  idSet // seen in this round
	first bool  // this is the first round
	open  spans // ids between what single answers showed; nobody is proven to be there or not
}

// run reads the list round by round.
func (w *walk[T]) run(ctx context.Context) error {
	for n := range maxRounds {
		w.first = n == 0
		w.last, w.seen = w.seen, make(idSet)
		if proven, err := w.round(ctx); err != nil || proven {
			return err
		}
	}
	return &Error{Class: ClassUnknown, Action: w.l.action, HTTPStatus: 200, Err: ErrUnsteady}
}

// round reads the list to its end once and tells whether all is proven.
func (w *walk[T]) round(ctx context.Context) (proven bool, err error) {
	page, err := w.page(ctx, 0)
	if err != nil || w.ends(&page) {
		return true, err // one answer is one moment
	}
	var before census
	if w.first && w.l.whole {
		if before, err = w.count(ctx, &page); err != nil {
			return false, err
		}
	}
	if before.known { // read again, or somebody could have vanished between it and the count
		if page, err = w.page(ctx, 0); err != nil || w.ends(&page) {
			return true, err
		}
	}
	stale := 0 // pages in a row that showed nothing new: many came in at once, or the server ignores the page's number
	for n := 1; n < maxPages; n++ {
		if page, err = w.page(ctx, n); err != nil {
			return false, err
		}
		if w.ends(&page) {
			return w.proven(ctx, before, &page, n)
		}
		if stale++; page.fresh > 0 {
			stale = 0
		}
		if stale == maxRounds {
			return false, protocol(w.l.action, errRepeats)
		}
	}
	return false, protocol(w.l.action, errManyPages)
}

// shown is a page and what it says of the ids in it.
type shown struct {
	rows, pages int

	low, high int64 // of the ids in it; 0 = none
	sorted    bool  // they fall from row to row
	fresh     int   // ids that this round had not seen
}

// page reads one page, returns what is new in it, and notes what it shows.
func (w *walk[T]) page(ctx context.Context, n int) (shown, error) {
	list, err := w.l.page(ctx, n)
	if err != nil {
		return shown{}, err
	}
	p := shown{rows: list.rows, pages: list.pages, sorted: true}
	repeated := len(w.seen) > 0 && n == 0
	for i := range list.good {
		o := &list.good[i]
		p.sorted = p.sorted && (i == 0 || w.l.id(o) < w.l.id(&list.good[i-1]))
		if err := w.take(&p, w.l.id(o), *o, nil); err != nil {
			return p, err
		}
	}
	for _, bad := range list.bad {
		if bad.id == 0 && (!w.first || repeated) {
			continue // told of before, or nobody knows
		}
		if err := w.take(&p, bad.id, w.l.bare(bad.id), bad.err); err != nil {
			return p, err
		}
	}
	w.cover(&p, n)
	return p, nil
}

// take returns a row unless it was returned before. bad is its error, nil for none.
func (w *walk[T]) take(p *shown, id int64, o T, bad *Error) error {
	if id != 0 {
		if p.low == 0 || id < p.low {
			p.low = id
		}
		p.high = max(p.high, id)
		if id <= w.l.above {
			return nil
		}
		if w.seen.add(id) {
			p.fresh++
		}
		if !w.given.add(id) {
			return nil
		}
	}
	var err error
	if bad != nil {
		err = bad
	}
	if !w.yield(o, err) {
		return errStopped
	}
	return nil
}

// cover notes that nobody was there between the clids of one answer but those
// that it shows: only new clients come in at the top, none in the middle who was
// there all the time. A page that is not full shows the list's end, too, unless
// it is empty: then its rows may have moved up.
func (w *walk[T]) cover(p *shown, n int) {
	low, high := p.low, p.high
	switch {
	case !p.sorted || high == 0:
		return
	case p.rows < w.l.size:
		low = 0
	}
	if n == 0 {
		high = maxID
	}
	w.open = w.open.without(low, high)
}

// ends tells whether nothing that is wanted stands behind a page.
func (w *walk[T]) ends(p *shown) bool {
	return p.rows < w.l.size || p.sorted && p.high != 0 && p.low <= w.l.above+1
}

// proven tells, at the end of a round, whether everybody was seen who was there
// all the time. Somebody can have been missed only where two pages met and
// somebody above had vanished in between. Either the answers overlap so that no
// clid is left between them; or nobody vanished: all that the round before saw
// were seen again, or, for the list of all, the count tells it.
func (w *walk[T]) proven(ctx context.Context, before census, last *shown, n int) (bool, error) {
	switch {
	case len(w.open) == 0:
		return true, nil
	case !w.first:
		return w.seen.holds(w.last), nil
	case !before.known:
		return false, nil
	}
	return w.nobodyVanished(ctx, before, last, n)
}

// census is the number of records at one moment.
type census struct {
	total int
	head  int64 // the newest record before that moment
	known bool
}

// count counts the records by the last page. A full last page does not tell
// whether it is the last.
func (w *walk[T]) count(ctx context.Context, newest *shown) (census, error) {
	n := newest.pages - 1
	if n < 1 {
		return census{}, nil
	}
	p, err := w.l.ids(ctx, n)
	return census{n*w.l.size + p.rows, newest.high, p.rows > 0 && p.rows < w.l.size}, err
}

// nobodyVanished compares two counts: what came since stands at the top. A
// record that comes while this is found out makes it look as if one had
// vanished, never the other way round.
func (w *walk[T]) nobodyVanished(ctx context.Context, before census, last *shown, n int) (bool, error) {
	after := census{total: n*w.l.size + last.rows, known: last.rows > 0 && last.rows < w.l.size}
	if last.rows == w.l.size { // it ended at the id
		var err error
		if after, err = w.count(ctx, last); err != nil {
			return false, err
		}
	}
	if !after.known {
		return false, nil
	}
	top, err := w.l.ids(ctx, 0)
	if err != nil {
		return false, err
	}
	came := slices.IndexFunc(top.good, func(o T) bool { return w.l.id(&o) <= before.head })
	return came >= 0 && len(top.bad) == 0 && before.total+came == after.total, nil
}

// everything reports whether q selects every client that the login sees, so that
// a client that enters the list is a new one.
func (q *ListQuery) everything() bool {
	return q.ChangedFrom == "" && q.ChangedTo == "" && q.CreatedFrom == "" && q.CreatedTo == "" &&
		q.UserID == 0 && q.Word == "" && q.Trash == TrashAny
}
