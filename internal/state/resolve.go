package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// UnknownFieldError says: a choice names a field that the hold is not about.
type UnknownFieldError struct {
	UID, Field string
	Fields     []string // that it is about
}

func (e *UnknownFieldError) Error() string {
	return fmt.Sprintf("%s: the hold is not about field %s", e.UID, e.Field)
}

// Resolve stores what a person decided about a held or refused record; the next
// run carries it out. It replaces an earlier choice for the same field, or for
// all fields when Field is "". *UnknownRecordError when nothing waits under this
// uid, *UnknownFieldError when the hold is not about the field.
func (j *Job) Resolve(ctx context.Context, uid string, choice engine.Choice) error {
	return j.change(ctx, func(c *changes) error {
		hold, err := holdsWhere(ctx, c.Tx, `h.job = ? AND h.uid = ? AND h.closed_at IS NULL`, j.id, uid)
		if err != nil {
			return err
		}
		if len(hold) == 0 {
			refused, err := rejectsWhere(ctx, c.Tx, `r.job = ? AND r.uid = ? AND r.refused = 1`, j.id, uid)
			if err != nil {
				return err
			}
			if len(refused) == 0 {
				// a record that is ignored waits for nothing, and may be taken up again
				var chosen int
				if err := c.QueryRowContext(ctx, `SELECT count(*) FROM choice WHERE job = ? AND uid = ? AND ended_at IS NULL`,
					j.id, uid).Scan(&chosen); err != nil {
					return err
				}
				if chosen == 0 {
					return &UnknownRecordError{Job: j.key.Name, UID: uid}
				}
			}
		} else if err := aboutField(&hold[0], choice.Field); err != nil {
			return err
		}
		return j.choose(c, uid, choice)
	})
}

func aboutField(h *StandingHold, field string) error {
	if field == "" || len(h.Fields) == 0 {
		return nil
	}
	e := &UnknownFieldError{UID: h.UID, Field: field}
	for _, f := range h.Fields {
		if f.Field == field {
			return nil
		}
		e.Fields = append(e.Fields, f.Field)
	}
	return e
}

func (j *Job) choose(c *changes, uid string, choice engine.Choice) error {
	if _, err := c.exec(`UPDATE choice SET ended_at = ? WHERE job = ? AND uid = ? AND ended_at IS NULL
		AND (field = ? OR ? = '')`, millis(c.now), j.id, uid, choice.Field, choice.Field); err != nil {
		return err
	}
	_, err := c.exec(`INSERT INTO choice (job, uid, field, take, value, crm_id, made_at, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
		(SELECT fields FROM hold WHERE job = ?1 AND uid = ?2 AND closed_at IS NULL))`,
		j.id, uid, choice.Field, choice.Take, choice.Set, choice.CLID, millis(c.now))
	return err
}

// Resume ends the job's halts, gives guards one-shot allowances, and, unless it
// is zero, takes the mapping's fingerprint as the one in force. It returns the
// halts that it ended.
func (j *Job) Resume(ctx context.Context, allow map[string]int64, mapping record.Fingerprint) ([]engine.Halt, error) {
	var s engine.Standing
	err := j.change(ctx, func(c *changes) error {
		s = engine.Standing{}
		if err := j.standingHalts(ctx, c.Tx, &s); err != nil {
			return err
		}
		if _, err := c.exec(`UPDATE halt SET resumed_at = ? WHERE job = ? AND resumed_at IS NULL`,
			millis(c.now), j.id); err != nil {
			return err
		}
		for _, guard := range slices.Sorted(maps.Keys(allow)) {
			if _, err := c.exec(`UPDATE allowance SET ended_at = ? WHERE job = ? AND guard = ? AND ended_at IS NULL`,
				millis(c.now), j.id, guard); err != nil {
				return err
			}
			if guard == engine.GuardMappingChanged && !mapping.IsZero() {
				continue // this mapping is accepted, and no other
			}
			if _, err := c.exec(`INSERT INTO allowance (job, guard, value, given_at) VALUES (?, ?, ?, ?)`,
				j.id, guard, allow[guard], millis(c.now)); err != nil {
				return err
			}
		}
		if mapping.IsZero() {
			return nil
		}
		_, err := c.exec(`UPDATE job SET mapping = ? WHERE id = ?`, mapping[:], j.id)
		return err
	})
	return s.Halts, err
}

// FileRead reports whether a file with this content was read under this path
// before. A file that came again under its name with other content is new. With
// no Hash given, a reading of a file of that size and time of change counts.
func (j *Job) FileRead(ctx context.Context, f engine.SnapshotFile) (bool, error) {
	var found bool
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		where, args := `hash = ?`, []any{j.id, f.Path, f.Hash[:]}
		if f.Hash.IsZero() {
			where, args = `size = ? AND mod_time = ?`, []any{j.id, f.Path, f.Size, millis(f.ModTime)}
		}
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM source_file WHERE job = ? AND path = ? AND `+where+` LIMIT 1`,
			args...).Scan(&found)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return found, err
}

// AnyFileRead reports whether the job ever put a file away as read.
func (j *Job) AnyFileRead(ctx context.Context) (bool, error) {
	var found bool
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM source_file WHERE job = ?)`, j.id).Scan(&found)
	})
	return found, err
}

// MarkFilesRead remembers files whose records are settled or kept as waiting.
func (j *Job) MarkFilesRead(ctx context.Context, run int64, files []engine.SnapshotFile) error {
	return j.change(ctx, func(c *changes) error {
		for i := range files {
			f := &files[i]
			if _, err := c.exec(`INSERT INTO source_file (job, path, size, mod_time, hash, run, read_at)
				VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
				j.id, f.Path, f.Size, millis(f.ModTime), f.Hash[:], run, millis(c.now)); err != nil {
				return err
			}
		}
		return nil
	})
}
