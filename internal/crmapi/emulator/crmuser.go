package emulator

import "fmt"

// What people do in the CRM's own pages. The changes are not in the history:
// they did not come through the API.

// Edit sets a field as a CRM user would: title, uid, any field of
// Client.Fields, or a requisite by its cast* name. The value is stored as given.
// A requisite moves no date; any other field that really changes moves
// date_edit.
func (s *Server) Edit(clid int64, field, value string) error {
	return s.byHand(clid, func(r *row) error {
		before := *r
		if err := s.setField(r, field, value); err != nil {
			return err
		}
		if !sameColumns(&before, r, colRecv) {
			r.put(colEdited, s.now())
			r.num[numEditor] = s.db.firstLogin()
		}
		return nil
	})
}

// sameColumns compares two rows, one column apart.
func sameColumns(a, b *row, apart textColumn) bool {
	for col := range textColumns {
		if col != apart && !sameNullable(a.text[col], b.text[col]) {
			return false
		}
	}
	return a.num == b.num
}

// Trash puts a client into the trash, Untrash takes it out; no date moves.
func (s *Server) Trash(clid int64) error {
	return s.byHand(clid, func(r *row) error {
		r.put(colTrash, "yes")
		return nil
	})
}

// Untrash takes a client out of the trash; no date moves.
func (s *Server) Untrash(clid int64) error {
	return s.byHand(clid, func(r *row) error {
		r.put(colTrash, "no")
		return nil
	})
}

// SetOwner gives a client to the user with that ID, 0 to nobody; no date moves.
func (s *Server) SetOwner(clid, userID int64) error {
	return s.byHand(clid, func(r *row) error {
		r.num[numOwner] = userID
		return nil
	})
}

// SetHasDeals says whether the CRM refuses to delete the client.
func (s *Server) SetHasDeals(clid int64, has bool) error {
	return s.byHand(clid, func(r *row) error {
		r.deals = has
		return nil
	})
}

// Delete removes a client for good, deals or not: those stay without it.
func (s *Server) Delete(clid int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.db.byCLID[clid]
	if r == nil {
		return fmt.Errorf("clid %d: %w", clid, ErrNoClient)
	}
	s.db.remove(r)
	return nil
}

// Merge joins loser into main as the CRM's search for duplicates does: empty
// fields of main are filled and its date moves, loser is gone.
func (s *Server) Merge(main, loser int64) error {
	return s.merge(main, loser, func(from *row) { s.db.remove(from) })
}

// MergeToTrash is Merge with the CRM's other choice: loser goes into the trash,
// with all that it has, its uid too.
func (s *Server) MergeToTrash(main, loser int64) error {
	return s.merge(main, loser, func(from *row) {
		s.db.change(from, func(r *row) { r.put(colTrash, "yes") })
	})
}

func (s *Server) merge(main, loser int64, leave func(*row)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	into, from := s.db.byCLID[main], s.db.byCLID[loser]
	if into == nil || from == nil || into == from {
		return fmt.Errorf("clids %d and %d: %w", main, loser, ErrNoClient)
	}
	s.db.change(into, func(r *row) {
		for col := range textColumns {
			if r.str(col) == "" && col != colEdited {
				r.text[col] = from.text[col]
			}
		}
		for _, n := range []numberColumn{numCategory, numPath, numTerritory, numHead, numPerson} {
			if r.num[n] == 0 {
				r.num[n] = from.num[n]
			}
		}
		r.put(colEdited, s.now())
		r.deals = r.deals || from.deals
	})
	s.db.moveBooks(loser, main)
	leave(from)
	return nil
}

func (s *Server) byHand(clid int64, f func(*row) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.db.byCLID[clid]
	if r == nil {
		return fmt.Errorf("clid %d: %w", clid, ErrNoClient)
	}
	next := *r
	if err := f(&next); err != nil {
		return fmt.Errorf("clid %d: %w", clid, err)
	}
	s.db.change(r, func(r *row) { *r = next })
	return nil
}

// SetActiveFields switches the fields of the client's form: exactly these are
// on.
func (s *Server) SetActiveFields(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if names == nil {
		names = []string{}
	}
	s.db.fields = newFields(Options{ActiveFields: names})
	s.db.version++
}

// SetTelephony switches the account's telephony.
func (s *Server) SetTelephony(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db.tel = on
}

// SetDatabaseDown makes every request meet a lost database, until it is undone.
func (s *Server) SetDatabaseDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db.down = down
}

// SetLogin changes a login (by its ID) or adds it: a role narrowed, a user
// switched off.
func (s *Server) SetLogin(l Login) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l = Options{Logins: []Login{l}}.logins()[0]
	s.db.version++
	for i := range s.db.logins {
		if s.db.logins[i].ID == l.ID {
			s.db.logins[i] = l
			return
		}
	}
	s.db.logins = append(s.db.logins, l)
}

// RemoveLogin deletes a login: its requests are answered with 401 from then on.
func (s *Server) RemoveLogin(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.db.version++
	for i := range s.db.logins {
		if s.db.logins[i].ID == id {
			s.db.logins = append(s.db.logins[:i:i], s.db.logins[i+1:]...)
			return
		}
	}
}
