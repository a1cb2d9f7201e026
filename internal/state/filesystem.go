package state

import (
	"context"
	"errors"
	"os"
)

// Available is how many bytes may be written to the file system of a folder; known is
// false where the system does not tell.
func Available(dir string) (bytes int64, known bool) { return available(dir) }

// ErrReplaced says that another file has the state's name now, or none.
var ErrReplaced = errors.New("the state was replaced or removed while it was open")

// Lost is why this opening of the state can be worked with no more, though a new one
// may: a write whose fate is unknown, or ErrReplaced. nil = it can.
func (d *DB) Lost() error {
	if broken := d.broken.Load(); broken != nil {
		return *broken
	}
	if d.opened == nil {
		return nil
	}
	if now, err := os.Stat(d.file); errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(now, d.opened) {
		return ErrReplaced
	}
	return nil
}

// Writable is an error when nothing can be stored any more: a write failed in a way
// that leaves open what is on the disk, or the state was opened for reading.
func (d *DB) Writable(ctx context.Context) error {
	if d.write == nil {
		return ErrReadOnly
	}
	if broken := d.broken.Load(); broken != nil {
		return *broken
	}
	_, err := d.Sizes(ctx) // and it can be read
	return err
}
