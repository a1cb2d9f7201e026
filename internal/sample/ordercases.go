package sample

// orderCases are the orders that show something.
func (t *trade) orderCases() []order {
	made := func(client cells, r *remark, change func(*order)) order {
		o := t.order(client)
		for len(o.lines) < 2 { // what a case shows needs two lines
			o.lines = append(o.lines, orderLine{article: "БР-0040", name: "Брус 40х40", unit: "м", quantity: 1250, price: 118_00, vat: 22})
		}
		o.sum = o.total()
		o.remark = r
		if change != nil {
			change(&o)
		}
		return o
	}
	buyer := func(n int) cells { return t.buyers[len(t.buyers)-1-n] }
	nobody := buyer(0)
	nobody[colRef], nobody[colName] = "5f0e7c52-1b1d-11f1-9d5e-0050569e0001", "Бурьян-Опт ООО"
	keyless := buyer(1)
	keyless[colRef] = ""
	return []order{
		made(t.cased["existing-merged"], said("client-merged", Created, "", "the client was in the CRM before: the deal goes to the card that it was joined with"), nil),
		made(nobody, said("client-unknown", Held, "no-client", "no client of the export has this reference: the deal waits for it"), nil),
		made(t.cased["maybe-same"], said("client-held", Held, "no-client", "the client is held itself: the deal goes when somebody has decided about the client"), nil),
		made(t.cased["deletion-marked"], said("client-out-of-scope", Held, "no-client", "the client is marked for deletion in 1C and was never added to the CRM"), nil),
		made(keyless, said("client-blank", Rejected, "required", "an order without a client is no deal"), nil),
		made(buyer(2), said("unknown-state", Rejected, "unmapped", "the mapping has no stage for this state"), func(o *order) { o.state = "ВРаботе" }),
		made(buyer(3), said("line-without-price", Rejected, "required", "one line has no price"), func(o *order) { o.lines[1].price = -1 }),
		made(buyer(4), said("sum-differs", Rejected, "sum-differs", "the sum of the order is not that of its lines"), func(o *order) { o.sum += 1000_00 }),
		made(buyer(5), said("head-differs", Rejected, "head-differs", "two lines of one order name different clients"), func(o *order) {
			o.otherRef, o.otherClient = buyer(6)[colRef], buyer(6)[colName]
		}),
		made(buyer(7), said("rows-apart", Rejected, "rows-apart", "rows of another order stand between the lines of this one: neither half is the order, the first as its sum differs"), func(o *order) { o.apart = true }),
		made(buyer(8), said("deletion-marked", OutOfScope, "", "marked for deletion in 1C"), func(o *order) { o.deleted = true }),
		made(buyer(10), said("cancelled", Created, "", "closed without a payment: the deal is made, and closed as lost"), func(o *order) { o.state = "Закрыт" }),
		made(buyer(9), said("kopecks", Created, "", "quantities and prices that round: the sum is off by less than a kopeck a line"), func(o *order) {
			o.lines = []orderLine{
				{article: "СТ-4М", name: "Стекло 4 мм", unit: "м2", quantity: 333, price: 890_55, vat: 22},
				{article: "УГ-50", name: "Уголок крепёжный 50х50", unit: "шт", quantity: 300, price: 27_41, vat: 22},
			}
			o.sum = o.total()
		}),
	}
}

// orderOf is the order of a case.
func (t *trade) orderOf(name string) order {
	for _, o := range t.orders {
		if o.remark != nil && o.remark.name == name {
			return o
		}
	}
	return order{}
}
