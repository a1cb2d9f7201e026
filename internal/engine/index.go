package engine

import (
	"fmt"

	"syncd/internal/record"
)

// index is the run's memory of every uid: the settled ones, loaded from the
// state, and the ones met in this run. It costs a small fixed amount a record
// and never holds content. It belongs to one goroutine, except that the
// function known returns may be called from any.
type index struct {
	links  []int64              // link id, 0 = not linked
	uids   []record.Fingerprint // of the folded uid
	source []record.Fingerprint // as settled; of records met now: as met
	lines  []uint32             // where it was met in this run, 0 = not met
	ops    []int32              // position in the spool + 1, 0 = none
	ends   []Outcome            // how the record ended the run; none until it did
	absent map[int]int64        // of records that an earlier snapshot lacked: the number of the first
	loaded int                  // how many came from the state

	rows    prints // of the raw row
	cells   prints // of the mapped cells
	byUID   slots
	entered int // how many uids byUID holds
	likely  int // position of the record that probably comes next
}

// newIndex returns an index with room for n records.
func newIndex(n int) *index {
	return &index{
		links: make([]int64, 0, n), uids: make([]record.Fingerprint, 0, n), source: make([]record.Fingerprint, 0, n),
		lines: make([]uint32, 0, n), ops: make([]int32, 0, n),
		ends: make([]Outcome, 0, n), absent: map[int]int64{},
	}
}

// add appends a record and returns its position.
func (x *index) add(link int64, uid, source record.Fingerprint) int {
	ord := len(x.links)
	x.links = append(x.links, link)
	x.uids = append(x.uids, uid)
	x.source = append(x.source, source)
	x.lines = append(x.lines, 0)
	x.ops = append(x.ops, 0)
	x.ends = append(x.ends, none)
	return ord
}

// find returns the position of a folded uid's fingerprint, or -1. The table is
// made once a uid is not at its likely place.
func (x *index) find(uid record.Fingerprint) int {
	ord := x.likely
	if ord >= len(x.uids) || x.uids[ord] != uid {
		if x.entered == 0 {
			x.byUID.reserve(len(x.uids))
		}
		for ; x.entered < len(x.uids); x.entered++ {
			x.byUID.put(x.uids[x.entered], x.entered, x.uids)
		}
		if ord = x.byUID.get(uid, x.uids); ord < 0 {
			return -1
		}
	}
	return ord
}

// slow makes a record be mapped, whatever its row looks like.
func (x *index) slow(ord int) {
	x.rows.drop(ord)
	x.cells.drop(ord)
}

// keep says by which raw row and mapped cells a settled record is known next
// time; zero = not at all. It reports whether that is news.
func (x *index) keep(ord int, row, cells record.Fingerprint) bool {
	a, b := x.rows.set(ord, row), x.cells.set(ord, cells)
	return a || b
}

// loadRows joins the stored rows to their links. Both come in ascending order
// of link. A stored row is masked with the source fingerprint it was settled
// with, so that a row whose record was settled otherwise since never matches.
func (x *index) loadRows(each func(func(SeenRow) error) error) error {
	ord := 0
	return each(func(r SeenRow) error {
		for ord < x.loaded && x.links[ord] < r.Link {
			ord++
		}
		if ord < x.loaded && x.links[ord] == r.Link {
			x.rows.loaded[ord] = mask(r.Row, x.source[ord])
			x.cells.loaded[ord] = mask(r.Cells, x.source[ord])
		}
		return nil
	})
}

// saveRows yields the rows of settled, linked records in ascending link order.
func (x *index) saveRows(yield func(SeenRow) error) error {
	for ord, link := range x.links {
		row, cells := x.rows.next(ord), x.cells.next(ord)
		if link == 0 || row.IsZero() && cells.IsZero() {
			continue
		}
		seen := SeenRow{Row: mask(row, x.source[ord]), Cells: mask(cells, x.source[ord]), Link: link}
		if err := yield(seen); err != nil {
			return err
		}
	}
	return nil
}

func mask(a, b record.Fingerprint) record.Fingerprint {
	for i := range a {
		a[i] ^= b[i]
	}
	return a
}

// loadIndex reads the ledger's narrow memory of about n links.
func loadIndex(n int64, seen func(func(Seen) error) error, rows func(func(SeenRow) error) error) (*index, error) {
	x := newIndex(int(n))
	last := int64(0)
	if err := seen(func(s Seen) error {
		if s.Link <= last {
			return fmt.Errorf("links out of order: %d after %d", s.Link, last)
		}
		last = s.Link
		ord := x.add(s.Link, s.UID, s.Source)
		if s.Absent != 0 {
			x.absent[ord] = s.Absent
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("load links: %w", err)
	}
	x.loaded = len(x.links)
	x.rows, x.cells = newPrints(x.loaded), newPrints(x.loaded)
	if err := x.loadRows(rows); err != nil {
		return nil, fmt.Errorf("load rows: %w", err)
	}
	return x, nil
}
