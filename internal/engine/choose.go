package engine

import (
	"context"
	"slices"
	"strings"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// changed is a linked record that asks for a decision: its content differs from
// what was settled, or its client does, or it left the source.
type changed struct {
	ord    int
	link   int64 // where only the link is known: rec is filled in from it
	state  reconcile.SourceState
	rec    record.Record // own copy
	source record.Fingerprint
	row    record.Fingerprint
	cells  record.Fingerprint
}

// takeRecord decides about one record in scope.
func (r *run) takeRecord(ctx context.Context, in *Incoming) error {
	rec := in.Record
	print := r.uidPrint(rec.UID)
	ord := r.index.find(print)
	if ord >= 0 && r.metHere(ord) {
		return r.takeTwice(ord, in, in.Source)
	}
	if ord < 0 {
		ord = r.index.add(0, print, in.Source)
	} else if in.Source != r.index.source[ord] {
		r.metOther[ord] = in.Source
	}
	r.meet(ord, in)
	if len(r.opts.Only) > 0 && !r.opts.Only[rec.UID] && !r.opts.Only[rec.Key] {
		r.index.keep(ord, r.index.rows.of(ord), r.index.cells.of(ord))
		r.end(ord, Waiting)
		return r.passOver(ctx, ord, rec)
	}
	if _, ok := r.open[r.cfg.FoldUID(rec.UID)]; ok {
		r.wait(ord, rec)
		r.end(ord, InDoubt)
		return nil
	}
	if r.ignored(rec.UID) {
		r.end(ord, OutOfScope)
		return r.release(ctx, rec.UID)
	}
	if in.Waits != nil && !rec.Deleted {
		r.await(ord, in)
		return nil
	}
	if r.index.links[ord] == 0 && r.undecided(rec.UID) {
		return r.holdFirst(ord, in, reconcile.ReasonUndecided, 0, "")
	}
	if r.index.links[ord] == 0 {
		return r.takeUnlinked(ctx, ord, in)
	}
	r.countLines(rec)
	if in.Source == r.index.source[ord] && len(r.standing.Choices[rec.UID]) == 0 && !r.watched(print) &&
		r.standing.Holds[rec.UID].Reason != reconcile.ReasonNoBase {
		return r.takeUnchanged(ctx, ord, in)
	}
	if r.refusedBefore(in) {
		r.wait(ord, rec)
		r.end(ord, Rejected)
		return nil
	}
	state := reconcile.SourcePresent
	if rec.Deleted {
		state = reconcile.SourceDeleted
	}
	return r.ask(ctx, changed{ord: ord, state: state, rec: copyRecord(rec), source: in.Source, row: in.Row, cells: in.Cells})
}

// await holds a record until what it refers to is linked. It is looked at anew in
// every run, and goes on by itself. In a plan it may be linked by then.
func (r *run) await(ord int, in *Incoming) {
	rec := in.Record
	r.wait(ord, rec)
	h := Hold{
		UID: rec.UID, Key: rec.Key, Title: r.titleOf(rec.Values), Reason: in.Waits.Reason,
		Origin: in.Origin, Source: in.Source, Fields: in.Waits.Fields,
	}
	if r.dry && in.Waits.Planned {
		r.follows = append(r.follows, h)
		r.end(ord, Waiting)
		return
	}
	r.hold(ord, h)
}

// ask puts a linked record up for a decision.
func (r *run) ask(ctx context.Context, c changed) error {
	r.chunk = append(r.chunk, c)
	if len(r.chunk) >= r.cfg.Chunk {
		return r.decideChunk(ctx)
	}
	return nil
}

func copyRecord(rec *record.Record) record.Record {
	c := *rec
	c.Values = append([]record.Value(nil), rec.Values...)
	return c
}

// takeUnchanged books a linked record that is as it was settled. Where it was
// held before, it came right by itself; but a value of the CRM that the source
// side cannot take is no less there because this run's scan did not show it.
func (r *run) takeUnchanged(ctx context.Context, ord int, in *Incoming) error {
	if r.unwritten(in.Record.UID) && !r.watch.calm[r.uidPrint(in.Record.UID)] {
		r.end(ord, Held) // the source cannot show what it was not given
		return nil
	}
	r.end(ord, Unchanged)
	r.rowsChanged = r.index.keep(ord, in.Row, in.Cells) || r.rowsChanged
	return r.release(ctx, in.Record.UID)
}

// takeUnlinked decides about a record that no link is known of: was it refused
// or held before, is it in the CRM already, or is it new?
func (r *run) takeUnlinked(ctx context.Context, ord int, in *Incoming) error {
	rec := in.Record
	if rec.Deleted {
		r.end(ord, OutOfScope)
		return r.release(ctx, rec.UID)
	}
	if r.refusedBefore(in) {
		r.wait(ord, rec)
		r.end(ord, Rejected)
		return nil
	}
	if old, ok := r.standing.Holds[rec.UID]; ok && old.Sticky && old.CLID == 0 && len(r.standing.Choices[rec.UID]) == 0 &&
		(old.Source == in.Source || old.Reason == reconcile.ReasonPaymentUnsure) {
		r.wait(ord, rec)
		r.end(ord, Held) // the CRM says it exists and not where, or nobody knows: adding it again would not tell
		return nil
	}
	if old, ok := r.standing.Holds[rec.UID]; ok && old.Sticky && old.CLID != 0 &&
		old.Reason != reconcile.ReasonUIDTwice && old.Reason != reconcile.ReasonCRMGone && old.CLID != rec.CLID &&
		(old.Source == in.Source || r.chosen(rec.UID, takeLink) != nil) {
		return r.planLink(ord, in, old.CLID, "held-before", true)
	}
	clients, err := r.clients(ctx)
	if err != nil {
		return err
	}
	uids, err := r.carriers(ctx, rec.UID)
	if err != nil {
		return err
	}
	switch {
	case len(uids) > 1:
		return r.holdFirst(ord, in, reconcile.ReasonUIDTwice, uids[0], "")
	case len(uids) == 1:
		return r.planLink(ord, in, uids[0], "uid-in-crm", false)
	}
	return r.takeUnmatched(ctx, clients, ord, in)
}

// takeUnmatched looks for a client of the CRM that may be the same, before a
// record is added.
func (r *run) takeUnmatched(ctx context.Context, clients *reconcile.Mirror, ord int, in *Incoming) error {
	rec := in.Record
	if r.serialBlocked(rec) && r.standing.Holds[rec.UID].Reason != reconcile.ReasonPaymentUnsure {
		r.wait(ord, rec)
		r.end(ord, Waiting)
		return nil
	}
	forced := r.chosen(rec.UID, takeAdd, takeLink)
	if forced != nil && forced.Take == takeLink && forced.CLID != 0 {
		return r.planLink(ord, in, forced.CLID, "linked-by-hand", false)
	}
	if rec.CLID != 0 && (forced == nil || forced.Take != takeAdd) {
		r.claim(ord, rec.UID, []int64{rec.CLID})
		if err := r.planLink(ord, in, rec.CLID, whyCLID, false); err != nil {
			return err
		}
		r.spool.at[r.index.ops[ord]-1].claims = true
		return nil
	}
	found, err := r.match(ctx, clients, rec.Values)
	if err != nil {
		return err
	}
	if len(found.Trashed) > 0 && forced == nil {
		return r.holdFirst(ord, in, reconcile.ReasonTrashed, found.Trashed[0], "")
	}
	if len(found.Link) > 0 && (forced == nil || forced.Take != takeAdd) {
		r.claim(ord, rec.UID, found.Link)
		why := "match-inn-kpp"
		if r.cfg.Nameless {
			why = "match-natural"
		}
		if err := r.planLink(ord, in, found.Link[0], why, false); err != nil {
			return err
		}
		r.spool.at[r.index.ops[ord]-1].claims = true
		return nil
	}
	if len(found.Suspects) > 0 {
		s := found.Suspects[0]
		if forced == nil {
			return r.holdFirst(ord, in, reconcile.ReasonMaybeSame, s.CLID, suspectField(s.By))
		}
		if forced.Take == takeLink {
			return r.planLink(ord, in, s.CLID, "linked-by-hand", false)
		}
	}
	if old, held := r.standing.Holds[rec.UID]; held && r.notToAdd(old.Reason, forced) {
		return r.holdFirst(ord, in, old.Reason, old.CLID, "")
	}
	if r.cfg.Policy.Direction == reconcile.Pull {
		r.end(ord, OutOfScope) // the job never creates in the CRM
		return nil
	}
	op := &Op{Kind: OpAdd}
	if forced != nil && forced.Take == takeAdd {
		op.Code = CodeChosenAdd
	}
	return r.plan(ord, in, op)
}

// notToAdd reports whether what a person said of a held record is no word about
// adding it: a link to nothing, or anything but that about an add of which nobody
// knows whether it happened, or that somebody has undone.
func (r *run) notToAdd(why reconcile.Reason, said *Choice) bool {
	if why == reconcile.ReasonPaymentUnsure || r.cfg.Nameless && why == reconcile.ReasonCRMGone {
		return said == nil || said.Take != takeAdd
	}
	return said != nil && said.Take == takeLink
}

// match looks for clients that are, or may be, the record of these values. Where
// the CRM keeps uids, whoever is linked carries one and is nobody's match; where it
// keeps none, the links tell.
func (r *run) match(ctx context.Context, clients *reconcile.Mirror, values []record.Value) (reconcile.Matching, error) {
	found := clients.Match(r.cfg.Keys(values), r.cfg.Match, nil)
	if !r.cfg.Nameless || len(found.Link) == 0 {
		return found, nil
	}
	if len(found.Link) > 1 && !r.opts.Offline {
		if err := r.lookAgain(ctx, found.Link); err != nil {
			return found, err
		}
		found = clients.Match(r.cfg.Keys(values), r.cfg.Match, nil)
	}
	holders, err := r.Ledger.Holders(ctx, found.Link)
	found.Link = slices.DeleteFunc(found.Link, func(clid int64) bool { _, linked := holders[clid]; return linked })
	return found, err
}

// suspectField is the field by which a client looks the same.
func suspectField(by reconcile.Key) string {
	switch by {
	case reconcile.ByINN:
		return "recv.castInn"
	case reconcile.ByPhone:
		return "phone"
	case reconcile.ByMail:
		return "mail_url"
	case reconcile.ByTitle:
		return "title"
	}
	return ""
}

// sourceSide is what a record that is not linked yet says of itself, for the
// person who compares it with a client of the CRM; that client was not read.
func (r *run) sourceSide(values []record.Value, but string) []HeldField {
	var out []HeldField
	for f := range values {
		if name := r.cfg.Policy.Schema.Field(f).Name; name != but && !values[f].Blank() {
			out = append(out, HeldField{Field: name, Source: at(values, f)})
		}
	}
	return out
}

// whyCLID: the source itself names the client.
const whyCLID = "clid-in-source"

// holdFirst holds a record at its first meeting with the CRM's client clid;
// field names what the two have in common and stands first, "" for nothing in
// particular.
func (r *run) holdFirst(ord int, in *Incoming, why reconcile.Reason, clid int64, field string) error {
	rec := in.Record
	var fields []HeldField
	if f := r.cfg.Policy.Schema.Index(field); f >= 0 {
		fields = []HeldField{{Field: field, Source: at(rec.Values, f)}}
	}
	fields = append(fields, r.sourceSide(rec.Values, field)...)
	r.wait(ord, rec)
	r.hold(ord, Hold{
		UID: rec.UID, Key: rec.Key, Title: r.titleOf(rec.Values), Reason: why, CLID: clid,
		Origin: in.Origin, Source: in.Source, Fields: fields,
	})
	return nil
}

// planLink plans to meet a client that is in the CRM already. What it comes to
// is decided once that client was read.
func (r *run) planLink(ord int, in *Incoming, clid int64, why string, claimed bool) error {
	return r.plan(ord, in, &Op{Kind: OpLink, CLID: clid, Code: why, Claimed: claimed})
}

// plan spools an op for the record.
func (r *run) plan(ord int, in *Incoming, op *Op) error {
	rec := in.Record
	op.Run, op.Status = r.id, OpPlanned
	op.UID, op.Key, op.Title = rec.UID, rec.Key, r.titleOf(rec.Values)
	op.Origin, op.Source, op.Row = in.Origin, in.Source, in.Row
	op.Set = record.Store(r.cfg.Policy.Schema, rec.Values)
	i, err := r.spool.append(op, ord)
	if err != nil {
		return err
	}
	r.index.ops[ord] = int32(i + 1)
	return nil
}

func (r *run) titleOf(values []record.Value) string {
	if i := r.cfg.Policy.Schema.Index(r.cfg.TitleField); i >= 0 && i < len(values) {
		return values[i].Text
	}
	return ""
}

// holdAmbiguous turns every op whose client more than one record claims, or
// whose record has several clients, into a hold.
func (r *run) holdAmbiguous() error {
	claims := r.claimed()
	for _, i := range r.spool.positions(OpLink) {
		at := &r.spool.at[i]
		if !at.claims {
			continue
		}
		op, err := r.spool.read(i)
		if err != nil {
			return err
		}
		if _, c := claims.Of(op.UID); c == reconcile.Sole {
			continue
		}
		values := record.Restore(r.cfg.Policy.Schema, op.Set, r.cfg.CanonSource)
		h := Hold{
			UID: op.UID, Key: op.Key, Title: op.Title, Reason: reconcile.ReasonMatchAmbiguous,
			CLID: op.CLID, OtherOwner: r.rivals(claims, op), Origin: op.Origin, Source: op.Source, Fields: r.sourceSide(values, ""),
		}
		if r.cfg.Nameless && len(claims.Fits(op.UID)) > 1 { // no one of them is meant
			h.CLID, h.OtherOwner = 0, numbersText(r.mirror.Match(r.cfg.Keys(values), r.cfg.Match, nil).Link)
		}
		at.drop = true
		r.wait(int(at.ord), r.recordOf(op))
		r.hold(int(at.ord), h)
	}
	return nil
}

// rivals names the other records that fit an op's client; "" when the record
// itself fits several clients.
func (r *run) rivals(claims *reconcile.Claims, op *Op) string {
	var others []string
	for _, uid := range claims.Rivals(op.CLID) {
		if uid != op.UID {
			others = append(others, r.cfg.Job+"/"+uid)
		}
	}
	return strings.Join(others, ", ")
}
