package engine

import (
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// The words of `resolve --take`.
const (
	takeSource = "source"
	takeCRM    = "crm"
	takeLink   = "link"
	takeAdd    = "add"
	takeIgnore = "ignore"
	takeRetry  = "retry"
)

// ignored reports that a person left a record out of the job.
func (r *run) ignored(uid string) bool {
	for _, c := range r.standing.Choices[uid] {
		if c.Take == takeIgnore && c.Field != AdoptLater {
			return true
		}
	}
	return false
}

// undecided reports whether an adoption left a record open and nobody has decided
// about it since.
func (r *run) undecided(uid string) bool {
	later := false
	for _, c := range r.standing.Choices[uid] {
		if c.Field != AdoptLater {
			return false
		}
		later = true
	}
	return later
}

// chosen returns the last choice of these words made for a uid.
func (r *run) chosen(uid string, words ...string) *Choice {
	all := r.standing.Choices[uid]
	for i := len(all) - 1; i >= 0; i-- {
		for _, w := range words {
			if all[i].Take == w {
				return &all[i]
			}
		}
	}
	return nil
}

// choicesOf turns a person's field choices into the decision's terms.
func (r *run) choicesOf(uid string) []reconcile.Choice {
	var out []reconcile.Choice
	for _, c := range r.inFull(uid) {
		d := reconcile.Choice{Field: -1}
		if c.Field != "" {
			if d.Field = r.cfg.Policy.Schema.Index(c.Field); d.Field < 0 {
				continue // the mapping dropped the field since
			}
		}
		switch {
		case c.Set != nil:
			d.Set = record.Of(*c.Set, r.cfg.CanonSource(max(d.Field, 0), *c.Set))
		case c.Take == takeSource:
			d.Take = reconcile.TakeSource
		case c.Take == takeCRM:
			d.Take = reconcile.TakeCRM
		default:
			continue
		}
		d.Seen = r.seenBy(c)
		out = append(out, d)
	}
	return out
}

// seenBy is what a person was shown who made a choice.
func (r *run) seenBy(c Choice) []reconcile.Seen {
	var out []reconcile.Seen
	for _, h := range c.Seen {
		if f := r.cfg.Policy.Schema.Index(h.Field); f >= 0 {
			out = append(out, reconcile.Seen{
				Field: f, Source: stored(h.Source, f, r.cfg.CanonSource), CRM: stored(h.CRM, f, r.cfg.CanonCRM),
			})
		}
	}
	return out
}

// outdated are the choices made for a uid about other values than its two sides
// hold now, as far as they are known.
func (r *run) outdated(uid string, s reconcile.Situation) []int64 {
	differs := func(seen record.Value, now []record.Value, f int) bool {
		return f < len(now) && now[f].State != record.Absent && !now[f].Same(seen)
	}
	var out []int64
	for _, c := range r.standing.Choices[uid] {
		if c.Take != takeSource && c.Take != takeCRM && c.Set == nil {
			continue
		}
		for _, seen := range r.seenBy(c) {
			if (c.Field == "" || c.Field == r.cfg.Policy.Schema.Field(seen.Field).Name) &&
				(differs(seen.Source, s.SourceNow, seen.Field) || differs(seen.CRM, s.CRMNow, seen.Field)) {
				out = append(out, c.ID)
				break
			}
		}
	}
	return out
}

// inFull are the choices made for a uid. One about all of a held offer is one about
// each of its fields: to the decision they are in no dispute.
func (r *run) inFull(uid string) []Choice {
	choices := r.standing.Choices[uid]
	h, held := r.heldOffer(uid)
	if !held {
		return choices
	}
	var out []Choice
	for _, c := range choices {
		if c.Field != "" || c.Take != takeSource && c.Take != takeRetry {
			out = append(out, c)
			continue
		}
		if c.Take == takeRetry {
			// The CRM's value goes out again also where its base stands on it already, as
			// after a conflict that it won: nothing would look changed then.
			c.Take = takeCRM
		}
		for _, f := range h.Fields {
			c.Field = f.Field
			out = append(out, c)
		}
	}
	return out
}

// usedChoices lists the choices that a settlement of this uid carries out.
func (r *run) usedChoices(uid string) []int64 {
	var out []int64
	for _, c := range r.standing.Choices[uid] {
		if c.Take != takeIgnore {
			out = append(out, c.ID)
		}
	}
	return out
}

// triedChoices lists the choices of one word, which are over once they were
// tried, whatever came of it.
func (r *run) triedChoices(uid, word string) []int64 {
	var out []int64
	for _, c := range r.standing.Choices[uid] {
		if c.Take == word {
			out = append(out, c.ID)
		}
	}
	return out
}
