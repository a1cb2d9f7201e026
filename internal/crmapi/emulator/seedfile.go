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
	if g := f.Guides; g.Category != nil || g.Territory != nil || g.Relations != nil || g.ClientPath != nil {
		o.Guides = g
	}
	s := New(o)
	if err := s.Seed(f.Clients...); err != nil {
		return nil, err
	}
	return s, nil
}
