package endpoint

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Links answers which record of another job a reference means. A job is as the
// mapping names it; "" is the job whose file the mapping is a part of (of payments:
// that job's invoices). Errors are those of looking it up; that there is no such
// record is none.
type Links interface {
	// Linked looks up the record with this uid.
	Linked(ctx context.Context, job, uid string) (Target, error)
	// Numbered looks up the record with this number, as people write it.
	Numbered(ctx context.Context, job, number string) (Target, error)
	// KeyOf looks up the record that is linked to this id of the CRM.
	KeyOf(ctx context.Context, job string, crmID int64) (Target, error)
}

// Target is what a reference leads to.
type Target struct {
	CRMID           int64  // 0 = not linked
	UID, Key, Title string // of the record, as far as they are known; the Title of an invoice is its number
	// Why the reference leads nowhere, in a stable spelling: unknown, held, waits,
	// ignored, rejected, refused, gone, in-doubt, ambiguous, WhyPlanned; "" = it is
	// linked.
	Why string
}

// WhyPlanned is why a reference leads nowhere yet in a plan: the run that is planned
// links what it refers to before it comes to this record.
const WhyPlanned = "planned"

// unresolved begins the value of a reference that leads nowhere yet; the key follows
// as the source spells it. No id of the CRM begins so.
const unresolved = "?"

// errNoLinks is a defect of the caller: a mapping with references has nobody to ask.
var errNoLinks = errors.New("a mapping with references was given no links")

// knownTargets is how many references of one reading are remembered: rows that
// follow each other mostly refer to the same few records.
const knownTargets = 4096

// referrer turns the references of records into ids of the CRM, for one reading.
// It belongs to one goroutine.
type referrer struct {
	links Links
	refs  []mapping.Reference
	known map[reference]Target
}

type reference struct {
	job, text string
	by        mapping.RefBy
}

func newReferrer(m *mapping.Mapping, links Links) *referrer {
	return &referrer{links: links, refs: m.References(), known: map[reference]Target{}}
}

// resolve puts the ids of the CRM in the place of what the record refers to. What
// is not linked yet is told, and stands in the record by its key. A deleted record
// needs nothing that it refers to: what is not linked is left out of it.
func (r *referrer) resolve(ctx context.Context, rec *record.Record, keys []mapping.RefValue) (*engine.Awaited, error) {
	var waits *engine.Awaited
	for i := range r.refs {
		ref := &r.refs[i]
		v := &rec.Values[ref.Field]
		if v.Blank() {
			continue
		}
		t, err := r.target(ctx, ref, v.Text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("look up what %s refers to: %w", ref.Name, err)
		case t.Why == "":
			id := strconv.FormatInt(t.CRMID, 10)
			*v = record.Of(id, id)
		case rec.Deleted:
			*v = record.Value{}
		default:
			waits = awaiting(waits, ref, keyIn(keys, ref.Field, v.Text), t.Why)
			*v = record.Of(unresolved+*waits.Fields[len(waits.Fields)-1].Source, unresolved+v.Text)
		}
	}
	return waits, nil
}

// again is resolve for a record that was read in an earlier run and has waited
// since: what was linked then stands in it as an id.
func (r *referrer) again(ctx context.Context, rec *record.Record) (*engine.Awaited, error) {
	open := *r
	open.refs = nil
	var keys []mapping.RefValue
	for _, ref := range r.refs {
		key, waited := strings.CutPrefix(rec.Values[ref.Field].Text, unresolved)
		if !waited {
			continue
		}
		text := key
		if ref.By == mapping.RefUID {
			if uid, err := mapping.EncodeUID(key, ref.Encode); err == nil { // else the mapping has changed since
				text = uid
			}
		}
		rec.Values[ref.Field] = record.Of(text, text)
		keys, open.refs = append(keys, mapping.RefValue{Field: ref.Field, Key: key}), append(open.refs, ref)
	}
	return open.resolve(ctx, rec, keys)
}

// keyIn is the key of a reference as the source spells it.
func keyIn(keys []mapping.RefValue, field int, text string) string {
	for _, k := range keys {
		if k.Field == field && k.Key != "" {
			return k.Key
		}
	}
	return text
}

// awaiting adds a reference to what a record waits for. The first one names the
// reason.
func awaiting(w *engine.Awaited, ref *mapping.Reference, key, why string) *engine.Awaited {
	if w == nil {
		w = &engine.Awaited{Reason: reasonOf(ref.Name), Planned: true}
	}
	w.Planned = w.Planned && why == WhyPlanned
	w.Fields = append(w.Fields, engine.HeldField{Field: ref.Name, Source: &key, Column: ref.Column, Why: why})
	return w
}

// reasonOf is why a record waits whose reference of this name leads nowhere.
func reasonOf(name string) reconcile.Reason {
	switch name {
	case refDeal:
		return reconcile.ReasonNoDeal
	case refInvoice:
		return reconcile.ReasonNoInvoice
	}
	return reconcile.ReasonNoClient // client, payer
}

func (r *referrer) target(ctx context.Context, ref *mapping.Reference, text string) (Target, error) {
	if r.links == nil {
		return Target{}, errNoLinks
	}
	at := reference{ref.Job, text, ref.By}
	if t, ok := r.known[at]; ok {
		return t, nil
	}
	look := r.links.Linked
	if ref.By == mapping.RefNumber {
		look = r.links.Numbered
	}
	t, err := look(ctx, ref.Job, text)
	if err != nil {
		return t, err
	}
	if t.Why == "" && t.CRMID == 0 {
		t.Why = "unknown"
	}
	if len(r.known) >= knownTargets {
		clear(r.known)
	}
	r.known[at] = t
	return t, nil
}
