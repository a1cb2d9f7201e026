package reconcile

import "iter"

// keyTable is a multimap from the hash of a key to the slots that carry it:
// chains in one array, 16 bytes a key and 2 to 4 for its bucket. A key that
// thousands of clients share (a switchboard number) costs no more to add than
// any other. Nothing is ever taken out; the owner rebuilds the table.
//
// Two keys meet in one hash with a chance of about 1e-7 for a million against a
// million, and what then happens is a hold, never a wrong write: the field
// evidence is compared again when the two records meet.
type keyTable struct {
	buckets []uint32 // position in entries + 1 of the newest entry; 0 = none
	entries []keyEntry
}

type keyEntry struct {
	hash uint64
	slot uint32
	next uint32 // like buckets
}

func (t *keyTable) add(hash uint64, slot uint32) {
	if len(t.entries) >= 2*len(t.buckets) {
		t.grow()
	}
	b := &t.buckets[hash&uint64(len(t.buckets)-1)]
	t.entries = append(t.entries, keyEntry{hash: hash, slot: slot, next: *b})
	*b = uint32(len(t.entries))
}

// grow doubles the buckets, which stay a power of two.
func (t *keyTable) grow() {
	t.buckets = make([]uint32, max(16, 2*len(t.buckets)))
	mask := uint64(len(t.buckets) - 1)
	for i := range t.entries {
		e := &t.entries[i]
		b := &t.buckets[e.hash&mask]
		e.next, *b = *b, uint32(i+1)
	}
}

// all yields the slots that carry the key, newest first.
func (t *keyTable) all(hash uint64) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if len(t.buckets) == 0 {
			return
		}
		at := t.buckets[hash&uint64(len(t.buckets)-1)]
		for at != 0 {
			e := t.entries[at-1]
			if e.hash == hash && !yield(e.slot) {
				return
			}
			at = e.next
		}
	}
}
