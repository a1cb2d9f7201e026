package state

import (
	"context"
	"database/sql"
	"fmt"

	"syncd/internal/record"
)

// SaveBacklog replaces the records that wait although their file was read and
// put away, or their delta has passed, and moves the delta's cursor unless it is
// empty. They are stored by field name: ErrNoSchema without WithSchema.
func (j *Job) SaveBacklog(ctx context.Context, waiting []record.Record, cursor string) error {
	if len(waiting) > 0 && j.schema == nil {
		return ErrNoSchema
	}
	return j.change(ctx, func(c *changes) error {
		if _, err := c.exec(`DELETE FROM backlog WHERE job = ?`, j.id); err != nil {
			return err
		}
		for i := range waiting {
			rec := &waiting[i]
			fields, err := record.Store(j.schema, rec.Values).Encode()
			if err != nil {
				return err
			}
			// the last word about a record counts
			if _, err := c.exec(`INSERT OR REPLACE INTO backlog (job, uid, key, crm_id, deleted, file, line, last_line, fields)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, j.id, rec.UID, rec.Key, rec.CLID, rec.Deleted,
				rec.Origin.File, rec.Origin.Line, rec.Origin.LastLine, string(fields)); err != nil {
				return err
			}
		}
		if cursor == "" {
			return nil
		}
		_, err := c.exec(`UPDATE job SET cursor = ? WHERE id = ?`, cursor, j.id)
		return err
	})
}

func (j *Job) backlog(ctx context.Context, q querier) ([]record.Record, error) {
	var out []record.Record
	err := each(ctx, q, func(r *sql.Rows) error {
		if j.schema == nil {
			return ErrNoSchema
		}
		var rec record.Record
		var fields []byte
		if err := r.Scan(&rec.UID, &rec.Key, &rec.CLID, &rec.Deleted,
			&rec.Origin.File, &rec.Origin.Line, &rec.Origin.LastLine, &fields); err != nil {
			return err
		}
		stored, err := record.DecodeStored(fields)
		if err != nil {
			return fmt.Errorf("waiting record %s: not readable", rec.UID)
		}
		rec.Values = record.Restore(j.schema, stored, j.canon)
		out = append(out, rec)
		return nil
	}, `SELECT uid, key, crm_id, deleted, file, line, last_line, fields FROM backlog WHERE job = ? ORDER BY rowid`, j.id)
	return out, err
}
