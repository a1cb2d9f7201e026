package reconcile

import (
	"cmp"
	"slices"
)

// Key names a kind of evidence.
type Key string

// The kinds, as `suspect:` spells them.
const (
	ByINN   Key = "inn"
	ByPhone Key = "phone"
	ByMail  Key = "mail"
	ByTitle Key = "title"
	// ByNatural is spelled in no configuration: it links wherever there is one.
	ByNatural Key = "natural"
)

// MatchOptions is what a job looks for before it adds.
type MatchOptions struct {
	INNKPP bool // `match: [inn_kpp]`: an equal ИНН, and КПП where both have one, links
	// Suspect…: a shared key never links, and turns the add into a hold.
	SuspectINN, SuspectPhone, SuspectMail, SuspectTitle bool
}

// Suspect is a CRM client that may be the same one.
type Suspect struct {
	CLID int64
	By   Key // the first kind that both share, in the order inn, phone, mail, title
}

// Matching is what the mirror knows of a record that is about to be added. The
// lists are ascending by clid.
type Matching struct {
	Link     []int64   // same by the job's own rule; more than one is ambiguous
	Suspects []Suspect // share a key; those of Link are not repeated
	Trashed  []int64   // the same or suspect, but in the CRM's trash
}

// matchesPerKey bounds what one shared key (a placeholder number that half the
// CRM carries) may cost and list; one is enough to hold, two to be ambiguous.
const matchesPerKey = 64

// Match finds the clients that are, or may be, the record with these keys.
// Only clients without a uid that nobody is linked to count (linked tells; nil
// = nobody is). A client in the trash is listed apart. Of one key at most 64
// clients are listed, those put last first.
func (m *Mirror) Match(k Keys, opts MatchOptions, linked func(clid int64) bool) Matching {
	var out Matching
	seen := make(map[uint32]bool)
	look := func(by Key, kind keyKind, text string, suspect bool) {
		natural := by == ByNatural
		if text == "" || !natural && !suspect && (by != ByINN || !opts.INNKPP) {
			return
		}
		found := 0
		// Whoever carries a uid has no such key here, see Put.
		for n := range m.keys.all(hashKey(kind, text)) {
			s := &m.slots[n]
			if seen[n] || s.state&slotDead != 0 || linked != nil && linked(s.clid) {
				continue
			}
			links := natural || by == ByINN && opts.INNKPP && !k.INNDoubtful && !differHash(s.kpp, k.KPP)
			switch {
			case !links && !suspect:
				continue
			case s.state&slotTrash != 0:
				out.Trashed = append(out.Trashed, s.clid)
			case links:
				out.Link = append(out.Link, s.clid)
			default:
				out.Suspects = append(out.Suspects, Suspect{CLID: s.clid, By: by})
			}
			seen[n] = true
			if found++; found == matchesPerKey {
				return
			}
		}
	}
	look(ByNatural, keyNatural, k.Natural, false)
	look(ByINN, keyINN, k.INN, opts.SuspectINN)
	for _, p := range k.Phones {
		look(ByPhone, keyPhone, p, opts.SuspectPhone)
	}
	for _, a := range k.Mails {
		look(ByMail, keyMail, a, opts.SuspectMail)
	}
	look(ByTitle, keyTitle, k.Title, opts.SuspectTitle)

	slices.Sort(out.Link)
	slices.Sort(out.Trashed)
	slices.SortFunc(out.Suspects, func(a, b Suspect) int { return cmp.Compare(a.CLID, b.CLID) })
	return out
}

// differHash reports that both КПП are known and not equal.
func differHash(kpp uint32, text string) bool {
	return kpp != 0 && text != "" && kpp != hashKPP(text)
}
