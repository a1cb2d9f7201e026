package state

import (
	"context"
	"database/sql"
	"errors"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// JobKey names a job together with the space in which its uids and CRM ids are
// unique. A job that is pointed at another CRM starts anew; what was known of
// the old one stays.
type JobKey struct {
	Name   string
	CRM    string // as the configuration names it
	Entity string // client, deal
}

// Job is one job's part of the state. It is the engine's Ledger, Journal,
// MirrorStore and RunLog; Job.Offers gives its Offers.
type Job struct {
	db     *DB
	key    JobKey
	id     int64 // 0: the state holds nothing of it (only when opened for reading)
	target int64
	schema *record.Schema
	canon  record.Canonicalizer
}

var (
	_ engine.Ledger      = (*Job)(nil)
	_ engine.Journal     = (*Job)(nil)
	_ engine.MirrorStore = (*Job)(nil)
	_ engine.RunLog      = (*Job)(nil)
)

// Job returns the part of the state that belongs to a job, and makes it when
// the state is open for writing. Opened for reading, a job never seen is empty.
func (d *DB) Job(ctx context.Context, key JobKey) (*Job, error) {
	j := &Job{db: d, key: key}
	err := d.view(ctx, func(tx *sql.Tx) error { return j.find(ctx, tx) })
	if err != nil || j.id != 0 || d.write == nil {
		return j, err
	}
	err = d.change(ctx, func(c *changes) error {
		if _, err := c.exec(`INSERT INTO target (crm, entity) VALUES (?, ?) ON CONFLICT DO NOTHING`,
			key.CRM, key.Entity); err != nil {
			return err
		}
		if _, err := c.exec(`INSERT INTO job (name, target)
			SELECT ?, id FROM target WHERE crm = ? AND entity = ? ON CONFLICT DO NOTHING`,
			key.Name, key.CRM, key.Entity); err != nil {
			return err
		}
		return j.find(ctx, c.Tx)
	})
	return j, err
}

func (j *Job) find(ctx context.Context, q querier) error {
	err := q.QueryRowContext(ctx, `SELECT id FROM target WHERE crm = ? AND entity = ?`,
		j.key.CRM, j.key.Entity).Scan(&j.target)
	if err == nil {
		err = q.QueryRowContext(ctx, `SELECT id FROM job WHERE name = ? AND target = ?`,
			j.key.Name, j.target).Scan(&j.id)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// WithSchema returns the job with the mapping's schema, by which unsettled
// records are kept by field name and given back in the schema's order. Without
// it, keeping or meeting such a record is ErrNoSchema.
func (j *Job) WithSchema(s *record.Schema, canon record.Canonicalizer) *Job {
	c := *j
	c.schema, c.canon = s, canon
	return &c
}

// Key returns what the job was asked for by.
func (j *Job) Key() JobKey { return j.key }

// change runs f in one durable transaction of this job.
func (j *Job) change(ctx context.Context, f func(*changes) error) error {
	if j.id == 0 {
		return ErrReadOnly
	}
	return j.db.change(ctx, f)
}

func (j *Job) hashUID(uid string) record.Fingerprint {
	return record.FingerprintOf(j.db.options.Fold(uid))
}
