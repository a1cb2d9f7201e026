package crmapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"time"
	"unicode/utf8"
)

func (v *contractV1) fields(ctx context.Context) ([]FieldCaption, error) {
	return v.c.captions(ctx, request{action: actContractFields, v1: true}, "did")
}

// guides tells no ids: v1 knows titles alone.
func (v *contractV1) guides(ctx context.Context) (DealGuides, error) {
	return v.c.dealGuides(ctx, request{v1: true}, dealLists{
		steps: dealList{action: actContractSteps}, directions: dealList{action: actContractDirections},
		types: dealList{action: actContractTypes}, statuses: dealList{action: actContractStatuses},
	})
}

// decodeContract reads a row of the list or the data of info. The block of invoices
// is there when there are any.
func decodeContract(raw []byte, invoices bool) (DealObject, error) {
	if !json.Valid(raw) || !utf8.Valid(raw) {
		return DealObject{DID: rawID(raw, "did")}, errBadJSON
	}
	if raw[0] != '{' {
		return DealObject{}, errNoDealID
	}
	d := dealDecoder{o: DealObject{Fields: make(map[string]Text, 16)}}
	var lines error
	err := eachMember(raw, func(key, val []byte) {
		switch string(key) {
		case "iduser":
			d.o.User, _, _ = stringOf(val)
		case "speka":
			d.o.Lines, lines = decodeLines(val)
		case "clientname", "payername", "userUID": // second copies
		default:
			d.member(key, val)
		}
	})
	switch {
	case err != nil:
		return DealObject{}, err
	case d.o.DID <= 0:
		return DealObject{}, errNoDealID
	case d.err != nil || lines != nil:
		return DealObject{DID: d.o.DID}, errors.Join(d.err, lines)
	}
	for key, t := range d.o.Fields {
		t.S = strings.ReplaceAll(t.S, "&acute;", "'") // what the server's forms make of it
		if key == "content" {
			t.S = strings.ReplaceAll(t.S, "<br>", "\n") // how info shows it
		}
		d.o.Fields[key] = t
	}
	d.o.InvoicesKnown = invoices
	for i := range d.o.Invoices {
		d.o.Invoices[i].DID, d.o.Invoices[i].CLID = d.o.DID, d.o.CLID
	}
	return d.o, nil
}

func (v *contractV1) byDID(ctx context.Context, did int64) (DealObject, error) {
	var f form
	f.num("did", did)
	obj, err := v.info(ctx, f)
	if err == nil && obj.DID != did {
		return DealObject{}, protocol(actContractInfo, errors.New("answer is about another deal"))
	}
	return obj, err
}

func (v *contractV1) byUID(ctx context.Context, uid string) (DealObject, error) {
	var f form
	f.addScalar("uid", uid)
	obj, err := v.info(ctx, f)
	return obj, unseen(err)
}

func (v *contractV1) info(ctx context.Context, f form) (DealObject, error) {
	env, _, err := v.ask(ctx, actContractInfo, f)
	if err != nil {
		return DealObject{}, err
	}
	if len(env.data) == 0 || env.data[0] != '{' {
		return DealObject{}, protocol(actContractInfo, errShape)
	}
	obj, err := decodeContract(env.data, true)
	if err != nil {
		return DealObject{DID: obj.DID}, &Error{Class: ClassUnreadable, Action: actContractInfo, HTTPStatus: 200, Err: err}
	}
	obj.LinesKnown = true
	if bytes.Contains(env.data, []byte(`"edizm"`)) {
		v.mu.Lock()
		v.units = true
		v.mu.Unlock()
	}
	v.remember(obj.Invoices)
	return obj, nil
}

// contractPage is a request of the list, sorted by did.
type contractPage struct {
	page     int
	closed   bool // the closed ones, of a server that lists them apart
	invoices bool
	fields   string // "" = all
}

func (v *contractV1) list(ctx context.Context, p contractPage) (rowsOf[DealObject], error) {
	var f form
	f.num("offset", int64(p.page))
	f.add("order", "did")
	f.add("first", "new")
	if p.closed {
		f.add("active", "no")
	}
	f.addIf("fields", p.fields)
	if !p.invoices {
		f.add("invoice", "no")
	}
	env, got, err := v.ask(ctx, actContractList, f)
	if err != nil {
		return rowsOf[DealObject]{}, err
	}
	total := int64(-1)
	_ = eachMember(got.raw, func(key, val []byte) {
		if string(key) == "count" {
			total = intOf(val)
		}
	})
	var rows [][]byte
	switch {
	case env.data != nil:
		rows, err = elements(env.data)
	case total < 0 || total > int64(p.page)*PageSize: // with no row there is no data, so a count has to stand for it
		err = errShape
	}
	if err != nil {
		return rowsOf[DealObject]{}, protocol(actContractList, err)
	}
	total = max(total, 0)
	page := rowsOf[DealObject]{rows: len(rows), total: int(total), pages: int((total + PageSize - 1) / PageSize)}
	for _, raw := range rows {
		o, err := decodeContract(raw, p.invoices)
		if err != nil {
			page.bad = append(page.bad, badRow{o.DID, &Error{Class: ClassUnreadable, Action: actContractList, Err: err}})
			continue
		}
		v.remember(o.Invoices)
		page.good = append(page.good, o)
	}
	return page, nil
}

func (v *contractV1) newest(ctx context.Context) ([]DealObject, error) {
	apart, err := v.listsApart(ctx)
	if err != nil {
		return nil, err
	}
	open, err := v.list(ctx, contractPage{})
	if err != nil || !apart {
		return open.good, err
	}
	closed, err := v.list(ctx, contractPage{closed: true})
	if err != nil {
		return nil, err
	}
	return newestFirst(append(open.good, closed.good...)), nil
}

// all walks the list of all deals, or the open and the closed ones apart: the closed
// ones twice, because a deal that is closed or opened again meanwhile moves from
// list to list. v1 has no filter that every server can take, so what q does not
// select is left out here.
func (v *contractV1) all(ctx context.Context, q DealQuery) iter.Seq2[DealObject, error] {
	return v.walk(ctx, q, "")
}

func (v *contractV1) walk(ctx context.Context, q DealQuery, fields string) iter.Seq2[DealObject, error] {
	return func(yield func(DealObject, error) bool) {
		apart, err := v.listsApart(ctx)
		if err != nil {
			yield(DealObject{}, err)
			return
		}
		lists := []bool{false}
		if apart {
			lists = []bool{true, false, true}
		}
		given := make(idSet)
		for _, closed := range lists {
			for o, err := range v.pass(&q, closed, fields).walk(ctx) {
				if err == nil && !selects(&q, &o) || o.DID != 0 && !given.add(o.DID) {
					continue
				}
				if !yield(o, err) || err != nil && !isClass(err, ClassUnreadable) {
					return
				}
			}
		}
	}
}

func (v *contractV1) pass(q *DealQuery, closed bool, fields string) listing[DealObject] {
	return listing[DealObject]{
		action: actContractList,
		above:  q.Above,
		whole:  true,
		size:   PageSize,
		page: func(ctx context.Context, n int) (rowsOf[DealObject], error) {
			return v.list(ctx, contractPage{page: n, closed: closed, invoices: q.Invoices, fields: fields})
		},
		ids: func(ctx context.Context, n int) (rowsOf[DealObject], error) {
			return v.list(ctx, contractPage{page: n, closed: closed, fields: "did"})
		},
		id:   func(o *DealObject) int64 { return o.DID },
		bare: func(did int64) DealObject { return DealObject{DID: did} },
	}
}

// selects reports whether q selects a deal. Days are the account's by one server
// and another zone's by the next, so a day more is taken at both ends.
func selects(q *DealQuery, o *DealObject) bool {
	if q.CLID != 0 && o.CLID != q.CLID {
		return false
	}
	if q.ChangedFrom == "" && q.ChangedTo == "" {
		return true
	}
	return o.Edited != "" && o.Edited >= dayFrom(q.ChangedFrom, -1) && (q.ChangedTo == "" || o.Edited <= dayFrom(q.ChangedTo, 1))
}

func dayFrom(day string, days int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, days).Format(time.DateOnly)
}
