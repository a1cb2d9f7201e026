package engine

import (
	"slices"

	"syncd/internal/reconcile"
)

// AdoptBy is what a record and a client have in common, the strongest first.
type AdoptBy string

// The kinds of likeness.
const (
	AdoptByUID    AdoptBy = "uid"  // the client carries the record's uid
	AdoptByCLID   AdoptBy = "clid" // the source itself names the client
	AdoptByAnswer AdoptBy = "crm"  // the CRM has answered that they are one
	AdoptByINNKPP AdoptBy = "inn+kpp"
	AdoptByINN    AdoptBy = "inn" // one side has no КПП
	AdoptByPhone  AdoptBy = "phone"
	AdoptByMail   AdoptBy = "mail"
	AdoptByTitle  AdoptBy = "title"
)

// AdoptDoubt is why a person has to look.
type AdoptDoubt string

// The doubts. "" is none.
const (
	DoubtWeak    AdoptDoubt = "weak"    // what they share does not prove that they are one
	DoubtDiffers AdoptDoubt = "differs" // they share something, and ИНН or КПП differ
	DoubtSeveral AdoptDoubt = "several" // several clients fit
	DoubtRivals  AdoptDoubt = "rivals"  // several records fit the client
	DoubtTaken   AdoptDoubt = "taken"   // the client belongs to another record
	DoubtTrash   AdoptDoubt = "trash"   // the client is in the CRM's trash
	DoubtTwin    AdoptDoubt = "twin"    // another record has the same ИНН and КПП, and the CRM has neither
)

// AdoptMatch is what adoption proposes for a record.
type AdoptMatch struct {
	Take  string // link, add, or "" where a person has to look
	By    AdoptBy
	Doubt AdoptDoubt
	// CLIDs are the clients that fit, ascending; the first is the one to show.
	CLIDs []int64
	// Rivals are the uids of the other records, with DoubtRivals and DoubtTwin.
	Rivals []string
}

// adoptIndex finds clients by what they have. Those with a uid, an owner or in
// the trash are there by uid and ИНН alone.
type adoptIndex struct {
	uid, inn, phone, mail, title map[string][]*AdoptClient
}

func (a *Adoption) index(fold func(string) string) adoptIndex {
	x := adoptIndex{
		uid: map[string][]*AdoptClient{}, inn: map[string][]*AdoptClient{}, phone: map[string][]*AdoptClient{},
		mail: map[string][]*AdoptClient{}, title: map[string][]*AdoptClient{},
	}
	put := func(to map[string][]*AdoptClient, key string, c *AdoptClient) {
		if key != "" {
			to[key] = append(to[key], c)
		}
	}
	for _, c := range a.Clients {
		e := &c.Entry
		put(x.inn, e.Keys.INN, c)
		if e.UID != "" {
			put(x.uid, fold(e.UID), c)
			continue
		}
		if a.Owners[e.CLID] != "" {
			continue
		}
		for _, p := range e.Keys.Phones {
			put(x.phone, p, c)
		}
		for _, m := range e.Keys.Mails {
			put(x.mail, m, c)
		}
		put(x.title, e.Keys.Title, c)
	}
	return x
}

// propose decides about every record what to propose.
func (a *Adoption) propose(fold func(string) string) {
	x := a.index(fold)
	var claims reconcile.Claims
	twins := map[string][]string{}
	for i := range a.Records {
		r := &a.Records[i]
		r.Match = a.match(&x, r, fold(r.UID))
		if r.Match.Take == takeLink {
			claims.Add(r.UID, r.Match.CLIDs[0])
		}
		if k := twinKey(r); k != "" {
			twins[k] = append(twins[k], r.UID)
		}
	}
	linked := int64(0)
	for i := range a.Records {
		r := &a.Records[i]
		switch r.Match.Take {
		case takeLink:
			if others := without(claims.Rivals(r.Match.CLIDs[0]), r.UID); len(others) > 0 {
				r.Match.Take, r.Match.Doubt, r.Match.Rivals = "", DoubtRivals, others
				continue
			}
			linked++
		case takeAdd:
			if others := without(twins[twinKey(r)], r.UID); len(others) > 0 {
				r.Match = AdoptMatch{By: AdoptByINNKPP, Doubt: DoubtTwin, Rivals: others}
			}
		}
	}
	free := int64(0)
	for clid, c := range a.Clients {
		if c.Entry.UID == "" && !c.Entry.Trash && a.Owners[clid] == "" {
			free++
		}
	}
	for i := range a.Records { // a client that carries the uid was none of the free ones
		if r := &a.Records[i]; r.Match.Take == takeLink && a.Clients[r.Match.CLIDs[0]].Entry.UID != "" {
			linked--
		}
	}
	a.Strangers = free - linked
}

// twinKey is equal for records of the source that are likely one client.
func twinKey(r *AdoptRecord) string {
	if r.Keys.INN == "" || r.Keys.INNDoubtful {
		return ""
	}
	return r.Keys.INN + "/" + r.Keys.KPP
}

func without(list []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == one })
}

// match looks for the client that a record is, by the strongest likeness that
// finds any.
func (a *Adoption) match(x *adoptIndex, r *AdoptRecord, uid string) AdoptMatch {
	if same := x.uid[uid]; len(same) > 0 {
		return a.proven(AdoptByUID, same)
	}
	if c := a.Clients[r.CLID]; c != nil {
		return a.proven(AdoptByCLID, []*AdoptClient{c})
	}
	if c := a.Clients[r.Exists]; c != nil {
		m := a.proven(AdoptByAnswer, []*AdoptClient{c})
		if m.Take != "" {
			m.Take, m.Doubt = "", DoubtDiffers // else the run had linked them
		}
		return m
	}
	if m, ok := a.matchINN(x, r); ok {
		return m
	}
	if m, ok := a.matchContact(AdoptByPhone, r, found(x.phone, r.Keys.Phones)); ok {
		return m
	}
	if m, ok := a.matchContact(AdoptByMail, r, found(x.mail, r.Keys.Mails)); ok {
		return m
	}
	if r.Keys.Title != "" {
		if m, ok := a.matchContact(AdoptByTitle, r, x.title[r.Keys.Title]); ok {
			return m
		}
	}
	return AdoptMatch{Take: takeAdd}
}

// proven proposes to link with the only client that is certain to be the one,
// if it can be linked at all.
func (a *Adoption) proven(by AdoptBy, list []*AdoptClient) AdoptMatch {
	m := AdoptMatch{By: by, CLIDs: clidsOf(list)}
	c := list[0]
	switch {
	case len(list) > 1:
		m.Doubt = DoubtSeveral
	case c.Entry.Trash:
		m.Doubt = DoubtTrash
	case a.Owners[c.Entry.CLID] != "" || c.Entry.UID != "" && by != AdoptByUID:
		m.Doubt = DoubtTaken
	default:
		m.Take = takeLink
	}
	return m
}

func (a *Adoption) matchINN(x *adoptIndex, r *AdoptRecord) (AdoptMatch, bool) {
	var same, other []*AdoptClient
	for _, c := range x.inn[r.Keys.INN] {
		switch {
		case differs(r.Keys.KPP, c.Entry.Keys.KPP):
			other = append(other, c)
		default:
			same = append(same, c)
		}
	}
	free := slices.DeleteFunc(slices.Clone(same), func(c *AdoptClient) bool {
		return c.Entry.UID != "" || c.Entry.Trash || a.Owners[c.Entry.CLID] != ""
	})
	by := AdoptByINN
	switch {
	case r.Keys.INN == "":
		return AdoptMatch{}, false
	case len(free) == 1 && (r.Keys.INNDoubtful || free[0].Entry.Keys.INNDoubtful):
		return AdoptMatch{By: by, Doubt: DoubtWeak, CLIDs: clidsOf(free)}, true
	case len(free) > 0:
		if r.Keys.KPP != "" && !slices.ContainsFunc(free, func(c *AdoptClient) bool { return c.Entry.Keys.KPP == "" }) {
			by = AdoptByINNKPP
		}
		return a.proven(by, free), true
	case len(same) > 0:
		return a.proven(by, same), true
	case len(other) > 0:
		return AdoptMatch{By: by, Doubt: DoubtDiffers, CLIDs: clidsOf(other)}, true
	}
	return AdoptMatch{}, false
}

func differs(a, b string) bool { return a != "" && b != "" && a != b }

// matchContact weighs clients that share a number, a mail or the title. One of
// them links only together with the title.
func (a *Adoption) matchContact(by AdoptBy, r *AdoptRecord, list []*AdoptClient) (AdoptMatch, bool) {
	if len(list) == 0 {
		return AdoptMatch{}, false
	}
	agreed := slices.DeleteFunc(slices.Clone(list), func(c *AdoptClient) bool {
		_, why := reconcile.Evidence{Source: r.Keys, CRM: c.Entry}.Compare()
		return why == reconcile.ReasonMatchDiffers
	})
	if len(agreed) == 0 {
		return AdoptMatch{By: by, Doubt: DoubtDiffers, CLIDs: clidsOf(list)}, true
	}
	titled := slices.DeleteFunc(slices.Clone(agreed), func(c *AdoptClient) bool {
		return r.Keys.Title == "" || c.Entry.Keys.Title != r.Keys.Title
	})
	switch {
	case by != AdoptByTitle && len(titled) == 1:
		m := a.proven(by, titled)
		return m, true
	case len(agreed) > 1:
		return AdoptMatch{By: by, Doubt: DoubtSeveral, CLIDs: clidsOf(agreed)}, true
	}
	m := a.proven(by, agreed)
	if m.Take != "" {
		m.Take, m.Doubt = "", DoubtWeak
	}
	return m, true
}

// found gathers the clients that have one of the keys, each once.
func found(in map[string][]*AdoptClient, keys []string) []*AdoptClient {
	var out []*AdoptClient
	for _, k := range keys {
		for _, c := range in[k] {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// adoptShown is how many clients are named when many fit: of a number that half
// the CRM carries, the rest would help nobody.
const adoptShown = 20

func clidsOf(list []*AdoptClient) []int64 {
	out := make([]int64, len(list))
	for i, c := range list {
		out[i] = c.Entry.CLID
	}
	slices.Sort(out)
	return out[:min(len(out), adoptShown)]
}
