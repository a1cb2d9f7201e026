package state

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// Hashes of raw rows lie in blobs, one for each range of rowRange link ids: so
// loading them costs little more than reading the bytes, and saving them
// rewrites only the ranges in which something changed.
const rowRange = 8192

// Rows yields the stored raw-row hashes by ascending link; none when they were
// saved with another salt, for they mean nothing then.
func (j *Job) Rows(ctx context.Context, salt record.Fingerprint, yield func(engine.SeenRow) error) error {
	return j.db.view(ctx, func(tx *sql.Tx) error {
		same, err := j.sameSalt(ctx, tx, salt)
		if err != nil || !same {
			return err
		}
		var data sql.RawBytes
		return each(ctx, tx, func(r *sql.Rows) error {
			if err := r.Scan(&data); err != nil {
				return err
			}
			return decodeRows(data, yield)
		}, `SELECT data FROM row_chunk WHERE job = ? ORDER BY n`, j.id)
	})
}

func (j *Job) sameSalt(ctx context.Context, q querier, salt record.Fingerprint) (bool, error) {
	var stored []byte
	err := q.QueryRowContext(ctx, `SELECT rows_salt FROM job WHERE id = ?`, j.id).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return bytes.Equal(stored, salt[:]), err
}

// SaveRows replaces the stored hashes by those given. Ascending links are
// written as they come; others wait in memory until the end (24 bytes each).
func (j *Job) SaveRows(ctx context.Context, salt record.Fingerprint, rows func(func(engine.SeenRow) error) error) error {
	return j.change(ctx, func(c *changes) error {
		w := &rowWriter{c: c, job: j.id, stored: map[int64]record.Fingerprint{}, kept: map[int64]bool{}}
		same, err := j.sameSalt(ctx, c.Tx, salt)
		if err != nil {
			return err
		}
		if !same {
			if _, err := c.exec(`DELETE FROM row_chunk WHERE job = ?`, j.id); err != nil {
				return err
			}
			if _, err := c.exec(`UPDATE job SET rows_salt = ? WHERE id = ?`, salt[:], j.id); err != nil {
				return err
			}
		}
		if err := w.loadDigests(ctx); err != nil {
			return err
		}
		if err := rows(w.add); err != nil {
			return err
		}
		return w.finish()
	})
}

// rowWriter gathers rows into ranges and writes those that differ.
type rowWriter struct {
	c      *changes
	job    int64
	stored map[int64]record.Fingerprint // digests of the ranges in the state
	kept   map[int64]bool               // ranges written or found unchanged
	n      int64                        // the range being gathered
	rows   []engine.SeenRow             // its rows
	late   []engine.SeenRow             // of ranges before it
	buf    []byte
}

func (w *rowWriter) loadDigests(ctx context.Context) error {
	return each(ctx, w.c.Tx, func(r *sql.Rows) error {
		var n int64
		var digest []byte
		if err := r.Scan(&n, &digest); err != nil {
			return err
		}
		var f record.Fingerprint
		copy(f[:], digest)
		w.stored[n] = f
		return nil
	}, `SELECT n, digest FROM row_chunk WHERE job = ?`, w.job)
}

func (w *rowWriter) add(r engine.SeenRow) error {
	if r.Link <= 0 {
		return fmt.Errorf("save rows: link %d", r.Link)
	}
	n := r.Link / rowRange
	if n < w.n {
		w.late = append(w.late, r)
		return nil
	}
	if n > w.n {
		if err := w.flush(); err != nil {
			return err
		}
		w.n = n
	}
	w.rows = append(w.rows, r)
	return nil
}

func (w *rowWriter) flush() error {
	if len(w.rows) == 0 {
		return nil
	}
	slices.SortFunc(w.rows, func(a, b engine.SeenRow) int {
		if a.Link != b.Link {
			return int(a.Link - b.Link)
		}
		return bytes.Compare(a.Row[:], b.Row[:])
	})
	w.buf = encodeRows(w.buf[:0], w.rows)
	w.rows = w.rows[:0]
	w.kept[w.n] = true
	digest := record.FingerprintBytes(w.buf)
	if w.stored[w.n] == digest {
		return nil
	}
	w.stored[w.n] = digest
	_, err := w.c.exec(`INSERT INTO row_chunk (job, n, digest, data) VALUES (?, ?, ?, ?)
		ON CONFLICT (job, n) DO UPDATE SET digest = excluded.digest, data = excluded.data`,
		w.job, w.n, digest[:], w.buf)
	return err
}

// finish writes what waits, and drops the ranges that nothing was said of.
func (w *rowWriter) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	slices.SortFunc(w.late, func(a, b engine.SeenRow) int { return int(a.Link - b.Link) })
	for len(w.late) > 0 {
		w.n = w.late[0].Link / rowRange
		k := 0
		for k < len(w.late) && w.late[k].Link/rowRange == w.n {
			k++
		}
		if err := w.reopen(); err != nil {
			return err
		}
		w.rows = append(w.rows, w.late[:k]...)
		w.late = w.late[k:]
		if err := w.flush(); err != nil {
			return err
		}
	}
	for n := range w.stored {
		if !w.kept[n] {
			if _, err := w.c.exec(`DELETE FROM row_chunk WHERE job = ? AND n = ?`, w.job, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// reopen brings back the rows of a range that was flushed in this call.
func (w *rowWriter) reopen() error {
	if !w.kept[w.n] {
		return nil
	}
	var data []byte
	if err := w.c.QueryRowContext(w.c.ctx, `SELECT data FROM row_chunk WHERE job = ? AND n = ?`,
		w.job, w.n).Scan(&data); err != nil {
		return err
	}
	return decodeRows(data, func(r engine.SeenRow) error { w.rows = append(w.rows, r); return nil })
}

// hashes is the size of a row's two hashes.
const hashes = 32

// encodeRows appends the rows, sorted by link: twice 16 bytes of hash and the
// distance to the link before.
func encodeRows(buf []byte, rows []engine.SeenRow) []byte {
	last := int64(0)
	for _, r := range rows {
		buf = append(buf, r.Row[:]...)
		buf = append(buf, r.Cells[:]...)
		buf = binary.AppendUvarint(buf, uint64(r.Link-last))
		last = r.Link
	}
	return buf
}

func decodeRows(data []byte, yield func(engine.SeenRow) error) error {
	var r engine.SeenRow
	for len(data) > 0 {
		if len(data) <= hashes {
			return errors.New("stored row hashes are cut off")
		}
		copy(r.Row[:], data)
		copy(r.Cells[:], data[len(r.Row):])
		step, n := binary.Uvarint(data[hashes:])
		if n <= 0 {
			return errors.New("stored row hashes are not readable")
		}
		r.Link += int64(step)
		data = data[hashes+n:]
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}
