package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"syncd/internal/engine"
)

// seenSuffix names the file beside the state that holds the number of the last
// finished run: no part of a backup, it shows when an older state was put in place.
const seenSuffix = ".seen"

// Restored reports whether runs were finished here that the state knows nothing of:
// an older copy was put in its place, or it was lost and made anew. The last run that
// finished was from, the last that the state knows is to (0 = none). It is true
// until the next run ends. Where the file beside the state is missing or not
// readable, nobody knows, and it is false.
func (d *DB) Restored(ctx context.Context) (from, to int64, restored bool, err error) {
	b, err := os.ReadFile(d.file + seenSuffix)
	if errors.Is(err, fs.ErrNotExist) || d.file == ":memory:" {
		return 0, 0, false, nil
	}
	if err != nil {
		return 0, 0, false, fmt.Errorf("state: %w", err)
	}
	from, err = strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0, 0, false, nil //nolint:nilerr // a file that was spoilt says nothing
	}
	err = d.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM run WHERE finished_at IS NOT NULL`).Scan(&to)
	})
	return from, to, err == nil && to < from, err
}

// Mistrust makes the next run of every job take its bases for what they are in a
// state that was put back: older than both sides (engine.GuardStateRestored). It
// holds until a run of the job carried it out.
func (d *DB) Mistrust(ctx context.Context) error {
	return d.change(ctx, func(c *changes) error {
		_, err := c.exec(`INSERT INTO allowance (job, guard, value, given_at) SELECT id, ?, 0, ? FROM job
			WHERE id NOT IN (SELECT job FROM allowance WHERE guard = ?1 AND ended_at IS NULL)`,
			engine.GuardStateRestored, millis(c.now))
		return err
	})
}

// remember writes the number of a run that finished. It is a help and not part of
// the state: where it cannot be written, a restored state goes unannounced.
func (d *DB) remember(run int64) {
	part := d.file + seenSuffix + ".part"
	if err := os.WriteFile(part, []byte(strconv.FormatInt(run, 10)+"\n"), 0o600); err != nil {
		return
	}
	if os.Rename(part, d.file+seenSuffix) == nil {
		_ = syncFolder(filepath.Dir(d.file)) // as above
	}
}
