package engine

import (
	"context"
	"errors"
	"fmt"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Write-back is asynchronous: a value for the source side is an
// offer, stored with its link before it is delivered. A delivery that began is
// delivered again under its own name until it ended, so a crash between the two
// leaves nothing unsaid, and nothing said twice that would mean anything else.

// OutboxError says that offers could not be handed to the source side. They wait
// in the state; all else of the run stands.
type OutboxError struct {
	Name string
	Err  error
}

func (e *OutboxError) Error() string { return fmt.Sprintf("write back to %s: %v", e.Name, e.Err) }

// Unwrap returns the cause.
func (e *OutboxError) Unwrap() error { return e.Err }

// deliverOffers hands over what this run offers, and what earlier runs did not
// finish handing over.
func (r *run) deliverOffers(ctx context.Context) error {
	if r.Offers == nil {
		return nil
	}
	names, err := r.Offers.Begin(ctx, r.id, r.Outbox.Name(r.id, r.cfg.Now()))
	if err != nil {
		return err
	}
	for _, name := range names {
		r.cfg.Step("offers-begun")
		if err := r.deliverOne(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) deliverOne(ctx context.Context, name string) error {
	all, err := r.Offers.Rows(ctx, name)
	if err != nil {
		return err
	}
	rows, later := r.mayGo(all)
	var refused *UndeliveredError
	if len(rows) > 0 {
		err = r.Outbox.Deliver(ctx, name, rows)
		if err != nil && !errors.As(err, &refused) {
			return &OutboxError{Name: name, Err: err}
		}
	}
	r.cfg.Step("offers-delivered")
	if took(rows, refused) {
		r.report.Delivered = append(r.report.Delivered, name)
	}
	if err := r.releaseWritten(ctx, rows, refused); err != nil {
		return err
	}
	var left []Undelivered
	if refused != nil {
		left = refused.Rows
		if err := r.holdUnwritable(ctx, rows, left); err != nil {
			return err
		}
	}
	if r.Outbox.Settles() {
		if err := r.settleOffers(ctx, rows, left); err != nil {
			return err
		}
	}
	err = r.Offers.End(ctx, r.id, name, append(left, later...))
	r.cfg.Step("offers-ended")
	return err
}

// mayGo parts what may go now from what must not: an offer that did not leave at
// once is as old as the run that made it, and the source may have moved on since.
// Then the record is in conflict, or its source is not known, and the offer would
// overwrite unseen what somebody wrote there.
func (r *run) mayGo(rows []OfferRow) (now []OfferRow, later []Undelivered) {
	for _, row := range rows {
		ord := r.index.find(r.uidPrint(offeredUID(row.UID, row.CLID)))
		if ord >= 0 && row.UID != "" {
			switch r.index.ends[ord] {
			case none, Unchanged, Created, Updated, Merged, WrittenBack, Absent:
			default:
				later = append(later, Undelivered{UID: row.UID, CLID: row.CLID, Later: true})
				continue
			}
		}
		now = append(now, row)
	}
	return now, later
}

// took reports whether the source side was handed anything at all.
func took(rows []OfferRow, refused *UndeliveredError) bool {
	left := map[string]int{}
	if refused != nil {
		for _, u := range refused.Rows {
			n := 1
			if u.Field == "" { // all of them
				n = 1 << 16
			}
			left[offeredUID(u.UID, u.CLID)] += n
		}
	}
	for _, row := range rows {
		if left[offeredUID(row.UID, row.CLID)] < len(row.Fields) {
			return true
		}
	}
	return false
}

// releaseWritten ends the holds of records that the source side could not take
// before, and now did.
func (r *run) releaseWritten(ctx context.Context, rows []OfferRow, refused *UndeliveredError) error {
	left := map[string]bool{}
	if refused != nil {
		for _, u := range refused.Rows {
			left[offeredUID(u.UID, u.CLID)] = true
		}
	}
	var over []Settlement
	for _, row := range rows {
		uid := offeredUID(row.UID, row.CLID)
		if h, held := r.heldOffer(uid); held && h.Reason == reconcile.ReasonUnwritable && !left[uid] {
			over = append(over, Settlement{UID: uid, Clear: true})
		}
	}
	if len(over) == 0 {
		return nil
	}
	return r.settle(ctx, over...)
}

// settleOffers: what was delivered stands in the source, as if an export had
// shown it.
func (r *run) settleOffers(ctx context.Context, rows []OfferRow, left []Undelivered) error {
	type value struct{ uid, field string } // "" = all fields
	not := map[value]bool{}
	for _, u := range left {
		not[value{u.UID, u.Field}] = true
	}
	var uids []string
	for _, row := range rows {
		if row.UID != "" && !not[value{row.UID, ""}] {
			uids = append(uids, row.UID)
		}
	}
	links, err := r.Ledger.Links(ctx, uids)
	if err != nil {
		return err
	}
	schema := r.cfg.Policy.Schema
	var done []Settlement
	for _, row := range rows {
		link, ok := links[row.UID]
		if !ok || row.UID == "" || not[value{row.UID, ""}] {
			continue
		}
		b := bases{
			source:  record.Restore(schema, link.Base, r.cfg.CanonSource),
			crm:     r.crmBase(&link),
			pending: record.Restore(schema, link.Pending, r.cfg.CanonCRM),
		}
		for _, f := range row.Fields {
			i := schema.Index(f.Field)
			if i < 0 || not[value{row.UID, f.Field}] {
				continue
			}
			b.source[i], b.crm[i], b.pending[i] = stored(f.New, i, r.cfg.CanonSource), stored(f.New, i, r.cfg.CanonCRM), record.Value{}
		}
		next := r.settledLink(&link, b)
		rec := record.Record{Values: b.source}
		next.Source, r.scratch = rec.Fingerprint(r.scratch)
		done = append(done, Settlement{UID: row.UID, Link: next})
	}
	if len(done) == 0 {
		return nil
	}
	return r.settle(ctx, done...)
}

// stored turns a stored text of one field into a value.
func stored(text *string, field int, canon record.Canonicalizer) record.Value {
	if text == nil {
		return record.Value{State: record.Null}
	}
	return record.Of(*text, canon(field, *text))
}

// holdUnwritable holds the records whose values the source side cannot take.
func (r *run) holdUnwritable(ctx context.Context, rows []OfferRow, left []Undelivered) error {
	byUID := map[string]OfferRow{}
	for _, row := range rows {
		byUID[offeredUID(row.UID, row.CLID)] = row
	}
	holds := map[string]*Hold{}
	var order []string
	for _, u := range left {
		uid := offeredUID(u.UID, u.CLID)
		row := byUID[uid]
		h := holds[uid]
		if h == nil {
			h = &Hold{
				UID: uid, Key: row.Key, Title: row.Title, Reason: reconcile.ReasonUnwritable,
				CLID: row.CLID, Sticky: true,
			}
			holds[uid] = h
			order = append(order, uid)
		}
		h.Fields = append(h.Fields, unwritableFields(&row, &u)...)
	}
	done := make([]Settlement, 0, len(order))
	for _, uid := range order {
		h := holds[uid]
		if r.isNew(h) {
			r.report.NewHolds++
		}
		r.endOffered(uid, Held)
		done = append(done, Settlement{UID: uid, Hold: h, Used: r.triedChoices(uid, takeRetry)})
	}
	return r.settle(ctx, done...)
}

// unwritableFields are the fields of an offer that did not go.
func unwritableFields(row *OfferRow, u *Undelivered) []HeldField {
	var out []HeldField
	for _, f := range row.Fields {
		if u.Field == "" || f.Field == u.Field {
			out = append(out, HeldField{Field: f.Field, Source: f.Old, CRM: f.New, Rule: f.Rule, Column: u.Column, Why: u.Why})
		}
	}
	return out
}

// endOffered corrects how a record whose offer did not go ended.
func (r *run) endOffered(uid string, o Outcome) {
	if ord := r.index.find(r.uidPrint(uid)); ord >= 0 && r.index.ends[ord] == WrittenBack {
		r.end(ord, o)
	}
}

// offeredUID names a record in holds, whether it has a uid or not.
func offeredUID(uid string, clid int64) string {
	if uid != "" {
		return uid
	}
	return bornUID(clid)
}

// notTaken holds a record whose offer the source has not shown for too long, when
// nothing else is to be said of it.
func (r *run) notTaken(c *changed, link *Link, d reconcile.Decision) *Hold {
	row, late := r.watch.late[r.uidPrint(link.UID)]
	if !late || len(r.standing.Choices[link.UID]) > 0 || d.Action != reconcile.Nothing {
		return nil
	}
	h := &Hold{
		UID: link.UID, Key: link.Key, Title: r.titleOf(c.rec.Values), Reason: reconcile.ReasonNotTaken,
		CLID: link.CLID, Sticky: true,
	}
	for _, f := range row.Fields {
		i := r.cfg.Policy.Schema.Index(f.Field)
		for _, k := range d.Kept {
			if k.Field == i && k.Rule == reconcile.RulePendingWaits {
				h.Fields = append(h.Fields, HeldField{
					Field: f.Field, Base: f.Old, Source: textOf(k.Source), CRM: f.New, Rule: k.Rule,
				})
			}
		}
	}
	if len(h.Fields) == 0 {
		return nil
	}
	return h
}

// heldOffer reports whether a record is held because of what was offered.
func (r *run) heldOffer(uid string) (Hold, bool) {
	h, ok := r.standing.Holds[uid]
	return h, ok && (h.Reason == reconcile.ReasonNotTaken || h.Reason == reconcile.ReasonUnwritable)
}

// unwritten reports whether a record is held because the source side could not
// take a value, and nobody decided about it. Such a hold ends when the source side
// takes one, or when the CRM is seen to have the source's own again.
func (r *run) unwritten(uid string) bool {
	h, held := r.heldOffer(uid)
	return held && h.Reason == reconcile.ReasonUnwritable && len(r.standing.Choices[uid]) == 0 && !r.watch.calm[r.uidPrint(uid)]
}

// offersAnew reports whether a person wants a record's offer to go out again.
func (r *run) offersAnew(uid string) bool {
	h, held := r.heldOffer(uid)
	if !held {
		return false
	}
	return r.chosen(uid, takeRetry) != nil || h.Reason == reconcile.ReasonNotTaken && r.chosen(uid, takeCRM) != nil
}

// goesAgain reports whether offers of a record that stand already go out once more:
// a person wants it, or the decision is to say again what was said.
func (r *run) goesAgain(t *task) bool {
	if t.decision != nil {
		for _, ch := range t.decision.ToSource {
			if was := at0(t.saw.Pending, ch.Field); was.State != record.Absent && was.Same(ch.To) {
				return true
			}
		}
	}
	return r.offersAnew(t.UID)
}

// standsApart carries out a person's word that a value stays in the CRM although
// the source side cannot take it.
func (r *run) standsApart(uid string, d *reconcile.Decision) {
	h, held := r.heldOffer(uid)
	if !held || h.Reason != reconcile.ReasonUnwritable || r.chosen(uid, takeCRM) == nil {
		return
	}
	apart := map[int]*string{}
	for _, f := range h.Fields {
		apart[r.cfg.Policy.Schema.Index(f.Field)] = f.CRM
	}
	rest := d.ToSource[:0:0]
	for _, ch := range d.ToSource {
		if was, ok := apart[ch.Field]; ok && ch.To.Same(stored(was, ch.Field, r.cfg.CanonCRM)) {
			d.Settled = append(d.Settled, ch.Field)
		} else {
			rest = append(rest, ch)
		}
	}
	d.ToSource = rest
	if len(rest) == 0 && d.Action == reconcile.WriteBack {
		d.Action = reconcile.Nothing
	}
}
