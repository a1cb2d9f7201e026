package endpoint

import (
	"fmt"
	"math/big"
	"strings"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

// mostDigits are the digits before the point that the CRM's columns of sums hold.
const mostDigits = 15

// unfitSum refuses a sum that the CRM's columns cannot hold: it has too many digits,
// or, where the CRM must not round it, parts of a kopeck. nil = it fits, or is no
// number, which is not for this to say.
func unfitSum(field, text string, kopecks bool) *engine.WriteError {
	sum, ok := amountOf(text)
	if !ok {
		return nil
	}
	whole, _, _ := strings.Cut(strings.TrimLeft(text, "+-0"), ".")
	if len(whole) <= mostDigits && (!kopecks || new(big.Rat).Mul(sum, big.NewRat(100, 1)).IsInt()) {
		return nil
	}
	return refuse(engine.RefusedSum, field+": "+text)
}

// unfitDeal is unfitSum of every number of a deal that is sent. Places that are too
// many the CRM rounds, in prices and quantities, too, and so they are compared.
func (d *Deals) unfitDeal(values []record.Value) *engine.WriteError {
	schema := d.m.Schema()
	for _, name := range []string{fieldDealSum, fieldMargin, fieldCloseFact, fieldCloseMargin} {
		if w := unfitSum(name, textIn(schema, values, name), false); w != nil {
			return w
		}
	}
	text := textIn(schema, values, mapping.FieldLines)
	if text == "" {
		return nil
	}
	lines, err := d.m.ParseLines(text)
	if err != nil {
		return nil // told where they are set
	}
	for i := range lines {
		if w := unfitLine(fmt.Sprintf("%s %d", mapping.FieldLines, i+1), &lines[i]); w != nil {
			return w
		}
	}
	return nil
}

func unfitLine(field string, l *crmapi.DealLine) *engine.WriteError {
	for _, n := range []struct{ name, text string }{
		{"kol", l.Quantity}, {"dop", l.Factor}, {"price", l.Price}, {"price_in", l.PriceIn}, {"nds", l.VAT},
	} {
		if w := unfitSum(field+", "+n.name, n.text, false); w != nil {
			return w
		}
	}
	return nil
}
