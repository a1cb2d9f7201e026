package state

import (
	"context"
	"database/sql"
)

// RejectCount is how many rejects of a job are alike.
type RejectCount struct {
	Code  string
	Rule  string // of refusals: what the CRM said; "" of rows
	Field string // of the first; "" = of none
	UID   string // of the first; "" = not known
	Count int64
}

// FirstRejects returns up to n rejected rows and refusals of a job in the order of
// the files, warnings apart, and counts them all by kind, the most frequent first.
func (d *DB) FirstRejects(ctx context.Context, job string, n int) (rows []StandingReject, counts []RejectCount, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		if err := each(ctx, tx, func(r *sql.Rows) error {
			var c RejectCount
			err := r.Scan(&c.Code, &c.Rule, &c.Field, &c.UID, &c.Count)
			counts = append(counts, c)
			return err
		}, `SELECT r.code, CASE WHEN r.refused = 1 THEN r.rule ELSE '' END AS said, min(r.field), min(r.uid), count(*) AS n
			FROM reject r JOIN job j ON j.id = r.job WHERE j.name = ? AND r.warning = 0
			GROUP BY r.code, said ORDER BY n DESC, r.code, said`, job); err != nil {
			return err
		}
		rows, err = rejectsWhere(ctx, tx, `r.id IN (SELECT x.id FROM reject x JOIN job k ON k.id = x.job
			WHERE k.name = ? AND x.warning = 0 ORDER BY x.file, x.line, x.id LIMIT ?)`, job, n)
		return err
	})
	return rows, counts, err
}

// FirstHolds returns up to n holds of a job for each reason, in the order they
// came up.
func (d *DB) FirstHolds(ctx context.Context, job string, n int) (out []StandingHold, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		out, err = holdsWhere(ctx, tx, `h.id IN (SELECT id FROM (
				SELECT x.id, row_number() OVER (PARTITION BY x.reason ORDER BY x.id) AS nth
				FROM hold x JOIN job k ON k.id = x.job WHERE k.name = ? AND x.closed_at IS NULL) WHERE nth <= ?)`, job, n)
		return err
	})
	return out, err
}
