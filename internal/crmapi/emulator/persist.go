package emulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// saved is the whole store in its file and snapshot form.
type saved struct {
	Version   int             `json:"version"`
	Next      int64           `json:"next_clid"`
	History   int64           `json:"history"`
	Telephony bool            `json:"telephony"`
	Logins    []Login         `json:"logins"`
	Active    map[string]bool `json:"active_fields"`
	Category  []entry         `json:"category"`
	Territory []entry         `json:"territory"`
	Relation  []entry         `json:"relations"`
	Path      []entry         `json:"clientpath"`
	Rows      []savedRow      `json:"clients"`
	Books     *savedBooks     `json:"books,omitempty"` // nil in files of before there were any
}

// savedBooks are deals, invoices, payments and contacts with their lists.
type savedBooks struct {
	Deals         []*dealRow      `json:"deals"`
	Invoices      []*invoiceRow   `json:"invoices"`
	Payments      []paymentRow    `json:"payments"`
	Persons       []*personRow    `json:"persons"`
	NextDeal      int64           `json:"next_did"`
	NextLine      int64           `json:"next_spid"`
	NextInvoice   int64           `json:"next_crid"`
	NextPerson    int64           `json:"next_pid"`
	DealNumber    int64           `json:"deal_number"`
	InvoiceNumber int64           `json:"invoice_number"`
	DealFormat    string          `json:"deal_format"`
	DealFields    map[string]bool `json:"deal_fields"`
	PersonFields  map[string]bool `json:"person_fields"`
	Guides        dealGuides      `json:"guides"`
}

type savedRow struct {
	CLID    int64             `json:"clid"`
	Text    map[string]string `json:"text"` // a column that is missing is null
	Number  map[string]int64  `json:"number,omitempty"`
	Deals   bool              `json:"deals,omitempty"`
	History int               `json:"history,omitempty"`
	ViaAPI  bool              `json:"via_api,omitempty"`
}

const savedVersion = 1

// Snapshot is the state of the CRM at one moment, for Restore. It does not
// change.
type Snapshot struct{ data saved }

// Snapshot copies clients, deals, invoices, payments, contacts, dictionaries,
// users and settings; history and fault plan are not part of it.
func (s *Server) Snapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Snapshot{data: s.db.save()}
}

// Restore puts the CRM back to a snapshot, as from a backup: clids given since
// will be given again.
func (s *Server) Restore(snap *Snapshot) {
	db := snap.data.store()
	s.mu.Lock()
	defer s.mu.Unlock()
	// Versions only grow, or the page cache would answer from the time before.
	db.version = s.db.version + uint64(len(db.rows)) + 1
	s.db = db
}

// Save writes the state to a file, whole or not at all.
func (s *Server) Save(path string) error {
	b, err := json.Marshal(s.Snapshot().data)
	if err != nil {
		return fmt.Errorf("save store: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".store-*")
	if err != nil {
		return fmt.Errorf("save store: %w", err)
	}
	_, err = tmp.Write(b)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the error above is what counts
		return fmt.Errorf("save store: %w", err)
	}
	return nil
}

// Load replaces the state by that of a file that Save wrote. On an error the
// state stays as it is.
func (s *Server) Load(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("load store: %w", err)
	}
	var snap Snapshot
	if err := json.Unmarshal(b, &snap.data); err != nil {
		return fmt.Errorf("load store %s: %w", path, err)
	}
	if snap.data.Version != savedVersion {
		return fmt.Errorf("load store %s: version %d is not %d", path, snap.data.Version, savedVersion)
	}
	s.Restore(&snap)
	return nil
}

func (s *store) save() saved {
	d := saved{
		Version: savedVersion, Next: s.next, History: s.history, Telephony: s.tel,
		Logins: append([]Login{}, s.logins...), Active: map[string]bool{},
		Category: s.guides.category.copy(), Territory: s.guides.territory.copy(),
		Relation: s.guides.relation.copy(), Path: s.guides.path.copy(),
		Rows: make([]savedRow, len(s.rows)),
	}
	for name, on := range s.fields.active {
		d.Active[name] = on
	}
	for i, r := range s.rows {
		d.Rows[i] = r.save()
	}
	d.Books = s.saveBooks()
	return d
}

// saveBooks shares the rows with the store: stored ones are not changed.
func (s *store) saveBooks() *savedBooks {
	return &savedBooks{
		Deals: slices.Clone(s.deals), Invoices: slices.Clone(s.invoices), Payments: slices.Clone(s.payments),
		Persons: slices.Clone(s.persons), NextDeal: s.nextDeal, NextLine: s.nextLine, NextInvoice: s.ledger.nextInvoice,
		NextPerson: s.nextPerson, DealNumber: s.dealNumber, InvoiceNumber: s.invoiceNumber, DealFormat: s.dealFormat,
		DealFields: maps.Clone(s.dealFields), PersonFields: maps.Clone(s.personFields), Guides: *s.dealGuides,
	}
}

func (b *savedBooks) into(s *store) {
	guides := b.Guides
	s.ledger = ledger{
		deals: slices.Clone(b.Deals), invoices: slices.Clone(b.Invoices), payments: slices.Clone(b.Payments),
		persons: slices.Clone(b.Persons), byDealUID: idIndex{}, byNumber: idIndex{}, dealsOf: map[int64]int{}, nextDeal: b.NextDeal, nextLine: b.NextLine, nextInvoice: b.NextInvoice,
		nextPerson: b.NextPerson, dealNumber: b.DealNumber, invoiceNumber: b.InvoiceNumber,
	}
	for _, d := range s.deals {
		s.byDealUID.add(d.UID, d.DID)
		s.dealsOf[d.CLID]++
	}
	for _, r := range s.invoices {
		s.byNumber.add(r.Number, r.ID)
	}
	s.dealFormat, s.dealGuides = b.DealFormat, &guides
	s.dealFields, s.personFields = maps.Clone(b.DealFields), maps.Clone(b.PersonFields)
}

func (d *dictionary) copy() []entry { return append([]entry{}, d.entries...) }

func (r *row) save() savedRow {
	sr := savedRow{CLID: r.clid, Text: map[string]string{}, Number: map[string]int64{}, Deals: r.deals, History: r.history, ViaAPI: r.viaAPI}
	for col := range textColumns {
		if r.text[col] != nil {
			sr.Text[textSchema[col].name] = *r.text[col]
		}
	}
	for n := range numberColumns {
		if r.num[n] != 0 {
			sr.Number[numberSchema[n]] = r.num[n]
		}
	}
	return sr
}

func (d saved) store() *store {
	s := newStore(Options{FirstCLID: d.Next, Logins: d.Logins, Telephony: d.Telephony})
	s.history = d.History
	s.fields = fields{active: map[string]bool{}}
	for name, on := range d.Active {
		s.fields.active[name] = on
	}
	s.guides = guides{
		category: newDictionary(d.Category...), territory: newDictionary(d.Territory...),
		relation: newDictionary(d.Relation...), path: newDictionary(d.Path...),
	}
	for _, sr := range d.Rows {
		s.put(sr.row())
	}
	if d.Books != nil {
		d.Books.into(s)
	}
	return s
}

func (sr savedRow) row() *row {
	r := &row{clid: sr.CLID, deals: sr.Deals, history: sr.History, viaAPI: sr.ViaAPI}
	for col := range textColumns {
		if v, ok := sr.Text[textSchema[col].name]; ok {
			r.text[col] = &v
		}
	}
	for n := range numberColumns {
		r.num[n] = sr.Number[numberSchema[n]]
	}
	return r
}
