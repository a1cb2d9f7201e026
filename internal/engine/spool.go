package engine

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// spool holds the ops of a plan between the two passes, in a temporary file
// that has no name: a crash leaves nothing behind, and nothing is lost by it,
// because nothing of a spooled op has been sent.
type spool struct {
	file *os.File
	w    *bufio.Writer
	at   []spooled
	end  int64
}

// spooled is what is kept in memory of one op.
type spooled struct {
	offset int64
	size   int32
	ord    int32 // in the index
	kind   OpKind
	drop   bool // cancelled after it was written
	claims bool // rests on a match that must be one to one
	clears bool // empties a field
}

func newSpool(dir string) (*spool, error) {
	f, err := os.CreateTemp(dir, ".syncd-plan-*")
	if err != nil {
		return nil, fmt.Errorf("create the plan's temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink the plan's temporary file: %w", err), f.Close())
	}
	return &spool{file: f, w: bufio.NewWriterSize(f, 1<<18)}, nil
}

// append writes an op and returns its position.
func (s *spool) append(op *Op, ord int) (int, error) {
	b, err := json.Marshal(op)
	if err != nil {
		return 0, fmt.Errorf("spool an op: %w", err)
	}
	if _, err := s.w.Write(b); err != nil {
		return 0, fmt.Errorf("spool an op: %w", err)
	}
	s.at = append(s.at, spooled{offset: s.end, size: int32(len(b)), ord: int32(ord), kind: op.Kind})
	s.end += int64(len(b))
	return len(s.at) - 1, nil
}

// read returns the op at a position.
func (s *spool) read(i int) (*Op, error) {
	if err := s.w.Flush(); err != nil {
		return nil, fmt.Errorf("spool: %w", err)
	}
	b := make([]byte, s.at[i].size)
	if _, err := s.file.ReadAt(b, s.at[i].offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a spooled op: %w", err)
	}
	op := new(Op)
	if err := json.Unmarshal(b, op); err != nil {
		return nil, fmt.Errorf("read a spooled op: %w", err)
	}
	return op, nil
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

func (s *spool) close() error { return s.file.Close() }
