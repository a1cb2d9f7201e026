package crmapi

import (
	"context"
	"errors"
	"strings"
)

// ErrLength is the cause when add.list answered for more or fewer records than
// were sent.
var ErrLength = errors.New("add.list answered for another number of records")

// ErrOtherClient is the cause when an update or delete was answered with another
// clid than was sent.
var ErrOtherClient = errors.New("answer names another client")

var errNoClientID = errors.New("success without the client's id")

// Add creates one client. The answer tells what became of the record; an error
// (*Error, or the context's) means there is no answer about it: of those only
// InDoubt ones leave open whether it was created.
func (c *Client) Add(ctx context.Context, in ClientInput) (AddAnswer, error) {
	if c.speaksV1() {
		return c.addV1(ctx, in)
	}
	if err := checkInput(&in, true); err != nil {
		return refused(actAdd, err), nil
	}
	o := newObject(nil)
	appendInput(&o, &in)
	var out AddAnswer
	err := c.write(ctx, request{action: actAdd, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		out = c.addAnswer(actAdd, raw, status)
		return wholeCall(&out)
	})
	if err != nil {
		return AddAnswer{}, err
	}
	return out, nil
}

// AddList creates several clients with one request. The answers stand in the
// order of in, one for each; their order is the server's word, not a proof.
// Records that must not be sent are answered AddRefused, and the others go. An
// error means that there is no answer about any of those sent. Of V1 they are sent
// with several requests where one cannot carry them.
func (c *Client) AddList(ctx context.Context, in []ClientInput) ([]AddAnswer, error) {
	if c.speaksV1() {
		return c.addListV1(ctx, in)
	}
	out := make([]AddAnswer, len(in))
	sent := make([]int, 0, len(in))
	body := []byte(`{"client":[`)
	for i := range in {
		if err := checkInput(&in[i], true); err != nil {
			out[i] = refused(actAddList, err)
			continue
		}
		if len(sent) > 0 {
			body = append(body, ',')
		}
		o := newObject(body)
		appendInput(&o, &in[i])
		body = o.end()
		sent = append(sent, i)
	}
	if len(sent) == 0 {
		return out, nil
	}
	body = append(body, "]}"...)
	r := request{action: actAddList, body: body, records: len(sent)}
	err := c.write(ctx, r, func(raw []byte, status int) *Error {
		list, err := c.listAnswers(raw, status, len(sent))
		for k, raw := range list {
			out[sent[k]] = c.addAnswer(actAddList, raw, status)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func refused(action string, err error) AddAnswer {
	return AddAnswer{Outcome: AddRefused, Err: refusal(action, err)}
}

// listAnswers splits the answer of add.list into exactly n elements.
func (c *Client) listAnswers(raw []byte, status, n int) ([][]byte, *Error) {
	unknown := func(err error) *Error {
		return &Error{Class: ClassUnknown, Action: actAddList, HTTPStatus: status, Err: err}
	}
	var (
		list [][]byte
		err  error
	)
	if raw[0] == '[' {
		list, err = elements(raw)
	} else {
		list, err = c.objectAnswers(raw, status, n)
	}
	var whole *Error
	switch {
	case errors.As(err, &whole):
		return nil, whole
	case err != nil:
		return nil, unknown(err)
	case len(list) != n:
		return nil, unknown(ErrLength)
	}
	return list, nil
}

// objectAnswers reads an object where the array should be: numbered keys (a PHP
// array with a gap), the one answer of a batch of one, or an error about the
// call as a whole, which was refused before its first record.
func (c *Client) objectAnswers(raw []byte, status, n int) ([][]byte, error) {
	env, err := parseEnvelope(raw)
	if err != nil {
		return nil, err
	}
	if env.failed {
		switch e := c.failure(actAddList, status, &env); {
		case e.Class == ClassAuth:
			return nil, e
		case n > 1 && env.code == 402: // unknown method: an old server
			return nil, e
		}
	}
	if env.data != nil || env.result != "" || env.failed {
		return [][]byte{raw}, nil
	}
	var list [][]byte
	next := true
	err = eachMember(raw, func(key, val []byte) {
		next = next && intOf(key) == int64(len(list)) && (len(list) > 0 || string(key) == "0")
		list = append(list, val)
	})
	if err == nil && !next {
		err = errShape
	}
	return list, err
}

// addAnswer understands the answer about one added record. What is neither a
// clear success nor a known refusal leaves the outcome unknown.
func (c *Client) addAnswer(action string, raw []byte, status int) AddAnswer {
	env, err := parseEnvelope(raw)
	if err != nil {
		return AddAnswer{Outcome: AddUnknown, Err: &Error{Class: ClassUnknown, Action: action, HTTPStatus: status, Err: err}}
	}
	if !env.failed {
		if id := intOf(env.data); id > 0 {
			return AddAnswer{Outcome: AddCreated, CLID: id}
		}
		return AddAnswer{Outcome: AddUnknown, Err: &Error{
			Class: ClassUnknown, Action: action, HTTPStatus: status, Text: c.redact(env.result), Err: errNoClientID,
		}}
	}
	e := c.failure(action, status, &env)
	switch e.Class {
	case ClassDuplicate:
		return AddAnswer{Outcome: AddExisting, CLID: e.CLID, Err: e}
	case ClassRefused, ClassAuth:
		return AddAnswer{Outcome: AddRefused, Err: e}
	default:
		return AddAnswer{Outcome: AddUnknown, Err: e}
	}
}

// wholeCall lifts a refused key out of a single answer: it concerns the call.
func wholeCall(a *AddAnswer) *Error {
	if a.Err != nil && a.Err.Class == ClassAuth {
		return a.Err
	}
	return nil
}

// Update writes the fields of in to one client. UID is sent beside the clid only
// to fill an empty one: the CRM ignores it, with success, when one is set.
func (c *Client) Update(ctx context.Context, clid int64, in ClientInput) (UpdateAnswer, error) {
	if clid <= 0 {
		return UpdateAnswer{}, refusal(actUpdate, errNoCLID)
	}
	if c.speaksV1() {
		return c.updateV1(ctx, clid, in)
	}
	if err := checkInput(&in, false); err != nil {
		return UpdateAnswer{}, refusal(actUpdate, err)
	}
	o := newObject(nil)
	o.num("clid", clid)
	appendInput(&o, &in)
	var out UpdateAnswer
	err := c.write(ctx, request{action: actUpdate, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		env, err := c.writeAnswer(actUpdate, raw, status, clid)
		if err != nil {
			return err
		}
		recv := strings.Contains(env.result, "Реквизиты обновлены")
		same := strings.Contains(env.result, "идентичны") || env.code == codeNoop
		hid := intOf(env.hid)
		out = UpdateAnswer{CLID: clid, HistoryID: hid, Recv: recv, Noop: same && hid == 0 && !recv}
		return nil
	})
	if err != nil {
		return UpdateAnswer{}, err
	}
	return out, nil
}

// Delete removes a client for good, with its history, files and tasks.
// ClassNotFound: it is gone already. ClassHasDeals: refused because of deals.
func (c *Client) Delete(ctx context.Context, clid int64) (DeleteAnswer, error) {
	if clid <= 0 {
		return DeleteAnswer{}, refusal(actDelete, errNoCLID)
	}
	if c.speaksV1() {
		return c.deleteV1(ctx, clid)
	}
	o := newObject(nil)
	o.num("clid", clid)
	var out DeleteAnswer
	err := c.write(ctx, request{action: actDelete, body: o.end(), records: 1}, func(raw []byte, status int) *Error {
		if _, err := c.writeAnswer(actDelete, raw, status, clid); err != nil {
			return err
		}
		out = DeleteAnswer{CLID: clid}
		_ = eachMember(raw, func(key, val []byte) {
			if string(key) == "message" {
				s, _, _ := stringOf(val)
				out.Message = c.redact(s)
			}
		})
		return nil
	})
	if err != nil {
		return DeleteAnswer{}, err
	}
	return out, nil
}

// writeAnswer understands the answer of update and delete: success names the
// client that was meant.
func (c *Client) writeAnswer(action string, raw []byte, status int, clid int64) (envelope, *Error) {
	unknown := func(err error) *Error {
		return &Error{Class: ClassUnknown, Action: action, HTTPStatus: status, Err: err}
	}
	if raw[0] == '[' {
		return envelope{}, unknown(errShape)
	}
	env, err := parseEnvelope(raw)
	if err != nil {
		return env, unknown(err)
	}
	if env.failed {
		return env, c.failure(action, status, &env)
	}
	switch intOf(env.data) {
	case clid:
		return env, nil
	case 0:
		return env, unknown(errNoClientID)
	}
	return env, unknown(ErrOtherClient)
}
