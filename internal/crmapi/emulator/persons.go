package emulator

import (
	"errors"
	"fmt"
	"maps"
)

// Person is a contact as the CRM holds it.
type Person struct {
	PID  int64  `json:"pid,omitempty" yaml:"pid"` // 0 in a seed: the next free one
	CLID int64  `json:"clid,omitempty" yaml:"clid"`
	Name string `json:"name" yaml:"name"`
	// Owner is the login of the owner; in a seed "" is the first login, "-"
	// nobody.
	Owner string `json:"owner,omitempty" yaml:"owner"`
	// Main makes it the main contact of its client.
	Main bool `json:"main,omitempty" yaml:"main"`
	// Created in a seed: "" is now.
	Created string `json:"created,omitempty" yaml:"created"`
	Edited  string `json:"edited,omitempty" yaml:"edited"`
	// Fields holds the other fields by their API name: ptitle, tel, fax, mob, mail,
	// rol, social, input1…input10. A missing one is null.
	Fields map[string]string `json:"fields,omitempty" yaml:"fields"`
	// ViaAPI tells that the contact was created through the API; ignored in a seed.
	ViaAPI bool `json:"via_api,omitempty" yaml:"-"`
}

// ErrNoPerson is the error of changing a contact that is not there.
var ErrNoPerson = errors.New("no such contact")

// SeedPerson stores contacts as they are. Unknown fields and owners and a pid
// that is taken are errors, and the contacts before the bad one stay.
func (s *Server) SeedPerson(persons ...Person) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, p := range persons {
		r, err := s.seedPerson(p)
		if err == nil && p.PID != 0 && s.db.ledger.person(p.PID) != nil {
			err = errors.New("the pid is taken")
		}
		if err != nil {
			return fmt.Errorf("seed contact %d (pid %d): %w", i+1, p.PID, err)
		}
		s.db.putPerson(r)
		if cl := s.db.byCLID[r.CLID]; p.Main && cl != nil {
			s.db.change(cl, func(cl *row) { cl.num[numPerson] = r.PID })
		}
	}
	return nil
}

func (s *Server) seedPerson(p Person) (*personRow, error) {
	owner, err := s.seedOwner(Client{Owner: p.Owner})
	if err != nil {
		return nil, err
	}
	r := &personRow{PID: p.PID, CLID: p.CLID, Owner: owner, Created: s.now(), Creator: s.db.firstLogin(), Text: personText{"person": storable(p.Name, 250)}}
	if p.Created != "" {
		r.Created = p.Created
	}
	if p.Edited != "" {
		r.Edited = &p.Edited
	}
	for name, value := range p.Fields {
		if err := r.set(name, value); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// set stores a value by API name, in a map of its own.
func (r *personRow) set(name, value string) error {
	if name == "clid" {
		r.CLID = leadingInt(value)
		return nil
	}
	length, ok := personColumn(name)
	if !ok {
		return fmt.Errorf("field %s: unknown", name)
	}
	r.Text = maps.Clone(r.Text)
	r.Text[name] = storable(value, length)
	return nil
}

// EditPerson sets a field as a CRM user would: person (the name), clid or any
// field of Person.Fields. The date of the last change moves.
func (s *Server) EditPerson(pid int64, field, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.db.ledger.person(pid)
	if r == nil {
		return fmt.Errorf("pid %d: %w", pid, ErrNoPerson)
	}
	next := *r
	if err := next.set(field, value); err != nil {
		return fmt.Errorf("pid %d: %w", pid, err)
	}
	now := s.now()
	next.Edited = &now
	s.db.putPerson(&next)
	return nil
}

// DeletePerson removes a contact for good.
func (s *Server) DeletePerson(pid int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db.ledger.person(pid) == nil {
		return fmt.Errorf("pid %d: %w", pid, ErrNoPerson)
	}
	s.db.ledger.removePerson(pid)
	return nil
}

// Persons returns every contact, sorted by pid.
func (s *Server) Persons() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.personsWhere(func(*personRow) bool { return true })
}

// PersonsOf returns the contacts of a client.
func (s *Server) PersonsOf(clid int64) []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.personsWhere(func(r *personRow) bool { return r.CLID == clid })
}

func (s *store) personsWhere(f func(*personRow) bool) []Person {
	var list []Person
	for _, r := range s.persons {
		if !f(r) {
			continue
		}
		p := Person{
			PID: r.PID, CLID: r.CLID, Name: r.Text["person"], Owner: s.userLogin(r.Owner), Created: r.Created,
			Edited: orEmpty(r.Edited), Fields: maps.Clone(r.Text), ViaAPI: r.ViaAPI,
		}
		delete(p.Fields, "person")
		if r.Owner == 0 {
			p.Owner = "-"
		}
		if cl := s.byCLID[r.CLID]; cl != nil {
			p.Main = cl.num[numPerson] == r.PID
		}
		list = append(list, p)
	}
	return list
}
