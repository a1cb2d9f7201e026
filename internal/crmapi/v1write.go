package crmapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// appendForm appends the parameters of a write: at the top, or, with a prefix,
// inside of an array. Of an add what is empty is left out.
func appendForm(f *form, prefix string, input *ClientInput, add bool) {
	name := func(key string) string {
		if prefix == "" {
			return key
		}
		return in(prefix, key)
	}
	f.addIf(name("uid"), input.UID)
	if input.UserID != 0 && !add {
		f.num(name("iduser"), input.UserID)
	}
	for i := range input.Fields {
		field := &input.Fields[i]
		text := field.Text
		if field.List != nil {
			text = strings.Join(field.List, ",")
		}
		text = textV1(field.Key, text)
		if text == "" && (add || field.Key == "type") || field.Key == "date_create" && !add {
			continue // an empty kind breaks the query; a date of creation would be changed
		}
		f.add(name(field.Key), text)
	}
	for i := range input.Recv {
		r := &input.Recv[i]
		if r.Text != "" { // an empty one counts as not given
			f.add(in(name("recv"), r.Key), cleanerRecv.Replace(r.Text))
		}
	}
}

// shortName is the requisite that V1 does not have.
const shortName = "castUrNameShort"

// checkInputV1 says why in must not be sent to a server with the traits t.
func checkInputV1(input *ClientInput, t Traits, add bool) error {
	if err := checkInput(input, add); err != nil {
		return err
	}
	for i := range input.Recv {
		r := &input.Recv[i]
		if r.Text != "" && (r.Key == shortName || !t.Arrays) {
			return fmt.Errorf("requisite %q: %w", r.Key, ErrNotInDialect)
		}
	}
	for i := range input.Fields {
		if f := &input.Fields[i]; f.Key == "type" && f.Text != "" && !kindV1(f.Text) {
			return fmt.Errorf("type: %w", ErrNotInDialect)
		}
	}
	return nil
}

// kindV1 tells whether V1 keeps a kind of clients; any other becomes "client".
func kindV1(kind string) bool {
	return slices.Contains([]string{"client", "person", "concurent", "contractor", "partner", "parnter"}, kind)
}

// unasked is the error of a write that was not sent because a question before it
// was not answered.
func unasked(action string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err // the caller's own end
	}
	out := *e
	out.Action, out.Local, out.Err = action, true, err
	switch e.Class {
	case ClassAuth, ClassInvisible, ClassNotFound, ClassRefused, ClassUnreadable:
	default:
		out.Class = ClassTransport
	}
	return &out
}

func (c *Client) addV1(ctx context.Context, input ClientInput) (AddAnswer, error) {
	t, err := c.Traits(ctx)
	if err != nil {
		return AddAnswer{}, unasked(actAdd, err)
	}
	if err := checkInputV1(&input, t, true); err != nil {
		return refused(actAdd, err), nil
	}
	var f form
	f.addIf("user", input.User)
	appendForm(&f, "", &input, true)
	if !c.fits(&f) {
		return refused(actAdd, errTooMuch), nil
	}
	var out AddAnswer
	r := request{action: actAdd, body: f.b, v1: true, records: 1}
	err = c.write(ctx, r, func(raw []byte, status int) *Error {
		out = c.addAnswer(actAdd, raw, status)
		return wholeCall(&out)
	})
	if err != nil {
		return AddAnswer{}, err
	}
	return out, nil
}

// addListV1 sends as many requests as the server's limits, its lack of arrays, and
// the owners ask for: the owner is named once in each. When one goes wrong after
// others were answered, it is answered AddUnknown, and so are those behind it, with
// an error of ClassTransport: they were not sent.
func (c *Client) addListV1(ctx context.Context, inputs []ClientInput) ([]AddAnswer, error) {
	t, err := c.Traits(ctx)
	if err != nil {
		return nil, unasked(actAddListV1, err)
	}
	out := make([]AddAnswer, len(inputs))
	var rest []int
	for i := range inputs {
		if err := checkInputV1(&inputs[i], t, true); err != nil {
			out[i] = refused(actAddListV1, err)
			continue
		}
		rest = append(rest, i)
	}
	answered := false
	for len(rest) > 0 {
		batch, body := c.batchV1(inputs, rest, t)
		if body == nil {
			out[batch[0]] = refused(actAddListV1, errTooMuch)
		} else if err = c.sendBatchV1(ctx, inputs, batch, body, t, out); err != nil {
			if !answered {
				return nil, err
			}
			for _, i := range rest {
				out[i] = AddAnswer{Outcome: AddUnknown, Err: &Error{Class: ClassTransport, Action: actAddListV1, Local: true, Err: errBehind}}
			}
			for _, i := range batch {
				out[i].Err = asError(actAddListV1, err)
			}
			return out, nil
		} else {
			answered = true
		}
		rest = slices.DeleteFunc(rest, func(i int) bool { return slices.Contains(batch, i) })
	}
	return out, nil
}

// batchV1 takes the first records of one owner that fit into one request. body is
// nil when the very first does not.
func (c *Client) batchV1(inputs []ClientInput, rest []int, t Traits) (batch []int, body []byte) {
	var f form
	f.addIf("user", inputs[rest[0]].User)
	for _, i := range rest {
		switch {
		case inputs[i].User != inputs[rest[0]].User:
			continue
		case len(batch) > 0 && !t.Arrays:
			return batch, body
		}
		appendForm(&f, fmt.Sprintf("client[%d]", len(batch)), &inputs[i], true)
		if !c.fits(&f) {
			break
		}
		batch, body = append(batch, i), f.b
	}
	if len(batch) == 0 {
		batch = rest[:1:1]
	}
	return batch, body
}

func (c *Client) sendBatchV1(
	ctx context.Context, inputs []ClientInput, batch []int, body []byte, t Traits, out []AddAnswer,
) error {
	if !t.Arrays {
		a, err := c.addV1(ctx, inputs[batch[0]])
		out[batch[0]] = a
		return err
	}
	r := request{action: actAddListV1, body: body, v1: true, records: len(batch)}
	return c.write(ctx, r, func(raw []byte, status int) *Error {
		list, err := c.listAnswers(raw, status, len(batch))
		for k, raw := range list {
			out[batch[k]] = c.addAnswer(actAddListV1, raw, status)
		}
		return err
	})
}

var errBehind = errors.New("a request before it went wrong")

func asError(action string, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Class: ClassTransport, Action: action, Err: err}
}

// updateV1 reads the client first: a kind that is not sent becomes "client", a uid
// that is sent replaces the one that is there, and a requisite cannot be cleared.
func (c *Client) updateV1(ctx context.Context, clid int64, input ClientInput) (UpdateAnswer, error) {
	t, err := c.Traits(ctx)
	if err != nil {
		return UpdateAnswer{}, unasked(actUpdate, err)
	}
	if err := checkInputV1(&input, t, false); err != nil {
		return UpdateAnswer{}, refusal(actUpdate, err)
	}
	if err := c.completeV1(ctx, clid, &input); err != nil {
		return UpdateAnswer{}, err
	}
	var f form
	f.num("clid", clid)
	appendForm(&f, "", &input, false)
	if !c.fits(&f) {
		return UpdateAnswer{}, refusal(actUpdate, errTooMuch)
	}
	sent := slices.ContainsFunc(input.Recv, func(r FieldInput) bool { return r.Text != "" })
	var out UpdateAnswer
	r := request{action: actUpdate, body: f.b, v1: true, records: 1}
	err = c.write(ctx, r, func(raw []byte, status int) *Error {
		env, err := c.writeAnswer(actUpdate, raw, status, clid)
		if err != nil {
			return err
		}
		recv := false
		_ = eachMember(raw, func(key, val []byte) { // it claims so even when none were sent
			recv = recv || sent && string(key) == "recv" && strings.Contains(string(val), "обновлены")
		})
		out = UpdateAnswer{CLID: clid, Recv: recv, Noop: strings.Contains(env.result, "идентичны") && !recv}
		return nil
	})
	if err != nil {
		return UpdateAnswer{}, err
	}
	return out, nil
}

// completeV1 gives an update what it must carry, and takes what must not go.
func (c *Client) completeV1(ctx context.Context, clid int64, input *ClientInput) error {
	clears := slices.ContainsFunc(input.Recv, func(r FieldInput) bool { return r.Text == "" && r.Key != shortName })
	typed := slices.ContainsFunc(input.Fields, func(f FieldInput) bool { return f.Key == "type" && f.Text != "" })
	if typed && !clears && input.UID == "" {
		return nil
	}
	var f form
	f.num("clid", clid)
	f.add("fields", "clid,uid,type")
	was, err := c.infoV1(ctx, f, clears)
	if err != nil {
		return unasked(actUpdate, err)
	}
	if was.CLID != clid {
		return unasked(actUpdate, protocol(actInfo, errors.New("answer is about another client")))
	}
	if was.UID != "" {
		input.UID = ""
	}
	for i := range input.Recv {
		if r := &input.Recv[i]; r.Text == "" && was.Recv[r.Key].S != "" {
			return refusal(actUpdate, fmt.Errorf("clear requisite %q: %w", r.Key, ErrNotInDialect))
		}
	}
	kind := was.Fields["type"].S
	switch {
	case typed:
		return nil
	case kind == "":
		kind = "client"
	case !kindV1(kind):
		return refusal(actUpdate, fmt.Errorf("type: %w", ErrNotInDialect))
	}
	input.Fields = append(slices.Clone(input.Fields), FieldInput{Key: "type", Text: kind})
	return nil
}

// deleteV1 looks at what the login sees: its 403 proves nothing.
func (c *Client) deleteV1(ctx context.Context, clid int64) (DeleteAnswer, error) {
	var f form
	f.num("clid", clid)
	r := request{action: actDelete, body: f.b, v1: true, records: 1}
	err := c.write(ctx, r, func(raw []byte, status int) *Error {
		_, err := c.writeAnswer(actDelete, raw, status, clid)
		if err != nil && err.Code == 403 {
			err.Class = ClassInvisible
		}
		return err
	})
	if err != nil {
		return DeleteAnswer{}, err
	}
	return DeleteAnswer{CLID: clid}, nil
}
