package engine

import (
	"encoding/binary"
	"sync"

	"syncd/internal/record"
)

// prints are hashes by which a record is known again without being mapped: one
// for each record, or none. Those loaded do not change while a source is read.
type prints struct {
	loaded []record.Fingerprint // as settled, by position in the index; zero = unknown
	kept   []bool               // the loaded one holds on
	fresh  []record.Fingerprint // what is to be stored instead; grows when needed

	// The table, whose every access misses the cache, is made only when a hash
	// is not at its likely place.
	once  sync.Once
	table slots
}

func newPrints(n int) prints {
	return prints{loaded: make([]record.Fingerprint, n), kept: make([]bool, n)}
}

// question makes what one goroutine of a reader asks about each row: is it that
// of a settled record? An export comes in about the order in which its records
// were linked, so a record is expected as far behind the last one found as its
// row is. Where the table hardly ever knows better, it is asked now and then
// only: a known row that is missed is mapped, and found to be as it was.
func (p *prints) question() func(f record.Fingerprint, row int) bool {
	const trial, seldom = 1024, 64
	shift, asked, found := 0, 0, 0
	return func(f record.Fingerprint, row int) bool {
		if p.expected(f, row+shift) {
			return true
		}
		asked++
		if asked > trial && found < asked/8 && asked%seldom != 0 {
			return false
		}
		ord := p.find(f, row+shift)
		if ord < 0 {
			return false
		}
		found++
		shift = ord - row
		return true
	}
}

// expected reports whether a hash is at a position, which may be any number.
func (p *prints) expected(f record.Fingerprint, ord int) bool {
	return ord >= 0 && ord < len(p.loaded) && p.loaded[ord] == f && !f.IsZero()
}

// find returns the position of the record with this hash, or -1. It looks at a
// likely one first, which may be any number.
func (p *prints) find(f record.Fingerprint, likely int) int {
	if f.IsZero() {
		return -1
	}
	if p.expected(f, likely) {
		return likely
	}
	p.once.Do(p.enter)
	return p.table.get(f, p.loaded)
}

// enter makes the table. Of two records with one hash the first counts.
func (p *prints) enter() {
	p.table.reserve(len(p.loaded))
	for ord, f := range p.loaded {
		if !f.IsZero() && p.table.get(f, p.loaded) < 0 {
			p.table.put(f, ord, p.loaded)
		}
	}
}

// drop forgets a loaded hash, so that the record is mapped. Not while a source
// is read.
func (p *prints) drop(ord int) {
	if ord < len(p.loaded) {
		p.loaded[ord] = record.Fingerprint{}
	}
}

// of is the loaded hash of a record, or zero.
func (p *prints) of(ord int) record.Fingerprint {
	if ord < len(p.loaded) {
		return p.loaded[ord]
	}
	return record.Fingerprint{}
}

// set says by which hash the record is known next time; zero = by none. It
// reports whether that is another one than was loaded.
func (p *prints) set(ord int, f record.Fingerprint) bool {
	same := p.of(ord) == f
	if ord < len(p.kept) {
		p.kept[ord] = same
	}
	if same {
		f = record.Fingerprint{}
	}
	switch {
	case ord < len(p.fresh):
		p.fresh[ord] = f
	case !f.IsZero():
		if cap(p.fresh) <= ord {
			p.fresh = append(make([]record.Fingerprint, 0, max(len(p.loaded), ord+ord/4+1)), p.fresh...)
		}
		p.fresh = p.fresh[:ord+1]
		p.fresh[ord] = f
	}
	return !same
}

// next is what set said, or zero.
func (p *prints) next(ord int) record.Fingerprint {
	switch {
	case ord < len(p.kept) && p.kept[ord]:
		return p.loaded[ord]
	case ord < len(p.fresh):
		return p.fresh[ord]
	}
	return record.Fingerprint{}
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

// reserve makes room for n keys in an empty table.
func (t *slots) reserve(n int) {
	size := 1024
	for size*2 <= n*3 {
		size *= 2
	}
	t.at = make([]uint32, size)
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
