package emulator

import (
	"fmt"
	"slices"
)

// dealColumns are the columns of deals that a change is told of, each once.
func dealColumns() []string {
	names := []string{
		"uid", "clid", "payer", "pid", "datum_plan", "title", "content", fieldAddress, "dog_num", "datum_start", "datum_end",
		"datum_close", "des_fact", "iduser", "idcategory", "tip", "direction", "sid", "mcid", "kol", "marga", "kol_fact", "close",
	}
	for i := range 10 {
		names = append(names, fmt.Sprintf("input%d", i+1))
	}
	return names
}

func (c *call) dealEffect(kind string, d *dealRow) {
	c.effect(Effect{
		Kind: kind, Entity: EntityDeal, ID: d.DID, CLID: d.CLID, UID: orEmpty(d.UID),
		Orphan: kind == EffectCreated && c.orphan(d),
	})
}

// orphan tells of a deal whose client or payer is not there.
func (c *call) orphan(d *dealRow) bool {
	clients := c.s.db.byCLID
	return clients[d.CLID] == nil || d.Payer != 0 && clients[d.Payer] == nil
}

// replaceDeal stores a changed copy and tells the history what moved.
func (c *call) replaceDeal(old, next *dealRow) {
	e := Effect{Kind: EffectUpdated, Entity: EntityDeal, ID: old.DID, CLID: next.CLID, UID: orEmpty(next.UID)}
	for _, name := range dealColumns() {
		before, after := old.raw(name), next.raw(name)
		if !sameNullable(before, after) {
			e.Field, e.Old, e.New = name, before, after
			e.Orphan = (name == "clid" || name == "payer") && c.orphan(next)
			c.effect(e)
		}
	}
	e.Orphan = false
	if !slices.EqualFunc(old.Lines, next.Lines, sameLine) {
		e.Field, e.Old, e.New = "speka", nil, nil
		c.effect(e)
	}
	c.s.db.putDeal(next)
}

func sameLine(a, b lineRow) bool {
	return sameNullable(a.Article, b.Article) && sameNullable(a.Title, b.Title) && sameNullable(a.Unit, b.Unit) &&
		sameNullable(a.Comment, b.Comment) && a.Price == b.Price && a.PriceIn == b.PriceIn && a.Quantity == b.Quantity &&
		a.VAT == b.VAT && a.Factor == b.Factor && a.Kind == b.Kind && a.Product == b.Product
}

func (c *call) invoiceAdded(r *invoiceRow) {
	c.effect(Effect{Kind: EffectCreated, Entity: EntityInvoice, ID: r.ID, Number: orEmpty(r.Number), Sum: r.Sum.String()})
}

func (c *call) invoicePaid(r *invoiceRow, again bool) {
	c.effect(Effect{Kind: EffectCreated, Entity: EntityPayment, ID: r.ID, Number: orEmpty(r.Number), Sum: r.Sum.String(), Again: again})
}

func (c *call) personEffect(kind string, r *personRow) {
	c.effect(Effect{Kind: kind, Entity: EntityPerson, ID: r.PID, CLID: r.CLID})
}
