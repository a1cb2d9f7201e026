package reconcile

import (
	"encoding/binary"
	"slices"
	"strings"

	"syncd/internal/record"
)

// Mirror is the index of the CRM's clients by which a job finds out, before it
// adds, whether a client is there already. It keeps hashes of keys and no
// texts: about 140 bytes an entry.
//
// Not safe for concurrent mutation; safe for concurrent reads.
type Mirror struct {
	slots      []slot
	keys       keyTable
	dead       int // slots that Remove or a replacing Put left behind
	withoutUID int
}

// slot is one client.
type slot struct {
	clid  int64
	kpp   uint32 // hash; 0 = none
	state slotState
}

type slotState uint8

const (
	slotUID   slotState = 1 << iota // carries a uid
	slotTrash                       // in the CRM's trash
	slotDead                        // removed
)

// keyKind keeps keys of different kinds apart in one table.
type keyKind uint64

const (
	keyCLID keyKind = iota + 1
	keyUID
	keyINN
	keyPhone
	keyMail
	keyTitle
	keyNatural
)

// NewMirror returns an empty mirror.
func NewMirror() *Mirror { return &Mirror{} }

// Len is the number of clients.
func (m *Mirror) Len() int { return len(m.slots) - m.dead }

// WithoutUID is the number of clients that carry no uid and are not in the
// trash.
func (m *Mirror) WithoutUID() int { return m.withoutUID }

// Put adds a client, or replaces the one with the same clid.
func (m *Mirror) Put(e Entry) {
	m.Remove(e.CLID)
	n := uint32(len(m.slots))
	s := slot{clid: e.CLID, kpp: hashKPP(e.Keys.KPP)}
	if e.Trash {
		s.state |= slotTrash
	}
	m.keys.add(hashCLID(e.CLID), n)
	if e.UID != "" {
		// Whoever carries a uid is nobody's match: its other keys are not
		// looked for.
		s.state |= slotUID
		m.keys.add(hashKey(keyUID, FoldUID(e.UID)), n)
	} else {
		m.putKeys(e.Keys, n)
	}
	if s.state&(slotUID|slotTrash) == 0 {
		m.withoutUID++
	}
	m.slots = append(m.slots, s)
}

func (m *Mirror) putKeys(k Keys, n uint32) {
	one := func(kind keyKind, text string) {
		if text != "" {
			m.keys.add(hashKey(kind, text), n)
		}
	}
	one(keyINN, k.INN)
	one(keyTitle, k.Title)
	one(keyNatural, k.Natural)
	for i, p := range k.Phones {
		if !slices.Contains(k.Phones[:i], p) {
			one(keyPhone, p)
		}
	}
	for i, a := range k.Mails {
		if !slices.Contains(k.Mails[:i], a) {
			one(keyMail, a)
		}
	}
}

// Remove forgets a client; an unknown clid is no error.
func (m *Mirror) Remove(clid int64) {
	n, ok := m.find(clid)
	if !ok {
		return
	}
	if m.slots[n].state&(slotUID|slotTrash) == 0 {
		m.withoutUID--
	}
	m.slots[n].state |= slotDead
	m.dead++
	if m.dead > 1024 && m.dead > len(m.slots)/2 {
		m.compact()
	}
}

// compact drops dead slots and the keys that point at them.
func (m *Mirror) compact() {
	const gone = ^uint32(0)
	moved := make([]uint32, len(m.slots))
	live := make([]slot, 0, len(m.slots)-m.dead)
	for i, s := range m.slots {
		moved[i] = gone
		if s.state&slotDead == 0 {
			moved[i] = uint32(len(live))
			live = append(live, s)
		}
	}
	var keys keyTable
	for _, e := range m.keys.entries {
		if to := moved[e.slot]; to != gone {
			keys.add(e.hash, to)
		}
	}
	m.slots, m.keys, m.dead = live, keys, 0
}

// find gives the live slot of a clid.
func (m *Mirror) find(clid int64) (uint32, bool) {
	for n := range m.keys.all(hashCLID(clid)) {
		if s := &m.slots[n]; s.clid == clid && s.state&slotDead == 0 {
			return n, true
		}
	}
	return 0, false
}

// Has reports whether the clid is known.
func (m *Mirror) Has(clid int64) bool {
	_, ok := m.find(clid)
	return ok
}

// Trashed reports whether the client is known to be in the CRM's trash.
func (m *Mirror) Trashed(clid int64) bool {
	n, ok := m.find(clid)
	return ok && m.slots[n].state&slotTrash != 0
}

// ByUID gives the clids of the clients that carry the uid as the CRM compares
// it (see FoldUID), ascending, those in the trash included. More than one means
// that somebody copied a card.
func (m *Mirror) ByUID(uid string) []int64 {
	if uid == "" {
		return nil
	}
	var out []int64
	for n := range m.keys.all(hashKey(keyUID, FoldUID(uid))) {
		if s := &m.slots[n]; s.state&slotDead == 0 {
			out = append(out, s.clid)
		}
	}
	slices.Sort(out)
	return out
}

// FoldUID gives the form in which the CRM's collation compares uids: without
// case, ё as е, trailing blanks aside.
func FoldUID(uid string) string {
	plain := true
	for i := range len(uid) {
		if c := uid[i]; c >= 0x80 || c >= 'A' && c <= 'Z' {
			plain = false
			break
		}
	}
	uid = strings.TrimRight(uid, " ")
	if plain {
		return uid
	}
	return strings.ReplaceAll(strings.ToLower(uid), "ё", "е")
}

// hashKey is 0 for an empty text, which proves nothing.
func hashKey(kind keyKind, text string) uint64 {
	if text == "" {
		return 0
	}
	f := record.FingerprintOf(text)
	return mix(binary.LittleEndian.Uint64(f[:8]) + uint64(kind))
}

// hashKPP is 0 for an empty text.
func hashKPP(text string) uint32 {
	if text == "" {
		return 0
	}
	return max(uint32(hashKey(keyINN, text)>>32), 1)
}

func hashCLID(clid int64) uint64 {
	return mix(uint64(clid)*31 + uint64(keyCLID))
}

// mix spreads every bit of x over the whole word; 0 is left to mean "none".
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return max(x, 1)
}
