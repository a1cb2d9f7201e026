package sample

import (
	"fmt"
	"strings"
)

const tradeSeed = 23

// trade is everything that the deals' exports tell of: orders of the clients of
// the example, their invoices and payments, and the clients' people.
type trade struct {
	surnames []string
	buyers   []cells          // ordinary companies and sole traders of the example
	cased    map[string]cells // a row of the example by the name of its case
	serial   uint64           // of the last reference made
	orders   []order
	invoices []invoice
	payments []payment
	contacts []contact
}

// newTrade makes all of it; the parts refer to each other, so there is no
// making of one alone.
func newTrade() (*trade, error) {
	b, err := newBook()
	if err != nil {
		return nil, err
	}
	t := &trade{surnames: strings.Split(surnameList, " "), cased: map[string]cells{}}
	for _, l := range b.lines {
		switch {
		case l.remark != nil:
			if _, have := t.cased[l.remark.name]; !have {
				t.cased[l.remark.name] = l.cells
			}
		case l.cells[colKind] != "ФизЛицо":
			t.buyers = append(t.buyers, l.cells)
		}
	}
	t.makeOrders()
	t.makeInvoices()
	t.makePayments()
	t.makeContacts()
	return t, nil
}

func (t *trade) sheets() []sheet {
	return []sheet{t.orderSheet(), t.invoiceSheet(), t.paymentSheet(), t.contactSheet()}
}

// ref makes the next reference.
func (t *trade) ref() string {
	t.serial++
	s := newStream(tradeSeed, t.serial)
	return string(appendGUID(nil, &s))
}

// draws is a stream of its own for the n-th record of a kind.
func draws(kind, n uint64) stream { return newStream(tradeSeed+kind*1000, n) }

func said(name string, outcome Outcome, reason, why string) *remark {
	return &remark{name: name, outcome: outcome, reason: reason, why: why}
}

// kopecks is a sum of money.
type kopecks int64

// String is the sum as Строка() of a number writes it: groups with no-break
// spaces, a decimal comma.
func (k kopecks) String() string {
	whole := fmt.Sprint(int64(k) / 100)
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "\u00a0" + whole[at:]
	}
	return fmt.Sprintf("%s,%02d", whole, int64(k)%100)
}

// hundredths is a quantity.
type hundredths int64

// String leaves needless decimals out: "3", "2,5".
func (h hundredths) String() string {
	text := fmt.Sprintf("%d,%02d", int64(h)/100, int64(h)%100)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ",")
}

// of is the price of a quantity, to the kopeck.
func (h hundredths) of(price kopecks) kopecks { return (kopecks(h)*price + 50) / 100 }

func yesNo(yes bool) string {
	if yes {
		return "Да"
	}
	return "Нет"
}
