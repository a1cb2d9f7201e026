package crmapi

import (
	"context"
	"errors"
	"iter"
)

var errUnserved = errors.New("this interface is not served yet")

func contractWire(*Client) dealWire { return unserved{} }

// unserved refuses every call.
type unserved struct{}

func (unserved) fields(context.Context) ([]FieldCaption, error) { return nil, unservedError() }
func (unserved) guides(context.Context) (DealGuides, error)     { return DealGuides{}, unservedError() }

func (unserved) byDID(context.Context, int64) (DealObject, error) {
	return DealObject{}, unservedError()
}

func (unserved) byUID(context.Context, string) (DealObject, error) {
	return DealObject{}, unservedError()
}
func (unserved) newest(context.Context) ([]DealObject, error) { return nil, unservedError() }
func (unserved) traits() DealTraits                           { return DealTraits{} }
func (unserved) changeStep(context.Context, int64, string, string) error {
	return unservedError()
}
func (unserved) remove(context.Context, int64) error      { return unservedError() }
func (unserved) pay(context.Context, *PaymentInput) error { return unservedError() }
func (unserved) invoicesOf(context.Context, int64) ([]InvoiceObject, error) {
	return nil, unservedError()
}

func (unserved) invoice(context.Context, int64) (InvoiceObject, error) {
	return InvoiceObject{}, unservedError()
}

func (unserved) add(context.Context, *DealInput, *DealGuides) (int64, error) {
	return 0, unservedError()
}

func (unserved) update(context.Context, *DealObject, *DealInput, *DealGuides) error {
	return unservedError()
}

func (unserved) close(context.Context, int64, *CloseInput, *DealGuides) error {
	return unservedError()
}

func (unserved) addInvoice(context.Context, *InvoiceInput) (int64, string, error) {
	return 0, "", unservedError()
}

func (unserved) all(context.Context, DealQuery) iter.Seq2[DealObject, error] {
	return func(yield func(DealObject, error) bool) { yield(DealObject{}, unservedError()) }
}

func (unserved) invoices(context.Context, InvoiceQuery) iter.Seq2[InvoiceObject, error] {
	return func(yield func(InvoiceObject, error) bool) { yield(InvoiceObject{}, unservedError()) }
}

func unservedError() error { return refusal("contract", errUnserved) }
