package notify

import (
	"cmp"
	"slices"
	"time"
)

// Decide tells what a channel must be told now, of the conditions that stand and
// of what it was told before; told may hold rows of other channels. Only occasions
// of on are told, the end of a trouble only with Recovered among them.
//
// What people were told and does not stand any more is over; where ends is not nil,
// it says what became of it.
//
// Each notice brings the rows to keep once it was sent. The rows of ended are to
// be kept at once: what is over without a word, and what came back too soon to be
// told again. Decided again over what was kept, nothing is left to say: a restart
// repeats nothing, and what could not be sent is still due.
func Decide(now time.Time, conditions []Condition, told []Told, on []Occasion, channel string, ends func(Told) End) (send []Notice, ended []Told) {
	groups := map[subject]*group{}
	at := func(s subject) *group {
		if groups[s] == nil {
			groups[s] = &group{subject: s}
		}
		return groups[s]
	}
	for _, c := range conditions {
		if slices.Contains(on, c.Occasion) {
			g := at(subject{c.Job, c.Occasion})
			g.standing = append(g.standing, c)
		}
	}
	for _, t := range latest(told, channel) {
		g := at(subject{t.Job, t.Occasion})
		g.told = append(g.told, t)
	}
	order := make([]*group, 0, len(groups))
	for _, g := range groups {
		slices.SortFunc(g.standing, func(a, b Condition) int { return cmp.Compare(a.Cause, b.Cause) })
		slices.SortFunc(g.told, func(a, b Told) int { return cmp.Compare(a.Cause, b.Cause) })
		order = append(order, g)
	}
	slices.SortFunc(order, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.job, b.job), cmp.Compare(a.occasion, b.occasion))
	})
	for _, g := range order {
		d := decision{now: now, channel: channel, ends: ends}
		switch {
		case len(g.standing) == 0:
			d.over(g, slices.Contains(on, g.occasion) && slices.Contains(on, Recovered))
		case g.occasion == Hold:
			d.holds(g)
		default:
			d.stands(g)
		}
		send, ended = append(send, d.send...), append(ended, d.ended...)
	}
	return send, ended
}

// latest is what a channel was told last of each cause.
func latest(told []Told, channel string) []Told {
	type key struct {
		subject
		cause string
	}
	last := map[key]Told{}
	for _, t := range told {
		k := key{subject{t.Job, t.Occasion}, t.Cause}
		if old, known := last[k]; t.Channel == channel && (!known || old.Told.Before(t.Told) || old.Told.Equal(t.Told) && !t.Ended.Before(old.Ended)) {
			last[k] = t
		}
	}
	out := make([]Told, 0, len(last))
	for _, t := range last {
		out = append(out, t)
	}
	return out
}

// subject is what people see as one trouble: its causes may change, it is over
// when none of them stands.
type subject struct {
	job      string
	occasion Occasion
}

type group struct {
	subject
	standing []Condition // by cause
	told     []Told      // the latest of each cause, by cause
}

type decision struct {
	now     time.Time
	channel string
	ends    func(Told) End
	send    []Notice
	ended   []Told
}

// over deals with a trouble none of whose causes stands any more.
func (d *decision) over(g *group, tell bool) {
	var open []Told
	last, since := Told{}, time.Time{}
	for _, t := range g.told {
		if !t.Ended.IsZero() {
			continue
		}
		end := Over
		if d.ends != nil {
			end = d.ends(t)
		}
		if end == Open {
			continue
		}
		if end == Changed {
			t.Ended = d.now
			d.ended = append(d.ended, t)
			continue
		}
		if last.Told.IsZero() || last.Told.Before(t.Told) {
			last = t
		}
		if since.IsZero() || t.Since.Before(since) {
			since = t.Since
		}
		t.Ended = d.now
		open = append(open, t)
	}
	switch {
	case len(open) == 0:
	case tell:
		d.send = append(d.send, Notice{
			Condition: Condition{Job: g.job, Occasion: g.occasion, Cause: last.Cause, Since: since}, Recovered: true, Settles: open,
		})
	default:
		d.ended = append(d.ended, open...)
	}
}

// stands deals with a trouble that stands, by its causes.
func (d *decision) stands(g *group) {
	known := false // people know of this trouble by a cause that stands
	for _, c := range g.standing {
		last := slices.IndexFunc(g.told, func(t Told) bool { return t.Cause == c.Cause })
		switch {
		case last >= 0 && g.told[last].Ended.IsZero():
			known = true
		case last >= 0 && d.flaps(c, g.told[last]):
			back := g.told[last]
			back.Ended = d.now
			d.ended = append(d.ended, back)
		default:
			d.news(c)
		}
	}
	for _, t := range g.told { // causes that gave way to others: the trouble is not over
		if !t.Ended.IsZero() || slices.ContainsFunc(g.standing, func(c Condition) bool { return c.Cause == t.Cause }) {
			continue
		}
		t.Ended = d.now
		switch {
		case len(d.send) > 0:
			d.send[0].Settles = append(d.send[0].Settles, t)
		case known:
			d.ended = append(d.ended, t)
		} // else people know of the trouble by this one alone: it stays theirs until they hear more
	}
}

// flaps reports whether a condition is an old one that only went away for a while,
// and is not back for good yet.
func (d *decision) flaps(c Condition, t Told) bool {
	return c.Since.Sub(t.Ended) < Flap && d.now.Sub(c.Since) < Flap
}

// holds deals with records that wait: one condition, whose cause grows.
func (d *decision) holds(g *group) {
	c := g.standing[len(g.standing)-1]
	var open []Told
	var told, ended time.Time
	known := ""
	for _, t := range g.told {
		told, known = later(told, t.Told), max(known, t.Cause)
		if !t.Ended.IsZero() {
			ended = later(ended, t.Ended)
			continue
		}
		if t.Cause != c.Cause {
			t.Ended = d.now
			open = append(open, t)
		}
	}
	stillOpen := slices.ContainsFunc(g.told, func(t Told) bool { return t.Ended.IsZero() })
	switch {
	case d.now.Sub(told) < HoldPause && !told.After(d.now): // else the clock was ahead
		return // the digest has it
	case c.Cause > known, !stillOpen && (d.now.Sub(ended) >= Flap || ended.After(d.now)):
		d.news(c)
		d.send[0].Settles = append(d.send[0].Settles, open...)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (d *decision) news(c Condition) {
	d.send = append(d.send, Notice{Condition: c, Settles: []Told{Keep(c, d.channel, d.now)}})
}

// Keep is the row of a condition that a channel is told of now.
func Keep(c Condition, channel string, now time.Time) Told {
	return Told{Channel: channel, Job: c.Job, Occasion: c.Occasion, Cause: c.Cause, Since: c.Since, Told: now}
}
