package emulator

import (
	"maps"
	"slices"
)

// Books is the end state that CheckBooks reads.
type Books struct {
	Clients  []Client
	Deals    []Deal
	Invoices []Invoice
	Payments []Payment
	Persons  []Person
}

// Books copies the state.
func (s *Server) Books() Books {
	return Books{Clients: s.Clients(), Deals: s.Deals(), Invoices: s.Invoices(), Payments: s.Payments(), Persons: s.Persons()}
}

// The rules of CheckBooks beside those of Check.
const (
	RuleDealUIDTwice = "one uid, several deals"
	RuleDealClient   = "a deal without its client"
	RuleInvoiceTwice = "one invoice number, several invoices"
	RulePaidTwice    = "a payment of what was paid already"
	RulePaidOver     = "more paid than the invoice"
	RulePersonTwice  = "one contact, several times at its client"
)

// CheckBooks is Check with the laws of deals, invoices, payments and contacts.
// What people did by hand alone breaks none of them. A history that goes on over
// a Restore tells of what the restored CRM has forgotten: forget it then too.
func CheckBooks(history []Event, b Books) []Violation {
	bad := Check(history, b.Clients)
	bad = append(bad, checkDealUIDs(b.Deals)...)
	bad = append(bad, checkDealClients(history)...)
	bad = append(bad, checkInvoiceNumbers(history, b.Invoices)...)
	bad = append(bad, checkPaidTwice(history)...)
	bad = append(bad, checkPaidOver(b)...)
	return append(bad, checkPersons(b.Persons)...)
}

func checkDealUIDs(deals []Deal) []Violation {
	groups := map[string][]Deal{}
	for _, d := range deals {
		if d.UID != "" {
			groups[foldKey(d.UID)] = append(groups[foldKey(d.UID)], d)
		}
	}
	var bad []Violation
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		v := Violation{Rule: RuleDealUIDTwice, UID: groups[key][0].UID}
		api := false
		for _, d := range groups[key] {
			v.ID = append(v.ID, d.DID)
			api = api || d.ViaAPI
		}
		if api && len(v.ID) > 1 {
			bad = append(bad, v)
		}
	}
	return bad
}

// checkDealClients wants the client and the payer of every deal to be there when
// the API names them.
func checkDealClients(history []Event) []Violation {
	var bad []Violation
	for _, ev := range history {
		for _, e := range ev.Effects {
			if e.Orphan {
				bad = append(bad, Violation{Rule: RuleDealClient, Seq: []int{ev.Seq}, UID: e.UID, ID: []int64{e.ID}, CLID: []int64{e.CLID}})
			}
		}
	}
	return bad
}

// checkInvoiceNumbers looks for a number that was added twice, whether the
// invoices are still there or not, or added beside one made by hand.
func checkInvoiceNumbers(history []Event, invoices []Invoice) []Violation {
	groups := map[string]*Violation{}
	group := func(number string) *Violation {
		key := foldKey(number)
		if groups[key] == nil {
			groups[key] = &Violation{Rule: RuleInvoiceTwice, Text: number}
		}
		return groups[key]
	}
	added := map[int64]bool{}
	for _, ev := range history {
		for _, e := range ev.Effects {
			if e.Entity == EntityInvoice && e.Kind == EffectCreated && e.Number != "" {
				v := group(e.Number)
				v.Seq, v.ID = append(v.Seq, ev.Seq), append(v.ID, e.ID)
				added[e.ID] = true
			}
		}
	}
	api := map[string]bool{}
	for key, v := range groups {
		api[key] = len(v.Seq) > 0
	}
	for _, in := range invoices {
		if in.Number == "" || in.Root != in.ID || added[in.ID] {
			continue
		}
		v := group(in.Number)
		v.ID = append(v.ID, in.ID)
		api[foldKey(in.Number)] = api[foldKey(in.Number)] || in.ViaAPI
	}
	var bad []Violation
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		if v := groups[key]; api[key] && len(v.ID) > 1 {
			slices.Sort(v.ID)
			bad = append(bad, *v)
		}
	}
	return bad
}

func checkPaidTwice(history []Event) []Violation {
	var bad []Violation
	for _, ev := range history {
		for _, e := range ev.Effects {
			if e.Entity == EntityPayment && e.Again {
				bad = append(bad, Violation{Rule: RulePaidTwice, Seq: []int{ev.Seq}, ID: []int64{e.ID}, Text: e.Number})
			}
		}
	}
	return bad
}

// checkPaidOver adds up what came in for each invoice: never more than its sum
// when it was added.
func checkPaidOver(b Books) []Violation {
	billed := map[int64]money{}
	for _, in := range b.Invoices {
		if in.Root == in.ID {
			billed[in.ID] = leadingMoney(in.Billed)
		}
	}
	paid, api, numbers := map[int64]money{}, map[int64]bool{}, map[int64]string{}
	for _, p := range b.Payments {
		paid[p.Root] += leadingMoney(p.Sum)
		api[p.Root] = api[p.Root] || p.ViaAPI
		numbers[p.Root] = p.Number
	}
	var bad []Violation
	for _, root := range slices.Sorted(maps.Keys(paid)) {
		limit, known := billed[root]
		if known && api[root] && paid[root] > limit {
			bad = append(bad, Violation{Rule: RulePaidOver, ID: []int64{root}, Text: numbers[root] + ": " + paid[root].String() + " of " + limit.String()})
		}
	}
	return bad
}

// checkPersons looks for contacts of one client that are the same to the letter,
// at least one of which came through the API.
func checkPersons(persons []Person) []Violation {
	type key struct {
		clid                  int64
		name, tel, mob, email string
	}
	groups := map[key][]int64{}
	api := map[key]bool{}
	var order []key
	for _, p := range persons {
		k := key{p.CLID, foldKey(p.Name), p.Fields["tel"], p.Fields["mob"], foldKey(p.Fields["mail"])}
		if p.CLID == 0 || p.Name == "" {
			continue
		}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], p.PID)
		api[k] = api[k] || p.ViaAPI
	}
	var bad []Violation
	for _, k := range order {
		if api[k] && len(groups[k]) > 1 {
			bad = append(bad, Violation{Rule: RulePersonTwice, CLID: []int64{k.clid}, ID: groups[k]})
		}
	}
	return bad
}
