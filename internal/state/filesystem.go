package state

import "context"

// Available is how many bytes may be written to the file system of a folder; known is
// false where the system does not tell.
func Available(dir string) (bytes int64, known bool) { return available(dir) }

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
