package emulator

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
)

// Violation is something that a client of the API must never do, or a result
// that must never come about.
type Violation struct {
	Rule string  `json:"rule"` // one of the Rule constants
	Seq  []int   `json:"seq,omitempty"`
	CLID []int64 `json:"clid,omitempty"`
	// ID holds the dids, crids or pids that the rule is about.
	ID   []int64 `json:"id,omitempty"`
	UID  string  `json:"uid,omitempty"`
	Text string  `json:"text,omitempty"`
}

func (v Violation) String() string {
	s := fmt.Sprintf("%s: requests %v, clids %v, uid %q %s", v.Rule, v.Seq, v.CLID, v.UID, v.Text)
	if v.ID != nil {
		s += fmt.Sprintf(", ids %v", v.ID)
	}
	return s
}

// The rules of Check.
const (
	RuleUIDTwice    = "one uid, several clients"
	RuleKeyInURL    = "the key stands in the URL"
	RuleKeyInBody   = "the key stands in the body"
	RuleContentType = "Content-Type is not exactly the one of the API"
	RuleQuery       = "the query is not empty"
	RuleVerb        = "the verb is not POST"
	RuleOverlap     = "two writes at the same time"
	RuleUnmodelled  = "a request that the emulator does not know"
)

// Check reads a history and the clients at its end with rules of its own,
// independent of what the client of the API believes. It returns what was
// violated, in a repeatable order; nil is good.
func Check(history []Event, clients []Client) []Violation {
	var bad []Violation
	for _, ev := range history {
		bad = append(bad, checkEvent(ev)...)
	}
	bad = append(bad, checkOverlap(history)...)
	return append(bad, checkUIDs(clients)...)
}

func checkEvent(ev Event) []Violation {
	var bad []Violation
	report := func(rule, text string) {
		bad = append(bad, Violation{Rule: rule, Seq: []int{ev.Seq}, Text: text})
	}
	if ev.KeyInURL {
		report(RuleKeyInURL, "")
	}
	kind := "application/json"
	if ev.Version == "v1" { // where the key is a parameter
		kind = "application/x-www-form-urlencoded"
	} else if ev.KeyInBody {
		report(RuleKeyInBody, "")
	}
	if ct := ev.Headers.Values("Content-Type"); len(ct) != 1 || ct[0] != kind {
		report(RuleContentType, fmt.Sprint(ct))
	}
	if ev.Query != "" {
		report(RuleQuery, "")
	}
	if ev.Verb != http.MethodPost {
		report(RuleVerb, ev.Verb)
	}
	if ev.Unmodelled != "" {
		report(RuleUnmodelled, ev.Unmodelled)
	}
	return bad
}

// checkOverlap wants every write answered, or its connection given up, before
// the next one arrives.
func checkOverlap(history []Event) []Violation {
	var bad []Violation
	var open *Event
	for i := range history {
		ev := &history[i]
		if !ev.Write {
			continue
		}
		if open != nil && ev.Begin < open.over() {
			bad = append(bad, Violation{Rule: RuleOverlap, Seq: []int{open.Seq, ev.Seq}})
		}
		if open == nil || ev.over() > open.over() {
			open = ev
		}
	}
	return bad
}

// over is the tick at which a request was over for its client.
func (ev *Event) over() int64 {
	switch {
	case ev.Left != 0:
		return ev.Left
	case ev.End != 0:
		return ev.End
	default:
		return math.MaxInt64
	}
}

// checkUIDs looks for a uid that more than one client carries, at least one of
// which came through the API.
func checkUIDs(clients []Client) []Violation {
	type group struct {
		uid   string
		clids []int64
		api   bool
	}
	groups := map[string]*group{}
	for _, cl := range clients {
		if cl.UID == "" {
			continue
		}
		g := groups[foldKey(cl.UID)]
		if g == nil {
			g = &group{uid: cl.UID}
			groups[foldKey(cl.UID)] = g
		}
		g.clids = append(g.clids, cl.CLID)
		g.api = g.api || cl.ViaAPI
	}
	var bad []Violation
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		if g := groups[key]; g.api && len(g.clids) > 1 {
			bad = append(bad, Violation{Rule: RuleUIDTwice, UID: g.uid, CLID: g.clids})
		}
	}
	return bad
}
