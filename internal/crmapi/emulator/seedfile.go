package emulator

import (
	"errors"
	"fmt"
	"io"

	"gopkg.in/yaml.v3"
)

// SeedFile is a CRM written down by hand, in YAML or JSON.
type SeedFile struct {
	Logins       []Login  `yaml:"logins"`
	ActiveFields []string `yaml:"active_fields"`
	AllFields    bool     `yaml:"all_fields"`
	Telephony    bool     `yaml:"telephony"`
	Guides       Guides   `yaml:"guides"`
	FirstCLID    int64    `yaml:"first_clid"`
	Clients      []Client `yaml:"clients"`
	// ActiveDealFields switches the form of deals, DealFormat what generated
	// titles begin with, as in Options.
	ActiveDealFields []string  `yaml:"active_deal_fields"`
	DealFormat       string    `yaml:"deal_format"`
	Deals            []Deal    `yaml:"deals"`
	Invoices         []Invoice `yaml:"invoices"`
	Persons          []Person  `yaml:"persons"`
}

// ReadSeed reads a seed file. Unknown keys are errors; an empty file is an empty
// CRM.
func ReadSeed(r io.Reader) (SeedFile, error) {
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	var f SeedFile
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return SeedFile{}, fmt.Errorf("seed file: %w", err)
	}
	return f, nil
}

// some tells whether any list is given.
func (g Guides) some() bool {
	return g.Category != nil || g.Territory != nil || g.Relations != nil || g.ClientPath != nil || g.Directions != nil ||
		g.DealTypes != nil || g.Steps != nil || g.CloseStatuses != nil
}

// NewSeeded returns a CRM with the contents of a seed file. What the file says
// wins over the same in the options.
func NewSeeded(o Options, f SeedFile) (*Server, error) {
	if f.Logins != nil {
		o.Logins = f.Logins
	}
	if f.ActiveFields != nil {
		o.ActiveFields, o.AllFields = f.ActiveFields, false
	}
	if f.AllFields {
		o.AllFields = true
	}
	if f.FirstCLID != 0 {
		o.FirstCLID = f.FirstCLID
	}
	o.Telephony = o.Telephony || f.Telephony
	if f.ActiveDealFields != nil {
		o.ActiveDealFields = f.ActiveDealFields
	}
	if f.DealFormat != "" {
		o.DealFormat = f.DealFormat
	}
	if f.Guides.some() {
		o.Guides = f.Guides
	}
	s := New(o)
	if err := s.Seed(f.Clients...); err != nil {
		return nil, err
	}
	if err := s.SeedPerson(f.Persons...); err != nil {
		return nil, err
	}
	if err := s.SeedDeal(f.Deals...); err != nil {
		return nil, err
	}
	if err := s.SeedInvoice(f.Invoices...); err != nil {
		return nil, err
	}
	return s, nil
}
