package engine

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// tape keeps values out of memory until they are needed, in a temporary file
// that has no name: a crash leaves nothing behind. What is on it was not acted
// on yet, so nothing is lost with it.
type tape struct {
	file *os.File
	w    *bufio.Writer
	at   []stretch
	end  int64
}

// stretch is where a value lies.
type stretch struct {
	offset int64
	size   int32
}

func newTape(dir string) (*tape, error) {
	f, err := os.CreateTemp(dir, ".syncd-plan-*")
	if err != nil {
		return nil, fmt.Errorf("create the plan's temporary file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink the plan's temporary file: %w", err), f.Close())
	}
	return &tape{file: f, w: bufio.NewWriterSize(f, 1<<18)}, nil
}

// append writes a value and returns its position.
func (t *tape) append(v any) (int, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return 0, fmt.Errorf("spool: %w", err)
	}
	if _, err := t.w.Write(b); err != nil {
		return 0, fmt.Errorf("spool: %w", err)
	}
	t.at = append(t.at, stretch{offset: t.end, size: int32(len(b))})
	t.end += int64(len(b))
	return len(t.at) - 1, nil
}

// read fills v with the value at a position.
func (t *tape) read(i int, v any) error {
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("spool: %w", err)
	}
	b := make([]byte, t.at[i].size)
	if _, err := t.file.ReadAt(b, t.at[i].offset); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read what was spooled: %w", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("read what was spooled: %w", err)
	}
	return nil
}

// close gives the file back: there is nothing to lose in it.
func (t *tape) close() {
	if t != nil {
		_ = t.file.Close()
	}
}
