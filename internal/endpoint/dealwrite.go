package endpoint

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Add implements engine.Writer. A deal is sent with its stage; its closing is left
// to an update, see Schema. A deal that refers to what the CRM lacks is
// refused here, and nothing is sent.
func (d *Deals) Add(ctx context.Context, ops []*engine.Op) ([]engine.AddAnswer, error) {
	return addEach(ctx, ops, d.add)
}

func (d *Deals) add(ctx context.Context, op *engine.Op) (engine.AddAnswer, *engine.WriteError) {
	in, refused := d.addable(ctx, op)
	if refused != nil {
		return engine.AddAnswer{}, refused
	}
	did, err := d.api.Add(ctx, in)
	if err != nil {
		return engine.AddAnswer{}, fateOf(err)
	}
	return engine.AddAnswer{CLID: did}, nil
}

// addable is what an add sends, or why it is refused.
func (d *Deals) addable(ctx context.Context, op *engine.Op) (crmapi.DealInput, *engine.WriteError) {
	values := record.Restore(d.m.Schema(), op.Set, d.m.CanonSource)
	in, refused, err := d.input(ctx, values, true)
	switch {
	case err != nil:
		return in, notSent(err)
	case refused != nil:
		return in, refused
	case in.CLID == 0:
		return in, refuse(engine.RefusedNoClient, "")
	case textIn(d.m.Schema(), values, "title") == "":
		return in, refuse(refusedNotSent, "title")
	}
	in.UID = op.UID
	return in, nil
}

// Foresee implements engine.Foreseer.
func (d *Deals) Foresee(ctx context.Context, op *engine.Op) (engine.AddAnswer, error) {
	if op.Kind == engine.OpAdd {
		in, refused := d.addable(ctx, op)
		if refused == nil {
			refused = d.unwritable(ctx, len(in.Lines) > 0, "specification")
		}
		return foreseen(engine.AddAnswer{}, refused)
	}
	if op.Kind == engine.OpDelete {
		return foreseen(engine.AddAnswer{}, d.kept(ctx, op.CLID))
	}
	changed := valuesOf(d.m, op)
	in, refused, err := d.input(ctx, changed, false)
	if err != nil {
		refused = notSent(err)
	}
	if refused == nil {
		refused = d.unwritable(ctx, in.CLID+in.Payer+in.UserID != 0 || in.SetLines || len(in.Fields) > 0, fieldsOf(op))
	}
	if refused != nil || !slices.ContainsFunc(op.Changes, func(c engine.FieldChange) bool { return closing(c.Field) }) {
		return foreseen(engine.AddAnswer{}, refused)
	}
	was, err := d.api.ByDID(ctx, op.CLID)
	if err != nil {
		return foreseen(engine.AddAnswer{}, notSent(err))
	}
	_, refused = d.closingOf(op, changed, &was)
	return foreseen(engine.AddAnswer{}, refused)
}

// unwritable refuses, where an update kills the request, what is written by one, or
// like one: the lines of an add.
func (d *Deals) unwritable(ctx context.Context, writes bool, what string) *engine.WriteError {
	if !writes {
		return nil
	}
	t, err := d.api.ProbeTraits(ctx)
	switch {
	case err != nil:
		return notSent(err)
	case t.NoUpdate:
		return notInDialect(&crmapi.Error{Err: fmt.Errorf("%s: %w", what, crmapi.ErrNotInDialect)})
	}
	return nil
}

// Update implements engine.Writer: the card, the stage and the closing are
// requests of their own, in this order, each only when it is needed. Once one of
// them was carried out, an error of the next leaves the update as a whole in doubt,
// unless the CRM refused it.
func (d *Deals) Update(ctx context.Context, op *engine.Op) error {
	changed := valuesOf(d.m, op)
	in, refused, err := d.input(ctx, changed, false)
	if err != nil {
		return notSent(err)
	}
	if refused != nil {
		return refused
	}
	if op.Kind == engine.OpLink {
		in.UID = op.UID
	}
	was, err := d.api.ByDID(ctx, op.CLID)
	switch {
	case isNotShown(err):
		return &engine.WriteError{Fate: engine.FateGone, Code: "gone", Err: err}
	case err != nil:
		return notSent(err)
	}
	if in.CLID != 0 && !d.namesPayer(op) && was.Payer == was.CLID {
		in.Payer = in.CLID // nobody else was ever meant to pay
	}
	end, refused := d.closingOf(op, changed, &was)
	switch {
	case refused != nil:
		return refused
	case was.Closed && !d.closedAsMeant(op): // since the engine looked
		return refuse(string(reconcile.ReasonDealClosed), "")
	}
	var writes []func() error
	if !in.Empty() {
		writes = append(writes, func() error { return d.api.Update(ctx, was, in) })
	}
	if step := d.stepTo(changed, &was); step != "" {
		writes = append(writes, func() error { return d.api.ChangeStep(ctx, was.DID, step, "") })
	}
	if end != nil {
		writes = append(writes, func() error { return d.api.Close(ctx, was.DID, *end) })
	}
	for i, write := range writes {
		if err := write(); err != nil {
			w := fateOf(err)
			if w.Code == engine.RefusedDialect && w.Text == "" {
				w.Text = fieldsOf(op)
			}
			if i > 0 && w.Fate != engine.FateRefused {
				w.Fate = engine.FateUnknown
			}
			return w
		}
	}
	return nil
}

// fieldsOf are the fields that an update writes.
func fieldsOf(op *engine.Op) string {
	names := make([]string, len(op.Changes))
	for i, c := range op.Changes {
		names[i] = c.Field
	}
	return strings.Join(names, ", ")
}

// namesPayer reports whether a record says who pays: without a word, the client does.
func (d *Deals) namesPayer(op *engine.Op) bool {
	f := d.m.Schema().Index(refPayer)
	if f < 0 {
		return false
	}
	text, known := op.Set[refPayer]
	return !known || text != nil && *text != "" // what was withheld is no word of it
}

// closedAsMeant reports that an update is about nothing but a closing, which the
// deal has already.
func (d *Deals) closedAsMeant(op *engine.Op) bool {
	return op.Kind == engine.OpUpdate && !slices.ContainsFunc(op.Changes, func(c engine.FieldChange) bool { return !closing(c.Field) })
}

// stepTo is the stage that a deal is to be moved to; "" = it is there, or may stay.
func (d *Deals) stepTo(changed []record.Value, was *crmapi.DealObject) string {
	f := d.m.Schema().Index(fieldStep)
	if f < 0 || changed[f].Blank() || d.m.CanonCRM(f, was.Fields[fieldStep].S) == changed[f].Canon {
		return ""
	}
	return changed[f].Text
}

// closingOf is the closing that an update asks for; nil = none. What the API cannot
// do is refused: a deal that is opened again, or closed in another way.
func (d *Deals) closingOf(op *engine.Op, changed []record.Value, was *crmapi.DealObject) (*crmapi.CloseInput, *engine.WriteError) {
	schema := d.m.Schema()
	status := schema.Index(fieldCloseStatus)
	if status < 0 || changed[status].Blank() {
		for _, ch := range op.Changes {
			if closing(ch.Field) {
				return nil, refuse(RefusedUnchangeable, ch.Field)
			}
		}
		return nil, nil
	}
	if was.Closed {
		if d.m.CanonCRM(status, was.Status) == changed[status].Canon {
			return nil, nil
		}
		return nil, refuse(RefusedUnchangeable, fieldCloseStatus)
	}
	set := record.Restore(schema, op.Set, d.m.CanonSource)
	text := func(name string) string {
		if f := schema.Index(name); f >= 0 && changed[f].State != record.Absent {
			return textIn(schema, changed, name)
		}
		return textIn(schema, set, name)
	}
	return &crmapi.CloseInput{
		Status: changed[status].Text, Fact: text(fieldCloseFact), Margin: text(fieldCloseMargin), Text: text(fieldCloseText),
	}, nil
}

// Delete implements engine.Writer. The CRM keeps a deal that was billed.
func (d *Deals) Delete(ctx context.Context, did int64) error {
	if err := d.api.Delete(ctx, did); err != nil {
		return fateOf(err)
	}
	return nil
}

// kept refuses the removal of a deal that the CRM keeps, since it has invoices.
func (d *Deals) kept(ctx context.Context, did int64) *engine.WriteError {
	invoices, err := d.api.InvoicesOf(ctx, did)
	switch {
	case err != nil:
		return notSent(err)
	case len(invoices) == 0:
		return nil
	}
	return &engine.WriteError{Fate: engine.FateHasDeals, Code: crmapi.ClassHasDeals.String(), Err: errRefused}
}

// input makes the wire's input of the values that are not Absent, or says why the
// deal must not be sent. An update of a value to nothing clears the field; the
// client, the owner, the title and the CRM's lists are never cleared.
func (d *Deals) input(ctx context.Context, values []record.Value, add bool) (crmapi.DealInput, *engine.WriteError, error) {
	var in crmapi.DealInput
	if refused := d.unfitDeal(values); refused != nil {
		return in, refused, nil
	}
	if refused, err := d.unknown(ctx, values); refused != nil || err != nil {
		return in, refused, err
	}
	if refused, err := d.parties(ctx, values, &in, add); refused != nil || err != nil {
		return in, refused, err
	}
	for f, v := range values {
		name := d.m.Schema().Field(f).Name
		switch {
		case v.State == record.Absent, name == refClient, name == refPayer, closing(name):
		case v.Blank() && (add || neverBlankInDeal(name)):
		case name == fieldStep && !add: // has a request of its own
		case name == mapping.FieldLines:
			if refused := d.setLines(&in, v, add); refused != nil {
				return in, refused, nil
			}
		case name == fieldUser:
			id, refused, err := d.team.known(ctx, v.Text)
			if refused != nil || err != nil {
				return in, refused, err
			}
			if add {
				in.User = v.Text
			} else {
				in.UserID = id
			}
		default:
			in.Fields = append(in.Fields, crmapi.FieldInput{Key: name, Text: v.Text})
		}
	}
	return in, nil, nil
}

// neverBlankInDeal lists what an update does not clear: the CRM puts a default, or
// nothing useful, in its place.
func neverBlankInDeal(name string) bool {
	switch name {
	case "title", fieldUser, "direction", "tip", fieldStep, "mcid":
		return true
	}
	return false
}

// setLines puts the specification into the input.
func (d *Deals) setLines(in *crmapi.DealInput, v record.Value, add bool) *engine.WriteError {
	if !add && d.FixedLines() {
		return refuse(RefusedUnchangeable, mapping.FieldLines)
	}
	lines, err := d.m.ParseLines(v.Text)
	if err != nil {
		return &engine.WriteError{Fate: engine.FateRefused, Code: refusedNotSent, Text: mapping.FieldLines, Err: err}
	}
	in.Lines, in.SetLines = lines, true
	return nil
}

// parties puts client and payer into the input. The CRM takes any number, so the
// clients that are named are looked at before.
func (d *Deals) parties(ctx context.Context, values []record.Value, in *crmapi.DealInput, add bool) (*engine.WriteError, error) {
	schema := d.m.Schema()
	in.CLID, in.Payer = idIn(schema, values, refClient), idIn(schema, values, refPayer)
	looked := map[int64]bool{0: true}
	if add && in.Payer == 0 {
		looked[in.CLID] = true // alone, a client that is not there is refused by the CRM
	}
	for _, clid := range []int64{in.CLID, in.Payer} {
		if looked[clid] {
			continue
		}
		looked[clid] = true
		_, err := d.clients.InfoByCLID(ctx, clid, false)
		switch {
		case isNotShown(err):
			return refuse(engine.RefusedNoClient, fmt.Sprint(clid)), nil
		case err != nil && !isClass(err, crmapi.ClassUnreadable):
			return nil, fmt.Errorf("read a deal's client: %w", err)
		}
	}
	return nil, nil
}
