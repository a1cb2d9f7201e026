package emulator

import "strings"

// contactsOf reads the list of a deal's contacts as a request has it: an array, or
// pids with commas or semicolons between them.
func contactsOf(v any) []int64 {
	var parts []any
	if list, ok := v.(*array); ok {
		for _, k := range list.keys {
			parts = append(parts, list.vals[k])
		}
	} else {
		for s := range strings.FieldsFuncSeq(cast(v), func(r rune) bool { return r == ',' || r == ';' }) {
			parts = append(parts, s)
		}
	}
	var pids []int64
	for _, part := range parts {
		if pid := integer(part); pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids
}

// contactCards are the contacts of a deal as its card shows them: the client's main
// one for a deal without any, and nothing at all where the client has no main one.
func (c *call) contactCards(d *dealRow) []any {
	r := c.s.db.byCLID[d.CLID]
	if r == nil || r.num[numPerson] <= 0 {
		return nil
	}
	pids := d.Contacts
	if len(pids) == 0 {
		pids = []int64{r.num[numPerson]}
	}
	var cards []any
	for _, pid := range pids {
		var text personText // of one that is gone nulls
		if pr := c.s.db.ledger.person(pid); pr != nil {
			text = pr.Text
		}
		cards = append(cards, object{
			{"pid", pid},
			{"title", text.get("person")},
			{"post", text.get("ptitle")},
			{"phone", text.get("tel")},
			{"mob", text.get("mob")},
			{"email", text.get("mail")},
		})
	}
	return cards
}
