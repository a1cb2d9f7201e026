package engine

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

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
	loaded int                  // how many came from the state

	// An export comes in about the order in which its records were linked: the
	// record after the one just found is looked at first, and the tables, whose
	// every access misses the cache, are made only once that fails.
	byUID   slots
	entered int // how many uids byUID holds
	lastUID int // position found last
	byRow   slots
	rowOnce sync.Once // makes byRow
	lastRow int       // position found last by findRow
}

// newIndex returns an index with room for n records.
func newIndex(n int) *index {
	return &index{
		links: make([]int64, 0, n), uids: make([]record.Fingerprint, 0, n), source: make([]record.Fingerprint, 0, n),
		next: make([]record.Fingerprint, 0, n), lines: make([]uint32, 0, n), ops: make([]int32, 0, n),
		ends: make([]Outcome, 0, n), lastUID: -1, lastRow: -1,
	}
}

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
	return ord
}

// find returns the position of a folded uid's fingerprint, or -1.
func (x *index) find(uid record.Fingerprint) int {
	ord := x.lastUID + 1
	if ord >= len(x.uids) || x.uids[ord] != uid {
		for ; x.entered < len(x.uids); x.entered++ {
			x.byUID.put(x.uids[x.entered], x.entered, x.uids)
		}
		if ord = x.byUID.get(uid, x.uids); ord < 0 {
			return -1
		}
	}
	x.lastUID = ord
	return ord
}

// dropRow makes a record take the slow path.
func (x *index) dropRow(ord int) {
	if ord < len(x.rows) {
		x.rows[ord] = record.Fingerprint{}
	}
}

// known returns the question that a reader asks of each raw row: is it that of
// a settled record? Rows do not change while a source is read, so the function
// may be called from any goroutine.
func (x *index) known() func(record.Fingerprint) bool {
	var next atomic.Int64 // a hint: whoever writes it last is right enough
	return func(row record.Fingerprint) bool {
		ord := x.rowAt(int(next.Load()), row)
		if ord < 0 {
			return false
		}
		next.Store(int64(ord + 1))
		return true
	}
}

// findRow returns the position of the record of a raw row, or -1.
func (x *index) findRow(row record.Fingerprint) int {
	ord := x.rowAt(x.lastRow+1, row)
	if ord >= 0 {
		x.lastRow = ord
	}
	return ord
}

// rowAt returns the position of the record of a raw row, looked for at a
// likely one first, or -1.
func (x *index) rowAt(likely int, row record.Fingerprint) int {
	if row.IsZero() {
		return -1
	}
	if likely < len(x.rows) && x.rows[likely] == row {
		return likely
	}
	x.rowOnce.Do(x.enterRows)
	return x.byRow.get(row, x.rows)
}

// enterRows makes the table of rows. Of two records of one raw row the first
// counts.
func (x *index) enterRows() {
	for ord, row := range x.rows {
		if !row.IsZero() && x.byRow.get(row, x.rows) < 0 {
			x.byRow.put(row, ord, x.rows)
		}
	}
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
			x.rows[ord] = mask(r.Row, x.source[ord])
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

// loadIndex reads the ledger's narrow memory of about n links.
func loadIndex(n int64, seen func(func(Seen) error) error, rows func(func(SeenRow) error) error) (*index, error) {
	x := newIndex(int(n))
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
