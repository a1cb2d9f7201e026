package crmapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errNoDealID = errors.New("record carries no did")

// decodeDeal reads a row of v3's deal/list. It names the did even of a row that it
// cannot read, if that can be found.
func decodeDeal(raw []byte) (DealObject, error) {
	if !json.Valid(raw) || !utf8.Valid(raw) {
		return DealObject{DID: rawID(raw, "did")}, errBadJSON
	}
	if raw[0] != '{' {
		return DealObject{}, errNoDealID
	}
	d := dealDecoder{o: DealObject{Fields: make(map[string]Text, 16)}}
	if err := eachMember(raw, d.member); err != nil {
		return DealObject{}, err
	}
	if d.o.DID <= 0 {
		return DealObject{}, errNoDealID
	}
	if d.err != nil {
		return DealObject{DID: d.o.DID}, d.err
	}
	d.finish()
	return d.o, nil
}

type dealDecoder struct {
	o      DealObject
	stepID []byte // nil = not told
	err    error
}

func (d *dealDecoder) member(key, val []byte) {
	k := string(key)
	switch k {
	case "did":
		d.o.DID = intOf(val)
	case "uid":
		d.o.UID, _, _ = stringOf(val)
	case "clid":
		d.o.CLID = intOf(val)
	case "payer":
		d.o.Payer = intOf(val)
	case "pid":
		d.o.Person = intOf(val)
	case "iduser":
		d.o.UserID = intOf(val)
	case "user":
		d.o.User, _, _ = stringOf(val)
	case "datum":
		d.o.Created = dayOf(val)
	case "datum_izm":
		d.o.Edited = dayOf(val)
	case "close":
		s, _, _ := stringOf(val)
		d.o.Closed = s == "yes"
	case "status_close":
		d.o.Status, _, _ = stringOf(val)
	case "datum_close":
		d.o.ClosedOn = dayOf(val)
	case "kol_fact":
		d.o.Fact = decimalOf(val).S
	case "des_fact":
		d.o.FactText, _, _ = stringOf(val)
	case "invoice":
		d.invoices(val)
	case "stepID":
		d.stepID = val
	case "clientTitle", "payerTitle", "userTitle", "stepTitle", "tipID", "directionID", "contractTitle", "contractNumber",
		"contractDate", "bankinfo":
		// Second copies, and what belongs to others.
	case "contractID":
		d.o.Fields["dog_num"] = idText(val)
	case "mcid":
		d.o.Fields[k] = idText(val)
	case "kol", "marga":
		d.o.Fields[k] = decimalOf(val)
	case "datum_plan", "datum_start", "datum_end":
		day := dayOf(val)
		d.o.Fields[k] = Text{Set: day != "", S: day}
	case "direction", "tip", "step":
		t, _ := textOf(val)
		if t.S == "" {
			t = Text{}
		}
		d.o.Fields[k] = t
	default:
		if t, ok := textOf(val); ok {
			d.o.Fields[k] = t
		}
	}
}

// finish: a deal off every stage shows the stage 0, which is one.
func (d *dealDecoder) finish() {
	if _, ok := d.o.Fields["step"]; ok && d.stepID != nil && intOf(d.stepID) == 0 {
		d.o.Fields["step"] = Text{}
	}
}

func (d *dealDecoder) invoices(raw []byte) {
	d.o.InvoicesKnown = true
	if string(raw) == "null" {
		return
	}
	list, err := elements(raw)
	for _, item := range list {
		if err != nil {
			break
		}
		var in InvoiceObject
		in, err = decodeInvoice(item)
		d.o.Invoices = append(d.o.Invoices, in)
	}
	d.err = err
}

// decodeLines reads the specification in v3's deal/info.
func decodeLines(raw []byte) ([]DealLine, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	list, err := elements(raw)
	if err != nil {
		return nil, err
	}
	lines := make([]DealLine, len(list))
	for i, item := range list {
		l := &lines[i]
		err := eachMember(item, func(key, val []byte) {
			switch string(key) {
			case "artikul":
				l.Article, _, _ = stringOf(val)
			case "title":
				l.Title, _, _ = stringOf(val)
			case "edizm":
				l.Unit, _, _ = stringOf(val)
			case "kol":
				l.Quantity = decimalOf(val).S
			case "dop":
				l.Factor = decimalOf(val).S
			case "price":
				l.Price = decimalOf(val).S
			case "price_in":
				l.PriceIn = decimalOf(val).S
			case "nds":
				l.VAT = decimalOf(val).S
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return lines, nil
}

// rawID finds a number under a key in a damaged record; 0 = none.
func rawID(raw []byte, key string) int64 {
	_, rest, ok := bytes.Cut(raw, []byte(`"`+key+`":`))
	if !ok {
		return 0
	}
	rest = bytes.TrimLeft(rest, ` "`)
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	id, err := strconv.ParseInt(string(rest[:n]), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// idText is an id as text; 0 is none.
func idText(raw []byte) Text {
	n := intOf(raw)
	if n == 0 {
		return Text{}
	}
	return Text{Set: true, S: strconv.FormatInt(n, 10)}
}

// reExponent is a number as PHP writes a large or a small one: "1.5e+25".
var reExponent = regexp.MustCompile(`^-?\d{1,20}(\.\d{1,20})?[eE][+-]?\d{1,2}$`)

// decimalOf takes a number as it is written; only one with an exponent is written
// out.
func decimalOf(raw []byte) Text {
	s, null, ok := stringOf(raw)
	if !ok || null || s == "" {
		return Text{}
	}
	if raw[0] != '"' && reExponent.MatchString(s) {
		if r, ok := new(big.Rat).SetString(s); ok {
			const places = 120 // more than such a number can have
			s = strings.TrimRight(strings.TrimRight(r.FloatString(places), "0"), ".")
		}
	}
	return Text{Set: true, S: s}
}

// dayOf is the day of a date; "" is none.
func dayOf(raw []byte) string {
	s := normalDate(raw)
	return s[:min(len(s), len("2006-01-02"))]
}
