package crmapi

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Class says what an error means for the caller. An error has exactly one.
type Class uint8

// The classes. For a write only ClassUnknown and ClassRedirect leave open
// whether the CRM carried it out: see Error.InDoubt.
const (
	// ClassDuplicate: add found an "existing client"; Error.CLID names it, or is 0.
	ClassDuplicate Class = iota + 1
	// ClassNotFound: a definite "not found" of a lookup or delete (by uid and
	// inn still only among the clients that the login sees).
	ClassNotFound
	// ClassInvisible: code 403 of info by clid or of update: not there, or not
	// visible to the login; the answer does not tell which.
	ClassInvisible
	// ClassHasDeals: delete was refused because deals hang on the client.
	ClassHasDeals
	// ClassRefused: refused before execution, by the CRM or by this package
	// (Error.Local); sending the same again gives the same.
	ClassRefused
	// ClassAuth: the key or the login is refused. Never retried.
	ClassAuth
	// ClassUnknown: the request may have left and no answer that can be trusted
	// came back: the outcome of a write is unknown, a read may be tried again.
	ClassUnknown
	// ClassTransport: surely not sent: no byte of the request left.
	ClassTransport
	// ClassRedirect: the server pointed elsewhere; redirects are never followed.
	ClassRedirect
	// ClassProtocol: the answer of a read cannot be understood.
	ClassProtocol
	// ClassUnreadable: one record cannot be read (no clid in it, or its JSON is
	// damaged); its neighbours can.
	ClassUnreadable
)

var classNames = [...]string{
	"", "duplicate", "not_found", "invisible", "has_deals", "refused", "auth",
	"unknown", "transport", "redirect", "protocol", "unreadable",
}

// String returns the stable lower-case word of the class, for logs and metrics.
func (c Class) String() string {
	if int(c) < len(classNames) && c != 0 {
		return classNames[c]
	}
	return "class_" + strconv.Itoa(int(c))
}

// Error is every error of a call that got as far as a request, and refusals of
// input that must not be sent. Use errors.As.
//
// Error() carries no words of the CRM, because they quote names and values.
type Error struct {
	Class  Class
	Action string // "client/add.list"
	Code   int    // error.code of the answer; 0 = none
	// Text is error.text of the answer, or the start of a body that is no JSON:
	// the key masked, tags stripped, at most 500 runes. It may quote personal
	// data.
	Text       string
	CLID       int64 // client that the answer names; 0 = none
	HTTPStatus int   // 0 = no answer
	Local      bool  // refused by this package, nothing was sent
	Err        error // cause; nil when the answer itself is the error
}

// Error says action, class and the numbers.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("crm ")
	b.WriteString(e.Action)
	b.WriteString(": ")
	b.WriteString(e.Class.String())
	if e.Code != 0 {
		b.WriteString(", code ")
		b.WriteString(strconv.Itoa(e.Code))
	}
	if e.CLID != 0 {
		b.WriteString(", clid ")
		b.WriteString(strconv.FormatInt(e.CLID, 10))
	}
	if e.HTTPStatus != 0 && e.HTTPStatus != 200 {
		b.WriteString(", http ")
		b.WriteString(strconv.Itoa(e.HTTPStatus))
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// isClass reports whether err is an Error of one of the classes.
func isClass(err error, classes ...Class) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains(classes, e.Class)
}

// InDoubt reports whether a write that ended so may have been carried out.
func (e *Error) InDoubt() bool { return e.Class == ClassUnknown || e.Class == ClassRedirect }
