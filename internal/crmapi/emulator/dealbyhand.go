package emulator

import (
	"fmt"
)

// What people do to deals in the CRM's own pages. As with clients, the changes
// are not in the history.

// EditDeal sets a field as a CRM user would: title, uid, clid, payer, tip and
// direction by title, kol, marga, a day, or any field of Deal.Fields. The value
// is stored as given, and the day of the last change moves.
func (s *Server) EditDeal(did int64, field, value string) error {
	return s.dealByHand(did, func(next *dealRow) error {
		if err := s.setDealField(next, field, value); err != nil {
			return err
		}
		next.setText("datum_izm", s.today())
		return nil
	})
}

// EditLines puts another specification in place of a deal's; the sums follow.
func (s *Server) EditLines(did int64, lines ...Line) error {
	return s.dealByHand(did, func(next *dealRow) error {
		next.Lines, next.Calculate = nil, yesNo(len(lines) > 0)
		for _, l := range lines {
			r, err := l.row()
			if err != nil {
				return err
			}
			next.Lines = append(next.Lines, r)
		}
		next.Sum, next.Margin = totals(next.Lines)
		return nil
	})
}

// MoveStep moves a deal to the stage with that title ("40"). No date moves; the
// log of stages grows.
func (s *Server) MoveStep(did int64, step string) error {
	return s.dealByHand(did, func(next *dealRow) error {
		if err := s.setDealField(next, "step", step); err != nil {
			return err
		}
		*next = *next.withStep(next.Step, s.db.firstLogin(), s.now())
		return nil
	})
}

// CloseDeal closes a deal with a status by title; sum "" is the deal's own.
func (s *Server) CloseDeal(did int64, status, sum, comment string) error {
	return s.dealByHand(did, func(next *dealRow) error {
		if err := s.setDealField(next, "status_close", status); err != nil {
			return err
		}
		next.Close, next.Fact = "yes", next.Sum
		next.setText("datum_close", s.today())
		next.setText("des_fact", comment)
		if sum == "" {
			return nil
		}
		return s.setDealField(next, "kol_fact", sum)
	})
}

// ReopenDeal makes a closed deal an open one again.
func (s *Server) ReopenDeal(did int64) error {
	return s.dealByHand(did, func(next *dealRow) error {
		next.Close, next.Status, next.Fact, next.Closed, next.FactText = "no", 0, 0, nil, nil
		return nil
	})
}

// DeleteDeal removes a deal for good, its invoices with it.
func (s *Server) DeleteDeal(did int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db.ledger.deal(did) == nil {
		return fmt.Errorf("did %d: %w", did, ErrNoDeal)
	}
	s.db.removeDeal(did)
	for _, r := range s.db.invoicesOf(did) {
		s.db.removeInvoice(r.ID)
	}
	return nil
}

func (s *Server) dealByHand(did int64, f func(*dealRow) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.db.ledger.deal(did)
	if r == nil {
		return fmt.Errorf("did %d: %w", did, ErrNoDeal)
	}
	next := *r
	if err := f(&next); err != nil {
		return fmt.Errorf("did %d: %w", did, err)
	}
	s.db.putDeal(&next)
	return nil
}

// SetActiveDealFields switches the fields of the form of deals: exactly these
// are on.
func (s *Server) SetActiveDealFields(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if names == nil {
		names = []string{}
	}
	s.db.dealFields = newDealFields(Options{ActiveDealFields: names})
}
