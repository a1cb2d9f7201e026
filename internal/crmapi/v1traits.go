package crmapi

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// Traits tells what a CRM can do in the dialect of the client. Of V3 everything is
// true.
type Traits struct {
	Dialect Dialect
	// Directory: the users, the dictionaries and the login's own role can be asked.
	Directory bool
	// Arrays: the server takes arrays of parameters: requisites, filters, lists of
	// clients. Fields leaves "recv" out without it, and AddList adds one by one.
	Arrays bool
	// TrashFilter: Clients and List can ask for the trash. No answer of V1 tells
	// of a client whether it is there.
	TrashFilter bool
	// UIDLookup: InfoByUID asks one question; else it reads the list.
	UIDLookup bool
	// ListFields: list shows the fields of the form; else Clients asks for each
	// client by itself.
	ListFields bool
	// ChangeFilter: the server selects by the date of change; else Clients does, and
	// takes a day more at both ends, because the zone of the dates is not known.
	ChangeFilter bool
	// ClearRecv: an update can clear a requisite.
	ClearRecv bool
	// ShortName: there is a requisite castUrNameShort.
	ShortName bool
}

// Vouched reports the operator's word that the login sees every record, for those
// who cannot ask the CRM.
func (c *Client) Vouched() bool { return c.cfg.SeesAll }

// v1Known is what a client has found out about a server that speaks V1.
type v1Known struct {
	mu     sync.Mutex
	traits *Traits
	logins map[int64]string // of owners
}

// Traits tells what the CRM can do. Of V1 it asks three or four questions that
// change nothing, once; again while the login sees no client to tell by.
func (c *Client) Traits(ctx context.Context) (Traits, error) {
	if !c.speaksV1() {
		return Traits{V3, true, true, true, true, true, true, true, true}, nil
	}
	c.v1.mu.Lock()
	known := c.v1.traits
	c.v1.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	t, certain, err := c.probeTraits(ctx)
	if err != nil {
		return Traits{}, err
	}
	if certain {
		c.v1.mu.Lock()
		c.v1.traits = &t
		c.v1.mu.Unlock()
	}
	return t, nil
}

// noSuchUID is looked up to see what the server makes of a uid.
const noSuchUID = "syncd-is-there-a-lookup"

func (c *Client) probeTraits(ctx context.Context) (t Traits, certain bool, err error) {
	t.Dialect = V1
	if t.Arrays, err = c.takesArrays(ctx); err != nil {
		return t, false, err
	}
	// It also proves that the server works, whatever the question before did to it.
	page, err := c.listV1(ctx, ListQuery{})
	if err != nil {
		return t, false, err
	}
	if !t.Arrays { // or that question met a moment in which nothing was answered
		if t.Arrays, err = c.takesArrays(ctx); err != nil {
			return t, false, err
		}
	}
	t.TrashFilter = t.Arrays
	for i := range page.Clients {
		if _, ok := page.Clients[i].Fields["title"]; ok {
			t.ListFields = true
		}
	}
	var f form
	f.add("uid", noSuchUID)
	_, err = c.infoV1(ctx, f, false)
	switch {
	case err == nil, isClass(err, ClassNotFound):
		t.UIDLookup = true
	case isClass(err, ClassRefused, ClassInvisible):
	default:
		return t, false, err
	}
	return t, len(page.Clients) > 0, nil
}

// takesArrays asks for a list with a filter, which kills the scripts on PHP 8: they
// answer a page of HTML, or of a host that hides errors nothing with status 500.
func (c *Client) takesArrays(ctx context.Context) (bool, error) {
	var f form
	f.add("order", "clid")
	f.add("fields", "clid")
	f.add(in("filter", "type"), "client")
	_, _, err := c.ask(ctx, request{action: actList, body: f.b, v1: true, probe: true})
	var e *Error
	switch {
	case err == nil:
		return true, nil
	case !errors.As(err, &e):
		return false, err
	case errors.Is(err, ErrNotJSON), errors.Is(err, ErrEmpty), e.HTTPStatus == http.StatusInternalServerError:
		return false, nil
	}
	return false, err
}
