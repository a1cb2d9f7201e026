package crmapi

import (
	"context"
	"fmt"
	"strings"
)

// fieldV1 appends a field of a deal.
func (f *form) fieldV1(field *FieldInput) {
	text := field.Text
	switch field.Key {
	case "kol", "marga":
		text = zeroIfEmpty(text)
	case "direction", "tip":
		// The title that the CRM told; the cleaner spoils it or does not.
	default:
		text = cleanerText.Replace(text)
	}
	f.addScalar(field.Key, text)
}

// cleanerLine is for the texts of a specification, which go into the queries as they
// come, of both APIs. What is left out is left out when they are compared, too.
var cleanerLine = strings.NewReplacer("'", "’", `\`, "")

func (f *form) lines(lines []DealLine) {
	for i := range lines {
		l := &lines[i]
		add := func(key, value string) { f.add(fmt.Sprintf("speka[%d][%s]", i, key), value) }
		add("artikul", cleanerLine.Replace(l.Article))
		add("title", cleanerLine.Replace(l.Title))
		add("kol", zeroIfEmpty(l.Quantity))
		factor := l.Factor
		if factor == "" {
			factor = "1"
		}
		add("dop", factor)
		add("price", zeroIfEmpty(l.Price))
		add("price_in", zeroIfEmpty(l.PriceIn))
		add("edizm", cleanerLine.Replace(l.Unit))
		add("nds", zeroIfEmpty(l.VAT))
	}
}

// add creates a deal. PHP 8 dies of a specification before anything is written, so
// such a deal is refused; without one it dies after the deal was written, so that the
// outcome is in doubt until the deal is found.
func (v *contractV1) add(ctx context.Context, in *DealInput, _ *DealGuides) (did int64, err error) {
	var f form
	if in.CLID != 0 {
		f.num("clid", in.CLID)
	}
	if in.Payer != 0 {
		f.num("payer", in.Payer)
	}
	f.addScalarIf("uid", in.UID)
	f.addScalarIf("user", in.User)
	for i := range in.Fields {
		if field := &in.Fields[i]; field.Text != "" {
			f.fieldV1(field)
		}
	}
	if len(in.Lines) > 0 {
		arrays, err := v.takesArrays(ctx)
		if err != nil {
			return 0, unasked(actContractAdd, err)
		}
		if !arrays {
			return 0, refusal(actContractAdd, fmt.Errorf("specification: %w", ErrNotInDialect))
		}
		f.lines(in.Lines)
	}
	err = v.write(ctx, actContractAdd, &f, 1+len(in.Lines), func(raw []byte, status int) *Error {
		env, e := v.c.dealAnswer(actContractAdd, raw, status)
		if e != nil {
			return e
		}
		if did = intOf(env.data); did <= 0 {
			return doubtful(actContractAdd, status, errNoNewID)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return did, nil
}

// update writes what in sets: v1 leaves what is not sent as it is. A specification
// cannot be emptied. PHP 8 dies of every update before it writes anything.
func (v *contractV1) update(ctx context.Context, was *DealObject, in *DealInput, _ *DealGuides) error {
	if in.SetLines && len(in.Lines) == 0 && (!was.LinesKnown || len(was.Lines) > 0) {
		return refusal(actContractUpdate, fmt.Errorf("empty the specification: %w", ErrNotInDialect))
	}
	arrays, err := v.takesArrays(ctx)
	if err != nil {
		return unasked(actContractUpdate, err)
	}
	if !arrays {
		return refusal(actContractUpdate, ErrNotInDialect)
	}
	var f form
	f.num("did", was.DID)
	f.addScalarIf("uid", in.UID)
	for _, id := range [...]struct {
		key string
		id  int64
	}{{"iduser", in.UserID}, {"clid", in.CLID}, {"payer", in.Payer}} {
		if id.id != 0 {
			f.num(id.key, id.id)
		}
	}
	for i := range in.Fields {
		f.fieldV1(&in.Fields[i])
	}
	if in.SetLines {
		f.lines(in.Lines)
	}
	if f.vars == 1 {
		return nil // nothing but an empty specification that is empty
	}
	return v.write(ctx, actContractUpdate, &f, 1+len(in.Lines), func(raw []byte, status int) *Error {
		if e := v.c.about(actContractUpdate, raw, status, was.DID); e != nil {
			return e
		}
		env, err := parseEnvelope(raw)
		if err != nil || strings.Contains(env.result, "Ошибки") { // lines were lost: the old ones are gone, too
			return doubtful(actContractUpdate, status, errOtherSuccess)
		}
		return nil
	})
}

func (v *contractV1) changeStep(ctx context.Context, did int64, step, reason string) error {
	var f form
	f.num("did", did)
	f.addScalar("step", step)
	f.addScalarIf("reason", cleanerText.Replace(reason))
	return v.about(ctx, actContractStep, &f, did)
}

func (v *contractV1) close(ctx context.Context, did int64, in *CloseInput, g *DealGuides) error {
	status, _ := titleIn(g.Statuses, in.Status)
	var f form
	f.num("did", did)
	f.addScalar("status_close", status.Title)
	f.addScalarIf("kol_fact", in.Fact)
	f.addScalarIf("marga", in.Margin)
	f.addScalarIf("des_fact", cleanerText.Replace(in.Text))
	return v.about(ctx, actContractClose, &f, did)
}

func (v *contractV1) remove(ctx context.Context, did int64) error {
	var f form
	f.num("did", did)
	return v.about(ctx, actContractDelete, &f, did)
}

func (v *contractV1) about(ctx context.Context, action string, f *form, did int64) error {
	return v.write(ctx, action, f, 1, func(raw []byte, status int) *Error {
		return v.c.about(action, raw, status, did)
	})
}
