package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

// changesShown is how many changes of a record show lists.
const changesShown = 20

// portrait is all that is shown of one record. Its texts are plain.
type portrait struct {
	state.Detail
	changes []state.Change         // newest first
	writes  []state.OpRow          // newest first, open ones on top
	rejects []state.StandingReject // rows and warnings of this record
	halts   []engine.Halt          // that stop its job
	files   deliveries

	m      *mapping.Mapping // nil: it cannot be read
	looked bool             // the source was searched to its end
	row    *endpoint.Sighting
	noRow  string // why the source was not searched

	now    record.Stored // what the CRM reads now; nil = it was not asked
	hidden bool          // it was asked, and does not show the client
	trash  bool
}

// portrait gathers what the state knows.
func (in *installation) portrait(ctx context.Context, r state.Record) (*portrait, error) {
	p := &portrait{m: in.plain(r.Job).m}
	var err error
	var unknown *state.UnknownRecordError
	if p.Detail, err = in.db.Record(ctx, r.Job, r.UID); errors.As(err, &unknown) {
		p.Record, err = r, nil // only a rejected row is known of it, or a decision
		if r.Status == statusIgnored {
			var chosen map[string][]engine.Choice
			chosen, err = in.choices(ctx, r.Job)
			p.Choices = chosen[r.UID]
		}
	}
	if err != nil {
		return nil, err
	}
	f := state.AuditFilter{Job: r.Job, UID: r.UID, Limit: changesShown}
	if p.changes, err = in.db.Changes(ctx, f); err != nil {
		return nil, err
	}
	if p.writes, err = in.db.Ops(ctx, f); err != nil {
		return nil, err
	}
	if p.rejects, err = in.db.Rejects(ctx, r.Job); err != nil {
		return nil, err
	}
	p.rejects = slices.DeleteFunc(p.rejects, func(x state.StandingReject) bool { return x.UID != r.UID })
	if p.files, err = in.deliveriesOf(ctx, r.Job, p.Hold != nil); err != nil {
		return nil, err
	}
	jobs, err := in.db.Status(ctx, r.Job)
	if err != nil {
		return nil, err
	}
	for i := range jobs {
		p.halts = append(p.halts, jobs[i].Halts...)
	}
	in.plainPortrait(p)
	return p, nil
}

// plainPortrait gives the texts of the state the form that people read. The
// fields of a hold get it where they are told.
func (in *installation) plainPortrait(p *portrait) {
	texts := in.plain(p.Job)
	for i := range p.changes {
		p.changes[i].Fields = texts.changes(p.changes[i].Fields)
	}
	for i := range p.writes {
		p.writes[i].Fields, p.writes[i].Set = texts.changes(p.writes[i].Fields), texts.stored(p.writes[i].Set)
	}
	for i := range p.Pending {
		o := &p.Pending[i]
		o.Base, o.Offered, o.Lost = texts.text(o.Field, o.Base), texts.text(o.Field, o.Offered), texts.text(o.Field, o.Lost)
	}
}

// finder is a source in which a record can be found again.
type finder interface {
	Find(ctx context.Context, is func(uid string) bool) (*endpoint.Sighting, error)
}

// findRow looks for the record's row in the source as it is now.
func (in *installation) findRow(ctx context.Context, p *portrait, offline bool) {
	j := in.cfg.Jobs[p.Job]
	if j == nil || p.m == nil {
		return
	}
	if offline && in.cfg.Sources[j.Source].SQL != nil {
		p.noRow = in.app.say(phrase{"the database was not asked (--offline)", "база не запрашивалась (--offline)"})
		return
	}
	side, err := in.source(p.Job, p.m, nothingRead{})
	if err == nil {
		source, ok := side.(finder)
		if !ok {
			return
		}
		folded := reconcile.FoldUID(p.UID)
		p.row, err = source.Find(ctx, func(uid string) bool { return reconcile.FoldUID(uid) == folded })
	}
	if err == nil && p.row != nil {
		err = in.resolve(ctx, p)
	}
	if err != nil {
		p.noRow = in.app.spoken(in.runFault(p.Job, err))
		return
	}
	p.looked = true
}

// resolve puts the CRM's ids in the place of what the row refers to, as a run does;
// what is not linked stays as the row has it.
func (in *installation) resolve(ctx context.Context, p *portrait) error {
	to := in.links(p.Job, p.m)
	for _, ref := range p.m.References() {
		if len(p.row.Record.Values) <= ref.Field || p.row.Record.Values[ref.Field].Blank() {
			continue
		}
		v := &p.row.Record.Values[ref.Field]
		look := to.Linked
		if ref.By == mapping.RefNumber {
			look = to.Numbered
		}
		t, err := look(ctx, ref.Job, v.Text)
		if err != nil {
			return err
		}
		if t.Why == "" {
			id := strconv.FormatInt(t.CRMID, 10)
			*v = record.Of(id, id)
		}
	}
	return nil
}

// nowInCRM reads the record's client as it is now, and the CRM's side of its hold.
// A CRM that does not answer is told.
func (in *installation) nowInCRM(ctx context.Context, p *portrait) {
	ctx, cancel := context.WithTimeout(ctx, sidesWithin)
	defer cancel()
	if p.Hold != nil {
		in.crmSides(ctx, []*state.StandingHold{p.Hold})
	}
	if p.CLID == 0 || p.m == nil || in.cfg.Jobs[p.Job] == nil {
		return
	}
	if err := in.readNow(ctx, p); err != nil && p.Hold == nil { // with a hold it was told already
		_, _ = fmt.Fprintf(in.app.err, in.app.say(phrase{
			"the CRM was not asked, its side is as last settled: %v\n", "CRM спросить не удалось, её сторона — по последнему согласованию: %v\n",
		}), err)
	}
}

func (in *installation) readNow(ctx context.Context, p *portrait) error {
	s, err := in.side(ctx, p.Job)
	if err != nil {
		return err
	}
	defer s.close()
	seen, err := s.crm.Read(ctx, p.CLID)
	if errors.Is(err, engine.ErrNotVisible) {
		p.hidden = true
		return nil
	}
	if err != nil {
		return err
	}
	p.now, p.trash = record.Store(s.schema, seen.Values), seen.Entry.Trash
	return nil
}

// exportMoved lists the fields in which the row found now differs from what was
// settled last.
func (p *portrait) exportMoved() []string {
	if p.Link == nil || p.row == nil || p.row.Record.Values == nil || p.row.Kind == mapping.Rejected || p.row.Kind == mapping.Unreadable {
		return nil
	}
	base := record.Restore(p.m.Schema(), p.Link.Base, p.m.CanonSource)
	var out []string
	for i, v := range p.row.Record.Values {
		if v.State != record.Absent && i < len(base) && !v.Same(base[i]) && (!v.Blank() || !base[i].Blank()) {
			out = append(out, p.m.Schema().Field(i).Name)
		}
	}
	return out
}

// crmMoved lists the fields in which the CRM reads now other than it did when
// they were settled last. A field that is not compared, such as the sum of a deal
// that has lines, has not moved.
func (p *portrait) crmMoved() []string {
	if p.Link == nil || p.now == nil {
		return nil
	}
	var out []string
	for i := range p.m.Schema().Len() {
		name := p.m.Schema().Field(i).Name
		now, told := p.now[name]
		_, settled := p.Link.Base[name]
		if told && (settled || p.Link.CRMBase[name] != nil) && p.canon(i, crmBase(p.Link, name)) != p.canon(i, now) {
			out = append(out, name)
		}
	}
	return out
}

func (p *portrait) canon(field int, v *string) string {
	if v == nil {
		return ""
	}
	return p.m.CanonCRM(field, *v)
}

// fieldsOf lists the fields of a link's bases by name.
func fieldsOf(l *engine.Link) []string {
	all := maps.Clone(l.Base)
	if all == nil {
		all = record.Stored{}
	}
	maps.Copy(all, l.CRMBase)
	return slices.Sorted(maps.Keys(all))
}

// crmBase is the CRM's base of a field: it is stored only where it differs.
func crmBase(l *engine.Link, field string) *string {
	if v, ok := l.CRMBase[field]; ok {
		return v
	}
	return l.Base[field]
}

// spoken is an error as the user's language has it.
func (a *app) spoken(err error) string {
	var localized interface {
		In(lang message.Lang) string
	}
	if errors.As(err, &localized) {
		return localized.In(a.lang)
	}
	return err.Error()
}
