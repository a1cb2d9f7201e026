package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Deal is a deal as the CRM holds it. Sums and quantities are decimals with two
// places ("1000.00"), days are "YYYY-MM-DD".
type Deal struct {
	DID   int64  `json:"did,omitempty" yaml:"did"` // 0 in a seed: the next free one
	UID   string `json:"uid,omitempty" yaml:"uid"` // "": none
	Title string `json:"title" yaml:"title"`
	CLID  int64  `json:"clid,omitempty" yaml:"clid"`
	// Payer is a clid; in a seed 0 is the client, -1 nobody.
	Payer int64 `json:"payer,omitempty" yaml:"payer"`
	// Person is the pid of the deal's contact.
	Person int64 `json:"pid,omitempty" yaml:"pid"`
	// Contacts are the pids of all that take part in it.
	Contacts []int64 `json:"pid_list,omitempty" yaml:"pid_list"`
	// Owner is the login of the owner; in a seed "" is the first login, "-"
	// nobody.
	Owner string `json:"owner,omitempty" yaml:"owner"`
	// Step, Type, Direction and Status are titles; "": none. Those that the CRM
	// lacks are errors in a seed.
	Step      string `json:"step,omitempty" yaml:"step"`
	Type      string `json:"type,omitempty" yaml:"type"`
	Direction string `json:"direction,omitempty" yaml:"direction"`
	Company   int64  `json:"company,omitempty" yaml:"company"` // mcid
	// Created in a seed: "" is today, "-" null.
	Created string `json:"created,omitempty" yaml:"created"`
	Edited  string `json:"edited,omitempty" yaml:"edited"`
	Plan    string `json:"plan,omitempty" yaml:"plan"`
	Start   string `json:"start,omitempty" yaml:"start"`
	End     string `json:"end,omitempty" yaml:"end"`
	// Sum and Margin of a seed with lines are those of the lines when both are "".
	Sum    string `json:"sum,omitempty" yaml:"sum"`
	Margin string `json:"margin,omitempty" yaml:"margin"`
	// Closed deals have a day, a status, a sum and perhaps a comment.
	Closed       bool   `json:"closed,omitempty" yaml:"closed"`
	ClosedOn     string `json:"closed_on,omitempty" yaml:"closed_on"`
	Status       string `json:"status,omitempty" yaml:"status"`
	SumFact      string `json:"sum_fact,omitempty" yaml:"sum_fact"`
	CloseComment string `json:"close_comment,omitempty" yaml:"close_comment"`
	// Fields holds the other fields by their API name: the description, the
	// address, the contract and input1…input10.
	Fields map[string]string `json:"fields,omitempty" yaml:"fields"`
	Lines  []Line            `json:"lines,omitempty" yaml:"lines"`
	// Log is the log of stages, oldest first; ignored in a seed.
	Log []StepChange `json:"log,omitempty" yaml:"-"`
	// ViaAPI tells that the deal was created through the API; ignored in a seed.
	ViaAPI bool `json:"via_api,omitempty" yaml:"-"`
}

// Line is a line of a deal's specification.
type Line struct {
	ID       int64  `json:"id,omitempty" yaml:"id"` // 0 in a seed: the next free one
	Article  string `json:"article,omitempty" yaml:"article"`
	Title    string `json:"title" yaml:"title"`
	Quantity string `json:"quantity" yaml:"quantity"`
	Factor   int64  `json:"factor,omitempty" yaml:"factor"` // "dop"; 0 in a seed: 1
	Price    string `json:"price" yaml:"price"`
	PriceIn  string `json:"price_in,omitempty" yaml:"price_in"`
	Unit     string `json:"unit,omitempty" yaml:"unit"`
	VAT      string `json:"vat,omitempty" yaml:"vat"` // in percent
	Comment  string `json:"comment,omitempty" yaml:"comment"`
}

// StepChange is one move of a deal from stage to stage.
type StepChange struct {
	At   string `json:"at"`   // "YYYY-MM-DD HH:MM:SS" in the account's zone
	Step string `json:"step"` // "": off every stage
	User int64  `json:"user,omitempty"`
}

// ErrNoDeal is the error of changing a deal that is not there.
var ErrNoDeal = errors.New("no such deal")

// SeedDeal stores deals as they are, as if they had been in the CRM for long.
// Unknown titles, fields and owners and a did that is taken are errors, and the
// deals before the bad one stay. The client need not be there.
func (s *Server) SeedDeal(deals ...Deal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range deals {
		r, err := s.seedDeal(d)
		if err == nil && d.DID != 0 && s.db.ledger.deal(d.DID) != nil {
			err = errors.New("the did is taken")
		}
		if err != nil {
			return fmt.Errorf("seed deal %d (did %d): %w", i+1, d.DID, err)
		}
		s.db.putDeal(r)
	}
	return nil
}

// seededDay is the day that something began: today for "", none for "-".
func (s *Server) seededDay(day string) string {
	switch day {
	case "":
		return s.today()
	case "-":
		return ""
	}
	return day
}

func (s *Server) seedDeal(d Deal) (*dealRow, error) {
	owner, err := s.seedOwner(Client{Owner: d.Owner})
	if err != nil {
		return nil, err
	}
	r := &dealRow{
		DID: d.DID, CLID: d.CLID, Payer: d.Payer, Person: d.Person, Contacts: slices.Clone(d.Contacts), Owner: owner, Author: s.db.firstLogin(), Company: d.Company,
		Close: yesNo(d.Closed), Calculate: yesNo(len(d.Lines) > 0),
	}
	switch d.Payer {
	case 0:
		r.Payer = d.CLID
	case -1:
		r.Payer = 0
	}
	r.setText("title", d.Title)
	for _, f := range [][2]string{
		{"datum", s.seededDay(d.Created)},
		{"uid", d.UID},
		{"datum_izm", d.Edited},
		{"datum_plan", d.Plan},
		{"datum_start", d.Start},
		{"datum_end", d.End},
		{"datum_close", d.ClosedOn},
		{"des_fact", d.CloseComment},
		{"step", d.Step},
		{"tip", d.Type},
		{"direction", d.Direction},
		{"status_close", d.Status},
		{"kol", d.Sum},
		{"marga", d.Margin},
		{"kol_fact", d.SumFact},
	} {
		if f[1] == "" {
			continue
		}
		if err := s.setDealField(r, f[0], f[1]); err != nil {
			return nil, err
		}
	}
	for name, value := range d.Fields {
		if err := s.setDealField(r, name, value); err != nil {
			return nil, err
		}
	}
	for _, l := range d.Lines {
		line, err := l.row()
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(r.Lines)+1, err)
		}
		r.Lines = append(r.Lines, line)
	}
	if len(d.Lines) > 0 && d.Sum == "" && d.Margin == "" {
		r.Sum, r.Margin = totals(r.Lines)
	}
	return r, nil
}

func (l Line) row() (lineRow, error) {
	r := lineRow{ID: l.ID, Factor: max(l.Factor, 1)}
	for _, part := range []struct {
		value string
		into  **string
	}{{l.Article, &r.Article}, {l.Title, &r.Title}, {l.Unit, &r.Unit}, {l.Comment, &r.Comment}} {
		s := storable(part.value, 255)
		*part.into = &s
	}
	for _, part := range []struct {
		value string
		into  *money
	}{{l.Quantity, &r.Quantity}, {l.Price, &r.Price}, {l.PriceIn, &r.PriceIn}, {l.VAT, &r.VAT}} {
		m, err := parseMoney(part.value)
		if err != nil {
			return r, err
		}
		*part.into = m
	}
	return r, nil
}

// setDealField stores a value by API name; titles must exist.
func (s *Server) setDealField(r *dealRow, name, value string) error {
	g := s.db.dealGuides
	var id int64
	switch name {
	case "step":
		if id = g.stepByTitle(value); !isNumeric(value) {
			id = 0
		}
		r.Step = id
	case "tip":
		id = choiceID(g.Types, value)
		r.Type = id
	case "direction":
		id = choiceID(g.Directions, value)
		r.Direction = id
	case "status_close":
		id = g.statusID(value)
		r.Status = id
	case "clid", "payer", "pid", "mcid", "iduser":
		*r.numberColumn(name) = leadingInt(value)
		return nil
	case "kol", "marga", "kol_fact":
		m, err := parseMoney(value)
		if err == nil {
			*r.moneyColumn(name) = m
		}
		return err
	default:
		if at, _ := r.textColumn(name); at == nil {
			return fmt.Errorf("field %s: unknown", name)
		}
		r.setText(name, value)
		return nil
	}
	if id == 0 && value != "" {
		return fmt.Errorf("field %s: the CRM has no such title", name)
	}
	return nil
}

// Deals returns every deal, sorted by did.
func (s *Server) Deals() []Deal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.dealsWhere(func(*dealRow) bool { return true })
}

func (s *store) dealsWhere(f func(*dealRow) bool) []Deal {
	var list []Deal
	for _, d := range s.ledger.deals {
		if f(d) {
			list = append(list, s.dealOf(d))
		}
	}
	return list
}

// Deal returns one deal; ok is false when there is none.
func (s *Server) Deal(did int64) (d Deal, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.db.ledger.deal(did)
	if r == nil {
		return Deal{}, false
	}
	return s.db.dealOf(r), true
}

// DealsByUID returns the deals that carry a uid, as the CRM compares.
func (s *Server) DealsByUID(uid string) []Deal {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := foldKey(uid)
	return s.db.dealsWhere(func(d *dealRow) bool { return d.UID != nil && foldKey(*d.UID) == key })
}

func (s *store) dealOf(r *dealRow) Deal {
	g := s.dealGuides
	d := Deal{
		DID: r.DID, UID: orEmpty(r.UID), Title: orEmpty(r.Title), CLID: r.CLID, Payer: r.Payer, Person: r.Person,
		Contacts: slices.Clone(r.Contacts),
		Owner:    s.userLogin(r.Owner), Step: orEmpty(g.stepName(r.Step)), Type: orEmpty(choiceTitle(g.Types, r.Type)),
		Direction: orEmpty(choiceTitle(g.Directions, r.Direction)), Company: r.Company, Created: orEmpty(r.Created),
		Edited: orEmpty(r.Edited), Plan: orEmpty(r.Plan), Start: orEmpty(r.Start), End: orEmpty(r.End), Sum: r.Sum.String(),
		Margin: r.Margin.String(), Closed: r.closed(), ClosedOn: orEmpty(r.Closed), SumFact: r.Fact.String(),
		CloseComment: orEmpty(r.FactText), Fields: map[string]string{}, ViaAPI: r.ViaAPI,
	}
	if r.Owner == 0 {
		d.Owner = "-"
	}
	if status := g.status(r.Status); status != nil {
		d.Status = status.Title
	}
	names := []string{"content", fieldAddress, "dog_num"}
	for i := range r.Input {
		names = append(names, "input"+strconv.Itoa(i+1))
	}
	for _, name := range names {
		if v := r.raw(name); v != nil {
			d.Fields[name] = *v
		}
	}
	for _, l := range r.Lines {
		d.Lines = append(d.Lines, Line{
			ID: l.ID, Article: orEmpty(l.Article), Title: orEmpty(l.Title), Quantity: l.Quantity.String(), Factor: l.Factor,
			Price: l.Price.String(), PriceIn: l.PriceIn.String(), Unit: orEmpty(l.Unit), VAT: l.VAT.String(),
			Comment: strings.TrimSpace(orEmpty(l.Comment)),
		})
	}
	for _, move := range r.Log {
		d.Log = append(d.Log, StepChange{At: move.At, Step: orEmpty(g.stepName(move.Step)), User: move.User})
	}
	return d
}
