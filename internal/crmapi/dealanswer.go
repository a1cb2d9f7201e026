package crmapi

import (
	"errors"
	"strings"
)

// dealClass gives the error codes of deals, invoices and contacts their meaning;
// not ok for other actions. What is not known leaves a write's outcome open.
func dealClass(action string, code int) (Class, bool) {
	switch action {
	case actDealInfo:
		if code == 403 {
			return ClassInvisible, true
		}
		return 0, false
	case actPersonInfo:
		if code == 403 {
			return ClassNotFound, true
		}
		return 0, false
	case actDealAdd:
		return known(code, 402, 403, 405, 406, 407), true
	case actDealUpdate, actDealStep, actDealClose:
		if code == 403 {
			return ClassInvisible, true
		}
		return known(code, 402, 405, 406, 407), true
	case actDealDelete:
		switch code {
		case 403:
			return ClassInvisible, true
		case 407:
			return ClassHasDeals, true
		}
		return known(code, 402, 405, 406), true
	case actInvoiceAdd:
		if code == 403 {
			return ClassInvisible, true
		}
		return known(code, 402, 405, 406), true
	case actInvoiceDo:
		if code == 403 {
			return ClassNotFound, true
		}
		return known(code, 402, 405), true
	case actPersonAdd:
		return known(code, 402, 404, 405, 406), true
	case actPersonUpdate, actPersonDelete:
		switch {
		case code == 403:
			return ClassNotFound, true
		case code == 406 && action == actPersonDelete:
			return ClassHasDeals, true
		}
		return known(code, 402, 404, 405), true
	}
	return 0, false
}

// known is ClassRefused for the codes that an action refuses with, and leaves the
// outcome open for others.
func known(code int, codes ...int) Class {
	for _, c := range codes {
		if c == code {
			return ClassRefused
		}
	}
	return ClassUnknown
}

var (
	errNoNewID      = errors.New("success without an id")
	errOtherRecord  = errors.New("answer names another record")
	errOtherSuccess = errors.New("success that says nothing of what was asked")
)

// dealAnswer understands the answer of a write as far as its envelope: nothing but
// a clear success passes. The code of "identical" is a success, which some actions
// call an error.
func (c *Client) dealAnswer(action string, raw []byte, status int) (envelope, *Error) {
	if raw[0] == '[' {
		return envelope{}, doubtful(action, status, errShape)
	}
	env, err := parseEnvelope(raw)
	if err != nil {
		return env, doubtful(action, status, err)
	}
	if env.failed && env.code != codeNoop {
		return env, c.failure(action, status, &env)
	}
	return env, nil
}

// about checks that a success names the record that was meant.
func (c *Client) about(action string, raw []byte, status int, id int64) *Error {
	env, e := c.dealAnswer(action, raw, status)
	if e != nil {
		return e
	}
	switch n := intOf(env.data); {
	case n == id, n == 0 && env.code == codeNoop:
		return nil
	case n == 0:
		return doubtful(action, status, errNoNewID)
	}
	return doubtful(action, status, errOtherRecord)
}

// told checks that a success is the sentence that an action ends with.
func (c *Client) told(action string, raw []byte, status int, result, data string) *Error {
	env, e := c.dealAnswer(action, raw, status)
	if e != nil {
		return e
	}
	text, _, _ := stringOf(env.data)
	if env.result != result || !strings.HasPrefix(text, data) {
		return doubtful(action, status, errOtherSuccess)
	}
	return nil
}

// invoiceAdded reads what a success says of a new invoice. result is how the
// sentence of one begins.
func (c *Client) invoiceAdded(action string, raw []byte, status int, result string) (id int64, number string, e *Error) {
	env, e := c.dealAnswer(action, raw, status)
	if e != nil {
		return 0, "", e
	}
	_ = eachMember(env.data, func(key, val []byte) {
		switch string(key) {
		case "id":
			id = intOf(val)
		case "invoice":
			number, _, _ = stringOf(val)
		}
	})
	if id <= 0 || !strings.HasPrefix(env.result, result) {
		return 0, "", doubtful(action, status, errNoNewID)
	}
	return id, number, nil
}

func doubtful(action string, status int, err error) *Error {
	return &Error{Class: ClassUnknown, Action: action, HTTPStatus: status, Err: err}
}
