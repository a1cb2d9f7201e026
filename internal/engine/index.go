package engine

import (
	"encoding/binary"
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
	rows   []record.Fingerprint // of the loaded ones: raw row as settled; zero = unknown
	next   []record.Fingerprint // raw row to store at the end of the run; zero = none
	lines  []uint32             // where it was met in this run, 0 = not met
	ops    []int32              // position in the spool + 1, 0 = none
	ends   []Outcome            // how the record ended the run; none until it did
	byUID  slots
	byRow  slots
	loaded int // how many came from the state
}

func newIndex() *index { return &index{} }

// add appends a record and returns its position.
func (x *index) add(link int64, uid, source record.Fingerprint) int {
	ord := len(x.links)
	x.links = append(x.links, link)
	x.uids = append(x.uids, uid)
	x.source = append(x.source, source)
	x.next = append(x.next, record.Fingerprint{})
	x.lines = append(x.lines, 0)
	x.ops = append(x.ops, 0)
	x.ends = append(x.ends, none)
	x.byUID.put(uid, ord, x.uids)
	return ord
}

// find returns the position of a folded uid's fingerprint, or -1.
func (x *index) find(uid record.Fingerprint) int { return x.byUID.get(uid, x.uids) }

// setRow remembers the raw row of a loaded record.
func (x *index) setRow(ord int, row record.Fingerprint) {
	if row.IsZero() || x.byRow.get(row, x.rows) >= 0 {
		return // two records of one raw row: the slow path decides
	}
	x.rows[ord] = row
	x.byRow.put(row, ord, x.rows)
}

// dropRow makes a record take the slow path.
func (x *index) dropRow(ord int) {
	if ord < len(x.rows) {
		x.rows[ord] = record.Fingerprint{}
	}
}

// known returns the question that a reader asks of each raw row: is it that of
// a settled record? Rows and their table do not change while a source is read,
// so the function may be called from any goroutine.
func (x *index) known() func(record.Fingerprint) bool {
	rows, table := x.rows, x.byRow
	return func(row record.Fingerprint) bool { return table.get(row, rows) >= 0 }
}

// findRow returns the position of the record of a raw row, or -1.
func (x *index) findRow(row record.Fingerprint) int { return x.byRow.get(row, x.rows) }

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
			x.setRow(ord, mask(r.Row, x.source[ord]))
		}
		return nil
	})
}

// saveRows yields the rows of settled, linked records in ascending link order.
func (x *index) saveRows(yield func(SeenRow) error) error {
	for ord, row := range x.next {
		if row.IsZero() || x.links[ord] == 0 {
			continue
		}
		if err := yield(SeenRow{Row: mask(row, x.source[ord]), Link: x.links[ord]}); err != nil {
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

// slots is an open-addressing table from a fingerprint to a position in keys.
type slots struct {
	at   []uint32 // position + 1
	used int
}

func slotOf(k record.Fingerprint, n int) int {
	return int(binary.LittleEndian.Uint64(k[:8]) & uint64(n-1))
}

func (t *slots) get(k record.Fingerprint, keys []record.Fingerprint) int {
	if len(t.at) == 0 {
		return -1
	}
	for i := slotOf(k, len(t.at)); ; i = (i + 1) & (len(t.at) - 1) {
		p := t.at[i]
		if p == 0 {
			return -1
		}
		if keys[p-1] == k {
			return int(p - 1)
		}
	}
}

func (t *slots) put(k record.Fingerprint, pos int, keys []record.Fingerprint) {
	if t.used*3 >= len(t.at)*2 {
		t.grow(keys)
	}
	i := slotOf(k, len(t.at))
	for t.at[i] != 0 {
		i = (i + 1) & (len(t.at) - 1)
	}
	t.at[i] = uint32(pos + 1)
	t.used++
}

func (t *slots) grow(keys []record.Fingerprint) {
	old := t.at
	t.at = make([]uint32, max(1024, 2*len(old)))
	for _, p := range old {
		if p == 0 {
			continue
		}
		i := slotOf(keys[p-1], len(t.at))
		for t.at[i] != 0 {
			i = (i + 1) & (len(t.at) - 1)
		}
		t.at[i] = p
	}
}

// loadIndex reads the ledger's narrow memory.
func loadIndex(seen func(func(Seen) error) error, rows func(func(SeenRow) error) error) (*index, error) {
	x := newIndex()
	last := int64(0)
	if err := seen(func(s Seen) error {
		if s.Link <= last {
			return fmt.Errorf("links out of order: %d after %d", s.Link, last)
		}
		last = s.Link
		x.add(s.Link, s.UID, s.Source)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("load links: %w", err)
	}
	x.loaded = len(x.links)
	x.rows = make([]record.Fingerprint, x.loaded)
	if err := x.loadRows(rows); err != nil {
		return nil, fmt.Errorf("load rows: %w", err)
	}
	return x, nil
}
