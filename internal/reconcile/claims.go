package reconcile

import "slices"

// Claim is what became of a record's matches within one snapshot.
type Claim uint8

// The claims.
const (
	Unclaimed Claim = iota // the record claimed nothing
	Sole                   // one to one: it may link
	Ambiguous              // held match-ambiguous
)

// Claims finds the matches that are not one to one within a snapshot. Every
// record claims first, then each asks; the order of neither matters. The zero
// value is ready. Not safe for concurrent use.
type Claims struct {
	byUID  map[string][]int64
	byCLID map[int64][]string
}

// Add claims the clids (Matching.Link, or the clid of a server's "existing
// client" answer) for a record. Claiming again adds to what was claimed.
func (c *Claims) Add(uid string, clids ...int64) {
	if c.byUID == nil {
		c.byUID, c.byCLID = make(map[string][]int64), make(map[int64][]string)
	}
	for _, id := range clids {
		if !slices.Contains(c.byUID[uid], id) {
			c.byUID[uid] = append(c.byUID[uid], id)
			c.byCLID[id] = append(c.byCLID[id], uid)
		}
	}
}

// Of says what became of a record's claims, and the clid of a sole one. A
// record is ambiguous when it claims several clients, or shares its client
// with another record.
func (c *Claims) Of(uid string) (int64, Claim) {
	ids := c.byUID[uid]
	switch {
	case len(ids) == 0:
		return 0, Unclaimed
	case len(ids) > 1 || len(c.byCLID[ids[0]]) > 1:
		return 0, Ambiguous
	}
	return ids[0], Sole
}

// Fits gives the clids that a record claims, sorted: for showing them.
func (c *Claims) Fits(uid string) []int64 {
	out := slices.Clone(c.byUID[uid])
	slices.Sort(out)
	return out
}

// Rivals gives the uids that claim the clid, sorted: for showing them.
func (c *Claims) Rivals(clid int64) []string {
	out := slices.Clone(c.byCLID[clid])
	slices.Sort(out)
	return out
}
