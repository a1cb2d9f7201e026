package emulator

import (
	"errors"
	"fmt"
)

// Invoice is a line of the CRM's plan of payments: an invoice, or what was left
// of it after it was paid in part. Sums are decimals with two places.
type Invoice struct {
	ID   int64 `json:"id,omitempty" yaml:"id"` // crid; 0 in a seed: the next free one
	DID  int64 `json:"did" yaml:"did"`
	CLID int64 `json:"clid,omitempty" yaml:"clid"` // 0 in a seed: the deal's client
	// Number need not be unique in the CRM.
	Number   string `json:"number,omitempty" yaml:"number"`
	Date     string `json:"date,omitempty" yaml:"date"` // "YYYY-MM-DD HH:MM:SS", a day in a seed; "": today
	Plan     string `json:"plan,omitempty" yaml:"plan"`
	Sum      string `json:"sum,omitempty" yaml:"sum"` // "" in a seed: the deal's
	VAT      string `json:"vat,omitempty" yaml:"vat"`
	Paid     bool   `json:"paid,omitempty" yaml:"paid"`
	PaidOn   string `json:"paid_on,omitempty" yaml:"paid_on"`
	Contract string `json:"contract,omitempty" yaml:"contract"`
	Account  int64  `json:"account,omitempty" yaml:"account"` // 0 in a seed: the main one
	Type     string `json:"type,omitempty" yaml:"type"`
	// Root is the ID of the invoice that this is a part of: its own, unless a
	// payment in part split it off. Billed is the root's sum when it was added.
	// Both are ignored in a seed.
	Root   int64  `json:"root,omitempty" yaml:"-"`
	Billed string `json:"billed,omitempty" yaml:"-"`
	// ViaAPI tells that the invoice was added through the API; ignored in a seed.
	ViaAPI bool `json:"via_api,omitempty" yaml:"-"`
}

// Payment is money that the CRM was told of, in the order of arrival. The CRM
// knows only the paid lines; paying one twice leaves no other trace in it than
// the balance of the account.
type Payment struct {
	Invoice int64  `json:"invoice"` // the line that was marked
	Root    int64  `json:"root"`    // as Invoice.Root
	DID     int64  `json:"did"`
	Number  string `json:"number,omitempty"`
	Sum     string `json:"sum"`
	On      string `json:"on,omitempty"` // the day; "": the server lost it
	Account int64  `json:"account,omitempty"`
	Again   bool   `json:"again,omitempty"`   // the line was paid already
	ViaAPI  bool   `json:"via_api,omitempty"` // not by hand
}

// ErrNoInvoice is the error of changing an invoice that is not there.
var ErrNoInvoice = errors.New("no such invoice")

// SeedInvoice stores invoices as they are; a paid one counts as money that came
// in by hand. An unknown deal and an ID that is taken are errors, and the
// invoices before the bad one stay.
func (s *Server) SeedInvoice(invoices ...Invoice) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, in := range invoices {
		r, err := s.seedInvoice(in)
		if err == nil && in.ID != 0 && s.db.ledger.invoice(in.ID) != nil {
			err = errors.New("the id is taken")
		}
		if err != nil {
			return fmt.Errorf("seed invoice %d (id %d): %w", i+1, in.ID, err)
		}
		s.db.putInvoice(r)
		if in.Paid {
			on := orEmpty(r.PaidOn)
			s.db.pay(r, r.Sum, &on, false)
		}
	}
	return nil
}

func (s *Server) seedInvoice(in Invoice) (*invoiceRow, error) {
	d := s.db.ledger.deal(in.DID)
	if d == nil {
		return nil, ErrNoDeal
	}
	r := &invoiceRow{
		ID: in.ID, DID: in.DID, CLID: in.CLID, Owner: d.Owner, Do: "no", Sum: d.Sum, Account: in.Account, At: s.now(),
		Plan: databaseDay(in.Plan),
	}
	if r.CLID == 0 {
		r.CLID = d.CLID
	}
	if r.Account == 0 {
		r.Account = mainAccount
	}
	if in.Date != "" {
		r.At = databaseDate(in.Date)
	}
	for _, part := range []struct {
		value string
		into  *money
	}{{in.Sum, &r.Sum}, {in.VAT, &r.VAT}} {
		if part.value == "" {
			continue
		}
		m, err := parseMoney(part.value)
		if err != nil {
			return nil, err
		}
		*part.into = m
	}
	for _, part := range []struct {
		value  string
		length int
		into   **string
	}{{in.Number, 20, &r.Number}, {in.Contract, 40, &r.Contract}, {in.Type, 255, &r.Type}} {
		if part.value != "" {
			v := storable(part.value, part.length)
			*part.into = &v
		}
	}
	if in.Paid {
		on := in.PaidOn
		if on == "" {
			on = s.today()
		}
		r.PaidOn = databaseDay(on)
	}
	return r, nil
}

// PayInvoice pays an open invoice by hand, sum "" in full. Part of it leaves the
// rest as a line of its own.
func (s *Server) PayInvoice(id int64, sum string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.db.ledger.invoice(id)
	if r == nil {
		return fmt.Errorf("invoice %d: %w", id, ErrNoInvoice)
	}
	if r.paid() {
		return fmt.Errorf("invoice %d: is paid", id)
	}
	paid := r.Sum
	if sum != "" {
		m, err := parseMoney(sum)
		if err != nil {
			return fmt.Errorf("invoice %d: %w", id, err)
		}
		paid = m
	}
	if paid <= 0 || paid > r.Sum {
		return fmt.Errorf("invoice %d: the sum is not within the invoice", id)
	}
	on := s.today()
	s.db.pay(r, paid, &on, false)
	if left := r.Sum - paid; left > 0 {
		rest := *r
		rest.ID, rest.Sum, rest.VAT, rest.PaidOn = 0, left, 0, nil
		s.db.split(r, &rest)
	}
	return nil
}

// DeleteInvoice removes a line of the plan of payments.
func (s *Server) DeleteInvoice(id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db.ledger.invoice(id) == nil {
		return fmt.Errorf("invoice %d: %w", id, ErrNoInvoice)
	}
	s.db.removeInvoice(id)
	return nil
}

// Invoices returns every line of the plan of payments, sorted by ID.
func (s *Server) Invoices() []Invoice {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Invoice, len(s.db.invoices))
	for i, r := range s.db.invoices {
		list[i] = r.public()
	}
	return list
}

// InvoicesOf returns the lines of a deal.
func (s *Server) InvoicesOf(did int64) []Invoice {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Invoice
	for _, r := range s.db.invoicesOf(did) {
		list = append(list, r.public())
	}
	return list
}

func (i *invoiceRow) public() Invoice {
	return Invoice{
		ID: i.ID, DID: i.DID, CLID: i.CLID, Number: orEmpty(i.Number), Date: i.At, Plan: orEmpty(i.Plan), Sum: i.Sum.String(),
		VAT: i.VAT.String(), Paid: i.paid(), PaidOn: orEmpty(i.PaidOn), Contract: orEmpty(i.Contract), Account: i.Account,
		Type: orEmpty(i.Type), Root: i.Root, Billed: i.Billed.String(), ViaAPI: i.ViaAPI,
	}
}

// Payments returns what the CRM was told to have come in, oldest first.
func (s *Server) Payments() []Payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Payment, len(s.db.payments))
	for i, p := range s.db.payments {
		list[i] = Payment{
			Invoice: p.Invoice, Root: p.Root, DID: p.DID, Number: p.Number, Sum: p.Sum.String(), On: p.On, Account: p.Account,
			Again: p.Again, ViaAPI: p.ViaAPI,
		}
	}
	return list
}
