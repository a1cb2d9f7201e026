package engine

// spool holds the ops of a plan between the two passes. Nothing of a spooled op
// has been sent.
type spool struct {
	tape *tape
	at   []spooled
}

// spooled is what is kept in memory of one op.
type spooled struct {
	ord    int32 // in the index
	kind   OpKind
	drop   bool // cancelled after it was written
	claims bool // rests on a match that must be one to one
	clears bool // empties a field
	born   bool // of a client that no record belongs to

	follows bool // what the add of the same record, in this run, left to be done
}

func newSpool(dir string) (*spool, error) {
	t, err := newTape(dir)
	if err != nil {
		return nil, err
	}
	return &spool{tape: t}, nil
}

// append writes an op and returns its position.
func (s *spool) append(op *Op, ord int) (int, error) {
	if _, err := s.tape.append(op); err != nil {
		return 0, err
	}
	s.at = append(s.at, spooled{ord: int32(ord), kind: op.Kind})
	return len(s.at) - 1, nil
}

// read returns the op at a position.
func (s *spool) read(i int) (*Op, error) {
	op := new(Op)
	return op, s.tape.read(i, op)
}

// positions lists the ops of a kind that still stand, in source order.
func (s *spool) positions(kind OpKind) []int {
	var out []int
	for i := range s.at {
		if s.at[i].kind == kind && !s.at[i].drop {
			out = append(out, i)
		}
	}
	return out
}

// count counts the ops of a kind that still stand.
func (s *spool) count(kind OpKind) int64 {
	var n int64
	for i := range s.at {
		if s.at[i].kind == kind && !s.at[i].drop {
			n++
		}
	}
	return n
}

// clears counts the ops that still stand and empty a field.
func (s *spool) clears() int64 {
	var n int64
	for i := range s.at {
		if s.at[i].clears && !s.at[i].drop {
			n++
		}
	}
	return n
}
