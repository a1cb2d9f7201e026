package crmapi

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

var errNoInvoice = errors.New("record carries no id of an invoice")

// decodeInvoice reads an invoice: a row of v3's invoice/list, the data of
// invoice/info, or an element of the block in deal/list. The list says of every
// invoice that it is paid, so that Paid of its rows means nothing.
func decodeInvoice(raw []byte) (InvoiceObject, error) {
	if !json.Valid(raw) || !utf8.Valid(raw) {
		return InvoiceObject{ID: max(rawID(raw, "crid"), rawID(raw, "id"))}, errBadJSON
	}
	if raw[0] != '{' {
		return InvoiceObject{}, errNoInvoice
	}
	var in InvoiceObject
	if err := eachMember(raw, in.member); err != nil {
		return InvoiceObject{}, err
	}
	if in.ID <= 0 {
		return InvoiceObject{}, errNoInvoice
	}
	return in, nil
}

func (in *InvoiceObject) member(key, val []byte) {
	text := func() string { s, _, _ := stringOf(val); return s }
	switch string(key) {
	case "id", "crid":
		in.ID = intOf(val)
	case "did":
		in.DID = intOf(val)
	case "clid":
		in.CLID = intOf(val)
	case "invoice":
		in.Number = text()
	case "date", "datum", "date_create":
		in.Date = dayOf(val)
	case "datum_credit", "date_plan":
		in.Plan = dayOf(val)
	case "summa":
		in.Sum = decimalOf(val).S
	case "nds":
		in.VAT = decimalOf(val).S
	case "do":
		in.Paid = text() == "on"
	case "date_do", "invoice_date", "date_fact":
		in.PaidOn = dayOf(val)
	case "contract", "contractnum":
		in.Contract = text()
	case "tip":
		in.Type = text()
	case "rs":
		in.Account = intOf(val)
	}
}
