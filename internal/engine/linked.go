package engine

import (
	"context"
	"fmt"
	"slices"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// decideChunk looks up the bases of the records gathered so far and decides
// about them. Where no scan showed a client to be otherwise, the CRM is presumed
// to be as it was settled.
func (r *run) decideChunk(ctx context.Context) error {
	if len(r.chunk) == 0 {
		return nil
	}
	var uids []string
	var ids []int64
	for i := range r.chunk {
		if c := &r.chunk[i]; c.link != 0 {
			ids = append(ids, c.link)
		} else {
			uids = append(uids, c.rec.UID)
		}
	}
	links, err := r.Ledger.Links(ctx, uids, ids...)
	if err != nil {
		return err
	}
	byID := make(map[int64]*Link, len(ids))
	for uid := range links {
		l := links[uid]
		byID[l.ID] = &l
	}
	var settled []Settlement
	for i := range r.chunk {
		c := &r.chunk[i]
		link, ok := links[c.rec.UID]
		if l := byID[c.link]; c.link != 0 && l != nil {
			link, ok = *l, true
			r.fromLink(c, l)
		}
		if !ok {
			return fmt.Errorf("line %d: the state's index knows a link that its table lacks", c.rec.Origin.Line)
		}
		lost := r.countLost(c, &link)
		s, err := r.decideLinked(ctx, c, &link)
		switch {
		case err != nil:
			return err
		case s != nil && lost:
			r.lines.late = append(r.lines.late, *s)
		case s != nil:
			settled = append(settled, *s)
		}
	}
	r.chunk = r.chunk[:0]
	if len(settled) == 0 || r.dry {
		return nil
	}
	return r.settle(ctx, settled...)
}

// leantOn holds a record that is gone from the CRM although others hang on it: a
// deal that was billed is not buried in silence.
func (r *run) leantOn(ctx context.Context, c *changed, link *Link) (bool, error) {
	if r.cfg.Leans == nil || r.chosen(link.UID, takeCRM, takeSource, takeAdd) != nil {
		return false, nil
	}
	leant, err := r.cfg.Leans(ctx, link.UID)
	if !leant || err != nil {
		return false, err
	}
	r.holdLinked(c, &Hold{
		UID: c.rec.UID, Key: c.rec.Key, Title: r.titleOf(c.rec.Values), Reason: reconcile.ReasonCRMGone, CLID: link.CLID, Sticky: true,
	})
	return true, nil
}

// fromLink fills in a record that the source did not show: it is taken to be as
// it was settled.
func (r *run) fromLink(c *changed, link *Link) {
	c.rec = record.Record{
		UID: link.UID, Key: link.Key, Origin: link.Origin,
		Values: record.Restore(r.cfg.Policy.Schema, link.Base, r.cfg.CanonSource),
	}
	c.source = link.Source
}

// decideLinked decides about one linked record. A settlement is returned when
// nothing needs writing and only bases move.
func (r *run) decideLinked(ctx context.Context, c *changed, link *Link) (*Settlement, error) {
	in := Incoming{Kind: InRecord, Origin: c.rec.Origin, Record: &c.rec, Source: c.source, Row: c.row}
	s, err := r.situationNow(ctx, c, link)
	if err != nil {
		return nil, err
	}
	if s.Link == reconcile.LostLink {
		return r.meetAgain(c, &in, link, s)
	}
	gone := s.CRM == reconcile.CRMGone || s.Link == reconcile.Tombstone && s.CRM == reconcile.CRMUnread
	if clid := r.linkedInstead(c, link); gone && clid != 0 {
		return nil, r.planLink(c.ord, &in, clid, "linked-by-hand", false)
	}
	d := reconcile.Decide(r.policy(c.state), s)
	if gone && (d.Action == reconcile.Add || d.Action == reconcile.Hold) && r.metAnother(c, link) {
		r.holdAgain(c)
		return nil, nil
	}
	if s.CRM == reconcile.CRMUnread && r.offersAnew(link.UID) {
		return nil, r.planUpdate(c, &in, link, d) // what is offered again is what the CRM has now
	}
	r.standsApart(link.UID, &d)
	if h := r.notTaken(c, link, d); h != nil {
		r.holdLinked(c, h)
		return nil, nil
	}
	switch d.Action {
	case reconcile.Nothing:
		if d.NeedsCRM {
			return nil, r.planUpdate(c, &in, link, d)
		}
		r.end(c.ord, Unchanged)
		return r.settleDecided(c, link, s, d), nil
	case reconcile.Update, reconcile.WriteBack:
		return nil, r.planUpdate(c, &in, link, d)
	case reconcile.Remove:
		return nil, r.planDelete(c, &in, link)
	case reconcile.Add:
		return nil, r.plan(c.ord, &in, &Op{Kind: OpAdd})
	case reconcile.Hold:
		h := r.heldLinked(&c.rec, link, d, s)
		r.holdLinked(c, &h)
		return nil, nil
	case reconcile.Ignore:
		return r.settleIgnored(ctx, c, link, s, d)
	case reconcile.Bury:
		if leant, err := r.leantOn(ctx, c, link); leant || err != nil {
			return nil, err
		}
		return r.settleBuried(c, link, s, d), nil
	case reconcile.Close:
		return r.settleClosed(c, link, d), nil
	case reconcile.Link:
	}
	return nil, fmt.Errorf("uid %s: action %d cannot follow for a linked record", c.rec.UID, d.Action)
}

// settleBuried leaves a tombstone of a record that is gone from the CRM.
func (r *run) settleBuried(c *changed, link *Link, s reconcile.Situation, d reconcile.Decision) *Settlement {
	r.end(c.ord, Unchanged)
	r.callMet(c.ord, &c.rec)
	return &Settlement{
		UID: c.rec.UID, Link: r.bury(link, r.folded(s, d, nil)), Clear: true, Mirror: r.goneEntry(link),
		Used:    r.usedChoices(c.rec.UID),
		Changes: []FieldChange{{Field: "clid", From: clidText(link.CLID), Rule: d.Rule}},
	}
}

// settleClosed ends a link.
func (r *run) settleClosed(c *changed, link *Link, d reconcile.Decision) *Settlement {
	r.end(c.ord, Absent)
	entry := r.goneEntry(link)
	if d.Rule == reconcile.RuleAbsentKept {
		entry = nil // it stays in the CRM, and is nothing new there
	}
	return &Settlement{
		UID: c.rec.UID, Link: link, Close: true, Clear: true, Mirror: entry, Used: r.usedChoices(c.rec.UID),
		Changes: []FieldChange{{Field: "clid", From: clidText(link.CLID), Rule: d.Rule}},
	}
}

// settleDecided is the settlement of a decision that writes nothing.
func (r *run) settleDecided(c *changed, link *Link, s reconcile.Situation, d reconcile.Decision) *Settlement {
	r.callMet(c.ord, &c.rec)
	next := r.settledLink(link, r.folded(s, d, nil))
	if s.CRM == reconcile.CRMPresent {
		next.Gone, next.Missing = false, 0
	}
	if c.link == 0 {
		r.index.keep(c.ord, c.row, c.cells)
		r.index.source[c.ord] = c.source
		r.rowsChanged = true
		next.name(&Op{
			UID: link.UID, Key: c.rec.Key, Title: r.titleOf(c.rec.Values), Source: c.source, Origin: c.rec.Origin,
		})
	}
	return &Settlement{UID: c.rec.UID, Link: next, Clear: true, Changes: r.keptChanges(d), Used: r.usedChoices(c.rec.UID)}
}

// settleIgnored ends a record that the rules leave alone.
func (r *run) settleIgnored(
	ctx context.Context, c *changed, link *Link, s reconcile.Situation, d reconcile.Decision,
) (*Settlement, error) {
	r.callMet(c.ord, &c.rec)
	r.end(c.ord, OutOfScope)
	switch c.state {
	case reconcile.SourceDeleted, reconcile.SourceAbsent:
		r.end(c.ord, Absent)
	case reconcile.SourcePresent, reconcile.SourceNone:
		if link.Gone { // a tombstone: said once, and not again
			r.end(c.ord, Unchanged)
		}
	case reconcile.SourceOutOfScope, reconcile.SourceUnreadable:
	}
	if len(d.Settled) > 0 {
		next := r.settledLink(link, r.folded(s, d, nil))
		return &Settlement{UID: c.rec.UID, Link: next, Clear: true, Used: r.usedChoices(c.rec.UID)}, nil
	}
	if _, edited := r.watch.edited[r.uidPrint(c.rec.UID)]; edited && s.CRM == reconcile.CRMPresent {
		return &Settlement{UID: c.rec.UID, Clear: true, Edit: link.CLID}, nil
	}
	return nil, r.release(ctx, c.rec.UID)
}

// holdLinked books a linked record that waits for a person.
func (r *run) holdLinked(c *changed, h *Hold) {
	if c.link == 0 {
		r.wait(c.ord, &c.rec)
	}
	h.Origin, h.Source = c.rec.Origin, c.source
	r.hold(c.ord, *h)
}

// metAnother reports whether adding this very record again was answered before with
// another client that exists: the CRM would say so once more.
func (r *run) metAnother(c *changed, link *Link) bool {
	old, held := r.standing.Holds[link.UID]
	return held && old.Sticky && old.CLID != link.CLID && old.Source == c.source && len(r.standing.Choices[link.UID]) == 0
}

// linkedInstead is the client that a person links a record to whose own is gone; 0
// for none.
func (r *run) linkedInstead(c *changed, link *Link) int64 {
	said := r.chosen(link.UID, takeLink)
	if said == nil || c.link != 0 {
		return 0
	}
	clid := said.CLID
	if clid == 0 {
		clid = r.standing.Holds[link.UID].CLID
	}
	if clid == link.CLID {
		return 0
	}
	return clid
}

// holdAgain books a record whose standing hold stays as it is.
func (r *run) holdAgain(c *changed) {
	if c.link == 0 {
		r.wait(c.ord, &c.rec)
	}
	r.end(c.ord, Held)
}

// planUpdate spools what changed on either side. A decision without fields for
// the CRM writes to the source side alone.
func (r *run) planUpdate(c *changed, in *Incoming, link *Link, d reconcile.Decision) error {
	kind := OpUpdate
	if d.Action == reconcile.WriteBack {
		kind = OpWriteBack
	}
	op := &Op{
		Kind: kind, CLID: link.CLID, Left: c.state,
		Changes: r.fieldChanges(d.ToCRM), Back: r.fieldChanges(d.ToSource),
	}
	if c.state == reconcile.SourceAbsent { // what the record is marked with becomes its base
		for _, ch := range d.ToCRM {
			c.rec.Values[ch.Field] = ch.To
		}
	}
	if err := r.plan(c.ord, in, op); err != nil {
		return err
	}
	r.spool.at[r.index.ops[c.ord]-1].clears = slices.ContainsFunc(d.ToCRM, func(ch reconcile.Change) bool {
		return ch.To.Blank() && !ch.From.Blank()
	})
	return nil
}

// situationNow is all that is known of a linked record in pass 1.
func (r *run) situationNow(ctx context.Context, c *changed, link *Link) (reconcile.Situation, error) {
	s := r.situation(link, c.rec.Values, c.state)
	s.CRM = reconcile.CRMUnread
	s.Choices = r.choicesOf(c.rec.UID)
	twice, err := r.uidTwice(ctx, c.rec.UID)
	if err != nil {
		return s, err
	}
	seen, err := r.editOf(c.rec.UID)
	switch {
	case err != nil:
		return s, err
	case twice:
		s.CRM = reconcile.CRMTwice
	case r.isGone(c.rec.UID):
		s.CRM = reconcile.CRMGone
	case seen != nil && seen.Entry.CLID == link.CLID:
		s.CRM, s.CRMNow = reconcile.CRMPresent, seen.Values
		if r.mistrusted(link.UID) {
			s.Link = reconcile.LostLink
		}
	case s.Link == reconcile.Linked && r.baseless(link):
		s.Link = reconcile.LostLink // its client is to be read before anything is said of it
	}
	if (s.CRM == reconcile.CRMGone || s.Link == reconcile.Tombstone && s.CRM == reconcile.CRMUnread) && r.chosen(link.UID, takeAdd) != nil {
		s.Choices = append(s.Choices, reconcile.Choice{Field: -1, Take: reconcile.TakeSource}) // a person wants it back
	}
	return s, nil
}

// mistrusted reports whether a link's bases say nothing, because the CRM or the
// state was set back: what differs then is nobody's edit.
func (r *run) mistrusted(uid string) bool {
	return r.allowed(GuardCRMRewound) || r.allowed(GuardStateRestored) || r.standing.Holds[uid].Reason == reconcile.ReasonNoBase
}

// baseless reports whether a link's bases say nothing even where its client did not
// move away from them. What lies in the trash is left alone.
func (r *run) baseless(link *Link) bool {
	return (r.allowed(GuardStateRestored) || r.standing.Holds[link.UID].Reason == reconcile.ReasonNoBase) &&
		!r.mirror.Trashed(link.CLID)
}

// meetAgain lets a record and its client meet as if for the first time. Where both
// hold the same there is nothing to meet about.
func (r *run) meetAgain(c *changed, in *Incoming, link *Link, s reconcile.Situation) (*Settlement, error) {
	if c.link != 0 {
		r.end(c.ord, Waiting) // its source values are not at hand: when they are
		return nil, nil
	}
	if d := reconcile.Decide(r.policy(c.state), s); d.Action == reconcile.Link && len(d.ToCRM)+len(d.ToSource) == 0 {
		r.end(c.ord, Unchanged)
		return r.settleDecided(c, link, s, d), nil
	}
	return nil, r.planLink(c.ord, in, link.CLID, "crm-rewound", false)
}

// fieldChanges puts a decision's changes into the terms that are stored.
func (r *run) fieldChanges(changes []reconcile.Change) []FieldChange {
	out := make([]FieldChange, 0, len(changes))
	for _, c := range changes {
		out = append(out, FieldChange{
			Field: r.cfg.Policy.Schema.Field(c.Field).Name,
			From:  textOf(c.From), To: textOf(c.To), Lost: textOf(c.Lost), Rule: c.Rule,
		})
	}
	return out
}

// keptChanges are the differences that a decision settles without a write
// although a value is lost by it, for the audit.
func (r *run) keptChanges(d reconcile.Decision) []FieldChange {
	var out []FieldChange
	for _, k := range d.Kept {
		if k.Rule == reconcile.RuleConflictCRM || k.Rule == reconcile.RuleChosenCRM {
			out = append(out, FieldChange{
				Field: r.cfg.Policy.Schema.Field(k.Field).Name,
				From:  textOf(k.CRM), To: textOf(k.CRM), Lost: textOf(k.Source), Rule: k.Rule,
			})
		}
	}
	return out
}

// heldLinked describes a hold about a linked record, with what each side has.
func (r *run) heldLinked(rec *record.Record, link *Link, d reconcile.Decision, s reconcile.Situation) Hold {
	h := Hold{
		UID: rec.UID, Key: rec.Key, Title: r.titleOf(s.SourceNow), Reason: d.Reason,
		CLID: link.CLID, Sticky: true, Outdated: r.outdated(rec.UID, s),
	}
	for _, f := range d.Disputed {
		h.Fields = append(h.Fields, HeldField{
			Field: r.cfg.Policy.Schema.Field(f).Name,
			Base:  at(s.SourceBase, f), Source: at(s.SourceNow, f), CRM: at(s.CRMNow, f), Rule: d.Rule,
		})
	}
	return h
}

func at(values []record.Value, f int) *string {
	if f >= len(values) {
		return nil
	}
	return textOf(values[f])
}
