package endpoint

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// Billed tells which of these lines are invoices that are linked to a record, and the
// sums that each was settled on; a sum that is not known is not among them.
type Billed func(ctx context.Context, ids []int64) (map[int64][]*big.Rat, error)

// BilledIn is Billed of the links of a job of invoices.
func BilledIn(l Holders) Billed {
	return func(ctx context.Context, ids []int64) (map[int64][]*big.Rat, error) {
		holders, err := l.Holders(ctx, ids)
		if err != nil {
			return nil, err
		}
		out := make(map[int64][]*big.Rat, len(holders))
		for id, h := range holders {
			out[id] = nil
			if h.Link == nil {
				continue
			}
			for _, side := range []map[string]*string{h.Link.Base, h.Link.CRMBase, h.Link.Pending} {
				if text := side[fieldSum]; text != nil {
					out[id] = append(out[id], sumOf(*text))
				}
			}
		}
		return out, nil
	}
}

// bill is one invoice.
type bill struct {
	invoiceLines
	// rivals are all invoices of the number in the deal, this one among them, where
	// nobody can tell which line is whose; nil = these lines are the invoice's for sure.
	rivals []int64
}

// named names what an invoice cannot be told apart from: "15: crid 3, 4".
func (b bill) named() string { return severalOf(b.invoiceLines[0].Number, "crid", b.rivals) }

// severalOf names records of the CRM that share a name; those that a plan only adds
// have no number yet.
func severalOf(name, id string, ids []int64) string {
	var out []string
	for _, n := range ids {
		if n > 0 {
			out = append(out, strconv.FormatInt(n, 10))
		}
	}
	return name + ": " + id + " " + strings.Join(out, ", ")
}

// billsOf joins the lines of the plan of payments to invoices, by ascending id.
//
// Nothing ties the lines of an invoice to each other but deal, number and day: a
// payment of a part leaves exactly one open line behind it, the newest, with the number
// and the day of the first. Where people gave a number twice, that need not tell the
// invoices apart; see toldApart. It sorts the lines.
func billsOf(ctx context.Context, billed Billed, lines []crmapi.InvoiceObject) ([]bill, error) {
	groups := numbersIn(lines)
	var ids []int64
	for _, group := range groups {
		for i := range group {
			if len(group) > 1 {
				ids = append(ids, group[i].ID)
			}
		}
	}
	var linked map[int64][]*big.Rat
	if billed != nil && len(ids) > 0 {
		var err error
		if linked, err = billed(ctx, ids); err != nil {
			return nil, fmt.Errorf("ask which invoices are linked: %w", err)
		}
	}
	var out []bill
	for _, group := range groups {
		if days := group.days(); toldApart(days, linked) {
			for _, l := range days {
				out = append(out, bill{invoiceLines: l})
			}
			continue
		}
		parts, rivals := group.perhaps(linked)
		for _, l := range parts {
			out = append(out, bill{l, rivals})
		}
	}
	slices.SortFunc(out, func(a, b bill) int { return cmp.Compare(a.id(), b.id()) })
	return out, nil
}

// numbersIn are the lines of each number of each deal; of a line without a number that
// line alone.
func numbersIn(lines []crmapi.InvoiceObject) []invoiceLines {
	type name struct {
		did    int64
		number string
	}
	slices.SortFunc(lines, func(a, b crmapi.InvoiceObject) int { return cmp.Compare(a.ID, b.ID) })
	var out []invoiceLines
	at := map[name]int{}
	for _, line := range lines {
		n := name{line.DID, reconcile.FoldUID(line.Number)}
		if i, ok := at[n]; ok && line.Number != "" {
			out[i] = append(out[i], line)
			continue
		}
		at[n] = len(out)
		out = append(out, invoiceLines{line})
	}
	return out
}

// days are the lines of one number by their days.
func (l invoiceLines) days() []invoiceLines {
	var out []invoiceLines
	for _, line := range l {
		i := slices.IndexFunc(out, func(day invoiceLines) bool { return day[0].Date == line.Date })
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], line)
	}
	return out
}

// toldApart reports whether the lines of each day are one invoice for sure: none but
// the newest is open, only the first is linked, and they add up to what it was settled
// on. One line alone in its number is its invoice, whatever people made of its sum, and
// a single invoice that has shrunk has taken no line of another.
func toldApart(days []invoiceLines, linked map[int64][]*big.Rat) bool {
	alone := len(days) == 1
	for _, l := range days {
		for i := range l {
			if _, is := linked[l[i].ID]; is && i > 0 || !l[i].Paid && i < len(l)-1 {
				return false
			}
		}
		sums, all := linked[l.id()], l.sum()
		fits := func(settled *big.Rat) bool { return all.Cmp(settled) == 0 || alone && all.Cmp(settled) < 0 }
		if len(sums) > 0 && (!alone || len(l) > 1) && !slices.ContainsFunc(sums, fits) {
			return false
		}
	}
	return true
}

// perhaps are the invoices that the lines of one number may be, and the numbers to name
// them by. One begins with each line that is linked or open, or comes after an open one,
// or is of another day than the one before.
func (l invoiceLines) perhaps(linked map[int64][]*big.Rat) (out []invoiceLines, ids []int64) {
	for i, line := range l {
		if _, is := linked[line.ID]; i > 0 && !is && line.Paid && l[i-1].Paid && l[i-1].Date == line.Date {
			out[len(out)-1] = append(out[len(out)-1], line)
			continue
		}
		out, ids = append(out, invoiceLines{line}), append(ids, line.ID)
	}
	if len(out) > 1 {
		return out, ids
	}
	ids = nil
	for _, line := range l { // paid, all of them: any may be the other's
		ids = append(ids, line.ID)
	}
	return out, ids
}

// invoiceWith is the invoice that a line of the plan of payments belongs to.
func invoiceWith(ctx context.Context, api *crmapi.Deals, billed Billed, id int64) (bill, error) {
	line, err := api.Invoice(ctx, id)
	if err != nil {
		return bill{}, notShown("invoice", id, err)
	}
	lines, err := api.InvoicesOf(ctx, line.DID)
	if err != nil {
		return bill{}, notShown("deal", line.DID, err)
	}
	all, err := billsOf(ctx, billed, lines)
	if err != nil {
		return bill{}, err
	}
	for _, b := range all {
		for i := range b.invoiceLines {
			if b.invoiceLines[i].ID == id {
				return b, nil
			}
		}
	}
	return bill{}, fmt.Errorf("invoice %d: %w", id, engine.ErrNotVisible) // removed between the two answers
}
