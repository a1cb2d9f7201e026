package endpoint

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"syncd/internal/record"
)

// payment is what a record says of a payment.
type payment struct {
	invoice int64
	sum     *big.Rat
	text    string // the sum as the source has it
	day     string // "" = not told
}

// wanted is the payment of a record's values.
func (p *Payments) wanted(values []record.Value) payment {
	schema := p.m.Schema()
	text := textIn(schema, values, fieldSum)
	return payment{invoice: idIn(schema, values, refInvoice), sum: sumOf(text), text: text, day: textIn(schema, values, fieldPaidOn)}
}

// ground is what an invoice looked like at one time. It is stored as JSON, lines by
// ascending id, so that equal grounds are equal texts.
type ground struct {
	Paid []groundLine `json:"paid,omitempty"`
	Open []groundLine `json:"open,omitempty"`
}

type groundLine struct {
	ID  int64  `json:"id"`
	Sum string `json:"sum"`
	Day string `json:"day,omitempty"` // of the payment
}

func groundOf(l invoiceLines) ground {
	var g ground
	for _, line := range l {
		part := groundLine{ID: line.ID, Sum: amountText(sumOf(line.Sum))}
		if line.Paid {
			part.Day = line.PaidOn
			g.Paid = append(g.Paid, part)
			continue
		}
		g.Open = append(g.Open, part)
	}
	return g
}

func (g ground) text() string {
	b, err := json.Marshal(g)
	if err != nil { // of numbers and texts: cannot be
		return ""
	}
	return string(b)
}

func parseGround(text string) (ground, error) {
	var g ground
	if err := json.Unmarshal([]byte(text), &g); err != nil {
		return ground{}, fmt.Errorf("read what an invoice looked like before it was paid: %w", err)
	}
	return g, nil
}

// paymentFate is what a comparison of two grounds says of a payment.
type paymentFate uint8

const (
	paymentUnsure paymentFate = iota
	paymentNone
	paymentMade
)

// since compares what an invoice looked like before a payment was sent with what
// it looks like now. line is the paid one of paymentMade.
//
// A payment turns one open line into a paid one, and leaves the rest of it, if
// there is one, as a new open line. The rest may be missing: a request that was cut
// off between its two writes paid all the same.
func (g ground) since(now ground, want payment) (line int64, fate paymentFate) {
	if g.text() == now.text() {
		return 0, paymentNone
	}
	fresh := without(now.Paid, g.Paid)
	closed, opened := without(g.Open, now.Open), without(now.Open, g.Open)
	if len(without(g.Paid, now.Paid)) > 0 || len(fresh) != 1 || len(closed) != 1 || fresh[0].ID != closed[0].ID {
		return 0, paymentUnsure
	}
	paid := fresh[0]
	if sumOf(paid.Sum).Cmp(want.sum) != 0 || paid.Day != "" && want.day != "" && paid.Day != want.day {
		return 0, paymentUnsure
	}
	rest := new(big.Rat).Sub(sumOf(closed[0].Sum), want.sum)
	switch {
	case len(opened) == 0 && rest.Sign() >= 0:
		return paid.ID, paymentMade
	case len(opened) == 1 && sumOf(opened[0].Sum).Cmp(rest) == 0:
		return paid.ID, paymentMade
	}
	return 0, paymentUnsure
}

// without are the lines of a that b lacks.
func without(a, b []groundLine) []groundLine {
	var out []groundLine
	for _, line := range a {
		if !slices.Contains(b, line) {
			out = append(out, line)
		}
	}
	return out
}
