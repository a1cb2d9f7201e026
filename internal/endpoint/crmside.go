package endpoint

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Refusals that are decided before anything is sent, beside those that
// engine.Writer's caller knows by name.
const (
	RefusedUnchangeable = "unchangeable" // the CRM's API cannot change or undo it
	refusedNotSent      = "not-sent"     // what is to be sent is no content for the CRM
)

// The reference fields of schemas.
const (
	refClient  = "client"
	refPayer   = "payer"
	refDeal    = "deal"
	refInvoice = "invoice" // of a payment; of an invoice it is the number
)

// refuse is a write that was not sent because the CRM could not take it. text is
// for people.
func refuse(code, text string) *engine.WriteError {
	return &engine.WriteError{Fate: engine.FateRefused, Code: code, Text: text, Err: errRefused}
}

var errRefused = errors.New("the CRM could not take it")

// notSent is a write that was not sent because what it needs could not be read. A
// record of the CRM in no form that can be read stops its own write alone.
func notSent(err error) *engine.WriteError {
	if isClass(err, crmapi.ClassUnreadable) || errors.Is(err, engine.ErrUnreadable) {
		return &engine.WriteError{Fate: engine.FateRefused, Code: engine.RefusedUnread, Err: err}
	}
	w := &engine.WriteError{Fate: engine.FateNotSent, Code: "lookup", Err: err}
	if isClass(err, crmapi.ClassAuth) {
		w.Fate = engine.FateAuth
	}
	return w
}

// notShown turns the CRM's words about a record that it does not show into the
// engine's; other errors stay as they are.
func notShown(what string, id int64, err error) error {
	switch {
	case isClass(err, crmapi.ClassUnreadable):
		return &engine.UnreadRecordError{What: fmt.Sprint(what, " ", id)}
	case isClass(err, crmapi.ClassInvisible), isClass(err, crmapi.ClassNotFound):
		return fmt.Errorf("%s %d: %w", what, id, engine.ErrNotVisible)
	}
	return err
}

// isNotShown reports that the CRM's answer was that there is no such record.
func isNotShown(err error) bool {
	return isClass(err, crmapi.ClassInvisible) || isClass(err, crmapi.ClassNotFound)
}

// isGone reports that the engine's word for a record is that the CRM does not show
// it, and not that it cannot be read.
func isGone(err error) bool {
	return errors.Is(err, engine.ErrNotVisible) && !errors.Is(err, engine.ErrUnreadable)
}

// addEach adds records one by one: these methods of the CRM take one at a time. An
// error of unknown fate ends it; the records behind it were not sent.
func addEach(ctx context.Context, ops []*engine.Op, add func(context.Context, *engine.Op) (engine.AddAnswer, *engine.WriteError)) ([]engine.AddAnswer, error) {
	answers := make([]engine.AddAnswer, len(ops))
	for i, op := range ops {
		answer, w := add(ctx, op)
		if w != nil && len(ops) == 1 && w.Code != codeMoved {
			return nil, w
		}
		if w != nil {
			answer = engine.AddAnswer{Err: w}
		}
		answers[i] = answer
		if w != nil && w.Fate != engine.FateRefused && w.Code != codeMoved {
			for rest := i + 1; rest < len(ops); rest++ {
				answers[rest].Err = &engine.WriteError{Fate: engine.FateNotSent, Code: w.Code, Err: w.Err}
			}
			break
		}
	}
	return answers, nil
}

// foreseen is what Foresee answers: a typed nil is none.
func foreseen(answer engine.AddAnswer, w *engine.WriteError) (engine.AddAnswer, error) {
	if w != nil {
		return engine.AddAnswer{}, w
	}
	return answer, nil
}

// unchangeable answers an update of what the CRM cannot change; without changes
// there is nothing to send.
func unchangeable(op *engine.Op) error {
	if len(op.Changes) == 0 {
		return nil
	}
	return refuse(RefusedUnchangeable, op.Changes[0].Field)
}

// idIn is the CRM's id that a reference field holds; 0 = none.
func idIn(schema *record.Schema, values []record.Value, name string) int64 {
	f := schema.Index(name)
	if f < 0 || f >= len(values) || values[f].Blank() {
		return 0
	}
	id, err := strconv.ParseInt(values[f].Text, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// textIn is the text of a field; "" when it is blank or the mapping lacks it.
func textIn(schema *record.Schema, values []record.Value, name string) string {
	if f := schema.Index(name); f >= 0 && f < len(values) && !values[f].Blank() {
		return values[f].Text
	}
	return ""
}

// idText is an id as reference fields hold it.
func idText(id int64) crmapi.Text {
	if id == 0 {
		return crmapi.Text{}
	}
	return crmapi.Text{Set: true, S: strconv.FormatInt(id, 10)}
}

// some is a text of the CRM's; "" is never set.
func some(s string) crmapi.Text { return crmapi.Text{Set: s != "", S: s} }

// valuesOf are the changed values of an op in schema order, Absent where it
// changes nothing.
func valuesOf(m *mapping.Mapping, op *engine.Op) []record.Value {
	schema := m.Schema()
	values := make([]record.Value, schema.Len())
	for _, ch := range op.Changes {
		f := schema.Index(ch.Field)
		if f < 0 {
			continue // the mapping dropped the field since
		}
		values[f] = record.Value{State: record.Null}
		if ch.To != nil {
			values[f] = record.Of(*ch.To, m.CanonSource(f, *ch.To))
		}
	}
	return values
}

// amountOf reads a decimal text exactly.
func amountOf(text string) (*big.Rat, bool) {
	if text == "" || strings.ContainsAny(text, "/eEpPxX_") {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// sumOf is amountOf, with 0 for what is no number.
func sumOf(text string) *big.Rat {
	if a, ok := amountOf(text); ok {
		return a
	}
	return new(big.Rat)
}

// amountText writes a sum as the CRM's tables keep it: "1234.50".
func amountText(a *big.Rat) string { return a.FloatString(2) }

// among words a value that the CRM's list lacks, for the person who corrects it.
func among(value string, list []string) string {
	const most = 30
	if len(list) > most {
		list = append(slices.Clone(list[:most]), "…")
	}
	return value + " (CRM: " + strings.Join(list, ", ") + ")"
}

// team is who works in the CRM, asked for once.
type team struct {
	api    *crmapi.Client
	users  map[string]int64 // active logins; nil = not asked yet
	logins map[int64]string // of all users
	untold bool             // the CRM does not list its users
}

func (t *team) load(ctx context.Context) error {
	if t.users != nil {
		return nil
	}
	users, err := t.api.Users(ctx)
	if errors.Is(err, crmapi.ErrNotInDialect) {
		t.users, t.untold = map[string]int64{}, true
		return nil
	}
	if err != nil {
		return fmt.Errorf("ask for the CRM's users: %w", err)
	}
	t.users, t.logins = make(map[string]int64, len(users)), make(map[int64]string, len(users))
	for _, u := range users {
		t.logins[u.ID] = u.Login
		if u.Active {
			t.users[u.Login] = u.ID
		}
	}
	return nil
}

// known refuses an owner who is no active user: the CRM would keep the record
// without one, and nobody would see it.
func (t *team) known(ctx context.Context, login string) (id int64, refused *engine.WriteError, err error) {
	if err := t.load(ctx); err != nil {
		return 0, nil, err
	}
	id, ok := t.users[login]
	if t.untold {
		return 0, refuse(engine.RefusedOwner, login), nil
	}
	if !ok {
		return 0, refuse(engine.RefusedUser, among(login, slices.Sorted(maps.Keys(t.users)))), nil
	}
	return id, nil, nil
}

// seesAll reports whether the login's role shows it everything. Deals, invoices
// and contacts cannot be counted owner by owner, as clients are. Where the CRM does
// not tell the role, the operator's word counts.
func (t *team) seesAll(ctx context.Context) (bool, error) {
	me, err := t.api.Me(ctx)
	if errors.Is(err, crmapi.ErrNotInDialect) {
		return t.api.Vouched(), nil
	}
	if err != nil {
		return false, err
	}
	return me.SeesEverything(), nil
}

// naturalEntry is what the mirror keeps of a record without a uid.
func naturalEntry(m *mapping.Mapping, id int64, values []record.Value) reconcile.Entry {
	return reconcile.Entry{CLID: id, Keys: reconcile.Keys{Natural: m.NaturalKey(values)}}
}
