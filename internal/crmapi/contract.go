package crmapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
)

// The actions of deals in API v1, spelt as it does.
const (
	actContractFields     = "contract/fields"
	actContractSteps      = "contract/steplist"
	actContractDirections = "contract/direction"
	actContractTypes      = "contract/contracttipe"
	actContractStatuses   = "contract/statusclose"
	actContractList       = "contract/list"
	actContractInfo       = "contract/info"
	actContractAdd        = "contract/add"
	actContractUpdate     = "contract/update"
	actContractStep       = "contract/changestep"
	actContractClose      = "contract/close"
	actContractDelete     = "contract/delete"
	actContractInvoice    = "contract/addinvoice"
	actContractPay        = "contract/addpaimentpart"
)

// contractV1 speaks the method contract of API v1.
//
// Deals are always named by their did: asked by a uid, today's server carries an
// action out and answers an error.
type contractV1 struct {
	c *Client

	mu     sync.Mutex
	arrays *bool           // the server takes arrays of parameters; nil = not asked yet
	apart  *bool           // open and closed deals are two lists; nil = not asked yet
	units  bool            // a specification was seen with units
	deals  map[int64]int64 // the deal of each invoice that was seen
}

func contractWire(c *Client) dealWire { return &contractV1{c: c, deals: map[int64]int64{}} }

// traits are what is known so far. Servers that were seen hide units, so that is
// believed until one shows them.
func (v *contractV1) traits() DealTraits {
	v.mu.Lock()
	defer v.mu.Unlock()
	dies := v.arrays != nil && !*v.arrays
	return DealTraits{HidesUnits: !v.units, NoUpdate: dies, FixedLines: dies}
}

// ProbeTraits is Traits after what a question that changes nothing can find out was
// found out; that is asked once. A CRM that cannot be reached is an error.
func (d *Deals) ProbeTraits(ctx context.Context) (DealTraits, error) {
	if v, ok := d.wire.(*contractV1); ok {
		if _, err := v.takesArrays(ctx); err != nil {
			return DealTraits{}, err
		}
	}
	return d.Traits(), nil
}

// contractClass gives the error codes of contract their meaning; not ok for other
// actions. An error that the script puts over what it has done, because there was no
// did, is never met here, so its code tells nothing.
func contractClass(action string, code int) (Class, bool) {
	switch action {
	case actContractInfo:
		if code == 403 || code == 404 {
			return ClassInvisible, true
		}
		return 0, false
	case actContractAdd:
		return known(code, 402, 405, 406, 407), true
	case actContractUpdate:
		return contractGone(code, 402), true
	case actContractStep:
		return contractGone(code, 402, 405), true
	case actContractClose:
		return contractGone(code, 402, 405, 407), true
	case actContractDelete:
		if code == 407 {
			return ClassHasDeals, true
		}
		return contractGone(code, 402), true
	case actContractInvoice:
		return contractGone(code, 402), true
	case actContractPay:
		if code == 403 {
			return ClassNotFound, true
		}
		return known(code, 402, 405), true
	}
	return 0, false
}

func contractGone(code int, refused ...int) Class {
	if code == 403 {
		return ClassInvisible
	}
	return known(code, refused...)
}

// addScalar adds a parameter that the script decodes once more than PHP does. Only
// what that would spoil is escaped for it: what is decoded late has passed by the
// server's cleaner.
func (f *form) addScalar(key, value string) { f.add(key, escapeScalar(value)) }

func (f *form) addScalarIf(key, value string) {
	if value != "" {
		f.addScalar(key, value)
	}
}

func escapeScalar(s string) string {
	return strings.NewReplacer("%", "%25", "+", "%2B").Replace(s)
}

func (v *contractV1) ask(ctx context.Context, action string, f form) (envelope, found, error) {
	return v.c.ask(ctx, request{action: action, body: f.b, v1: true})
}

func (v *contractV1) write(
	ctx context.Context, action string, f *form, records int, understand func(raw []byte, status int) *Error,
) error {
	if !v.c.fits(f) {
		return refusal(action, errTooMuch)
	}
	return v.c.write(ctx, request{action: action, body: f.b, v1: true, records: records}, understand)
}

// survives asks a question that kills some servers: they answer a page of HTML, or
// of a host that hides errors nothing with status 500. Dead twice, with a sound
// answer to another question in between, is dead.
func (v *contractV1) survives(ctx context.Context, known **bool, f form) (bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if *known != nil {
		return **known, nil
	}
	alive := false
	for n := range 2 {
		var e *Error
		_, _, err := v.ask(ctx, actContractList, f)
		if alive = err == nil; alive {
			break
		}
		if !errors.As(err, &e) || !errors.Is(err, ErrNotJSON) && !errors.Is(err, ErrEmpty) && e.HTTPStatus != http.StatusInternalServerError {
			return false, err
		}
		if n == 0 {
			if _, _, err := v.ask(ctx, actContractSteps, form{}); err != nil {
				return false, err
			}
		}
	}
	*known = &alive
	return alive, nil
}

// takesArrays tells whether a request may carry a specification: PHP 8 dies of it.
func (v *contractV1) takesArrays(ctx context.Context) (bool, error) {
	var f form
	f.add("order", "did")
	f.add("fields", "did")
	f.add("invoice", "no")
	f.add(in("filter", "clid"), "1")
	return v.survives(ctx, &v.arrays, f)
}

// listsApart tells whether the list holds the open deals alone unless it is asked
// for the closed ones, as documented. Today's server dies of that question, and
// lists all deals without it.
func (v *contractV1) listsApart(ctx context.Context) (bool, error) {
	var f form
	f.add("order", "did")
	f.add("fields", "did")
	f.add("invoice", "no")
	f.add("active", "no")
	return v.survives(ctx, &v.apart, f)
}
