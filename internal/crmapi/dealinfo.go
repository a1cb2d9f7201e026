package crmapi

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

func (v *dealV3) byDID(ctx context.Context, did int64) (DealObject, error) {
	o := newObject(nil)
	o.num("did", did)
	return v.whole(ctx, o, did)
}

// byUID asks by the uid for the did: info of v3 tells no uid, the list does.
func (v *dealV3) byUID(ctx context.Context, uid string) (DealObject, error) {
	o := newObject(nil)
	o.str("uid", uid)
	obj, err := v.whole(ctx, o, 0)
	return obj, unseen(err)
}

// unseen is the error of a lookup by uid: what the login does not see is not found.
func unseen(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Class == ClassInvisible {
		e.Class = ClassNotFound
	}
	return err
}

// whole puts a deal together: the lines from info, which hides the client, the
// uid, the days and the invoices, and all else from the list.
func (v *dealV3) whole(ctx context.Context, o object, did int64) (DealObject, error) {
	card, err := v.info(ctx, o)
	if err != nil {
		return DealObject{}, err
	}
	if did != 0 && card.did != did {
		return DealObject{}, protocol(actDealInfo, errors.New("answer is about another deal"))
	}
	obj, err := v.row(ctx, card.did, card.clid, card.closed)
	if err != nil {
		return DealObject{DID: card.did}, err
	}
	obj.Lines, obj.LinesKnown, obj.Contacts = card.lines, true, card.contacts
	obj.Invoices, err = v.completed(ctx, obj.DID, obj.CLID, obj.Invoices)
	return obj, err
}

// dealCard is what is taken from info.
type dealCard struct {
	did, clid int64 // clid 0: not told, or the client is not there
	closed    bool
	lines     []DealLine
	contacts  []int64
}

func (v *dealV3) info(ctx context.Context, o object) (card dealCard, err error) {
	o.raw("speka", "true")
	o.raw("client", "true")
	o.raw("contact", "true")
	o.str("fields", "did,close")
	env, _, err := v.c.read(ctx, actDealInfo, o.end())
	if err != nil {
		return card, err
	}
	if len(env.data) == 0 || env.data[0] != '{' {
		return card, protocol(actDealInfo, errShape)
	}
	var lines error
	err = eachMember(env.data, func(key, val []byte) {
		switch string(key) {
		case "did":
			card.did = intOf(val)
		case "close":
			_ = eachMember(val, func(key, val []byte) {
				if s, _, _ := stringOf(val); string(key) == "close" {
					card.closed = s == "yes"
				}
			})
		case "client":
			_ = eachMember(val, func(key, val []byte) {
				if string(key) == "clid" {
					card.clid = intOf(val)
				}
			})
		case "contact":
			list, _ := elements(val)
			for _, contact := range list {
				if pid := rawID(contact, "pid"); pid > 0 {
					card.contacts = append(card.contacts, pid)
				}
			}
		case "speka":
			card.lines, lines = decodeLines(val)
		}
	})
	if err = errors.Join(err, lines); err == nil && card.did <= 0 {
		err = errNoDealID
	}
	if err != nil {
		return card, &Error{Class: ClassUnreadable, Action: actDealInfo, HTTPStatus: 200, Err: err}
	}
	return card, nil
}

// beyond reports that a page of a list goes upwards, and on from a deal.
func beyond(page []DealObject, did int64) bool {
	byDID := func(a, b DealObject) int { return cmp.Compare(a.DID, b.DID) }
	return len(page) > 0 && page[len(page)-1].DID > did && slices.IsSortedFunc(page, byDID)
}

// row finds a deal in the list. The filter by did is a search for its digits;
// sorted upwards, the deal itself comes first of all that it finds. A row that does
// not even show its did may be that deal.
func (v *dealV3) row(ctx context.Context, did, clid int64, closed bool) (DealObject, error) {
	lists := [...]string{dealsOpen, dealsClosed}
	if closed {
		slices.Reverse(lists[:])
	}
	var anonymous error
	for _, active := range lists {
		for n := range maxPages {
			p := dealPage{DealQuery: DealQuery{CLID: clid, Invoices: true}, page: n, active: active, did: did, oldFirst: true}
			page, err := v.list(ctx, p)
			if err != nil {
				return DealObject{}, err
			}
			for i := range page.good {
				if page.good[i].DID == did {
					return page.good[i], nil
				}
			}
			for _, bad := range page.bad {
				if bad.id == did {
					return DealObject{}, bad.err
				}
				if bad.id == 0 {
					anonymous = bad.err
				}
			}
			if page.rows < PageSize || beyond(page.good, did) {
				break
			}
		}
	}
	if anonymous != nil {
		return DealObject{}, anonymous
	}
	return DealObject{}, &Error{Class: ClassInvisible, Action: actDealList, HTTPStatus: 200}
}
