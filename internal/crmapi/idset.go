package crmapi

import (
	"math"
	"slices"
)

// idSet is a set of ids that lie close together: 64 of them in one entry.
type idSet map[int64]uint64

// add reports whether id was not in the set yet.
func (s idSet) add(id int64) bool {
	bit := uint64(1) << (id & 63)
	old := s[id>>6]
	s[id>>6] = old | bit
	return old&bit == 0
}

// holds reports whether every id of t is in s.
func (s idSet) holds(t idSet) bool {
	for k, bits := range t {
		if bits&^s[k] != 0 {
			return false
		}
	}
	return true
}

const maxID = math.MaxInt64

// span is the ids from low to high, both included.
type span struct{ low, high int64 }

// spans are disjoint and fall: a list is read downwards, so what is cut off it
// is at the end.
type spans []span

// without cuts the ids from low to high out. It reuses s.
func (s spans) without(low, high int64) spans {
	from, _ := slices.BinarySearchFunc(s, high, func(x span, id int64) int { // the first that begins at or below high
		if x.low > id {
			return -1
		}
		return 1
	})
	to := from
	var left []span
	for ; to < len(s) && s[to].high >= low; to++ {
		if s[to].high > high {
			left = append(left, span{high + 1, s[to].high})
		}
		if s[to].low < low {
			left = append(left, span{s[to].low, low - 1})
		}
	}
	if from == to {
		return s
	}
	return slices.Replace(s, from, to, left...)
}
